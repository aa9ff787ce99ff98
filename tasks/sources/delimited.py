"""CSV and TSV files, read in blocks: every row becomes text columns or a misfit."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from config.errors import InputError
from config.reads import CsvReads, QualtricsReads
from config.sources import Source
from tasks.raw import FIRST_DATA_ROW, Misfit
from tasks.sources.files import File
from tasks.sources.parts import Part, require
from tasks.sources.quotes import Shapes, holds_rows, shapes_of, torn, torn_text
from tasks.sources.streams import TextStream, empty, short

AS_MANY_FIELDS = "the row has as many fields as the header"
QUOTES_CLOSED = "its quotes are closed"
NOT_THE_HEADER = "the row is not the header again"
NO_NULS = "the row holds no NUL byte"
_DELIMITERS = ",;\t|"
_HEAD_SIZES = (1 << 16, 1 << 24)
_BLOCK_SIZES = (1 << 18, 1 << 25, 1 << 29)  # bytes; a row must fit into one block
_BLOCKS_A_CHUNK = 16


@dataclass(frozen=True)
class Header:
    """The columns' names, in the file's order; other names that a column answers to; how many rows it takes; zones of times."""

    names: tuple[str, ...]
    row_count: int = 1
    others: Mapping[str, int] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)

    def position(self, name: str) -> int:
        """Return where a column stands."""
        return self.names.index(name) if name in self.names else self.others[name]

    def require(self, wanted: Sequence[str], source: Source) -> None:
        """Raise InputError where a column that is wanted is not there, or not clear."""
        require([name for name in wanted if name in self.names or name not in self.others], self.names, source)


Layout = Callable[[Source, str, Sequence[Sequence[str]]], Header]


@dataclass(frozen=True)
class _Head:
    header: Header
    first: tuple[str, ...]  # row of the file
    delimiter: str
    size: int  # bytes


def plain_header(_source: Source, _place: str, rows: Sequence[Sequence[str]]) -> Header:
    """Return the header of a file whose first row names its columns."""
    return Header(tuple(name.strip() for name in rows[0]))


def read_delimited(source: Source, reads: CsvReads | QualtricsReads, file: File, wanted: Sequence[str], layout: Layout) -> Part:
    """Return the wanted columns of a file; its layout tells names from the first three rows.

    Raises InputError where it is no text of its encoding, a column is not there, or most rows do not fit.
    """
    for size in _BLOCK_SIZES:
        with closing(TextStream(source, file, reads.encoding)) as stream:
            head = _head(source, reads, file, stream, wanted, layout)
            head.header.require(wanted, source)
            try:
                return _part(source, file, stream, head, wanted, size)
            except pa.ArrowInvalid as error:
                if "straddl" not in str(error):
                    raise _unreadable(source, file, head, error) from None
    raise InputError(
        f"source {source.id!r}: {file.place} has a row of more than {_BLOCK_SIZES[-1] >> 20} MB; is a quotation mark in it never closed?"
    )


def delimited_header(
    source: Source, reads: CsvReads | QualtricsReads, file: File, wanted: Sequence[str], layout: Layout
) -> tuple[str, ...]:
    """Return a file's column names, having checked that the wanted ones are there."""
    with closing(TextStream(source, file, reads.encoding)) as stream:
        header = _head(source, reads, file, stream, wanted, layout).header
    header.require(wanted, source)
    return header.names


def _head(source: Source, reads: CsvReads | QualtricsReads, file: File, stream: TextStream, wanted: Sequence[str], layout: Layout) -> _Head:
    if reads.delimiter is not None and not reads.delimiter.isascii():
        raise InputError(
            f"source {source.id!r}: the delimiter {reads.delimiter!r} is none that a CSV file can have; write one such as ';'."
        )
    try:
        for size in _HEAD_SIZES:
            text = stream.peek(size).decode(errors="ignore")
            delimiter = reads.delimiter or _likely_delimiter(text, wanted)
            rows = _first_rows(text, delimiter)
            if rows and rows[-1][1] < len(text.encode()):
                break
    except (csv.Error, ValueError, TypeError) as error:
        raise InputError(f"source {source.id!r}: the first line of {file.place} is no CSV header: {short(error)}.") from None
    if not rows:
        raise empty(source, file)
    if any("\0" in name for name in rows[0][0]):
        raise InputError(f"source {source.id!r}: {file.place} holds NUL bytes in its first line; is its encoding utf-16?")
    header = layout(source, file.place, [row for row, _ in rows])
    return _Head(header, tuple(rows[0][0]), delimiter, rows[header.row_count - 1][1])


def _likely_delimiter(text: str, wanted: Sequence[str]) -> str:
    """Return the delimiter with which the first row holds most of the wanted names, of equal ones most fields."""

    def evidence(delimiter: str) -> tuple[int, int]:
        names = [name.strip() for row, _ in _first_rows(text, delimiter, 1) for name in row]
        return len(set(wanted) & set(names)), len(names)

    return max(_DELIMITERS, key=evidence)


def _first_rows(text: str, delimiter: str, count: int = 3) -> list[tuple[list[str], int]]:
    """Return the first rows that are not empty, and for each how many bytes have passed at its end."""
    passed = 0

    def lines() -> Iterator[str]:
        nonlocal passed
        for line in io.StringIO(text, newline=""):
            passed += len(line.encode())
            yield line

    rows: list[tuple[list[str], int]] = []
    for row in csv.reader(lines(), delimiter=delimiter):
        if row:
            rows.append((row, passed))
        if len(rows) == count:
            break
    return rows


def _part(source: Source, file: File, stream: TextStream, head: _Head, wanted: Sequence[str], block_size: int) -> Part:
    stream.read(head.size)
    odd: list[pa_csv.InvalidRow] = []
    gathered = _Gathered(head, [head.header.position(name) for name in wanted])
    for batch in _batches(stream, head, odd, block_size):
        gathered.add(batch)
    numbers, misfits = _numbered(gathered, odd, head.delimiter)
    table = gathered.table().rename_columns(list(wanted))
    _refuse_if_most(source, file, head, misfits, table.num_rows)
    first_row = FIRST_DATA_ROW - 1 + head.header.row_count
    return Part(table, stream.sha256(), numbers, misfits, first_row, head.header.zones)


def _batches(stream: TextStream, head: _Head, odd: list[pa_csv.InvalidRow], block_size: int) -> Iterator[pa.RecordBatch]:
    """Yield all columns as text, named by their positions; rows of another length go to `odd`."""

    def set_aside(row: pa_csv.InvalidRow) -> str:
        odd.append(row)
        return "skip"

    names = [str(position) for position in range(len(head.first))]
    if not stream.peek(1):
        return
    yield from pa_csv.open_csv(
        stream,
        # one thread: only then are rows numbered
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=block_size, column_names=names),
        parse_options=pa_csv.ParseOptions(delimiter=head.delimiter, newlines_in_values=True, invalid_row_handler=set_aside),
        convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False),
    )


class _Gathered:
    """The wanted columns of the batches so far, without rows that are flawed; those are kept aside by their position."""

    def __init__(self, head: _Head, positions: Sequence[int]) -> None:
        self.head, self.positions = head, [str(position) for position in positions]
        self.flawed: dict[int, tuple[str, list[str]]] = {}  # position among rows of the right length: rule, text of its rows
        self.shapes: Shapes = (None,) * len(head.first)
        self.count = 0
        self._chunks: list[pa.Table] = []
        self._batches: list[pa.RecordBatch] = []
        self._types = pa.schema([(str(number), pa.large_string()) for number in range(len(positions))])

    def add(self, batch: pa.RecordBatch) -> None:
        """Take in one batch of all columns."""
        if not self.count:
            self.shapes = shapes_of(batch, self.head.first)
        flaws = _flaws(batch, self.head, self.shapes)
        self.flawed.update({self.count + row: flaw for row, flaw in flaws.items()})
        self.count += batch.num_rows
        if flaws:
            sound = np.ones(batch.num_rows, dtype=bool)
            sound[list(flaws)] = False
            batch = batch.filter(pa.array(sound))
        columns = [batch.column(int(position)) for position in self.positions]
        self._batches.append(pa.RecordBatch.from_arrays(columns, schema=self._types))
        if len(self._batches) == _BLOCKS_A_CHUNK:
            self._combine()

    def table(self) -> pa.Table:
        """Return all rows so far."""
        self._combine()
        return pa.concat_tables(self._chunks)

    def _combine(self) -> None:
        # few long chunks: their memory is not torn, and they are faster to work on
        self._chunks.append(pa.Table.from_batches(self._batches, self._types).combine_chunks())
        self._batches = []


def _flaws(batch: pa.RecordBatch, head: _Head, shapes: Shapes) -> dict[int, tuple[str, list[str]]]:
    """Return rows of a batch that are none, by position: the rule that they break and the text of the rows in them."""
    flaws: dict[int, tuple[str, list[str]]] = {}
    content = [_bytes(column) for column in batch.columns]
    if head.first[0].encode() in content[0]:
        repeated = [row for row in _rows(pc.equal(batch.column(0), head.first[0])) if _cells(batch, row) == head.first]
        flaws |= {row: (NOT_THE_HEADER, [head.delimiter.join(head.first)]) for row in repeated}
    for column in (column for column, data in zip(batch.columns, content, strict=True) if b"\0" in data):
        flaws |= {row: (NO_NULS, [head.delimiter.join(_cells(batch, row))]) for row in _rows(pc.match_substring(column, "\0"))}
    for position in (position for position, data in enumerate(content) if b"\n" in data or b"\r" in data):
        cells = batch.column(position)
        rows = [row for row in _rows(_may_hold_rows(cells, head)) if holds_rows(str(cells[row]), position, shapes, head.delimiter)]
        flaws |= {row: (QUOTES_CLOSED, torn(_cells(batch, row), shapes, head.delimiter)) for row in rows}
    return flaws


def _cells(batch: pa.RecordBatch, row: int) -> tuple[str, ...]:
    return tuple(str(column[row]) for column in batch.columns)


def _may_hold_rows(column: pa.Array, head: _Head) -> pa.Array:
    enough = pc.greater_equal(pc.count_substring(column, head.delimiter), len(head.first) - 1)
    return pc.and_(enough, pc.match_substring_regex(column, "[\r\n]"))


def _rows(mask: pa.Array) -> list[int]:
    return [int(row) for row in np.flatnonzero(mask.to_numpy(zero_copy_only=False))]


def _bytes(column: pa.Array) -> bytes:
    data = column.buffers()[2]
    return data.to_pybytes() if data is not None else b""


def _numbered(
    gathered: _Gathered, odd: Sequence[pa_csv.InvalidRow], delimiter: str
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]] | None, tuple[Misfit, ...]]:
    """Return numbers of the sound rows (None where all are sound) and the misfits, all rows counted together from 0."""
    if not odd and not gathered.flawed:
        return None, ()
    is_odd = np.zeros(gathered.count + len(odd), dtype=bool)
    is_odd[[row.number - 1 for row in odd]] = True
    others = np.flatnonzero(~is_odd)
    flaws = {int(others[position]): flaw for position, flaw in gathered.flawed.items()}
    for row in odd:
        pieces = torn_text(row.text, gathered.shapes, delimiter)
        flaws[row.number - 1] = (AS_MANY_FIELDS if len(pieces) == 1 else QUOTES_CLOSED, pieces)
    weights = np.ones(len(is_odd), dtype=np.int64)
    weights[list(flaws)] = [len(pieces) for _, pieces in flaws.values()]
    starts = np.cumsum(weights) - weights
    sound = np.ones(len(is_odd), dtype=bool)
    sound[list(flaws)] = False
    misfits = [
        Misfit(int(starts[row]) + number, rule, piece)
        for row, (rule, pieces) in sorted(flaws.items())
        for number, piece in enumerate(pieces)
    ]
    return starts[sound], tuple(misfits)


def _refuse_if_most(source: Source, file: File, head: _Head, misfits: Sequence[Misfit], sound_count: int) -> None:
    if len(misfits) <= sound_count:
        return
    rules = [misfit.rule for misfit in misfits]
    commonest = max(set(rules), key=rules.count)
    remedy = {NO_NULS: "is its encoding utf-16?", QUOTES_CLOSED: "close them, or export it again."}.get(
        commonest, f"is its delimiter another one than {head.delimiter!r}, or a quotation mark never closed?"
    )
    raise InputError(
        f"source {source.id!r}: {len(misfits)} of {len(misfits) + sound_count} rows of {file.place} break the rule that {commonest}, "
        f"of {len(head.first)} columns; {remedy}"
    )


def _unreadable(source: Source, file: File, head: _Head, error: Exception) -> InputError:
    return InputError(f"source {source.id!r}: {file.place} is not readable as CSV with {len(head.first)} columns: {short(error)}.")
