"""Known truths, simulated: where nothing changed, nothing is said to have; an interval holds the truth as often as it says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy.stats import binom

from config.programme import Programme
from tasks.inference import equality_test, wilson
from tasks.standards.compliance import Earlier, assess
from tasks.standards.counts import empty_counts
from tests.programmes import programme, standard

STANDARDS = 12
CASES = 400
LEVEL = 0.05
Counts = npt.NDArray[np.int64]


def house() -> Programme:
    return programme(standards=[standard(id=f"s{number}", target_share=0.8) for number in range(STANDARDS)])


def quarter(chance: np.random.Generator, shares: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Return one quarter's counts: each standard kept by chance with its own true share."""
    met = chance.binomial(CASES, shares)
    columns = {"standard": [f"s{number}" for number in range(STANDARDS)], "touchpoint": "all", "week": pd.Timestamp("2026-01-05")}
    counts = pd.DataFrame(columns | {"met": met, "missed": CASES - met, "pending": 0, "excluded": 0})
    return counts.astype(empty_counts().dtypes)


def is_change_reported(chance: np.random.Generator, one: Programme) -> bool:
    """Return whether a report says that anything changed, where in truth nothing did in any of the three quarters."""
    shares = chance.uniform(0.5, 0.95, STANDARDS)
    now, before, year_ago = (quarter(chance, shares) for _ in range(3))
    found = assess(now, Earlier("2025Q4", before), Earlier("2025Q1", year_ago), (), one)
    changes = [change for row in found.standards for change in (row.previous, row.year_ago)]
    return any(change is not None and change.verdict in ("improved", "worsened") for change in changes)


def is_verdict_false(chance: np.random.Generator, one: Programme) -> bool:
    """Return whether a report calls a standard met or not met, where in truth every share is exactly on its target."""
    found = assess(quarter(chance, np.full(STANDARDS, 0.8)), Earlier("2025Q4", None, "-"), Earlier("2025Q1", None, "-"), (), one)
    return any(row.verdict in ("met", "not_met") for row in found.standards)


Question = Callable[[np.random.Generator, Programme], bool]


def false_reports(reports: int, question: Question) -> tuple[int, float]:
    """Return how many of so many reports are false, and the lower 95 % limit of their share."""
    chance, one = np.random.default_rng(2026), house()
    false = sum(question(chance, one) for _ in range(reports))
    return false, float(wilson(false, reports)[0])


# A verdict is as exact as Wilson's interval is: with counts that are whole numbers its test can be off by a little.
QUESTIONS = [(is_change_reported, LEVEL), (is_verdict_false, LEVEL + 0.01)]


@pytest.mark.parametrize(("question", "at_most"), QUESTIONS)
def test_where_nothing_changed_or_deviates_no_more_reports_than_chance_allows_say_so(question: Question, at_most: float) -> None:
    _, at_least = false_reports(20, question)
    assert at_least <= at_most


@pytest.mark.truth
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(("question", "at_most"), QUESTIONS)
def test_of_many_reports_in_which_nothing_changed_or_deviates_at_most_five_per_cent_say_so(question: Question, at_most: float) -> None:
    false, at_least = false_reports(1_500, question)
    print(f"{question.__name__}: {false} of 1500 reports")  # noqa: T201
    assert at_least <= at_most


def test_without_the_correction_most_such_reports_would_be_false() -> None:
    """What the tests above would look like if the families were not held: the simulation can fail."""
    chance = np.random.default_rng(2026)
    shares = chance.uniform(0.5, 0.95, (2_000, STANDARDS))
    now, before, year_ago = (chance.binomial(CASES, shares) for _ in range(3))
    p = np.concatenate([equality_test(now, CASES, then, CASES) for then in (before, year_ago)], axis=1)
    assert (p < LEVEL).any(axis=1).mean() > 0.5


def coverage(n: int, shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the exact chance that Wilson's interval holds each true share: a sum over every possible count."""
    met = np.arange(n + 1)
    low, high = wilson(met, np.full(n + 1, n))
    holds = (low[:, None] <= shares) & (shares <= high[:, None])
    chances: npt.NDArray[np.float64] = (binom.pmf(met[:, None], n, shares) * holds).sum(axis=0)
    return chances


def test_wilsons_interval_of_a_hundred_cases_holds_the_truth_ninety_three_to_ninety_seven_times_in_a_hundred() -> None:
    exact = coverage(100, np.linspace(0.1, 0.9, 2_001))
    assert exact.min() >= 0.93
    assert exact.max() <= 0.97
    assert exact.mean() == pytest.approx(0.95, abs=0.002)


@pytest.mark.parametrize("n", [10, 30, 300])
def test_over_all_shares_it_holds_the_truth_on_average_as_often_as_it_says(n: int) -> None:
    assert coverage(n, np.linspace(0.001, 0.999, 999)).mean() == pytest.approx(0.95, abs=0.01)


@pytest.mark.truth
@pytest.mark.parametrize("gain", [0.15, 0.20])
def test_a_change_of_fifteen_points_in_four_hundred_cases_is_seen_in_nearly_every_report(gain: float) -> None:
    chance, one, seen = np.random.default_rng(7), house(), 0
    for _ in range(500):
        shares = np.full(STANDARDS, 0.7)
        before = quarter(chance, shares)
        shares[0] += gain
        found = assess(quarter(chance, shares), Earlier("2025Q4", before), Earlier("2025Q1", None, "-"), (), one)
        first = found.standards[0].previous
        seen += first is not None and first.verdict == "improved"
    assert seen / 500 > 0.9
