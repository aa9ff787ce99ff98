"""The sheets of the workbook: what each holds, of which columns and rows; those of a CSV file are its very columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from reports.columns import CAUSES, COMPLIANCE, FOLLOW_UPS, IS_COUNT, IS_DIFFERENCE, IS_SHARE, Column
from reports.finding_columns import CHARTS, DRIVERS, SLICES, TIMES
from reports.loop_columns import DECISIONS, EFFECTS, PROMISES, judged, promised
from tasks.results import CycleSummary, DataQuality, Priority, SourceAccount

_ACCOUNTED = ("filtered", "outside_period", "collapsed", "duplicates", "quarantined", "accepted")
_TOTALS: Mapping[str, str] = {
    "records": "accepted feedback records",
    "ratings": "accepted ratings",
    "unplaced": "accepted feedback at no touchpoint",
    "texts": "feedback with a text, praise left out",
    "without_cause": "of these, texts without a cause",
    "praise": "feedback that is praise",
}
# shares whose own schema sets no limits: intervals may reach beyond 0 and 1
_CHANGE_ENDS = frozenset({"low", "high", "change_low", "change_high", "change_beyond_trend", "beyond_trend_low", "beyond_trend_high"})
_OF_DRIVERS = frozenset({"share", "low", "high", "own", "own_low", "own_high", "r2", "r2_low", "r2_high"})
_NO_SHARES = frozenset({"p", "correlation"})


class Quality(NamedTuple):
    """One figure of what was read, checked and set aside."""

    part: str
    source: str
    cycle: str
    what: str
    number: int | None = None
    of: int | None = None
    is_passed: bool | None = None
    note: str = ""


class First(NamedTuple):
    """A follow-up in the order in which it should be done, with its title and owner."""

    priority: Priority
    title: str
    owner: str
    is_in_plan: bool | None


def _of_priority(name: str) -> Callable[[First], object]:
    return lambda one: getattr(one.priority, name)


def _of_quality(name: str) -> Callable[[Quality], object]:
    return lambda one: getattr(one, name)


WHAT_FIRST: tuple[Column[First], ...] = (
    Column("rank", "integer", "The first is to be done first.", _of_priority("rank"), IS_COUNT),
    Column("rank_low", "integer", "Best rank of its 95 % interval.", _of_priority("rank_low"), IS_COUNT),
    Column("rank_high", "integer", "Worst rank of its 95 % interval.", _of_priority("rank_high"), IS_COUNT),
    Column("is_too_close", "boolean", "Whether the next one might as well stand before it.", _of_priority("is_too_close")),
    Column("follow_up", "string", "The follow-up's id.", _of_priority("follow_up")),
    Column("title", "string", "What is to be done.", lambda one: one.title),
    Column("owner", "string", "Id of the accountable department.", lambda one: one.owner),
    Column("is_in_plan", "boolean", "Whether it fits the capacity; empty where no department names its own.", lambda one: one.is_in_plan),
    Column("customers", "integer", "Customers that the share is of.", _of_priority("customers"), IS_COUNT),
    Column("effect", "number", "Expected change of the share, for the better.", _of_priority("effect"), IS_DIFFERENCE),
    Column("effect_low", "number", "Low end of its 95 % interval.", _of_priority("effect_low"), IS_DIFFERENCE),
    Column("effect_high", "number", "High end of its 95 % interval.", _of_priority("effect_high"), IS_DIFFERENCE),
    Column("effect_from", "string", "Whether it was shown, predicted or assumed.", _of_priority("effect_from")),
    Column("effort_person_weeks", "number", "What it takes.", _of_priority("effort_person_weeks")),
    Column("is_effort_assumed", "boolean", "Whether nobody has estimated that.", _of_priority("is_effort_assumed")),
    Column("value", "number", "Customers better served a quarter for each person-week.", _of_priority("value")),
)

QUALITY: tuple[Column[Quality], ...] = (
    Column("part", "string", "What kind of figure it is.", _of_quality("part")),
    Column("source", "string", "The source; empty where it is about all of them.", _of_quality("source")),
    Column("cycle", "string", "The quarter that it is about.", _of_quality("cycle")),
    Column("what", "string", "What was counted or checked.", _of_quality("what")),
    Column("number", "integer", "How many.", _of_quality("number"), IS_COUNT),
    Column("of", "integer", "Of how many.", _of_quality("of"), IS_COUNT),
    Column("is_passed", "boolean", "Whether a check was passed.", _of_quality("is_passed")),
    Column("note", "string", "What was said with it.", _of_quality("note")),
)


@dataclass(frozen=True)
class Sheet:
    """One sheet: its columns, and how its rows are read; `unit_of` says a row's unit where that differs from row to row."""

    name: str
    holds: str
    columns: Sequence[Column[Any]]
    rows: Callable[[CycleSummary], Iterable[Any]]
    csv: str = ""
    more_shares: frozenset[str] = frozenset()
    unit_of: Callable[[Any], str] | None = None
    has_tones: bool = True

    def is_share(self, column: Column[Any]) -> bool:
        """Return whether a column's numbers are shares, or differences of shares."""
        is_bounded = column.constraints in (IS_SHARE, IS_DIFFERENCE) and column.name not in _NO_SHARES and not column.name.endswith("_p")
        return column.type == "number" and (is_bounded or column.name in self.more_shares)


def _what_first(summary: CycleSummary) -> Iterator[First]:
    """Return the open follow-ups in the order in which they should be done."""
    known = {one.id: (one.title, one.owner) for one in summary.follow_ups}
    plan = summary.loop.plan
    for one in summary.loop.priorities:
        yield First(one, *known.get(one.follow_up, ("", "")), None if plan is None else one.follow_up in plan.chosen)


def _quality(summary: CycleSummary) -> Iterator[Quality]:
    """Return the figures of what was read, checked and set aside, a row a figure; none where nothing was read or checked."""
    data, cycle = summary.data, summary.cycle
    if not (data.accounts or data.gate or data.records):
        return
    yield from (Quality("all sources", "", cycle, words, getattr(data, name)) for name, words in _TOTALS.items())
    for check in data.gate:
        yield Quality("check", "", cycle, check.description, is_passed=check.is_passed, note=check.notes)
    for account in (*data.accounts, *data.refreshed):
        yield from _accounted(account)
    yield from _found(data, cycle)
    yield from _counted(data, cycle)


def _accounted(account: SourceAccount) -> Iterator[Quality]:
    yield Quality("rows", account.source, account.cycle, "read", account.read, note=account.place)
    for name in _ACCOUNTED:
        yield Quality("rows", account.source, account.cycle, name.replace("_", " "), getattr(account, name), account.read)


def _found(data: DataQuality, cycle: str) -> Iterator[Quality]:
    """Return what was found of rules, feeds and earlier quarters."""
    for rule in data.rules:
        yield Quality("rule", rule.source, cycle, rule.rule, rule.failed, rule.checked, is_passed=not rule.failed, note=rule.severity)
    for choice in data.adjustments:
        yield Quality("choice by a stated rule", choice.source, cycle, choice.words, choice.rows)
    for feed in data.feeds:
        yield Quality("feed", feed.source, cycle, "records", feed.records, is_passed=not feed.warnings, note="; ".join(feed.warnings))
    for late in data.late:
        for name in ("closed", "added", "changed", "gone", "now"):
            yield Quality("earlier quarter", "", late.cycle, f"records, {name}", getattr(late, name))


def _counted(data: DataQuality, cycle: str) -> Iterator[Quality]:
    """Return how many records came which way, under which categories, and who answered."""
    for pipe in data.pipes:
        words = f"{pipe.pipe}, {pipe.channel or 'channel not said'}, {'internal' if pipe.is_internal else 'external'}"
        yield Quality("pipe", "", cycle, words, pipe.records, data.records)
    for use in data.categories:
        yield Quality("category", use.source, cycle, "map to none of the taxonomy\u2019s", use.unmapped, use.categorised)
    for rate in data.responses:
        yield Quality("survey", rate.survey, cycle, "answered", rate.answered, rate.invited)


SHEETS: tuple[Sheet, ...] = (
    Sheet("Standards", "How well each standard was kept.", COMPLIANCE, lambda summary: summary.standards, "compliance.csv"),
    Sheet(
        "Charts",
        "The points of the control charts; beside them, drawn, standards that are not met.",
        CHARTS,
        lambda summary: ((chart, point) for chart in summary.charts for point in chart.points),
        "charts.csv",
        unit_of=lambda pair: str(pair[0].unit),
    ),
    Sheet("Slices", "Where a standard is missed more often than elsewhere.", SLICES, lambda summary: summary.slices, "slices.csv"),
    Sheet("Times", "How long cases take, open ones included.", TIMES, lambda summary: summary.times, "times.csv"),
    Sheet(
        "Drivers",
        "Which questions go with the overall rating: an association, no cause.",
        DRIVERS,
        lambda summary: ((one, driver) for one in summary.drivers for driver in one.drivers),
        "drivers.csv",
        more_shares=_OF_DRIVERS,
    ),
    Sheet("Causes", "What customers wrote about.", CAUSES, lambda summary: summary.causes, "causes.csv"),
    Sheet("Praise", "What customers thank for.", CAUSES, lambda summary: summary.praise, has_tones=False),
    Sheet(
        "Follow-ups",
        "What is asked of whom by when.",
        FOLLOW_UPS,
        lambda summary: summary.follow_ups,
        "follow_ups.csv",
        more_shares=_CHANGE_ENDS,
    ),
    Sheet(
        "Effects", "Whether what was declared done worked.", EFFECTS, judged, "effects.csv", more_shares=_CHANGE_ENDS | {"smallest_seen"}
    ),
    Sheet("Promises", "What was promised, and what came of it.", PROMISES, promised, "promises.csv", more_shares=_CHANGE_ENDS),
    Sheet("What first", "Open follow-ups, the first to be done first.", WHAT_FIRST, _what_first),
    Sheet("Decisions", "What is proposed, and what was decided.", DECISIONS, lambda summary: summary.loop.decisions, "decisions.csv"),
    Sheet("Data quality", "What was read, checked and set aside.", QUALITY, _quality),
)
