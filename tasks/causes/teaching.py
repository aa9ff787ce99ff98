"""Teaches a pupil which cause a text belongs to, from a sample that the encoder has read and that is clustered.

Ridge regression on features that cost next to nothing: word pieces with their static vectors, words, runs of letters and
pairs of words. Distillation of a slow model into a fast one: Hinton, Vinyals and Dean (2015), arXiv 1503.02531.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from tasks.causes.encoders import static_rows, static_table
from tasks.causes.features import Features, Floats, Hashes, Indices, features, lengths, letters, spelt, word_hashes
from tasks.causes.graph import NO_CLUSTER
from tasks.causes.pupil import Halves, Pupil
from tasks.causes.texts import hash_sample

READ_AT_MOST = 20_000  # unique texts
CHARACTERS_AT_MOST = 2_000_000  # of them all: twenty thousand short texts, or three thousand long ones
CHARACTERS_OF_ONE = 600  # that the encoder reads
SAMPLE = 5_000
MEMBERSHIP = 1 / 4  # of the likeness; the rest is the cosine with the centre
PIECES, OTHERS = 1.0, 0.5  # mean square length of a text in word pieces; in words, in runs of letters and in pairs
RIDGE = 1.0  # half or twice as much changes the agreement with the teacher by 0.015 at most
TEXTS_AT_LEAST = 2  # of the sample that share a pair or a run of letters
DENSE_FROM = 50  # texts that hold a feature
ROWS_AT_ONCE, COLUMNS_AT_ONCE = 512, 2048

Block = Floats | sparse.csr_array  # texts × features


def to_read(keys: Sequence[str]) -> Indices:
    """Return the sorted places of the unique texts that the encoder should read: all, or a sample where that took too long.

    A sample is of SAMPLE texts, or of fewer where texts are so long that CHARACTERS_AT_MOST are reached before. It is the
    same whatever the order of the records.
    """
    characters = sum(min(len(key), CHARACTERS_OF_ONE) for key in keys)
    if len(keys) <= READ_AT_MOST and characters <= CHARACTERS_AT_MOST:
        return np.arange(len(keys))
    return hash_sample(keys, min(SAMPLE, len(keys) * CHARACTERS_AT_MOST // characters))


def teach(keys: Sequence[str], vectors: Floats, clusters: Indices, centres: Floats, encoder: str) -> Pupil:
    """Return what can be learnt from texts whose vectors and clusters are known.

    `keys` are the texts' words (texts.words_key), `vectors` texts × dimensions, `clusters` by text (NO_CLUSTER: none),
    `centres` clusters × dimensions; `encoder` names the one that the vectors are from.

    A text's likeness to a cluster is three quarters the cosine of its vector with the centre and one quarter 1 or 0,
    whether it is in the cluster. `least` leaves as great a share of the sample without a cluster as has none, by the
    likeness that each text gets from the others alone (leave-one-out: Hastie, Tibshirani and Friedman 2009, equation 7.64).
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):  # a sum over several threads may round differently from run to run
        likeness = (1 - MEMBERSHIP) * vectors @ centres.T + MEMBERSHIP * (clusters[:, None] == np.arange(len(centres)))
        return _learnt(features(keys), likeness.astype(np.float32), float(np.mean(clusters == NO_CLUSTER)), encoder)


def _learnt(found: Features, likeness: Floats, without: float, encoder: str) -> Pupil:
    rarity, pair_rarity = _rarity(found.word_uses), _rarity(found.pair_uses)
    scale = sparse.diags_array(1 / lengths(found.word_uses, rarity))
    uses = sparse.csr_array(scale @ found.word_uses)
    rare = sparse.csr_array(uses @ sparse.diags_array(rarity))
    runs = _shared_runs(found)
    shared = np.flatnonzero(_texts(found.pair_uses) >= TEXTS_AT_LEAST)
    pairs = sparse.csr_array(scale @ found.pair_uses[:, shared] @ sparse.diags_array(pair_rarity[shared]))
    pieces = uses @ (static_rows(found.words) @ static_table())
    blocks = (_even(pieces, PIECES), *(_even(block, OTHERS) for block in (rare, rare @ spelt(found.words, runs), pairs)))
    offset = likeness.mean(axis=0)
    dual, alone = _ridge(blocks, likeness - offset)
    of_piece, of_word, of_run, of_pair = (factor * (block.T @ dual) for block, factor in blocks)
    order = np.argsort(hashes := word_hashes(found.words))
    return Pupil(
        pieces=_half(static_table() @ of_piece),
        words=hashes[order],
        rarity=np.append(rarity[order], np.float32(1 + np.log(1 + len(likeness)))),
        word_weights=_half(np.vstack([of_word[order], np.zeros_like(offset)])),
        runs=runs,
        run_weights=_half(of_run),
        pairs=found.pairs[shared],
        pair_weights=_half(of_pair * pair_rarity[shared, None]),
        offset=offset,
        least=float(np.quantile((alone + offset).max(axis=1, initial=-1), without)),
        encoder=encoder,
    )


def _half(weights: npt.ArrayLike) -> Halves:
    return np.asarray(weights, dtype=np.float16)


def _shared_runs(found: Features) -> Hashes:
    """Return the runs of letters in words of at least TEXTS_AT_LEAST texts, sorted."""
    runs = np.unique(letters(found.words)[1])
    return runs[_texts(sparse.csr_array(found.word_uses @ spelt(found.words, runs))) >= TEXTS_AT_LEAST]


def _texts(uses: sparse.csr_array) -> Indices:
    """Return how many texts hold each feature."""
    return np.bincount(uses.indices, minlength=uses.shape[1])


def _rarity(uses: sparse.csr_array) -> Floats:
    """Return the inverse document frequency of each feature: 1 + ln((1 + texts) / (1 + texts with it))."""
    return np.asarray(1 + np.log((1 + uses.shape[0]) / (1 + _texts(uses))), dtype=np.float32)


def _even(block: Block, mean_square: float) -> tuple[Block, float]:
    """Return the block and the factor by which the mean square length of its rows becomes `mean_square`."""
    square = float((block * block).sum()) / block.shape[0]
    return block, mean_square / square if square else 0.0


def _ridge(blocks: Sequence[tuple[Block, float]], targets: Floats) -> tuple[Floats, Floats]:
    """Return the dual weights of the ridge regression, texts × targets, and what each text gets from the others alone."""
    from scipy.linalg import blas, lapack

    kernel = np.asfortranarray(np.diag(np.full(len(targets), RIDGE, dtype=np.float32)))
    for block, factor in blocks:
        kernel = _with_kernel(kernel, block, factor)
    factored, _ = lapack.spotrf(kernel, lower=True, overwrite_a=True)
    inverse, _ = lapack.spotri(factored, lower=True, overwrite_c=True)
    dual = blas.ssymm(1, inverse, targets, lower=True)
    return dual, targets - dual / np.diag(inverse)[:, None]


def _with_kernel(kernel: Floats, block: Block, factor: float) -> Floats:
    """Return the kernel with the products of the block's rows added to its lower triangle, in place.

    What many texts hold is faster multiplied as dense columns.
    """
    from scipy.linalg import blas

    if not sparse.issparse(block):
        return np.asarray(blas.ssyrk(factor, block, beta=1, c=kernel, lower=True, overwrite_c=True))
    is_common = _texts(block) >= DENSE_FROM
    columns, seldom = sparse.csc_array(block), sparse.csr_array(block[:, np.flatnonzero(~is_common)])
    for start in range(0, len(kernel), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        kernel[:, rows] += factor * (seldom @ seldom[rows].T).toarray()
    for part in np.array_split(common := np.flatnonzero(is_common), len(common) // COLUMNS_AT_ONCE + 1):
        kernel = blas.ssyrk(factor, columns[:, part].toarray(), beta=1, c=kernel, lower=True, overwrite_c=True)
    return kernel
