"""What each open follow-up would bring and cost: the customers behind it, the effect to be expected, the effort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from config.programme import Programme
from tasks.results import OPEN_STATUSES, Cause, Compliance, FollowUp, FollowUpKind

EffectFrom = Literal["shown", "predicted", "assumed"]
_HELD_AGAINST_ITS_FINDING: tuple[FollowUpKind, ...] = ("corrective", "training")


@dataclass(frozen=True)
class Candidate:
    """An open follow-up; customers x effect are the customers who would be better served in a quarter."""

    follow_up: str
    owner: str
    effort_by_department: Mapping[str, float]  # person-weeks
    customers: int  # those of whom the effect is a share
    effect: float  # change of the share, 0 to 1, for the better
    effect_low: float  # 95 % interval, clipped at 0
    effect_high: float
    effect_from: EffectFrom
    is_effort_assumed: bool

    @property
    def effort_person_weeks(self) -> float:
        """Return the effort of all departments together."""
        return sum(self.effort_by_department.values())

    @property
    def gain(self) -> float:
        """Return the customers who would be better served in a quarter."""
        return self.customers * self.effect


@dataclass(frozen=True)
class _Finding:
    """What this quarter's figures say of a finding: whom its share is of, what to expect, and what can be won at most."""

    customers: int
    gain: float
    most: float


def candidates(
    follow_ups: Sequence[FollowUp], standards: Sequence[Compliance], causes: Sequence[Cause], programme: Programme
) -> tuple[Candidate, ...]:
    """Return what is known of each open follow-up, by id.

    The effect is a change of the finding's share, and `customers` are those that the share is of: all whose cases a standard
    counts, all who wrote where it is a cause. A cause of a tenth of the texts that touched 40 customers so stands for 400, and
    removing it for 0.10 of them. Where this quarter has no figures of a finding, they are the follow-up's own customers.

    The effect is, in this order:

    - shown: what Check found of a fix that was tried, with its interval, unless somebody has predicted anew since;
    - predicted: the last prediction. It has no interval of its own: 0 to twice the prediction is taken;
    - assumed: of a standard the gap between its target and its share, from 0 to the gap at the lower end of the share's interval.
      Of a cause, removing it altogether is the most that can be won: half of its share is taken, from 0 to all of it. So it is
      of the cases that miss a standard whose figure is no share. Of prevention and of praise nothing is assumed, since what they
      come from is not what they would change: they count from the first prediction on.

    Effort is the owner's estimate, or else the programme's `rules.effort_person_weeks`, in equal parts from all departments.
    """
    rows: dict[str, Compliance | Cause] = {f"standard:{row.standard}:{row.touchpoint}": row for row in standards}
    rows |= {f"cause:{cause.id}": cause for cause in causes if cause.size > 0}
    still_open = sorted((one for one in follow_ups if one.status in OPEN_STATUSES), key=lambda one: one.id)
    return tuple(_candidate(one, rows.get(one.finding), programme.rules.effort_person_weeks) for one in still_open)


def _candidate(follow_up: FollowUp, row: Compliance | Cause | None, assumed_effort: float) -> Candidate:
    finding = _finding(follow_up, row)
    effect, low, high, origin = _effect(follow_up, finding)
    effort = assumed_effort if follow_up.effort_person_weeks is None else follow_up.effort_person_weeks
    departments = dict.fromkeys(follow_up.departments or (follow_up.owner,))
    return Candidate(
        follow_up=follow_up.id,
        owner=follow_up.owner,
        effort_by_department=dict.fromkeys(departments, effort / len(departments)),
        customers=finding.customers,
        effect=effect,
        effect_low=low,
        effect_high=high,
        effect_from=origin,
        is_effort_assumed=follow_up.effort_person_weeks is None,
    )


def _effect(follow_up: FollowUp, finding: _Finding) -> tuple[float, float, float, EffectFrom]:
    """Return the effect to be expected, its interval and where it is from."""
    shown = follow_up.effect
    is_shown = shown is not None and shown.verdict != "cannot_tell" and not _is_predicted_anew(follow_up)
    if is_shown and shown is not None and shown.change is not None and shown.low is not None and shown.high is not None:
        return max(shown.change, 0.0), max(shown.low, 0.0), max(shown.high, 0.0), "shown"
    if follow_up.predicted_change is not None:
        predicted = abs(follow_up.predicted_change)
        return predicted, 0.0, min(2 * predicted, 1.0), "predicted"
    return finding.gain, 0.0, finding.most, "assumed"


def _is_predicted_anew(follow_up: FollowUp) -> bool:
    """Return whether somebody has predicted since it was last declared done: another fix than the one that was tried."""
    done_at = follow_up.done_at
    return done_at is not None and any(change.predicted_change is not None and change.at > done_at for change in follow_up.changes)


def _finding(follow_up: FollowUp, row: Compliance | Cause | None) -> _Finding:
    if row is None or follow_up.kind not in _HELD_AGAINST_ITS_FINDING:
        return _Finding(follow_up.customers, 0.0, 0.0)
    return _of_standard(row) if isinstance(row, Compliance) else _of_cause(row, follow_up.customers)


def _of_standard(row: Compliance) -> _Finding:
    customers = row.n if row.customers is None else row.customers
    if row.share is not None and row.low is not None and row.target is not None:
        return _Finding(customers, max(row.target - row.share, 0.0), max(row.target - row.low, 0.0))
    missed = (row.n - row.met) / row.n if row.n else 0.0
    return _Finding(customers, missed / 2, missed)


def _of_cause(cause: Cause, customers: int) -> _Finding:
    touched = min(customers or cause.size, cause.size)  # the follow-up may have counted them in a fuller quarter
    return _Finding(round(touched / cause.share), cause.share / 2, cause.share)
