"""Ledgers for tests: small rows and events, and what somebody with the database's password could do to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.editions import Journal, Request, edition_for, end_step, open_edition, start_step
from tasks.ledger.journal import append
from tasks.ledger.models import Base, Cycle, Event, FollowUpRow, Lock

FERRY, CYCLE = "ferry", "2026Q1"
FOREIGN = {"token": "t", "host": "elsewhere", "pid": 1, "process_started": "1", "actor": "bob@elsewhere", "edition": CYCLE}


@contextmanager
def opened(url: str) -> Iterator[Ledger]:
    """Yield the ledger at an address, and close its connections afterwards."""
    one = open_ledger(url)
    try:
        yield one
    finally:
        one.engine.dispose()


def row(number: int, status: str = "proposed") -> FollowUpRow:
    """Return a small row of a recorded table."""
    return FollowUpRow(programme=FERRY, id=f"fu-{number}", status=status, edition=CYCLE, content="{}")


def write(ledger: Ledger, *rows: Base, kind: str = "noted", programme: str = FERRY, **detail: Any) -> Event:
    """Write rows and their event in a transaction of their own."""
    with ledger.transaction() as session:
        return append(session, ledger, programme, CYCLE, kind, *rows, **detail)


def execute(ledger: Ledger, *statements: str) -> None:
    """Do to the database what somebody with its password could do."""
    with ledger.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def foreign_lock(expires_in_seconds: float, **parts: Any) -> Lock:
    """Return the lock of a run on another host."""
    instant = datetime.now(UTC)
    expiry = (instant + timedelta(seconds=expires_in_seconds)).isoformat(timespec="microseconds")
    return Lock(**({"programme": FERRY, "taken_at": instant.isoformat(), "expires_at": expiry} | FOREIGN | parts))


def put_lock(ledger: Ledger, lock: Lock) -> None:
    """Write a lock, in place of the one there is."""
    with ledger.transaction() as session:
        session.merge(lock)


def request(**parts: Any) -> Request:
    """Return what somebody asks to be run."""
    fixed = {
        "programme": FERRY,
        "cycle": CYCLE,
        "frozen": "{}",
        "as_of": None,
        "is_draft": False,
        "revision_reason": "",
        "versions": {"a": "1"},
    }
    return Request(**(fixed | parts))


def begin(ledger: Ledger, **parts: Any) -> Journal:
    """Open or go on with the edition that a request is about, as a run does that holds the lock."""
    wanted = request(**parts)
    put_lock(ledger, foreign_lock(60))
    edition, action = edition_for(ledger, wanted)
    with ledger.transaction() as session:
        earlier = session.get(Cycle, (wanted.programme, edition))
    attempt = (earlier.attempt if earlier else 0) + (action != "go on")
    journal = Journal(ledger, FERRY, edition, attempt, "t")
    open_edition(journal, wanted, action)
    return journal


def do_step(journal: Journal, name: str, output: str = "{}") -> None:
    """Begin a step and end it."""
    start_step(journal, name)
    end_step(journal, name, output=output)
