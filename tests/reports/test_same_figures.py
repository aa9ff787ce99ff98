"""Page, mail, workbook, PDF and CSV say the same numbers: each is read back, and compared with what the CSV file says."""

from __future__ import annotations

import csv
import io
import re
from calendar import month_name
from collections.abc import Iterable, Mapping
from datetime import date
from html import unescape
from typing import Any

import openpyxl
import pypdfium2
import pytest

from reports import tables
from reports.letters import compose
from reports.page import render_report
from reports.pdf import report_pdf
from reports.workbook import workbook_xlsx
from tasks.results import CycleSummary
from tasks.small_cells import without_small_cells
from tests.reports.sample_loop import SUMMARY
from tests.reports.samples import AUDIENCES, LEDGER_HEAD, MAILED_DEPARTMENTS

TOLD: CycleSummary = without_small_cells(SUMMARY, 5)
TITLES = {(row.standard, row.touchpoint): row.title for row in TOLD.standards}
PLACES = {place.id: place.title for place in TOLD.touchpoints} | {"all": "all touchpoints"}
LINK = "https://reports.example/water/2025Q4/index.html"
REACH = 700  # characters of a text in which a row's figures have to stand, behind its title


def csv_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


STANDARDS = csv_rows(tables.compliance_csv(TOLD))
CAUSES = [row for row in csv_rows(tables.causes_csv(TOLD)) if int(row["size"])]
FOLLOW_UPS = [row for row in csv_rows(tables.follow_ups_csv(TOLD)) if row["status"] not in ("verified", "abandoned")]


def plain(text: str) -> str:
    """Text with one space for every gap; pdfium writes U+FFFE where a line ends at a hyphen."""
    return " ".join(text.replace("\ufffe", "-").replace("\u00a0", " ").split())


def percent(share: str) -> str:
    """A share of the CSV file as people read it, written by no code of ours."""
    return f"{100 * float(share):.1f} %"


def of_page(content: bytes) -> str:
    body = re.sub(r"<(style|svg)\b.*?</\1>", " ", content.decode(), flags=re.S)
    return plain(unescape(re.sub(r"<[^>]+>", " ", body)))


def of_pdf(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return plain(" ".join(page.get_textpage().get_text_range() for page in document))
    finally:
        document.close()


def of_mails(audience: str) -> str:
    letters = compose(TOLD, AUDIENCES, MAILED_DEPARTMENTS, LINK, LEDGER_HEAD)
    return plain(" ".join(letter.text for letter in letters if letter.audience == audience))


@pytest.fixture(scope="module")
def texts() -> Mapping[str, str]:
    return {
        "page": of_page(render_report(TOLD)),
        "PDF": of_pdf(report_pdf(TOLD)),
        "mail": of_mails("quality"),
        "owners": of_mails("owners"),
    }


def stand_behind(figures: Iterable[str], title: str, text: str) -> bool:
    """Whether all figures stand behind one of the places where the title stands."""
    after = [text[found.start() : found.start() + REACH] for found in re.finditer(re.escape(plain(title)), text)]
    return any(all(figure in one for figure in figures) for one in after)


def shares_of(row: Mapping[str, str]) -> list[str]:
    """What a reader is to find of a standard that promises a share: figure, interval, target and cases."""
    low, high = (f"{100 * float(row[name]):.1f}" for name in ("low", "high"))
    return [percent(row["share"]), f"{low} to {high} %", percent(row["target"]), f"of {int(row['n']):,}"]


@pytest.mark.parametrize("rendition", ["page", "PDF", "mail"])
def test_every_share_of_the_table_is_read_with_interval_target_and_cases(texts: Mapping[str, str], rendition: str) -> None:
    told = [row for row in STANDARDS if row["share"] and not row["value"]]
    assert len(told) >= 7
    for row in told:
        title = TITLES[row["standard"], row["touchpoint"]]
        place = PLACES[row["touchpoint"]]
        figures = [place, *shares_of(row)]
        assert stand_behind(figures, title, texts[rendition]), (title, figures)


@pytest.mark.parametrize("rendition", ["page", "PDF", "mail"])
def test_every_median_mean_and_net_promoter_score_is_read(texts: Mapping[str, str], rendition: str) -> None:
    told = [row for row in STANDARDS if row["value"]]
    assert len(told) >= 4
    for row in told:
        figure = format(float(row["value"]), {"score": ".2f", "net promoter": "+.1f"}.get(row["unit"], ".1f")).replace("-", "\u2212")
        title = TITLES[row["standard"], row["touchpoint"]]
        assert stand_behind([figure], title, texts[rendition]), (title, figure)


@pytest.mark.parametrize("rendition", ["page", "PDF", "mail"])
def test_every_cause_is_read_with_its_share_and_texts(texts: Mapping[str, str], rendition: str) -> None:
    assert len(CAUSES) >= 4
    for row in CAUSES:
        figures = (percent(row["share"]), f"{int(row['size']):,}")
        assert stand_behind(figures, row["label"], texts[rendition]), (row["label"], figures)


@pytest.mark.parametrize("rendition", ["page", "PDF", "mail", "owners"])
def test_every_open_follow_up_is_read_with_its_due_day(texts: Mapping[str, str], rendition: str) -> None:
    mailed = {department.id for department in MAILED_DEPARTMENTS if department.mail}
    told = [row for row in FOLLOW_UPS if rendition != "owners" or row["owner"] in mailed]
    assert len(told) >= 3
    for row in told:
        day = date.fromisoformat(row["due"][:10])
        due = f"{day.day} {month_name[day.month]} {day.year}"
        assert stand_behind([due], row["title"], texts[rendition]), (row["title"], due)


@pytest.mark.parametrize(("sheet", "rows"), [("Standards", STANDARDS), ("Causes", csv_rows(tables.causes_csv(TOLD)))])
def test_every_number_of_the_table_is_a_number_of_the_same_value_in_the_workbook(sheet: str, rows: list[dict[str, str]]) -> None:
    head, *cells = openpyxl.load_workbook(io.BytesIO(workbook_xlsx(TOLD)))[sheet].iter_rows(values_only=True)
    assert len(cells) == len(rows)
    numbers = 0
    for row, told in zip(rows, cells, strict=True):
        for name, cell in zip(map(str, head), told, strict=True):
            if isinstance(cell, int | float) and not isinstance(cell, bool):
                numbers += 1
                assert float(cell) == pytest.approx(float(row[name]), rel=1e-9, abs=1e-9), (name, row)
    assert numbers > 5 * len(rows)


def test_the_summary_for_programs_says_what_the_table_says() -> None:
    told: list[dict[str, Any]] = [row.model_dump() for row in CycleSummary.model_validate_json(tables.summary_json(TOLD)).standards]
    for row, one in zip(STANDARDS, told, strict=True):
        assert (row["standard"], int(row["n"]), int(row["met"])) == (one["standard"], one["n"], one["met"])
        assert (row["share"] == "") == (one["share"] is None)
        assert not row["share"] or float(row["share"]) == pytest.approx(one["share"], abs=1e-9)
