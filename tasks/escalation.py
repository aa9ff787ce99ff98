"""Trouble that is more than its owner's: what goes to leadership, with an agenda for a talk in person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

from config.programme import Programme
from tasks.follow_ups.life import is_from_check
from tasks.opening.beyond import kind_of
from tasks.opening.corrective import figures_of, place_in_words
from tasks.opening.drafts import owner_at
from tasks.opening.found import CAUSE, SEVERE
from tasks.results import OPEN_STATUSES, Cause, Effect, EscalationCase, FollowUp
from tasks.severity import rank_of

_SEVERE, _FAILED, _REPEATED = range(3)  # the gravest reason first
_TO_DECIDE = {
    _SEVERE: "whether it goes on before it is safe, what money that takes, who owns it, which standard is to prevent it.",
    _FAILED: "another owner, more money or people, another standard, or to stop trying.",
    _REPEATED: "what money or people it takes, whether its owner can do it alone, whether the standard is right, or to stop.",
}
_CAME_OF_IT = {"worked": "it worked", "no_effect": "no effect", "worse": "it got worse", "cannot_tell": "it cannot be told"}
_CHARACTERS = 120  # of what a person wrote


@dataclass(frozen=True)
class _Reason:
    finding: str
    gravity: int
    words: str


@dataclass(frozen=True)
class _Case:
    """What is known of one finding."""

    finding: str
    cycle: str
    follow_up: FollowUp | None
    cause: Cause | None
    records: int  # of a severe case


def escalations(
    follow_ups: Sequence[FollowUp], causes: Sequence[Cause], severe: Mapping[tuple[str, str], int], programme: Programme, cycle: str
) -> tuple[EscalationCase, ...]:
    """Return what goes to leadership, a case a finding, those of the gravest reason first.

    A severe case of this quarter; a fix that was shown not to hold as often as the programme says, and is open; a cause seen in as many
    quarters running that asks for a follow-up now. `severe` counts records by severity and touchpoint. The customer's words beside an
    agenda are a quote of the cause, as masked as it is.
    """
    reasons: dict[str, list[_Reason]] = {}
    for reason in (*_of_severe(severe, programme), *_of_failed(follow_ups, programme), *_of_repeated(follow_ups, causes, programme, cycle)):
        reasons.setdefault(reason.finding, []).append(reason)
    by_cause = {f"{CAUSE}:{cause.id}": cause for cause in causes if cause.size > 0}
    by_severe = {f"{SEVERE}:{severity}:{touchpoint}": records for (severity, touchpoint), records in severe.items()}
    cases = {
        finding: _Case(finding, cycle, _latest(follow_ups, finding), by_cause.get(finding), by_severe.get(finding, 0))
        for finding in reasons
    }
    ordered = sorted(reasons, key=lambda finding: (reasons[finding][0].gravity, _severity_rank(cases[finding], programme), finding))
    return tuple(_escalation(cases[finding], reasons[finding], programme) for finding in ordered)


def _of_severe(severe: Mapping[tuple[str, str], int], programme: Programme) -> Iterator[_Reason]:
    titles = {severity.id: severity.title for severity in programme.severities}
    for (severity, touchpoint), records in severe.items():
        if records:
            words = f"{records} severe {'case' if records == 1 else 'cases'} in one quarter: “{titles[severity]}”"
            yield _Reason(f"{SEVERE}:{severity}:{touchpoint}", _SEVERE, words)


def _of_failed(follow_ups: Sequence[FollowUp], programme: Programme) -> Iterator[_Reason]:
    for one in follow_ups:
        if one.times_refuted >= programme.escalation.failed_fixes and one.status in OPEN_STATUSES:
            times = "once" if one.times_refuted == 1 else f"{one.times_refuted} times"
            yield _Reason(one.finding, _FAILED, f"what was done was shown {times} not to hold")


def _of_repeated(follow_ups: Sequence[FollowUp], causes: Sequence[Cause], programme: Programme, cycle: str) -> Iterator[_Reason]:
    asking = {one.finding for one in follow_ups if one.last_seen_in == cycle and one.status in (*OPEN_STATUSES, "done")}
    for cause in causes:
        if cause.size and cause.quarters_in_row >= programme.escalation.quarters_in_row and f"{CAUSE}:{cause.id}" in asking:
            yield _Reason(f"{CAUSE}:{cause.id}", _REPEATED, f"the same cause {cause.quarters_in_row} quarters running")


def _latest(follow_ups: Sequence[FollowUp], finding: str) -> FollowUp | None:
    """Return the follow-up of a finding: an open one before all others, of those the one opened last."""
    own = [one for one in follow_ups if one.finding == finding]
    return max(own, key=lambda one: (one.status in OPEN_STATUSES, one.opened_in), default=None)


def _severity_rank(case: _Case, programme: Programme) -> int:
    severity = case.finding.split(":")[1] if kind_of(case.finding) == SEVERE else case.follow_up.severity if case.follow_up else ""
    return rank_of(severity, programme)


def _escalation(case: _Case, reasons: Sequence[_Reason], programme: Programme) -> EscalationCase:
    owner = case.follow_up.owner if case.follow_up else owner_at(case.finding.split(":")[2], programme)
    return EscalationCase(
        finding=case.finding,
        title=_title(case, programme),
        reason="; ".join(reason.words for reason in reasons),
        owner=owner,
        departments=_departments(case, owner, programme),
        follow_up=case.follow_up.id if case.follow_up else "",
        agenda=tuple(_agenda(case, reasons[0].gravity, programme)),
        quote=case.cause.quotes[0] if case.cause and case.cause.quotes else None,
    )


def _title(case: _Case, programme: Programme) -> str:
    if kind_of(case.finding) == SEVERE:
        _, severity, touchpoint = case.finding.split(":")
        title = next(one.title for one in programme.severities if one.id == severity)
        return f"“{title}” {place_in_words(touchpoint, programme)}"
    if case.cause:
        return f"“{case.cause.label}”"
    return case.follow_up.title if case.follow_up else case.finding


def _departments(case: _Case, owner: str, programme: Programme) -> tuple[str, ...]:
    if case.follow_up:
        return case.follow_up.departments
    touchpoint = case.finding.split(":")[2]
    return programme.touchpoint(touchpoint).departments if touchpoint else (owner,)


def _agenda(case: _Case, gravity: int, programme: Programme) -> Iterator[str]:
    """Yield its five lines."""
    yield f"What keeps happening: {_happening(case, programme)}"
    yield f"Since when: {_since(case)}"
    yield f"What was tried: {_tried(case.follow_up)}"
    yield f"Who shares it: {_shared(case, programme)}"
    yield f"To decide: {_TO_DECIDE[gravity]}"


def _happening(case: _Case, programme: Programme) -> str:
    if case.cause:
        return f"{case.cause.label}: {figures_of(case.cause)}"
    if case.records:
        return f"{case.records} {'record' if case.records == 1 else 'records'} of {_title(case, programme)} in {case.cycle}."
    return case.follow_up.evidence if case.follow_up else _title(case, programme)


def _since(case: _Case) -> str:
    if case.cause:
        return f"first seen in {case.cause.first_seen}, {case.cause.quarters_in_row} quarters running."
    opened = case.follow_up.opened_in if case.follow_up else case.cycle
    return f"{opened}; seen in {case.follow_up.times_seen} cycles." if case.follow_up and opened != case.cycle else f"{opened}."


def _tried(follow_up: FollowUp | None) -> str:
    """Return what was last declared done and when, and what came of it."""
    claims = [one for one in follow_up.changes if one.status == "done" and not is_from_check(one)] if follow_up else []
    if follow_up is None or not claims:
        return f"nothing was declared done yet; the follow-up is {follow_up.status.replace('_', ' ')}." if follow_up else "nothing yet."
    said = shorten(claims[-1].evidence or claims[-1].note, _CHARACTERS, placeholder=" …") or "done"
    refuted = f", shown not to hold {follow_up.times_refuted} times" if follow_up.times_refuted > 1 else ""
    return f"{claims[-1].at:%Y-%m-%d}: {said}{refuted}; {_came_of_it(follow_up.effect)}."


def _came_of_it(effect: Effect | None) -> str:
    if effect is None:
        return "not judged yet"
    if effect.change is None or effect.low is None or effect.high is None:
        return _CAME_OF_IT[effect.verdict]
    change, low, high = (f"{100 * part:+.1f}" for part in (effect.change, effect.low, effect.high))
    return f"{_CAME_OF_IT[effect.verdict]} ({change} points, 95 % interval {low} to {high})"


def _shared(case: _Case, programme: Programme) -> str:
    titles = {department.id: department.title for department in programme.departments}
    owner = case.follow_up.owner if case.follow_up else owner_at(case.finding.split(":")[2], programme)
    others = [titles.get(one, one) for one in _departments(case, owner, programme) if one != owner]
    return f"{titles.get(owner, owner)} answers for it{', with ' + ', '.join(others) if others else ', alone'}."
