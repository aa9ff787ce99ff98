"""The check report: one self-contained page for a quarter, told by stage of the customer's experience."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from reports.departments import arrange_by_department, departments_of
from reports.loop import SHOWN_AT_ONCE, arrange_loop
from reports.rendering import render_page
from reports.stages import arrange_by_stage, names_of, requests_by_owner
from reports.validation import odd_feeds
from reports.words import VERDICTS
from tasks.results import CycleSummary, MixEffect

BIGGEST_CAUSES_SHOWN = 3

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


def render_report(summary: CycleSummary) -> bytes:
    """Return the check report as one HTML file in UTF-8 that needs no network and no script.

    The same summary gives the same bytes. Links are relative to the folder that holds the cycle's files.
    """
    counts = Counter(row.verdict for row in summary.standards)
    present = sorted((cause for cause in summary.causes if cause.size), key=lambda cause: (-cause.size, cause.id))
    return render_page(
        "report.html.jinja",
        summary=summary,
        stages=arrange_by_stage(summary),
        names=names_of(summary),
        verdict_counts={verdict: counts[verdict] for verdict in VERDICTS},
        biggest_causes=present[:BIGGEST_CAUSES_SHOWN],
        present=present,
        cause_of={cause.id: cause for cause in summary.causes},
        widest_cause=max((cause.high for cause in present), default=1.0),
        requests=requests_by_owner(summary.follow_ups),
        anchors=_anchors(summary),
        rows={(row.standard, row.touchpoint): row for row in summary.standards},
        mixes=_mixes(summary),
        departments=arrange_by_department(summary),
        departments_at={place.id: departments_of(place) for place in summary.touchpoints},
        odd_feeds=odd_feeds(summary.data),
        looped=arrange_loop(summary),
        at_once=SHOWN_AT_ONCE,
        names_elsewhere={place.id: place.title for place in summary.touchpoints} | {cause.id: cause.label for cause in summary.causes},
        files=FILES_BESIDE,
    )


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
