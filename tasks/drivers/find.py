"""Which ratings go with the overall rating, and which carry nothing of their own: an association, never a cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import fdtrc

from tasks.drivers.correlations import N, correlate, cube, repair
from tasks.drivers.selection import choose, why_not
from tasks.drivers.shapley import shapley, subset_r2
from tasks.results.drivers import Driver, Drivers, Use

REPLICATES = 1_000
NEXT_TO_NOTHING = 0.01
MOST_SHRINKAGE = 0.05
CHANCE = 0.05
_CHUNK = 100
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Fit:
    """R² of every subset of the drivers: as observed [2 ** p], and in each replicate of the bootstrap [replicates, 2 ** p]."""

    observed: Floats
    replicates: Floats

    @property
    def all(self) -> int:
        """The subset of all drivers."""
        return len(self.observed) - 1

    def lost(self, before: int, after: int) -> tuple[float, float, float]:
        """Return the R² of one subset less that of another, and its 95 % interval."""
        interval = _interval(self.replicates[:, before] - self.replicates[:, after])
        return float(self.observed[before] - self.observed[after]), *interval


def find_drivers(products: pd.DataFrame, overall: str, touchpoint_of_questions: Mapping[str, str], source: str, seed: int) -> Drivers:
    """Return how much of the overall rating's variance goes with the other ratings, and how that is shared among them.

    `products` are the merged cross-products of one survey; `touchpoint_of_questions` names its questions, each with the
    touchpoint that it rates (empty: none). Which questions are looked at, and what is too few: `selection.choose`.

    - Each correlation is that of the respondents who answered both questions. That is fair where what is missing is missing
      by chance, whoever the respondent is. Where it depends on other answers, correlations come from a narrower or wider range of
      people and are off in either direction (Little and Rubin 2002, Statistical Analysis with Missing Data, 2nd ed., section
      3.4): where the dissatisfied skipped 30 % of the touchpoints, a simulated R² of 50 % came out as 47 %, outside its interval
      every other time, its shares hardly changed. Where people skip what they never used, the figure is about those who used it.
      Correlations that do not fit together are repaired (`correlations.repair`), and `note` says so; where that would take
      more than 5 %, nothing is said.
    - R² is shared out by Lindeman, Merenda and Gold (`shapley.shapley`), over all subsets. Where R² is not above what chance
      gives (F test, 5 %, for independent respondents of equal weight), nothing is ranked. R² and small shares lean upwards in small
      samples: in simulations the interval of R² held 92 % instead of 95 % of truths at 250 answers a pair, those of shares 94 %.
    - Intervals: 95 % percentile bootstrap over the groups of customers, `seed` fixing the 1,000 replicates (Davison and Hinkley
      1997, Bootstrap Methods and their Application, sections 5.3 and 3.8); not below 30 groups, where it is too optimistic (Cameron,
      Gelbach and Miller 2008, Review of Economics and Statistics 90(3), 414-427).
    - `own` is what R² loses without the question. It is never negative, so that by chance it is about (1 - R²) / n above the truth,
      and the ends of its interval more: a small survey cannot show that a question carries nothing. `use` goes through the questions
      from the least own upwards: one could be left out where, without it and all those already found dispensable, less than 1 %
      of the variance is lost with all of the interval. So all that could be left out can go together, and of two questions
      that say the same one stays. Among the others, keep says that without it and them more than 1 % is lost over and above
      what is lost without them.
    """
    questions = [*sorted(set(touchpoint_of_questions) - {overall}), overall]
    sums = cube(products, questions)
    totals = sums.sum(axis=0)
    nothing = Drivers(source=source, overall=overall, n=int(totals[N, -1, -1]), r2=None, low=None, high=None, drivers=())
    if note := why_not(sums, overall):
        return nothing.model_copy(update={"note": note})
    chosen, left_out = choose(totals, questions)
    nothing = nothing.model_copy(update={"left_out": left_out})
    if not chosen:
        return nothing.model_copy(update={"note": "No other question was answered often enough and varies."})
    keep = [*chosen, len(questions) - 1]
    named = {questions[index]: touchpoint_of_questions[questions[index]] for index in chosen}
    return _with_drivers(nothing, sums[:, :, keep][:, :, :, keep], named, seed)


def _with_drivers(nothing: Drivers, sums: Integers, touchpoint_of: Mapping[str, str], seed: int) -> Drivers:
    totals = sums.sum(axis=0)
    correlations, shrinkage = repair(correlate(totals))
    if shrinkage > MOST_SHRINKAGE:
        return nothing.model_copy(
            update={"note": "Too different respondents answered the questions: their correlations do not fit together."}
        )
    fit = _fit(correlations, sums, seed)
    r2, (low, high) = float(fit.observed[-1]), _interval(fit.replicates[:, -1])
    looked_at = nothing.model_copy(update={"r2": r2, "low": low, "high": high})
    if _chance(r2, len(touchpoint_of), int(totals[N].min())) > CHANCE:
        return looked_at.model_copy(update={"note": "The ratings go with the overall rating no more than chance would let them."})
    drivers = _drivers(fit, totals, touchpoint_of)
    return looked_at.model_copy(update={"drivers": drivers, "note": " ".join(_notes(drivers, float(shrinkage)))})


def _notes(drivers: tuple[Driver, ...], shrinkage: float) -> Iterator[str]:
    if shrinkage:
        yield f"All correlations were shrunk by {shrinkage:.2%}, so that those of different respondents fit together."
    needed = [driver.question for driver in drivers if driver.own_high < NEXT_TO_NOTHING and driver.use != "could_be_left_out"]
    if needed:
        yield f"Little is lost without one of {', '.join(needed)}, but more may be without those that could be left out as well."


def _fit(correlations: Floats, sums: Integers, seed: int) -> _Fit:
    groups = len(sums)
    times = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), REPLICATES)
    resampled = (times @ sums.reshape(groups, -1)).reshape(REPLICATES, *sums.shape[1:])
    matrices, _ = repair(correlate(resampled))
    replicates = [subset_r2(matrices[start : start + _CHUNK]) for start in range(0, REPLICATES, _CHUNK)]
    return _Fit(subset_r2(correlations), np.concatenate(replicates))


def _drivers(fit: _Fit, totals: Integers, touchpoint_of: Mapping[str, str]) -> tuple[Driver, ...]:
    shares = shapley(fit.observed) / fit.observed[-1]
    replicates = shapley(fit.replicates) / fit.replicates[:, -1:]
    correlation, uses = correlate(totals)[-1], _uses(fit, len(touchpoint_of))
    drivers = []
    for index, (question, touchpoint) in enumerate(touchpoint_of.items()):
        (low, high), (own, own_low, own_high) = _interval(replicates[:, index]), fit.lost(fit.all, fit.all & ~(1 << index))
        facts = {"n": int(totals[N, index, -1]), "correlation": float(correlation[index]), "share": float(shares[index])}
        bounds = {"low": low, "high": high, "own": own, "own_low": own_low, "own_high": own_high}
        drivers.append(Driver(question=question, touchpoint=touchpoint, **facts, **bounds, use=uses[index]))
    return tuple(sorted(drivers, key=lambda driver: (-driver.share, driver.question)))


def _uses(fit: _Fit, drivers: int) -> list[Use]:
    kept = fit.all
    for driver in sorted(range(drivers), key=lambda driver: fit.lost(fit.all, fit.all & ~(1 << driver))):
        _, _, high = fit.lost(fit.all, kept & ~(1 << driver))
        if high < NEXT_TO_NOTHING:
            kept &= ~(1 << driver)
    return [_use(fit, kept, 1 << driver) for driver in range(drivers)]


def _use(fit: _Fit, kept: int, driver: int) -> Use:
    if not kept & driver:
        return "could_be_left_out"
    _, low, _ = fit.lost(kept, kept & ~driver)
    return "keep" if low > NEXT_TO_NOTHING else "cannot_tell"


def _chance(r2: float, drivers: int, n: int) -> float:
    """Return p of the F test that R² is 0 for all, by the smallest number who answered two of the questions."""
    rest = n - drivers - 1
    return float(fdtrc(drivers, rest, r2 / drivers * rest / max(1 - r2, 1e-12)))


def _interval(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
