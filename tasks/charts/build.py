"""Control charts of shares, of averages and medians, and of how many records there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from config.standards import Rebasing
from tasks.charts.baselines import POINTS_AT_LEAST, POINTS_TO_HOLD, Era, Past, eras
from tasks.charts.limits import sigmas, standardise
from tasks.charts.rules import LIMIT_SIGMAS, Directions, find_signals
from tasks.charts.subgroups import Floats, Points, count_points, enough_for_weeks, share_points, value_points
from tasks.results.charts import Assurance, Baseline, Chart, ChartPoint, Period, Signal, Variation

_BOUNDS = {
    "share": (0.0, 1.0),
    "net promoter": (-100.0, 100.0),
    "hours": (0.0, np.inf),
    "working hours": (0.0, np.inf),
    "records": (0.0, np.inf),
}


@dataclass(frozen=True)
class Subject:
    """What a chart is about; the fields are those of Chart, and `definition` is the hash of what is measured."""

    subject: str
    touchpoint: str
    stage: str
    title: str
    unit: str
    target: float | None
    is_higher_better: bool | None
    definition: str


def choose_period(subject: Subject, weeks: npt.NDArray[Any], cases: npt.NDArray[Any], earlier: Baseline | None) -> Period:
    """Return that of the earlier limits of the same definition, which so never flips, otherwise what `enough_for_weeks` says."""
    if earlier is not None and earlier.definition == subject.definition:
        return earlier.period
    return enough_for_weeks(weeks, cases)


def share_chart(subject: Subject, counts: pd.DataFrame, *, earlier: Baseline | None, rebased: Rebasing | None, current_from: date) -> Chart:
    """Return the p or p′ chart of counts with columns week, month (first days), met, missed, pending; limits clipped to 0..1.

    `counts` reaches as far back as the chart is to be drawn, all under the present definition; `current_from` is the first day of
    the current quarter. Which limits hold is said in `eras`, when a point is provisional or left out in `share_points`.
    """
    cases = sum(counts[name].to_numpy(np.int64) for name in ("met", "missed", "pending"))
    period = choose_period(subject, counts["week"].to_numpy(), np.asarray(cases), earlier)
    return _chart(subject, share_points(counts, period), period, Past(earlier, rebased, current_from), is_share=True)


def value_chart(
    subject: Subject, table: pd.DataFrame, period: Period, *, earlier: Baseline | None, rebased: Rebasing | None, current_from: date
) -> Chart:
    """Return the XmR chart of a table with columns starts (first day), n, value, is_provisional, a row a week or month.

    `period` is what `choose_period` said for the same weeks. Limits are the mean ± 2.66 times the mean moving range, clipped to
    what the unit allows: -100..100 for a net promoter score, 0 and more for hours.
    """
    return _chart(subject, value_points(table), period, Past(earlier, rebased, current_from), is_share=False)


def count_chart(
    subject: Subject,
    counts: pd.DataFrame,
    *,
    known_from: date,
    known_until: date,
    earlier: Baseline | None,
    rebased: Rebasing | None,
    current_from: date,
) -> Chart:
    """Return the XmR chart of counts with columns week, month, records; the first and last known day bound what is drawn.

    A week or month without records is a point at 0; one that is not wholly known is provisional.
    """
    period = choose_period(subject, counts["week"].to_numpy(), counts["records"].to_numpy(), earlier)
    points = count_points(counts, period, known_from, known_until)
    return _chart(subject, points, period, Past(earlier, rebased, current_from), is_share=False)


def _chart(subject: Subject, points: Points, period: Period, past: Past, *, is_share: bool) -> Chart:
    parts = eras(points, subject.definition, period, past, is_share=is_share)
    found = [_found(era) for era in parts]
    present = parts[-1]
    judged = present.points.where(~present.points.is_provisional)
    return Chart(
        subject=subject.subject,
        touchpoint=subject.touchpoint,
        stage=subject.stage,
        title=subject.title,
        unit=subject.unit,
        target=subject.target,
        is_higher_better=subject.is_higher_better,
        points=tuple(point for era, patterns in zip(parts, found, strict=True) for point in _drawn(era, patterns, subject.unit)),
        baseline=present.baseline,
        variation=_variation(found[-1], is_higher_better=subject.is_higher_better),
        assurance=_assurance(subject, judged, present.baseline),
        rebased=_decision(points, past.rebased),
        note=_note(present.baseline, judged),
    )


def _found(era: Era) -> dict[Signal, Directions]:
    """Return the patterns by rule, with one direction a judged point; none without limits."""
    if era.baseline is None:
        return {}
    judged = era.points.where(~era.points.is_provisional)
    half_step = judged.step / 2 / sigmas(era.baseline, judged)
    return find_signals(judged.values, standardise(era.baseline, judged), half_step)


def _drawn(era: Era, found: dict[Signal, Directions], unit: str) -> list[ChartPoint]:
    points, baseline = era.points, era.baseline
    lows, highs = ([None] * points.n.size,) * 2 if baseline is None else (limit.tolist() for limit in _limits(points, baseline, unit))
    columns = (points.starts, points.n, points.values, points.is_provisional)
    rows = zip(*(column.tolist() for column in columns), lows, highs, _signals(points, found), strict=True)
    return [
        ChartPoint(
            starts=starts,
            n=n,
            value=value,
            centre=baseline and baseline.centre,
            low=low,
            high=high,
            is_provisional=is_provisional,
            signals=signals,
        )
        for starts, n, value, is_provisional, low, high, signals in rows
    ]


def _limits(points: Points, baseline: Baseline, unit: str) -> tuple[Floats, Floats]:
    reach = LIMIT_SIGMAS * sigmas(baseline, points)
    lowest, highest = _BOUNDS.get(unit, (-np.inf, np.inf))
    return np.clip(baseline.centre - reach, lowest, highest), np.clip(baseline.centre + reach, lowest, highest)


def _signals(points: Points, found: dict[Signal, Directions]) -> list[tuple[Signal, ...]]:
    """Return the names of the rules that each point meets, whether judged or not."""
    signals: list[tuple[Signal, ...]] = [()] * points.n.size
    judged = np.flatnonzero(~points.is_provisional)
    for name, directions in found.items():
        for place in judged[directions != 0]:
            signals[place] += (name,)
    return signals


def _variation(found: dict[Signal, Directions], *, is_higher_better: bool | None) -> Variation:
    """Return what the last judged point says: the first rule that it meets gives the direction."""
    last = [int(directions[-1]) for directions in found.values() if directions.size]
    if not last:
        return "cannot_tell"
    direction = next((one for one in last if one), 0)
    if direction == 0:
        return "common_cause"
    if is_higher_better is None:
        return "special_cause"
    return "improvement" if (direction > 0) == is_higher_better else "concern"


def _assurance(subject: Subject, judged: Points, baseline: Baseline | None) -> Assurance:
    """Return whether the target lies beyond the limits of the last judged point, so that common causes alone meet or miss it."""
    if subject.target is None or subject.is_higher_better is None:
        return "no_target"
    if baseline is None or not judged.values.size:
        return "cannot_tell"
    low, high = (float(limit[-1]) for limit in _limits(judged, baseline, subject.unit))
    # turned so that higher is better, a value equal to the target meets it
    worst, best, target = (low, high, subject.target) if subject.is_higher_better else (-high, -low, -subject.target)
    if worst >= target:
        return "passing"
    return "failing" if best < target else "hit_or_miss"


def _decision(points: Points, rebased: Rebasing | None) -> str:
    if rebased is None or not (points.starts >= np.datetime64(rebased.first, "D")).any():
        return ""
    return f"From {rebased.first}: {rebased.reason} (decided by {rebased.decided_by})"


def _note(baseline: Baseline | None, judged: Points) -> str:
    if baseline is not None:
        return f"Trial limits from {baseline.points} points; they stay from {POINTS_TO_HOLD} on." if baseline.is_trial else ""
    if judged.values.size < POINTS_AT_LEAST:
        return f"No limits: they need {POINTS_AT_LEAST} points, and {judged.values.size} can be judged."
    return "No limits: the values never changed."
