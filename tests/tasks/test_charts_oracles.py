"""Control limits and rules against published examples, and against other implementations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shewhart
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statprocon import XmR

from tasks.charts.limits import RANGE_TO_SIGMA, fit_shares, mean_moving_range
from tasks.charts.rules import outside_limits, shift, trend, two_of_three
from tasks.results import Baseline
from tests.tasks.charting import MONDAY, SHARE, Numbers, as_points, marked, of_shares, of_values, shares

Points = set[int]

# Montgomery, Introduction to Statistical Quality Control, example 7.1 (frozen orange juice): non-conforming cans in 30 samples of 50
CANS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]

# Mohammed, Panesar, Laney and Wilson (2013), BMJ Quality & Safety 22, 362-368: seen within four hours, and all who came, 20 weeks
SEEN = [266501, 264225, 276532, 281461, 269071, 261215, 270409, 279778, 270483, 270320]
SEEN += [267923, 271478, 255353, 256820, 261835, 259144, 255910, 260863, 264465, 260989]
CAME = [280443, 276823, 291681, 296155, 282343, 275888, 283867, 295251, 284468, 282529]
CAME += [279618, 283932, 266629, 268091, 276803, 271578, 266005, 273520, 278574, 273772]


def as_p_chart(met: Numbers, n: Numbers | int) -> Baseline:
    """Return limits that are computed from these points and stay those of a p-chart, whatever sigma-Z is."""
    points = as_points(met, n)
    days = {"first": MONDAY, "last": points.starts[-1].item()}
    figures = {"points": points.n.size, "cases": int(points.n.sum()), "centre": fit_shares(points)[1], "spread": 1.0}
    return Baseline(definition=SHARE.definition, kind="p", period="week", is_trial=False, **days, **figures)


# published


def test_a_p_chart_has_the_limits_that_montgomery_prints() -> None:
    """Montgomery, Introduction to Statistical Quality Control, example 7.1: 0.0524, 0.2313, 0.4102; samples 15 and 23 are outside.

    Left to itself the chart would be p′: sigma-Z of these samples is 1.66.
    """
    chart = of_shares(shares(CANS, 50), earlier=as_p_chart(CANS, 50))
    first = chart.points[0]
    assert [first.low, first.centre, first.high] == pytest.approx([0.0524, 0.2313, 0.4102], abs=5e-5)
    assert marked(chart, "outside_limits") == [14, 22]
    assert fit_shares(as_points(CANS, 50))[2] == pytest.approx(1.66, abs=5e-3)


def test_laneys_chart_of_very_large_samples_has_the_published_limits() -> None:
    """Data of Mohammed, Panesar, Laney and Wilson (2013); limits of weeks 1, 2 and 20 as R's qicharts2 gives them for `nhs_accidents`.

    By a p-chart (0.95170 to 0.95410 in week 1) 16 of the 20 weeks are outside; by Laney's none is, and sigma-Z is 10.64.
    """
    chart = of_shares(shares(SEEN, np.array(CAME)))
    assert chart.baseline is not None
    assert chart.baseline.kind == "p_prime"
    assert chart.baseline.centre == pytest.approx(0.95289971134419116, abs=1e-14)
    assert chart.baseline.spread == pytest.approx(10.6404, abs=5e-5)
    lows = [chart.points[place].low for place in (0, 1, 19)]
    assert lows == pytest.approx([0.9401296441775141, 0.94004641862513627, 0.93997499652290417], abs=1e-14)
    highs = [chart.points[place].high for place in (0, 1, 19)]
    assert highs == pytest.approx([0.96566977851086822, 0.96575300406324605, 0.96582442616547814], abs=1e-14)
    assert marked(chart, "outside_limits") == []
    assert len(marked(of_shares(shares(SEEN, np.array(CAME)), earlier=as_p_chart(SEEN, CAME)), "outside_limits")) == 16


def test_a_value_chart_has_the_limits_of_the_published_example_of_making_data_count() -> None:
    """NHSRplotthedots, vignette "Deviations from Excel defaults", 1: lower limit -0.72, mean 1.94, upper limit 4.6; one point is special.

    Without screening, as in the Excel tools of Making Data Count, they would be -3.06 and 6.95.
    """
    numbers = [1.0, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
    chart = of_values(numbers)
    first = chart.points[0]
    assert np.round([first.low or 0, first.centre or 0, first.high or 0], 2).tolist() == [-0.72, 1.94, 4.6]
    assert [place for place, point in enumerate(chart.points) if point.signals] == [4]
    unscreened = 2.66 * np.abs(np.diff(numbers)).mean()
    assert np.round([np.mean(numbers) - unscreened, np.mean(numbers) + unscreened], 2).tolist() == [-3.06, 6.95]


def test_two_points_near_opposite_limits_are_common_cause() -> None:
    """NHSRplotthedots, tests/testthat/test-ptd_spc_standard.R: alternating 1 and -1, then 5.5 and -5.5."""
    chart = of_values([*[1.0, -1] * 7, 5.5, -5.5])
    assert marked(chart, "two_of_three") == []
    assert chart.variation == "common_cause"


# against other implementations

small_counts = st.lists(st.integers(20, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=12, max_size=40)
numbers = st.lists(st.integers(-5000, 5000).map(float), min_size=12, max_size=40)
distances = st.lists(st.sampled_from([-3.5, -3.0, -2.5, -2.0, -0.5, 0.0, 0.5, 2.0, 2.5, 3.0, 3.5]), min_size=3, max_size=40)


def is_unscreened(values: np.ndarray[Any, Any]) -> bool:
    """Return whether no moving range is left out: the other implementations never leave one out."""
    ranges = np.abs(np.diff(values))
    return bool(ranges.max() < 3.26 * ranges.mean())


@settings(max_examples=30, deadline=None)
@given(small_counts)
def test_p_limits_agree_with_shewhart(pairs: list[tuple[int, int]]) -> None:
    met, n = np.array(pairs).T
    assume(3 <= met.sum() <= n.sum() - 3)
    chart = of_shares(shares(met, n), earlier=as_p_chart(met, n))
    table = shewhart.p_chart(met, size=n, rules="none").to_frame()
    assert [point.low for point in chart.points] == pytest.approx(table["lcl"].tolist(), abs=1e-12)
    assert [point.high for point in chart.points] == pytest.approx(table["ucl"].tolist(), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(small_counts)
def test_laneys_limits_agree_with_shewhart(pairs: list[tuple[int, int]]) -> None:
    """Shewhart divides by 2/sqrt(pi) where Laney prints 1.128."""
    met, n = np.array(pairs).T
    assume(3 <= met.sum() <= n.sum() - 3)
    kind, centre, sigma_z = fit_shares(as_points(met, n))
    z = (met / n - centre) / np.sqrt(centre * (1 - centre) / n)
    assume(kind == "p_prime" and is_unscreened(z))
    other = shewhart.laney_p(met, size=n, rules="none")
    assert centre == pytest.approx(other.stats["p_center"], abs=1e-12)
    assert sigma_z * RANGE_TO_SIGMA * np.sqrt(np.pi) / 2 == pytest.approx(other.stats["sigma_z"], rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(numbers)
def test_xmr_limits_agree_with_statprocon(values: list[float]) -> None:
    """Statprocon rounds the mean and the mean moving range to three places before it multiplies."""
    assume(is_unscreened(np.array(values)))
    chart, other = of_values(values), XmR(values)
    assert chart.baseline is not None
    assert chart.baseline.centre == pytest.approx(float(other.x_central_line()[0]), abs=5.1e-4)
    assert chart.baseline.spread == pytest.approx(float(other.mr_central_line()[0]), abs=5.1e-4)
    assert chart.points[0].low == pytest.approx(float(other.lower_natural_process_limit()[0]), abs=3e-3)
    assert chart.points[0].high == pytest.approx(float(other.upper_natural_process_limit()[0]), abs=3e-3)


@settings(max_examples=30, deadline=None)
@given(numbers)
def test_the_mean_moving_range_agrees_with_shewhart(values: list[float]) -> None:
    assume(is_unscreened(np.array(values)))
    assert mean_moving_range(np.array(values)) == pytest.approx(shewhart.imr(values, rules="none").stats["mr_center"])


def found_by_shewhart(values: list[float], rule: str) -> Points:
    """Return the points that a rule marks where the centre is 0 and sigma 1."""
    held = shewhart.Baseline("imr", {"i_center": 0.0, "sigma_within": 1.0, "mr_center": 1.128}, len(values), "", "")
    signals = shewhart.imr(values, limits=held).signals
    return {point for signal in signals if signal.rule == rule for point in signal.points}


@settings(max_examples=60, deadline=None)
@given(distances)
def test_outside_and_two_of_three_agree_with_nelsons_tests_one_and_five(values: list[float]) -> None:
    z = np.array(values)
    assert set(np.flatnonzero(outside_limits(z)).tolist()) == found_by_shewhart(values, "nelson_1")
    assert set(np.flatnonzero(two_of_three(z)).tolist()) == found_by_shewhart(values, "nelson_5")


runs = st.lists(st.tuples(st.sampled_from([-0.5, 0.0, 0.5]), st.integers(1, 12)), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(runs)
def test_a_shift_agrees_with_nelsons_test_two_but_for_the_number_of_points(parts: list[tuple[float, int]]) -> None:
    """His run is of nine points: runs of seven and eight, which he lets pass, are left out of the comparison."""
    values = [0.0, *(value for value, length in parts for _ in range(length))]
    places = np.flatnonzero(shift(np.array(values), np.zeros(len(values))))
    groups = np.split(places, np.flatnonzero((np.diff(places) > 1) | (np.diff(np.array(values)[places]) != 0)) + 1)
    assert {int(place) for group in groups if group.size >= 9 for place in group} == found_by_shewhart(values, "nelson_2")


climbs = st.lists(st.sampled_from([1, 2, 3, 4, 6, 7, 9]), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(lengths=climbs, is_rising=st.booleans())
def test_a_trend_agrees_with_nelsons_test_three_but_for_the_number_of_points(lengths: list[int], *, is_rising: bool) -> None:
    """His trend is of six points, which is five steps: no slope of the comparison is just that long."""
    signs = [(-1) ** (place + is_rising) for place in range(len(lengths))]
    steps = [sign / 8 for sign, length in zip(signs, lengths, strict=True) for _ in range(length)]
    values = np.concatenate([[0], np.cumsum(steps)])
    assert set(np.flatnonzero(trend(values)).tolist()) == found_by_shewhart(values.tolist(), "nelson_3")
