"""Customers' own words for a cause: central to it, different from one another, in whole sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from tasks.causes.graph import Floats, Indices
from tasks.causes.phrases import SENTENCE_END
from tasks.causes.texts import BREAK, is_redaction, plain, words_key

QUOTES, QUOTES_AT_MOST = 3, 5
CHARACTERS = 300
WORDS_AT_LEAST = 6  # shorter texts are quoted only where there is nothing longer
CANDIDATES = 200
SAME_COSINE = 0.9  # texts more alike than this say the same to a reader
LIKE_COSINE = 0.7  # and those less alike than this are no form letter
SAME_WORDS = 0.6  # Jaccard similarity of two texts' pairs of neighbouring words, from which they are one form letter
CHARACTERS_COMPARED = 1_000
SPREAD = 0.5  # how much likeness to a quote already chosen counts against being central

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def choose(points: Floats, centre: Floats, texts: Sequence[str], customers: Sequence[str]) -> list[int]:
    """Return the positions of three to five texts, or fewer: near the centre, unlike one another, of different customers.

    Maximal marginal relevance (Carbonell and Goldstein 1998). After QUOTES of them a text is added only if it is nearer to the centre
    than to all those chosen: it tells of something that they leave out. `points` holds a row of length 1 for each text.
    """
    central = points @ centre
    is_short = np.array([len(text.split()) < WORDS_AT_LEAST for text in texts], dtype=bool)
    candidates = np.lexsort((-central, is_short))[:CANDIDATES]
    likeness = np.zeros(len(points), dtype=np.float32)
    chosen: list[int] = []
    while len(candidates) and len(chosen) < QUOTES_AT_MOST:
        scores = central[candidates] - SPREAD * likeness[candidates] - is_short[candidates]
        last = int(candidates[int(np.argmax(scores))])
        chosen.append(last)
        likeness = np.maximum(likeness, points @ points[last])
        same = alike(points[candidates], [texts[row] for row in candidates], points[last], texts[last])
        is_other = np.array([customers[row] != customers[last] for row in candidates.tolist()], dtype=bool)
        candidates = candidates[is_other & ~same & (likeness[candidates] < SAME_COSINE)]
        if len(chosen) >= QUOTES:
            candidates = candidates[likeness[candidates] < central[candidates]]
    return chosen


def said_by(points: Floats, texts: Sequence[str], records: Indices, chosen: Sequence[int]) -> list[int]:
    """Return how many records say nearly the same, word for word, as each of the chosen texts, itself among them.

    `records` counts the records of each text.
    """
    return [int(records[alike(points, texts, points[row], texts[row])].sum()) for row in chosen]


def alike(points: Floats, texts: Sequence[str], point: Floats, text: str) -> npt.NDArray[np.bool_]:
    """Return which texts are the same form letter as `text`: most of their pairs of neighbouring words are the same (Broder 1997).

    Numbers, redactions and what was masked make no difference; the first CHARACTERS_COMPARED characters are compared.
    """
    said = _pairs(text)
    found = np.zeros(len(texts), dtype=bool)
    for row in np.flatnonzero(points @ point >= LIKE_COSINE).tolist():
        others = _pairs(texts[row])
        found[row] = len(said & others) >= SAME_WORDS * len(said | others)
    return found


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    words = [word for word in words_key(text[:CHARACTERS_COMPARED]).split() if word != BREAK and not is_redaction(word)]
    return frozenset(pairwise([*words, ""]))


def excerpt(text: str, terms: Mapping[str, float]) -> str:
    """Return the whole sentences, up to CHARACTERS, that say most of `terms` (weights by word); earlier ones at a tie.

    An ellipsis stands where something was left out. A sentence that is too long is cut between words.
    """
    sentences = SENTENCE_END.split(plain(text))
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
