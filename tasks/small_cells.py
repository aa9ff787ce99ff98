"""Small cells: figures of so few customers that they would tell of persons are taken out before anything is published.

What is taken out, and what is not, is decided in docs/decisions/0016-small-cells.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import pandas as pd

from config.standards import ALL_TOUCHPOINTS
from tasks.inference import wilson
from tasks.results import (
    Cause,
    Change,
    Chart,
    Compliance,
    Contribution,
    CycleSummary,
    DataQuality,
    Effect,
    FollowUp,
    Loop,
    MixEffect,
    PipeCount,
    Promise,
    PromiseKept,
    ResponseRate,
    Restatement,
    Slice,
    Theme,
    TimeTo,
)

HIDDEN = "of too few customers to be told"
RARER_PIPES = "rarer ways"
_NO_CHANGE: dict[str, Any] = dict.fromkeys(("change", "low", "high", "p"))
_NO_SHARES: dict[str, Any] = dict.fromkeys(
    ("share", "low", "high", "p", "share_if_pending_met", "share_if_pending_missed", "unweighted_share", "n_effective", "customers")
)
_NO_EFFECT: dict[str, Any] = _NO_CHANGE | dict.fromkeys(
    ("before", "after", "change_beyond_trend", "beyond_trend_low", "beyond_trend_high", "smallest_seen")
)
IsSmall = Callable[[int | None], bool]


def without_small_cells(summary: CycleSummary, at_least: int) -> CycleSummary:
    """Return the summary without figures of fewer than `at_least` customers (records, where customers are not known); 0 stays 0.

    A standard keeps its row, its counts 0 and its note HIDDEN; smaller causes, slices, times and points are left out. Where a part is
    taken out of a total that is shown, others go with it until nobody can work it out.
    """

    def is_small(count: int | None) -> bool:
        return count is not None and 0 < count < at_least

    standards = tuple(_standard(row, is_small) for row in summary.standards)
    causes = tuple(_cause(one, at_least) for one in summary.causes if not is_small(_customers(one)))
    return summary.model_copy(
        update={
            "standards": standards,
            "restatements": tuple(one for one in summary.restatements if not _is_small_restatement(one, is_small)),
            "times": _times(summary.times, at_least),
            "charts": _charts(summary, at_least),
            "slices": _slices(summary.slices, summary.standards, is_small),
            "mixes": _mixes(summary.mixes, standards),
            "drivers": tuple(one for one in summary.drivers if not is_small(one.n)),
            "causes": causes,
            "themes": _themes(summary.themes, summary.causes, summary.data.texts, is_small),
            "praise": tuple(_cause(one, at_least) for one in summary.praise if not is_small(_customers(one))),
            "cause_notes": (*summary.cause_notes, *_notes(len(summary.causes) - len(causes), at_least)),
            "follow_ups": tuple(_follow_up(one, is_small) for one in summary.follow_ups),
            "loop": _loop(summary.loop, summary.cycle, hidden_standards(standards), is_small),
            "data": data_without_small_cells(summary.data, at_least, sum(one.size for one in summary.causes if is_small(_customers(one)))),
        }
    )


def data_without_small_cells(data: DataQuality, at_least: int, texts_of_small_causes: int = 0) -> DataQuality:
    """Return the data's account with rare pipes added up and without response rates of few; texts of small causes have none."""
    enough = tuple(rate for rate in data.responses if not (0 < rate.invited < at_least or 0 < rate.answered < at_least))
    without_cause = data.without_cause + texts_of_small_causes
    return data.model_copy(update={"without_cause": without_cause, "pipes": _pipes(data.pipes, at_least), "responses": enough})


def is_hidden(row: Compliance) -> bool:
    """Return whether a standard's figures were taken out."""
    return row.note == HIDDEN and not row.n


def is_change_hidden(change: Change | None) -> bool:
    """Return whether the earlier counts of a comparison were taken out."""
    return change is not None and change.note == HIDDEN and not change.n


def hidden_standards(standards: Iterable[Compliance]) -> frozenset[tuple[str, str]]:
    """Return standard and touchpoint of every row whose figures were taken out."""
    return frozenset((row.standard, row.touchpoint) for row in standards if is_hidden(row))


def without_hidden_cases(table: pd.DataFrame, summary: CycleSummary) -> pd.DataFrame:
    """Return those rows of a table of cases or counts, by standard and touchpoint, that belong to no standard that was taken out."""
    hidden = hidden_standards(summary.standards)
    pairs = zip(table["standard"], table["touchpoint"], strict=True)
    kept = [(standard, place) not in hidden and (standard, ALL_TOUCHPOINTS) not in hidden for standard, place in pairs]
    return table.loc[kept]


def without_hidden_causes(assignments: pd.DataFrame, summary: CycleSummary) -> pd.DataFrame:
    """Return the assignments with no cause where the cause was taken out, as `without_cause` counts them."""
    told = assignments["cause_id"].isin([cause.id for cause in summary.causes])
    return assignments.assign(cause_id=assignments["cause_id"].where(told, ""))


def hidden_parts(sizes: Sequence[int], at_least: int, rest: int = 0) -> frozenset[int]:
    """Return the places of those parts of a total that is shown that cannot be shown.

    Those are the small ones and, where there is any, the smallest others, until the hidden ones are two or more and together
    2 x at_least: then each small one may be anything from 1 to at_least - 1. `rest` is in the total, and in no part that is shown.
    """
    small = [place for place, size in enumerate(sizes) if 0 < size < at_least]
    others = sorted((size, place) for place, size in enumerate(sizes) if size >= at_least)
    if not small:
        return frozenset()
    together = rest + sum(sizes[place] for place in small)
    taken = 0
    for size, _ in others:
        is_enough = len(small) + taken + (rest > 0) >= 2 and together >= 2 * at_least
        if is_enough and (rest or _is_open(len(small), taken, together, size, at_least)):
            break
        together += size
        taken += 1
    return frozenset(small) | {place for _, place in others[:taken]}


def _is_open(small: int, taken: int, together: int, next_size: int, at_least: int) -> bool:
    """Return whether somebody who knows the rule cannot tell the sum of so many small parts, hidden with so many taken others.

    Each small part is 1 to at_least - 1, each of the others at_least to the smallest part that is shown.
    """
    lowest = max(small, together - taken * next_size)
    highest = min(small * (at_least - 1), together - taken * at_least)
    return lowest < highest if taken else small < together < small * (at_least - 1)


def _standard(row: Compliance, is_small: IsSmall) -> Compliance:
    customers = row.n if row.customers is None else row.customers
    compared = {"previous": row.previous, "year_ago": row.year_ago}
    if not is_small(customers) and not (row.n == 0 and is_small(row.pending)):
        changes = {name: _change(change, is_small, is_now_hidden=False) for name, change in compared.items()}
        return row.model_copy(update={**changes, "response": _response(row.response, is_small)})
    value = row.value and row.value.model_copy(update={"n": 0, "value": None, "low": None, "high": None})
    changes = {name: _change(change, is_small, is_now_hidden=True) for name, change in compared.items()}
    counts = {"n": 0, "met": 0, "pending": 0, "excluded": 0}
    return row.model_copy(
        update={**_NO_SHARES, **counts, **changes, "value": value, "verdict": "too_few", "note": HIDDEN, "response": None}
    )


def _change(change: Change | None, is_small: IsSmall, *, is_now_hidden: bool) -> Change | None:
    """Return a comparison without what would tell either of its two quarters."""
    if change is None or not (is_now_hidden or is_small(change.n)):
        return change
    earlier: dict[str, Any] = {"n": 0, "met": 0, "share": None, "value": None} if is_small(change.n) else {}
    return change.model_copy(update={**_NO_CHANGE, **earlier, "note": HIDDEN})


def _response(rate: ResponseRate | None, is_small: IsSmall) -> ResponseRate | None:
    return None if rate is None or is_small(rate.invited) or is_small(rate.answered) else rate


def _is_small_restatement(one: Restatement, is_small: IsSmall) -> bool:
    return is_small(one.n) or is_small(one.published_n)


def _times(times: Sequence[TimeTo], at_least: int) -> tuple[TimeTo, ...]:
    """Return the times of enough cases; of one pair of events the touchpoints are parts of `all`."""
    hidden: set[tuple[str, str, str]] = set()
    for events in {(one.start, one.end) for one in times}:
        parts = [one for one in times if (one.start, one.end) == events and one.touchpoint != ALL_TOUCHPOINTS]
        whole = [one.n for one in times if (one.start, one.end) == events and one.touchpoint == ALL_TOUCHPOINTS]
        sizes = [one.n for one in parts]
        rest = max(sum(whole) - sum(sizes), 0)
        places = hidden_parts(sizes, at_least, rest) if whole else (place for place, size in enumerate(sizes) if 0 < size < at_least)
        hidden |= {(parts[place].touchpoint, *events) for place in places}
    return tuple(one for one in times if (one.touchpoint, one.start, one.end) not in hidden and not 0 < one.n < at_least)


def _charts(summary: CycleSummary, at_least: int) -> tuple[Chart, ...]:
    """Return the charts without points of few cases; what a quarter's total would tell goes with them."""
    first_month = summary.starts.month - 1

    def quarter(day: date) -> int:
        return (12 * day.year + day.month - 1 - first_month) // 3

    charts = (_chart(chart, quarter, at_least) for chart in summary.charts)
    return tuple(chart for chart in charts if chart.points)


def _chart(chart: Chart, quarter: Callable[[date], int], at_least: int) -> Chart:
    kept = []
    for _, found in groupby(chart.points, key=lambda point: quarter(point.starts)):
        points = list(found)
        hidden = hidden_parts([point.n for point in points], at_least)
        kept += [point for place, point in enumerate(points) if place not in hidden]
    if len(kept) == len(chart.points):
        return chart
    return chart.model_copy(update={"points": tuple(kept), "note": f"{chart.note} Points {HIDDEN} are left out.".strip()})


def _slices(slices: Iterable[Slice], standards: Iterable[Compliance], is_small: IsSmall) -> tuple[Slice, ...]:
    """Return the slices of enough customers, of which all other cases of the standard are enough too."""
    whole = {(row.standard, row.touchpoint): row.n for row in standards}

    def is_told(one: Slice) -> bool:
        elsewhere = whole.get((one.standard, one.touchpoint), 0) - one.n
        return not (is_small(one.n) or is_small(one.customers) or is_small(elsewhere))

    return tuple(one for one in slices if is_told(one))


def _mixes(mixes: Iterable[MixEffect], standards: Iterable[Compliance]) -> tuple[MixEffect, ...]:
    """Return the mix effects of changes that are told."""
    hidden = {
        (row.standard, row.touchpoint, change.against)
        for row in standards
        for change in (row.previous, row.year_ago)
        if change is not None and change.note == HIDDEN
    }
    return tuple(one for one in mixes if (one.standard, one.touchpoint, one.against) not in hidden)


def _customers(cause: Cause) -> int:
    return cause.size if cause.customers is None else cause.customers


def _cause(cause: Cause, at_least: int) -> Cause:
    """Return a cause without parts of few records, and without its weeks where one of them is of few."""
    is_week_small = any(0 < week.records < at_least for week in cause.weeks)
    before = cause.previous_size
    earlier: dict[str, Any] = (
        dict.fromkeys(("previous_size", "previous_share", "change", "change_low", "change_high", "p"))
        if before is not None and 0 < before < at_least
        else {}
    )
    unplaced = max(cause.size - sum(part.records for part in cause.touchpoints), 0)
    return cause.model_copy(
        update={
            **earlier,
            "weeks": () if is_week_small else cause.weeks,
            "touchpoints": _parts(cause.touchpoints, at_least, unplaced),
            "departments": _parts(cause.departments, at_least, 0),
            "slices": tuple(one for one in cause.slices if one.records >= at_least),
            "standards": tuple(one for one in cause.standards if one.n >= at_least),
        }
    )


def _parts(parts: Sequence[Contribution], at_least: int, rest: int) -> tuple[Contribution, ...]:
    hidden = hidden_parts([part.records for part in parts], at_least, rest)
    return tuple(part for place, part in enumerate(parts) if place not in hidden)


def _themes(themes: Iterable[Theme], causes: Iterable[Cause], texts: int, is_small: IsSmall) -> tuple[Theme, ...]:
    """Return the themes as the sums of those of their causes that are told."""
    small = {cause.id: cause.size for cause in causes if is_small(_customers(cause))}
    told = []
    for theme in themes:
        kept = tuple(one for one in theme.causes if one not in small)
        size = theme.size - sum(small.get(one, 0) for one in theme.causes)
        if kept == theme.causes:
            told.append(theme)
        elif kept and size:
            low, high = wilson(size, texts)
            told.append(
                theme.model_copy(update={"causes": kept, "size": size, "share": size / texts, "low": float(low), "high": float(high)})
            )
    return tuple(told)


def _notes(left_out: int, at_least: int) -> tuple[str, ...]:
    if not left_out:
        return ()
    causes = "One cause" if left_out == 1 else f"{left_out} causes"
    return (f"{causes} of fewer than {at_least} customers: left out, the texts counted as texts without a cause.",)


def _follow_up(one: FollowUp, is_small: IsSmall) -> FollowUp:
    customers = 0 if is_small(one.customers) else one.customers
    return one.model_copy(update={"customers": customers, "effect": one.effect and _effect(one.effect, is_small)})


def _effect(effect: Effect, is_small: IsSmall) -> Effect:
    small = {name: 0 for name in ("n_before", "n_after") if is_small(getattr(effect, name))}
    return effect.model_copy(update={**_NO_EFFECT, **small}) if small else effect


def _loop(loop: Loop, cycle: str, hidden: frozenset[tuple[str, str]], is_small: IsSmall) -> Loop:
    findings = {f"standard:{standard}:{touchpoint}" for standard, touchpoint in hidden}

    def kept(one: PromiseKept) -> PromiseKept:
        is_told = one.promise.window != cycle or one.promise.finding not in findings
        promise = _promise(one.promise, is_small)
        if is_told and promise is one.promise:
            return one
        share = one.share if is_told else None
        return one.model_copy(update={"promise": promise, "share": share, "change": None, "low": None, "high": None})

    return loop.model_copy(
        update={
            "promises": tuple(_promise(one, is_small) for one in loop.promises),
            "kept": tuple(kept(one) for one in loop.kept),
            "priorities": tuple(one for one in loop.priorities if not is_small(one.customers)),
        }
    )


def _promise(promise: Promise, is_small: IsSmall) -> Promise:
    if not is_small(promise.baseline_n):
        return promise
    return promise.model_copy(update=dict.fromkeys(("baseline_share", "baseline_n", "baseline_met", "baseline_n_effective")))


def _pipes(pipes: Sequence[PipeCount], at_least: int) -> tuple[PipeCount, ...]:
    """Return the ways in which records came, rare ones added up to one; the total stays."""
    rare = hidden_parts([one.records for one in pipes], at_least)
    if not rare:
        return tuple(pipes)
    added = [pipes[place] for place in sorted(rare)]
    pooled = PipeCount(
        pipe=RARER_PIPES,
        channel="",
        is_internal=all(one.is_internal for one in added),
        records=sum(one.records for one in added),
    )
    return (*(one for place, one in enumerate(pipes) if place not in rare), pooled)
