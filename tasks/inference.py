"""Intervals and tests for shares, and the control of false discoveries; all on arrays.

Counts are non-negative; a result is NaN where n is 0. Sources: Wilson (1927), JASA 22, 209-212;
Newcombe (1998), Statistics in Medicine 17, 857-872 (method 3) and 873-890 (method 10); Schuirmann
(1987), Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680; Benjamini and Hochberg (1995),
JRSS B 57, 289-300.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

Floats = npt.NDArray[np.float64]
Array = npt.ArrayLike


def wilson(met: Array, n: Array, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Return low and high of Wilson's score interval for `met` out of `n` (Newcombe 1998, method 3)."""
    met, n = np.asarray(met, float), np.asarray(n, float)
    z = float(ndtri(0.5 + confidence / 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = met / n
        centre = share + z**2 / (2 * n)
        half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
        low, high = (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)
    # rounding must not push an interval off its own exact bound
    low = np.where(met == 0, np.where(n > 0, 0.0, np.nan), np.clip(low, 0, 1))
    high = np.where(met == n, np.where(n > 0, 1.0, np.nan), np.clip(high, 0, 1))
    return low, high


def score_test(met: Array, n: Array, target: Array) -> Floats:
    """Return the two-sided p of the score test that the share equals `target`: the dual of Wilson's interval.

    At a target of 0 or 1 one case to the contrary refutes it (p 0), and none leaves p at 1.
    """
    met, n, target = np.asarray(met, float), np.asarray(n, float), np.asarray(target, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (met / n - target) / np.sqrt(target * (1 - target) / n)
        p = 2 * ndtr(-np.abs(z))
    is_bound = (target == 0) | (target == 1)
    at_bound = np.where(met == n * target, 1.0, 0.0)
    return np.where(n == 0, np.nan, np.where(is_bound, at_bound, p))


def newcombe(met: Array, n: Array, earlier_met: Array, earlier_n: Array) -> tuple[Floats, Floats]:
    """Return low and high of the 95 % interval of share less earlier share (Newcombe 1998, method 10)."""
    met, n, earlier_met, earlier_n = (np.asarray(a, float) for a in (met, n, earlier_met, earlier_n))
    low, high = wilson(met, n)
    earlier_low, earlier_high = wilson(earlier_met, earlier_n)
    with np.errstate(invalid="ignore", divide="ignore"):
        share, earlier = met / n, earlier_met / earlier_n
    change = share - earlier
    return (
        change - np.sqrt((share - low) ** 2 + (earlier_high - earlier) ** 2),
        change + np.sqrt((high - share) ** 2 + (earlier - earlier_low) ** 2),
    )


def equality_test(met: Array, n: Array, earlier_met: Array, earlier_n: Array) -> Floats:
    """Return the two-sided p of the pooled score test that two independent shares are equal.

    The square of its statistic is Pearson's chi-square of the 2 by 2 table, without correction.
    """
    met, n, earlier_met, earlier_n = (np.asarray(a, float) for a in (met, n, earlier_met, earlier_n))
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (met + earlier_met) / (n + earlier_n)
        z = (met / n - earlier_met / earlier_n) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / earlier_n))
        p = 2 * ndtr(-np.abs(z))
    is_constant = (pooled == 0) | (pooled == 1)
    return np.where((n == 0) | (earlier_n == 0), np.nan, np.where(is_constant, 1.0, p))


def equivalent(low: Array, high: Array, margin: Array) -> npt.NDArray[np.bool_]:
    """Return whether the interval of a change lies inside -margin to margin: no material change.

    Of a 95 % interval it is the dual of two one-sided tests at 2.5 % each, that the change is not below -margin and not above
    margin (Schuirmann 1987, who takes 90 % and 5 %); NaN is never equivalent.
    """
    low, high, margin = np.asarray(low, float), np.asarray(high, float), np.asarray(margin, float)
    return np.asarray((low > -margin) & (high < margin))


def benjamini_hochberg(p: Array, rate: float = 0.05) -> npt.NDArray[np.bool_]:
    """Return which hypotheses are rejected at a false discovery rate of `rate`; NaN is never rejected.

    The step-up rule of Benjamini and Hochberg (1995), section 3.1: all up to the largest i with
    p(i) <= i / m * rate, where m counts the p-values that are there.
    """
    p = np.asarray(p, float)
    present = np.sort(p[~np.isnan(p)])
    below = np.flatnonzero(present <= np.arange(1, present.size + 1) / max(present.size, 1) * rate)
    if below.size == 0:
        return np.zeros(p.shape, dtype=bool)
    return np.asarray(p <= present[below[-1]])
