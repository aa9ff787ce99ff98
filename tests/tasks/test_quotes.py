"""Quotes: whole sentences of different customers, unlike one another, form letters once, and plain whatever was written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.causes.quotes import CHARACTERS, QUOTES, QUOTES_AT_MOST, alike, choose, excerpt, said_by

LETTER = (
    "I am writing to dispute the accounts below, which are not mine and were opened without my consent. "
    "Please remove them from my report within thirty days as the law says. Reference {}, of {}. Yours, {}."
)
DIFFERENT = (
    "my card was charged twice on one day and nobody helped",
    "they sold my loan to a firm that I never heard of",
    "the branch in our street is shut and the next is far",
    "your letter came weeks after the date that it names",
    "an agent hung up when we asked about that fee",
    "somebody opened accounts with papers stolen from us",
)


def unit(rows: list[list[float]]) -> np.ndarray:
    points = np.array(rows, dtype=np.float32)
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True))


# --- which texts


def test_quotes_are_of_different_customers_and_unlike_one_another() -> None:
    points = unit([[1, 0, 0], [1, 0, 0], [0.8, 0.6, 0], [0.8, 0, 0.6], [0.6, 0.8, 0]])
    texts = [DIFFERENT[place] for place in (0, 0, 1, 2, 3)]
    # the second repeats the first; the third is by the customer of the first
    assert choose(points, points[0], texts, ["a", "b", "a", "c", "d"]) == [0, 3, 4]


def test_a_short_text_is_quoted_only_where_there_is_nothing_longer() -> None:
    points = unit([[1, 0], [0.6, 0.8]])
    assert choose(points, points[0], ["Cold!", "the pool was so cold that day"], ["a", "b"]) == [1, 0]


def test_a_fourth_and_a_fifth_are_quoted_where_they_tell_of_something_else() -> None:
    apart = unit([[1, *(2.0 if place == row else 0.0 for place in range(6))] for row in range(6)])
    centre = unit([list(apart.mean(axis=0))])[0]
    assert len(choose(apart, centre, DIFFERENT, "abcdef")) == QUOTES_AT_MOST
    near = unit([[3, *(1.5 if place == row else 0.0 for place in range(6))] for row in range(6)])
    far_centre = unit([[1.0, *([-1.0] * 6)]])[0]  # every text is nearer to every other one than to the centre
    assert len(choose(near, far_centre, DIFFERENT, "abcdef")) == QUOTES


def test_a_form_letter_is_chosen_once_whatever_its_numbers_and_names() -> None:
    letters = [LETTER.format(place, "[date]", name) for place, name in enumerate(("Ann", "Bob", "Cem", "Dot"))]
    points = unit([[1, 0, 0.25 * place] for place in range(4)] + [[0.6, 0.8, 0], [0.5, -0.8, 0]])
    chosen = choose(points, points[0], [*letters, *DIFFERENT[:2]], list("abcdef"))
    assert len([place for place in chosen if place < 4]) == 1
    assert {4, 5} < set(chosen)


def test_how_many_say_the_same_is_counted_in_records() -> None:
    letters = [LETTER.format(place, f"XX/XX/{place}", "[name]") for place in range(3)]
    texts = [*letters, "something quite different that I have to say about the pool"]
    points = unit([[1, 0], [1, 0.1], [1, 0.2], [1, 0.3]])
    assert said_by(points, texts, np.array([2, 1, 4, 8]), [1, 3]) == [7, 8]


def test_texts_are_alike_by_their_pairs_of_words() -> None:
    # five pairs of six words each, the last word's own among them; one word more makes six of seven the same: 5 / 7 > 0.6
    texts = [
        "the pool was cold last night",
        "The POOL was cold, last night 12",
        "the pool was cold last night again",
        "night last cold was pool the",
    ]
    point = unit([[1, 0]])[0]
    assert alike(unit([[1, 0]] * 4), texts, point, texts[0]).tolist() == [True, True, True, False]
    # the same words, but the vectors say that they mean something else
    assert alike(unit([[0, 1]] * 4), texts, point, texts[0]).tolist() == [False] * 4


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=60), st.sampled_from("abcdef")), max_size=12), st.integers(0, 2**16))
def test_quotes_are_never_more_than_five_nor_of_one_customer_twice(told: list[tuple[str, str]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = unit(rng.normal(size=(len(told), 4)).tolist()) if told else np.zeros((0, 4), dtype=np.float32)
    texts, customers = [text for text, _ in told], [customer for _, customer in told]
    chosen = choose(points, unit([[1, 0, 0, 0]])[0], texts, customers)
    assert len({customers[row] for row in chosen}) == len(chosen) <= QUOTES_AT_MOST
    assert bool(chosen) == bool(told)
    assert all(records >= 0 for records in said_by(points, texts, np.ones(len(told), dtype=np.int64), chosen))


# --- what of a text


def test_an_excerpt_is_whole_sentences_with_marks_where_something_is_left_out() -> None:
    text = "I came at nine. " * 20 + "The pool was cold. The water was cold too. " + "Then I went home. " * 20
    told = excerpt(text, {"pool": 0.8, "cold": 0.5, "water": 0.3})
    assert told.startswith("… ")
    assert "The pool was cold. The water was cold too." in told
    assert told.endswith(" …")
    assert len(told) <= CHARACTERS + 4


def test_a_short_text_is_quoted_whole() -> None:
    assert excerpt("The pool was cold.\nTwice.", {"pool": 1.0}) == "The pool was cold. Twice."


def test_an_endless_sentence_is_cut_between_words() -> None:
    told = excerpt("word " * 200, {"word": 1.0})
    assert told == "word " * 59 + "word…"
    assert len(excerpt("x" * 5_000, {})) == CHARACTERS + 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<p>The pool <b>was</b> cold</p><script>alert('x')</script>", "The pool was cold"),
        ("&lt;img src=x onerror=alert(1)&gt;The pool was cold", "The pool was cold"),
        ("The \u202eloop\u202c was\x00 cold\u2066!", "The loop was cold !"),
        ("<!-- hidden --><style>p {}</style>Cold [email] pool", "Cold [email] pool"),
    ],
)
def test_hostile_text_comes_out_plain(text: str, told: str) -> None:
    assert excerpt(text, {}) == told


@given(st.text(max_size=2_000), st.dictionaries(st.sampled_from(["a", "pool", "the"]), st.floats(0, 1), max_size=3))
@settings(max_examples=60)
def test_an_excerpt_is_always_short(text: str, terms: dict[str, float]) -> None:
    assert len(excerpt(text, terms)) <= CHARACTERS + 4
