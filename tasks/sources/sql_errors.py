"""What a database's error means, in words: without its URL, and without any value of a row."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from config.errors import InputError, ServiceError

_PASSING_STATES = ("08", "40", "53", "55", "57", "58", "XX")  # SQLSTATE classes: connection, deadlock, resources, locks, shutdown, disk
_PASSING_SQLITE = (5, 6, 7, 9, 10, 13)  # busy, locked, no memory, interrupted, input/output, full
_TELLING_STATES = ("28", "3D", "42")  # login, database, syntax and names: their messages quote the query, never a row
_TELLING_SQLITE = ("no such", "near ", "ambiguous", "incomplete input", "unrecognized token", "wrong number of arguments")
_REFUSED = ("authentication failed", "does not exist", "no password", "permission denied", "access denied", "unable to open")


def in_words(error: Exception, source_id: str, place: str) -> InputError | ServiceError:
    """Return the error to raise: ServiceError where the same query may succeed later, InputError otherwise."""
    original = getattr(error, "orig", None)
    if _is_passing(error, original):
        kind = type(original or error).__name__
        return ServiceError(f"source {source_id!r}: the database at {place} failed ({kind}); see that it runs, then run again.")
    reason = _reason(original)
    told = f" ({reason})" if reason else ""
    if reason in _REFUSED:
        return InputError(f"source {source_id!r}: the database at {place} refuses{told}; correct {place} or the database's rights.")
    return InputError(f"source {source_id!r}: the database at {place} cannot answer the query{told}; correct `sql` in the programme.")


def _is_passing(error: Exception, original: Any) -> bool:
    """Return whether it may pass by itself: no connection, a time-out, a deadlock."""
    state, sqlite_code = getattr(original, "sqlstate", None), getattr(original, "sqlite_errorcode", None)
    if state:
        return str(state).startswith(_PASSING_STATES)
    if sqlite_code is not None:
        return (sqlite_code & 0xFF) in _PASSING_SQLITE
    is_failure = isinstance(error, OperationalError | InterfaceError | InternalError)
    return is_failure and not _is_sqlite(original) and _refusal(original) is None


def _is_sqlite(original: object) -> bool:
    return type(original).__module__ == "sqlite3"


def _reason(original: Any) -> str | None:
    """Return what may be shown of an error."""
    if original is None:
        return None
    state, first_line = getattr(original, "sqlstate", None), str(original).strip().split("\n")[0][:200]
    if state:
        is_telling = str(state).startswith(_TELLING_STATES) and hasattr(original, "diag")
        return str(original.diag.message_primary) if is_telling else f"SQLSTATE {state}"
    if _is_sqlite(original):
        return first_line if first_line.startswith(_TELLING_SQLITE) else getattr(original, "sqlite_errorname", None)
    return _refusal(original) or type(original).__name__


def _refusal(original: object) -> str | None:
    return next((sign for sign in _REFUSED if sign in str(original).lower()), None)
