"""Rows that a quotation mark which is never closed has made one: told by line ends inside a field that end a row.

A line end inside a field of column c is a row's end if what stands before it on its line fits the columns after c, and what
follows it fits the columns up to c. Whether a piece fits is seen in columns of numbers, dates and ids, by the shape of their text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import pyarrow as pa

_WORD, _WORD_WITH_A_DIGIT = re.compile(r"[^\W\d_]+"), re.compile(r"[^\W_]*\d[^\W_]*")
_LINE_END = re.compile(r"\r\n|\r|\n")
_SAMPLE, _SHAPES_AT_MOST, _ENOUGH_FIELDS = 1_000, 20, 4
_BEGINNING = 2  # columns by which the beginning of a row is known where nothing else is

Shapes = tuple[frozenset[str] | None, ...]


def shapes_of(batch: pa.RecordBatch, header: Sequence[str]) -> Shapes:
    """Return for each column the shapes of its values, None where they are words and tell nothing; a header that comes again is none."""
    samples = (column.slice(0, _SAMPLE).to_pylist() for column in batch.columns)
    return tuple(_shapes([value for value in values if value != name]) for values, name in zip(samples, header, strict=True))


def torn(cells: Sequence[str], shapes: Shapes, delimiter: str) -> list[str]:
    """Return the text of each row that lies in one row's cells: of one where no quote is left open."""
    rows: list[list[str]] = [[]]
    for column, cell in enumerate(cells):
        lines = _LINE_END.split(cell)
        rows[-1].append(f"{delimiter}{lines[0]}" if column else lines[0])
        for before, after in pairwise(lines):
            if _is_row_end(before, after, column, shapes, delimiter):
                rows.append([after])
            else:
                rows[-1].append(f"\n{after}")
    return ["".join(parts) for parts in rows]


def holds_rows(cell: str, column: int, shapes: Shapes, delimiter: str) -> bool:
    """Return whether a line end in a cell of that column ends a row."""
    return any(_is_row_end(before, after, column, shapes, delimiter) for before, after in pairwise(_LINE_END.split(cell)))


def torn_text(text: str, shapes: Shapes, delimiter: str) -> list[str]:
    """Return the text of each row that lies in a row whose fields are not as many as the header's."""
    first, *lines = _LINE_END.split(text)
    rows = [[first]]
    columns = min(_BEGINNING, len(shapes) - 1)
    for line in lines:
        if columns and line.count(delimiter) >= columns and _fit(line.split(delimiter)[:columns], shapes[:columns], shapes):
            rows.append([line])
        else:
            rows[-1].append(line)
    return ["\n".join(parts) for parts in rows]


def _is_row_end(before: str, after: str, column: int, shapes: Shapes, delimiter: str) -> bool:
    left = len(shapes) - 1 - column
    if before.count(delimiter) < left or after.count(delimiter) < column:
        return False
    ending = before.split(delimiter)[-left:] if left else []
    beginning = after.split(delimiter)[:column]
    return _fit([*beginning, *ending], [*shapes[:column], *shapes[column + 1 :]], shapes)


def _fit(fields: Sequence[str], columns: Sequence[frozenset[str] | None], shapes: Shapes) -> bool:
    telling = 0
    for text, known in zip(fields, columns, strict=True):
        if known is not None and text.strip():
            if _shape(text) not in known:
                return False
            telling += 1
    return telling > 0 or (len(shapes) >= _ENOUGH_FIELDS and not any(shapes))


def _shapes(values: Sequence[str]) -> frozenset[str] | None:
    shapes: set[str] = set()
    for value in values:
        if value.strip():
            shapes.add(_shape(value))
            if len(shapes) > _SHAPES_AT_MOST:
                return None
    return frozenset(shapes) if shapes and all("9" in shape for shape in shapes) else None


def _shape(text: str) -> str:
    """Return 9 for each word with a digit in it, a for each other word, and what stands between them."""
    return _WORD.sub("a", _WORD_WITH_A_DIGIT.sub("9", text.strip()[:60]))
