"""The texts of two quarters in clusters, steered by what people decided, and the earlier cause that each cluster continues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from config.causes import CauseDecisions
from tasks.causes.clusters import Clustering, cluster_points
from tasks.causes.encoders import Encoder
from tasks.causes.graph import NO_CLUSTER, Floats, Indices, centres
from tasks.causes.phrases import Phrases, count_phrases
from tasks.causes.profiles import profiles
from tasks.causes.pupil import assign
from tasks.causes.steering import Steered, steer
from tasks.causes.teaching import teach, to_read
from tasks.causes.texts import NO_TEXT, UniqueTexts, collapse, readable
from tasks.causes.tracking import Pool, Regrouping, join, joins, least_cosine, match, origins, places_of, regroupings
from tasks.results import CauseModel, CauseProfile


@dataclass(frozen=True)
class Grouping:
    """Two quarters' texts in clusters, numbered from 0 without a gap."""

    unique: UniqueTexts
    read: Indices  # the unique texts that the encoder has read, by row of pool.points
    pool: Pool  # a record a row of `told`
    of_unique: Indices  # cluster by unique text
    theme_of: Indices  # theme by cluster
    phrases: Phrases
    profiles: tuple[dict[str, float], ...]
    steered: Steered
    matched: Mapping[int, CauseProfile]
    regrouped: tuple[Regrouping, ...]


def group(told: pd.DataFrame, model: CauseModel | None, encoder: Encoder, decisions: CauseDecisions) -> Grouping:
    """Return the records of `told` in clusters: text, is_now, and cause_id, the earlier cause of a record of the previous quarter.

    The encoder reads all different texts, or a sample where that took too long (teaching.to_read); the others go to the cluster that a
    cheap model of the sample gives them.
    """
    unique = collapse(told["text"].tolist())
    read = to_read(unique.keys)
    sample = _only(unique, read)
    points = encoder.encode([readable(text) for text in sample.texts])
    found = cluster_points(points, sample.weights)
    pool = _pool(told, sample, points, found.of_point, model)
    steered = _steered(pool, sample, found, model, encoder, decisions)
    of_unique = _spread(unique, read, points, steered.of_unique, encoder)
    pool = replace(pool, centres=centres(points, steered.of_unique), cluster=np.append(of_unique, NO_CLUSTER)[unique.of_record])
    phrases = count_phrases(unique, of_unique)
    words = profiles(phrases)
    matched = match(pool, words, model, encoder.name, steered.ids)
    return Grouping(
        unique,
        read,
        pool,
        of_unique,
        _themes(found, steered.of_unique, sample.weights),
        phrases,
        words,
        steered,
        matched,
        regroupings(pool, matched, model),
    )


def _only(unique: UniqueTexts, read: Indices) -> UniqueTexts:
    """Return those of the texts that are read; a record of another has none."""
    if len(read) == len(unique.keys):
        return unique
    row = np.full(len(unique.keys) + 1, NO_TEXT)
    row[read] = np.arange(len(read))
    return UniqueTexts(
        tuple(unique.keys[place] for place in read),
        tuple(unique.texts[place] for place in read),
        unique.weights[read],
        row[unique.of_record],
    )


def _pool(told: pd.DataFrame, sample: UniqueTexts, points: Floats, of_point: Indices, model: CauseModel | None) -> Pool:
    cluster = np.append(of_point, NO_CLUSTER)[sample.of_record]
    is_now: npt.NDArray[np.bool_] = told["is_now"].to_numpy(bool)
    return Pool(points, centres(points, of_point), sample.of_record, cluster, is_now, places_of(model, told["cause_id"]))


def _steered(
    pool: Pool, sample: UniqueTexts, found: Clustering, model: CauseModel | None, encoder: Encoder, decisions: CauseDecisions
) -> Steered:
    """Return the clusters that are causes: those told in other words joined, and what people decided applied."""
    words = _profiles(sample, found.of_point)
    into = joins(pool, words, model, encoder.name)
    of_point = join(found.of_point, into)
    whole = pool.joined(into)
    words = _profiles(sample, of_point) if into else words
    before = origins(whole, match(whole, words, model, encoder.name), model)
    examples = {one.name: encoder.encode(one.examples) for one in decisions.described}
    return steer(pool.points, sample.weights, of_point, decisions, examples, before, model, least_cosine(whole))


def _profiles(sample: UniqueTexts, of_point: Indices) -> tuple[dict[str, float], ...]:
    return profiles(count_phrases(sample, of_point, longest=1))


def _spread(unique: UniqueTexts, read: Indices, points: Floats, of_read: Indices, encoder: Encoder) -> Indices:
    """Return the cluster of every unique text: its own where it was read, otherwise the one that a pupil of those gives it."""
    of_unique = np.full(len(unique.keys), NO_CLUSTER)
    of_unique[read] = of_read
    rest = np.setdiff1d(np.arange(len(unique.keys)), read)
    if len(rest):
        pupil = teach([unique.keys[place] for place in read], points, of_read, centres(points, of_read), encoder.name)
        of_unique[rest], _ = assign(pupil, [unique.keys[place] for place in rest])
    return of_unique


def _themes(found: Clustering, of_read: Indices, weights: Indices) -> Indices:
    """Return the theme of each cluster after steering: the one that most of its records had, numbered from 0 without a gap."""
    placed = (found.of_point != NO_CLUSTER) & (of_read != NO_CLUSTER)
    shared = np.zeros((int(of_read.max(initial=-1)) + 1, int(found.theme_of.max(initial=-1)) + 1))
    if not shared.size:
        return np.zeros(len(shared), dtype=np.int64)
    np.add.at(shared, (of_read[placed], found.theme_of[found.of_point[placed]]), weights[placed])
    return np.unique(shared.argmax(axis=1), return_inverse=True)[1]
