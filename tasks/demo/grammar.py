"""A small grammar that turns phrases with slots into customers' sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

FEWEST_WORDS = 8
MOST_WORDS = 60
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_TYPO_SHARE = 0.06
_LOWER_CASE_SHARE = 0.05
_SHORTEST_MISSPELT = 6

Slots = Mapping[str, tuple[str, ...]]
T = TypeVar("T")


@dataclass(frozen=True)
class Voice:
    """What customers say about one matter.

    core: sentences that name the matter; detail and effect: sentences that may follow; slots: words to fill in.
    In a phrase "[a|b]" is one of the alternatives, which may be empty, and "{slot}" one of the slot's words.
    """

    core: tuple[str, ...]
    detail: tuple[str, ...] = ()
    effect: tuple[str, ...] = ()
    slots: Slots = field(default_factory=dict)


def expand(phrase: str, words: Mapping[str, str], rng: np.random.Generator) -> str:
    """Return the phrase with every choice made and each slot's word filled in; KeyError where a slot has none."""
    while match := _CHOICE.search(phrase):
        phrase = phrase[: match.start()] + pick(match[1].split("|"), rng) + phrase[match.end() :]
    return " ".join(phrase.format_map(words).split())


def pick(options: Sequence[T], rng: np.random.Generator) -> T:
    """Return one of the options, each as likely as the others."""
    return options[int(rng.random() * len(options))]  # far quicker than drawing an integer


def speak(voice: Voice, common: Voice, rng: np.random.Generator) -> str:
    """Return what one customer says: 8 to 60 words, the voice's own sentences amid those common to all.

    `common.core` holds openings, `common.effect` closings. A slot keeps its word throughout a text.
    """
    words = {slot: pick(options, rng) for slot, options in {**common.slots, **voice.slots}.items()}
    sentences = [_sentence(expand(part, words, rng)) for part in _sentences(voice, common, rng)]
    while len(sentences) > 1 and _words(sentences) > MOST_WORDS:
        sentences.pop()
    while _words(sentences) < FEWEST_WORDS:
        sentences.append(_sentence(expand(pick(voice.detail or voice.effect or common.effect, rng), words, rng)))
    return " ".join(sentences)


def hurry(text: str, rng: np.random.Generator) -> str:
    """Return the text as typed by some: now and then with a misspelt word or without capitals."""
    if rng.random() < _TYPO_SHARE:
        text = _misspell(text, rng)
    return text.lower() if rng.random() < _LOWER_CASE_SHARE else text


def _sentences(voice: Voice, common: Voice, rng: np.random.Generator) -> list[str]:
    """Return the phrases of one text in order; a longer text says more of each kind."""
    opening, detail, effect, closing = rng.random(4) < (0.3, 0.6, 0.5, 0.35)
    parts = [pick(common.core, rng)] if opening and common.core else []
    parts.append(pick(voice.core, rng))
    parts += [pick(voice.detail, rng)] if detail and voice.detail else []
    parts += [pick(voice.effect, rng)] if effect and voice.effect else []
    return parts + ([pick(common.effect, rng)] if closing and common.effect else [])


def _sentence(text: str) -> str:
    end = "" if text[-1] in ".!?" else "."
    return text[0].upper() + text[1:] + end


def _words(sentences: list[str]) -> int:
    return sum(len(sentence.split()) for sentence in sentences)


def _misspell(text: str, rng: np.random.Generator) -> str:
    """Swap or drop a letter inside one longer word."""
    words = text.split(" ")
    long = [index for index, word in enumerate(words) if len(word) >= _SHORTEST_MISSPELT and word.isalpha()]
    if not long:
        return text
    index = pick(long, rng)
    word, at = words[index], int(rng.integers(1, len(words[index]) - 2))
    middle = word[at + 1] + word[at] if rng.random() < 0.5 else word[at]
    words[index] = word[:at] + middle + word[at + 2 :]
    return " ".join(words)
