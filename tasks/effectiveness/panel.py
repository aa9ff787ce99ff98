"""Weekly counts of one measure, a column a unit: a touchpoint's cases that kept a standard, or a cause's texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

Whole = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, eq=False)
class Panel:
    """Counts by week (row) and unit (column); `quarters` numbers the quarter of each week. Equal is only the same one.

    Where `is_relative`, units are expected to move together in proportion to their level, else by as many points.
    """

    weeks: Days
    quarters: Whole
    units: tuple[str, ...]
    met: Whole
    n: Whole
    is_relative: bool = False

    def of(self, units: Sequence[str]) -> Panel:
        """Return the panel of some of its units, in that order."""
        columns = [self.units.index(unit) for unit in units]
        return replace(self, units=tuple(units), met=self.met[:, columns], n=self.n[:, columns])


@dataclass(frozen=True)
class Window:
    """Which weeks of a panel count as before, and which as after, what was done."""

    before: Mask
    after: Mask

    @property
    def both(self) -> Mask:
        """The weeks that count at all."""
        return self.before | self.after


def panel_of(counts: pd.DataFrame, quarters: Sequence[np.datetime64], *, is_relative: bool = False) -> Panel:
    """Return the panel of a table with the columns unit, week (a Monday), met and n; `quarters` are the days on which quarters begin.

    Every week between the first and the last is there, with zeros where nothing was counted. A week belongs to the quarter of its
    Thursday, as weeks of a year do (ISO 8601).
    """
    units = tuple(sorted(counts["unit"].unique()))
    found = counts["week"].to_numpy("datetime64[D]")
    weeks = np.arange(found.min(), found.max() + 1, 7) if len(found) else found
    index = pd.MultiIndex.from_product([weeks.astype("datetime64[us]"), units], names=["week", "unit"])
    sums = counts.groupby(["week", "unit"])[["met", "n"]].sum().reindex(index, fill_value=0)
    shape = (len(weeks), len(units))
    thursdays = weeks + np.timedelta64(3, "D")
    numbers = np.searchsorted(np.sort(np.array(quarters, dtype="datetime64[D]")), thursdays, side="right")
    met, n = (sums[name].to_numpy(np.int64).reshape(shape) for name in ("met", "n"))
    return Panel(weeks, numbers, units, met, n, is_relative)
