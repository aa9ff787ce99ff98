"""Reminders in the ledger: told once a day, by whoever comes first; what could not be sent was not told."""

from __future__ import annotations

from datetime import date

from tasks.ledger.connection import Ledger
from tasks.ledger.models import Mail
from tasks.ledger.outbox import QUEUED, REFUSED, SENDING, SENT, UNKNOWN, mails_of, mark
from tasks.ledger.reminders import told_on, write_reminder
from tasks.ledger.verify import verify_ledger
from tests.ledgers import CYCLE, FERRY, begin

MONDAY, NEXT = date(2026, 5, 18), date(2026, 5, 25)
DESK, DECK = "desk@ferry.example", "deck@ferry.example"


def mail(message_id: str = "<1@ferry.example>", recipient: str = DESK) -> Mail:
    fixed = {"programme": FERRY, "edition": CYCLE, "audience": "reminders", "subject": "Reminder", "body": "{}", "detail": ""}
    return Mail(message_id=message_id, recipient=recipient, status=SENDING, **fixed)


def test_what_an_address_was_told_on_a_day_is_known_by_address_and_day(ledger: Ledger) -> None:
    begin(ledger)
    assert told_on(ledger, FERRY, DESK, MONDAY) == frozenset()
    assert write_reminder(ledger, mail(), ("fu-2", "fu-1"), MONDAY)
    assert told_on(ledger, FERRY, DESK, MONDAY) == {"fu-1", "fu-2"}
    assert (
        told_on(ledger, FERRY, DECK, MONDAY) == told_on(ledger, FERRY, DESK, NEXT) == told_on(ledger, "bridge", DESK, MONDAY) == frozenset()
    )
    assert verify_ledger(ledger, FERRY).problems == ()


def test_the_second_mail_of_a_day_that_would_repeat_something_is_not_written(ledger: Ledger) -> None:
    begin(ledger)
    assert write_reminder(ledger, mail(), ("fu-1", "fu-2"), MONDAY)
    assert not write_reminder(ledger, mail("<2@ferry.example>"), ("fu-2", "fu-3"), MONDAY)
    assert [one.message_id for one in mails_of(ledger, FERRY)] == ["<1@ferry.example>"]
    assert write_reminder(ledger, mail("<3@ferry.example>"), ("fu-3",), MONDAY)
    assert write_reminder(ledger, mail("<4@ferry.example>", DECK), ("fu-1",), MONDAY)
    assert write_reminder(ledger, mail("<5@ferry.example>"), ("fu-1",), NEXT)


def test_only_what_certainly_was_not_sent_may_be_told_again(ledger: Ledger) -> None:
    begin(ledger)
    write_reminder(ledger, mail(), ("fu-1",), MONDAY)
    for status in (SENDING, SENT, REFUSED, UNKNOWN):
        mark(ledger, "<1@ferry.example>", status)
        assert told_on(ledger, FERRY, DESK, MONDAY) == {"fu-1"}
    mark(ledger, "<1@ferry.example>", QUEUED)
    assert told_on(ledger, FERRY, DESK, MONDAY) == frozenset()
    assert write_reminder(ledger, mail(), ("fu-1",), MONDAY)
    assert told_on(ledger, FERRY, DESK, MONDAY) == {"fu-1"}
