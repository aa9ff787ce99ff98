"""Words and phrases in a bounded sample of each cluster's texts, and how much of each cluster uses them.

The work grows with the number of clusters and not with that of the texts: of each cluster TEXTS_A_CLUSTER texts at
most are read, and no more than WORDS_A_CLUSTER words.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from tasks.causes.texts import BREAK, UniqueTexts, is_redaction, readable, words_key
from tasks.causes.vocabulary import COUPLINGS, NEGATIONS, PARTICLES, TAKES_IN, is_telling

Indices = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
TEXTS_A_CLUSTER = 300
WORDS_A_CLUSTER = 20_000
WORDS_AT_MOST = 5  # in a phrase
RECORDS_AT_LEAST = 3  # use a phrase
COVER_AT_LEAST = 0.01  # of some cluster's records use a phrase
GLUED_SHARE = 0.3  # of the uses of a word, such as "top", go on with the same particle: "top up" is then one word

BY_PHRASE = ("names", "words", "opens", "closes", "leads", "is_whole")  # arrays of Phrases with an entry a phrase


@dataclass(frozen=True)
class Sample:
    """Some unique texts of each cluster; arrays have an entry a text."""

    rows: Indices  # of the unique texts
    cluster: Indices
    weight: Doubles  # records of its cluster that it stands for


@dataclass(frozen=True)
class Phrases:
    """Phrases of one to WORDS_AT_MOST words, and their use; arrays have an entry a phrase, shares go from 0 to 1."""

    names: npt.NDArray[np.object_]
    words: Indices  # how many it has
    cover: sparse.csr_array  # clusters × phrases: share of the cluster's records that use it
    opens: Doubles  # share of its uses before which another phrase may end
    closes: Doubles  # share of its uses after which another phrase may begin
    leads: Doubles  # share of its uses that are in the first sentence
    is_whole: Flags  # its first and its last word may stand there in a label
    sizes: Doubles  # records by cluster
    sample: Sample  # where it was counted

    def chosen(self, keep: Flags) -> Phrases:
        """Return the phrases for which `keep` is true."""
        arrays = {name: getattr(self, name)[keep] for name in BY_PHRASE}
        return replace(self, cover=self.cover[:, np.flatnonzero(keep)], **arrays)

    def by_theme(self, theme_of: Indices) -> Phrases:
        """Return the use of the same phrases by theme; `theme_of` is the theme of each cluster."""
        shape = (int(theme_of.max(initial=-1)) + 1, len(theme_of))
        records = sparse.csr_array((self.sizes, (theme_of, np.arange(len(theme_of)))), shape=shape)
        sizes: Doubles = np.asarray(records.sum(axis=1))
        share = sparse.csr_array(sparse.diags_array(1 / np.maximum(sizes, 1)) @ records)
        return replace(self, cover=sparse.csr_array(share @ self.cover), sizes=sizes)


@dataclass(frozen=True)
class _Tokens:
    """The words of the sample's texts one after the other, a BREAK before and after each text; arrays have an entry a token."""

    words: npt.NDArray[np.object_]
    codes: Indices  # equal for equal words; -1 where no phrase may reach
    text: Indices  # place in the sample
    is_first: Flags  # in the text's first sentence
    is_limit: Flags  # a phrase may end or begin beside it: a BREAK, or a word that tells nothing and couples nothing
    begins: Flags
    ends: Flags


def draw(keys: Sequence[str], weights: Indices, clusters: Indices) -> Sample:
    """Return at most TEXTS_A_CLUSTER texts of each cluster, fewer where they are long; the same whatever the order of the texts.

    Priority sampling: the texts of the highest weight over a number from 0 to 1, here a hash of the key, each standing for as many
    records as its weight, or as the first priority that is left out where that is more (Duffield, Lund and Thorup 2007, Journal of
    the ACM 54, 6): sums over the sample are unbiased. Clusters count from 0 (negative: none).
    """
    members = np.flatnonzero(clusters >= 0)
    priority = weights[members] / _hashed([keys[row] for row in members.tolist()])
    order = np.lexsort((members, -priority, clusters[members]))
    rows, priority = members[order], priority[order]
    starts = np.searchsorted(clusters[rows], np.arange(clusters.max(initial=-1) + 2))
    parts = [_leading(keys, rows[start:end], priority[start:end], weights) for start, end in pairwise(starts.tolist())]
    drawn = np.concatenate([np.empty(0, dtype=np.int64), *(part for part, _ in parts)])
    return Sample(drawn, clusters[drawn], np.concatenate([np.empty(0), *(weight for _, weight in parts)]))


def _hashed(keys: Sequence[str]) -> Doubles:
    """Return a number above 0 and up to 1 for each key, as if drawn at random."""
    digests = b"".join(hashlib.blake2b(key.encode(), digest_size=8).digest() for key in keys)
    return (np.frombuffer(digests, dtype=">u8").astype(np.float64) + 1) / 2.0**64


def _leading(keys: Sequence[str], rows: Indices, priority: Doubles, weights: Indices) -> tuple[Indices, Doubles]:
    """Return the first rows that are few and short enough, at least one where there is any, and the weight of each."""
    words = np.cumsum([keys[row].count(" ") + 1 for row in rows[:TEXTS_A_CLUSTER].tolist()])
    count = max(int(np.searchsorted(words, WORDS_A_CLUSTER, side="right")), 1)
    threshold = priority[count] if count < len(rows) else 0.0
    return rows[:count], np.maximum(weights[rows[:count]], threshold).astype(np.float64)


def count_phrases(unique: UniqueTexts, clusters: Indices, longest: int = WORDS_AT_MOST) -> Phrases:
    """Return the phrases that RECORDS_AT_LEAST records, and COVER_AT_LEAST of some cluster's, use, by length, then name.

    Clusters count from 0 (negative: none). No phrase reaches across a BREAK or a redaction.
    """
    sample = draw(unique.keys, unique.weights, clusters)
    tokens = _tokens(unique, sample)
    sizes = np.bincount(sample.cluster, sample.weight, int(clusters.max(initial=-1)) + 1).astype(np.float64)
    phrase_at, parts = tokens.codes, []
    for length in range(1, longest + 1):
        if length > 1:
            phrase_at = _longer(phrase_at)
        phrase_at, cover = _common(phrase_at, tokens.text, sample, sizes)
        parts.append(_described(phrase_at, length, cover, tokens, sample, sizes))
    return _joined(parts)


def _tokens(unique: UniqueTexts, sample: Sample) -> _Tokens:
    keys = [f"{BREAK} {unique.keys[row]} {BREAK}".split() for row in sample.rows.tolist()]
    lengths = np.array([len(words) for words in keys], dtype=np.int64)
    firsts = np.array([_first_words(readable(unique.texts[row])) for row in sample.rows.tolist()], dtype=np.int64)
    words = np.array([word for key in keys for word in key], dtype=object)
    codes, names = pd.factorize(words, sort=True)

    def said_of(is_so: Callable[[str], bool]) -> Flags:
        return np.array([is_so(name) for name in names], dtype=bool)[codes]

    follows = np.arange(len(words)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    tells = said_of(lambda name: name != BREAK and is_telling(name)) | _glued(codes, said_of)
    negates = said_of(NEGATIONS.__contains__)
    return _Tokens(
        words=words,
        codes=np.where(said_of(lambda name: name == BREAK or is_redaction(name)), -1, codes),
        text=np.repeat(np.arange(len(keys)), lengths),
        is_first=follows <= np.repeat(firsts, lengths),
        is_limit=~tells & ~negates & ~said_of(COUPLINGS.__contains__),
        begins=(tells & ~said_of(PARTICLES.__contains__)) | negates,
        ends=tells,
    )


def _first_words(text: str) -> int:
    """Return how many words of the text's key are its first sentence."""
    key = words_key(SENTENCE_END.split(text, maxsplit=1)[0])
    return key.count(" ") + 1 if key else 0


def _glued(codes: Indices, said_of: Callable[[Callable[[str], bool]], Flags]) -> Flags:
    """Return which tokens are particles that belong to the word before them: "up" in "top up", "in" in "log in"."""
    is_particle, takes_in = said_of(PARTICLES.__contains__), said_of(TAKES_IN.__contains__)
    glued = said_of("in".__eq__) & np.append(False, takes_in[:-1])
    places = np.flatnonzero(is_particle & np.append(False, said_of(is_telling)[:-1]))
    pairs, pair, uses = np.unique(codes[places - 1] * (codes.max(initial=0) + 1) + codes[places], return_inverse=True, return_counts=True)
    of_first = np.bincount(codes)[pairs // (codes.max(initial=0) + 1)]
    glued[places] = ((uses >= RECORDS_AT_LEAST) & (uses >= GLUED_SHARE * of_first))[pair]
    return np.asarray(glued)


def _common(phrase_at: Indices, text_at: Indices, sample: Sample, sizes: Doubles) -> tuple[Indices, sparse.csr_array]:
    """Return the common ones of the phrases that begin at each place (-1: none), numbered anew, and their cover."""
    places = np.flatnonzero(phrase_at >= 0)
    phrases = int(phrase_at.max(initial=-1)) + 1
    text, phrase = np.divmod(_once(text_at[places] * max(phrases, 1) + phrase_at[places]), max(phrases, 1))
    cluster = sample.cluster[text]
    cover = sparse.csr_array((sample.weight[text] / sizes[cluster], (cluster, phrase)), shape=(len(sizes), phrases))
    most = cover.max(axis=0).toarray().ravel() if cover.nnz else np.zeros(phrases)
    is_common = (np.bincount(phrase, sample.weight[text], phrases) >= RECORDS_AT_LEAST) & (most >= COVER_AT_LEAST)
    number = np.append(np.where(is_common, np.cumsum(is_common) - 1, -1), -1)  # the last one: for places without a phrase
    return number[phrase_at], cover[:, np.flatnonzero(is_common)]


def _once(numbers: Indices) -> Indices:
    """Return the different numbers, none negative, sorted; ten times as fast here as numpy.unique, which hashes them first."""
    ordered = np.sort(numbers)
    return np.asarray(ordered[np.diff(ordered, prepend=-1) > 0])


def _described(phrase_at: Indices, length: int, cover: sparse.csr_array, tokens: _Tokens, sample: Sample, sizes: Doubles) -> Phrases:
    places = np.flatnonzero(phrase_at >= 0)
    phrase, count = phrase_at[places], cover.shape[1]
    weight = sample.weight[tokens.text[places]]
    uses = np.bincount(phrase, weight, count)
    one_use = np.zeros(count, dtype=np.int64)
    one_use[phrase[::-1]] = places[::-1]

    def share(is_so: Flags) -> Doubles:
        return np.asarray(np.bincount(phrase, weight * is_so, count) / uses)

    names = [" ".join(tokens.words[place : place + length]) for place in one_use.tolist()]
    return Phrases(
        names=np.array(names, dtype=object),
        words=np.full(count, length),
        cover=cover,
        opens=share(tokens.is_limit[places - 1]),
        closes=share(tokens.is_limit[places + length]),
        leads=share(tokens.is_first[places]),
        is_whole=tokens.begins[one_use] & tokens.ends[one_use + length - 1],
        sizes=sizes,
        sample=sample,
    )


def _joined(parts: Sequence[Phrases]) -> Phrases:
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in BY_PHRASE}
    cover = sparse.csr_array(sparse.hstack([part.cover for part in parts], format="csr"))
    return Phrases(cover=cover, sizes=parts[0].sizes, sample=parts[0].sample, **arrays)


def _longer(phrase_at: Indices) -> Indices:
    """Return for each place the phrase that is one word longer; it can be common only if its two parts are (Agrawal and Srikant 1994)."""
    following = np.append(phrase_at[1:], -1)
    both = (phrase_at >= 0) & (following >= 0)
    longer = np.full(len(phrase_at), -1, dtype=np.int64)
    longer[both] = np.unique(phrase_at[both] * (phrase_at.max(initial=0) + 1) + following[both], return_inverse=True)[1]
    return longer
