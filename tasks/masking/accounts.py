"""Payment cards and bank accounts, told by their check digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from stdnum import iban, luhn, numdb

from tasks.masking.plain import DATES, Span, blanked

GAP = r"[ ._/-]"
_IBAN = re.compile(rf"(?:(?<![a-z0-9])|(?<=iban))([a-z]{{2}})\d\d(?:{GAP}{{0,3}}[a-z0-9]){{11,30}}")
_LETTER_OR_DIGIT = re.compile("[a-z0-9]")
_DIGITS = re.compile(rf"(?<!\d)\d(?:{GAP}{{0,3}}\d){{12,}}+")
_DATES = re.compile(rf"(?<![\d.,/+-])(?:{DATES})(?![\d-]|[./,]\d)")
_CHUNK = re.compile(r"\d+")
_CARD_DIGITS = range(13, 20)
_MOST_CHUNKS = 8  # more groups only where nothing but the card's number stands there
_BRAND = re.compile(r"[2-6]\d{12,18}|1\d{14}|(?:9792|8[12]\d\d)\d{12}")


def find_ibans(text: str, _region: str | None) -> Iterator[Span]:
    """Yield international bank account numbers: of their country's length and form, with check digits that hold."""
    for match in _IBAN.finditer(text):
        length = _iban_length(match[1])
        places = [letter.start() for letter in _LETTER_OR_DIGIT.finditer(text, *match.span())]
        if 0 < length <= len(places) and _is_iban("".join(text[place] for place in places[:length])):
            yield match.start(), places[length - 1] + 1, "iban"


def find_cards(text: str, _region: str | None) -> Iterator[Span]:
    """Yield payment card numbers of 13 to 19 digits (ISO/IEC 7812), however they are grouped."""
    if not _DIGITS.search(text):
        return
    text = blanked(_DATES, text)
    for match in _DIGITS.finditer(text):
        if _is_card(re.sub(r"\D", "", match[0])):
            yield match.start(), match.end(), "card"
        else:
            yield from _cards_among([(chunk.start(), chunk.end()) for chunk in _CHUNK.finditer(text, *match.span())], text)


def _cards_among(chunks: list[tuple[int, int]], text: str) -> Iterator[Span]:
    """Yield the longest cards made of a few groups side by side."""
    number = 0
    while number < len(chunks):
        last = _end_of_card(chunks[number : number + _MOST_CHUNKS], text)
        if last:
            yield chunks[number][0], chunks[number + last - 1][1], "card"
        number += last or 1


def _end_of_card(chunks: list[tuple[int, int]], text: str) -> int:
    """Return how many of the groups make a card; 0 where none do."""
    longest = digits = 0
    for count, (start, end) in enumerate(chunks, start=1):
        digits += end - start
        if digits in _CARD_DIGITS and _is_card("".join(text[first:last] for first, last in chunks[:count])):
            longest = count
    return longest


def _is_card(digits: str) -> bool:
    return len(digits) in _CARD_DIGITS and _BRAND.fullmatch(digits) is not None and bool(luhn.is_valid(digits))


def _is_iban(number: str) -> bool:
    return bool(iban.is_valid(number, check_country=False))


@cache
def _iban_length(country: str) -> int:
    """Return how long a country's numbers are; 0 where the country has none."""
    form = numdb.get("iban").info(country.upper())[0][1].get("bban", "")
    return 4 + sum(map(int, re.findall(r"\d+", form))) if form else 0
