"""What happens without anybody's doing: how all untouched units move together, and how much each varies by itself.

The model of the share of unit j in week w: level of j + effect of w + a random effect of j in its quarter + sampling error, whose
variance is that of counts times an over-dispersion. Sources: McCullagh and Nelder (1989), Generalized Linear Models, 4.5.2
(over-dispersion by Pearson's statistic); DerSimonian and Laird (1986), Controlled Clinical Trials 7, 177-188, generalised to two
ways (the variance between quarters by the method of moments).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tasks.effectiveness.panel import Panel

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Variation:
    """How untouched units moved; in points of the share, or in parts of the level where the panel is relative."""

    weeks: Floats  # what each week adds to every unit
    covariance: Floats  # of these effects
    overdispersion: float  # at least 1
    between_quarters: float  # variance of a unit's quarters about what all do
    degrees_of_freedom: int  # behind it
    units: int


@lru_cache(maxsize=256)  # several follow-ups of a cycle are compared with the same units
def variation_among(panel: Panel, units: tuple[str, ...]) -> Variation:
    """Return how these units of a panel moved together and apart."""
    return variation_of(panel.of(units))


def variation_of(panel: Panel) -> Variation:
    """Return how all units of a panel moved together and apart."""
    levels = (panel.met.sum(axis=0) + 0.5) / (panel.n.sum(axis=0) + 1)
    scale = levels if panel.is_relative else np.ones(len(levels))
    unit_variance = levels * (1 - levels) / scale**2
    shares = _shares(panel.met, panel.n) / scale
    effects, covariance, _ = _two_ways(shares, panel.n / unit_variance)
    quarters = np.unique(panel.quarters)
    inside = np.equal.outer(quarters, panel.quarters).astype(float)
    overdispersion = _overdispersion(panel, shares - effects[:, None], inside, unit_variance)
    n = inside @ panel.n
    of_quarters = _shares(inside @ panel.met, n) / scale
    between, degrees = _between(of_quarters, n / (overdispersion * unit_variance))
    return Variation(effects, covariance * overdispersion, overdispersion, between, degrees, len(levels))


def _shares(met: npt.NDArray[np.number], n: npt.NDArray[np.number]) -> Floats:
    return np.asarray(met / np.maximum(n, 1), dtype=np.float64)


def _two_ways(values: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return row effects, their covariance and column levels of the weighted additive fit; row effects have the mean 0."""
    columns = np.maximum(weights.sum(axis=0), 1e-12)
    information = np.diag(weights.sum(axis=1)) - (weights / columns) @ weights.T
    covariance = _inverse(information)
    rows = covariance @ ((weights * values).sum(axis=1) - (weights / columns) @ (weights * values).sum(axis=0))
    return rows, covariance, (weights * (values - rows[:, None])).sum(axis=0) / columns


def _inverse(information: Floats) -> Floats:
    """Return the generalised inverse of a matrix whose rows add up to 0; rows without information have none of their own."""
    size = len(information)
    mean = np.full((size, size), 1 / size)
    largest = max(float(np.trace(information)) / size, 1e-12)
    is_empty = np.diag(information) <= 0
    filled = information + largest * (mean + np.diag(is_empty.astype(float)))
    return np.asarray(np.linalg.inv(filled) - mean / largest)


def _overdispersion(panel: Panel, residuals: Floats, inside: Floats, unit_variance: Floats) -> float:
    """Return Pearson's statistic of weeks about their own unit's quarter, over its degrees of freedom; 1 at least."""
    n = inside @ panel.n
    own = (inside @ (panel.n * residuals)) / np.maximum(n, 1)
    apart = residuals - inside.T @ own
    degrees = int((panel.n > 0).sum() - (n > 0).sum() - (len(panel.weeks) - len(inside)))
    return max(1.0, float((panel.n * apart**2 / unit_variance).sum()) / degrees) if degrees > 0 else 1.0


def _between(values: Floats, weights: Floats) -> tuple[float, int]:
    """Return the variance of cells beyond their sampling error about an additive fit, 0 at least, and its degrees of freedom."""
    rows, columns = values.shape
    degrees = (rows - 1) * (columns - 1)
    if degrees < 1:
        return 0.0, 0
    effects, _, levels = _two_ways(values, weights)
    statistic = float((weights * (values - effects[:, None] - levels) ** 2).sum())
    design = np.hstack([np.kron(np.eye(rows), np.ones((columns, 1))), np.kron(np.ones((rows, 1)), np.eye(columns))])
    flat = weights.ravel()
    inverse = np.linalg.pinv(design.T @ (flat[:, None] * design), hermitian=True)
    expected = float(flat.sum() - np.trace(inverse @ (design.T @ (flat[:, None] ** 2 * design))))
    return (max(0.0, (statistic - degrees) / expected) if expected > 0 else 0.0), degrees
