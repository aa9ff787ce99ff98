"""Street addresses as they are written in English, German, Dutch, French and Spanish."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.masking.plain import Span

_STREET = (
    "street|st|avenue|ave|av|road|rd|drive|dr|lane|ln"
    "|boulevard|blvd|terrace|square|sq|parkway|pkwy|highway|hwy|crescent|cres|gardens|grove|mews"
)
_WEAK_STREET = "court|ct|place|pl|way|close|row|circle|cir|trail|alley|quay|wharf|plaza|parade|rise|walk|hill"  # words of daily speech too
_NO_STREET = (
    "a|an|the|in|my|of|on|to|at|for|from|and|or|this|that|all|we|i|it"
    "|they|were|was|is|are|times?|days?|weeks?|months?|years?|hours?|minutes?|people"
)
_UNIT = r"(?:,? ?\b(?:apt|apartment|unit|suite|ste|flat|floor|fl|room|rm|#)\.? ?#?\w{1,6}\b)?"
_UK_POSTCODE = r"[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}"
_TOWN = r"[a-z][a-z.'-]{1,20}(?: [a-z.'-]{2,20}){0,2}"
_AFTER = rf"(?:(?:[, \n]{{1,3}}{_TOWN})?[, \n]{{1,3}}(?:{_UK_POSTCODE}|[a-z]{{2}},? \d{{5}}(?:-\d{{4}})?)\b)?"
_POSTCODE_TOWN = rf"(?:[, \n]{{1,3}}(?:[a-z]{{1,2}}-)?\d{{4,5}}(?: ?[a-z]{{2}}\b)?(?: {_TOWN})?)?"
_NUMBER = r"\d{1,5}[a-z]?(?:[/-]\d{1,4}[a-z]?)?"
_WORD = rf"(?:(?!(?:{_NO_STREET})\b)[\w.'-]{{1,25}} )"
_SMALL_WORDS = r"(?:(?:de|du|des|la|le|les|los|las|del|d'|l') ?){0,3}"
_FORMS = (
    rf"{_NUMBER},? (?:[nsew]\.? )?(?:{_WORD}{{1,4}}?(?:{_STREET})|{_WORD}{{1,2}}?(?:{_WEAK_STREET}))\b\.?{_UNIT}{_AFTER}",
    rf"{_NUMBER}(?: ?(?:bis|ter|quater))?,? (?:rue|avenue|av\.|boulevard|bd\.?|place|chemin|allee|impasse|quai|cours|route|square)\b "
    rf"{_SMALL_WORDS}[\w'-]{{1,25}}(?: [\w'-]{{1,25}}){{0,2}}?(?=[,.;\n]|$| \d{{5}}){_POSTCODE_TOWN}",
    rf"(?:calle|c\b/|avenida|avda|plaza|paseo|carrer|ronda)\b ?{_SMALL_WORDS}[\w'-]{{1,25}}(?: [\w'-]{{1,25}}){{0,3}}?,? "
    rf"(?:n[o.]{{0,2}} ?)?\d{{1,4}}\b{_POSTCODE_TOWN}",
    r"(?:[\w-]{0,25} ?(?:strasse|str\.|platz|allee|gasse|ufer|straat|laan|plein|gracht|kade|steeg|singel)"
    r"|[\w-]{3,25}(?:weg|damm|dijk|(?<!sp)ring))"
    rf" \d{{1,4}} ?[a-z]?\b{_POSTCODE_TOWN}",
)
_ADDRESSES = tuple(re.compile(rf"(?<!\w)(?<!\d[.,])(?:{form})") for form in _FORMS)


def find_addresses(text: str, _region: str | None) -> Iterator[Span]:
    """Yield street addresses with the unit, the town and the postcode after them."""
    end = 0
    for start, stop in sorted(match.span() for pattern in _ADDRESSES for match in pattern.finditer(text)):
        if start >= end:
            yield start, stop, "address"
            end = stop
