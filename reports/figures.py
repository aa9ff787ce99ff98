"""A standard's figure, interval, target and change as texts with their unit, and as a bar: the one place that turns them into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from config.measures import Figure, MeanElapsed, MedianElapsed
from config.standards import Standard
from reports import formats
from tasks.results import Change, Compliance, Value
from tasks.small_cells import is_hidden

_KINDS: Mapping[tuple[Figure, bool], str] = {
    ("net_promoter", False): "net promoter score",
    ("mean", False): "mean score",
    ("median", False): "median score",
    ("mean", True): "mean time",
    ("median", True): "median time",
}


@dataclass(frozen=True)
class Bar:
    """A figure on a line from 0 to 1: its interval, target, and the quarter before; empty where there is none."""

    low: float | None
    high: float | None
    point: float | None
    target: float
    before: float | None
    words: str


def unit_of(row: Compliance) -> str:
    """Return the unit of a standard's figure."""
    return row.value.unit if row.value else "share"


def kind(row: Compliance) -> str:
    """Return what the figure is, where that is not said by its unit: median time, mean score, net promoter score; of a share nothing."""
    return _KINDS[row.value.figure, is_time(row)] if row.value else ""


def is_time(row: Compliance) -> bool:
    """Return whether the figure is a length of time."""
    return unit_of(row) in ("hours", "working hours")


def figure(row: Compliance) -> str:
    """Return the figure with its unit; in words where there is none."""
    number = row.value.value if row.value else row.share
    if number is not None:
        return formats.amount(number, unit_of(row))
    if not row.n:
        return "not told" if is_hidden(row) else "no decided case"
    return "not reached: fewer than half are done" if is_time(row) else "not known"


def interval(row: Compliance) -> str:
    """Return the 95 % interval of the figure; nothing where there is none."""
    ends = (row.value.low, row.value.high) if row.value else (row.low, row.high)
    return formats.amount_range(*ends, unit_of(row))


def target(row: Compliance) -> str:
    """Return what was promised: 80.0 %, at most 48.0 hours, at least 4.20."""
    if row.value is None:
        return formats.share(row.target)
    return f"at {'least' if row.value.is_higher_better else 'most'} {formats.amount(row.value.target, row.value.unit)}"


def measured(row: Compliance) -> str:
    """Return kind and figure with the interval: median time 52.4 hours (48.0 to 57.0 hours), or 51.3 % (47.3 to 55.3 %)."""
    ends = interval(row)
    return f"{kind(row)} {figure(row)}".strip() + (f" ({ends})" if ends else "")


def difference(row: Compliance, change: Change) -> str:
    """Return by how much the figure changed: +3.2 points, \u22124.1 hours."""
    return formats.difference(change.change, unit_of(row))


def difference_range(row: Compliance, change: Change) -> str:
    """Return the 95 % interval of a change, in the unit of the change; nothing where there is none."""
    return formats.difference_range(change.low, change.high, unit_of(row))


def earlier(row: Compliance, change: Change) -> str:
    """Return the earlier quarter's figure with its unit, or a dash where there is none."""
    return formats.amount(change.value if row.value else change.share, unit_of(row))


def promised(standard: Standard) -> str:
    """Return what a standard of the programme promises: 80%, at most 2 working days, at least 30."""
    if standard.target_share is not None:
        return formats.number(f"{standard.target_share:.0%}")
    if isinstance(standard.measure, MedianElapsed | MeanElapsed):
        return f"at most {standard.measure.at_most}"
    least = getattr(standard.measure, "at_least", 0.0)
    return f"at least {formats.number(f'{least:g}')}"


def bar(row: Compliance) -> Bar:
    """Return the row's figures as places on a line.

    Shares run from 0 to 100 %, net promoter scores from -100 to 100, all others from 0 to a little beyond the largest number drawn.
    """
    before = (row.previous.value if row.value else row.previous.share) if row.previous else None
    numbers = row.value or Value(
        figure="share", unit="share", value=row.share, low=row.low, high=row.high, target=row.target or 0.0, is_higher_better=True
    )
    drawn = (numbers.low, numbers.high, numbers.value, numbers.target, before)
    left, right = _scale(numbers.unit, drawn)
    low, high, point, promise, previous = (None if number is None else (number - left) / (right - left) for number in drawn)
    if low is not None and high is None:
        high = 1.0  # an interval whose end is not known yet runs on
    return Bar(low, high, point, promise or 0.0, previous, _bar_words(row))


def _scale(unit: str, drawn: tuple[float | None, ...]) -> tuple[float, float]:
    if unit == "share":
        return 0.0, 1.0
    if unit == "net promoter":
        return -100.0, 100.0
    known = [number for number in drawn if number is not None]
    return 1.1 * min(0.0, *known), 1.1 * max(0.0, *known) or 1.0


def _bar_words(row: Compliance) -> str:
    ends = f", 95 % interval {interval(row)}" if interval(row) else ""
    before = earlier(row, row.previous) if row.previous else ""
    was = f", {before} in {row.previous.against}" if row.previous and before != "\u2013" else ""
    return f"{(kind(row) or 'share').capitalize()} {figure(row)}{ends}, target {target(row)}{was}"
