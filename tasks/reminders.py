"""Who is to be reminded of which follow-up on a day: before it is due, after it, and leadership where nothing moves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from config.calendar import add_working_days
from config.periods import Quarter
from config.programme import Programme
from tasks.results import OPEN_STATUSES, FollowUp

Why = Literal["due_soon", "overdue", "stalled"]


@dataclass(frozen=True)
class Reminder:
    """One follow-up of which its owner is to be reminded; of a stalled one leadership is told too."""

    department: str
    follow_up: FollowUp
    why: Why
    days: int  # until the due date; since it; of a stalled one since anything was last changed


def due_reminders(follow_ups: Iterable[FollowUp], programme: Programme, today: date) -> tuple[Reminder, ...]:
    """Return a reminder for each open follow-up that is due soon, overdue or stalled on that day, the earliest due first.

    How soon, and how long nothing may move, are the programme's `escalation`. Where nothing was ever changed, that is counted from
    the end of the quarter that opened the follow-up. The order of the follow-ups makes no difference.
    """
    soon = _soon(programme, today)
    found = [_reminder(one, programme, today) for one in follow_ups if one.status in OPEN_STATUSES and one.due <= soon]
    return tuple(sorted(found, key=lambda one: (one.follow_up.due, one.follow_up.id)))


def _soon(programme: Programme, today: date) -> date:
    """Return the last due date of which owners are reminded today."""
    days = programme.escalation.remind_before_working_days
    return add_working_days(today, days, programme.working_time) if days else today


def _reminder(follow_up: FollowUp, programme: Programme, today: date) -> Reminder:
    if follow_up.due >= today:
        return Reminder(follow_up.owner, follow_up, "due_soon", (follow_up.due - today).days)
    still = (today - _last_moved(follow_up, programme)).days
    if still >= programme.escalation.stalled_after_days:
        return Reminder(follow_up.owner, follow_up, "stalled", still)
    return Reminder(follow_up.owner, follow_up, "overdue", (today - follow_up.due).days)


def _last_moved(follow_up: FollowUp, programme: Programme) -> date:
    if follow_up.changes:
        return max(change.at for change in follow_up.changes).astimezone(programme.zone).date()
    _, ends = programme.span(Quarter.parse(follow_up.opened_in))
    return ends.date() - timedelta(days=1)
