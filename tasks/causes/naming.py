"""Which phrases could name a cluster, best first: those that customers wrote, that set it apart, and that mean what it is about."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse

from tasks.causes.phrases import Doubles, Indices, Phrases
from tasks.causes.profiles import distinctness
from tasks.causes.vocabulary import INNER, NEGATIONS, TROUBLE, is_telling, sense, stem

Floats = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]

SAYS_AT_LEAST = 2  # words of a label tell something, a negation among them
SHORTLIST = 8  # phrases of each length, for each cluster, that the encoder reads
PLAIN = 0.1  # of the most telling word's distinctness: what a word has at least that stands beside one
RARE_COVER = 0.04  # of the cluster's records use every telling word of a label, or it would speak of too few of them
COMMON_COVER = 0.1  # and where fewer than this do, it counts less
# how much counts beside distinctness, found by reading labels of three real data sets
EDGE_FLOOR = 0.05
LEAD_FLOOR, LEAD_POWER = 0.2, 0.7
USUAL_POWER = 0.3
INFINITIVE = 0.6  # "card to arrive" is a piece of a sentence more often than not
TROUBLE_SAID = 1.4  # a manager learns more from "wrong amount of cash" than from "cash from the machine"
CLOSENESS_POWER = 3
COSINE_FLOOR = 0.01
TEMPERATURE = 0.05  # of cosines, between a cluster and its rivals


@dataclass(frozen=True)
class Candidate:
    """A phrase that could name a cluster; they sort best first."""

    lack: float  # minus its score
    phrase: str
    cluster: int


@dataclass(frozen=True)
class _Pool:
    """Phrases that have the form of a label, and single words; arrays have an entry a phrase."""

    phrases: Phrases
    weight: sparse.csr_array  # clusters × phrases, distinctness
    word_cover: sparse.csr_array  # clusters × words
    word_weight: sparse.csr_array  # clusters × words, distinctness
    telling: sparse.csr_array  # phrases × words: 1 for each telling word
    sense: Indices  # equal for phrases that say the same in other forms
    shape: Doubles


def candidates(phrases: Phrases, centres: Floats, encode: Encode, shut_out: Container[str]) -> list[Candidate]:
    """Return the phrases that could name each cluster, those of all clusters together by score, best first.

    `centres` are the clusters', unit rows in the space of `encode`; a phrase with a word that is `shut_out` names none.

        score = n · √(w · v) · common · √(b · e) · lead · trouble · usual · cos³ · p

    w: the distinctness of the phrase (profiles.distinctness) and of its other forms; v: the geometric mean of its telling words';
    common: the cover of the rarest of them over COMMON_COVER, at most 1, and 0 below RARE_COVER; n: how many they are, a negation
    among them; b and e: how often a phrase may end before it and begin after it; lead: how often it is said in the first sentence;
    trouble: whether it says what went wrong; usual: this form's part in w; cos: the cosine of the phrase's own vector with the centre
    (KeyBERT, Grootendorst 2020); p: the cluster's part in the sum of exp(cos / TEMPERATURE) over all clusters.
    """
    pool = _pool(phrases, shut_out)
    listed = [_shortlist(pool, cluster) for cluster in range(len(phrases.sizes))]
    spoken = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *(places for places, _ in listed)]))
    if len(spoken) == 0:
        return []
    cosines = np.asarray(encode(pool.phrases.names[spoken].tolist()) @ centres.T, dtype=np.float64)
    found = []
    for cluster, (places, scores) in enumerate(listed):
        fits = _fit(cosines[np.searchsorted(spoken, places)], cluster)
        names = pool.phrases.names[places].tolist()
        found += [Candidate(-round(score, 9), name, cluster) for name, score in zip(names, (scores * fits).tolist(), strict=True)]
    return sorted(found, key=lambda one: (one.lack, one.phrase, one.cluster))


def _fit(cosines: Doubles, cluster: int) -> Doubles:
    """Return how well phrases mean what the cluster is about, and no other; `cosines` are phrases × clusters."""
    own = cosines[:, cluster]
    part = 1 / np.exp((cosines - own[:, None]) / TEMPERATURE).sum(axis=1)
    return np.asarray(np.maximum(own, COSINE_FLOOR) ** CLOSENESS_POWER * part)


def _pool(phrases: Phrases, shut_out: Container[str]) -> _Pool:
    has_form = phrases.is_whole & (phrases.words > 1)
    has_form[has_form] = [_has_form(name.split(), shut_out) for name in phrases.names[has_form]]
    is_word = phrases.words == 1
    weight = distinctness(phrases)
    kept = phrases.chosen(has_form)
    senses = np.array([sense(name) for name in kept.names], dtype=object)
    return _Pool(
        phrases=kept,
        weight=weight[:, np.flatnonzero(has_form)],
        word_cover=phrases.cover[:, np.flatnonzero(is_word)],
        word_weight=weight[:, np.flatnonzero(is_word)],
        telling=_telling(kept.names, phrases.names[is_word]),
        sense=np.unique(senses, return_inverse=True)[1] if len(senses) else np.empty(0, dtype=np.int64),
        shape=_shape(kept),
    )


def _telling(names: Iterable[str], words: Sequence[str]) -> sparse.csr_array:
    """Return which telling words each phrase has, phrases × words; every part of a common phrase is common, and so among the words."""
    place = {word: number for number, word in enumerate(words)}
    found = [[place[word] for word in name.split() if is_telling(word)] for name in names]
    rows = np.repeat(np.arange(len(found)), [len(places) for places in found])
    columns = np.array([number for places in found for number in places], dtype=np.int64)
    return sparse.csr_array((np.ones(len(columns)), (rows, columns)), shape=(len(found), len(words)))


def _has_form(words: Sequence[str], shut_out: Container[str]) -> bool:
    """Return whether words that may begin and end a label can be one.

    Two of them say something, none is said twice, none inside is a word such as "you", and it is no piece of a question: "didn't my card".
    """
    if _says(words) < SAYS_AT_LEAST or len({stem(word) for word in words}) < len(words) or any(word in shut_out for word in words):
        return False
    is_question = words[0].endswith("t") and words[0] in NEGATIONS - {"not", "without"} and not is_telling(words[1])
    return not is_question and all(word in INNER or is_telling(word) for word in words)


def _says(words: Sequence[str]) -> int:
    """Return how many of the words tell something, a negation among them."""
    return sum(is_telling(word) or word in NEGATIONS for word in words)


def _shape(phrases: Phrases) -> Doubles:
    """Return n · √(b · e) · lead · trouble of each phrase, see candidates."""
    split = [name.split() for name in phrases.names]
    said = np.array([_says(words) for words in split], dtype=np.float64)
    limits = np.sqrt((phrases.opens + EDGE_FLOOR) * (phrases.closes + EDGE_FLOOR))
    is_infinitive = np.array([words[0] not in NEGATIONS and _is_infinitive(words) for words in split], dtype=bool)
    is_trouble = np.array([any(word in TROUBLE for word in words) for words in split], dtype=bool)
    leads = (LEAD_FLOOR + phrases.leads) ** LEAD_POWER
    return np.asarray(said * limits * leads * np.where(is_infinitive, INFINITIVE, 1.0) * np.where(is_trouble, TROUBLE_SAID, 1.0))


def _is_infinitive(words: Sequence[str]) -> bool:
    return any(word == "to" and is_telling(following) for word, following in pairwise(words))


def _shortlist(pool: _Pool, cluster: int) -> tuple[Indices, Doubles]:
    """Return the cluster's best phrases of each length, and their score without what they mean."""
    row = pool.weight[[cluster]]
    places, weight = row.indices.astype(np.int64), row.data
    if len(places) == 0:
        return places, weight
    senses, of_sense = np.unique(pool.sense[places], return_inverse=True)
    together = np.bincount(of_sense, weight, len(senses))[of_sense]
    scores = np.sqrt(together) * _of_words(pool, cluster, places) * pool.shape[places] * (weight / together) ** USUAL_POWER
    lengths = pool.phrases.words[places]
    best = np.lexsort((places, -scores, lengths))
    rank = np.arange(len(best)) - np.searchsorted(lengths[best], lengths[best])
    best = best[(rank < SHORTLIST) & (scores[best] > 0)]
    return places[best], scores[best]


def _of_words(pool: _Pool, cluster: int, places: Indices) -> Doubles:
    """Return √v · common of phrases in a cluster, see candidates."""
    telling = pool.telling[places]
    starts = telling.indptr[:-1]
    weight = pool.word_weight[[cluster]].toarray().ravel()
    plain = PLAIN * max(weight.max(), pool.weight[[cluster]].max())
    logarithms = np.log(np.maximum(weight, plain))[telling.indices]
    mean = np.add.reduceat(logarithms, starts) / np.diff(telling.indptr)
    rarest = np.minimum.reduceat(pool.word_cover[[cluster]].toarray().ravel()[telling.indices], starts)
    return np.asarray(np.exp(mean / 2) * np.minimum(rarest / COMMON_COVER, 1) * (rarest >= RARE_COVER))
