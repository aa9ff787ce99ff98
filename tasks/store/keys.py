"""What keys a store allows, and the error for one that is not there."""

from __future__ import annotations

from config.errors import InputError


class MissingObjectError(InputError):
    """There is no object of that key."""


def checked(key: str) -> str:
    """Return the key; InputError where it could lead out of the store or cannot be shown."""
    parts = key.split("/")
    if not key.isprintable() or "\\" in key or any(part in {"", ".", ".."} or is_unfinished(part) for part in parts):
        raise InputError(f"The key {key!r} is not allowed in a store; use a relative path such as 2026Q3/index.html.")
    return key


def checked_prefix(prefix: str) -> str:
    """Return the beginning of a key, which may be empty or end in a slash; InputError where no key can begin so."""
    if prefix:
        checked(prefix.removesuffix("/"))
    return prefix


def is_unfinished(name: str) -> bool:
    """Return whether a file of that name, such as `.index.html.part`, is still being written."""
    return name.startswith(".") and name.endswith(".part")


def missing(key: str, place: str) -> MissingObjectError:
    """Return the error that says that `key` is not in the store at `place`."""
    return MissingObjectError(f"{key} is not in {place}; put it back from a backup, or run again the cycle that wrote it.")
