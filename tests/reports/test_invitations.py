"""Due dates that a calendar takes over, and replaces when they change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from icalendar import Calendar, Event

from reports.invitations import due_dates
from tasks.results import CycleSummary, FollowUp, FollowUpChange
from tests.reports import sample_loop
from tests.reports.sample_loop import FOLLOW_UPS_LOOPED, LEAKS, POSTPONED, at
from tests.reports.test_page import HOSTILE

SUMMARY = sample_loop.SUMMARY
LINK = "https://reports.aldermere.example/aldermere-water/2025Q4/index.html"
OWN = tuple(one for one in FOLLOW_UPS_LOOPED if one.id in (LEAKS, POSTPONED))


def events(follow_ups: tuple[FollowUp, ...] = OWN, summary: CycleSummary = SUMMARY) -> list[Event]:
    text = due_dates(follow_ups, summary, LINK).text
    return list(Calendar.from_ical(text).events)


def event(**changes: Any) -> Event:
    (found,) = events((OWN[0].model_copy(update=changes),))
    return found


def test_a_calendar_has_an_all_day_event_for_each_follow_up() -> None:
    attached = due_dates(OWN, SUMMARY, LINK)
    assert (attached.name, attached.subtype, attached.parameters) == ("follow-ups-2025Q4.ics", "calendar", {"method": "PUBLISH"})
    calendar = Calendar.from_ical(attached.text)
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    first, second = calendar.events
    assert first["UID"] == f"{LEAKS}@aldermere-water"
    assert second["UID"] == f"{POSTPONED}@aldermere-water"
    assert first["DTSTART"].params["VALUE"] == "DATE"
    assert (first["DTSTART"].dt, first["DTEND"].dt) == (date(2026, 2, 9), date(2026, 2, 10))
    assert first["DTSTAMP"].dt == SUMMARY.as_of
    assert "DTSTAMP:20260112T090000Z" in attached.text.splitlines()
    assert first["SUMMARY"] == "Due: Bring leak repairs back to 80 % within 5 working days"
    assert first["TRANSP"] == "TRANSPARENT", "a due date blocks no time"
    assert "Why: 308 of 600 leaks" in first["DESCRIPTION"]
    assert f"touchstone follow-ups update aldermere-water {LEAKS} --status done" in first["DESCRIPTION"]
    assert first["DESCRIPTION"].endswith(LINK)


def test_a_later_event_replaces_the_earlier_one_because_its_sequence_is_higher() -> None:
    assert event(times_seen=1)["SEQUENCE"] == 0
    assert event(times_seen=2)["SEQUENCE"] == 1
    change = FollowUpChange(at=at(2026, 1, 2), by="Priya Nair", status="accepted")
    assert event(times_seen=2, changes=(change,))["SEQUENCE"] == 2
    later = event(times_seen=3, changes=(change,), due=OWN[0].due + timedelta(days=30))
    assert later["SEQUENCE"] == 3
    assert later["UID"] == event()["UID"]


def test_the_same_quarter_gives_the_same_bytes_and_lines_that_every_calendar_takes() -> None:
    text = due_dates(OWN, SUMMARY, LINK).text
    assert text == due_dates(OWN, SUMMARY, LINK).text
    lines = text.split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75
    assert "\n" not in text.replace("\r\n", "")


def test_hostile_words_add_no_line_to_a_calendar() -> None:
    hostile = OWN[0].model_copy(
        update={"title": f"{HOSTILE}\r\nEND:VEVENT\r\nATTENDEE:mailto:x@x.example", "evidence": "a;b,c\\n\nRRULE:FREQ=DAILY"}
    )
    (found,) = events((hostile,))
    assert set(found) == {"UID", "DTSTAMP", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "TRANSP"}
    assert "END:VEVENT ATTENDEE:mailto:x@x.example" in found["SUMMARY"]
    assert "\u202e" not in found["SUMMARY"]
    assert "Why: a;b,c\\n RRULE:FREQ=DAILY\n" in found["DESCRIPTION"]


def test_no_customers_words_are_in_a_calendar() -> None:
    text = due_dates(OWN, SUMMARY, LINK).text.replace("\r\n ", "")
    assert "third time the crew" not in text
