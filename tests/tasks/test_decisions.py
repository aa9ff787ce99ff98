"""What the figures propose, which choices fit, and what a decision changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InputError
from config.programme import Programme
from tasks.decisions import change_after, overtaken_by, proposed, rebasings, require_fitting, target_notes, waiting
from tasks.results import Compliance, Decision, Effect, FollowUp, FollowUpChange
from tests.programmes import programme, standard

CYCLE = "2026Q2"
AS_OF = datetime(2026, 7, 10, 9, tzinfo=UTC)
FERRY = programme(standards=[standard(title="On time"), standard(id="at-counter", touchpoints=["counter"])])
ON_TIME = "standard:on-time:all"


def kept(target: float = 0.8, low: float = 0.92, finding: str = ON_TIME, **parts: Any) -> Compliance:
    """A standard that is met."""
    _, which, place = finding.split(":")
    fixed = {"standard": which, "title": "On time", "touchpoint": place, "stage": "all", "n": 400, "met": 380, "share": 0.95, "low": low}
    fixed |= {"high": 0.97, "target": target, "verdict": "met", "p": 0.001, "pending": 0, "excluded": 0, "previous": None, "year_ago": None}
    return Compliance.model_validate(fixed | {"share_if_pending_met": 0.95, "share_if_pending_missed": 0.95} | parts)


def judged(verdict: str = "worked", **parts: Any) -> FollowUp:
    """A follow-up that was declared done on a Wednesday, with what Check says of it."""
    effect = {"verdict": verdict, "cycle": CYCLE, "change": 0.082, "low": 0.031, "high": 0.133, "harmed": parts.pop("harmed", ())}
    fixed = {
        "id": "fu-0123456789",
        "finding": ON_TIME,
        "kind": "corrective",
        "status": "verified" if verdict == "worked" else "done",
        "title": "Keep the standard “On time” over all touchpoints",
        "opened_in": "2025Q4",
        "last_seen_in": "2025Q4",
        "times_seen": 1,
        "stages": ("book",),
        "touchpoints": ("counter",),
        "owner": "desk",
        "departments": ("desk",),
        "due": date(2026, 2, 6),
        "evidence": "2025Q4: 300 of 400 kept.",
        "done_at": datetime(2026, 2, 4, 15, tzinfo=UTC),
        "effect": Effect.model_validate(effect | parts.pop("effect", {})),
    }
    return FollowUp.model_validate(fixed | parts)


def found(*follow_ups: FollowUp, quarters: Any = (), known: Any = (), of: Programme = FERRY, cycle: str = CYCLE) -> tuple[Decision, ...]:
    return proposed(follow_ups, quarters, known, of, cycle, AS_OF)


def kinds(*follow_ups: FollowUp, **options: Any) -> list[tuple[str, str]]:
    return [(one.kind, one.about) for one in found(*follow_ups, **options)]


# what is proposed


def test_what_worked_is_to_be_adopted_and_its_chart_to_start_anew_on_the_monday_after_it_was_done() -> None:
    adopt, rebase = found(judged())
    assert (adopt.kind, adopt.about, adopt.proposed_in) == ("adopt", "fu-0123456789", CYCLE)
    assert adopt.reason == "It worked (+8.2 points, 95 % interval +3.1 to +13.3)."
    assert (rebase.kind, rebase.about, rebase.first) == ("rebase", ON_TIME, date(2026, 2, 9))  # done on Wednesday, 4 February
    assert rebase.title == "Start the chart limits of “On time” over all touchpoints anew"


@pytest.mark.parametrize(
    ("done_at", "first"),
    [
        (datetime(2026, 2, 8, 12, tzinfo=UTC), date(2026, 2, 9)),  # a Sunday
        (datetime(2026, 2, 9, 12, tzinfo=UTC), date(2026, 2, 16)),  # a Monday
        (datetime(2026, 2, 9, 4, tzinfo=UTC), date(2026, 2, 9)),  # a Monday, and Sunday still in New York
    ],
)
def test_new_limits_start_on_the_first_monday_after_the_day_by_the_programme_s_calendar(done_at: datetime, first: date) -> None:
    assert [one.first for one in found(judged(done_at=done_at)) if one.kind == "rebase"] == [first]


def test_a_cause_has_no_chart_to_start_anew() -> None:
    assert kinds(judged(finding="cause:2025Q4-01")) == [("adopt", "fu-0123456789")]


def test_what_worked_and_harmed_something_else_is_to_be_adapted() -> None:
    adapt = found(judged(finding="cause:2025Q4-01", harmed=("Waiting at the counter",)))[0]
    assert adapt.kind == "adapt"
    assert adapt.reason.endswith("but meanwhile this got worse: Waiting at the counter.")


def test_what_made_things_worse_is_to_be_abandoned() -> None:
    (abandon,) = found(judged("worse", effect={"change": -0.04, "low": -0.07, "high": -0.01}))
    assert abandon.kind == "abandon"
    assert abandon.reason == "It got worse after this was declared done (−4.0 points, 95 % interval −7.0 to −1.0)."


@pytest.mark.parametrize(("refuted", "kind"), [(0, "adapt"), (1, "adapt"), (2, "abandon"), (3, "abandon")])
def test_what_has_no_effect_is_adapted_until_it_failed_as_often_as_the_programme_says(refuted: int, kind: str) -> None:
    assert FERRY.escalation.failed_fixes == 2
    assert kinds(judged("no_effect", status="reopened", times_refuted=refuted)) == [(kind, "fu-0123456789")]


def test_what_cannot_be_told_proposes_nothing_unless_the_standard_is_met_again() -> None:
    unclear = judged("cannot_tell")
    assert kinds(unclear) == []
    assert kinds(unclear, quarters=[[kept(verdict="uncertain")]]) == []
    assert kinds(unclear, quarters=[[kept(finding="standard:at-counter:counter")]]) == []
    (adopt,) = found(unclear, quarters=[[kept()]])
    assert adopt.kind == "adopt"
    assert adopt.reason == (
        "Whether it worked cannot be told, but the standard is met again: "
        "95.0% of 400 cases kept (95 % interval 92.0% to 97.0%), promised 80%."
    )


def test_only_this_cycle_s_verdicts_count_and_what_was_abandoned_is_left_alone() -> None:
    assert kinds(judged(), cycle="2026Q3") == []
    assert kinds(judged("worse", status="abandoned")) == []
    assert kinds(judged().model_copy(update={"effect": None})) == []


# targets


def test_a_standard_that_is_met_for_four_quarters_is_to_promise_half_of_what_it_has_to_spare() -> None:
    (one,) = found(quarters=[[kept()]] * 4)
    assert (one.kind, one.about, one.value) == ("raise_target", ON_TIME, 0.86)  # halfway from 80 to 92
    assert one.title == "Raise the target of “On time” over all touchpoints from 80% to 86%"
    assert one.reason.startswith("It was met in 4 quarters running, in the last one with 95.0% of 400 cases kept")


@pytest.mark.parametrize(
    ("target", "low", "value"),
    [(0.8, 0.839, 0.81), (0.8, 0.82, 0.81), (0.8, 0.8199, None), (0.805, 0.9, 0.85), (0.57, 0.57, None), (0.56, 0.58, 0.57)],
)
def test_a_new_target_is_rounded_down_to_whole_points_and_never_below_the_old_one(target: float, low: float, value: float | None) -> None:
    assert [one.value for one in found(quarters=[[kept(target, low)]] * 4)] == ([] if value is None else [value])


@pytest.mark.parametrize(
    "earlier", [(), [[kept()]] * 2, [[kept()], [], [kept()]], [[kept()], [kept(verdict="uncertain")], [kept()]], [[kept(0.75)]] * 3]
)
def test_fewer_quarters_a_gap_a_miss_or_another_target_raise_no_target(earlier: list[list[Compliance]]) -> None:
    assert found(quarters=[[kept()], *earlier]) == ()


def test_a_standard_whose_figure_is_no_share_raises_no_target() -> None:
    assert found(quarters=[[kept(target=None, share=None, low=None, high=None)]] * 4) == ()


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_raised_target_lies_between_the_old_one_and_what_the_data_show(target: float, low: float) -> None:
    for one in found(quarters=[[kept(target, low)]] * 4):
        assert one.value is not None
        assert target < one.value < low


# once, and which of them wait


def test_the_same_is_proposed_once_and_at_another_target_or_attempt_again() -> None:
    first = found(judged(), quarters=[[kept()]] * 4)
    assert len(first) == 3
    assert found(judged(), quarters=[[kept()]] * 4, known=first) == ()
    assert kinds(quarters=[[kept(0.86, 0.95)]] * 4, known=first) == [("raise_target", ON_TIME)]
    again = judged(times_refuted=1, done_at=datetime(2026, 5, 6, tzinfo=UTC))
    assert kinds(again, known=first) == [("adopt", again.id), ("rebase", ON_TIME)]


def test_ids_are_other_ones_for_other_programmes_and_the_same_in_any_order() -> None:
    two = (judged(), judged("worse", id="fu-9876543210", finding="cause:2025Q4-02"))
    ids = {one.id for one in found(*two)}
    assert {one.id for one in found(*reversed(two))} == ids
    other = FERRY.model_copy(update={"programme": "bridge"})
    assert not ids & {one.id for one in found(*two, of=other)}
    assert all(len(one) == 14 and one.startswith("dec-") for one in ids)


def test_a_later_proposal_about_the_same_follow_up_overtakes_one_that_nobody_decided() -> None:
    (old,) = found(judged(finding="cause:2025Q4-01"))
    new = old.model_copy(update={"id": "dec-1", "kind": "abandon", "proposed_in": "2026Q3"})
    assert overtaken_by(old, (old, new)) == new
    assert waiting((old, new)) == (new,)
    assert waiting((old, new.model_copy(update={"about": "fu-other"}))) == (old, new.model_copy(update={"about": "fu-other"}))
    assert waiting((old, new.model_copy(update={"kind": "rebase"}))) == (old, new.model_copy(update={"kind": "rebase"}))


def test_of_one_cycle_s_proposals_the_one_that_was_decided_settles_the_other() -> None:
    (old,) = found(judged(finding="cause:2025Q4-01"))
    same = old.model_copy(update={"id": "dec-1", "kind": "adapt"})
    assert waiting((old, same)) == (old, same)
    assert waiting((old, same.model_copy(update={"decided": "adapt"}))) == ()


# choices


def proposal(kind: str = "adopt", **parts: Any) -> Decision:
    fixed = {
        "id": "dec-0123456789",
        "kind": kind,
        "about": "fu-0123456789",
        "title": "Keep it",
        "reason": "It worked.",
        "proposed_in": CYCLE,
    }
    return Decision.model_validate(fixed | parts)


def made(kind: str, decided: str, **parts: Any) -> Decision:
    fixed = {"decided": decided, "decided_by": "Ann", "decided_at": datetime(2026, 7, 13, 8, tzinfo=UTC)}
    return proposal(kind, **(fixed | parts))


@pytest.mark.parametrize("choice", ["adopt", "adapt", "abandon", "refused"])
def test_of_a_follow_up_s_proposal_a_person_may_choose_another_than_was_proposed(choice: Any) -> None:
    require_fitting(proposal("adapt"), choice, judged())


@pytest.mark.parametrize(
    ("decision", "choice", "follow_up", "said"),
    [
        (
            made("adopt", "adapt"),
            "adopt",
            judged(),
            "dec-0123456789 was decided by Ann on 2026-07-13 (adapt); there is nothing left to decide.",
        ),
        (
            proposal("adopt"),
            "rebase",
            judged(),
            "dec-0123456789 proposes adopt, which rebase does not answer; choose adopt, adapt, abandon or refuse.",
        ),
        (proposal("rebase"), "adopt", None, "dec-0123456789 proposes rebase, which adopt does not answer; choose rebase or refuse."),
        (
            proposal("abandon"),
            "adopt",
            judged("worse", effect={"change": -0.04, "low": -0.07, "high": -0.01}),
            "fu-0123456789 cannot be adopted: Check of 2026Q2 found that it got worse (−4.0 points, 95 % interval −7.0 to −1.0); "
            "choose adapt, abandon or refuse.",
        ),
        (
            proposal("adapt"),
            "adopt",
            judged("no_effect", effect={"change": None}),
            "fu-0123456789 cannot be adopted: Check of 2026Q2 found that it had no effect; choose adapt, abandon or refuse.",
        ),
        (
            proposal("adopt"),
            "adopt",
            judged("cannot_tell", status="in_progress"),
            "fu-0123456789 cannot be adopted: it is in progress, and only what is done can be; choose adapt, abandon or refuse.",
        ),
    ],
)
def test_a_choice_that_does_not_fit_is_refused_in_one_sentence(
    decision: Decision, choice: Any, follow_up: FollowUp | None, said: str
) -> None:
    with pytest.raises(InputError) as refusal:
        require_fitting(decision, choice, follow_up)
    assert str(refusal.value) == said


@pytest.mark.parametrize(("decided", "status"), [("adapt", "in_progress"), ("abandon", "abandoned")])
def test_adapting_and_abandoning_change_the_follow_up_in_the_decider_s_name(decided: str, status: str) -> None:
    change = change_after(made("adapt", decided, note="with a second driver"), "fu-0123456789")
    at = datetime(2026, 7, 13, 8, tzinfo=UTC)
    note = f"{'adapted' if decided == 'adapt' else 'abandoned'}: with a second driver"
    assert change == FollowUpChange(at=at, by="Ann", status=status, note=note, origin="decision dec-0123456789")  # type: ignore[arg-type]


@pytest.mark.parametrize("decided", ["adopt", "refused"])
def test_adopting_and_refusing_change_nothing(decided: str) -> None:
    assert change_after(made("adopt", decided), "fu-0123456789") is None


# what the programme has of them


def test_decided_rebasings_are_what_the_programme_would_say_and_undecided_ones_are_none() -> None:
    decided = made("rebase", "rebase", about=ON_TIME, first=date(2026, 2, 9), note="two more boats")
    there = made("rebase", "rebase", about="standard:at-counter:counter", first=date(2026, 1, 5))
    refused = made("rebase", "refused", about=ON_TIME, first=date(2026, 3, 2))
    waits = proposal("rebase", about=ON_TIME, first=date(2026, 4, 6))
    earlier, later = rebasings((decided, there, refused, waits))
    assert (earlier.standard, earlier.touchpoint, earlier.first, earlier.reason) == (
        "at-counter",
        "counter",
        date(2026, 1, 5),
        "It worked.",
    )
    assert (later.standard, later.touchpoint, later.reason, later.decided_by) == ("on-time", None, "two more boats", "Ann")


def test_a_decided_target_that_the_programme_file_does_not_promise_yet_is_named() -> None:
    decided = made("raise_target", "raise_target", about=ON_TIME, value=0.86)
    assert target_notes((decided,), FERRY) == (
        "Ann decided a target of 86% for “On time” over all touchpoints, and the programme file still promises 80%; write it there, or take "
        "the standard out.",
    )
    for target in (0.86, 0.9):
        assert target_notes((decided,), programme(standards=[standard(target_share=target)])) == ()
    assert target_notes((decided,), programme(standards=[])) == ()
    assert target_notes((made("raise_target", "refused", about=ON_TIME, value=0.86),), FERRY) == ()
