"""The lock of a programme: a lease in the ledger, renewed while a run lives.

A lease is taken over at once where its process is seen to be dead on this host, and after it has expired
where it ran elsewhere.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import LockedError, ServiceError
from tasks.ledger.connection import Ledger, now
from tasks.ledger.journal import append, lock_chain
from tasks.ledger.models import Lock

_START_TIME_FIELD = 19  # of /proc/PID/stat, counted after the command's closing bracket
TAKEN = "lock.taken"
_held_here: set[str] = set()  # tokens of locks that this process holds
_ZOMBIE = "Z"  # ended, and not yet waited for by its parent


@contextmanager
def locked(ledger: Ledger, programme: str, edition: str, lease_seconds: int) -> Iterator[str]:
    """Hold the programme's lock and yield its token; raise LockedError that says who holds it."""
    token = secrets.token_hex(16)
    _held_here.add(token)
    try:
        _take(ledger, programme, edition, token, lease_seconds)
        with _renewed(ledger, programme, token, lease_seconds):
            yield token
    finally:
        _held_here.discard(token)  # first: where the ledger does not answer, what is left of the lock counts as dead
        _release(ledger, programme, edition, token)


def holder(ledger: Ledger, programme: str) -> Lock | None:
    """Return the living lock of a programme, or None."""
    with ledger.transaction() as session:
        lock = session.get(Lock, programme)
        return lock if lock is not None and _is_alive(lock) else None


def _take(ledger: Ledger, programme: str, edition: str, token: str, lease_seconds: int) -> None:
    with ledger.transaction() as session:
        lock_chain(session, programme)  # one at a time decides, also where there is no lock to wait for yet
        lock = session.execute(select(Lock).where(Lock.programme == programme).with_for_update()).scalar_one_or_none()
        if lock is not None and _is_alive(lock):
            raise LockedError(
                f"{programme} is being run by {lock.actor} (process {lock.pid} on {lock.host}, {lock.edition}, "
                f"since {lock.taken_at[:19]} UTC); wait for it to end, or see `touchstone status`."
            )
        took_over = f"process {lock.pid} on {lock.host}" if lock else ""
        session.merge(_lease(ledger, programme, edition, token, lease_seconds))
        session.flush()
        append(session, ledger, programme, edition, TAKEN, took_over_from=took_over)


def _lease(ledger: Ledger, programme: str, edition: str, token: str, lease_seconds: int) -> Lock:
    return Lock(
        programme=programme,
        token=token,
        host=socket.gethostname(),
        pid=os.getpid(),
        process_started=_process_started(os.getpid()),
        actor=ledger.actor,
        edition=edition,
        taken_at=now(),
        expires_at=_expiry(lease_seconds),
    )


def _expiry(lease_seconds: int) -> str:
    return (datetime.now(UTC) + timedelta(seconds=lease_seconds)).isoformat(timespec="microseconds")


@contextmanager
def _renewed(ledger: Ledger, programme: str, token: str, lease_seconds: int) -> Iterator[None]:
    stop = threading.Event()
    renewal = threading.Thread(target=_renew, args=(ledger, programme, token, lease_seconds, stop), daemon=True)
    renewal.start()
    try:
        yield
    finally:
        stop.set()
        renewal.join()


def _renew(ledger: Ledger, programme: str, token: str, lease_seconds: int, stop: threading.Event) -> None:
    """Push the lease's end forward until stopped; a failed renewal is tried again, a lost lock ends it.

    A run that outlives its lease is stopped by its next write, which asks for the lock.
    """
    while not stop.wait(lease_seconds / 3):
        try:
            with ledger.transaction() as session:
                lock = _own(session, programme, token)
                if lock is None:
                    return
                lock.expires_at = _expiry(lease_seconds)
        except ServiceError:
            continue


def _release(ledger: Ledger, programme: str, edition: str, token: str) -> None:
    with ledger.transaction() as session:
        lock = _own(session, programme, token)
        if lock is not None:
            session.delete(lock)
            append(session, ledger, programme, edition, "lock.released")


def _own(session: Session, programme: str, token: str) -> Lock | None:
    return session.execute(select(Lock).where(Lock.programme == programme, Lock.token == token)).scalar_one_or_none()


def _is_alive(lock: Lock) -> bool:
    if lock.host != socket.gethostname():
        return lock.expires_at > now()
    started = _process_started(lock.pid)
    if lock.pid == os.getpid() and started == lock.process_started:
        return lock.token in _held_here
    return started == lock.process_started if started or lock.process_started else lock.expires_at > now()


def _process_started(pid: int) -> str:
    """Return when a process started, as the kernel counts it; empty where there is none or nobody can tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == _ZOMBIE else fields[_START_TIME_FIELD]
