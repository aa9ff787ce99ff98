"""The rows of a query, as text.

`:since` and `:until` are bound, never written into the query: as instants on PostgreSQL, whose session counts in UTC (a
`timestamp` without a zone is compared as if it were UTC); as text such as `2026-07-01 04:00:00`, in UTC, on SQLite, which
compares text (`datetime(opened_at) >= :since` fits any ISO form); as UTC without a zone elsewhere. Any other colon stays a colon.
The transaction is read-only on PostgreSQL and SQLite, and is rolled back on every database.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
from sqlalchemy import CursorResult, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from config.errors import InputError
from config.periods import Quarter
from config.reads import SqlReads
from config.sources import Source
from tasks.mapping import columns_needed
from tasks.raw import FIRST_DATA_ROW, Raw, RawFile, Window
from tasks.sources.addresses import with_cycle, with_environment
from tasks.sources.columns import require_columns
from tasks.sources.records import compact, parsed
from tasks.sources.sql_errors import in_words

_CHUNK_ROWS = 10_000
_CONNECT_ARGUMENTS: dict[str, dict[str, Any]] = {
    "psycopg": {"connect_timeout": 15},
    "psycopg2": {"connect_timeout": 15},
    "pysqlite": {"timeout": 60},
}
_BOUND = re.compile(r"(?<![:\w\\]):(since|until)\b(?!:)")
_OTHER_COLON = re.compile(r"(?<![:\w\\]):(?!(?:since|until)\b)(?=\w)")


def read_sql(source: Source, quarter: Quarter, window: Window | None, environment: Mapping[str, str]) -> Raw:
    """Return the query's rows as text, only the columns that the mapping needs; no row is no error.

    Times are ISO 8601, with an offset where the database knows one; durations are seconds; null is empty text. The sha256 is that of
    header and rows as CSV (every value quoted, LF, UTF-8). Raises InputError where URL, login or query is wrong, ServiceError where
    the database failed.
    """
    wanted = columns_needed(source)
    parts = [pd.DataFrame(columns=list(wanted), dtype="str")]
    digest = hashlib.sha256(_csv(parts[0], has_header=True))
    with _result(source, quarter, window, environment) as result:
        positions = _positions(wanted, list(result.keys()), source)
        for rows in result.partitions(_CHUNK_ROWS):
            fields = list(zip(*rows, strict=True))
            part = pd.DataFrame({name: _texts(fields[position], name, source) for name, position in positions.items()}, dtype="str")
            digest.update(_csv(part))
            parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    table.index = pd.RangeIndex(FIRST_DATA_ROW, FIRST_DATA_ROW + len(table))
    reads, sha256 = _reads(source), digest.hexdigest()
    place = f"database {reads.database}: {with_cycle(reads.sql, quarter)}"
    return Raw(table, place, sha256, (RawFile(place, sha256, len(table)),))


def sql_header(source: Source, quarter: Quarter, window: Window | None, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the query's column names, having checked that those the mapping needs are there; errors as `read_sql`."""
    with _result(source, quarter, window, environment) as result:
        names = list(result.keys())
        _positions(columns_needed(source), names, source)
    return tuple(names)


def _reads(source: Source) -> SqlReads:
    if not isinstance(source.reads, SqlReads):
        raise TypeError(f"source {source.id} is not read by SQL")
    return source.reads


@contextmanager
def _result(source: Source, quarter: Quarter, window: Window | None, environment: Mapping[str, str]) -> Iterator[CursorResult[Any]]:
    """Yield the query's result, in chunks; whatever goes wrong while it is read is told in words."""
    reads = _reads(source)
    query = with_cycle(reads.sql, quarter)
    engine = _engine(source, reads, environment)
    bounds = _bounds(query, window, engine.dialect.name)
    statement = text(_OTHER_COLON.sub(r"\\:", query))
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execution_options(postgresql_readonly=True).exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
            elif engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
            with connection.execute(statement, bounds, execution_options={"yield_per": _CHUNK_ROWS}) as result:
                if not result.returns_rows:
                    raise InputError(f"source {source.id!r}: the query gives no rows, for it is no SELECT; correct `sql` in the programme.")
                yield result
    except (SQLAlchemyError, ValueError) as error:  # a value that the driver cannot read is a ValueError
        raise in_words(error, source.id, reads.database) from None
    finally:
        engine.dispose()


def _engine(source: Source, reads: SqlReads, environment: Mapping[str, str]) -> Engine:
    """Return an engine without a pool; PostgreSQL's JSON comes with its numbers in their exact text."""
    url = with_environment(reads.database, source, environment)
    try:
        parts = make_url(url)
        options = {"json_deserializer": parsed} if parts.get_backend_name() == "postgresql" else {}
        arguments = _CONNECT_ARGUMENTS.get(parts.get_driver_name(), {})
        engine = create_engine(parts, poolclass=NullPool, connect_args=arguments, **options)
    except ImportError as error:
        raise InputError(
            f"source {source.id!r}: reading {reads.database} takes the Python package {error.name!r}, which is not here; install it."
        ) from None
    except (ArgumentError, ValueError):
        raise InputError(
            f"source {source.id!r}: {reads.database} is no address of a database; set it to one such as postgresql+psycopg://user@host/name."
        ) from None
    file = parts.database or ""
    if parts.get_backend_name() == "sqlite" and not file.startswith("file:") and not Path(file).is_file():
        raise InputError(f"source {source.id!r}: there is no file where {reads.database} points; correct it.")  # else it would be made
    return engine


def _bounds(query: str, window: Window | None, dialect: str) -> dict[str, object]:
    names = sorted(set(_BOUND.findall(query)))
    if names and window is None:
        raise TypeError("the query asks for a window, and none was given")
    return {name: _instant(getattr(window, name), dialect) for name in names}


def _instant(moment: datetime, dialect: str) -> object:
    utc = moment.astimezone(UTC)
    if dialect == "sqlite":
        return utc.strftime("%Y-%m-%d %H:%M:%S")
    return utc if dialect == "postgresql" else utc.replace(tzinfo=None)


def _positions(wanted: Sequence[str], names: Sequence[str], source: Source) -> dict[str, int]:
    require_columns(wanted, names, source)
    twice = next((name for name in wanted if list(names).count(name) > 1), None)
    if twice is not None:
        raise InputError(f"source {source.id!r}: the query gives column {twice!r} more than once; name them apart with AS.")
    return {name: list(names).index(name) for name in wanted}


def _csv(table: pd.DataFrame, *, has_header: bool = False) -> bytes:
    output = pa.BufferOutputStream()
    options = pa.csv.WriteOptions(include_header=has_header, quoting_style="all_valid")
    pa.csv.write_csv(pa.Table.from_pandas(table, preserve_index=False), output, options)
    return bytes(output.getvalue().to_pybytes())


def _texts(values: Sequence[object], name: str, source: Source) -> list[str]:
    kinds = set(map(type, values))
    if kinds & {bytes, bytearray, memoryview}:
        raise InputError(f"source {source.id!r}: column {name!r} of the query holds bytes, not text; convert it in the query.")
    if kinds == {str}:
        return list(map(str, values))
    return [_TEXTS.get(type(value), str)(value) for value in values]


_TEXTS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    bool: lambda value: "true" if value else "false",
    Decimal: lambda value: format(value, "f"),
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: lambda value: str(value.total_seconds()),
    dict: compact,
    list: compact,
}
