"""Known truths, simulated: where nothing is planted nothing is listed, what is planted is found as often as theory says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy.stats import binom

from tasks.inference import wilson
from tasks.results import MixEffect
from tasks.standards.mix import mix_effects
from tasks.standards.slices import SLICE_KEYS, more_often
from tests.tasks.slicing import Booleans, Counts, Texts, balanced, counted, found, house, named

LEVEL = 0.05
VALUES = 8
DIMENSIONS = tuple("abcd")
CASES = VALUES ** len(DIMENSIONS)
Draw = Callable[[np.random.Generator, int], dict[str, Texts]]
Whole = npt.NDArray[np.int64]


def texts(codes: Whole) -> Texts:
    return np.char.add("v", codes.astype(str))


def at_random(chance: np.random.Generator, n: int) -> dict[str, Texts]:
    return {name: texts(chance.integers(0, VALUES, n)) for name in DIMENSIONS}


def nearly_copies(chance: np.random.Generator, n: int) -> dict[str, Texts]:
    """Return dimensions that say nearly the same: nine of ten values are those of the first."""
    first = chance.integers(0, VALUES, n)
    return {name: texts(np.where(chance.random(n) < 0.9, first, chance.integers(0, VALUES, n))) for name in DIMENSIONS}


def nested(chance: np.random.Generator, n: int) -> dict[str, Texts]:
    """Return dimensions of which each is a coarser one of that before."""
    first = chance.integers(0, 2 * VALUES, n)
    return {name: texts(first // 2**level) for level, name in enumerate(DIMENSIONS)}


def of_two_values(chance: np.random.Generator, n: int) -> dict[str, Texts]:
    return {name: texts(chance.integers(0, 2, n)) for name in DIMENSIONS}


def skewed(chance: np.random.Generator, n: int) -> dict[str, Texts]:
    """Return dimensions of one common and many rare values."""
    return {name: texts(np.minimum(chance.geometric(0.4, n), VALUES)) for name in DIMENSIONS}


DRAWS: list[Draw] = [at_random, nearly_copies, nested, of_two_values, skewed]


def report(chance: np.random.Generator, draw: Draw, n: int, share: float, *, is_alike: bool) -> Counts:
    """Return counts of three standards, missed with the same chance everywhere; where alike, nearly the same cases are missed."""
    first = chance.random(n) < share
    flags = [np.where(chance.random(n) < (0.95 if is_alike else 0), first, chance.random(n) < share) for _ in range(3)]
    return counted(draw(chance, n), {f"s{number}": missed for number, missed in enumerate(flags)})


def false_reports(reports: int, draw: Draw, n: int, share: float, *, is_alike: bool = False) -> tuple[int, float]:
    """Return how many of so many reports list a slice, and the lower 95 % limit of their share."""
    chance = np.random.default_rng(2026)
    false = sum(bool(found(report(chance, draw, n, share, is_alike=is_alike)).listed) for _ in range(reports))
    return false, float(wilson(false, reports)[0])


# nothing planted


def test_where_nothing_is_planted_no_more_reports_than_chance_allows_list_a_slice() -> None:
    _, at_least = false_reports(12, at_random, 1_000, 0.2)
    assert at_least <= LEVEL


def test_without_the_correction_every_such_report_would() -> None:
    """What the test above would look like if the family were not held: the simulation can fail."""
    chance = np.random.default_rng(2026)
    slice_counts, totals = report(chance, at_random, 1_000, 0.2, is_alike=False)
    n_all = slice_counts["standard"].map((totals["met"] + totals["missed"]).droplevel("touchpoint"))
    missed_all = slice_counts["standard"].map(totals["missed"].droplevel("touchpoint"))
    p = more_often(slice_counts["missed"], slice_counts["met"] + slice_counts["missed"], missed_all, n_all)
    assert 10 < (p <= LEVEL).sum() < LEVEL * len(p)


@pytest.mark.truth
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize(("n", "share", "is_alike"), [(200, 0.2, False), (1_000, 0.2, False), (1_000, 0.2, True), (5_000, 0.05, True)])
def test_of_many_reports_with_nothing_planted_at_most_five_per_cent_list_a_slice(draw: Draw, n: int, share: float, is_alike: bool) -> None:
    false, at_least = false_reports(200, draw, n, share, is_alike=is_alike)
    print(f"{draw.__name__}, n {n}, missed {share}, standards {'alike' if is_alike else 'apart'}: {false} of 200")  # noqa: T201
    assert at_least <= LEVEL


def of_customers(chance: np.random.Generator, customers: int, cases: int) -> tuple[Counts, float]:
    """Return counts in which a customer's cases have all values in common and go together, and of how many independent ones.

    Each customer has a chance of their own (beta, intraclass correlation 0.25).
    """
    owner = np.repeat(np.arange(customers), cases)
    missed = chance.random(len(owner)) < chance.beta(0.6, 2.4, customers)[owner]
    share = missed.mean()
    moved = np.bincount(owner, weights=missed - share)
    counts = counted({name: values[owner] for name, values in at_random(chance, customers).items()}, {"s": missed})
    return counts, share * (1 - share) / (moved**2).sum() * len(owner) ** 2


@pytest.mark.truth
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("customers", [250, 1_000])
def test_where_customers_come_back_the_design_effect_keeps_false_slices_rare(customers: int) -> None:
    chance, plain, corrected = np.random.default_rng(7), 0, 0
    for _ in range(250):
        (slice_counts, totals), n_effective = of_customers(chance, customers, 4)
        plain += bool(found((slice_counts, totals)).listed)
        corrected += bool(found((slice_counts, totals.assign(n_effective=n_effective))).listed)
    print(f"{customers} customers of 4 cases: {corrected} of 250 reports, {plain} without n_effective")  # noqa: T201
    assert float(wilson(corrected, 250)[0]) <= LEVEL < float(wilson(plain, 250)[0])


# planted


def planted(chance: np.random.Generator, values: tuple[str, ...], gain: float) -> Counts:
    """Return one standard, missed in 20 % of the cases and so much more where the first dimensions have these values.

    Every combination of values has one case.
    """
    dimensions = dict(zip(DIMENSIONS, balanced(1, *[VALUES] * len(DIMENSIONS)), strict=True))
    inside: Booleans = np.all([dimensions[name] == value for name, value in zip(DIMENSIONS, values, strict=False)], axis=0)
    return counted(dimensions, {"s": chance.random(CASES) < 0.2 + gain * inside})


def power(line: float, n: int, share: float, rest: int, rest_share: float) -> float:
    """Return the chance that Fisher's exact p is at most `line`: a sum over every possible pair of counts."""
    missed, missed_rest = np.arange(n + 1)[:, None], np.arange(rest + 1)
    p = more_often(*np.broadcast_arrays(missed, n, missed + missed_rest, n + rest))
    chances = binom.pmf(missed, n, share) * binom.pmf(missed_rest, rest, rest_share)
    return float(chances[p <= line].sum())


def finds(reports: int, values: tuple[str, ...], gain: float) -> Iterator[tuple[int, list[tuple[str, ...]]]]:
    """Yield of each report the number of tests and what is listed."""
    chance = np.random.default_rng(11)
    for _ in range(reports):
        result = found(planted(chance, values, gain))
        yield result.tests, [named(one) for one in result.listed]


def test_a_planted_value_is_found_at_the_top() -> None:
    assert all(listed[0] == ("a v3",) for _, listed in finds(5, ("v3",), 0.2))


def test_a_planted_pair_is_found() -> None:
    assert all(("a v3", "b v1") in listed for _, listed in finds(5, ("v3", "v1"), 0.6))


@pytest.mark.truth
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("gain", [0.05, 0.07, 0.09])
def test_a_planted_value_is_found_as_often_as_theory_says(gain: float) -> None:
    """Alone on the list it needs p <= 5 % / tests, with one or two more up to three times that."""
    tests, listed = zip(*finds(400, ("v3",), gain), strict=True)
    hits = sum(("a v3",) in one for one in listed)
    low, high = wilson(hits, 400)
    n = CASES // VALUES
    theory = [power(times * LEVEL / tests[0], n, 0.2 + gain, CASES - n, 0.2) for times in (1, 3)]
    print(f"a value {gain:.0%} worse: {hits / 400:.3f}, theory {theory[0]:.3f} to {theory[1]:.3f}")  # noqa: T201
    assert low <= theory[1]
    assert high >= theory[0]


@pytest.mark.truth
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("gain", [0.2, 0.25, 0.3])
def test_a_planted_pair_is_found_as_often_as_theory_says(gain: float) -> None:
    """It has to pass three tests: no oftener than the weakest alone, no rarer than if their failures excluded each other."""
    tests, listed = zip(*finds(400, ("v3", "v1"), gain), strict=True)
    hits = sum(("a v3", "b v1") in one for one in listed)
    low, high = wilson(hits, 400)
    pair = CASES // VALUES**2
    figure, value = (
        [power(times * LEVEL / tests[0], pair, 0.2 + gain, whole - pair, 0.2) for times in (1, 3)] for whole in (CASES, CASES // VALUES)
    )
    least = figure[0] - 2 * (1 - value[0])
    print(f"a pair {gain:.0%} worse: {hits / 400:.3f}, theory {max(least, 0):.3f} to {value[1]:.3f}")  # noqa: T201
    assert low <= value[1]
    assert high >= least


@pytest.mark.truth
@pytest.mark.timeout(1_800)
def test_a_pair_explains_its_values_but_for_one_time_in_twenty_each() -> None:
    """Outside the pair each value is as good as the rest, and its test there is one at 5 %."""
    listed = [names for _, names in finds(400, ("v3", "v1"), 0.6)]
    assert all(("a v3", "b v1") in names for names in listed)
    beside = sum(one in names for names in listed for one in (("a v3",), ("b v1",)))
    print(f"a value listed beside the pair that explains it: {beside} of 800")  # noqa: T201
    assert float(wilson(beside, 800)[0]) <= LEVEL


@pytest.mark.truth
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(("values", "gain"), [(("v3",), 0.2), (("v3", "v1"), 0.6)])
def test_beside_what_is_planted_at_most_five_per_cent_of_the_list_is_false(values: tuple[str, ...], gain: float) -> None:
    """False is what has none of the planted values; each report's share of these, on average."""
    chance, false = np.random.default_rng(5), []
    wanted = {f"{name} {value}" for name, value in zip(DIMENSIONS, values, strict=False)}
    for _ in range(400):
        listed = found(planted(chance, values, gain)).listed
        false.append(sum(wanted.isdisjoint(named(one)) for one in listed) / max(len(listed), 1))
    error = float(np.std(false) / 400**0.5)
    print(f"{' and '.join(sorted(wanted))}: {np.mean(false):.4f} of the list is false")  # noqa: T201
    assert np.mean(false) - 1.96 * error <= LEVEL


# the whole and its parts

FIGURES, PARTINGS = 10, 3


def quarter(chance: np.random.Generator, n: int, shares: npt.NDArray[np.float64], mix: npt.NDArray[np.float64]) -> Counts:
    """Return single-value counts of figures that are kept with a share of their own in each value of the first dimension."""
    rows, totals = [], {}
    for figure in range(FIGURES):
        codes = np.stack([chance.choice(VALUES, n, p=mix), *chance.integers(0, VALUES, (PARTINGS - 1, n))])
        met = chance.random(n) < shares[figure, codes[0]]
        totals[f"s{figure}", "all"] = (met.sum(), n - met.sum())
        for dimension in range(PARTINGS):
            size = np.bincount(codes[dimension], minlength=VALUES)
            kept = np.bincount(codes[dimension], weights=met, minlength=VALUES).astype(int)
            keys = [(f"s{figure}", "all", f"d{dimension}", f"v{value}", "", "") for value in range(VALUES)]
            rows += [(*key, *numbers) for key, *numbers in zip(keys, kept, size - kept, strict=True)]
    index = pd.MultiIndex.from_tuples(totals, names=["standard", "touchpoint"])
    return pd.DataFrame(rows, columns=[*SLICE_KEYS, "met", "missed"]), pd.DataFrame([*totals.values()], index, ["met", "missed"])


EVEN = np.full(VALUES, 1 / VALUES)
SLOPED = np.arange(VALUES, 0, -1) / np.arange(VALUES + 1).sum()


def told(chance: np.random.Generator, n: int, change: float, mix: npt.NDArray[np.float64]) -> tuple[MixEffect, ...]:
    """Return what is told where the shares differ widely by value, all change alike, and the mix becomes another."""
    shares = np.sort(chance.uniform(0.25, 0.9, (FIGURES, VALUES)))
    earlier = quarter(chance, n, shares, EVEN)
    now = quarter(chance, n, shares + change, mix)
    return mix_effects(now[0], earlier[0], now[1], earlier[1], house(now[1]), "2026Q1")


def share_told(reports: int, tell: Callable[[np.random.Generator], tuple[MixEffect, ...]]) -> tuple[int, float]:
    chance = np.random.default_rng(3)
    false = sum(bool(tell(chance)) for _ in range(reports))
    return false, float(wilson(false, reports)[0])


def test_where_the_mix_is_the_same_parts_and_whole_do_not_disagree() -> None:
    assert share_told(6, partial(told, n=500, change=0.0, mix=EVEN))[1] <= LEVEL


@pytest.mark.truth
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("n", [200, 1_000, 5_000])
@pytest.mark.parametrize("change", [0.0, 0.05, 0.1])
def test_of_many_reports_in_which_the_mix_is_the_same_at_most_five_per_cent_say_otherwise(n: int, change: float) -> None:
    false, at_least = share_told(300, partial(told, n=n, change=change, mix=EVEN))
    print(f"same mix, n {n}, change {change}: {false} of 300 reports")  # noqa: T201
    assert at_least <= LEVEL


@pytest.mark.parametrize(("change", "verdict"), [(0.0, "mix"), (0.05, "reversed"), (0.1, "hidden")])
def test_a_planted_change_of_the_mix_is_told_for_what_it_is(change: float, verdict: str) -> None:
    """A sloped mix costs the whole some ten points: alone it is a mix; parts five points better are reversed, ten are hidden."""
    effects = told(np.random.default_rng(4), 6_000, change, SLOPED)
    assert {one.dimension for one in effects} == {"d0"}
    assert sum(one.verdict == verdict for one in effects) > FIGURES / 2
