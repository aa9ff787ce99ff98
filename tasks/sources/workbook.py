"""Workbooks (XLSX): one sheet's cells as a person would type them."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from config.errors import InputError
from config.reads import XlsxReads
from config.sources import Source
from tasks.sources.files import File
from tasks.sources.parts import Part, require
from tasks.sources.streams import content_of, empty, is_bomb, short

_UNPACKED_AT_MOST, _CELLS_AT_MOST = 1 << 30, 32_000_000
_BLOCK, _OVERLAP = 1 << 20, 32
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,9})([0-9]{1,10})["']""")
_OLD_OR_ENCRYPTED = b"\xd0\xcf\x11\xe0"
_WHOLE_NUMBERS_BELOW = 1e21


def read_workbook(source: Source, reads: XlsxReads, file: File, wanted: Sequence[str]) -> Part:
    """Return the wanted columns of a sheet, rows without a cell left out.

    Raises InputError where the file is no workbook, has a password or grows past all measure, or the sheet or a column is not there.
    """
    content, sha256 = content_of(source, file)
    names, rows = _sheet(source, reads, file, content)
    require(wanted, names, source)
    filled = np.array([number for number, row in enumerate(rows) if any(cell != "" for cell in row)], dtype=np.int64)
    positions = [names.index(name) for name in wanted]
    columns = {
        name: pa.array([_text(rows[number][position]) for number in filled], pa.large_string())
        for name, position in zip(wanted, positions, strict=True)
    }
    return Part(pa.table(columns), sha256, filled if len(filled) < len(rows) else None, first_row=reads.header_row + 1)


def workbook_header(source: Source, reads: XlsxReads, file: File, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return a sheet's column names, having checked that the wanted ones are there."""
    names, _ = _sheet(source, reads, file, content_of(source, file)[0], header_only=True)
    require(wanted, names, source)
    return tuple(names)


def _sheet(source: Source, reads: XlsxReads, file: File, content: bytes, *, header_only: bool = False) -> tuple[list[str], list[list[Any]]]:
    """Return the columns' names and the rows below them."""
    import python_calamine as calamine

    where = f"source {source.id!r}: {file.place}"
    if not content:
        raise empty(source, file)
    _refuse_bombs(where, content)
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        if reads.sheet is not None and reads.sheet not in workbook.sheet_names:
            raise InputError(f"{where} has no sheet {reads.sheet!r}; it has {', '.join(workbook.sheet_names)}.")
        sheet = workbook.get_sheet_by_name(reads.sheet) if reads.sheet else workbook.get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False, nrows=reads.header_row if header_only else None)
    except calamine.PasswordError:
        raise InputError(f"{where} is protected by a password; save it without one.") from None
    except (calamine.CalamineError, ValueError, OSError) as error:
        raise InputError(f"{where} is no whole workbook ({short(error)}); save it again as .xlsx.") from None
    if len(rows) < reads.header_row or not any(_text(cell) for cell in rows[reads.header_row - 1]):
        raise InputError(f"{where} has nothing in row {reads.header_row} of its sheet, which should name the columns; set header_row.")
    return [_text(cell).strip() for cell in rows[reads.header_row - 1]], rows[reads.header_row :]


def _refuse_bombs(where: str, content: bytes) -> None:
    """Unpack everything once and count, for the sizes that an archive states need not be true."""
    if content.startswith(_OLD_OR_ENCRYPTED):
        is_encrypted = "EncryptedPackage".encode("utf-16-le") in content
        state = "is protected by a password; save it without one" if is_encrypted else "is an old .xls workbook; save it as .xlsx"
        raise InputError(f"{where} {state}.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            total = 0
            for entry in archive.infolist():
                total += _measured(where, archive, entry, total, len(content))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, ValueError) as error:
        raise InputError(f"{where} is no whole workbook ({short(error)}); save it again as .xlsx.") from None


def _measured(where: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, before: int, packed: int) -> int:
    """Return an entry's length; InputError as soon as it is too long, or a sheet too wide."""
    total, tail, width, height = 0, b"", 0, 0
    with archive.open(entry) as stream:
        while block := stream.read(_BLOCK):
            total += len(block)
            if before + total > _UNPACKED_AT_MOST or is_bomb(before + total, packed):
                raise InputError(f"{where} grows past all measure when unpacked; export its rows as CSV.")
            if entry.filename.startswith("xl/worksheets/"):
                cells = _REFERENCE.findall(tail + block)
                width = max(width, max((_column_number(letters) for letters, _ in cells), default=0))
                height = max(height, max((int(row) for _, row in cells), default=0))
                tail = block[-_OVERLAP:]
            if width * height > _CELLS_AT_MOST:
                raise InputError(f"{where} has a sheet of {height} rows and {width} columns; delete what is empty, or export CSV.")
    return total


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _text(cell: Any) -> str:
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            is_whole = cell.is_integer() and abs(cell) < _WHOLE_NUMBERS_BELOW
            return str(int(cell)) if is_whole else repr(cell)
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell)
