"""Met and missed by one dimension and by two, counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from config.programme import Programme
from tasks.results import Slice, SlicePart
from tasks.standards.cases import open_cases
from tasks.standards.dimensions import VALUES_AT_MOST, dimensions_of
from tasks.standards.slice_counts import KEYS, count_slices, customers_in
from tests.programmes import programme, standard
from tests.tasks.counting import AS_OF, NO_RATINGS, Row, answers, feedback, source_of, survey_of

KEPT: Row = {"due_at": "2026-01-10", "resolved_at": "2026-01-09"}
BROKEN: Row = KEPT | {"resolved_at": None}
SOURCES = [source_of("due_at", "resolved_at", "channel", "customer_id")]
ROWS: list[Row] = [
    KEPT | {"channel": "mail", "customer_id": "a"},
    BROKEN | {"channel": "mail", "customer_id": "a"},
    BROKEN | {"channel": "app", "customer_id": None},
    BROKEN | {"channel": "app", "category": "lounge", "customer_id": None},
    KEPT | {"due_at": None, "channel": "app"},
    KEPT | {"channel": None, "category": "lounge"},
    KEPT | {"channel": "app", "category": "moon", "customer_id": "b"},
]
NO_ONE_TOO_FEW = {"customers_at_least": 1}


def slices(table: pd.DataFrame, house: Programme, *, has_pairs: bool = True) -> dict[tuple[str, ...], tuple[int, int]]:
    with open_cases(table, NO_RATINGS, house, AS_OF) as cases:
        found = count_slices(cases, has_pairs=has_pairs)
    assert not found.duplicated(list(KEYS)).any()
    return {tuple(map(str, row[:-2])): (row[-2], row[-1]) for row in found[[*KEYS, "met", "missed"]].itertuples(index=False, name=None)}


def test_slices_over_all_are_by_touchpoint_and_column_and_by_both() -> None:
    found = slices(
        feedback(*ROWS).drop(columns="category").assign(touchpoint=places(ROWS)),
        programme(rules=NO_ONE_TOO_FEW, sources=SOURCES, standards=[standard()]),
    )
    of_one, of_two = ("on-time", "all"), ("on-time", "all", "touchpoint")
    assert found == {
        (*of_one, "touchpoint", "counter", "", ""): (1, 2),
        (*of_one, "touchpoint", "lounge", "", ""): (1, 1),
        (*of_one, "touchpoint", "", "", ""): (1, 0),
        (*of_one, "channel", "mail", "", ""): (1, 1),
        (*of_one, "channel", "app", "", ""): (1, 2),
        (*of_one, "channel", "", "", ""): (1, 0),
        (*of_two, "counter", "channel", "mail"): (1, 1),
        (*of_two, "counter", "channel", "app"): (0, 1),
        (*of_two, "lounge", "channel", "app"): (0, 1),
        (*of_two, "lounge", "channel", ""): (1, 0),
        (*of_two, "", "channel", "app"): (1, 0),
    }


def places(rows: list[Row]) -> pd.Series:
    return pd.Series([row.get("category", "counter") for row in rows], dtype="str").where(lambda names: names != "moon")


def test_inside_a_touchpoint_the_touchpoint_is_no_dimension() -> None:
    house = programme(rules=NO_ONE_TOO_FEW, sources=SOURCES, standards=[standard(touchpoints=["counter", "lounge"])])
    found = slices(feedback(*ROWS).drop(columns="category").assign(touchpoint=places(ROWS)), house)
    assert found == {
        ("on-time", "counter", "channel", "mail", "", ""): (1, 1),
        ("on-time", "counter", "channel", "app", "", ""): (0, 1),
        ("on-time", "lounge", "channel", "app", "", ""): (0, 1),
        ("on-time", "lounge", "channel", "", "", ""): (1, 0),
    }


def test_pairs_are_left_out_where_nobody_asks_for_them() -> None:
    house = programme(rules=NO_ONE_TOO_FEW, sources=SOURCES, standards=[standard()])
    both, alone = (slices(feedback(*ROWS), house, has_pairs=has_pairs) for has_pairs in (True, False))
    assert alone == {key: counts for key, counts in both.items() if key[4] == ""}
    assert len(alone) < len(both)


def test_a_figure_that_is_no_share_has_no_slices() -> None:
    median = standard(measure={"median": ["occurred_at", "resolved_at"], "at_most": "2 days"}, target_share=None)
    assert slices(feedback(*ROWS), programme(rules=NO_ONE_TOO_FEW, sources=SOURCES, standards=[median])) == {}
    assert slices(feedback(*ROWS), programme(rules=NO_ONE_TOO_FEW, sources=SOURCES)) == {}


def test_answers_are_sliced_by_the_columns_of_their_record() -> None:
    house = programme(
        rules=NO_ONE_TOO_FEW, sources=[survey_of({"question": "view"})], standards=[standard(measure={"rating": "view", "at_least": 4})]
    )
    table = feedback({"language": "en"}, {"language": "fr"}, {"language": "fr"}, source="survey")
    with open_cases(table, answers("view", 5, 1, 2, source="survey"), house, AS_OF) as cases:
        found = count_slices(cases)
    assert found[["dimension", "value", "met", "missed"]].astype({"dimension": "str", "value": "str"}).to_numpy().tolist() == [
        ["language", "en", 1, 0],
        ["language", "fr", 0, 2],
    ]


def test_pieces_of_a_quarter_add_up_where_their_values_are_the_same() -> None:
    house, table = programme(rules=NO_ONE_TOO_FEW, sources=SOURCES, standards=[standard()]), feedback(*ROWS, *ROWS)
    whole, half = slices(table, house), slices(table.iloc[:7], house)
    assert whole == {key: (2 * met, 2 * missed) for key, (met, missed) in half.items()}


# dimensions


def test_rare_values_share_one_slice_without_a_name() -> None:
    rows = [KEPT | {"wave": f"w{n:02}"} for n in range(VALUES_AT_MOST) for _ in range(2)] + [BROKEN | {"wave": "x"}, BROKEN | {"wave": "y"}]
    found = slices(feedback(*rows), programme(rules=NO_ONE_TOO_FEW, sources=SOURCES, standards=[standard()]))
    assert found["on-time", "all", "wave", "", "", ""] == (0, 2)
    assert found["on-time", "all", "wave", "w00", "", ""] == (2, 0)
    assert len(found) == VALUES_AT_MOST + 1


def test_a_dimension_has_two_values_or_more_and_not_one_a_record() -> None:
    rows = [
        {"wave": "one", "kind": None, "language": f"l{n}", "channel": "mail" if n % 2 else "app", "ship": f"s{n % 3}"} for n in range(102)
    ]
    table = feedback(*rows, text="words").assign(ship_unreadable="no")
    assert [one.name for one in dimensions_of(table, programme(rules=NO_ONE_TOO_FEW))] == ["channel", "ship"]


def test_of_columns_that_part_the_records_alike_the_first_counts() -> None:
    table = feedback({"channel": "mail", "ship": "x"}, {"channel": "app", "ship": "y"}, {"channel": "app", "ship": "y"})
    assert [one.name for one in dimensions_of(table, programme(rules=NO_ONE_TOO_FEW))] == ["channel"]
    apart = table.assign(ship=pd.Series(["x", "y", "x"], dtype="str"))
    assert [(one.name, one.values, one.codes.tolist()) for one in dimensions_of(apart, programme(rules=NO_ONE_TOO_FEW))] == [
        ("channel", ("app", "mail"), [1, 0, 0]),
        ("ship", ("x", "y"), [0, 1, 0]),
    ]


# customers


@pytest.mark.parametrize(
    ("touchpoint", "parts", "expected"),
    [
        ("all", (("channel", "mail"),), 1),  # one customer with two cases
        ("all", (("channel", "app"),), 3),  # two that nobody knows, and one that is known
        ("counter", (("channel", "app"),), 1),
        ("all", (("touchpoint", "lounge"), ("channel", "app")), 1),
        ("all", (("touchpoint", "site"),), 0),
    ],
)
def test_behind_a_slice_are_the_customers_of_its_decided_cases(touchpoint: str, parts: tuple[tuple[str, str], ...], expected: int) -> None:
    rows = [*ROWS, KEPT | {"category": "site", "due_at": None}]
    named = tuple(SlicePart(dimension=name, value=value) for name, value in parts)
    counts = {"n": 9, "missed": 9, "share": 0, "low": 0, "high": 1, "elsewhere_share": 1, "excess_misses": 9, "customers": 0, "p": 0}
    one = Slice(standard="on-time", title="", touchpoint=touchpoint, stage="", parts=named, **counts)
    ours = standard(touchpoints="all" if touchpoint == "all" else [touchpoint])
    table = feedback(*rows, customer_id=None)
    table = table.drop(columns="category").assign(touchpoint=places(rows))
    with open_cases(table, NO_RATINGS, programme(rules=NO_ONE_TOO_FEW, sources=SOURCES, standards=[ours]), AS_OF) as cases:
        assert customers_in(cases, one) == expected


def test_what_too_few_customers_say_is_no_value_to_slice_by() -> None:
    rows = [{"channel": "app", "customer_id": f"c{n}"} for n in range(5)] + [{"channel": "mail", "customer_id": f"c{n}"} for n in range(5)]
    own_words = [{"channel": "my own words", "customer_id": "c9"}] * 6
    table = pd.DataFrame([*rows, *own_words]).astype("str")
    assert [one.values for one in dimensions_of(table, programme())] == [("app", "mail")]
