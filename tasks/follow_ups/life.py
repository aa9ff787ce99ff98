"""What a follow-up is, as it follows from its changes; and which changes a person may make.

A person says what was done; whether it worked is for Check to say, which alone verifies and reopens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args

from config.errors import InputError
from tasks.results import FollowUp, FollowUpChange, FollowUpKind, FollowUpStatus

CHECK = "Check"
DECISION = "decision "  # begins the origin of what follows from a decision
PERSON_STATUSES: tuple[FollowUpStatus, ...] = ("accepted", "in_progress", "done")
FINAL_STATUSES: tuple[FollowUpStatus, ...] = ("verified", "abandoned")
_OF_CHECK_ALONE: tuple[FollowUpStatus, ...] = ("verified", "reopened")
_DECLARED: tuple[FollowUpStatus, ...] = ("done", *FINAL_STATUSES)  # what is predicted from then on is no prediction
_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE_IN_LIFE = {status: place for place, status in enumerate(get_args(FollowUpStatus))}

Value = TypeVar("Value")
Move = tuple[FollowUpChange, FollowUpStatus, FollowUpStatus]  # a change, the status before it, and the one after it


def with_changes(follow_up: FollowUp, changes: Iterable[FollowUpChange]) -> FollowUp:
    """Return the follow-up with these changes beside those it has, and with everything that follows from them all.

    Changes that say the same, wherever they came from, are there once. They are in the order of their times; at the same instant in the
    order of a follow-up's life, then of names. Whatever the order in which they are given, and however often, the result is the same.
    """
    ordered = _ordered((*_told_before(follow_up), *changes))
    moves = tuple(_moves(ordered))
    derived: dict[str, Any] = {
        "changes": ordered,
        "status": moves[-1][2] if moves else "proposed",
        "done_at": _done_at(moves),
        "kind": _kind(_kind_at_first(follow_up), ordered),
        "effort_person_weeks": _last(change.effort_person_weeks for change in ordered),
        "predicted_change": _last(change.predicted_change for change, *status in moves if not set(status) & set(_DECLARED)),
        "root_cause": _last(change.root_cause or None for change in ordered) or (),
        "times_refuted": sum(is_from_check(change) and change.status == "reopened" for change in ordered),
    }
    return follow_up.model_copy(update=derived)


def as_known_at(follow_up: FollowUp, instant: datetime) -> FollowUp:
    """Return the follow-up as it was known at an instant: later changes are not there yet."""
    known = tuple(change for change in _told_before(follow_up) if change.at <= instant)
    at_first = {"changes": known, "status": "proposed", "kind": _kind_at_first(follow_up)}
    return with_changes(follow_up.model_copy(update=at_first), ())


def check_change(cycle: str, at: datetime, status: FollowUpStatus, note: str) -> FollowUpChange:
    """Return the change that a cycle's Check makes, as of its as-of."""
    return FollowUpChange(at=at, by=CHECK, status=status, note=note, origin=f"cycle {cycle}", cycle=cycle)


def person_change(follow_up: FollowUp, change: FollowUpChange) -> FollowUp:
    """Return the follow-up with a person's change; InputError, in one sentence, where that person may not make it then."""
    for problem in _problems(follow_up, change):
        raise InputError(f"{follow_up.id}: {problem}.")
    return with_changes(follow_up, (change,))


def place_in_history(change: FollowUpChange) -> tuple[datetime, int, str, str]:
    """Return what changes are sorted by: the time; at the same instant the status's place in a follow-up's life, then the name."""
    return change.at, _PLACE_IN_LIFE.get(change.status or "proposed", 0), change.by, _said(change)


def is_known(follow_up: FollowUp, change: FollowUpChange) -> bool:
    """Return whether the follow-up has a change that says the same, wherever that came from."""
    return _said(change) in map(_said, follow_up.changes)


def is_from_check(change: FollowUpChange) -> bool:
    """Return whether a cycle's Check made the change; a person who signs as Check did not."""
    return change.by == CHECK and change.cycle != ""


def moment(at: datetime) -> str:
    """Return an instant as people read it: 2026-04-20 09:00:00 UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _told_before(follow_up: FollowUp) -> tuple[FollowUpChange, ...]:
    """Return the changes of a follow-up; of one that an earlier version kept without any, its status as a change of unknown date."""
    if follow_up.changes or follow_up.status == "proposed":
        return follow_up.changes
    told = "kept by an earlier version, which noted neither day nor person"
    return (FollowUpChange(at=_UNKNOWN, by="unknown", status=follow_up.status, evidence=told, origin="earlier version"),)


def _ordered(changes: Iterable[FollowUpChange]) -> tuple[FollowUpChange, ...]:
    """Return changes sorted, in UTC; of those that say the same the one whose origin comes first in the alphabet."""
    in_utc = (change.model_copy(update={"at": change.at.astimezone(UTC)}) for change in changes)
    distinct: dict[str, FollowUpChange] = {}
    for change in sorted(in_utc, key=lambda one: one.origin):
        distinct.setdefault(_said(change), change)
    return tuple(sorted(distinct.values(), key=place_in_history))


def _said(change: FollowUpChange) -> str:
    return change.model_copy(update={"at": change.at.astimezone(UTC)}).model_dump_json(exclude={"origin"})


def _moves(changes: Sequence[FollowUpChange]) -> Iterator[Move]:
    before: FollowUpStatus = "proposed"
    for change in changes:
        after = _status_after(before, change)
        yield change, before, after
        before = after


def _status_after(before: FollowUpStatus, change: FollowUpChange) -> FollowUpStatus:
    """Return the status after a change; one that nobody may make then is kept as said, and changes nothing."""
    if change.status is None or is_from_check(change):
        return change.status or before
    is_final = before in FINAL_STATUSES and not change.origin.startswith(DECISION)
    is_unproven = change.status == "done" and not change.evidence.strip()
    return before if is_final or change.status in _OF_CHECK_ALONE or is_unproven else change.status


def _done_at(moves: Sequence[Move]) -> datetime | None:
    """Return when it was last declared done, claims that a person withdrew left out."""
    claims: list[datetime] = []
    for change, before, after in moves:
        if after == "done" != before:
            claims.append(change.at)
        elif before == "done" and after in PERSON_STATUSES and after != "done":
            claims.pop()
    return claims[-1] if claims else None


def _kind_at_first(follow_up: FollowUp) -> FollowUpKind:
    """Return the kind with which it was opened: a person can only make a training of what is corrective."""
    was_changed = follow_up.kind == "training" and any(change.kind == "training" for change in follow_up.changes)
    return "corrective" if was_changed else follow_up.kind


def _kind(first: FollowUpKind, changes: Sequence[FollowUpChange]) -> FollowUpKind:
    return "training" if first == "corrective" and any(change.kind == "training" for change in changes) else first


def _last(values: Iterable[Value | None]) -> Value | None:
    """Return the last value that is there."""
    return next((value for value in reversed(tuple(values)) if value is not None), None)


def _problems(follow_up: FollowUp, change: FollowUpChange) -> Iterator[str]:
    """Yield in words why a person may not make a change, the most telling reason first."""
    if not change.by.strip():
        yield "a change needs the name of the person who makes it"
    if change.by.strip().casefold() == CHECK.casefold():
        yield f"{change.by.strip()!r} is what a cycle's Check signs with; give the name of the person who makes the change"
    yield from _not_for_people(change)
    if follow_up.status in FINAL_STATUSES:
        yield f"it is {_as_told(follow_up)}; {_way_out(follow_up.status)}"
    yield from _said_already(follow_up, change)
    if change.status == "done" and not change.evidence.strip():
        yield "what is done needs evidence that it is: a link, a number, a document"
    if change.status == "accepted" and follow_up.status == "done":
        yield f"it is {_as_told(follow_up)}; a claim is withdrawn by in_progress"
    yield from _out_of_time(follow_up, change)


def _not_for_people(change: FollowUpChange) -> Iterator[str]:
    if change.status == "abandoned":
        yield "abandoning it is a decision and no update; leave the status out, and have it decided"
    elif change.status is not None and change.status not in PERSON_STATUSES:
        yield f"only a cycle's Check can say {change.status}; a person says {', '.join(PERSON_STATUSES[:-1])} or {PERSON_STATUSES[-1]}"
    if change.kind not in (None, "training"):
        yield f"a person can make it a training and nothing else, not {change.kind}"


def _way_out(status: FollowUpStatus) -> str:
    return "only a cycle's Check can open it again" if status == "verified" else "only another decision can take it up again"


def _said_already(follow_up: FollowUp, change: FollowUpChange) -> Iterator[str]:
    if change.status is not None and change.status == follow_up.status:
        yield f"it is already {_as_told(follow_up)}; to add evidence or a note leave the status out"
    if change.kind == "training" and follow_up.kind != "corrective":
        yield f"it is {follow_up.kind}; only what is corrective becomes a training"
    adds = (change.status, change.kind, change.evidence.strip(), change.note.strip())
    figures = ("effort_person_weeks", "predicted_change", "root_cause")
    said = [name for name in figures if getattr(change, name) not in (None, ())]
    if not any(adds) and all(getattr(change, name) == getattr(follow_up, name) for name in said):
        yield "the change says what is already so" if said else "the change says nothing: give a status, evidence, a note, or a figure"


def _out_of_time(follow_up: FollowUp, change: FollowUpChange) -> Iterator[str]:
    if change.predicted_change is not None and {change.status, follow_up.status} & set(_DECLARED):
        yield "it is declared done, and a prediction after the fact is none; leave the predicted change out"
    last = follow_up.changes[-1] if follow_up.changes else None
    if last is not None and place_in_history(change) < place_in_history(last):
        said = f"{last.by} said {last.status}" if last.status else f"{last.by} changed it"
        yield f"{moment(change.at)} is a step back in time: {said} at {moment(last.at)}; give a later time"


def _as_told(follow_up: FollowUp) -> str:
    """Return a follow-up's status with who said so, and when."""
    said = next((change for change, before, after in reversed(tuple(_moves(follow_up.changes))) if before != after), None)
    return f"{follow_up.status}: {said.by} said so at {moment(said.at)}" if said else follow_up.status
