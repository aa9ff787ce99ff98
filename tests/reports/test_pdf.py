"""The report as a PDF: read back, and looked at by a program that looks for ink where none should be."""

from __future__ import annotations

import base64
import ctypes
import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import typst
from PIL import Image

from config.errors import InputError
from config.look import Look
from reports import figures, formats
from reports.charts import described
from reports.page import render_report
from reports.pdf import check_logo, report_pdf
from reports.pdf_characters import MISSING, comparable
from reports.pdf_tree import Node, read_page
from reports.words import VERDICTS
from tasks.results import CycleSummary, FollowUp
from tests.reports import samples
from tests.reports.hostile import ATTACKS, hostile_words
from tests.reports.pages import RICH
from tests.reports.sample_big import big_summary

ROOT = Path(__file__).parents[2]
TYPST = '#read("/etc/passwd") #import "@preview/evil:1.0.0": * $x^2$ *b* _i_ `c` <label> @ref ] } // /* = h\\ #panic("no") "quoted" \'single\' -- ---'


@dataclass
class Printed:
    """A PDF, opened, and the words of each page."""

    content: bytes
    document: pypdfium2.PdfDocument = field(init=False)
    pages: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.document = pypdfium2.PdfDocument(self.content)
        self.pages = [self._words(number) for number in range(len(self.document))]

    def _words(self, number: int) -> str:
        with closing(self.document[number]) as page, closing(page.get_textpage()) as words:
            return str(words.get_text_range())

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.pages).split())

    @property
    def comparable(self) -> str:
        return comparable("".join(self.pages))

    @property
    def bookmarks(self) -> list[tuple[int, str]]:
        return [(mark.level, mark.get_title()) for mark in self.document.get_toc()]


def opened(summary: CycleSummary) -> Printed:
    return Printed(report_pdf(summary))


@pytest.fixture(scope="module")
def rich() -> Iterator[Printed]:
    printed = opened(RICH)
    yield printed
    printed.document.close()


def ink_outside(printed: Printed, number: int) -> int:
    """Count the pixels of a page, at 72 dots an inch, that are not white in its margins left and right, 12 mm wide."""
    with closing(printed.document[number]) as page:
        picture = page.render(scale=1).to_pil().convert("L")
    width, height = picture.size
    strips = (picture.crop((0, 0, 34, height)), picture.crop((width - 34, 0, width, height)))
    return sum(sum(strip.histogram()[:250]) for strip in strips)


def alternatives(printed: Printed) -> set[str]:
    """Return the texts that stand for pictures in the structure of all pages."""
    found: set[str] = set()
    for number in range(len(printed.document)):
        with closing(printed.document[number]) as page:
            tree = pdfium.FPDF_StructTree_GetForPage(page)
            for i in range(pdfium.FPDF_StructTree_CountChildren(tree)):
                _collect(pdfium.FPDF_StructTree_GetChildAtIndex(tree, i), found)
            pdfium.FPDF_StructTree_Close(tree)
    return found


def _collect(element: pdfium.FPDF_STRUCTELEMENT, found: set[str]) -> None:
    if not element:
        return
    length = pdfium.FPDF_StructElement_GetAltText(element, None, 0)
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDF_StructElement_GetAltText(element, buffer, length)
    found.add(buffer.raw.decode("utf-16-le").rstrip("\0"))
    for i in range(max(0, pdfium.FPDF_StructElement_CountChildren(element))):
        _collect(pdfium.FPDF_StructElement_GetChildAtIndex(element, i), found)


def said_on(node: Node) -> Iterator[str]:
    """Yield every text that a reader sees on the page, piece by piece."""
    for kid in node.kids:
        if isinstance(kid, str):
            yield kid
        elif kid.tag not in ("svg", "head") and not {"unseen", "skip"} & set(kid.classes):
            yield from said_on(kid)


# the file


def test_the_same_summary_gives_the_same_bytes_on_another_machine(rich: Printed) -> None:
    program = """
import hashlib
from reports.pdf import report_pdf
from tests.reports.pages import RICH
print(hashlib.sha256(report_pdf(RICH)).hexdigest())
"""
    environment = os.environ | {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    elsewhere = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True, cwd="/", text=True)
    assert elsewhere.stdout.strip() == hashlib.sha256(rich.content).hexdigest()


def test_it_is_tagged_says_its_language_and_declares_both_standards(rich: Printed) -> None:
    assert pdfium.FPDFCatalog_IsTagged(rich.document)
    for said in (b"/Lang(en)", b"/StructTreeRoot", b"/MarkInfo<</Marked true", b"/DisplayDocTitle true"):
        assert said in rich.content
    for said in (b"<pdfaid:part>2<", b"<pdfaid:conformance>A<", b"<pdfuaid:part>1<"):
        assert said in rich.content


def test_its_title_subject_and_date_are_those_of_the_report_and_no_person_is_named(rich: Printed) -> None:
    told = rich.document.get_metadata_dict()
    assert told["Title"] == "Aldermere Water 2025Q4: check report"
    assert told["Subject"] == RICH.headline
    assert told["CreationDate"] == told["ModDate"] == "D:20260112090000Z"
    assert told["Author"] == ""


def test_the_bookmarks_are_the_headings_of_the_page_its_stages_in_their_order(rich: Printed) -> None:
    chapters = [title for level, title in rich.bookmarks if level == 0]
    page = [heading.text for heading in read_page(render_report(RICH)).all("h2")]
    assert [title for title in chapters if title != "Since the last report, in full"] == [
        heading[0] + " " + heading[1:] if heading[0].isdigit() else heading for heading in page
    ]
    assert [title[2:] for title in chapters if title[0].isdigit()] == [stage.title for stage in RICH.stages]


def test_every_page_says_which_of_how_many_it_is_and_all_but_the_first_whose(rich: Printed) -> None:
    for number, words in enumerate(rich.pages, start=1):
        assert f"Page {number} of {len(rich.pages)}" in words
        assert ("Check report 2025Q4" in words) == (number > 1)


# what it says


def test_everything_that_the_page_says_is_printed(rich: Printed) -> None:
    printed = rich.comparable
    page = read_page(render_report(RICH))
    assert [words for words in said_on(page) if comparable(words) not in printed] == []


def test_every_standard_stands_there_with_verdict_figure_interval_and_target(rich: Printed) -> None:
    for row in RICH.standards:
        for words in (
            row.title,
            figures.figure(row),
            figures.interval(row) if row.n else "",
            figures.target(row),
            VERDICTS[row.verdict].word,
        ):
            assert comparable(words).casefold() in rich.comparable.casefold()


def test_every_follow_up_stands_there_with_its_due_date_and_every_quote_word_for_word(rich: Printed) -> None:
    for follow_up in RICH.follow_ups:
        assert comparable(follow_up.title) in rich.comparable
        assert formats.day(follow_up.due) in rich.text
    quotes = [quote.text for cause in (*RICH.causes, *RICH.praise) for quote in cause.quotes]
    assert quotes
    assert [quote for quote in quotes if quote not in rich.text] == []


def test_the_first_page_says_the_quarter_in_a_sentence_and_what_matters_most(rich: Printed) -> None:
    first = comparable(rich.pages[0])
    assert comparable(RICH.headline) in first
    for words in ("Promised last time", "4 met", "3 not met", "Biggest causes", "Leak repair postponed again 15.6 %", "Asked"):
        assert comparable(words) in first


def test_every_control_chart_has_its_words(rich: Printed) -> None:
    told = alternatives(rich)
    shown = [chart for chart in RICH.charts if chart.subject.startswith("standard:")]
    assert [chart.title for chart in shown if not any(described(chart).rstrip(".") in one for one in told)] == []


def test_the_report_is_set_without_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []

    def compile_and_keep(*args: object, **options: object) -> bytes:
        content, found = typst.compile_with_warnings(*args, **options)  # type: ignore[call-overload]
        warnings.extend(warning.message for warning in found)
        return bytes(content)

    monkeypatch.setattr(typst, "compile", compile_and_keep)
    report_pdf(RICH)
    assert warnings == []


def test_a_quarter_of_nothing_is_a_report_too(empty_summary: CycleSummary) -> None:
    printed = opened(empty_summary)
    assert "No cause was found" in printed.text
    assert len(printed.pages) < 6
    printed.document.close()


def test_a_table_that_goes_over_the_page_bears_its_heads_again() -> None:
    printed = opened(big_summary(40, 0))
    pages = [page for page in printed.pages if "not_met" not in page and page.count(" met ") > 2]
    assert len(pages) > 3
    heads = "Standard Verdict Target"
    assert sum(heads in " ".join(page.split()) for page in printed.pages) > 3
    printed.document.close()


# what people write


@pytest.mark.parametrize("attack", [*ATTACKS, "typst"])
def test_hostile_words_stay_words_and_stay_on_the_page(attack: str) -> None:
    words = TYPST if attack == "typst" else ATTACKS[attack]
    printed = opened(hostile_words(RICH, words))
    assert [number for number in range(len(printed.pages)) if ink_outside(printed, number)] == []
    assert "root:" not in printed.text
    if attack not in ("marks", "control"):
        assert comparable(formats.clean(words)) in printed.comparable
    printed.document.close()


def test_markup_in_a_quote_is_printed_as_it_was_written() -> None:
    cause = RICH.causes[0]
    quote = cause.quotes[0].model_copy(update={"text": TYPST})
    printed = opened(RICH.model_copy(update={"causes": (cause.model_copy(update={"quotes": (quote,)}), *RICH.causes[1:])}))
    assert "".join(TYPST.split()) in "".join(printed.text.split())
    printed.document.close()


def test_a_right_to_left_quote_is_read_in_the_order_in_which_it_was_written() -> None:
    cause = RICH.causes[0]
    quote = cause.quotes[0].model_copy(update={"text": "המים לא עובדים"})
    printed = opened(RICH.model_copy(update={"causes": (cause.model_copy(update={"quotes": (quote,)}), *RICH.causes[1:])}))
    assert comparable(quote.text) in printed.comparable
    printed.document.close()


def test_characters_without_a_shape_are_marked_and_the_report_says_where_they_are_shown(rich: Printed) -> None:
    follow_up: FollowUp = samples.FOLLOW_UPS[0]
    printed = opened(samples.SUMMARY.model_copy(update={"follow_ups": (follow_up.model_copy(update={"title": "水 works"}),)}))
    assert f"{MISSING} works" in printed.text
    assert f"{MISSING} stands for each. They are shown in index.html." in printed.text
    assert MISSING not in rich.text
    printed.document.close()


# the look


def test_numbers_and_days_are_written_as_the_programme_says_and_its_logo_heads_the_report(rich: Printed) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(picture, "png")
    look = Look(logo=f"data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}", numbers="1.234,5", dates="05.03.2026")
    printed = opened(RICH.model_copy(update={"look": look}))
    assert "51,3 %" in printed.text
    assert "12.01.2026" in printed.text
    with closing(printed.document[0]) as page, closing(rich.document[0]) as plain:
        kinds = [[one.type for one in each.get_objects()].count(pdfium.FPDF_PAGEOBJ_IMAGE) for each in (page, plain)]
    assert kinds[0] == kinds[1] + 1
    printed.document.close()


def test_a_logo_that_cannot_be_drawn_is_said_in_one_sentence() -> None:
    broken = base64.b64encode(b"\x89PNG\r\n\x1a\nand no more").decode()
    with pytest.raises(InputError, match="logo cannot be drawn"):
        check_logo(Look(logo=f"data:image/png;base64,{broken}"))


@pytest.mark.bench
def test_a_thousand_standards_and_five_hundred_causes_stay_under_ten_megabytes(capsys: pytest.CaptureFixture[str]) -> None:
    printed = opened(big_summary())
    with capsys.disabled():
        print(f"\nPDF of 1,000 standards and 500 causes: {len(printed.content) / 1e6:.1f} MB, {len(printed.pages)} pages")  # noqa: T201
    assert len(printed.content) < 10_000_000
    printed.document.close()
