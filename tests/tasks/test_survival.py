"""Kaplan and Meier's curve, its quantiles and its mean, against textbooks, other implementations and the truth of simulations."""

from __future__ import annotations

import time
from dataclasses import fields
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binom, chi2_contingency, norm, ttest_1samp
from statsmodels.duration.survfunc import SurvfuncRight

from tasks.standards.intervals import Interval, mover, p_of_difference
from tasks.standards.survival import (
    Curve,
    kaplan_meier,
    median_test,
    quantile,
    quantile_test,
    restricted_mean,
    restricted_mean_interval,
    restricted_mean_test,
    share_done,
)

NOBODY = pd.DataFrame({"minutes": [], "done": [], "waiting": []}, dtype="int64")


def cases(done: list[int], waiting: list[int]) -> pd.DataFrame:
    """One row a case, of the minutes at which it was done or last seen waiting."""
    is_done = [1] * len(done) + [0] * len(waiting)
    return pd.DataFrame({"minutes": done + waiting, "done": is_done, "waiting": [1 - one for one in is_done]})


SIX_MP = cases([6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])
PLACEBO = cases([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], [])

rows = st.tuples(st.integers(0, 40), st.integers(0, 4), st.integers(0, 4))
tables = st.lists(rows, max_size=25).map(lambda some: pd.DataFrame(some, columns=["minutes", "done", "waiting"], dtype="int64"))


def same(first: Curve, second: Curve) -> bool:
    pairs = ((getattr(first, field.name), getattr(second, field.name)) for field in fields(Curve))
    return all(np.array_equal(one, other) for one, other in pairs)


# published


def test_the_curve_of_the_6_mp_patients_is_the_textbooks() -> None:
    """Freireich et al. (1963); Klein and Moeschberger (2003), table 4.1: remission in weeks, survival and standard error."""
    curve = kaplan_meier(SIX_MP)
    at_event = curve.done > 0
    assert curve.minutes[at_event].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.at_risk[at_event].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve.survival[at_event].round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert np.sqrt(curve.variance[at_event]).round(3).tolist() == [0.076, 0.087, 0.096, 0.107, 0.114, 0.128, 0.135]


def test_every_step_of_it_is_the_product_and_the_sum_that_one_gets_by_hand() -> None:
    survival, greenwood, curve = Fraction(1), Fraction(0), kaplan_meier(SIX_MP)
    for minute, done, at_risk in [(6, 3, 21), (7, 1, 17), (10, 1, 15), (13, 1, 12), (16, 1, 11), (22, 1, 7), (23, 1, 6)]:
        survival *= 1 - Fraction(done, at_risk)
        greenwood += Fraction(done, at_risk * (at_risk - done))
        step = curve.minutes.tolist().index(minute)
        assert curve.survival[step] == pytest.approx(float(survival), rel=1e-14)
        assert curve.variance[step] == pytest.approx(float(survival**2 * greenwood), rel=1e-14)


def test_their_medians_are_23_and_8_weeks_and_the_difference_is_beyond_chance() -> None:
    """Freireich et al. (1963); the interval of 6-MP starts at 13 weeks, where by hand z is -1.50 after -1.98 at 10 weeks."""
    now, then = quantile(kaplan_meier(SIX_MP), 0.5), quantile(kaplan_meier(PLACEBO), 0.5)
    assert now == Interval(23.0, 13.0, None)
    assert then == Interval(8.0, 4.0, 11.0)
    change = mover(now, then)
    assert change == Interval(15.0, pytest.approx(15 - (10**2 + 3**2) ** 0.5), None)
    assert median_test(kaplan_meier(SIX_MP), kaplan_meier(PLACEBO)) == pytest.approx(0.0010, abs=3e-4)


def test_the_test_of_a_target_is_the_z_that_one_gets_by_hand() -> None:
    curve = kaplan_meier(SIX_MP)
    for weeks, survival, error in [(10, 0.7529, 0.0963), (13, 0.6902, 0.1068), (22.5, 0.5378, 0.1282)]:
        distance = np.log(-np.log(survival)) - np.log(np.log(2))
        z = distance / (error / (survival * -np.log(survival)))
        assert quantile_test(curve, weeks, 0.5) == pytest.approx(2 * norm.sf(abs(z)), abs=2e-4)


def test_the_mean_up_to_35_weeks_is_the_area_under_the_curve_summed_by_hand() -> None:
    steps = [(6, 1.0), (1, 18 / 21), (3, 0.8067), (3, 0.7529), (3, 0.6902), (6, 0.6275), (1, 0.5378), (12, 0.4482)]
    mean = restricted_mean(kaplan_meier(SIX_MP), 35)
    assert mean is not None
    assert mean.value == pytest.approx(sum(width * height for width, height in steps), abs=0.002)
    assert mean.standard_error * (20 / 21) ** 0.5 == pytest.approx(2.827, abs=0.001)


# against other implementations


@given(tables)
@settings(max_examples=30, deadline=None)
def test_the_curve_agrees_with_statsmodels(table: pd.DataFrame) -> None:
    curve = kaplan_meier(table)
    assume(curve.done.sum() > 0)
    counts = np.append(table["done"], table["waiting"])
    minutes, status = np.tile(table["minutes"], 2), np.repeat([1, 0], len(table))
    weighted = SurvfuncRight(minutes, status, freq_weights=counts)
    expected = SurvfuncRight(np.repeat(minutes, counts), np.repeat(status, counts))  # with freq_weights its error is not Greenwood's
    at_event = curve.done > 0
    agreed = np.isin(weighted.surv_times, curve.minutes[at_event])
    np.testing.assert_allclose(curve.survival[at_event], np.asarray(weighted.surv_prob)[agreed], atol=1e-12)
    np.testing.assert_allclose(curve.survival[at_event], expected.surv_prob, atol=1e-12)
    inside = curve.survival[at_event] > 0
    np.testing.assert_allclose(np.sqrt(curve.variance[at_event])[inside], np.asarray(expected.surv_prob_se)[inside], atol=1e-12)


@given(st.integers(0, 10_000), st.sampled_from([0.25, 0.5, 0.9]))
@settings(max_examples=40, deadline=None)
def test_intervals_of_quantiles_agree_with_statsmodels(seed: int, share: float) -> None:
    chance = np.random.default_rng(seed)
    table = open_cases(chance, chance.exponential(300, 80).astype(int), until=900)
    expected = SurvfuncRight(table["minutes"], table["done"])
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = expected.quantile_ci(share, method="cloglog")
    curve = kaplan_meier(table)
    found = quantile(curve, share)
    assert found.low == low
    if not (curve.survival[-1] == 0 and high == curve.minutes[-1]):  # statsmodels ends every interval where the curve is 0
        assert found.high == (None if np.isinf(high) else high)


@given(tables, st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_the_mean_up_to_a_limit_is_the_integral_of_the_curve(table: pd.DataFrame, limit: int) -> None:
    curve = kaplan_meier(table)
    mean = restricted_mean(curve, limit)
    assume(mean is not None)
    assert mean is not None
    grid = np.arange(limit)
    step = np.searchsorted(curve.minutes, grid, side="right")
    assert mean.value == pytest.approx(np.append(1.0, curve.survival)[step].sum(), abs=1e-9)
    tails = [np.append(1.0, curve.survival)[step][grid >= minute].sum() for minute in curve.minutes]
    terms = [
        tail**2 * done / (risk * (risk - done)) for tail, done, risk in zip(tails, curve.done, curve.at_risk, strict=True) if risk > done
    ]
    correction = curve.n / (curve.n - 1) if curve.n > 1 else 1
    assert mean.standard_error**2 == pytest.approx(sum(terms) * correction, abs=1e-9)


@given(st.lists(st.integers(0, 60), min_size=2, max_size=40), st.integers(1, 60), st.integers(0, 30))
@settings(max_examples=30, deadline=None)
def test_without_open_cases_it_is_the_t_interval_of_the_times_cut_at_the_limit(times: list[int], limit: int, target: int) -> None:
    cut = np.minimum(times, limit)
    assume(cut.std() > 0)
    assume(target <= limit)
    mean = restricted_mean(kaplan_meier(cases(times, [])), limit)
    assert mean is not None
    expected = ttest_1samp(cut, target)
    assert mean.value == pytest.approx(cut.mean())
    assert restricted_mean_test(mean, target) == pytest.approx(expected.pvalue, abs=1e-9)
    low, high = expected.confidence_interval()
    assert restricted_mean_interval(mean) == Interval(
        pytest.approx(cut.mean()), pytest.approx(max(low, 0), abs=1e-9), pytest.approx(min(high, limit), abs=1e-9)
    )


@given(st.lists(st.integers(0, 30), min_size=3, max_size=30), st.lists(st.integers(0, 30), min_size=3, max_size=30))
@settings(max_examples=30, deadline=None)
def test_without_open_cases_the_test_of_two_medians_is_moods(now: list[int], then: list[int]) -> None:
    middle = np.sort(now + then)[(len(now) + len(then) + 1) // 2 - 1]
    table = [[int((np.array(times) <= middle).sum()), int((np.array(times) > middle).sum())] for times in (now, then)]
    expected = chi2_contingency(table, correction=True).pvalue if np.sum(table, axis=0).min() else 1.0
    assert median_test(kaplan_meier(cases(now, [])), kaplan_meier(cases(then, []))) == pytest.approx(expected, abs=1e-9)


# what must always hold


@given(tables, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_pieces_in_any_order_give_the_same_bits_as_their_sum(table: pd.DataFrame, chance: object) -> None:
    whole = kaplan_meier(table.groupby("minutes", as_index=False).sum())
    order = list(table.index)
    chance.shuffle(order)  # type: ignore[attr-defined]
    assert same(kaplan_meier(table.loc[order]), whole)
    assert same(kaplan_meier(pd.concat([table.iloc[::2], table.iloc[1::2]])), whole)


@given(tables, st.sampled_from([0.1, 0.5, 0.9]))
@settings(max_examples=50, deadline=None)
def test_the_interval_holds_the_quantile_and_every_target_that_the_test_does_not_refute(table: pd.DataFrame, share: float) -> None:
    curve = kaplan_meier(table)
    found = quantile(curve, share)
    assume(found.low is not None)
    assert found.low is not None
    assert found.value is None or (found.low <= found.value and (found.high is None or found.value <= found.high))
    for target in np.arange(0, 42, 0.5):
        p = quantile_test(curve, float(target), share)
        if p is None:
            assert target > curve.minutes[-1]
        elif p >= 0.05:
            assert found.low <= target
            assert found.high is None or target < found.high
        elif target < found.low:
            assert curve.survival[curve.minutes <= target].min(initial=1) > 1 - share


@given(tables, st.integers(2, 1440))
@settings(max_examples=30, deadline=None)
def test_times_in_a_smaller_unit_give_the_same_figures_in_that_unit(table: pd.DataFrame, factor: int) -> None:
    curve, finer = kaplan_meier(table), kaplan_meier(table.assign(minutes=table["minutes"] * factor))
    found, scaled = quantile(curve, 0.5), quantile(finer, 0.5)
    for name in ("value", "low", "high"):
        one, other = getattr(found, name), getattr(scaled, name)
        assert other == (None if one is None else one * factor)
    assert quantile_test(curve, 7, 0.5) == quantile_test(finer, 7 * factor, 0.5)
    mean, finer_mean = restricted_mean(curve, 20), restricted_mean(finer, 20 * factor)
    assert (mean is None) == (finer_mean is None)
    if mean is not None and finer_mean is not None:
        assert finer_mean.value == pytest.approx(mean.value * factor)
        assert finer_mean.standard_error == pytest.approx(mean.standard_error * factor)


@given(tables)
@settings(max_examples=30, deadline=None)
def test_every_case_counted_twice_is_no_more_sure_where_half_of_them_are_independent(table: pd.DataFrame) -> None:
    once = kaplan_meier(table)
    assume(once.n > 0)
    twice = kaplan_meier(table.assign(done=table["done"] * 2, waiting=table["waiting"] * 2), n_effective=once.n)
    assert twice.n == 2 * once.n
    np.testing.assert_allclose(twice.variance, once.variance, rtol=1e-12)
    for target in (5, 20):
        p = quantile_test(once, target, 0.5)
        assert quantile_test(twice, target, 0.5) == (None if p is None else pytest.approx(p, rel=1e-9))
    mean, same_mean = restricted_mean(once, 20), restricted_mean(twice, 20)
    if mean is not None and same_mean is not None:
        assert same_mean.standard_error == pytest.approx(mean.standard_error)
        assert restricted_mean_test(same_mean, 10) == pytest.approx(restricted_mean_test(mean, 10), rel=1e-9)


def test_the_median_of_closed_cases_is_the_case_by_which_half_are_done_whatever_the_rounding() -> None:
    for n in [*range(1, 300), 4_000, 100_000]:
        assert quantile(kaplan_meier(cases(list(range(1, n + 1)), [])), 0.5).value == (n + 1) // 2


# edges


def test_without_a_case_there_is_no_figure() -> None:
    curve = kaplan_meier(NOBODY)
    assert curve.n == 0
    assert quantile(curve, 0.5) == Interval(None, None, None)
    assert quantile_test(curve, 5, 0.5) is None
    assert restricted_mean(curve, 5) is None
    assert share_done(curve, 5) is None
    assert median_test(curve, curve) is None
    assert median_test(curve, kaplan_meier(PLACEBO)) is None


def test_rows_that_hold_no_case_change_nothing() -> None:
    empty = pd.DataFrame({"minutes": [0, 7, 99], "done": 0, "waiting": 0})
    assert same(kaplan_meier(pd.concat([SIX_MP, empty])), kaplan_meier(SIX_MP))
    assert same(kaplan_meier(empty), kaplan_meier(NOBODY))


def test_one_case_tells_its_own_time_and_nothing_for_sure() -> None:
    curve = kaplan_meier(cases([5], []))
    assert quantile(curve, 0.5) == Interval(5.0, 0.0, None)
    assert quantile_test(curve, 100, 0.5) == 1.0
    mean = restricted_mean(curve, 10)
    assert mean is not None
    assert restricted_mean_interval(mean) == Interval(5.0, pytest.approx(5 - 5 * 0.975), pytest.approx(5 + 5 * 0.975))
    assert quantile(kaplan_meier(cases([], [5])), 0.5) == Interval(None, 0.0, None)


def test_where_all_wait_the_median_is_longer_than_six_were_seen_waiting() -> None:
    """2 * 0.5 ** 6 is under 0.05 and 2 * 0.5 ** 5 is not."""
    curve = kaplan_meier(cases([], list(range(1, 21))))
    assert quantile(curve, 0.5) == Interval(None, 15.0, None)
    assert quantile_test(curve, 14.5, 0.5) == pytest.approx(2 * 0.5**6)
    assert quantile_test(curve, 15, 0.5) == pytest.approx(2 * 0.5**5)
    assert quantile_test(curve, 20.5, 0.5) is None
    assert restricted_mean(curve, 21) is None
    mean = restricted_mean(curve, 10)
    assert mean is not None
    assert mean.value == 10
    assert restricted_mean_test(mean, 5) == pytest.approx(2 * 0.5**11)


def test_where_all_are_done_at_once_the_figure_is_as_sure_as_their_number() -> None:
    curve = kaplan_meier(cases([0] * 10, []))
    assert quantile(curve, 0.5) == Interval(0.0, 0.0, 0.0)
    assert quantile_test(curve, 60, 0.5) == pytest.approx(2 * 0.5**10)
    assert quantile(kaplan_meier(cases([0] * 5, [])), 0.5) == Interval(0.0, 0.0, None)
    mean = restricted_mean(curve, 100)
    assert mean is not None
    interval = restricted_mean_interval(mean)
    assert interval == Interval(0.0, 0.0, pytest.approx(100 * (1 - 0.025**0.1)))
    assert restricted_mean_test(mean, interval.high or 0) == pytest.approx(0.05)
    assert restricted_mean_test(mean, 0) == 1.0
    assert restricted_mean_test(mean, 101) == 0.0


def test_where_the_last_one_is_done_after_others_went_unseen_it_counts_for_those_like_it() -> None:
    """At 9 one of one is done, after three of four waited until then: 1 / 0.75 cases (Peto et al. 1977)."""
    curve = kaplan_meier(cases([2, 9], [5, 5]))
    assert curve.survival.tolist() == [0.75, 0.75, 0.0]
    assert share_done(curve, 9) == (1.0, pytest.approx(4 / 3))
    assert quantile_test(curve, 9, 0.5) == pytest.approx(2 * 0.5 ** (4 / 3))
    assert share_done(curve, 2) == (0.25, pytest.approx(4))
    assert share_done(curve, 1) == (0.0, 4)


def test_two_quarters_in_which_all_were_done_at_once_do_not_differ() -> None:
    curve = kaplan_meier(cases([0] * 10, []))
    assert median_test(curve, curve) == 1.0
    slower = kaplan_meier(cases([9] * 10, []))
    assert median_test(curve, slower) == pytest.approx(chi2_contingency([[10, 0], [0, 10]], correction=True).pvalue)


def test_cases_seen_waiting_at_the_minute_in_which_others_are_done_are_still_at_risk_then() -> None:
    curve = kaplan_meier(pd.DataFrame({"minutes": [4], "done": [1], "waiting": [3]}))
    assert curve.survival.tolist() == [0.75]
    assert restricted_mean(curve, 4) is not None
    assert restricted_mean(curve, 4.5) is None


def test_a_mean_beyond_its_limit_is_refuted() -> None:
    curve = kaplan_meier(PLACEBO)
    mean = restricted_mean(curve, 10)
    assert mean is not None
    assert restricted_mean_test(mean, 11) == 0.0


# differences by intervals


def test_the_difference_of_two_shares_by_wilsons_intervals_is_newcombes() -> None:
    """Newcombe (1998), Statistics in Medicine 17, 873-890, table II, case a; Zou and Donner (2008) show it to be theirs."""
    change = mover(Interval(56 / 70, 0.69183, 0.87700), Interval(48 / 80, 0.49046, 0.70044))
    assert change == Interval(pytest.approx(0.2), pytest.approx(0.0524, abs=2e-4), pytest.approx(0.3339, abs=2e-4))


def test_an_end_that_needs_a_missing_end_is_missing_and_the_other_is_not() -> None:
    assert mover(Interval(5, 4, None), Interval(3, None, 4)) == Interval(2, 2 - 2**0.5, None)
    assert mover(Interval(None, 4, None), Interval(3, 2, 4)) == Interval(None, None, None)


def test_the_p_of_an_interval_is_under_five_percent_where_it_leaves_no_change_out() -> None:
    assert p_of_difference(Interval(2.0, 0.0, 5.0)) == pytest.approx(0.05)
    assert p_of_difference(Interval(-2.0, -5.0, 0.0)) == pytest.approx(0.05)
    assert p_of_difference(Interval(0.0, -1.0, 1.0)) == 1.0
    assert p_of_difference(Interval(2.0, 2.0, 2.0)) == 0.0
    assert p_of_difference(Interval(0.0, 0.0, 0.0)) == 1.0
    assert p_of_difference(Interval(2.0, None, 5.0)) is None
    assert p_of_difference(Interval(None, None, None)) is None


# simulations


def open_cases(chance: np.random.Generator, times: np.ndarray, until: int) -> pd.DataFrame:
    """Cases that come in evenly over `until` minutes after the first `until`, and are looked at when 2 * `until` are over."""
    seen = chance.integers(until // 2, 2 * until, len(times))
    is_done = times <= seen
    return pd.DataFrame({"minutes": np.minimum(times, seen), "done": is_done.astype(int), "waiting": (~is_done).astype(int)})


def missed(n: int, runs: int, seed: int) -> dict[str, float]:
    """How often each 95 % interval misses the truth of lognormal times, a fifth of them open."""
    chance, median, limit = np.random.default_rng(seed), 2_000, 4_000
    truth = float(np.minimum(np.random.default_rng(0).lognormal(np.log(median), 1, 4_000_000) // 1, limit).mean())
    misses = dict.fromkeys(("median", "mean"), 0)
    means = 0
    for _ in range(runs):
        curve = kaplan_meier(open_cases(chance, chance.lognormal(np.log(median), 1, n).astype(int), until=limit))
        found = quantile(curve, 0.5)
        misses["median"] += (found.low or 0) > median or (found.high is not None and found.high < median)
        mean = restricted_mean(curve, limit)
        if mean is not None:
            means += 1
            p = restricted_mean_test(mean, truth)
            misses["mean"] += p is not None and p < 0.05
    return {"median": misses["median"] / runs, "mean": misses["mean"] / max(means, 1)}


def false_changes(n: int, runs: int, seed: int) -> dict[str, float]:
    """How often two samples of one distribution are found to differ at 5 %."""
    chance = np.random.default_rng(seed)
    found = dict.fromkeys(("median", "mean"), 0)
    for _ in range(runs):
        now, then = (kaplan_meier(open_cases(chance, chance.lognormal(7.6, 1, n).astype(int), until=4_000)) for _ in range(2))
        p = median_test(now, then)
        found["median"] += p is not None and p < 0.05
        means = [restricted_mean(curve, 4_000) for curve in (now, then)]
        if means[0] is not None and means[1] is not None:
            p = p_of_difference(mover(*(restricted_mean_interval(mean) for mean in means if mean is not None)))
            found["mean"] += p is not None and p < 0.05
    return {name: count / runs for name, count in found.items()}


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    highest = binom.ppf(0.9999, 300, 0.05) / 300
    for share in missed(100, 300, seed=3).values():
        assert 0 < share <= highest


def test_no_change_is_called_one_in_one_of_twenty_cases_at_most() -> None:
    highest = binom.ppf(0.9999, 200, 0.05) / 200
    for share in false_changes(100, 200, seed=4).values():
        assert 0 < share <= highest


@pytest.mark.truth
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("n", [10, 30, 100, 300, 1_000])
def test_intervals_of_many_sizes_hold_the_truth(n: int) -> None:
    runs = 10_000
    misses, changes = missed(n, runs, seed=n), false_changes(n, runs // 2, seed=n)
    print(f"\n{n} cases, {runs} runs: interval missed the truth {misses}, false change {changes}")  # noqa: T201
    allowed = 0.08 if n < 30 else 0.06
    assert max(*misses.values(), *changes.values()) <= allowed


@pytest.mark.bench
def test_speed_of_a_million_minutes() -> None:
    chance, n = np.random.default_rng(1), 1_000_000
    table = pd.DataFrame({"minutes": chance.permutation(n), "done": chance.integers(1, 3, n), "waiting": chance.integers(0, 2, n)})
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        curve = kaplan_meier(table)
        quantile(curve, 0.5)
        quantile_test(curve, 500_000, 0.5)
        seconds.append(time.perf_counter() - started)
    print(f"\nKaplan-Meier median with interval and test, {n:,} distinct minutes: {min(seconds):.2f} s")  # noqa: T201
    assert min(seconds) < 1
