"""The order in which open follow-ups are worth doing, and how sure that order is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from config.loading import fingerprint
from tasks.priorities.candidates import Candidate
from tasks.results import Priority

DRAWS = 4_000
TOO_CLOSE = 0.05
_Z = float(ndtri(0.975))
_DIGITS = 6
Floats = npt.NDArray[np.float64]


def priorities(candidates: Sequence[Candidate]) -> tuple[Priority, ...]:
    """Return each follow-up's place by customers x effect / effort, the first to be done first, ties by id.

    The 95 % interval of a rank is that of the ranks in 4,000 draws of all values (Goldstein and Spiegelhalter 1996, Journal of
    the Royal Statistical Society A 159, 385-443, section 4); where the rank itself lies outside, the interval is widened to it. One
    is too close to the next where the next stands before it in more than 5 % of the draws. Each interval is for one rank
    looked at by itself, not for all of them together. Effort counts as it was estimated, without an error. The draws depend on
    the ids alone, and not on the order of the input.
    """
    by_id = sorted(candidates, key=lambda one: one.follow_up)
    if not by_id:
        return ()
    value = np.array([_value(one) for one in by_id])
    order = np.argsort(-value, kind="stable")
    drawn = _draw(by_id)[order]
    low, high = _rank_intervals(drawn)
    is_too_close = np.append(np.mean(drawn[1:] > drawn[:-1], axis=1) > TOO_CLOSE, False)
    return tuple(
        _priority(by_id[place], rank, (int(low[rank - 1]), int(high[rank - 1])), is_too_close=bool(is_too_close[rank - 1]))
        for rank, place in enumerate(order.tolist(), start=1)
    )


def _value(one: Candidate) -> float:
    """Return the customers better served a quarter for each person-week, rounded so that equal values are equal."""
    return round(one.gain / one.effort_person_weeks, _DIGITS)


def _draw(by_id: Sequence[Candidate]) -> Floats:
    """Return [candidate, draw] values for each person-week: what they may be, given what is known.

    Customers are Poisson: their mean is gamma with the count and a half as shape (Jeffreys' prior). The effect is normal, the longer
    arm of its interval for 1.96 standard deviations, since the shorter one may be clipped, truncated at 0. Values of 0 are
    put below all others, in random order.
    """
    chance = np.random.default_rng(int(fingerprint("|".join(one.follow_up for one in by_id)), 16))
    shape = (len(by_id), DRAWS)
    customers, effect, low, high, effort = np.array(
        [(one.customers, one.effect, one.effect_low, one.effect_high, one.effort_person_weeks) for one in by_id]
    ).T[..., None]
    deviation = np.maximum(high - effect, effect - low) / _Z
    is_known = deviation == 0
    deviation = np.where(is_known, 1.0, deviation)
    above_zero = ndtr(effect / deviation) * (1 - chance.random(shape))  # of the untruncated normal, the share above the draw
    effects = np.where(is_known, effect, np.maximum(effect - deviation * ndtri(above_zero), 0.0))
    values = chance.standard_gamma(customers + 0.5, shape) * effects / effort
    return np.where(values > 0, values, -chance.random(shape))


def _rank_intervals(drawn: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the ends of the 95 % interval of each rank, from [candidate, draw] values in the order of the ranks."""
    ranks = np.empty(drawn.shape, dtype=np.int64)
    places = np.arange(1, len(drawn) + 1)
    np.put_along_axis(ranks, np.argsort(-drawn, axis=0, kind="stable"), places[:, None], axis=0)
    low, high = np.quantile(ranks, [0.025, 0.975], axis=1, method="inverted_cdf")
    return np.minimum(low, places), np.maximum(high, places)


def _priority(one: Candidate, rank: int, interval: tuple[int, int], *, is_too_close: bool) -> Priority:
    return Priority(
        follow_up=one.follow_up,
        rank=rank,
        rank_low=interval[0],
        rank_high=interval[1],
        is_too_close=is_too_close,
        customers=one.customers,
        effect=round(one.effect, _DIGITS),
        effect_low=round(one.effect_low, _DIGITS),
        effect_high=round(one.effect_high, _DIGITS),
        effect_from=one.effect_from,
        effort_person_weeks=round(one.effort_person_weeks, _DIGITS),
        is_effort_assumed=one.is_effort_assumed,
        value=_value(one),
    )
