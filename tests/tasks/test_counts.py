"""Counts by standard, touchpoint, week and month: every outcome is in exactly one of them, and pieces add up to the whole."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.programme import Programme
from tasks.standards.cases import open_cases
from tasks.standards.counts import (
    COLUMNS,
    COUNT_KEYS,
    Tally,
    decide_outcomes,
    empty_counts,
    merge,
    repeated_customers,
    tally,
    tally_of,
    totals,
)
from tasks.standards.measures import OUTCOMES
from tasks.standards.times import times_to
from tests.programmes import programme, standard
from tests.tasks.counting import AS_OF, NO_RATINGS, Row, answers, feedback, source_of, survey_of

CASES = source_of("due_at", "resolved_at", "closed_at", "customer_id")
SURVEY = survey_of(
    {"question": "view", "touchpoint": "lounge"},
    {"question": "would", "scale": [0, 10]},
    columns=survey_of()["columns"] | {"weight": "weight", "customer_id": "customer"},
)
HOUSE = programme(
    sources=[CASES, SURVEY],
    standards=[
        standard(),
        standard(id="on-time-at", touchpoints=["counter", "lounge"]),
        standard(id="view", touchpoints=["lounge"], measure={"rating": "view", "at_least": 4}),
        standard(id="would", measure={"net_promoter": "would", "at_least": 10}, target_share=None),
        standard(id="how-long", measure={"median": ["occurred_at", "resolved_at"], "at_most": "3 working days"}, target_share=None),
    ],
)
MET: Row = {"due_at": "2026-01-10", "resolved_at": "2026-01-09"}
MISSED: Row = MET | {"resolved_at": None}
PENDING: Row = MET | {"due_at": "2026-02-20"}
EXCLUDED: Row = MET | {"due_at": None}


def cases_of(*rows: Row) -> pd.DataFrame:
    return feedback(*rows, due_at=None, resolved_at=None, closed_at=None)


def figures(table: pd.DataFrame, ratings: pd.DataFrame = NO_RATINGS, house: Programme = HOUSE) -> dict[tuple[str, str], list[int]]:
    rows = totals(tally_of(table, ratings, house, AS_OF).counts, house)
    return {key: row for key, row in zip(rows.index, rows.to_numpy().tolist(), strict=True) if any(row)}


def test_every_case_is_counted_over_all_and_where_it_belongs() -> None:
    rows = [MET, MET, MISSED, PENDING, EXCLUDED, MET | {"category": "lounge"}, MISSED | {"category": "site"}, MET | {"category": "moon"}]
    found = figures(cases_of(*rows))
    assert found["on-time", "all"] == [4, 2, 1, 1]
    assert found["on-time-at", "counter"] == [2, 1, 1, 1]
    assert found["on-time-at", "lounge"] == [1, 0, 0, 0]
    assert ("view", "lounge") not in found


def test_a_rating_is_counted_at_the_touchpoint_that_its_question_rates() -> None:
    table = cases_of({}, {}, {}).assign(source="survey")
    assert figures(table, answers("view", 4, 3, 5, source="survey")) == {("view", "lounge"): [2, 1, 0, 0]}


def test_a_survey_answer_is_no_case_of_a_standard_about_due_times() -> None:
    assert figures(cases_of({"source": "survey"})) == {}


def test_what_happened_after_the_as_of_is_not_yet_known() -> None:
    rows = [MET, MET | {"occurred_at": "2026-01-31 12:00:01"}, MET | {"occurred_at": "2026-01-31 12:00"}]
    assert figures(cases_of(*rows))["on-time", "all"] == [2, 0, 0, 0]


def test_outcomes_name_the_records_own_touchpoint_and_the_place_of_the_figure() -> None:
    house = programme(sources=[CASES], standards=HOUSE.standards[:2])
    with open_cases(cases_of(MET, MISSED | {"category": "moon"}), NO_RATINGS, house, AS_OF) as cases:
        found = decide_outcomes(cases)
    assert found[["record_id", "standard", "place", "touchpoint", "outcome"]].astype("str").to_numpy().tolist() == [
        ["r0", "on-time", "all", "counter", "met"],
        ["r1", "on-time", "all", "", "missed"],
        ["r0", "on-time-at", "counter", "counter", "met"],
    ]


@pytest.mark.parametrize(
    ("instant", "monday", "first"),
    [
        ("2026-01-05 05:00", "2026-01-05", "2026-01-01"),  # Monday, midnight in New York
        ("2026-01-05 04:59:59", "2025-12-29", "2026-01-01"),  # still Sunday there
        ("2026-01-11 23:00", "2026-01-05", "2026-01-01"),
        ("2026-03-09 03:30", "2026-03-02", "2026-03-01"),  # Sunday evening, after the clock went forward
        ("2026-03-01 04:59", "2026-02-23", "2026-02-01"),  # Saturday, the last evening of February there
        ("2024-03-01 04:59", "2024-02-26", "2024-02-01"),  # the leap day
    ],
)
def test_weeks_and_months_begin_on_the_programmes_own_clock(instant: str, monday: str, first: str) -> None:
    found = tally_of(cases_of(MET | {"occurred_at": instant}), NO_RATINGS, HOUSE, datetime(2026, 6, 1, tzinfo=UTC))
    for table in (found.counts, found.records, found.durations):
        assert table["week"].dt.strftime("%Y-%m-%d").unique().tolist() == [monday]
        assert table["month"].dt.strftime("%Y-%m-%d").unique().tolist() == [first]


# scores, times, weights and customers, by hand


def test_scores_are_counted_by_their_thousandths_and_weight() -> None:
    table = feedback({"weight": 1.0}, {"weight": 1.0}, {"weight": 0.25}, {"weight": 0.25}, source="survey")
    found = tally_of(table, answers("would", 10, 10, 10, 7.5, source="survey"), HOUSE, AS_OF).scores
    assert found[["standard", "touchpoint", "score_milli", "weight", "n"]].to_numpy().tolist() == [
        ["would", "all", 7500, 2500, 1],
        ["would", "all", 10_000, 2500, 1],
        ["would", "all", 10_000, 10_000, 2],
    ]


def test_time_taken_is_counted_in_whole_minutes_and_open_cases_wait_until_now() -> None:
    """Received on Friday 30 January at 16:00 in New York; the as-of is Saturday 07:00: an hour of work, fifteen hours by the clock."""
    rows = [{"occurred_at": "2026-01-30 21:00", "resolved_at": done} for done in ("2026-01-30 21:30:59", "2026-01-30 23:00", None)]
    found = tally_of(cases_of(*rows), NO_RATINGS, HOUSE, AS_OF).durations
    columns = ["minutes", "done", "waiting"]
    assert found.loc[found["standard"] == "how-long", columns].to_numpy().tolist() == [[30, 1, 0], [60, 1, 1]]
    over_all = (found["standard"] == "occurred_at>resolved_at") & (found["touchpoint"] == "all")
    assert found.loc[over_all, columns].to_numpy().tolist() == [[30, 1, 0], [120, 1, 0], [900, 0, 1]]
    assert sorted(found["touchpoint"].unique()) == ["all", "counter"]


def test_time_to_closure_has_open_cases_and_is_longer_than_that_of_closed_ones_alone() -> None:
    """Three of five are done after 1, 2 and 3 days, two still wait: half are done by the third day, and not by the second."""
    rows = [{"resolved_at": f"2026-01-{day:02} 15:00", "closed_at": None} for day in (6, 7, 8)] + [{}, {}]
    first, at_counter, last, _ = times_to(tally_of(cases_of(*rows), NO_RATINGS, HOUSE, AS_OF), HOUSE)
    assert (first.touchpoint, first.end, first.n, first.done, first.waiting, first.median_hours) == ("all", "resolved_at", 5, 3, 2, 72)
    assert (at_counter.touchpoint, at_counter.stage, at_counter.median_hours) == ("counter", "book", 72)
    assert (last.end, last.done, last.waiting, last.median_hours) == ("closed_at", 0, 5, None)
    closed = times_to(tally_of(cases_of(*rows[:3]), NO_RATINGS, HOUSE, AS_OF), HOUSE)
    assert closed[0].median_hours == 48
    assert first.ninety_percent_hours is None


def test_weights_and_customers_are_added_up_as_whole_numbers() -> None:
    rows: list[Row] = [
        {"weight": 2.0, "customer_id": "a"},
        {"weight": 0.5, "customer_id": "a"},
        {"weight": 1.5, "customer_id": "b"},
        {"weight": 1.5},
    ]
    found = tally_of(feedback(*rows, source="survey"), answers("view", 5, 1, 5, 5, source="survey"), HOUSE, AS_OF)
    assert found.weights.to_numpy().tolist() == [["view", "lounge", 4, 55_000, 20_000**2 + 5000**2 + 2 * 15_000**2, 50_000]]
    kept = found.customers.drop(columns="customer").to_numpy().tolist()
    assert sorted(kept) == [["view", "lounge", 1, 15_000, 15_000, 2], ["view", "lounge", 2, 25_000, 20_000, 1]]


def test_customers_with_one_case_each_are_no_repeat_customers() -> None:
    table = feedback({"customer_id": "a"}, {"customer_id": "b"}, {"customer_id": None}, {"customer_id": None})
    assert repeated_customers(table) == frozenset()
    assert repeated_customers(table, table.iloc[:1]) == {"a"}
    assert repeated_customers(feedback({}), table) == frozenset()


def test_records_are_counted_whatever_is_promised() -> None:
    found = tally_of(cases_of(MET, EXCLUDED, MET | {"category": "site"}), NO_RATINGS, programme(sources=[CASES]), AS_OF)
    assert dict(zip(found.records["touchpoint"], found.records["records"], strict=True)) == {"counter": 2, "site": 1}


# sums

DAYS = ["2026-01-02", "2026-01-05", "2026-01-20", "2026-01-30 21:00", "2026-02-02"]
cases = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["cases", "survey"]),
        "category": st.sampled_from(["counter", "site", "lounge", "moon"]),
        "occurred_at": st.sampled_from(DAYS),
        "due_at": st.sampled_from([None, "2026-01-10", "2026-02-20"]),
        "resolved_at": st.sampled_from([None, "2026-01-09", "2026-01-30"]),
        "customer_id": st.sampled_from([None, "a", "b", "c", "d"]),
        "view": st.sampled_from([None, 1.0, 5.0]),
        "would": st.sampled_from([None, 0.0, 7.0, 10.0]),
    }
)
weighted = st.builds(lambda row, weight: row | {"weight": weight}, cases, st.sampled_from([0.5, 1.0, 1.75]))


def tables(rows: list[Row]) -> tuple[pd.DataFrame, pd.DataFrame]:
    table = feedback(*({name: row[name] for name in row if name not in ("view", "would")} for row in rows), closed_at=None)
    given_answers = [answers(name, *(row[name] for row in rows), source="survey") for name in ("view", "would")]
    return table, pd.concat(given_answers, ignore_index=True)


def counted(table: pd.DataFrame, ratings: pd.DataFrame, repeated: frozenset[str]) -> Tally:
    with open_cases(table, ratings, HOUSE, AS_OF) as opened:
        return tally(opened, repeated)


def assert_same(one: Tally, other: Tally) -> None:
    for field in fields(Tally):
        pd.testing.assert_frame_equal(getattr(one, field.name), getattr(other, field.name), obj=field.name)


def assert_pieces_are_the_whole(table: pd.DataFrame, ratings: pd.DataFrame, pieces: list[pd.DataFrame]) -> None:
    repeated = repeated_customers(table)
    assert repeated_customers(*pieces) == repeated
    whole = counted(table, ratings, repeated)
    assert_same(merge([counted(piece, ratings, repeated) for piece in pieces]), whole)
    assert_same(merge([whole]), whole)


@settings(max_examples=8, deadline=None)
@given(st.lists(cases, min_size=1, max_size=16) | st.lists(weighted, min_size=1, max_size=16), st.randoms(use_true_random=False))
def test_pieces_added_up_are_the_whole_to_the_last_bit(rows: list[Row], random: Any) -> None:
    table, ratings = tables(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    assert_pieces_are_the_whole(table, ratings, [table.iloc[order[start::2]] for start in range(2)])


def test_pieces_add_up_where_one_has_weights_and_another_has_none() -> None:
    """The customer's answer without weight is none of the weighted figure, whichever piece it is in."""
    table = feedback({"weight": 1.5}, {"weight": None}, {"weight": 1.0}, customer_id="a", source="survey")
    ratings = answers("view", 5, 5, 1, source="survey")
    assert_pieces_are_the_whole(table, ratings, [table.iloc[[0, 2]], table.iloc[[1]]])


@settings(max_examples=8, deadline=None)
@given(st.lists(weighted, max_size=15))
def test_every_outcome_is_in_exactly_one_count_and_figures_are_sums_of_counts(rows: list[Row]) -> None:
    table, ratings = tables(rows)
    with open_cases(table, ratings, HOUSE, AS_OF) as opened:
        found, each = tally(opened, frozenset()), decide_outcomes(opened)
    counts = found.counts
    assert counts[list(OUTCOMES)].to_numpy().sum() == len(each)
    assert not counts.duplicated(list(COUNT_KEYS)).any()
    known = sum(row["occurred_at"] < "2026-02" and row["source"] == "cases" for row in rows)
    assert totals(counts, HOUSE).xs(("on-time", "all")).sum() == known
    by_hand = each.groupby(["standard", "place"]).size().to_dict() if len(each) else {}
    assert {key: n for key, n in totals(counts, HOUSE).sum(axis=1).items() if n} == by_hand


@settings(max_examples=5, deadline=None)
@given(st.lists(weighted, max_size=15))
def test_weeks_add_up_to_what_months_add_up_to(rows: list[Row]) -> None:
    found = tally_of(*tables(rows), HOUSE, AS_OF)
    for name in ("counts", "scores", "durations", "records"):
        table = getattr(found, name)
        numbers = [column for column in ("met", "missed", "pending", "excluded", "n", "done", "waiting", "records") if column in table]
        keys = [column for column in ("standard", "touchpoint") if column in table]
        by_week, by_month = (table.groupby([*keys, period])[numbers].sum().groupby(keys).sum() for period in ("week", "month"))
        pd.testing.assert_frame_equal(by_week, by_month)


# nothing


def test_figures_come_in_the_order_of_the_file_and_none_is_left_out() -> None:
    assert list(totals(empty_counts(), HOUSE).index) == [
        ("on-time", "all"),
        ("on-time-at", "counter"),
        ("on-time-at", "lounge"),
        ("view", "lounge"),
        ("would", "all"),
        ("how-long", "all"),
    ]
    assert (totals(empty_counts(), HOUSE) == 0).all(axis=None)


def test_counts_without_a_case_have_the_columns_of_counts_with_some() -> None:
    some, none = (tally_of(cases_of(*rows), NO_RATINGS, HOUSE, AS_OF) for rows in ([MET], []))
    for name, columns in COLUMNS.items():
        assert getattr(none, name).dtypes.astype("str").to_dict() == getattr(some, name).dtypes.astype("str").to_dict() == dict(columns)
        assert len(getattr(none, name)) == 0


def test_a_programme_without_standards_has_no_outcomes() -> None:
    house = programme()
    with open_cases(feedback(MET), NO_RATINGS, house, AS_OF) as opened:
        assert len(decide_outcomes(opened)) == 0
    found = tally_of(feedback(MET), NO_RATINGS, house, AS_OF)
    assert len(found.counts) == 0
    assert len(totals(found.counts, house)) == 0
    assert found.records["records"].tolist() == [1]


def test_all_that_merges_is_whole_numbers() -> None:
    found = tally_of(*tables([{"weight": 0.3333, "view": 4.0, "would": 9.0, "source": "survey", "customer_id": "a"}] * 2), HOUSE, AS_OF)
    for field in fields(Tally):
        assert not any(np.issubdtype(kind, np.floating) for kind in getattr(found, field.name).dtypes if isinstance(kind, np.dtype))
    assert found.weights["weight"].tolist() == [6666, 6666]  # of each of two standards
