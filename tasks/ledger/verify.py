"""Proving the ledger: the chain is whole, and every row is as its last event says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.ledger.chain import GENESIS, event_hash, row_hash, row_key
from tasks.ledger.connection import Ledger
from tasks.ledger.models import RECORDED, Base, Chain, Event


@dataclass(frozen=True)
class Proof:
    """What verification looked at, and every contradiction that it found, in words."""

    programme: str
    events: int
    rows: int
    head: str
    problems: tuple[str, ...]


def verify_ledger(ledger: Ledger, programme: str) -> Proof:
    """Return the proof of one programme's chain and rows."""
    with ledger.transaction() as session:
        events = session.scalars(select(Event).where(Event.programme == programme).order_by(Event.seq)).all()
        rows = {row_key(row): row_hash(row) for row in _rows(session, programme)}
        chain = session.get(Chain, programme)
    problems = (*_broken_links(events), *_broken_head(events, chain), *_broken_rows(events, rows))
    return Proof(programme, len(events), len(rows), events[-1].hash if events else GENESIS, problems)


def hash_at(ledger: Ledger, programme: str, seq: int) -> str | None:
    """Return the hash of the event of that number, or None where there is none."""
    with ledger.transaction() as session:
        event = session.get(Event, (programme, seq))
        return event.hash if event else None


def _rows(session: Session, programme: str) -> Iterator[Base]:
    for table in RECORDED:
        yield from session.scalars(select(table).filter_by(programme=programme))


def _broken_links(events: Sequence[Event]) -> Iterator[str]:
    previous = GENESIS
    for expected, event in enumerate(events, start=1):
        if event.seq != expected:
            yield f"event {expected} is missing: the next one there is {event.seq}"
            return
        if event.previous != previous:
            yield f"event {event.seq} does not follow from the one before it"
        if event_hash(event) != event.hash:
            yield f"event {event.seq} ({event.kind}, {event.at}) was changed after it was written"
        previous = event.hash


def _broken_head(events: Sequence[Event], chain: Chain | None) -> Iterator[str]:
    last = events[-1] if events else None
    if (chain.seq if chain else 0) != (last.seq if last else 0):
        yield f"the chain's head is event {chain.seq if chain else 0} and its last event is {last.seq if last else 0}: its end was cut off"
    elif last is not None and chain is not None and chain.head != last.hash:
        yield f"the chain's head is not the hash of its last event {last.seq}"


def _broken_rows(events: Sequence[Event], rows: dict[str, str]) -> Iterator[str]:
    recorded: dict[str, str] = {}
    for event in events:
        recorded.update(json.loads(event.payload)["rows"])
    for key, found in rows.items():
        if key not in recorded:
            yield f"row {key} is in no event: it was added by hand, or events were cut off"
        elif recorded[key] != found:
            yield f"row {key} is not as it was last written: it was changed by hand"
    for key in recorded.keys() - rows.keys():
        yield f"row {key} is gone: it was removed by hand"
