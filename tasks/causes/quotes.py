"""Customers' own words for a cause: central to it, different from one another, in whole sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np

from tasks.causes.texts import is_redaction, plain
from tasks.causes.vectors import Floats

QUOTES = 3
CHARACTERS = 300
WORDS_AT_LEAST = 6  # shorter texts are quoted only where there is nothing longer
CANDIDATES = 40
SAME_COSINE = 0.9  # texts more alike than this are a form letter to a reader
SPREAD = 0.5  # how much likeness to a quote already chosen counts against being central

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def choose(points: Floats, centre: Floats, texts: Sequence[str], customers: Sequence[str]) -> list[int]:
    """Return the positions of up to QUOTES texts: near the centre, unlike one another, of different customers.

    Maximal marginal relevance (Carbonell and Goldstein 1998). `points` holds a row of length 1 for each text.
    """
    central = points @ centre
    is_short = np.array([len(text.split()) < WORDS_AT_LEAST for text in texts], dtype=bool)
    candidates = list(np.lexsort((-central, is_short))[:CANDIDATES])
    chosen: list[int] = []
    while candidates and len(chosen) < QUOTES:
        likeness = (points[candidates] @ points[chosen].T).max(axis=1, initial=0)
        scores = central[candidates] - SPREAD * likeness - is_short[candidates]
        chosen.append(int(candidates[int(np.argmax(scores))]))
        candidates = [
            row for row in candidates if customers[row] != customers[chosen[-1]] and points[row] @ points[chosen[-1]] < SAME_COSINE
        ]
    return chosen


def excerpt(text: str, terms: Mapping[str, float]) -> str:
    """Return the whole sentences, up to CHARACTERS, that say most of `terms` (weights by word); earlier ones at a tie.

    An ellipsis stands where something was left out. A sentence that is too long is cut between words.
    """
    sentences = _SENTENCE_END.split(plain(text))
    weights = [_told(sentence, terms) for sentence in sentences]
    start, end = max(_windows(sentences), key=lambda window: (sum(weights[slice(*window)]), -window[0]))
    quoted = _cut(" ".join(sentences[start:end]))
    lead = "… " if start > 0 else ""
    tail = " …" if end < len(sentences) and not quoted.endswith("…") else ""
    return lead + quoted + tail


def _told(sentence: str, terms: Mapping[str, float]) -> float:
    """Return the weight of the sentence's words, less where much of it is blacked out."""
    words = [word.lower() for word in _WORD.findall(sentence)]
    readable = sum(not is_redaction(word) for word in words) / max(len(words), 1)
    return readable**2 * sum(terms.get(word, 0.0) for word in dict.fromkeys(words))


def _windows(sentences: Sequence[str]) -> list[tuple[int, int]]:
    """Return start and end of the longest run of sentences from each start that fits, at least one sentence long."""
    ends = [0, *accumulate(len(sentence) + 1 for sentence in sentences)]
    fits = np.searchsorted(ends, np.array(ends[:-1]) + CHARACTERS + 1, side="right") - 1
    return [(start, max(int(end), start + 1)) for start, end in enumerate(fits)]


def _cut(text: str) -> str:
    """Return the text, cut between words after at most CHARACTERS where it is longer."""
    if len(text) <= CHARACTERS:
        return text
    head = text[: CHARACTERS + 1].rsplit(" ", 1)[0][:CHARACTERS]
    return head.rstrip(" ,;:-") + "…"
