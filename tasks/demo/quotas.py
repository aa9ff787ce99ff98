"""Choosing by fixed counts, so that a planted share is there exactly and not by chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


def choose(eligible: Mask, count: int, rng: np.random.Generator, forced: Mask | None = None) -> Mask:
    """Return which of the eligible are chosen: exactly `count` of them, all that are forced among these.

    Raises ValueError where that is impossible: it would make a planted truth false.
    """
    certain = np.zeros_like(eligible) if forced is None else eligible & forced
    free = np.flatnonzero(eligible & ~certain)
    missing = count - int(certain.sum())
    if not 0 <= missing <= free.size:
        raise ValueError(f"cannot choose {count} of {int(eligible.sum())} with {int(certain.sum())} of them forced")
    chosen = certain.copy()
    chosen[rng.choice(free, size=missing, replace=False)] = True
    return chosen


def choose_share(eligible: Mask, share: float, rng: np.random.Generator, forced: Mask | None = None) -> Mask:
    """Return the same for the count nearest to a share, 0 to 1, of the eligible."""
    return choose(eligible, round(share * int(eligible.sum())), rng, forced)
