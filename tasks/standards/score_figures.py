"""Figures of scores that are no shares: net promoter score, mean and median, weighted where the survey is.

A weighted figure counts as one of so many equally weighted cases as are effective: Kish's (Σw)² / Σw² (1992, Journal
of Official Statistics 8, 183-200), or as many as are handed in because customers repeat.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betainc, stdtr, stdtrit

from tasks.standards.intervals import LEVEL, NOTHING, Interval, Z, mover, p_of_difference, split_test, two_sided

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_UNIT = 1000  # scores come as whole thousandths
_HALVINGS = 60


@dataclass(frozen=True)
class Scores:
    """How often each score was given: milli (distinct scores × 1000, ascending), weight (of all who gave it, whole numbers).

    n: answers; n_effective: of how many equally weighted, independent answers they are.
    """

    milli: Integers
    weight: Integers
    n: int
    n_effective: float

    @property
    def total(self) -> int:
        """The sum of the weights."""
        return int(self.weight.sum())

    def share(self, is_counted: npt.NDArray[np.bool_]) -> float:
        """Return the weighted share, 0 to 1, of the scores that are counted."""
        return int(self.weight[is_counted].sum()) / self.total

    def shares_below(self, milli: Integers) -> Floats:
        """Return for each of some scores × 1000 the weighted share of lower ones."""
        sums = np.append(0, np.cumsum(self.weight))
        return np.asarray(sums[np.searchsorted(self.milli, milli)] / self.total)


def scores_of(table: pd.DataFrame, n_effective: float | None = None) -> Scores:
    """Return the scores of a table with integer columns score_milli, weight (survey weight × 10,000) and n, rows in any order.

    Answers without weight count in n alone.
    """
    milli, weight, n = (table[name].to_numpy(np.int64) for name in ("score_milli", "weight", "n"))
    distinct, weights = _summed(milli, weight * n)
    each, answers = _summed(weight, n)
    total, squares = int(weights.sum()), float(np.cumsum(each.astype(float) ** 2 * answers)[-1]) if n.size else 0.0
    kish = total**2 / squares if squares else 0.0
    is_held = weights > 0
    return Scores(distinct[is_held], weights[is_held], int(n.sum()), kish if n_effective is None else n_effective)


def _summed(keys: Integers, counts: Integers) -> tuple[Integers, Integers]:
    distinct, place = np.unique(keys, return_inverse=True)
    sums = np.zeros(len(distinct), np.int64)
    np.add.at(sums, place, counts)
    return distinct, sums


# net promoter score


def net_promoter(scores: Scores) -> Interval:
    """Return the share of scores of 9 and more less that of 6 and less, times 100, with its 95 % interval, -100 to 100.

    The interval is Tango's score interval for the difference of two shares of one sample (1998, Statistics in Medicine 17,
    891-908), the dual of `net_promoter_test`; Rocks (2016), The American Statistician 70, 365-372, finds a score interval among
    the best for net promoter scores.
    """
    if not scores.total:
        return NOTHING
    promoters, detractors = _sides(scores)
    low, high = (_net_bound(promoters, detractors, scores.n_effective, end) for end in (-1.0, 1.0))
    return Interval(100 * (promoters - detractors), 100 * low, 100 * high)


def net_promoter_test(scores: Scores, target: float) -> float | None:
    """Return the two-sided p of Tango's score test that the net promoter score is `target`; None without answers."""
    return two_sided(tango_z(*_sides(scores), scores.n_effective, target / 100)) if scores.total else None


def _sides(scores: Scores) -> tuple[float, float]:
    return scores.share(scores.milli >= 9 * _UNIT), scores.share(scores.milli <= 6 * _UNIT)


def tango_z(promoters: float, detractors: float, n: float, net: float) -> float:
    """Return Tango's statistic in shares: distance from `net` by its error if `net` were true."""
    distance = promoters - detractors - net
    linear = (2 - promoters + detractors) * net - promoters - detractors
    root = math.sqrt(max(linear**2 + 8 * detractors * net * (1 - net), 0.0))
    variance = 2 * (root - linear) / 4 + net * (1 - net)
    if abs(distance) < 1e-15:
        return 0.0
    return distance * math.sqrt(n / variance) if variance > 0 else math.copysign(math.inf, distance)


def _net_bound(promoters: float, detractors: float, n: float, outside: float) -> float:
    inside = promoters - detractors
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if abs(tango_z(promoters, detractors, n, middle)) < Z:
            inside = middle
        else:
            outside = middle
    return inside


# mean


def mean(scores: Scores) -> Interval:
    """Return the weighted mean score with its 95 % interval by Student's t, n_effective - 1 degrees of freedom.

    There is no interval where all scores are the same or there are fewer than two effective answers: they do not tell how much
    scores vary.
    """
    if not scores.total:
        return NOTHING
    value, error = _mean(scores)
    if not error:
        return Interval(value, None, None)
    half = float(stdtrit(scores.n_effective - 1, 1 - LEVEL / 2)) * error
    return Interval(value, value - half, value + half)


def mean_test(scores: Scores, target: float) -> float | None:
    """Return the two-sided p of the t test that the mean is `target`; None where the mean has no interval."""
    value, error = _mean(scores) if scores.total else (0.0, 0.0)
    return 2 * float(stdtr(scores.n_effective - 1, -abs(value - target) / error)) if error else None


def mean_difference(now: Scores, then: Scores) -> tuple[Interval, float | None]:
    """Return the change of the mean with its 95 % interval, and the two-sided p that there is none (Welch 1947, Biometrika 34, 28-35).

    No interval and no p where neither mean has one, or one is of fewer than two effective answers.
    """
    if not (now.total and then.total):
        return NOTHING, None
    (value, error), (earlier, earlier_error) = _mean(now), _mean(then)
    change, variance = value - earlier, error**2 + earlier_error**2
    if not variance or min(now.n_effective, then.n_effective) < 2:
        return Interval(change, None, None), None
    freedom = variance**2 / (error**4 / (now.n_effective - 1) + earlier_error**4 / (then.n_effective - 1))
    half = float(stdtrit(freedom, 1 - LEVEL / 2)) * math.sqrt(variance)
    return Interval(change, change - half, change + half), 2 * float(stdtr(freedom, -abs(change) / math.sqrt(variance)))


def _mean(scores: Scores) -> tuple[float, float]:
    """Return mean and standard error, from whole-number sums; an error of 0 where it cannot be had."""
    first = sum(int(weight) * int(score) for weight, score in zip(scores.weight, scores.milli, strict=True))
    second = sum(int(weight) * int(score) ** 2 for weight, score in zip(scores.weight, scores.milli, strict=True))
    value = first / (scores.total * _UNIT)
    if scores.n_effective < 2:
        return value, 0.0
    variance = (scores.total * second - first**2) / (scores.total * _UNIT) ** 2
    return value, math.sqrt(variance / (scores.n_effective - 1))


# median


def median(scores: Scores) -> Interval:
    """Return the weighted median score, the middle of the two where half lie on each side, with its 95 % interval.

    The interval goes from order statistic to order statistic (Conover 1999, Practical Nonparametric Statistics, section 3.2): it
    holds the median at least 95 times in 100, and is not to be had of fewer than six answers. The dual of `median_test`.
    """
    if not scores.total:
        return NOTHING
    values, doubled = scores.milli / _UNIT, 2 * np.cumsum(scores.weight)
    lower, upper = np.searchsorted(doubled, scores.total, side="left"), np.searchsorted(doubled, scores.total, side="right")
    value = float(values[lower] + values[upper]) / 2
    if _tail(np.zeros(1), scores.n_effective)[0] > LEVEL / 2:
        return Interval(value, None, None)
    less = scores.shares_below(scores.milli)
    low = values[_tail(less * scores.n_effective, scores.n_effective) <= LEVEL / 2].max()
    high = values[_tail((1 - less) * scores.n_effective, scores.n_effective) > LEVEL / 2].max()
    return Interval(value, float(low), float(high))


def median_test(scores: Scores, target: float) -> float | None:
    """Return the two-sided p of the sign test that half of the scores reach `target`; None without answers.

    A score equal to the target reaches it, as the promise is "at least": the test is binomial, of scores below the target against
    all others, and no tie is left out. Below 0.05 exactly where the interval's low is at least the target, or its high below it.
    """
    if not scores.total:
        return None
    less = scores.share(scores.milli < target * _UNIT)
    fewer = np.array([min(less, 1 - less) * scores.n_effective])
    return min(1.0, 2 * float(_tail(fewer, scores.n_effective)[0]))


def median_difference(now: Scores, then: Scores) -> tuple[Interval, float | None]:
    """Return the change of the median with its 95 % interval from both medians' (Zou and Donner), and the p that there is none.

    p is that of Mood's median test (Conover 1999, section 4.3; `split_test`): it compares the shares below the
    score that parts all answers most evenly. It is 1 where the medians are the same: other parts of the distribution are not
    the figure. None where a median has no interval.
    """
    change = mover(median(now), median(then))
    if change.value is None or change.low is None:
        return change, None
    if change.value == 0:
        return change, 1.0
    cuts = np.union1d(now.milli, then.milli)
    shares, earlier = now.shares_below(cuts), then.shares_below(cuts)
    together = (shares * now.n_effective + earlier * then.n_effective) / (now.n_effective + then.n_effective)
    cut = int(np.argmin(np.abs(together - 0.5)))
    return change, split_test(float(shares[cut]), now.n_effective, float(earlier[cut]), then.n_effective)


def net_promoter_difference(now: Scores, then: Scores) -> tuple[Interval, float | None]:
    """Return the change of the net promoter score with its 95 % interval from both scores' (Zou and Donner), and the p that fits it."""
    change = mover(net_promoter(now), net_promoter(then))
    return change, p_of_difference(change)


def _tail(count: Floats, n: float) -> Floats:
    """Return the chance of `count` or fewer out of n at one half, both of which need not be whole (Korn and Graubard 1998)."""
    count = np.minimum(count, n)
    return np.where(count >= n, 1.0, betainc(np.maximum(n - count, 1e-300), count + 1, 0.5))
