"""Whose words are whose: one person's are found and taken out, everybody else's stay."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from tasks.causes.quotes import CHARACTERS, excerpt
from tasks.results import Quote
from tasks.words import NOTE, holds_feedback, is_of, is_theirs, placing_columns, quotes_in, texts_of, without_quotes, without_words
from tests.programmes import programme

ANN = "customer:ann"
FEEDBACK = pd.DataFrame(
    {
        "source": ["calls", "calls", "letters", "calls"],
        "record_id": ["1", "2", "1", None],
        "customer_id": ["ann", "bob", None, "ann"],
        "category": ["counter", "site", "site", "lounge"],
        "text": ["Too slow", "Too slow", "Too loud", None],
        "region": ["north", "north", "south", "south"],
        "best_thing": ["the cat", "the view", None, "my aunt Mabel"],
        "desk": ["desk 1", "desk 2", "desk 2", "desk 4"],
        "rule": ["a", "b", "c", "d"],
        "cycle": ["2026Q1"] * 4,
    }
).astype("str")


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        ([ANN], [True, False, False, True]),
        (["record:letters/1"], [False, False, True, False]),
        (["record:calls/1", "customer:bob"], [True, True, False, False]),
        (["customer:calls/1", "record:ann", "record:calls/"], [False] * 4),
        ([], [False] * 4),
    ],
)
def test_a_row_is_found_by_its_customer_or_by_source_and_record(subjects: list[str], expected: list[bool]) -> None:
    assert is_of(FEEDBACK, subjects).tolist() == expected


def test_where_customers_are_not_known_records_are() -> None:
    assert is_of(FEEDBACK.drop(columns="customer_id"), [ANN, "record:calls/2"]).tolist() == [False, True, False, False]


def test_text_and_what_nobody_else_says_are_blanked_and_all_else_stays() -> None:
    before = FEEDBACK.copy()
    blanked = without_words(FEEDBACK, [ANN], {"desk"})
    assert blanked["text"].isna().tolist() == [True, False, False, True]
    assert blanked["best_thing"].fillna("-").tolist() == ["-", "the view", "-", "-"]
    same = [name for name in FEEDBACK if name not in ("text", "best_thing")]
    assert_frame_equal(blanked[same], FEEDBACK[same])
    assert blanked.dtypes.equals(FEEDBACK.dtypes)
    assert_frame_equal(FEEDBACK, before)


def test_the_vector_of_a_text_goes_with_its_words() -> None:
    vectors = FEEDBACK[["source", "record_id", "customer_id"]].assign(vector=[b"1", b"2", b"3", b"4"])
    assert holds_feedback(vectors.columns)
    assert without_words(vectors, [ANN], ())["vector"].tolist() == [None, b"2", b"3", None]


def test_a_table_without_the_persons_rows_is_the_same_table() -> None:
    assert without_words(FEEDBACK, ["customer:eve"], ()) is FEEDBACK
    assert without_words(FEEDBACK.drop(columns="text"), [ANN], ())["best_thing"].isna().sum() == 3


def test_the_columns_that_place_records_are_those_of_every_touchpoint() -> None:
    assert placing_columns(programme()) == {"category"}


def test_what_a_person_said_is_known_by_record() -> None:
    assert texts_of(FEEDBACK, [ANN]) == {"1": {"Too slow"}}
    assert texts_of(FEEDBACK.drop(columns="text"), [ANN]) == {}


def test_only_tables_of_feedback_hold_words() -> None:
    assert holds_feedback(["record_id", "pipe", "occurred_at", "text"])
    assert not holds_feedback(["source", "record_id", "question", "score"])


LONG = "The lamp is broken. " * 30 + "Nobody came to mend it, and it is dark at night."


@pytest.mark.parametrize(
    ("quote", "said", "expected"),
    [
        (("1", "Too slow"), {"1": ["Too slow"]}, True),
        (("1", "… Nobody came to mend it, and it is dark at night."), {"1": [LONG]}, True),
        (("1", "The lamp is broken. The lamp is …"), {"1": [LONG]}, True),
        (("1", "Too loud"), {"1": ["Too slow"]}, False),  # another source's record of the same id
        (("2", "Too slow"), {"1": ["Too slow"]}, True),  # all that was said, under another id
        (("2", "slow"), {"1": ["Too slow"]}, False),  # a part of it: other people say so too
        (("2", "It was too slow for me"), {"1": ["slow"]}, False),
        (("1", "A & B are late"), {"1": ["<p>A &amp; B\n are late</p>"]}, True),
        (("1", NOTE), {"1": ["Too slow"]}, False),
        (("1", "Too slow"), {}, False),
    ],
)
def test_a_quote_is_a_persons_if_it_is_out_of_their_text(quote: tuple[str, str], said: dict[str, list[str]], expected: bool) -> None:
    assert is_theirs(Quote(record_id=quote[0], text=quote[1]), said) is expected


@given(text=st.text(alphabet=st.sampled_from("ab c.!?…,;:-\n<&>") | st.characters(), min_size=1, max_size=3 * CHARACTERS))
@example(text="… so it ends …")
@example(text="x" * CHARACTERS + ", " + "y" * CHARACTERS)
def test_every_quote_that_can_be_made_of_a_text_is_recognised(text: str) -> None:
    assert is_theirs(Quote(record_id="1", text=excerpt(text, {})), {"1": [text]})


def test_a_quote_that_an_earlier_version_stored_is_found_too() -> None:
    assert [quote.text for quote in quotes_in({"quotes": [{"record_id": "1", "text": "Too slow"}]})] == ["Too slow"]


def test_quotes_are_replaced_wherever_they_stand_and_nothing_else_is() -> None:
    theirs, other = {"record_id": "1", "text": "Too slow"}, {"record_id": "3", "text": "Too loud"}
    value = {"causes": [{"label": "Too slow", "quotes": [theirs, other]}], "n": 1, "none": None}
    assert [quote.text for quote in quotes_in(value)] == ["Too slow", "Too loud"]
    expected = {"causes": [{"label": "Too slow", "quotes": [{"record_id": "1", "text": NOTE}, other]}], "n": 1, "none": None}
    assert without_quotes(value, {"1": ["Too slow"]}) == expected
