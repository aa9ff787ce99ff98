"""Texts in clusters, with the words that set each cluster apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.causes.graph import NO_CLUSTER, cluster
from tasks.causes.profiles import Usage, profile, telling_pairs, telling_words, usage
from tasks.causes.terms import Indices, count_terms
from tasks.causes.texts import UniqueTexts, collapse, hash_sample
from tasks.causes.vectors import Floats, embed

RECORDS_AT_LEAST = 5
TEXTS_CLUSTERED = 6_000  # unique ones; above that a sample is clustered and the others join the nearest centre
TEXTS_FITTED = 2_000  # unique ones that the dimensions are fitted on


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
    words, pairs = count_terms(unique.keys)
    points = embed(words, pairs, unique.weights, hash_sample(unique.keys, TEXTS_FITTED))
    of_unique = cluster(points, unique.weights, hash_sample(unique.keys, TEXTS_CLUSTERED), RECORDS_AT_LEAST)
    word_usage = usage(telling_words(words), unique.weights, of_unique)
    pair_usage = usage(telling_pairs(pairs, unique.weights), unique.weights, of_unique)
    profiles = tuple(profile(word_usage, place) for place in range(len(word_usage.weight)))
    return TextClusters(unique, points, of_unique, word_usage, pair_usage, profiles)
