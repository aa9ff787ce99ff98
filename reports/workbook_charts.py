"""The charts of the workbook: native line charts of the standards that are not met, beside their points."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from reports import formats
from reports.finding_columns import CHARTS
from reports.workbook_cells import legible
from tasks.results import Chart, CycleSummary

DRAWN_AT_MOST = 6
_ROWS_EACH = 19
_TITLE_AT_MOST = 200  # characters; a spreadsheet refuses more than 255
_CELL = re.compile(r"!(?=\$?[A-Z])")
_COLUMNS: Mapping[str, int] = {column.name: number for number, column in enumerate(CHARTS)}
_LINES: Mapping[str, Mapping[str, Any]] = {
    "value": {"color": "#17579C", "width": 2},
    "centre": {"color": "#555555", "width": 1},
    "low": {"color": "#777777", "width": 1, "dash_type": "dash"},
    "high": {"color": "#777777", "width": 1, "dash_type": "dash"},
}


def draw_unmet(book: xlsxwriter.Workbook, page: Worksheet, summary: CycleSummary, columns: int) -> None:
    """Draw the standards that are not met beside the sheet of points, which is `columns` wide."""
    for place, (chart, first) in enumerate(unmet(summary)):
        line = book.add_chart({"type": "line"})
        rows = (first, first + len(chart.points) - 1)
        names = ("value", "centre", "low", "high") if chart.baseline else ("value",)
        for name in names:
            line.add_series(_series(page.get_name(), name, rows))
        line.set_title({"name": _title(chart), "name_font": {"size": 11}})
        line.set_x_axis({"date_axis": True, "num_format": "mmm yyyy", "num_font": {"size": 8}})
        line.set_y_axis({"num_format": "0%" if chart.unit == "share" else "#,##0.##", "name": chart.unit, "num_font": {"size": 8}})
        line.set_legend({"position": "bottom"})
        line.set_size({"width": 640, "height": 360})
        page.insert_chart(1 + place * _ROWS_EACH, columns + 1, line, {"description": _described(chart)})


def unmet(summary: CycleSummary) -> Iterator[tuple[Chart, int]]:
    """Return the charts of standards that are not met, the surest first, at most six, each with the row of its first point (header: 0)."""
    first_rows: dict[str, tuple[Chart, int]] = {}
    row = 1
    for chart in summary.charts:
        if chart.points:
            first_rows[chart.subject] = (chart, row)
        row += len(chart.points)
    missed = sorted((one for one in summary.standards if one.verdict == "not_met"), key=lambda one: 1.0 if one.p is None else one.p)
    subjects = [f"standard:{one.standard}:{one.touchpoint}" for one in missed]
    yield from [first_rows[subject] for subject in subjects if subject in first_rows][:DRAWN_AT_MOST]


def _series(sheet: str, name: str, rows: tuple[int, int]) -> dict[str, Any]:
    days, column = _COLUMNS["starts"], _COLUMNS[name]
    return {
        "name": [sheet, 0, column],
        "categories": [sheet, rows[0], days, rows[1], days],
        "values": [sheet, rows[0], column, rows[1], column],
        "line": dict(_LINES[name]),
    }


def _title(chart: Chart) -> str:
    """Return what is drawn, in words that XlsxWriter does not take for a reference to cells, as it takes any text with `!A1`."""
    target = "" if chart.target is None else f" (target {formats.amount(chart.target, chart.unit)})"
    return f"Not met: {_CELL.sub('! ', legible(formats.clean(chart.title)))[:_TITLE_AT_MOST]}{target}"


def _described(chart: Chart) -> str:
    """Return the text alternative of a chart."""
    return f"{_title(chart)}: {len(chart.points)} points, the last {formats.amount(chart.points[-1].value, chart.unit)}"
