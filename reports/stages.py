"""A quarter's results arranged by stage of the customer's experience, each told in full in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports.charts import is_volume
from tasks.results import OPEN_STATUSES, Cause, Chart, Compliance, CycleSummary, FollowUp, Place, Slice, TimeTo

EVERYWHERE = "all"
STANDARDS_IN_FULL = 50  # a report of more draws only the charts of those that were missed or changed,
CHARTS_AT_MOST = 60  # and of these no more than somebody can look at; all others get pages of their own
CAUSES_IN_FULL = 10  # the biggest of a stage, and what became of others is told in full too,
NEWS_IN_FULL = 10  # of so many
FOLLOW_UPS_IN_FULL = 25  # of a stage, those that ask something of somebody first


@dataclass(frozen=True)
class StageCause:
    """A cause as one stage sees it."""

    cause: Cause
    records_here: int


@dataclass(frozen=True)
class StageResults:
    """What one stage shows: its own results in full, and what mainly belongs to another stage by name."""

    id: str
    title: str
    standards: tuple[Compliance, ...]
    charts: tuple[Chart, ...]
    charts_in_brief: tuple[Chart, ...]
    volumes: tuple[Chart, ...]
    times: tuple[TimeTo, ...]
    slices: tuple[Slice, ...]
    places: tuple[Place, ...]
    causes: tuple[StageCause, ...]
    causes_in_brief: tuple[StageCause, ...]
    causes_from_elsewhere: tuple[StageCause, ...]
    follow_ups: tuple[FollowUp, ...]
    follow_ups_in_brief: tuple[FollowUp, ...]
    follow_ups_from_elsewhere: tuple[FollowUp, ...]


@dataclass(frozen=True)
class Names:
    """Titles by id, apart from each other: a stage and a department may bear the same id."""

    stages: Mapping[str, str]
    touchpoints: Mapping[str, str]
    departments: Mapping[str, str]


@dataclass(frozen=True)
class OwnerRequest:
    """What is asked of one department, the earliest due first."""

    owner: str
    follow_ups: tuple[FollowUp, ...]


def arrange_by_stage(summary: CycleSummary) -> tuple[StageResults, ...]:
    """Return `all` first, then every stage in the programme's order; each standard, cause and follow-up is in full exactly once.

    What belongs to no stage that the programme lists (a cause of unplaced records, say) is told under `all`.
    """
    titles = {EVERYWHERE: "Across all stages"} | {stage.id: stage.title for stage in summary.stages}
    in_full = drawn_in_full(summary)
    told = in_full, frozenset(subject_of(row) for row in apart(summary, in_full))
    return tuple(_stage(summary, stage, title, frozenset(titles), told) for stage, title in titles.items())


def _stage(
    summary: CycleSummary, stage: str, title: str, known: frozenset[str], told: tuple[frozenset[str], frozenset[str]]
) -> StageResults:
    drawn_here, told_apart = told
    records = {cause.id: records_by_stage(cause, summary.touchpoints, known) for cause in summary.causes}
    causes = [StageCause(cause, records[cause.id].get(stage, 0)) for cause in summary.causes]
    standards = tuple(row for row in summary.standards if _listed(row.stage, known) == stage)
    drawn = [chart for chart in summary.charts if chart.points and _listed(chart.stage, known) == stage]
    here_first = [here for here in causes if _main_stage(records[here.cause.id]) == stage]
    full_causes = {here.cause.id for here in _told_in_full(here_first)}
    of_standards = [chart for chart in drawn if not is_volume(chart)]
    follow_ups = [one for one in summary.follow_ups if _first_stage(one, known) == stage]
    full_follow_ups = {one.id for one in sorted(follow_ups, key=lambda one: one.status not in OPEN_STATUSES)[:FOLLOW_UPS_IN_FULL]}
    return StageResults(
        id=stage,
        title=title,
        standards=standards,
        charts=tuple(chart for chart in of_standards if chart.subject in drawn_here),
        charts_in_brief=tuple(chart for chart in of_standards if chart.subject not in drawn_here | told_apart),
        volumes=tuple(chart for chart in drawn if is_volume(chart)),
        times=tuple(time for time in summary.times if _listed(time.stage, known) == stage),
        slices=tuple(one for one in summary.slices if _listed(one.stage, known) == stage),
        places=tuple(place for place in summary.touchpoints if _listed(place.stage, known) == stage),
        causes=tuple(here for here in here_first if here.cause.id in full_causes),
        causes_in_brief=tuple(here for here in here_first if here.cause.id not in full_causes),
        causes_from_elsewhere=tuple(here for here in causes if here.records_here and _main_stage(records[here.cause.id]) != stage),
        follow_ups=tuple(one for one in follow_ups if one.id in full_follow_ups),
        follow_ups_in_brief=tuple(one for one in follow_ups if one.id not in full_follow_ups),
        follow_ups_from_elsewhere=tuple(one for one in summary.follow_ups if stage in one.stages and _first_stage(one, known) != stage),
    )


def _has_news(cause: Cause) -> bool:
    return cause.status not in ("recurring", "steady", "cannot_tell")


def _told_in_full(causes: Sequence[StageCause]) -> list[StageCause]:
    biggest, others = causes[:CAUSES_IN_FULL], causes[CAUSES_IN_FULL:]
    return [*biggest, *[here for here in others if _has_news(here.cause)][:NEWS_IN_FULL]]


def drawn_in_full(summary: CycleSummary) -> frozenset[str]:
    """Return the subjects of the charts that the report draws.

    Up to STANDARDS_IN_FULL standards these are all. Of more, a chart is drawn whose standard was missed or shows a change, or which
    shows a special cause; the missed come first where these are too many.
    """
    charts = [chart for chart in summary.charts if chart.points and not is_volume(chart)]
    if len(summary.standards) <= STANDARDS_IN_FULL:
        return frozenset(chart.subject for chart in charts)
    row_of = {subject_of(row): row for row in summary.standards}
    weights = {chart.subject: _weight(row_of.get(chart.subject), chart) for chart in charts}
    heaviest = sorted((subject for subject, weight in weights.items() if weight), key=lambda subject: -weights[subject])
    return frozenset(heaviest[:CHARTS_AT_MOST])


def apart(summary: CycleSummary, in_full: frozenset[str]) -> tuple[Compliance, ...]:
    """Return the standards that get a page of their own: past STANDARDS_IN_FULL those whose chart is not drawn in the report.

    What was missed or changed and has no chart is told in the report alone.
    """
    if len(summary.standards) <= STANDARDS_IN_FULL:
        return ()
    charts = {chart.subject for chart in summary.charts if chart.points}
    rows = (row for row in summary.standards if subject_of(row) not in in_full)
    return tuple(row for row in rows if subject_of(row) in charts or not _weight(row, None))


def subject_of(row: Compliance) -> str:
    """Return how charts and follow-ups name a standard at a touchpoint."""
    return f"standard:{row.standard}:{row.touchpoint}"


def _weight(row: Compliance | None, chart: Chart | None) -> int:
    changes = [change.verdict for change in (row.previous, row.year_ago) if change] if row else []
    if row and row.verdict == "not_met":
        return 2
    is_special = chart is not None and chart.variation not in ("common_cause", "cannot_tell")
    return int(is_special or "improved" in changes or "worsened" in changes)


def records_by_stage(cause: Cause, places: Iterable[Place], known: frozenset[str]) -> dict[str, int]:
    """Return how many of a cause's records lie in each of the known stages; a touchpoint that is not listed counts for none."""
    stage_of = {place.id: _listed(place.stage, known) for place in places}
    totals: dict[str, int] = {}
    for part in cause.touchpoints:
        if part.id in stage_of:
            totals[stage_of[part.id]] = totals.get(stage_of[part.id], 0) + part.records
    return totals


def _main_stage(by_stage: Mapping[str, int]) -> str:
    return max(by_stage, key=lambda stage: by_stage[stage]) if by_stage else EVERYWHERE


def _listed(stage: str, known: frozenset[str]) -> str:
    return stage if stage in known else EVERYWHERE


def _first_stage(follow_up: FollowUp, known: frozenset[str]) -> str:
    return next((stage for stage in follow_up.stages if stage in known), EVERYWHERE)


def open_follow_ups(follow_ups: Iterable[FollowUp]) -> tuple[FollowUp, ...]:
    """Return the follow-ups that still ask something of somebody, the earliest due first."""
    return tuple(sorted((one for one in follow_ups if one.status in OPEN_STATUSES), key=lambda one: (one.due, one.id)))


def requests_by_owner(follow_ups: Iterable[FollowUp]) -> tuple[OwnerRequest, ...]:
    """Return the open follow-ups by accountable department, the department with the earliest due date first."""
    owners: dict[str, list[FollowUp]] = {}
    for follow_up in open_follow_ups(follow_ups):
        owners.setdefault(follow_up.owner, []).append(follow_up)
    return tuple(OwnerRequest(owner, tuple(own)) for owner, own in owners.items())


def names_of(summary: CycleSummary) -> Names:
    """Return the titles of a programme's parts by id."""
    return Names(
        stages={EVERYWHERE: "all stages"} | {stage.id: stage.title for stage in summary.stages},
        touchpoints={EVERYWHERE: "all touchpoints"} | {place.id: place.title for place in summary.touchpoints},
        departments={department.id: department.title for department in summary.departments},
    )
