"""Whether a fix worked: by hand, against a published series, and where nothing can be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.effectiveness.causes import cause_panel, returned_as
from tasks.effectiveness.closing import Panels, close, effects
from tasks.effectiveness.contrast import series_of, step, step_beyond_trend
from tasks.effectiveness.everywhere import counted_everywhere, panel_everywhere, standards_followed
from tasks.effectiveness.harm import harmed
from tasks.effectiveness.judge import Question, ask, settle
from tasks.effectiveness.panel import Panel, Window, panel_of
from tasks.effectiveness.questions import begun_at, standard_question, window_of
from tasks.effectiveness.variation import variation_of
from tasks.follow_ups.life import check_change, with_changes
from tasks.results import CauseModel, CauseProfile, Effect, FollowUp, FollowUpChange
from tests.programmes import programme
from tests.tasks.looping import house

Whole = npt.NDArray[np.int64]
WEEKS = 52
UNITS = ("mended", "a", "b", "c", "d")
# Front and rear passengers killed or seriously injured in Great Britain, by month from January 1980: Department of Transport, in
# Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, 519-523. Belts became compulsory in front on 31
# January 1983, the 38th month.
FRONT = (
    *(748, 593, 720, 646, 765, 820, 807, 885, 803, 860, 825, 911, 704, 691, 688, 714, 814, 736, 876, 829, 818, 942, 782, 823),
    *(595, 673, 660, 676, 755, 815, 867, 933, 798, 950, 825, 911, 619, 426, 475, 556, 559, 483, 587, 615, 618, 662, 519, 585),
    *(483, 434, 513, 548, 586, 522, 601, 644, 643, 641, 711, 721),
)
REAR = (
    *(306, 263, 323, 310, 424, 403, 406, 466, 381, 369, 378, 392, 284, 316, 321, 358, 378, 382, 433, 506, 428, 479, 370, 349),
    *(238, 285, 324, 346, 410, 411, 496, 534, 396, 470, 385, 411, 281, 300, 318, 391, 398, 337, 477, 422, 495, 471, 368, 345),
    *(296, 319, 349, 375, 441, 465, 472, 521, 429, 408, 490, 491),
)
MONTHS_BEFORE = 37


def panel(shares: dict[str, tuple[float, float]], weekly: int = 50, turn: int = 26) -> Panel:
    """Return units that keep exactly one share in every week before the turn, and another one after it."""
    weeks = np.datetime64("2025-01-06") + 7 * np.arange(WEEKS)
    met = np.stack([np.where(np.arange(WEEKS) < turn, weekly * before, weekly * after) for before, after in shares.values()], axis=1)
    n = np.full_like(met, weekly)
    return Panel(weeks, np.arange(WEEKS) // 13, tuple(shares), met.astype(np.int64), n.astype(np.int64))


def question(whole: Panel, turn: int = 26, promised: float = 0.1) -> Question:
    week = np.arange(len(whole.weeks))
    window = Window(before=week < turn, after=week >= turn)
    return Question("2025Q4", whole.units[0], whole.units[1:], window, window.after & (week >= len(week) - 13), promised)


# by hand


def test_the_change_is_after_less_before_less_the_same_of_what_was_left_alone() -> None:
    whole = panel({"mended": (0.6, 0.8), "a": (0.8, 0.84), "b": (0.7, 0.74), "c": (0.9, 0.94)})
    answer = ask(whole, question(whole))
    assert answer.effect.change == pytest.approx(0.2 - 0.04, abs=1e-9)
    assert (answer.effect.before, answer.effect.after) == pytest.approx((0.6, 0.8))
    assert (answer.effect.before_elsewhere, answer.effect.after_elsewhere) == pytest.approx((0.8, 0.84))
    assert settle([answer])[0].verdict == "worked"


def test_without_variation_between_quarters_the_error_is_that_of_counts() -> None:
    """52 weeks of 50 cases: variances of the four shares, 0.6 and 0.8 of the unit and 0.8 twice of three others, over 1,300 each."""
    whole = panel({"mended": (0.6, 0.8), "a": (0.8, 0.8), "b": (0.8, 0.8), "c": (0.8, 0.8)})
    untouched = variation_of(whole.of(("a", "b", "c")))
    assert (untouched.overdispersion, untouched.between_quarters) == (1, 0)
    contrast = step(series_of(whole, "mended", question(whole).window, untouched))
    by_hand = np.sqrt((0.6 * 0.4 + 0.8 * 0.2 + 2 * 0.8 * 0.2 / 3) / 1300)
    assert contrast.error == pytest.approx(by_hand, rel=0.002)


def test_a_straight_trend_of_its_own_is_no_step() -> None:
    whole = panel(dict.fromkeys(UNITS, (0.7, 0.7)), weekly=1000)
    rising = (1000 * (0.6 + 0.004 * np.arange(WEEKS))).astype(np.int64)
    whole = replace(whole, met=np.column_stack([rising, whole.met[:, 1:]]))
    series = series_of(whole, "mended", question(whole).window, variation_of(whole.of(UNITS[1:])))
    assert step(series).change == pytest.approx(0.004 * 26, abs=1e-3)
    assert step_beyond_trend(series).change == pytest.approx(0, abs=2e-3)
    (effect,) = settle([ask(whole, question(whole))])
    assert (effect.verdict, effect.method) == ("cannot_tell", "controlled interrupted time series")
    assert "trend of its own" in effect.reason


def test_quarters_that_vary_elsewhere_widen_the_interval() -> None:
    calm = panel(dict.fromkeys(UNITS, (0.7, 0.7)))
    swing = np.array([0, 4, -4, 0])[calm.quarters][:, None] * np.array([0, 1, -1, 1, -1])
    restless = replace(calm, met=calm.met + swing)
    calm_error, error = (
        step(series_of(one, "mended", question(one).window, variation_of(one.of(UNITS[1:])))).error for one in (calm, restless)
    )
    assert variation_of(restless.of(UNITS[1:])).between_quarters > 0
    assert error > 1.5 * calm_error


def test_what_got_worse_elsewhere_is_named_and_left_out_of_the_comparison() -> None:
    whole = panel({"mended": (0.6, 0.8), "a": (0.8, 0.8), "b": (0.7, 0.7), "c": (0.9, 0.9), "d": (0.75, 0.75), "hurt": (0.85, 0.65)})
    assert harmed(whole, question(whole)) == ("hurt",)
    world, follow_up = house(), claimed("2025-06-20")
    units = tuple(f"kept:{name}" for name in ("fixed", "good-0", "good-1", "good-2", "good-3", "good-4"))
    found = effects([follow_up], Panels(replace(whole, units=units)), {"kept:good-4": "The last"}, world, "2025Q4", AS_OF)
    assert found[follow_up.id].harmed == ("The last",)
    assert found[follow_up.id].change == pytest.approx(0.19, abs=0.01)  # two weeks of the old level lie after the day it was declared done


# a published series


def test_seat_belts_in_front_saved_three_of_ten_beyond_what_happened_in_the_rear() -> None:
    """Harvey and Durbin (1986), JRSS A 149, 187-227: front passengers killed or seriously injured fell by 30 %, those in the rear did not.

    As they are rare among all people, the casualties are counted of a million each month; the change is relative to the level before.
    """
    met = np.column_stack([FRONT, REAR]).astype(np.int64)
    months = np.datetime64("1980-01-07") + 28 * np.arange(len(FRONT))
    whole = Panel(months, np.arange(len(FRONT)) // 3, ("front", "rear"), met, np.full_like(met, 1_000_000), is_relative=True)
    month = np.arange(len(FRONT))
    window = Window(before=month < MONTHS_BEFORE, after=month >= MONTHS_BEFORE)
    contrast = step(series_of(whole, "front", window, variation_of(whole.of(["rear"]))))
    level = met[:MONTHS_BEFORE, 0].mean() / 1_000_000
    low, high = (end / level for end in contrast.interval())
    assert low < -0.30 < high
    assert high < -0.2
    assert contrast.p < 1e-6


# what cannot be told


@pytest.mark.parametrize(
    ("before", "after", "untouched", "reason"),
    [
        (3, 26, 4, "3 weeks with cases lie between the quarter that called for it"),
        (26, 2, 4, "2 weeks with cases passed since it was declared done"),
        (26, 26, 1, "fewer than two comparable places were left alone"),
    ],
)
def test_what_is_missing_is_said(before: int, after: int, untouched: int, reason: str) -> None:
    whole = panel(dict.fromkeys(UNITS, (0.7, 0.8)))
    week = np.arange(WEEKS)
    window = Window((week >= 26 - before) & (week < 26), (week >= 26) & (week < 26 + after))
    asked = replace(question(whole), window=window, recent=window.after, untouched=UNITS[1 : 1 + untouched])
    (effect,) = settle([ask(whole, asked)])
    assert effect.verdict == "cannot_tell"
    assert effect.reason.startswith(reason)


def test_small_numbers_cannot_tell_and_say_what_they_could_have_seen() -> None:
    whole = panel({"mended": (0.6, 0.8), **dict.fromkeys(UNITS[1:], (0.8, 0.8))}, weekly=5, turn=8)
    whole = Panel(whole.weeks[:16], whole.quarters[:16], whole.units, whole.met[:16], whole.n[:16])
    (effect,) = settle([ask(whole, question(whole, turn=8))])
    assert effect.verdict == "cannot_tell"
    assert effect.smallest_seen is not None
    assert effect.smallest_seen > 0.2


def test_a_promise_that_did_not_come_about_is_no_effect_and_a_fall_is_worse() -> None:
    same = panel({"mended": (0.6, 0.6), **dict.fromkeys(UNITS[1:], (0.8, 0.8))}, weekly=200)
    fallen = panel({"mended": (0.7, 0.5), **dict.fromkeys(UNITS[1:], (0.8, 0.8))}, weekly=200)
    assert [effect.verdict for effect in settle([ask(same, question(same)), ask(fallen, question(fallen))])] == ["no_effect", "worse"]


def test_what_worked_and_fell_back_this_quarter_is_contradicted() -> None:
    whole = panel({"mended": (0.6, 0.8), **dict.fromkeys(UNITS[1:], (0.8, 0.8))}, weekly=100)
    met = whole.met.copy()
    met[-13:, 0] = 60
    (effect,) = settle([ask(replace(whole, met=met), replace(question(whole), is_shown=True, promised=0.05))])
    assert effect.verdict == "no_effect"


@given(st.permutations(UNITS[1:]))
def test_the_order_of_what_is_left_alone_changes_nothing(order: list[str]) -> None:
    whole = panel({"mended": (0.6, 0.78), "a": (0.8, 0.82), "b": (0.7, 0.74), "c": (0.9, 0.92), "d": (0.8, 0.78)})
    one, other = (ask(whole, replace(question(whole), untouched=tuple(names))).effect for names in (UNITS[1:], order))
    assert one.change == pytest.approx(other.change, abs=1e-12)
    assert one.low == pytest.approx(other.low, abs=1e-9)


# from follow-ups to questions


AS_OF = datetime(2026, 1, 5, tzinfo=UTC)


def claimed(done: str, *, begun: str = "", opened_in: str = "2024Q4", place: str = "fixed", finding: str = "") -> FollowUp:
    """Return a follow-up that was declared done on a day."""
    fixed = {"kind": "corrective", "status": "proposed", "title": "Mend it", "times_seen": 1, "stages": ("book",), "owner": "desk"}
    dates = {"opened_in": opened_in, "last_seen_in": opened_in, "due": "2025-05-01", "evidence": "2024Q4: 30 of 50"}
    one = FollowUp.model_validate(
        {"id": f"fu-{place}", "finding": finding or f"standard:kept:{place}", "touchpoints": (place,), "departments": ("desk",)}
        | fixed
        | dates
    )
    said = [FollowUpChange(at=datetime.fromisoformat(f"{begun}T09:00:00+00:00"), by="Ann", status="in_progress")] if begun else []
    at = datetime.fromisoformat(f"{done}T09:00:00+00:00")
    return with_changes(one, [*said, FollowUpChange(at=at, by="Ann", status="done", evidence="ticket")])


def test_the_quarter_that_called_for_it_and_the_weeks_of_work_are_neither_before_nor_after() -> None:
    weeks = panel(dict.fromkeys(UNITS, (0.7, 0.7))).weeks
    window = window_of(claimed("2025-06-20", begun="2025-06-02", opened_in="2025Q1"), weeks, house(), AS_OF)
    assert (weeks[window.before].min(), weeks[window.before].max()) == (np.datetime64("2025-04-07"), np.datetime64("2025-05-26"))
    assert (weeks[window.after].min(), weeks[window.after].max()) == (np.datetime64("2025-06-23"), np.datetime64("2025-12-29"))


def test_a_second_attempt_begins_after_the_quarter_that_opened_it_again() -> None:
    first = with_changes(claimed("2025-03-10"), [check_change("2025Q2", datetime(2025, 7, 10, tzinfo=UTC), "reopened", "no")])
    assert begun_at(first) is None
    again = FollowUpChange(at=datetime(2025, 9, 1, tzinfo=UTC), by="Ann", status="done", evidence="ticket 2")
    weeks = panel(dict.fromkeys(UNITS, (0.7, 0.7))).weeks
    window = window_of(with_changes(first, [again]), weeks, house(), AS_OF)
    assert (weeks[window.before].min(), weeks[window.before].max()) == (np.datetime64("2025-07-07"), np.datetime64("2025-08-25"))


def test_where_something_was_done_meanwhile_is_not_left_alone() -> None:
    whole = panel({f"kept:{name}": (0.7, 0.7) for name in ("fixed", "back", "good-0", "good-1")})
    other = claimed("2025-08-01", place="back")
    asked = standard_question(claimed("2025-06-20"), whole, [other], house(), "2025Q4", AS_OF)
    assert asked.untouched == ("kept:good-0", "kept:good-1")
    assert asked.promised == pytest.approx(0.1)


def test_what_is_about_everything_leaves_nothing_to_compare_with() -> None:
    whole = panel({"kept:all": (0.7, 0.9), "kept:good-0": (0.7, 0.7), "kept:good-1": (0.7, 0.7)})
    everywhere = claimed("2025-06-20", finding="standard:kept:all")
    found = effects([everywhere], Panels(whole), {}, house(), "2025Q4", AS_OF)
    assert found[everywhere.id].verdict == "cannot_tell"


def test_what_was_kept_already_before_the_work_is_neither_shown_nor_refuted() -> None:
    whole = panel({f"kept:{name}": (0.9, 0.9) for name in ("fixed", "good-0", "good-1", "good-2")}, weekly=200)
    found = effects([claimed("2025-06-20")], Panels(whole), {}, house(), "2025Q4", AS_OF)["fu-fixed"]
    assert (found.verdict, found.reason.startswith("in the weeks before the work began")) == ("cannot_tell", True)


def test_check_verifies_reopens_and_keeps_what_was_shown_where_it_cannot_tell_now() -> None:
    one = claimed("2025-06-20")
    worked, gone, silent = (Effect(verdict=verdict, cycle="2025Q3", change=0.1) for verdict in ("worked", "no_effect", "cannot_tell"))
    (verified,) = close([one], {one.id: worked}, "2025Q3", datetime(2025, 10, 9, tzinfo=UTC))
    assert (verified.status, verified.effect) == ("verified", worked)
    assert close([verified], {one.id: silent}, "2025Q4", AS_OF) == (verified,)
    (reopened,) = close([verified], {one.id: gone}, "2025Q4", AS_OF)
    assert (reopened.status, reopened.times_refuted, reopened.effect) == ("reopened", 1, gone)
    assert close([one], {one.id: silent}, "2025Q3", AS_OF)[0].status == "done"


# standards everywhere, and causes


def test_a_standard_of_some_touchpoints_is_counted_at_all_of_them_and_a_rating_where_it_is_asked() -> None:
    standards = [
        {"id": "quick", "touchpoints": ["counter"], "measure": {"by_due_date": "resolved_at"}, "target_share": 0.8},
        {"id": "slow", "touchpoints": "all", "measure": {"by_due_date": "closed_at"}, "target_share": 0.8},
        {"id": "clean", "touchpoints": ["lounge"], "measure": {"rating": "cleanliness", "at_least": 4}, "target_share": 0.8},
    ]
    world = programme(standards=standards)
    wide = counted_everywhere(world, standards_followed([claimed("2025-06-20", finding="standard:quick:counter")]))
    assert {one.id: one.places for one in wide.standards} == dict.fromkeys(("quick", "slow"), ("counter", "site", "lounge"))
    assert [one.places for one in counted_everywhere(world, {"clean"}).standards] == [("lounge",)]


def test_the_panel_holds_each_touchpoint_and_all_of_them_together() -> None:
    weeks = pd.to_datetime(["2025-01-06", "2025-01-06", "2025-01-20"]).astype("datetime64[us]")
    counts = pd.DataFrame(
        {"standard": "quick", "touchpoint": ["site", "lounge", "site"], "week": weeks, "met": [3, 2, 4], "missed": [1, 2, 0]}
    )
    whole = panel_everywhere(counts, house())
    assert whole.units == ("quick:all", "quick:lounge", "quick:site")
    assert whole.met.tolist() == [[5, 2, 3], [0, 0, 0], [4, 0, 4]]
    assert whole.n.tolist() == [[8, 4, 4], [0, 0, 0], [4, 0, 4]]


def test_a_week_belongs_to_the_quarter_of_its_thursday() -> None:
    weeks = pd.to_datetime(["2025-03-24", "2025-03-31", "2025-06-30"]).astype("datetime64[us]")
    counts = pd.DataFrame({"unit": "a", "week": weeks, "met": 1, "n": 1})
    found = panel_of(counts, [np.datetime64(day) for day in ("2025-01-01", "2025-04-01", "2025-07-01")])
    assert found.quarters[[0, 1, -1]].tolist() == [1, 2, 3]


def test_a_cause_that_goes_away_does_not_make_the_others_larger() -> None:
    weeks = pd.to_datetime(["2025-01-06"] * 20 + ["2025-01-13"] * 10).astype("datetime64[us]")
    records = pd.DataFrame({"week": weeks, "cause_id": ["gone"] * 10 + ["stays"] * 5 + [""] * 5 + ["stays"] * 5 + [""] * 5})
    whole = cause_panel(records, {"gone"}, house())
    assert whole.met.tolist() == [[10, 5], [0, 5]]
    assert whole.n.tolist() == [[20, 10], [10, 10]]


def test_a_later_cause_with_the_centre_of_a_closed_one_is_its_return_in_other_words() -> None:
    from tasks.causes.tracking import pack

    centres = {"2025Q1-01": (1.0, 0.0, 0.0), "2025Q1-02": (0.0, 1.0, 0.0), "2025Q3-01": (0.8, 0.5, 0.3), "2025Q3-02": (0.1, 0.2, 0.97)}
    vectors = {name: np.array(centre, dtype=np.float32) / np.linalg.norm(centre) for name, centre in centres.items()}
    causes = tuple(
        CauseProfile(id=name, label=name, first_seen=name[:6], last_seen="2025Q3", terms={}, centre=pack(vector))
        for name, vector in vectors.items()
    )
    model = CauseModel(version="test", cycle="2025Q3", causes=causes)
    assert returned_as(model, "2025Q1-01", "2025Q1") == ("2025Q3-01",)
    assert returned_as(model, "2025Q1-02", "2025Q1") == ()
    assert returned_as(model, "2025Q3-01", "2025Q3") == ()
