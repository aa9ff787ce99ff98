"""Customers' texts as words: HTML and mask tokens taken out, exact repeats collapsed."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

CHARACTERS_READ = 10_000  # of one text: bounds the work that a pasted document can cause
BREAK = "."  # stands in a key wherever a phrase ends: punctuation, a number, a mask token
NO_TEXT = -1

_HTML = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[a-z][^<>]*>", re.DOTALL | re.IGNORECASE)
_UNSAFE = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+"
)  # controls, reversed writing, white space
_MARKS = "\u0300-\u036f\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"  # accents, vowel signs: parts of words
_MASK = re.compile(r"\[[a-z]+\]")  # [email], [phone], [card], …
_NOT_WORDS = re.compile(rf"(?:[^\w\s'{_MARKS}-]|[\d_])(?:(?![{_MARKS}])[\W\d_])*")
_WORD_OR_BREAK = re.compile(rf"(?:[^\W\d_]|[{_MARKS}])+(?:'[^\W\d_]+)*|\.")
_NOT_ASCII_WORDS = re.compile(r"[^a-z\s'-][^a-z]*")  # the same, three times as fast, for a text of ASCII characters
_LONE_APOSTROPHE = re.compile(r"'(?:(?![a-z])|(?<![a-z]'))")
_SAYS = re.compile(r"(?<![^ ])(?!x{2,}(?![^ ]))[^. ]")  # a token that is neither a BREAK nor a redaction
_REDACTION = re.compile(r"x{2,}")  # how the US consumer bureau blacks out names and dates


@dataclass(frozen=True)
class UniqueTexts:
    """Texts that differ in their words, sorted by key so that the order of the rows never matters."""

    keys: tuple[str, ...]  # see words_key
    texts: tuple[str, ...]  # as written, one of those that say the same words; by key
    weights: npt.NDArray[np.int64]  # records that say the same words, by unique text
    of_record: npt.NDArray[np.int64]  # the unique text of each record; NO_TEXT where it holds no word


def plain(text: str) -> str:
    """Return the text's first CHARACTERS_READ characters without HTML and control characters, on one line."""
    return _UNSAFE.sub(" ", _without_html(text[:CHARACTERS_READ])).strip()


def readable(text: str) -> str:
    """Return the text as a person would read it: plain, with nothing in the place of what was masked."""
    return " ".join(_MASK.sub(" ", plain(text)).split())


def _without_html(text: str) -> str:
    if "<" in text or "&" in text:
        return _HTML.sub(" ", html.unescape(text))
    return text


def is_redaction(word: str) -> bool:
    """Return whether the word, in lower case, is one of xx, xxxx, …, which stands for something blacked out."""
    return _REDACTION.fullmatch(word) is not None


def words_key(text: str) -> str:
    """Return the text's words in lower case, with BREAK where a phrase ends; empty where it holds no word.

    Numbers are left out: a closing date or a case number would make every text differ from all others.
    """
    unmasked = _MASK.sub(" ; ", _without_html(text[:CHARACTERS_READ])).lower().replace("’", "'")
    key = " ".join(_tokens(unmasked)).strip(f" {BREAK}")
    return key if _SAYS.search(key) else ""


def _tokens(text: str) -> list[str]:
    if text.isascii():
        return _LONE_APOSTROPHE.sub(" ", _NOT_ASCII_WORDS.sub(f" {BREAK} ", text)).replace("-", " ").split()
    return _WORD_OR_BREAK.findall(_NOT_WORDS.sub(BREAK, text))


def collapse(texts: Sequence[str]) -> UniqueTexts:
    """Return the texts with repeats, which differ in case, numbers and signs alone, counted once."""
    written_index, written = pd.factorize(np.array(texts, dtype=object))
    key_index, keys = pd.factorize(np.array([words_key(text) for text in written], dtype=object), sort=True)
    of_record = key_index[written_index]
    chosen = _one_for_each(written, key_index)
    if len(keys) and keys[0] == "":  # sorted: the empty key comes first
        of_record, keys, chosen = of_record - 1, keys[1:], chosen[1:]
    weights = np.bincount(of_record[of_record != NO_TEXT], minlength=len(keys))
    return UniqueTexts(tuple(keys), chosen, weights, of_record)


def _one_for_each(written: npt.NDArray[np.object_], key_index: npt.NDArray[np.int64]) -> tuple[str, ...]:
    """Return of the texts of each key, in the order of the keys, the first in the alphabet."""
    order = np.argsort(key_index, kind="stable")
    counts = np.bincount(key_index)
    ends = np.cumsum(counts)
    chosen = written[order[ends - counts]]
    for key in np.flatnonzero(counts > 1):
        chosen[key] = min(written[order[ends[key] - counts[key] : ends[key]]])
    return tuple(chosen)


def hash_sample(keys: Sequence[str], size: int) -> npt.NDArray[np.int64]:
    """Return the sorted places of at most `size` keys, chosen by hash: the same keys whenever and wherever."""
    if len(keys) <= size:
        return np.arange(len(keys))
    digests = b"".join(hashlib.blake2b(key.encode(), digest_size=8).digest() for key in keys)
    return np.sort(np.argsort(np.frombuffer(digests, dtype=">u8"), kind="stable")[:size])
