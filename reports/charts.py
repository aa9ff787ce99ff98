"""Control charts in words, the box they are drawn in, and lines of the size of a word; chart_spec.py says what is drawn in the box."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from reports import formats
from reports.words import CHART_KINDS, SIGNALS, assurance_sign, variation_sign
from tasks.results import Chart, ChartPoint

WIDTH, HEIGHT = 480, 200
LEFT, RIGHT, TOP, BOTTOM = 54, 470, 8, 176
LINE_WIDTH, LINE_HEIGHT = 160, 24
_LABELS_UP = 5
_VOLUME = "volume:"

# Each mark is drawn from its middle; its shape says what it is, whatever its colour.
SHAPES: Mapping[str, str] = {
    "provisional": "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
    "outside_limits": "m-5 0l5-5 5 5-5 5z",
    "shift": "m-3.5-3.5h7v7h-7z",
    "trend": "m0-4.5l4.5 7.5h-9z",
    "two_of_three": "m-3.5-3.5l7 7m0-7l-7 7",
}


@dataclass(frozen=True)
class Label:
    """A number or month on an axis, and where it stands."""

    at: int
    words: str


@dataclass(frozen=True)
class Frame:
    """How values and days become places in the box."""

    first_day: int
    last_day: int
    lowest: float
    highest: float

    def x(self, day: float) -> int:
        """Return the place of a day, counted as date.toordinal does."""
        return LEFT + round((RIGHT - LEFT) * (day - self.first_day) / max(self.last_day - self.first_day, 1))

    def y(self, value: float) -> int:
        """Return the height of a value; larger values stand higher."""
        return BOTTOM - round((BOTTOM - TOP) * (value - self.lowest) / (self.highest - self.lowest))


def is_volume(chart: Chart) -> bool:
    """Return whether the chart counts records, and is about no standard."""
    return chart.subject.startswith(_VOLUME)


def spark(chart: Chart) -> str:
    """Return a chart's values as one small line in a box of LINE_WIDTH by LINE_HEIGHT; a single point is a dot."""
    values = [point.value for point in chart.points]
    return spark_through(values, min(values))


def spark_through(values: Sequence[float], lowest: float) -> str:
    """Return values as such a line, the bottom of the box at `lowest`."""
    span = max(values) - lowest or 1.0
    across = (LINE_WIDTH - 8) / max(len(values) - 1, 1)
    places = [(4 + round(across * i), LINE_HEIGHT - 4 - round((LINE_HEIGHT - 8) * (v - lowest) / span)) for i, v in enumerate(values)]
    return _through(places)


def marks_among(charts: Iterable[Chart]) -> dict[str, tuple[str, str]]:
    """Return the shapes that these charts draw beside plain dots, each with its path and what it means."""
    seen = {shape_of(point) for chart in charts for point in chart.points}
    words: Mapping[str, str] = {"provisional": "not all known yet, not judged"} | {str(signal): text for signal, text in SIGNALS.items()}
    return {shape: (SHAPES[shape], words[shape]) for shape in SHAPES if shape in seen}


def summary_of(chart: Chart) -> str:
    """Return what the chart shows in words: last judged value, centre, limits, target, signals, and what is provisional."""
    parts = [_last_value(chart), _limits_in_words(chart)]
    if chart.target is not None:
        parts.append(f"target {formats.amount(chart.target, chart.unit)}")
    parts.append(signals_in_words(chart))
    waiting = sum(point.is_provisional for point in chart.points)
    if waiting:
        parts.append(f"{formats.counted(waiting, 'provisional point')}, not judged")
    return "; ".join(parts)


def described(chart: Chart) -> str:
    """Return the text alternative of a chart's drawing: what it is, what it shows, and both icons in words."""
    first, last = (formats.day(point.starts) for point in (chart.points[0], chart.points[-1]))
    icons = f"Variation: {variation_sign(chart).word}. Assurance: {assurance_sign(chart).word}."
    return f"{formats.counted(len(chart.points), period_of(chart))} from {first} to {last}. {summary_of(chart)}. {icons}"


def kind_of(chart: Chart) -> str:
    """Return the chart's kind in words: p-chart by week."""
    return f"{CHART_KINDS[chart.baseline.kind] if chart.baseline else 'run chart'} by {period_of(chart)}"


def period_of(chart: Chart) -> str:
    """Return week or month, by the baseline, or by how far its points lie apart where it has none."""
    if chart.baseline:
        return chart.baseline.period
    days = [(later.starts - one.starts).days for one, later in pairwise(chart.points)]
    return "month" if days and min(days) >= 28 else "week"


def signals_in_words(chart: Chart) -> str:
    """Return how many points bear which signal, or that none does."""
    counts = Counter(signal for point in chart.points for signal in point.signals)
    found = [f"{formats.counted(counts[signal], 'point')} {words}" for signal, words in SIGNALS.items() if counts[signal]]
    return formats.listed(found) if found else "no signal"


def _last_judged(chart: Chart) -> ChartPoint:
    return next((point for point in reversed(chart.points) if not point.is_provisional), chart.points[-1])


def _last_value(chart: Chart) -> str:
    point = _last_judged(chart)
    cases = "" if chart.unit == "records" else f" of {formats.counted(point.n, 'case')}"
    return f"Last value {formats.amount(point.value, chart.unit)}{cases}, {period_of(chart)} of {formats.day(point.starts)}"


def _limits_in_words(chart: Chart) -> str:
    point = _last_judged(chart)
    if point.centre is None:
        return "no limits yet"
    return f"centre {formats.amount(point.centre, chart.unit)}, limits {formats.amount_range(point.low, point.high, chart.unit)}"


def frame_of(chart: Chart) -> Frame:
    """Return the days and values that a chart with at least one point spans; of what cannot be negative or above 100 % nothing beyond."""
    limits = [end for point in chart.points for end in (point.low, point.high)]
    drawn = [value for value in (*(point.value for point in chart.points), *limits, chart.target) if value is not None]
    room = 0.05 * (max(drawn) - min(drawn)) or 0.05 * abs(drawn[0]) or 1.0
    lowest, highest = min(drawn) - room, max(drawn) + room
    if min(drawn) >= 0:
        lowest = max(lowest, 0.0)
    if chart.unit == "share":
        highest = min(highest, 1.0)
    return Frame(chart.points[0].starts.toordinal(), chart.points[-1].starts.toordinal(), lowest, highest)


def shape_of(point: ChartPoint) -> str:
    """Return the shape of a point that is more than a dot, otherwise nothing."""
    return "provisional" if point.is_provisional else next((signal for signal in SIGNALS if signal in point.signals), "")


def _through(places: Iterable[tuple[int, int]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in places)


def round_values(lowest: float, highest: float) -> list[float]:
    """Return about four round values between two others: multiples of 1, 2 or 5 times a power of ten."""
    rough = (highest - lowest) / _LABELS_UP
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999)
    return [step * i for i in range(math.ceil(lowest / step - 1e-9), math.floor(highest / step + 1e-9) + 1)]
