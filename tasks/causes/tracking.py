"""Causes from quarter to quarter: which earlier cause a cluster continues, and what became of it.

This quarter's and the previous one's records are clustered together, blind to which is whose, and then counted: where nothing changed,
the two counts of a cluster differ by chance alone. Sources: Kuhn (1955), Naval Research Logistics Quarterly 2, 83-97 (assignment);
Dice (1945), Ecology 26, 297-302 (overlap).
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from config.errors import InputError
from config.periods import Quarter
from tasks.causes.count_tests import LEVEL, fraction_test, median_test, share_test
from tasks.causes.encoders import Encoder
from tasks.causes.graph import NO_CLUSTER, Floats, Indices, centres
from tasks.causes.texts import collapse, readable
from tasks.inference import equality_test
from tasks.results import CauseModel, CauseProfile, CauseStatus

ENGINE = "vectors-leiden-2"
OVERLAP_AT_LEAST = 0.3  # Dice's coefficient of a cluster's and an earlier cause's records of the previous quarter
RECORDS_KNOWN = 5  # of an earlier cause in the previous quarter, and they alone say which cluster continues it
CENTRE_COSINE = 0.85
WORDS_COSINE = 0.5  # on real quarters all matches above it were right, and nearly all right ones are above it
UNLIKE_SHARE = 0.05  # of the records that have a cause are less like its centre than what has none when texts are assigned again
PART = 0.1  # of a cause's records, and what lies elsewhere is a part of it
REWORDED_COSINE = 0.55
CUT_COSINE = 0.8
NO_CAUSE = -1


@dataclass(frozen=True)
class Pool:
    """The records of this quarter and of the one before, in clusters of both together; one entry a record, clusters × 1 for `centres`."""

    points: Floats  # unique texts × dimensions
    centres: Floats  # clusters × dimensions, rows of length 1
    text: Indices  # row of `points`; negative: no word in it, or not read
    cluster: Indices  # NO_CLUSTER: none
    is_now: npt.NDArray[np.bool_]
    cause: Indices  # place in the earlier model's causes, for records of the previous quarter; NO_CAUSE: none, or not known

    @property
    def now(self) -> Indices:
        """Records of this quarter by cluster."""
        return self._count(self.is_now)

    @property
    def before(self) -> Indices:
        """Records of the previous quarter by cluster."""
        return self._count(~self.is_now)

    def overlaps(self, causes: int) -> Indices:
        """Return records of the previous quarter, earlier causes × clusters; `causes` is how many the model has."""
        known = (self.cause != NO_CAUSE) & (self.cluster != NO_CLUSTER) & ~self.is_now
        table = np.zeros((causes, len(self.centres)), dtype=np.int64)
        np.add.at(table, (self.cause[known], self.cluster[known]), 1)
        return table

    def joined(self, into: Mapping[int, int]) -> Pool:
        """Return the records with each cluster that is a key of `into` joined to its value, see `join`."""
        cluster = join(self.cluster, into)
        of_point = np.full(len(self.points), NO_CLUSTER)
        read = self.text >= 0
        of_point[self.text[read]] = cluster[read]
        return replace(self, centres=centres(self.points, of_point), cluster=cluster) if into else self

    def _count(self, chosen: npt.NDArray[np.bool_]) -> Indices:
        return np.bincount(self.cluster[chosen & (self.cluster != NO_CLUSTER)], minlength=len(self.centres))


def places_of(model: CauseModel | None, ids: Iterable[str]) -> Indices:
    """Return the place of each cause id in the model; NO_CAUSE for one that it does not hold."""
    place = {cause.id: number for number, cause in enumerate(model.causes if model else ())}
    return np.array([place.get(name, NO_CAUSE) for name in ids], dtype=np.int64)


def match(
    pool: Pool, profiles: Sequence[Mapping[str, float]], model: CauseModel | None, encoder: str, fixed: Mapping[int, str] | None = None
) -> dict[int, CauseProfile]:
    """Return the earlier cause that each cluster continues, by cluster; one to one.

    A cause of which RECORDS_KNOWN of the previous quarter are known continues where they lie: the assignment of the greatest sum of
    overlaps, none below OVERLAP_AT_LEAST. All others, also those gone for a while, continue where the centres are most alike, or the
    word profiles (`profiles`, by cluster) where the model has no centre of that `encoder`. `fixed` are cause ids by cluster that
    people decided; an empty one for a cluster that continues none.
    """
    if model is None:
        return {}
    table = pool.overlaps(len(model.causes))
    fixed = fixed or {}
    held = {cluster: cause for cluster, name in fixed.items() for cause in model.causes if cause.id == name}
    is_known = table.sum(axis=1) >= RECORDS_KNOWN
    by_records = np.where(is_known[:, None], _dice(table, pool.before), 0)
    found = _assign(np.where(by_records >= OVERLAP_AT_LEAST, by_records, 0), model, held, fixed)
    by_likeness = np.where(is_known[:, None], 0, _likeness(pool.centres, profiles, model, encoder))
    return _assign(by_likeness, model, found, {*found, *fixed})


def _dice(table: Indices, before: Indices) -> npt.NDArray[np.float64]:
    """Return twice the records in common over those of both."""
    return np.asarray(2 * table / np.maximum(table.sum(axis=1, keepdims=True) + before, 1))


def _assign(
    scores: npt.NDArray[np.float64], model: CauseModel, held: Mapping[int, CauseProfile], shut: Collection[int]
) -> dict[int, CauseProfile]:
    """Return `held`, and of the other causes and the clusters not `shut` the pairs of the greatest sum of scores; none at 0."""
    taken = {cause.id for cause in held.values()}
    is_free = np.array([cause.id not in taken for cause in model.causes], dtype=bool)
    is_open = ~np.isin(np.arange(scores.shape[1]), list(shut))
    allowed = np.where(is_free[:, None] & is_open, scores, 0)
    rows, columns = linear_sum_assignment(allowed, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {**held, **{column: model.causes[row] for row, column in pairs if allowed[row, column] > 0}}


def _likeness(centres: Floats, profiles: Sequence[Mapping[str, float]], model: CauseModel, encoder: str) -> npt.NDArray[np.float64]:
    """Return how far cosines lie above what a match needs, 0 to 1, earlier causes × clusters."""
    scores = np.zeros((len(model.causes), len(centres)))
    for row, cause in enumerate(model.causes):
        if cause.centre and model.encoder == encoder:
            cosines, least = centres @ unpack(cause.centre), CENTRE_COSINE
        else:
            cosines, least = np.array([cosine(terms, cause.terms) for terms in profiles], dtype=np.float32), WORDS_COSINE
        scores[row] = np.maximum(cosines - least, 0) / (1 - least)
    return scores


def cosine(terms: Mapping[str, float], others: Mapping[str, float]) -> float:
    """Return the cosine of two word profiles, each of length 1."""
    return sum(weight * others.get(word, 0.0) for word, weight in terms.items())


def origins(pool: Pool, matched: Mapping[int, CauseProfile], model: CauseModel | None) -> dict[int, str]:
    """Return the id of the earlier cause that each cluster comes from: the matched one, else that of most of its earlier records."""
    found = {cluster: cause.id for cluster, cause in matched.items()}
    if model is None or not model.causes:
        return found
    table = pool.overlaps(len(model.causes))
    most = table.argmax(axis=0)
    for cluster in np.flatnonzero(2 * table.max(axis=0) > pool.before).tolist():
        found.setdefault(cluster, model.causes[most[cluster]].id)
    return found


def new_ids(cycle: str, count: int, model: CauseModel | None, prefix: str = "") -> list[str]:
    """Return `count` ids of causes first seen in `cycle` that the model does not hold; `prefix` goes before the number."""
    first = f"{cycle}-{prefix}"
    taken = [int(cause.id.removeprefix(first)) for cause in (model.causes if model else ()) if cause.first_seen == cycle]
    start = max(taken, default=0) + 1
    return [f"{first}{number:02d}" for number in range(start, start + count)]


def quarters_in_row(earlier: CauseProfile | None, cycle: str) -> int:
    """Return in how many quarters up to `cycle`, in which it is seen, a cause was seen without a gap."""
    if earlier is None or earlier.last_seen != str(Quarter.parse(cycle).back(1)):
        return 1
    return earlier.quarters_in_row + 1


def updated(
    model: CauseModel | None, cycle: str, causes: Iterable[CauseProfile], merged: Mapping[str, str], encoder: str, cosine_at_least: float
) -> CauseModel:
    """Return the model after `cycle`: its causes, and the earlier ones that were not seen in it, by id.

    `merged` names the cause that took in each earlier one of which that is known. An earlier centre that is another encoder's
    vector is left out.
    """
    seen = {cause.id: cause for cause in causes}
    is_comparable = model is not None and model.encoder == encoder
    kept = {
        cause.id: cause.model_copy(
            update={"centre": cause.centre if is_comparable else "", "merged_into": merged.get(cause.id, cause.merged_into)}
        )
        for cause in (model.causes if model else ())
        if cause.id not in seen
    }
    every = kept | seen
    return CauseModel(
        version=ENGINE, cycle=cycle, causes=tuple(every[name] for name in sorted(every)), encoder=encoder, cosine_at_least=cosine_at_least
    )


def pack(vector: Floats) -> str:
    """Return a vector's direction as signed bytes in base64."""
    largest = float(np.abs(vector).max(initial=0))
    return base64.b64encode(np.round(vector * (127 / largest if largest else 0)).astype(np.int8).tobytes()).decode("ascii")


def unpack(packed: str) -> Floats:
    """Return the vector of length 1 that `pack` wrote; its cosine to the one packed is above 0.999."""
    vector = np.frombuffer(base64.b64decode(packed), dtype=np.int8).astype(np.float32)
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1.0), dtype=np.float32)


def least_cosine(pool: Pool) -> float:
    """Return the cosine to their centre that all but UNLIKE_SHARE of the records reach; 0 where there are none."""
    placed = (pool.cluster != NO_CLUSTER) & (pool.text >= 0)
    if not placed.any():
        return 0.0
    fit = np.einsum("rd,rd->r", pool.points[pool.text[placed]], pool.centres[pool.cluster[placed]])
    return round(float(np.quantile(fit, UNLIKE_SHARE)), 4)


def assign_again(model: CauseModel, encoder: Encoder, texts: Sequence[str]) -> list[str]:
    """Return the id of the cause of the model's own cycle whose centre is nearest to each text; empty where none is near enough.

    Raises InputError where the model's centres are another encoder's vectors.
    """
    if model.encoder != encoder.name:
        made_with = f"the vectors of {model.encoder!r}" if model.encoder else "no vectors"
        raise InputError(
            f"The causes of {model.cycle} were found with {made_with} and cannot be assigned with those of {encoder.name!r}; "
            "name the same encoder, or run that cycle anew."
        )
    causes = [cause for cause in model.causes if cause.centre and cause.last_seen == model.cycle]
    if not causes:
        return [""] * len(texts)
    unique = collapse(texts)
    cosines = encoder.encode([readable(text) for text in unique.texts]) @ np.stack([unpack(cause.centre) for cause in causes]).T
    nearest = [causes[place].id for place in cosines.argmax(axis=1)]
    near_enough = cosines.max(axis=1, initial=-1) >= max(model.cosine_at_least, np.finfo(np.float32).tiny)
    of_unique = [name if is_near else "" for name, is_near in zip(nearest, near_enough, strict=True)]
    return [*map([*of_unique, ""].__getitem__, unique.of_record)]


# --- what became of them


def joins(pool: Pool, profiles: Sequence[Mapping[str, float]], model: CauseModel | None, encoder: str) -> dict[int, int]:
    """Return the clusters that are no causes of their own, each with the one that it belongs to; see `join`.

    Those told in other words, and parts of an earlier cause that the clustering alone cuts off.
    """
    reworded = _reworded(pool)
    left = [cluster for cluster in range(len(pool.centres)) if cluster not in reworded]
    whole = pool.joined(reworded)
    matched = match(whole, [profiles[cluster] for cluster in left], model, encoder)
    cut = {left[part]: left[rest] for part, rest in _cut_off(whole, matched, model).items()}
    return {**{cluster: cut.get(other, other) for cluster, other in reworded.items()}, **cut}


def _reworded(pool: Pool) -> dict[int, int]:
    """Return the clusters that appeared and say in other words what one that vanished said, with that one.

    Of all clusters that did not appear the vanished one is the nearest, at REWORDED_COSINE or more, and none that stayed lies nearer
    to it.
    """
    now, before = pool.now, pool.before
    if not len(pool.centres) or not pool.is_now.any() or pool.is_now.all():
        return {}
    texts, texts_before = int(pool.is_now.sum()), int((~pool.is_now).sum())
    has_appeared = fraction_test(before, texts_before, now, texts) <= LEVEL
    has_vanished = fraction_test(now, texts, before, texts_before) <= LEVEL
    cosines = pool.centres @ pool.centres.T
    to_earlier = np.where(has_appeared, -1, cosines)
    to_staying = np.where(has_appeared | has_vanished, -1, cosines).max(axis=1)
    needed = np.maximum(REWORDED_COSINE, to_staying)
    pairs = zip(np.flatnonzero(has_appeared).tolist(), to_earlier.argmax(axis=1)[has_appeared].tolist(), strict=True)
    return {one: other for one, other in pairs if has_vanished[other] and cosines[one, other] >= needed[other]}


def _cut_off(pool: Pool, matched: Mapping[int, CauseProfile], model: CauseModel | None) -> dict[int, int]:
    """Return the clusters that were part of an earlier cause, with the one that continues it, where nothing says that they came apart.

    Their centres have a cosine of CUT_COSINE or more, and the part's share of the two is not shown to have changed.
    """
    if model is None or model.version != ENGINE:
        return {}
    now, before = pool.now, pool.before
    continued = {cause.id: cluster for cluster, cause in matched.items()}
    parts = {part: continued[cause] for part, cause in origins(pool, matched, model).items() if part not in matched and cause in continued}
    return {
        part: rest
        for part, rest in parts.items()
        if pool.centres[part] @ pool.centres[rest] >= CUT_COSINE
        and equality_test(now[part], now[part] + now[rest], before[part], before[part] + before[rest]) > LEVEL
    }


def join(of_text: Indices, into: Mapping[int, int]) -> Indices:
    """Return the clusters of texts with each key of `into` joined to its value, numbered from 0 without a gap, in the same order."""
    joined = np.array([into.get(cluster, cluster) for cluster in of_text.tolist()], dtype=np.int64)
    names = np.unique(joined[joined != NO_CLUSTER])
    return np.where(joined == NO_CLUSTER, NO_CLUSTER, np.searchsorted(names, joined))


def size_status(now: int, texts: int, before: int, texts_before: int, *, is_known: bool) -> CauseStatus:
    """Return what a cause is called once it is shown that its share of the texts has changed.

    `new`: no earlier cause is its like (`is_known`), and the share before is shown to be under FRACTION of the present one;
    `gone`: the present share is shown to be under FRACTION of that before. Both are tests at LEVEL, after that of a change.
    """
    if now * texts_before > before * texts:
        is_new = not is_known and fraction_test(before, texts_before, now, texts) <= LEVEL
        return "new" if is_new else "growing"
    return "gone" if fraction_test(now, texts, before, texts_before) <= LEVEL else "shrinking"


def settled(*, sized: CauseStatus | None, regrouped: CauseStatus | None, is_immaterial: bool, quarters: int) -> CauseStatus:
    """Return a cause's status, of all that could be said of it what says most.

    `sized` is its size_status and `regrouped` `merged` or `split`, each where its test is rejected among the quarter's changes;
    `is_immaterial`: the interval of its change lies within what matters; `quarters`: see quarters_in_row.
    """
    if sized in ("new", "gone"):
        return sized
    if regrouped or sized:
        return regrouped or sized or "cannot_tell"
    if is_immaterial:
        return "steady"
    return "recurring" if quarters > 1 else "cannot_tell"


@dataclass(frozen=True)
class Regrouping:
    """A cluster that took in several earlier causes (`merged`), or one that was part of an earlier cause (`split`)."""

    status: Literal["merged", "split"]
    cluster: int
    causes: tuple[str, ...]  # merged: those that it took in, the one that it continues left out; split: the one it was part of
    p: float  # one-sided, see regroupings


def regroupings(pool: Pool, matched: Mapping[int, CauseProfile], model: CauseModel | None) -> tuple[Regrouping, ...]:
    """Return which earlier causes today's clusters cut otherwise, in the order of the clusters.

    Merged: more than half of the previous quarter's records of each of several causes lie in one cluster. Split: more than
    PART of those of a cause lie in the cluster, and more than PART in the one that continues it. Each share is tested
    (binomial, LEVEL). That alone may be the clustering's doing: `p` tests that this quarter's texts are more often like both of the
    merged causes, or more often like one of the two parts alone, than the previous quarter's are (Mood's median test, one-sided).
    """
    if model is None:
        return ()
    table, place = pool.overlaps(len(model.causes)), {cause.id: number for number, cause in enumerate(model.causes)}
    known = table.sum(axis=1, keepdims=True)
    is_most, is_part = (share_test(table, known, share) <= LEVEL for share in (0.5, PART))
    continued = {place[cause.id]: cluster for cluster, cause in matched.items()}
    found = []
    for cluster in range(len(pool.centres)):
        owner = place[matched[cluster].id] if cluster in matched else None
        donors = [row for row in np.argsort(-table[:, cluster], kind="stable").tolist() if is_most[row, cluster]]
        taken = tuple(model.causes[row].id for row in donors if row != owner and row not in continued)
        if len(donors) > 1 and taken:
            found.append(Regrouping("merged", cluster, taken, _merged_test(pool, cluster, donors[0], donors[1])))
        if owner is None:
            parts = [row for row in np.flatnonzero(is_part[:, cluster]).tolist() if row in continued and is_part[row, continued[row]]]
            found += [
                Regrouping("split", cluster, (model.causes[row].id,), _split_test(pool, cluster, continued[row])) for row in parts[:1]
            ]
    return tuple(found)


def _merged_test(pool: Pool, cluster: int, first: int, second: int) -> float:
    """Return the p that this quarter's texts in the cluster are no more often like both of two earlier causes than those before.

    How like both a text is: its cosine to the further centre. A record of the previous quarter is left out of the centre that it is
    compared with: it would seem nearer to it than it is.
    """
    inside = (pool.cluster == cluster) & (pool.text >= 0)
    vectors = pool.points[pool.text[inside]]
    sides = []
    for cause in (first, second):
        own = pool.cause[inside] == cause
        total = vectors[own].sum(axis=0, dtype=np.float64) - own[:, None] * vectors
        lengths = np.linalg.norm(total, axis=1)
        sides.append(np.einsum("rd,rd->r", vectors, total) / np.where(lengths > 0, lengths, 1))
    return median_test(-np.minimum(*sides), pool.is_now[inside])


def _split_test(pool: Pool, part: int, rest: int) -> float:
    """Return the p that this quarter's texts are no more often like one of two clusters alone than those before."""
    inside = np.isin(pool.cluster, (part, rest)) & (pool.text >= 0)
    vectors = pool.points[pool.text[inside]]
    return median_test(np.abs(vectors @ (pool.centres[part] - pool.centres[rest])), ~pool.is_now[inside])
