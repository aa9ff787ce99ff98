"""Appending to the chain: every row that is written logs its hash in the same transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config.errors import LockedError
from tasks.ledger.chain import GENESIS, event_hash, rows_payload
from tasks.ledger.connection import Ledger, now
from tasks.ledger.models import Base, Chain, Event, Lock


def append(
    session: Session, ledger: Ledger, programme: str, edition: str, kind: str, *rows: Base, token: str | None = None, **detail: object
) -> Event:
    """Write the rows and one event with their hashes; both are committed with the session's transaction.

    With a `token` the write is refused (LockedError) once another run has taken the programme's lock over.
    """
    chain = lock_chain(session, programme)
    if token is not None:
        _require_lock(session, programme, token)
    written = tuple(session.merge(row) for row in rows)
    session.flush()
    event = Event(
        programme=programme,
        seq=chain.seq + 1,
        edition=edition,
        at=now(),
        actor=ledger.actor,
        kind=kind,
        payload=rows_payload(written, detail),
        previous=chain.head,
        hash="",
    )
    event.hash = event_hash(event)
    chain.seq, chain.head = event.seq, event.hash
    session.add(event)
    session.flush()
    return event


def lock_chain(session: Session, programme: str) -> Chain:
    """Return the chain's head, locked until the transaction ends, so that links are added one at a time."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(Chain).values(programme=programme, seq=0, head=GENESIS)
    session.execute(first.on_conflict_do_nothing(index_elements=["programme"]))
    return session.execute(
        select(Chain).where(Chain.programme == programme).with_for_update().execution_options(populate_existing=True)
    ).scalar_one()


def head(ledger: Ledger, programme: str) -> tuple[int, str]:
    """Return number and hash of the last event of a programme's chain; 0 and zeros where there is none."""
    with ledger.transaction() as session:
        chain = session.get(Chain, programme)
        return (chain.seq, chain.head) if chain else (0, GENESIS)


def _require_lock(session: Session, programme: str, token: str) -> None:
    lock = session.get(Lock, programme, populate_existing=True)
    if lock is None or lock.token != token:
        holder = f"{lock.actor}, process {lock.pid} on {lock.host}" if lock else "nobody"
        raise LockedError(f"This run of {programme} lost its lock to {holder} and has stopped; see `touchstone status`.")
