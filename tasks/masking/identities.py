"""National numbers of persons, where their form, their country or a word beside them tells them from other numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from tasks.masking.plain import Span


@dataclass(frozen=True)
class _Kind:
    """How one country's number is written; `module`: python-stdnum's, which knows its check digits."""

    country: str
    module: str
    pattern: str


# forms that other numbers do not have
_DISTINCT = (
    _Kind("US", "us.ssn", r"\d{3}(?P<s>[ .-]{1,3})\d\d(?P=s)\d{4}"),
    _Kind("US", "us.itin", r"9\d\d(?P<s>[ .-]{1,3})\d\d(?P=s)\d{4}"),
    _Kind("ES", "es.dni", r"\d{8}[ -]?[a-z]|\d\d\.\d{3}\.\d{3}[ -]?[a-z]"),
    _Kind("ES", "es.nie", r"[xyz][ -]?\d{7}[ -]?[a-z]"),
    _Kind("IT", "it.codicefiscale", r"[a-z]{3} ?[a-z]{3} ?\d\d[a-z]\d\d ?[a-z]\d{3}[a-z]"),
    _Kind("FR", "fr.nir", r"[1-478](?P<s>[ .-]?)\d\d(?P=s)\d\d(?P=s)(?:\d\d|2[ab])(?P=s)\d{3}(?P=s)\d{3}[ .-]?\d\d"),
    _Kind("SE", "se.personnummer", r"(?:\d\d)?\d{6}[+-]\d{4}"),
    _Kind("DK", "dk.cpr", r"\d{6}-\d{4}"),
    _Kind("FI", "fi.hetu", r"\d{6}[+a-]\d{3}[0-9a-z]"),
    _Kind("CH", "ch.ssn", r"756(?P<s>[ .-]?)\d{4}(?P=s)\d{4}(?P=s)\d\d"),
    _Kind("BE", "be.nn", r"\d\d\.\d\d\.\d\d-\d{3}[.-]\d\d"),
    _Kind("BR", "br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d\d"),
    _Kind("MX", "mx.curp", r"[a-z]{4}\d{6}[a-z]{6}[0-9a-z]\d"),
    _Kind("KR", "kr.rrn", r"\d{6}-\d{7}"),
    _Kind("CN", "cn.ric", r"\d{6} ?\d{8} ?\d{3}[\dx]"),
    _Kind("CZ", "cz.rc", r"\d{6}/\d{3,4}"),
    _Kind("DE", "de.idnr", r"\d\d (?:\d{3} ){2}\d{3}"),
)
# forms that other numbers have too: for the programme's own country, or with a word beside them
_GROUPED = (
    _Kind("CA", "ca.sin", r"\d{3}(?P<s>[ -])\d{3}(?P=s)\d{3}"),
    _Kind("AU", "au.tfn", r"\d{3} \d{3} \d{3}"),
    _Kind("IN", "in_.aadhaar", r"\d{4}(?P<s>[ -])\d{4}(?P=s)\d{4}"),
    _Kind("IN", "in_.pan", r"[a-z]{5}\d{4}[a-z]"),
    _Kind("IE", "ie.pps", r"\d{7} ?[a-z]{1,2}"),
    _Kind("NL", "nl.bsn", r"\d{4}[. ]\d\d[. ]\d{3}"),
    _Kind("NO", "no.fodselsnummer", r"\d{6} \d{5}"),
    _Kind("GB", "gb.nhs", r"\d{3}(?P<s>[ -])\d{3}(?P=s)\d{4}"),
    _Kind("GB", "gb.utr", r"\d{5} \d{5}"),
)
# digits alone: for the programme's own country, with a word beside them
_BARE = (
    _Kind("US", "us.ssn", r"\d{9}"),
    _Kind("GB", "gb.nhs", r"\d{10}"),
    _Kind("GB", "gb.utr", r"\d{10}"),
    _Kind("DE", "de.idnr", r"\d{11}"),
    _Kind("NL", "nl.bsn", r"\d{9}"),
    _Kind("PL", "pl.pesel", r"\d{11}"),
    _Kind("CA", "ca.sin", r"\d{9}"),
    _Kind("AU", "au.tfn", r"\d{8,9}"),
    _Kind("IN", "in_.aadhaar", r"\d{12}"),
    _Kind("NO", "no.fodselsnummer", r"\d{11}"),
    _Kind("SE", "se.personnummer", r"\d{10}|\d{12}"),
    _Kind("DK", "dk.cpr", r"\d{10}"),
    _Kind("ZA", "za.idnr", r"\d{13}"),
    _Kind("RO", "ro.cnp", r"\d{13}"),
    _Kind("BG", "bg.egn", r"\d{10}"),
    _Kind("BR", "br.cpf", r"\d{11}"),
    _Kind("BE", "be.nn", r"\d{11}"),
    _Kind("PT", "pt.nif", r"\d{9}"),
    _Kind("AT", "at.vnr", r"\d{10}"),
    _Kind("CZ", "cz.rc", r"\d{9,10}"),
)
_INSURANCE = (  # United Kingdom: no check digit, but letters that are not given out
    r"(?!bg|gb|nk|kn|tn|nt|zz)[abceghj-prstw-z][abceghj-nprstw-z](?P<s>[ .-]{0,2})\d\d(?P=s)\d\d(?P=s)\d\d(?P=s)[a-d]"
)
WORDS = (
    r"\b(?:ssn|itin|nino|nhs|utr|bsn|pesel|aadhaar|curp|cpf|pps|sin|tfn|social security|social insurance|national insurance"
    r"|ni (?:number|no)|tax(?:payer)? (?:id|number|file|reference)|steuer-?(?:id|nummer)\w*|idnr"
    r"|steueridentifikation\w*|sozialversicherung\w*|passport"
    r"|reisepass\w*|personalausweis\w*|driver'?s licen[cs]e|driving licen[cs]e|national id|identity (?:card|number)|id card|dni|nie|nif"
    r"|codice fiscale|securite sociale|burgerservicenummer|personnummer|cpr)\b"
)
_WORD = re.compile(WORDS)
_SAID = re.compile(  # a word, and then the number that it announces
    rf"{WORDS}[^\w\n]{{0,3}}(?:(?:number|no|nr|num|nummer|numero|is|was|ist|lautet|card|id)\b[^\w\n]{{0,3}}){{0,3}}"
    r"(?P<number>[a-z]{0,3}(?:[ ./-]{0,2}\d){6,14}(?:[ -]?[a-z](?![a-z]))?)"
)
_NEAR = 40
_ALONE = r"(?<![a-z0-9])(?<!\d[.,/:-])(?:{})(?![a-z0-9])(?![.,/:-]\d)"
_INSURANCE_NUMBER = re.compile(_ALONE.format(_INSURANCE))


def forms(region: str | None) -> tuple[str, ...]:
    """Return the forms that are looked for without a word beside them."""
    return (_INSURANCE, *(kind.pattern for kind in _DISTINCT), *(kind.pattern for kind in _GROUPED if kind.country == region))


def find_identities(text: str, region: str | None) -> Iterator[Span]:
    """Yield national numbers of persons; bare digits only of the programme's own country, valid, with a word beside them."""
    found = [match.span() for match in _INSURANCE_NUMBER.finditer(text)]
    said = list(_WORD.finditer(text))
    found += [match.span("number") for match in _SAID.finditer(text)] if said else []
    if _any_form(region, has_word=bool(said)).search(text):
        for pattern, kind in _patterns(region, has_word=bool(said)):
            found += [match.span() for match in pattern.finditer(text) if _is_one(match, kind, said, region)]
    yield from ((start, end, "id") for start, end in _apart(found))


@cache
def _patterns(region: str | None, *, has_word: bool) -> tuple[tuple[re.Pattern[str], _Kind], ...]:
    grouped = [kind for kind in _GROUPED if has_word or kind.country == region]
    bare = [kind for kind in _BARE if has_word and kind.country == region]
    return tuple((re.compile(_ALONE.format(kind.pattern)), kind) for kind in (*_DISTINCT, *grouped, *bare))


@cache
def _any_form(region: str | None, *, has_word: bool) -> re.Pattern[str]:
    """Return one pattern that finds something wherever any of the others does."""
    return re.compile("|".join(f"(?:{without_references(kind.pattern)})" for _, kind in _patterns(region, has_word=has_word)))


def without_references(form: str) -> str:
    """Return a form without group names, references to them and what is looked for ahead; it matches more than the form."""
    separator = re.search(r"\(\?P<s>([^)]*)\)", form)
    repeated = form.replace("(?P=s)", separator[1] if separator else "")
    return re.sub(r"^\(\?![^)]*\)", "", repeated.replace("(?P<s>", "(?:"))


def _is_one(match: re.Match[str], kind: _Kind, said: list[re.Match[str]], region: str | None) -> bool:
    if not _is_valid(kind.module)(match[0]):
        return False
    is_near = any(word.start() < match.end() + _NEAR and word.end() > match.start() - _NEAR for word in said)
    if kind in _DISTINCT:
        return True
    return is_near if kind in _BARE else is_near or kind.country == region


@cache
def _is_valid(module: str) -> Callable[[str], bool]:
    is_valid: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
    if module.startswith("us."):  # knows no other dash
        return lambda text: is_valid(re.sub(r"\D", "", text))
    if module in ("de.idnr", "fr.nir"):
        return lambda text: is_valid(re.sub(r"[ .-]", "", text).upper())
    return lambda text: is_valid(text.upper())


def _apart(found: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans in order, one for those that overlap."""
    start, end = -1, -1
    for first, last in sorted(found):
        if first < end:
            end = max(end, last)
            continue
        if end > 0:
            yield start, end
        start, end = first, last
    if end > 0:
        yield start, end
