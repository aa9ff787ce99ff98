"""JSON lines: an object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing

import numpy as np
import pyarrow as pa

from config.errors import InputError
from config.sources import Source
from tasks.raw import Misfit
from tasks.sources.files import File
from tasks.sources.parts import Part, require
from tasks.sources.records import parsed, selected
from tasks.sources.streams import TextStream, empty

IS_AN_OBJECT = "the line is a JSON object"
KEYS_ONCE = "the line names each key once"
_FIRST = 1 << 20  # bytes that are looked at for names


def read_json_lines(source: Source, file: File, wanted: Sequence[str]) -> tuple[Part, tuple[str, ...]]:
    """Return the wanted columns of a file, empty where no line has them, and the names that its objects have.

    A line that is no JSON object, or names a key twice, is a misfit. Raises InputError where most lines are.
    """
    misfits: list[Misfit] = []
    numbers: list[int] = []
    with closing(TextStream(source, file, "utf-8")) as stream:
        table, names = selected(_records(_lines(stream), numbers, misfits), wanted)
        sha256 = stream.sha256()
    if not misfits and not len(table):
        raise empty(source, file)
    if len(misfits) > len(table):
        raise InputError(
            f"source {source.id!r}: {len(misfits)} of {len(misfits) + len(table)} lines of {file.place} are no JSON objects, "
            "each key once; export it as one object a line."
        )
    rows = pa.Table.from_pandas(table, pa.schema([(name, pa.large_string()) for name in wanted]), preserve_index=False)
    return Part(rows, sha256, np.array(numbers, dtype=np.int64) if misfits else None, tuple(misfits)), names


def json_lines_header(source: Source, file: File, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a file's first lines, of all where the wanted ones are not among them; InputError where they are nowhere."""
    with closing(TextStream(source, file, "utf-8")) as stream:
        start = stream.peek(_FIRST)
    lines = start.splitlines() if len(start) < _FIRST else start.splitlines()[:-1]
    names = selected(_records((line for line in lines if line.strip()), [], []), wanted)[1]
    if not set(wanted) <= set(names):
        names = read_json_lines(source, file, wanted)[1]
        require(wanted, names, source)
    return names


def _lines(stream: TextStream) -> Iterator[bytes]:
    left = b""
    while block := stream.read(_FIRST):
        *lines, left = (left + block).split(b"\n")
        yield from (line for line in lines if line.strip())
    if left.strip():
        yield left


def _records(lines: Iterable[bytes], numbers: list[int], misfits: list[Misfit]) -> Iterator[Mapping[str, object]]:
    """Yield the objects, and note their numbers and what is no object."""
    for number, line in enumerate(lines):
        try:
            record = parsed(line)
        except ValueError:
            record = None
        rule = KEYS_ONCE if isinstance(record, dict) and _has_key_twice(line) else IS_AN_OBJECT
        if isinstance(record, dict) and rule == IS_AN_OBJECT:
            numbers.append(number)
            yield record
        else:
            misfits.append(Misfit(number, rule, line.decode().rstrip("\r")))


def _has_key_twice(line: bytes) -> bool:
    found = False

    def check(pairs: list[tuple[str, object]]) -> None:
        nonlocal found
        found = found or len({key for key, _ in pairs}) < len(pairs)

    json.loads(line, object_pairs_hook=check, parse_int=str, parse_float=str)
    return found
