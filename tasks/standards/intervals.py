"""A figure with its 95 % interval, and what follows for the difference of two independent ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtri

LEVEL = 0.05
Z = float(ndtri(1 - LEVEL / 2))


@dataclass(frozen=True)
class Interval:
    """A figure and the ends of its 95 % interval, all in one unit; None where the data do not reach it."""

    value: float | None
    low: float | None
    high: float | None

    def in_hours(self) -> Interval:
        """Return the same in hours, where it is in minutes."""
        value, low, high = (None if part is None else part / 60 for part in (self.value, self.low, self.high))
        return Interval(value, low, high)


NOTHING = Interval(None, None, None)


def two_sided(z: float) -> float:
    """Return the two-sided p of a standard normal statistic."""
    return math.erfc(abs(z) / math.sqrt(2))


def mover(now: Interval, then: Interval) -> Interval:
    """Return `now` less `then`, with the 95 % interval that both their intervals give.

    The method of variance estimates recovery of Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.
    All is None where a value is; an end is None where an end that it needs is.
    """
    if now.value is None or then.value is None:
        return NOTHING
    change = now.value - then.value
    down = _distance(now.value, now.low, then.value, then.high)
    up = _distance(now.value, now.high, then.value, then.low)
    return Interval(change, None if down is None else change - down, None if up is None else change + up)


def _distance(value: float, end: float | None, other: float, other_end: float | None) -> float | None:
    return None if end is None or other_end is None else math.hypot(end - value, other_end - other)


def p_of_difference(difference: Interval) -> float | None:
    """Return the two-sided p that a difference is none, from its 95 % interval; None where the end on the side of 0 is.

    That end's distance counts as 1.96 standard errors (Altman and Bland 2011, BMJ 343, d2304), so that p < 0.05 exactly
    where the interval leaves 0 out.
    """
    end = difference.low if (difference.value or 0) > 0 else difference.high
    if difference.value is None or end is None:
        return None
    distance = abs(difference.value - end)
    if distance == 0:
        return 1.0 if difference.value == 0 else 0.0
    return two_sided(Z * difference.value / distance)


def split_test(share: float, cases: float, earlier: float, earlier_cases: float) -> float:
    """Return the two-sided p that two samples, parted at one point of both together, have the same share on one side of it.

    Pearson's chi-square of the 2 by 2 table with Yates's correction, which is due here: where all are parted at their own median,
    both margins are given. Cases are over 0 and need not be whole.
    """
    pooled = (share * cases + earlier * earlier_cases) / (cases + earlier_cases)
    parts = 1 / cases + 1 / earlier_cases
    excess = max(abs(share - earlier) - parts / 2, 0.0)
    return two_sided(excess / math.sqrt(pooled * (1 - pooled) * parts)) if excess else 1.0
