"""Trying a store out: everything that a cycle does with one, with nothing left behind."""

from __future__ import annotations

import secrets

from config.errors import ServiceError
from tasks.store import Store

_BEGINNING = ".doctor-"


def try_out(store: Store) -> None:
    """List, write, rename, read back and delete an object of its own; raises what the store raises.

    ServiceError where the store gives back other bytes than it was given, or still has what was deleted.
    """
    key, content = f"{_BEGINNING}{secrets.token_hex(8)}", secrets.token_bytes(32)
    renamed = f"{key}-renamed"
    store.check()
    try:
        store.put(key, content)
        store.move(key, renamed)
        found = store.get(renamed)
    finally:
        store.delete(renamed)
        store.delete(key)
    if found != content:
        raise ServiceError("The store gives back other bytes than it was given; check it, then run again.")
    if store.exists(renamed):
        raise ServiceError(f"The store still has {renamed} after it was deleted; check it, and remove that object by hand.")
