"""Act: which decisions the figures propose, which choices fit them, and what follows from one that was made."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from config.errors import InputError
from config.loading import fingerprint
from config.programme import Programme
from config.standards import ALL_TOUCHPOINTS, Rebasing
from config.written import number, percent
from tasks.results import Compliance, Decision, DecisionKind, Effect, FollowUp, FollowUpChange

Choice = DecisionKind | Literal["refused"]
_ID_LENGTH = 10
_OF_FOLLOW_UPS: tuple[DecisionKind, ...] = ("adopt", "adapt", "abandon")
_CLOSED = ("done", "verified")
_SHOWN_TO_FAIL = {"worse": "it got worse", "no_effect": "it had no effect"}


def proposed(
    follow_ups: Sequence[FollowUp],
    standards_by_cycle: Sequence[Sequence[Compliance]],
    known: Sequence[Decision],
    programme: Programme,
    cycle: str,
    as_of: datetime,
) -> tuple[Decision, ...]:
    """Return what this cycle's verdicts propose for the first time: `known` are all decisions that were ever proposed.

    `standards_by_cycle` are the figures of this quarter and of those before it, newest first, with an empty sequence for a quarter
    that has none. A target is raised halfway to the lower end of the newest interval, in whole points.
    """
    now_kept = {_finding(row): row for row in (standards_by_cycle[0] if standards_by_cycle else ()) if row.verdict == "met"}
    judged = [one for one in follow_ups if one.effect is not None and one.effect.cycle == cycle and one.status != "abandoned"]
    wanted = [
        *(found for one in judged for found in _of_follow_up(one, now_kept.get(one.finding), programme, cycle)),
        *(found for one in judged for found in _rebase(one, programme, cycle, as_of)),
        *_raised_targets(standards_by_cycle, programme, cycle),
    ]
    before = {one.id for one in known}
    return tuple(sorted((one for one in wanted if one.id not in before), key=lambda one: (one.kind, one.about)))


def waiting(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that nobody has made yet, without those that a later proposal about the same has overtaken."""
    every = tuple(decisions)
    return tuple(one for one in every if one.decided is None and overtaken_by(one, every) is None)


def overtaken_by(decision: Decision, decisions: Iterable[Decision]) -> Decision | None:
    """Return the later decision about the same thing, or None; of one cycle's, that which was made."""
    same = [one for one in decisions if one.about == decision.about and _group(one) == _group(decision) and one.id != decision.id]
    later = [one for one in same if (one.proposed_in, one.decided is not None) > (decision.proposed_in, False)]
    return max(later, key=lambda one: one.proposed_in, default=None)


def require_fitting(decision: Decision, choice: Choice, follow_up: FollowUp | None) -> None:
    """Raise InputError where a decision was made already, or where the choice fits neither the proposal nor the data.

    `follow_up` is the one that the decision is about, as it stands now.
    """
    if decision.decided is not None:
        when = f" on {decision.decided_at:%Y-%m-%d}" if decision.decided_at else ""
        raise InputError(f"{decision.id} was decided by {decision.decided_by}{when} ({decision.decided}); there is nothing left to decide.")
    fitting = _OF_FOLLOW_UPS if decision.kind in _OF_FOLLOW_UPS else (decision.kind,)
    if choice != "refused" and choice not in fitting:
        raise InputError(f"{decision.id} proposes {decision.kind}, which {choice} does not answer; choose {', '.join(fitting)} or refuse.")
    if choice == "adopt" and follow_up is not None:
        _require_not_contradicted(follow_up)


def change_after(decision: Decision, follow_up_id: str) -> FollowUpChange | None:
    """Return the change of a follow-up that a decision brings; None where it brings none.

    What is adapted is in progress again, what is abandoned is closed; adopting changes nothing, since only Check can verify.
    """
    if decision.about != follow_up_id or decision.decided not in ("adapt", "abandon") or decision.decided_at is None:
        return None
    is_adapted = decision.decided == "adapt"
    return FollowUpChange(
        at=decision.decided_at,
        by=decision.decided_by,
        status="in_progress" if is_adapted else "abandoned",
        note=f"{'adapted' if is_adapted else 'abandoned'}: {decision.note or decision.reason}",
        origin=f"decision {decision.id}",
    )


def rebasings(decisions: Iterable[Decision]) -> tuple[Rebasing, ...]:
    """Return the decisions that a chart's limits start anew, as the programme would say them, the earliest first."""
    made = [one for one in decisions if one.decided == "rebase" and one.first is not None]
    return tuple(_rebasing(one, one.first) for one in sorted(made, key=lambda one: (one.first, one.about)) if one.first)


def target_notes(decisions: Iterable[Decision], programme: Programme) -> tuple[str, ...]:
    """Return a sentence for each higher target that was decided and that the programme file does not promise yet."""
    made = [one for one in decisions if one.decided == "raise_target" and one.value is not None]
    return tuple(note for one in sorted(made, key=lambda one: (one.about, one.id)) for note in _target_note(one, programme))


def _of_follow_up(follow_up: FollowUp, kept: Compliance | None, programme: Programme, cycle: str) -> Iterator[Decision]:
    if follow_up.effect is None:
        return
    found = _kind_and_reason(follow_up, follow_up.effect, kept, programme.escalation.failed_fixes)
    if found is not None:
        kind, reason = found
        attempt = str(follow_up.times_refuted) if follow_up.times_refuted else ""
        yield Decision(
            id=_decision_id(programme, kind, follow_up.id, attempt),
            kind=kind,
            about=follow_up.id,
            title=follow_up.title,
            reason=reason,
            proposed_in=cycle,
        )


def _kind_and_reason(follow_up: FollowUp, effect: Effect, kept: Compliance | None, failed_fixes: int) -> tuple[DecisionKind, str] | None:
    figures = _figures(effect)
    if effect.verdict == "worked" and effect.harmed:
        return "adapt", f"It worked{figures}, but meanwhile this got worse: {', '.join(effect.harmed)}."
    if effect.verdict == "worked":
        return "adopt", f"It worked{figures}."
    if effect.verdict == "worse":
        return "abandon", f"It got worse after this was declared done{figures}."
    if effect.verdict == "no_effect":
        times = max(follow_up.times_refuted, 1)
        often = "" if times == 1 else f" in {times} attempts"
        return "abandon" if follow_up.times_refuted >= failed_fixes else "adapt", f"No effect was found{often}{figures}."
    if kept is not None:
        return "adopt", f"Whether it worked cannot be told, but the standard is met again: {_kept(kept)}."
    return None


def _figures(effect: Effect) -> str:
    if effect.change is None:
        return ""
    interval = "" if effect.low is None or effect.high is None else f", 95 % interval {_points(effect.low)} to {_points(effect.high)}"
    return f" ({_points(effect.change)} points{interval})"


def _kept(row: Compliance) -> str:
    if row.share is None or row.low is None or row.high is None or row.target is None:
        return f"{row.n} cases"
    share, low, high = (percent(part) for part in (row.share, row.low, row.high))
    return f"{share} of {row.n} cases kept (95 % interval {low} to {high}), promised {_percent(row.target)}"


def _rebase(follow_up: FollowUp, programme: Programme, cycle: str, as_of: datetime) -> Iterator[Decision]:
    """Yield the proposal that limits start anew after a fix of a standard that holds, once a day of the new limits is over."""
    if follow_up.status != "verified" or not follow_up.finding.startswith("standard:") or follow_up.done_at is None:
        return
    first = _monday_after(follow_up.done_at.astimezone(programme.zone).date())
    if first < as_of.astimezone(programme.zone).date():
        yield Decision(
            id=_decision_id(programme, "rebase", follow_up.finding, first.isoformat()),
            kind="rebase",
            about=follow_up.finding,
            title=f"Start the chart limits of {_named(follow_up.finding, programme)} anew",
            reason=f"{follow_up.id} was shown to have worked, so the level from before it is no yardstick from {first.isoformat()} on.",
            proposed_in=cycle,
            first=first,
        )


def _raised_targets(standards_by_cycle: Sequence[Sequence[Compliance]], programme: Programme, cycle: str) -> Iterator[Decision]:
    wanted = programme.escalation.raise_target_after_quarters
    quarters = [{_finding(row): row for row in rows} for rows in standards_by_cycle[:wanted]]
    if len(quarters) < wanted:
        return
    for finding, row in quarters[0].items():
        if row.target is None or row.low is None or not all(_is_met_at(quarter.get(finding), row.target) for quarter in quarters):
            continue
        value = math.floor(round(100 * (row.target + row.low) / 2, 6)) / 100
        if value > row.target:
            yield Decision(
                id=_decision_id(programme, "raise_target", finding, repr(row.target)),
                kind="raise_target",
                about=finding,
                title=f"Raise the target of {_named(finding, programme)} from {_percent(row.target)} to {_percent(value)}",
                reason=f"It was met in {wanted} quarters running, in the last one with {_kept(row)}.",
                proposed_in=cycle,
                value=value,
            )


def _is_met_at(row: Compliance | None, target: float) -> bool:
    return row is not None and row.verdict == "met" and row.target == target


def _require_not_contradicted(follow_up: FollowUp) -> None:
    effect = follow_up.effect
    if effect is not None and effect.verdict in _SHOWN_TO_FAIL:
        why = f"Check of {effect.cycle} found that {_SHOWN_TO_FAIL[effect.verdict]}{_figures(effect)}"
    elif follow_up.status not in _CLOSED:
        why = f"it is {follow_up.status.replace('_', ' ')}, and only what is done can be"
    else:
        return
    raise InputError(f"{follow_up.id} cannot be adopted: {why}; choose adapt, abandon or refuse.")


def _rebasing(decision: Decision, first: date) -> Rebasing:
    _, standard, touchpoint = decision.about.split(":")
    return Rebasing(
        standard=standard,
        touchpoint=None if touchpoint == ALL_TOUCHPOINTS else touchpoint,
        first=first,
        reason=decision.note.strip() or decision.reason,
        decided_by=decision.decided_by,
    )


def _target_note(decision: Decision, programme: Programme) -> Iterator[str]:
    _, standard, touchpoint = decision.about.split(":")
    promise = next((one for one in programme.promises if one.id == standard and touchpoint in one.places), None)
    if promise is None or promise.target_share is None or decision.value is None or promise.target_share >= decision.value:
        return
    yield (
        f"{decision.decided_by} decided a target of {_percent(decision.value)} for {_named(decision.about, programme)}, and the programme "
        f"file still promises {_percent(promise.target_share)}; write it there, or take the standard out."
    )


def _named(finding: str, programme: Programme) -> str:
    """Return a standard and its place in words; ids where the programme no longer knows them."""
    _, standard, touchpoint = finding.split(":")
    name = next((one.name for one in programme.promises if one.id == standard), standard)
    title = next((one.title for one in programme.touchpoints if one.id == touchpoint), touchpoint)
    return f"“{name}” {'over all touchpoints' if touchpoint == ALL_TOUCHPOINTS else f'at {title}'}"


def _decision_id(programme: Programme, kind: DecisionKind, about: str, *which: str) -> str:
    """Return the identity of a proposal; `which` tells those about the same apart: the target, the first day, the attempt."""
    return f"dec-{fingerprint('|'.join((programme.programme, kind, about, *filter(None, which))))[:_ID_LENGTH]}"


def _group(decision: Decision) -> str:
    return "follow-up" if decision.kind in _OF_FOLLOW_UPS else decision.kind


def _finding(row: Compliance) -> str:
    return f"standard:{row.standard}:{row.touchpoint}"


def _monday_after(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())


def _points(value: float) -> str:
    return number(f"{100 * value:+.1f}")


def _percent(share: float) -> str:
    return number(f"{100 * share:.1f}".removesuffix(".0")) + "%"
