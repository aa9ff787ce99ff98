"""A pupil: its features counted by hand, its regression against a plain one, its answers the same in any order and from storage."""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import InputError
from tasks.causes.features import Floats, features, letters, look_up, spelt, word_hashes
from tasks.causes.graph import NO_CLUSTER
from tasks.causes.pupil import CHARACTERS_AT_ONCE, Pupil, assign, from_bytes, to_bytes
from tasks.causes.teaching import CHARACTERS_AT_MOST, CHARACTERS_OF_ONE, READ_AT_MOST, RIDGE, SAMPLE, Block, _ridge, teach, to_read
from tasks.causes.texts import collapse

TOPICS = {
    "card": ["card", "chip", "contactless", "pin", "wallet", "plastic", "magnetic", "swipe", "expired", "blocked"],
    "loan": ["loan", "mortgage", "interest", "repayment", "instalment", "lender", "borrow", "house", "rate", "deposit"],
    "fraud": ["fraud", "stolen", "police", "scam", "hacker", "suspicious", "identity", "phishing", "victim", "theft"],
    "app": ["app", "phone", "password", "login", "crash", "update", "screen", "fingerprint", "android", "reset"],
}
FILLING = ["the", "my", "it", "was", "and", "this", "please", "still", "why", "not", "again", "with", "when"]
NAMES = list(TOPICS)


def sentence(topic: str, choose: random.Random) -> str:
    words = [*choose.sample(TOPICS[topic], 3), *choose.sample(FILLING, 4)]
    choose.shuffle(words)
    return " ".join(words)


def told(count: int, seed: int) -> tuple[list[str], np.ndarray]:
    """`count` texts about the topics in turn, and the place of each one's topic."""
    choose = random.Random(seed)
    topics = np.arange(count) % len(TOPICS)
    return [sentence(NAMES[topic], choose) for topic in topics], topics


def near(topics: np.ndarray, seed: int) -> Floats:
    """Unit vectors about that of the topic."""
    drawn = np.eye(len(TOPICS), 16)[topics] + 0.15 * np.random.default_rng(seed).standard_normal((len(topics), 16))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def taught(keys: Sequence[str], topics: np.ndarray) -> Pupil:
    return teach(keys, near(topics, 1), topics, np.eye(len(TOPICS), 16, dtype=np.float32), "drawn")


@cache
def known() -> Pupil:
    return taught(*told(240, 1))


@pytest.fixture
def pupil() -> Pupil:
    return known()


# --- features


def test_words_and_pairs_of_a_text_are_counted_and_no_pair_reaches_across_a_break_or_into_the_next_text() -> None:
    found = features(["my card . my card lost", "", "card"])
    assert found.words == ("card", "lost", "my")
    twice = np.float32(1 + math.log(2))
    np.testing.assert_array_equal(found.word_uses.toarray(), [[twice, 1, twice], [0, 0, 0], [1, 0, 0]])
    assert sorted(found.pair_uses.toarray()[0]) == [1, twice]  # my card twice, card lost once
    assert found.pair_uses.toarray()[1:].sum() == 0


def test_a_pair_is_another_one_the_other_way_round() -> None:
    (forth,), (back,) = features(["card lost"]).pairs, features(["lost card"]).pairs
    assert forth != back


def test_the_letters_of_a_word_start_and_end_with_a_space() -> None:
    word_of, runs = letters(["ab", "cab"])
    assert np.bincount(word_of).tolist() == [3, 6]  # " ab", "ab ", " ab " and " ca", "cab", "ab ", " cab", "cab ", " cab "
    assert len(set(runs[word_of == 0]) & set(runs[word_of == 1])) == 1  # "ab "


def test_a_words_runs_of_letters_have_length_one_together() -> None:
    words = ["ab", "cabbage"]
    known = np.unique(letters(words)[1])
    np.testing.assert_allclose((spelt(words, known).toarray() ** 2).sum(axis=1), 1, rtol=1e-6)


def test_hashes_stay_what_they_were_when_the_first_pupil_was_stored() -> None:
    assert word_hashes(["card", "carte", "карта"]).tolist() == [6046960403328945670, 3100216240694850104, 6319631067248892313]
    assert features(["card lost"]).pairs.tolist() == [14517623908592800624]


def test_a_hash_that_is_not_known_has_no_place() -> None:
    known = np.array([3, 5, 9], dtype=np.uint64)
    assert look_up(np.array([9, 4, 3, 10], dtype=np.uint64), known).tolist() == [2, -1, 0, -1]
    assert look_up(known, known[:0]).tolist() == [-1, -1, -1]


# --- regression


def test_the_regression_is_the_plain_one_and_leaves_each_text_out_in_truth() -> None:
    draw = np.random.default_rng(3)
    blocks: list[tuple[Block, float]] = [(draw.standard_normal((30, 6)).astype(np.float32), 0.5)]
    targets = draw.standard_normal((30, 2)).astype(np.float32)
    dual, alone = _ridge(blocks, targets)
    kernel = 0.5 * blocks[0][0] @ blocks[0][0].T
    np.testing.assert_allclose(dual, np.linalg.solve(kernel + RIDGE * np.eye(30), targets), rtol=1e-3, atol=1e-4)
    for out in range(30):
        others = np.delete(np.arange(30), out)
        weights = np.linalg.solve(kernel[np.ix_(others, others)] + RIDGE * np.eye(29), targets[others])
        np.testing.assert_allclose(alone[out], kernel[out, others] @ weights, rtol=1e-3, atol=1e-4)


def test_what_many_texts_hold_is_multiplied_like_what_few_hold() -> None:
    from scipy import sparse

    draw = np.random.default_rng(4)
    dense = ((draw.random((200, 40)) < np.linspace(0.01, 0.9, 40)) * draw.random((200, 40))).astype(np.float32)
    targets = draw.standard_normal((200, 3)).astype(np.float32)
    for one, other in zip(_ridge([(dense, 1.0)], targets), _ridge([(sparse.csr_array(dense), 1.0)], targets), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


# --- what the pupil says


def test_texts_that_it_never_saw_are_put_where_they_belong(pupil: Pupil) -> None:
    keys, topics = told(400, 2)
    clusters, likeness = assign(pupil, keys)
    placed = clusters != NO_CLUSTER
    assert placed.mean() > 0.95
    assert (clusters[placed] == topics[placed]).mean() > 0.98
    assert likeness.dtype == np.float32
    assert 0.4 < likeness.mean() < 1.1


def test_typing_errors_are_forgiven(pupil: Pupil) -> None:
    keys = ["morgage intrest repaymet", "pasword logn fingrprint", "suspicous polise identiti"]
    of_all = dataclasses.replace(pupil, least=-1.0)
    assert [NAMES[cluster] for cluster in assign(of_all, keys)[0]] == ["loan", "app", "fraud"]


def test_a_text_like_no_other_has_no_cluster_and_the_least_likeness(pupil: Pupil) -> None:
    keys = ["die heizung im schwimmbad", "card chip pin"]
    clusters, likeness = assign(pupil, keys)
    assert clusters.tolist() == [NO_CLUSTER, 0]
    assert likeness[0] < pupil.least <= likeness[1]


def test_as_great_a_share_is_left_without_a_cluster_as_the_sample_has() -> None:
    keys, topics = told(400, 5)
    chaff, more_chaff = (["".join(random.Random(f"{part}{n}").choices("qwxzvkj", k=20)) for n in range(20)] for part in "ab")
    clusters = np.append(topics, np.full(20, NO_CLUSTER))
    vectors = np.vstack([near(topics, 1), np.eye(1, 16, 15, dtype=np.float32).repeat(20, axis=0)])
    one = teach([*keys, *chaff], vectors, clusters, np.eye(4, 16, dtype=np.float32), "drawn")
    said, _ = assign(one, [*told(400, 6)[0], *more_chaff])
    assert (said[400:] == NO_CLUSTER).mean() > 0.9
    assert (said[:400] == NO_CLUSTER).mean() < 0.02


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(40)), st.integers(0, 40))
def test_a_text_gets_the_same_bytes_in_any_order_and_in_any_part(order: list[int], cut: int) -> None:
    keys = told(40, 7)[0]
    whole = assign(known(), keys)
    parts = [assign(known(), [keys[place] for place in part]) for part in (order[:cut], order[cut:])]
    for all_at_once, first, second in zip(whole, *parts, strict=True):
        np.testing.assert_array_equal(np.append(first, second), all_at_once[order])


def test_long_texts_are_read_in_parts(pupil: Pupil) -> None:
    keys = told(3, 8)[0]
    endless = [f"{key} " * (CHARACTERS_AT_ONCE // len(key)) for key in keys]
    np.testing.assert_array_equal(assign(pupil, [*endless, *keys])[0], [0, 1, 2, 0, 1, 2])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=8))
def test_whatever_is_written_gets_an_answer(written: list[str]) -> None:
    keys = collapse(written).keys
    clusters, likeness = assign(known(), keys)
    assert len(clusters) == len(likeness) == len(keys)
    assert set(clusters) <= {NO_CLUSTER, 0, 1, 2, 3}
    assert np.isfinite(likeness).all()


def test_without_texts_there_is_no_answer_and_without_clusters_none_is_given(pupil: Pupil) -> None:
    assert assign(pupil, [])[0].tolist() == []
    keys, topics = told(8, 1)
    nothing = teach(keys, near(topics, 1), np.full(8, NO_CLUSTER), np.zeros((0, 16), dtype=np.float32), "drawn")
    assert assign(nothing, keys)[0].tolist() == [NO_CLUSTER] * 8
    assert from_bytes(to_bytes(nothing)).least == nothing.least


# --- storage


def test_the_same_texts_teach_the_same_bytes_and_a_stored_pupil_says_the_same(pupil: Pupil) -> None:
    stored = to_bytes(pupil)
    assert to_bytes(taught(*told(240, 1))) == stored
    again = from_bytes(stored)
    assert (again.encoder, again.version) == ("drawn", pupil.version)
    keys = told(60, 9)[0]
    for one, other in zip(assign(again, keys), assign(pupil, keys), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_pupil_of_another_version_is_refused_in_one_sentence(pupil: Pupil) -> None:
    with pytest.raises(InputError, match="version pupil-0"):
        from_bytes(to_bytes(dataclasses.replace(pupil, version="pupil-0")))


def test_a_stored_pupil_holds_no_customers_words(pupil: Pupil) -> None:
    assert b"contactless" not in to_bytes(pupil)
    assert b"c\x00\x00\x00h\x00\x00\x00i\x00\x00\x00p\x00\x00\x00" not in to_bytes(pupil)


# --- what the encoder reads


def test_few_or_short_texts_are_all_read_and_of_many_or_long_ones_a_sample() -> None:
    assert len(to_read([f"text {n}" for n in range(READ_AT_MOST)])) == READ_AT_MOST
    assert len(to_read([f"text {n}" for n in range(READ_AT_MOST + 1)])) == SAMPLE
    long = [f"{n} {'long ' * CHARACTERS_OF_ONE}" for n in range(READ_AT_MOST)]
    most = CHARACTERS_AT_MOST // CHARACTERS_OF_ONE
    assert [len(to_read(long[:count])) for count in (most, most + 1, READ_AT_MOST)] == [most, most, most]
    assert to_read([]).tolist() == []
