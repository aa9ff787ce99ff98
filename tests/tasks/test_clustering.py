"""Clusters of points: planted ones found in their number, odd input survived, nothing left to the order of the rows or to chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from tasks.causes.clusters import RECORDS_AT_LEAST, UNPLACED_AT_MOST, Clustering, cluster_points
from tasks.causes.graph import (
    NO_CLUSTER,
    Floats,
    centres,
    communities,
    join_neighbours,
    nearest_neighbours,
    neighbour_graph,
    neighbours_of,
)
from tasks.causes.number import _in_common, choose_resolution
from tasks.causes.themes import CAUSES_TAKEN_IN, THEMES_AT_LEAST, THEMES_AT_MOST, themes

DIMENSIONS = 32


def unit(rows: np.ndarray) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def blobs(sizes: Sequence[int], seed: int = 0, spread: float = 0.08, dimensions: int = DIMENSIONS) -> tuple[Floats, np.ndarray]:
    """Points about as many random directions as there are sizes, and the place of each one's direction."""
    random = np.random.default_rng(seed)
    planted = np.repeat(np.arange(len(sizes)), sizes)
    directions = unit(random.standard_normal((len(sizes), dimensions)))
    return unit(directions[planted] + spread * random.standard_normal((len(planted), dimensions))), planted


def once(points: Floats) -> np.ndarray:
    return np.ones(len(points), dtype=np.int64)


def found_in(points: Floats) -> Clustering:
    return cluster_points(points, once(points))


def pairs_together(clusters: np.ndarray) -> np.ndarray:
    return np.asarray(clusters[:, None] == clusters[None, :])


def differing(found: Clustering, planted: np.ndarray) -> float:
    """The share of pairs of placed points that are together in the one and apart in the other."""
    placed = found.of_point != NO_CLUSTER
    return float((pairs_together(found.of_point[placed]) != pairs_together(planted[placed])).mean())


# --- how many, and which


@pytest.mark.parametrize("sizes", [[40, 30], [30] * 6, [100, 60, 40, 30], [40] * 20, [8, 8, 8]])
def test_planted_clusters_are_found_in_their_number(sizes: list[int]) -> None:
    points, planted = blobs(sizes)
    found = found_in(points)
    assert len(found.centres) == len(sizes)
    assert differing(found, planted) == 0


@pytest.mark.parametrize(("number", "dimensions"), [(300, DIMENSIONS), (400, 384), (200, 8)])
def test_points_without_clusters_are_one_cause(number: int, dimensions: int) -> None:
    points = unit(0.5 + np.random.default_rng(1).standard_normal((number, dimensions)))
    assert len(found_in(points).centres) == 1


def test_overlapping_clusters_of_unequal_size_are_about_as_many_as_were_planted() -> None:
    points, planted = blobs([300, 200, 150, 100, 80, 60, 50, 40], spread=0.16)
    found = found_in(points)
    assert 7 <= len(found.centres) <= 10
    assert differing(found, planted) < 0.03


def test_another_seed_finds_the_same_planted_clusters() -> None:
    points, planted = blobs([30] * 5)
    assert all(differing(cluster_points(points, once(points), seed), planted) == 0 for seed in (1, 2))


def test_clusters_are_numbered_by_records_not_by_points() -> None:
    points, planted = blobs([20, 40, 30])
    weights = np.where(planted == 0, 5, 1)
    found = cluster_points(points, weights)
    assert [int(np.unique(planted[found.of_point == place])[0]) for place in range(3)] == [0, 1, 2]


def test_centres_are_those_of_the_clusters() -> None:
    points, _ = blobs([40, 30, 20])
    found = found_in(points)
    assert found.centres == pytest.approx(centres(points, found.of_point))
    assert np.linalg.norm(found.centres, axis=1) == pytest.approx(1, abs=1e-6)


# --- records behind one point


def test_texts_that_many_chose_from_a_list_are_causes_of_their_own() -> None:
    found = cluster_points(np.eye(8, dtype=np.float32), np.arange(17, 9, -1))
    assert found.of_point.tolist() == list(range(8))


def test_a_point_of_many_records_keeps_a_cause_to_which_no_other_belongs() -> None:
    points, _ = blobs([60, 60])
    alone = unit(np.random.default_rng(7).standard_normal((1, DIMENSIONS)))
    found = cluster_points(np.concatenate([points, alone]), np.append(once(points), 40))
    assert (found.of_point == found.of_point[-1]).sum() == 1
    assert len(found.centres) == 3


def test_a_point_of_several_records_is_tied_to_its_copies() -> None:
    graph = join_neighbours(np.array([[1], [0]]), np.array([[0.5], [0.5]], dtype=np.float32), np.array([1, 4]))
    # the two are mutual neighbours, 1 from each side; three more records, each a mutual neighbour of the first
    assert graph.toarray().tolist() == [[0, 2, 0], [2, 0, 6], [0, 6, 0]]


# --- what fits nowhere


def test_points_far_from_all_others_have_no_cluster() -> None:
    points, planted = blobs([100, 100, 100])
    strange = unit(np.random.default_rng(3).standard_normal((6, DIMENSIONS)))
    found = found_in(np.concatenate([points, strange]))
    assert (found.of_point[-6:] == NO_CLUSTER).all()
    assert len(found.centres) == 3
    assert (found.of_point[:-6] == NO_CLUSTER).mean() <= 0.01
    assert differing(Clustering(found.of_point[:-6], found.centres, found.theme_of), planted) == 0


def test_a_leftover_of_fewer_than_five_is_no_cluster() -> None:
    points, _ = blobs([60, 60, RECORDS_AT_LEAST - 2])
    found = found_in(points)
    assert len(found.centres) == 2
    assert (found.of_point[-3:] == NO_CLUSTER).all()


def test_at_most_a_twentieth_of_the_records_is_left_out_those_that_fit_least() -> None:
    points, _ = blobs([100, 100])
    random = np.random.default_rng(4)
    strange = unit(random.standard_normal((30, DIMENSIONS)))
    found = found_in(np.concatenate([points, strange]))
    assert 0 < (found.of_point == NO_CLUSTER).sum() <= UNPLACED_AT_MOST * 230
    assert (found.of_point[:200] != NO_CLUSTER).all()


def test_a_point_at_the_origin_has_no_cluster_and_changes_nothing_else() -> None:
    points, _ = blobs([40, 30])
    holed = np.insert(points, [0, 35, 70], 0, axis=0)
    found = found_in(holed)
    kept = holed.any(axis=1)
    assert (found.of_point[~kept] == NO_CLUSTER).all()
    assert found.of_point[kept].tolist() == found_in(points).of_point.tolist()


# --- odd input


@pytest.mark.parametrize("number", [0, 1, 2, 4])
def test_fewer_than_five_records_have_no_cluster(number: int) -> None:
    found = found_in(blobs([number])[0].reshape(number, DIMENSIONS))
    assert found.of_point.tolist() == [NO_CLUSTER] * number
    assert found.centres.shape == (0, DIMENSIONS)
    assert found.theme_of.shape == (0,)


@pytest.mark.parametrize("number", [5, 6, 50, 400])
def test_equal_points_are_one_cluster(number: int) -> None:
    found = found_in(unit(np.ones((number, 8))))
    assert found.of_point.tolist() == [0] * number


@pytest.mark.parametrize("number", [1, 9, 100])
def test_points_at_the_origin_have_no_cluster(number: int) -> None:
    assert found_in(np.zeros((number, 8), dtype=np.float32)).of_point.tolist() == [NO_CLUSTER] * number


def test_one_text_told_by_many_is_one_cluster() -> None:
    assert cluster_points(unit(np.ones((1, 8))), np.array([9])).of_point.tolist() == [0]


@pytest.mark.parametrize(("weights", "clusters"), [([6, 7], [1, 0]), ([6, 2], [0, 0]), ([2, 2], [NO_CLUSTER, NO_CLUSTER])])
def test_two_unlike_texts_are_causes_where_enough_told_them(weights: list[int], clusters: list[int]) -> None:
    assert cluster_points(np.eye(2, dtype=np.float32), np.array(weights)).of_point.tolist() == clusters


def test_opposites_are_apart() -> None:
    found = found_in(unit(np.concatenate([np.ones((30, 8)), -np.ones((30, 8))])))
    assert sorted(np.bincount(found.of_point).tolist()) == [30, 30]


@settings(max_examples=8, deadline=None)
@given(st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 5)), st.integers(1, 9), max_size=20))
def test_whatever_the_points_every_rule_holds(told: dict[tuple[int, int], int]) -> None:
    points = unit(np.array([[one, other, 1 if one else 0] for one, other in told], dtype=np.float64).reshape(-1, 3))
    weights = np.array(list(told.values()), dtype=np.int64)
    found = cluster_points(points, weights)
    placed = found.of_point != NO_CLUSTER
    sizes = np.bincount(found.of_point[placed], weights[placed], minlength=len(found.centres))
    assert not placed[~points.any(axis=1)].any()
    assert (sizes >= RECORDS_AT_LEAST).all()
    assert (np.diff(sizes) <= 0).all()
    assert len(found.theme_of) == len(found.centres)
    assert cluster_points(points, weights).of_point.tolist() == found.of_point.tolist()


@settings(max_examples=5, deadline=None)
@given(st.permutations(list(range(90))))
def test_the_order_of_the_rows_does_not_decide_what_belongs_together(order: list[int]) -> None:
    points, planted = blobs([30, 30, 30])
    assert differing(found_in(points[order]), planted[order]) == 0


# --- the graph


def test_the_nearest_neighbours_are_exact() -> None:
    points = unit(np.random.default_rng(1).standard_normal((700, 8)))
    nearest, cosines = nearest_neighbours(points, 5)
    all_cosines = points @ points.T
    np.fill_diagonal(all_cosines, -2)
    assert [set(row) for row in nearest] == [set(row) for row in np.argsort(-all_cosines, axis=1)[:, :5]]
    assert cosines == pytest.approx(np.take_along_axis(all_cosines, nearest, axis=1), abs=1e-6)


def test_a_small_graph_has_fewer_neighbours() -> None:
    assert [neighbours_of(number) for number in (0, 1, 2, 6, 25, 60, 100, 20_000)] == [0, 0, 1, 5, 8, 11, 12, 26]


def test_closeness_falls_with_the_distance_beyond_the_nearest() -> None:
    nearest = np.array([[1, 2], [0, 2], [0, 1]])
    cosines = np.array([[0.5, 0.125], [0.5, 0.5], [0.125, 0.5]], dtype=np.float32)
    joined = join_neighbours(nearest, cosines, np.ones(3, dtype=np.int64)).toarray()
    # of two neighbours the farther one's gap is twice the mean gap; seen from both sides
    assert joined == pytest.approx(np.array([[0, 2, 2 * np.exp(-2)], [2, 0, 2], [2 * np.exp(-2), 2, 0]]))
    cosines[cosines == 0.125] = -0.125
    assert join_neighbours(nearest, cosines, np.ones(3, dtype=np.int64)).toarray()[0].tolist() == [0, 2, 0]


def test_communities_are_what_is_joined() -> None:
    graph = sparse.csr_array(np.kron(np.eye(2), 1 - np.eye(4)))
    found = communities(graph, 1.0, 1, 0)
    assert len(set(found[:4])) == len(set(found[4:])) == 1
    assert found[0] != found[4]
    assert communities(sparse.csr_array((3, 3)), 1.0, 1, 0).tolist() == [0, 1, 2]


# --- the criterion


def test_information_in_common_is_that_of_the_clusters_where_halves_agree_and_none_where_they_do_not() -> None:
    points, clusters = np.repeat(np.eye(4, dtype=np.float32), 500, axis=0), np.repeat(np.arange(4), 500)
    agreement, information = _in_common(points, once(points), clusters, np.eye(4, dtype=np.float32)[[2, 0, 3, 1]])
    assert agreement == pytest.approx(1)
    assert information == pytest.approx(np.log(4), abs=0.01)
    agreement, information = _in_common(points, once(points), np.tile(np.arange(4), 500), np.eye(4, dtype=np.float32))
    assert agreement == pytest.approx(0, abs=0.01)
    assert information == pytest.approx(0, abs=0.01)


def test_information_is_counted_by_records() -> None:
    axes = np.eye(3, dtype=np.float32)
    by_weight = _in_common(axes, np.array([40, 20, 10]), np.arange(3), axes)
    by_row = _in_common(np.repeat(axes, [40, 20, 10], axis=0), np.ones(70, dtype=np.int64), np.repeat(np.arange(3), [40, 20, 10]), axes)
    assert by_weight == pytest.approx(by_row)


def test_one_cluster_holds_no_information() -> None:
    points = unit(np.ones((6, 4)))
    assert _in_common(points, once(points), np.zeros(6, dtype=np.int64), points[:1]) == pytest.approx((0, 0))


def test_the_resolution_cuts_as_many_as_the_halves_agree_on() -> None:
    points, _ = blobs([50] * 12, spread=0.1)
    graph = neighbour_graph(points, once(points))
    assert len(set(communities(graph, choose_resolution(points, once(points), graph, 1), 1, 0))) == 12


# --- themes


def test_few_causes_are_themes_themselves() -> None:
    points, _ = blobs([20] * CAUSES_TAKEN_IN)
    assert found_in(points).theme_of.tolist() == list(range(CAUSES_TAKEN_IN))


def test_causes_of_one_planted_theme_are_together() -> None:
    random = np.random.default_rng(2)
    above = np.repeat(unit(random.standard_normal((12, 64))), 4, axis=0)
    directions = unit(above + 0.09 * random.standard_normal((48, 64)))
    planted = np.repeat(np.arange(48), 25)
    points = unit(directions[planted] + 0.03 * random.standard_normal((len(planted), 64)))
    graph = neighbour_graph(points, once(points))
    found = themes(graph, planted, once(points), centres(points, planted), 1)
    assert THEMES_AT_LEAST <= len(set(found)) <= THEMES_AT_MOST
    of_theme = {theme: set(np.flatnonzero(found == theme) // 4) for theme in set(found)}
    assert sum(len(planted_themes) == 1 for planted_themes in of_theme.values()) >= 0.9 * len(of_theme)


def test_causes_that_share_no_neighbour_still_make_ten_to_twenty_themes() -> None:
    points, _ = blobs([12] * 50, spread=0.02, dimensions=64)
    found = found_in(points)
    assert len(found.centres) == 50
    assert THEMES_AT_LEAST <= len(set(found.theme_of)) <= THEMES_AT_MOST
    assert set(found.theme_of) == set(range(found.theme_of.max() + 1))


def test_themes_are_numbered_by_records() -> None:
    found = found_in(blobs([12] * 30, spread=0.02, dimensions=64)[0])
    records = np.bincount(found.theme_of[found.of_point[found.of_point != NO_CLUSTER]])
    assert (np.diff(records) <= 0).all()
