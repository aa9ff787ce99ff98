"""Which texts of a column may hold what: one pattern a kind, run over all of them in compiled code.

The patterns are RE2's, which knows neither look-behind nor back-references but takes time that only grows with the length
of the texts. Each lets through more than its finder finds, never less.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.masking.identities import WORDS, forms, without_references

_GAP = r"[ .()/_~*+-]{0,3}"
_BOUND = r"\b"
_AT_WORD = "at|arroba|arobase|chiocciola"
_DASHES = r"[\p{Pd}\x{2212}\x{2043}]"
_SPACES = r"[\t\x{a0}\x{1680}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]"
_DATE = (
    r"(^|[^\d.,/+-])(?:(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])/(?:20)?\d\d)($|[^\d./,-])"
)
_EMAIL = (
    rf"@|%40|&#|&commat|(?i:[(\[{{<] ?(?:{_AT_WORD}) ?[)\]}}>])|"
    rf"(?i:[ \x{{a0}}_](?:{_AT_WORD})[ \x{{a0}}_]\S+(?: |_|[(\[{{<]) ?(?:dot|punkt|point|punto|ponto))"
    r"|(?i:[\d._-]\S* at \S+\.\w)"
)
_ID_WORDS = rf"(?i)(?:^|[^a-z])(?:{WORDS.replace(_BOUND, '')})(?:[^a-z]|$)"  # the digit before a word may turn into a token
_ANYTHING = rf"{_EMAIL}|://|\.[a-zA-Z]{{2,}}(?::\d+)?[/?]\S|(?:\d\D{{0,4}}){{5}}\d|[A-Za-z]{{5}}\d{{4}}[A-Za-z]"
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_OTHER_FORMS = r"\x{ff00}-\x{ffef}\x{fe50}-\x{fe6f}\x{1d400}-\x{1d7ff}\x{2024}-\x{2027}\x{b7}\x{2219}"
_SUSPECT = {
    "url": r"://|\.[a-zA-Z]{2,}(?::\d+)?[/?]\S",
    "email": _EMAIL,
    "handle": "@",
    "iban": r"(?i)[a-z]{2}\d\d(?:[ ._/-]{0,3}[a-z0-9]){11}",
    "card": r"\d(?:[ ._/-]{0,3}\d){12}",
    "phone": rf"\d(?:{_GAP}\d){{6}}",
    "address": r"\d",
}


def suspects(texts: pa.Array, kinds: tuple[str, ...], region: str | None) -> npt.NDArray[np.int64]:
    """Return for each text the kinds that it may hold, as bits in their order; a null holds nothing."""
    bits = np.zeros(len(texts), dtype=np.int64)
    is_odd = _holds_disguise(texts)
    rows = np.flatnonzero(is_odd | _holds(texts, rf"{_ANYTHING}|\p{{Nd}}" if "address" in kinds else _ANYTHING))
    plain = _plainly(texts.take(pa.array(rows)))
    for number, kind in enumerate(kinds):
        bits[rows] |= (_may_hold(plain, kind, region) | is_odd[rows]).astype(np.int64) << number
    return bits


def _plainly(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(pc.replace_substring_regex(texts, _DASHES, "-"), _SPACES, " ")


def _may_hold(texts: pa.Array, kind: str, region: str | None) -> npt.NDArray[np.bool_]:
    if kind == "id":
        return _holds(texts, _identity_forms(region)) | (_holds(texts, _ID_WORDS) & _holds(texts, r"(?:\d\D{0,4}){5}\d"))
    found = _holds(texts, _SUSPECT[kind])
    if kind in ("phone", "card"):  # a date beside a number is the commonest of all that only looks like one
        rows = np.flatnonzero(found)
        undated = pc.replace_substring_regex(texts.take(pa.array(rows)), _DATE, r"\1;\2")
        found[rows] = _holds(undated, _SUSPECT[kind])
    return found


def _holds(texts: pa.Array, pattern: str) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = pc.match_substring_regex(texts, pattern).fill_null(False).to_numpy(zero_copy_only=False)
    return found.copy()


@cache
def _identity_forms(region: str | None) -> str:
    """Return the forms of all national numbers, without what RE2 does not know."""
    return f"(?i){'|'.join(map(without_references, forms(region)))}"


def _holds_disguise(texts: pa.Array) -> npt.NDArray[np.bool_]:
    """Return which texts hold digits of other scripts and forms, invisible characters, marks or controls."""
    found = _holds(texts, _CONTROLS)
    rows = np.flatnonzero(pc.invert(pc.string_is_ascii(texts)).fill_null(False).to_numpy(zero_copy_only=False))
    found[rows] |= _holds(texts.take(pa.array(rows)), _disguises())
    return found


@cache
def _disguises() -> str:
    zeros = (code for code in range(0x80, 0x20000) if unicodedata.decimal(chr(code), None) == 0)
    digits = "".join(rf"\x{{{zero:x}}}-\x{{{zero + 9:x}}}" for zero in zeros)
    return rf"[{digits}\p{{No}}\p{{Cf}}\p{{Mn}}\p{{Me}}\x{{80}}-\x{{9f}}{_OTHER_FORMS}]"
