"""Every kind of page in a real browser, at phone, laptop and print size, with scripts switched on and off."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.reports import pages
from tests.reports.browsing import CUT_OFF, LAPTOP, PHONE, UNFOLD, is_wide, listening

TABLET = ViewportSize(width=820, height=1180)
A4_INSIDE_MARGINS = ViewportSize(width=703, height=1016)  # 186 x 269 mm at 96 dots an inch
VISIBLE_TEXT = "document.body.innerText"


@pytest.mark.parametrize("kind", pages.KINDS)
def test_a_page_fits_every_window_folded_and_unfolded_and_the_browser_complains_of_nothing(browser: Browser, site: Path, kind: str) -> None:
    complaints: list[str] = []
    with listening(browser, complaints) as page:
        page.goto((site / pages.KINDS[kind]).as_uri())
        for window in (PHONE, TABLET, LAPTOP):
            page.set_viewport_size(window)
            assert not is_wide(page), window
        page.evaluate(UNFOLD)
        for window in (PHONE, TABLET, LAPTOP):
            page.set_viewport_size(window)
            assert not is_wide(page), window
            assert page.evaluate(CUT_OFF) == [], window
    assert complaints == []


@pytest.mark.parametrize("kind", pages.KINDS)
def test_a_page_fits_the_paper_and_prints_dark_on_white_whatever_the_reader_prefers(browser: Browser, site: Path, kind: str) -> None:
    complaints: list[str] = []
    with listening(browser, complaints, color_scheme="dark", viewport=A4_INSIDE_MARGINS) as page:
        page.goto((site / pages.KINDS[kind]).as_uri())
        page.emulate_media(media="print")
        assert not is_wide(page)
        assert page.evaluate(CUT_OFF) == []
        ground, ink = page.evaluate("(s => [s.backgroundColor, s.color])(getComputedStyle(document.body))")
        assert (ground, ink) == ("rgb(255, 255, 255)", "rgb(23, 32, 44)")
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    assert complaints == []


@pytest.mark.parametrize("kind", pages.KINDS)
def test_a_page_says_the_same_with_scripts_switched_off(browser: Browser, site: Path, kind: str) -> None:
    told = []
    for is_on in (True, False):
        complaints: list[str] = []
        with listening(browser, complaints, java_script_enabled=is_on, viewport=LAPTOP) as page:
            page.goto((site / pages.KINDS[kind]).as_uri())
            told.append((page.locator("body").inner_text(), page.locator("body *").count(), page.title()))
        assert complaints == []
    assert told[0] == told[1]
    assert len(told[0][0]) > 200
