"""Which limits hold: they are computed once from enough points, and stay until somebody decides otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from config.standards import Rebasing
from tasks.charts.limits import fit_shares, fit_values
from tasks.charts.subgroups import Points
from tasks.results.charts import Baseline, Period

POINTS_AT_LEAST = 12
POINTS_TO_HOLD = 20


@dataclass(frozen=True)
class Era:
    """Neighbouring points of a chart, and the limits that they are held against; none where there are too few points."""

    points: Points
    baseline: Baseline | None


@dataclass(frozen=True)
class Past:
    """What is known from before: the earlier cycle's limits, the latest decision that they start anew, and where the quarter begins."""

    earlier: Baseline | None
    rebased: Rebasing | None
    current_from: date

    def limits(self, definition: str, period: Period) -> Baseline | None:
        """Return the earlier limits, if they are of the same definition and period."""
        return self.earlier if self.earlier and (self.earlier.definition, self.earlier.period) == (definition, period) else None


def eras(points: Points, definition: str, period: Period, past: Past, *, is_share: bool) -> tuple[Era, ...]:
    """Return the points in one era, or in two where a decision started the limits anew; the last is the present one.

    All points are of the present definition. Earlier limits of another definition or period are dropped: new ones are computed from
    these points. A decision counts where there are points from its first day on and the earlier limits began before it; points
    that start before that day keep the earlier limits as long as they are handed in, and have none afterwards.
    """
    earlier = past.limits(definition, period)
    if past.rebased is None or not (is_new := points.starts >= np.datetime64(past.rebased.first, "D")).any():
        return (Era(points, _present(points, definition, period, earlier, past, is_share=is_share)),)
    is_obeyed = earlier is not None and earlier.first >= past.rebased.first
    before = Era(points.where(~is_new), None if is_obeyed else earlier)
    since = points.where(is_new)
    present = Era(since, _present(since, definition, period, earlier if is_obeyed else None, past, is_share=is_share))
    return (before, present) if before.points.starts.size else (present,)


def _present(points: Points, definition: str, period: Period, earlier: Baseline | None, past: Past, *, is_share: bool) -> Baseline | None:
    """Return the earlier limits where they hold, otherwise new ones, or None where these points allow none.

    New ones come from the judged points before the current quarter if there are 12 or more, otherwise from all judged points;
    fewer than 12, or values that never change, allow none. Under 20 points they are a trial, computed again next time.
    """
    if earlier is not None and not earlier.is_trial:
        return earlier
    judged = points.where(~points.is_provisional)
    before = judged.where(judged.starts < np.datetime64(past.current_from, "D"))
    chosen = before if before.starts.size >= POINTS_AT_LEAST else judged
    if chosen.starts.size < POINTS_AT_LEAST:
        return None
    kind, centre, spread = (fit_shares if is_share else fit_values)(chosen)
    if spread == 0:
        return None
    return Baseline(
        definition=definition,
        kind=kind,
        period=period,
        first=chosen.starts[0].item(),
        last=chosen.starts[-1].item(),
        points=chosen.starts.size,
        cases=int(chosen.n.sum()),
        centre=centre,
        spread=spread,
        is_trial=chosen.starts.size < POINTS_TO_HOLD,
    )
