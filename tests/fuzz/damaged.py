"""One damaged source file for each seed: how it is declared, its bytes, and what must not be lost in it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.fuzz.binaries import damage_parquet, damage_workbook, parquet, workbook
from tests.fuzz.tables import NEEDED, Table, damage_table, good_table
from tests.fuzz.texts import Pieces, damage_bytes, damage_gzip, delimited, json_lines

_IDS = {"id": "_recordId", "when": "startDate", "done": "endDate"}
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Damaged:
    """A file: its name, content and how a programme reads it; what was done to it.

    tokens: what stands in rows that nothing was done to; is_open: such a row may be drawn into a damaged one before it; said: what
    customers wrote; count: how many rows there are by an independent reading, None where that cannot be said.
    """

    name: str
    content: bytes
    reads: dict[str, Any]
    damages: tuple[str, ...]
    tokens: frozenset[str]
    said: tuple[str, ...]
    count: int | None
    is_open: bool = False


def damaged(seed: int) -> Damaged:
    """Return the file of a seed: always the same."""
    chance = Random(seed)
    table = good_table(chance)
    damages = [damage_table(chance, table) for _ in range(chance.choice((0, 0, 1, 1, 2)))]
    said = tuple(row[NEEDED.index("words")] for row in table.rows if len(row) >= len(NEEDED))
    make = chance.choices((_csv, _qualtrics, _jsonl, _xlsx, _parquet), (45, 12, 17, 14, 12))[0]
    return make(chance, table, damages, said)


def _csv(chance: Random, table: Table, damages: list[str], said: tuple[str, ...]) -> Damaged:
    return _delimited(chance, table, damages, said, "csv")


def _qualtrics(chance: Random, table: Table, damages: list[str], said: tuple[str, ...]) -> Damaged:
    titles = [f"What about {name}?" for name in table.header]
    ids = [f'{{"ImportId":"{_IDS.get(name, "QID_" + name)}"}}' for name in table.header]
    extra = chance.choice(([titles, ids],) * 8 + ([titles], [], [ids]))
    return _delimited(chance, table, damages, said, "qualtrics", extra)


def _delimited(
    chance: Random, table: Table, damages: list[str], said: tuple[str, ...], kind: str, extra_headers: list[list[str]] | None = None
) -> Damaged:
    delimiter = chance.choice(",,,;\t|")
    encoding = chance.choice(("utf-8",) * 5 + ("utf-8-sig", "cp1252", "utf-16", "utf-16-le"))
    pieces = delimited(
        chance, table, delimiter, "utf-8" if encoding == "utf-8-sig" else encoding.replace("utf-16", "utf-16-le")[:9], extra_headers
    )
    damages += [damage_bytes(chance, pieces) for _ in range(chance.choice((0, 1, 1, 2)))]
    mark = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16": b"\xff\xfe"}.get(encoding, b"")
    content = mark + pieces.content()
    reads: dict[str, Any] = {kind: f"file.{kind}"}
    if encoding in ("cp1252", "utf-16-le") and chance.random() < 0.8:
        reads["encoding"] = encoding
    if chance.random() < 0.4:
        reads["delimiter"] = delimiter
    count = (
        _csv_count(content, reads.get("encoding", "utf-8"), delimiter, 1 + len(extra_headers or [])) if _is_clear(pieces, table) else None
    )
    if pieces.is_aligned and (mark or encoding == reads.get("encoding", "utf-8")):  # else every character may be read as another one
        tokens = _tokens(table, pieces)
    else:
        tokens, count = frozenset(), None
    if chance.random() < 0.15:
        content, reads[kind] = damage_gzip(chance, content), f"file.{kind}.gz"
        damages.append("gzip")
    return Damaged(reads[kind], content, reads, tuple(damages), tokens, said, count, pieces.is_open)


def _is_clear(pieces: Pieces, table: Table) -> bool:
    return pieces.is_header_sound and table.is_header_sound


def _csv_count(content: bytes, encoding: str, delimiter: str, headers: int) -> int | None:
    """Return how many rows Python's csv module finds below the header; None where it finds that it cannot read the file."""
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), encoding)
    try:
        lines = io.StringIO(content.decode(encoding), newline="")
        return sum(bool(row) for row in csv.reader(lines, delimiter=delimiter)) - headers
    except (UnicodeError, csv.Error):
        return None


def _tokens(table: Table, pieces: Pieces) -> frozenset[str]:
    return frozenset(
        token for number, token in enumerate(table.tokens) if token and number not in pieces.touched and number < len(pieces.rows)
    )


def _jsonl(chance: Random, table: Table, damages: list[str], said: tuple[str, ...]) -> Damaged:
    pieces = json_lines(chance, table)
    damages += [damage_bytes(chance, pieces) for _ in range(chance.choice((0, 1, 1, 2)))]
    content = pieces.content()
    count = sum(bool(line.strip()) for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n"))
    return Damaged("file.jsonl", content, {"jsonl": "file.jsonl"}, tuple(damages), _tokens(table, pieces), said, count, pieces.is_open)


def _xlsx(chance: Random, table: Table, damages: list[str], said: tuple[str, ...]) -> Damaged:
    content = workbook(chance, table)
    tokens = frozenset(token for number, token in enumerate(table.tokens) if token and number not in table.touched)
    if chance.random() < 0.6:
        content, how = damage_workbook(chance, content)
        damages.append(how)
        if how.startswith(("sheet", "strings", "member")):  # a cut or changed sheet may be a whole one of other cells
            tokens = frozenset()
    return Damaged("file.xlsx", content, {"xlsx": "file.xlsx"}, tuple(damages), tokens, said, None)


def _parquet(chance: Random, table: Table, damages: list[str], said: tuple[str, ...]) -> Damaged:
    content = parquet(chance, table)
    tokens = frozenset(token for number, token in enumerate(table.tokens) if token and number not in table.touched)
    count: int | None = len(table.rows)
    if chance.random() < 0.5:
        content, how = damage_parquet(chance, content)
        damages.append(how)
        tokens, count = frozenset(), None  # these pages bear no checksum
    return Damaged("file.parquet", content, {"parquet": "file.parquet"}, tuple(damages), tokens, said, count)
