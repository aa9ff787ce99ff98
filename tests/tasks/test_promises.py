"""Promises: stored once and for good, and scored by one rule that always gives one answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import InputError
from config.programme import Programme
from tasks.promises import Figures, carried_on, kept_promises, made_promises, promise_sha256, score
from tasks.results import Cause, Compliance, Effect, FollowUp, Promise, PromiseKept
from tests.programmes import programme, standard
from tests.tasks.opening import cause, done, fixed_cause, result

PLANNED = datetime(2026, 4, 13, tzinfo=UTC)
NOW = datetime(2026, 4, 13, 9, tzinfo=UTC)
WINDOW_STARTS = datetime(2026, 7, 1, 4, tzinfo=UTC)  # midnight in New York
FASTER = {
    "id": "faster",
    "standard": "heard",
    "touchpoint": "counter",
    "window": "2026Q3",
    "predicted_change": 0.2,
    "target_share": 0.8,
    "if": "we open a second counter",
    "then": "more are kept.",
    "because": "Because queues are shorter",
}
FEWER = {"id": "fewer", "cause": "2026Q1-01", "window": "2026Q3", "predicted_change": -0.02}
WHY = {"if": "if we mend the card reader", "then": "then fewer complain", "because": "it swallows cards"}
STANDARDS = [standard(id="heard", title="Heard", touchpoints=["counter", "site"]), standard(id="on-time", title="On time")]


def house(*objectives: dict[str, Any], **parts: Any) -> Programme:
    return programme(standards=STANDARDS, objectives=list(objectives), **parts)


def row(met: int, n: int, **parts: Any) -> Compliance:
    """Return the figure of the standard at the counter."""
    return result("heard", met=met, n=n, share=met / n if n else None, **parts)


def sized(size: int, texts: int, **parts: Any) -> Cause:
    return cause(1, size, share=size / texts, **parts)


def figures(*standards: Compliance, causes: tuple[Cause, ...] = ()) -> Figures:
    return Figures(standards, causes)


Q1 = figures(row(48, 80), causes=(sized(50, 500),))
FINISHED = {"2026Q1": Q1, "2025Q4": figures(row(1, 80))}


def made(*objectives: dict[str, Any], known: Any = (), finished: Any = FINISHED, **times: datetime) -> tuple[Promise, ...]:
    return made_promises(house(*objectives), known, finished, "2026Q1", times.get("as_of", PLANNED), times.get("clock", NOW))


def kept(promises: tuple[Promise, ...], now: Figures, finished: Any = FINISHED, **parts: Any) -> PromiseKept:
    (one,) = kept_promises(promises, now, finished, house(), "2026Q3", **parts)
    return one


# stored


def test_a_promise_holds_the_level_that_it_starts_from_its_reason_and_how_it_is_judged() -> None:
    (one,) = made(FASTER)
    assert (one.finding, one.title) == ("standard:heard:counter", "“Heard” at The counter")
    assert one.why == "If we open a second counter, then more are kept, because queues are shorter."
    assert (one.baseline, one.baseline_share, one.baseline_n, one.baseline_met) == ("2026Q1", 0.6, 80, 48)
    assert (one.window, one.window_starts, one.planned_in, one.planned_at) == ("2026Q3", WINDOW_STARTS, "2026Q1", PLANNED)
    assert (one.predicted_change, one.target_share, one.made) == (0.2, 0.8, "before")
    assert "Newcombe 1998" in one.test


def test_a_cause_starts_from_its_share_of_the_texts() -> None:
    (one,) = made(FEWER | WHY)
    assert (one.finding, one.title, one.why[:30]) == ("cause:2026Q1-01", "“Cause 1”", "If we mend the card reader, th")
    assert (one.baseline_share, one.baseline_n, one.baseline_met) == (0.1, 500, 50)


def test_a_standard_with_one_figure_needs_no_touchpoint_and_a_baseline_may_be_named() -> None:
    over_all = {name: value for name, value in FASTER.items() if name != "touchpoint"}
    (one,) = made(over_all | {"standard": "on-time", "baseline": "2025Q4"})
    assert (one.finding, one.title) == ("standard:on-time:all", "“On time” over all touchpoints")
    assert (one.baseline, one.baseline_share, one.baseline_n) == ("2025Q4", None, None)


@pytest.mark.parametrize(
    ("as_of", "clock", "expected"),
    [
        (PLANNED, NOW, "before"),
        (PLANNED, WINDOW_STARTS, "replayed"),
        (WINDOW_STARTS, WINDOW_STARTS, "afterwards"),
        (WINDOW_STARTS, NOW, "afterwards"),
    ],
)
def test_a_promise_says_whether_it_was_made_before_its_window_began(as_of: datetime, clock: datetime, expected: str) -> None:
    (one,) = made(FASTER, as_of=as_of, clock=clock)
    assert one.made == expected


def test_a_promise_stays_as_it_was_first_stored_when_it_is_taken_out_of_the_file_or_planned_again() -> None:
    known = made(FASTER)
    assert made(FASTER, known=known, finished={"2026Q2": figures(row(70, 80))}, as_of=WINDOW_STARTS, clock=WINDOW_STARTS) == known
    assert made(known=known) == known
    assert made(FEWER | WHY, known=known) == (known[0], *made(FEWER | WHY))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"predicted_change": 0.1}, "(predicted change was 0.2, is 0.1 now)"),
        ({"target_share": None}, "(target share was 0.8, is None now)"),
        ({"window": "2026Q4"}, "(window was '2026Q3', is '2026Q4' now)"),
        ({"touchpoint": "site"}, "(finding was 'standard:heard:counter', is 'standard:heard:site' now)"),
        ({"baseline": "2025Q4"}, "(baseline was '2026Q1', is '2025Q4' now)"),
        ({"because": "of something else"}, "why was"),
    ],
)
def test_what_was_promised_cannot_be_changed_under_the_same_id(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as raised:
        made(FASTER | change, known=made(FASTER))
    message = str(raised.value)
    assert said in message
    assert message.startswith("objectives[faster]: what 2026Q1 promised stays (")
    assert message.endswith("give the new prediction another id.")


def test_a_new_title_of_the_standard_changes_no_promise() -> None:
    renamed = programme(standards=[standard(id="heard", title="Listened to", touchpoints=["counter", "site"])], objectives=[FASTER])
    known = made(FASTER)
    assert made_promises(renamed, known, FINISHED, "2026Q2", WINDOW_STARTS, WINDOW_STARTS) == known


def test_its_hash_is_of_all_that_was_promised_and_survives_storage() -> None:
    (one,) = made(FASTER)
    (replayed,) = made(FASTER, clock=WINDOW_STARTS)
    assert one.sha256 == replayed.sha256  # when it was written is told beside it
    assert one.sha256 != made(FASTER | {"predicted_change": 0.1})[0].sha256
    assert promise_sha256(Promise.model_validate_json(one.model_dump_json())) == one.sha256
    assert promise_sha256(one.model_copy(update={"baseline_met": 47})) != one.sha256


# judged: Newcombe (1998), Statistics in Medicine 17, 873-890, table II, example (a): 56/70 less 48/80 is 0.2, method 10: 0.0524 to 0.3339


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        (0.2, "as_predicted"),
        (0.33, "as_predicted"),
        (0.34, "less"),
        (0.053, "as_predicted"),
        (0.05, "more"),
        (-0.1, "less"),
        (-0.4, "less"),
    ],
)
def test_a_prediction_is_scored_by_the_published_interval(predicted: float, expected: str) -> None:
    one = kept(made(FASTER | {"predicted_change": predicted}), figures(row(56, 70)))
    assert (round(one.low or 0, 4), round(one.high or 0, 4), one.score) == (0.0524, 0.3339, expected)
    assert (one.share, one.change) == (0.8, pytest.approx(0.2))


def test_where_the_interval_holds_the_prediction_and_no_change_it_cannot_be_told() -> None:
    one = kept(made(FASTER), figures(row(50, 70)))
    assert (one.score, one.reason) == ("cannot_tell", "the interval holds the predicted change, and no change at all")
    assert one.low is not None


def test_of_a_cause_fewer_texts_are_what_was_predicted() -> None:
    one = kept(made(FEWER | WHY | {"predicted_change": -0.05, "target_share": 0.06}), figures(causes=(sized(30, 600),)))
    assert (one.score, one.share, one.is_target_reached) == ("as_predicted", 0.05, True)
    gone = kept(made(FEWER | WHY), figures(causes=(sized(0, 600), cause(2, 60, share=0.1))))
    assert (gone.score, gone.share, gone.change) == ("more", 0.0, -0.1)


@pytest.mark.parametrize(("met", "expected"), [(56, True), (55, False)])
def test_a_target_is_reached_by_the_level(met: int, expected: bool) -> None:
    assert kept(made(FASTER), figures(row(met, 70))).is_target_reached is expected
    assert kept(made(FASTER | {"target_share": None}), figures(row(met, 70))).is_target_reached is None


VALUE = {"figure": "mean", "unit": "score", "value": 3.4, "low": 3.4, "high": 3.5, "target": 4, "is_higher_better": True}


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (figures(), "2026Q3: there is no figure of it"),
        (figures(row(5, 9)), "2026Q3: 9 cases are too few, 10 are needed"),
        (figures(row(0, 0)), "2026Q3: 0 cases are too few, 10 are needed"),
        (figures(row(56, 70, unweighted_share=0.7)), "2026Q3: its share is weighted, and the change of a weighted share is not tested"),
        (figures(row(56, 70, value=VALUE)), "2026Q3: its figure is no share of cases"),
    ],
)
def test_what_cannot_be_tested_says_why(now: Figures, reason: str) -> None:
    one = kept(made(FASTER), now)
    assert (one.score, one.reason, one.low) == ("cannot_tell", reason, None)


def test_a_baseline_that_cannot_be_tested_says_why() -> None:
    now = figures(row(56, 70))
    assert kept(made(FASTER, finished={}), now).reason == "no quarter was finished that it could start from"
    weighted = {"2026Q1": figures(row(48, 80, unweighted_share=0.5))}
    assert kept(made(FASTER, finished=weighted), now).reason.startswith("2026Q1: its share is weighted")
    assert kept(made(FASTER | {"baseline": "2024Q1"}), now).reason == "2024Q1: there is no figure of it"
    assert kept(made(FASTER), now, redefined={"2025Q4": ["heard"]}).score == "as_predicted"
    assert kept(made(FASTER), now, redefined={"2026Q1": ["heard"]}).reason == "the standard means something else now than in 2026Q1"


def test_a_baseline_of_which_plan_knew_no_figure_is_read_once_it_is_published() -> None:
    promises = made(FASTER | {"baseline": "2026Q2"})
    one = kept(promises, figures(row(56, 70)), {"2026Q2": figures(row(48, 80))})
    assert (one.score, one.change) == ("as_predicted", pytest.approx(0.2))


def test_a_cause_that_was_taken_in_by_another_is_not_told_apart() -> None:
    one = kept(made(FEWER | WHY), figures(causes=(cause(2, 60, took_in=["2026Q1-01"]),)))
    assert one.reason == "2026Q3: it is not told apart from “Cause 2” any more"
    assert kept(made(FEWER | WHY), figures(causes=(cause(2, 60),))).reason == "2026Q3: there is no figure of it"


def test_customers_with_several_cases_widen_the_interval() -> None:
    one = kept(made(FASTER), figures(row(56, 70)))
    clustered = kept(made(FASTER), figures(row(56, 70, n_effective=35.0)))
    assert (clustered.low or 0) < (one.low or 0)
    assert (clustered.high or 0) > (one.high or 0)


def test_a_cycle_judges_the_promises_of_its_own_quarter() -> None:
    assert kept_promises(made(FASTER), figures(), FINISHED, house(), "2026Q2") == ()


ends = st.floats(-1, 1, allow_nan=False)


@settings(deadline=None)
@given(st.floats(-1, 1, allow_nan=False).filter(bool), ends, ends)
def test_every_interval_gives_one_score_that_does_not_depend_on_the_direction(predicted: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    found = score(predicted, low, high)
    assert found == score(-predicted, -high, -low)
    ahead, least, most = abs(predicted), *sorted((low, high) if predicted > 0 else (-high, -low))
    holds = least <= ahead <= most
    assert holds == (found in ("as_predicted", "cannot_tell"))
    assert (found == "as_predicted") == (holds and least > 0)
    assert (found == "less") == (most < ahead)
    assert (found == "more") == (least > ahead)


# carried on


def test_the_last_reports_follow_ups_are_told_with_what_came_of_them() -> None:
    fixed = fixed_cause()
    open_one = fixed.model_copy(update={"id": "fu-0000000001", "status": "proposed", "effect": None, "changes": ()})
    claimed = done(open_one)
    told = carried_on([open_one, done(open_one.model_copy(update={"id": "fu-0000000002"}))], [claimed, _as(fixed, "fu-0000000002"), fixed])
    assert [(one.id[-1], one.was, one.now, one.verdict) for one in told] == [
        ("1", "proposed", "done", None),
        ("2", "done", "verified", "worked"),
    ]


def test_what_was_finished_is_told_again_only_when_it_is_opened_again() -> None:
    fixed = fixed_cause()
    assert carried_on([fixed], [fixed]) == ()
    worse = fixed.model_copy(update={"status": "reopened", "effect": Effect(verdict="worse", cycle="2026Q3")})
    (one,) = carried_on([fixed], [worse])
    assert (one.was, one.now, one.verdict) == ("verified", "reopened", "worse")
    (later,) = carried_on([worse], [worse])
    assert later.verdict is None  # the last report gave it


def _as(one: FollowUp, name: str) -> FollowUp:
    return one.model_copy(update={"id": name})
