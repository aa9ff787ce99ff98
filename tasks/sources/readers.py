"""Readers: from a source's address to a table of text. A new kind of file is a module beside this one and a case in `_part`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from config.errors import InputError
from config.periods import Quarter
from config.reads import READERS, CsvReads, HttpReads, ParquetReads, QualtricsReads, SqlReads, XlsxReads
from config.sources import Source
from tasks.mapping import columns_needed
from tasks.raw import Raw, Window
from tasks.sources.addresses import with_cycle
from tasks.sources.delimited import Layout, delimited_header, plain_header, read_delimited
from tasks.sources.files import File, find_files
from tasks.sources.json_lines import json_lines_header, read_json_lines
from tasks.sources.parquet_files import parquet_header, read_parquet
from tasks.sources.parts import Part, as_raw, require
from tasks.sources.qualtrics import qualtrics_header
from tasks.sources.streams import EmptyFileError
from tasks.sources.workbook import read_workbook, workbook_header

pa.set_memory_pool(pa.system_memory_pool())  # the default one keeps what a large file once took: 190 MiB of a million rows

_LAYOUTS: dict[type, Layout] = {CsvReads: plain_header, QualtricsReads: qualtrics_header}


def place_of(source: Source, quarter: Quarter) -> str:
    """Return the source's address with the cycle filled in, and names of the environment left as they are."""
    reads = source.reads
    if isinstance(reads, SqlReads):
        return f"database {reads.database}: {with_cycle(reads.sql, quarter)}"
    kind = next(kind for kind, model in READERS.items() if isinstance(reads, model))
    return with_cycle(getattr(reads, kind), quarter)


def read(source: Source, quarter: Quarter, environment: Mapping[str, str], window: Window | None = None) -> Raw:
    """Return the source's rows for a quarter as text, only the columns that its mapping needs; a window is for sql and http.

    Raises MissingSourceError where nothing is there, InputError where it cannot be understood, ServiceError where reading failed.
    """
    place = place_of(source, quarter)
    match source.reads:
        case SqlReads():
            from tasks.sources.sql import read_sql

            return read_sql(source, quarter, window, environment)
        case HttpReads():
            from tasks.sources.http_api import read_http

            return read_http(source, quarter, window, environment)
    found = find_files(source, place, environment)
    wanted = columns_needed(source)
    read_ones = [_part(source, file, wanted, is_many=found.is_many) for file in found.files]
    parts = [part for part, _ in read_ones]
    raw = as_raw(source, place, found.files, parts, is_many=found.is_many)
    if len(raw.table):  # objects may leave out what is empty, and files of them what is empty everywhere
        require(wanted, tuple({name: None for _, names in read_ones for name in names}), source)
    return raw


def read_header(source: Source, quarter: Quarter, environment: Mapping[str, str], window: Window | None = None) -> tuple[str, ...]:
    """Return the source's column names, having checked that those the mapping needs are there; in a bucket, in its first file."""
    place = place_of(source, quarter)
    match source.reads:
        case SqlReads():
            from tasks.sources.sql import sql_header

            return sql_header(source, quarter, window, environment)
        case HttpReads():
            from tasks.sources.http_api import http_header

            return http_header(source, quarter, window, environment)
    found = find_files(source, place, environment)
    files = found.files if found.is_near else found.files[:1]
    wanted = columns_needed(source)
    headers = [names for file in files if (names := _header(source, file, wanted, is_many=found.is_many))]
    if not headers:
        raise InputError(f"source {source.id!r}: the files of {place} are empty; was the export made too early?")
    return headers[0]


def _part(source: Source, file: File, wanted: tuple[str, ...], *, is_many: bool) -> tuple[Part, tuple[str, ...]]:
    """Return one file's rows, and the names that it has; of many files one may be empty."""
    reads = source.reads
    try:
        match reads:
            case CsvReads() | QualtricsReads():
                return read_delimited(source, reads, file, wanted, _LAYOUTS[type(reads)]), wanted
            case XlsxReads():
                return read_workbook(source, reads, file, wanted), wanted
            case ParquetReads():
                return read_parquet(source, file, wanted), wanted
            case _:
                return read_json_lines(source, file, wanted)
    except EmptyFileError as error:
        if not is_many:
            raise
        return Part(pa.table({name: pa.array([], pa.large_string()) for name in wanted}), error.sha256), ()


def _header(source: Source, file: File, wanted: Sequence[str], *, is_many: bool) -> tuple[str, ...]:
    reads = source.reads
    try:
        match reads:
            case CsvReads() | QualtricsReads():
                return delimited_header(source, reads, file, wanted, _LAYOUTS[type(reads)])
            case XlsxReads():
                return workbook_header(source, reads, file, wanted)
            case ParquetReads():
                return parquet_header(source, file, wanted)
            case _:
                return json_lines_header(source, file, wanted)
    except EmptyFileError:
        if not is_many:
            raise
        return ()
