"""The doctor's checks of the installation: ledger, store, vault, mail, Prefect, disks and clock."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from config.errors import InputError, TouchstoneError
from config.settings import Settings
from flows.doctor.finding import Finding, State, broken, tried
from flows.doctor.web import PREFECT_URL, time_of_prefect, time_of_s3, try_prefect
from flows.places import open_published, open_vault
from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.journal import append
from tasks.mail import try_login
from tasks.store.trial import try_out

MEBIBYTE, GIBIBYTE = 2**20, 2**30
BROKEN_BELOW_BYTES, ATTENTION_BELOW_BYTES = 200 * MEBIBYTE, GIBIBYTE
ATTENTION_APART, BROKEN_APART = timedelta(seconds=60), timedelta(minutes=15)
_S3 = "s3://"
_CHAIN = ".doctor"  # of an event that is written and taken back; no programme can have that name


def try_ledger(settings: Settings) -> tuple[Ledger | None, Finding]:
    """Return the ledger, None where a cycle could not use it, and what was found.

    As by every command, a ledger that is not there is created, and one of an older version brought to the newest schema.
    """
    try:
        ledger = open_ledger(settings.database_url)
    except TouchstoneError as error:
        return None, broken("", "ledger", error)
    finding = tried("ledger", lambda: _write_and_take_back(ledger))
    if finding.state == "broken":
        ledger.engine.dispose()
        return None, finding
    return ledger, finding


def installation(settings: Settings, ledger: Ledger | None, present: Callable[[], datetime]) -> Iterator[Finding]:
    """Yield what was found about everything beside the ledger; `present` tells this machine's time."""
    yield tried("store", lambda: _try_store(settings))
    yield tried("vault", lambda: _try_vault(settings))
    yield tried("mail", lambda: try_login(settings))
    yield try_prefect()
    yield _disks(settings, ledger)
    yield _clock(settings, ledger, present)


def _write_and_take_back(ledger: Ledger) -> str:
    with ledger.transaction() as session:
        revision = session.scalar(text("SELECT version_num FROM alembic_version"))
        append(session, ledger, _CHAIN, "", "doctor.tried")
        session.rollback()
    return f"{ledger.place} can be read and written; schema {revision}, the newest"


def _try_store(settings: Settings) -> str:
    try_out(open_published(settings, is_draft=False))
    return f"{settings.store_uri}: listed, written, renamed, read back and deleted"


def _try_vault(settings: Settings) -> str:
    try_out(open_vault(settings))
    return f"{settings.vault_uri}: listed, written, renamed, read back and deleted"


def _disks(settings: Settings, ledger: Ledger | None) -> Finding:
    """Return the free space of every local folder that is used, judged by the least."""
    try:
        free = {name: _free_bytes(folder) for name, folder in _local_folders(settings, ledger).items()}
    except TouchstoneError as error:
        return broken("", "disk", error)
    words = "free: " + ", ".join(f"{name} {_size(size_bytes)}" for name, size_bytes in free.items())
    short = ", ".join(name for name, size_bytes in free.items() if size_bytes < ATTENTION_BELOW_BYTES)
    if not short:
        return Finding("", "disk", "ok", words)
    state: State = "broken" if min(free.values()) < BROKEN_BELOW_BYTES else "attention"
    return Finding("", "disk", state, words, f"free space where this lies, or move it to a larger disk: {short}")


def _local_folders(settings: Settings, ledger: Ledger | None) -> dict[str, Path]:
    folders = {"home": settings.home}
    if ledger is not None and ledger.engine.dialect.name == "sqlite":
        folders["ledger"] = Path(str(ledger.engine.url.database)).parent
    folders |= {name: Path(uri) for name, uri in (("store", settings.store_uri), ("vault", settings.vault_uri)) if not uri.startswith(_S3)}
    return folders | ({"outbox": settings.outbox_folder} if settings.smtp_host is None else {})


def _free_bytes(folder: Path) -> int:
    """Return the free space where a folder is, or will be made."""
    place = folder.absolute()
    try:
        while not place.exists():
            place = place.parent
        return shutil.disk_usage(place).free
    except OSError as error:
        raise InputError(f"{folder} cannot be looked at ({error.strerror}); let this user read it, or name another folder.") from None


def _size(size_bytes: int) -> str:
    return f"{size_bytes / GIBIBYTE:.1f} GiB" if size_bytes >= GIBIBYTE else f"{size_bytes / MEBIBYTE:.1f} MiB"


def _clock(settings: Settings, ledger: Ledger | None, present: Callable[[], datetime]) -> Finding:
    """Compare this machine's clock with the first one that answers; what does not answer has a finding of its own."""
    for name, ask in _clocks(settings, ledger):
        try:
            theirs = ask()
        except TouchstoneError:
            continue
        return _compared(name, present() - theirs)
    return Finding("", "clock", "ok", "nothing to compare with: no PostgreSQL, S3 service or Prefect server answers")


def _clocks(settings: Settings, ledger: Ledger | None) -> Iterator[tuple[str, Callable[[], datetime]]]:
    if ledger is not None and ledger.engine.dialect.name == "postgresql":
        yield "PostgreSQL's", lambda: _database_time(ledger)
    if any(uri.startswith(_S3) for uri in (settings.store_uri, settings.vault_uri)):
        yield "the S3 service's", lambda: time_of_s3(settings)
    if os.environ.get(PREFECT_URL):
        yield "the Prefect server's", time_of_prefect


def _database_time(ledger: Ledger) -> datetime:
    with ledger.transaction() as session:
        answered: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return answered


def _compared(whose: str, ahead: timedelta) -> Finding:
    seconds = ahead.total_seconds()
    words = f"this machine's clock is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} {whose}"
    if abs(ahead) <= ATTENTION_APART:
        return Finding("", "clock", "ok", words)
    state: State = "broken" if abs(ahead) > BROKEN_APART else "attention"
    return Finding("", "clock", state, words, "set this machine's clock, and keep it by NTP; or that of the other")
