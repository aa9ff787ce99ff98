"""Act: which findings ask for a follow-up, who answers for it, and by when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from config.calendar import add_working_days
from config.loading import fingerprint
from config.programme import Programme
from tasks.opening.beyond import kind_of, preventive, sustaining, training
from tasks.opening.corrective import corrective
from tasks.opening.drafts import Draft
from tasks.opening.found import SEVERE, Found
from tasks.opening.turns import is_turned_in
from tasks.results import OPEN_STATUSES, FollowUp
from tasks.severity import due_days, rank_of

__all__ = ["Found", "decide_follow_ups", "follow_up_id"]

_ID_LENGTH = 10
_BEFORE = " Before that, "


def decide_follow_ups(found: Found, carried: Sequence[FollowUp], programme: Programme, cycle: str, as_of: datetime) -> tuple[FollowUp, ...]:
    """Return all follow-ups after this cycle: those of earlier ones, strengthened where seen again, and new ones.

    `carried` is every earlier follow-up as Check has settled it. A finding that has an open one gets no second one, nor while what was
    done about it is to be judged; a severe case that happens after the last was done asks for another. What is verified or abandoned
    stays as it is, and is overdue no longer. What this cycle's Check opened again is due anew.
    """
    today = as_of.astimezone(programme.zone).date()
    drafts = _drafts(found, carried, programme, cycle)
    live = {one.finding: one for one in sorted(carried, key=_liveliness) if _takes(one)}
    known = {one.id for one in carried}
    after = {one.id: _due_anew(one, programme, cycle, today) for one in carried}
    for draft in drafts:
        new = _follow_up(draft, programme, cycle, today)
        if draft.finding in live:
            one = after[live[draft.finding].id]
            after[one.id] = _strengthen(one, new, programme)
        elif new.id not in known:  # abandoned in the cycle that opened it: a revision does not ask again
            after[new.id] = new
    dated = [one.model_copy(update={"is_overdue": one.status in OPEN_STATUSES and one.due < today}) for one in after.values()]
    return tuple(sorted(dated, key=lambda one: (one.due, one.owner, one.id)))


def follow_up_id(programme: str, finding: str, cycle: str) -> str:
    """Return the identity of a follow-up: programme, finding and the cycle in which it was first opened."""
    return f"fu-{fingerprint('|'.join((programme, finding, cycle)))[:_ID_LENGTH]}"


def _drafts(found: Found, carried: Sequence[FollowUp], programme: Programme, cycle: str) -> list[Draft]:
    wrong = {draft.finding: draft for draft in corrective(found, programme)}
    return [
        *wrong.values(),
        *preventive(found, carried, wrong, programme, cycle),
        *training(carried, cycle),
        *sustaining(found, programme),
    ]


def _takes(one: FollowUp) -> bool:
    """Return whether what asks again is told to this follow-up; a severe case that happens after it was done asks for another."""
    return one.status in OPEN_STATUSES or (one.status == "done" and kind_of(one.finding) != SEVERE)


def _liveliness(one: FollowUp) -> tuple[bool, str]:
    """Return a key by which, of several of one finding, an open one comes last, and the latest among equals."""
    return one.status in OPEN_STATUSES, one.opened_in


def _follow_up(draft: Draft, programme: Programme, cycle: str, today: date) -> FollowUp:
    touchpoints = [programme.touchpoint(place) for place in draft.places]
    departments = {department for touchpoint in touchpoints for department in touchpoint.departments} | {draft.owner, *draft.helpers}
    stages = {touchpoint.stage for touchpoint in touchpoints}
    return FollowUp(
        id=follow_up_id(programme.programme, draft.finding, cycle),
        finding=draft.finding,
        kind=draft.kind,
        status="proposed",
        title=draft.title,
        opened_in=cycle,
        last_seen_in=cycle,
        times_seen=1,
        stages=tuple(stage.id for stage in programme.stages if stage.id in stages),
        touchpoints=draft.places,
        owner=draft.owner,
        departments=tuple(department.id for department in programme.departments if department.id in departments),
        due=_due(draft.severity, programme, today),
        evidence=f"{cycle}: {draft.evidence}",
        severity=draft.severity,
        customers=draft.customers,
    )


def _due(severity: str, programme: Programme, today: date) -> date:
    return add_working_days(today, due_days(severity, programme), programme.working_time)


def _due_anew(carried: FollowUp, programme: Programme, cycle: str, today: date) -> FollowUp:
    """Return the follow-up with a new due date where this cycle's Check opened it again: its old one lies behind."""
    is_again = carried.status == "reopened" and is_turned_in(carried, "reopened", cycle)
    return carried.model_copy(update={"due": _due(carried.severity, programme, today)}) if is_again else carried


def _strengthen(carried: FollowUp, new: FollowUp, programme: Programme) -> FollowUp:
    """Return the follow-up with this cycle's evidence; identity, owner and status stay, and what is done only learns what was seen."""
    head, before, earlier = carried.evidence.partition(_BEFORE)
    is_revised = carried.last_seen_in == new.last_seen_in
    evidence = f"{new.evidence}{before}{earlier}" if is_revised else f"{new.evidence}{_BEFORE}{head}"
    update: dict[str, Any] = {"evidence": evidence, "last_seen_in": new.last_seen_in}
    if carried.status in OPEN_STATUSES:
        update |= _graver(carried, new, programme) | {"customers": new.customers}
        update |= {} if is_revised else {"title": new.title, "times_seen": carried.times_seen + 1}
        for part in ("departments", "touchpoints", "stages"):
            update[part] = tuple(dict.fromkeys((*getattr(carried, part), *getattr(new, part))))
    return carried.model_copy(update=update)


def _graver(carried: FollowUp, new: FollowUp, programme: Programme) -> dict[str, Any]:
    """Return severity and due date where the finding has become graver: it may only become due sooner."""
    if rank_of(new.severity, programme) >= rank_of(carried.severity, programme):
        return {}
    return {"severity": new.severity, "due": min(carried.due, new.due)}
