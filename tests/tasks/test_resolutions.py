"""Claimed against true resolutions: whatever people and Check say, the figures add up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.follow_ups.life import check_change, with_changes
from tasks.resolutions import resolutions
from tasks.results import Effect, EffectVerdict, FollowUp, Resolutions
from tests.tasks.opening import AS_OF, decide, done, person, result, settled

(PROPOSED,) = decide([result("heard")])
DONE = done(PROPOSED)
SHOWN = settled(PROPOSED, "verified")
REFUTED = settled(PROPOSED, "reopened", verdict="no_effect")


def judged(one: FollowUp, verdict: EffectVerdict) -> FollowUp:
    return one.model_copy(update={"effect": Effect(verdict=verdict, cycle="2026Q2")})


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (PROPOSED, Resolutions()),
        (DONE, Resolutions(claimed=1, open_question=1)),
        (judged(DONE, "cannot_tell"), Resolutions(claimed=1, open_question=1)),
        (SHOWN, Resolutions(claimed=1, shown=1)),
        (REFUTED, Resolutions(claimed=1, refuted=1, still_happening=(PROPOSED.title,))),
        (settled(PROPOSED, "abandoned", verdict="cannot_tell"), Resolutions(claimed=1, open_question=1)),
    ],
)
def test_a_claim_is_shown_refuted_or_an_open_question(one: FollowUp, expected: Resolutions) -> None:
    assert resolutions([one], "2026Q2") == expected


def test_what_was_refuted_and_is_claimed_again_stays_refuted_until_it_is_shown() -> None:
    again = done(REFUTED, AS_OF + timedelta(days=200))
    assert (again.status, resolutions([again], "2026Q4").refuted) == ("done", 1)
    shown = with_changes(judged(again, "worked"), [check_change("2026Q4", AS_OF + timedelta(days=300), "verified", "")])
    assert resolutions([shown], "2026Q4") == Resolutions(claimed=1, shown=1)


def test_what_was_shown_and_came_back_is_refuted_and_named_in_the_cycle_that_opened_it_again() -> None:
    back = with_changes(judged(SHOWN, "worse"), [check_change("2026Q3", AS_OF + timedelta(days=200), "reopened", "")])
    assert resolutions([back], "2026Q3") == Resolutions(claimed=1, refuted=1, still_happening=(PROPOSED.title,))
    assert resolutions([back], "2026Q4") == Resolutions(claimed=1, refuted=1)


def test_a_claim_that_was_withdrawn_stays_a_claim() -> None:
    withdrawn = with_changes(DONE, [person("in_progress", AS_OF + timedelta(days=1))])
    assert (withdrawn.status, resolutions([withdrawn], "2026Q2")) == ("in_progress", Resolutions(claimed=1, open_question=1))


@pytest.mark.parametrize("finding", ["praise:2026Q1-08", "prevent:2026Q1-01:site", "train:fu-0123456789"])
def test_what_no_data_judge_is_not_counted(finding: str) -> None:
    assert resolutions([DONE.model_copy(update={"finding": finding})], "2026Q2") == Resolutions()


def test_calling_a_fix_a_training_takes_nothing_out_of_the_count() -> None:
    assert resolutions([REFUTED.model_copy(update={"kind": "training"})], "2026Q2").refuted == 1


steps = st.lists(st.sampled_from(["accepted", "in_progress", "done", "verified", "reopened", "abandoned"]), max_size=7)
verdicts = st.sampled_from([None, "worked", "no_effect", "worse", "cannot_tell"])


@settings(deadline=None)
@given(st.lists(st.tuples(steps, verdicts, st.sampled_from(["cause:a", "praise:a"])), max_size=8))
def test_claims_add_up_whatever_people_and_check_say(lives: list[tuple[list[str], EffectVerdict | None, str]]) -> None:
    follow_ups = [_lived(life, verdict, finding) for life, verdict, finding in lives]
    found = resolutions(follow_ups, "2026Q2")
    assert found.claimed == found.shown + found.refuted + found.open_question
    assert found.claimed <= sum(finding == "cause:a" for _, _, finding in lives)
    assert len(found.still_happening) <= len(lives)


def _lived(life: list[str], verdict: EffectVerdict | None, finding: str) -> FollowUp:
    changes = [
        check_change("2026Q2", AS_OF + timedelta(days=number), step, "")  # type: ignore[arg-type]
        if step in ("verified", "reopened")
        else person(step, AS_OF + timedelta(days=number))  # type: ignore[arg-type]
        for number, step in enumerate(life)
    ]
    effect = Effect(verdict=verdict, cycle="2026Q2") if verdict else None
    return with_changes(PROPOSED.model_copy(update={"finding": finding, "effect": effect}), changes)
