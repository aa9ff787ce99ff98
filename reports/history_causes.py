"""One cause across quarters: its label then and now, its share, what it came from and what became of it. No customer is quoted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.periods import Quarter
from reports.history_lines import Line, Spot, line_of
from reports.history_record import CAUSE, PRAISE, History, cause_page, praise_page
from reports.history_standards import EffectTold, by_finding, effects_by_finding
from reports.stages import records_by_stage
from tasks.results import Cause, CycleSummary, FollowUp


@dataclass(frozen=True)
class Turn:
    """What became of a cause in one quarter: words, and the other cause that they are about."""

    words: str
    cause: str


@dataclass(frozen=True)
class CauseQuarter:
    """One quarter of a cause; `cause` is None where that quarter's report does not hold it."""

    cycle: str
    edition: str
    cause: Cause | None
    turns: tuple[Turn, ...]
    stages: tuple[str, ...]  # ids, that with most of its texts first
    counted_again: Cause | None  # as the next quarter's report holds it, with this quarter's size counted anew
    again_in: str


@dataclass(frozen=True)
class CauseHistory:
    """A cause, its quarters newest first; label, departments and size are those of the last report that holds it.

    Where `is_praise` is so, it is something that customers thank for.
    """

    id: str
    page: str
    is_praise: bool
    latest: Cause
    is_present: bool  # whether anybody wrote about it in the newest quarter
    quarters: tuple[CauseQuarter, ...]
    labels: tuple[str, ...]  # earlier ones, the last first
    line: Line | None
    follow_ups: tuple[FollowUp, ...]
    effects: tuple[EffectTold, ...]


def cause_histories(history: History, *, is_praise: bool = False) -> tuple[CauseHistory, ...]:
    """Return every cause, or everything that customers thank for, that any report holds.

    Those of the newest quarter come first, by size, then the others, the last seen first.
    """
    held_by = [summary.praise if is_praise else summary.causes for summary in history.summaries]
    causes = [{cause.id: cause for cause in held} for held in held_by]
    turns = [_turns(held) for held in held_by]
    follow_ups, effects = by_finding(history.follow_ups), effects_by_finding(history.summaries)
    ids = dict.fromkeys(name for held in causes for name in held)
    found = [_history(name, history.summaries, causes, turns, follow_ups, effects, is_praise=is_praise) for name in ids]
    found.sort(key=lambda one: one.id)
    found.sort(key=_last_seen, reverse=True)
    return tuple(sorted(found, key=lambda one: -one.latest.size if one.is_present else 0))


def _last_seen(one: CauseHistory) -> str:
    return next((quarter.cycle for quarter in one.quarters if quarter.cause and quarter.cause.size), "")


def _turns(causes: Iterable[Cause]) -> dict[str, list[Turn]]:
    """Return by cause what became of it in a quarter, as it and all others tell it."""
    turns: dict[str, list[Turn]] = {}
    for cause in causes:
        for name, turn in _told_by(cause):
            turns.setdefault(name, []).append(turn)
    return turns


def _told_by(cause: Cause) -> Iterator[tuple[str, Turn]]:
    for taken in cause.took_in:
        yield cause.id, Turn("took in", taken)
        yield taken, Turn("was taken in by", cause.id)
    if cause.split_from:
        yield cause.id, Turn("was part of", cause.split_from)
        yield cause.split_from, Turn("lost a part, which is now", cause.id)


def _history(
    name: str,
    summaries: Sequence[CycleSummary],
    causes: Sequence[Mapping[str, Cause]],
    turns: Sequence[Mapping[str, Sequence[Turn]]],
    follow_ups: Mapping[str, Sequence[FollowUp]],
    effects: Mapping[str, Sequence[EffectTold]],
    *,
    is_praise: bool,
) -> CauseHistory:
    finding = f"{PRAISE if is_praise else CAUSE}{name}"
    first = next(i for i, held in enumerate(causes) if name in held)
    quarters = [_quarter(name, i, summaries, causes, turns) for i in range(first, len(summaries))]
    seen = [quarter.cause for quarter in reversed(quarters) if quarter.cause]
    latest = seen[0]
    newest = quarters[-1].cause
    return CauseHistory(
        id=name,
        page=praise_page(name) if is_praise else cause_page(name),
        is_praise=is_praise,
        latest=latest,
        is_present=newest is not None and newest.size > 0,
        quarters=tuple(reversed(quarters)),
        labels=tuple(dict.fromkeys(cause.label for cause in seen if cause.label != latest.label)),
        line=line_of([_spot(quarter) for quarter in quarters], "share"),
        follow_ups=tuple(follow_ups.get(finding, ())),
        effects=tuple(reversed(effects.get(finding, ()))),
    )


def _quarter(
    name: str,
    i: int,
    summaries: Sequence[CycleSummary],
    causes: Sequence[Mapping[str, Cause]],
    turns: Sequence[Mapping[str, Sequence[Turn]]],
) -> CauseQuarter:
    cause = causes[i].get(name)
    is_followed = i + 1 < len(causes) and Quarter.parse(summaries[i + 1].cycle).back(1) == Quarter.parse(summaries[i].cycle)
    following = causes[i + 1].get(name) if is_followed else None
    is_again = following is not None and following.previous_size is not None
    return CauseQuarter(
        cycle=summaries[i].cycle,
        edition=summaries[i].edition,
        cause=cause,
        turns=tuple(turns[i].get(name, ())),
        stages=_stages(cause, summaries[i]) if cause else (),
        counted_again=following if is_again else None,
        again_in=summaries[i + 1].edition if is_again else "",
    )


def _stages(cause: Cause, summary: CycleSummary) -> tuple[str, ...]:
    records = records_by_stage(cause, summary.touchpoints, frozenset(stage.id for stage in summary.stages))
    return tuple(sorted(records, key=lambda stage: -records[stage]))


def _spot(quarter: CauseQuarter) -> Spot:
    again = quarter.counted_again.previous_share if quarter.counted_again else None
    if quarter.cause is None:
        return Spot(quarter.cycle, None, later=again)
    return Spot(quarter.cycle, quarter.cause.share, quarter.cause.low, quarter.cause.high, later=again)


def labels_of(histories: Iterable[CauseHistory]) -> dict[str, str]:
    """Return the last label of each cause."""
    return {one.id: one.latest.label for one in histories}
