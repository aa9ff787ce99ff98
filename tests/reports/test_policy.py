"""The Content-Security-Policy of every page: it lets in the page's own style sheet and nothing else, and it is in force.

A page that is a file can bear its policy in a meta element alone. There `frame-ancestors`, `sandbox` and `report-uri` have no effect (CSP 3,
section 3.3): whoever serves the pages and wants no site to frame them says so in a header.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser

from tests.reports import pages
from tests.reports.browsing import LAPTOP, listening
from tests.reports.markup import read

GROUND = "rgb(244, 245, 247)"  # --ground of style.css by day
PLANTED = {
    "an inline script": "<script>document.title = 'run'</script>",
    "a script from elsewhere": "<script src='planted.js'></script>",
    "a handler": "<img src='data:,' onerror=\"document.title = 'run'\">",
    "a style attribute": "<p style='position: fixed'>over everything</p>",
    "a second style sheet": "<style>body { background: red !important }</style>",
    "a style sheet from elsewhere": "<link rel='stylesheet' href='planted.css'>",
    "a picture from elsewhere": "<img src='planted.png' alt=''>",
    "a frame": "<iframe src='planted.html' title='frame'></iframe>",
    "an object": "<object data='planted.svg'></object>",
}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The address at which the published folder is served as it is."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("kind", pages.KINDS)
def test_the_policy_forbids_everything_but_the_style_sheet_of_the_page_and_pictures_inside_it(site: Path, kind: str) -> None:
    page = read((site / pages.KINDS[kind]).read_bytes())
    (policy,) = [one.attributes["content"] for one in page.all("meta") if one.attributes.get("http-equiv") == "Content-Security-Policy"]
    directives = {name: values for name, *values in (one.split() for one in policy.split(";"))}
    digest = base64.b64encode(hashlib.sha256(page.all("style")[0].text.encode()).digest()).decode()
    assert directives == {
        "default-src": ["'none'"],
        "style-src": [f"'sha256-{digest}'"],
        "img-src": ["data:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    tags = [one.tag for one in page.elements]
    assert tags.index("meta") < tags.index("style"), "a policy is in force only for what comes after it"
    assert not page.all("script", "iframe", "object", "embed", "form", "base")
    assert not page.values("style")


@pytest.mark.parametrize("kind", pages.KINDS)
def test_a_page_is_styled_and_quiet_from_a_folder_and_from_a_server(browser: Browser, site: Path, address: str, kind: str) -> None:
    for place in (site.as_uri() + "/", address):
        complaints: list[str] = []
        with listening(browser, complaints, color_scheme="light", viewport=LAPTOP) as page:
            page.goto(place + pages.KINDS[kind])
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == GROUND
        assert complaints == []


@pytest.fixture
def planted_page(site: Path) -> Iterator[Path]:
    """Where a page with something planted may lie beside the published ones, and no longer than its test."""
    yield site / "planted.html"
    (site / "planted.html").unlink()


@pytest.mark.parametrize("planted", PLANTED)
def test_the_policy_is_in_force_against_what_is_planted(
    browser: Browser, site: Path, planted_page: Path, address: str, planted: str
) -> None:
    planted_page.write_bytes((site / pages.KINDS["ledger"]).read_bytes().replace(b"<main", PLANTED[planted].encode() + b"<main", 1))
    for place in (site.as_uri() + "/", address):
        complaints: list[str] = []
        with listening(browser, complaints, color_scheme="light") as page:
            page.goto(f"{place}planted.html")
            assert page.title() != "run"
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == GROUND
            assert page.locator("[style]").evaluate_all("all => all.map(one => getComputedStyle(one).position)") in ([], ["static"])
        assert [one for one in complaints if "Content Security Policy" in one], f"{place}: nothing was refused"
