"""The workbook, read back by another library: the figures of the CSV files, real dates, and no word that runs."""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from reports import tables
from reports.columns import Column
from reports.workbook import workbook_xlsx
from reports.workbook_cells import TEXT_AT_MOST, legible
from reports.workbook_charts import unmet
from reports.workbook_sheets import SHEETS, Sheet
from tasks.results import CycleSummary, Priority
from tests.reports import sample_loop, samples

WRITERS: dict[str, Callable[[CycleSummary], bytes]] = {
    "compliance.csv": tables.compliance_csv,
    "charts.csv": tables.charts_csv,
    "slices.csv": tables.slices_csv,
    "times.csv": tables.times_csv,
    "drivers.csv": tables.drivers_csv,
    "causes.csv": tables.causes_csv,
    "follow_ups.csv": tables.follow_ups_csv,
    "effects.csv": tables.effects_csv,
    "promises.csv": tables.promises_csv,
    "decisions.csv": tables.decisions_csv,
}
OF_A_CSV = [sheet for sheet in SHEETS if sheet.csv]
WHOLE = sample_loop.SUMMARY.model_copy(update={"praise": samples.CAUSES[:2]})
LONDON = ZoneInfo("Europe/London")
ATTACKS = (
    '=HYPERLINK("http://evil.example","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "=cmd|' /C calc'!A0",
    "<script>{{ 7*7 }}</script>\x00\u202e\ufffe",
)
LIBRE_OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


def read_back(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def records_of(page: Worksheet) -> list[dict[str, Cell]]:
    head, *rows = page.iter_rows()
    return [dict(zip([str(cell.value) for cell in head], row, strict=True)) for row in rows]


def cells_of(book: openpyxl.Workbook) -> Iterator[Cell]:
    return (cell for page in book for row in page.iter_rows() for cell in row)


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    return read_back(workbook_xlsx(WHOLE))


def told(cell: Cell, column: Column[Any]) -> object:
    """Return a cell's value as the CSV file writes it, texts as they are."""
    value = cell.value
    if value is None:
        return ""
    if column.type == "boolean":
        return str(value).lower() if isinstance(value, bool) else f"no boolean: {value!r}"
    if column.type == "datetime" and isinstance(value, datetime):
        return value.replace(tzinfo=LONDON).astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    if column.type == "date" and isinstance(value, datetime):
        return value.date().isoformat()
    return value


def is_same(cell: Cell, written: str, column: Column[Any]) -> bool:
    if column.type in ("integer", "number") and written:
        return isinstance(cell.value, int | float) and cell.data_type == "n" and cell.value == float(written)
    return told(cell, column) == written


@pytest.mark.parametrize("sheet", OF_A_CSV, ids=lambda sheet: sheet.name)
def test_every_cell_of_a_sheet_is_what_its_csv_file_says(book: openpyxl.Workbook, sheet: Sheet) -> None:
    rows, records = rows_of(WRITERS[sheet.csv](WHOLE)), records_of(book[sheet.name])
    assert len(rows) == len(records) > 0
    assert list(records[0]) == list(rows[0]) == [column.name for column in sheet.columns]
    wrong = [
        (number, column.name, record[column.name].value, row[column.name])
        for number, (record, row) in enumerate(zip(records, rows, strict=True))
        for column in sheet.columns
        if not is_same(record[column.name], row[column.name], column)
    ]
    assert wrong == []


def test_days_and_instants_are_dates_on_the_clock_of_the_programme(book: openpyxl.Workbook) -> None:
    follow_up = next(row for row in records_of(book["Follow-ups"]) if row["id"].value == sample_loop.BILLS)
    assert (follow_up["done_at"].value, follow_up["done_at"].is_date) == (datetime(2025, 6, 30, 11, 0), True)  # 10:00 UTC in summer
    assert (follow_up["done_at"].number_format, follow_up["due"].number_format) == ("yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd")
    assert follow_up["due"].value.date() == date(2025, 8, 1)


def test_shares_are_shown_as_percent_and_other_numbers_are_not(book: openpyxl.Workbook) -> None:
    standard = next(row for row in records_of(book["Standards"]) if row["standard"].value == "leaks")
    formats = {name: standard[name].number_format for name in ("share", "change", "p", "n", "previous_share", "change_p")}
    assert formats == {"share": "0.0%", "change": "0.0%", "p": "0.0000", "n": "#,##0", "previous_share": "0.0%", "change_p": "0.0000"}
    points = {row["subject"].value: row for row in records_of(book["Charts"])}
    assert points["standard:leaks:leak-repair"]["value"].number_format == "0.0%"
    assert points["standard:leak-time:leak-repair"]["value"].number_format == "#,##0.00##"


def test_the_header_stays_in_sight_and_every_column_can_be_filtered(book: openpyxl.Workbook) -> None:
    for sheet in SHEETS:
        page = book[sheet.name]
        assert page.freeze_panes == "B2"
        assert page.auto_filter.ref == f"A1:{page.cell(page.max_row, len(sheet.columns)).coordinate}"
        widths = [one.width for one in page.column_dimensions.values()]
        assert min(widths) >= 9
        assert max(widths) < 57


def test_a_verdict_is_coloured_and_stays_a_word(book: openpyxl.Workbook) -> None:
    rules = {rule.formula[0]: rule.dxf.fill.bgColor.rgb for one in book["Standards"].conditional_formatting for rule in one.rules}
    assert rules.keys() == {'"met"', '"not_met"', '"improved"', '"worsened"'}
    assert rules['"met"'] == rules['"improved"'] != rules['"not_met"'] == rules['"worsened"']
    assert {row["verdict"].value for row in records_of(book["Standards"])} == {"met", "not_met", "uncertain", "too_few"}
    assert not book["Praise"].conditional_formatting  # that praise is new or grows is nothing bad


def test_the_first_sheet_says_what_each_sheet_and_column_holds(book: openpyxl.Workbook) -> None:
    lines = ["|".join(str(cell.value) for cell in row if cell.value is not None) for row in book["Read me"].iter_rows()]
    assert book.sheetnames == ["Read me", *(sheet.name for sheet in SHEETS)]
    assert lines[0] == "Aldermere Water 2025Q4"
    assert "As of|12 January 2026, 09:00 (Europe/London)" in lines
    assert f"Standards|as compliance.csv|{len(WHOLE.standards)}|How well each standard was kept." in lines
    assert "Standards|share|share|met / n, 0 to 1; weighted where the survey is." in lines
    assert any(line.startswith("not_met|") for line in lines)
    assert any(WHOLE.trace.programme_sha256 in line for line in lines)
    links = [cell.hyperlink.location for row in book["Read me"].iter_rows() for cell in row if cell.hyperlink]
    assert links == [f"'{sheet.name}'!A1" for sheet in SHEETS]


def test_a_sheet_without_a_row_is_left_out_and_the_first_sheet_says_so() -> None:
    book = read_back(workbook_xlsx(samples.with_nothing()))
    lines = ["|".join(str(cell.value) for cell in row if cell.value is not None) for row in book["Read me"].iter_rows()]
    assert book.sheetnames == ["Read me"]
    assert sum("left out: no row in this cycle" in line for line in lines) == len(SHEETS)


def test_standards_that_are_not_met_are_drawn_beside_their_points(book: openpyxl.Workbook) -> None:
    drawn = book["Charts"]._charts
    found = list(unmet(WHOLE))
    assert {chart.subject for chart, _ in found} == {"standard:on-time:all", "standard:leaks:leak-repair", "standard:leak-time:leak-repair"}
    assert len(drawn) == len(found)
    for (chart, first), native in zip(found, drawn, strict=True):
        last = first + len(chart.points)  # rows count from 1, and `first` from 0
        assert [one.val.numRef.f for one in native.series] == [f"Charts!${name}${first + 1}:${name}${last}" for name in "EHFG"]
        assert {one.cat.numRef.f for one in native.series} == {f"Charts!$C${first + 1}:$C${last}"}
        assert book["Charts"].cell(first + 1, 1).value == book["Charts"].cell(last, 1).value == chart.subject


def test_no_more_than_six_standards_are_drawn() -> None:
    base = next(row for row in samples.STANDARDS if row.standard == "leaks")
    chart = next(one for one in samples.CHARTS if one.subject == "standard:leaks:leak-repair")
    rows = tuple(base.model_copy(update={"standard": f"s{i}", "p": 0.1 / (i + 1)}) for i in range(9))
    charts = tuple(chart.model_copy(update={"subject": f"standard:s{i}:leak-repair"}) for i in range(9))
    found = [one.subject for one, _ in unmet(samples.SUMMARY.model_copy(update={"standards": rows, "charts": charts}))]
    assert found == [f"standard:s{i}:leak-repair" for i in (8, 7, 6, 5, 4, 3)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_of_anybody_becomes_a_formula_or_a_link(attack: str) -> None:
    content = workbook_xlsx(sample_loop.with_hostile_loop(attack).model_copy(update={"programme": attack, "praise": samples.CAUSES[:1]}))
    book = read_back(content)
    assert {cell.data_type for cell in cells_of(book)} <= {"s", "n", "d", "b"}
    assert {cell.hyperlink.location.partition("!")[2] for cell in cells_of(book) if cell.hyperlink} == {"A1"}
    assert not book.defined_names.keys() - {"_xlnm._FilterDatabase"}
    parts = zipfile.ZipFile(io.BytesIO(content))
    names = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
    assert not [name for name in names if re.search(b"<f[ >]", parts.read(name))]
    assert not [name for name in parts.namelist() if b'TargetMode="External"' in parts.read(name)]


def test_a_text_that_begins_like_a_formula_stays_one_when_its_cell_is_edited() -> None:
    book = read_back(workbook_xlsx(sample_loop.with_hostile_loop("=1+1")))
    cell = records_of(book["Follow-ups"])[0]["title"]
    assert (cell.value, cell.data_type, cell.quotePrefix, cell.number_format) == ("=1+1", "s", True, "@")


def test_a_title_of_a_chart_never_refers_to_a_cell() -> None:
    parts = zipfile.ZipFile(io.BytesIO(workbook_xlsx(sample_loop.with_hostile_loop("=Standards!$A$1"))))
    drawn = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/")]
    assert len(drawn) == 3
    assert all("Not met: =Standards! $A$1" in one and "<c:f>Standards" not in one for one in drawn)


def test_what_is_too_long_for_a_cell_ends_in_an_ellipsis() -> None:
    book = read_back(workbook_xlsx(sample_loop.with_hostile_loop("long" * 9000)))
    value = records_of(book["Follow-ups"])[0]["evidence"].value
    assert (len(value), value[-1]) == (TEXT_AT_MOST, "\u2026")


@given(st.text(st.characters()))
def test_any_text_becomes_one_that_xml_can_hold(text: str) -> None:
    kept = legible(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]", kept)
    assert kept == legible(kept)


def test_the_same_summary_gives_the_same_bytes_and_nothing_tells_of_clock_or_person() -> None:
    content = workbook_xlsx(WHOLE)
    assert content == workbook_xlsx(WHOLE.model_copy(deep=True))
    parts = zipfile.ZipFile(io.BytesIO(content))
    assert {one.date_time for one in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    core = parts.read("docProps/core.xml").decode()
    assert re.findall(r">([^<]*)</dcterms:", core) == ["2026-01-12T09:00:00Z"] * 2
    assert re.findall(r"<dc:creator>(.*?)</dc:creator>|<cp:lastModifiedBy>(.*?)</cp:lastModifiedBy>", core) == [("", ""), ("", "")]


def test_what_comes_first_names_its_follow_up_and_whether_it_fits_the_plan(book: openpyxl.Workbook) -> None:
    found = [tuple(row[name].value for name in ("rank", "owner", "is_in_plan", "customers")) for row in records_of(book["What first"])]
    assert found == [(1, "networks", True, 318), (2, "networks", False, 561), (3, "digital", True, 1310)]
    assert set(Priority.model_fields) <= records_of(book["What first"])[0].keys()


def test_the_rows_of_every_source_add_up_on_the_sheet_of_data_quality(book: openpyxl.Workbook) -> None:
    rows = [row for row in records_of(book["Data quality"]) if row["part"].value == "rows"]
    for account in (*WHOLE.data.accounts, *WHOLE.data.refreshed):
        own = {
            row["what"].value: row["number"].value
            for row in rows
            if (row["source"].value, row["cycle"].value) == (account.source, account.cycle)
        }
        assert own.pop("read") == account.read == sum(own.values())


def many(standards: int, causes: int) -> CycleSummary:
    """Return a quarter of so many standards, each with a chart of two years of its own, and so many causes with quotes."""
    chance = random.Random(5)
    rows = (samples.STANDARDS[i % len(samples.STANDARDS)].model_copy(update={"standard": f"standard-{i}"}) for i in range(standards))
    chart = next(one for one in samples.CHARTS if one.subject == "standard:leaks:leak-repair")
    charts = []
    for i in range(standards):
        points = (
            point.model_copy(update={"value": chance.random(), "low": chance.random(), "high": chance.random(), "n": chance.randrange(200)})
            for point in chart.points
        )
        charts.append(chart.model_copy(update={"subject": f"standard:standard-{i}:leak-repair", "points": tuple(points)}))
    found = (samples.CAUSES[i % 4].model_copy(update={"id": f"2025Q4-{i:03}"}) for i in range(causes))
    return WHOLE.model_copy(update={"standards": tuple(rows), "charts": tuple(charts), "causes": tuple(found)})


@pytest.mark.bench
def test_a_workbook_of_a_thousand_standards_and_five_hundred_causes_stays_small(capsys: pytest.CaptureFixture[str]) -> None:
    content = workbook_xlsx(many(1000, 500))
    with capsys.disabled():
        print(f"\nworkbook of 1,000 standards and 500 causes: {len(content) / 1e6:.1f} MB")  # noqa: T201
    assert len(content) < 10_000_000


@pytest.mark.skipif(LIBRE_OFFICE is None, reason="neither soffice nor libreoffice is installed")
def test_libre_office_opens_it_and_reads_the_figures(tmp_path: Path) -> None:
    (tmp_path / "workbook.xlsx").write_bytes(workbook_xlsx(WHOLE))
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    home = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        str(LIBRE_OFFICE),
        home,
        "--headless",
        "--convert-to",
        every_sheet,
        "--outdir",
        str(tmp_path),
        str(tmp_path / "workbook.xlsx"),
    ]
    subprocess.run(command, check=True, timeout=180, capture_output=True)
    rows = rows_of((tmp_path / "workbook-Standards.csv").read_bytes())
    leaks = next(row for row in rows if row["standard"] == "leaks")
    assert (leaks["n"], leaks["met"], leaks["verdict"]) == ("600", "308", "not_met")
