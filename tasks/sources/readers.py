"""Readers: from a source's address to a table of text. A new kind of source is a function here."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import zlib
from collections.abc import Mapping, Sequence
from functools import singledispatch
from pathlib import Path

import pandas as pd

from config.errors import InputError, ServiceError
from config.model import Model
from config.periods import Quarter
from config.sources import CsvReads, Source
from tasks.intake import Raw
from tasks.mapping import columns_needed

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_PLACEHOLDER = re.compile(r"(?<!\$)\{(cycle|year|quarter)\}")
_SHOWN_NAMES, _SHOWN_LETTERS = 12, 40  # of a header: where it is broken, customers' words may stand in it
_FIRST_DATA_ROW = 2  # as a spreadsheet numbers it: row 1 is the header


def place_of(source: Source, quarter: Quarter) -> str:
    """Return the source's address with the cycle filled in, and names of the environment left as they are."""
    values = {"cycle": str(quarter), "year": f"{quarter.year:04d}", "quarter": str(quarter.number)}
    return _PLACEHOLDER.sub(lambda match: values[match[1]], _address(source.reads))


def read(source: Source, quarter: Quarter, environment: Mapping[str, str]) -> Raw:
    """Return the source's rows for a quarter as text, only the columns that its mapping needs.

    Raises InputError where it is not there or cannot be understood, ServiceError where reading failed.
    """
    place = place_of(source, quarter)
    content = _bytes(source, _expand(source, place, environment))
    table = _table(source.reads, content, source)
    if table.empty:
        raise InputError(f"source {source.id!r}: {place} has a header but no rows; was the export cut off, or made too early?")
    return Raw(table, place, hashlib.sha256(content).hexdigest())


def read_header(source: Source, quarter: Quarter, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the source's column names, having checked that those the mapping needs are there."""
    path = Path(_expand(source, place_of(source, quarter), environment))
    return tuple(_header(source.reads, _first_bytes(source, path), source))


@singledispatch
def _address(reads: Model) -> str:
    raise NotImplementedError(f"no reader for {type(reads).__name__}")


@singledispatch
def _table(reads: Model, content: bytes, source: Source) -> pd.DataFrame:
    raise NotImplementedError(f"no reader for {type(reads).__name__}")


@singledispatch
def _header(reads: Model, content: bytes, source: Source) -> Sequence[str]:
    raise NotImplementedError(f"no reader for {type(reads).__name__}")


@_address.register
def _(reads: CsvReads) -> str:
    return reads.csv


@_table.register
def _(reads: CsvReads, content: bytes, source: Source) -> pd.DataFrame:
    names = _header(reads, content, source)
    try:  # all columns, for pandas checks the length of rows only where it reads them whole
        table = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, encoding=reads.encoding, low_memory=False)
    except UnicodeDecodeError as error:
        raise _wrong_encoding(reads, source, error) from None
    except (pd.errors.ParserError, ValueError) as error:
        raise InputError(f"source {source.id!r}: {reads.csv} is not readable as CSV with {len(names)} columns: {_short(error)}.") from None
    if not isinstance(table.index, pd.RangeIndex):  # what pandas makes of a first row that is too long
        raise InputError(
            f"source {source.id!r}: rows of {reads.csv} have more than the {len(names)} fields of its header; export it again."
        )
    table.index = pd.RangeIndex(_FIRST_DATA_ROW, _FIRST_DATA_ROW + len(table))
    return table[list(columns_needed(source))].fillna("")


@_header.register
def _(reads: CsvReads, content: bytes, source: Source) -> Sequence[str]:
    try:
        names = pd.read_csv(io.BytesIO(content), dtype="str", nrows=0, encoding=reads.encoding).columns.tolist()
    except pd.errors.EmptyDataError:
        raise InputError(f"source {source.id!r}: {reads.csv} is empty; was the export cut off?") from None
    except UnicodeDecodeError as error:
        raise _wrong_encoding(reads, source, error) from None
    except LookupError:
        raise InputError(f"source {source.id!r}: {reads.encoding!r} is no encoding; write one such as utf-8 or cp1252.") from None
    except (pd.errors.ParserError, ValueError) as error:
        raise InputError(f"source {source.id!r}: the first line of {reads.csv} is no CSV header: {_short(error)}.") from None
    _require(columns_needed(source), names, source)
    return names


def _expand(source: Source, place: str, environment: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        try:
            return environment[match[1]]
        except KeyError:
            raise InputError(f"source {source.id!r} reads {place}, and {match[1]} is not set in the environment: set it.") from None

    return _VARIABLE.sub(value, place)


def _bytes(source: Source, path: str) -> bytes:
    """Return the file's content, decompressed."""
    try:
        content = Path(path).read_bytes()
        return gzip.decompress(content) if path.endswith(".gz") else content
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"source {source.id!r}: {path} is not a whole gzip file ({_short(error)}); export it again.") from None
    except OSError as error:
        raise _unreadable(source, path, error) from None


def _first_bytes(source: Source, path: Path) -> bytes:
    """Return the beginning of a file up to a line end: enough for its header."""
    size = 1 << 16
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            start = file.read(size)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"source {source.id!r}: {path} is not a whole gzip file ({_short(error)}); export it again.") from None
    except OSError as error:
        raise _unreadable(source, str(path), error) from None
    return start if len(start) < size else start[: start.rfind(b"\n") + 1]


def _unreadable(source: Source, path: str, error: OSError) -> InputError | ServiceError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        remedy = "put it there, name another cycle, or correct `reads` in the programme"
        return InputError(f"source {source.id!r}: there is no file {path}; {remedy}.")
    if isinstance(error, PermissionError | IsADirectoryError):
        return InputError(
            f"source {source.id!r}: {path} cannot be read ({os.strerror(error.errno or 0)}); correct the path or its permissions."
        )
    return ServiceError(f"source {source.id!r}: reading {path} failed ({error.strerror}); run again.")


def _wrong_encoding(reads: CsvReads, source: Source, error: UnicodeDecodeError) -> InputError:
    return InputError(
        f"source {source.id!r}: {reads.csv} is not {error.encoding} text (byte {error.object[error.start]:#04x} in it); "
        f"name its encoding in `reads`, such as encoding: cp1252."
    )


def _require(wanted: Sequence[str], names: Sequence[str], source: Source) -> None:
    from difflib import get_close_matches

    for column in wanted:
        if column not in names:
            near = get_close_matches(column, names, n=1, cutoff=0.6)
            known = ", ".join(" ".join(name.split())[:_SHOWN_LETTERS] for name in names[:_SHOWN_NAMES])
            hint = f"did you mean {near[0]!r}?" if near else f"it has {known}{', …' if len(names) > _SHOWN_NAMES else ''}."
            raise InputError(f"source {source.id!r}: the file has no column {column!r}; {hint}")


def _short(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200].rstrip(".")
