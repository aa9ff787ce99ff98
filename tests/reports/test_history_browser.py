"""The history site in a real browser, from a folder: it fits, nothing complains, and every link can be followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from reports.history_pages import history_pages
from reports.history_record import FOLLOW_UPS_PAGE, INDEX_PAGE, cause_page, ledger_page, standard_page
from reports.page import render_report
from tests.reports import sample_loop
from tests.reports.sample_history import FILES, HEADS, HISTORY, RENAMED, history_from

LONG_WORD = "Wastewaterinfrastructuremaintenancecoordination" * 5
HOSTILE = f"<script>document.title='run'</script>{LONG_WORD}"
KINDS = (INDEX_PAGE, standard_page("leaks", "leak-repair"), cause_page(RENAMED), FOLLOW_UPS_PAGE, ledger_page("2025Q4"))
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=[*ARGUMENTS, "--disable-sync"])
        yield browser
        browser.close()


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The history with its reports in `plain`, and with hostile words in `hostile`."""
    folder = tmp_path_factory.mktemp("history")
    report = render_report(HISTORY.newest)
    for edition in HEADS:
        names = (*FILES, "validation/index.html", "manifest.json", "seal.json")
        write(folder / "plain", {f"{edition}/{name}": report if name == "index.html" else b"{}" for name in names})
    write(folder / "plain", history_pages(HISTORY))
    hostile = history_from(sample_loop.with_hostile_loop(HOSTILE))
    words = tuple(
        one.model_copy(update={"title": HOSTILE, "causes": tuple(cause.model_copy(update={"label": HOSTILE}) for cause in one.causes)})
        for one in hostile.summaries
    )
    entries = tuple(one.model_copy(update={"headline": HOSTILE, "revision_reason": HOSTILE}) for one in hostile.entries)
    events = tuple(replace(one, actor=LONG_WORD, step=LONG_WORD) for one in hostile.events)
    write(folder / "hostile", history_pages(replace(hostile, summaries=words, entries=entries, events=events)))
    return folder


def opened(browser: Browser, path: Path, width: int, complaints: list[str]) -> Page:
    page = browser.new_page(viewport=ViewportSize(width=width, height=844))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("kind", ["plain", "hostile"])
def test_every_kind_of_page_fits_its_window_unfolded_too_and_the_browser_complains_of_nothing(
    browser: Browser, site: Path, kind: str, width: int
) -> None:
    for name in KINDS:
        complaints: list[str] = []
        page = opened(browser, site / kind / name, width, complaints)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page_width, window_width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert page_width <= window_width, name
        assert complaints == [], name
        assert page.title() != "run"
        page.close()


def test_from_a_folder_every_link_leads_to_a_file_that_is_there(browser: Browser, site: Path) -> None:
    for name in KINDS:
        page = opened(browser, site / "plain" / name, 1280, [])
        links = page.evaluate("[...document.querySelectorAll('a')].map(one => one.href)")
        assert len(links) > 3
        for link in links:
            assert Path(unquote(link.removeprefix("file://").partition("#")[0])).is_file(), (name, link)
        page.close()


def test_a_reader_goes_from_the_index_to_a_standard_to_its_report_and_to_its_follow_up_without_a_script(
    browser: Browser, site: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "plain" / INDEX_PAGE).as_uri())
    page.get_by_role("link", name="Bill corrected at first contact").click()
    page.get_by_role("heading", name="Bill corrected at first contact", level=1).wait_for()
    page.get_by_role("region", name="What was asked").get_by_role("link").first.click()
    assert page.url.partition("#")[0].endswith(FOLLOW_UPS_PAGE)
    page.go_back()
    page.get_by_role("row").filter(has_text="2025Q4").get_by_role("link").first.click()
    assert page.url.partition("#")[0].endswith("/2025Q4/index.html")
    context.close()


def test_on_a_phone_a_row_of_the_follow_ups_is_still_a_row_of_a_table_to_a_screen_reader(browser: Browser, site: Path) -> None:
    page = opened(browser, site / "plain" / FOLLOW_UPS_PAGE, 390, [])
    row = page.locator(f"[id='follow-up-{HISTORY.follow_ups[0].id}']")
    assert row.get_by_role("cell").count() == 4
    assert row.locator("td").first.evaluate("e => getComputedStyle(e, '::before').content") == '"With"'
    page.close()
