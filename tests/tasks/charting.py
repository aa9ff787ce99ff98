"""Tables to draw charts of, and charts with everything that a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from config.standards import Rebasing
from tasks.charts.build import Subject, count_chart, share_chart, value_chart
from tasks.charts.subgroups import Points
from tasks.results import Baseline, Chart, Signal

MONDAY = date(2024, 1, 1)
LATER = date(2030, 1, 1)
SHARE = Subject("standard:on-time:counter", "counter", "book", "On time", "share", 0.8, True, "definition-1")
SCORE = replace(SHARE, unit="score", target=None)
RECORDS = replace(SHARE, subject="volume:counter", title="Records", unit="records", target=None, is_higher_better=None)
MOVED = Rebasing(standard="on-time", first=date(2024, 7, 1), reason="a second counter", decided_by="J. Doe")

Numbers = Sequence[float] | npt.NDArray[Any]


def mondays(weeks: int, first: date = MONDAY) -> pd.DatetimeIndex:
    """Return so many Mondays."""
    return pd.date_range(first, periods=weeks, freq="W-MON")


def shares(met: Numbers, n: Numbers | int, pending: Numbers | int = 0, first: date = MONDAY) -> pd.DataFrame:
    """Return counts of one row a week; a week belongs to the month of its Monday."""
    weeks = mondays(len(met), first)
    met = np.asarray(met, dtype=np.int64)
    columns = {"week": weeks, "month": weeks.to_period("M").to_timestamp(), "met": met, "missed": n - met, "pending": pending}
    return pd.DataFrame(columns)


def values(numbers: Numbers) -> pd.DataFrame:
    """Return a table of values, one a week, each of 100 cases."""
    return pd.DataFrame({"starts": mondays(len(numbers)), "n": 100, "value": np.asarray(numbers, dtype=float), "is_provisional": False})


def of_shares(
    counts: pd.DataFrame,
    subject: Subject = SHARE,
    *,
    earlier: Baseline | None = None,
    rebased: Rebasing | None = None,
    current_from: date = LATER,
) -> Chart:
    """Return a chart of shares, by default without a past and with all points before the current quarter."""
    return share_chart(subject, counts, earlier=earlier, rebased=rebased, current_from=current_from)


def of_values(numbers: Numbers, subject: Subject = SCORE, *, earlier: Baseline | None = None, current_from: date = LATER) -> Chart:
    """Return a weekly chart of values."""
    return value_chart(subject, values(numbers), "week", earlier=earlier, rebased=None, current_from=current_from)


def of_records(counts: pd.DataFrame, known_from: date, known_until: date) -> Chart:
    """Return a chart of the number of records."""
    past: dict[str, Any] = {"earlier": None, "rebased": None, "current_from": LATER}
    return count_chart(RECORDS, counts, known_from=known_from, known_until=known_until, **past)


def as_points(met: Numbers, n: Numbers | int) -> Points:
    """Return the points of a p-chart, without a table."""
    met, sizes = np.asarray(met, dtype=float), np.broadcast_to(np.asarray(n, dtype=np.int64), len(met))
    starts = mondays(len(met)).to_numpy().astype("datetime64[D]")
    return Points(starts, sizes, met / sizes, 1 / sizes, np.zeros(len(met), dtype=bool))


def marked(chart: Chart, signal: Signal) -> list[int]:
    """Return the places of the points that carry a signal."""
    return [place for place, point in enumerate(chart.points) if signal in point.signals]
