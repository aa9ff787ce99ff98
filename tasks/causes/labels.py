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
COVER_AT_LEAST = 0.04  # of the cause's records, and three of them, use a phrase that names it
RECORDS_AT_LEAST = 3
PAIRS_TRIED = 10
WORDS_TRIED = 4
TEXTS_READ = 500  # to see how a phrase is capitalised
EXTENSION_COVER = 0.75  # of the records with a phrase go on with the same word: then it belongs to the phrase
SAME_STEM_LETTERS = 5
NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def choose_label(clusters: TextClusters, place: int, texts: Sequence[str], earlier: str | None, taken: Container[str]) -> str:
    """Return the label of the cluster: the `earlier` one while it is still apt, otherwise the best that is not `taken`.

    `texts` are what the cluster's customers wrote.
    """
    if earlier is not None and is_apt(earlier, clusters.profiles[place]):
        return earlier
    keys = [clusters.unique.keys[row] for row in np.flatnonzero(clusters.of_unique == place)]
    candidates = label_candidates(place, clusters.words, clusters.pairs, keys, texts[:TEXTS_READ])
    return next(label for label in candidates if label not in taken)


def label_candidates(cluster: int, words: Usage, pairs: Usage, keys: Sequence[str], texts: Sequence[str]) -> Iterator[str]:
    """Yield possible labels of the cluster, best first, without end.

    `keys` are the unique texts of the cluster (texts.words_key) and `texts` what their customers wrote. First
    phrases that are really in use, then pairs of distinctive words, one such word, and at last a label
    that says that there is nothing to say.
    """
    for pair in _leading_pairs(cluster, words, pairs):
        yield _sentence_case(as_written(extend(pair, keys), texts))
    leading = [str(words.names[index]) for index in np.lexsort((words.names, -words.weight[cluster]))[:WORDS_TRIED]]
    leading = [word for word in leading if words.weight[cluster][words.names == word].any()]
    for first, second in combinations(leading, 2):
        if first[:SAME_STEM_LETTERS] != second[:SAME_STEM_LETTERS]:
            yield _sentence_case(f"{as_written(first, texts)} and {as_written(second, texts)}")
    yield from (f"Mentions of {as_written(word, texts)}" for word in leading)
    yield "Mixed remarks"
    group = 0
    while True:
        yield "Mixed remarks, group " + " ".join(NUMBERS[digit] for digit in _digits(group))
        group += 1


def is_apt(label: str, profile: Mapping[str, float]) -> bool:
    """Return whether at least half of an earlier label's telling words still set the cause apart."""
    telling = [word for word in label.lower().split() if is_telling(word)]
    return 2 * sum(word in profile for word in telling) >= max(len(telling), 1)


def _digits(number: int) -> list[int]:
    """Return the digits of the number to the base of the number words."""
    more, last = divmod(number, len(NUMBERS))
    return [*(_digits(more - 1) if more else []), last]


def _leading_pairs(cluster: int, words: Usage, pairs: Usage) -> list[str]:
    """Return the cluster's best pairs of words, best first.

    A pair scores √cover times the weights of its words: the words say what the cause is about, which the few
    records with a rare pair could not, and the cover says how readily customers put it so.
    """
    weight_of = dict(zip(words.names, words.weight[cluster], strict=True))
    is_common = (pairs.records[cluster] >= RECORDS_AT_LEAST) & (pairs.cover[cluster] >= COVER_AT_LEAST)
    scored = []
    for index in np.flatnonzero(is_common & (pairs.weight[cluster] > 0)):
        first, second = pairs.names[index].split()
        if first != second:
            scored.append((-np.sqrt(pairs.cover[cluster, index]) * (weight_of[first] + weight_of[second]), pairs.names[index]))
    return [str(name) for _, name in sorted(scored)[:PAIRS_TRIED]]


def extend(pair: str, keys: Sequence[str]) -> str:
    """Return the pair, longer by words that nearly always stand beside it in the keys, up to WORDS_AT_MOST words."""
    best = phrase = pair
    while len(phrase.split()) < WORDS_AT_MOST:
        before, after, total = _beside(phrase, keys)
        options = [(uses, word, f"{word} {phrase}") for word, uses in before.items()]
        options += [(uses, word, f"{phrase} {word}") for word, uses in after.items()]
        uses, word, longer = max(options, default=(0, "", ""))
        if uses < EXTENSION_COVER * total or word in phrase.split():
            break
        phrase = longer
        if is_telling(phrase.split()[0]) and is_telling(phrase.split()[-1]):
            best = phrase
    return best


def _beside(phrase: str, keys: Sequence[str]) -> tuple[Counter[str], Counter[str], int]:
    """Return how many keys have each word before and after their first use of the phrase, and how many use it."""
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    using = [f" {key} ".partition(f" {phrase} ") for key in keys if phrase in key]
    using = [parts for parts in using if parts[1]]
    for left, _, right in using:
        before.update(left.split()[-1:])
        after.update(right.split()[:1])
    for side in (before, after):
        for word in [word for word in side if word == BREAK or is_redaction(word)]:
            del side[word]
    return before, after, len(using)


def as_written(phrase: str, texts: Sequence[str]) -> str:
    """Return the phrase in the capitals that most of the texts use, such as `FCRA` or `credit report`."""
    pattern = re.compile(r"\b" + r"\W+".join(map(re.escape, phrase.split())) + r"\b", re.IGNORECASE)
    forms = Counter(" ".join(found[0].split()) for text in texts for found in [pattern.search(text)] if found)
    exact = {form: uses for form, uses in forms.items() if form.lower() == phrase}
    return min(exact, key=lambda form: (-exact[form], form), default=phrase)


def _sentence_case(phrase: str) -> str:
    return phrase[:1].upper() + phrase[1:]
