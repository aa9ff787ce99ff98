"""Form letters are found whatever names, dates and amounts they bear; what only resembles them is left alone."""

from __future__ import annotations

import random
import re
import time
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.form_letters import SIMILAR_FROM, WORDS_AT_LEAST, form_letters

LETTER = (
    "Dear Sir or Madam, on {date} my account was charged {amount} for a service that I never ordered and never used. "
    "I have called your hotline three times and was promised a refund within ten days, and nothing has come. "
    "I ask you to pay back the whole amount at once and to confirm in writing that this will not happen again. "
    "If I do not hear from you I shall turn to the ombudsman and to my bank. Yours faithfully, {name}"
)
RUNNING_LATE = (
    "The ferry left forty minutes late and nobody told us why, we stood in the rain the whole time",
    "We stood in the rain for forty minutes since the boat was late, and no one of your crew said a word about it",
    "Late again: forty minutes, in pouring rain, without any announcement on the pier or on your web site",
)
WORDS = [f"{first}{second}{third}" for first in "bdfgk" for second in ("a", "ei", "o", "u") for third in ("lt", "m", "nd", "rk", "st")]


def groups(*texts: str | None, ids: list[str] | None = None) -> list[str | None]:
    """Return what is found for texts of the records a, b, c, ..."""
    names = ids or [chr(ord("a") + place) for place in range(len(texts))]
    found = form_letters(pd.Series(names, dtype="str"), pd.Series(texts, dtype="str"))
    return [None if pd.isna(value) else value for value in found]


def letter(date: str, amount: str, name: str) -> str:
    return LETTER.format(date=date, amount=amount, name=name)


@cache
def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return the runs of three words, by the definition and slowly; none where the text is too short."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"\[[a-z]+\]", " ", text.lower()))
    words = [word for word in words if not re.fullmatch("x+", word)]
    return frozenset(zip(words, words[1:], words[2:], strict=False)) if len(words) >= WORDS_AT_LEAST else frozenset()


def similarity(one: str, other: str) -> float:
    left, right = shingles(one), shingles(other)
    return len(left & right) / len(left | right) if left and right else 0.0


def near_copies(seed: int, letters: int = 30, copies: int = 6) -> list[str]:
    """Return texts in groups: each a letter of random words, and copies of it with some words replaced, few or many."""
    chance = random.Random(seed)
    texts = []
    for _ in range(letters):
        base = [chance.choice(WORDS) for _ in range(chance.randint(14, 90))]
        for copy in range(copies):
            words = list(base)
            for _ in range(chance.randint(0, copy)):
                words[chance.randrange(len(words))] = chance.choice(WORDS)
            texts.append(" ".join(words))
    chance.shuffle(texts)
    return texts


# what a form letter is


def test_the_same_letter_with_other_names_dates_and_amounts_is_marked_with_its_first_record() -> None:
    found = groups(
        letter("3 March", "$1,250.00", "Ann Miller"),
        RUNNING_LATE[0],
        letter("2026-04-17", "80 euros", "B. Okonkwo"),
        letter("XX/XX/2026", "XXXX", "XXXX XXXX XXXX"),
        letter("yesterday", "{$15.00}", "[name] [email]"),
    )
    assert found == ["a", None, "a", "a", "a"]


def test_capitals_punctuation_numbers_redactions_and_mask_tokens_make_no_difference() -> None:
    plain = "you have charged my card twice for one ticket and your desk does not answer my calls"
    written = (
        "YOU have charged — my card [card] twice (xx/xx/xxxx) for 1 one ticket;\nand: your desk 'does' not answer… “my” calls [phone]!!! 😡"
    )
    assert groups(plain, written) == ["a", "a"]
    assert groups(plain.replace("card twice", "other card"), written) == [None, None]


def test_letters_of_other_alphabets_are_words_too() -> None:
    russian = "Вы дважды сняли деньги с моей карты за один билет и ваша касса не отвечает на мои звонки"
    german = "Sie haben meine Karte zweimal für ein Ticket belastet und am Schalter hört mir niemand zu, unmöglich ist das"
    assert groups(russian, russian.upper() + "!", german, german.upper()) == ["a", "a", "c", "c"]


def test_different_complaints_about_the_same_thing_are_not_grouped() -> None:
    assert groups(*RUNNING_LATE) == [None, None, None]


def test_a_text_of_few_words_is_no_form_letter_and_nor_is_a_missing_one() -> None:
    eleven = "the ferry was late again and nobody on board knew why"
    assert groups(eleven, eleven, None, None, "", "", "x " * 40, "1 2 3 4 5 6 7 8 9 10 11 12 13") == [None] * 8
    assert groups(eleven + " exactly", eleven + " exactly") == ["a", "a"]


def test_the_first_record_is_the_first_by_its_id_and_not_by_its_row() -> None:
    copies = [letter(str(day), str(day), "N") for day in range(4)]
    assert groups(*copies, ids=["C-20", "C-1", "C-100", "C-3"]) == ["C-1"] * 4


def test_every_text_of_a_group_is_near_the_first_one_so_that_a_chain_of_small_changes_does_not_tie_strangers() -> None:
    words = [f"{first}{second}" for first in WORDS[:10] for second in WORDS[:6]]
    changed = [" ".join(word + "s" if place < 6 * step else word for place, word in enumerate(words)) for step in range(8)]
    found = groups(*changed)
    assert len(set(found)) > 1
    for text, first in zip(changed, found, strict=True):
        assert first is None or similarity(text, changed[ord(first) - ord("a")]) >= SIMILAR_FROM


# the definition, the slow way


def test_comparing_all_pairs_finds_no_group_that_is_wrong_and_hardly_a_letter_that_was_missed() -> None:
    marked_texts, missed = 0, 0
    for seed in range(6):
        texts = near_copies(seed)
        ids = [f"{place:03d}" for place in range(len(texts))]
        found = [None if first is None else int(first) for first in groups(*texts, ids=ids)]
        leaders = {first for first in found if first is not None}
        for place, first in enumerate(found):
            if first is None:
                missed += any(similarity(texts[place], texts[leader]) >= SIMILAR_FROM for leader in leaders)
            else:
                assert first == found[first] <= place
                assert first == place or similarity(texts[place], texts[first]) >= SIMILAR_FROM
        marked_texts += sum(first is not None for first in found)
    assert marked_texts > 600
    assert missed <= marked_texts / 500


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_makes_no_difference(seed: int, chance: random.Random) -> None:
    texts = near_copies(seed, letters=5, copies=4)
    ids = [f"{place:03d}" for place in range(len(texts))]
    rows = list(zip(ids, texts, strict=True))
    chance.shuffle(rows)
    shuffled = groups(*(text for _, text in rows), ids=[name for name, _ in rows])
    assert dict(zip([name for name, _ in rows], shuffled, strict=True)) == dict(zip(ids, groups(*texts, ids=ids), strict=True))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS[:6]), max_size=30).map(" ".join), max_size=12))
def test_what_was_found_is_found_again_among_the_marked_and_the_firsts_are_unlike_each_other(texts: list[str]) -> None:
    ids = [f"{place:03d}" for place in range(len(texts))]
    found = groups(*texts, ids=ids)
    marked = [place for place, first in enumerate(found) if first is not None]
    assert groups(*(texts[place] for place in marked), ids=[ids[place] for place in marked]) == [found[place] for place in marked]
    firsts = [int(first) for first in sorted({first for first in found if first is not None})]
    assert groups(*(texts[place] for place in firsts), ids=[ids[place] for place in firsts]) == [None] * len(firsts)


def test_the_index_of_the_texts_is_kept_and_no_rows_give_none() -> None:
    texts = pd.Series([LETTER, "short", LETTER], index=[7, 3, 5], dtype="str")
    found = form_letters(pd.Series(["r1", "r2", "r3"], index=[7, 3, 5], dtype="str"), texts)
    assert found.index.tolist() == [7, 3, 5]
    assert found.dtype == "str"
    assert found.fillna("-").tolist() == ["r1", "-", "r1"]
    assert form_letters(texts.iloc[:0], texts.iloc[:0]).empty


# real letters, and many


def test_the_form_letters_of_a_consumer_bureau_are_found_all_of_them(data_folder: Path) -> None:
    quarters = [pd.read_csv(folder, dtype=str) for folder in sorted((data_folder / "cfpb").glob("*.csv"))]
    complaints = pd.concat(quarters, ignore_index=True).dropna(subset="Consumer complaint narrative")
    texts, ids = complaints["Consumer complaint narrative"].astype("str"), complaints["Complaint ID"].astype("str")
    found = form_letters(ids, texts)
    assert (len(texts), int(found.notna().sum()), found.nunique()) == (1099, 43, 19)  # as comparing all pairs gives them, looked at by eye


def test_thirty_thousand_different_texts_take_seconds_and_their_planted_letters_are_found() -> None:
    chance = np.random.default_rng(1)
    vocabulary = np.array([first + second for first in WORDS for second in WORDS])
    texts = pd.Series([" ".join(row) for row in vocabulary[chance.zipf(1.3, size=(30_000, 25)) % len(vocabulary)]], dtype="str")
    planted = chance.choice(len(texts), 500, replace=False)
    texts.iloc[planted] = [letter(f"{number} March", f"${number}", "A B") for number in range(500)]
    ids = pd.Series([f"{place:06d}" for place in range(len(texts))], dtype="str")
    started = time.process_time()
    found = form_letters(ids, texts)
    seconds = time.process_time() - started
    assert set(np.flatnonzero(found == f"{planted.min():06d}")) == set(planted)
    assert seconds < 3, f"30,000 texts took {seconds:.1f} s"
