"""Effective numbers of weighted answers and of repeat customers: worked by hand, against another implementation, and simulated."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from tasks.inference import wilson
from tasks.standards.design import effective

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Customer = tuple[int, int]
FIGURE = ("polite", "lounge")
SCALE = 10_000

# Pups of 16 litters that lived, and pups, without and with a chemical in their mothers' food: Weil (1970), Food and Cosmetics
# Toxicology 8, 177-182, table 1; Rao and Scott's example of clustered binary data (1992), Biometrics 48, 577-585.
CONTROL = "13/13 12/12 9/9 9/9 8/8 8/8 12/13 11/12 9/10 9/10 8/9 11/13 4/5 5/7 7/10 7/10"
TREATED = "12/12 11/11 10/10 9/9 10/11 9/10 9/10 8/9 8/9 4/5 7/9 4/7 5/10 3/6 3/10 0/7"


def litters(text: str) -> list[Customer]:
    kept, _, n = zip(*(litter.partition("/") for litter in text.split()), strict=True)
    return [(int(a), int(b)) for a, b in zip(kept, n, strict=True)]


def customers_table(rows: list[tuple[int, int, int]]) -> pd.DataFrame:
    """Return a table of customers of one figure from n, weight and value of each."""
    table = pd.DataFrame(rows, columns=["n", "weight", "value"]).astype("int64")
    return table.assign(standard=FIGURE[0], touchpoint=FIGURE[1], customer=range(1, len(table) + 1), customers=1)


def weights_table(answers: list[tuple[int, bool]]) -> pd.DataFrame:
    """Return a table of weights of one figure from each answer's weight and whether it kept the promise; none without answers."""
    weight, is_kept = (np.array(column, dtype="int64") for column in zip(*answers, strict=True)) if answers else (np.zeros(0, "int64"),) * 2
    sums = {"n": weight.size, "weight": weight.sum(), "weight_squared": (weight**2).sum(), "value": (weight * is_kept).sum()}
    table = pd.DataFrame([{"standard": FIGURE[0], "touchpoint": FIGURE[1], **sums}])
    return table if answers else table.head(0)


NO_WEIGHTS, NO_CUSTOMERS = weights_table([]), customers_table([])


class Row(NamedTuple):
    """What is found of one figure; -1 customers where they are not known."""

    share: float
    n_effective: float
    customers: int


def found(weights: pd.DataFrame, customers: pd.DataFrame) -> Row:
    """Return the only row that there is."""
    table = effective(weights, customers)
    assert table.index.tolist() == [FIGURE]
    return Row(float(table["share"].iloc[0]), float(table["n_effective"].iloc[0]), int(table["customers"].fillna(-1).iloc[0]))


def of_customers(customers: list[Customer]) -> Row:
    """Return what is found of a figure that is not weighted, from kept and n of each customer."""
    return found(NO_WEIGHTS, customers_table([(n, n, kept) for kept, n in customers]))


def of_answers(answers: list[tuple[int, bool]]) -> Row:
    """Return what is found of a weighted figure whose customers are not known."""
    return found(weights_table(answers), NO_CUSTOMERS)


def jackknife(customers: list[Customer]) -> tuple[float, float]:
    """Return variance and degrees of freedom by leaving out one customer after the other, step by step."""
    kept, n = sum(a for a, _ in customers), sum(b for _, b in customers)
    moved = [kept / n - (kept - a) / (n - b) for a, b in customers]
    second, fourth, size = sum(u**2 for u in moved), sum(u**4 for u in moved), len(customers)
    freedom = 2 * second**2 / (fourth - second**2 / size)
    return (size - 1) / size * second, min(freedom, n**2 / sum(b**2 for _, b in customers) - 1)


# weights


def test_weights_of_one_two_and_three_are_worth_eighteen_sevenths_of_an_answer() -> None:
    row = of_answers([(1 * SCALE, True), (2 * SCALE, False), (3 * SCALE, True)])
    assert row.share == pytest.approx(4 / 6)
    assert row.n_effective == pytest.approx(36 / 14)  # (1 + 2 + 3)² / (1 + 4 + 9)
    assert row.customers == -1


def test_equal_weights_leave_share_and_n_as_they_are() -> None:
    row = of_answers([(SCALE, number < 30) for number in range(40)])
    assert (row.share, row.n_effective) == (0.75, 40)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 50_000), st.booleans()), min_size=1, max_size=30), st.integers(2, 9))
def test_what_weights_are_counted_in_does_not_matter(answers: list[tuple[int, bool]], times: int) -> None:
    one, other = of_answers(answers), of_answers([(weight * times, is_kept) for weight, is_kept in answers])
    assert one == pytest.approx(other)
    assert 1 - 1e-12 <= one.n_effective <= len(answers) + 1e-9


def test_answers_without_any_weight_tell_nothing() -> None:
    row = of_answers([(0, True), (0, False)])
    assert np.isnan(row.share)
    assert row.n_effective == 0
    assert np.isnan(wilson(row.share * row.n_effective, row.n_effective)).all()


# customers


@pytest.mark.parametrize(("text", "share", "design_effect"), [(CONTROL, 142 / 158, 1.2346), (TREATED, 112 / 145, 3.9555)])
def test_litters_of_rats_have_the_design_effect_that_leaving_out_one_after_the_other_gives(
    text: str, share: float, design_effect: float
) -> None:
    n, (variance, freedom) = sum(size for _, size in litters(text)), jackknife(litters(text))
    assert variance * n / (share * (1 - share)) == pytest.approx(design_effect, abs=5e-5)
    row = of_customers(litters(text))
    few = (student.ppf(0.975, n - 1) / student.ppf(0.975, freedom)) ** 2
    assert (row.share, row.customers) == (pytest.approx(share), 16)
    assert row.n_effective == pytest.approx(n / design_effect * few, rel=1e-4)


@pytest.mark.parametrize("text", [CONTROL, TREATED])
def test_the_jackknife_of_the_litters_agrees_with_the_linearised_cluster_robust_variance_of_statsmodels(text: str) -> None:
    answers = [(number, y) for number, (kept, n) in enumerate(litters(text)) for y in [1] * kept + [0] * (n - kept)]
    cluster, kept = np.array(answers).T
    fit = sm.OLS(kept, np.ones(len(kept))).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    assert jackknife(litters(text))[0] == pytest.approx(float(fit.cov_params()[0, 0]), rel=0.01)


def test_of_customers_with_equally_many_cases_the_variance_is_that_of_the_mean_of_their_shares() -> None:
    shares = np.repeat([1.0, 0.8, 0.4, 0.2], 10)
    row = of_customers([(round(5 * share), 5) for share in shares])
    few = (student.ppf(0.975, 199) / student.ppf(0.975, 39)) ** 2
    assert row.n_effective == pytest.approx(0.6 * 0.4 / (shares.var(ddof=1) / 40) * few)


@pytest.mark.parametrize(("kept", "n"), [(0, 5), (5, 5)])
def test_where_all_or_nothing_is_kept_all_cases_of_a_customer_count_as_one(kept: int, n: int) -> None:
    assert of_customers([(kept, n)] * 8).n_effective == pytest.approx(8)
    unequal = [(kept and size, size) for size in (1, 1, 1, 9)]
    assert of_customers(unequal).n_effective == pytest.approx(12**2 / (1 + 1 + 1 + 81))


def test_one_customer_is_one_case_however_often_heard() -> None:
    row = of_customers([(3, 7)])
    assert (row.share, row.n_effective, row.customers) == (pytest.approx(3 / 7), 1, 1)


def test_two_customers_are_two_cases_at_the_least_and_not_many_more() -> None:
    assert 2 <= of_customers([(3, 6), (2, 6)]).n_effective < 3


def test_customers_who_are_all_alike_do_not_make_more_of_their_cases_than_there_are() -> None:
    assert 95 < of_customers([(1, 2)] * 50).n_effective <= 100


def test_the_same_answers_given_three_times_tell_no_more_than_once() -> None:
    once, thrice = of_customers(litters(TREATED)), of_customers([(3 * kept, 3 * n) for kept, n in litters(TREATED)])
    assert thrice.n_effective == pytest.approx(once.n_effective, rel=0.02)


def test_a_figure_without_repeat_customers_or_weights_is_not_there() -> None:
    table = customers_table([(1, 1, 1), (1, 1, 0), (1, 1, 1)])
    assert effective(NO_WEIGHTS, table).empty
    nothing = effective(NO_WEIGHTS, NO_CUSTOMERS)
    assert list(nothing) == ["share", "n_effective", "customers"]
    assert nothing.empty


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=25))
def test_an_effective_number_lies_between_one_and_n(customers: list[Customer]) -> None:
    n = sum(size for _, size in customers)
    if n > len(customers):
        row = of_customers(customers)
        assert 1 - 1e-9 <= row.n_effective <= n + 1e-9


# both, and many figures


def test_of_weights_and_customers_together_the_larger_variance_counts() -> None:
    answers = [(SCALE * (1 + number % 3), number % 4 > 0) for number in range(60)]
    weight, is_kept = np.array(answers).T
    pairs = pd.DataFrame({"customer": np.arange(60) // 2, "n": 1, "weight": weight, "value": weight * is_kept}).groupby("customer").sum()
    table = customers_table([tuple(row) for row in pairs.to_numpy().tolist()])
    row = found(weights_table(answers), table)
    assert row.n_effective <= of_answers(answers).n_effective
    assert row.share == pytest.approx((weight * is_kept).sum() / weight.sum())
    assert row.customers == 30


def test_known_customers_show_where_the_weighty_answers_are_the_unsure_ones() -> None:
    """Kish takes weights and answers to have nothing to do with each other."""
    answers = [(4 * SCALE, number % 2 == 0) for number in range(100)] + [(SCALE, number > 0) for number in range(200)]
    table = customers_table([(1, weight, weight * is_kept) for weight, is_kept in answers])
    assert found(weights_table(answers), table).n_effective < 0.9 * of_answers(answers).n_effective


def test_a_customer_of_no_weight_is_nobody() -> None:
    table = customers_table([(2, 2 * SCALE, SCALE), (1, SCALE, SCALE), (1, 0, 0)])
    row = found(weights_table([(SCALE, True), (SCALE, False), (SCALE, True), (0, False)]), table)
    assert row.customers == 2


def test_sums_that_do_not_fit_an_integer_when_squared_are_still_right() -> None:
    table = customers_table([(300_000, 3_000_000_000_000, 1_500_000_000_000), (300_000, 3_000_000_000_000, 3_000_000_000_000)])
    weights = weights_table([(SCALE, True)]).assign(n=600_000, weight=6 * 10**12, weight_squared=6 * 10**16, value=45 * 10**11)
    row = found(weights, table)
    assert (row.share, row.n_effective) == (0.75, pytest.approx(2, abs=1.1))


def test_customers_with_one_case_each_may_be_added_up_by_weight_and_outcome() -> None:
    each = customers_table([(2, 2, 1), (3, 3, 3), *[(1, 1, 1)] * 40, *[(1, 1, 0)] * 9])
    together = customers_table([(2, 2, 1), (3, 3, 3), (1, 1, 1), (1, 1, 0)]).assign(customers=[1, 1, 40, 9])
    assert found(NO_WEIGHTS, together) == found(NO_WEIGHTS, each)
    assert found(NO_WEIGHTS, together).customers == 51


def test_figures_do_not_mix_and_are_sorted() -> None:
    one, other = (customers_table([(n, n, kept) for kept, n in litters(text)]) for text in (CONTROL, TREATED))
    table = effective(
        weights_table([(SCALE, True), (2 * SCALE, False)]), pd.concat([other.assign(touchpoint="desk"), one.assign(touchpoint="bar")])
    )
    assert table.index.tolist() == [("polite", "bar"), ("polite", "desk"), FIGURE]
    assert table["n_effective"].tolist() == [
        of_customers(litters(CONTROL)).n_effective,
        of_customers(litters(TREATED)).n_effective,
        pytest.approx(9 / 5),
    ]


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_change_a_bit(random: object) -> None:
    seed = random.getrandbits(32)  # type: ignore[attr-defined]
    chance = np.random.default_rng(7)
    n = chance.integers(1, 9, 60)
    table = customers_table([(size, size * 7_919, kept * 7_919) for size, kept in zip(n, chance.binomial(n, 0.7), strict=True)])
    weights = weights_table([(7_919, True)]).assign(
        n=n.sum(), weight=n.sum() * 7_919, weight_squared=n.sum() * 7_919**2, value=table["value"].sum()
    )
    one, other = effective(weights, table), effective(weights, table.sample(frac=1, random_state=seed))
    assert one.to_numpy(float).tobytes() == other.to_numpy(float).tobytes()


# simulations with a known truth; every repetition is a touchpoint of its own


def repetitions(chance: np.random.Generator, share: float, correlation: float, sizes: Integers) -> tuple[pd.DataFrame, Integers]:
    """Return a customers table and kept cases of customers whose own shares are drawn from a beta distribution.

    `sizes` has a row a repetition; the correlation is that between two cases of a customer.
    """
    spread = (1 - correlation) / correlation if correlation else 0
    own = chance.beta(share * spread, (1 - share) * spread, sizes.shape) if correlation else share
    kept = chance.binomial(sizes, own)
    place = np.repeat(np.arange(len(sizes)), sizes.shape[1])
    flat = {"n": sizes.ravel(), "weight": sizes.ravel(), "value": kept.ravel()}
    return pd.DataFrame({"standard": "polite", "touchpoint": place, "customer": np.arange(sizes.size), **flat, "customers": 1}), kept


def covered(share: Floats, n: Floats, truth: float) -> tuple[float, float]:
    """Return in which share of repetitions the interval holds the truth, and the upper 95 % limit of that share."""
    low, high = wilson(share * n, n)
    holds = int(((low <= truth) & (truth <= high)).sum())
    return holds / share.size, float(wilson(holds, share.size)[1])


EVEN, SKEWED = "1 to 30 cases each", "most with one case, a few with up to 30"
NAMES = ("sizes", "customers", "correlation", "share", "plain", "corrected")


def sizes_of(chance: np.random.Generator, kind: str, shape: tuple[int, int]) -> Integers:
    if kind == EVEN:
        return chance.integers(1, 31, shape)
    return np.minimum(np.ceil(chance.pareto(1.2, shape)), 30).astype("int64")


def coverage_of_customers(repeats: int, customers: int, correlation: float, share: float, kind: str) -> tuple[float, float, float]:
    """Return the coverage of Wilson's interval of all cases, of the corrected one, and the latter's upper 95 % limit."""
    chance = np.random.default_rng([customers, round(correlation * 100), round(share * 100), kind == EVEN])
    table, kept = repetitions(chance, share, correlation, sizes_of(chance, kind, (repeats, customers)))
    n = table.groupby("touchpoint")["n"].sum().to_numpy(float)
    rows = effective(NO_WEIGHTS, table).droplevel("standard").reindex(range(repeats))
    corrected = rows["n_effective"].fillna(pd.Series(n)).to_numpy(float)
    shares = kept.sum(axis=1) / n
    return covered(shares, n, share)[0], *covered(shares, corrected, share)


def test_among_fifty_customers_with_up_to_thirty_cases_each_the_interval_keeps_its_promise_and_the_plain_one_does_not() -> None:
    plain, corrected, at_most = coverage_of_customers(1_000, 50, 0.1, 0.8, EVEN)
    assert at_most >= 0.95
    assert corrected < 0.98
    assert plain < 0.8


@pytest.mark.truth
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("kind", [EVEN, SKEWED])
def test_the_interval_of_repeat_customers_holds_the_truth_in_at_least_ninety_one_of_a_hundred(kind: str) -> None:
    cells = list(product((5, 15, 50, 300), (0.0, 0.1, 0.5), (0.5, 0.8, 0.95)))
    cells_found = [coverage_of_customers(5_000, customers, correlation, share, kind) for customers, correlation, share in cells]
    for cell, (plain, corrected, _) in zip(cells, cells_found, strict=True):
        print(f"| {kind} | {' | '.join(str(part) for part in cell)} | {plain:.3f} | {corrected:.3f} |")  # noqa: T201
    assert min(at_most for *_, at_most in cells_found) >= 0.91


def coverage_of_weights(repeats: int, n: int, design_effect: float, share: float) -> tuple[float, float]:
    """Return the coverage of the weighted share's interval and its upper 95 % limit; weights are lognormal."""
    chance = np.random.default_rng([n, round(design_effect * 100), round(share * 100)])
    weight = np.maximum(np.round(SCALE * chance.lognormal(0, np.sqrt(np.log(design_effect)), (repeats, n))), 1).astype("int64")
    is_kept = chance.random((repeats, n)) < share
    sums = {"n": n, "weight": weight.sum(axis=1), "weight_squared": (weight**2).sum(axis=1), "value": (weight * is_kept).sum(axis=1)}
    rows = effective(pd.DataFrame({"standard": "polite", "touchpoint": np.arange(repeats), **sums}), NO_CUSTOMERS)
    return covered(rows["share"].to_numpy(float), rows["n_effective"].to_numpy(float), share)


def test_of_weighted_answers_the_interval_keeps_its_promise() -> None:
    assert coverage_of_weights(2_000, 200, 1.5, 0.8)[1] >= 0.95


@pytest.mark.truth
@pytest.mark.timeout(1_800)
def test_the_interval_of_weighted_answers_holds_the_truth_in_at_least_ninety_three_of_a_hundred() -> None:
    cells = list(product((100, 400), (1.0, 1.25, 1.5, 2.0), (0.5, 0.8, 0.95)))
    cells_found = [coverage_of_weights(10_000, *cell) for cell in cells]
    for cell, (coverage, _) in zip(cells, cells_found, strict=True):
        print(f"| {' | '.join(str(part) for part in cell)} | {coverage:.3f} |")  # noqa: T201
    assert min(at_most for _, at_most in cells_found) >= 0.93
