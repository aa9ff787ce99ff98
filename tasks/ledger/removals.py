"""Whose words were removed on request, in the ledger."""

from __future__ import annotations

from sqlalchemy import select

from tasks.ledger.connection import Ledger
from tasks.ledger.models import Removal


def removed_subjects(ledger: Ledger, programme: str) -> tuple[str, ...]:
    """Return the subjects (see tasks.words) whose words were removed, in alphabetical order."""
    with ledger.transaction() as session:
        return tuple(session.scalars(select(Removal.subject).where(Removal.programme == programme).order_by(Removal.subject)))
