"""One standard at one touchpoint across quarters: as it was published, as it was restated, and what was done about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports import figures
from reports.history_lines import Line, Spot, line_of
from reports.history_record import STANDARD, History, standard_page
from tasks.results import Compliance, CycleSummary, Effect, FollowUp, Restatement

Key = tuple[str, str]  # a standard and a touchpoint


@dataclass(frozen=True)
class Restated:
    """An earlier quarter's figure as a later report gives it."""

    edition: str
    figure: Restatement


@dataclass(frozen=True)
class StandardQuarter:
    """One quarter of a standard; `row` is None where that quarter's report does not hold it, `edition` empty where none was read."""

    cycle: str
    edition: str
    row: Compliance | None
    restated: tuple[Restated, ...]  # the newest first

    @property
    def as_it_stands(self) -> Restatement | None:
        """The figure as the newest report restates it."""
        return self.restated[0].figure if self.restated else None


@dataclass(frozen=True)
class EffectTold:
    """What one cycle's Check said of what was done."""

    edition: str
    follow_up: FollowUp
    effect: Effect


@dataclass(frozen=True)
class StandardHistory:
    """A standard at a touchpoint, its quarters newest first; title, stage and unit are those of its last row."""

    standard: str
    touchpoint: str
    page: str
    latest: Compliance
    is_current: bool
    quarters: tuple[StandardQuarter, ...]
    line: Line | None
    follow_ups: tuple[FollowUp, ...]
    effects: tuple[EffectTold, ...]


def standard_histories(history: History) -> tuple[StandardHistory, ...]:
    """Return every standard at every touchpoint that any report holds: in the newest report's order, then those that it no longer holds."""
    rows = _rows(history.summaries)
    restated = _restated(history.summaries)
    follow_ups, effects = by_finding(history.follow_ups), effects_by_finding(history.summaries)
    current = [(row.standard, row.touchpoint) for row in history.newest.standards]
    held = frozenset(current)
    return tuple(
        _history(key, history.summaries, rows, restated, follow_ups, effects, is_current=key in held)
        for key in dict.fromkeys([*current, *(key for key, _ in rows)])
    )


def by_finding(follow_ups: Iterable[FollowUp]) -> dict[str, list[FollowUp]]:
    """Return follow-ups by their finding."""
    found: dict[str, list[FollowUp]] = {}
    for one in follow_ups:
        found.setdefault(one.finding, []).append(one)
    return found


def effects_by_finding(summaries: Iterable[CycleSummary]) -> dict[str, list[EffectTold]]:
    """Return by finding what each cycle's own Check said, oldest first."""
    told: dict[str, list[EffectTold]] = {}
    for summary in summaries:
        for one in summary.follow_ups:
            if one.effect is not None and one.effect.cycle == summary.cycle:
                told.setdefault(one.finding, []).append(EffectTold(summary.edition, one, one.effect))
    return told


def _rows(summaries: Iterable[CycleSummary]) -> dict[tuple[Key, str], Compliance]:
    return {((row.standard, row.touchpoint), summary.cycle): row for summary in summaries for row in summary.standards}


def _restated(summaries: Iterable[CycleSummary]) -> dict[Key, list[Restated]]:
    found: dict[Key, list[Restated]] = {}
    for summary in summaries:
        for one in summary.restatements:
            found.setdefault((one.standard, one.touchpoint), []).append(Restated(summary.edition, one))
    return found


def _history(
    key: Key,
    summaries: Sequence[CycleSummary],
    rows: Mapping[tuple[Key, str], Compliance],
    restated: Mapping[Key, Sequence[Restated]],
    follow_ups: Mapping[str, Sequence[FollowUp]],
    effects: Mapping[str, Sequence[EffectTold]],
    *,
    is_current: bool,
) -> StandardHistory:
    quarters = _quarters(key, summaries, rows, restated.get(key, ()))
    latest = next(quarter.row for quarter in reversed(quarters) if quarter.row)
    finding = f"{STANDARD}{key[0]}:{key[1]}"
    return StandardHistory(
        standard=key[0],
        touchpoint=key[1],
        page=standard_page(*key),
        latest=latest,
        is_current=is_current,
        quarters=tuple(reversed(quarters)),
        line=line_of([_spot(quarter, latest) for quarter in quarters], figures.unit_of(latest)),
        follow_ups=tuple(follow_ups.get(finding, ())),
        effects=tuple(reversed(effects.get(finding, ()))),
    )


def _quarters(
    key: Key, summaries: Sequence[CycleSummary], rows: Mapping[tuple[Key, str], Compliance], restated: Sequence[Restated]
) -> list[StandardQuarter]:
    """Return the quarters from the first that any report says something of, oldest first."""
    editions = {summary.cycle: summary.edition for summary in summaries}
    restated_in: dict[str, list[Restated]] = {}
    for one in restated:
        restated_in.setdefault(one.figure.cycle, []).insert(0, one)
    told = {cycle for cycle in editions if (key, cycle) in rows} | set(restated_in)
    return [
        StandardQuarter(cycle, editions.get(cycle, ""), rows.get((key, cycle)), tuple(restated_in.get(cycle, ())))
        for cycle in sorted({*editions, *restated_in})
        if cycle >= min(told)
    ]


def _spot(quarter: StandardQuarter, latest: Compliance) -> Spot:
    """Return a quarter's place on the line; a figure in another unit than the latest has none."""
    row = quarter.row
    later = _later(quarter, row or latest)
    if row is None:
        return Spot(quarter.cycle, None, later=later)
    if figures.unit_of(row) != figures.unit_of(latest):
        return Spot(quarter.cycle, None)
    if row.value is not None:
        return Spot(quarter.cycle, row.value.value, row.value.low, row.value.high, row.value.target, later)
    return Spot(quarter.cycle, row.share, row.low, row.high, row.target, later)


def _later(quarter: StandardQuarter, row: Compliance) -> float | None:
    """Return the figure as it stands now; of a weighted share none, because counts alone are restated."""
    now = quarter.as_it_stands
    if now is None:
        return None
    if row.value is not None:
        return now.value
    return now.met / now.n if now.n and row.unweighted_share is None else None
