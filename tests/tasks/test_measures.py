"""What each measure says of a case, worked by hand; above all the rule for open cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.durations import parse_duration
from config.measures import MEASURES, Measured
from tasks.standards.measures import Clocks, clock_of, flag_column, outcome
from tests.programmes import SMALL, programme, standard
from tests.tasks.counting import AS_OF, NO_CASE, Row, answers, feedback, outcomes, source_of, survey_of
from tests.tasks.counting import decided as decided_of

BEFORE, AT, AFTER = "2026-01-31 11:59:59.999999", "2026-01-31 12:00", "2026-01-31 12:00:00.000001"
EARLY, DUE, LATE = "2026-01-10 12:00", "2026-01-20 12:00", "2026-01-20 12:00:00.000001"
TIMES = ("due_at", "acknowledged_at", "resolved_at", "closed_at")


def by_due_date(rows: list[Row], as_of: datetime = AS_OF) -> list[str]:
    return outcomes({"by_due_date": "resolved_at"}, rows, *TIMES, as_of=as_of)


# the rule for open cases

OPEN_CASES = [
    ("done in time, and due since", DUE, EARLY, "met"),
    ("done at the last moment", DUE, DUE, "met"),
    ("done a moment too late", DUE, LATE, "missed"),
    ("open past its due time", DUE, None, "missed"),
    ("not due yet, and open", AFTER, None, "pending"),
    ("not due yet, though done already", AFTER, EARLY, "pending"),
    ("due this very moment, though done already", AT, EARLY, "pending"),
    ("due a moment ago, and done", BEFORE, EARLY, "met"),
    ("due a moment ago, and open", BEFORE, None, "missed"),
    ("without a promise, and open", None, None, "excluded"),
    ("without a promise, and done", None, EARLY, "excluded"),
    ("done only after the as-of, which nobody knows yet", DUE, AFTER, "missed"),
    ("not due yet, and done after the as-of", "2026-02-20", "2026-02-10", "pending"),
]


@pytest.mark.parametrize(("due", "done", "expected"), [row[1:] for row in OPEN_CASES], ids=[row[0] for row in OPEN_CASES])
def test_a_case_counts_once_it_is_due_and_not_before(due: str | None, done: str | None, expected: str) -> None:
    assert by_due_date([{"due_at": due, "resolved_at": done}]) == [expected]


def test_the_time_that_is_measured_is_the_one_that_is_named() -> None:
    row = {"due_at": DUE, "resolved_at": EARLY, "closed_at": LATE, "acknowledged_at": None}
    assert outcomes({"by_due_date": "resolved_at"}, [row]) == ["met"]
    assert outcomes({"by_due_date": "closed_at"}, [row]) == ["missed"]
    assert outcomes({"by_due_date": "acknowledged_at"}, [row]) == ["missed"]


def test_a_later_as_of_turns_pending_into_decided_and_leaves_decided_as_it_is() -> None:
    rows: list[Row] = [{"due_at": due, "resolved_at": done} for _, due, done, _ in OPEN_CASES]
    one, other = by_due_date(rows), by_due_date(rows, datetime(2026, 3, 1, tzinfo=UTC))
    assert "pending" not in other
    assert all(now == later for now, later in zip(one, other, strict=True) if now != "pending")


hours = st.integers(0, 2000)
instants = st.none() | hours.map(lambda n: pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(hours=n))
lengths = st.sampled_from(["3 days", "2 working days", "90 working minutes"])
MAPPED = (*TIMES, "reopened_at", "transferred_count", "is_first_contact_resolved")
TIMED: list[Callable[[str], dict[str, Any]]] = [
    lambda _: {"by_due_date": "resolved_at"},
    lambda length: {"elapsed": ["occurred_at", "resolved_at"], "within": length},
    lambda length: {"first_time_right": length},
    lambda length: {"not_reopened_within": length},
    lambda length: {"without_transfer": "resolved_at", "within": length},
    lambda length: {"median": ["occurred_at", "resolved_at"], "at_most": length},
]


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(TIMED), lengths, st.lists(st.tuples(instants, instants, instants), min_size=1, max_size=8), hours, hours)
def test_what_was_decided_is_never_undone_by_knowing_more(
    measure: Callable[[str], dict[str, Any]], length: str, times: list[tuple[Any, Any, Any]], first: int, second: int
) -> None:
    fixed = {"occurred_at": "2026-01-01", "is_first_contact_resolved": True, "transferred_count": 0}
    rows = [fixed | {"due_at": due, "resolved_at": done, "reopened_at": again} for due, done, again in times]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    early, late = (start + pd.Timedelta(hours=n).to_pytimedelta() for n in sorted((first, second)))
    before, after = (outcomes(measure(length), rows, *MAPPED, as_of=instant) for instant in (early, late))
    is_resolved = "not_reopened_within" in measure(length)  # nobody knows how long it stays closed before it is closed
    assert all(then == now for then, now in zip(before, after, strict=True) if then not in ("pending", "excluded"))
    assert is_resolved or [outcome == "excluded" for outcome in before] == [outcome == "excluded" for outcome in after]


# elapsed

WITHIN_TWO_DAYS = {"elapsed": ["occurred_at", "acknowledged_at"], "within": "2 days"}
WITHIN_TWO_WORKING_DAYS = WITHIN_TWO_DAYS | {"within": "2 working days"}


@pytest.mark.parametrize(
    ("start", "end", "on_the_calendar", "in_working_time"),
    [
        # Friday 9 January, 15:00 in New York: due Sunday 15:00 on the calendar, Tuesday 15:00 in working days
        ("2026-01-09 20:00", "2026-01-11 20:00", "met", "met"),
        ("2026-01-09 20:00", "2026-01-11 20:00:01", "missed", "met"),
        ("2026-01-09 20:00", "2026-01-13 20:00", "missed", "met"),
        ("2026-01-09 20:00", "2026-01-13 20:00:01", "missed", "missed"),
        ("2026-01-09 20:00", None, "missed", "missed"),
        # Friday 16 January: Monday 19 is Martin Luther King Day, so the second working day ends on Wednesday
        ("2026-01-16 20:00", "2026-01-21 20:00", "missed", "met"),
        ("2026-01-16 20:00", "2026-01-21 20:00:01", "missed", "missed"),
        # Thursday 29 January, noon in New York: due Saturday noon, an hour after the as-of, and Monday noon
        ("2026-01-29 17:00", "2026-01-29 18:00", "pending", "pending"),
        # Thursday 29 January, 06:00 in New York: due Saturday 06:00, an hour before the as-of, and Friday at closing
        ("2026-01-29 11:00", "2026-01-29 18:00", "met", "met"),
    ],
)
def test_time_elapsed_is_counted_on_the_calendar_or_in_working_time(
    start: str, end: str | None, on_the_calendar: str, in_working_time: str
) -> None:
    row = {"occurred_at": start, "acknowledged_at": end}
    assert outcomes(WITHIN_TWO_DAYS, [row]) == [on_the_calendar]
    assert outcomes(WITHIN_TWO_WORKING_DAYS, [row]) == [in_working_time]


@pytest.mark.parametrize("length", ["2 days", "2 working days"])
def test_a_span_that_has_not_begun_is_excluded(length: str) -> None:
    from_one_to_the_other = {"elapsed": ["acknowledged_at", "resolved_at"], "within": length}
    rows: list[Row] = [{"acknowledged_at": None, "resolved_at": EARLY}, {"acknowledged_at": AFTER}, {"acknowledged_at": "2026-01-27"}]
    assert outcomes(from_one_to_the_other, rows) == ["excluded", "excluded", "missed"]


# first time right, reopened, transferred


def test_first_time_right_is_resolved_at_first_contact_and_stays_closed_for_the_stated_time() -> None:
    """Received on 5 January at 15:00: five days end on the 10th at 15:00."""
    rows: list[Row] = [
        {"is_first_contact_resolved": True, "reopened_at": None},
        {"is_first_contact_resolved": True, "reopened_at": "2026-01-10 15:00"},
        {"is_first_contact_resolved": True, "reopened_at": "2026-01-10 15:00:00.000001"},
        {"is_first_contact_resolved": False, "reopened_at": None},
        {"is_first_contact_resolved": None, "reopened_at": None},
        {"is_first_contact_resolved": True, "reopened_at": None, "occurred_at": "2026-01-26 12:00"},
        {"is_first_contact_resolved": False, "reopened_at": None, "occurred_at": "2026-01-26 11:59:59"},
    ]
    assert outcomes({"first_time_right": "5 days"}, rows) == ["met", "missed", "met", "missed", "excluded", "pending", "missed"]


def test_where_nobody_tells_when_a_case_was_reopened_any_reopening_counts() -> None:
    rows: list[Row] = [{"is_first_contact_resolved": True, "resolved_at": "2026-01-06", "reopened_count": count} for count in (0, 1, None)]
    assert outcomes({"first_time_right": "5 days"}, rows) == ["met", "missed", "met"]
    assert outcomes({"not_reopened_within": "5 days"}, rows) == ["met", "missed", "met"]


def test_where_both_are_told_it_matters_when_a_case_was_reopened() -> None:
    late = {"is_first_contact_resolved": True, "resolved_at": "2026-01-06", "reopened_count": 1, "reopened_at": "2026-01-20"}
    assert outcomes({"first_time_right": "5 days"}, [late]) == ["met"]
    assert outcomes({"not_reopened_within": "5 days"}, [late, late | {"reopened_at": "2026-01-07"}]) == ["met", "missed"]


def test_not_reopened_is_counted_from_the_first_closure_and_on_its_own_clock() -> None:
    """Resolved on Friday 9 January at 15:00 in New York: two days end on Sunday, two working days on Tuesday."""
    rows: list[Row] = [
        {"resolved_at": "2026-01-09 20:00", "reopened_at": None},
        {"resolved_at": "2026-01-09 20:00", "reopened_at": "2026-01-11 20:00"},
        {"resolved_at": "2026-01-09 20:00", "reopened_at": "2026-01-13 20:00"},
        {"resolved_at": "2026-01-09 20:00", "reopened_at": "2026-01-13 20:00:01"},
        {"resolved_at": None, "reopened_at": None},
        {"resolved_at": "2026-01-29 17:00", "reopened_at": "2026-01-29 18:00"},
    ]
    assert outcomes({"not_reopened_within": "2 days"}, rows) == ["met", "missed", "met", "met", "excluded", "pending"]
    assert outcomes({"not_reopened_within": "2 working days"}, rows) == ["met", "missed", "missed", "met", "excluded", "pending"]


@pytest.mark.parametrize("measure", [{"not_reopened_within": "2 days"}, {"first_time_right": "2 days"}], ids=lambda one: next(iter(one)))
def test_a_source_that_cannot_tell_whether_cases_were_reopened_has_no_case_of_it(measure: dict[str, str]) -> None:
    blind = source_of("resolved_at", "is_first_contact_resolved")
    seeing = source_of("resolved_at", "is_first_contact_resolved", "reopened_count", id="other")
    house = programme(sources=[blind, seeing], standards=[standard(measure=measure)])
    table = feedback({}, {"source": "other"}, resolved_at="2026-01-06", is_first_contact_resolved=True, reopened_count=0)
    assert decided_of(table, answers("none"), house) == [NO_CASE, "met"]


def test_without_transfer_is_done_in_time_by_whom_it_was_first_given_to() -> None:
    """Received on Monday 5 January at 10:00 in New York: two working days end on Wednesday at 10:00."""
    measure = {"without_transfer": "resolved_at", "within": "2 working days"}
    rows: list[Row] = [
        {"transferred_count": 0, "resolved_at": "2026-01-07 15:00"},
        {"transferred_count": 0, "resolved_at": "2026-01-07 15:00:01"},
        {"transferred_count": 1, "resolved_at": "2026-01-05 16:00"},
        {"transferred_count": 0, "resolved_at": None},
        {"transferred_count": None, "resolved_at": "2026-01-05 16:00"},
        {"transferred_count": 2, "resolved_at": None, "occurred_at": "2026-01-30 15:00"},
    ]
    assert outcomes(measure, rows) == ["met", "missed", "missed", "missed", "excluded", "pending"]
    assert outcomes(measure | {"within": "1 day"}, rows) == ["missed", "missed", "missed", "missed", "excluded", "pending"]


# flags, ratings and what goes beside scores that are no shares


def test_a_flag_is_kept_by_yes_missed_by_no_and_excluded_where_it_is_empty() -> None:
    assert outcomes({"flag": "kept"}, [{"kept": True}, {"kept": False}, {"kept": None}]) == ["met", "missed", "excluded"]


def test_a_flag_may_be_called_what_no_database_would_call_a_column() -> None:
    rows: list[Row] = [{'kept"; DROP TABLE cases; --': True}, {'kept"; DROP TABLE cases; --': False}]
    assert outcomes({"flag": 'kept"; DROP TABLE cases; --'}, rows) == ["met", "missed"]
    assert flag_column('k"').isidentifier()


SCORES: list[tuple[dict[str, Any], list[float], list[str]]] = [
    ({"rating": "view", "at_least": 4}, [4, 3.999, 5], ["met", "missed", "met"]),
    ({"mean_rating": "view", "at_least": 3.5}, [3, 3.5, 4], ["missed", "met", "met"]),
    ({"median_rating": "view", "at_least": 4}, [3, 4, 5], ["missed", "met", "met"]),
    ({"net_promoter": "view", "at_least": 30}, [8, 9, 10], ["missed", "met", "met"]),  # who promotes, whatever the target
]


@pytest.mark.parametrize(("measure", "scores", "expected"), SCORES, ids=[next(iter(measure)) for measure, _, _ in SCORES])
def test_an_answer_is_met_from_the_stated_score_on(measure: dict[str, Any], scores: list[float], expected: list[str]) -> None:
    rows: list[Row] = [{"source": "survey"}] * len(scores)
    asked = survey_of({"question": "view", "scale": [0, 10]})
    assert outcomes(measure, rows, ratings=answers("view", *scores, source="survey"), sources=[asked]) == expected


@pytest.mark.parametrize(
    "measure",
    [
        {"median": ["occurred_at", "resolved_at"], "at_most": "2 days"},
        {"mean": ["occurred_at", "resolved_at"], "at_most": "2 days", "up_to": "9 days"},
    ],
    ids=["median", "mean"],
)
def test_beside_a_median_or_mean_time_each_case_is_met_or_missed_by_itself(measure: dict[str, Any]) -> None:
    rows: list[Row] = [{"resolved_at": "2026-01-07 15:00"}, {"resolved_at": "2026-01-07 15:01"}, {"resolved_at": None}]
    assert outcomes(measure, rows) == ["met", "missed", "missed"]
    assert outcomes(measure, [{"occurred_at": "2026-01-30", "resolved_at": "2026-01-30 01:00"}]) == ["pending"]


# which records are cases


def test_a_record_of_a_source_that_does_not_map_what_is_measured_is_no_case() -> None:
    survey = {"id": "survey", "reads": {"csv": "x.csv"}, "columns": survey_of()["columns"]}
    house = programme(sources=[SMALL["sources"][0], survey], standards=[standard()])
    table = feedback({}, {"source": "survey"}, due_at=DUE, resolved_at=EARLY)
    assert decided_of(table, answers("none"), house) == ["met", NO_CASE]


def test_a_standard_about_some_records_has_no_other_cases() -> None:
    house = programme(
        sources=[source_of("due_at", "resolved_at", "channel")],
        standards=[standard(where={"channel": ["mail", "fax"], "category": ["counter"]})],
    )
    table = feedback(
        *({"channel": one} for one in ("mail", "fax", "app", None)), {"channel": "mail", "category": "site"}, due_at=DUE, resolved_at=EARLY
    )
    assert decided_of(table, answers("none"), house) == ["met", "met", NO_CASE, NO_CASE, NO_CASE]


def test_a_standard_about_a_column_that_no_record_has_yet_has_no_case() -> None:
    house = programme(sources=[source_of("due_at", "resolved_at", "channel")], standards=[standard(where={"channel": ["mail"]})])
    assert decided_of(feedback({}, due_at=DUE, resolved_at=EARLY), answers("none"), house) == [NO_CASE]


def test_a_standard_may_be_about_records_with_a_flag() -> None:
    house = programme(sources=[source_of("due_at", "resolved_at")], standards=[standard(where={"is_internal": ["false"]})])
    table = feedback({"is_internal": False}, {"is_internal": True}, due_at=DUE, resolved_at=EARLY)
    assert decided_of(table, answers("none"), house) == ["met", NO_CASE]


@pytest.mark.parametrize("definition", [{"by_due_date": "resolved_at"}, WITHIN_TWO_DAYS, WITHIN_TWO_WORKING_DAYS, {"flag": "kept"}])
def test_without_cases_there_are_no_outcomes(definition: dict[str, Any]) -> None:
    assert outcomes(definition, [], *TIMES, "kept") == []


# rules


@pytest.mark.parametrize("kind", MEASURES.values(), ids=lambda kind: kind.__name__)
def test_every_measure_that_a_programme_can_name_has_its_rule(kind: type[Measured]) -> None:
    assert kind in outcome.registry


def test_a_measure_without_a_rule_is_a_defect() -> None:
    with pytest.raises(NotImplementedError, match="no rule for the measure Measured"):
        outcome(Measured(), Clocks(0, 0, 480))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("90 minutes", 90), ("2 hours", 120), ("2 days", 2880), ("1 week", 10_080), ("2 working days", 960), ("1.5 working hours", 90)],
)
def test_a_working_day_is_as_long_as_the_office_is_open(text: str, minutes: float) -> None:
    assert parse_duration(text).minutes(480) == minutes
    assert clock_of(text, Clocks(0, 0, 480)).length == minutes * 60_000_000 * (2 if "working" in text else 1)
