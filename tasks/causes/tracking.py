"""Causes recognised from quarter to quarter by the words that set them apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from tasks.results import CauseModel, CauseProfile

ENGINE = "tfidf-leiden-1"
COSINE_AT_LEAST = 0.5  # on real quarters all matches above it were right, and nearly all right ones are above it
RESEMBLING_COSINE = 0.2  # a cause that has merged into another still resembles it this much


def match(profiles: Sequence[Mapping[str, float]], model: CauseModel | None) -> dict[int, CauseProfile]:
    """Return the earlier cause that each cluster continues, by the cluster's place in `profiles`.

    One to one, with the greatest sum of cosines of word profiles (Kuhn-Munkres); pairs whose cosine is
    below COSINE_AT_LEAST are no match. Causes of all earlier quarters take part, also those gone for a while.
    """
    earlier = model.causes if model else ()
    cosines = np.array([[cosine(terms, cause.terms) for cause in earlier] for terms in profiles]).reshape(len(profiles), len(earlier))
    likely = np.where(cosines >= COSINE_AT_LEAST, cosines, 0)
    rows, columns = linear_sum_assignment(likely, maximize=True)
    return {int(row): earlier[column] for row, column in zip(rows, columns, strict=True) if likely[row, column] > 0}


def cosine(terms: Mapping[str, float], others: Mapping[str, float]) -> float:
    """Return the cosine of two word profiles, each of length 1."""
    return sum(weight * others.get(word, 0.0) for word, weight in terms.items())


def resembles(cause: CauseProfile, other: CauseProfile) -> bool:
    """Return whether the one might have merged into the other."""
    return cosine(cause.terms, other.terms) >= RESEMBLING_COSINE


def new_ids(cycle: str, count: int, model: CauseModel | None) -> list[str]:
    """Return `count` ids of causes first seen in `cycle` that the model does not hold."""
    taken = [int(cause.id.rpartition("-")[2]) for cause in (model.causes if model else ()) if cause.first_seen == cycle]
    start = max(taken, default=0) + 1
    return [f"{cycle}-{number:02d}" for number in range(start, start + count)]


def updated(model: CauseModel | None, cycle: str, causes: Iterable[CauseProfile]) -> CauseModel:
    """Return the model after `cycle`: its causes, and the earlier ones that were not seen in it, by id."""
    known = {cause.id: cause for cause in (*(model.causes if model else ()), *causes)}
    return CauseModel(version=ENGINE, cycle=cycle, causes=tuple(known[name] for name in sorted(known)))
