"""Texts as points: TF-IDF of words and character n-grams, reduced by a singular value decomposition.

Character n-grams forgive typing errors and word endings; a text's are the sum of its words', so they
are cut once for each different word and not once for each text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tasks.causes.texts import BREAK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy import sparse

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

DIMENSIONS = 200
RECORDS_AT_LEAST = 2  # that share a term: one that nobody else uses relates a text to none
SEED = 20


@dataclass(frozen=True)
class Terms:
    """How often each text uses each word and each pair of neighbouring words."""

    counts: sparse.csr_array  # texts × terms
    names: npt.NDArray[np.object_]  # a word, or two words with a space between

    @property
    def is_word(self) -> npt.NDArray[np.bool_]:
        """Whether each term is a single word."""
        return np.array([" " not in name for name in self.names], dtype=bool)

    def only(self, keep: npt.NDArray[np.bool_]) -> Terms:
        """Return the terms for which `keep` is true."""
        return Terms(self.counts[:, np.flatnonzero(keep)], self.names[keep])


def count_terms(keys: Sequence[str]) -> Terms:
    """Return the words and pairs of neighbouring words of texts given by their keys (texts.words_key).

    No pair reaches across a BREAK. Raises ValueError where no key holds a word.
    """
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(tokenizer=str.split, token_pattern=None, lowercase=False, ngram_range=(1, 2), dtype=np.float32)
    counts = sparse.csr_array(counter.fit_transform(keys))
    names = counter.get_feature_names_out()
    return Terms(counts, names).only(np.array([BREAK not in name.split() for name in names], dtype=bool))


def embed(terms: Terms, weights: Indices, sample: Indices) -> Floats:
    """Return texts × DIMENSIONS (fewer where there are fewer texts or terms), rows of length 1 or 0.

    A row is 0 where the text shares no term with any other record. `weights` counts the records of each
    text; `sample` names the texts that the decomposition is fitted on.
    """
    from scipy import sparse

    is_word = terms.is_word
    letters = _letter_counts(terms.only(is_word))
    parts = [_unit_rows(_tf_idf(counts, weights)) for counts in (terms.counts, letters)]
    weighted = _unit_rows(sparse.csr_array(sparse.hstack(parts)))
    return _unit_rows_dense(_reduce(weighted, sample))


def _letter_counts(words: Terms) -> sparse.csr_array:
    """Return texts × character n-grams of three to five letters inside words."""
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False, dtype=np.float32)
    return sparse.csr_array(words.counts @ sparse.csr_array(counter.fit_transform(words.names)))


def _tf_idf(counts: sparse.csr_array, weights: Indices) -> sparse.csr_array:
    """Return (1 + ln tf) · (1 + ln((1 + N) / (1 + df))) for the terms of enough records; N and df count records."""
    from scipy import sparse

    records_with_term = (counts > 0).T @ weights
    keep = np.flatnonzero(records_with_term >= RECORDS_AT_LEAST)
    kept = counts[:, keep]
    inverse_frequency = 1 + np.log((1 + weights.sum()) / (1 + records_with_term[keep]))
    kept.data = 1 + np.log(kept.data)
    return sparse.csr_array(kept @ sparse.diags_array(inverse_frequency.astype(np.float32)))


def _unit_rows(matrix: sparse.csr_array) -> sparse.csr_array:
    """Return the matrix with rows of length 1; a row of zeros stays."""
    from scipy import sparse

    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.csr_array(sparse.diags_array(1 / np.where(lengths > 0, lengths, 1)) @ matrix).astype(np.float32)


def _unit_rows_dense(points: Floats) -> Floats:
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
