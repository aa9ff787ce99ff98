"""Subgroups: what is drawn as one point of a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasks.results.charts import Period

Days = npt.NDArray[np.datetime64]
Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ENOUGH_CASES = 20
_WEEK = np.timedelta64(7, "D")
_FIRST_MONDAY = np.datetime64("1970-01-05", "D")


@dataclass(frozen=True)
class Points:
    """The points of a chart in order of time, as arrays of one length.

    `step` is the smallest difference that one case makes to a value: 1/n for a share, 1 for a count, 0 where there is none.
    """

    starts: Days
    n: Counts
    values: Floats
    step: Floats
    is_provisional: Flags

    def where(self, chosen: Flags) -> Points:
        """Return the chosen points."""
        return Points(self.starts[chosen], self.n[chosen], self.values[chosen], self.step[chosen], self.is_provisional[chosen])


def enough_for_weeks(weeks: npt.NDArray[Any], cases: npt.NDArray[Any]) -> Period:
    """Return `week` where the median week has at least 20 cases, otherwise `month`.

    `weeks` holds Mondays in any order and number, `cases` what was counted in each row, cases that are still pending included: so a
    fresh quarter does not look small. Weeks without a row between the first and the last count as 0. At 20 cases the limits of a
    share reach at most 34 points from the centre, and where a miss or more a week is usual the rules' false-alarm rates are near those of
    larger subgroups (tests/tasks/test_truth_charts.py).
    """
    starts, (sums,) = _add_up(weeks, [cases])
    if not starts.size:
        return "month"
    weeks_between = int((starts[-1] - starts[0]) // _WEEK) + 1
    by_week = np.concatenate([sums, np.zeros(weeks_between - starts.size, np.int64)])
    return "week" if np.median(by_week) >= ENOUGH_CASES else "month"


def share_points(counts: pd.DataFrame, period: Period) -> Points:
    """Return the share met of the decided cases of each week or month that has any.

    `counts` has a column named as the period, and met, missed, pending; rows of the same period are added. A point is provisional
    where more than 20 % of its cases are pending.
    """
    starts, (met, missed, pending) = _add_up(counts[period].to_numpy(), [counts[name].to_numpy() for name in ("met", "missed", "pending")])
    decided = met + missed
    drawn = decided > 0
    n = decided[drawn]
    is_provisional = 5 * pending > decided + pending
    return Points(starts[drawn], n, met[drawn] / n, 1 / n, is_provisional[drawn])


def value_points(table: pd.DataFrame) -> Points:
    """Return the points of a table with starts (dates), n, value and is_provisional; a row without a value is left out."""
    kept = table.loc[table["value"].notna() & (table["n"] > 0)].sort_values("starts", kind="stable")
    return Points(
        starts=_days(kept["starts"].to_numpy()),
        n=kept["n"].to_numpy(np.int64),
        values=kept["value"].to_numpy(np.float64),
        step=np.zeros(len(kept)),
        is_provisional=kept["is_provisional"].to_numpy(np.bool_),
    )


def count_points(counts: pd.DataFrame, period: Period, known_from: date, known_until: date) -> Points:
    """Return the records of each week or month that touches the known days, first and last included; without records it is 0.

    `counts` has a column named as the period, and records. A point that is not wholly within the known days is provisional.
    """
    first, last = np.datetime64(known_from, "D"), np.datetime64(known_until, "D")
    starts = _starts_between(first, last, period)
    days, records_by_row = _days(counts[period].to_numpy()), counts["records"].to_numpy()
    is_known = np.isin(days, starts)
    found, (sums,) = _add_up(days[is_known], [records_by_row[is_known]])
    records = np.zeros(starts.size, np.int64)
    records[np.searchsorted(starts, found)] = sums
    is_provisional = (starts < first) | (_last_days(starts, period) > last)
    return Points(starts, records, records.astype(np.float64), np.ones(starts.size), is_provisional)


def _add_up(starts: npt.NDArray[Any], columns: list[npt.NDArray[Any]]) -> tuple[Days, list[Counts]]:
    """Return the different starts in order, and the sum of each column by start."""
    different, places = np.unique(_days(starts), return_inverse=True)
    sums = [np.zeros(different.size, np.int64) for _ in columns]
    for total, column in zip(sums, columns, strict=True):
        np.add.at(total, places, column.astype(np.int64))
    return different, sums


def _days(column: npt.NDArray[Any]) -> Days:
    return column.astype("datetime64[D]")


def _starts_between(first: np.datetime64, last: np.datetime64, period: Period) -> Days:
    if period == "month":
        return np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 1).astype("datetime64[D]")
    monday = first - (first - _FIRST_MONDAY) % _WEEK
    return np.arange(monday, last + 1, _WEEK)


def _last_days(starts: Days, period: Period) -> Days:
    if period == "month":
        return (starts.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
    return starts + 6
