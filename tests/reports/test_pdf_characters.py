from __future__ import annotations

import json

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from reports.formats import clean
from reports.pdf_characters import MISSING, comparable, printable, printed_code_points, without_marks

SHEET = b"""
#set document(title: "characters")
#set page(height: auto)
#set text(font: ("Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono"))
#for character in json("characters.json") [#character #text(weight: "bold", character) ]
"""


def test_every_character_that_is_said_to_be_printed_has_a_shape_in_both_weights() -> None:
    characters = [chr(point) for point in sorted(printed_code_points())]
    files = {"main": SHEET, "characters.json": json.dumps(characters).encode()}
    assert len(characters) > 7000
    typst.compile(files, ignore_system_fonts=True, pdf_standards="a-2u", timestamp=0)  # type: ignore[call-overload]  # refuses what has none


@pytest.mark.parametrize(
    "words",
    [
        "Łódź, Plzeň, Åse, Þórr, İstanbul, Việt Nam, œuvre, 12,50 €, „quoted“ … – —",
        "Вода не идёт, щука їсть ґрунт",
        "Τίποτα δεν λειτουργεί, ώρες αναμονής",
        "המים לא עובדים",
        "الماء لا يعمل",
    ],
)
def test_the_scripts_of_most_customers_are_printed_as_they_are(words: str) -> None:
    assert printable(words) == words


def test_a_character_without_a_shape_is_shown_as_missing_and_never_left_out() -> None:
    assert printable("水が出ない \U0001f600!") == f"{MISSING * 5} {MISSING}!"


def test_what_nobody_can_see_is_left_out() -> None:
    assert printable("a\u200bb\u00adc\ufe0fd\u2060") == "abcd"


def test_accents_that_were_typed_apart_become_one_character() -> None:
    assert printable("e\u0301") == "é"
    assert without_marks("q\u0301") == "q"


def test_a_quote_is_recognised_across_broken_lines_hyphens_and_marks() -> None:
    assert comparable("un-\r\nbroken wo\u200brds of q\u0301") == comparable("unbroken words of q")
    assert comparable("ﬁne") == comparable("fine")
    assert comparable("one thing") != comparable("another thing")


@given(st.text())
def test_what_is_printed_stays_printed_and_what_is_compared_stays_comparable(words: str) -> None:
    cleaned = clean(words)
    assert printable(printable(cleaned)) == printable(cleaned)
    assert comparable(printable(cleaned)) == comparable(cleaned)
