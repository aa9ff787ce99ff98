"""Who is reminded of what on a day: by hand against a calendar, and whatever the order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.reminders import due_reminders
from tasks.results import FollowUp, FollowUpChange
from tests.programmes import programme
from tests.tasks.test_decisions import judged

FERRY = programme()  # five working days before, stalled after 28 days; holidays of the United States
MONDAY = date(2026, 5, 18)


def asked(due: date, number: int = 0, **parts: Any) -> FollowUp:
    fixed = {"id": f"fu-{number:010d}", "due": due, "status": "accepted", "effect": None, "done_at": None, "opened_in": "2026Q1"}
    return judged().model_copy(update=fixed | parts)


def changed(day: date) -> tuple[FollowUpChange, ...]:
    return (FollowUpChange(at=datetime(day.year, day.month, day.day, 16, tzinfo=UTC), by="Bob", note="under way"),)


def told(*follow_ups: FollowUp, today: date = MONDAY, **escalation: int) -> list[tuple[str, int]]:
    own = programme(escalation=escalation) if escalation else FERRY
    return [(one.why, one.days) for one in due_reminders(follow_ups, own, today)]


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (date(2026, 5, 18), [("due_soon", 0)]),
        (date(2026, 5, 19), [("due_soon", 1)]),
        (date(2026, 5, 26), [("due_soon", 8)]),  # the fifth working day after: Memorial Day is the 25th
        (date(2026, 5, 27), []),
    ],
)
def test_an_owner_is_reminded_within_five_working_days_before_the_due_date(due: date, expected: list[tuple[str, int]]) -> None:
    assert told(asked(due)) == expected


def test_the_programme_says_how_many_working_days_before_and_with_none_it_is_the_due_date_itself() -> None:
    assert told(asked(date(2026, 5, 20)), remind_before_working_days=1) == []
    assert told(asked(date(2026, 5, 19)), remind_before_working_days=1) == [("due_soon", 1)]
    assert told(asked(date(2026, 5, 19)), remind_before_working_days=0) == []
    assert told(asked(date(2026, 5, 18)), remind_before_working_days=0) == [("due_soon", 0)]


def test_what_is_overdue_and_has_not_moved_for_four_weeks_is_stalled() -> None:
    due = date(2026, 5, 15)
    assert told(asked(due, changes=changed(date(2026, 4, 21)))) == [("overdue", 3)]
    assert told(asked(due, changes=changed(date(2026, 4, 20)))) == [("stalled", 28)]
    assert told(asked(due, changes=changed(date(2026, 4, 20))), stalled_after_days=29) == [("overdue", 3)]
    assert told(asked(MONDAY, changes=changed(date(2026, 1, 5)))) == [("due_soon", 0)]  # not due yet, so nothing is stalled


def test_what_nobody_ever_touched_has_not_moved_since_the_quarter_that_opened_it_ended() -> None:
    assert told(asked(date(2026, 5, 15))) == [("stalled", 48)]  # since 31 March
    assert told(asked(date(2026, 4, 20)), today=date(2026, 4, 27)) == [("overdue", 7)]


@pytest.mark.parametrize("status", ["proposed", "accepted", "in_progress", "reopened"])
def test_every_open_follow_up_is_reminded_of(status: str) -> None:
    assert told(asked(MONDAY, status=status)) == [("due_soon", 0)]


@pytest.mark.parametrize("status", ["done", "verified", "abandoned"])
def test_what_is_closed_is_left_alone(status: str) -> None:
    assert told(asked(MONDAY - timedelta(days=90), status=status)) == []


@given(st.permutations(range(8)), st.integers(-60, 60))
def test_the_order_of_the_follow_ups_makes_no_difference(order: list[int], shift: int) -> None:
    follow_ups = [asked(MONDAY + timedelta(days=shift + 3 * number), number) for number in range(8)]
    assert due_reminders([follow_ups[number] for number in order], FERRY, MONDAY) == due_reminders(follow_ups, FERRY, MONDAY)


@given(st.dates(date(2026, 4, 10), date(2026, 12, 31)))
def test_with_a_weekly_run_on_mondays_nothing_falls_due_without_a_reminder_before(due: date) -> None:
    mondays = [MONDAY + timedelta(days=7 * weeks) for weeks in range(-8, 40)]
    before = [day for day in mondays if day <= due and told(asked(due), today=day)]
    assert before
