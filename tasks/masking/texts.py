"""Masking one text, and a column of them.

Of a column only the texts that may hold something are taken up one by one (see tasks.masking.suspects).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tasks.masking.accounts import find_cards, find_ibans
from tasks.masking.addresses import find_addresses
from tasks.masking.contacts import find_emails, find_handles, find_urls
from tasks.masking.identities import find_identities
from tasks.masking.names import UMLAUTS, find_names, may_hold
from tasks.masking.phones import find_phones
from tasks.masking.plain import Span, fold, overwrite, plain_text, with_tokens
from tasks.masking.suspects import suspects

Finder = Callable[[str, str | None], Iterable[Span]]

_FINDERS: dict[str, Finder] = {
    "url": find_urls,
    "email": find_emails,
    "handle": find_handles,
    "iban": find_ibans,
    "id": find_identities,
    "card": find_cards,
    "phone": find_phones,
    "address": find_addresses,
}
_TRACE = re.compile(r"[@/?&%]|(?:\d\D{0,4}){5}\d|[a-z]{5}\d{4}|(?:^|[\W_])(?:at|arroba|arobase|chiocciola)(?:[\W_]|$)")  # else all is found
_ROWS_AT_ONCE = 100_000


def mask_text(text: str, region: str | None = None, *, has_addresses: bool = False) -> str:
    """Return the text with a token in place of whatever names or reaches a person.

    [email], [phone], [card], [iban], [id], [handle], [url] (where it holds a secret), and [address] where `has_addresses`.
    `region` is the country (ISO 3166, such as US) by whose rules numbers without a country code are read.
    """
    return _masked(text, [_FINDERS[kind] for kind in _kinds(has_addresses)], region)


def mask_texts(texts: pd.Series, names: pd.Series | None, region: str | None = None, *, has_addresses: bool = False) -> pd.Series:
    """Return the texts masked, with each row's own customer name replaced by [name]; null stays null."""
    cuts = range(0, max(len(texts), 1), _ROWS_AT_ONCE)
    owners = _arrow(names) if names is not None else None
    whole = _arrow(texts)
    pieces = [
        _mask_piece(whole.slice(cut, _ROWS_AT_ONCE), None if owners is None else owners.slice(cut, _ROWS_AT_ONCE), region, has_addresses)
        for cut in cuts
    ]
    array = pa.chunked_array(pieces, type=pa.large_string()).to_pandas(types_mapper=lambda _: pd.StringDtype(na_value=np.nan)).array
    return pd.Series(array, index=texts.index, name=texts.name)


def _kinds(has_addresses: bool) -> tuple[str, ...]:
    return tuple(kind for kind in _FINDERS if has_addresses or kind != "address")


def _masked(text: str, finders: Sequence[Finder], region: str | None) -> str:
    """Return the text masked; looked at again until nothing is found, since a token beside it can free what is left."""
    plain = plain_text(text)
    masked, before = plain.text, None
    while masked != before and (before is None or find_addresses in finders or _TRACE.search(masked)):
        before = masked
        for find in finders:
            masked = overwrite(masked, find(masked, region))
    return text if masked == plain.text else with_tokens(text, plain, masked)


def _mask_piece(texts: pa.Array, names: pa.Array | None, region: str | None, has_addresses: bool) -> pa.Array:
    """Return some rows masked: those that may hold something, and those that hold their own name."""
    kinds = _kinds(has_addresses)
    bits = suspects(texts, kinds, region)
    owners = np.full(len(texts), None, dtype=object)
    if names is not None:
        named = _rows_with_own_name(texts, names)
        owners[named] = names.take(pa.array(named, pa.int64())).to_pylist()
        bits[named] |= 1 << len(kinds)
    rows = np.flatnonzero(bits)
    if not len(rows):
        return texts

    @cache
    def mask(text: str, needed: int, owner: str | None) -> str:
        finders = [_FINDERS[kind] for number, kind in enumerate(kinds) if needed >> number & 1]
        return _masked(text, finders if owner is None else [*finders, _name_finder(owner)], region)

    masked = map(mask, texts.take(pa.array(rows)).to_pylist(), bits[rows].tolist(), owners[rows])
    return pc.replace_with_mask(texts, pa.array(bits != 0), pa.array(masked, pa.large_string()))


def _rows_with_own_name(texts: pa.Array, names: pa.Array) -> list[int]:
    """Return the numbers of the rows whose text may hold a part of the name beside it."""
    rows = zip(_folded(texts).to_pylist(), _name_words(names).to_pylist(), strict=True)
    return [number for number, (text, words) in enumerate(rows) if text and words and may_hold(text, words)]


def _name_words(names: pa.Array) -> pa.Array:
    """Return the words of each name in its spellings, as `find_names` knows them."""
    plain = _folded(names)
    umlauts = pc.utf8_lower(names)
    for letter, written_out in UMLAUTS.items():
        umlauts = pc.replace_substring(umlauts, letter, written_out)
    closed_up = pc.replace_substring_regex(plain, "['-]", "")
    spellings = [plain, _folded(umlauts), closed_up, pc.replace_substring_regex(plain, "([aou])e", r"\1")]
    return pc.replace_substring_regex(
        pc.binary_join_element_wise(*spellings, pa.scalar(" ", pa.large_string())), r"[\x00-\x1f!-/:-@\[-`{-\x7f]+", " "
    )


def _folded(texts: pa.Array) -> pa.Array:
    """Return the texts as `fold` does, without Python where compiled code can do it."""
    rows = pa.array(np.flatnonzero(pc.invert(pc.string_is_ascii(texts)).fill_null(False).to_numpy(zero_copy_only=False)))
    lower = pc.utf8_lower(texts)
    if not len(rows):
        return lower
    others = pc.replace_substring_regex(pc.utf8_normalize(lower.take(rows), "NFKD"), r"[\p{Mn}\p{Cf}]", "")
    others = pc.replace_substring_regex(others, "[\u2018\u2019]", "'")
    is_plain = pc.string_is_ascii(others)
    left = map(fold, texts.take(rows).filter(pc.invert(is_plain)).to_pylist())
    others = pc.replace_with_mask(others, pc.invert(is_plain), pa.array(left, pa.large_string()))
    is_other = pc.invert(pc.string_is_ascii(texts)).fill_null(False)
    return pc.replace_with_mask(lower, is_other, others)


def _name_finder(name: str) -> Finder:
    return lambda text, _region: find_names(text, name)


def _arrow(values: pd.Series) -> pa.Array:
    array = pa.array(values.astype("str").array, pa.large_string())
    return (array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array).cast(pa.large_string())
