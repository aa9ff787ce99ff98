"""axe finds nothing to complain of on any kind of page: WCAG 2.2 AA and what is good practice, by day and by night.

The policy of the pages lets no script element run. axe is therefore brought in by the debugger's protocol, which stands above the
policy as a reader's own tools do; the page that is looked at is the published one, its policy in force.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.reports import pages
from tests.reports.browsing import LAPTOP, PHONE, UNFOLD, listening

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WHOLE = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},  # of WCAG 2.2 AA, which axe leaves out unless it is asked
}
LOOKS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]}}


def violations(page: Page, wanted: dict[str, Any]) -> list[str]:
    """Return what axe finds in a page, one line a place."""
    page.evaluate(AXE)
    options = wanted | {"preload": False, "resultTypes": ["violations"]}
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [f"{one['id']}: {node['html'][:160]} {node['failureSummary']}" for one in found["violations"] for node in one["nodes"]]


def test_axe_sees_a_fault_that_is_planted(browser: Browser, site: Path) -> None:
    with listening(browser, []) as page:
        page.goto((site / pages.KINDS["ledger"]).as_uri())
        page.evaluate("document.documentElement.removeAttribute('lang'); document.querySelector('h1').remove()")
        assert {one.partition(":")[0] for one in violations(page, WHOLE)} >= {"html-has-lang", "page-has-heading-one"}


@pytest.mark.parametrize("kind", pages.KINDS)
def test_axe_finds_no_violation_on_a_laptop_by_day_and_none_in_the_looks_on_a_phone_by_night(
    browser: Browser, site: Path, kind: str
) -> None:
    with listening(browser, [], color_scheme="light", viewport=LAPTOP) as page:
        page.goto((site / pages.KINDS[kind]).as_uri())
        page.evaluate(UNFOLD)
        assert violations(page, WHOLE) == []
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(PHONE)
        assert violations(page, LOOKS) == []
