"""From follow-ups to questions: what was declared done, when work on it began, and what was left alone meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import numpy as np

from config.periods import Quarter
from config.programme import Programme
from config.standards import ALL_TOUCHPOINTS
from tasks.effectiveness.judge import Question
from tasks.effectiveness.panel import Days, Mask, Panel, Window
from tasks.results import FollowUp

BEGUN = ("in_progress", "done", "verified")
CLAIMED = ("done", "verified")
FEWEST_TEXTS = 5  # before the work, of a cause that is to become rarer
ASSUMED_OF_A_CAUSE = 0.5  # of its level: what a fix is taken to promise where nobody predicted anything


def is_claimed(follow_up: FollowUp) -> bool:
    """Return whether people say that a trouble is put right, so that the data are asked."""
    return follow_up.status in CLAIMED and follow_up.done_at is not None and follow_up.finding.startswith(("standard:", "cause:"))


def begun_at(follow_up: FollowUp) -> datetime | None:
    """Return when work began that led to the present state; None where nobody has begun."""
    begun = None
    for change in follow_up.changes:
        if change.status == "reopened":
            begun = None
        elif change.status in BEGUN and begun is None:
            begun = change.at
    return begun


def worked_on(follow_up: FollowUp) -> tuple[tuple[datetime, datetime | None], ...]:
    """Return from when to when people worked on it, one pair for each attempt; no end where they still do."""
    spans: list[tuple[datetime, datetime | None]] = []
    for change in follow_up.changes:
        is_going_on = bool(spans) and spans[-1][1] is None
        if change.status in BEGUN and not is_going_on:
            spans.append((change.at, change.at if change.status != "in_progress" else None))
        elif is_going_on and change.status in ("done", "abandoned", "verified"):
            spans[-1] = (spans[-1][0], change.at)
    return tuple(spans)


def window_of(follow_up: FollowUp, weeks: Days, programme: Programme, as_of: datetime) -> Window:
    """Return which weeks lie before the work and after it was declared done.

    Before: whole weeks after the last quarter that called for it, which was chosen for being bad, and before work began. After:
    whole weeks after the day on which it was declared done, up to the as-of.
    """
    begun, done = begun_at(follow_up), follow_up.done_at
    if begun is None or done is None:
        return Window(np.zeros(len(weeks), dtype=bool), np.zeros(len(weeks), dtype=bool))
    first = _day_after(follow_up, programme)
    ends = weeks + np.timedelta64(7, "D")
    day = np.datetime64(_local(begun, programme), "D")
    done_day = np.datetime64(_local(done, programme), "D")
    return Window(
        before=(weeks >= np.datetime64(first, "D")) & (ends <= day),
        after=(weeks > done_day) & (ends <= np.datetime64(_local(as_of, programme), "D")),
    )


def recent_weeks(weeks: Days, window: Window, programme: Programme, cycle: str) -> Mask:
    """Return which of the weeks after lie in the cycle's own quarter."""
    starts, ends = (np.datetime64(_local(instant, programme), "D") for instant in programme.span(Quarter.parse(cycle)))
    return np.asarray(window.after & (weeks >= starts) & (weeks < ends))


def standard_question(
    follow_up: FollowUp, panel: Panel, others: Iterable[FollowUp], programme: Programme, cycle: str, as_of: datetime
) -> Question:
    """Return what is asked of a standard's panel, whose units are `standard:touchpoint`."""
    _, standard, place = follow_up.finding.split(":")
    window = window_of(follow_up, panel.weeks, programme, as_of)
    touched = touched_places(standard, [follow_up, *others], window, panel.weeks, programme)
    free = [unit for unit in panel.units if unit.partition(":")[2] not in touched | {ALL_TOUCHPOINTS}]
    same = [unit for unit in free if unit.partition(":")[0] == standard]
    alike = [unit for unit in free if unit.partition(":")[0] in _of_the_same_kind(standard, programme)]
    unit = f"{standard}:{place}"
    target = next((one.target_share for one in programme.promises if one.id == standard), None)
    gap = (target or 0) - _level(panel, unit, window.before)
    return Question(
        cycle=cycle,
        unit=unit,
        untouched=tuple(same if len(same) > 1 else alike) if place != ALL_TOUCHPOINTS else (),
        window=window,
        recent=recent_weeks(panel.weeks, window, programme, cycle),
        promised=promised_change(follow_up, gap, programme),
        is_shown=follow_up.status == "verified",
        is_moot=gap <= 0 and not follow_up.predicted_change,
    )


def cause_question(
    follow_up: FollowUp, panel: Panel, others: Iterable[FollowUp], programme: Programme, cycle: str, as_of: datetime
) -> Question:
    """Return what is asked of the panel of causes, whose units are their ids: fewer texts are better."""
    cause = follow_up.finding.removeprefix("cause:")
    window = window_of(follow_up, panel.weeks, programme, as_of)
    begun = {one.finding.removeprefix("cause:") for one in others if _is_touched(one, window, panel.weeks, programme)}
    seen = {unit for column, unit in enumerate(panel.units) if panel.met[window.before, column].sum() > 0}
    return Question(
        cycle=cycle,
        unit=cause,
        untouched=tuple(unit for unit in panel.units if unit in seen and unit not in begun | {cause}),
        window=window,
        recent=recent_weeks(panel.weeks, window, programme, cycle),
        promised=promised_change(follow_up, ASSUMED_OF_A_CAUSE * _level(panel, cause, window.before), programme),
        is_fewer_better=True,
        is_shown=follow_up.status == "verified",
        is_moot=_texts(panel, cause, window.before) < FEWEST_TEXTS,
    )


def _of_the_same_kind(standard: str, programme: Programme) -> frozenset[str]:
    """Return the standards with the same kind of measure, itself among them."""
    kind = next((type(one.measure) for one in programme.promises if one.id == standard), None)
    return frozenset(one.id for one in programme.promises if type(one.measure) is kind)


def promised_change(follow_up: FollowUp, gap: float, programme: Programme) -> float:
    """Return the change for the better that a follow-up is held to: as predicted, else what reaches the target; never below material.

    What was shown to work once is held to what was shown, where that is less.
    """
    predicted = abs(follow_up.predicted_change) if follow_up.predicted_change else max(gap, programme.rules.material_change_share)
    shown = follow_up.effect.change if follow_up.status == "verified" and follow_up.effect else None
    return min(predicted, shown) if shown else predicted


def touched_places(standard: str, follow_ups: Iterable[FollowUp], window: Window, weeks: Days, programme: Programme) -> frozenset[str]:
    """Return the touchpoints at which something was done while the window lasts: about this standard, or about anything at them."""
    touched: set[str] = set()
    for one in follow_ups:
        is_about_all = one.finding.endswith(f":{ALL_TOUCHPOINTS}") and one.finding != f"standard:{standard}:{ALL_TOUCHPOINTS}"
        if _is_touched(one, window, weeks, programme) and not is_about_all:
            touched |= set(one.touchpoints)
    return frozenset(touched)


def _is_touched(follow_up: FollowUp, window: Window, weeks: Days, programme: Programme) -> bool:
    """Return whether people worked on it while the window lasts; what was done before that is part of its level."""
    if not window.both.any():
        return bool(worked_on(follow_up))
    first, last = weeks[window.both].min(), weeks[window.both].max() + np.timedelta64(7, "D")
    spans = [(_local(begun, programme), _local(ended, programme) if ended else None) for begun, ended in worked_on(follow_up)]
    return any(np.datetime64(begun, "D") < last and (ended is None or np.datetime64(ended, "D") >= first) for begun, ended in spans)


def _day_after(follow_up: FollowUp, programme: Programme) -> date:
    """Return the first day after the last quarter whose figures called for the follow-up."""
    calls = [follow_up.opened_in, *(change.cycle for change in follow_up.changes if change.status == "reopened" and change.cycle)]
    return _local(max(programme.span(Quarter.parse(cycle))[1] for cycle in calls), programme)


def _texts(panel: Panel, unit: str, mask: Mask) -> int:
    return int(panel.of([unit]).met[mask].sum()) if unit in panel.units else 0


def _level(panel: Panel, unit: str, mask: Mask) -> float:
    if unit not in panel.units:
        return 0.0
    own = panel.of([unit])
    return float(own.met[mask].sum() / max(own.n[mask].sum(), 1))


def _local(instant: datetime, programme: Programme) -> date:
    return instant.astimezone(programme.zone).date()


def followed(follow_ups: Sequence[FollowUp], prefix: str) -> tuple[FollowUp, ...]:
    """Return the claimed follow-ups whose finding begins so, by id."""
    return tuple(sorted((one for one in follow_ups if is_claimed(one) and one.finding.startswith(prefix)), key=lambda one: one.id))
