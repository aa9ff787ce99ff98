"""Control limits: p, Laney's p′ and XmR.

Sources: Laney (2002), Improved control charts for attributes, Quality Engineering 14(4), 531-537; Wheeler (2000), Understanding
Variation, 2nd ed. (XmR: 2.66 and 3.267); Nelson (1982), Control charts for individual measurements, Journal of Quality Technology
14(3), 172-173 (screening); Cryer and Ryan (1990), The estimation of sigma for an X chart, Journal of Quality Technology 22(3),
187-192; Hanley and Lippman-Hand (1983), If nothing goes wrong, is everything all right?, JAMA 249(13), 1743-1745.
"""

from __future__ import annotations

import numpy as np

from tasks.charts.subgroups import Floats, Points
from tasks.results.charts import Baseline, ChartKind

RANGE_TO_SIGMA = 1.128
XMR_SCALE = 2.66
RANGE_LIMIT = 3.267
RULE_OF_THREE = 3


def mean_moving_range(values: Floats) -> float:
    """Return the mean absolute difference of neighbours, after ranges above 3.267 times their mean were left out, once.

    So do NHSRplotthedots (vignette "Deviations from Excel defaults") and qicharts2 after Nelson (1982); the Excel tools of Making
    Data Count do not. Nothing is left out where only ranges of 0 would remain. 0 for fewer than two values.
    """
    if values.size < 2:
        return 0.0
    ranges = np.abs(np.diff(values))
    mean = float(ranges.mean())
    return float(ranges[ranges <= RANGE_LIMIT * mean].mean()) or mean


def share_sigma(centre: float, cases: int, n: Floats) -> Floats:
    """Return the binomial sigma of the share of n cases, where `centre` was found in `cases`.

    A baseline in which fewer than three cases were met, or missed, is taken as one with three: that is the 95 % bound of what was
    never seen (Hanley and Lippman-Hand 1983). Without it one miss after a baseline without misses would always be a signal.
    """
    least = min(RULE_OF_THREE / cases, 0.5)
    share = min(max(centre, least), 1 - least)
    sigma: Floats = np.sqrt(share * (1 - share) / n)
    return sigma


def sigma_z_at_most(points: int) -> float:
    """Return what sigma-Z of a true p-chart exceeds in at most one of twenty baselines of so many points (12 or more).

    1 + 1.8 standard errors, by the variance of a mean moving range of independent normal values, (0.8264 n - 1.082) / (n - 1)²
    (Cryer and Ryan 1990); 1.645 would be enough for a normal variable, but this one is skewed. Measured rates:
    tests/tasks/test_truth_charts.py.
    """
    return float(1 + 1.8 * np.sqrt(0.8264 * points - 1.082) / (points - 1))


def fit_shares(points: Points) -> tuple[ChartKind, float, float]:
    """Return the kind of chart for shares, its centre (all met of all decided) and its spread (sigma-Z, or 1).

    sigma-Z is the mean moving range of the z-scores over 1.128 (Laney 2002), screened as in `mean_moving_range`. Above
    `sigma_z_at_most` the chart is p′, with limits sigma-Z times as wide. It is never narrower than a p-chart: cases cannot vary
    less than independent ones unless something holds them back, and a sigma-Z below 1 is mostly chance.
    """
    centre = float(np.average(points.values, weights=points.n))
    z = (points.values - centre) / share_sigma(centre, int(points.n.sum()), points.n.astype(np.float64))
    sigma_z = mean_moving_range(z) / RANGE_TO_SIGMA
    return ("p_prime", centre, sigma_z) if sigma_z > sigma_z_at_most(points.values.size) else ("p", centre, 1.0)


def fit_values(points: Points) -> tuple[ChartKind, float, float]:
    """Return the kind `xmr`, the mean of the values and their mean moving range."""
    return "xmr", float(points.values.mean()), mean_moving_range(points.values)


def sigmas(baseline: Baseline, points: Points) -> Floats:
    """Return a third of the distance from the centre to a limit, at each point, before it is clipped."""
    if baseline.kind == "xmr":
        return np.full(points.values.size, baseline.spread * XMR_SCALE / 3)
    return baseline.spread * share_sigma(baseline.centre, baseline.cases, points.n.astype(np.float64))


def standardise(baseline: Baseline, points: Points) -> Floats:
    """Return by how many sigmas each value lies above the centre; what differs by rounding alone is on it."""
    distance = points.values - baseline.centre
    distance[np.abs(distance) <= 1e-12 * abs(baseline.centre)] = 0
    z: Floats = distance / sigmas(baseline, points)
    return z
