"""Counts by standard, touchpoint and week: every outcome is in exactly one of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.programme import Programme
from tasks.intake import empty_ratings
from tasks.standards.counts import COUNT_KEYS, count, decide_outcomes, empty_counts, totals
from tasks.standards.measures import OUTCOMES
from tests.programmes import SMALL, programme, standard

AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)
NO_RATINGS = empty_ratings().drop(columns="cycle")
SURVEY = {
    "id": "survey",
    "reads": {"csv": "x.csv"},
    "fills": "ratings",
    "columns": {"record_id": "id", "pipe": {"is": "survey"}, "occurred_at": "when"},
    "ratings": [{"question": "view", "from": "q1", "scale": [1, 5], "touchpoint": "lounge"}],
}
HOUSE = programme(
    sources=[*SMALL["sources"], SURVEY],
    standards=[
        standard(),
        standard(id="on-time-at", touchpoints=["counter", "lounge"]),
        standard(id="view", touchpoints=["lounge"], measure={"rating": "view", "at_least": 4}),
    ],
)


def feedback(*rows: dict[str, Any]) -> pd.DataFrame:
    good = {
        "source": "cases",
        "category": "counter",
        "occurred_at": "2026-01-05 15:00",
        "due_at": "2026-01-10",
        "resolved_at": "2026-01-09",
    }
    table = pd.DataFrame([{"record_id": f"r{number}"} | good | row for number, row in enumerate(rows)])
    table = table.reindex(columns=["record_id", *good])
    times = {
        name: pd.to_datetime(table[name], utc=True, format="ISO8601").astype("datetime64[us, UTC]")
        for name in ("occurred_at", "due_at", "resolved_at")
    }
    return table.assign(**times).astype({name: "str" for name in ("record_id", "source", "category")})


def counted(table: pd.DataFrame, house: Programme = HOUSE, ratings: pd.DataFrame = NO_RATINGS) -> dict[tuple[str, str], list[int]]:
    figures = totals(count(decide_outcomes(table, ratings, house, AS_OF)), house)
    return dict(zip(figures.index, figures.to_numpy().tolist(), strict=True))


MET: dict[str, Any] = {}
MISSED: dict[str, Any] = {"resolved_at": None}
PENDING: dict[str, Any] = {"due_at": "2026-02-20"}
EXCLUDED: dict[str, Any] = {"due_at": None}


def test_every_case_is_counted_over_all_and_where_it_belongs() -> None:
    rows = [MET, MET, MISSED, PENDING, EXCLUDED, MET | {"category": "lounge"}, MISSED | {"category": "site"}, MET | {"category": "moon"}]
    assert counted(feedback(*rows)) == {
        ("on-time", "all"): [4, 2, 1, 1],
        ("on-time-at", "counter"): [2, 1, 1, 1],
        ("on-time-at", "lounge"): [1, 0, 0, 0],
        ("view", "lounge"): [0, 0, 0, 0],
    }


def test_a_rating_is_counted_at_the_touchpoint_that_its_question_rates() -> None:
    ratings = pd.DataFrame({"source": "survey", "record_id": ["s1", "s2", "s3"], "question": "view", "score": [4.0, 3.0, 5.0]})
    answers = feedback(*({"record_id": f"s{n}", "source": "survey", "due_at": None, "resolved_at": None} for n in (1, 2, 3)))
    assert counted(answers, ratings=ratings)["view", "lounge"] == [2, 1, 0, 0]


def test_a_survey_answer_is_no_case_of_a_standard_about_due_times() -> None:
    answers = feedback({"record_id": "s1", "source": "survey"})
    assert counted(answers)["on-time", "all"] == [0, 0, 0, 0]


def test_what_happened_after_the_as_of_is_not_yet_known() -> None:
    rows = [MET, MET | {"occurred_at": "2026-01-31 12:00:01"}, MET | {"occurred_at": "2026-01-31 12:00"}]
    assert counted(feedback(*rows))["on-time", "all"] == [2, 0, 0, 0]


def test_outcomes_name_the_records_own_touchpoint_and_the_place_of_the_figure() -> None:
    outcomes = decide_outcomes(feedback(MET, MISSED | {"category": "moon"}), NO_RATINGS, HOUSE, AS_OF)
    assert outcomes[["record_id", "standard", "place", "touchpoint", "outcome"]].astype("str").to_numpy().tolist() == [
        ["r0", "on-time", "all", "counter", "met"],
        ["r1", "on-time", "all", "", "missed"],
        ["r0", "on-time-at", "counter", "counter", "met"],
    ]


@pytest.mark.parametrize(
    ("instant", "monday"),
    [
        ("2026-01-05 05:00", "2026-01-05"),  # Monday, midnight in New York
        ("2026-01-05 04:59:59", "2025-12-29"),  # still Sunday there
        ("2026-01-11 23:00", "2026-01-05"),
        ("2026-03-09 03:30", "2026-03-02"),  # Sunday evening, after the clock went forward
    ],
)
def test_a_week_begins_on_monday_of_the_programmes_own_clock(instant: str, monday: str) -> None:
    late = datetime(2026, 6, 1, tzinfo=UTC)
    outcomes = decide_outcomes(feedback({"occurred_at": instant}), NO_RATINGS, HOUSE, late)
    assert outcomes["week"].dt.strftime("%Y-%m-%d").unique().tolist() == [monday]


cases = st.fixed_dictionaries(
    {
        "category": st.sampled_from(["counter", "site", "lounge", "moon"]),
        "occurred_at": st.sampled_from(["2026-01-02", "2026-01-05", "2026-01-20", "2026-02-02"]),
        "due_at": st.sampled_from([None, "2026-01-10", "2026-02-20"]),
        "resolved_at": st.sampled_from([None, "2026-01-09", "2026-01-30"]),
    }
)


@settings(max_examples=20, deadline=None)
@given(st.lists(cases, max_size=15))
def test_every_outcome_is_in_exactly_one_count_and_figures_are_sums_of_counts(rows: list[dict[str, Any]]) -> None:
    outcomes = decide_outcomes(feedback(*rows), NO_RATINGS, HOUSE, AS_OF)
    counts = count(outcomes)
    assert counts[list(OUTCOMES)].to_numpy().sum() == len(outcomes)
    assert not counts.duplicated(list(COUNT_KEYS)).any()
    known = sum(row["occurred_at"] < "2026-02" for row in rows)
    assert totals(counts, HOUSE).xs(("on-time", "all")).sum() == known
    by_hand = outcomes.groupby(["standard", "place"]).size().to_dict() if len(outcomes) else {}
    assert {key: n for key, n in totals(counts, HOUSE).sum(axis=1).items() if n} == by_hand


@settings(max_examples=10, deadline=None)
@given(st.lists(cases, min_size=2, max_size=10), st.randoms())
def test_counts_do_not_depend_on_the_order_of_records(rows: list[dict[str, Any]], random: Any) -> None:
    table = feedback(*rows)
    order = list(range(len(table)))
    random.shuffle(order)
    one, other = (count(decide_outcomes(each, NO_RATINGS, HOUSE, AS_OF)) for each in (table, table.iloc[order]))
    pd.testing.assert_frame_equal(one, other)


def test_figures_come_in_the_order_of_the_file_and_none_is_left_out() -> None:
    assert list(totals(empty_counts(), HOUSE).index) == [
        ("on-time", "all"),
        ("on-time-at", "counter"),
        ("on-time-at", "lounge"),
        ("view", "lounge"),
    ]
    assert (totals(empty_counts(), HOUSE) == 0).all(axis=None)


def test_counts_without_a_case_have_the_columns_of_counts_with_some() -> None:
    some = count(decide_outcomes(feedback(MET), NO_RATINGS, HOUSE, AS_OF))
    assert some.columns.tolist() == empty_counts().columns.tolist()
    none = count(decide_outcomes(feedback(), NO_RATINGS, HOUSE, AS_OF))
    assert none.columns.tolist() == empty_counts().columns.tolist()
    assert len(none) == 0


def test_a_programme_without_standards_has_no_outcomes() -> None:
    house = programme()
    outcomes = decide_outcomes(feedback(MET), NO_RATINGS, house, AS_OF)
    assert len(outcomes) == 0
    assert len(count(outcomes)) == 0
    assert len(totals(count(outcomes), house)) == 0
