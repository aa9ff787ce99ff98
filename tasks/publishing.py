"""Publishing as a transaction: stage, read back and hash, promote; what makes it visible comes last."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from config.errors import ServiceError
from tasks.store import Store

STAGING = ".staging"
MANIFEST = "manifest.json"
INDEX = "index.html"
_MAKES_VISIBLE = (MANIFEST, INDEX)


def publish_files(store: Store, programme: str, edition: str, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Publish an edition's files and return their keys.

    Nothing is promoted before all of it is staged and was read back whole; the manifest and then the index
    are promoted last. Doing it again after an interruption gives the same end. Raises ServiceError where the
    store gives back other bytes than it was given.
    """
    for name, content in files.items():
        store.put(_staged(programme, edition, name), content)
    for name, content in files.items():
        _require_same(store.get(_staged(programme, edition, name)), content, name)
    for name in _in_order(files):
        store.move(_staged(programme, edition, name), f"{programme}/{edition}/{name}")
    return tuple(f"{programme}/{edition}/{name}" for name in files)


def replace_file(store: Store, key: str, content: bytes) -> None:
    """Write one file that is allowed to change (the history index, a seal), and read it back."""
    store.put(key, content)
    _require_same(store.get(key), content, key)


def _in_order(names: Mapping[str, bytes]) -> Sequence[str]:
    last = [name for name in _MAKES_VISIBLE if name in names]
    return [name for name in sorted(names) if name not in last] + last


def _staged(programme: str, edition: str, name: str) -> str:
    return f"{programme}/{STAGING}/{edition}/{name}"


def _require_same(found: bytes, given: bytes, name: str) -> None:
    if hashlib.sha256(found).digest() != hashlib.sha256(given).digest():
        raise ServiceError(f"The store gave back other bytes of {name} than were written; check the store, then run again.")
