"""The hash chain: what is hashed, and how. Pure functions; sha256 as in FIPS 180-4."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect

from tasks.ledger.models import Base, Event

GENESIS = "0" * 64
_HASHED = ("programme", "seq", "edition", "at", "actor", "kind", "payload")


def canonical(value: object) -> str:
    """Return a value as JSON with sorted keys and no white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    """Return the sha256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def event_hash(event: Event) -> str:
    """Return the hash that links an event to the one before it."""
    content = {name: getattr(event, name) for name in _HASHED}
    return sha256(event.previous + canonical(content))


def row_values(row: Base) -> dict[str, Any]:
    """Return a row's columns and values."""
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}


def row_key(row: Base) -> str:
    """Return a row's table and primary key as one text."""
    mapper = inspect(type(row))
    return canonical([row.__tablename__, *mapper.primary_key_from_instance(row)])


def row_hash(row: Base) -> str:
    """Return the hash of all of a row's values."""
    return sha256(canonical(row_values(row)))


def rows_payload(rows: tuple[Base, ...], detail: Mapping[str, object]) -> str:
    """Return an event's payload: the hash of each row it wrote, and details for people."""
    return canonical({"rows": {row_key(row): row_hash(row) for row in rows}, "detail": dict(detail)})
