"""Act: which findings ask for a follow-up, who answers for it, and by when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from config.calendar import add_working_days
from config.loading import fingerprint
from config.programme import Programme
from config.standards import ALL_TOUCHPOINTS
from tasks.results import Cause, Compliance, FollowUp, Value

CONTRIBUTION_AT_LEAST = 0.10  # of a cause's records, before a touchpoint is part of its follow-up
_ID_LENGTH = 10
_BEFORE = " Before that, "


def decide_follow_ups(
    standards: Sequence[Compliance], causes: Sequence[Cause], carried: Sequence[FollowUp], programme: Programme, cycle: str, as_of: datetime
) -> tuple[FollowUp, ...]:
    """Return all open follow-ups after this cycle: those carried forward, strengthened where seen again, and new ones.

    One comes from each standard not met and from each of the biggest causes. A finding that already has an
    open follow-up gets no second one.
    """
    today = as_of.astimezone(programme.zone).date()
    due = add_working_days(today, programme.rules.due_in_working_days, programme.working_time)
    wanted = [*_from_standards(standards, programme, cycle, due), *_from_causes(causes, programme, cycle, due)]
    open_findings = {follow_up.finding: follow_up for follow_up in carried}
    seen = {new.finding: _strengthen(open_findings[new.finding], new) if new.finding in open_findings else new for new in wanted}
    unseen = [follow_up for finding, follow_up in open_findings.items() if finding not in seen]
    dated = [follow_up.model_copy(update={"is_overdue": follow_up.due < today}) for follow_up in (*seen.values(), *unseen)]
    return tuple(sorted(dated, key=lambda follow_up: (follow_up.due, follow_up.owner, follow_up.id)))


def follow_up_id(programme: str, finding: str, cycle: str) -> str:
    """Return the identity of a follow-up: programme, finding and the cycle in which it was first opened."""
    return f"fu-{fingerprint('|'.join((programme, finding, cycle)))[:_ID_LENGTH]}"


def _from_standards(standards: Sequence[Compliance], programme: Programme, cycle: str, due: date) -> list[FollowUp]:
    return [_for_standard(row, programme, cycle, due) for row in standards if row.verdict == "not_met"]


def _for_standard(row: Compliance, programme: Programme, cycle: str, due: date) -> FollowUp:
    if row.touchpoint == ALL_TOUCHPOINTS:
        places = tuple(touchpoint.id for touchpoint in programme.touchpoints)
        owner = _most_accountable(programme)
        where = "over all touchpoints"
    else:
        places = (row.touchpoint,)
        owner = programme.touchpoint(row.touchpoint).accountable
        where = f"at {programme.touchpoint(row.touchpoint).title}"
    return _follow_up(
        f"standard:{row.standard}:{row.touchpoint}",
        f"Keep the standard “{row.title}” {where}",
        _figures(row),
        places,
        owner,
        programme,
        cycle,
        due,
    )


def _figures(row: Compliance) -> str:
    if row.value is not None:
        return _value_in_words(row.value, row.n)
    kept = f"{row.share:.1%}" if row.unweighted_share is None else f"{row.share:.1%} weighted"
    return f"{row.met} of {row.n} kept ({kept}, 95 % interval {row.low:.1%} to {row.high:.1%}); promised: {row.target:.0%}."


def _value_in_words(value: Value, n: int) -> str:
    """Return a figure that is no share with its unit, its interval as far as it is known, and what was promised."""
    unit = f" {value.unit}" if value.unit.endswith("hours") else ""
    kind = "net promoter score" if value.figure == "net_promoter" else f"{value.figure} {'time' if unit else 'score'}"
    parts = (value.value, value.low, value.high, value.target)
    number, low, high, target = ("not known" if part is None else f"{part:.{1 if unit else 2}f}{unit}" for part in parts)
    promise = f"at {'least' if value.is_higher_better else 'most'} {target}"
    return f"{kind} of {n} cases {number} (95 % interval {low} to {high}); promised: {promise}."


def _from_causes(causes: Sequence[Cause], programme: Programme, cycle: str, due: date) -> list[FollowUp]:
    present = sorted((cause for cause in causes if cause.size > 0), key=lambda cause: (-cause.size, cause.id))
    return [_for_cause(cause, programme, cycle, due) for cause in present[: programme.rules.biggest_causes]]


def _for_cause(cause: Cause, programme: Programme, cycle: str, due: date) -> FollowUp:
    hit = [part.id for part in cause.touchpoints if part.share >= CONTRIBUTION_AT_LEAST] or [part.id for part in cause.touchpoints[:1]]
    owner = programme.touchpoint(hit[0]).accountable if hit else _most_accountable(programme)
    helpers = cause.shared_by if len(cause.shared_by) > 1 else ()
    figures = f"{cause.size} records ({cause.share:.1%} of those with a text, 95 % interval {cause.low:.1%} to {cause.high:.1%})."
    return _follow_up(
        f"cause:{cause.id}", f"Find and remove the root of “{cause.label}”", figures, tuple(hit), owner, programme, cycle, due, helpers
    )


def _follow_up(
    finding: str,
    title: str,
    evidence: str,
    places: tuple[str, ...],
    owner: str,
    programme: Programme,
    cycle: str,
    due: date,
    helpers: tuple[str, ...] = (),
) -> FollowUp:
    touchpoints = [programme.touchpoint(place) for place in places]
    departments = {department for touchpoint in touchpoints for department in touchpoint.departments} | {owner, *helpers}
    stages = {touchpoint.stage for touchpoint in touchpoints}
    return FollowUp(
        id=follow_up_id(programme.programme, finding, cycle),
        finding=finding,
        kind="corrective",
        status="proposed",
        title=title,
        opened_in=cycle,
        last_seen_in=cycle,
        times_seen=1,
        stages=tuple(stage.id for stage in programme.stages if stage.id in stages),
        touchpoints=places,
        owner=owner,
        departments=tuple(department.id for department in programme.departments if department.id in departments),
        due=due,
        evidence=f"{cycle}: {evidence}",
    )


def _strengthen(carried: FollowUp, new: FollowUp) -> FollowUp:
    """Return the open follow-up with this cycle's evidence; its identity, owner and due date stay."""
    if carried.last_seen_in == new.last_seen_in:
        return carried.model_copy(update={"evidence": new.evidence})
    return carried.model_copy(
        update={
            "title": new.title,
            "last_seen_in": new.last_seen_in,
            "times_seen": carried.times_seen + 1,
            "evidence": f"{new.evidence}{_BEFORE}{carried.evidence.split(_BEFORE)[0]}",
            "departments": tuple(dict.fromkeys((*carried.departments, *new.departments))),
            "touchpoints": tuple(dict.fromkeys((*carried.touchpoints, *new.touchpoints))),
            "stages": tuple(dict.fromkeys((*carried.stages, *new.stages))),
        }
    )


def _most_accountable(programme: Programme) -> str:
    """Return the department that is accountable for most touchpoints, the first in the file among equals."""
    counts = {department.id: 0 for department in programme.departments}
    for touchpoint in programme.touchpoints:
        counts[touchpoint.accountable] += 1
    return max(counts, key=lambda department: counts[department])
