"""The sample quarter with its loop closed: every status, verdict, score, decision and way in which a promise was made."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from reports.headline import headline
from tasks.results import (
    CapacityPlan,
    CarriedOn,
    CycleSummary,
    Decision,
    Effect,
    EscalationCase,
    FollowUp,
    FollowUpChange,
    Loop,
    Priority,
    Promise,
    PromiseKept,
    Resolutions,
    WhatNext,
)
from tests.reports.samples import CAUSES, FOLLOW_UPS, STANDARDS, with_hostile_words
from tests.reports.samples import SUMMARY as PLAIN

LEAKS, POSTPONED, PHOTOS, ON_TIME, BILLS = (f"fu-{digit * 10}" for digit in "12345")
HOLD, PRESSURE, SUPPLY = (f"fu-{digit * 10}" for digit in "678")


def at(year: int, month: int, day: int) -> datetime:
    """Return ten o'clock of that day."""
    return datetime(year, month, day, 10, 0, tzinfo=UTC)


EFFECTS = {
    "worked": Effect(
        verdict="worked",
        cycle="2025Q4",
        change=0.121,
        low=0.072,
        high=0.170,
        p=0.0000034,
        is_beyond_chance=True,
        before=0.813,
        after=0.940,
        before_elsewhere=0.702,
        after_elsewhere=0.708,
        n_before=812,
        n_after=414,
        promised=0.10,
        score="as_predicted",
        smallest_seen=0.07,
        method="difference in differences, over-dispersion from what was left alone",
        elsewhere=("supply", "phone-line"),
    ),
    "no_effect": Effect(
        verdict="no_effect",
        cycle="2025Q4",
        change=0.004,
        low=-0.013,
        high=0.021,
        p=0.64,
        before=0.112,
        after=0.156,
        before_elsewhere=0.088,
        after_elsewhere=0.136,
        n_before=2075,
        n_after=2190,
        promised=0.05,
        score="less",
        smallest_seen=0.025,
        method="difference in differences, over-dispersion from what was left alone",
        elsewhere=("2025Q1-02",),
        harmed=("Answered within 2 working days",),
        returned_as=("Crew rebooked without a word",),
    ),
    "worse": Effect(
        verdict="worse",
        cycle="2025Q4",
        change=-0.064,
        low=-0.101,
        high=-0.027,
        p=0.0007,
        is_beyond_chance=True,
        before=0.741,
        after=0.684,
        before_elsewhere=0.871,
        after_elsewhere=0.878,
        n_before=1698,
        n_after=1732,
        change_beyond_trend=-0.049,
        beyond_trend_low=-0.093,
        beyond_trend_high=-0.005,
        promised=0.01,
        score="less",
        smallest_seen=0.052,
        method="controlled interrupted time series",
        elsewhere=("bill",),
    ),
    "cannot_tell": Effect(
        verdict="cannot_tell",
        cycle="2025Q4",
        change=0.041,
        low=-0.052,
        high=0.134,
        p=0.39,
        before=0.20,
        after=0.16,
        n_before=88,
        n_after=96,
        promised=0.10,
        smallest_seen=0.09,
        method="before against after",
        reason="too few texts came in after it was done",
    ),
    "without_figures": Effect(verdict="cannot_tell", cycle="2025Q4", reason="No quarter has passed since it was done."),
}


def follow_up_with(template: FollowUp, **changes: Any) -> FollowUp:
    """Return a follow-up of the plain sample with what was done about it."""
    return template.model_copy(update=changes)


FOLLOW_UPS_LOOPED = (
    follow_up_with(FOLLOW_UPS[0], id=LEAKS, severity="no_water", customers=561, effort_person_weeks=6.0, predicted_change=0.08),
    follow_up_with(
        FOLLOW_UPS[1],
        id=POSTPONED,
        severity="flooding",
        customers=318,
        effect=EFFECTS["no_effect"],
        times_refuted=2,
        done_at=at(2025, 9, 18),
        root_cause=(
            "Crews are sent out before the parts are there",
            "The store books parts on the morning of the visit",
            "Planning and store use two calendars",
        ),
        changes=(
            FollowUpChange(at=at(2025, 4, 22), by="Priya Nair", status="accepted", origin="command", effort_person_weeks=3.0),
            FollowUpChange(
                at=at(2025, 9, 18),
                by="Priya Nair",
                status="done",
                evidence="Rota 14 of 1 September 2025",
                note="Two more crews on Mondays.",
                origin="jira.csv",
                kind="preventive",
                predicted_change=-0.05,
                root_cause=("Crews are sent out before the parts are there",),
            ),
            FollowUpChange(at=at(2026, 1, 12), by="Check", status="reopened", cycle="2025Q4", note="no effect"),
        ),
    ),
    follow_up_with(FOLLOW_UPS[2], id=PHOTOS, customers=131),
    follow_up_with(
        FOLLOW_UPS[3], id=ON_TIME, status="reopened", effect=EFFECTS["worse"], is_overdue=True, due=date(2025, 12, 1), times_refuted=1
    ),
    follow_up_with(
        FOLLOW_UPS[4],
        id=BILLS,
        effect=EFFECTS["worked"],
        done_at=at(2025, 6, 30),
        changes=(FollowUpChange(at=at(2025, 6, 30), by="Tom Okafor", status="done", evidence="Billing handbook 3.2"),),
    ),
    follow_up_with(
        FOLLOW_UPS[1],
        id=HOLD,
        finding="cause:2024Q3-05",
        kind="corrective",
        status="done",
        title="Answer sooner at lunch time",
        stages=("tell-us",),
        touchpoints=("phone-line",),
        owner="customer-care",
        departments=("customer-care",),
        evidence="96 of 2,190 texts (4.4 %).",
        effect=EFFECTS["cannot_tell"],
        done_at=at(2025, 11, 20),
    ),
    follow_up_with(
        FOLLOW_UPS[2],
        id=PRESSURE,
        finding="cause:2025Q2-04",
        status="abandoned",
        title="Raise the pressure on the upper floors",
        stages=("put-right",),
        touchpoints=("supply",),
        owner="networks",
        departments=("networks",),
        evidence="4 of 2,190 texts (0.2 %).",
    ),
    follow_up_with(
        FOLLOW_UPS[2],
        id=SUPPLY,
        finding="standard:supply-back:supply",
        kind="training",
        status="done",
        title="Show crews how to read the valve map",
        stages=("put-right",),
        touchpoints=("supply",),
        owner="networks",
        departments=("networks",),
        evidence="6 of 7 kept.",
        effect=EFFECTS["without_figures"],
        done_at=at(2025, 12, 19),
    ),
)


def promise_of(name: str, finding: str, title: str, window: str, predicted: float, **more: Any) -> Promise:
    """Return a promise that was planned in 2025Q3, of a standard that starts from 64.1 %."""
    told: dict[str, Any] = {
        "window_starts": at(2025, 10, 1),
        "baseline": "2025Q3",
        "baseline_share": 0.641,
        "baseline_n": 588,
        "baseline_met": 377,
        "why": "If we send crews only with the parts on board, then fewer visits are postponed, because parts were missing at 4 of 10.",
        "test": "difference of two shares at equal age, 95 % interval",
        "planned_in": "2025Q3",
        "planned_at": at(2025, 9, 28),
        "made": "before",
        "sha256": "c0de" * 16,
    }
    return Promise(id=name, finding=finding, title=title, window=window, predicted_change=predicted, **(told | more))


LEAKS_FINDING, HOLD_FINDING = "standard:leaks:leak-repair", "cause:2024Q3-05"
LOOP = Loop(
    carried_on=(
        CarriedOn(
            id=LEAKS, title="Bring leak repairs back to 80 % within 5 working days", owner="networks", was="accepted", now="in_progress"
        ),
        CarriedOn(
            id=POSTPONED,
            title="Stop postponed leak repairs at their source",
            owner="networks",
            was="done",
            now="reopened",
            verdict="no_effect",
        ),
        CarriedOn(id=ON_TIME, title="Keep the promised date", owner="customer-care", was="done", now="reopened", verdict="worse"),
        CarriedOn(id=BILLS, title="Keep correcting bills at first contact", owner="billing", was="done", now="verified", verdict="worked"),
        CarriedOn(
            id=HOLD, title="Answer sooner at lunch time", owner="customer-care", was="in_progress", now="done", verdict="cannot_tell"
        ),
        CarriedOn(id=PRESSURE, title="Raise the pressure on the upper floors", owner="networks", was="proposed", now="abandoned"),
        CarriedOn(id="fu-0000000000", title="Print the meter's number on the bill", owner="billing", was="proposed", now="proposed"),
    ),
    kept=(
        PromiseKept(
            promise=promise_of(
                "leaks-parts",
                LEAKS_FINDING,
                "Visible leaks repaired within 5 working days",
                "2025Q4",
                0.08,
                target_share=0.72,
                follow_up=LEAKS,
            ),
            share=308 / 600,
            change=-0.128,
            low=-0.183,
            high=-0.072,
            score="less",
            is_target_reached=False,
        ),
        PromiseKept(
            promise=promise_of(
                "hold",
                HOLD_FINDING,
                "Waiting on hold",
                "2025Q4",
                -0.03,
                baseline_share=0.0906,
                baseline_n=2075,
                baseline_met=188,
                made="replayed",
            ),
            share=96 / 2190,
            change=-0.0468,
            low=-0.062,
            high=-0.0316,
            score="more",
        ),
        PromiseKept(
            promise=promise_of("supply", "standard:supply-back:supply", "Supply back within 12 hours", "2025Q4", 0.05, made="afterwards"),
            score="cannot_tell",
            reason="7 cases are too few.",
        ),
        PromiseKept(
            promise=promise_of("bills", "standard:bill-right:bill", "Bill corrected at first contact", "2025Q4", 0.01, target_share=0.93),
            share=389 / 414,
            change=0.0119,
            low=-0.022,
            high=0.0457,
            score="as_predicted",
            is_target_reached=True,
        ),
    ),
    promises=(
        promise_of(
            "leaks-calendar",
            LEAKS_FINDING,
            "Visible leaks repaired within 5 working days",
            "2026Q1",
            0.12,
            target_share=0.65,
            follow_up=LEAKS,
        ),
        promise_of(
            "photos",
            "cause:2025Q4-01",
            "Photo upload fails",
            "2026Q1",
            -0.05,
            baseline="",
            baseline_share=None,
            baseline_n=None,
            baseline_met=None,
            made="replayed",
        ),
        promise_of("late", "standard:on-time:all", "Put right by the promised date", "2025Q4", 0.04, made="afterwards"),
    ),
    resolutions=Resolutions(
        claimed=6,
        shown=2,
        refuted=2,
        open_question=1,
        still_happening=("Stop postponed leak repairs at their source", "Keep the promised date"),
    ),
    escalations=(
        EscalationCase(
            finding="cause:2025Q1-01",
            title="Leak repair postponed again",
            reason="Asked for in 4 quarters running; what was done was found twice not to hold.",
            owner="networks",
            departments=("networks", "customer-care", "digital"),
            follow_up=POSTPONED,
            agenda=(
                "Look at three of the customers' own words together",
                "Which calendar do planning and store keep, and who could decide that there is one?",
                "Name one person who answers for it until 2026Q2",
            ),
        ),
        EscalationCase(
            finding="standard:gone:nowhere",
            title="A burst main flooded a cellar",
            reason="One record of the severity flooding.",
            owner="networks",
            departments=("networks",),
            agenda=("Hear the crew that was there",),
        ),
    ),
    priorities=(
        Priority(
            follow_up=POSTPONED,
            rank=1,
            rank_low=1,
            rank_high=1,
            is_too_close=False,
            customers=318,
            effect=0.08,
            effect_low=0.02,
            effect_high=0.14,
            effect_from="shown",
            effort_person_weeks=3.0,
            is_effort_assumed=False,
            value=8.48,
        ),
        Priority(
            follow_up=LEAKS,
            rank=2,
            rank_low=2,
            rank_high=4,
            is_too_close=True,
            customers=561,
            effect=0.08,
            effect_low=-0.01,
            effect_high=0.17,
            effect_from="predicted",
            effort_person_weeks=6.0,
            is_effort_assumed=False,
            value=7.48,
        ),
        Priority(
            follow_up=PHOTOS,
            rank=3,
            rank_low=2,
            rank_high=4,
            is_too_close=False,
            customers=1310,
            effect=0.01,
            effect_low=-0.02,
            effect_high=0.04,
            effect_from="assumed",
            effort_person_weeks=1.0,
            is_effort_assumed=True,
            value=6.55,
        ),
    ),
    plan=CapacityPlan(
        chosen=(POSTPONED, PHOTOS),
        customers=38.5,
        used_person_weeks={"networks": 3.0, "digital": 2.0},
        capacity_person_weeks={"networks": 8.0, "digital": 2.0},
        runner_up=(LEAKS, PHOTOS),
        runner_up_customers=36.2,
        one_more_week=(WhatNext(department="networks", customers=6.4, follow_ups=(LEAKS,)),),
    ),
    decisions=(
        Decision(
            id="dec-aaaaaaaaaa",
            kind="adopt",
            about=BILLS,
            title="Keep correcting bills at first contact",
            reason="It worked, and has held for two quarters.",
            proposed_in="2025Q4",
        ),
        Decision(
            id="dec-bbbbbbbbbb",
            kind="raise_target",
            about="standard:bill-right:bill",
            title="Bill corrected at first contact",
            reason="Met for 4 quarters running.",
            proposed_in="2025Q4",
            value=0.925,
        ),
        Decision(
            id="dec-cccccccccc",
            kind="rebase",
            about="standard:friendly:phone-line",
            title="Rated 4 or 5 for friendliness",
            reason="A shift that was shown to come from what was done.",
            proposed_in="2025Q3",
            first=date(2025, 7, 7),
            decided="rebase",
            decided_by="Ines Marlow",
            decided_at=at(2025, 11, 3),
        ),
        Decision(
            id="dec-dddddddddd",
            kind="adapt",
            about=POSTPONED,
            title="Stop postponed leak repairs at their source",
            reason="It had no effect.",
            proposed_in="2025Q3",
            decided="abandon",
            decided_by="Ines Marlow",
            decided_at=at(2025, 11, 3),
            note="Two tries are enough.",
        ),
        Decision(
            id="dec-eeeeeeeeee",
            kind="abandon",
            about=PRESSURE,
            title="Raise the pressure on the upper floors",
            reason="It made things worse.",
            proposed_in="2025Q3",
            decided="refused",
            decided_by="Ines Marlow",
            decided_at=at(2025, 11, 4),
        ),
    ),
)

SUMMARY = PLAIN.model_copy(
    update={"headline": headline(STANDARDS, CAUSES, FOLLOW_UPS_LOOPED, LOOP.resolutions), "follow_ups": FOLLOW_UPS_LOOPED, "loop": LOOP}
)


def with_hostile_loop(words: str) -> CycleSummary:
    """Return the sample with `words` in every place of its loop, and elsewhere, that a person can fill."""
    follow_ups = tuple(_hostile_follow_up(one, words) for one in FOLLOW_UPS_LOOPED)
    promised: dict[str, Any] = {"title": words, "why": words, "test": words}
    plan = LOOP.plan and LOOP.plan.model_copy(update={"chosen": (words,), "runner_up": (words, BILLS)})
    loop = LOOP.model_copy(
        update={
            "carried_on": tuple(one.model_copy(update={"title": words, "owner": words}) for one in LOOP.carried_on),
            "promises": tuple(one.model_copy(update=promised) for one in LOOP.promises),
            "kept": tuple(
                one.model_copy(update={"reason": words, "promise": one.promise.model_copy(update=promised)}) for one in LOOP.kept
            ),
            "resolutions": LOOP.resolutions.model_copy(update={"still_happening": (words,)}),
            "escalations": tuple(
                one.model_copy(update={"title": words, "reason": words, "agenda": (words,), "owner": words}) for one in LOOP.escalations
            ),
            "decisions": tuple(
                one.model_copy(update={"title": words, "reason": words, "decided_by": words, "note": words}) for one in LOOP.decisions
            ),
            "plan": plan,
        }
    )
    return with_hostile_words(words).model_copy(update={"follow_ups": follow_ups, "loop": loop})


def _hostile_follow_up(one: FollowUp, words: str) -> FollowUp:
    said: dict[str, Any] = {"by": words, "note": words, "evidence": words, "origin": words, "root_cause": (words,) * 2}
    effect = one.effect and one.effect.model_copy(
        update={"reason": words, "method": words, "harmed": (words,), "returned_as": (words,), "elsewhere": (words,)}
    )
    return one.model_copy(
        update={
            "title": words,
            "evidence": words,
            "root_cause": (words,) * 5,
            "changes": tuple(change.model_copy(update=said) for change in one.changes),
            "effect": effect,
            "severity": words,
        }
    )
