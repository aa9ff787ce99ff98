"""Approvals: what a person was asked to decide on, by its hash, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from sqlalchemy import select

from config.errors import InputError
from config.programme import Subject
from tasks.ledger.connection import Ledger, now
from tasks.ledger.editions import AWAITING_APPROVAL, REJECTED, Journal
from tasks.ledger.journal import append
from tasks.ledger.models import Approval, Cycle

WAITING: Final = "waiting"
APPROVED: Final = "approved"
_FEWEST_DIGITS = 8  # of a hash, so that nobody approves by chance what he has not seen


def approval_of(journal: Journal, subject: Subject) -> Approval | None:
    """Return what was asked, and decided, on a subject in this attempt; None where nobody was asked yet."""
    with journal.ledger.transaction() as session:
        return session.get(Approval, (journal.programme, journal.edition, journal.attempt, subject))


def waiting_approval(journal: Journal, subject: Subject, sha256: str) -> Approval:
    """Return the row that asks for a decision on what has that hash; it is not written yet."""
    return Approval(
        programme=journal.programme,
        edition=journal.edition,
        attempt=journal.attempt,
        subject=subject,
        sha256=sha256,
        status=WAITING,
        requested_at=now(),
        decided_at="",
        typed_name="",
        note="",
    )


def waiting_approvals(ledger: Ledger, programme: str) -> Sequence[Approval]:
    """Return what waits for a decision in editions that are still open, oldest first."""
    query = (
        select(Approval)
        .join(Cycle, (Cycle.programme == Approval.programme) & (Cycle.edition == Approval.edition) & (Cycle.attempt == Approval.attempt))
        .where(Approval.programme == programme, Approval.status == WAITING, Cycle.status == AWAITING_APPROVAL)
    )
    with ledger.transaction() as session:
        return session.scalars(query.order_by(Approval.requested_at)).all()


def find_waiting(ledger: Ledger, programme: str, cycle: str | None, sha256: str) -> Approval:
    """Return the one approval that waits, of that cycle and beginning of a hash where they are given.

    Raises InputError where none waits, where several do, or where the hash is another's.
    """
    waiting = [one for one in waiting_approvals(ledger, programme) if cycle in (None, one.edition.split(".")[0])]
    if not waiting:
        raise InputError(f"Nothing of {programme}{f' {cycle}' if cycle else ''} waits for approval; see `touchstone status`.")
    if len(waiting) > 1:
        names = ", ".join(f"{one.edition} ({one.subject})" for one in waiting)
        raise InputError(f"Several approvals of {programme} wait: {names}; say which with --cycle.")
    (found,) = waiting
    if sha256 and (len(sha256) < _FEWEST_DIGITS or not found.sha256.startswith(sha256.lower())):
        raise InputError(
            f"The {found.subject} of {found.edition} that waits has the sha256 {found.sha256}, not {sha256}; look at it again, "
            f"and give at least its first {_FEWEST_DIGITS} digits."
        )
    return found


def record_decision(
    ledger: Ledger, asked: Approval, decision: Literal["approved", "rejected"], *, typed_name: str, note: str, token: str
) -> None:
    """Record who decided what on which hash; a rejected edition begins anew with its next run."""
    with ledger.transaction() as session:
        row = session.get_one(Approval, (asked.programme, asked.edition, asked.attempt, asked.subject))
        row.status, row.decided_at, row.typed_name, row.note = decision, now(), typed_name, note
        edition = session.get_one(Cycle, (asked.programme, asked.edition))
        if decision == REJECTED:
            edition.status, edition.error = REJECTED, f"{typed_name} rejected the {asked.subject}: {note or 'no reason given'}"
        detail = {"subject": asked.subject, "sha256": asked.sha256, "typed_name": typed_name, "note": note}
        append(session, ledger, asked.programme, asked.edition, f"approval.{decision}", row, edition, token=token, **detail)
