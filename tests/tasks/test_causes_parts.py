"""Texts as words: their keys, repeats, what is left of HTML, and samples that do not depend on the order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.causes.texts import NO_TEXT, collapse, hash_sample, plain, words_key

# --- words


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("The Pool was COLD", "the pool was cold"),
        ("Cold pool. Again!", "cold pool . again"),
        ("Call me on [phone], [name] said", "call me on . said"),
        ("Owed {$100.00} since XX/XX/2019", "owed . since xx . xx"),
        ("XXXX XXXX", ""),
        ("[email] 12-34 🙂", ""),
        ("<p>I don’t swim</p>", "i don't swim"),
        ("Größe, öde Straße", "größe . öde straße"),
        ("re-inspection", "re inspection"),
    ],
)
def test_a_key_keeps_words_and_marks_where_a_phrase_ends(text: str, key: str) -> None:
    assert words_key(text) == key


def test_texts_that_differ_in_numbers_and_case_alone_are_one() -> None:
    unique = collapse(["Case 12 closed", "CASE 99 CLOSED", "case closed", "Case 3 closed", "🙂"])
    assert unique.keys == ("case . closed", "case closed")
    assert unique.weights.tolist() == [3, 1]
    assert unique.of_record.tolist() == [0, 0, 1, 0, NO_TEXT]


def test_plain_drops_html_controls_and_reversed_writing() -> None:
    assert plain("<b>Cold</b>\x00 \u202epool\r\n<!-- x --><style>p {}</style>&amp; more") == "Cold pool & more"


def test_a_lone_bracket_is_no_html() -> None:
    assert plain("5 < 6 and 7 > 6") == "5 < 6 and 7 > 6"


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=60, unique=True), st.integers(1, 60))
def test_a_sample_depends_on_the_keys_and_not_on_their_order(keys: list[str], size: int) -> None:
    chosen = {keys[row] for row in hash_sample(keys, size)}
    assert chosen == {keys[::-1][row] for row in hash_sample(keys[::-1], size)}
    assert len(chosen) == min(size, len(keys))
