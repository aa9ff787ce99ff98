"""Each mail as a browser shows it, its picture in place of the reference to it."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Browser, ViewportSize

from config.programme import Audience
from reports.letters import compose
from tasks.results import Letter
from tests.reports import sample_loop, samples
from tests.reports.browsing import is_wide, listening
from tests.reports.samples import AUDIENCES, LEDGER_HEAD, MAILED_DEPARTMENTS
from tests.reports.test_letter_praise import PRAISED
from tests.reports.test_page import HOSTILE

LINK = "https://reports.aldermere.example/aldermere-water/2025Q4/index.html"
FRONTLINE = Audience(id="frontline", gets="praise", mail=("all@aldermere.example",))
MAIL_WINDOW, PHONE = (ViewportSize(width=width, height=700) for width in (640, 390))
ONE_SCREEN = 700
HEIGHT_BEFORE_THE_PICTURE = "[...document.querySelectorAll('h2')].at(-1).getBoundingClientRect().top"


def shown(letter: Letter) -> str:
    """The letter's HTML as a mail programme shows it."""
    html = letter.html
    for picture in letter.pictures:
        html = html.replace(f"cid:{picture.content_id}", f"data:image/png;base64,{base64.b64encode(picture.png).decode()}")
    return html


@pytest.fixture(scope="module")
def letters() -> tuple[Letter, ...]:
    """Every kind of letter, and the same with hostile words."""
    loop = sample_loop.SUMMARY.model_copy(update={"praise": PRAISED.praise})
    hostile = sample_loop.with_hostile_loop(HOSTILE)
    every = (*AUDIENCES, FRONTLINE)
    return tuple(letter for summary in (loop, hostile) for letter in compose(summary, every, MAILED_DEPARTMENTS, LINK, LEDGER_HEAD))


@pytest.mark.parametrize("window", [MAIL_WINDOW, PHONE], ids=["mail window", "phone"])
def test_no_mail_complains_asks_for_anything_or_scrolls_sideways(
    browser: Browser, letters: tuple[Letter, ...], window: ViewportSize
) -> None:
    complaints: list[str] = []
    for letter in letters:
        with listening(browser, complaints, viewport=window) as page:
            page.on("request", lambda request: complaints.append(f"asked for {request.url}") if request.url.startswith("http") else None)
            page.set_content(shown(letter))
            assert not is_wide(page), letter.recipient
            for image in page.query_selector_all("img"):
                assert image.evaluate("one => one.complete && one.naturalWidth") == 960
    assert complaints == []


def test_the_digest_is_one_screen_apart_from_its_picture(browser: Browser, letters: tuple[Letter, ...]) -> None:
    complaints: list[str] = []
    with listening(browser, complaints, viewport=MAIL_WINDOW) as page:
        page.set_content(shown(letters[0]))
        assert page.evaluate(HEIGHT_BEFORE_THE_PICTURE) <= ONE_SCREEN
    assert letters[0].audience == "leadership"


def test_a_dark_screen_gets_dark_ground_and_light_words(browser: Browser, letters: tuple[Letter, ...]) -> None:
    complaints: list[str] = []
    with listening(browser, complaints, viewport=MAIL_WINDOW, color_scheme="dark") as page:
        page.set_content(shown(letters[0]))
        colours = page.evaluate(
            "['.sheet', '.inside'].map(one => getComputedStyle(document.querySelector(one))).map(one => [one.backgroundColor, one.color])"
        )
    assert (colours[0][0], colours[1][1]) == ("rgb(25, 33, 43)", "rgb(233, 238, 245)")


def test_the_sample_has_every_kind_of_letter(letters: tuple[Letter, ...]) -> None:
    assert {letter.audience for letter in letters} == {"leadership", "quality", "owners", "frontline"}
    assert samples.SUMMARY.charts
