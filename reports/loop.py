"""The loop as a reader meets it: what came of the last report, what to do first, what is to be decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from reports.words import DECISION_MEANINGS
from tasks.results import (
    CapacityPlan,
    CarriedOn,
    CycleSummary,
    Decision,
    DecisionKind,
    FollowUp,
    FollowUpStatus,
    Loop,
    Priority,
    PromiseKept,
    WhatNext,
)

SHOWN_AT_ONCE = 4  # of what came of the last report; the rest is folded away
PRIORITIES_IN_FULL = 10
_OF_A_FIX: tuple[DecisionKind, ...] = ("adopt", "adapt", "abandon")
REFUSE = "refuse"
_NEXT_UPDATES: Mapping[FollowUpStatus, str] = {
    "proposed": "--status accepted --effort WEEKS",
    "accepted": '--status in_progress --why "The real cause"',
    "reopened": '--status in_progress --why "The real cause"',
}


@dataclass(frozen=True)
class DepartmentLoad:
    """What a department's part of the plan takes, what it has, and what one more person-week would buy."""

    department: str
    used: float
    capacity: float
    next: WhatNext | None


@dataclass(frozen=True)
class LoopView:
    """What the report says of the loop, in the order in which it says it."""

    news: tuple[CarriedOn, ...]
    unchanged: tuple[CarriedOn, ...]
    kept: tuple[PromiseKept, ...]
    first: tuple[Priority, ...]
    later: tuple[Priority, ...]
    loads: tuple[DepartmentLoad, ...]
    dropped: tuple[str, ...]
    added: tuple[str, ...]
    waiting: tuple[Decision, ...]
    decided: tuple[Decision, ...]
    settled: frozenset[str]
    titles: Mapping[str, str]
    on_page: frozenset[str]

    @property
    def has_past(self) -> bool:
        """Whether an earlier report asked or promised something."""
        return bool(self.news or self.unchanged or self.kept)


def arrange_loop(summary: CycleSummary) -> LoopView:
    """Return the loop of a cycle arranged for its page: what changed first, the bad news before the good."""
    loop = summary.loop
    news = sorted((one for one in loop.carried_on if _is_news(one)), key=_urgency)
    dropped, added = runner_up_swap(loop.plan)
    return LoopView(
        news=tuple(news),
        unchanged=tuple(one for one in loop.carried_on if not _is_news(one)),
        kept=loop.kept,
        first=loop.priorities[:PRIORITIES_IN_FULL],
        later=loop.priorities[PRIORITIES_IN_FULL:],
        loads=_loads(loop),
        dropped=dropped,
        added=added,
        waiting=tuple(one for one in loop.decisions if one.decided is None),
        decided=tuple(one for one in loop.decisions if one.decided is not None),
        settled=frozenset(one.id for one in loop.carried_on if _is_settled(one)),
        titles={one.id: one.title for one in loop.carried_on} | {one.id: one.title for one in summary.follow_ups},
        on_page=frozenset(one.id for one in summary.follow_ups),
    )


def _is_news(one: CarriedOn) -> bool:
    return not _is_settled(one) and (one.verdict is not None or one.was != one.now)


def _is_settled(one: CarriedOn) -> bool:
    """Return whether a follow-up was closed before and nothing in this cycle speaks against it."""
    return one.was == one.now and one.now in ("verified", "abandoned") and one.verdict in (None, "worked")


def _urgency(one: CarriedOn) -> int:
    """Return what a reader should see first: what did not hold, what worked, what cannot be told, what merely moved."""
    if one.now == "reopened" or one.verdict in ("worse", "no_effect"):
        return 0
    return {"worked": 1, "cannot_tell": 2}.get(one.verdict or "", 3)


def _loads(loop: Loop) -> tuple[DepartmentLoad, ...]:
    if loop.plan is None:
        return ()
    next_of = {one.department: one for one in loop.plan.one_more_week}
    used = loop.plan.used_person_weeks
    return tuple(DepartmentLoad(name, used.get(name, 0.0), has, next_of.get(name)) for name, has in loop.plan.capacity_person_weeks.items())


def runner_up_swap(plan: CapacityPlan | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which follow-ups the second best choice leaves out of the best one, and which it takes in."""
    if plan is None:
        return (), ()
    dropped = tuple(one for one in plan.chosen if one not in plan.runner_up)
    return dropped, tuple(one for one in plan.runner_up if one not in plan.chosen)


def choices(decision: Decision, follow_ups: Iterable[FollowUp] = ()) -> tuple[str, ...]:
    """Return what can be decided, the proposed choice first, and refusing it last; nobody can adopt what the data contradict."""
    fix = next((one for one in follow_ups if one.id == decision.about), None)
    is_contradicted = fix is not None and fix.effect is not None and fix.effect.verdict in ("no_effect", "worse")
    kinds: Sequence[DecisionKind] = _OF_A_FIX if decision.kind in _OF_A_FIX else (decision.kind,)
    kinds = [kind for kind in kinds if not (is_contradicted and kind == "adopt")]
    return (decision.kind, *(kind for kind in kinds if kind != decision.kind), REFUSE)


def choice_meaning(choice: str) -> str:
    """Return what a choice means, in words."""
    meanings: Mapping[str, str] = {kind: DECISION_MEANINGS[kind] for kind in get_args(DecisionKind)}
    return meanings.get(choice, "leave everything as it is")


def decide_command(decision: Decision) -> str:
    """Return the command that decides as proposed."""
    return f'touchstone approve PROGRAMME-FILE --decision {decision.id} --choose {decision.kind} --name "Your name"'


def update_command(one: FollowUp, programme: str) -> str:
    """Return the command that says what is asked next of a follow-up: accepted with its effort, begun with its cause, or done."""
    said = _NEXT_UPDATES.get(one.status, '--status done --evidence "What shows it"')
    return f'touchstone follow-ups update {programme} {one.id} {said} --name "Your name"'
