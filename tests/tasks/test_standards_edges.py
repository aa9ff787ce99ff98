"""The corners in which a report on promises goes wrong most easily, from records to findings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from config.periods import Quarter, same_age
from config.programme import Programme
from tasks.results import Compliance
from tasks.standards.compliance import Assessment, Earlier, assess
from tasks.standards.counts import tally_of
from tasks.standards.times import times_to
from tests.programmes import programme, standard
from tests.tasks.counting import AS_OF, NO_RATINGS, Row, answers, feedback, outcomes, source_of, survey_of

SOURCES = [source_of("due_at", "resolved_at"), survey_of({"question": "would", "scale": [0, 10]})]
STANDARDS = [
    standard(),
    standard(id="at", touchpoints=["counter", "lounge"]),
    standard(id="days", measure={"median": ["occurred_at", "resolved_at"], "at_most": "2 working days"}, target_share=None),
    standard(id="mean", measure={"mean": ["occurred_at", "resolved_at"], "at_most": "5 days", "up_to": "20 days"}, target_share=None),
    standard(id="would", measure={"net_promoter": "would", "at_least": 10}, target_share=None),
    standard(id="view", measure={"mean_rating": "would", "at_least": 7}, target_share=None),
]
HOUSE = programme(sources=SOURCES, standards=STANDARDS)
KEPT: Row = {"due_at": "2026-01-10", "resolved_at": "2026-01-09"}
BROKEN: Row = {"due_at": "2026-01-10", "resolved_at": None}


def found(table: pd.DataFrame, ratings: pd.DataFrame = NO_RATINGS, house: Programme = HOUSE, as_of: datetime = AS_OF) -> Assessment:
    """Return the findings of a quarter compared with itself: nothing changed."""
    tally = tally_of(table, ratings, house, as_of)
    assert all(one.n == one.done + one.waiting for one in times_to(tally, house))
    return assess(tally, Earlier("2025Q4", tally), Earlier("2025Q1", None, "none"), (), house)


def of_share(*rows: Row, target: float = 0.8) -> Compliance:
    return found(feedback(*rows, due_at=None, resolved_at=None), house=programme(standards=[standard(target_share=target)])).standards[0]


def test_no_rows() -> None:
    rows = found(feedback(due_at=None, resolved_at=None)).standards
    assert [(row.standard, row.touchpoint) for row in rows] == [(one.id, place) for one in HOUSE.promises for place in one.places]
    assert {(row.verdict, row.n, row.met, row.pending, row.share, row.p) for row in rows} == {("too_few", 0, 0, 0, None, None)}
    assert {row.previous.verdict for row in rows if row.previous} == {"cannot_tell"}
    assert {(row.value.n, row.value.value, row.value.low) for row in rows if row.value} == {(0, None, None)}


def test_one_row() -> None:
    rows = {(row.standard, row.touchpoint): row for row in found(feedback(KEPT)).standards}
    assert {row.verdict for row in rows.values()} == {"too_few"}
    assert (rows["on-time", "all"].n, rows["on-time", "all"].share) == (1, 1.0)
    days, mean = rows["days", "all"].value, rows["mean", "all"].value
    assert days is not None
    assert mean is not None
    assert (days.n, days.value, days.unit) == (
        1,
        8 * 3 + 7,
        "working hours",
    )  # Monday 10:00 to Thursday 19:00 in New York of which 19:00 is after closing
    assert (mean.n, mean.value) == (1, 24 * 3 + 9)


def test_one_answer() -> None:
    rows = {row.standard: row for row in found(feedback({"source": "survey"}), answers("would", 10, source="survey")).standards}
    assert rows["would"].value is not None
    assert rows["view"].value is not None
    assert (rows["would"].value.value, rows["view"].value.value) == (100, 10)
    assert (rows["would"].verdict, rows["view"].verdict) == ("too_few", "too_few")


def test_all_met() -> None:
    row = of_share(*[KEPT] * 50)
    assert (row.verdict, row.share, row.high) == ("met", 1.0, 1.0)
    assert 0.9 < (row.low or 0) < 1


def test_none_met() -> None:
    row = of_share(*[BROKEN] * 50)
    assert (row.verdict, row.share, row.low) == ("not_met", 0.0, 0.0)
    assert 0 < (row.high or 1) < 0.1


@pytest.mark.parametrize(
    ("kept", "broken", "target", "expected"),
    [(50, 0, 1, "uncertain"), (49, 1, 1, "not_met"), (0, 50, 0, "uncertain"), (1, 49, 0, "met"), (50, 0, 0, "met"), (0, 50, 1, "not_met")],
)
def test_a_target_of_always_or_never(kept: int, broken: int, target: float, expected: str) -> None:
    assert of_share(*[KEPT] * kept, *[BROKEN] * broken, target=target).verdict == expected


def test_all_pending() -> None:
    row = of_share(*[{"due_at": "2026-02-20", "resolved_at": done} for done in ("2026-01-06", None)] * 20)
    assert (row.verdict, row.n, row.pending, row.share) == ("too_few", 0, 40, None)
    assert (row.share_if_pending_met, row.share_if_pending_missed) == (1.0, 0.0)


@pytest.mark.parametrize("length", ["2 days", "2 working days"])
def test_what_was_done_before_it_began_is_done_in_time_and_took_no_time(length: str) -> None:
    rows: list[Row] = [{"resolved_at": "2026-01-02"}]
    assert outcomes({"elapsed": ["occurred_at", "resolved_at"], "within": length}, rows) == ["met"]
    one = standard(measure={"median": ["occurred_at", "resolved_at"], "at_most": length}, target_share=None)
    found_here = tally_of(feedback(*rows), NO_RATINGS, programme(sources=SOURCES, standards=[one]), AS_OF).durations
    assert set(found_here["minutes"]) == {0}


def test_a_holiday_on_the_boundary_moves_what_is_due_to_the_next_working_day() -> None:
    """Friday 16 January, 15:00 in New York and a working day: Monday 19 is Martin Luther King Day, so it is due on Tuesday at 15:00.

    With an as-of on the holiday it is pending, on Tuesday evening decided; whatever other records there are.
    """
    measure = {"elapsed": ["occurred_at", "resolved_at"], "within": "1 working day"}
    friday: Row = {"occurred_at": "2026-01-16 20:00"}
    rows: list[Row] = [friday | {"resolved_at": done} for done in ("2026-01-20 20:00", "2026-01-20 20:00:01", None)]
    tuesday, holiday = datetime(2026, 1, 20, 23, tzinfo=UTC), datetime(2026, 1, 19, 23, tzinfo=UTC)
    assert outcomes(measure, rows, as_of=tuesday) == ["met", "missed", "missed"]
    assert outcomes(measure, rows[:1], as_of=tuesday) == ["met"]
    assert outcomes(measure, [*rows, {"occurred_at": "2025-01-02", "resolved_at": None}], as_of=tuesday) == [
        "met",
        "missed",
        "missed",
        "missed",
    ]
    assert outcomes(measure, rows, as_of=holiday) == ["pending"] * 3


def test_a_fiscal_year_from_april_compares_quarters_at_equal_age() -> None:
    house = programme(standards=[standard()], year_starts_in="april")
    first, fourth = Quarter.parse("2026Q1"), Quarter.parse("2025Q4")
    starts, ends = house.span(first)
    assert (starts.date().isoformat(), ends.date().isoformat()) == ("2026-04-01", "2026-07-01")
    earlier = same_age(datetime(2026, 7, 11, 4, tzinfo=UTC), first, fourth, house.zone, house.year_starts_in)
    assert earlier == datetime(2026, 4, 11, 4, tzinfo=UTC)
    table = feedback({"occurred_at": "2026-03-31 15:00", "due_at": "2026-04-10", "resolved_at": "2026-04-09"})
    rows = found(table, house=house, as_of=earlier).standards[0]
    assert (rows.n, rows.met) == (1, 1)


@pytest.mark.parametrize(
    ("length", "due", "too_late"),
    [
        ("1 day", "2024-02-29 15:00", "2024-02-29 15:00:01"),
        ("2 days", "2024-03-01 15:00", "2024-03-01 15:00:01"),
        ("1 working day", "2024-02-29 15:00", "2024-02-29 15:00:01"),
        ("2 working days", "2024-03-01 15:00", "2024-03-01 15:00:01"),
    ],
)
def test_a_leap_day_is_a_day_like_any_other(length: str, due: str, too_late: str) -> None:
    """Wednesday 28 February 2024, 10:00 in New York."""
    measure = {"elapsed": ["occurred_at", "resolved_at"], "within": length}
    rows = [{"occurred_at": "2024-02-28 15:00", "resolved_at": done} for done in (due, too_late)]
    assert outcomes(measure, rows) == ["met", "missed"]


def test_a_standard_whose_touchpoint_has_no_records_is_named_and_not_hidden() -> None:
    rows = {(row.standard, row.touchpoint): row for row in found(feedback(*[KEPT] * 20)).standards}
    lounge: Any = rows["at", "lounge"]
    assert (lounge.verdict, lounge.n, lounge.share, lounge.stage, lounge.title) == ("too_few", 0, None, "sail", "at")
    assert rows["at", "counter"].n == 20
