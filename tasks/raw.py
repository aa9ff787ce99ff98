"""What a reader gives: text, and every row that could not even be put into columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

FIRST_DATA_ROW = 2  # as a spreadsheet numbers it: row 1 is the header


@dataclass(frozen=True)
class Window:
    """The instants between which a source that can be asked is asked: since (included) and until (excluded)."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class RawFile:
    """One file of a source: its place, the sha256 of its bytes, and how many rows it held, misfits included.

    first_row: the number of its first row in the count over all files; first_file_row: the number that a person sees there.
    """

    place: str
    sha256: str
    rows: int
    first_row: int = FIRST_DATA_ROW
    first_file_row: int = FIRST_DATA_ROW


@dataclass(frozen=True)
class Misfit:
    """A row that is not one: its number, the rule that it breaks, and what it holds, which is for this machine only."""

    row: int
    rule: str
    content: str


@dataclass(frozen=True)
class Raw:
    """What was read.

    table: text columns, empty text where nothing is, the row's number as index: from 2, in one count over all files, gaps where
    misfits are; place: the address as the programme names it; sha256: of the bytes, of several files of their list;
    zones: for a column of times the zone that the export itself names.
    """

    table: pd.DataFrame
    place: str
    sha256: str
    files: tuple[RawFile, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    zones: Mapping[str, str] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        """All rows that were read, misfits among them."""
        return len(self.table) + len(self.misfits)
