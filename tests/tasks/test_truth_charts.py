"""Known truths, simulated: how often charts of a process that never changed show a signal, and how soon a planted shift is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pytest

from tasks.charts.limits import fit_shares, share_sigma
from tasks.charts.rules import shift
from tasks.inference import wilson
from tasks.results import Chart
from tests.tasks.charting import MONDAY, as_points, of_shares, of_values, shares

Chance = np.random.Generator
Numbers = npt.NDArray[np.float64]
Process = Callable[[int, Chance], Chart]

LAST_QUARTER = 13
FIRST_LIMITS = 26
RULES = ("outside_limits", "shift", "trend", "two_of_three", "any", "icon")
# of all charts of a process that never changed: whose last point is called special; and, by number of points, that show any signal
ICON_AT_MOST = 0.05
ANY_AT_MOST = {24: 0.30, 52: 0.55, 104: 0.80}


def current_quarter(points: int) -> date:
    """Return the first day of the last 13 of so many weeks."""
    return MONDAY + timedelta(weeks=points - LAST_QUARTER)


def binomial(share: float, n: int, spread: float = 0) -> Process:
    """Return shares of n independent cases; with a spread the true share of each week differs too (beta, intraclass correlation)."""

    def draw(points: int, chance: Chance) -> Chart:
        alike = 1 / spread - 1 if spread else 0
        true = chance.beta(share * alike, (1 - share) * alike, points) if spread else np.full(points, share)
        return of_shares(shares(chance.binomial(n, true), n), current_from=current_quarter(points))

    return draw


def normal(points: int, chance: Chance) -> Chart:
    return of_values(chance.normal(size=points), current_from=current_quarter(points))


def poisson(points: int, chance: Chance) -> Chart:
    return of_values(chance.poisson(30, points), current_from=current_quarter(points))


PROCESSES: dict[str, Process] = {
    "p, 0.9 of 20": binomial(0.9, 20),
    "p, 0.9 of 100": binomial(0.9, 100),
    "p, 0.9 of 1000": binomial(0.9, 1000),
    "p, 0.99 of 20": binomial(0.99, 20),
    "p, 0.99 of 100": binomial(0.99, 100),
    "overdispersed, 0.9 of 100, sigma-Z 1.4": binomial(0.9, 100, 0.01),
    "overdispersed, 0.9 of 1000, sigma-Z 3.3": binomial(0.9, 1000, 0.01),
    "XmR, normal": normal,
    "XmR, Poisson 30": poisson,
}


def false_alarms(process: Process, points: int, charts: int, seed: int = 2026) -> Counter[str]:
    """Return how many of so many charts carry each signal anywhere, any of them, and call the last point special."""
    chance, found = np.random.default_rng(seed), Counter[str]()
    for _ in range(charts):
        chart = process(points, chance)
        signals = {signal for point in chart.points for signal in point.signals}
        found.update(signals)
        found.update({"any": bool(signals), "icon": chart.variation != "common_cause"})
    return found


def assert_claims_hold(found: Counter[str], points: int, charts: int) -> None:
    assert wilson(found["icon"], charts)[0] <= ICON_AT_MOST
    if points in ANY_AT_MOST:
        assert wilson(found["any"], charts)[0] <= ANY_AT_MOST[points]


@pytest.mark.parametrize("name", ["p, 0.9 of 100", "overdispersed, 0.9 of 1000, sigma-Z 3.3", "XmR, normal"])
def test_the_last_point_of_an_unchanged_process_is_seldom_called_special(name: str) -> None:
    assert_claims_hold(false_alarms(PROCESSES[name], 24, 60), 24, 60)


@pytest.mark.truth
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("name", [name for name in PROCESSES if name != "p, 0.99 of 20"])
def test_charts_of_an_unchanged_process_show_no_more_signals_than_is_stated(name: str) -> None:
    charts = 1_000
    for points in ANY_AT_MOST:
        found = false_alarms(PROCESSES[name], points, charts)
        print(f"| {name} | {points} | " + " | ".join(f"{100 * found[rule] / charts:.1f}" for rule in RULES) + " |")  # noqa: T201
        assert_claims_hold(found, points, charts)


@pytest.mark.truth
@pytest.mark.timeout(1_800)
def test_where_a_miss_is_a_rare_thing_charts_show_more_signals_but_the_icon_does_not() -> None:
    """A share of 0.99 of 20 cases: two misses in a week are outside the limits, and happen in every sixtieth week."""
    charts = 1_000
    for points in ANY_AT_MOST:
        found = false_alarms(PROCESSES["p, 0.99 of 20"], points, charts)
        print(f"| p, 0.99 of 20 | {points} | " + " | ".join(f"{100 * found[rule] / charts:.1f}" for rule in RULES) + " |")  # noqa: T201
        assert wilson(found["icon"], charts)[0] <= ICON_AT_MOST


def runs_at_the_end(allowance: float, charts: int) -> int:
    """Return how many series of 24 weeks of 20 cases, kept with 0.99, end in a run of seven on one side of the centre."""
    chance, ended = np.random.default_rng(2026), 0
    for met in chance.binomial(20, 0.99, (charts, 24)):
        points = as_points(met, 20)
        sigma = share_sigma(float(points.values.mean()), 480, points.n.astype(float))
        ended += int(shift((points.values - points.values.mean()) / sigma, allowance / 20 / sigma)[-1]) != 0
    return ended


def test_without_its_allowance_for_whole_cases_the_rule_of_seven_would_call_rare_misses_an_improvement() -> None:
    """The simulation can fail: by plain sides of the centre, as for measured values, every fourth series would end in a run."""
    assert wilson(runs_at_the_end(0, 200), 200)[0] > ICON_AT_MOST
    assert runs_at_the_end(0.5, 200) == 0


# when a p-chart becomes p′


def switched(share: float, n: int, points: int, charts: int, spread: float = 0) -> int:
    """Return how many of so many baselines are taken as overdispersed."""
    chance = np.random.default_rng(2026)
    alike = 1 / spread - 1 if spread else 0
    true = chance.beta(share * alike, (1 - share) * alike, (charts, points)) if spread else share
    met = chance.binomial(n, true, (charts, points))
    return sum(fit_shares(as_points(row, n))[0] == "p_prime" for row in met)


@pytest.mark.parametrize("points", [12, 24, 52])
def test_at_most_one_true_p_chart_in_twenty_becomes_a_laney_chart(points: int) -> None:
    assert wilson(switched(0.9, 100, points, 400), 400)[0] <= 0.05


@pytest.mark.truth
@pytest.mark.timeout(1_800)
def test_over_shares_and_sizes_at_most_one_true_p_chart_in_twenty_becomes_a_laney_chart() -> None:
    for share, n in [(0.5, 20), (0.9, 20), (0.9, 100), (0.9, 1000), (0.99, 100)]:
        rates = [switched(share, n, points, 4_000) / 4_000 for points in (12, 24, 52, 104)]
        print(f"| {share} of {n} | " + " | ".join(f"{100 * rate:.1f}" for rate in rates) + " |")  # noqa: T201
        assert all(wilson(round(rate * 4_000), 4_000)[0] <= 0.05 for rate in rates)
    for spread in (0.002, 0.005, 0.01, 0.03):
        rates = [switched(0.9, 100, points, 1_000, spread) / 1_000 for points in (12, 24, 52, 104)]
        sigma_z = np.sqrt(1 + 99 * spread)
        print(f"| 0.9 of 100, sigma-Z {sigma_z:.2f} | " + " | ".join(f"{100 * rate:.1f}" for rate in rates) + " |")  # noqa: T201


def test_most_overdispersed_baselines_are_found() -> None:
    assert switched(0.9, 1000, 24, 100, 0.01) == 100
    assert switched(0.9, 100, 24, 200, 0.03) > 180


# how soon a shift is found


def points_until_found(before: Numbers, after: Numbers, draw: Callable[[Numbers, Chart | None], Chart]) -> int:
    """Return with which point after the shift the last point is first called special; one more than there are if never."""
    first = draw(before, None)
    for seen in range(1, after.size + 1):
        if draw(np.concatenate([before, after[:seen]]), first).variation == "concern":
            return seen
    return after.size + 1


def waits_of_shares(n: int, share: float, shifted: float, shifts: int) -> list[int]:
    """Return the waits in weeks of n cases whose share falls."""
    chance = np.random.default_rng(2026)

    def draw(met: Numbers, first: Chart | None) -> Chart:
        return of_shares(shares(met, n), earlier=first and first.baseline)

    pairs = [(chance.binomial(n, share, FIRST_LIMITS), chance.binomial(n, shifted, 52)) for _ in range(shifts)]
    return [points_until_found(before, after, draw) for before, after in pairs]


def waits_of_values(sigmas: float, shifts: int) -> list[int]:
    """Return the waits in weeks of normal values whose mean falls by so many sigmas."""
    chance = np.random.default_rng(2026)

    def draw(numbers: Numbers, first: Chart | None) -> Chart:
        return of_values(numbers, earlier=first and first.baseline)

    pairs = [(chance.normal(size=FIRST_LIMITS), chance.normal(-sigmas, size=52)) for _ in range(shifts)]
    return [points_until_found(before, after, draw) for before, after in pairs]


def test_a_fall_of_three_sigmas_is_found_within_a_few_points() -> None:
    assert np.median(waits_of_shares(100, 0.9, 0.81, 30)) <= 2
    assert np.median(waits_of_values(3, 30)) <= 3


@pytest.mark.truth
@pytest.mark.timeout(1_800)
def test_planted_falls_are_found_as_soon_as_is_stated() -> None:
    shifts = 300
    rows = {f"{n} cases, 0.90 to {to:.2f}": waits_of_shares(n, 0.9, to, shifts) for n, to in [(20, 0.8), (20, 0.7), (100, 0.87)]}
    rows |= {f"{n} cases, 0.90 to {to:.2f}": waits_of_shares(n, 0.9, to, shifts) for n, to in [(100, 0.85), (100, 0.8), (1000, 0.88)]}
    rows |= {f"XmR, {sigmas} sigmas": waits_of_values(sigmas, shifts) for sigmas in (1, 1.5, 2, 3)}
    for name, waits in rows.items():
        within = [np.mean([wait <= 13 for wait in waits]), np.mean([wait <= 7 for wait in waits])]
        print(f"| {name} | {np.median(waits):.0f} | {np.quantile(waits, 0.9):.0f} | {within[1]:.2f} | {within[0]:.2f} |")  # noqa: T201
    assert np.quantile(rows["100 cases, 0.90 to 0.80"], 0.9) <= 7
    assert np.quantile(rows["XmR, 3 sigmas"], 0.9) <= 7
    assert np.median(rows["XmR, 1 sigmas"]) <= 13
