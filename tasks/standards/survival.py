"""How long things take while some have not happened yet: Kaplan and Meier's curve, its quantiles and its mean up to a limit.

Sources: Kaplan and Meier (1958), JASA 53, 457-481; Greenwood (1926), whose variance it is; Brookmeyer and Crowley (1982),
Biometrics 38, 29-41 (intervals of quantiles) and JASA 77, 433-440 (medians compared); Klein and Moeschberger (2003),
Survival Analysis, 2nd edition, sections 4.2 to 4.5; Peto et al. (1977), British Journal of Cancer 35, 1-39.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr, stdtr, stdtrit

from tasks.standards.intervals import LEVEL, NOTHING, Interval, split_test

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_ROUNDING = 1e-9  # of a product of a million factors; a step of the curve is larger


@dataclass(frozen=True)
class Curve:
    """The share of cases that still wait after each minute at which a case was done or was last seen waiting.

    All arrays have one entry a minute, ascending: minutes; done and waiting (cases, done first); at_risk (cases that waited
    until then); survival (1 to 0); variance (Greenwood's; 0 where survival is 1 or 0). `worth` is how many independent cases
    a case stands for, below 1 where customers repeat; the variance holds it already.
    """

    minutes: Integers
    done: Integers
    waiting: Integers
    at_risk: Integers
    survival: Floats
    variance: Floats
    worth: float = 1.0

    @property
    def n(self) -> int:
        """Cases."""
        return int(self.at_risk[0]) if self.at_risk.size else 0


def kaplan_meier(table: pd.DataFrame, n_effective: float | None = None) -> Curve:
    """Return the curve of a table with integer columns minutes (0 or more), done and waiting (cases, done before waiting).

    Rows come in any order; equal minutes are summed. `n_effective` is of how many independent cases the cases are, where
    they are fewer.
    """
    minutes, done, waiting = (table[name].to_numpy(np.int64) for name in ("minutes", "done", "waiting"))
    return _curve(minutes, done, waiting, n_effective)


def _curve(minutes: Integers, done: Integers, waiting: Integers, n_effective: float | None) -> Curve:
    minutes, done, waiting = _summed(minutes, done, waiting)
    at_risk = np.cumsum((done + waiting)[::-1])[::-1]
    worth = n_effective / float(at_risk[0]) if n_effective is not None and at_risk.size else 1.0
    survival: Floats = np.cumprod(1 - done / at_risk.astype(float))
    variance: Floats = survival**2 * np.cumsum(_greenwood_terms(done, at_risk)) / worth
    return Curve(minutes, done, waiting, at_risk, survival, variance, worth)


def _summed(minutes: Integers, done: Integers, waiting: Integers) -> tuple[Integers, Integers, Integers]:
    held = np.flatnonzero(done + waiting)
    order = held[np.argsort(minutes[held])]
    minutes, done, waiting = minutes[order], done[order], waiting[order]
    starts = np.flatnonzero(np.diff(minutes, prepend=-1))
    if not starts.size:
        return minutes, done, waiting
    return minutes[starts], np.add.reduceat(done, starts), np.add.reduceat(waiting, starts)


def _greenwood_terms(done: Integers, at_risk: Integers) -> Floats:
    """Return done / (at risk * still waiting); 0 where nobody waits any more: the curve is 0 from there, whatever is added."""
    left = at_risk - done
    terms: Floats = np.divide(done, at_risk.astype(float) * left, out=np.zeros(len(done)), where=left > 0)
    return terms


# quantiles


def quantile(curve: Curve, share: float) -> Interval:
    """Return by which minute `share` (0 to 1) of the cases are done, with the 95 % interval; the median at 0.5.

    The value is the first minute at which the curve is 1 - share or lower; None where it does not fall that far. The interval
    is Brookmeyer and Crowley's (1982) on the log-log scale (Klein and Moeschberger, section 4.5): it starts with the first
    minute that `quantile_test` does not find too short and ends with the first from which on it finds all too long, None where
    there is none. So a target from low to just under high is not refuted, and every other is.
    """
    if not curve.n:
        return NOTHING
    starts, survival = np.append(0, curve.minutes), np.append(1.0, curve.survival)
    is_refuted = _p_of_steps(curve, share) < LEVEL
    reached = np.flatnonzero(survival <= (1 - share) * (1 + _ROUNDING))
    not_short = np.flatnonzero(~(is_refuted & (survival > 1 - share)))
    not_long = np.flatnonzero(~(is_refuted & (survival < 1 - share)))
    low = starts[not_short[0] if not_short.size else -1]
    after = int(not_long[-1]) + 1
    return Interval(
        float(starts[reached[0]]) if reached.size else None,
        float(low),
        float(starts[after]) if after < len(starts) else None,
    )


def quantile_test(curve: Curve, minutes: float, share: float) -> float | None:
    """Return the two-sided p that `share` of the cases are done by `minutes`: the dual of `quantile`'s interval.

    None where there is no case, and where the curve ends before `minutes` without having come down to 1 - share.
    """
    if not curve.n or (minutes > curve.minutes[-1] and curve.survival[-1] > (1 - share) * (1 + _ROUNDING)):
        return None
    step = np.searchsorted(np.append(0, curve.minutes), minutes, side="right") - 1
    return float(_p_of_steps(curve, share)[step])


def _p_of_steps(curve: Curve, share: float) -> Floats:
    """Return the two-sided p that survival is 1 - share: from the start, then from each of the curve's minutes on.

    On the log-log scale; where survival is 1 or 0 that scale has no value there, and p is twice the chance that all of as
    many independent cases as are effective lie on one side.
    """
    survival, deviation = np.append(1.0, curve.survival), np.sqrt(np.append(0.0, curve.variance))
    is_inside = (survival > 0) & (survival < 1)
    inside = survival[is_inside]
    hazard = -np.log(inside)
    z = (np.log(hazard) - np.log(-np.log(1 - share))) * inside * hazard / deviation[is_inside]
    p = np.empty(len(survival))
    p[is_inside] = 2 * ndtr(-np.abs(z))
    at_bound = ~is_inside
    one_sided = np.where(survival[at_bound] == 1, 1 - share, share) ** _bound_cases(curve)[at_bound]
    p[at_bound] = np.minimum(2 * one_sided, 1)
    if survival[-1] == 0 and survival[-2] < 1 - share:
        p[-1] = min(p[-1], p[-2])  # that the last one is done too does not speak for a longer time
    return p


def _bound_cases(curve: Curve) -> Floats:
    """Return of how many cases a survival of 1 or 0 is: those at risk by survival before (Peto et al. 1977).

    At 1 those who still wait afterwards; at 0 those who were done last. An entry for the start, then one a minute.
    """
    still = np.append(curve.at_risk, 0).astype(float)
    if curve.survival[-1] == 0:
        before = curve.survival[-2] if len(curve.survival) > 1 else 1.0
        still[-1] = curve.at_risk[-1] / before
    return still * curve.worth


def share_done(curve: Curve, minutes: float) -> tuple[float, float] | None:
    """Return which share of the cases is done by `minutes` and of how many independent cases that share is.

    As many as give a binomial share the same variance (Dorey and Korn 1987, Statistics in Medicine 6, 679-687); at 0 and 1 see
    `_bound_cases`. None where the curve ends before `minutes` with cases waiting.
    """
    if not curve.n or (minutes > curve.minutes[-1] and curve.survival[-1] > 0):
        return None
    step = int(np.searchsorted(curve.minutes, minutes, side="right"))
    survival, variance = (float(curve.survival[step - 1]), float(curve.variance[step - 1])) if step else (1.0, 0.0)
    cases = survival * (1 - survival) / variance if variance else float(_bound_cases(curve)[step])
    return 1 - survival, cases


def median_test(now: Curve, then: Curve) -> float | None:
    """Return the two-sided p that two medians are equal: whether as many are done at the median of both together.

    Brookmeyer and Crowley's (1982) test for two samples, on the shares and cases of `share_done`; without cases that wait it is
    Mood's median test, corrected for continuity. None where that median is not reached, or is beyond a curve.
    """
    minutes, done, waiting = (np.append(getattr(now, name), getattr(then, name)) for name in ("minutes", "done", "waiting"))
    median = quantile(_curve(minutes, done, waiting, None), 0.5).value
    if median is None:
        return None
    shares = [share_done(curve, median) for curve in (now, then)]
    if shares[0] is None or shares[1] is None:
        return None
    return split_test(*shares[0], *shares[1])


# the mean up to a limit


@dataclass(frozen=True)
class RestrictedMean:
    """The mean of the minutes until done, whoever waits longer than `limit` counted with it.

    `cases` and `bound_cases` are of how many independent cases it is: where times differ, and where all are the same (then the
    standard error is 0).
    """

    value: float
    standard_error: float
    limit: float
    cases: float
    bound_cases: float


def restricted_mean(curve: Curve, limit: float) -> RestrictedMean | None:
    """Return the mean up to `limit` minutes with its standard error (Klein and Moeschberger, section 4.5; Irwin 1949).

    The variance is multiplied by cases / (cases - 1), so that without open cases it is that of the mean of the times, cut at the limit.
    None where there is no case, and where the last case was seen waiting before the limit.
    """
    if not curve.n or (curve.minutes[-1] < limit and curve.survival[-1] > 0):
        return None
    before = int(np.searchsorted(curve.minutes, limit, side="left"))
    edges = np.append(np.append(0, curve.minutes[:before]), limit)
    areas = np.append(1.0, curve.survival[:before]) * np.diff(edges)
    remaining = np.cumsum(areas[::-1])[::-1]
    terms = remaining[1:] ** 2 * _greenwood_terms(curve.done[:before], curve.at_risk[:before])
    variance = float(np.cumsum(np.append(0.0, terms))[-1]) / curve.worth
    cases = curve.n * curve.worth
    correction = cases / (cases - 1) if cases > 1 else 1.0
    return RestrictedMean(float(remaining[0]), (variance * correction) ** 0.5, limit, cases, float(_bound_cases(curve)[before]))


def restricted_mean_interval(mean: RestrictedMean) -> Interval:
    """Return the mean with its 95 % interval, cut at 0 and at the limit.

    By Student's t with cases - 1 degrees of freedom; no interval of fewer than two independent cases. Where all
    cases took equally long: the means that so many others, at 0 or at the limit, would give as would remain unseen in
    2.5 % of samples (the exact binomial bound, Clopper and Pearson 1934, Biometrika 26, 404-413).
    """
    if mean.standard_error == 0:
        unseen = 1 - (LEVEL / 2) ** (1 / mean.bound_cases) if mean.bound_cases > 0 else 1.0
        return Interval(mean.value, mean.value * (1 - unseen), mean.value + (mean.limit - mean.value) * unseen)
    if mean.cases < 2:
        return Interval(mean.value, None, None)
    half = float(stdtrit(mean.cases - 1, 1 - LEVEL / 2)) * mean.standard_error
    return Interval(mean.value, max(mean.value - half, 0.0), min(mean.value + half, mean.limit))


def restricted_mean_test(mean: RestrictedMean, target: float) -> float | None:
    """Return the two-sided p that the mean is `target` minutes: the dual of its interval; None where that has no ends."""
    if not 0 <= target <= mean.limit:
        return 0.0
    if mean.standard_error == 0:
        room = mean.limit - mean.value if target > mean.value else mean.value
        elsewhere = abs(target - mean.value) / room if target != mean.value else 0.0
        return min(1.0, 2 * float((1 - elsewhere) ** mean.bound_cases))
    if mean.cases < 2:
        return None
    return 2 * float(stdtr(mean.cases - 1, -abs(mean.value - target) / mean.standard_error))
