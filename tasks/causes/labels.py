"""Names for causes: a phrase that customers wrote and that sets the cause apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from tasks.causes.clusters import TextClusters
from tasks.causes.profiles import Usage, is_telling
from tasks.causes.texts import BREAK, is_redaction

WORDS_AT_MOST = 5
COVER_AT_LEAST = 0.08  # of the cause's records use a phrase that names it
PAIRS_TRIED = 10
WORDS_TRIED = 4
TEXTS_READ = 500  # to see what stands beside a phrase and how it is capitalised
LIFT_AT_LEAST = 1.5
PLAIN_WEIGHT = 0.1  # of the most telling word's
EXTENSION_SHARE = 0.75  # of the texts with a phrase go on with the same word: then it belongs to the phrase
EDGE_WEIGHT = 0.2  # of the weight of the phrase's better word: a word that tells less does not begin or end a longer label
SAME_STEM_LETTERS = 5
ACRONYM_LETTERS = 5  # a longer word in capitals is shouted
NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def choose_label(clusters: TextClusters, place: int, texts: Sequence[str], earlier: str | None, taken: Container[str]) -> str:
    """Return the label of cluster `place`: the `earlier` one while it is still apt, otherwise the best that is not `taken`.

    `texts` are what the cluster's customers wrote. A label is a phrase of two to WORDS_AT_MOST words where there is one.
    """
    if earlier is not None and is_apt(earlier, clusters.profiles[place]):
        return earlier
    return next(label for label in _candidates(clusters, place, texts[:TEXTS_READ]) if label not in taken)


def is_apt(label: str, profile: Mapping[str, float]) -> bool:
    """Return whether most of an earlier label's telling words still set the cause apart."""
    telling = [word for word in label.lower().split() if is_telling(word)]
    return 2 * sum(word in profile for word in telling) > len(telling)


def _candidates(clusters: TextClusters, place: int, texts: Sequence[str]) -> Iterator[str]:
    """Yield possible labels of the cluster, best first, without end.

    First phrases that are really in use, then pairs of distinctive words, one such word, and at last a label
    that says that there is nothing to say.
    """
    keys = [clusters.unique.keys[row] for row in np.flatnonzero(clusters.of_unique == place)[:TEXTS_READ]]
    weights = _distinctive(clusters.words, place)
    for pair in _leading_pairs(clusters, place, weights):
        yield _sentence_case(as_written(extend(pair, keys, weights), texts))
    profile = clusters.profiles[place]
    leading = sorted(profile, key=lambda word: (-weights.get(word, 0.0), -profile[word], word))[:WORDS_TRIED]
    for first, second in combinations(leading, 2):
        if first[:SAME_STEM_LETTERS] != second[:SAME_STEM_LETTERS]:
            yield _sentence_case(f"{as_written(first, texts)} and {as_written(second, texts)}")
    yield from (f"Mentions of {as_written(word, texts)}" for word in leading)
    yield from _mixed()


def _mixed() -> Iterator[str]:
    """Yield `Mixed remarks`, `Mixed remarks, group two`, … without end."""
    yield "Mixed remarks"
    numbers: list[tuple[str, ...]] = [()]
    while True:
        numbers = [(*number, digit) for number in numbers for digit in NUMBERS]
        yield from ("Mixed remarks, group " + " ".join(number) for number in numbers)


def _distinctive(words: Usage, place: int) -> dict[str, float]:
    """Return the weights of the words that are at least LIFT_AT_LEAST times as common in the cluster as in all texts."""
    is_common = words.weight[place] >= np.log(LIFT_AT_LEAST) * words.cover[place]
    return {str(words.names[index]): float(words.weight[place, index]) for index in np.flatnonzero(is_common & (words.cover[place] > 0))}


def _leading_pairs(clusters: TextClusters, place: int, weights: Mapping[str, float]) -> list[str]:
    """Return the cluster's best pairs of neighbouring words, best first.

    A pair scores its own weight (profiles.usage) times the geometric mean of its words': the words say what the
    cause is about, which the few records with a rare pair could not. A plain word may go with a telling one.
    """
    pairs = clusters.pairs
    is_common = (pairs.cover[place] >= COVER_AT_LEAST) & (pairs.weight[place] > 0)
    plain = PLAIN_WEIGHT * max(weights.values(), default=0.0)
    scored = []
    for index in np.flatnonzero(is_common):
        name = str(pairs.names[index])
        of_words = [weights.get(word, 0.0) for word in name.split()]
        if any(of_words):
            scored.append((-pairs.weight[place, index] * np.prod(np.maximum(of_words, plain)) ** 0.5, name))
    return [name for _, name in sorted(scored)[:PAIRS_TRIED]]


def extend(pair: str, keys: Sequence[str], weights: Mapping[str, float]) -> str:
    """Return the pair, longer by words that nearly always stand beside it in the keys, up to WORDS_AT_MOST words.

    `weights` says how much each telling word sets the cause apart: the first and last words of a label must.
    """
    edge_weight = EDGE_WEIGHT * max(weights.get(word, 0.0) for word in pair.split())
    best = phrase = pair
    while len(phrase.split()) < WORDS_AT_MOST:
        longer = _longer(phrase, keys)
        if longer is None:
            break
        phrase = longer
        if all(weights.get(word, 0.0) >= edge_weight for word in (phrase.split()[0], phrase.split()[-1])):
            best = phrase
    return best


def _longer(phrase: str, keys: Sequence[str]) -> str | None:
    """Return the phrase with the word before or after it that EXTENSION_SHARE of the keys with the phrase have there."""
    around = [parts for key in keys if (parts := f" {key} ".partition(f" {phrase} "))[1]]
    beside = Counter((word, f"{word} {phrase}") for left, _, _ in around for word in left.split()[-1:])
    beside.update((word, f"{phrase} {word}") for _, _, right in around for word in right.split()[:1])
    shut_out = {BREAK, *phrase.split()}
    usable = {longer: uses for (word, longer), uses in beside.items() if word not in shut_out and not is_redaction(word)}
    best = min(usable, key=lambda longer: (-usable[longer], longer), default=None)
    return best if best and usable[best] >= EXTENSION_SHARE * len(around) else None


def as_written(phrase: str, texts: Sequence[str]) -> str:
    """Return the phrase in the capitals that most of the texts use, such as `FCRA` or `credit report`."""
    pattern = re.compile(r"(?<!\w)" + r"[\s-]+".join(map(re.escape, phrase.split())) + r"(?!\w)", re.IGNORECASE)
    forms = Counter(" ".join(re.split(r"[\s-]+", found[0])) for text in texts if (found := pattern.search(text)))
    form = min(forms, key=lambda form: (-forms[form], form), default=phrase)
    return " ".join(word.lower() if word.isupper() and len(word) > ACRONYM_LETTERS else word for word in form.split())


def _sentence_case(phrase: str) -> str:
    return phrase[:1].upper() + phrase[1:]
