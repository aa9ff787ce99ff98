"""The history site in a real browser, from a folder: its tables hold together, and a reader gets from page to page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from reports.history_record import FOLLOW_UPS_PAGE, INDEX_PAGE, cause_page, ledger_page, standard_page
from tests.reports.sample_history import HISTORY, RENAMED

KINDS = (INDEX_PAGE, standard_page("leaks", "leak-repair"), cause_page(RENAMED), FOLLOW_UPS_PAGE, ledger_page("2025Q4"))


def opened(browser: Browser, path: Path, width: int) -> Page:
    page = browser.new_page(viewport=ViewportSize(width=width, height=844))
    page.goto(path.as_uri())
    return page


OVER_THE_EDGE = """[...document.querySelectorAll('td *, th *')].filter(one => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && box.right > one.closest('td, th').getBoundingClientRect().right + 1 && !one.closest('svg, .unseen, thead');
}).map(one => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("width", [390, 1000, 1280])
def test_nothing_in_a_table_reaches_over_the_edge_of_its_cell(browser: Browser, site: Path, width: int) -> None:
    for name in KINDS:
        page = opened(browser, site / name, width)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate(OVER_THE_EDGE) == [], name
        page.close()


def test_a_reader_goes_from_the_index_to_a_standard_to_its_report_and_to_its_follow_up_without_a_script(
    browser: Browser, site: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / INDEX_PAGE).as_uri())
    page.get_by_role("link", name="Bill corrected at first contact").click()
    page.get_by_role("heading", name="Bill corrected at first contact", level=1).wait_for()
    page.get_by_role("region", name="What was asked").get_by_role("link").first.click()
    assert page.url.partition("#")[0].endswith(FOLLOW_UPS_PAGE)
    page.go_back()
    page.get_by_role("row").filter(has_text="2025Q4").get_by_role("link").first.click()
    assert page.url.partition("#")[0].endswith("/2025Q4/index.html")
    context.close()


def test_on_a_phone_a_row_of_the_follow_ups_is_still_a_row_of_a_table_to_a_screen_reader(browser: Browser, site: Path) -> None:
    page = opened(browser, site / FOLLOW_UPS_PAGE, 390)
    row = page.locator(f"[id='follow-up-{HISTORY.follow_ups[0].id}']")
    assert row.get_by_role("cell").count() == 4
    assert row.locator("td").first.evaluate("e => getComputedStyle(e, '::before').content") == '"With"'
    page.close()
