"""Texts in clusters, with the words that set each cluster apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.causes.graph import NO_CLUSTER, cluster
from tasks.causes.profiles import Usage, pair_usage, profile, word_usage
from tasks.causes.texts import UniqueTexts, collapse, hash_sample
from tasks.causes.vectors import Floats, Indices, count_terms, embed

RECORDS_AT_LEAST = 5
TEXTS_CLUSTERED = 6_000  # unique ones; above that a sample is clustered and the others join the nearest centre


@dataclass(frozen=True)
class TextClusters:
    """Texts in clusters, numbered from 0 (NO_CLUSTER: the text shares nothing with enough others)."""

    unique: UniqueTexts
    points: Floats  # unique texts × dimensions
    of_unique: Indices  # cluster by unique text
    words: Usage
    pairs: Usage
    profiles: tuple[dict[str, float], ...]  # by cluster, see profiles.profile

    @property
    def of_record(self) -> Indices:
        """Return the cluster of each text in the order they came."""
        return np.append(self.of_unique, NO_CLUSTER)[self.unique.of_record]


def cluster_texts(texts: Sequence[str]) -> TextClusters:
    """Return the texts in clusters of at least RECORDS_AT_LEAST; the order of the texts does not matter."""
    unique = collapse(texts)
    terms = count_terms(unique.keys)
    sample = hash_sample(unique.keys, TEXTS_CLUSTERED)
    points = embed(terms, unique.weights, sample)
    of_unique = cluster(points, unique.weights, sample, RECORDS_AT_LEAST)
    words = word_usage(terms, unique.weights, of_unique)
    pairs = pair_usage(terms, unique.weights, of_unique)
    profiles = tuple(profile(words, place) for place in range(len(words.weight)))
    return TextClusters(unique, points, of_unique, words, pairs, profiles)
