"""Tests of counts in two quarters that say more of a cause than that it changed; they allow for the quarters' volume.

Sources: Przyborowski and Wilenski (1940), Biometrika 31, 313-323 (two Poisson counts); Mood (1950), Introduction to the Theory of
Statistics, section 16.4 (median test).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, bdtrc

from tasks.inference import equality_test

LEVEL = 0.05  # of the one-sided tests beside that of a change
FRACTION = 0.25  # of a share: below it a cause counts as not there


def fraction_test(met: npt.ArrayLike, n: npt.ArrayLike, other_met: npt.ArrayLike, other_n: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the one-sided p of the hypothesis that a share is at least FRACTION of another one; 1 where both counts are 0.

    Given their sum, the first of two Poisson counts is binomial (Przyborowski and Wilenski 1940); for shares it errs on the safe side.
    """
    met, n, other_met, other_n = (np.asarray(part, dtype=np.int64) for part in (met, n, other_met, other_n))
    chance = FRACTION * n / (FRACTION * n + other_n)
    return np.asarray(bdtr(met.astype(float), met + other_met, chance))


def share_test(met: npt.ArrayLike, n: npt.ArrayLike, share: float) -> npt.NDArray[np.float64]:
    """Return the one-sided p of the exact binomial test that a share is no larger than `share`; 1 where n is 0."""
    fewer, n = np.asarray(met, dtype=float) - 1, np.asarray(n, dtype=np.int64)
    return np.asarray(np.where(fewer >= 0, bdtrc(fewer, n, share), 1.0))


def median_test(values: npt.NDArray[np.floating], is_one: npt.NDArray[np.bool_]) -> float:
    """Return the one-sided p that values of the one kind lie below the median of all no more often than the others."""
    is_low = values <= np.median(values)
    counts = [int(np.sum(part)) for part in (is_low & is_one, is_one, is_low & ~is_one, ~is_one)]
    if counts[1] == 0 or counts[3] == 0:
        return 1.0
    p = float(equality_test(*counts))
    return p / 2 if counts[0] * counts[3] > counts[2] * counts[1] else 1 - p / 2
