"""Whoever has a keyboard alone reaches everything, in the order in which it is read, and sees where they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.reports import pages
from tests.reports.browsing import LAPTOP, UNFOLD, listening

# Number the elements that a keyboard must reach, in document order, and note each on which the focus comes to lie.
LISTEN = """() => {
    const wanted = [...document.querySelectorAll('a[href], button, summary, input, select, textarea')].filter(one => one.checkVisibility());
    window.visited = [];
    document.addEventListener('focusin', event => {
        const style = getComputedStyle(event.target), box = event.target.getBoundingClientRect();
        window.visited.push([
            wanted.indexOf(event.target),
            style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
            box.width > 0 && box.right > 0 && box.left < innerWidth,
        ]);
    });
    return wanted.length;
}"""
IS_ON_SCREEN = """() => {
    const box = document.activeElement.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight;
}"""


@pytest.mark.parametrize("kind", [kind for kind in pages.KINDS if kind != "report of many"])  # the same elements, only more of them
def test_tab_reaches_everything_in_the_order_of_the_page_and_shows_where_it_is(browser: Browser, site: Path, kind: str) -> None:
    with listening(browser, [], viewport=LAPTOP) as page:
        page.goto((site / pages.KINDS[kind]).as_uri())
        page.evaluate(UNFOLD)
        number = page.evaluate(LISTEN)
        for step in range(number):
            page.keyboard.press("Tab")
            assert step % 10 or page.evaluate(IS_ON_SCREEN)
        assert page.evaluate("window.visited") == [[step, True, True] for step in range(number)]
        page.keyboard.press("Tab")
        assert page.evaluate("window.visited.length") == number or page.evaluate("window.visited.at(-1)[0]") == 0, "nothing traps it"


@pytest.mark.parametrize("kind", pages.KINDS)
def test_the_first_press_of_tab_offers_the_way_past_the_head_and_it_leads_there(browser: Browser, site: Path, kind: str) -> None:
    with listening(browser, [], viewport=LAPTOP) as page:
        page.goto((site / pages.KINDS[kind]).as_uri())
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_enter_and_space_unfold_and_fold_what_is_folded(browser: Browser, site: Path) -> None:
    with listening(browser, [], viewport=LAPTOP) as page:
        page.goto((site / pages.KINDS["report"]).as_uri())
        folded = page.locator("details:not([open]) > summary")
        assert folded.count() > 3
        one = folded.first.element_handle()
        for key, is_open in (("Enter", True), ("Space", False)):
            one.focus()
            page.keyboard.press(key)
            assert one.evaluate("one => one.parentElement.open") is is_open
