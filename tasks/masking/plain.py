"""The text as patterns read it: one form of each digit, dash, space and letter, nothing invisible, every token shut.

A character that is masked is overwritten by a placeholder, so that the plain text keeps its places and the original
text keeps every character that is not masked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

TOKENS = ("email", "handle", "url", "iban", "id", "card", "phone", "address", "name")
DATES = (  # 2015-01-05, 05/01/2015, 5.1.15
    r"(?:19|20)\d\d([./-])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?:t\d\d)?"
    r"|(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|[12]\d|3[01])\2(?:(?:19|20)\d\d|\d\d)"
)
Span = tuple[int, int, str]

_STARTS = {token: chr(0xE000 + number) for number, token in enumerate(TOKENS)}
_TOKEN_OF = {start: f"[{token}]" for token, start in _STARTS.items()}
_REST = "\ue0ff"
_PLACEHOLDER = re.compile(f"([{''.join(_STARTS.values())}]){_REST}*")
_TOKEN = re.compile(rf"\[({'|'.join(TOKENS)})\]")
_CONTROLS = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")
_BLANK = "\0"  # stands for nothing that any pattern wants
_ALIKE = {
    **dict.fromkeys("\u2018\u2019\u02bc\u2032\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
    **dict.fromkeys("\u00b7\u2022\u2027\u2219\u30fb\uff65\u2024\u3002", "."),
    **dict.fromkeys("\u2212\u2043\u30fc\uff70", "-"),
    **{"\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u0131": "i", "\u00e6": "ae", "\u0153": "oe", "\t": " "},
    **dict.fromkeys("\u115f\u1160\u3164\uffa0", ""),  # fillers that Unicode calls letters
    **{"\n": "\n", "\r": "\r"},
}
_FOLDED = {"Cf": "", "Mn": "", "Me": "", "Cc": "", "Co": _BLANK, "Cs": _BLANK, "Zs": " ", "Pd": "-"}


@dataclass(frozen=True)
class Plain:
    """The plain text, and the place in the original of each of its characters and of its end (None: the same)."""

    text: str
    places: Sequence[int] | None


def plain_text(text: str) -> Plain:
    """Return the text in its plain form: lower case without marks, tokens of an earlier masking shut."""
    if text.isascii() and not _CONTROLS.search(text):
        return Plain(_shut_tokens(text.lower()), None)
    folded = list(map(_fold, text))
    plain = _shut_tokens("".join(folded))
    if all(len(part) == 1 for part in folded):
        return Plain(plain, None)
    return Plain(plain, [*(place for place, part in enumerate(folded) for _ in part), len(text)])


def fold(text: str) -> str:
    """Return the text in lower case, without diacritics, disguises and invisible characters."""
    return text.lower() if text.isascii() else "".join(map(_fold, text))


def overwrite(text: str, spans: Iterable[Span]) -> str:
    """Return the plain text with placeholders where the spans, in order and apart from each other, are."""
    pieces, last = [], 0
    for start, end, token in spans:
        pieces += [text[last:start], _STARTS[token], _REST * (end - start - 1)]
        last = end
    return "".join([*pieces, text[last:]]) if pieces else text


def with_tokens(original: str, plain: Plain, masked: str) -> str:
    """Return the original text with a token in place of each placeholder of the masked plain text."""
    pieces, last = [], 0
    for match in _PLACEHOLDER.finditer(masked):
        start, end = match.span()
        if plain.places is not None:
            start, end = plain.places[start], max(plain.places[end - 1] + 1, plain.places[end])
        pieces += [original[last : max(start, last)], _TOKEN_OF[match[1]]]
        last = end
    return "".join([*pieces, original[last:]])


def blanked(pattern: re.Pattern[str], text: str) -> str:
    """Return the text, every place kept, with nothing where the pattern matches."""
    return pattern.sub(lambda match: _BLANK * len(match[0]), text)


def _shut_tokens(plain: str) -> str:
    if "[" not in plain:
        return plain
    return overwrite(plain, ((match.start(), match.end(), match[1]) for match in _TOKEN.finditer(plain)))


@cache
def _fold(character: str) -> str:
    category = unicodedata.category(character)
    digit = unicodedata.decimal(character, None)
    if character in _ALIKE:
        return _ALIKE[character]
    if digit is not None:
        return str(digit)
    if category in _FOLDED:
        return _FOLDED[category]
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    return decomposed if decomposed == character else "".join(map(_fold, decomposed))
