"""Follow-ups for tests: what asks for them, and what people and Check make of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from config.programme import Programme
from tasks.follow_ups.life import check_change, with_changes
from tasks.planning import Found, decide_follow_ups
from tasks.results import Cause, Compliance, Contribution, Effect, EffectVerdict, FollowUp, FollowUpChange, FollowUpStatus
from tests.programmes import programme

AS_OF = datetime(2026, 4, 13, 2, tzinfo=UTC)  # still Sunday 12 April in New York
LATER = datetime(2026, 7, 13, 12, tzinfo=UTC)  # a Monday
HOUSE = programme(rules={"biggest_causes": 2, "due_in_working_days": 10})
GRADES = [
    {"id": "injury", "title": "Injury", "words": ["injured"], "due_in_working_days": 2, "is_for_leadership": True},
    {"id": "anger", "title": "Anger", "words": ["furious"], "due_in_working_days": 5},
]
GRADED = programme(rules={"biggest_causes": 2, "due_in_working_days": 10}, severities=GRADES)


def result(standard: str, touchpoint: str = "counter", **figures: Any) -> Compliance:
    """Return a standard that was not met: 30 of 50 against 80 %."""
    fixed = {"stage": "book", "title": standard.title(), "n": 50, "met": 30, "share": 0.6, "low": 0.461, "high": 0.724, "target": 0.8}
    rest = {"pending": 0, "excluded": 0, "p": 0.0004, "share_if_pending_met": 0.6, "share_if_pending_missed": 0.6}
    given = {"standard": standard, "touchpoint": touchpoint, "verdict": "not_met", "previous": None, "year_ago": None}
    return Compliance.model_validate(fixed | rest | given | figures)


def cause(number: int, size: int, *touchpoints: tuple[str, float], **parts: Any) -> Cause:
    hit = tuple(Contribution(id=place, records=round(share * size), share=share) for place, share in touchpoints)
    fixed = {"id": f"2026Q1-{number:02d}", "label": f"Cause {number}", "first_seen": "2026Q1", "share": 0.1, "low": 0.08, "high": 0.12}
    return Cause.model_validate(fixed | {"size": size, "status": "new", "touchpoints": hit} | parts)


def decide(
    standards: Any = (),
    causes: Any = (),
    carried: Any = (),
    house: Programme = HOUSE,
    cycle: str = "2026Q1",
    as_of: datetime = AS_OF,
    **found: Any,
) -> tuple[FollowUp, ...]:
    return decide_follow_ups(Found(standards, causes, **found), carried, house, cycle, as_of)


def person(status: FollowUpStatus, at: datetime = AS_OF) -> FollowUpChange:
    return FollowUpChange(at=at, by="J. Doe", status=status, evidence="minutes of the meeting")


def done(one: FollowUp, at: datetime = AS_OF) -> FollowUp:
    """Return the follow-up as a person declared it done."""
    return with_changes(one, [person("done", at)])


def settled(one: FollowUp, status: FollowUpStatus, cycle: str = "2026Q2", verdict: EffectVerdict = "worked") -> FollowUp:
    """Return the follow-up as a person declared it done, and as a cycle's Check judged it."""
    judged = done(one).model_copy(update={"effect": Effect(verdict=verdict, cycle=cycle)})
    return with_changes(judged, [check_change(cycle, LATER, status, "")])


def of(follow_ups: tuple[FollowUp, ...], kind: str) -> list[FollowUp]:
    return [one for one in follow_ups if one.kind == kind]


def fixed_cause(verdict: EffectVerdict = "worked", status: FollowUpStatus = "verified") -> FollowUp:
    """Return the follow-up on cause 1 at the counter, as the second quarter's Check judged it."""
    (first,) = decide(causes=[cause(1, 40, ("counter", 1.0))])
    return settled(first, status, verdict=verdict)
