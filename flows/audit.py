"""`touchstone audit verify`: the ledger against itself, and the store against the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from config.errors import InputError
from config.settings import load_settings
from flows.cycle import store_uri
from flows.publishing import SEAL
from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.verify import hash_at, verify_ledger
from tasks.ledger.views import editions, programmes, published_objects
from tasks.publishing import MANIFEST
from tasks.store import Store, open_store
from tasks.store.keys import MissingObjectError


def verify(programme: str) -> dict[str, Any]:
    """Return problems, counts and a summary in words; no problem means that everything is as it was written."""
    settings = load_settings()
    ledger = open_ledger(settings.database_url)
    if programme not in programmes(ledger):
        raise InputError(f"The ledger knows no programme {programme!r}; it knows {', '.join(programmes(ledger)) or 'none yet'}.")
    proof = verify_ledger(ledger, programme)
    known = editions(ledger, programme)
    drafts = {edition.edition for edition in known if edition.is_draft}
    sealed = {edition.edition for edition in known if edition.status == "finished"}  # one that is not publishable has no seal
    stores = {is_draft: open_store(store_uri(settings, is_draft=is_draft), s3_endpoint=settings.s3_endpoint) for is_draft in (True, False)}
    published = published_objects(ledger, programme)
    problems = list(proof.problems)
    for item in published:
        problems += _broken_object(stores[item.edition in drafts], item.key, item.sha256)
        if item.key.endswith(f"/{MANIFEST}") and item.edition in sealed:
            problems += _broken_seal(ledger, stores[item.edition in drafts], programme, item.edition, item.sha256)
    state = f"{len(problems)} problem(s)" if problems else "everything is as it was written"
    summary = f"{programme}: {proof.events} events, {proof.rows} rows, {len(published)} published files: {state}; head {proof.head}"
    return {
        "programme": programme,
        "events": proof.events,
        "rows": proof.rows,
        "files": len(published),
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
