"""What sets a cluster's words and phrases apart from all other texts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from tasks.causes.phrases import Phrases
from tasks.causes.vocabulary import is_telling

PROFILE_WORDS = 50
LEAST = 1e-9

Doubles = npt.NDArray[np.float64]


def distinctness(phrases: Phrases) -> sparse.csr_array:
    """Return clusters × phrases: cover · ln(cover / cover elsewhere) where that is positive; cover where no phrase sets a cluster apart.

    The phrase's part in the Kullback-Leibler divergence of the cluster from all texts; class-based TF-IDF (Grootendorst 2022,
    arXiv:2203.05794, section 3.3) with the share of records in place of counts. Cover elsewhere is that among all records or the mean
    of the clusters', whichever is more: neither a large cluster's words nor a desk's closing remarks set a small one apart.
    """
    weight = phrases.cover.tocsr(copy=True)
    among_records = phrases.cover.T @ (phrases.sizes / max(phrases.sizes.sum(), 1))
    among_clusters = np.asarray(phrases.cover.sum(axis=0)).ravel() / max(len(phrases.sizes), 1)
    elsewhere = np.maximum(among_records, among_clusters)
    weight.data = weight.data * np.maximum(np.log(weight.data / elsewhere[weight.indices]), 0)
    weight.data[weight.data < LEAST] = 0  # what is as common everywhere, but for rounding
    weight.eliminate_zeros()
    is_like_all = np.diff(weight.indptr) == 0
    return sparse.csr_array(weight + sparse.diags_array(is_like_all.astype(np.float64)) @ phrases.cover)


def profiles(phrases: Phrases) -> tuple[dict[str, float], ...]:
    """Return each cluster's most distinctive words, at most PROFILE_WORDS, largest weight first; their squares add up to 1.

    Where no word sets a cluster apart, those that most of its records use.
    """
    words = phrases.chosen((phrases.words == 1) & np.array([is_telling(name) for name in phrases.names], dtype=bool))
    weights = distinctness(words)
    return tuple(_profile(words, weights, cluster) for cluster in range(len(words.sizes)))


def _profile(words: Phrases, weights: sparse.csr_array, cluster: int) -> dict[str, float]:
    row = weights[[cluster]]
    order = np.lexsort((words.names[row.indices], -row.data))[:PROFILE_WORDS]
    length = float(np.linalg.norm(row.data[order])) or 1.0
    return {str(words.names[row.indices[place]]): round(float(row.data[place]) / length, 6) for place in order}
