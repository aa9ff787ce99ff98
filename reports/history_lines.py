"""A figure across quarters as a drawing: a line with intervals, targets, and what was restated since."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from config.periods import QUARTERS_A_YEAR, Quarter
from reports import formats
from reports.charts import BOTTOM, RIGHT, TOP, Frame, Label

LABELS_ACROSS = 6
_LABELS_UP = 4
_ASIDE = 9  # a restated figure stands this much beside the published one
_RING = "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"


@dataclass(frozen=True)
class Spot:
    """One quarter of a line, in the figure's own unit; `later` is the figure as it was restated or counted again."""

    cycle: str
    value: float | None
    low: float | None = None
    high: float | None = None
    target: float | None = None
    later: float | None = None


@dataclass(frozen=True)
class Line:
    """The paths and places of a line across quarters, in the box of a control chart, and its text alternative."""

    values: str
    dots: str
    intervals: str
    targets: str
    later: str
    across: tuple[Label, ...]
    up: tuple[Label, ...]
    words: str


def line_of(spots: Sequence[Spot], unit: str) -> Line | None:
    """Return the line through quarters, oldest first, each at its place in the calendar; None where no figure is known."""
    numbers = [number for spot in spots for number in (spot.value, spot.low, spot.high, spot.target, spot.later) if number is not None]
    if all(spot.value is None and spot.later is None for spot in spots):
        return None
    lowest, highest = _ends(numbers, unit)
    places = [_place(spot.cycle) for spot in spots]
    frame = Frame(places[0] - 1, places[-1] + 1, lowest, highest)
    return Line(
        values=_through(frame, spots),
        dots="".join(f"M{frame.x(_place(spot.cycle))} {frame.y(spot.value)}h0" for spot in spots if spot.value is not None),
        intervals="".join(_interval(frame, spot) for spot in spots),
        targets="".join(_target(frame, spot) for spot in spots),
        later="".join(f"M{frame.x(_place(spot.cycle)) + _ASIDE} {frame.y(spot.later)}{_RING}" for spot in spots if spot.later is not None),
        across=_across(frame, spots),
        up=tuple(Label(frame.y(value), formats.rounded(value, unit)) for value in _round_values(lowest, highest)),
        words=". ".join(_said(spot, unit) for spot in spots),
    )


@cache
def _place(cycle: str) -> int:
    """Return the place of a quarter in the calendar, two apart from its neighbours, so that half a quarter is one."""
    quarter = Quarter.parse(cycle)
    return 2 * (quarter.year * QUARTERS_A_YEAR + quarter.number)


def _ends(numbers: Iterable[float], unit: str) -> tuple[float, float]:
    known = tuple(numbers)
    lowest, highest = min(known), max(known)
    margin = 0.08 * (highest - lowest) or 0.05 * abs(highest) or 0.05
    if unit == "share":
        return max(0.0, lowest - margin), min(1.0, highest + margin)
    return lowest - margin, highest + margin


def _through(frame: Frame, spots: Sequence[Spot]) -> str:
    """Return the line from each quarter to the next; it breaks where a quarter lies between them, or has no figure."""
    return "".join(
        f"M{frame.x(_place(one.cycle))} {frame.y(one.value)}L{frame.x(_place(other.cycle))} {frame.y(other.value)}"
        for one, other in pairwise(spots)
        if one.value is not None and other.value is not None and _place(other.cycle) - _place(one.cycle) == 2
    )


def _interval(frame: Frame, spot: Spot) -> str:
    """Return the interval as an upright stroke; an end that is not known yet runs to the edge of the box."""
    if spot.low is None and spot.high is None:
        return ""
    bottom = BOTTOM if spot.low is None else frame.y(spot.low)
    top = TOP if spot.high is None else frame.y(spot.high)
    return f"M{frame.x(_place(spot.cycle))} {bottom}V{top}"


def _target(frame: Frame, spot: Spot) -> str:
    if spot.target is None:
        return ""
    place = _place(spot.cycle)
    return f"M{frame.x(place - 1)} {frame.y(spot.target)}H{min(frame.x(place + 1), RIGHT)}"


def _across(frame: Frame, spots: Sequence[Spot]) -> tuple[Label, ...]:
    """Return the names of at most LABELS_ACROSS quarters, the newest among them."""
    step = math.ceil(len(spots) / LABELS_ACROSS)
    return tuple(Label(frame.x(_place(spot.cycle)), spot.cycle) for spot in reversed(spots[::-1][::step]))


def _round_values(lowest: float, highest: float) -> list[float]:
    """Return about four round values between two others: multiples of 1, 2 or 5 times a power of ten."""
    rough = (highest - lowest) / _LABELS_UP
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999)
    return [step * i for i in range(math.ceil(lowest / step - 1e-9), math.floor(highest / step + 1e-9) + 1)]


def _said(spot: Spot, unit: str) -> str:
    ends = formats.amount_range(spot.low, spot.high, unit)
    parts = [f"{spot.cycle}: {'no figure' if spot.value is None else formats.amount(spot.value, unit)}" + (f" ({ends})" if ends else "")]
    parts += [f"target {formats.amount(spot.target, unit)}"] if spot.target is not None else []
    parts += [f"counted again later {formats.amount(spot.later, unit)}"] if spot.later is not None else []
    return ", ".join(parts)
