"""Changes that people make to follow-ups."""

from __future__ import annotations

from sqlalchemy.orm import Session

from config.errors import InputError
from tasks.follow_ups.life import person_change
from tasks.ledger.connection import Ledger
from tasks.ledger.journal import append
from tasks.ledger.models import FollowUpRow
from tasks.results import FollowUp, FollowUpChange, FollowUpStatus

UPDATED = "follow_up.updated"


def record_update(ledger: Ledger, programme: str, follow_up_id: str, change: FollowUpChange, *, token: str) -> FollowUpStatus:
    """Record what a person changed of a follow-up, and return the status that it had before.

    Raises InputError where there is no such follow-up, or the person may not make this change then; LockedError once the lock is lost.
    """
    with ledger.transaction() as session:
        row = _row(session, programme, follow_up_id)
        before = FollowUp.model_validate_json(row.content)
        after = person_change(before, change)
        row.status, row.content = after.status, after.model_dump_json()
        said = change.model_dump(mode="json", exclude={"by", "status", "cycle", "kind"})
        detail = {
            "follow_up": follow_up_id,
            "was": before.status,
            "now": after.status,
            "typed_name": change.by,
            "follow_up_kind": change.kind,
        }
        append(session, ledger, programme, row.edition, UPDATED, row, token=token, **detail, **said)
    return before.status


def stored_follow_up(ledger: Ledger, programme: str, follow_up_id: str) -> FollowUp:
    """Return a follow-up as it stands, with its history; InputError where there is none of that id."""
    with ledger.transaction() as session:
        return FollowUp.model_validate_json(_row(session, programme, follow_up_id).content)


def _row(session: Session, programme: str, follow_up_id: str) -> FollowUpRow:
    row = session.get(FollowUpRow, (programme, follow_up_id))
    if row is None:
        raise InputError(f"{programme} has no follow-up {follow_up_id!r}; `touchstone follow-ups list {programme}` shows those it has.")
    return row
