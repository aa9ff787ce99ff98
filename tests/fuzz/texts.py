"""Tables as delimited text and JSON lines, and what can go wrong with the bytes of such files."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.fuzz.tables import COLUMNS, Table


@dataclass
class Pieces:
    """A file's bytes, row by row: the header's and each row's; rows in `touched` are promised nothing.

    is_open: a row that was damaged at random has lost one of its quotation marks or its line end, so that it may end anywhere.
    """

    header: bytes
    rows: list[bytes]
    touched: set[int]
    is_header_sound: bool
    encoding: str
    is_open: bool = False

    @property
    def is_aligned(self) -> bool:
        """Whether each row begins where a character of the encoding may begin."""
        return not self.encoding.startswith("utf-16") or not any(len(piece) % 2 for piece in (self.header, *self.rows))

    def content(self) -> bytes:
        """Return the whole file."""
        return self.header + b"".join(self.rows)


def delimited(chance: Random, table: Table, delimiter: str, encoding: str, extra_headers: list[list[str]] | None = None) -> Pieces:
    """Return a table as CSV in an encoding; what it cannot say becomes a question mark."""
    quoting, end = chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)), chance.choice(("\n", "\r\n"))

    def line(row: list[str]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerow(row)
        return text.getvalue().encode(encoding, errors="replace")

    header = b"".join(line(row) for row in (table.header, *(extra_headers or [])))
    return Pieces(
        header, [line(row) if row else end.encode(encoding) for row in table.rows], set(table.touched), table.is_header_sound, encoding
    )


def json_lines(chance: Random, table: Table) -> Pieces:
    """Return a table as an object a line; values of other types here and there."""
    lines = []
    for number, row in enumerate(table.rows):
        record: dict[str, object] = dict(zip(table.header, row, strict=False))
        if chance.random() < 0.1:
            record[chance.choice(("id", "words", "when"))] = chance.choice(
                (1, 5.7e17, None, True, [1, "a"], {"a": {"b": 2}}, 10**30, 1e308)
            )
            table.touched.add(number)
        if chance.random() < 0.02:
            record["unused"] = _nested(chance.choice((50, 2_000, 100_000)))
        text = record if isinstance(record.get("unused"), str | None) else {**record, "unused": "@"}
        line = json.dumps(text, ensure_ascii=chance.random() < 0.5).replace('"@"', str(record.get("unused")), 1)
        lines.append(f"{line}\n".encode(errors="replace"))
    return Pieces(b"", lines, set(table.touched), table.is_header_sound, "utf-8")


def _nested(depth: int) -> int | str:
    return "[" * depth + "]" * depth if depth < 50_000 else '{"a":' * depth + "1" + "}" * depth


def _anywhere(chance: Random, pieces: Pieces, change: Callable[[bytes, int], bytes], times: int) -> None:
    """Change a piece at a place, a few times; the header one time in ten."""
    for _ in range(times):
        if not pieces.rows or chance.random() < 0.1:
            pieces.header = change(pieces.header, chance.randint(0, len(pieces.header)))
            pieces.is_header_sound = False
        else:
            number = chance.randrange(len(pieces.rows))
            pieces.rows[number] = change(pieces.rows[number], chance.randint(0, len(pieces.rows[number])))
            pieces.touched.add(number)


def _few(chance: Random) -> int:
    return chance.choice((1, 1, 2, 5))


def _cut(chance: Random, pieces: Pieces) -> None:
    place = chance.randint(0, len(pieces.content()))
    if place < len(pieces.header):
        pieces.header, pieces.is_header_sound = pieces.header[:place], False
    place = max(0, place - len(pieces.header))
    for number, row in enumerate(pieces.rows):
        if place < len(row):
            pieces.touched.add(number)
        pieces.rows[number], place = row[:place], max(0, place - len(row))


def _flip(chance: Random, pieces: Pieces) -> None:
    _anywhere(chance, pieces, lambda data, place: data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :], _few(chance))


def _insert(chance: Random, pieces: Pieces) -> None:
    _anywhere(chance, pieces, lambda data, place: data[:place] + chance.randbytes(_few(chance)) + data[place:], _few(chance))


def _delete(chance: Random, pieces: Pieces) -> None:
    _anywhere(chance, pieces, lambda data, place: data[:place] + data[place + chance.choice((1, 4, 40)) :], _few(chance))


def _quotes(chance: Random, pieces: Pieces) -> None:
    mark = chance.choice(('"', '"', '""', "'")).encode(pieces.encoding)
    _anywhere(chance, pieces, lambda data, place: data[:place] + mark + data[place:], _few(chance))


def _quote_opens_a_field(chance: Random, pieces: Pieces) -> None:
    def opened(data: bytes, place: int) -> bytes:
        ends = [at + 1 for at in range(len(data)) if data[at : at + 1] in (b",", b";", b"\t", b"|")] or [0]
        at = chance.choice(ends)
        return data[:at] + b'"' + data[at:]

    _anywhere(chance, pieces, opened, 1)


def _rows_in_quotes(chance: Random, pieces: Pieces) -> None:
    """Put a quotation mark before a late field of one row and one after that field of a later row: those in between are one field."""
    delimiter = max((b",", b";", b"\t", b"|"), key=pieces.header.count)
    plain = [number for number, row in enumerate(pieces.rows) if row.count(delimiter) == len(COLUMNS) - 1 and b'"' not in row]
    if len(plain) < 2:
        return
    first, last = sorted(chance.sample(plain, 2))
    field = chance.choice((2, len(COLUMNS) - 2))
    for number, before, after in ((first, b'"', b""), (last, b"", b'"')):
        fields = pieces.rows[number].split(delimiter)
        fields[field] = before + fields[field] + after
        pieces.rows[number] = delimiter.join(fields)
        pieces.touched.add(number)


def _quotes_gone(chance: Random, pieces: Pieces) -> None:
    _anywhere(chance, pieces, lambda data, _: data.replace(b'"', b"", chance.choice((1, 2, -1))), _few(chance))


def _nuls(chance: Random, pieces: Pieces) -> None:
    _anywhere(chance, pieces, lambda data, place: data[:place] + b"\0" * _few(chance) + data[place:], _few(chance))


def _other_encoding(chance: Random, pieces: Pieces) -> None:
    foreign = "naïve café – “so”".encode(chance.choice(("cp1252", "utf-8", "utf-16-le", "cp437")), errors="replace")
    _anywhere(chance, pieces, lambda data, place: data[:place] + foreign + data[place:], _few(chance))


def _line_ends(chance: Random, pieces: Pieces) -> None:
    ends = [end.encode(pieces.encoding) for end in ("\r", "\n", "\r\n")]

    def ended(row: bytes) -> bytes:
        for end in sorted(ends, key=len, reverse=True):
            if row.endswith(end):
                return row[: -len(end)] + chance.choice(ends)
        return row

    pieces.rows = [ended(row) for row in pieces.rows]


def _junk_before(chance: Random, pieces: Pieces) -> None:
    pieces.header = chance.choice((b"\n\n", b"sep=;\n", b"Exported on 1 May 2026\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0")) + pieces.header
    pieces.is_header_sound = False


def _no_last_line_end(_chance: Random, pieces: Pieces) -> None:
    if pieces.rows:
        pieces.rows[-1] = pieces.rows[-1].rstrip(b"\r\n") if pieces.encoding == "utf-8" else pieces.rows[-1]


DAMAGES: tuple[Callable[[Random, Pieces], None], ...] = (
    _cut,
    _flip,
    _insert,
    _delete,
    _quotes,
    _quote_opens_a_field,
    *[_rows_in_quotes] * 3,
    _quotes_gone,
    _nuls,
    _other_encoding,
    _line_ends,
    _junk_before,
    _no_last_line_end,
)


_OF_QUOTES = (_quote_opens_a_field, _rows_in_quotes, _line_ends)


def damage_bytes(chance: Random, pieces: Pieces) -> str:
    """Do one thing to a file's bytes, and return what."""
    damage = chance.choice(DAMAGES)
    damage(chance, pieces)
    quote, ends = '"'.encode(pieces.encoding), ("\n".encode(pieces.encoding), "\r".encode(pieces.encoding))
    rows = [row for number, row in enumerate(pieces.rows) if number in pieces.touched and row]
    if damage not in _OF_QUOTES and any(row.count(quote) % 2 or not row.endswith(ends) for row in rows):
        pieces.is_open = True
    return damage.__name__.strip("_")


def damage_gzip(chance: Random, content: bytes) -> bytes:
    """Return the content compressed, as often as not damaged."""
    packed = gzip.compress(content, mtime=0)
    place = chance.randrange(len(packed))
    return chance.choice(
        (
            packed,
            packed,
            packed[:place],
            packed[:place] + bytes([chance.randrange(256)]) + packed[place + 1 :],
            packed + b"trailing",
            packed + b"\0" * 8,
            gzip.compress(content[: len(content) // 2], mtime=0) + gzip.compress(content[len(content) // 2 :], mtime=0),
            content,
        )
    )
