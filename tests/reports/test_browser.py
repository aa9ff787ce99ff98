"""What a reader sees of the report in a real browser: the first screen, light and dark, a phone's tables, paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize

from reports.page import render_report
from tests.reports import sample_loop, samples


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as files in a folder."""
    summaries = {"report": samples.SUMMARY, "loop": sample_loop.SUMMARY, "empty": samples.with_nothing()}
    folder = tmp_path_factory.mktemp("site")
    for name, summary in summaries.items():
        (folder / f"{name}.html").write_bytes(render_report(summary))
    return folder


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
@pytest.mark.parametrize("name", ["report", "loop", "empty"])
def test_the_first_screen_holds_the_quarter_what_was_promised_the_standards_the_causes_and_what_is_asked(
    browser: Browser, site: Path, name: str, width: int, height: int
) -> None:
    page = browser.new_page(viewport=ViewportSize(width=width, height=height))
    page.goto((site / f"{name}.html").as_uri())
    assert page.locator("#short dt").all_inner_texts() == ["Promised last time", "Standards", "Biggest causes", "Asked"]
    for selector in (".lead", "#short dd"):
        for box in (one.bounding_box() for one in page.locator(selector).all()):
            assert box is not None
            assert box["y"] + box["height"] <= height, selector
    page.close()


def test_the_style_sheet_is_let_in_and_dark_readers_get_a_dark_page(browser: Browser, site: Path) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto((site / "report.html").as_uri())
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        context.close()
    assert grounds == ["rgb(244, 245, 247)", "rgb(17, 22, 29)"]


def test_a_stacked_table_on_a_phone_is_still_a_table_to_a_screen_reader(browser: Browser, site: Path) -> None:
    page = browser.new_page(viewport=ViewportSize(width=390, height=844))
    page.goto((site / "report.html").as_uri())
    assert page.locator("#standard-leaks-leak-repair").get_by_role("cell").count() == 6
    assert page.locator("#standard-leaks-leak-repair td").first.evaluate("e => getComputedStyle(e, '::before').content") == '"Verdict"'
    page.close()


def test_the_report_prints_on_a_few_pages_of_paper(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / "report.html").as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    assert 1 < printed.count(b"/Type /Page\n") <= 14
    page.close()
