"""Resolutions that people claimed against those that the data show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tasks.follow_ups.life import is_from_check
from tasks.opening.beyond import is_judged
from tasks.opening.turns import is_turned_in
from tasks.results import FollowUp, Resolutions

Outcome = Literal["shown", "refuted", "open_question"]
_REFUTES = ("no_effect", "worse")


def resolutions(follow_ups: Sequence[FollowUp], cycle: str) -> Resolutions:
    """Return how many resolutions were claimed, and how many of them are shown, refuted or still an open question: these add up.

    Counted are follow-ups about what went wrong; what is preventive, sustaining or training no data judge.
    """
    judged = [one for one in follow_ups if is_judged(one)]
    outcomes = [outcome_of(one) for one in judged if is_claimed(one)]
    return Resolutions(
        claimed=len(outcomes),
        shown=outcomes.count("shown"),
        refuted=outcomes.count("refuted"),
        open_question=outcomes.count("open_question"),
        still_happening=tuple(one.title for one in judged if is_turned_in(one, "reopened", cycle)),
    )


def is_claimed(follow_up: FollowUp) -> bool:
    """Return whether it was ever declared done, withdrawn since or not."""
    return (
        follow_up.status in ("done", "verified")
        or follow_up.times_refuted > 0
        or any(change.status == "done" and not is_from_check(change) and change.evidence.strip() for change in follow_up.changes)
    )


def outcome_of(follow_up: FollowUp) -> Outcome:
    """Return what the data say of a claim: shown, while it holds; refuted from when Check opened it again until it is shown."""
    if follow_up.status == "verified":
        return "shown"
    says = follow_up.effect.verdict if follow_up.effect else "cannot_tell"
    return "refuted" if follow_up.times_refuted or says in _REFUTES else "open_question"
