"""What sets a cluster's words apart from all other texts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import sparse

from tasks.causes.terms import Indices, Terms
from tasks.causes.texts import is_redaction

PROFILE_WORDS = 50
RECORDS_AT_LEAST = 3  # use a pair of words that names a cause
# said about everything, and not among scikit-learn's stop words
# fmt: off
SMALL_TALK = frozenset({
    "able", "actually", "asked", "called", "came", "cant", "come", "day", "days", "dear", "did", "didnt", "does", "doesnt", "doing",
    "dont", "getting", "going", "got", "hello", "hi", "im", "isnt", "ive", "just", "know", "like", "long", "make", "makes",
    "making", "need", "needed", "needs", "people", "please", "really", "regards", "said", "saw", "say", "saying", "says", "sure",
    "tell", "thank", "thanks", "thing", "things", "think", "told", "took", "tried", "try", "trying", "use", "used", "using", "want",
    "wanted", "wants", "wasnt", "way", "went", "wont", "wouldnt",
})
# fmt: on

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Usage:
    """How each cluster uses some terms; arrays are clusters × terms."""

    names: npt.NDArray[np.object_]
    records: Doubles
    cover: Doubles  # share of the cluster's records that use the term
    weight: Doubles  # how much the term sets the cluster apart


@cache
def stop_words() -> frozenset[str]:
    """Return English words that say nothing about a cause."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS) | SMALL_TALK


def is_telling(word: str) -> bool:
    """Return whether the word can stand at the edge of a label: it is no stop word, contraction, letter or redaction."""
    return len(word) > 1 and "'" not in word and word not in stop_words() and not is_redaction(word)


def usage(terms: Terms, weights: Indices, clusters: Indices) -> Usage:
    """Return how each cluster, numbered from 0 (negative: none), uses the terms; `weights` counts records by text.

    weight = cover · ln(cover / cover among all texts) where that is positive: the term's part in the
    Kullback-Leibler divergence of the cluster from all texts. Where no term sets a cluster apart, cover.
    """
    members = np.flatnonzero(clusters >= 0)
    shape = (int(clusters.max(initial=-1)) + 1, len(clusters))
    belongs = sparse.csr_array((weights[members].astype(np.float64), (clusters[members], members)), shape=shape)
    records = (belongs @ terms.uses).toarray()
    cover = records / belongs.sum(axis=1)[:, None]
    everywhere = terms.records(weights) / max(weights.sum(), 1)
    weight = np.maximum(cover * np.log(np.where(cover > 0, cover / everywhere, 1)), 0)
    return Usage(terms.names, records, cover, np.where(weight.any(axis=1, keepdims=True), weight, cover))


def telling_words(words: Terms) -> Terms:
    """Return the words that are telling."""
    return words.only(np.array([is_telling(word) for word in words.names], dtype=bool))


def telling_pairs(pairs: Terms, weights: Indices) -> Terms:
    """Return the pairs of two different telling words that enough records use to name a cause."""
    common = pairs.only(pairs.records(weights) >= RECORDS_AT_LEAST)
    telling = [first != second and is_telling(first) and is_telling(second) for first, second in map(str.split, common.names)]
    return common.only(np.array(telling, dtype=bool))


def profile(words: Usage, cluster: int) -> dict[str, float]:
    """Return the cluster's most distinctive words, at most PROFILE_WORDS, largest weight first; their squares add up to 1."""
    weight = words.weight[cluster]
    leading = [index for index in np.lexsort((words.names, -weight))[:PROFILE_WORDS] if weight[index] > 0]
    length = float(np.linalg.norm(weight[leading])) or 1.0
    return {str(words.names[index]): round(float(weight[index]) / length, 6) for index in leading}
