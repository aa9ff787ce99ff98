"""Tables as workbooks and Parquet files, and what can go wrong with these."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz.tables import Table

_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CELL_LETTERS = 32_767
_SHEET, _PROPERTIES = "xl/worksheets/sheet1.xml", "docProps/core.xml"
_TIMES = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_EMPTY = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</worksheet>'


def workbook(chance: Random, table: Table) -> bytes:
    """Return a table as a workbook; cells of other types here and there."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (table.header, *table.rows):
        sheet.append([_ILLEGAL.sub("", value)[:_CELL_LETTERS] for value in row])
    for _ in range(chance.choice((0, 0, 1, 4))):
        number, column = chance.randint(2, len(table.rows) + 3), chance.randint(1, 9)
        sheet.cell(number, column).value = chance.choice(
            (5.7e17, 1, -1.5, True, datetime(2026, 2, 3, 10), None, "=1/0", "=A1", "#N/A", timedelta(hours=30), 1e300, "", " ")
        )
        table.touched.add(number - 2)
    content = io.BytesIO()
    book.save(content)
    members = _members(content.getvalue())
    return _packed(members | {_PROPERTIES: _TIMES.sub(b"2026-01-01T00:00:00Z", members[_PROPERTIES])})


def damage_workbook(chance: Random, content: bytes) -> tuple[bytes, str]:
    """Return a workbook with its archive damaged, and how."""
    place = chance.randrange(len(content))
    how = chance.choice(("cut", "flip", "insert", "member gone", "sheet cut", "sheet flipped", "sheet other", "strings gone", "no archive"))
    if how == "cut":
        return content[:place], how
    if how == "flip":
        return content[:place] + chance.randbytes(chance.choice((1, 8))) + content[place + 1 :], how
    if how == "insert":
        return content[:place] + chance.randbytes(5) + content[place:], how
    if how == "no archive":
        return chance.choice((b"", b"id,when\n1,2\n", b"PK", b"PK\5\6" + b"\0" * 18, b"\xd0\xcf\x11\xe0" * 9, b"<html></html>")), how
    return _with_members_changed(chance, content, how), how


def _with_members_changed(chance: Random, content: bytes, how: str) -> bytes:
    members = _members(content)
    sheet = members[_SHEET]
    place = chance.randrange(len(sheet))
    if how == "member gone":
        del members[chance.choice(sorted(members))]
    elif how == "strings gone":
        members.pop("xl/sharedStrings.xml", None)
    elif how == "sheet cut":
        members[_SHEET] = sheet[:place]
    elif how == "sheet flipped":
        members[_SHEET] = sheet[:place] + bytes([chance.randrange(256)]) + sheet[place + 1 :]
    else:
        members[_SHEET] = _EMPTY % chance.choice(
            (
                b"",
                b"<sheetData/>",
                b'<sheetData><row r="1"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
                b'<sheetData><row r="99999999"><c r="AAAAAAA1"><v>1</v></c></row></sheetData>',
                b'<sheetData><row r="1"><c r="A1" t="s"><v>99999</v></c></row></sheetData>',
                b'<sheetData><row r="-1"><c r="1A" t="d"><v>x</v></c></row></sheetData>',
            )
        )
    return _packed(members)


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(members: dict[str, bytes]) -> bytes:
    """Return an archive that does not tell when it was made, so that a seed makes the same bytes again."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def parquet(chance: Random, table: Table) -> bytes:
    """Return a table as a Parquet file; columns of other types here and there."""
    width = len(table.header)
    columns: list[pa.Array] = [
        pa.array([row[place] if place < len(row) else None for row in table.rows], pa.string()) for place in range(width)
    ]
    for _ in range(chance.choice((0, 0, 1, 2))):
        place = chance.randrange(width)
        columns[place] = pa.array([_typed(chance, kind) for kind in [chance.randrange(len(_TYPES))] for _ in table.rows])
        table.touched.update(range(len(table.rows)))
    content = io.BytesIO()
    compression = chance.choice(("none", "snappy", "zstd"))
    pq.write_table(pa.Table.from_arrays(columns, names=table.header), content, compression=compression)
    return content.getvalue()


_TYPES: tuple[tuple[Any, ...], ...] = (
    (1, 2**60, None),
    (1.5, float("nan"), 5.7e17),
    (True, None),
    (datetime(2026, 2, 3, tzinfo=UTC), None),
    (datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)),
    (Decimal("1.50"), None),
    (b"\xff\xfe", b"abc"),
    ([1, 2], [], None),
    ({"a": {"b": "x"}}, {"a": None}),
    (timedelta(days=3), None),
    (None,),
)


def _typed(chance: Random, kind: int) -> Any:
    return chance.choice(_TYPES[kind])


def damage_parquet(chance: Random, content: bytes) -> tuple[bytes, str]:
    """Return a Parquet file with its bytes damaged, and how."""
    place = chance.randrange(len(content))
    how = chance.choice(("cut", "flip", "insert", "no parquet"))
    if how == "cut":
        return content[:place], how
    if how == "flip":
        return content[:place] + chance.randbytes(chance.choice((1, 8))) + content[place + 1 :], how
    if how == "insert":
        return content[:place] + chance.randbytes(5) + content[place:], how
    return chance.choice((b"", b"PAR1", b"PAR1PAR1", b"PAR1\0\0\0\0PAR1", b"id,when\n1,2\n")), how
