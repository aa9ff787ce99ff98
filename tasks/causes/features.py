"""What a text holds that a sum can be taken over: its words, their word pieces and letters, and pairs of neighbours.

Everything but the pairs is a matter of a word alone, so it is looked up once for each different word and not once for
each text. Words, pairs and letters go by a 64-bit hash: no customer's words are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from tasks.causes.texts import BREAK

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

LETTERS_FROM, LETTERS_TO = 3, 5
_END = "\n"  # of a text; keys hold none
_ODD = np.uint64(0x9E3779B97F4A7C15)
_STIR = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True)
class Features:
    """The words of texts and the pairs of neighbouring words; 1 + ln(count) where a text holds one."""

    words: tuple[str, ...]  # all different ones, sorted
    word_uses: sparse.csr_array  # texts × words
    pairs: Hashes  # all different ones, sorted
    pair_uses: sparse.csr_array  # texts × pairs


def features(keys: Sequence[str]) -> Features:
    """Return the features of texts given by their keys (texts.words_key); no pair reaches across a BREAK."""
    code_of, names = pd.factorize(np.array(f" {_END} ".join([*keys, BREAK]).split(" "), dtype=object), sort=True)
    text_of = np.cumsum((names == _END)[code_of])
    others = int(np.isin(names, ["", _END, BREAK]).sum())  # sorted: they come before every word
    code_of, words = code_of - others, tuple(names[others:])
    is_word = code_of >= 0
    starts = np.flatnonzero(is_word[:-1] & is_word[1:])
    hashes = word_hashes(words)
    pairs, pair_of = np.unique(_stirred(hashes[code_of[starts]] * _ODD + hashes[code_of[starts + 1]]), return_inverse=True)
    return Features(
        words,
        _uses(text_of[is_word], code_of[is_word], (len(keys), len(words))),
        pairs,
        _uses(text_of[starts], pair_of, (len(keys), len(pairs))),
    )


def word_hashes(words: Sequence[str]) -> Hashes:
    """Return a 64-bit hash of each word, none of them empty."""
    if len(words) == 0:
        return np.zeros(0, dtype=np.uint64)
    lengths = np.array([len(word) for word in words])
    starts = np.cumsum(lengths) - lengths
    place = np.arange(lengths.sum()) - np.repeat(starts, lengths)
    powers = np.cumprod(np.full(lengths.max(), _ODD))
    return _stirred(np.add.reduceat(_code_points("".join(words)) * powers[place], starts))


def letters(words: Sequence[str]) -> tuple[Indices, Hashes]:
    """Return the runs of LETTERS_FROM to LETTERS_TO letters of the words, which start and end with a space: word and hash."""
    if len(words) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64)
    lengths = np.array([len(word) + 2 for word in words])
    points = np.append(_code_points("".join(f" {word} " for word in words)), np.zeros(LETTERS_TO, dtype=np.uint64))
    word_of = np.repeat(np.arange(len(words)), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(word_of))
    found, rolling = [], np.zeros(len(word_of), dtype=np.uint64)
    for length in range(1, LETTERS_TO + 1):
        rolling = rolling * _ODD + points[length - 1 :][: len(word_of)]
        if length >= LETTERS_FROM:
            inside = np.flatnonzero(left >= length)
            found.append((word_of[inside], _stirred(rolling[inside])))
    return np.concatenate([word for word, _ in found]), np.concatenate([run for _, run in found])


def look_up(hashes: Hashes, known: Hashes) -> Indices:
    """Return the place of each hash among the sorted `known` ones, -1 where it is not among them."""
    if len(known) == 0:
        return np.full(len(hashes), -1)
    places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return np.where(known[places] == hashes, places, -1)


def spelt(words: Sequence[str], known: Hashes) -> sparse.csr_array:
    """Return words × known runs of letters: 1 / √(how many runs the word has) for each of them that it holds."""
    word_of, run_of = letters(words)
    shares = 1 / np.sqrt(np.bincount(word_of, minlength=len(words)))
    place = look_up(run_of, known)
    is_known = place >= 0
    entries = (shares[word_of[is_known]].astype(np.float32), (word_of[is_known], place[is_known]))
    return sparse.csr_array(entries, shape=(len(words), len(known)))


def lengths(word_uses: sparse.csr_array, rarity: Floats) -> Floats:
    """Return the length of each text's TF-IDF of words, `rarity` being the inverse document frequency; 1 for a text without words."""
    squares = sparse.csr_array((word_uses.data**2, word_uses.indices, word_uses.indptr), shape=word_uses.shape) @ rarity**2
    return np.asarray(np.sqrt(np.where(squares > 0, squares, 1)), dtype=np.float32)


def _uses(texts: Indices, terms: Indices, shape: tuple[int, int]) -> sparse.csr_array:
    counts = sparse.csr_array((np.ones(len(texts), dtype=np.float32), (texts, terms)), shape=shape)
    counts.sum_duplicates()
    counts.data = 1 + np.log(counts.data)
    return counts


def _code_points(text: str) -> Hashes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64) + np.uint64(1)


def _stirred(values: Hashes) -> Hashes:
    """Return the values with every bit depending on every other (the finaliser of splitmix64, Steele, Lea and Flood 2014)."""
    for shift, factor in zip((30, 27), _STIR, strict=True):
        values = (values ^ (values >> np.uint64(shift))) * factor
    return values ^ (values >> np.uint64(31))
