"""Logo, numbers and dates as the programme chose them: in page, validation, history, mails and the workbook's first sheet."""

from __future__ import annotations

import base64
import io
import re
from typing import get_args

import openpyxl
import pytest

from config.look import Look, Numbers, logo_of
from config.written import written_as
from reports import tables
from reports.history_pages import history_pages
from reports.history_record import INDEX_PAGE, standard_page
from reports.page import render_report
from reports.validation import render_validation
from reports.workbook import workbook_xlsx
from tasks.results import CycleSummary
from tests.reports import sample_loop
from tests.reports.sample_history import history_from

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1" onload="alert(1)"><script>alert(2)</script></svg>'
FOREIGN = Look(numbers="1.234,5", dates="05.03.2026", logo=logo_of(SVG))
SUMMARY = sample_loop.SUMMARY
WITH_POINT = re.compile(r"\d[\d,]*\.\d+\u00a0%")
STORED = tables.summary_json(SUMMARY).decode()  # sentences that were composed when the cycle was checked stay as they were
WITH_COMMA = re.compile(r"\d,\d+\u00a0%")
IN_WORDS = re.compile(r"\d (?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4}")


def looking(look: Look) -> CycleSummary:
    return SUMMARY.model_copy(update={"look": look})


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Every kind of page in a look that has nothing in common with the default."""
    summary = looking(FOREIGN)
    with written_as(FOREIGN):
        validation = render_validation(summary.title, summary.cycle, summary.as_of, summary.timezone, summary.data)
    history = history_pages(history_from(summary))
    found = {"report": render_report(summary), "validation": validation, **history}
    return {name: content.decode() for name, content in found.items()}


def test_no_page_has_a_percentage_or_a_day_in_the_default_way_when_another_was_chosen(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        said = WITH_POINT.findall(page) + IN_WORDS.findall(page)
        assert [words for words in said if words.replace("\u00a0", " ") not in STORED] == [], name
    assert WITH_COMMA.search(pages["report"])
    assert "12.01.2026" in pages["report"]


def test_a_look_lasts_for_its_own_rendering_alone(pages: dict[str, str]) -> None:
    assert pages
    page = render_validation(SUMMARY.title, SUMMARY.cycle, SUMMARY.as_of, SUMMARY.timezone, SUMMARY.data).decode()
    assert WITH_POINT.search(page)
    assert not WITH_COMMA.search(page)
    assert "12 January 2026" in page


def test_the_logo_stands_once_in_the_head_of_a_page_as_a_picture_in_which_nothing_can_run(pages: dict[str, str]) -> None:
    for name in ("report", "validation", INDEX_PAGE):
        assert pages[name].count(f'<img class="logo" src="{FOREIGN.logo}" alt="">') == 1, name
        assert "alert(" not in pages[name], name
    assert b"<img" not in history_pages(history_from(SUMMARY))[INDEX_PAGE]


def test_pages_of_which_there_are_thousands_go_without_the_logo(pages: dict[str, str]) -> None:
    assert FOREIGN.logo not in pages[standard_page("leaks", "leak-repair")]


def test_tables_and_cells_stay_numbers_for_machines() -> None:
    foreign = looking(FOREIGN)
    for write in (tables.compliance_csv, tables.causes_csv, tables.follow_ups_csv, tables.slices_csv, tables.promises_csv):
        assert write(foreign) == write(SUMMARY)
    one, other = (openpyxl.load_workbook(io.BytesIO(workbook_xlsx(summary))) for summary in (foreign, SUMMARY))
    for sheet in one.sheetnames[1:]:
        assert list(one[sheet].values) == list(other[sheet].values), sheet


def test_the_first_sheet_of_the_workbook_writes_days_as_the_programme_does() -> None:
    cells = openpyxl.load_workbook(io.BytesIO(workbook_xlsx(looking(FOREIGN)))).worksheets[0].values
    words = " ".join(str(cell) for row in cells for cell in row if cell)
    assert "01.10.2025 to 31.12.2025" in words
    assert not IN_WORDS.search(words)


def test_the_summary_says_how_it_is_written_and_holds_the_logo() -> None:
    read = CycleSummary.model_validate_json(tables.summary_json(looking(FOREIGN)))
    assert read.look == FOREIGN
    assert base64.b64decode(read.look.logo.partition(",")[2]) == SVG


@pytest.mark.parametrize("numbers", get_args(Numbers))
def test_a_page_has_the_same_digits_in_every_way_to_write_numbers(numbers: Numbers) -> None:
    told = []
    for look in (Look(), Look(numbers=numbers)):
        with written_as(look):
            page = render_validation(SUMMARY.title, SUMMARY.cycle, SUMMARY.as_of, SUMMARY.timezone, SUMMARY.data).decode()
        told.append([character for character in page.partition("</style>")[2] if character.isdigit()])
    assert told[0] == told[1]
