"""A page for each standard that the report tells in one line of a table: its row, chart, slices, restatements and follow-ups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from reports import formats
from reports.csv_rows import csv_rows
from reports.page import pages_apart, shared_parts
from reports.rendering import render_page
from reports.stages import subject_of
from tasks.results import CycleSummary, FollowUp, Restatement, Slice

About = TypeVar("About", Restatement, Slice)


@formats.in_its_look
def standard_pages(summary: CycleSummary) -> dict[str, bytes]:
    """Return the pages of a report's standards by their paths beside it, as UTF-8; of up to fifty standards there are none.

    Each needs no network and no script; its links are relative to the folder `standards`.
    """
    paths = pages_apart(summary)
    if not paths:
        return {}
    charts = {chart.subject: chart for chart in summary.charts if chart.points}
    slices, restatements, follow_ups = _by_place(summary.slices), _by_place(summary.restatements), _by_finding(summary.follow_ups)
    common = {**shared_parts(summary), "links": csv_rows(summary, "../"), "anchors": {}, "pages": {}}
    return {
        path: render_page(
            "standard.html.jinja",
            has_logo=False,
            row=common["rows"][place],
            chart=charts.get(subject_of(common["rows"][place])),
            slices=slices.get(place, ()),
            restatements=restatements.get(place, ()),
            follow_ups=follow_ups.get(subject_of(common["rows"][place]), ()),
            **common,
        )
        for place, path in paths.items()
    }


def _by_place(results: Iterable[About]) -> Mapping[tuple[str, str], list[About]]:
    found: dict[tuple[str, str], list[About]] = {}
    for one in results:
        found.setdefault((one.standard, one.touchpoint), []).append(one)
    return found


def _by_finding(follow_ups: Iterable[FollowUp]) -> Mapping[str, list[FollowUp]]:
    found: dict[str, list[FollowUp]] = {}
    for one in follow_ups:
        found.setdefault(one.finding, []).append(one)
    return found
