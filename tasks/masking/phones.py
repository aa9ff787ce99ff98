"""Telephone numbers: by their country's rules, by the way they are written, or by the word before them.

A run of digits and signs is judged whole, then in windows of a few groups: each is looked at a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import accumulate

from phonenumbers import NumberParseException, PhoneMetadata, is_valid_number, parse

from tasks.masking.plain import DATES, Span, blanked

_GAP = r"[ .()/_~*+-]"
_RUN = re.compile(rf"[+(\d](?<![\d$€£¥].)(?:{_GAP}{{0,3}}\d)*+")
_GLUED = re.compile(r"(?:tel|phone|fon|fax|mob|mobile|cell|call|no|nr|x|at|on|is)$")
_CHUNK = re.compile(r"[+(]*\d+(?:[().~*_-]+\d+)*")
_EXTENSION = re.compile(r"[ ,;.(]{0,3}(?:extension|ext|extn|x|durchwahl|dw|poste|toestel|#)[ .:#-]{0,2}\d{1,6}(?!\d)")
_NOT_PHONES = re.compile(
    r"(?<![\d.,/+-])(?:"
    rf"{DATES}"
    r"|[$€£¥] ?\d+(?:[.,]\d+)*|\d{1,3}(?:,\d{3})+(?:\.\d+)?"  # prices
    r"|(?:0|-?[1-9]\d?)\.\d{4,}"  # decimals, places
    r"|[1-9](?:[ .]\d{3}){2,}(?! \d)"  # 1 234 567
    r"|(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"  # addresses of machines
    r")(?![\d-]|[./,]\d)|\d{1,2}:\d\d(?::\d\d)?(?!\d)"
)
_SHAPE = re.compile(r"(?:\+?1[ .(/_~*-]{1,3})?\(?[2-9]\d\d[ .()/_~*-]{1,3}\d{3}[ ._/~*-]{1,3}\d{4}")
_LOCAL_NUMBER = re.compile(r"\d{3}[.-]\d{4}")
_SAID = re.compile(
    r"\b(?:tel|telephone|phone|fon|mobile|mob|cell|call|fax|whatsapp|sms|text|ring|dial|handy|telefon|telefono|movil|portable|anruf|appel|reach"
    r"|contact|telefoon|bel)\w{0,6}[^\w\n]{0,3}(?:(?:me|us|him|her|them|back|on|at|is|was|number|no|nr|num|sous|unter|al|au|op)\b[^\w\n]{1,3}){0,4}$"
)
_BEFORE, _AFTER = 48, 24
_DIGIT = re.compile(r"\d")
_FEWEST_DIGITS = 7
_SHORTEST, _SHORTEST_BARE, _LONGEST = 9, 8, 15
_LONGEST_WRITTEN = 48
_MOST_GROUPS = 7


def find_phones(text: str, region: str | None) -> Iterator[Span]:
    """Yield telephone numbers, with their extension."""
    for run in _RUN.finditer(text):
        if len(_DIGIT.findall(run[0])) >= _FEWEST_DIGITS:
            yield from _in_run(text, *run.span(), region)


def _in_run(text: str, start: int, end: int, region: str | None) -> Iterator[Span]:
    """Yield the numbers in a run of digits and signs, once dates, times and prices in it and around it are blanked."""
    left, right = max(0, start - _BEFORE), end + _AFTER
    text = blanked(_NOT_PHONES, text[left:right])
    for run in _RUN.finditer(text, start - left, end - left):
        before = text[max(0, run.start() - _BEFORE) : run.start()]
        begin = _after_glued(text, run, before)
        for first, last in _among(text, begin, run.end(), region, is_said=_SAID.search(before) is not None):
            extension = _EXTENSION.match(text, last)
            yield left + first, left + (extension.end() if extension else last), "phone"


def _after_glued(text: str, run: re.Match[str], before: str) -> int:
    """Return where a run's numbers begin: after its first group, where that is the end of a word such as AB12."""
    is_glued = before[-1:].isalpha() and run[0][0].isdigit() and not _GLUED.search(before)
    if not is_glued or _SHAPE.match(run[0]):
        return run.start()
    group = _CHUNK.match(text, *run.span())
    rest = _RUN.search(text, group.end(), run.end()) if group else None
    return rest.start() if rest else run.end()


def _among(text: str, start: int, end: int, region: str | None, *, is_said: bool) -> Iterator[tuple[int, int]]:
    """Yield the numbers in a run: the whole, or the longest windows of its groups."""
    if _is_phone(text[start:end], region, is_said=is_said):
        yield start, end
        return
    chunks = [(chunk.start(), chunk.end(), len(_DIGIT.findall(chunk[0]))) for chunk in _CHUNK.finditer(text, start, end)]
    number = 0
    while number < len(chunks):
        window = chunks[number : number + _MOST_GROUPS]
        digits = accumulate(count for _, _, count in window)
        ends = [last for (_, last, _), count in zip(window, digits, strict=True) if _FEWEST_DIGITS <= count <= _LONGEST]
        first = window[0][0]
        found = next((last for last in reversed(ends) if _is_phone(text[first:last], region, is_said=is_said)), None)
        if found is not None:
            yield first, found
        number += sum(found is not None and last <= found for _, last, _ in window) or 1


def _is_phone(number: str, region: str | None, *, is_said: bool) -> bool:
    """Return whether this may be a telephone number: bare digits must be valid, written with separators plausible."""
    digits = "".join(_DIGIT.findall(number)) if len(number) <= _LONGEST_WRITTEN else ""
    if not _FEWEST_DIGITS <= len(digits) <= _LONGEST:
        return False
    if is_said and (number != digits or len(digits) >= _SHORTEST_BARE):
        return True
    if len(digits) < _SHORTEST:
        return _LOCAL_NUMBER.fullmatch(number) is not None
    if number == digits:
        return _is_valid(digits, region)
    return "+" in number[:3] or digits[0] == "0" or _SHAPE.fullmatch(number) is not None or _has_length(digits, region)


@lru_cache(maxsize=10_000)
def _is_valid(digits: str, region: str | None) -> bool:
    if digits.startswith("00"):
        digits, region = f"+{digits[2:]}", None
    elif region is None or not _has_length(digits, region):
        return False
    try:
        return is_valid_number(parse(digits, region))
    except NumberParseException:
        return False


def _has_length(digits: str, region: str | None) -> bool:
    """Return whether a number of the region, with or without its country code or the zero before it, has so many digits."""
    code, prefix, lengths = _numbering(region)
    stripped = [len(start) for start in (code, prefix) if start and digits.startswith(start)]
    return any(len(digits) - skipped in lengths for skipped in (0, *stripped))


@cache
def _numbering(region: str | None) -> tuple[str, str, frozenset[int]]:
    """Return a region's country code, what is dialled before its numbers at home, and how long they are."""
    plan = PhoneMetadata.metadata_for_region(region) if region else None
    if plan is None or plan.general_desc is None:
        return "", "", frozenset()
    return str(plan.country_code), plan.national_prefix or "", frozenset(plan.general_desc.possible_length)
