"""What people were asked to do, what they did, whether it worked, and what is to be decided."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from tasks.results.base import Result
from tasks.results.causes import Quote

FollowUpKind = Literal["corrective", "preventive", "sustaining", "training"]
FollowUpStatus = Literal["proposed", "accepted", "in_progress", "done", "verified", "reopened", "abandoned"]
OPEN_STATUSES: tuple[FollowUpStatus, ...] = ("proposed", "accepted", "in_progress", "reopened")
EffectVerdict = Literal["worked", "no_effect", "worse", "cannot_tell"]
PredictionScore = Literal["as_predicted", "less", "more", "cannot_tell"]
MadeWhen = Literal["before", "replayed", "afterwards"]
DecisionKind = Literal["adopt", "adapt", "abandon", "raise_target", "rebase"]


class FollowUpChange(Result):
    """One change of a follow-up: made by a person, or by a cycle's Check."""

    at: datetime
    by: str = Field(description="The name that was typed; `Check` for a cycle.")
    status: FollowUpStatus | None = Field(default=None, description="What it is from then on; unchanged without it.")
    evidence: str = Field(default="", description="What shows that it is done.")
    note: str = ""
    origin: str = Field(default="", description="Where it came from: command, form, or the source or file that told it.")
    cycle: str = Field(default="", description="The cycle whose Check made it.")
    kind: FollowUpKind | None = None
    effort_person_weeks: float | None = Field(default=None, gt=0, description="What it takes, as the owner estimates it.")
    predicted_change: float | None = Field(default=None, ge=-1, le=1, description="Expected change of the share, 0.05 for five points.")
    root_cause: tuple[str, ...] = Field(default=(), max_length=5, description="Five whys, the last one the root.")


class Effect(Result):
    """Whether what was declared done worked; levels and changes are shares, 0 to 1, and a change above 0 is for the better."""

    verdict: EffectVerdict
    cycle: str = Field(description="The cycle whose Check says so.")
    change: float | None = Field(default=None, description="After less before, less the same of what was left alone.")
    low: float | None = Field(default=None, description="95 % interval.")
    high: float | None = None
    p: float | None = Field(default=None, description="Two-sided; where a trend of its own may lie in it, the greater of both p.")
    is_beyond_chance: bool = Field(default=False, description="Whether p holds in the family of all effects of the cycle.")
    before: float | None = Field(default=None, description="Level before, at the finding's own place.")
    after: float | None = None
    before_elsewhere: float | None = Field(default=None, description="Level before, where nothing was done.")
    after_elsewhere: float | None = None
    n_before: int = Field(default=0, ge=0)
    n_after: int = Field(default=0, ge=0)
    change_beyond_trend: float | None = Field(default=None, description="The change beyond a straight trend of its own.")
    beyond_trend_low: float | None = None
    beyond_trend_high: float | None = None
    promised: float | None = Field(default=None, description="The change that was predicted, or that reaches the target.")
    score: PredictionScore = Field(default="cannot_tell", description="What came of it: against what was promised.")
    smallest_seen: float | None = Field(default=None, description="The smallest change that would be found in 80 of 100 such cases.")
    method: str = Field(default="", description="How it was found out.")
    elsewhere: tuple[str, ...] = Field(default=(), description="What it is compared with: touchpoints or causes that were left alone.")
    harmed: tuple[str, ...] = Field(default=(), description="What got worse meanwhile, beyond chance: titles.")
    returned_as: tuple[str, ...] = Field(default=(), description="Labels of later causes that say the same in other words.")
    reason: str = Field(default="", description="Why it cannot be told, in words.")


class FollowUp(Result):
    """A task for people, from one finding."""

    id: str
    finding: str = Field(description="`standard:<id>:<touchpoint>` or `cause:<id>`; of praise and of prevention what it comes from.")
    kind: FollowUpKind
    status: FollowUpStatus
    title: str
    opened_in: str = Field(description="The cycle that opened it.")
    last_seen_in: str = Field(description="The last cycle whose figures call for it.")
    times_seen: int = Field(ge=1, description="Cycles in which the finding was there.")
    stages: tuple[str, ...]
    touchpoints: tuple[str, ...]
    owner: str = Field(description="The accountable department.")
    departments: tuple[str, ...] = Field(description="All contributing departments, the owner among them.")
    due: date
    is_overdue: bool = Field(default=False, description="Whether it was open after its due date at the as-of.")
    evidence: str
    severity: str = Field(default="", description="Id of the gravest severity among its records; empty where the programme names none.")
    customers: int = Field(default=0, ge=0, description="Customers, or records where no customer is known, that the finding touched.")
    changes: tuple[FollowUpChange, ...] = Field(default=(), description="What was done about it, oldest first, as known at the as-of.")
    effect: Effect | None = Field(default=None, description="What Check says of it, where it was declared done.")
    times_refuted: int = Field(default=0, ge=0, description="How often Check found that what was declared done does not hold.")
    effort_person_weeks: float | None = Field(default=None, description="As its owner last estimated it.")
    predicted_change: float | None = Field(default=None, description="As it was last predicted before it was done.")
    root_cause: tuple[str, ...] = Field(default=(), description="What was found as the real cause: whys, the last one the root.")
    done_at: datetime | None = Field(default=None, description="When it was last declared done.")


class Promise(Result):
    """An objective as Plan stored it, with the level that it starts from."""

    id: str
    finding: str = Field(description="`standard:<id>:<touchpoint>` or `cause:<id>`.")
    title: str = Field(description="What it is about, in words.")
    window: str = Field(description="The quarter whose data judge it.")
    window_starts: datetime
    baseline: str = Field(description="The quarter that it starts from; empty where none is finished.")
    baseline_share: float | None = None
    baseline_n: int | None = Field(default=None, ge=0, description="Decided cases of a standard, texts of a cause, behind that share.")
    baseline_met: int | None = Field(default=None, ge=0, description="Of them, those that kept the standard, or told of the cause.")
    baseline_n_effective: float | None = Field(
        default=None, description="Of how many independent cases the baseline is, where these are fewer than its n."
    )
    is_weighted: bool = Field(default=False, description="Whether the baseline is a weighted share, whose change is not tested.")
    predicted_change: float
    target_share: float | None = None
    follow_up: str = ""
    why: str = Field(description="If we ..., then ..., because ...")
    test: str = Field(description="How it will be judged.")
    planned_in: str = Field(description="The cycle whose Plan stored it first.")
    planned_at: datetime = Field(description="The as-of of that Plan.")
    made: MadeWhen = Field(
        description="before: stored before its window began; replayed: the as-of was before, the clock was not; afterwards: marked as such."
    )
    sha256: str = Field(description="Of what was promised; the ledger holds it.")


class PromiseKept(Result):
    """What came of a promise."""

    promise: Promise
    share: float | None = Field(default=None, description="The level in the window.")
    change: float | None = Field(default=None, description="Less that of the baseline.")
    low: float | None = Field(default=None, description="95 % interval of the change.")
    high: float | None = None
    score: PredictionScore
    is_target_reached: bool | None = Field(default=None, description="Whether the level reached the target; empty where none was given.")
    reason: str = ""


class CarriedOn(Result):
    """A follow-up of the last report: what it was then, and what came of it."""

    id: str
    title: str
    owner: str
    was: FollowUpStatus
    now: FollowUpStatus
    verdict: EffectVerdict | None = None


class Resolutions(Result):
    """Resolutions that people claimed, and what the data say of them."""

    claimed: int = Field(default=0, ge=0, description="Follow-ups that were ever declared done.")
    shown: int = Field(default=0, ge=0, description="Of them, those that worked and hold.")
    refuted: int = Field(default=0, ge=0, description="Of them, those that did not work, or came back.")
    open_question: int = Field(default=0, ge=0, description="Of them, those of which it cannot be told yet.")
    still_happening: tuple[str, ...] = Field(default=(), description="Titles of those that this cycle opened again.")


class EscalationCase(Result):
    """Trouble that goes to leadership, with an agenda for a talk in person."""

    finding: str
    title: str
    reason: str
    owner: str
    departments: tuple[str, ...]
    follow_up: str = ""
    agenda: tuple[str, ...]
    quote: Quote | None = Field(default=None, description="A customer's words, to be read out.")


class Priority(Result):
    """Where a follow-up stands among all that are open: customers x effect / effort."""

    follow_up: str
    rank: int = Field(ge=1)
    rank_low: int = Field(ge=1, description="95 % interval of the rank.")
    rank_high: int = Field(ge=1)
    is_too_close: bool = Field(description="Whether the next one might as well stand before it.")
    customers: int = Field(description="Customers that the share is of: whose cases a standard counts, or who wrote.")
    effect: float = Field(description="Expected change of the share, for the better.")
    effect_low: float
    effect_high: float
    effect_from: Literal["shown", "predicted", "assumed"]
    effort_person_weeks: float
    is_effort_assumed: bool
    value: float = Field(description="Customers better served a quarter for each person-week.")


class WhatNext(Result):
    """What one more person-week of a department would buy."""

    department: str
    customers: float = Field(description="More customers better served a quarter.")
    follow_ups: tuple[str, ...] = Field(description="Those that would be done beside, or in place of, others.")


class CapacityPlan(Result):
    """The follow-ups that together serve most customers within each department's capacity."""

    chosen: tuple[str, ...]
    customers: float = Field(description="Customers better served a quarter.")
    used_person_weeks: dict[str, float] = Field(description="By department.")
    capacity_person_weeks: dict[str, float] = Field(description="By department, those alone that name one.")
    customers_at_most: float | None = Field(default=None, description="What no plan can exceed; empty where this one is proven the best.")
    runner_up: tuple[str, ...] = Field(default=(), description="The second best choice.")
    runner_up_customers: float | None = None
    one_more_week: tuple[WhatNext, ...] = ()


class Decision(Result):
    """What the figures propose, and what a named person decided."""

    id: str = Field(description="dec- and ten hexadecimal digits.")
    kind: DecisionKind
    about: str = Field(description="A follow-up's id, or `standard:<id>:<touchpoint>`.")
    title: str
    reason: str = Field(description="Why it is proposed.")
    proposed_in: str = Field(description="The cycle that proposed it.")
    value: float | None = Field(default=None, description="Of raise_target the new target.")
    first: date | None = Field(default=None, description="Of rebase the first day of the new limits.")
    decided: DecisionKind | Literal["refused"] | None = Field(default=None, description="What was decided; empty while nobody has.")
    decided_by: str = Field(default="", description="The name that was typed.")
    decided_at: datetime | None = None
    note: str = ""


class Loop(Result):
    """What one cycle says of the loop: promised, claimed, shown, proposed."""

    carried_on: tuple[CarriedOn, ...] = Field(default=(), description="The last report's follow-ups, and what came of them.")
    promises: tuple[Promise, ...] = Field(default=(), description="Objectives whose window lies ahead.")
    kept: tuple[PromiseKept, ...] = Field(default=(), description="Objectives that this quarter judges.")
    resolutions: Resolutions = Resolutions()
    escalations: tuple[EscalationCase, ...] = ()
    priorities: tuple[Priority, ...] = Field(default=(), description="The first to be done first.")
    plan: CapacityPlan | None = Field(default=None, description="Where departments name their capacity.")
    decisions: tuple[Decision, ...] = Field(default=(), description="Proposed and not yet decided, or decided since the last report.")
    notes: tuple[str, ...] = Field(default=(), description="Changes that fit no follow-up; decisions not followed yet.")
