"""Reading the ledger for people: editions, events, follow-ups."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from tasks.ledger.connection import Ledger
from tasks.ledger.models import Chain, Cycle, Event, FollowUpRow, PublishedObject, Step
from tasks.results import OPEN_STATUSES, FollowUp


def programmes(ledger: Ledger) -> tuple[str, ...]:
    """Return the ids of all programmes that the ledger knows, in alphabetical order."""
    with ledger.transaction() as session:
        return tuple(session.scalars(select(Chain.programme).order_by(Chain.programme)))


def editions(ledger: Ledger, programme: str) -> Sequence[Cycle]:
    """Return a programme's editions, oldest cycle first, drafts included."""
    query = select(Cycle).where(Cycle.programme == programme).order_by(Cycle.cycle, Cycle.opened_at)
    with ledger.transaction() as session:
        return session.scalars(query).all()


def steps(ledger: Ledger, edition: Cycle) -> Sequence[Step]:
    """Return the steps of an edition's last attempt, in the order in which they began."""
    query = select(Step).filter_by(programme=edition.programme, edition=edition.edition, attempt=edition.attempt)
    with ledger.transaction() as session:
        return session.scalars(query.order_by(Step.started_at)).all()


def events(ledger: Ledger, programme: str, edition: str | None = None) -> Sequence[Event]:
    """Return a programme's events (of one edition, where one is given), oldest first."""
    query = select(Event).where(Event.programme == programme).order_by(Event.seq)
    if edition is not None:
        query = query.where(Event.edition == edition)
    with ledger.transaction() as session:
        return session.scalars(query).all()


def follow_ups(ledger: Ledger, programme: str, *, only_open: bool) -> tuple[FollowUp, ...]:
    """Return a programme's follow-ups in the order of their ids."""
    query = select(FollowUpRow).where(FollowUpRow.programme == programme).order_by(FollowUpRow.id)
    if only_open:
        query = query.where(FollowUpRow.status.in_(OPEN_STATUSES))
    with ledger.transaction() as session:
        return tuple(FollowUp.model_validate_json(row.content) for row in session.scalars(query))


def published_objects(ledger: Ledger, programme: str) -> Sequence[PublishedObject]:
    """Return every file that a programme published, by key."""
    query = select(PublishedObject).where(PublishedObject.programme == programme).order_by(PublishedObject.key)
    with ledger.transaction() as session:
        return session.scalars(query).all()
