"""Where each result stands in the CSV files beside the report, as links to their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate, chain, pairwise

from reports.loop_columns import judged, promised
from tasks.results import CycleSummary, Slice

Key = tuple[str, ...]
_FIRST = 2  # the header is row 1: RFC 7111 counts rows from 1, and W3C's csv2rdf calls the first row of data #row=2


def csv_rows(summary: CycleSummary, root: str = "") -> dict[Key, str]:
    """Return a link to its rows for each result, by file and what identifies it there: ("causes.csv", id) gives causes.csv#row=7.

    Links are fragments of text/csv (RFC 7111), `root` before the file's name. Rows stand in the order in which tables.py writes them.
    """
    tables: Mapping[str, Iterable[Key]] = {
        "compliance.csv": ((row.standard, row.touchpoint) for row in summary.standards),
        "causes.csv": ((cause.id,) for cause in summary.causes),
        "follow_ups.csv": ((one.id,) for one in summary.follow_ups),
        "effects.csv": ((one.id,) for one, _ in judged(summary)),
        "promises.csv": ((promise.id,) for promise, _ in promised(summary)),
        "decisions.csv": ((one.id,) for one in summary.loop.decisions),
        "times.csv": ((time.touchpoint, time.start, time.end) for time in summary.times),
        "drivers.csv": ((one.source, one.overall, driver.question) for one in summary.drivers for driver in one.drivers),
    }
    single = {(file, *key): f"{root}{file}#row={row}" for file, keys in tables.items() for row, key in enumerate(keys, _FIRST)}
    slices = {slice_key(one): f"{root}slices.csv#row={row}" for row, one in enumerate(summary.slices, _FIRST)}
    return single | slices | _of_charts(summary, root)


def slice_key(one: Slice) -> Key:
    """Return under which key a slice's row is found."""
    return ("slices.csv", one.standard, one.touchpoint, *chain.from_iterable((part.dimension, part.value) for part in one.parts))


def _of_charts(summary: CycleSummary, root: str) -> dict[Key, str]:
    """Return the rows of each chart, which has one for each point; a chart without points has none."""
    starts = accumulate((len(chart.points) for chart in summary.charts), initial=_FIRST)
    places = zip(summary.charts, pairwise(starts), strict=True)
    return {("charts.csv", chart.subject): f"{root}charts.csv#row={first}-{after - 1}" for chart, (first, after) in places if after > first}
