"""The first sheet of the workbook: what it holds, how to read it, and where its proof is."""

from __future__ import annotations

from collections.abc import Mapping

from xlsxwriter.worksheet import Worksheet

from reports import formats
from reports.workbook_cells import Style, write_text
from reports.workbook_sheets import SHEETS
from tasks.results import CycleSummary, Verdict

VERDICT_MEANINGS: Mapping[Verdict, str] = {
    "met": "The figure is better than its target, and not by chance alone.",
    "not_met": "The figure is worse than its target, and not by chance alone.",
    "uncertain": "It may lie on either side of its target: the data do not tell.",
    "too_few": "Fewer cases than the programme asks for before anything is said.",
}
_READING: tuple[tuple[str, str], ...] = (
    ("Colours", "Blue is good and orange is bad; the word in the cell says the same."),
    ("Shares", "Numbers from 0 to 1, shown as percent; intervals are those of 95 %."),
    ("Empty cells", "There is nothing to tell, or too few customers stand behind it to be told."),
    ("Lists", "Several values in one cell are parted by semicolons."),
    ("Cause", "What customers describe together is an association, not a proof of cause."),
)
_PROOF: tuple[tuple[str, str], ...] = (
    ("The same tables", "The CSV files beside this workbook; datapackage.json describes them, summary.json holds everything."),
    ("Every input and output", "manifest.json, each with its sha256; seal.json holds the ledger\u2019s head of that day."),
    ("To prove it", "touchstone audit verify reads the ledger and everything that was published again."),
)


def write_readme(page: Worksheet, summary: CycleSummary, rows: Mapping[str, int], style: Style) -> None:
    """Write the first sheet; `rows` are those of each sheet by name, 0 where it is left out."""
    page.set_column(0, 0, 22)
    page.set_column(1, 1, 30)
    page.set_column(2, 2, 11)
    page.set_column(3, 3, 90)
    page.hide_gridlines(2)
    write_text(page, (0, 0), formats.clean(f"{summary.title} {summary.edition}"), style, "title")
    line = _write_pairs(page, 1, _about(summary), style)
    line = _write_section(page, line, "Sheets", style)
    line = _write_sheets(page, line, rows, style)
    line = _write_section(page, line, "How to read a verdict", style)
    line = _write_pairs(page, line, tuple(VERDICT_MEANINGS.items()) + _READING, style)
    line = _write_section(page, line, "Where the rules and the proof are", style)
    line = _write_pairs(page, line, (*_rules(summary), *_PROOF), style)
    line = _write_section(page, line, "Columns", style)
    _write_columns(page, line, rows, style)


def _about(summary: CycleSummary) -> tuple[tuple[str, str], ...]:
    about = [
        ("Programme", summary.programme),
        ("Cycle", f"{summary.cycle}, {formats.period(summary.starts, summary.ends, summary.timezone)}"),
        ("As of", formats.instant(summary.as_of, summary.timezone)),
        ("Times", f"On the clock of {summary.timezone}; those of the CSV files are in UTC."),
        ("In one sentence", summary.headline),
    ]
    if summary.is_draft:
        about.insert(2, ("Draft", "Not published, and nobody was asked anything."))
    if summary.revision_reason:
        about.insert(2, ("Revised because", summary.revision_reason))
    return tuple(about)


def _rules(summary: CycleSummary) -> tuple[tuple[str, str], ...]:
    return (("The programme\u2019s rules", f"Frozen with sha256 {summary.trace.programme_sha256}; the ledger keeps them."),)


def _write_section(page: Worksheet, line: int, title: str, style: Style) -> int:
    write_text(page, (line + 1, 0), title, style, "section")
    return line + 2


def _write_pairs(page: Worksheet, line: int, pairs: tuple[tuple[str, str], ...], style: Style) -> int:
    for name, said in pairs:
        write_text(page, (line, 0), name, style)
        write_text(page, (line, 1), formats.clean(said), style)
        line += 1
    return line


def _write_sheets(page: Worksheet, line: int, rows: Mapping[str, int], style: Style) -> int:
    """Write which sheets there are, each a link, and which were left out."""
    for sheet in SHEETS:
        if not rows[sheet.name]:
            write_text(page, (line, 0), sheet.name, style)
            write_text(page, (line, 1), "left out: no row in this cycle", style)
        else:
            page.write_url(line, 0, f"internal:'{sheet.name}'!A1", style.formats["link"], sheet.name)
            write_text(page, (line, 1), f"as {sheet.csv}" if sheet.csv else "", style)
            page.write_number(line, 2, rows[sheet.name], style.formats["integer"])
        write_text(page, (line, 3), sheet.holds, style)
        line += 1
    return line


def _write_columns(page: Worksheet, line: int, rows: Mapping[str, int], style: Style) -> None:
    """Write what each column of each sheet means."""
    for number, head in enumerate(("Sheet", "Column", "Type", "Meaning")):
        write_text(page, (line, number), head, style, "head")
    for sheet in (one for one in SHEETS if rows[one.name]):
        for column in sheet.columns:
            line += 1
            kind = "share" if sheet.is_share(column) else column.type
            for number, words in enumerate((sheet.name, column.name, kind, column.description)):
                write_text(page, (line, number), words, style)
