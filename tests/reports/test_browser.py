"""The pages in a real browser: what a reader sees, and what the browser complains of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from reports.history import render_history
from reports.letters import compose
from reports.page import render_report
from reports.validation import render_validation
from tests.reports import sample_loop, samples

PAGES = ("report", "loop", "empty", "hostile", "hostile loop", "validation", "hostile validation", "history", "letter")
LONG_WORD = "Wastewaterinfrastructuremaintenancecoordination" * 5


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as files in a folder."""
    hostile = samples.with_hostile_words(f"<script>document.title='run'</script>{LONG_WORD}")
    letter = compose(samples.SUMMARY, samples.AUDIENCES[:1], (), "https://reports.aldermere.example/", samples.LEDGER_HEAD)[0]
    pages = {
        "report": render_report(samples.SUMMARY),
        "loop": render_report(sample_loop.SUMMARY),
        "hostile loop": render_report(sample_loop.with_hostile_loop(f"<script>document.title='run'</script>{LONG_WORD}")),
        "empty": render_report(samples.with_nothing()),
        "hostile": render_report(hostile),
        "validation": render_validation(samples.SUMMARY.title, "2025Q4", samples.SUMMARY.as_of, "Europe/London", samples.DATA),
        "hostile validation": render_validation(hostile.title, "2025Q4", hostile.as_of, "Europe/London", hostile.data),
        "history": render_history("aldermere-water", samples.SUMMARY.title, samples.HISTORY),
        "letter": letter.html.encode(),
    }
    folder = tmp_path_factory.mktemp("site")
    for name, content in pages.items():
        (folder / f"{name}.html").write_bytes(content)
    return folder


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_window_and_the_browser_complains_of_nothing(browser: Browser, site: Path, name: str, width: int) -> None:
    page = browser.new_page(viewport=ViewportSize(width=width, height=800))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto((site / f"{name}.html").as_uri())
    page_width, window_width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert page_width <= window_width
    assert complaints == []
    assert page.title() != "run"
    page.close()


def test_the_report_reads_the_same_with_scripts_switched_off(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "report.html").as_uri())
    assert page.get_by_text("Of 13 standards, 4 were met").is_visible()
    assert page.get_by_role("heading", name="Getting it put right").is_visible()
    context.close()


def test_the_first_screen_of_a_laptop_holds_verdicts_causes_and_what_is_asked(browser: Browser, site: Path) -> None:
    page = browser.new_page(viewport=ViewportSize(width=1280, height=800))
    page.goto((site / "report.html").as_uri())
    for selector in (".tiles", ".ranked", ".asked"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800, selector
    page.close()


def test_the_first_screen_of_a_laptop_and_of_a_phone_holds_what_was_claimed_and_what_is_true(browser: Browser, site: Path) -> None:
    for width, height, selector in ((1280, 800, ".columns .ranked > li"), (390, 844, ".claims")):
        page = browser.new_page(viewport=ViewportSize(width=width, height=height))
        page.goto((site / "loop.html").as_uri())
        box = page.locator(f"#since {selector}").first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height
        page.close()


def test_a_page_whose_details_are_all_unfolded_still_fits_a_phone(browser: Browser, site: Path) -> None:
    for name in ("loop", "hostile loop"):
        page = browser.new_page(viewport=ViewportSize(width=390, height=844))
        page.goto((site / f"{name}.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page_width, window_width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert page_width <= window_width, name
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


def test_the_first_press_of_tab_offers_a_way_to_the_results(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / "report.html").as_uri())
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the results")
    box = skip.bounding_box()
    assert box is not None
    assert box["y"] >= 0, "it is on the screen once it has the focus"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.close()


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
