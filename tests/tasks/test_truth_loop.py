"""Known truths, simulated: eight quarters in which people act on what the product opened, and the product says what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from tasks.effectiveness.contrast import series_of, step, step_beyond_trend
from tasks.effectiveness.panel import Panel, Window
from tasks.effectiveness.variation import variation_of
from tests.tasks.looping import TRUTHS, WITHOUT_EFFECT, live_through, tallied

SEEDS = 200
FALSE_WORKED_AT_MOST = 0.05
CASES = [(n, points) for n in (200, 1000, 5000) for points in (0.0, 0.05, 0.1)]


def stories(seeds: Iterable[int], n: int, points: float) -> dict[str, Counter[str]]:
    return tallied([story for seed in seeds for story in live_through(seed, n, points)])


def false_worked(found: dict[str, Counter[str]]) -> tuple[int, int]:
    """Return how many follow-ups without any effect were ever called worked in all their quarters, and how many there are."""
    counts = [found[truth] for truth in WITHOUT_EFFECT]
    return sum(one["verified"] for one in counts), sum(one["all"] for one in counts)


def test_in_ten_worlds_fixes_are_shown_and_what_did_not_hold_is_opened_again() -> None:
    found = stories(range(10), 1000, 0.1)
    assert found["fixed"]["verified"] >= 8
    assert found["not fixed"]["reopened"] + found["back"]["reopened"] >= 17
    assert found["fixed"]["reopened"] + found["harms"]["reopened"] <= 1
    wrong, every = false_worked(found)
    assert wrong <= 0.1 * every


@pytest.mark.truth
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("n", "points"), CASES)
def test_no_more_than_one_in_twenty_without_effect_is_ever_called_worked(n: int, points: float) -> None:
    found = stories(range(SEEDS), n, points)
    wrong, every = false_worked(found)
    print(f"\n{n:,} cases, {points:.0%}: {wrong} of {every} without effect were ever called worked")  # noqa: T201
    for truth in TRUTHS:
        counts = found[truth]
        print(  # noqa: T201
            f"| {truth} | {counts['all']} | {counts['verified']} | {counts['reopened']} | {counts['said worked']} | "
            f"{counts['said no_effect']} | {counts['said worse']} | {counts['said cannot_tell']} |"
        )
    assert wrong <= FALSE_WORKED_AT_MOST * every
    if (n, points) == (1000, 0.1):
        true, false = (sum(found[truth]["reopened"] for truth in truths) for truths in (("not fixed", "back"), ("fixed", "harms")))
        assert true >= 0.9 * (found["not fixed"]["all"] + found["back"]["all"])
        assert true >= 0.95 * (true + false)
    if (n, points) == (200, 0.05):
        fixed = found["fixed"]
        assert fixed["said cannot_tell"] >= 0.8 * sum(count for what, count in fixed.items() if what.startswith("said"))


@pytest.mark.truth
@pytest.mark.parametrize("contrast", [step, step_beyond_trend])
def test_the_smallest_change_seen_is_found_in_eighty_of_a_hundred(contrast: object) -> None:
    """The power that theory gives, with quarters that vary by a point elsewhere as well."""
    random = np.random.default_rng(1)
    found, change = [], 0.08
    for _ in range(1000):
        panel, window = one_world(random, change)
        untouched = variation_of(panel.of(panel.units[1:]))
        answer = contrast(series_of(panel, "mended", window, untouched))  # type: ignore[operator]
        found.append((answer.interval()[0] > 0, answer.change, answer.error, answer.smallest_seen))
    shown, changes, errors, smallest = (np.array(part, dtype=float) for part in zip(*found, strict=True))
    power = float(np.mean([expected_power(change, one) for one in smallest]))
    print(f"\nshown {shown.mean():.3f}, theory {power:.3f}; spread {changes.std():.4f}, error {errors.mean():.4f}")  # noqa: T201
    assert changes.mean() == pytest.approx(change, abs=0.004)
    assert shown.mean() == pytest.approx(power, abs=0.06)


def expected_power(change: float, smallest: float) -> float:
    """Return the power for a change where that of `smallest` is 80 % at 5 % (normal approximation)."""
    return float(ndtr(change / smallest * (ndtri(0.975) + ndtri(0.8)) - ndtri(0.975)))


def one_world(random: np.random.Generator, change: float) -> tuple[Panel, Window]:
    """Return four quarters of seven units with 1,000 cases a quarter, of which the first is mended after two."""
    weeks, units = np.arange(52), ("mended", *"abcdef")
    quarters = weeks // 13
    level = np.array([0.7, *random.uniform(0.6, 0.9, 6)])
    common = random.normal(0, 0.02, 4)[quarters][:, None]
    shares = level + common + random.normal(0, 0.01, (4, 7))[quarters]
    shares[26:, 0] += change
    n = random.poisson(1000 / 13, shares.shape)
    panel = Panel(np.datetime64("2025-01-06") + 7 * weeks, quarters, units, random.binomial(n, shares.clip(0.02, 0.98)), n)
    return panel, Window(weeks < 26, weeks >= 26)
