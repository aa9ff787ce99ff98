"""The parts that causes are found with: words, points, clusters, labels, excerpts, matching."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.causes.clusters import cluster_texts
from tasks.causes.graph import NO_CLUSTER, centres, cluster, nearest_neighbours
from tasks.causes.labels import as_written, extend, is_apt
from tasks.causes.profiles import usage
from tasks.causes.quotes import CHARACTERS, choose, excerpt
from tasks.causes.terms import count_terms
from tasks.causes.texts import NO_TEXT, collapse, hash_sample, plain, words_key
from tasks.causes.tracking import cosine, match, new_ids, resembles, updated
from tasks.causes.vectors import embed
from tasks.results import CauseModel, CauseProfile

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


def test_pairs_reach_across_no_break_and_no_text() -> None:
    words, pairs = count_terms(["cold pool . cold", "pool cold pool"])
    assert words.names.tolist() == ["cold", "pool"]
    assert words.counts.toarray().tolist() == [[2, 1], [1, 2]]
    assert pairs.names.tolist() == ["cold pool", "pool cold"]
    assert pairs.counts.toarray().tolist() == [[1, 0], [1, 1]]


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=60, unique=True), st.integers(1, 60))
def test_a_sample_depends_on_the_keys_and_not_on_their_order(keys: list[str], size: int) -> None:
    chosen = {keys[row] for row in hash_sample(keys, size)}
    assert chosen == {keys[::-1][row] for row in hash_sample(keys[::-1], size)}
    assert len(chosen) == min(size, len(keys))


# --- points and clusters


def test_points_have_length_one_and_texts_that_share_nothing_lie_at_the_origin() -> None:
    unique = collapse(["cold pool", "cold pool water", "water cold", "zzz"])
    points = embed(*count_terms(unique.keys), unique.weights, np.arange(4))
    assert np.linalg.norm(points, axis=1).round(5).tolist() == [1, 1, 1, 0]


def test_neighbours_are_the_nearest_ones() -> None:
    points = np.random.default_rng(1).normal(size=(300, 8)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    nearest, cosines = nearest_neighbours(points, 5)
    all_cosines = points @ points.T
    np.fill_diagonal(all_cosines, -2)
    assert [set(row) for row in nearest] == [set(row) for row in np.argsort(-all_cosines, axis=1)[:, :5]]
    assert cosines == pytest.approx(np.take_along_axis(all_cosines, nearest, axis=1), abs=1e-6)


def blobs(sizes: list[int]) -> np.ndarray:
    rng = np.random.default_rng(5)
    points = np.concatenate([np.eye(8)[place] + rng.normal(scale=0.1, size=(size, 8)) for place, size in enumerate(sizes)])
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def test_clusters_are_numbered_by_records_and_a_point_at_the_origin_has_none() -> None:
    points = np.concatenate([blobs([20, 40]), np.zeros((1, 8), dtype=np.float32)])
    found = cluster(points, np.ones(61, dtype=int), np.arange(61), 5)
    assert found.tolist() == [1] * 20 + [0] * 40 + [NO_CLUSTER]


def test_points_outside_the_sample_join_the_nearest_centre() -> None:
    sample = np.concatenate([np.arange(0, 30), np.arange(60, 90)])
    assert cluster(blobs([60, 60]), np.ones(120, dtype=int), sample, 5).tolist() == [0] * 60 + [1] * 60


def test_a_cluster_of_too_few_records_is_dissolved_into_the_nearest() -> None:
    points = np.concatenate([blobs([30, 30]), -np.eye(8, dtype=np.float32)[:1]])
    assert cluster(points, np.ones(61, dtype=int), np.arange(61), 5).max() == 1


def test_a_text_chosen_from_a_list_by_many_is_a_cause_of_its_own() -> None:
    found = cluster_texts(["The pool was cold"] * 40 + ["The locker was broken"] * 30 + ["The class was full"] * 20)
    assert found.of_record.tolist() == [0] * 40 + [1] * 30 + [2] * 20


def test_centres_are_the_directions_of_the_means() -> None:
    points = np.array([[1, 0], [0, 1], [0, 1], [1, 0]], dtype=np.float32)
    assert centres(points, np.array([0, 0, 1, NO_CLUSTER])) == pytest.approx(np.array([[0.5**0.5, 0.5**0.5], [0, 1]]))


def test_the_weight_of_a_term_is_its_part_of_the_divergence() -> None:
    words, _ = count_terms(["pool cold", "pool warm", "lock cold"])
    used = usage(words, np.array([2, 1, 1]), np.array([0, 0, 1]))
    at = dict(zip(used.names, used.weight.T, strict=True))
    # cluster 0 has three of four records; all use `pool`, which three of all four use: 1 · ln(1 / 0.75)
    assert at["pool"] == pytest.approx([np.log(4 / 3), 0])
    # two of its three use `cold`, fewer than three of all four: nothing that sets it apart
    assert at["cold"] == pytest.approx([0, np.log(4 / 3)])
    assert at["warm"] == pytest.approx([1 / 3 * np.log(4 / 3), 0])


# --- labels


def test_a_phrase_grows_by_the_words_that_nearly_always_stand_beside_it() -> None:
    keys = ["broken street light outage on elm", "street light outage again", "street light outage", "the street light outage . dark"]
    assert extend("street light", keys, {"street": 1.0, "light": 1.0, "outage": 1.0}) == "street light outage"


def test_a_label_does_not_end_in_a_word_that_says_nothing() -> None:
    keys = ["removed from my report today"] * 3
    assert extend("removed from", keys, {"removed": 1.0, "from": 0.5, "report": 1.0}) == "removed from my report"
    assert extend("my report", keys, {"my": 1.0, "report": 1.0}) == "my report"


def test_a_phrase_is_written_as_most_customers_write_it() -> None:
    assert as_written("fcra notice", ["the FCRA notice", "an FCRA notice", "fcra NOTICE"]) == "FCRA notice"
    assert as_written("street light", ["STREET-LIGHT out", "STREET LIGHT out", "street light"]) == "street LIGHT"
    assert as_written("never written", ["nothing of that kind"]) == "never written"


def test_a_label_stays_apt_while_most_of_its_words_do() -> None:
    assert is_apt("Street light outage", {"street": 0.8, "light": 0.6})
    assert not is_apt("Student loan", {"loan": 0.8, "mortgage": 0.6})


# --- quotes


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


@given(st.text(max_size=2_000), st.dictionaries(st.sampled_from(["a", "pool", "the"]), st.floats(0, 1), max_size=3))
@settings(max_examples=60)
def test_an_excerpt_is_always_short(text: str, terms: dict[str, float]) -> None:
    assert len(excerpt(text, terms)) <= CHARACTERS + 4


def test_quotes_are_of_different_customers_and_unlike_one_another() -> None:
    points = np.array([[1, 0, 0], [1, 0, 0], [0.8, 0.6, 0], [0.8, 0, 0.6], [0.6, 0.8, 0]], dtype=np.float32)
    texts = [f"a text of no fewer than six words {number}" for number in range(5)]
    centre = np.array([1, 0, 0], dtype=np.float32)
    # the second repeats the first; the third is by the customer of the first
    assert choose(points, centre, texts, ["a", "b", "a", "c", "d"]) == [0, 3, 4]


def test_a_short_text_is_quoted_only_where_there_is_nothing_longer() -> None:
    points = np.array([[1, 0], [0.6, 0.8]], dtype=np.float32)
    assert choose(points, points[0], ["Cold!", "the pool was so cold that day"], ["a", "b"]) == [1, 0]


# --- tracking


def known(name: str, terms: dict[str, float], last_seen: str = "2026Q1") -> CauseProfile:
    return CauseProfile(id=name, label=name, first_seen="2026Q1", last_seen=last_seen, terms=terms)


POOL, LOCK = known("2026Q1-01", {"pool": 0.8, "cold": 0.6}), known("2026Q1-02", {"lock": 0.6, "cold": 0.8}, "2025Q3")
MODEL = CauseModel(version="1", cycle="2026Q1", causes=(POOL, LOCK))


def test_causes_are_matched_so_that_all_together_fit_best() -> None:
    # the first fits POOL best (0.96), yet 0.64 with LOCK and 0.8 for the second are more in sum
    profiles = [{"pool": 0.6, "cold": 0.8}, {"pool": 1.0}]
    assert match(profiles, MODEL) == {0: LOCK, 1: POOL}


def test_what_resembles_no_earlier_cause_matches_none() -> None:
    assert match([{"shower": 1.0}, {"cold": 0.5, "shower": 0.8}], MODEL) == {}
    assert match([{"pool": 1.0}], None) == {}
    assert match([], MODEL) == {}


def test_cosine_is_that_of_the_word_weights() -> None:
    assert cosine(POOL.terms, LOCK.terms) == pytest.approx(0.48)
    assert resembles(POOL, LOCK)
    assert not resembles(POOL, known("2026Q1-03", {"shower": 1.0}))


def test_new_ids_go_on_after_those_of_the_same_quarter() -> None:
    assert new_ids("2026Q1", 2, MODEL) == ["2026Q1-03", "2026Q1-04"]
    assert new_ids("2026Q2", 2, MODEL) == ["2026Q2-01", "2026Q2-02"]
    assert new_ids("2026Q2", 100, None)[-1] == "2026Q2-100"


def test_the_model_keeps_causes_that_were_not_seen() -> None:
    again = POOL.model_copy(update={"last_seen": "2026Q2", "terms": {"pool": 1.0}})
    later = updated(MODEL, "2026Q2", [again])
    assert later.causes == (again, LOCK)
    assert later.cycle == "2026Q2"
