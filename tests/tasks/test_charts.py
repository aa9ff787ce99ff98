"""Control charts: what is a point, which limits hold, what is a signal, what the icons say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tasks.charts.build import choose_period, value_chart
from tasks.charts.limits import mean_moving_range
from tasks.charts.rules import outside_limits, shift, trend, two_of_three
from tasks.results import Baseline
from tests.tasks.charting import (
    MONDAY,
    MOVED,
    RECORDS,
    SCORE,
    SHARE,
    as_points,
    marked,
    mondays,
    of_records,
    of_shares,
    of_values,
    shares,
    values,
)

# 26 weeks that make a p-chart with limits 0.68 to 0.92
STEADY = [80, 78, 82, 81, 79, 77, 83] * 3 + [80, 81, 79, 80, 80]
FIRST_AFTER = len(STEADY)


def baseline() -> Baseline:
    found = of_shares(shares(STEADY, 100)).baseline
    assert found is not None
    return found


# points


def test_rows_of_one_week_from_two_quarters_are_one_point() -> None:
    march, april = pd.Timestamp("2024-03-01"), pd.Timestamp("2024-04-01")
    counts = pd.DataFrame(
        {"week": pd.Timestamp("2024-03-31"), "month": [march, april], "met": [15, 5], "missed": [3, 2], "pending": [0, 1]}
    )
    (point,) = of_shares(counts).points
    assert (point.n, point.value) == (25, 20 / 25)


def test_a_week_that_straddles_two_months_is_counted_in_each_month_with_its_own_days() -> None:
    march, april = pd.Timestamp("2024-03-01"), pd.Timestamp("2024-04-01")
    counts = pd.DataFrame(
        {"week": mondays(1, date(2024, 3, 25))[0], "month": [march, april], "met": [10, 4], "missed": [2, 1], "pending": 0}
    )
    assert [(point.starts, point.n) for point in of_shares(counts).points] == [(date(2024, 3, 1), 12), (date(2024, 4, 1), 5)]


def test_a_week_without_decided_cases_is_a_gap_and_not_nought_per_cent() -> None:
    counts = shares([20, 0, 18], [25, 0, 25], [0, 9, 0])
    assert [point.starts for point in of_shares(counts).points] == [date(2024, 1, 1), date(2024, 1, 15)]


@pytest.mark.parametrize(("pending", "is_provisional"), [(23, False), (24, True)])
def test_a_point_with_more_than_twenty_per_cent_pending_is_provisional(pending: int, is_provisional: bool) -> None:
    assert of_shares(shares([90], 95, pending)).points[0].is_provisional is is_provisional


def test_a_provisional_point_is_drawn_but_neither_judged_nor_used_for_limits() -> None:
    with_pending = of_shares(shares([*STEADY, 10], 100, [0] * FIRST_AFTER + [50]))
    assert with_pending.baseline == baseline()
    assert with_pending.points[-1].value == 0.1
    assert with_pending.points[-1].low == pytest.approx(0.68, abs=1e-3)
    assert with_pending.points[-1].signals == ()
    assert with_pending.variation == "common_cause"


@pytest.mark.parametrize(("cases", "period"), [([20] * 5, "week"), ([19] * 5, "month"), ([500, 500, 3, 2, 1], "month"), ([], "month")])
def test_weeks_are_drawn_where_the_typical_week_has_twenty_cases(cases: list[int], period: str) -> None:
    weeks = mondays(len(cases)).to_numpy()
    assert choose_period(SHARE, weeks, np.array(cases, dtype=int), None) == period


def test_weeks_without_a_row_count_as_weeks_without_cases() -> None:
    weeks = mondays(9).to_numpy()[[0, 4, 8]]
    assert choose_period(SHARE, weeks, np.array([100, 100, 100]), None) == "month"


def test_cases_that_are_still_pending_do_not_make_a_fresh_quarter_monthly() -> None:
    chart = of_shares(shares([4, 5, 3], [5, 6, 4], [30, 30, 30]))
    assert [point.starts for point in chart.points] == mondays(3).date.tolist()


def test_once_there_are_limits_their_period_stays() -> None:
    few = shares([4] * 30, 5)
    assert choose_period(SHARE, few["week"].to_numpy(), np.full(30, 5), None) == "month"
    assert of_shares(few, earlier=baseline()).points[0].starts == MONDAY
    assert len(of_shares(few, earlier=baseline()).points) == 30
    assert len(of_shares(few, replace(SHARE, definition="definition-2"), earlier=baseline()).points) == 7


def test_a_value_that_is_not_there_is_a_gap() -> None:
    assert [point.value for point in of_values([7, np.nan, 8]).points] == [7, 8]


def test_a_week_or_month_without_records_is_a_point_at_nought() -> None:
    weeks = mondays(4)
    counts = pd.DataFrame({"week": weeks, "month": weeks[0], "records": [30, 25, 28, 27]}).drop(index=2)
    chart = of_records(counts, MONDAY, date(2024, 1, 28))
    assert [(point.n, point.value) for point in chart.points] == [(30, 30), (25, 25), (0, 0), (27, 27)]
    monthly = of_records(counts.assign(records=1), MONDAY, date(2024, 3, 31))
    assert [point.value for point in monthly.points] == [3, 0, 0]


def test_a_week_or_month_that_is_not_wholly_known_is_provisional_and_nothing_beyond_the_known_days_is_drawn() -> None:
    weeks = mondays(6)
    counts = pd.DataFrame({"week": weeks, "month": weeks.to_period("M").to_timestamp(), "records": 50})
    drawn = [(point.starts, point.is_provisional) for point in of_records(counts, date(2024, 1, 10), date(2024, 1, 27)).points]
    assert drawn == [(date(2024, 1, 8), True), (date(2024, 1, 15), False), (date(2024, 1, 22), True)]
    assert not any(point.is_provisional for point in of_records(counts, date(2024, 1, 8), date(2024, 1, 28)).points)
    monthly = of_records(counts.assign(records=3), date(2024, 1, 2), date(2024, 2, 29)).points
    assert [(point.starts, point.is_provisional) for point in monthly] == [(date(2024, 1, 1), True), (date(2024, 2, 1), False)]


# limits


def test_a_moving_range_above_its_own_limit_is_left_out_once() -> None:
    """Ranges 1, 1, 1, 1, 1, 21, 1: mean 27/7, limit 12.6; without the 21 the mean is 1."""
    assert mean_moving_range(np.array([0.0, 1, 0, 1, 0, 1, 22, 21])) == 1


def test_where_only_ranges_of_nought_would_be_left_none_is_left_out() -> None:
    assert mean_moving_range(np.array([4.0] * 10 + [5.0] * 10)) == pytest.approx(1 / 19)


def test_where_cases_never_missed_the_limits_allow_for_three_misses_in_all() -> None:
    """20 weeks of 20: the share is taken as 1 - 3/400, so the lower limit is 1 - 3 sqrt(0.0075 * 0.9925 / 20)."""
    chart = of_shares(shares([20] * 20 + [19], 20), current_from=date(2024, 5, 20))
    assert chart.points[0].low == pytest.approx(1 - 3 * (0.0075 * 0.9925 / 20) ** 0.5)
    assert chart.points[0].centre == chart.points[0].high == 1
    assert chart.variation == "common_cause"
    assert of_shares(shares([20] * 20 + [18], 20), current_from=date(2024, 5, 20)).variation == "concern"


def test_where_no_case_was_met_the_limits_are_the_mirror_image() -> None:
    chart = of_shares(shares([0] * 20 + [2], 20), current_from=date(2024, 5, 20))
    assert chart.points[0].high == pytest.approx(3 * (0.0075 * 0.9925 / 20) ** 0.5)
    assert chart.points[0].centre == chart.points[0].low == 0
    assert chart.variation == "improvement"


def test_limits_of_ten_times_as_many_cases_are_the_square_root_of_ten_nearer() -> None:
    sizes = np.array([20, 200] * 10)
    chart = of_shares(shares(sizes * 8 // 10, sizes))
    small, large = (chart.points[place].high - chart.points[place].centre for place in (0, 1))  # type: ignore[operator]
    assert chart.points[0].high == 1  # clipped: 0.8 + 3 sqrt(0.16 / 20) = 1.07
    assert (small, large) == (pytest.approx(0.2), pytest.approx(3 * (0.16 / 200) ** 0.5))


def test_limits_stay_within_what_the_unit_allows() -> None:
    numbers = [0.0, 9, 1, 8, 0, 9, 1, 8, 0, 9, 1, 8]
    lows = {unit: of_values(numbers, replace(SCORE, unit=unit)).points[0].low for unit in ("hours", "working hours", "score")}
    assert lows == {"hours": 0, "working hours": 0, "score": pytest.approx(4.5 - 2.66 * 8)}


def test_values_that_never_change_have_no_limits() -> None:
    chart = of_values([0.1] * 30)
    assert (chart.baseline, chart.variation, chart.note) == (None, "cannot_tell", "No limits: the values never changed.")
    assert chart.points[0].low is chart.points[0].high is chart.points[0].centre is None


# rules, each on distances from the centre in sigmas


def test_on_the_limit_is_not_outside() -> None:
    assert outside_limits(np.array([3.0, 3.01, -3.0, -3.01, 0.0])).tolist() == [0, 1, 0, -1, 0]


def test_seven_points_on_one_side_are_a_shift_and_six_are_none() -> None:
    six, seven = [0.1] * 6, [0.1] * 7
    still = np.zeros(30)
    assert shift(np.array([*six, -1.0]), still[:7]).tolist() == [0] * 7
    assert shift(np.array([-1.0, *seven, -1.0]), still[:9]).tolist() == [0, *[1] * 7, 0]
    assert shift(-np.array([*seven, 0.1]), still[:8]).tolist() == [-1] * 8


def test_a_point_on_the_centre_breaks_a_run() -> None:
    assert shift(np.array([0.1] * 6 + [0.0] + [0.1] * 6), np.zeros(13)).tolist() == [0] * 13


def test_a_share_to_which_no_other_number_of_cases_is_nearer_lies_on_the_centre() -> None:
    """At a share of 0.99 of 20 the centre is 19.8 cases: 20 is the nearest number, so weeks without a miss are no run."""
    counts = shares([20, 20, 20, 20, 19] * 4 + [20] * 10, 20)
    assert marked(of_shares(counts, current_from=date(2024, 5, 20)), "shift") == []
    counts = shares([198, 199, 197] * 7 + [200] * 7, 200)
    assert marked(of_shares(counts, current_from=date(2024, 5, 27)), "shift") == list(range(21, 28))


def test_seven_points_that_rise_or_fall_are_a_trend_and_six_are_none() -> None:
    assert trend(np.array([1.0, 2, 3, 4, 5, 6, 0])).tolist() == [0] * 7
    assert trend(np.array([9.0, 1, 2, 3, 4, 5, 6, 7, 3])).tolist() == [0, *[1] * 7, 0]
    assert trend(np.array([7.0, 6, 5, 4, 3, 2, 1])).tolist() == [-1] * 7
    assert trend(np.array([1.0, 2, 3, 4, 4, 5, 6, 7])).tolist() == [0] * 8
    assert trend(np.array([1.0, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1])).tolist() == [1] * 6 + [-1] * 7


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        ([2.1, 2.1, 0], [1, 1, 0]),
        ([2.1, 0, 2.1], [1, 0, 1]),
        ([2.1, -1, 3.5], [1, 0, 1]),
        ([2.1, 0, 0, 2.1], [0, 0, 0, 0]),
        ([2.1, -2.1, 0], [0, 0, 0]),
        ([-2.1, 0, -2.1, 0, 2.1], [-1, 0, -1, 0, 0]),
        ([2.0, 2.0, 2.0], [0, 0, 0]),
        ([2.1], [0]),
        ([], []),
    ],
)
def test_two_of_three_points_near_a_limit_on_its_side_are_a_signal(z: list[float], expected: list[int]) -> None:
    assert two_of_three(np.array(z)).tolist() == expected


def test_every_point_of_a_pattern_carries_its_signal() -> None:
    chart = of_shares(shares([*STEADY, 82, 83, 84, 85, 86, 87, 95], 100), current_from=date(2024, 7, 1))
    run = list(range(FIRST_AFTER, FIRST_AFTER + 7))
    assert (marked(chart, "shift"), marked(chart, "trend"), marked(chart, "outside_limits")) == (run, [FIRST_AFTER - 1, *run], run[-1:])
    assert chart.points[-1].signals == ("outside_limits", "trend", "shift")


def test_neither_a_gap_nor_a_provisional_point_breaks_a_run() -> None:
    met, n, pending = [*STEADY, 85, 85, 85, 0, 50, 85, 85, 85, 85], [100] * 35, [0] * 35
    n[FIRST_AFTER + 3], pending[FIRST_AFTER + 4] = 0, 40
    chart = of_shares(shares(met, n=np.array(n), pending=pending), current_from=date(2024, 7, 1))
    assert marked(chart, "shift") == [26, 27, 28, 30, 31, 32, 33]


# which limits hold


def test_the_first_limits_come_from_the_points_before_the_current_quarter() -> None:
    found = of_shares(shares([*STEADY, 10, 20, 30], 100), current_from=date(2024, 7, 1)).baseline
    assert found == baseline()
    assert (found.first, found.last, found.points, found.cases, found.is_trial) == (MONDAY, date(2024, 6, 24), 26, 2600, False)


@pytest.mark.parametrize(("before", "after", "used"), [(12, 5, 12), (11, 5, 16), (0, 12, 12), (11, 0, None), (5, 6, None)])
def test_where_fewer_than_twelve_points_lie_before_it_all_are_used_and_fewer_than_twelve_make_no_limits(
    before: int, after: int, used: int | None
) -> None:
    quarter = mondays(before + 1)[-1].date()
    chart = of_shares(shares(STEADY[: before + after], 100), current_from=quarter)
    assert (chart.baseline and chart.baseline.points) == used
    if used is None:
        assert chart.note == "No limits: they need 12 points, and 11 can be judged."
        assert (chart.variation, chart.assurance) == ("cannot_tell", "cannot_tell")


def test_limits_of_fewer_than_twenty_points_are_a_trial_and_computed_again() -> None:
    trial = of_shares(shares(STEADY[:19], 100)).baseline
    assert trial is not None
    assert trial.is_trial
    again = of_shares(shares(STEADY[:19] + [60] * 5, 100), earlier=trial)
    assert again.baseline is not None
    assert (again.baseline.points, again.baseline.is_trial, again.note) == (24, False, "")
    assert of_shares(shares(STEADY[:19], 100)).note == "Trial limits from 19 points; they stay from 20 on."


def test_limits_that_hold_are_used_as_they_are_whatever_came_since() -> None:
    chart = of_shares(shares([50] * 60, 100), earlier=baseline(), current_from=date(2025, 1, 1))
    assert chart.baseline == baseline()
    assert {point.centre for point in chart.points} == {baseline().centre}
    assert chart.variation == "concern"


def test_limits_that_hold_are_kept_where_there_is_no_point_to_hold_against_them() -> None:
    chart = of_shares(shares([], 0), earlier=baseline())
    assert (chart.baseline, chart.variation, chart.assurance, chart.points) == (baseline(), "cannot_tell", "cannot_tell", ())


def test_another_definition_starts_limits_anew() -> None:
    chart = of_shares(shares([50, 52, 48] * 10, 100), replace(SHARE, definition="definition-2"), earlier=baseline())
    assert chart.baseline is not None
    assert (chart.baseline.centre, chart.baseline.definition) == (pytest.approx(0.5), "definition-2")


def test_a_decision_starts_limits_anew_and_what_was_before_keeps_the_old_ones() -> None:
    chart = of_shares(shares([*STEADY, *[50, 52, 48] * 7], 100), earlier=baseline(), rebased=MOVED)
    assert chart.baseline is not None
    assert (chart.baseline.first, chart.baseline.points, chart.baseline.centre) == (MOVED.first, 21, pytest.approx(0.5))
    assert [point.centre for point in chart.points] == [baseline().centre] * 26 + [chart.baseline.centre] * 21
    assert chart.rebased == "From 2024-07-01: a second counter (decided by J. Doe)"
    assert chart.variation == "common_cause"
    later = of_shares(shares([*STEADY, *[50, 52, 48] * 7, 20], 100), earlier=chart.baseline, rebased=MOVED)
    assert later.baseline == chart.baseline
    assert [point.low is None for point in later.points] == [True] * 26 + [False] * 22
    assert later.variation == "concern"


def test_after_a_decision_too_few_points_make_no_limits_and_a_trial_never_reaches_back() -> None:
    few = of_shares(shares([*STEADY, *[50] * 11], 100), earlier=baseline(), rebased=MOVED)
    assert (few.baseline, few.variation) == (None, "cannot_tell")
    assert [point.low is None for point in few.points] == [False] * 26 + [True] * 11
    trial = of_shares(shares([*STEADY, *[50, 52, 48] * 4], 100), earlier=None, rebased=MOVED).baseline
    assert trial is not None
    assert trial.is_trial
    again = of_shares(shares([*STEADY, *[50, 52, 48] * 5], 100), earlier=trial, rebased=MOVED).baseline
    assert again is not None
    assert (again.first, again.points) == (MOVED.first, 15)


def test_a_decision_about_days_inside_the_old_limits_is_obeyed_too() -> None:
    inside = MOVED.model_copy(update={"first": date(2024, 3, 4)})
    chart = of_shares(shares([*STEADY, *STEADY], 100), earlier=baseline(), rebased=inside)
    assert chart.baseline is not None
    assert chart.baseline.first == inside.first


def test_a_decision_that_no_point_has_reached_changes_nothing() -> None:
    chart = of_shares(shares(STEADY, 100), earlier=baseline(), rebased=MOVED)
    assert (chart.baseline, chart.rebased) == (baseline(), "")


def test_a_run_does_not_reach_over_a_decision() -> None:
    before, after = [*STEADY[:-4], 85, 85, 85, 85], [85, 85, 85] + [80, 78, 82, 81, 79, 77, 83] * 3
    assert marked(of_shares(shares([*before, *after], 100), earlier=baseline(), rebased=MOVED), "shift") == []
    assert marked(of_shares(shares([*before, *after], 100), earlier=baseline()), "shift") == list(range(22, 29))


# icons


@pytest.mark.parametrize(
    ("last", "is_higher_better", "variation"),
    [
        (95, True, "improvement"),
        (95, False, "concern"),
        (95, None, "special_cause"),
        (60, True, "concern"),
        (60, False, "improvement"),
        (60, None, "special_cause"),
        (80, True, "common_cause"),
        (80, None, "common_cause"),
    ],
)
def test_the_last_judged_point_says_what_kind_of_variation_there_is(last: int, is_higher_better: bool | None, variation: str) -> None:
    subject = replace(SHARE, is_higher_better=is_higher_better)
    assert of_shares(shares([*STEADY, last], 100), subject, earlier=baseline()).variation == variation


def test_a_signal_that_has_passed_is_common_cause_again() -> None:
    chart = of_shares(shares([*STEADY, 50, 80], 100), earlier=baseline())
    assert (chart.variation, marked(chart, "outside_limits")) == ("common_cause", [26])


def test_a_trend_says_by_its_direction_and_not_by_its_side_whether_it_is_good() -> None:
    rising_below_the_centre = of_shares(shares([*STEADY, 81, 72, 73, 74, 75, 76, 77, 78], 100), earlier=baseline())
    assert set(rising_below_the_centre.points[-1].signals) == {"trend", "shift"}
    assert rising_below_the_centre.variation == "improvement"


@pytest.mark.parametrize(
    ("target", "is_higher_better", "assurance"),
    [
        (0.65, True, "passing"),
        (0.95, True, "failing"),
        (0.8, True, "hit_or_miss"),
        (0.65, False, "failing"),
        (0.95, False, "passing"),
        (0.8, False, "hit_or_miss"),
        (None, True, "no_target"),
        (0.8, None, "no_target"),
        (0.0, True, "passing"),
        (1.0, True, "failing"),
        (1.0, False, "passing"),
    ],
)
def test_the_target_beside_the_limits_says_whether_it_will_be_met(
    target: float | None, is_higher_better: bool | None, assurance: str
) -> None:
    subject = replace(SHARE, target=target, is_higher_better=is_higher_better)
    assert of_shares(shares(STEADY, 100), subject).assurance == assurance


def test_a_target_of_one_may_be_hit_where_the_limit_reaches_it() -> None:
    always = replace(SHARE, target=1.0)
    assert of_shares(shares([20] * 20, 20), always).assurance == "hit_or_miss"
    assert of_shares(shares([19, 20, 18, 19] * 5, 20), always).assurance == "hit_or_miss"
    assert of_shares(shares([0] * 20, 20), replace(SHARE, target=0.0)).assurance == "passing"


# edges


def test_without_rows_there_is_an_empty_chart_that_cannot_tell() -> None:
    empty = [
        of_shares(shares([], 0)),
        of_values([]),
        of_records(pd.DataFrame(columns=["week", "month", "records"]), MONDAY, date(2023, 12, 31)),
    ]
    for chart in empty:
        assert (chart.points, chart.baseline, chart.variation) == ((), None, "cannot_tell")
        assert chart.note == "No limits: they need 12 points, and 0 can be judged."


def test_one_point_is_drawn_and_not_judged() -> None:
    chart = of_shares(shares([18], 20))
    assert [(point.value, point.low, point.signals) for point in chart.points] == [(0.9, None, ())]
    assert (chart.variation, chart.assurance) == ("cannot_tell", "cannot_tell")


def test_a_chart_survives_its_journey_as_json() -> None:
    chart = of_shares(shares([*STEADY, 50], 100), earlier=baseline())
    assert type(chart).model_validate_json(chart.model_dump_json()) == chart


def test_the_subject_is_repeated_on_the_chart() -> None:
    chart = of_records(pd.DataFrame({"week": mondays(1), "month": mondays(1), "records": 3}), MONDAY, date(2024, 1, 7))
    names = ("subject", "touchpoint", "stage", "title", "unit", "target", "is_higher_better")
    assert [getattr(chart, name) for name in names] == [getattr(RECORDS, name) for name in names]


# what must always hold

counted = st.lists(st.integers(20, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=12, max_size=40)
drawn_values = st.lists(st.integers(-1000, 1000).map(float), min_size=12, max_size=40)


@settings(max_examples=30, deadline=None)
@given(counted)
def test_the_chart_of_what_was_missed_is_the_mirror_image(pairs: list[tuple[int, int]]) -> None:
    met, n = np.array(pairs).T
    points = as_points(met, n)
    assume(np.abs(points.values - np.average(points.values, weights=n)).min() > 1e-9)
    kept = of_shares(shares(met, n), replace(SHARE, target=None))
    missed = of_shares(shares(n - met, n), replace(SHARE, target=None, is_higher_better=False))
    assert [point.signals for point in kept.points] == [point.signals for point in missed.points]
    assert kept.variation == missed.variation
    assert [point.low for point in kept.points] == pytest.approx([1 - (point.high or 0) for point in missed.points], abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(drawn_values, st.integers(-50, 50), st.sampled_from([-4.0, -0.5, 0.25, 2.0]))
def test_a_value_chart_in_other_units_is_the_same_chart(numbers: list[float], moved: int, scale: float) -> None:
    first, second = of_values(numbers), of_values(np.array(numbers) * scale + moved)
    assert [point.signals for point in first.points] == [point.signals for point in second.points]
    if first.baseline and second.baseline:
        assert second.baseline.spread == pytest.approx(first.baseline.spread * abs(scale))
        assert second.baseline.centre == pytest.approx(first.baseline.centre * scale + moved, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(counted, st.randoms(use_true_random=False))
def test_pieces_in_any_order_give_the_same_bits(pairs: list[tuple[int, int]], chance: Random) -> None:
    met, n = np.array(pairs).T
    whole = shares(met, n)
    part = whole.assign(met=met // 3, missed=(n - met) // 2)
    rest = whole.assign(met=met - met // 3, missed=n - met - (n - met) // 2)
    pieces = pd.concat([part, rest], ignore_index=True)
    order = list(range(len(pieces)))
    chance.shuffle(order)
    assert of_shares(pieces.iloc[order]) == of_shares(whole)


@settings(max_examples=30, deadline=None)
@given(counted)
def test_what_comes_later_never_moves_limits_that_hold(pairs: list[tuple[int, int]]) -> None:
    met, n = np.array(pairs).T
    before = shares(STEADY, 100)
    later = pd.concat([before, shares(met, n, first=date(2024, 7, 1))], ignore_index=True)
    drawn = of_shares(later, earlier=baseline(), current_from=date(2024, 7, 1))
    assert drawn.baseline == baseline()
    assert drawn.points[0].low == of_shares(before).points[0].low


@settings(max_examples=30, deadline=None)
@given(drawn_values)
def test_a_value_table_in_any_order_gives_the_same_chart(numbers: list[float]) -> None:
    table = values(numbers).iloc[::-1]
    chart = value_chart(SCORE, table, "week", earlier=None, rebased=None, current_from=date(2030, 1, 1))
    assert chart == of_values(numbers)
