"""Records of JSON as a table of text: what lies deeper has a dotted name, and no value changes on the way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice

import pandas as pd

_quoted = json.JSONEncoder(ensure_ascii=False).encode
_BATCH = 10_000  # records flattened at a time: what the mapping does not need is given up after each


class Number(str):
    """A JSON number in its exact text; it differs from a JSON text only inside a list."""

    __slots__ = ()


def parsed(text: str | bytes) -> object:
    """Return the value of a JSON text, numbers as their exact text; of a key that comes twice the last value counts.

    Raises ValueError where it is no JSON (NaN and Infinity are none), no UTF text, or nested too deeply.
    """
    try:
        return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=_refused)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def flattened(records: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Return a row a record, numbered from 0: text columns in the order in which names were first met, empty text where nothing is.

    A nested object's values have dotted names, lists are compact JSON, numbers their exact text, yes and no `true` and `false`.
    A key that holds a dot stays; where it meets a nested one of the same name, both values stand there, with "; " between.
    Half a surrogate pair, which is no character, becomes U+FFFD.
    """
    columns: dict[str, list[str]] = {}
    count = 0
    for record in records:
        for name, text in _leaves(record):
            values = columns.get(name)
            if values is None:
                values = columns.setdefault(_encodable(name), [])
            if len(values) <= count:
                values.extend([""] * (count - len(values)))
                values.append(text)
            else:
                values[count] = "; ".join(filter(None, (values[count], text)))
        count += 1
    return pd.DataFrame({name: _column(values, count) for name, values in columns.items()}, index=pd.RangeIndex(count), dtype="str")


def selected(records: Iterable[Mapping[str, object]], wanted: Iterable[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return these columns of flattened records, and all names they have, in little memory however many records there are.

    A wanted column below an object that is null everywhere (`customer.name` where `customer` is never filled) counts as there, empty.
    """
    wanted = list(wanted)
    names: dict[str, None] = {}
    parts = [pd.DataFrame(columns=wanted, dtype="str")]
    for batch in _batches(records):
        table = flattened(batch)
        names.update(dict.fromkeys(table.columns))
        parts.append(table.reindex(columns=wanted, fill_value=""))
    below = [name for name in wanted if name not in names and any(parent in names for parent in _parents(name))]
    return pd.concat(parts, ignore_index=True).astype("str"), (*names, *below)


def compact(value: object) -> str:
    """Return the compact JSON text of a parsed value, numbers in their exact text, however deep it is."""
    pieces: list[str] = []
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, _Piece):
            pieces.append(item)
        elif isinstance(item, dict):
            inside = [part for key, inner in item.items() for part in (_Piece(","), _Piece(f"{_quoted(str(key))}:"), inner)]
            stack += reversed([_Piece("{"), *inside[1:], _Piece("}")])
        elif isinstance(item, list | tuple):
            inside = [part for inner in item for part in (_Piece(","), inner)]
            stack += reversed([_Piece("["), *inside[1:], _Piece("]")])
        else:
            pieces.append(_scalar(item))
    return "".join(pieces)


class _Piece(str):
    """Text that is JSON already."""

    __slots__ = ()


def _scalar(item: object) -> str:
    if item is None:
        return "null"
    return _text(item) if isinstance(item, Number | int | float | Decimal) else _quoted(str(item))


def _leaves(record: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield name and text of each value in a record, in its order; an empty object is an empty value."""
    stack: list[tuple[str, object]] = [(str(key), value) for key, value in reversed(list(record.items()))]
    while stack:
        name, value = stack.pop()
        if isinstance(value, str):
            yield name, str(value)
        elif isinstance(value, dict) and value:
            stack += [(f"{name}.{key}", inner) for key, inner in reversed(value.items())]
        else:
            yield name, _text(value)


def _text(value: object) -> str:
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return compact(value) if isinstance(value, list | tuple) else str(value)


def _column(values: list[str], count: int) -> list[str]:
    values.extend([""] * (count - len(values)))
    try:
        "".join(values).encode()
    except UnicodeEncodeError:
        return [_encodable(text) for text in values]
    return values


def _encodable(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _batches(records: Iterable[Mapping[str, object]]) -> Iterator[list[Mapping[str, object]]]:
    iterator = iter(records)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def _parents(name: str) -> Iterator[str]:
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _refused(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")
