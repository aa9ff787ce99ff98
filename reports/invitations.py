"""Due dates for a calendar: iCalendar (RFC 5545)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from reports.formats import clean
from reports.loop import update_command
from reports.words import NEXT_STEPS
from tasks.results import Attachment, CycleSummary, FollowUp

if TYPE_CHECKING:
    from icalendar import Event

_MADE_BY = "-//Touchstone//Follow-ups//EN"


def due_dates(follow_ups: Sequence[FollowUp], summary: CycleSummary, link: str | None) -> Attachment:
    """Return a calendar with an all-day event on the due date of each follow-up.

    An event and not a task (VTODO), which Outlook, Gmail and Google Calendar do not import from a mail. It blocks no time
    (TRANSP), and a later mail replaces it: the same UID, and a SEQUENCE that grows with each quarter it was seen in and each change.
    No customer's words are in it, so that no calendar has to forget any.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", _MADE_BY)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for one in follow_ups:
        calendar.add_component(_event(one, summary, link))
    text = calendar.to_ical().decode()
    return Attachment(name=f"follow-ups-{summary.edition}.ics", subtype="calendar", parameters={"method": "PUBLISH"}, text=text)


def _event(one: FollowUp, summary: CycleSummary, link: str | None) -> Event:
    from icalendar import Event

    lines = (f"Why: {one.evidence}", f"Next: {NEXT_STEPS[one.status]}", f"To say so: {update_command(one, summary.programme)}")
    event = Event()
    event.add("uid", clean(f"{one.id}@{summary.programme}"))
    event.add("dtstamp", summary.as_of.astimezone(UTC))
    event.add("sequence", one.times_seen - 1 + len(one.changes))
    event.add("dtstart", one.due)
    event.add("dtend", one.due + timedelta(days=1))
    event.add("summary", clean(f"Due: {one.title}"))
    event.add("description", "\n".join(clean(line) for line in (*lines, *((link,) if link else ()))))
    event.add("transp", "TRANSPARENT")
    return event
