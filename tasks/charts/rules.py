"""The four rules of NHS Making Data Count.

As published with NHSRplotthedots 0.2 (NHS-R Community; R/ptd_calculate_point_type.R and R/ptd_spc_standard.R): a point outside the
limits; seven or more points on one side of the centre; seven or more rising or falling; two of three near a limit, on its side.
Each function returns, for every judged point, 0, or 1 or -1 where it belongs to such a pattern upwards or downwards. Points follow
each other as they are drawn: a gap, or a point that is not judged, does not break a run.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.charts.subgroups import Floats
from tasks.results.charts import Signal

Directions = npt.NDArray[np.int64]

LIMIT_SIGMAS = 3
NEAR_SIGMAS = 2
RUN_POINTS = 7
# what lies exactly on a line must not be beyond it because of rounding
_ROUNDING = 1e-9


def find_signals(values: Floats, z: Floats, half_step: Floats) -> dict[Signal, Directions]:
    """Return the patterns in `values`, whose distances from the centre are `z` sigmas, by the rule's name.

    `half_step` is, in sigmas, half of what one case makes: see `shift`. The order of the rules is that in which they say
    in which direction a point is special, as in NHSRplotthedots: outside, trend, two of three, shift.
    """
    return {"outside_limits": outside_limits(z), "trend": trend(values), "two_of_three": two_of_three(z), "shift": shift(z, half_step)}


def outside_limits(z: Floats) -> Directions:
    """Return which points are beyond three sigmas."""
    return _beyond(z, LIMIT_SIGMAS)


def shift(z: Floats, half_step: Floats) -> Directions:
    """Return which points belong to seven or more on the same side of the centre; a point on the centre breaks a run.

    A share or count is on the centre where no other whole number of cases would be nearer to it. With few cases the centre lies
    between two possible values, and by the plain rule most points can lie on one side of it although nothing changed.
    """
    return _runs(np.where(np.abs(z) <= half_step + _ROUNDING, 0, np.sign(z)).astype(np.int64), RUN_POINTS)


def trend(values: Floats) -> Directions:
    """Return which points belong to seven or more that rise, or fall, one after the other; equal neighbours break it."""
    steps = _runs(np.sign(np.diff(values)).astype(np.int64), RUN_POINTS - 1)
    before, after = np.concatenate([[0], steps]), np.concatenate([steps, [0]])
    return np.where(after != 0, after, before)[: values.size]


def two_of_three(z: Floats) -> Directions:
    """Return which points are beyond two sigmas together with one of their two neighbours on either hand, on the same side.

    This is Western Electric's zone rule A and Nelson's test 5: the third point may be anywhere, and a point outside the limits
    counts. NHSRplotthedots asks that all three lie on that side of the centre, and none outside.
    """
    side = _beyond(z, NEAR_SIGMAS)
    is_paired = np.zeros(z.size, dtype=bool)
    for distance in (1, 2):
        pairs = (side[:-distance] != 0) & (side[:-distance] == side[distance:])
        is_paired[:-distance] |= pairs
        is_paired[distance:] |= pairs
    return np.where(is_paired, side, 0)


def _beyond(z: Floats, sigmas: int) -> Directions:
    return np.where(np.abs(z) > sigmas + _ROUNDING, np.sign(z), 0).astype(np.int64)


def _runs(labels: Directions, least: int) -> Directions:
    """Return the labels that stand in a row of at least so many equal ones, 0 elsewhere."""
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(labels)) + 1, [labels.size]])
    lengths = np.diff(bounds)
    return np.where(np.repeat(lengths >= least, lengths), labels, 0)
