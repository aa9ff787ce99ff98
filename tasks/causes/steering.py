"""What people decide about causes, applied to a quarter's clusters: pinned, merged and split ones.

A pinned cause grows from its examples: its centre is the mean of these and of the texts that it has taken, found again until
nothing changes (seeded k-means: Basu, Banerjee and Mooney 2002, ICML, 27-34, section 3).
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from config.causes import CauseDecisions, PinnedCause
from tasks.causes.graph import NO_CLUSTER, Floats, Indices, centres, unit_rows
from tasks.causes.tracking import join
from tasks.results import CauseModel

ROUNDS = 20  # of growing; a few are the rule
SEED_TEXTS = 10  # nearest to its examples, that a pinned cause starts from: a few examples alone are too far from all texts
WHOLE_COSINE = 0.85  # of what is left of a cluster to a pinned cause that took a part of it: then they are the same
RECORDS_AT_LEAST = 5  # that decisions leave to a cluster, or they join the nearest one
NEW = ""


@dataclass(frozen=True)
class Steered:
    """Clusters as people decided; whatever they did not decide is left as it was."""

    of_unique: Indices  # cluster by unique text, numbered from 0 without a gap; NO_CLUSTER: none
    ids: Mapping[int, str]  # by cluster, where a decision says which earlier cause it is; NEW: none of them
    pinned: Mapping[int, str]  # name by cluster, of the pinned causes and the parts of split ones
    split_from: Mapping[int, str]  # cause id by cluster, of the parts of split ones
    names: Mapping[str, str]  # by cause id, of those renamed or merged under a name
    notes: tuple[str, ...]  # decisions that could not be applied, a sentence each


def steer(
    points: Floats,
    weights: Indices,
    of_unique: Indices,
    decisions: CauseDecisions,
    examples: Mapping[str, Floats],
    origins: Mapping[int, str],
    model: CauseModel | None,
    cosine_at_least: float,
) -> Steered:
    """Return the clusters of unique texts after all decisions: merged first, then split, then pinned.

    `points` are unit rows, `weights` the records of each, `of_unique` their clusters; `examples` are the vectors of the examples by
    name of the pinned cause or part (CauseDecisions.described), examples × dimensions; `origins` is the earlier cause that each cluster
    comes from (tracking.origins). A pinned cause takes a text whose cosine to it is at least `cosine_at_least`
    (tracking.least_cosine) and higher than that to any cluster; a cluster that it cannot be told from it takes whole.
    """
    known = {cause.id for cause in (model.causes if model else ())}
    first = int(of_unique.max(initial=NO_CLUSTER)) + 1
    number = {one.name: first + place for place, one in enumerate(decisions.described)}
    earlier = {cause.pinned: cause.id for cause in (model.causes if model else ()) if cause.pinned}
    clusters, merged = _merge(of_unique, decisions, origins, known)
    divided = _divide(points, clusters, decisions, examples, origins, number, earlier)
    clusters = _attract(points, divided, decisions.pinned, examples, number, cosine_at_least)
    clusters = _without_remnants(points, weights, clusters, divided, set(number.values()))
    left = {int(cluster): place for place, cluster in enumerate(np.unique(clusters[clusters != NO_CLUSTER]))}
    parts = {part.name: split.cause for split in decisions.split for part in split.into}
    ids = merged | {number[name]: earlier.get(name, NEW) for name in number if name in earlier or name in parts}
    return Steered(
        join(clusters, {}),
        {left[cluster]: name for cluster, name in ids.items() if cluster in left},
        {left[cluster]: name for name, cluster in number.items() if cluster in left},
        {left[number[name]]: cause for name, cause in parts.items() if number[name] in left},
        _names(decisions, known),
        (*_unknown(decisions, known), *_without_text(decisions, number, left, known)),
    )


def _merge(
    of_unique: Indices, decisions: CauseDecisions, origins: Mapping[int, str], known: Container[str]
) -> tuple[Indices, dict[int, str]]:
    """Return the clusters with those of merged causes joined, and the first known id of each merge by its cluster."""
    clusters, ids = of_unique.copy(), dict[int, str]()
    for merge in decisions.merged:
        group = sorted(cluster for cluster, cause in origins.items() if cause in merge.causes)
        if group:
            clusters[np.isin(clusters, group)] = group[0]
            ids[group[0]] = next(name for name in merge.causes if name in known)
    return clusters, ids


def _divide(
    points: Floats,
    of_unique: Indices,
    decisions: CauseDecisions,
    examples: Mapping[str, Floats],
    origins: Mapping[int, str],
    number: Mapping[str, int],
    earlier: Mapping[str, str],
) -> Indices:
    """Return the clusters with each text of a split cause, or of a part of it, in the part that has the example most like it."""
    clusters = of_unique.copy()
    for split in decisions.split:
        whole = {split.cause, *(earlier[part.name] for part in split.into if part.name in earlier)}
        rows = np.flatnonzero(np.isin(clusters, [cluster for cluster, cause in origins.items() if cause in whole]))
        likeness = np.stack([(points[rows] @ examples[part.name].T).max(axis=1) for part in split.into], axis=1)
        clusters[rows] = np.array([number[part.name] for part in split.into])[likeness.argmax(axis=1)]
    return clusters


def _attract(
    points: Floats,
    of_unique: Indices,
    pinned: Sequence[PinnedCause],
    examples: Mapping[str, Floats],
    number: Mapping[str, int],
    cosine_at_least: float,
) -> Indices:
    """Return the clusters with the texts of each pinned cause in its own."""
    if not pinned or not len(points):
        return of_unique
    seeds = [examples[one.name] for one in pinned]
    least = max(cosine_at_least, float(np.finfo(np.float32).tiny))
    cosines = points @ unit_rows(np.stack([seed.sum(axis=0) for seed in seeds])).T
    is_seed = np.argsort(np.argsort(-cosines, axis=0, kind="stable"), axis=0) < SEED_TEXTS
    taken = np.where((is_seed & (cosines >= least)).any(axis=1), cosines.argmax(axis=1), NO_CLUSTER)
    for _ in range(ROUNDS):
        grown = unit_rows(np.stack([seed.sum(axis=0) + points[taken == place].sum(axis=0) for place, seed in enumerate(seeds)]))
        others = centres(points, np.where(taken == NO_CLUSTER, of_unique, NO_CLUSTER))
        cosines = points @ grown.T
        needed = (points @ others.T).max(axis=1, initial=least)
        now = np.where(cosines.max(axis=1) >= needed, cosines.argmax(axis=1), NO_CLUSTER)
        if np.array_equal(now, taken):
            break
        taken = now
    taken = _with_wholes(of_unique, taken, others @ grown.T)
    return np.where(taken == NO_CLUSTER, of_unique, np.array([number[one.name] for one in pinned])[taken])


def _with_wholes(of_unique: Indices, taken: Indices, likeness: Floats) -> Indices:
    """Return what pinned causes take, with all that is left of a cluster that is WHOLE_COSINE like one that took a part of it."""
    whole = taken.copy()
    for cluster, cosines in enumerate(likeness):
        place = int(cosines.argmax())
        inside = of_unique == cluster
        if cosines[place] >= WHOLE_COSINE and (taken[inside] == place).any():
            whole[inside & (taken == NO_CLUSTER)] = place
    return whole


def _without_remnants(points: Floats, weights: Indices, clusters: Indices, before: Indices, described: Container[int]) -> Indices:
    """Return the clusters with the texts of those that decisions left too small in the cluster of the nearest centre."""
    names = np.unique(clusters[clusters != NO_CLUSTER]).tolist()
    records = {cluster: int(weights[clusters == cluster].sum()) for cluster in names}
    had = {cluster: int(weights[before == cluster].sum()) for cluster in names}
    small = [cluster for cluster in names if cluster not in described and records[cluster] < min(had[cluster], RECORDS_AT_LEAST)]
    stray = np.isin(clusters, small)
    if not stray.any() or len(small) == len(names):
        return clusters
    kept = np.where(stray, NO_CLUSTER, clusters)
    nearest = (points[stray] @ centres(points, join(kept, {})).T).argmax(axis=1)
    kept[stray] = np.unique(kept[kept != NO_CLUSTER])[nearest]
    return kept


def _names(decisions: CauseDecisions, known: Container[str]) -> dict[str, str]:
    """Return the name that people gave to causes, by id; a merge's is that of the first of its causes that is known."""
    merged = {next((name for name in one.causes if name in known), NEW): one.name for one in decisions.merged if one.name}
    renamed = {one.cause: one.name for one in decisions.renamed}
    return {cause: name for cause, name in (merged | renamed).items() if cause in known}


def _unknown(decisions: CauseDecisions, known: Container[str]) -> Iterator[str]:
    """Yield a sentence for each decision about a cause that there is not."""
    merged = ((name, "merged") for one in decisions.merged for name in one.causes)
    renamed = ((one.cause, "renamed") for one in decisions.renamed)
    split = ((one.cause, "split") for one in decisions.split)
    for name, what in (*merged, *renamed, *split):
        if name not in known:
            yield f"No cause has the id {name}, so it could not be {what}; put its id right in the programme, or take it out."


def _without_text(decisions: CauseDecisions, number: Mapping[str, int], left: Container[int], known: Container[str]) -> Iterator[str]:
    """Yield a sentence for each pinned cause, and each part of a known one, that no text belongs to."""
    unknown_parts = {part.name for split in decisions.split if split.cause not in known for part in split.into}
    for name, cluster in number.items():
        if cluster not in left and name not in unknown_parts:
            yield f"No text is like the examples of “{name}”; add some that customers wrote."
