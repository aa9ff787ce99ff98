"""Figures that are not shares: what a measure's value is, how sure it is, and how it changed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from config.durations import parse_duration
from config.measures import MeanElapsed, MeanRating, Measured, MedianElapsed, MedianRating, NetPromoter, Unit
from tasks.standards import score_figures
from tasks.standards.intervals import NOTHING, Interval, mover, p_of_difference
from tasks.standards.survival import (
    Curve,
    RestrictedMean,
    kaplan_meier,
    median_test,
    quantile,
    quantile_test,
    restricted_mean,
    restricted_mean_interval,
    restricted_mean_test,
)

_MINUTES_AN_HOUR = 60


@dataclass(frozen=True)
class Estimate:
    """A figure in its unit (`unit_of`), its 95 % interval, and the two-sided p that it is the target; None where it cannot be had.

    n: answers, or cases followed; done: of the cases, those that are done (answers all are).
    """

    n: int
    done: int
    value: float | None
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True)
class Difference:
    """A figure less an earlier one, its 95 % interval, and the two-sided p that there is no change; None where it cannot be had."""

    change: float | None
    low: float | None
    high: float | None
    p: float | None


# units


def unit_of(measure: Measured) -> Unit:
    """Return the unit of the measure's figure."""
    match measure:
        case NetPromoter():
            return "net promoter"
        case MeanRating() | MedianRating():
            return "score"
        case MedianElapsed() | MeanElapsed():
            return "working hours" if parse_duration(measure.at_most).is_working else "hours"
        case _:
            return "share"


def target_of(measure: Measured, minutes_a_day: int) -> float:
    """Return what the measure's figure must reach, in the figure's unit; `minutes_a_day` is the length of a working day.

    Raises:
        TypeError: The figure is a share; its target is the standard's.
    """
    match measure:
        case NetPromoter() | MeanRating() | MedianRating():
            return measure.at_least
        case MedianElapsed() | MeanElapsed():
            return parse_duration(measure.at_most).minutes(minutes_a_day) / _MINUTES_AN_HOUR
        case _:
            raise TypeError(f"the figure of {type(measure).__name__} is a share")


# figures


def estimate(measure: Measured, table: pd.DataFrame, minutes_a_day: int, n_effective: float | None = None) -> Estimate:
    """Return the measure's figure of a table of counts, whose rows come in any order and were added up from any pieces.

    The table of a duration has the integer columns minutes, done, waiting (cases); that of a rating score_milli (score × 1000),
    weight (survey weight × 10,000; 10,000 where unweighted) and n (answers). `n_effective` is of how many independent cases the
    figure is, where customers repeat. A median duration without a value and with a p is longer than any case was followed.

    Raises:
        TypeError: The figure is a share.
    """
    match measure:
        case NetPromoter() | MeanRating() | MedianRating():
            return _of_scores(measure, score_figures.scores_of(table, n_effective))
        case MedianElapsed():
            curve = kaplan_meier(table, n_effective)
            p = quantile_test(curve, parse_duration(measure.at_most).minutes(minutes_a_day), 0.5)
            return _of_curve(curve, quantile(curve, 0.5), p)
        case MeanElapsed():
            curve = kaplan_meier(table, n_effective)
            mean = restricted_mean(curve, parse_duration(measure.up_to).minutes(minutes_a_day))
            p = None if mean is None else restricted_mean_test(mean, parse_duration(measure.at_most).minutes(minutes_a_day))
            return _of_curve(curve, _interval_of(mean), p)
        case _:
            raise TypeError(f"the figure of {type(measure).__name__} is a share")


def _of_scores(measure: NetPromoter | MeanRating | MedianRating, scores: score_figures.Scores) -> Estimate:
    match measure:
        case NetPromoter():
            interval, p = score_figures.net_promoter(scores), score_figures.net_promoter_test(scores, measure.at_least)
        case MeanRating():
            interval, p = score_figures.mean(scores), score_figures.mean_test(scores, measure.at_least)
        case MedianRating():
            interval, p = score_figures.median(scores), score_figures.median_test(scores, measure.at_least)
    return Estimate(scores.n, scores.n, interval.value, interval.low, interval.high, p)


def _of_curve(curve: Curve, minutes: Interval, p: float | None) -> Estimate:
    hours = minutes.in_hours()
    return Estimate(curve.n, int(curve.done.sum()), hours.value, hours.low, hours.high, p)


def _interval_of(mean: RestrictedMean | None) -> Interval:
    return NOTHING if mean is None else restricted_mean_interval(mean)


# changes


def compare(
    measure: Measured,
    now: pd.DataFrame,
    then: pd.DataFrame,
    minutes_a_day: int,
    n_effective: float | None = None,
    earlier_n_effective: float | None = None,
) -> Difference:
    """Return the measure's figure of one table less that of an earlier one; tables as in `estimate`.

    Raises:
        TypeError: The figure is a share.
    """
    match measure:
        case NetPromoter() | MeanRating() | MedianRating():
            scores, earlier = score_figures.scores_of(now, n_effective), score_figures.scores_of(then, earlier_n_effective)
            change, p = _change_of_scores(measure, scores, earlier)
        case MedianElapsed() | MeanElapsed():
            curve, before = kaplan_meier(now, n_effective), kaplan_meier(then, earlier_n_effective)
            change, p = _change_of_curves(measure, curve, before, minutes_a_day)
        case _:
            raise TypeError(f"the figure of {type(measure).__name__} is a share")
    return Difference(change.value, change.low, change.high, p)


def _change_of_scores(
    measure: NetPromoter | MeanRating | MedianRating, now: score_figures.Scores, then: score_figures.Scores
) -> tuple[Interval, float | None]:
    match measure:
        case NetPromoter():
            return score_figures.net_promoter_difference(now, then)
        case MeanRating():
            return score_figures.mean_difference(now, then)
        case MedianRating():
            return score_figures.median_difference(now, then)


def _change_of_curves(measure: MedianElapsed | MeanElapsed, now: Curve, then: Curve, minutes_a_day: int) -> tuple[Interval, float | None]:
    """Return the change in hours and its p, which for a median without a value is None."""
    if isinstance(measure, MedianElapsed):
        change = mover(quantile(now, 0.5), quantile(then, 0.5))
        p = None if change.value is None else median_test(now, then)
    else:
        limit = parse_duration(measure.up_to).minutes(minutes_a_day)
        change = mover(_interval_of(restricted_mean(now, limit)), _interval_of(restricted_mean(then, limit)))
        p = p_of_difference(change)
    return change.in_hours(), p
