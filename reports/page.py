"""The check report: one self-contained page for a quarter, told by stage of the customer's experience."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from reports import formats
from reports.csv_rows import csv_rows
from reports.departments import arrange_by_department, departments_of
from reports.loop import SHOWN_AT_ONCE, arrange_loop
from reports.rendering import render_page
from reports.stages import apart, arrange_by_stage, drawn_in_full, names_of, requests_by_owner
from reports.validation import odd_feeds
from reports.words import VERDICTS
from tasks.results import CycleSummary, MixEffect

BIGGEST_CAUSES_SHOWN = 3
DECISIONS_IN_FULL = 20
RESTATED_IN_FULL = 100  # quarters of standards

FILES_BESIDE: Mapping[str, str] = {
    "compliance.csv": "a row a standard and touchpoint",
    "outcomes.parquet": "each case: met, missed, pending or excluded",
    "counts.parquet": "the counts by week",
    "scores.parquet": "answers by week and score, where a mean, median or net promoter score is promised",
    "durations.parquet": "cases by week and minutes taken, done or still waiting",
    "causes.csv": "a row a cause",
    "assignments.csv": "which text belongs to which cause",
    "follow_ups.csv": "what is asked of whom by when",
    "workbook.xlsx": "every table as a sheet, with filters and charts",
    "report.pdf": "this report for the file, with bookmarks",
    "effects.csv": "whether what was declared done worked",
    "promises.csv": "what was promised before the data existed, and what came of it",
    "decisions.csv": "what the figures propose, and what was decided",
    "charts.csv": "the points and limits of the control charts",
    "times.csv": "how long cases take, by touchpoint",
    "slices.csv": "where a standard is missed more often than elsewhere",
    "drivers.csv": "which questions go with the overall rating",
    "validation/index.html": "what was checked and what was quarantined",
    "summary.json": "everything this page says, for machines",
    "datapackage.json": "the columns of the tables, described",
    "manifest.json": "sha256 of every input and output",
    "seal.json": "the ledger's head when this was published",
}


@formats.in_its_look
def render_report(summary: CycleSummary) -> bytes:
    """Return the check report as one HTML file in UTF-8 that needs no network and no script.

    The same summary gives the same bytes. Links are relative to the folder that holds the cycle's files.
    """
    counts = Counter(row.verdict for row in summary.standards)
    pages = pages_apart(summary)
    present = sorted((cause for cause in summary.causes if cause.size), key=lambda cause: (-cause.size, cause.id))
    return render_page(
        "report.html.jinja",
        stages=arrange_by_stage(summary),
        verdict_counts={verdict: counts[verdict] for verdict in VERDICTS},
        biggest_causes=present[:BIGGEST_CAUSES_SHOWN],
        present=present,
        cause_of={cause.id: cause for cause in summary.causes},
        widest_cause=max((cause.high for cause in present), default=1.0),
        requests=requests_by_owner(summary.follow_ups),
        anchors=_anchors(summary),
        departments=arrange_by_department(summary),
        odd_feeds=odd_feeds(summary.data),
        at_once=SHOWN_AT_ONCE,
        files=FILES_BESIDE,
        decisions_in_full=DECISIONS_IN_FULL,
        links=csv_rows(summary),
        pages=pages,
        restated_in_full=[one for one in summary.restatements if (one.standard, one.touchpoint) not in pages][:RESTATED_IN_FULL],
        **shared_parts(summary),
    )


def shared_parts(summary: CycleSummary) -> dict[str, Any]:
    """Return what the report and the pages of its standards look into."""
    return {
        "summary": summary,
        "names": names_of(summary),
        "rows": {(row.standard, row.touchpoint): row for row in summary.standards},
        "mixes": _mixes(summary),
        "departments_at": {place.id: departments_of(place) for place in summary.touchpoints},
        "looped": arrange_loop(summary),
        "names_elsewhere": {one.id: one.title for one in summary.touchpoints} | {one.id: one.label for one in summary.causes},
    }


def pages_apart(summary: CycleSummary) -> dict[tuple[str, str], str]:
    """Return the page of each standard, by itself and its touchpoint, that has one of its own, as its path beside the report.

    Identifiers hold small letters, digits, _ and - alone: no two share a path, whatever a disk makes of capitals.
    """
    rows = apart(summary, drawn_in_full(summary))
    return {(row.standard, row.touchpoint): f"standards/{row.standard}.{row.touchpoint}.html" for row in rows}


def _anchors(summary: CycleSummary) -> dict[str, str]:
    """Return the place on the page of every finding that a follow-up can name."""
    standards = {f"standard:{row.standard}:{row.touchpoint}": f"standard-{row.standard}-{row.touchpoint}" for row in summary.standards}
    return standards | {f"cause:{cause.id}": f"cause-{cause.id}" for cause in (*summary.causes, *summary.praise)}


def _mixes(summary: CycleSummary) -> dict[tuple[str, str, str], list[MixEffect]]:
    """Return the mix effects by standard, touchpoint and the quarter that is compared with."""
    found: dict[tuple[str, str, str], list[MixEffect]] = {}
    for mix in summary.mixes:
        found.setdefault((mix.standard, mix.touchpoint, mix.against), []).append(mix)
    return found
