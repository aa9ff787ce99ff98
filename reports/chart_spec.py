"""A control chart as a Vega-Lite specification: which marks, at which values, in which colours. It draws nothing itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby, pairwise
from typing import Any

from reports import formats
from reports.charts import BOTTOM, HEIGHT, LEFT, RIGHT, SHAPES, TOP, WIDTH, Frame, frame_of, round_values, shape_of
from tasks.results import Chart, ChartPoint

Spec = dict[str, Any]
_LABELS_ACROSS = 4
_TEXT_PIXELS = 12
_DAY, _VALUE = "day", "value"

# The colours are those of the page, by name: whoever draws decides whether that is light, dark or paper.
_INK, _MUTED, _LINE, _TRACK, _PAPER = (f"var(--{name})" for name in ("ink", "muted", "line", "track", "paper"))
_TONES: Mapping[str, str] = {"good": "var(--good)", "bad": "var(--bad)", "neutral": _INK}
_DASHES: Mapping[str, Sequence[int]] = {"centre": (8, 3), "target": (1, 3), "break": (9, 4, 2, 4)}
_DOT = "m0 0h0"
_CAP = "m0 0l8-4v8z"


def chart_spec(chart: Chart) -> Spec:
    """Return the Vega-Lite specification of a chart with at least one point, WIDTH by HEIGHT; where points have no limits none are drawn.

    Every place is told, none is measured from text, so that it looks the same whatever fonts a machine has. Colours are `var(--ink)`
    and the like. Later layers lie upon earlier ones.
    """
    frame = frame_of(chart)
    return {
        "width": RIGHT - LEFT,
        "height": BOTTOM - TOP,
        "padding": {"left": LEFT, "right": WIDTH - RIGHT, "top": TOP, "bottom": HEIGHT - BOTTOM},
        "autosize": "none",
        "background": None,
        "config": {"aria": False, "view": {"stroke": None}, "axis": _axis_look()},
        "encoding": {"x": _along(chart, frame), "y": _up(chart, frame)},
        "layer": [*_target(chart), *_breaks(chart), *_limits(chart), _values(chart), *_marks(chart)],
    }


def _axis_look() -> Spec:
    bare = dict.fromkeys(("domain", "ticks", "labelBound", "labelOverlap"), False)
    return bare | {"title": None, "translate": 0, "labelColor": _MUTED, "labelFontSize": _TEXT_PIXELS, "labelLimit": 0}


def _along(chart: Chart, frame: Frame) -> Spec:
    labels = _months(chart.points)
    axis = {"grid": False, "values": list(labels), "labelExpr": f"{json.dumps(labels)}[datum.value]", "labelFlush": 1, "labelPadding": 9}
    last = max(frame.last_day, frame.first_day + 1)
    return {"field": _DAY, "type": "quantitative", "scale": _scale(frame.first_day, last), "axis": axis}


def _up(chart: Chart, frame: Frame) -> Spec:
    values = round_values(frame.lowest, frame.highest)
    words = json.dumps([formats.rounded(value, chart.unit) for value in values])
    label = f"{words}[indexof({json.dumps(values)}, datum.value)]"
    axis = {"grid": True, "gridColor": _LINE, "values": values, "labelExpr": label, "labelPadding": 6}
    return {"field": _VALUE, "type": "quantitative", "scale": _scale(frame.lowest, frame.highest), "axis": axis}


def _scale(first: float, last: float) -> Spec:
    return {"domain": [first, last], "nice": False, "zero": False}


def _months(points: Sequence[ChartPoint]) -> dict[int, str]:
    """Return the days that bear a month's name below them, each month once, at its earliest."""
    last = len(points) - 1
    chosen = sorted({round(last * i / (_LABELS_ACROSS - 1)) for i in range(_LABELS_ACROSS)})
    first_days = {formats.month(points[i].starts): points[i].starts.toordinal() for i in reversed(chosen)}
    return {day: words for words, day in reversed(first_days.items())}


def _layer(mark: Mapping[str, object], rows: Iterable[tuple[float, float | None]], encoding: Mapping[str, object] | None = None) -> Spec:
    values = [{_DAY: day, _VALUE: value} for day, value in rows]
    return {"data": {"values": values}, "mark": dict(mark)} | ({"encoding": dict(encoding)} if encoding else {})


def _line(stroke: str, width: float, rows: Iterable[tuple[float, float | None]], dash: str = "") -> Spec:
    dashed = {"strokeDash": list(_DASHES[dash])} if dash else {}
    return _layer({"type": "line", "stroke": stroke, "strokeWidth": width, "interpolate": "linear"} | dashed, rows)


def _target(chart: Chart) -> list[Spec]:
    """Return the target as a dotted line with a wedge at its right end."""
    if chart.target is None:
        return []
    first, last = chart.points[0].starts.toordinal(), chart.points[-1].starts.toordinal()
    ends = (first, max(last, first + 1))
    wedge = _symbol(_CAP, [(ends[1], chart.target)], fill=_INK)
    return [_line(_INK, 1.5, [(day, chart.target) for day in ends], "target"), wedge]


def _breaks(chart: Chart) -> list[Spec]:
    """Return an upright line half-way between the last point before limits start anew and the first one after."""
    days = [(one[-1].starts.toordinal() + other[0].starts.toordinal()) / 2 for one, other in pairwise(eras(chart))]
    mark = {"type": "rule", "stroke": _MUTED, "strokeWidth": 1, "strokeDash": list(_DASHES["break"])}
    upright = {"y": {"value": -4}, "y2": {"value": BOTTOM - TOP + 4}}
    return [_layer(mark, [(day, None)], upright) for day in days]


def eras(chart: Chart) -> list[list[ChartPoint]]:
    """Return the points in stretches of one centre line; two stretches meet where the limits started anew."""
    return [list(run) for _, run in groupby(chart.points, lambda point: point.centre)]


def _limits(chart: Chart) -> list[Spec]:
    """Return both limits, then the centre, era by era."""
    looks = (("low", ""), ("high", ""), ("centre", "centre"))
    return [
        _line(_MUTED, 1, steps([point.starts for point in era], [getattr(point, name) for point in era]), dash)
        for name, dash in looks
        for era in eras(chart)
        if era[0].centre is not None
    ]


def steps(days: Sequence[date], values: Sequence[float]) -> list[tuple[float, float]]:
    """Return the corners of a line of steps, each half-way to the points beside it, since a limit belongs to its point alone."""
    corners: list[tuple[float, float]] = [(days[0].toordinal(), values[0])]
    for (day, following), (value, after) in zip(pairwise(days), pairwise(values), strict=True):
        if value != after:
            middle = (day.toordinal() + following.toordinal()) / 2
            corners += [(middle, value), (middle, after)]
    return [*corners, (days[-1].toordinal(), values[-1])]


def _values(chart: Chart) -> Spec:
    return _line(_TRACK, 1.5, _places(chart.points))


def _places(points: Iterable[ChartPoint]) -> list[tuple[float, float | None]]:
    return [(point.starts.toordinal(), point.value) for point in points]


def _marks(chart: Chart) -> list[Spec]:
    """Return plain points as dots, then what is more than a dot by its shape, so that it can be told without its colour."""
    plain = [point for point in chart.points if not shape_of(point)]
    found: dict[tuple[str, str], list[ChartPoint]] = {}
    for i, point in enumerate(chart.points):
        if shape := shape_of(point):
            found.setdefault((shape, tone_of(chart, i, shape)), []).append(point)
    dots = [_symbol(_DOT, _places(plain), stroke=_INK, strokeWidth=4, strokeCap="round")] if plain else []
    return dots + [_symbol(SHAPES[shape], _places(points), **_look(shape, tone)) for (shape, tone), points in found.items()]


def _symbol(path: str, rows: Iterable[tuple[float, float | None]], **look: object) -> Spec:
    """Return marks of one path, in pixels: at a size of four square pixels Vega draws a path as large as it is written."""
    return _layer({"type": "point", "shape": path, "size": 4, "opacity": 1, "fill": None, "stroke": None} | look, rows)


def _look(shape: str, tone: str) -> dict[str, object]:
    if shape == "provisional":
        return {"fill": _PAPER, "stroke": _INK, "strokeWidth": 1.25}
    if shape == "two_of_three":
        return {"stroke": _TONES[tone], "strokeWidth": 2}
    return {"fill": _TONES[tone], "stroke": _PAPER, "strokeWidth": 1}


def tone_of(chart: Chart, i: int, shape: str) -> str:
    """Return good or bad by where a signal points: of a trend its direction, of all others the side of the centre."""
    point = chart.points[i]
    if point.is_provisional or chart.is_higher_better is None or point.centre is None:
        return "neutral"
    is_up = point.value > point.centre
    if shape == "trend":
        later = max(i, 1) if i and "trend" in chart.points[i - 1].signals else min(i + 1, len(chart.points) - 1)
        is_up = chart.points[later].value > chart.points[later - 1].value
    return "good" if is_up == chart.is_higher_better else "bad"
