"""How often each text uses each word and each pair of neighbouring words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from tasks.causes.texts import BREAK

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Terms:
    """Counts of terms by text."""

    counts: sparse.csr_array  # texts × terms
    names: npt.NDArray[np.object_]  # a word, or two words with a space between

    def only(self, keep: npt.NDArray[np.bool_]) -> Terms:
        """Return the terms for which `keep` is true."""
        return Terms(self.counts[:, np.flatnonzero(keep)], self.names[keep])

    def records(self, weights: Indices) -> Indices:
        """Return how many records use each term; `weights` counts the records of each text."""
        return np.asarray(self.uses.T @ weights)

    @property
    def uses(self) -> sparse.csr_array:
        """1 where the text uses the term, texts × terms."""
        return sparse.csr_array((np.ones_like(self.counts.data), self.counts.indices, self.counts.indptr), shape=self.counts.shape)


def count_terms(keys: Sequence[str]) -> tuple[Terms, Terms]:
    """Return the words and the pairs of neighbouring words of texts given by their keys (texts.words_key).

    No pair reaches across a BREAK; both are sorted by name.
    """
    tokens = [key.split() for key in keys]
    text_of_token = np.repeat(np.arange(len(keys)), [len(words) for words in tokens])
    word_of_token, words = pd.factorize(np.array([word for words in tokens for word in words], dtype=object), sort=True)
    is_word = np.append(words, BREAK)[word_of_token] != BREAK
    is_pair = is_word[:-1] & is_word[1:] & (text_of_token[:-1] == text_of_token[1:])
    pair_codes = word_of_token[:-1][is_pair] * len(words) + word_of_token[1:][is_pair]
    pair_of_token, pairs = pd.factorize(pair_codes, sort=True)
    first, second = np.divmod(pairs, max(len(words), 1))
    counted_words = _count(text_of_token[is_word], word_of_token[is_word], len(keys), words)
    pair_names = words[first] + " " + words[second]
    return counted_words.only(words != BREAK), _count(text_of_token[:-1][is_pair], pair_of_token, len(keys), pair_names)


def _count(texts: Indices, terms: Indices, text_count: int, names: npt.NDArray[np.object_]) -> Terms:
    """Return how often each text and term occur together."""
    shape = (text_count, len(names))
    return Terms(sparse.csr_array((np.ones(len(texts), dtype=np.float32), (texts, terms)), shape=shape), names)
