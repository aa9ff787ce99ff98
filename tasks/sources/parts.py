"""What one file gives, and several of them made one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from config.errors import InputError
from config.sources import Source
from tasks.raw import FIRST_DATA_ROW, Misfit, Raw, RawFile
from tasks.sources.columns import require_columns
from tasks.sources.files import File


@dataclass(frozen=True)
class Part:
    """What one file holds: needed columns as large_string, and rows that are none.

    numbers: of the table's rows, from 0, where some are missing in between; misfits are numbered likewise; first_row: the number
    that the first row has in the file as people see it.
    """

    table: pa.Table
    sha256: str
    numbers: npt.NDArray[np.int64] | None = None
    misfits: tuple[Misfit, ...] = ()
    first_row: int = FIRST_DATA_ROW
    zones: Mapping[str, str] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        """Rows that it held, misfits included."""
        return int(self.table.num_rows) + len(self.misfits)

    @property
    def span(self) -> int:
        """How many row numbers it takes."""
        last = [self.table.num_rows - 1 if self.numbers is None else int(self.numbers[-1])] if self.table.num_rows else [-1]
        return 1 + max(last + [misfit.row for misfit in self.misfits[-1:]])


def require(wanted: Iterable[str], names: Sequence[str], source: Source) -> None:
    """Raise InputError where a column that the mapping needs is not among the names, or there more than once."""
    wanted = list(wanted)
    require_columns(wanted, names, source)
    for column in wanted:
        if names.count(column) > 1:
            raise InputError(f"source {source.id!r}: the file has {names.count(column)} columns {column!r}; rename all but one of them.")


def as_raw(source: Source, place: str, files: Sequence[File], parts: Sequence[Part], *, is_many: bool) -> Raw:
    """Return the parts as one table with one count of rows; InputError where none has a row, unless people may have done nothing."""
    if source.fills != "follow_up_updates" and not any(part.row_count for part in parts):
        raise InputError(f"source {source.id!r}: {place} has a header but no rows; was the export cut off, or made too early?")
    starts = list(accumulate((part.span for part in parts), initial=parts[0].first_row))
    table = pa.concat_tables([part.table for part in parts if part.table.num_rows] or [parts[0].table], promote_options="default")
    frame = table.to_pandas(types_mapper={pa.large_string(): pd.StringDtype(na_value=np.nan)}.get)
    frame.index = _index(parts, starts)
    listed = "".join(f"{part.sha256}  {file.name}\n" for file, part in zip(files, parts, strict=True))
    return Raw(
        frame.fillna("") if len(parts) > 1 else frame,
        place,
        hashlib.sha256(listed.encode()).hexdigest() if is_many else parts[0].sha256,
        tuple(
            RawFile(file.place, part.sha256, part.row_count, start, part.first_row)
            for file, part, start in zip(files, parts, starts[:-1], strict=True)
        ),
        tuple(replace(misfit, row=misfit.row + start) for start, part in zip(starts, parts, strict=False) for misfit in part.misfits),
        _zones(source, parts),
    )


def _index(parts: Sequence[Part], starts: Sequence[int]) -> pd.Index:
    if all(part.numbers is None and not part.misfits for part in parts):
        return pd.RangeIndex(starts[0], starts[-1])
    numbers = [
        start + (np.arange(part.table.num_rows) if part.numbers is None else part.numbers)
        for start, part in zip(starts, parts, strict=False)
    ]
    index: pd.Index = pd.Index(np.concatenate(numbers), dtype="int64")
    return index


def _zones(source: Source, parts: Sequence[Part]) -> dict[str, str]:
    zones: dict[str, str] = {}
    for part in parts:
        for column, zone in part.zones.items():
            if zones.setdefault(column, zone) != zone:
                raise InputError(
                    f"source {source.id!r}: its files have the times of {column} in {zones[column]} and in {zone}; export them in one zone."
                )
    return zones
