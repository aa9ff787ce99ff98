"""Causes from quarter to quarter: identity one to one, and each status by a test on counts, on clusters drawn by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import InputError
from tasks.causes.count_tests import fraction_test, median_test, share_test
from tasks.causes.encoders import Encoder
from tasks.causes.graph import NO_CLUSTER, Floats, centres
from tasks.causes.tracking import (
    ENGINE,
    NO_CAUSE,
    Pool,
    assign_again,
    join,
    joins,
    least_cosine,
    match,
    new_ids,
    origins,
    pack,
    places_of,
    quarters_in_row,
    regroupings,
    settled,
    size_status,
    unpack,
    updated,
)
from tasks.results import CauseModel, CauseProfile, CauseStatus

SPACE = "space"
DIMENSIONS = 24
Lot = tuple[int, Floats, bool, int, int]  # cluster, direction, is_now, earlier cause, records


def axis(number: int) -> Floats:
    return np.eye(DIMENSIONS, dtype=np.float32)[number]


def between(one: int, other: int, lean: float = 0.5) -> Floats:
    return lean * axis(one) + (1 - lean) * axis(other)


def pool(*lots: Lot, spread: float = 0.05, seed: int = 1) -> Pool:
    """Return a pool of lots of records: each cluster, direction, quarter, earlier cause and size."""
    chance = np.random.default_rng(seed)
    rows = np.concatenate([np.repeat(direction[None], size, axis=0) for _, direction, _, _, size in lots])
    noisy = rows + chance.normal(0, spread, rows.shape).astype(np.float32)
    points = np.asarray(noisy / np.linalg.norm(noisy, axis=1, keepdims=True), dtype=np.float32)
    sizes = [lot[4] for lot in lots]
    cluster, is_now, cause = (np.repeat(np.array([lot[part] for lot in lots]), sizes) for part in (0, 2, 3))
    return Pool(points, centres(points, cluster), np.arange(len(points)), cluster, is_now.astype(bool), cause)


def known(*directions: Floats, cycle: str = "2026Q1", encoder: str = SPACE, version: str = ENGINE) -> CauseModel:
    """Return a model of causes 2026Q1-01, -02, … with these centres."""
    causes = tuple(
        CauseProfile(
            id=f"2026Q1-{number:02d}",
            label=f"Cause {number}",
            first_seen="2026Q1",
            last_seen=cycle,
            terms={f"word{number}": 1.0},
            centre=pack(np.asarray(direction, dtype=np.float32)),
        )
        for number, direction in enumerate(directions, start=1)
    )
    return CauseModel(version=version, cycle=cycle, causes=causes, encoder=encoder, cosine_at_least=0.6)


def matched(one: Pool, model: CauseModel | None, encoder: str = SPACE, words: Sequence[dict[str, float]] | None = None) -> dict[int, str]:
    found = match(one, words or [{} for _ in one.centres], model, encoder)
    return {cluster: cause.id for cluster, cause in found.items()}


# --- identity


def test_a_cause_continues_where_its_records_lie_even_if_another_centre_is_nearer() -> None:
    one = pool((0, axis(1), True, NO_CAUSE, 30), (0, axis(1), False, 0, 30), (1, axis(0), True, NO_CAUSE, 30), (1, axis(0), False, 1, 30))
    assert matched(one, known(axis(0), axis(1))) == {0: "2026Q1-01", 1: "2026Q1-02"}


def test_where_no_records_are_known_the_nearest_centres_are_matched() -> None:
    one = pool((0, axis(1), True, NO_CAUSE, 30), (1, axis(0), True, NO_CAUSE, 30), (2, axis(5), True, NO_CAUSE, 30))
    assert matched(one, known(axis(0), axis(1), axis(2))) == {0: "2026Q1-02", 1: "2026Q1-01"}


def test_word_profiles_are_matched_where_the_centres_are_of_another_encoder_or_missing() -> None:
    one = pool((0, axis(0), True, NO_CAUSE, 30), (1, axis(1), True, NO_CAUSE, 30))
    words = [{"word2": 1.0}, {"word1": 0.8, "other": 0.6}]
    other = known(axis(0), axis(1), encoder="another")
    first_engine = CauseModel(
        version="tfidf-leiden-1", cycle="2026Q1", causes=tuple(c.model_copy(update={"centre": ""}) for c in other.causes)
    )
    for model in (other, first_engine):
        assert matched(one, model, words=words) == {0: "2026Q1-02", 1: "2026Q1-01"}
    assert matched(one, known(axis(0), axis(1)), words=words) == {0: "2026Q1-01", 1: "2026Q1-02"}


def test_a_cluster_with_a_few_strays_of_an_earlier_cause_is_not_that_cause() -> None:
    one = pool((0, axis(3), True, NO_CAUSE, 40), (0, axis(3), False, 0, 2), (1, axis(0), False, 0, 38))
    assert matched(one, known(axis(0))) == {1: "2026Q1-01"}


def test_without_an_earlier_model_nothing_is_matched() -> None:
    assert matched(pool((0, axis(0), True, NO_CAUSE, 9)), None) == {}


def test_what_people_fixed_is_matched_as_they_said_and_an_empty_id_shuts_a_cluster() -> None:
    one = pool((0, axis(0), True, NO_CAUSE, 9), (0, axis(0), False, 0, 9), (1, axis(1), True, NO_CAUSE, 9), (1, axis(1), False, 1, 9))
    model = known(axis(0), axis(1))
    found = match(one, [{}, {}], model, SPACE, {0: "2026Q1-02", 1: ""})
    assert {cluster: cause.id for cluster, cause in found.items()} == {0: "2026Q1-02"}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 7), st.booleans(), st.integers(-1, 4), st.integers(1, 12)), min_size=1, max_size=12
    ),
    st.randoms(),
)
def test_matches_are_one_to_one_and_the_numbering_of_clusters_does_not_matter(
    lots: list[tuple[int, int, bool, int, int]], chance: random.Random
) -> None:
    used = sorted({lot[0] for lot in lots})
    model = known(*(axis(number) for number in range(5)))
    one = pool(
        *((used.index(cluster), axis(way), is_now, NO_CAUSE if is_now else cause, size) for cluster, way, is_now, cause, size in lots)
    )
    found = matched(one, model)
    assert len(set(found.values())) == len(found)
    order = list(range(len(used)))
    chance.shuffle(order)
    cluster = np.array(order)[one.cluster]
    turned = Pool(one.points, one.centres[np.argsort(order)], one.text, cluster, one.is_now, one.cause)
    table = one.overlaps(5)
    if len(np.unique(table[table > 0])) == (table > 0).sum():  # else equals may be matched either way
        by_records = {place for place, row in enumerate(table) if row.sum() >= 5}
        again = {order.index(place): name for place, name in matched(turned, model).items()}
        ids = {model.causes[place].id for place in by_records}
        assert {c: n for c, n in again.items() if n in ids} == {c: n for c, n in found.items() if n in ids}


def test_the_best_sum_of_overlaps_wins_over_the_best_pair() -> None:
    # 01 overlaps both clusters, 02 the first alone; the greedy pair (01, 0) would leave 02 without any
    one = pool((0, axis(0), False, 0, 30), (0, axis(0), False, 1, 25), (1, axis(1), False, 0, 25))
    assert matched(one, known(axis(0), axis(1))) == {0: "2026Q1-02", 1: "2026Q1-01"}


def test_a_cluster_comes_from_the_cause_that_most_of_its_earlier_records_had() -> None:
    one = pool((0, axis(0), False, 0, 40), (1, axis(1), False, 0, 10), (1, axis(1), False, NO_CAUSE, 4), (2, axis(2), True, NO_CAUSE, 9))
    model = known(axis(0))
    assert origins(one, match(one, [{}] * 3, model, SPACE), model) == {0: "2026Q1-01", 1: "2026Q1-01"}


def test_ids_are_new_and_numbered_on() -> None:
    assert new_ids("2026Q1", 2, known(axis(0), axis(1))) == ["2026Q1-03", "2026Q1-04"]
    assert new_ids("2026Q2", 2, known(axis(0))) == ["2026Q2-01", "2026Q2-02"]


def test_quarters_in_a_row_are_counted_over_the_turn_of_the_year_and_begin_anew_after_a_gap() -> None:
    cause = known(axis(0), cycle="2025Q4").causes[0].model_copy(update={"quarters_in_row": 3})
    assert [quarters_in_row(cause, cycle) for cycle in ("2026Q1", "2026Q2")] == [4, 1]
    assert quarters_in_row(None, "2026Q1") == 1


# --- what is joined


def test_a_cause_told_in_other_words_is_joined_to_what_it_was() -> None:
    reworded = 0.65 * axis(0) + 0.76 * axis(9)
    one = pool((0, axis(0), False, 0, 40), (1, reworded, True, NO_CAUSE, 40), (2, axis(1), True, NO_CAUSE, 40), (2, axis(1), False, 1, 40))
    assert joins(one, [{}] * 3, known(axis(0), axis(1)), SPACE) == {1: 0}
    assert one.joined({1: 0}).now.tolist() == [40, 40]


def test_what_appears_while_something_unlike_it_vanishes_is_not_joined() -> None:
    one = pool((0, axis(0), False, 0, 40), (1, axis(9), True, NO_CAUSE, 40), (2, axis(1), True, NO_CAUSE, 40), (2, axis(1), False, 1, 40))
    assert joins(one, [{}] * 3, known(axis(0), axis(1)), SPACE) == {}


def test_what_appears_beside_a_cause_that_stays_is_not_joined_to_one_that_vanished_further_off() -> None:
    new = between(0, 1, 0.4)
    one = pool((0, axis(0), False, 0, 40), (1, new, True, NO_CAUSE, 40), (2, axis(1), True, NO_CAUSE, 40), (2, axis(1), False, 1, 40))
    assert joins(one, [{}] * 3, known(axis(0), axis(1)), SPACE) == {}


def cut(now_in_part: int, version: str = ENGINE, lean: float = 0.8) -> dict[int, int]:
    part = between(0, 1, lean)
    lots = ((0, axis(0), True, NO_CAUSE, 40), (0, axis(0), False, 0, 40), (1, part, True, NO_CAUSE, now_in_part), (1, part, False, 0, 20))
    return joins(pool(*lots), [{}] * 2, known(axis(0), version=version), SPACE)


def test_parts_that_the_clustering_alone_cuts_off_stay_with_their_cause() -> None:
    assert cut(20) == {1: 0}


def test_parts_that_grew_or_differ_or_come_of_another_engine_stand_alone() -> None:
    assert cut(60) == {}
    assert cut(20, lean=0.4) == {}
    assert cut(20, version="tfidf-leiden-1") == {}


@given(st.lists(st.integers(-1, 5), min_size=1), st.dictionaries(st.integers(0, 2), st.integers(3, 5)))
def test_joined_clusters_are_numbered_without_a_gap_and_in_order(clusters: list[int], into: dict[int, int]) -> None:
    before = np.array(clusters)
    after = join(before, into)
    assert set(after[after != NO_CLUSTER]) == set(range(int(after.max(initial=-1)) + 1))
    assert ((before == NO_CLUSTER) == (after == NO_CLUSTER)).all()
    for one, other in zip(range(len(clusters)), range(1, len(clusters)), strict=False):
        assert (after[one] == after[other]) == (into.get(clusters[one], clusters[one]) == into.get(clusters[other], clusters[other]))


# --- statuses


@pytest.mark.parametrize(
    ("counts", "is_known", "status"),
    [
        ((50, 1000, 0, 1000), False, "new"),
        ((50, 1000, 3, 1000), False, "new"),
        ((50, 1000, 30, 1000), False, "growing"),
        ((50, 1000, 0, 1000), True, "growing"),
        ((10, 1000, 0, 1000), False, "growing"),  # (4/5)^10 = 0.107: too few to show that there were nearly none
        ((0, 1000, 50, 1000), True, "gone"),
        ((2, 1000, 50, 1000), True, "gone"),
        ((25, 1000, 50, 1000), True, "shrinking"),
        ((0, 1000, 10, 1000), True, "shrinking"),
        ((60, 3000, 40, 1000), True, "shrinking"),  # more records, of three times the volume
        ((40, 1000, 60, 3000), False, "growing"),
    ],
)
def test_what_a_change_is_called(counts: tuple[int, int, int, int], is_known: bool, status: CauseStatus) -> None:
    assert size_status(*counts, is_known=is_known) == status


def test_what_says_most_is_the_status() -> None:
    def status(sized: CauseStatus | None, regrouped: CauseStatus | None, is_immaterial: bool, quarters: int) -> CauseStatus:
        return settled(sized=sized, regrouped=regrouped, is_immaterial=is_immaterial, quarters=quarters)

    assert status("new", "split", True, 1) == "new"
    assert status("gone", None, False, 4) == "gone"
    assert status("growing", "merged", False, 4) == "merged"
    assert status("shrinking", None, True, 4) == "shrinking"
    assert status(None, None, True, 4) == "steady"
    assert status(None, None, False, 2) == "recurring"
    assert status(None, None, False, 1) == "cannot_tell"
    assert {"new", "recurring", "growing", "shrinking", "steady", "gone", "merged", "split", "cannot_tell"} == set(get_args(CauseStatus))


def test_tests_of_counts_as_computed_by_hand() -> None:
    # none of k at equal volume: (1 - 0.25 / 1.25)^k
    assert fraction_test(0, 100, 14, 100) == pytest.approx(0.8**14)
    # twice the volume: 0.25 · 2 / (0.25 · 2 + 1) = 1/3
    assert fraction_test(1, 200, 3, 100) == pytest.approx((2 / 3) ** 4 + 4 * (1 / 3) * (2 / 3) ** 3)
    assert fraction_test(0, 10, 0, 10) == 1
    assert share_test(3, 3, 0.5) == pytest.approx(1 / 8)
    assert share_test([0, 2], [0, 2], 0.2).tolist() == pytest.approx([1, 0.04])
    # 4 of 4 below the median against 0 of 4: chi-square 8, one-sided p of z = 2.828
    values = np.array([1.0, 1.1, 1.2, 1.3, 2.0, 2.1, 2.2, 2.3])
    assert median_test(values, np.arange(8) < 4) == pytest.approx(0.002339, abs=1e-6)
    assert median_test(values, np.arange(8) >= 4) == pytest.approx(1 - 0.002339, abs=1e-6)
    assert median_test(values, np.ones(8, dtype=bool)) == 1


def grouped(one: Pool, model: CauseModel) -> list[tuple[str, int, tuple[str, ...], bool]]:
    found = regroupings(one, match(one, [{} for _ in one.centres], model, SPACE), model)
    return [(each.status, each.cluster, each.causes, each.p < 0.001) for each in found]


def test_two_causes_that_are_now_told_in_one_breath_have_merged() -> None:
    one = pool((0, between(0, 1), True, NO_CAUSE, 60), (0, axis(0), False, 0, 40), (0, axis(1), False, 1, 30))
    assert grouped(one, known(axis(0), axis(1))) == [("merged", 0, ("2026Q1-02",), True)]


def test_two_causes_that_are_only_cut_as_one_are_named_and_the_test_says_no() -> None:
    one = pool((0, axis(0), True, NO_CAUSE, 40), (0, axis(1), True, NO_CAUSE, 30), (0, axis(0), False, 0, 40), (0, axis(1), False, 1, 30))
    assert grouped(one, known(axis(0), axis(1))) == [("merged", 0, ("2026Q1-02",), False)]


def test_two_causes_told_in_wholly_other_words_have_not_merged() -> None:
    other, first, second = 0.5 * between(0, 1) + 0.7 * axis(9), between(0, 1, 0.7), between(0, 1, 0.3)
    one = pool((0, other, True, NO_CAUSE, 60), (0, first, False, 0, 40), (0, second, False, 1, 30))
    assert grouped(one, known(first, second)) == [("merged", 0, ("2026Q1-02",), False)]


def test_a_cause_whose_halves_are_now_told_apart_has_split() -> None:
    lots = [(place, axis(place), True, NO_CAUSE, 40) for place in (0, 1)] + [
        (place, between(place, 1 - place, 0.6), False, 0, 30) for place in (0, 1)
    ]
    assert grouped(pool(*lots), known(between(0, 1))) == [("split", 1, ("2026Q1-01",), True)]


def test_a_cause_that_is_only_cut_in_two_is_named_and_the_test_says_no() -> None:
    lots = [(place, axis(place), now, -int(now), 30) for place in (0, 1) for now in (True, False)]
    assert grouped(pool(*lots), known(between(0, 1))) == [("split", 1, ("2026Q1-01",), False)]


def test_records_that_no_encoder_has_read_are_counted_and_change_no_test() -> None:
    one = pool((0, between(0, 1), True, NO_CAUSE, 60), (0, axis(0), False, 0, 40), (0, axis(1), False, 1, 30))
    unread = Pool(
        one.points,
        one.centres,
        np.append(one.text, np.full(50, -1)),
        np.append(one.cluster, np.zeros(50, dtype=np.int64)),
        np.append(one.is_now, np.ones(50, dtype=bool)),
        np.append(one.cause, np.full(50, NO_CAUSE)),
    )
    model = known(axis(0), axis(1))
    assert unread.now.tolist() == [110]
    assert regroupings(unread, match(unread, [{}], model, SPACE), model) == regroupings(one, match(one, [{}], model, SPACE), model)
    assert least_cosine(unread) == least_cosine(one)
    two = pool((0, axis(0), True, NO_CAUSE, 9), (1, axis(1), True, NO_CAUSE, 9))
    stray = Pool(
        two.points, two.centres, np.append(two.text, -1), np.append(two.cluster, 0), np.append(two.is_now, True), np.append(two.cause, -1)
    )
    assert np.allclose(stray.joined({1: 0}).centres, two.joined({1: 0}).centres)


def test_a_few_records_elsewhere_are_neither_a_part_nor_a_merger() -> None:
    one = pool((0, axis(0), False, 0, 36), (1, axis(1), False, 0, 4), (1, axis(1), False, 1, 40), (1, axis(1), True, NO_CAUSE, 40))
    assert grouped(one, known(axis(0), axis(1))) == []


# --- the model


def test_a_centre_travels_as_text_and_keeps_its_direction() -> None:
    vector = np.random.default_rng(1).normal(size=384).astype(np.float32)
    again = unpack(pack(vector))
    assert len(pack(vector)) == 512
    assert np.linalg.norm(again) == pytest.approx(1, abs=1e-6)
    assert again @ vector / np.linalg.norm(vector) > 0.999
    assert not unpack(pack(np.zeros(8, dtype=np.float32))).any()


def test_an_older_model_s_file_is_still_read() -> None:
    old = '{"version":"tfidf-leiden-1","cycle":"2026Q1","causes":[{"id":"2026Q1-01","label":"L","first_seen":"2026Q1","last_seen":"2026Q1","terms":{"w":1.0}}]}'
    model = CauseModel.model_validate_json(old)
    assert (model.encoder, model.causes[0].centre, model.causes[0].quarters_in_row) == ("", "", 1)


def test_the_model_keeps_what_was_not_seen_says_what_took_it_in_and_drops_centres_of_another_space() -> None:
    model = known(axis(0), axis(1))
    seen = model.causes[0].model_copy(update={"last_seen": "2026Q2"})
    after = updated(model, "2026Q2", [seen], {"2026Q1-02": "2026Q1-01"}, SPACE, 0.5)
    assert (after.version, after.cycle, after.encoder, after.cosine_at_least) == (ENGINE, "2026Q2", SPACE, 0.5)
    assert after.causes == (seen, model.causes[1].model_copy(update={"merged_into": "2026Q1-01"}))
    other = updated(model, "2026Q2", [seen], {}, "another", 0.5)
    assert [cause.centre for cause in other.causes] == [seen.centre, ""]
    assert CauseModel.model_validate_json(after.model_dump_json()) == after


def words_as_axes(texts: Sequence[str]) -> Floats:
    order = ["zero", "one", "two", "three"]
    counts = np.array([[text.split().count(word) for word in order] + [0] * (DIMENSIONS - 4) for text in texts], dtype=np.float32).reshape(
        -1, DIMENSIONS
    )
    lengths = np.linalg.norm(counts, axis=1, keepdims=True)
    return np.asarray(counts / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def test_an_old_quarter_s_texts_are_assigned_again_with_its_model() -> None:
    model = known(axis(0), axis(1), axis(3))
    model = model.model_copy(update={"causes": (*model.causes[:2], model.causes[2].model_copy(update={"last_seen": "2025Q4"}))})
    encoder = Encoder(SPACE, DIMENSIONS, words_as_axes)
    texts = ["one", "zero zero one", "two", "three", "", "one"]
    assert assign_again(model, encoder, texts) == ["2026Q1-02", "2026Q1-01", "", "", "", "2026Q1-02"]
    assert assign_again(model, encoder, []) == []
    nothing = CauseModel(version=ENGINE, cycle="2026Q1", causes=(), encoder=SPACE)
    assert assign_again(nothing, encoder, texts) == [""] * 6


@pytest.mark.parametrize("made_with", ["another", ""])
def test_another_encoder_s_vectors_cannot_assign(made_with: str) -> None:
    with pytest.raises(InputError, match=r"2026Q1 were found with .* cannot be assigned with those of 'space'; name the same encoder"):
        assign_again(known(axis(0), encoder=made_with), Encoder(SPACE, DIMENSIONS, words_as_axes), ["one"])


def test_all_but_a_twentieth_of_the_records_are_as_like_their_centre_as_the_model_asks() -> None:
    one = pool((0, axis(0), True, NO_CAUSE, 200), (1, axis(1), True, NO_CAUSE, 200), spread=0.2)
    fit = np.einsum("rd,rd->r", one.points, one.centres[one.cluster])
    assert np.mean(fit < least_cosine(one)) == pytest.approx(0.05, abs=0.005)
    empty = Pool(one.points, one.centres, one.text, np.full(400, NO_CLUSTER), one.is_now, one.cause)
    assert least_cosine(empty) == 0


def test_places_are_found_by_id() -> None:
    assert places_of(known(axis(0), axis(1)), ["2026Q1-02", "", "2025Q1-01"]).tolist() == [1, NO_CAUSE, NO_CAUSE]
    assert places_of(None, ["2026Q1-02"]).tolist() == [NO_CAUSE]
