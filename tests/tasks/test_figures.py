"""Net promoter scores, means and medians: published figures, other implementations, and the truth of simulations."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom, binomtest, median_test, multinomial, norm, t, ttest_1samp, ttest_ind
from statsmodels.stats.weightstats import DescrStatsW

from config.measures import ByDueDate, MeanElapsed, MeanRating, MedianElapsed, MedianRating, NetPromoter
from tasks.standards.figures import Difference, Estimate, compare, estimate, target_of, unit_of
from tasks.standards.intervals import Interval, Z
from tasks.standards.score_figures import median, net_promoter, scores_of, tango_z
from tasks.standards.score_figures import median_test as sign_test
from tasks.standards.survival import kaplan_meier, quantile_test

A_DAY = 480.0
WOULD = NetPromoter(net_promoter="recommend", at_least=30)
MEAN = MeanRating(mean_rating="staff", at_least=4)
MEDIAN = MedianRating(median_rating="staff", at_least=4)
MEDIAN_TIME = MedianElapsed(median=("occurred_at", "resolved_at"), at_most="2 working days")
MEAN_TIME = MeanElapsed(mean=("occurred_at", "resolved_at"), at_most="10 days", up_to="60 days")
ALL = (WOULD, MEAN, MEDIAN, MEDIAN_TIME, MEAN_TIME)
NOTHING = Estimate(0, 0, None, None, None, None)


def answers(scores: list[float], weights: list[float] | None = None) -> pd.DataFrame:
    """A row an answer."""
    scaled = np.round(np.array(weights if weights is not None else np.ones(len(scores))) * 10_000).astype("int64")
    return pd.DataFrame({"score_milli": np.round(np.array(scores) * 1000).astype("int64"), "weight": scaled, "n": 1})


def voters(promoters: int, passives: int, detractors: int) -> pd.DataFrame:
    return pd.DataFrame({"score_milli": [9_000, 7_000, 6_000], "weight": 10_000, "n": [promoters, passives, detractors]})


def durations(done: list[int], waiting: list[int]) -> pd.DataFrame:
    flags = np.repeat([1, 0], [len(done), len(waiting)])
    return pd.DataFrame({"minutes": np.array([*done, *waiting], dtype="int64"), "done": flags, "waiting": 1 - flags})


some_answers = st.lists(st.integers(0, 10), min_size=1, max_size=40)
cells = st.tuples(st.integers(0, 20).map(lambda half: half * 500), st.integers(1, 30_000), st.integers(1, 9))
score_tables = st.lists(cells, min_size=1, max_size=20).map(
    lambda rows: pd.DataFrame(rows, columns=["score_milli", "weight", "n"], dtype="int64")
)


# units and targets


def test_every_measure_has_its_unit_and_its_target_in_it() -> None:
    assert [unit_of(measure) for measure in ALL] == ["net promoter", "score", "score", "working hours", "hours"]
    assert [target_of(measure, A_DAY) for measure in ALL] == [30, 4, 4, 16, 240]
    assert target_of(MedianElapsed(median=("occurred_at", "resolved_at"), at_most="90 working minutes"), A_DAY) == 1.5
    assert target_of(MedianElapsed(median=("occurred_at", "resolved_at"), at_most="3 working hours"), A_DAY) == 3


def test_a_share_is_no_figure_of_these() -> None:
    share = ByDueDate(by_due_date="resolved_at")
    assert unit_of(share) == "share"
    for figure in (
        lambda: target_of(share, A_DAY),
        lambda: estimate(share, answers([1]), A_DAY),
        lambda: compare(share, answers([1]), answers([1]), A_DAY),
    ):
        with pytest.raises(TypeError, match="the figure of ByDueDate is a share"):
            figure()


# edges


@pytest.mark.parametrize("measure", ALL)
def test_without_a_case_all_is_empty(measure: NetPromoter) -> None:
    table = (durations([], []) if measure.columns else answers([])).astype("int64")
    known = durations([60, 90], [120]) if measure.columns else answers([3.0, 5.0])
    assert estimate(measure, table, A_DAY) == NOTHING
    for now, then in ((table, table), (table, known), (known, table)):
        assert compare(measure, now, then, A_DAY) == Difference(None, None, None, None)


def test_answers_without_weight_are_counted_and_tell_nothing() -> None:
    for measure in (WOULD, MEAN, MEDIAN):
        assert estimate(measure, answers([3.0, 5.0], [0.0, 0.0]), A_DAY) == Estimate(2, 2, None, None, None, None)
        alone, beside = answers([3.0, 4.0] * 5), answers([3.0, 4.0] * 5 + [9.0], [1.0] * 10 + [0.0])
        first, second = estimate(measure, alone, A_DAY), estimate(measure, beside, A_DAY)
        assert (first.value, first.low, first.high, first.p) == (second.value, second.low, second.high, second.p)


def test_one_answer_has_a_value_and_says_nothing_for_sure() -> None:
    one = answers([5.0])
    assert estimate(MEAN, one, A_DAY) == Estimate(1, 1, 5.0, None, None, None)
    assert estimate(MEDIAN, one, A_DAY) == Estimate(1, 1, 5.0, None, None, 1.0)
    net = estimate(WOULD, answers([10.0]), A_DAY)
    assert net.value == net.high == 100
    assert net.low is not None
    assert net.low < 0
    assert compare(MEAN, one, answers([4.0]), A_DAY) == Difference(1.0, None, None, None)
    assert compare(MEDIAN, one, answers([4.0]), A_DAY) == Difference(1.0, None, None, None)


def test_answers_that_are_all_the_same_do_not_tell_how_much_a_mean_varies() -> None:
    same = answers([5.0] * 30)
    assert estimate(MEAN, same, A_DAY) == Estimate(30, 30, 5.0, None, None, None)
    assert compare(MEAN, same, same, A_DAY) == Difference(0.0, None, None, None)
    found = compare(MEAN, same, answers([4.0, 5.0] * 15), A_DAY)
    assert found.p is not None
    assert found.p < 1e-4


def test_a_median_that_is_not_reached_is_still_known_to_be_longer_than_the_target() -> None:
    found = estimate(MEDIAN_TIME, durations([10, 20], [2_000] * 40), A_DAY)
    assert (found.n, found.done, found.value, found.high) == (42, 2, None, None)
    assert found.low == pytest.approx(2_000 / 60)
    assert found.p is not None
    assert found.p < 0.001
    assert compare(MEDIAN_TIME, durations([10, 20], [2_000] * 40), durations([10] * 9, []), A_DAY).change is None


def test_a_mean_beyond_what_was_followed_is_empty() -> None:
    a_month = 30 * 1440
    assert estimate(MEAN_TIME, durations([10] * 5, [a_month]), A_DAY) == Estimate(6, 5, None, None, None, None)
    assert estimate(MEAN_TIME, durations([10] * 5, [2 * a_month]), A_DAY).value == pytest.approx((50 + 2 * a_month) / 6 / 60)


def test_cases_that_are_all_done_at_once_are_as_sure_as_their_number() -> None:
    found = estimate(MEDIAN_TIME, durations([0] * 100, []), A_DAY)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)
    assert found.p == pytest.approx(2 * 0.5**100)
    assert compare(MEAN_TIME, durations([0] * 100, []), durations([0] * 100, []), A_DAY).p == 1.0
    slower = compare(MEAN_TIME, durations([20_000] * 100, []), durations([0] * 100, []), A_DAY)
    assert slower.p is not None
    assert slower.p < 1e-6


def test_durations_come_in_minutes_and_figures_in_hours() -> None:
    """Freireich et al. (1963), an hour for each week: medians 23 and 8, 35 and 23 the longest times followed."""
    drug = durations(
        [60 * week for week in (6, 6, 6, 7, 10, 13, 16, 22, 23)], [60 * week for week in (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)]
    )
    placebo = durations([60 * week for week in (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)], [])
    found = estimate(MEDIAN_TIME, drug, A_DAY)
    assert (found.n, found.done, found.value, found.low, found.high) == (21, 9, 23.0, 13.0, None)
    assert found.p == quantile_test(kaplan_meier(drug), 16 * 60, 0.5)
    change = compare(MEDIAN_TIME, drug, placebo, A_DAY)
    assert (change.change, change.low, change.high) == (15.0, pytest.approx(15 - math.hypot(23 - 13, 11 - 8)), None)
    mean = MeanElapsed(mean=("occurred_at", "resolved_at"), at_most="20 hours", up_to="23 hours")
    assert estimate(mean, placebo, A_DAY).value == pytest.approx(182 / 21)
    assert estimate(mean, placebo, A_DAY).p == pytest.approx(ttest_1samp(np.repeat(placebo["minutes"] / 60, placebo["done"]), 20).pvalue)


# net promoter


@pytest.mark.parametrize(("promoters", "detractors", "n", "low", "high"), [(1, 7, 21, -0.517, -0.026), (0, 1, 44, -0.118, 0.059)])
def test_its_interval_is_tangos(promoters: int, detractors: int, n: int, low: float, high: float) -> None:
    """Fagerland, Lydersen and Laake (2014), Statistics in Medicine 33, 2850-2875 (airway data); Tango (1998), 17, 891-908."""
    found = net_promoter(scores_of(voters(promoters, n - promoters - detractors, detractors)))
    assert found.low == pytest.approx(100 * low, abs=0.05)
    assert found.high == pytest.approx(100 * high, abs=0.05)


def likelihood_z(promoters: int, detractors: int, n: int, net: float) -> float:
    """The score statistic with the likeliest shares among those whose difference is `net`, found by search."""
    passives = n - promoters - detractors

    def loss(share: float) -> float:
        shares = (share + net, share, 1 - net - 2 * share)
        parts = [(count, part) for count, part in zip((promoters, detractors, passives), shares, strict=True) if count]
        return -sum(count * math.log(max(part, 1e-300)) for count, part in parts)

    least, most = max(0.0, -net), (1 - net) / 2
    share = float(minimize_scalar(loss, bounds=(least, most), method="bounded", options={"xatol": 1e-12}).x)
    return (promoters - detractors - n * net) / math.sqrt(n * (2 * share + net - net**2))


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.floats(-0.9, 0.9))
@settings(max_examples=30, deadline=None)
def test_its_test_uses_the_likeliest_shares_that_have_the_target(promoters: int, passives: int, detractors: int, net: float) -> None:
    n = promoters + passives + detractors
    assert tango_z(promoters / n, detractors / n, n, net) == pytest.approx(likelihood_z(promoters, detractors, n, net), abs=1e-3)


def test_scores_of_nine_promote_and_of_six_detract() -> None:
    found = estimate(WOULD, answers([10.0, 9.0, 9.0, 9.0, 8.0, 7.0, 6.0, 0.0]), A_DAY)
    assert (found.n, found.value) == (8, 25.0)


def test_none_for_or_against_leaves_as_much_open_as_wilsons_interval() -> None:
    wide = 100 * Z**2 / (20 + Z**2)
    assert net_promoter(scores_of(voters(0, 20, 0))) == Interval(0.0, pytest.approx(-wide), pytest.approx(wide))
    best = net_promoter(scores_of(voters(20, 0, 0)))
    assert (best.value, best.high) == (100, 100)
    assert best.low is not None
    assert 50 < best.low < 90
    assert net_promoter(scores_of(voters(0, 0, 20))) == Interval(-100.0, -100.0, pytest.approx(-best.low))


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(-100, 100))
@settings(max_examples=30, deadline=None)
def test_its_test_refutes_the_targets_outside_its_interval(promoters: int, passives: int, detractors: int, target: int) -> None:
    assume(promoters + passives + detractors > 0)
    measure = NetPromoter(net_promoter="recommend", at_least=target)
    found = estimate(measure, voters(promoters, passives, detractors), A_DAY)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.p is not None
    assert -100 <= found.low <= found.value <= found.high <= 100
    assume(abs(found.p - 0.05) > 1e-6)
    assert (found.p < 0.05) == (not found.low <= target <= found.high)
    mirrored = net_promoter(scores_of(voters(detractors, passives, promoters)))
    assert (mirrored.low, mirrored.high) == (pytest.approx(-found.high, abs=1e-9), pytest.approx(-found.low, abs=1e-9))


TRUE_SHARES = [(p / 20, d / 20) for p in range(1, 19) for d in range(1, 20 - p)]


@cache
def net_coverage(n: int) -> np.ndarray:
    """The exact chance that the interval of n answers holds the score, for all shares in steps of 5 %, by full enumeration."""
    outcomes = np.array([(p, d, n - p - d) for p in range(n + 1) for d in range(n + 1 - p)])
    chances = []
    for promoters, detractors in TRUE_SHARES:
        net = promoters - detractors
        chance = multinomial.pmf(outcomes, n, [promoters, detractors, 1 - promoters - detractors])
        likely = np.flatnonzero(chance > 1e-9)
        holds = [abs(tango_z(p / n, d / n, n, net)) < Z for p, d, _ in outcomes[likely]]
        chances.append(chance[likely][holds].sum())
    return np.array(chances)


@pytest.mark.parametrize(("n", "least", "most"), [(10, 0.91, 1), (30, 0.935, 0.98)])
def test_its_interval_holds_the_truth_as_often_as_it_says_counted_exactly(n: int, least: float, most: float) -> None:
    exact = net_coverage(n)
    assert exact.min() > least
    assert exact.max() < most
    assert 0.945 < exact.mean() < 0.965


@pytest.mark.truth
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("n", "least", "most"), [(10, 0.91, 1), (30, 0.935, 0.98), (100, 0.94, 0.96), (300, 0.945, 0.955)])
def test_its_interval_of_many_sizes_holds_the_truth_counted_exactly(n: int, least: float, most: float) -> None:
    exact = net_coverage(n)
    print(f"\nnet promoter, {n} answers: coverage {exact.min():.4f} to {exact.max():.4f}, mean {exact.mean():.4f}")  # noqa: T201
    assert least < exact.min() < exact.max() < most


# means and medians of scores


@given(some_answers, st.floats(0, 10))
@settings(max_examples=30, deadline=None)
def test_the_mean_is_that_of_students_t(scores: list[float], target: float) -> None:
    assume(len(set(scores)) > 1)
    found = estimate(MeanRating(mean_rating="staff", at_least=target), answers(scores), A_DAY)
    expected = ttest_1samp(scores, target)
    low, high = expected.confidence_interval()
    assert (found.value, found.low, found.high) == (pytest.approx(np.mean(scores)), pytest.approx(low), pytest.approx(high))
    assert found.p == pytest.approx(expected.pvalue)


@given(some_answers, some_answers)
@settings(max_examples=30, deadline=None)
def test_the_change_of_a_mean_is_welchs(now: list[float], then: list[float]) -> None:
    assume(min(len(set(now)), len(set(then))) > 1)
    found = compare(MEAN, answers(now), answers(then), A_DAY)
    expected = ttest_ind(now, then, equal_var=False)
    low, high = expected.confidence_interval()
    assert found.change == pytest.approx(np.mean(now) - np.mean(then))
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert found.p == pytest.approx(expected.pvalue, abs=1e-12)


def test_a_weighted_mean_has_the_error_of_so_many_answers_as_are_effective() -> None:
    """Weights 1, 1, 2, 4: Kish's n is 8² / 22 = 2.909; the error is that of the weighted variance over n - 1."""
    scores, weights = [1.0, 3.0, 4.0, 5.0], [1.0, 1.0, 2.0, 4.0]
    table = answers(scores, weights)
    assert scores_of(table).n_effective == pytest.approx(64 / 22)
    found = estimate(MEAN, table, A_DAY)
    assert found.value == pytest.approx(4.0)
    variance = DescrStatsW(scores, weights).var
    assert variance == pytest.approx(14 / 8)
    assert found.low is not None
    assert found.high is not None
    assert (found.high - found.low) / 2 == pytest.approx(t.ppf(0.975, 64 / 22 - 1) * math.sqrt(1.75 / (64 / 22 - 1)))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_the_median_and_its_interval_are_order_statistics_and_the_dual_of_the_sign_test(scores: list[float], target: float) -> None:
    found, ordered, n = median(scores_of(answers(scores))), np.sort(scores), len(scores)
    assert found.value == np.median(scores)
    place = int(binom.ppf(0.025, n, 0.5))  # the last count whose chance of so many or fewer may be over 2.5 %
    if n < 6:
        assert (found.low, found.high) == (None, None)
    else:
        assert (found.low, found.high) == (ordered[place - 1], ordered[n - place])
    p = sign_test(scores_of(answers(scores)), target)
    below = int((ordered < target).sum())
    assert p == pytest.approx(binomtest(below, n, 0.5).pvalue, abs=1e-12)
    if found.low is not None and found.high is not None:
        assert p is not None
        assert (p < 0.05) == (found.low >= target or found.high < target)


def test_many_answers_at_the_target_speak_for_a_promise_of_at_least_that() -> None:
    found = estimate(MEDIAN, answers([3.0] * 10 + [4.0] * 60 + [5.0] * 30), A_DAY)
    assert (found.value, found.low, found.high) == (4, 4, 4)
    assert found.p == pytest.approx(binomtest(10, 100, 0.5).pvalue)


def test_the_middle_of_an_even_number_of_answers_is_between_two() -> None:
    assert median(scores_of(answers([2.0, 3.0, 4.0, 5.0]))).value == 3.5
    assert median(scores_of(answers([1.0, 5.0], [1.0, 1.5]))).value == 5.0
    assert median(scores_of(answers([1.0, 2.0, 5.0], [1.0, 1.0, 2.0]))).value == 3.5


@given(st.lists(st.integers(1, 9), min_size=6, max_size=60), st.lists(st.integers(1, 9), min_size=6, max_size=60))
@settings(max_examples=30, deadline=None)
def test_the_change_of_a_median_is_moods(now: list[float], then: list[float]) -> None:
    found = compare(MEDIAN, answers(now), answers(then), A_DAY)
    assert found.change == np.median(now) - np.median(then)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.change <= found.high
    if found.change == 0:
        assert found.p == 1.0
        return
    everyone = np.array(now + then)
    middle = np.median(everyone)
    above, reached = (everyone > middle).sum(), (everyone >= middle).sum()
    assume(above + reached != len(everyone))  # both cuts as even
    ties = "below" if abs(2 * above - len(everyone)) < abs(2 * reached - len(everyone)) else "above"
    assume(above > 0 and reached < len(everyone))
    assert found.p == pytest.approx(median_test(now, then, ties=ties, correction=True).pvalue, abs=1e-9)


# what must always hold


@given(score_tables, st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_pieces_of_scores_in_any_order_give_the_same_bits_as_their_sum(table: pd.DataFrame, chance: object) -> None:
    whole = table.groupby(["score_milli", "weight"], as_index=False)["n"].sum()
    order = list(table.index)
    chance.shuffle(order)  # type: ignore[attr-defined]
    for measure in (WOULD, MEAN, MEDIAN):
        expected = estimate(measure, whole, A_DAY)
        assert estimate(measure, table.loc[order], A_DAY) == expected
        assert estimate(measure, pd.concat([table.iloc[1::2], table.iloc[::2]]), A_DAY) == expected


@given(score_tables, score_tables)
@settings(max_examples=20, deadline=None)
def test_no_figure_is_ever_not_a_number_and_each_lies_in_its_interval(now: pd.DataFrame, then: pd.DataFrame) -> None:
    for measure in (WOULD, MEAN, MEDIAN):
        found, change = estimate(measure, now, A_DAY), compare(measure, now, then, A_DAY)
        for value, low, high, p in (
            (found.value, found.low, found.high, found.p),
            (change.change, change.low, change.high, change.p),
        ):
            assert not any(part is not None and math.isnan(part) for part in (value, low, high, p))
            assert p is None or 0 <= p <= 1
            if value is not None and low is not None and high is not None:
                assert low - 1e-9 <= value <= high + 1e-9


@given(score_tables, st.integers(2, 9))
@settings(max_examples=20, deadline=None)
def test_weights_in_another_scale_and_repeated_answers_of_one_customer_change_nothing(table: pd.DataFrame, times: int) -> None:
    once = scores_of(table)
    for measure in (WOULD, MEAN, MEDIAN):
        expected = estimate(measure, table, A_DAY)
        for same in (
            estimate(measure, table.assign(weight=table["weight"] * times), A_DAY),
            estimate(measure, table.assign(n=table["n"] * times), A_DAY, n_effective=once.n_effective),
        ):
            for name in ("value", "low", "high", "p"):
                one, other = getattr(expected, name), getattr(same, name)
                assert other == (None if one is None else pytest.approx(one, rel=1e-6, abs=1e-9))


def test_fewer_independent_cases_make_every_figure_less_sure() -> None:
    chance = np.random.default_rng(2)
    scores, times = answers(list(chance.uniform(0, 10, 200))), durations(list(chance.integers(1, 90_000, 200)), [])
    for measure in ALL:
        table = times if measure.columns else scores
        sure, unsure = estimate(measure, table, A_DAY), estimate(measure, table, A_DAY, n_effective=50)
        assert unsure.value == sure.value
        assert None not in (sure.low, sure.high, unsure.low, unsure.high)
        assert 1.5 < (unsure.high - unsure.low) / (sure.high - sure.low) < 2.6  # type: ignore[operator]
        first, second = compare(measure, table, table, A_DAY), compare(measure, table, table, A_DAY, 50, 50)
        assert second.high > 1.5 * first.high  # type: ignore[operator]


# simulations


def draw(chance: np.random.Generator, shares: list[float], n: int) -> pd.DataFrame:
    counts = chance.multinomial(n, shares)
    return pd.DataFrame({"score_milli": np.arange(len(shares)) * 1000, "weight": 10_000, "n": counts})


SHARES = [0.04, 0.01, 0.02, 0.03, 0.03, 0.08, 0.07, 0.14, 0.22, 0.17, 0.19]
SCORES = np.arange(11)


def misses(n: int, runs: int, seed: int) -> dict[str, float]:
    """How often the interval of a mean misses the truth, and no change is called one."""
    chance, truth = np.random.default_rng(seed), float(SCORES @ SHARES)
    found = dict.fromkeys(("mean interval", "mean change", "net promoter change", "median change", "net promoter change at 0.1 %"), 0)
    for _ in range(runs):
        now, then = draw(chance, SHARES, n), draw(chance, SHARES, n)
        mean = estimate(MeanRating(mean_rating="staff", at_least=truth), now, A_DAY)
        found["mean interval"] += mean.p is not None and mean.p < 0.05
        for name, measure in (("mean", MEAN), ("net promoter", WOULD), ("median", MEDIAN)):
            p = compare(measure, now, then, A_DAY).p
            found[f"{name} change"] += p is not None and p < 0.05
            if measure is WOULD:
                found["net promoter change at 0.1 %"] += p is not None and p < 0.001
    return {name: count / runs for name, count in found.items()}


def test_no_change_of_a_score_is_called_one_in_one_of_twenty_reports_at_most() -> None:
    highest = binom.ppf(0.9999, 150, 0.05) / 150
    assert max(misses(100, 150, seed=5).values()) <= highest


def test_a_planted_change_of_the_net_promoter_score_is_found_with_the_power_of_theory() -> None:
    chance, n, runs = np.random.default_rng(6), 500, 150
    gained = [share * 0.9 for share in SHARES[:9]] + [share + 0.1 * sum(SHARES[:9]) / 2 for share in SHARES[9:]]
    nets = [sum(shares[9:]) - sum(shares[:7]) for shares in (SHARES, gained)]
    spread = [sum(shares[9:]) + sum(shares[:7]) - net**2 for shares, net in zip((SHARES, gained), nets, strict=True)]
    theory = norm.cdf((nets[1] - nets[0]) / math.sqrt(sum(spread) / n) - Z)
    seen = [compare(WOULD, draw(chance, gained, n), draw(chance, SHARES, n), A_DAY) for _ in range(runs)]
    found = np.mean([(change.p or 1) < 0.05 and (change.low or 0) > 0 for change in seen])
    assert found == pytest.approx(theory, abs=3.5 * math.sqrt(theory * (1 - theory) / runs))


@pytest.mark.truth
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("n", [10, 30, 100, 300, 1_000])
def test_false_changes_of_many_sizes(n: int) -> None:
    runs = 5_000
    found = misses(n, runs, seed=n)
    print(f"\n{n} answers, {runs} runs: {found}")  # noqa: T201
    skewed, rarely = found.pop("mean interval"), found.pop("net promoter change at 0.1 %")
    assert skewed <= {10: 0.10, 30: 0.075}.get(n, 0.06)  # Student's t of few skewed scores
    assert max(found.values()) <= 0.06
    assert rarely <= 0.003
