"""Labels of causes and themes: two to five words that a manager understands, none twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from tasks.causes.graph import unit_rows
from tasks.causes.naming import Encode, Floats, candidates
from tasks.causes.phrases import Indices, Phrases
from tasks.causes.profiles import profiles
from tasks.causes.texts import readable
from tasks.causes.vocabulary import is_telling, sense, stem
from tasks.causes.writing import as_written, persons

WORDS_OF_THEME = 3
WORDS_TRIED = 4
NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def cause_labels(
    phrases: Phrases, texts: Sequence[str], centres: Floats, encode: Encode, earlier: Mapping[int, str], taken: Collection[str]
) -> tuple[str, ...]:
    """Return a label for each cluster, of two to five words, none twice and no new one that is `taken`.

    `phrases` are those of the unique `texts` (phrases.count_phrases), `centres` the clusters' unit rows in the space of `encode`.
    An `earlier` label, by cluster, is kept while it is apt. A phrase names the cluster for which it scores most
    (naming.candidates), and what says the same in another form names no second one. Where no phrase is left, the label is
    two distinctive words, `Mentions of` one, or `Mixed remarks`.
    """
    words = profiles(phrases)
    kept = {cluster: label for cluster, label in earlier.items() if is_apt(label, words[cluster])}
    cluster_of = phrases.sample.cluster
    read = [[readable(texts[row]) for row in phrases.sample.rows[cluster_of == cluster].tolist()] for cluster in range(len(phrases.sizes))]
    return _labels(phrases, read, centres, encode, kept, taken)


def theme_labels(
    phrases: Phrases, theme_of: Indices, texts: Sequence[str], centres: Floats, encode: Encode, causes: Sequence[str]
) -> tuple[str, ...]:
    """Return a label for each theme, none twice: the only cause's where it has one, otherwise a phrase of up to WORDS_OF_THEME words.

    `theme_of` is the theme of each cluster, and `causes` are the clusters' labels: a theme that is best named by what names a cause
    is called that `and related`. All else is as in cause_labels.
    """
    by_theme = phrases.chosen(phrases.words <= WORDS_OF_THEME).by_theme(theme_of)
    members = [np.flatnonzero(theme_of == theme) for theme in range(len(by_theme.sizes))]
    alone = {theme: causes[places[0]] for theme, places in enumerate(members) if len(places) == 1}
    of_text = theme_of[phrases.sample.cluster]
    read = [[readable(texts[row]) for row in phrases.sample.rows[of_text == theme].tolist()] for theme in range(len(members))]
    middles = [phrases.sizes[places] @ centres[places] for places in members]
    labels = _labels(by_theme, read, unit_rows(np.array(middles, dtype=np.float32).reshape(-1, centres.shape[1])), encode, alone, ())
    names_cause = {mark for label in causes for mark in _marks(label)}
    return tuple(
        label if theme in alone or names_cause.isdisjoint(_marks(label)) else f"{label} and related" for theme, label in enumerate(labels)
    )


def is_apt(label: str, profile: Mapping[str, float]) -> bool:
    """Return whether most of an earlier label's telling words still set the cause apart."""
    telling = [word for word in label.lower().split() if is_telling(word)]
    return 2 * sum(word in profile for word in telling) > len(telling)


def _labels(
    phrases: Phrases, read: Sequence[Sequence[str]], centres: Floats, encode: Encode, kept: Mapping[int, str], taken: Collection[str]
) -> tuple[str, ...]:
    """Return a label for each group of texts: the one `kept`, otherwise one that is not `taken`; `read` are its texts of the sample."""
    labels = dict(kept)
    used = {mark for label in (*kept.values(), *taken) for mark in _marks(label)}
    people = persons(text for texts in read for text in texts)
    for one in candidates(phrases, centres, encode, people):
        if one.cluster not in labels and used.isdisjoint(_marks(one.phrase)):
            labels[one.cluster] = _sentence_case(as_written(one.phrase, read[one.cluster]))
            used |= _marks(one.phrase)
    for cluster, profile in enumerate(profiles(phrases)):
        if cluster not in labels:
            labels[cluster] = next(label for label in _fallbacks(profile, people) if label.casefold() not in used)
            used |= _marks(labels[cluster])
    return tuple(labels[cluster] for cluster in range(len(phrases.sizes)))


def _marks(label: str) -> set[str]:
    """Return what a second label must not share: the words, and what they say in any form."""
    return {label.casefold(), sense(label.lower()) or label.casefold()}


def _fallbacks(profile: Mapping[str, float], people: Collection[str]) -> Iterator[str]:
    """Yield labels for a cluster without a phrase, without end."""
    leading = [word for word in profile if word not in people][:WORDS_TRIED]
    yield from (_sentence_case(f"{first}, {second}") for first, second in combinations(leading, 2) if stem(first) != stem(second))
    yield from (f"Mentions of {word}" for word in leading)
    yield "Mixed remarks"
    numbers: list[tuple[str, ...]] = [()]
    while True:
        numbers = [(*number, digit) for number in numbers for digit in NUMBERS]
        yield from ("Mixed remarks, group " + " ".join(number) for number in numbers)


def _sentence_case(phrase: str) -> str:
    return phrase[:1].upper() + phrase[1:]
