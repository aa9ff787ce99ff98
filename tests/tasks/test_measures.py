"""What each measure says of a case, worked by hand; above all the rule for open cases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.measures import MEASURES, Measure
from config.model import Model
from tasks.standards.measures import OUTCOMES, Cases, decide
from tests.programmes import SMALL, programme, standard

AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)
BEFORE, AT, AFTER = "2026-01-31 11:59:59.999999", "2026-01-31 12:00", "2026-01-31 12:00:00.000001"
EARLY, DUE, LATE = "2026-01-10 12:00", "2026-01-20 12:00", "2026-01-20 12:00:00.000001"
TIMES = ("occurred_at", "due_at", "acknowledged_at", "assessed_at", "resolved_at", "closed_at")
COLUMNS = {"record_id": "id", "pipe": {"is": "complaint"}, "kept": "kept"} | {name: name for name in TIMES}
HOUSE = programme(sources=[SMALL["sources"][0] | {"columns": COLUMNS}])


def measure(definition: dict[str, Any]) -> Measure:
    return standard(measure=definition).measure


def cases(rows: list[dict[str, Any]], as_of: datetime = AS_OF) -> Cases:
    """Return feedback of the source `cases` with these times (UTC)."""
    table = pd.DataFrame([{"occurred_at": "2026-01-01 12:00"} | row for row in rows], columns=[*TIMES, "kept"])
    times = {name: pd.to_datetime(table[name], utc=True, format="ISO8601").astype("datetime64[us, UTC]") for name in TIMES}
    table = table.assign(record_id=[str(n) for n in range(len(rows))], source="cases", kept=table["kept"].astype("boolean"), **times)
    answers = pd.DataFrame({"question": pd.Series(dtype="str"), "score": pd.Series(dtype="float64")})
    return Cases(table, answers, HOUSE, as_of)


def outcomes(definition: dict[str, Any], rows: list[dict[str, Any]], as_of: datetime = AS_OF) -> list[str]:
    one, table = measure(definition), cases(rows, as_of)
    return [OUTCOMES[code] for code in decide(one, table.rows(one), table)]


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
    assert outcomes({"by_due_date": "resolved_at"}, [{"due_at": due, "resolved_at": done}]) == [expected]


def test_the_time_that_is_measured_is_the_one_that_is_named() -> None:
    row = {"due_at": DUE, "resolved_at": EARLY, "closed_at": LATE}
    assert outcomes({"by_due_date": "resolved_at"}, [row]) == ["met"]
    assert outcomes({"by_due_date": "closed_at"}, [row]) == ["missed"]
    assert outcomes({"by_due_date": "acknowledged_at"}, [row]) == ["missed"]


def test_a_later_as_of_turns_pending_into_decided_and_leaves_decided_as_it_is() -> None:
    rows = [{"due_at": due, "resolved_at": done} for _, due, done, _ in OPEN_CASES]
    one, other = (
        outcomes({"by_due_date": "resolved_at"}, rows),
        outcomes({"by_due_date": "resolved_at"}, rows, datetime(2026, 3, 1, tzinfo=UTC)),
    )
    assert "pending" not in other
    assert all(now == later for now, later in zip(one, other, strict=True) if now != "pending")


hours = st.integers(0, 2000)
instants = st.none() | hours.map(lambda n: pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(hours=n))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(instants, instants), min_size=1, max_size=8), hours, hours)
def test_what_was_decided_is_never_undone_by_knowing_more(pairs: list[tuple[Any, Any]], first: int, second: int) -> None:
    rows = [{"due_at": due, "resolved_at": done} for due, done in pairs]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    early, late = (start + pd.Timedelta(hours=n).to_pytimedelta() for n in sorted((first, second)))
    before, after = (outcomes({"by_due_date": "resolved_at"}, rows, instant) for instant in (early, late))
    assert all(then == now for then, now in zip(before, after, strict=True) if then != "pending")
    assert [due is None for due, _ in pairs] == [outcome == "excluded" for outcome in before]


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
        # Thursday 29 January, noon in New York: due Saturday noon, an hour after the as-of, and Monday noon
        ("2026-01-29 17:00", "2026-01-29 18:00", "pending", "pending"),
        # Thursday 29 January, 06:00 in New York: due Saturday 06:00, an hour before the as-of, and Friday at closing
        ("2026-01-29 11:00", "2026-01-29 18:00", "met", "met"),
        (None, "2026-01-11 20:00", "excluded", "excluded"),
    ],
)
def test_time_elapsed_is_counted_on_the_calendar_or_in_working_time(
    start: str | None, end: str | None, on_the_calendar: str, in_working_time: str
) -> None:
    row = {"occurred_at": start, "acknowledged_at": end}
    assert outcomes(WITHIN_TWO_DAYS, [row]) == [on_the_calendar]
    assert outcomes(WITHIN_TWO_WORKING_DAYS, [row]) == [in_working_time]


def test_a_span_that_begins_after_the_as_of_has_not_begun_as_far_as_anybody_knows() -> None:
    from_one_to_the_other = {"elapsed": ["acknowledged_at", "resolved_at"], "within": "2 days"}
    assert outcomes(from_one_to_the_other, [{"acknowledged_at": AFTER}, {"acknowledged_at": "2026-01-28"}]) == ["excluded", "missed"]


# ratings and flags


def test_a_rating_keeps_the_standard_from_the_stated_score_on() -> None:
    answers = pd.DataFrame({"question": ["view", "view", "food", "view"], "score": [4.0, 3.999, 1.0, 5.0]})
    one = measure({"rating": "view", "at_least": 4})
    table = Cases(cases([]).feedback, answers, HOUSE, AS_OF)
    assert [OUTCOMES[code] for code in decide(one, table.rows(one), table)] == ["met", "missed", "met"]


def test_a_flag_is_kept_by_yes_missed_by_no_and_excluded_where_it_is_empty() -> None:
    assert outcomes({"flag": "kept"}, [{"kept": True}, {"kept": False}, {"kept": None}]) == ["met", "missed", "excluded"]


# which records are cases


def test_a_record_of_a_source_that_does_not_map_what_is_measured_is_no_case() -> None:
    survey = {
        "id": "survey",
        "reads": {"csv": "x.csv"},
        "columns": {"record_id": "id", "pipe": {"is": "survey"}, "occurred_at": "when"},
    }
    house = programme(sources=[SMALL["sources"][0] | {"columns": COLUMNS}, survey])
    table = cases([{"due_at": DUE}, {"due_at": DUE}])
    mixed = table.feedback.assign(source=["cases", "survey"])
    rows = Cases(mixed, table.answers, house, AS_OF).rows(measure({"by_due_date": "resolved_at"}))
    assert rows["record_id"].tolist() == ["0"]


@pytest.mark.parametrize("definition", [{"by_due_date": "resolved_at"}, WITHIN_TWO_DAYS, WITHIN_TWO_WORKING_DAYS, {"flag": "kept"}])
def test_without_cases_there_are_no_outcomes(definition: dict[str, Any]) -> None:
    assert outcomes(definition, []) == []


@pytest.mark.parametrize("kind", MEASURES.values(), ids=lambda kind: kind.__name__)
def test_every_measure_that_a_programme_can_name_has_its_rule(kind: type[Model]) -> None:
    assert kind in decide.registry


def test_a_measure_without_a_rule_is_a_defect() -> None:
    with pytest.raises(NotImplementedError, match="no rule for the measure Standard"):
        decide(standard(), pd.DataFrame(), cases([]))
