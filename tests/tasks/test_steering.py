"""What people decide about causes is done to the clusters, now and in the next quarter; what cannot be done is noted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.causes import CauseDecisions
from tasks.causes.graph import NO_CLUSTER, Floats, Indices
from tasks.causes.steering import NEW, Steered, steer
from tasks.causes.tracking import ENGINE
from tasks.results import CauseModel, CauseProfile

DIMENSIONS = 12
FLOOR = 0.5


def axis(number: int) -> Floats:
    return np.eye(DIMENSIONS, dtype=np.float32)[number]


def cloud(*lots: tuple[Floats, int], spread: float = 0.1) -> Floats:
    """Return unit rows around each direction."""
    rows = np.concatenate([np.repeat(direction[None], size, axis=0) for direction, size in lots])
    noisy = rows + np.random.default_rng(1).normal(0, spread, rows.shape).astype(np.float32)
    return np.asarray(noisy / np.linalg.norm(noisy, axis=1, keepdims=True), dtype=np.float32)


def model_of(*ids: str, **pinned: str) -> CauseModel:
    """Return a model of these causes; `pinned` are further ones: id by name, dashes written as underscores."""
    named = {name: "" for name in ids} | {cause.replace("_", "-"): name for name, cause in pinned.items()}
    causes = tuple(
        CauseProfile(id=name, label=name, first_seen="2026Q1", last_seen="2026Q1", terms={}, pinned=called)
        for name, called in named.items()
    )
    return CauseModel(version=ENGINE, cycle="2026Q1", causes=causes)


def steered(
    points: Floats,
    clusters: list[int] | Indices,
    decisions: dict[str, Any],
    examples: dict[str, list[Floats]] | None = None,
    origins: dict[int, str] | None = None,
    model: CauseModel | None = None,
) -> Steered:
    return steer(
        points,
        np.ones(len(points), dtype=np.int64),
        np.array(clusters),
        CauseDecisions.model_validate(decisions),
        {name: np.stack(rows) for name, rows in (examples or {}).items()},
        origins or {},
        model,
        FLOOR,
    )


def pin(name: str) -> dict[str, Any]:
    return {"name": name, "examples": [f"about {name}"]}


def test_nothing_decided_leaves_the_clusters_as_they_are() -> None:
    points = cloud((axis(0), 10), (axis(1), 10))
    clusters = [0] * 10 + [1] * 9 + [NO_CLUSTER]
    done = steered(points, clusters, {}, origins={0: "2026Q1-01"}, model=model_of("2026Q1-01"))
    assert done.of_unique.tolist() == clusters
    assert (done.ids, done.pinned, done.split_from, done.names, done.notes) == ({}, {}, {}, {}, ())


# --- pinned


def test_a_pinned_cause_takes_its_texts_out_of_a_mixed_cluster_and_out_of_none() -> None:
    points = cloud((axis(0), 20), (axis(1), 12), (axis(2), 20), (axis(1), 3))
    clusters = [0] * 32 + [1] * 20 + [NO_CLUSTER] * 3
    done = steered(points, clusters, {"pinned": [pin("ones")]}, {"ones": [axis(1)]})
    (place,) = done.pinned
    assert np.flatnonzero(done.of_unique == place).tolist() == [*range(20, 32), *range(52, 55)]
    assert done.pinned == {place: "ones"}
    assert done.ids == {}
    assert len(np.unique(done.of_unique)) == 3


def test_a_pinned_cause_that_is_a_cluster_already_takes_it_whole_however_its_examples_lean() -> None:
    points = cloud((axis(0), 40), (axis(1), 20), spread=0.15)
    done = steered(points, [0] * 40 + [1] * 20, {"pinned": [pin("zeros")]}, {"zeros": [axis(0) + 0.4 * axis(5)]})
    (place,) = done.pinned
    assert (done.of_unique == place).tolist() == [True] * 40 + [False] * 20


def test_a_pinned_cause_that_nobody_wrote_about_is_noted_and_takes_nothing() -> None:
    points = cloud((axis(0), 20), (axis(1), 20))
    clusters = [0] * 20 + [1] * 20
    for example in (axis(7), np.zeros(DIMENSIONS, dtype=np.float32)):
        done = steered(points, clusters, {"pinned": [pin("sevens")]}, {"sevens": [example]})
        assert done.of_unique.tolist() == clusters
        assert done.pinned == {}
        assert done.notes == ("No text is like the examples of “sevens”; add some that customers wrote.",)


def test_a_text_goes_to_the_nearer_of_two_pinned_causes() -> None:
    points = cloud((axis(0), 15), (axis(1), 15))
    done = steered(points, [0] * 30, {"pinned": [pin("ones"), pin("zeros")]}, {"ones": [axis(1)], "zeros": [axis(0)]})
    names = [done.pinned[cluster] for cluster in done.of_unique.tolist()]
    assert names == ["zeros"] * 15 + ["ones"] * 15


def test_a_pinned_cause_keeps_the_id_that_an_earlier_quarter_gave_it() -> None:
    points = cloud((axis(0), 15), (axis(1), 15))
    done = steered(points, [0] * 30, {"pinned": [pin("ones")]}, {"ones": [axis(1)]}, model=model_of(ones="2026Q1_07"))
    (place,) = done.pinned
    assert done.ids == {place: "2026Q1-07"}


def test_what_a_pinned_cause_leaves_of_a_cluster_joins_the_nearest_one_where_it_is_too_little() -> None:
    points = cloud((axis(1), 15), (axis(0) + axis(2), 3), (axis(2), 20))
    done = steered(points, [0] * 18 + [1] * 20, {"pinned": [pin("ones")]}, {"ones": [axis(1)]})
    assert len(set(done.of_unique[15:].tolist())) == 1
    assert len(np.unique(done.of_unique)) == 2


# --- merged


def test_merged_causes_are_one_cluster_under_the_first_id() -> None:
    points = cloud((axis(0), 10), (axis(1), 10), (axis(2), 10))
    origins = {0: "2026Q1-01", 1: "2026Q1-02", 2: "2026Q1-03"}
    decision = {"merged": [{"causes": ["2026Q1-03", "2026Q1-01"], "name": "Both"}]}
    done = steered(points, np.repeat([0, 1, 2], 10), decision, origins=origins, model=model_of(*origins.values()))
    assert done.of_unique.tolist() == [0] * 10 + [1] * 10 + [0] * 10
    assert done.ids == {0: "2026Q1-03"}
    assert done.names == {"2026Q1-03": "Both"}


def test_a_merger_holds_when_the_clustering_cuts_the_merged_cause_again() -> None:
    points = cloud((axis(0), 10), (axis(1), 10))
    origins = {0: "2026Q1-01", 1: "2026Q1-01"}  # both clusters' earlier records were the first cause's, which had taken in the second
    done = steered(
        points,
        np.repeat([0, 1], 10),
        {"merged": [{"causes": ["2026Q1-01", "2026Q1-02"]}]},
        origins=origins,
        model=model_of("2026Q1-01", "2026Q1-02"),
    )
    assert done.of_unique.tolist() == [0] * 20
    assert done.ids == {0: "2026Q1-01"}


# --- split


SPLIT = {"split": [{"cause": "2026Q1-01", "into": [pin("zeros"), pin("ones")]}]}
EXAMPLES = {"zeros": [axis(0)], "ones": [axis(1), axis(3)]}


def test_a_split_cause_is_divided_by_the_nearest_example_into_new_causes() -> None:
    points = cloud((axis(0), 10), (axis(1), 10), (axis(3), 10), (axis(2), 10))
    done = steered(points, [0] * 30 + [1] * 10, SPLIT, EXAMPLES, {0: "2026Q1-01"}, model_of("2026Q1-01"))
    names = [done.pinned.get(cluster, "") for cluster in done.of_unique.tolist()]
    assert names == ["zeros"] * 10 + ["ones"] * 20 + [""] * 10
    assert set(done.split_from.values()) == {"2026Q1-01"}
    assert set(done.ids.values()) == {NEW}
    assert set(done.ids) == set(done.pinned)


def test_a_split_holds_in_the_next_quarter_with_the_same_ids() -> None:
    points = cloud((axis(0), 10), (axis(1), 10), (axis(2), 10))
    model = model_of("2026Q1-01", zeros="2026Q1_04", ones="2026Q1_05")
    done = steered(points, [0] * 20 + [1] * 10, SPLIT, EXAMPLES, {0: "2026Q1-05", 1: "2026Q1-09"}, model)
    by_name = {done.pinned[cluster]: cause for cluster, cause in done.ids.items()}
    assert by_name == {"zeros": "2026Q1-04", "ones": "2026Q1-05"}
    assert (done.of_unique[:10] != done.of_unique[10:20]).all()


# --- names and what cannot be done


def test_a_renamed_cause_is_called_so() -> None:
    done = steered(
        cloud((axis(0), 5)),
        [0] * 5,
        {"renamed": [{"cause": "2026Q1-01", "name": "Zeros"}]},
        origins={0: "2026Q1-01"},
        model=model_of("2026Q1-01"),
    )
    assert done.names == {"2026Q1-01": "Zeros"}
    assert done.notes == ()


@pytest.mark.parametrize("model", [None, model_of("2026Q1-01")])
def test_decisions_about_causes_that_there_are_not_are_noted_and_stop_nothing(model: CauseModel | None) -> None:
    points = cloud((axis(0), 10), (axis(1), 10))
    decisions = {
        "merged": [{"causes": ["2026Q1-11", "2026Q1-12"], "name": "N"}],
        "renamed": [{"cause": "2026Q1-13", "name": "M"}],
        "split": [{"cause": "2026Q1-14", "into": [pin("zeros"), pin("ones")]}],
    }
    done = steered(points, np.repeat([0, 1], 10), decisions, EXAMPLES, {0: "2026Q1-01"} if model else {}, model)
    assert done.of_unique.tolist() == [0] * 10 + [1] * 10
    assert (done.ids, done.names, done.pinned) == ({}, {}, {})
    assert [note.partition(", so it could not be ")[::2] for note in done.notes] == [
        (f"No cause has the id 2026Q1-{number}", f"{what}; put its id right in the programme, or take it out.")
        for number, what in [(11, "merged"), (12, "merged"), (13, "renamed"), (14, "split")]
    ]


def test_a_merger_is_done_with_those_of_its_causes_that_are_known() -> None:
    points = cloud((axis(0), 10), (axis(1), 10))
    done = steered(
        points,
        np.repeat([0, 1], 10),
        {"merged": [{"causes": ["2026Q1-09", "2026Q1-01", "2026Q1-02"], "name": "N"}]},
        origins={0: "2026Q1-02", 1: "2026Q1-01"},
        model=model_of("2026Q1-01", "2026Q1-02"),
    )
    assert done.of_unique.tolist() == [0] * 20
    assert (done.ids, done.names) == ({0: "2026Q1-01"}, {"2026Q1-01": "N"})
    assert len(done.notes) == 1


def test_no_text_at_all_is_no_trouble() -> None:
    done = steered(
        np.zeros((0, DIMENSIONS), dtype=np.float32),
        np.zeros(0, dtype=np.int64),
        {"pinned": [pin("ones")]} | SPLIT | {"split": []},
        EXAMPLES,
    )
    assert len(done.of_unique) == 0
    assert len(done.notes) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 3)), max_size=30), st.permutations(range(4)))
def test_clusters_are_numbered_without_a_gap_every_text_keeps_a_place_and_the_numbering_does_not_matter(
    texts: list[tuple[int, int]], order: list[int]
) -> None:
    points = cloud(*((axis(way), 1) for way, _ in texts)) if texts else np.zeros((0, DIMENSIONS), dtype=np.float32)
    clusters = np.array([cluster for _, cluster in texts], dtype=np.int64)
    decisions = SPLIT | {"pinned": [pin("twos")], "merged": [{"causes": ["2026Q1-02", "2026Q1-03"]}]}
    examples = EXAMPLES | {"twos": [axis(2)]}
    origins = {0: "2026Q1-01", 1: "2026Q1-02", 2: "2026Q1-03"}
    model = model_of(*origins.values())
    done = steered(points, clusters, decisions, examples, {c: o for c, o in origins.items() if (clusters == c).any()}, model)
    assert set(done.of_unique[done.of_unique != NO_CLUSTER]) == set(range(int(done.of_unique.max(initial=-1)) + 1))
    assert not ((done.of_unique == NO_CLUSTER) & (clusters != NO_CLUSTER)).any()
    named = [name for name in done.ids.values() if name != NEW]
    assert len(set(named)) == len(named)
    turned = np.array([*order, NO_CLUSTER])[clusters]
    again = steered(points, turned, decisions, examples, {order[c]: o for c, o in origins.items() if (clusters == c).any()}, model)
    same = done.of_unique[:, None] == done.of_unique
    assert (same == (again.of_unique[:, None] == again.of_unique)).all()
