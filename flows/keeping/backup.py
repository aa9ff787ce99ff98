"""Backup and restore of everything that is kept: ledger, vault, published files and drafts, in one file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.errors import InputError, ServiceError
from config.settings import Settings
from flows.audit import verify
from flows.places import open_published, open_vault
from tasks import archive
from tasks.archive import Head, Reading, Writing
from tasks.ledger import dump
from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.references import WORDS_EVENTS
from tasks.ledger.views import programmes
from tasks.publishing import STAGING
from tasks.store import MissingObjectError, Store

LEDGER = "ledger"


@dataclass(frozen=True)
class BackedUp:
    """What a backup holds."""

    path: Path
    size_bytes: int
    rows: int
    objects: int
    heads: Mapping[str, Head]


@dataclass(frozen=True)
class Restored:
    """What was brought back, and for each programme what `audit verify` says of it."""

    rows: int
    objects: int
    proofs: tuple[dict[str, Any], ...]


def back_up(target: Path, settings: Settings) -> BackedUp:
    """Write everything that is kept to one new file; cycles may run meanwhile.

    An object is there before the ledger refers to it, so the ledger goes first. Raises InputError where the file
    is there already or cannot be written, ServiceError where customers' words were removed meanwhile.
    """
    ledger = open_ledger(settings.database_url)
    with archive.writing(target) as backup:
        with dump.frozen(ledger) as connection:
            rows = {table.name: backup.add(_entry_of(table.name), dump.lines_of(connection, table)) for table in dump.dumped_tables()}
            heads = {name: Head(seq=seq, sha256=sha256) for name, (seq, sha256) in dump.heads_of(connection).items()}
            revision = dump.revision_of(connection)
        objects = sum(_copy(backup, folder, store) for folder, store in _stores(settings).items())
        _require_same_words(ledger, heads)
        archive.finish(backup, schema_revision=revision, rows=rows, heads=heads)
    return BackedUp(target, target.stat().st_size, sum(rows.values()), objects, heads)


def restore(source: Path, settings: Settings) -> Restored:
    """Bring back everything that a backup holds, and verify it.

    Every byte is checked before anything is written, and the ledger comes last: a restore that was interrupted
    leaves the ledger empty and can be run again. Raises InputError where the backup is not whole, or where ledger,
    vault or store hold anything that is not in it.
    """
    ledger = open_ledger(settings.database_url)
    with archive.reading(source) as backup:
        tables = _tables_in(backup)
        dump.require_known(backup.manifest.schema_revision)
        dump.require_empty(ledger)
        backup.check()
        wanted = [(store, name) for folder, store in _stores(settings).items() for name in _not_there_yet(backup, folder, store)]
        for store, name in wanted:
            store.put(_key_of(name), backup.content(name))
        dump.load(ledger, backup.manifest.schema_revision, {table: backup.lines(_entry_of(table)) for table in tables})
    proofs = tuple(verify(programme, settings) for programme in programmes(ledger))
    return Restored(sum(backup.manifest.rows.values()), len(backup.manifest.entries) - len(tables), proofs)


def _stores(settings: Settings) -> dict[str, Store]:
    """Return the stores that are backed up, each with its folder in the backup."""
    published, drafts = (open_published(settings, is_draft=is_draft) for is_draft in (False, True))
    return {"vault": open_vault(settings), "published": published, "drafts": drafts}


def _entry_of(table: str) -> str:
    return f"{LEDGER}/{table}.jsonl"


def _key_of(entry: str) -> str:
    return entry.partition("/")[2]


def _copy(backup: Writing, folder: str, store: Store) -> int:
    """Copy all objects of a store, one after another, and return how many; what is only staged is written again by its cycle."""
    keys = [key for key in store.list() if STAGING not in key.split("/")]
    for key in keys:
        try:
            content = store.get(key)
        except MissingObjectError:
            raise ServiceError(f"{key} was removed while it was backed up; take the backup again.") from None
        backup.add(f"{folder}/{key}", [content])
    return len(keys)


def _require_same_words(ledger: Ledger, heads: Mapping[str, Head]) -> None:
    """Raise ServiceError where words were removed since: what was copied is then not what the ledger's rows say."""
    for programme, head in heads.items():
        if WORDS_EVENTS & dump.kinds_since(ledger, programme, head.seq):
            raise ServiceError(f"Customers' words of {programme} were removed while it was backed up; take the backup again.")


def _tables_in(backup: Reading) -> tuple[str, ...]:
    """Return the names of the ledger's tables; InputError where the backup holds anything else than these and objects."""
    tables = tuple(backup.manifest.rows)
    expected = {_entry_of(table) for table in tables}
    entries = set(backup.manifest.entries)
    strange = {name for name in entries if name.partition("/")[0] not in ("vault", "published", "drafts")} ^ expected
    if strange:
        raise InputError(f"{backup.path} is no backup that this version knows: see its entry {min(strange)}; use another one.")
    return tables


def _not_there_yet(backup: Reading, folder: str, store: Store) -> Iterator[str]:
    """Yield the entries to bring back: all, or those that an interrupted restore did not come to."""
    entries = backup.manifest.entries
    found = {f"{folder}/{key}" for key in store.list()}
    for name in sorted(found):
        if name not in entries or hashlib.sha256(store.get(_key_of(name))).hexdigest() != entries[name].sha256:
            raise InputError(f"The {folder} store is not empty: {_key_of(name)} is not from this backup; restore into empty ones.")
    yield from (name for name in entries if name.startswith(f"{folder}/") and name not in found)
