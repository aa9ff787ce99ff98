"""Whatever anybody writes into any field, in any page: it is shown as it was written, and does nothing."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from reports.formats import clean
from reports.history_pages import history_pages
from reports.history_record import LeftOut
from reports.page import render_report
from reports.standard_pages import standard_pages
from tasks.results import CycleSummary, Letter
from tests.reports import pages
from tests.reports.browsing import CUT_OFF, PHONE, UNFOLD, is_wide, listening
from tests.reports.hostile import ATTACKS, PLAIN, hostile_words
from tests.reports.markup import Page, plain, read

KINDS = ("standard apart", "validation", "refusal", "history", "standard", "cause", "follow-ups", "ledger")
STARTS = ("=", "+", "-", "@", "\t", "\r")
EVERYTHING = " ".join(ATTACKS.values())
TAGS = "[...document.querySelectorAll('*')].map(one => one.tagName)"
NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
LINKS = re.compile(r"(#|(\.\./)*[A-Za-z0-9])[^:\s]*|https://reports\.aldermere\.example/.*|data:image/(svg\+xml|png)[,;].*|cid:[\w.@-]+")


@cache
def hostile_letters(words: str) -> tuple[Letter, ...]:
    """Return every letter of a summary with `words` in every free text."""
    return pages.letters(hostile_words(pages.RICH, words))


@cache
def hostile_site(words: str) -> Mapping[str, bytes]:
    """Return a page of each kind with `words` in every free text."""
    summary = hostile_words(pages.RICH, words)
    past = hostile_words_in_history(words)
    return {
        "report": render_report(summary),
        "validation": pages.validation(summary, summary.data),
        "refusal": pages.validation(summary, hostile_words(pages.REFUSED, words)),
        **{kind: past[name] for kind, name in pages.KINDS.items() if name in past},
    }


@cache
def hostile_page_apart(words: str) -> bytes:
    """Return the page of a standard among many, with `words` in every free text."""
    return standard_pages(hostile_words(pages.MANY, words))[pages.KINDS["standard apart"].partition("/")[2]]


def hostile_page(words: str, kind: str) -> bytes:
    """Return a page of one kind with `words` in every free text."""
    return hostile_page_apart(words) if kind == "standard apart" else hostile_site(words)[kind]


def hostile_words_in_history(words: str) -> Mapping[str, bytes]:
    """Return the pages of a history whose summaries, entries, follow-ups and events hold `words`."""
    past = pages.history(pages.RICH)
    hostile: dict[str, object] = {
        name: tuple(hostile_words(one, words) for one in getattr(past, name)) for name in ("summaries", "entries", "follow_ups")
    }
    events = tuple(replace(one, actor=words, kind=words, step=words) for one in past.events)
    left_out = (LeftOut("2024Q4", words),)
    return history_pages(replace(past, **hostile, events=events, left_out=left_out))


def shape(page: Page) -> list[tuple[str, ...]]:
    """Return the elements of a page with all that no words may change."""
    return [(one.tag, *sorted(one.attributes), one.attributes.get("class", "")) for one in page.elements]


def times_shown(words: str, page: Page) -> int:
    """Return how often a reader sees these words on a page, capital letters aside."""
    return page.text.casefold().count(plain(clean(words)).casefold())


def addresses(page: Page) -> list[str]:
    """Return the addresses of a page that only somebody's words can have made."""
    links = [link for attribute in ("href", "src", "action", "xlink:href") for link in page.values(attribute)]
    return [link for link in links if not LINKS.fullmatch(link)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_page_has_the_elements_that_it_has_with_plain_words_and_shows_the_hostile_ones_as_often(attack: str) -> None:
    words = ATTACKS[attack]
    for name, content in hostile_site(words).items():
        page, usual = read(content), read(hostile_site(PLAIN)[name])
        shown, expected = times_shown(words, page), times_shown(PLAIN, usual)
        assert shape(page) == shape(usual), name
        assert (name, shown) == (name, expected)
        assert expected > 0, name
        assert addresses(page) == [], name


def test_the_page_of_a_standard_among_many_has_the_elements_that_it_has_with_plain_words() -> None:
    page, usual = read(hostile_page_apart(EVERYTHING)), read(hostile_page_apart(PLAIN))
    assert shape(page) == shape(usual)
    assert times_shown(EVERYTHING, page) == times_shown(PLAIN, usual) > 0
    assert addresses(page) == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_letter_has_no_element_that_it_does_not_have_with_plain_words_and_its_subject_is_one_line(attack: str) -> None:
    for letter, usual in zip(hostile_letters(ATTACKS[attack]), hostile_letters(PLAIN), strict=True):
        page = read(letter.html)
        assert set(shape(page)) <= set(shape(read(usual.html))), "what is too long for a letter may be left out, and nothing more"
        assert addresses(page) == []
        assert not re.search(r"[\x00-\x1f\x7f\x85\u2028\u2029]", letter.subject)
        assert (letter.audience, letter.recipient) == (usual.audience, usual.recipient)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_cell_of_a_table_begins_like_a_formula_and_no_row_is_added(attack: str) -> None:
    hostile, usual = (hostile_words(pages.RICH, words) for words in (ATTACKS[attack], PLAIN))
    for name, write in pages.TABLES.items():
        rows, expected = (list(csv.reader(io.StringIO(write(one).decode(), newline=""))) for one in (hostile, usual))
        assert [len(row) for row in rows] == [len(row) for row in expected], name
        cells = {cell for row in rows for cell in row if cell.startswith(STARTS)}
        assert [cell for cell in cells if not NUMBER.fullmatch(cell)] == [], name


def elements(browser: Browser, path: Path) -> Counter[str]:
    """Return how many elements of each tag the browser makes of a page."""
    with listening(browser, []) as page:
        page.goto(path.as_uri())
        return Counter(page.evaluate(TAGS))


@pytest.fixture(scope="module")
def usual_elements(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Counter[str]]:
    """The elements of each kind of page with plain words."""
    folder = tmp_path_factory.mktemp("usual")
    pages.write(folder, {f"{kind}.html": hostile_page(PLAIN, kind) for kind in ("report", *KINDS)})
    return {kind: elements(browser, folder / f"{kind}.html") for kind in ("report", *KINDS)}


IN_A_BROWSER = [*((name, words, "report") for name, words in ATTACKS.items()), *(("all", EVERYTHING, kind) for kind in KINDS)]


@pytest.mark.parametrize(("words", "kind"), [pytest.param(words, kind, id=f"{name}-{kind}") for name, words, kind in IN_A_BROWSER])
def test_in_a_browser_nothing_runs_nothing_is_made_of_the_words_and_a_phone_holds_them(
    browser: Browser, usual_elements: Mapping[str, Counter[str]], tmp_path: Path, words: str, kind: str
) -> None:
    (tmp_path / "page.html").write_bytes(hostile_page(words, kind))
    complaints: list[str] = []
    with listening(browser, complaints, viewport=PHONE) as page:
        page.goto((tmp_path / "page.html").as_uri())
        assert not is_wide(page)
        page.evaluate(UNFOLD)
        assert not is_wide(page)
        assert page.evaluate(CUT_OFF) == []
        assert Counter(page.evaluate(TAGS)) == usual_elements[kind]
        assert page.title() != "run"
    assert complaints == []


def of_one_cause(words: str) -> CycleSummary:
    """Return a quarter whose title, one cause, its quote and one follow-up say these words."""
    cause = pages.RICH.causes[0]
    cause = cause.model_copy(update={"label": words, "quotes": (cause.quotes[0].model_copy(update={"text": words}),)})
    follow_up = pages.RICH.follow_ups[0].model_copy(update={"title": words, "evidence": words})
    return pages.EMPTY.model_copy(update={"title": words, "causes": (cause,), "follow_ups": (follow_up,)})


USUAL = shape(read(render_report(of_one_cause(PLAIN))))
MARKUP = st.text(st.sampled_from("<>&\"'/=!-{}%#;` \t\n\r\x00\u202e\u2028abcscript"), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(st.one_of(MARKUP, st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)))
def test_no_words_at_all_change_the_elements_of_a_report(words: str) -> None:
    page = read(render_report(of_one_cause(words)))
    assert shape(page) == USUAL
    assert plain(clean(words)) in page.text


def test_of_marks_that_are_heaped_on_one_letter_a_few_are_kept_and_no_language_loses_any() -> None:
    assert clean("Z" + "\u0301\u0489" * 30 + "a") == "Z" + "\u0301\u0489" * 3 + "a"
    for words in ("Vie\u0323\u0302t Nam", "\u05d1\u05bc\u05b0\u05e8\u05b5\u05d0\u05e9\u05c1\u05b4\u0596\u05d9\u05ea", "\u2764\ufe0f\u20e3"):
        assert clean(words) == words
