"""Retention: customers' words of old cycles are deleted from the vault; hashes and figures stay."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from config.programme import Programme
from flows.plan import PLAN_STEP
from tasks.ledger.connection import Ledger
from tasks.ledger.editions import AWAITING_APPROVAL
from tasks.ledger.journal import append
from tasks.ledger.locks import holder, locked
from tasks.ledger.references import EXPIRED, gone, references, refs_in
from tasks.ledger.views import editions
from tasks.results import Ref
from tasks.store import Store
from tasks.vault import get_bytes

_MAY_GO_ON = ("running", "interrupted", "failed", AWAITING_APPROVAL)


def expire(ledger: Ledger, vault: Store, programme: Programme, lease_seconds: int) -> int:
    """Delete what only cycles older than the newest `retention.snapshot_quarters` finished ones refer to; return how many objects.

    The keys are recorded before they are deleted: what a killed call left is deleted by the next one. What a cycle
    that may still go on refers to is kept, however old it is. While a run holds the programme's lock nothing expires.
    """
    if holder(ledger, programme.programme) is not None or not _expired(ledger, vault, programme):
        return 0
    with locked(ledger, programme.programme, "retention", lease_seconds) as token:
        keys = _expired(ledger, vault, programme)
        unrecorded = keys - gone(ledger, programme.programme)
        if unrecorded:
            with ledger.transaction() as session:
                append(session, ledger, programme.programme, "", EXPIRED, token=token, gone=sorted(unrecorded))
        for key in sorted(keys):
            vault.delete(key)
    return len(keys)


def _expired(ledger: Ledger, vault: Store, programme: Programme) -> set[str]:
    """Return the keys of the objects to delete, of those that are in the vault."""
    old, kept = _references(ledger, programme)
    if not old:
        return set()
    there = set(vault.list())
    named = _with_inner(vault, old, there) | gone(ledger, programme.programme)
    candidates = (named & there) - {ref.uri for ref in kept}
    return candidates - _with_inner(vault, kept, there) if candidates else candidates


def _references(ledger: Ledger, programme: Programme) -> tuple[list[Ref], list[Ref]]:
    """Return what the old cycles refer to, and what everything else does, other programmes among it.

    What a finished cycle was built on is the earlier cycles' own: its plan is not read again, and keeps nothing.
    """
    ended, old = _ended_and_old(ledger, programme)
    of_old: list[Ref] = []
    of_others: list[Ref] = []
    for row, ref in references(ledger):
        is_ours = row.programme == programme.programme
        if is_ours and row.edition in old:
            of_old.append(ref)
        elif not (is_ours and row.edition in ended and row.what == PLAN_STEP):
            of_others.append(ref)
    return of_old, of_others


def _ended_and_old(ledger: Ledger, programme: Programme) -> tuple[set[str], set[str]]:
    """Return the editions that no run goes on with, and those of them that are older than what is kept."""
    known = editions(ledger, programme.programme)
    ended = {one.edition for one in known if one.is_draft or one.status not in _MAY_GO_ON}
    finished = sorted({one.cycle for one in known if one.status == "finished" and not one.is_draft})
    kept = programme.retention.snapshot_quarters
    if kept is None or len(finished) < kept:
        return ended, set()
    return ended, {one.edition for one in known if one.edition in ended and one.cycle < finished[-kept]}


def _with_inner(vault: Store, refs: Iterable[Ref], there: Collection[str]) -> set[str]:
    """Return the keys of references, and of those inside the JSON objects that they stand for."""
    unique = {ref.uri: ref for ref in refs}
    results = [ref for key, ref in unique.items() if key.endswith(".json") and key in there]
    inner = {one.uri for ref in results for one in refs_in(json.loads(get_bytes(vault, ref)))}
    return unique.keys() | inner
