"""What first: what each follow-up brings and costs, the order, how sure it is, and the page that explains it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.priorities.candidates import Candidate, candidates
from tasks.priorities.capacity import capacity_plan
from tasks.priorities.rank import priorities
from tasks.results import Cause, Compliance, Effect, FollowUp, FollowUpChange, Priority
from tests.programmes import programme

HOUSE = programme()
PAGE = (Path(__file__).parents[2] / "docs" / "priorities.md").read_text(encoding="utf-8")
DONE_AT = datetime(2026, 2, 1, tzinfo=UTC)


def follow_up(name: str, finding: str, *departments: str, **parts: Any) -> FollowUp:
    fixed = {"id": name, "finding": finding, "kind": "corrective", "status": "accepted", "title": name.title(), "evidence": "-"}
    times = {"opened_in": "2026Q1", "last_seen_in": "2026Q1", "times_seen": 1, "due": date(2026, 5, 1)}
    places = {
        "stages": ("book",),
        "touchpoints": ("counter",),
        "owner": (departments or ("desk",))[0],
        "departments": departments or ("desk",),
    }
    return FollowUp.model_validate(fixed | times | places | parts)


def row(standard: str, touchpoint: str = "counter", **figures: Any) -> Compliance:
    """Return a standard that 60 of 100 cases kept against 80 %."""
    fixed = {"stage": "book", "title": standard.title(), "n": 100, "met": 60, "share": 0.6, "low": 0.5, "high": 0.69, "target": 0.8}
    rest = {"pending": 0, "excluded": 0, "p": 0.0004, "share_if_pending_met": 0.6, "share_if_pending_missed": 0.6}
    given = {"standard": standard, "touchpoint": touchpoint, "verdict": "not_met", "previous": None, "year_ago": None}
    return Compliance.model_validate(fixed | rest | given | figures)


def cause(number: int, size: int, share: float) -> Cause:
    fixed = {"id": f"2026Q1-{number:02d}", "label": f"Cause {number}", "first_seen": "2026Q1", "status": "new"}
    return Cause.model_validate(fixed | {"size": size, "share": share, "low": share / 2, "high": share * 2})


def effect(verdict: str, change: float | None, low: float | None, high: float | None) -> Effect:
    return Effect.model_validate({"verdict": verdict, "cycle": "2026Q1", "change": change, "low": low, "high": high})


def only(one: FollowUp, standards: Any = (), causes: Any = ()) -> Candidate:
    (made,) = candidates([one], standards, causes, HOUSE)
    return made


def expected(one: Candidate) -> tuple[int, float, float, float, str]:
    figures = (one.effect, one.effect_low, one.effect_high)
    return one.customers, *(round(figure, 6) for figure in figures), one.effect_from  # type: ignore[return-value]


# what each brings and costs


@pytest.mark.parametrize("status", ["done", "verified", "abandoned"])
def test_only_open_follow_ups_compete(status: str) -> None:
    both = [follow_up("fu-b", "cause:2026Q1-01", status=status), follow_up("fu-a", "cause:2026Q1-02", status="reopened")]
    assert [one.follow_up for one in candidates(both, (), (), HOUSE)] == ["fu-a"]


def test_of_a_standard_the_gap_is_assumed_of_all_whose_cases_count() -> None:
    one = follow_up("fu-a", "standard:heard:counter", customers=40)
    assert expected(only(one, [row("heard")])) == (100, 0.2, 0.0, 0.3, "assumed")
    assert expected(only(one, [row("heard", customers=70)])) == (70, 0.2, 0.0, 0.3, "assumed")
    assert expected(only(one, [row("heard", target=0.55)])) == (100, 0.0, 0.0, 0.05, "assumed")
    assert expected(only(one, [row("heard", "site")])) == (40, 0.0, 0.0, 0.0, "assumed")


def test_of_a_standard_whose_figure_is_no_share_half_of_what_missed_it_is_assumed() -> None:
    mean = {"figure": "mean", "unit": "score", "value": 3, "low": 2.8, "high": 3.2, "target": 4, "is_higher_better": True}
    found = row("heard", share=None, low=None, high=None, target=None, value=mean)
    assert expected(only(follow_up("fu-a", "standard:heard:counter"), [found])) == (100, 0.2, 0.0, 0.4, "assumed")


@pytest.mark.parametrize(("customers", "stands_for"), [(40, 400), (30, 300), (0, 400), (90, 400)])
def test_of_a_cause_half_is_assumed_of_all_who_wrote(customers: int, stands_for: int) -> None:
    one = follow_up("fu-a", "cause:2026Q1-01", customers=customers)
    assert expected(only(one, causes=[cause(1, 40, 0.1)])) == (stands_for, 0.05, 0.0, 0.1, "assumed")


def test_of_a_cause_that_is_gone_nothing_is_assumed() -> None:
    one = follow_up("fu-a", "cause:2026Q1-01", customers=40)
    assert expected(only(one, causes=[cause(1, 0, 0.0)])) == (40, 0.0, 0.0, 0.0, "assumed")


@pytest.mark.parametrize("predicted", [0.05, -0.05])
def test_a_prediction_goes_before_an_assumption_and_may_be_off_by_all_of_itself(predicted: float) -> None:
    one = follow_up("fu-a", "standard:heard:counter", predicted_change=predicted)
    assert expected(only(one, [row("heard")])) == (100, 0.05, 0.0, 0.1, "predicted")


@pytest.mark.parametrize(
    ("shown", "figures"),
    [
        (effect("worked", 0.08, 0.02, 0.14), (0.08, 0.02, 0.14, "shown")),
        (effect("no_effect", 0.01, -0.03, 0.05), (0.01, 0.0, 0.05, "shown")),
        (effect("worse", -0.08, -0.14, -0.02), (0.0, 0.0, 0.0, "shown")),
        (effect("cannot_tell", 0.08, -0.1, 0.26), (0.05, 0.0, 0.1, "predicted")),
        (effect("no_effect", None, None, None), (0.05, 0.0, 0.1, "predicted")),
    ],
)
def test_what_was_shown_goes_before_what_was_predicted(shown: Effect, figures: tuple[float, float, float, str]) -> None:
    one = follow_up("fu-a", "standard:heard:counter", status="reopened", effect=shown, predicted_change=0.05, done_at=DONE_AT)
    assert expected(only(one, [row("heard")])) == (100, *figures)


def test_who_predicts_anew_after_a_fix_that_failed_is_held_to_the_new_prediction() -> None:
    changes = [FollowUpChange(at=datetime(2026, month, 9, tzinfo=UTC), by="Ada", predicted_change=0.05) for month in (1, 4)]
    failed = {"status": "reopened", "effect": effect("no_effect", 0.01, -0.03, 0.05), "predicted_change": 0.05, "done_at": DONE_AT}
    one = follow_up("fu-a", "standard:heard:counter", **failed, changes=changes)
    assert only(one, [row("heard")]).effect_from == "predicted"
    assert only(one.model_copy(update={"changes": tuple(changes[:1])}), [row("heard")]).effect_from == "shown"


@pytest.mark.parametrize("kind", ["preventive", "sustaining"])
def test_prevention_and_praise_count_from_the_first_prediction_on(kind: str) -> None:
    one = follow_up("fu-a", "standard:heard:counter", kind=kind, customers=40)
    assert expected(only(one, [row("heard")])) == (40, 0.0, 0.0, 0.0, "assumed")
    assert expected(only(one.model_copy(update={"predicted_change": 0.1}), [row("heard")])) == (40, 0.1, 0.0, 0.2, "predicted")


def test_effort_is_the_owners_estimate_or_the_programmes_in_equal_parts() -> None:
    assumed = only(follow_up("fu-a", "cause:2026Q1-01", "desk", "web"))
    assert (assumed.effort_by_department, assumed.is_effort_assumed, assumed.owner) == ({"desk": 1.0, "web": 1.0}, True, "desk")
    estimated = only(follow_up("fu-a", "cause:2026Q1-01", "desk", "web", "deck", effort_person_weeks=6))
    assert (estimated.effort_by_department, estimated.is_effort_assumed) == ({"desk": 2.0, "web": 2.0, "deck": 2.0}, False)


# the order


def known(name: str, customers: int, figures: tuple[float, float, float], weeks: float = 1.0) -> Candidate:
    return Candidate(name, "desk", {"desk": weeks}, customers, *figures, "shown", is_effort_assumed=False)


def ranks(found: tuple[Priority, ...]) -> list[tuple[str, float]]:
    return [(one.follow_up, one.value) for one in found]


def test_the_order_is_customers_times_effect_for_each_week_and_ties_go_by_id() -> None:
    made = priorities([known("c", 100, (0.1, 0, 0.2), 2), known("b", 50, (0.2, 0, 0.4), 2), known("a", 400, (0.1, 0, 0.2), 4)])
    assert ranks(made) == [("a", 10), ("b", 5), ("c", 5)]
    assert [one.rank for one in made] == [1, 2, 3]


def test_equal_follow_ups_are_too_close_to_call_and_the_last_is_not() -> None:
    made = priorities([known("a", 100, (0.1, 0.05, 0.15)), known("b", 100, (0.1, 0.05, 0.15))])
    assert [(one.rank_low, one.rank_high, one.is_too_close) for one in made] == [(1, 2, True), (1, 2, False)]


def test_follow_ups_far_apart_have_ranks_that_are_known() -> None:
    made = priorities([known("a", 10_000, (0.2, 0.19, 0.21)), known("b", 1_000, (0.1, 0.09, 0.11)), known("c", 100, (0.1, 0.09, 0.11))])
    assert [(one.rank_low, one.rank_high, one.is_too_close) for one in made] == [(1, 1, False), (2, 2, False), (3, 3, False)]


def test_a_difference_is_too_close_from_the_share_of_draws_that_theory_gives() -> None:
    # two normal effects of standard error 0.02, apart by d: the lower one is drawn above with probability Phi(-d / 0.0283)
    width = 1.96 * 0.02
    for apart, is_too_close in ((0.035, True), (0.060, False)):  # .108 and .017
        pair = [known(name, 10**7, (level, level - width, level + width)) for name, level in (("a", 0.3 + apart), ("b", 0.3))]
        assert priorities(pair)[0].is_too_close is is_too_close


def test_what_nothing_is_expected_of_shares_the_last_ranks() -> None:
    made = priorities([known("a", 100, (0.1, 0.09, 0.11)), known("b", 100, (0, 0, 0)), known("c", 100, (0, 0, 0))])
    assert [(one.rank_low, one.rank_high, one.is_too_close) for one in made] == [(1, 1, False), (2, 3, True), (2, 3, False)]


def test_no_follow_ups_have_no_order() -> None:
    assert priorities([]) == ()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 4)), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_no_rank_and_no_interval(drawn: list[tuple[int, int]], chance: Any) -> None:
    made = [known(f"fu-{n}", customers, (tenths / 10, 0, tenths / 5)) for n, (customers, tenths) in enumerate(drawn)]
    shuffled = list(made)
    chance.shuffle(shuffled)
    assert priorities(shuffled) == priorities(made)
    assert all(1 <= one.rank_low <= one.rank <= one.rank_high <= len(made) for one in priorities(made))


def coverage(seed: int, reports: int, count: int, spread: float, error: float) -> float:
    """Return the share of true ranks that lie in their intervals, where customers and effects are seen with error."""
    chance = np.random.default_rng(seed)
    held = []
    for report in range(reports):
        customers, effects, weeks = chance.uniform(100, 400, count), chance.uniform(0.02, 0.02 + spread, count), chance.uniform(1, 4, count)
        truth = dict(zip(np.argsort(-customers * effects / weeks).tolist(), range(1, count + 1), strict=True))
        seen = np.clip(np.add.outer(chance.normal(effects, error), 1.96 * error * np.array([0, -1, 1])), 0, None)
        counts = chance.poisson(customers)
        made = [known(f"{report}-{n:02d}", int(counts[n]), tuple(seen[n].tolist()), float(weeks[n])) for n in range(count)]
        for one in priorities(made):
            held.append(one.rank_low <= truth[int(one.follow_up.split("-")[1])] <= one.rank_high)
    return float(np.mean(held))


def test_intervals_hold_the_true_rank_in_a_few_simulated_reports() -> None:
    assert coverage(1, 25, 12, 0.15, 0.03) >= 0.93


@pytest.mark.truth
@pytest.mark.parametrize(
    ("count", "spread", "error"), [(12, 0.15, 0.01), (12, 0.15, 0.04), (12, 0.02, 0.04), (40, 0.15, 0.03), (100, 0.1, 0.02)]
)
def test_intervals_hold_the_true_rank_in_95_of_100(count: int, spread: float, error: float) -> None:
    assert coverage(2, 400, count, spread, error) >= 0.94


# the page


def example() -> list[Candidate]:
    """Return the three follow-ups of the page."""
    follow_ups = [
        follow_up("lift", "cause:2026Q1-01", "deck", "desk", customers=40, predicted_change=-0.06, effort_person_weeks=1),
        follow_up("answers", "standard:heard:counter", "desk", "web"),
        follow_up(
            "refunds",
            "standard:refunded:site",
            "web",
            status="reopened",
            effect=effect("worked", 0.05, 0.01, 0.09),
            done_at=DONE_AT,
            effort_person_weeks=1,
        ),
    ]
    standards = [row("heard", n=300, met=204, share=0.68, low=0.625, high=0.73), row("refunded", "site", n=300)]
    return list(candidates(follow_ups, standards, [cause(1, 40, 0.1)], HOUSE))


def test_the_page_shows_the_order_that_its_example_has() -> None:
    for one in priorities(example()):
        figures = f"{one.customers} | {100 * one.effect:.0f} points, {one.effect_from} | {one.effort_person_weeks:.0f} | {one.value:.0f}"
        interval = f"{one.rank} ({one.rank_low} to {one.rank_high})"
        assert f"| {interval} | {one.follow_up} | {figures} | {'yes' if one.is_too_close else 'no'} |" in PAGE


def test_the_page_shows_the_plan_that_its_example_has() -> None:
    made = capacity_plan(example(), {"desk": 1.0, "web": 1.0})
    assert made is not None
    assert f"The plan is {' and '.join(made.chosen)}: {made.customers:.0f} customers" in PAGE
    assert f"The runner-up, {' and '.join(made.runner_up)} alone, serves {made.runner_up_customers:.0f}." in PAGE
    for one in made.one_more_week:
        assert f"| {one.department} | {one.customers:.0f} | {', '.join(one.follow_ups)} |" in PAGE
