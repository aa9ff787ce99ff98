"""`touchstone audit verify`: the ledger against itself, and the published files and snapshots against the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from config.errors import InputError
from config.settings import Settings, load_settings
from flows.places import open_published, open_vault
from flows.publishing import SEAL
from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.editions import SNAPSHOT_STEP, output_of
from tasks.ledger.models import Cycle
from tasks.ledger.references import gone, refs_in
from tasks.ledger.verify import hash_at, verify_ledger
from tasks.ledger.views import editions, programmes, published_objects
from tasks.publishing import MANIFEST
from tasks.results import Ref
from tasks.store import Store
from tasks.store.keys import MissingObjectError


def verify(programme: str, settings: Settings | None = None) -> dict[str, Any]:
    """Return problems, counts and a summary in words; no problem means that everything is as it was written."""
    settings = settings or load_settings()
    ledger = open_ledger(settings.database_url)
    if programme not in programmes(ledger):
        raise InputError(f"The ledger knows no programme {programme!r}; it knows {', '.join(programmes(ledger)) or 'none yet'}.")
    proof = verify_ledger(ledger, programme)
    known = editions(ledger, programme)
    drafts = {edition.edition for edition in known if edition.is_draft}
    sealed = {edition.edition for edition in known if edition.status == "finished"}  # one that is not publishable has no seal
    stores = {is_draft: open_published(settings, is_draft=is_draft) for is_draft in (True, False)}
    published = published_objects(ledger, programme)
    problems = list(proof.problems)
    for item in published:
        problems += _broken_object(stores[item.edition in drafts], item.key, item.sha256)
        if item.key.endswith(f"/{MANIFEST}") and item.edition in sealed:
            problems += _broken_seal(ledger, stores[item.edition in drafts], programme, item.edition, item.sha256)
    snapshots = _snapshots(ledger, [edition for edition in known if edition.edition in sealed])
    problems += _broken_snapshots(open_vault(settings), snapshots, gone(ledger, programme))
    state = f"{len(problems)} problem(s)" if problems else "everything is as it was written"
    looked_at = f"{proof.events} events, {proof.rows} rows, {len(published)} published files, {len(snapshots)} tables of snapshots"
    summary = f"{programme}: {looked_at}: {state}; head {proof.head}"
    return {
        "programme": programme,
        "events": proof.events,
        "rows": proof.rows,
        "files": len(published),
        "snapshots": len(snapshots),
        "head": proof.head,
        "problems": problems,
        "summary": summary,
    }


def _broken_object(store: Store, key: str, sha256: str) -> Iterator[str]:
    try:
        if hashlib.sha256(store.get(key)).hexdigest() != sha256:
            yield f"published file {key} was changed after it was published"
    except MissingObjectError:
        yield f"published file {key} is gone"


def _broken_seal(ledger: Ledger, store: Store, programme: str, edition: str, manifest_sha256: str) -> Iterator[str]:
    key = f"{programme}/{edition}/{SEAL}"
    if not store.exists(key):
        yield f"published file {key} is gone"
        return
    seal = json.loads(store.get(key))
    if hash_at(ledger, programme, seal["event"]) != seal["head"]:
        yield f"{key} names a head that the ledger does not have: events were changed or cut off"
    if seal["manifest_sha256"] != manifest_sha256:
        yield f"{key} belongs to another manifest"


def _snapshots(ledger: Ledger, finished: Sequence[Cycle]) -> dict[Ref, str]:
    """Return the tables of the snapshots of finished editions, each with the first edition that it is of."""
    tables: dict[Ref, str] = {}
    for edition in finished:
        for ref in refs_in(json.loads(output_of(ledger, edition, SNAPSHOT_STEP) or "null")):
            tables.setdefault(ref, edition.edition)
    return tables


def _broken_snapshots(vault: Store, snapshots: Mapping[Ref, str], given_up: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with the tables, looked at one at a time; one that expired may be there or not."""
    for ref, edition in snapshots.items():
        try:
            if hashlib.sha256(vault.get(ref.uri)).hexdigest() != ref.sha256:
                yield f"{ref.uri} in the vault, of the snapshot of {edition}, was changed after it was written"
        except MissingObjectError:
            if ref.uri not in given_up:
                yield f"{ref.uri} in the vault, of the snapshot of {edition}, is gone, and no event says that it expired or was removed"
