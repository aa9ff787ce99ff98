"""Known truths, simulated from cases to findings: where nothing changed nothing is said to have; what changed is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice, product

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy.special import ndtri

from config.periods import Quarter, same_age
from config.programme import Programme
from tasks.inference import equality_test, wilson
from tasks.intake import empty_ratings
from tasks.results import Change
from tasks.standards.compliance import Assessment, Earlier, assess
from tasks.standards.counts import Tally, empty_counts, merge, tally_of
from tests.programmes import SMALL, programme, standard
from tests.tasks.test_truth_inference import power

Floats = npt.NDArray[np.float64]
LEVEL = 0.05
QUARTERS = tuple(Quarter.parse(text) for text in ("2026Q1", "2025Q4", "2025Q1"))
AS_OF = datetime(2026, 4, 11, 4, tzinfo=UTC)  # ten days after the quarter's end in New York
PROMISES_DAYS = np.array([2, 5, 10, 20, 40, 60])
PLACES = ("counter", "site", "lounge")


# the seam to the pipeline


def counts_of(feedback: pd.DataFrame, one: Programme, as_of: datetime) -> pd.DataFrame:
    """Return the counts of a quarter's cases as they were known at the as-of."""
    return tally_of(feedback, empty_ratings(), one, as_of).counts


def tally_with(counts: pd.DataFrame) -> Tally:
    """Return a tally of these counts, without weights or repeat customers."""
    return replace(merge([]), counts=counts)


def report(now: pd.DataFrame, previous: pd.DataFrame | None, year_ago: pd.DataFrame | None, one: Programme) -> Assessment:
    """Return what is found of three quarters' counts."""
    reason = "not looked at"
    earlier = (
        Earlier(str(q), None if counts is None else tally_with(counts), "" if counts is not None else reason)
        for q, counts in zip(QUARTERS[1:], (previous, year_ago), strict=True)
    )
    return assess(tally_with(now), *earlier, (), one)


def changes_of(found: Assessment) -> list[Change]:
    return [change for row in found.standards for change in (row.previous, row.year_ago) if change is not None]


def is_a_change_reported(found: Assessment) -> bool:
    return any(change.verdict in ("improved", "worsened") for change in changes_of(found))


# cases: many reports' at once, each at touchpoints of its own


def standards_at(places: list[str]) -> list[dict[str, object]]:
    """Return four standards: by the promised time, and within 2, 10 and 60 days."""
    within = [({"elapsed": ["occurred_at", "resolved_at"], "within": f"{days} days"}, f"within-{days}") for days in (2, 10, 60)]
    measures = [({"by_due_date": "resolved_at"}, "on-time"), *within]
    return [standard(id=name, measure=measure, touchpoints=places).model_dump() for measure, name in measures]


ONE = programme(standards=standards_at(list(PLACES)))


def wide_programme(reports: int) -> Programme:
    """Return the programme with three touchpoints for each of many reports."""
    ids = [f"{place}-{number}" for number in range(reports) for place in PLACES]
    touchpoints = [SMALL["touchpoints"][0] | {"id": one, "where": {"category": [one]}} for one in ids]
    return programme(touchpoints=touchpoints, standards=standards_at(ids))


def cases(chance: np.random.Generator, quarter: Quarter, n: int, kept: Floats) -> pd.DataFrame:
    """Return n cases of a quarter at each touchpoint; `kept` is the chance to keep a promise, a row a touchpoint, by its length.

    They happen all through the quarter, are promised for 2 to 60 days later, and take a lognormal time.
    """
    start, end = ONE.span(quarter)
    place = np.repeat(np.arange(len(kept)), n)
    promise = chance.integers(0, len(PROMISES_DAYS), place.size)
    days = PROMISES_DAYS[promise] * np.exp(0.8 * (chance.standard_normal(place.size) - ndtri(kept[place, promise])))
    occurred = pd.Series(pd.Timestamp(start) + pd.to_timedelta(chance.uniform(0, (end - start).total_seconds(), place.size), unit="s"))
    ids = np.array([f"{PLACES[number % 3]}-{number // 3}" for number in range(len(kept))], dtype=object)
    columns = {
        "source": "cases",
        "record_id": np.arange(place.size).astype(str),
        "touchpoint": ids[place],
        "occurred_at": occurred,
        "due_at": occurred + pd.to_timedelta(PROMISES_DAYS[promise], unit="D"),
        "resolved_at": occurred + pd.to_timedelta(days * 86_400, unit="s"),
    }
    return pd.DataFrame(columns)


Rule = Callable[[pd.DataFrame, Quarter, Programme], pd.DataFrame]


def at_equal_age(feedback: pd.DataFrame, quarter: Quarter, one: Programme) -> pd.DataFrame:
    """Count by DESIGN.md's rules."""
    return counts_of(feedback, one, same_age(AS_OF, QUARTERS[0], quarter, one.zone, one.year_starts_in))


def as_known_now(feedback: pd.DataFrame, quarter: Quarter, one: Programme) -> pd.DataFrame:
    """Count a quarter as it is known now, however old it is: what must go wrong."""
    return counts_of(feedback, one, AS_OF)


def closed_cases_alone(feedback: pd.DataFrame, quarter: Quarter, one: Programme) -> pd.DataFrame:
    """Count what is closed by now, due or not, and nothing else: what must go wrong."""
    closed = feedback.loc[feedback["resolved_at"] <= AS_OF]
    return counts_of(closed, one, AS_OF + timedelta(days=100))


def unchanged_reports(reports: int, n: int, rule: Rule, seed: int) -> Iterator[Assessment]:
    """Yield reports on three quarters of the same process: three touchpoints, n cases at each, and four standards."""
    at_once = max(1, min(reports, 300_000 // (3 * n)))
    chance = np.random.default_rng([seed, n])
    wide = wide_programme(at_once)
    for _ in range(-(-reports // at_once)):
        slope, level = chance.uniform(0, 0.3, (3 * at_once, 1)), chance.uniform(0.75, 0.95, (3 * at_once, 1))
        kept = level - slope * np.arange(len(PROMISES_DAYS)) / len(PROMISES_DAYS)
        counted = [rule(cases(chance, quarter, n, kept), quarter, wide) for quarter in QUARTERS]
        of_report = [by_report(counts) for counts in counted]
        for number in range(at_once):
            yield report(*(parts[number] for parts in of_report), ONE)


def by_report(counts: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """Return each report's own counts, under the names of its touchpoints."""
    names = counts["touchpoint"].str.rsplit("-", n=1, expand=True)
    renamed = counts.assign(touchpoint=names[0])
    return {int(number): part for number, part in renamed.groupby(names[1])}


def false_changes(reports: int, n: int, rule: Rule, seed: int = 2026) -> tuple[float, float]:
    """Return the share of reports that report a change where there is none, and its lower 95 % limit."""
    found = [is_a_change_reported(one) for one in islice(unchanged_reports(reports, n, rule, seed), reports)]
    return sum(found) / len(found), float(wilson(sum(found), len(found))[0])


def test_where_nothing_changed_no_more_reports_than_chance_allows_report_a_change() -> None:
    assert false_changes(12, 200, at_equal_age)[1] <= LEVEL


def test_what_the_simulation_would_say_of_a_rule_that_counts_closed_cases_alone() -> None:
    """The test above can fail."""
    assert false_changes(12, 200, closed_cases_alone)[1] > 4 * LEVEL


@pytest.mark.truth
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(("n", "reports"), [(200, 1_000), (1_000, 500), (5_000, 200)])
def test_of_many_reports_in_which_nothing_changed_at_most_five_per_cent_report_a_change(n: int, reports: int) -> None:
    share, at_least = false_changes(reports, n, at_equal_age)
    print(f"| {n} | {reports} | {share:.3f} | {at_least:.3f} |")  # noqa: T201
    assert at_least <= LEVEL


@pytest.mark.truth
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(("rule", "n"), [(closed_cases_alone, 200), (closed_cases_alone, 1_000), (as_known_now, 5_000)])
def test_a_rule_that_compares_unequal_things_reports_changes_that_are_none(rule: Rule, n: int) -> None:
    share, at_least = false_changes(30, n, rule)
    print(f"| {rule.__name__} | {n} | {share:.3f} | {at_least:.3f} |")  # noqa: T201
    assert at_least > LEVEL


# counts of known shares: verdicts, and changes that are there


STANDARDS = 12


@dataclass(frozen=True)
class House:
    """A programme of twelve standards over all touchpoints, each with a target of 80 %."""

    programme: Programme
    n: int

    def counts(self, chance: np.random.Generator, shares: Floats) -> pd.DataFrame:
        """Return one quarter's counts: each standard kept by chance with its own true share."""
        met = chance.binomial(self.n, shares)
        keys = {"standard": [f"s{number}" for number in range(STANDARDS)], "touchpoint": "all"} | dict.fromkeys(
            ("week", "month"), pd.Timestamp("2026-01-05")
        )
        return pd.DataFrame(keys | {"met": met, "missed": self.n - met, "pending": 0, "excluded": 0}).astype(empty_counts().dtypes)


def house(n: int) -> House:
    return House(programme(standards=[standard(id=f"s{number}", target_share=0.8) for number in range(STANDARDS)]), n)


def false_verdicts(reports: int, n: int) -> tuple[float, float]:
    """Return the share of reports that call a standard met or not met where all are exactly on target, and its lower limit."""
    chance, one = np.random.default_rng([n, 11]), house(n)
    found = [report(one.counts(chance, np.full(STANDARDS, 0.8)), None, None, one.programme) for _ in range(reports)]
    false = sum(any(row.verdict in ("met", "not_met") for row in each.standards) for each in found)
    return false / reports, float(wilson(false, reports)[0])


# A verdict is as exact as Wilson's interval is: with counts that are whole numbers its test can be off by a little.
VERDICT_LEVEL = LEVEL + 0.01


def test_where_every_share_is_on_target_no_more_reports_than_chance_allows_say_met_or_not_met() -> None:
    assert false_verdicts(12, 400)[1] <= VERDICT_LEVEL


@pytest.mark.truth
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("n", [200, 1_000, 5_000])
def test_of_many_reports_on_shares_that_are_on_target_at_most_six_per_cent_say_met_or_not_met(n: int) -> None:
    share, at_least = false_verdicts(400, n)
    print(f"| {n} | {share:.3f} | {at_least:.3f} |")  # noqa: T201
    assert at_least <= VERDICT_LEVEL


def test_without_the_correction_most_reports_in_which_nothing_changed_would_be_false() -> None:
    chance = np.random.default_rng(2026)
    shares = chance.uniform(0.5, 0.95, (2_000, STANDARDS))
    now, before, year_ago = (chance.binomial(400, shares) for _ in range(3))
    p = np.concatenate([equality_test(now, 400, then, 400) for then in (before, year_ago)], axis=1)
    assert (p < LEVEL).any(axis=1).mean() > 0.5


def power_in_the_family(n: int, share: float, earlier: float, shifted: int, tests: int) -> float:
    """Return the chance that one of several equally shifted figures is found in its family.

    Benjamini and Hochberg's rule finds it where its p is at most rate * (1 + others found) / tests; the others are found with the
    power at that same level, or, where nothing shifted, with the level itself (Genovese and Wasserman 2002, JRSS B 64, 499-517).
    """
    level = LEVEL
    for _ in range(200):
        others = (shifted - 1) * power(n, share, earlier, level) + (tests - shifted) * level
        level = LEVEL * (1 + others) / tests
    return power(n, share, earlier, level)


SHIFTED = STANDARDS // 2
BEFORE = 0.75


def found_shifts(reports: int, n: int, shift: float) -> tuple[float, float]:
    """Return the share of shifts that are reported where half of the standards shifted, and the half width of its 99 % interval."""
    chance, one = np.random.default_rng([n, round(1_000 * shift)]), house(n)
    before, now = np.full(STANDARDS, BEFORE), np.full(STANDARDS, BEFORE)
    now[:SHIFTED] += shift
    shares = []
    for _ in range(reports):
        found = report(one.counts(chance, now), one.counts(chance, before), one.counts(chance, before), one.programme)
        shares.append(np.mean([change.verdict == "improved" for change in changes_of(found)[: 2 * SHIFTED]]))
    return float(np.mean(shares)), float(-ndtri(0.005) * np.std(shares, ddof=1) / np.sqrt(reports))


def test_a_shift_of_ten_points_in_a_thousand_cases_is_found_in_nearly_every_report() -> None:
    assert power_in_the_family(1_000, 0.85, BEFORE, 2 * SHIFTED, 2 * STANDARDS) > 0.99
    assert found_shifts(6, 1_000, 0.10)[0] > 0.95


@pytest.mark.truth
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(("n", "shift"), list(product((200, 1_000, 5_000), (0.03, 0.05, 0.10))))
def test_a_shift_is_found_in_its_family_with_the_power_that_theory_gives(n: int, shift: float) -> None:
    theory = power_in_the_family(n, BEFORE + shift, BEFORE, 2 * SHIFTED, 2 * STANDARDS)
    alone = power(n, BEFORE + shift, BEFORE, LEVEL)
    simulated, half_width = found_shifts(150, n, shift)
    print(f"| {n} | {100 * shift:.0f} | {alone:.3f} | {theory:.3f} | {simulated:.3f} | {half_width:.3f} |")  # noqa: T201
    assert abs(simulated - theory) <= half_width + 0.01
