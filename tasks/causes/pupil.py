"""A cheap model that knows from a sample which cause a text belongs to, for more texts than the encoder can read.

What it has learnt (see teaching.py) is one weight for each feature and cluster, so that a text costs one sparse product.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from config.errors import InputError
from tasks.causes.encoders import static_rows
from tasks.causes.features import Floats, Hashes, Indices, features, lengths, look_up, spelt, word_hashes
from tasks.causes.graph import NO_CLUSTER

Halves = npt.NDArray[np.float16]

VERSION = "pupil-1"
CHARACTERS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Pupil:
    """Weights, features × clusters, by which a text's likeness to each cluster is a sum over what it holds."""

    pieces: Halves  # word pieces × clusters
    words: Hashes  # of the sample, sorted
    rarity: Floats  # by word, and at the end that of a word which the sample does not hold
    word_weights: Halves  # words × clusters, and at the end zeros
    runs: Hashes  # of letters, sorted
    run_weights: Halves
    pairs: Hashes  # of neighbouring words, sorted
    pair_weights: Halves
    offset: Floats  # by cluster
    least: float  # a text of less likeness has no cluster
    encoder: str
    version: str = VERSION


def assign(pupil: Pupil, keys: Sequence[str]) -> tuple[Indices, Floats]:
    """Return the most likely cluster of each text and its likeness, 1 at the best and 0 or a little less at the worst.

    NO_CLUSTER where the likeness is under the pupil's least. A text's answer depends on no other text, so that the texts
    may come in any order and in any number of calls.
    """
    clusters, best = np.full(len(keys), NO_CLUSTER), np.zeros(len(keys), dtype=np.float32)
    if len(pupil.offset) == 0:
        return clusters, best
    for part in _parts(keys):
        likeness = _likeness(pupil, keys[part])
        best[part] = likeness.max(axis=1)
        clusters[part] = np.where(best[part] < pupil.least, NO_CLUSTER, likeness.argmax(axis=1))
    return clusters, best


def to_bytes(pupil: Pupil) -> bytes:
    """Return the pupil as an npz file: the same bytes for the same pupil."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **{field.name: np.asarray(getattr(pupil, field.name)) for field in fields(Pupil)})
    return file.getvalue()


def from_bytes(stored: bytes) -> Pupil:
    """Return the pupil that `to_bytes` stored.

    Raises InputError where another version of Touchstone stored it.
    """
    with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
        version = str(arrays["version"])
        if version != VERSION:
            raise InputError(f"The stored model of causes is of version {version}, this Touchstone reads {VERSION}: run the cycle again")
        scalars = {"least": float(arrays["least"]), "encoder": str(arrays["encoder"]), "version": version}
        return Pupil(**({name: arrays[name] for name in arrays.files} | scalars))


def _parts(keys: Sequence[str]) -> Iterator[slice]:
    """Yield the texts in parts of some CHARACTERS_AT_ONCE."""
    ends = np.cumsum([len(key) for key in keys])
    start = 0
    while start < len(keys):
        before = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + CHARACTERS_AT_ONCE, side="right")))
        yield slice(start, end)
        start = end


def _likeness(pupil: Pupil, keys: Sequence[str]) -> Floats:
    """Return texts × clusters."""
    found = features(keys)
    place = look_up(word_hashes(found.words), pupil.words)
    rarity = pupil.rarity[place]
    rare = pupil.word_weights[place] + spelt(found.words, pupil.runs) @ pupil.run_weights.astype(np.float32)
    of_word = static_rows(found.words) @ pupil.pieces.astype(np.float32) + rarity[:, None] * rare
    pair_place = look_up(found.pairs, pupil.pairs)
    is_known = np.flatnonzero(pair_place >= 0)
    of_pair = pupil.pair_weights[pair_place[is_known]].astype(np.float32)
    total = found.word_uses @ of_word + found.pair_uses[:, is_known] @ of_pair
    return np.asarray(total / lengths(found.word_uses, rarity)[:, None] + pupil.offset, dtype=np.float32)
