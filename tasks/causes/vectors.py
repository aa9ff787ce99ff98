"""Texts as points: TF-IDF of words and character n-grams, reduced by a singular value decomposition.

Character n-grams forgive typing errors and word endings; a text's are the sum of its words', so they
are cut once for each different word and not once for each text.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from tasks.causes.terms import Indices, Terms

Floats = npt.NDArray[np.float32]

DIMENSIONS = 200
RECORDS_AT_LEAST = 2  # that share a term: one that nobody else uses relates a text to none
SEED = 20


def embed(words: Terms, pairs: Terms, weights: Indices, sample: Indices) -> Floats:
    """Return texts × DIMENSIONS (fewer where there are fewer texts or terms), rows of length 1 or 0.

    A row is 0 where the text shares no term with any other record. `weights` counts the records of each
    text; `sample` names the texts that the decomposition is fitted on.
    """
    if len(words.names) == 0:
        return np.zeros((len(weights), 1), dtype=np.float32)
    spoken = Terms(_beside(words.counts, pairs.counts), np.append(words.names, pairs.names))
    parts = [_unit_rows(_tf_idf(terms, weights)) for terms in (spoken, _letters(words))]
    return _unit_points(_reduce(_unit_rows(_beside(*parts)), sample))


def _beside(left: sparse.csr_array, right: sparse.csr_array) -> sparse.csr_array:
    return sparse.csr_array(sparse.hstack([left, right], format="csr"))


def _letters(words: Terms) -> Terms:
    """Return the counts of character n-grams, three to five letters inside a word."""
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False, dtype=np.float32)
    letters_of_word = sparse.csr_array(counter.fit_transform(words.names))
    return Terms(sparse.csr_array(words.counts @ letters_of_word), counter.get_feature_names_out())


def _tf_idf(terms: Terms, weights: Indices) -> sparse.csr_array:
    """Return (1 + ln tf) · (1 + ln((1 + N) / (1 + df))) for the terms of enough records; N and df count records."""
    records = terms.records(weights)
    is_shared = records >= RECORDS_AT_LEAST
    counts = terms.only(is_shared).counts
    inverse_frequency = 1 + np.log((1 + weights.sum()) / (1 + records[is_shared]))
    counts.data = (1 + np.log(counts.data)) * inverse_frequency[counts.indices].astype(np.float32)
    return counts


def _unit_rows(matrix: sparse.csr_array) -> sparse.csr_array:
    """Return the matrix with rows of length 1; a row of zeros stays."""
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.repeat(1 / np.where(lengths > 0, lengths, 1), np.diff(matrix.indptr))
    return sparse.csr_array((matrix.data * scale.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def _unit_points(points: Floats) -> Floats:
    """Return the points scaled to length 1; a point at the origin stays."""
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _reduce(matrix: sparse.csr_array, sample: Indices) -> Floats:
    """Return the rows on the leading right singular vectors of the sample (Halko, Martinsson and Tropp 2011)."""
    from sklearn.utils.extmath import randomized_svd

    dimensions = min(DIMENSIONS, len(sample), matrix.shape[1])
    if dimensions == 0:
        return np.zeros((matrix.shape[0], 1), dtype=np.float32)
    _, _, directions = randomized_svd(matrix[sample], dimensions, n_iter=2, random_state=SEED)
    return np.asarray(matrix @ directions.T, dtype=np.float32)
