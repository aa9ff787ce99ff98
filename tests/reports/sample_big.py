"""A quarter of a very large programme: many standards with their charts, causes, follow-ups and restatements."""

from __future__ import annotations

from datetime import timedelta

from tasks.results import Cause, Chart, Compliance, CycleSummary, FollowUp, Restatement
from tests.reports import samples
from tests.reports.sample_findings import CHARTS

PLACES = ("tell-us", "phone-line"), ("put-right", "leak-repair"), ("pay", "bill")
_OF_STANDARDS = tuple(chart for chart in CHARTS if chart.subject.startswith("standard:"))


def big_summary(standards: int = 1000, causes: int = 500) -> CycleSummary:
    """Return a quarter of so many standards and causes, verdicts, signals and statuses mixed as in the small sample.

    Every missed standard has a follow-up, every fourth cause too, and each standard three restated quarters.
    """
    rows = tuple(_row(i) for i in range(standards))
    missed = [row for row in rows if row.verdict == "not_met"]
    found = tuple(_cause(i) for i in range(causes))
    follow_ups = [_follow_up(f"standard:{row.standard}:{row.touchpoint}", row.title, row.stage) for row in missed]
    follow_ups += [_follow_up(f"cause:{cause.id}", cause.label, "put-right") for cause in found[::4]]
    return samples.SUMMARY.model_copy(
        update={
            "standards": rows,
            "charts": tuple(_chart(i) for i in range(standards)),
            "causes": found,
            "follow_ups": tuple(follow_ups),
            "restatements": tuple(_restated(row, cycle) for row in rows for cycle in ("2025Q3", "2025Q2", "2025Q1")),
        }
    )


def _row(i: int) -> Compliance:
    stage, touchpoint = PLACES[i % 3]
    return samples.STANDARDS[i % len(samples.STANDARDS)].model_copy(
        update={"standard": f"s{i}", "title": f"Promise number {i} to customers", "stage": stage, "touchpoint": touchpoint}
    )


def _chart(i: int) -> Chart:
    stage, touchpoint = PLACES[i % 3]
    chart = _OF_STANDARDS[i % len(_OF_STANDARDS)]
    points = tuple(point.model_copy(update={"value": round(point.value * (1 - i % 97 / 5000), 4)}) for point in chart.points)
    return chart.model_copy(
        update={
            "subject": f"standard:s{i}:{touchpoint}",
            "title": f"Promise number {i} to customers",
            "stage": stage,
            "touchpoint": touchpoint,
            "points": points,
        }
    )


def _cause(i: int) -> Cause:
    like = samples.CAUSES[i % 4]
    quotes = tuple(quote.model_copy(update={"record_id": f"{i}-{quote.record_id}"}) for quote in like.quotes)
    return like.model_copy(
        update={"id": f"2025Q4-{i:03}", "label": f"{like.label} of kind {i}", "size": max(5, 342 - i // 2), "quotes": quotes}
    )


def _follow_up(finding: str, title: str, stage: str) -> FollowUp:
    like = samples.FOLLOW_UPS[0]
    due = like.due + timedelta(days=len(title) % 5)
    return like.model_copy(
        update={"id": f"aldermere-water/{finding}/2025Q4", "finding": finding, "title": f"See to: {title}", "stages": (stage,), "due": due}
    )


def _restated(row: Compliance, cycle: str) -> Restatement:
    return samples.RESTATEMENTS[0].model_copy(update={"cycle": cycle, "standard": row.standard, "touchpoint": row.touchpoint})
