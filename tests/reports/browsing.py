"""Opening pages in a real browser, quietly, and asking what a reader would notice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = ViewportSize(width=390, height=844)
LAPTOP = ViewportSize(width=1280, height=800)
# Unfold what is folded, and lay out too what the browser leaves for later as long as it is far from the window.
UNFOLD = """() => {
    document.querySelectorAll('details').forEach(one => { one.open = true; });
    document.styleSheets[0].insertRule('* { content-visibility: visible !important; }', document.styleSheets[0].cssRules.length);
}"""
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
# what reaches beyond the right edge of the window though the page does not scroll: cut off, unless it is there for the ear alone
CUT_OFF = """[...document.querySelectorAll('main *, header *, footer *')].filter(one => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && box.right > document.documentElement.clientWidth + 1 && !one.closest('svg, .unseen, thead');
}).map(one => one.outerHTML.slice(0, 120))"""


@contextmanager
def open_browser(path: str) -> Iterator[Browser]:
    """Start a headless Chromium that asks the network for nothing of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def listening(browser: Browser, complaints: list[str], **how: Any) -> Iterator[Page]:
    """Open a page in a context of its own; what the browser complains of, asks for in vain or is asked is put into `complaints`."""
    context: BrowserContext = browser.new_context(**how)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("requestfailed", lambda request: complaints.append(f"request: {request.url}"))
    page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("popup", lambda popup: complaints.append(f"popup: {popup.url}"))
    try:
        yield page
    finally:
        context.close()


def is_wide(page: Page) -> bool:
    """Tell whether a reader would have to scroll sideways."""
    needed, there = page.evaluate(WIDTHS)
    return bool(needed > there)
