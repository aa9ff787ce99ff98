"""The workbook: every table of a cycle as a sheet with real numbers and dates, which a spreadsheet filters and never runs."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports import formats, words
from reports.columns import Column
from reports.workbook_cells import Style, legible, write_cell
from reports.workbook_charts import draw_unmet
from reports.workbook_readme import write_readme
from reports.workbook_sheets import SHEETS, Sheet
from tasks.results import CycleSummary

WIDTHS = (9, 55)  # characters
README = "Read me"
# constant_memory would write cells in their order alone; in memory the parts of the ZIP are all of 1 January 1980
_OPTIONS: Mapping[str, Any] = {
    "in_memory": True,
    "constant_memory": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": False,
}
# blue and orange stay apart for readers who cannot tell red from green (Okabe and Ito 2008)
_TONES: Mapping[str, Mapping[str, Any]] = {
    "good": {"bg_color": "#D9EAF7", "font_color": "#0B3C5D"},
    "bad": {"bg_color": "#FCE4CF", "font_color": "#7A3300", "bold": True},
}
_SIGNS: Mapping[str, words.Sign] = {
    name: sign
    for signs in (words.VERDICTS, words.CHANGES, words.CAUSE_STATUSES, words.FOLLOW_UP_STATUSES, words.EFFECTS, words.PREDICTIONS)
    for name, sign in signs.items()
}


@formats.in_its_look
def workbook_xlsx(summary: CycleSummary) -> bytes:
    """Return the workbook of a cycle; the same summary gives the same bytes.

    A sheet that belongs to a CSV file has its columns and its numbers. Dates and times are those of the programme's zone, shares are
    0 to 1 and shown as percent. A sheet without a row is left out.
    """
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, dict(_OPTIONS)) as book:
        _describe(book, summary)
        style = Style(ZoneInfo(summary.timezone), _formats(book))
        first = book.add_worksheet(README)
        rows = {sheet.name: list(sheet.rows(summary)) for sheet in SHEETS}
        for sheet in SHEETS:
            if rows[sheet.name]:
                page = book.add_worksheet(sheet.name)
                _fill(page, sheet, rows[sheet.name], style)
                if sheet.name == "Charts":
                    draw_unmet(book, page, summary, len(sheet.columns))
        write_readme(first, summary, {name: len(found) for name, found in rows.items()}, style)
        first.activate()
    return sink.getvalue()


def _describe(book: xlsxwriter.Workbook, summary: CycleSummary) -> None:
    """Say what the file is, as of the as-of and by nobody: no clock and no user's name enters."""
    title = legible(formats.clean(f"{summary.title} {summary.edition}"))
    created = summary.as_of.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.set_properties({"title": title, "subject": "Check report", "author": "", "comments": "", "created": created})


def _formats(book: xlsxwriter.Workbook) -> dict[str, Format]:
    """Return the formats of cells by name."""
    top: dict[str, Any] = {"valign": "top"}
    made: dict[str, Mapping[str, Any]] = {
        "text": top,
        "quoted": {**top, "num_format": "@", "quote_prefix": True},
        "integer": {**top, "num_format": "#,##0"},
        "number": {**top, "num_format": "#,##0.00##"},
        "p": {**top, "num_format": "0.0000"},
        "share": {**top, "num_format": "0.0%"},
        "date": {**top, "num_format": "yyyy-mm-dd"},
        "datetime": {**top, "num_format": "yyyy-mm-dd hh:mm:ss"},
        "head": {"bold": True, "bottom": 1, "bg_color": "#EEF1F4", "valign": "top"},
        "title": {"bold": True, "font_size": 16},
        "section": {"bold": True, "font_size": 12, "top": 1},
        "link": {"font_color": "#17579C", "underline": 1, "valign": "top"},
        **_TONES,
    }
    return {name: book.add_format(dict(properties)) for name, properties in made.items()}


def _fill(page: Worksheet, sheet: Sheet, rows: Sequence[Any], style: Style) -> None:
    """Write the header and the rows of a sheet, with filter, frozen header, widths and colours."""
    for number, column in enumerate(sheet.columns):
        page.write_string(0, number, column.name, style.formats["head"])
        _write_column(page, sheet, number, rows, style)
        if sheet.has_tones:
            _colour(page, column, number, len(rows), style.formats)
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, len(rows), len(sheet.columns) - 1)
    page.set_landscape()
    page.repeat_rows(0)


def _write_column(page: Worksheet, sheet: Sheet, number: int, rows: Sequence[Any], style: Style) -> None:
    column = sheet.columns[number]
    usual = _format_name(sheet, column)
    is_in_unit = sheet.unit_of is not None and column.type == "number"
    widest = len(column.name) + 3  # beside the filter's button
    for line, row in enumerate(rows, start=1):
        name = "share" if is_in_unit and sheet.unit_of is not None and sheet.unit_of(row) == "share" else usual
        widest = max(widest, write_cell(page, (line, number), column.read(row), name, style))
    page.set_column(number, number, min(max(widest, WIDTHS[0]), WIDTHS[1]))


def _format_name(sheet: Sheet, column: Column[Any]) -> str:
    if sheet.is_share(column):
        return "share"
    if column.name == "p" or column.name.endswith("_p"):
        return "p"
    return column.type if column.type in ("integer", "number") else "text"


def _colour(page: Worksheet, column: Column[Any], number: int, rows: int, made: Mapping[str, Format]) -> None:
    """Colour what is good and what is bad in a column of a closed set; the words stay, and bad ones are bold."""
    for value in column.constraints.get("enum", ()):
        tone = _SIGNS[value].tone if value in _SIGNS else "neutral"
        if tone in _TONES:
            page.conditional_format(
                1, number, rows, number, {"type": "cell", "criteria": "==", "value": f'"{value}"', "format": made[tone]}
            )
