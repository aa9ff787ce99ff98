"""Parquet files: columns of every type as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as kinds

from config.errors import InputError
from config.sources import Source
from tasks.sources.files import File
from tasks.sources.parts import Part, require
from tasks.sources.streams import content_of, empty, short

_WHOLE_NUMBERS_BELOW = 2.0**63


def read_parquet(source: Source, file: File, wanted: Sequence[str]) -> Part:
    """Return the wanted columns of a file as text; InputError where it is damaged or has not all of them.

    Times are ISO 8601, with Z where they have a zone; decimals exact; lists JSON; what lies in a struct has a dotted name.
    """
    content, sha256 = content_of(source, file)
    if not content:
        raise empty(source, file)
    try:
        opened = pq.ParquetFile(pa.BufferReader(content))
        top = [name for name in opened.schema_arrow.names if any(_is_in(one, name) for one in wanted)]
        table = _flat(opened.read(columns=top))
        require(wanted, table.column_names, source)
        texts = pa.table({name: _text(table.column(name)) for name in wanted})
        texts.validate(full=True)  # damaged pages may hold what is no text
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise InputError(f"source {source.id!r}: {file.place} is not a whole Parquet file ({short(error)}); export it again.") from None
    return Part(texts, sha256)


def parquet_header(source: Source, file: File, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return a file's column names, having checked that the wanted ones are there."""
    content, _ = content_of(source, file)
    if not content:
        raise empty(source, file)
    try:
        names = _flat(pq.ParquetFile(pa.BufferReader(content)).schema_arrow.empty_table()).column_names
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise InputError(f"source {source.id!r}: {file.place} is not a whole Parquet file ({short(error)}); export it again.") from None
    require(wanted, names, source)
    return tuple(names)


def _is_in(wanted: str, name: str) -> bool:
    return wanted == name or wanted.startswith(f"{name}.")


def _flat(table: pa.Table) -> pa.Table:
    while any(kinds.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()
    return table


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as text, empty where it is null."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _text(pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type))
    if kinds.is_dictionary(kind):
        return _text(column.cast(kind.value_type))
    if kinds.is_floating(kind):
        text = _number_text(column.cast(pa.float64()))
    elif kinds.is_timestamp(kind):
        text = pc.replace_substring(column.cast(pa.string()), " ", "T")
    elif kinds.is_nested(kind) or kinds.is_duration(kind) or kinds.is_interval(kind):
        text = pa.chunked_array([pa.array([_written(value) for value in column.to_pylist()], pa.large_string())])
    else:
        text = column.cast(pa.large_string())
    return pc.fill_null(text.cast(pa.large_string()), "")


def _number_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers as text, whole ones (ids, where a value is missing elsewhere in the column) with all of their digits."""
    is_whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), _WHOLE_NUMBERS_BELOW))
    whole = pc.if_else(is_whole, column, 0.0).cast(pa.int64()).cast(pa.large_string())
    text = pc.if_else(is_whole, whole, column.cast(pa.large_string()))
    return pc.if_else(pc.is_nan(column), None, text)


def _written(value: Any) -> str | None:
    if value is None or not isinstance(value, list | dict | tuple):
        return None if value is None else str(value)
    return json.dumps(value, ensure_ascii=False, default=_leaf, separators=(",", ":"))


def _leaf(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)
