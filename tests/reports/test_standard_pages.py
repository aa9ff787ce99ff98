"""Reports of many standards: what is told in full, what on a page of its own, and how large it all is."""

from __future__ import annotations

import json
import posixpath
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, sync_playwright

from config.standards import Standard
from reports.manifest import manifest_json
from reports.page import FILES_BESIDE, pages_apart, render_report
from reports.stages import CHARTS_AT_MOST, STANDARDS_IN_FULL, apart, arrange_by_stage, drawn_in_full
from reports.standard_pages import standard_pages
from reports.tables import compliance_csv, datapackage_json
from tasks.results import CycleSummary
from tests.reports.markup import Page, plain, read
from tests.reports.sample_big import big_summary

MANY = 60


@pytest.fixture(scope="module")
def many() -> CycleSummary:
    return big_summary(MANY, 40)


@pytest.fixture(scope="module")
def report(many: CycleSummary) -> Page:
    return read(render_report(many))


@pytest.fixture(scope="module")
def pages(many: CycleSummary) -> dict[str, bytes]:
    return standard_pages(many)


def is_told(summary: CycleSummary, subject: str) -> bool:
    """Return whether a standard was missed, has changed or shows a special cause, worked out anew."""
    row = next(row for row in summary.standards if f"standard:{row.standard}:{row.touchpoint}" == subject)
    changes = {change.verdict for change in (row.previous, row.year_ago) if change}
    special = {chart.subject for chart in summary.charts if chart.variation in ("improvement", "concern", "special_cause")}
    return row.verdict == "not_met" or bool(changes & {"improved", "worsened"}) or subject in special


def test_up_to_fifty_standards_every_chart_is_drawn_and_no_standard_has_a_page_of_its_own() -> None:
    few = big_summary(STANDARDS_IN_FULL, 0)
    assert drawn_in_full(few) == {chart.subject for chart in few.charts}
    assert apart(few, drawn_in_full(few)) == ()
    assert standard_pages(few) == {}


def test_past_fifty_what_was_missed_or_changed_is_drawn_and_every_other_standard_has_a_page(many: CycleSummary) -> None:
    told = {chart.subject for chart in many.charts if is_told(many, chart.subject)}
    assert drawn_in_full(many) == told
    assert {f"standard:{standard}:{touchpoint}" for standard, touchpoint in pages_apart(many)} == {c.subject for c in many.charts} - told
    assert {chart.subject for stage in arrange_by_stage(many) for chart in stage.charts} == told


def test_of_more_charts_than_anybody_can_look_at_the_missed_are_drawn_and_the_rest_have_pages() -> None:
    missed = big_summary(STANDARDS_IN_FULL * 2, 0)
    rows = tuple(row.model_copy(update={"verdict": "not_met" if i >= 50 else "met"}) for i, row in enumerate(missed.standards))
    charts = tuple(chart.model_copy(update={"variation": "concern"}) for chart in missed.charts)
    summary = missed.model_copy(update={"standards": rows, "charts": charts})
    drawn = drawn_in_full(summary)
    assert len(drawn) == CHARTS_AT_MOST
    assert {f"standard:{row.standard}:{row.touchpoint}" for row in rows[50:]} <= drawn
    assert len(apart(summary, drawn)) == 100 - CHARTS_AT_MOST


def test_each_standard_has_its_row_and_its_chart_in_exactly_one_place(many: CycleSummary, report: Page, pages: dict[str, bytes]) -> None:
    rows = [name for name in report.values("id") if name.startswith("standard-")]
    assert len(rows) == MANY
    drawn = [plain(figure.text).split(", ")[0] for figure in report.all("figure")]
    apart_drawn = [plain(figure.text).split(", ")[0] for page in pages.values() for figure in read(page).all("figure")]
    assert sorted(drawn + apart_drawn) == sorted(chart.title for chart in many.charts)


def test_a_page_says_its_row_its_chart_its_restatements_and_what_is_asked_and_leads_back(many: CycleSummary) -> None:
    finding = next(f"standard:{standard}:{touchpoint}" for standard, touchpoint in pages_apart(many))
    asked = many.follow_ups[0].model_copy(update={"id": "aldermere-water/x/2025Q4", "finding": finding, "title": "Keep at it"})
    page = read(standard_pages(many.model_copy(update={"follow_ups": (asked,)}))[f"standards/{finding[9:].replace(':', '.')}.html"])
    row = next(row for row in many.standards if f"standard:{row.standard}:{row.touchpoint}" == finding)
    assert plain(page.all("h1")[0].text) == row.title
    assert f"../index.html#standard-{row.standard}-{row.touchpoint}" in page.values("href")
    for words in ("Keep at it", "2025Q2", "As it was published", "Over time"):
        assert words in page.text
    assert page.values("style") == []
    levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3")]
    assert levels[:2] == [1, 2]


def test_every_link_between_the_report_and_the_pages_leads_somewhere(report: Page, pages: dict[str, bytes]) -> None:
    files = {"index.html", *FILES_BESIDE, *pages}
    for path, page in {"index.html": report, **{path: read(content) for path, content in pages.items()}}.items():
        for link in page.values("href"):
            target, _, place = link.partition("#")
            at = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
            assert link.startswith("data:") or at in files, (path, link)
            if at == "index.html" and place:
                assert unquote(place) in report.values("id"), (path, link)
    assert {link for link in report.values("href") if link.startswith("standards/")} == set(pages)


def test_no_identifier_that_a_programme_can_hold_leaves_the_folder_or_meets_another() -> None:
    pattern = str(Standard.model_json_schema()["properties"]["id"]["pattern"])
    for name in ("../x", "a/b", "a.b", "A", "", "con:1", "a b", "x\n"):
        assert not re.search(pattern.replace("$", r"\Z"), name)


def test_the_pages_stand_in_the_manifest_and_are_no_tables_of_the_data_package(many: CycleSummary, pages: dict[str, bytes]) -> None:
    files = {"compliance.csv": compliance_csv(many), **pages}
    assert set(json.loads(manifest_json(many, files))["outputs"]) == set(files)
    assert [one["path"] for one in json.loads(datapackage_json(many, files))["resources"]] == ["compliance.csv"]


def test_a_page_of_a_standard_is_the_same_every_time(many: CycleSummary, pages: dict[str, bytes]) -> None:
    assert standard_pages(many.model_copy(deep=True)) == pages


def test_an_ordinary_report_stays_under_two_megabytes_and_a_large_one_grows_slowly(report: Page) -> None:
    ordinary = big_summary(STANDARDS_IN_FULL, 40)
    assert len(render_report(ordinary)) < 2_000_000
    assert len(report.source.encode()) < 1_000_000


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.mark.bench
def test_a_thousand_standards_and_five_hundred_causes_stay_under_five_megabytes_and_open_in_two_seconds(
    browser: Browser, tmp_path: Path
) -> None:
    summary = big_summary(1000, 500)
    started = time.perf_counter()
    content = render_report(summary)
    assert time.perf_counter() - started < 60
    assert len(content) < 5_000_000
    (tmp_path / "index.html").write_bytes(content)
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    opened = []
    for _ in range(3):
        page.goto((tmp_path / "index.html").as_uri())
        opened.append(page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart"))
    assert min(opened) < 2_000
