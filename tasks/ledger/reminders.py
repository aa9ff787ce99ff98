"""Reminders in the ledger: what was told to whom on which day, so that nothing is told twice on one."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.ledger.connection import Ledger
from tasks.ledger.journal import append, lock_chain
from tasks.ledger.models import Event, Mail
from tasks.ledger.outbox import QUEUED

WRITTEN = "reminder.written"


def told_on(ledger: Ledger, programme: str, recipient: str, day: date) -> frozenset[str]:
    """Return the ids of the follow-ups of which an address was reminded that day; a mail that could not be sent told nothing."""
    with ledger.transaction() as session:
        return _told(session, programme, recipient, day)


def write_reminder(ledger: Ledger, mail: Mail, follow_ups: Collection[str], day: date) -> bool:
    """Write a mail that is about to be sent and lists these follow-ups, and return whether it may be.

    Where its recipient was reminded of one of them that day, by another process just now, nothing is written.
    """
    with ledger.transaction() as session:
        lock_chain(session, mail.programme)
        if _told(session, mail.programme, mail.recipient, day) & set(follow_ups):
            return False
        detail: dict[str, Any] = {
            "day": day.isoformat(),
            "recipient": mail.recipient,
            "message_id": mail.message_id,
            "follow_ups": sorted(follow_ups),
        }
        append(session, ledger, mail.programme, mail.edition, WRITTEN, mail, **detail)
    return True


def _told(session: Session, programme: str, recipient: str, day: date) -> frozenset[str]:
    payloads = session.scalars(select(Event.payload).where(Event.programme == programme, Event.kind == WRITTEN))
    details = [json.loads(payload)["detail"] for payload in payloads]
    today = [detail for detail in details if (detail["recipient"], detail["day"]) == (recipient, day.isoformat())]
    unsent = set(session.scalars(select(Mail.message_id).where(Mail.programme == programme, Mail.status == QUEUED)))
    return frozenset(one for detail in today if detail["message_id"] not in unsent for one in detail["follow_ups"])
