"""A row's own customer's name, whole and in its parts, as people write it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from tasks.masking.plain import Span, fold

_SHORTEST = 3
_ATOM = re.compile(r"[^\W_]+")
_BETWEEN = re.compile(r"[\s.,'_()-]{1,3}")
_SPACES_BETWEEN_WORDS = re.compile("[a-z\u0370-\u052f]")  # scripts of which the plain text has small letters
_NO_NAMES = frozenset(
    (
        "mrs",
        "miss",
        "sir",
        "prof",
        "monsieur",
        "madame",
        "herr",
        "frau",
        "senor",
        "senora",
        "junior",
        "senior",
        "iii",
        "the",
        "and",
        "for",
        "von",
        "van",
        "der",
        "den",
        "del",
        "dos",
        "las",
        "los",
        "ltd",
        "inc",
        "llc",
        "gmbh",
        "company",
        "limited",
    )
)
UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
_UMLAUTS = str.maketrans(UMLAUTS)
_WRITTEN_OUT = re.compile("(?<=[aou])e")


@dataclass(frozen=True)
class _Name:
    """A name as it may be met: words that are masked wherever they stand, the whole in order, words masked beside others."""

    alone: frozenset[str]
    whole: tuple[str, ...]
    beside: frozenset[str]


def may_hold(text: str, words: str) -> bool:
    """Return whether a plain text may hold a name, given by its words in plain letters: one of the longer, or the first of short ones."""
    parts = words.split()
    longer = False
    for word in parts:
        if len(word) >= _SHORTEST:
            longer = True
            if word in text:
                return True
    return not longer and bool(parts) and parts[0] in text


def find_names(text: str, name: str) -> Iterator[Span]:
    """Yield where the name stands in a plain text: whole, in parts of three letters and more, with initials beside them.

    Words are compared, not patterns: a pattern a customer would cost more than all the rest of the masking.
    """
    known = _known(name)
    if known.whole and not _SPACES_BETWEEN_WORDS.search("".join(known.whole)):
        yield from ((match.start(), match.end(), "name") for match in re.finditer(re.escape("".join(known.whole)), text))
        return
    atoms = list(_ATOM.finditer(text))
    is_joined = [_BETWEEN.fullmatch(text, one.end(), other.start()) is not None for one, other in pairwise(atoms)]
    is_name = _flags(atoms, is_joined, known)
    yield from _spans(text, atoms, is_joined, _with_neighbours(text, atoms, is_joined, is_name, known))


def _flags(atoms: list[re.Match[str]], is_joined: list[bool], known: _Name) -> list[bool]:
    words, length = [atom[0] for atom in atoms], len(known.whole)
    is_name = [word in known.alone for word in words]
    if not length or (known.alone and length == 1):
        return is_name
    for first in range(len(words) - length + 1):
        if tuple(words[first : first + length]) == known.whole and all(is_joined[first : first + length - 1]):
            is_name[first : first + length] = [True] * length
    return is_name


def _with_neighbours(text: str, atoms: list[re.Match[str]], is_joined: list[bool], is_name: list[bool], known: _Name) -> list[bool]:
    """Return the flags with short parts and initials that stand directly beside a part: before it, or after it with a sign."""
    flags = list(is_name)
    for number in reversed(range(len(atoms) - 1)):
        flags[number] |= flags[number + 1] and is_joined[number] and atoms[number][0] in known.beside
    for number in range(1, len(atoms)):
        here, before = atoms[number], atoms[number - 1]
        has_sign = len(here[0]) > 1 or "," in text[before.end() : here.start()] or text[here.end() : here.end() + 1] == "."
        flags[number] |= flags[number - 1] and is_joined[number - 1] and has_sign and here[0] in known.beside
    return flags


def _spans(text: str, atoms: list[re.Match[str]], is_joined: list[bool], is_name: list[bool]) -> Iterator[Span]:
    number = 0
    while number < len(atoms):
        if not is_name[number]:
            number += 1
            continue
        start = atoms[number].start()
        while number + 1 < len(atoms) and is_joined[number] and is_name[number + 1]:
            number += 1
        end = atoms[number].end()
        is_possessive = number + 1 < len(atoms) and atoms[number + 1][0] == "s" and text[end : end + 2] == "'s"
        yield start, end + 2 * is_possessive, "name"
        number += 1 + is_possessive


@lru_cache(maxsize=100_000)
def _known(name: str) -> _Name:
    whole = tuple(_ATOM.findall(fold(name)))
    closed_up = {"".join(_ATOM.findall(word)) for word in fold(name).split()}  # O'Brien as OBrien
    words = closed_up | {word for form in _spellings(name) for word in _ATOM.findall(form)}
    letters = [word[0] for word in whole]
    beside = words | set(letters) | {"".join(letters[:-1]), "".join(letters)}
    return _Name(frozenset(word for word in words if len(word) >= _SHORTEST and word not in _NO_NAMES), whole, frozenset(beside))


def _spellings(name: str) -> set[str]:
    """Return the name in plain letters: umlauts as a, o, u and as ae, oe, ue."""
    plain = fold(name)
    return {plain, fold(name.lower().translate(_UMLAUTS)), _WRITTEN_OUT.sub("", plain)}
