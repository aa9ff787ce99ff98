"""Before against after, less the same of what was left alone, with an interval that allows for all that varies by itself.

Sources: Card and Krueger (1994), American Economic Review 84, 772-793 (difference in differences); Lopez Bernal, Cummins and
Gasparrini (2018), International Journal of Epidemiology 47, 2082-2093 (controlled interrupted time series); Satterthwaite (1946),
Biometrics Bulletin 2, 110-114 (degrees of freedom); Birge (1932), Physical Review 40, 207-227 (errors widened by the misfit).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from tasks.effectiveness.panel import Mask, Panel, Window
from tasks.effectiveness.variation import Variation

Floats = npt.NDArray[np.float64]
STEP = 1  # column of the design that holds the change
POWER = 0.8
MANY = 1e6
_NOTHING = 1e-6  # of a variance: what rounding leaves of a direction that the fit has taken up
WEEKS_A_QUARTER = 13


@dataclass(frozen=True)
class Contrast:
    """A change of the share, with its standard error and degrees of freedom."""

    change: float
    error: float
    degrees_of_freedom: float

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the two-sided interval."""
        half = float(student.ppf(0.5 + confidence / 2, self.degrees_of_freedom)) * self.error
        return self.change - half, self.change + half

    @property
    def p(self) -> float:
        """Two-sided p of no change."""
        return float(2 * student.sf(abs(self.change) / self.error, self.degrees_of_freedom)) if self.error > 0 else 1.0

    @property
    def smallest_seen(self) -> float:
        """The smallest change that is found at 5 % in 80 of 100 such cases."""
        return float(student.ppf(0.975, self.degrees_of_freedom) + student.ppf(POWER, self.degrees_of_freedom)) * self.error


@dataclass(frozen=True)
class Series:
    """One unit's weekly shares less what all untouched units did in those weeks."""

    values: Floats
    sampling: Floats  # covariance of sampling errors, the comparison's with it
    blocks: npt.NDArray[np.int64]  # weeks that share a quarter and a side of what was done
    is_after: Mask
    time_quarters: Floats
    between_quarters: float
    degrees_of_freedom: int
    points: float  # by which a value is multiplied to be a change of the share


def series_of(panel: Panel, unit: str, window: Window, untouched: Variation) -> Series:
    """Return one unit's series over the weeks of a window in which it was counted."""
    own = panel.of([unit])
    met, n = own.met[:, 0], own.n[:, 0]
    used = np.flatnonzero(window.both & (n > 0))
    after = window.after[used]
    level_before = _level(met, n, window.before)
    scale = level_before if panel.is_relative else 1.0
    levels = np.where(after, _level(met, n, window.after), level_before)
    variance = levels * (1 - levels) * untouched.overdispersion / n[used] / scale**2
    return Series(
        values=met[used] / n[used] / scale - untouched.weeks[used],
        sampling=np.diag(variance) + untouched.covariance[np.ix_(used, used)],
        blocks=2 * panel.quarters[used] + after,
        is_after=after,
        time_quarters=(used - used.mean()) / WEEKS_A_QUARTER,
        between_quarters=untouched.between_quarters * (1 + 1 / untouched.units),
        degrees_of_freedom=untouched.degrees_of_freedom,
        points=scale,
    )


def step(series: Series) -> Contrast:
    """Return the change of level: difference in differences."""
    return _fitted(series, np.column_stack([np.ones(len(series.values)), series.is_after]))


def step_beyond_trend(series: Series) -> Contrast:
    """Return the change of level beyond a straight trend of the unit's own: controlled interrupted time series."""
    return _fitted(series, np.column_stack([np.ones(len(series.values)), series.is_after, series.time_quarters]))


def _level(met: npt.NDArray[np.int64], n: npt.NDArray[np.int64], mask: Mask) -> float:
    return float((met[mask].sum() + 0.5) / (n[mask].sum() + 1))


def _fitted(series: Series, design: Floats) -> Contrast:
    """Return the change by generalised least squares, its error widened where the unit's own quarters fit worse than the untouched."""
    together = np.equal.outer(series.blocks, series.blocks).astype(float)
    covariance = series.sampling + series.between_quarters * together
    inverse = np.linalg.inv(covariance)
    weights = np.linalg.inv(design.T @ inverse @ design) @ design.T @ inverse
    of_sampling = float(weights[STEP] @ series.sampling @ weights[STEP])
    of_quarters = float(weights[STEP] @ together @ weights[STEP]) * series.between_quarters
    error = np.sqrt((of_sampling + of_quarters) * _misfit(series, design, weights, covariance))
    degrees = (of_sampling + of_quarters) ** 2 / (of_quarters**2 / max(series.degrees_of_freedom, 1)) if of_quarters > 0 else MANY
    change = float(weights[STEP] @ series.values)
    return Contrast(change * series.points, float(error) * series.points, min(float(degrees), MANY))


def _misfit(series: Series, design: Floats, weights: Floats, covariance: Floats) -> float:
    """Return by how much the blocks lie farther from the fit than they should, as a ratio of variances; 1 at least."""
    apart = np.eye(len(series.values)) - design @ weights
    blocks = np.equal.outer(np.unique(series.blocks), series.blocks) / np.diag(series.sampling)
    means = (blocks / blocks.sum(axis=1, keepdims=True)) @ apart
    variances, directions = np.linalg.eigh(means @ covariance @ means.T)
    is_free = variances > _NOTHING * covariance.max()
    if not is_free.any():
        return 1.0
    statistic = ((directions[:, is_free].T @ (means @ series.values)) ** 2 / variances[is_free]).sum()
    return max(1.0, float(statistic) / int(is_free.sum()))
