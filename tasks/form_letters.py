"""Form letters: texts that are the same but for names, dates and amounts, found without comparing every two of them.

Two texts are near-identical where the Jaccard similarity of their runs of three words is at least 0.8 (Broder 1997,
On the resemblance and containment of documents). MinHash signatures, of which only the low bits of each minimum are
kept (Li and König 2010), cut into bands, bring candidates together; the similarity itself then decides. Two texts of
similarity 0.8 meet in a band with probability 0.998, of 0.9 with 0.999997.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SIMILAR_FROM = 0.8
WORDS_AT_LEAST = 12  # shorter texts are alike by nature
_BANDS, _MINIMA_A_BAND = 12, 4
_MINIMA = _BANDS * _MINIMA_A_BAND
_AGREEING_AT_LEAST = 29  # of the 48 minima; two texts of similarity 0.8 have fewer once in 2,000 times
_CHUNK_BYTES = 500_000  # of text: what is computed of it stays in the processor's cache
_CHUNK_PAIRS = 100_000
_ROUNDS = 20
_LOOKS = 4  # at those of a band that do not agree with its first
_NEITHER_ASCII_NOR_LETTER = r"[^\x00-\x7f\pL\pM]"
_SPACE_AFTER = pa.scalar("", pa.large_string()), pa.scalar(" ", pa.large_string())
_MIXERS = np.random.default_rng(1997).integers(1, 2**64, size=8, dtype=np.uint64) | np.uint64(1)
_FACTORS = np.random.default_rng(2010).integers(1, 2**32, size=_MINIMA, dtype=np.uint32) | np.uint32(1)
_LOW_HALF = np.uint64(32)

_FIRST_BYTES = np.array([(1 << (8 * count)) - 1 for count in range(9)], dtype=np.uint64)
_REDACTED = np.array([int.from_bytes(b"x" * count, "little") for count in range(9)], dtype=np.uint64)

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Signatures = npt.NDArray[np.uint16]


def form_letters(record_ids: pd.Series, texts: pd.Series) -> pd.Series:
    """Return for each row the record_id of the first record, by record_id, of its group of near-identical texts.

    Null where a text stands alone, is null, or has fewer than WORDS_AT_LEAST words; numbers, redactions (XXXX) and
    mask tokens ([email]) are no words, capitals and punctuation make no difference. Each text of a group is
    near-identical to its first. The index is that of the texts; the order of the rows makes no difference.
    """
    table = _as_column(texts)
    signatures, keys = _signatures(table)
    rows = np.flatnonzero(keys)
    _, examples, copy_of = np.unique(keys[rows], return_index=True, return_inverse=True)
    examples = rows[examples]
    links = _links(table, signatures, examples)
    is_marked = np.bincount(copy_of, minlength=len(examples)) > 1
    is_marked[links] = True
    marked, copy_of = rows[is_marked[copy_of]], copy_of[is_marked[copy_of]]
    order = pc.sort_indices(_as_column(record_ids.iloc[marked])).to_numpy()
    leaders = _leaders(copy_of[order], links, lambda pairs: _are_near(table, signatures, examples[pairs]))
    found = np.full(len(texts), None, dtype=object)
    in_groups = np.bincount(leaders, minlength=len(order))[leaders] > 1
    found[marked[order[in_groups]]] = record_ids.iloc[marked[order[leaders[in_groups]]]]
    return pd.Series(found, index=texts.index, dtype="str")


def _as_column(values: pd.Series) -> pa.ChunkedArray:
    column = pa.array(values, pa.large_string(), from_pandas=True)
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def _sizes(table: pa.ChunkedArray) -> Ints:
    """Return the bytes of each text."""
    sizes: Ints = pc.fill_null(pc.binary_length(table), 0).to_numpy(zero_copy_only=False)
    return sizes


def _signatures(table: pa.ChunkedArray) -> tuple[Signatures, Hashes]:
    """Return for each text its minima, and a key that only texts of the same shingles share; 0 where it is too short."""
    signatures = np.zeros((len(table), _MINIMA), dtype=np.uint16)
    keys = np.zeros(len(table), dtype=np.uint64)
    for start, end in _chunks(_sizes(table), _CHUNK_BYTES):
        shingles, bounds = _shingles(table[start:end].combine_chunks())
        rows = start + np.flatnonzero(np.diff(bounds))
        if not len(rows):
            continue
        begins = bounds[rows - start]
        keys[rows] = np.add.reduceat(shingles, begins) | np.uint64(1)
        small = (shingles >> _LOW_HALF).astype(np.uint32)
        permuted = np.empty_like(small)
        for place, factor in enumerate(_FACTORS):
            signatures[rows, place] = np.minimum.reduceat(np.multiply(small, factor, out=permuted), begins)
    return signatures, keys


def _chunks(sizes: Ints, most: int) -> Iterator[tuple[int, int]]:
    """Yield the ends of runs of items whose sizes add up to about `most`."""
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    cuts = np.unique([0, *np.searchsorted(ends, np.arange(most, total, most)), len(sizes)])
    yield from zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)


def _shingles(texts: pa.Array) -> tuple[Hashes, Ints]:
    """Return the hashes of all runs of three words, and where each text's begin (and the last one's end)."""
    words, bounds = _words(texts)
    counts = np.diff(bounds)
    is_long = counts >= WORDS_AT_LEAST
    is_begun = np.repeat(is_long, counts)
    for last in (1, 2):  # no run begins with the last two words of a text
        is_begun[bounds[1:][is_long] - last] = False
    begun = np.flatnonzero(is_begun)
    runs = _mixed(words[begun] * _MIXERS[0] + words[begun + 1] * _MIXERS[1] + words[begun + 2] * _MIXERS[2]) if len(begun) else words[:0]
    return runs, np.concatenate([[0], np.cumsum(np.where(is_long, counts - 2, 0))])


def _words(texts: pa.Array) -> tuple[Hashes, Ints]:
    """Return the hashes of all words (of their first 16 bytes and their length), and where each text's begin."""
    lower = pc.utf8_lower(texts)
    if not pc.all(pc.string_is_ascii(lower)).as_py():
        lower = pc.replace_substring_regex(lower, _NEITHER_ASCII_NOR_LETTER, " ")
    spaced = pc.binary_join_element_wise(lower, *_SPACE_AFTER, null_handling="replace", null_replacement="")
    offsets = np.frombuffer(spaced.buffers()[1], dtype=np.int64)[: len(texts) + 1]
    data = np.concatenate([np.frombuffer(spaced.buffers()[2], dtype=np.uint8)[: offsets[-1]], np.zeros(16, dtype=np.uint8)])
    is_letter = (data - np.uint8(ord("a")) < 26) | (data > 127)
    edges = np.flatnonzero(np.diff(is_letter, prepend=False))
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    eights = np.ndarray(len(data) - 7, dtype="<u8", buffer=data, strides=(1,))
    begun = np.minimum(lengths, 8)
    hashes = eights[starts] & _FIRST_BYTES[begun]
    is_token = (data[starts - 1] == ord("[")) & (data[edges[1::2]] == ord("]"))
    is_kept = ~(is_token | (hashes == _REDACTED[begun]))
    hashes = hashes * _MIXERS[3] + lengths.astype(np.uint64)
    long = np.flatnonzero(lengths > 8)
    hashes[long] += (eights[starts[long] + 8] & _FIRST_BYTES[np.minimum(lengths[long] - 8, 8)]) * _MIXERS[4]
    counted = np.concatenate([[0], np.cumsum(is_kept)])
    return _mixed(hashes[is_kept]), counted[np.searchsorted(starts, offsets)]


def _mixed(values: Hashes) -> Hashes:
    values ^= values >> _LOW_HALF
    values *= _MIXERS[6]
    values ^= values >> _LOW_HALF
    values *= _MIXERS[7]
    return values


def _links(table: pa.ChunkedArray, signatures: Signatures, examples: Ints) -> Ints:
    """Return pairs of near-identical examples that hold each group together.

    Those that share a band are compared with the first of them; those that differ from it again, a few times.
    """
    found = [np.empty((0, 2), dtype=np.int64)]
    component = np.arange(len(examples))
    for band in range(_BANDS):
        shuffled = np.random.default_rng(band).permutation(len(examples))  # so that not the same text is first in all bands
        order, keys = _sorted(signatures.view(np.uint64)[examples[shuffled], band])
        order = shuffled[order]
        for _ in range(_LOOKS):
            is_later = ~_differs_from_last(keys)
            firsts = np.maximum.accumulate(np.where(is_later, 0, np.arange(len(keys))))
            pairs = np.column_stack([order[firsts[is_later]], order[is_later]])
            is_joined = component[pairs[:, 0]] == component[pairs[:, 1]]
            is_near = is_joined.copy()
            is_near[~is_joined] = _are_near(table, signatures, examples[pairs[~is_joined]])
            found.append(pairs[is_near & ~is_joined])
            order, keys = order[is_later][~is_near], keys[is_later][~is_near]
        component = _components(np.concatenate(found), len(examples))
    return np.concatenate(found)


def _components(links: Ints, size: int) -> Ints:
    graph = coo_array((np.ones(len(links)), links.T), shape=(size, size))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _sorted(bands: Hashes) -> tuple[Ints, Hashes]:
    """Return the order by hash, then by place, and the hashes in it: sorted as one number, the place in its low bits."""
    places = np.uint64((1 << len(bands).bit_length()) - 1)
    both = np.sort(bands * _MIXERS[0] & ~places | np.arange(len(bands), dtype=np.uint64))
    return (both & places).astype(np.int64), both & ~places


def _are_near(table: pa.ChunkedArray, signatures: Signatures, pairs: Ints) -> Flags:
    """Return which pairs of rows hold near-identical texts: the similarity is computed where the signatures agree well."""
    is_near = np.empty(len(pairs), dtype=bool)
    for start in range(0, len(pairs), _CHUNK_PAIRS):
        low, high = pairs[start : start + _CHUNK_PAIRS].T
        is_near[start : start + _CHUNK_PAIRS] = (signatures[low] == signatures[high]).sum(axis=1) >= _AGREEING_AT_LEAST
    likely = np.flatnonzero(is_near)
    for start, end in _chunks(_sizes(table)[pairs[likely]].sum(axis=1), 8 * _CHUNK_BYTES):
        is_near[likely[start:end]] = _jaccard(table, pairs[likely[start:end]]) >= SIMILAR_FROM
    return is_near


def _jaccard(table: pa.ChunkedArray, pairs: Ints) -> npt.NDArray[np.float64]:
    rows, places = np.unique(pairs, return_inverse=True)
    shingles, bounds = _shingles(table.take(pa.array(rows)).combine_chunks())

    def sets(of: Ints) -> Hashes:
        """Return each pair's shingles, its number in the high half, each once and in order."""
        counts = np.diff(bounds)[of]
        places = np.arange(counts.sum()) + np.repeat(bounds[of] - np.cumsum(counts) + counts, counts)
        found = np.repeat(np.arange(len(of), dtype=np.uint64), counts) << _LOW_HALF | shingles[places] >> _LOW_HALF
        found.sort()
        once: Hashes = found[_differs_from_last(found)]
        return once

    def sizes(of: Hashes) -> Ints:
        return np.bincount((of >> _LOW_HALF).astype(np.int64), minlength=len(pairs))

    low, high = (sets(places.reshape(-1, 2)[:, side]) for side in (0, 1))
    both = np.sort(np.concatenate([low, high]))
    common = sizes(both[~_differs_from_last(both)])
    similarity: npt.NDArray[np.float64] = common / (sizes(low) + sizes(high) - common)
    return similarity


def _differs_from_last(values: Hashes) -> Flags:
    """Return which of sorted values are not the same as the one before."""
    differs: Flags = np.concatenate([[True], values[1:] != values[:-1]])[: len(values)]
    return differs


def _leaders(copy_of: Ints, links: Ints, are_near: Callable[[Ints], Flags]) -> Ints:
    """Return for each record, in their order, which record leads its group: itself where it is in none.

    Of the texts that links connect the first leads those near to it, then the first of the others; after some rounds of that,
    which no letters but generated ones need, links alone decide.
    """
    numbers, copies = pd.factorize(copy_of)  # numbered by their first record
    number_of = np.zeros(copies.max(initial=-1) + 1, dtype=np.int64)
    number_of[copies] = np.arange(len(copies))
    links = np.sort(number_of[links], axis=1)
    component = _components(links, len(copies))
    leaders = np.arange(len(copies))
    rest = leaders[np.bincount(component)[component] > 1]
    for _ in range(_ROUNDS):
        _, begins, places = np.unique(component[rest], return_index=True, return_inverse=True)
        pairs = np.column_stack([rest[begins][places], rest])
        is_led = pairs[:, 0] == rest
        is_led[~is_led] = are_near(copies[pairs[~is_led]])
        leaders[rest[is_led]] = pairs[is_led, 0]
        rest = rest[~is_led]
    leaders[rest] = _led(links[np.isin(links, rest).all(axis=1)], len(copies))[rest]
    return np.unique(numbers, return_index=True)[1][leaders][numbers]


def _led(links: Ints, size: int) -> Ints:
    """Return who leads each: the first that it is linked to, unless that one is led itself."""
    leaders = np.arange(size)
    while len(links):
        links = links[np.lexsort(links.T)]
        lowest = links[np.unique(links[:, 1], return_index=True)[1]]
        joins = lowest[~np.isin(lowest[:, 0], links[:, 1])]
        leaders[joins[:, 1]] = joins[:, 0]
        links = links[~np.isin(links, joins[:, 1]).any(axis=1)]
    return leaders
