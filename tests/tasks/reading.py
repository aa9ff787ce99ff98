"""Sources of every kind for the tests of readers, and files written for them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from config.errors import InputError
from config.periods import Quarter
from config.sources import Source
from tasks.raw import Raw
from tasks.sources.readers import read, read_header
from tests.programmes import source

Q1 = Quarter(2026, 1)
HEADER = "id,when,due,done,place,words,unused"
ROW = "1,2026-01-05,2026-01-09,,counter,Too slow,x"
NEEDED = ("done", "due", "id", "place", "when", "words")
_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
_WORKBOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{}</sheets></workbook>'
)
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STYLES = (  # style 1 shows a number as a date, style 2 as a date with a time
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>'
)


def reading(kind: str, path: str | Path, **reads: Any) -> Source:
    """Return the small programme's source, read from a path by a kind of reader."""
    return source(reads={kind: str(path)} | reads)


def written(folder: Path, content: str | bytes, name: str = "cases.csv") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def raw_of(kind: str, path: str | Path, environment: dict[str, str] | None = None, **reads: Any) -> Raw:
    """Read the first quarter."""
    return read(reading(kind, path, **reads), Q1, environment or {})


def header_of(kind: str, path: str | Path, environment: dict[str, str] | None = None, **reads: Any) -> tuple[str, ...]:
    """Read the names of the first quarter's columns."""
    return read_header(reading(kind, path, **reads), Q1, environment or {})


def refusal(kind: str, path: str | Path, environment: dict[str, str] | None = None, **reads: Any) -> str:
    """Return the one sentence with which reading is refused."""
    with pytest.raises(InputError) as error:
        raw_of(kind, path, environment, **reads)
    message = str(error.value)
    assert message.startswith("source 'cases'")
    assert message.endswith((".", "?"))
    assert "\n" not in message
    return message


def rows(count: int, first: int = 1) -> list[str]:
    """Return so many rows of a complaints file, each with its own id and words."""
    return [f'{1000 + n},2026-01-{n % 28 + 1:02},2026-01-09,,counter,"Too slow, {n}",x' for n in range(first, first + count)]


def sheet(lines: Sequence[Sequence[str]]) -> str:
    """Return a worksheet's XML; a cell is text, or an element as it stands."""
    cells = (
        "".join(cell if cell.startswith("<c") else f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in line)
        for line in lines
    )
    return _SHEET.format("".join(f'<row r="{number}">{line}</row>' for number, line in enumerate(cells, start=1)))


def workbook(sheets: dict[str, str], **extra: bytes) -> bytes:
    """Return an XLSX file of these worksheets, with further entries beside them."""
    numbered = list(enumerate(sheets, start=1))
    overrides = "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/xml"/>' for n, _ in numbered)
    entries: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{overrides}</Types>',
        "_rels/.rels": _RELATIONS.format(f'<Relationship Id="rId1" Type="{_RELATION}/officeDocument" Target="xl/workbook.xml"/>'),
        "xl/workbook.xml": _WORKBOOK.format("".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in numbered)),
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(
            "".join(f'<Relationship Id="rId{n}" Type="{_RELATION}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in numbered)
            + f'<Relationship Id="rId99" Type="{_RELATION}/styles" Target="styles.xml"/>'
        ),
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/sheet{n}.xml": sheets[name] for n, name in numbered},
        **extra,
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()
