"""Which one chart goes with a letter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from reports.charts import is_volume
from tasks.results import Chart, Compliance


def chart_of(rows: Iterable[Compliance], charts: Sequence[Chart]) -> Chart | None:
    """Return the chart of the first of the standards that has one with a point; None where none has."""
    drawn = {chart.subject: chart for chart in charts if chart.points}
    return next((drawn[name] for name in (f"standard:{row.standard}:{row.touchpoint}" for row in rows) if name in drawn), None)


def chart_at(touchpoints: Collection[str], charts: Iterable[Chart]) -> Chart | None:
    """Return the first chart of a standard at one of the touchpoints, one that shows a special cause first; None where there is none."""
    found = [chart for chart in charts if chart.points and not is_volume(chart) and chart.touchpoint in touchpoints]
    return min(found, key=lambda chart: chart.variation in ("common_cause", "cannot_tell"), default=None)
