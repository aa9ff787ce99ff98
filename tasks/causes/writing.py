"""How words are written: the capitals that a phrase has, and which words are persons' names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from tasks.causes.phrases import SENTENCE_END
from tasks.causes.vocabulary import GIVEN_NAMES

NAME_SHARE = 0.5  # of a word's uses follow a title, an initial or a given name: then it is a name too
ACRONYM_LETTERS = 5  # a longer word in capitals is shouted
CAPITALS_BELOW = 0.5  # of a sentence's longer words after the first; where there are more, as in a title, a capital says nothing
LETTERS_AT_LEAST = 4  # of the words that are counted for it: titles leave "of" and "the" small

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TITLE = r"(?:[Mm](?:rs?|s|iss|adam|onsieur|adame)|MRS?|MS|[Dd]r|DR|[Pp]rof|[Ss]ir|[Hh]err|[Ff]rau|[Ss]eñora?)\.?"
_INITIAL = r"(?:[B-DF-HJ-MO-RT-VX-Z]\.?)"  # no "A", "I" or point of the compass
_NAME = re.compile(rf"(?<!\w)(?:{_TITLE}|{_INITIAL}|([A-Z][a-z]+))\s+(?=([A-Z][\w’'-]+))")


def persons(texts: Iterable[str]) -> frozenset[str]:
    """Return words, in lower case, that are nearly always persons' names: after a title, an initial or a given name."""
    named: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for text in texts:
        words = [word.lower() for word in _WORD.findall(text)]
        used.update(words)
        named.update(second.lower() for first, second in _NAME.findall(text) if not first or first.lower() in GIVEN_NAMES)
    return frozenset(word for word, uses in named.items() if uses >= NAME_SHARE * used[word]) | GIVEN_NAMES


def as_written(phrase: str, texts: Sequence[str]) -> str:
    """Return a phrase of lower-case words as most of the texts write it: with hyphens, proper names and acronyms.

    A capital counts where it stands in a sentence that is not all in capitals: `FCRA notice`, `credit report`.
    """
    pattern = re.compile(
        r"(?<!\w)" + r"[\s-]+".join(re.escape(word).replace("'", "['’]") for word in phrase.split()) + r"(?!\w)", re.IGNORECASE
    )
    forms: Counter[str] = Counter()
    capitals: Counter[tuple[int, str]] = Counter()
    for text in texts:
        if found := pattern.search(text):
            forms[re.sub(r"\s+", " ", found[0].lower().replace("’", "'"))] += 1
            capitals.update(_telling_forms(text, found))
    form = min(forms, key=lambda form: (-forms[form], form), default=phrase)
    return "".join(_cased(part, number, capitals) for number, part in enumerate(re.split(r"([\s-])", form)))


def _telling_forms(text: str, found: re.Match[str]) -> list[tuple[int, str]]:
    """Return the words of a match with their places, in small letters where their sentence's capitals say nothing."""
    start = max((end.end() for end in SENTENCE_END.finditer(text, 0, found.start() + 1)), default=0)
    sentence = SENTENCE_END.split(text[start:], maxsplit=1)[0]
    around = _WORD.findall(text[start : found.start()])[1:] + _WORD.findall(sentence[found.end() - start :])
    others = [word for word in around if len(word) >= LETTERS_AT_LEAST]
    is_title = sum(word[0].isupper() for word in others) >= CAPITALS_BELOW * len(others)
    is_shouted = sum(word.isupper() for word in (*others, *found[0].split())) > 1
    words = list(enumerate(re.split(r"([\s-]+)", found[0])))
    if is_title:
        return [(place, word if _is_acronym(word) and not is_shouted else word.lower()) for place, word in words]
    return words[1:] if found.start() == start else words


def _is_acronym(word: str) -> bool:
    return word.isupper() and len(word) <= ACRONYM_LETTERS


def _cased(word: str, place: int, capitals: Counter[tuple[int, str]]) -> str:
    forms = {form: uses for (number, form), uses in capitals.items() if number == place and form.lower() == word}
    form = min(forms, key=lambda form: (-forms[form], form), default=word)
    return form if _is_acronym(form) or not form.isupper() else word
