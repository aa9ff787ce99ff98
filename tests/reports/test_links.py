"""Every link of every page leads somewhere: to a file that is published beside it, a place on a page, a row of a table."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser

from tests.reports import pages
from tests.reports.browsing import listening
from tests.reports.markup import Page, read

ROW = re.compile(r"row=(\d+)(?:-(\d+))?")  # RFC 7111: rows of a CSV file are counted from 1, its header line among them


@pytest.fixture(scope="module")
def read_pages(site: Path) -> dict[Path, Page]:
    """All pages of the site that were written, every one read once."""
    return {path.resolve(): read(path.read_bytes()) for path in sorted(site.rglob("*.html"))}


def wrong(place: Path, link: str, read_pages: dict[Path, Page]) -> str:
    """Return what is wrong with a link on the page at `place`; nothing where it leads somewhere."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return "it is not relative"
    target = (place.parent / unquote(parts.path)).resolve() if parts.path else place
    if not target.is_file():
        return "there is no such file"
    if not parts.fragment:
        return ""
    if target.suffix == ".html":
        return "" if unquote(parts.fragment) in read_pages[target].values("id") else "there is no such place"
    row = ROW.fullmatch(parts.fragment)
    if target.suffix != ".csv" or row is None:
        return "the fragment means nothing in this file"
    first, last = int(row[1]), int(row[2] or row[1])
    return "" if 1 < first <= last <= rows_in(target) else "there is no such row"


def rows_in(path: Path) -> int:
    """Return the rows of a CSV file, its header among them."""
    with path.open(newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.reader(file))


def test_every_link_of_every_page_leads_to_a_file_a_place_or_a_row(site: Path, read_pages: dict[Path, Page]) -> None:
    links = {(place, one.attributes["href"]) for place, page in read_pages.items() for one in page.all("a", "use")}
    assert len(links) > 500
    faults = [(place.relative_to(site.resolve()), link, fault) for place, link in links if (fault := wrong(place, link, read_pages))]
    assert sorted(faults) == []


def test_every_place_is_on_its_page_once_and_can_be_written_into_a_link(read_pages: dict[Path, Page]) -> None:
    for page in read_pages.values():
        places = page.values("id")
        assert [name for name, times in Counter(places).items() if times > 1] == []
        assert [name for name in places if not name or re.search(r"\s", name)] == []


def test_what_describes_or_labels_something_is_on_the_page(read_pages: dict[Path, Page]) -> None:
    for page in read_pages.values():
        named = [name for one in ("aria-labelledby", "aria-describedby", "aria-controls", "headers", "for") for name in page.values(one)]
        assert {name for names in named for name in names.split()} <= set(page.values("id"))


def test_a_browser_finds_the_place_that_a_link_names(browser: Browser, site: Path) -> None:
    with listening(browser, []) as page:
        page.goto((site / pages.KINDS["report"]).as_uri())
        links = [link for link in page.locator("main a[href^='#']").evaluate_all("all => all.map(one => one.getAttribute('href'))")]
        assert len(links) > 20
        for link in dict.fromkeys(links):
            page.evaluate("link => { location.hash = link; }", link)
            assert page.locator(":target").count() == 1, link
