"""Intervals and tests against the tables in which they were published, and against another implementation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, norm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

from tasks.inference import benjamini_hochberg, equality_test, equivalent, newcombe, score_test, wilson

counts = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("met", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_that_of_newcombes_table_method_3(met: int, n: int, low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I."""
    assert np.round(wilson(met, n), 4).tolist() == [low, high]


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombes_interval_is_that_of_his_table_method_10(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe (1998), Statistics in Medicine 17, 873-890, table II, cases a to h."""
    assert np.round(newcombe(*first, *second), 4).tolist() == [low, high]


PUBLISHED_P = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]


def test_benjamini_and_hochbergs_own_example_rejects_the_first_four() -> None:
    """Benjamini and Hochberg (1995), JRSS B 57, 289-300, section 4."""
    assert benjamini_hochberg(PUBLISHED_P).tolist() == [True] * 4 + [False] * 11


def test_which_hypotheses_are_rejected_does_not_depend_on_their_order() -> None:
    order = np.random.default_rng(1).permutation(15)
    assert benjamini_hochberg(np.array(PUBLISHED_P)[order]).tolist() == (order < 4).tolist()


def test_a_hypothesis_that_could_not_be_tested_is_not_rejected_and_does_not_count() -> None:
    with_gaps = [*PUBLISHED_P, np.nan, np.nan]
    assert benjamini_hochberg(with_gaps).tolist() == [True] * 4 + [False] * 13
    assert benjamini_hochberg([np.nan, 0.04]).tolist() == [False, True]


def test_without_hypotheses_none_is_rejected() -> None:
    assert benjamini_hochberg([]).tolist() == []
    assert benjamini_hochberg([np.nan]).tolist() == [False]


def test_a_step_up_rejects_what_alone_is_over_its_own_line() -> None:
    assert benjamini_hochberg([0.04, 0.045, 0.049]).tolist() == [True, True, True]
    assert benjamini_hochberg([0.03, 0.9]).tolist() == [False, False]


# no material change


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(-0.019, 0.019, True), (-0.021, 0.01, False), (-0.01, 0.021, False), (0.001, 0.019, True), (-0.02, 0.01, False), (-0.01, 0.02, False)],
)
def test_a_change_is_immaterial_where_its_whole_interval_lies_inside_the_margin(low: float, high: float, expected: bool) -> None:
    assert equivalent(low, high, 0.02) == expected


@given(st.floats(-1, 1), st.floats(0.001, 0.5), st.floats(0.001, 1))
def test_immaterial_is_what_two_one_sided_tests_at_two_and_a_half_per_cent_both_say(change: float, error: float, margin: float) -> None:
    """Schuirmann (1987), J. Pharmacokinetics and Biopharmaceutics 15, 657-680, with normal statistics and 2.5 % in place of 5 %."""
    above, below = norm.sf((change + margin) / error), norm.cdf((change - margin) / error)
    assume(abs(above - 0.025) > 1e-9 and abs(below - 0.025) > 1e-9)
    half = norm.isf(0.025) * error
    assert equivalent(change - half, change + half, margin) == (above < 0.025 and below < 0.025)


def test_a_change_may_be_immaterial_though_it_is_there_and_margins_may_differ() -> None:
    low, high = newcombe([8_100, 8_100, 81], [10_000, 10_000, 100], [8_000, 8_000, 80], [10_000, 10_000, 100])
    assert equivalent(low, high, [0.03, 0.015, 0.03]).tolist() == [True, False, False]
    assert not equivalent(np.nan, np.nan, 0.02)


# against another implementation


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from([0.01, 0.05, 0.2]))
def test_benjamini_hochberg_agrees_with_statsmodels(p: list[float], rate: float) -> None:
    lines = np.sort(p) - np.arange(1, len(p) + 1) / len(p) * rate
    assume(np.abs(lines).min() > 1e-12)  # on the line itself only rounding decides
    assert benjamini_hochberg(p, rate).tolist() == multipletests(p, alpha=rate, method="fdr_bh")[0].tolist()


@given(counts, st.sampled_from([0.8, 0.95, 0.99]))
def test_wilsons_interval_agrees_with_statsmodels(count: tuple[int, int], confidence: float) -> None:
    expected = proportion_confint(*count, alpha=1 - confidence, method="wilson")
    assert wilson(*count, confidence) == pytest.approx(expected, abs=1e-12)


@given(counts, counts)
def test_newcombes_interval_agrees_with_statsmodels(first: tuple[int, int], second: tuple[int, int]) -> None:
    expected = confint_proportions_2indep(*first, *second, compare="diff", method="newcomb")
    assert newcombe(*first, *second) == pytest.approx(expected, abs=1e-9)


@given(counts, st.floats(0.01, 0.99))
def test_the_score_test_agrees_with_statsmodels(count: tuple[int, int], target: float) -> None:
    expected = proportions_ztest(*count, value=target, prop_var=target)[1]
    assert float(score_test(*count, target)) == pytest.approx(expected, abs=1e-12)


@given(counts, counts)
def test_the_test_of_equality_is_pearsons_chi_square_without_correction(first: tuple[int, int], second: tuple[int, int]) -> None:
    assume(0 < first[0] + second[0] < first[1] + second[1])
    table = [[first[0], first[1] - first[0]], [second[0], second[1] - second[0]]]
    assert float(equality_test(*first, *second)) == pytest.approx(chi2_contingency(table, correction=False).pvalue, abs=1e-12)


# what must always hold


@given(counts, st.floats(0.001, 0.999))
def test_the_score_test_rejects_exactly_the_targets_outside_wilsons_interval(count: tuple[int, int], target: float) -> None:
    low, high = wilson(*count)
    p = float(score_test(*count, target))
    assume(abs(p - 0.05) > 1e-9)
    assert (p < 0.05) == (not low <= target <= high)


@given(st.floats(1, 5_000), st.floats(0, 1), st.floats(0.001, 0.999))
def test_the_same_holds_of_effective_numbers_which_are_not_whole(n: float, share: float, target: float) -> None:
    low, high = wilson(share * n, n)
    p = float(score_test(share * n, n, target))
    assume(abs(p - 0.05) > 1e-9)
    assert (p < 0.05) == (not low <= target <= high)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1


@given(counts)
def test_an_interval_holds_its_share_and_stays_between_nought_and_one(count: tuple[int, int]) -> None:
    low, high = wilson(*count)
    assert 0 <= low <= count[0] / count[1] <= high <= 1


@given(counts)
def test_kept_and_missed_are_mirror_images(count: tuple[int, int]) -> None:
    met, n = count
    low, high = wilson(met, n)
    assert wilson(n - met, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(counts, counts)
def test_a_change_read_backwards_is_the_same_change_with_its_sign_turned(first: tuple[int, int], second: tuple[int, int]) -> None:
    low, high = newcombe(*first, *second)
    assert newcombe(*second, *first) == pytest.approx((-high, -low), abs=1e-12)
    assert float(equality_test(*first, *second)) == pytest.approx(float(equality_test(*second, *first)), abs=1e-12)
    assert low <= first[0] / first[1] - second[0] / second[1] <= high


@given(st.integers(1, 200), st.integers(2, 50))
def test_more_cases_with_the_same_share_narrow_the_interval(n: int, times: int) -> None:
    low, high = wilson(n, 2 * n)
    more_low, more_high = wilson(n * times, 2 * n * times)
    assert more_high - more_low < high - low


def test_without_cases_nothing_can_be_told() -> None:
    assert np.isnan(wilson(0, 0)).all()
    assert np.isnan(score_test(0, 0, 0.8))
    assert np.isnan(score_test(0, 0, 1.0))
    assert np.isnan(newcombe(0, 0, 5, 10)).all()
    assert np.isnan(newcombe(5, 10, 0, 0)).all()
    assert np.isnan(equality_test(0, 0, 5, 10))
    assert np.isnan(equality_test(5, 10, 0, 0))


@pytest.mark.parametrize(
    ("met", "n", "target", "p"), [(10, 10, 1.0, 1.0), (9, 10, 1.0, 0.0), (0, 10, 0.0, 1.0), (1, 10, 0.0, 0.0), (0, 10, 1.0, 0.0)]
)
def test_one_case_to_the_contrary_refutes_always_and_never(met: int, n: int, target: float, p: float) -> None:
    assert float(score_test(met, n, target)) == p


@pytest.mark.parametrize(("first", "second"), [((0, 5), (0, 9)), ((5, 5), (9, 9))])
def test_two_quarters_without_any_variation_do_not_differ(first: tuple[int, int], second: tuple[int, int]) -> None:
    assert float(equality_test(*first, *second)) == 1.0


def test_arrays_are_worked_out_element_by_element() -> None:
    met, n = np.array([81, 0, 0]), np.array([263, 20, 0])
    low, high = wilson(met, n)
    assert np.round(low[:2], 4).tolist() == [0.2553, 0.0]
    assert np.round(high[:2], 4).tolist() == [0.3662, 0.1611]
    assert np.isnan([low[2], high[2]]).all()
