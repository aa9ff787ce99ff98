"""Severity: what the programme's columns and words say of each record, the gravest first."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.programme import Programme
from tasks.severity import due_days, holds_words, rank_of, severe_cases, severities
from tests.programmes import programme

INJURY = {"id": "injury", "title": "Injury", "words": ["injured", "broken leg"], "due_in_working_days": 2, "is_for_leadership": True}
ANGER = {"id": "anger", "title": "Anger", "where": {"category": ["site"]}, "words": ["furious"], "due_in_working_days": 5}
BLOCKED = {"id": "blocked", "title": "Blocked", "where": {"category": ["site", "lounge"]}, "due_in_working_days": 8}


def house(*grades: dict[str, Any]) -> Programme:
    return programme(severities=list(grades))


def told(texts: list[str | None], categories: list[str | None] | None = None) -> pd.DataFrame:
    columns = {"text": pd.Series(texts, dtype="str")}
    return pd.DataFrame(columns | ({"category": pd.Series(categories, dtype="str")} if categories else {}))


def holds(text: str | None, *phrases: str) -> bool:
    return bool(holds_words(pd.Series([text], dtype="str"), phrases)[0])


def test_each_record_has_the_gravest_severity_that_it_shows() -> None:
    feedback = told(
        ["I was injured and furious", "I am furious", "I am furious", "quiet", None, None],
        ["site", "site", "counter", "lounge", "site", None],
    )
    assert severities(feedback, house(INJURY, ANGER, BLOCKED)).tolist() == ["injury", "anger", "", "blocked", "blocked", ""]


def test_a_programme_without_severities_finds_none_and_the_rows_keep_their_index() -> None:
    feedback = told(["injured", "fine"]).set_axis([7, 3])
    found = severities(feedback, programme())
    assert found.to_dict() == {7: "", 3: ""}
    assert severities(feedback, house(INJURY)).to_dict() == {7: "injury", 3: ""}
    assert severities(feedback.iloc[:0], house(INJURY)).tolist() == []


def test_a_column_that_is_not_there_meets_nothing_and_without_a_text_no_word_is_found() -> None:
    assert severities(told(["furious"]), house(ANGER, BLOCKED)).tolist() == [""]
    assert severities(told(["injured"], ["site"]).drop(columns="text"), house(INJURY, ANGER, BLOCKED)).tolist() == ["blocked"]


@pytest.mark.parametrize(
    "text",
    [
        "injured",
        "INJURED!",
        "(Injured)",
        "un-injured",
        "he was\ninjured.",
        "a broken   leg",
        "a Broken\n\tLeg",
        "“broken\u00a0leg”",
        "broken leg",
    ],
)
def test_words_are_found_whatever_stands_around_them(text: str) -> None:
    assert holds(text, "injured", "broken leg")


@pytest.mark.parametrize(
    "text", ["uninjured", "injuredly", "injured2", "_injured", "éinjured", "injuredß", "broken legs", "leg broken", "", None]
)
def test_a_part_of_a_word_is_not_the_word(text: str | None) -> None:
    assert not holds(text, "injured", "broken leg")


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("EINE GROSSE STRASSE", "große straße"),
        ("in der großen Straße", "STRASSE"),
        ("cafe\u0301 closed", "café"),
        ("café closed", "cafe\u0301"),
        ("I can’t walk", "can't walk"),
        ("I can't walk", "can’t WALK"),
        ("ΟΔΌΣ κλειστή", "οδός"),
        ("сломана НОГА", "нога"),
        ("price 50% (!) gone", "50% (!)"),
        ("c++ crashed", "C++"),
    ],
)
def test_capitals_accents_and_apostrophes_are_one_however_they_are_written(text: str, phrase: str) -> None:
    assert holds(text, phrase)


@pytest.mark.parametrize(
    ("text", "phrase"), [("anything", ".*"), ("abc", "a.c"), ("legs", "leg|arm"), ("aa", "a{2}"), ("x", "[a-z]"), ("x", "  ")]
)
def test_a_phrase_is_never_a_pattern(text: str, phrase: str) -> None:
    assert not holds(text, phrase)


def test_a_mask_is_not_what_a_customer_said() -> None:
    assert not holds("call me at [phone]", "phone")
    assert not holds("a broken [name] leg", "broken leg")
    assert holds("the phone is dead, call [phone]", "phone")


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab .-[]", max_size=12), max_size=8), st.sampled_from(["a", "ab", "a b", "ba"]))
def test_ascii_texts_are_read_as_pythons_own_expressions_read_them(texts: list[str], phrase: str) -> None:
    found = holds_words(pd.Series(texts, dtype="str"), [phrase]).tolist()
    pattern = re.compile(r"(?<!\w)" + phrase.replace(" ", r"\s+") + r"(?!\w)")
    assert found == [pattern.search(re.sub(r"\[[a-z]+\]", " ; ", text)) is not None for text in texts]


def test_more_rows_than_are_read_at_once_are_read_in_order() -> None:
    texts = pd.Series(["fine"] * 70_000, dtype="str")
    texts.iloc[[0, 65_535, 65_536, 69_999]] = "injured"
    assert holds_words(texts, ["injured"]).nonzero()[0].tolist() == [0, 65_535, 65_536, 69_999]


def test_severe_cases_are_counted_by_touchpoint_and_those_of_none_are_not_lost() -> None:
    severity = pd.Series(["injury", "injury", "anger", "injury", ""], dtype="str")
    touchpoint = pd.Series(["lounge", "lounge", "site", None, "site"], dtype="str")
    assert severe_cases(severity, touchpoint, house(INJURY, ANGER)) == {("injury", "lounge"): 2, ("injury", ""): 1}
    assert severe_cases(severity, touchpoint, house(ANGER)) == {}


def test_rank_and_due_days_of_a_severity_and_of_none() -> None:
    graded = programme(severities=[INJURY, ANGER], rules={"due_in_working_days": 20})
    assert [rank_of(one, graded) for one in ("injury", "anger", "", "no longer named")] == [0, 1, 2, 2]
    assert [due_days(one, graded) for one in ("injury", "anger", "", "no longer named")] == [2, 5, 20, 20]
