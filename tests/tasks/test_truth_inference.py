"""How often intervals and claims are right: computed exactly where the sums can be done, else simulated with a known truth."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import betainc, expit, ndtr, ndtri
from scipy.stats import binom

from tasks.inference import equality_test, equivalent, newcombe, wilson

Floats = npt.NDArray[np.float64]
Claim = Callable[..., npt.NDArray[np.bool_]]
MARGIN = 0.02


# Wilson: no simulation, no grid


def pieces(n: int) -> tuple[Floats, Floats, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return start and end of each stretch of shares that the same counts' intervals hold, with the first and last such count."""
    low, high = wilson(np.arange(n + 1), np.full(n + 1, n))
    bounds = np.unique(np.concatenate([[0.0, 1.0], low, high]))
    middle = (bounds[:-1] + bounds[1:]) / 2
    return bounds[:-1], bounds[1:], np.searchsorted(high, middle), np.searchsorted(low, middle) - 1


def coverage(n: int, share: Floats, first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]) -> Floats:
    """Return the chance of a count from first to last."""
    chance: Floats = binom.cdf(last, n, share) - binom.cdf(first - 1, n, share)
    return chance


def extremes(n: int, margin: float) -> tuple[float, float]:
    """Return the least and the greatest coverage of Wilson's interval over all shares from margin to 1 - margin.

    Within a stretch the chance of a count from a to b rises and then falls in the share: it is least at an end, and greatest
    where its derivative is nought, at odds of (C(n-1, a-1) / C(n-1, b)) ** (1 / (b - a + 1)), or at an end.
    """
    start, end, first, last = pieces(n)
    is_in = (end > margin) & (start < 1 - margin)
    start, end, first, last = np.maximum(start[is_in], margin), np.minimum(end[is_in], 1 - margin), first[is_in], last[is_in]
    log_odds = (binom.logpmf(first - 1, n - 1, 0.5) - binom.logpmf(last, n - 1, 0.5)) / (last - first + 1)
    peak = np.clip(expit(log_odds), start, end)
    ends = np.concatenate([coverage(n, side, first, last) for side in (start, end)])
    return float(ends.min()), float(max(ends.max(), coverage(n, peak, first, last).max()))


def mean_coverage(n: int) -> float:
    """Return the mean coverage over all shares from 0 to 1: an integral of beta densities."""
    met = np.arange(n + 1)
    low, high = wilson(met, np.full(n + 1, n))
    return float((betainc(met + 1, n - met + 1, high) - betainc(met + 1, n - met + 1, low)).sum() / (n + 1))


def smallest_margin(n: int, least: float, most: float) -> float | None:
    """Return the smallest share, to a thousandth, from which on to its mirror image all coverage lies between the two."""
    for margin in np.arange(1, 500) / 1_000:
        low, high = extremes(n, margin)
        if least <= low and high <= most:
            return float(margin)
    return None


def test_the_exact_coverage_is_that_of_a_sum_over_all_counts() -> None:
    shares = np.linspace(0.1, 0.9, 4_001)
    low, high = wilson(np.arange(41), np.full(41, 40))
    holds = (low[:, None] <= shares) & (shares <= high[:, None])
    summed = (binom.pmf(np.arange(41)[:, None], 40, shares) * holds).sum(axis=0)
    least, most = extremes(40, 0.1)
    assert least <= summed.min() <= least + 0.002
    assert most - 0.002 <= summed.max() <= most


@pytest.mark.parametrize("n", [10, 20, 30, 50, 100, 200, 500, 1_000, 5_000])
def test_over_all_shares_wilsons_interval_holds_the_truth_as_often_as_it_says(n: int) -> None:
    assert 0.945 <= mean_coverage(n) <= 0.955


@pytest.mark.parametrize(
    ("n", "least", "most", "margin"),
    [
        (100, 0.93, 0.97, 0.071),
        (200, 0.93, 0.97, 0.028),
        (500, 0.93, 0.97, 0.012),
        (1_000, 0.93, 0.97, 0.006),
        (1_000, 0.94, 0.96, 0.030),
        (2_000, 0.94, 0.96, 0.017),
        (5_000, 0.94, 0.96, 0.007),
    ],
)
def test_away_from_nought_and_one_every_coverage_is_close_to_what_it_says(n: int, least: float, most: float, margin: float) -> None:
    low, high = extremes(n, margin)
    assert least <= low
    assert high <= most


def test_near_nought_no_number_of_cases_brings_the_coverage_within_two_points() -> None:
    """The issue that asked for these bounds asked for every share: there they are out of reach."""
    assert extremes(100, 0.01)[0] < 0.93
    assert extremes(10_000, 1e-5)[0] < 0.93


@pytest.mark.truth
@pytest.mark.timeout(1_800)
def test_of_every_number_of_cases_from_a_hundred_on_wilsons_coverage_is_within_two_points_between_a_tenth_and_nine() -> None:
    assert all(low >= 0.93 and high <= 0.97 for low, high in (extremes(n, 0.1) for n in range(100, 1_001)))
    assert all(low >= 0.94 and high <= 0.96 for low, high in (extremes(n, 0.035) for n in range(1_000, 3_001, 10)))
    for n in (10, 20, 30, 50, 100, 200, 500, 1_000, 2_000, 5_000):
        low, high = extremes(n, 0.05)
        bounds = " | ".join(str(smallest_margin(n, *one)) for one in ((0.93, 0.97), (0.94, 0.96)))
        print(f"| {n} | {mean_coverage(n):.4f} | {low:.4f} | {high:.4f} | {bounds} |")  # noqa: T201


# two quarters: all pairs of counts that matter


def likely(n: int, share: float) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return the counts of which all others together have a chance under one in a thousand million, and their chances."""
    met = np.arange(binom.ppf(5e-10, n, share), binom.isf(5e-10, n, share) + 1).astype("int64")
    return met, binom.pmf(met, n, share)


def chance_of(claim: Claim, n: int, share: float, earlier_n: int, earlier: float) -> float:
    """Return the exact chance that two quarters with these true shares lead to a claim."""
    met, chance = likely(n, share)
    earlier_met, earlier_chance = likely(earlier_n, earlier)
    return float(chance @ claim(met[:, None], np.array(n), earlier_met, np.array(earlier_n)) @ earlier_chance)


def newcombe_coverage(n: int, share: float, earlier_n: int, earlier: float) -> float:
    def holds(*counts: Floats) -> npt.NDArray[np.bool_]:
        low, high = newcombe(*counts)
        return (low <= share - earlier) & (share - earlier <= high)

    return chance_of(holds, n, share, earlier_n, earlier)


def is_no_material_change(*counts: Floats) -> npt.NDArray[np.bool_]:
    return equivalent(*newcombe(*counts), MARGIN)


SHARES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95)


@pytest.mark.parametrize(("n", "earlier_n"), [(50, 50), (50, 200), (200, 200)])
def test_newcombes_interval_is_right_in_at_least_ninety_three_of_a_hundred_pairs_of_quarters(n: int, earlier_n: int) -> None:
    exact = [newcombe_coverage(n, share, earlier_n, earlier) for share, earlier in product(SHARES, repeat=2)]
    assert min(exact) >= 0.93
    assert 0.95 <= float(np.mean(exact)) <= 0.96


@pytest.mark.truth
@pytest.mark.timeout(1_800)
def test_newcombes_interval_is_never_far_off_and_conservative_on_average() -> None:
    pairs = [(10, 10), (20, 20), (30, 60), (50, 50), (100, 100), (50, 500), (200, 200), (200, 1_000), (1_000, 1_000), (5_000, 5_000)]
    for n, earlier_n in pairs:
        exact = [newcombe_coverage(n, share, earlier_n, earlier) for share, earlier in product(SHARES, repeat=2)]
        print(f"| {n} | {earlier_n} | {np.mean(exact):.4f} | {min(exact):.4f} | {max(exact):.4f} |")  # noqa: T201
        assert min(exact) >= (0.93 if min(n, earlier_n) >= 30 else 0.92)
        assert float(np.mean(exact)) >= 0.949


def is_told(level: float) -> Claim:
    """Return the claim that the test of equality makes at a level."""

    def told(*counts: Floats) -> npt.NDArray[np.bool_]:
        return equality_test(*counts) <= level

    return told


def power(n: int, share: float, earlier: float, level: float) -> float:
    """Return the chance that the pooled test of n and n cases tells the shares apart, by the normal approximation.

    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, section 4.2, without continuity correction.
    """
    pooled = (share + earlier) / 2
    if_equal, really = np.sqrt(2 * pooled * (1 - pooled) / n), np.sqrt((share * (1 - share) + earlier * (1 - earlier)) / n)
    reach = float(-ndtri(level / 2)) * if_equal
    return float(ndtr((abs(share - earlier) - reach) / really) + ndtr((-abs(share - earlier) - reach) / really))


@pytest.mark.parametrize(("n", "shift", "level"), list(product((200, 1_000, 5_000), (0.03, 0.05, 0.10), (0.05, 0.05 / 24))))
def test_a_shift_is_found_with_the_power_that_theory_gives(n: int, shift: float, level: float) -> None:
    exact = chance_of(is_told(level), n, 0.75 + shift, n, 0.75)
    print(f"| {n} | {100 * shift:.0f} | {level:.4f} | {power(n, 0.75 + shift, 0.75, level):.3f} | {exact:.3f} |")  # noqa: T201
    assert exact == pytest.approx(power(n, 0.75 + shift, 0.75, level), abs=0.012)


@pytest.mark.parametrize("n", [200, 1_000, 5_000])
def test_where_nothing_changed_a_single_test_says_otherwise_five_times_in_a_hundred(n: int) -> None:
    exact = [chance_of(is_told(0.05), n, share, n, share) for share in SHARES]
    print(f"| {n} | {min(exact):.4f} | {max(exact):.4f} |")  # noqa: T201
    assert max(exact) <= 0.055


@pytest.mark.parametrize("n", [200, 1_000, 5_000])
def test_no_material_change_is_rarely_claimed_of_a_change_as_large_as_the_margin(n: int) -> None:
    """Two one-sided tests at 2.5 % each: at either margin the claim is false at most that often, but for the grain of whole counts."""
    exact = [chance_of(is_no_material_change, n, share + sign * MARGIN, n, share) for share in SHARES for sign in (-1, 1)]
    print(f"| {n} | {max(exact):.4f} |")  # noqa: T201
    assert max(exact) <= 0.026


@pytest.mark.parametrize(("n", "share"), list(product((200, 1_000, 5_000, 20_000), (0.5, 0.8, 0.9, 0.95, 0.98))))
def test_where_nothing_changed_no_material_change_is_claimed_as_often_as_theory_says(n: int, share: float) -> None:
    """Both one-sided tests of Schuirmann (1987) reject, by the normal approximation; Newcombe's interval is wider near 0 and 1."""
    theory = max(0.0, 2 * float(ndtr(MARGIN / np.sqrt(2 * share * (1 - share) / n) - 1.959964)) - 1)
    exact = chance_of(is_no_material_change, n, share, n, share)
    print(f"| {n} | {share} | {theory:.3f} | {exact:.3f} |")  # noqa: T201
    assert -0.06 <= exact - theory <= 0.01
