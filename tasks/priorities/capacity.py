"""The follow-ups that together serve most customers within each department's capacity, by mixed-integer programming."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from tasks.priorities.candidates import Candidate
from tasks.results import CapacityPlan, WhatNext

EXACT_UP_TO = 50  # follow-ups that bind; with more, one neighbourhood of so many after another is chosen from
NEIGHBOURS = 40
_LARGEST = 0.01  # coefficient in a row: what HiGHS may leave of a fraction (1e-6) then stays below what it lets a row exceed
_GREATEST = 1e4  # gain in the solver's units, so that what it takes for equal (1e-6) is nothing
_TRIFLE = 1e-7  # of the greatest gain: less than any difference that matters
_TOLERATED = 1e-3  # of the largest follow-up's person-weeks: minutes
_DIGITS = 6
_OPTIMAL, _INFEASIBLE = 0, 2
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Choice:
    """Which follow-ups to do: by id, those of which something is expected."""

    ids: tuple[str, ...]
    gains: Floats  # customers better served a quarter
    weeks: Floats  # [department, follow-up], of departments that name a capacity
    capacity: Floats
    preference: Floats  # the gains, less next to nothing for each person-week and for a later id

    def value(self, chosen: Flags) -> float:
        """Return the customers better served, rounded so that equal plans are equal."""
        return round(float(self.gains[chosen].sum()), _DIGITS)

    def named(self, chosen: Flags) -> tuple[str, ...]:
        """Return the ids of those that are chosen."""
        return tuple(name for name, is_in in zip(self.ids, chosen.tolist(), strict=True) if is_in)

    def with_one_more_week(self, department: int) -> _Choice:
        """Return the same choice with one more person-week in a department."""
        return replace(self, capacity=self.capacity + (np.arange(len(self.capacity)) == department))


def capacity_plan(candidates: Sequence[Candidate], capacity: Mapping[str, float]) -> CapacityPlan | None:
    """Return the choice that serves most customers with at most `capacity` person-weeks of each department; None where none names one.

    A department without a capacity does not bind, and a follow-up of which nothing is expected is never chosen. Among plans that
    serve equally many the one with fewer person-weeks goes first, then the earlier ids. The runner-up is the best choice
    that differs by at least one follow-up.

    It is the multidimensional knapsack problem, solved by HiGHS (Huangfu and Hall 2018, Mathematical Programming Computation
    10, 119-142). Up to 50 follow-ups that need a capacity, plan, runner-up and what one more week buys are proven optimal.
    With more, proof can take hours. Then the plan starts from the linear relaxation, and one neighbourhood for each department, 40
    follow-ups whose reduced cost is nearest to 0, is chosen from anew until none gives more (the core of Balas and Zemel 1980,
    Operations Research 28, 1130-1154): each such choice is proven optimal, the whole is not, and `customers_at_most` says what no
    plan can exceed. Runner-up and one more week are then the best within the same neighbourhoods. RuntimeError where HiGHS proves nothing.
    """
    if not capacity:
        return None
    departments = sorted(capacity)
    choice = _choice(candidates, departments, capacity)
    neighbourhoods = _neighbourhoods(choice)
    chosen = _best(choice, neighbourhoods)
    second = _runner_up(choice, chosen, neighbourhoods)
    is_proven = len(neighbourhoods) == 1
    return CapacityPlan(
        chosen=choice.named(chosen),
        customers=choice.value(chosen),
        customers_at_most=None if is_proven else float(choice.gains @ _relaxed(choice)[0]),
        used_person_weeks=_used(candidates, choice.named(chosen), departments),
        capacity_person_weeks={department: capacity[department] for department in departments},
        runner_up=() if second is None else choice.named(second),
        runner_up_customers=None if second is None else choice.value(second),
        one_more_week=_one_more_week(choice, departments, chosen, neighbourhoods),
    )


def most_customers(candidates: Sequence[Candidate], capacity: Mapping[str, float]) -> float:
    """Return how many customers no plan can exceed: those of the linear relaxation, in which a follow-up may be done in part."""
    choice = _choice(candidates, sorted(capacity), capacity)
    return float(choice.gains @ _relaxed(choice)[0])


def _choice(candidates: Sequence[Candidate], departments: Sequence[str], capacity: Mapping[str, float]) -> _Choice:
    useful = sorted((one for one in candidates if one.gain > 0), key=lambda one: one.follow_up)
    gains = np.array([one.gain for one in useful])
    effort = np.array([one.effort_person_weeks for one in useful])
    weeks = [[one.effort_by_department.get(department, 0.0) for one in useful] for department in departments]
    trifles = effort / effort.max(initial=1.0) + 0.1 * np.arange(len(useful)) / max(len(useful), 1)
    return _Choice(
        ids=tuple(one.follow_up for one in useful),
        gains=gains,
        weeks=np.array(weeks, dtype=np.float64).reshape(len(departments), len(useful)),
        capacity=np.array([capacity[department] for department in departments], dtype=np.float64),
        preference=_GREATEST * (gains / gains.max(initial=0.0) - _TRIFLE * trifles) if useful else gains,
    )


def _possible(choice: _Choice, left: Floats) -> Flags:
    """Return which follow-ups fit by themselves into what is left of each department's capacity."""
    return np.asarray((choice.weeks <= (left + _slack(choice))[:, None]).all(axis=0))


def _slack(choice: _Choice) -> Floats:
    """Return the person-weeks that rounding may exceed a capacity by: three thirds are one."""
    return 1e-9 * (1 + choice.capacity)


def _relaxed(choice: _Choice) -> tuple[Floats, Floats]:
    """Return how much of each follow-up the linear relaxation does, and what its reduced costs are, at least 0."""
    possible = _possible(choice, choice.capacity)
    if not possible.any():
        return np.zeros(len(choice.gains)), np.zeros(len(choice.gains))
    bounds = [(0, int(fits)) for fits in possible.tolist()]
    solved = linprog(-choice.preference, A_ub=choice.weeks, b_ub=choice.capacity, bounds=bounds, method="highs")
    if solved.status != _OPTIMAL:
        raise RuntimeError(f"HiGHS did not solve the linear relaxation of the capacity plan: {solved.message}")
    return np.asarray(solved.x), np.abs(solved.lower.marginals + solved.upper.marginals)


def _neighbourhoods(choice: _Choice) -> tuple[Flags, ...]:
    """Return the sets of follow-ups that are chosen from together: all of them, or the closest calls, over all and for each department."""
    binds: Flags = np.any(choice.weeks > 0, axis=0)
    if np.count_nonzero(binds) <= EXACT_UP_TO:
        return (np.ones(len(choice.gains), dtype=np.bool_),)
    close = np.argsort(_relaxed(choice)[1], kind="stable")
    close = close[binds[close]]
    all_over = np.isin(np.arange(len(choice.gains)), close[:EXACT_UP_TO])
    return (all_over, *(_neighbourhood(choice, close, department) for department in range(len(choice.capacity))))


def _neighbourhood(choice: _Choice, close: npt.NDArray[np.int64], department: int) -> Flags:
    is_its_own = choice.weeks[department, close] > 0
    own = close[is_its_own][: NEIGHBOURS // 2]
    others = close[~is_its_own][: NEIGHBOURS - len(own)]
    return np.isin(np.arange(len(choice.gains)), np.concatenate([own, others]))


def _best(choice: _Choice, neighbourhoods: Sequence[Flags]) -> Flags:
    """Return the plan that no neighbourhood makes better, from the whole follow-ups of the linear relaxation on."""
    chosen: Flags = _relaxed(choice)[0] > 1 - 1e-6
    waiting = list(neighbourhoods)
    while waiting:
        free = waiting.pop(0)
        found = _solve(choice, chosen, free)
        if found is not None and _is_better(choice, found, chosen):
            chosen = found
            waiting += [other for other in neighbourhoods if other is not free and not any(other is one for one in waiting)]
    return chosen


def _is_better(choice: _Choice, one: Flags, other: Flags) -> bool:
    return bool(choice.preference[one].sum() > choice.preference[other].sum() + 1e-6)


def _runner_up(choice: _Choice, chosen: Flags, neighbourhoods: Sequence[Flags]) -> Flags | None:
    """Return the best plan that differs from the chosen one; None where there is no other."""
    found = [_solve(choice, chosen, free, must_differ=True) for free in neighbourhoods]
    others = [one for one in found if one is not None]
    return max(others, key=lambda one: float(choice.preference[one].sum()), default=None)


def _one_more_week(choice: _Choice, departments: Sequence[str], chosen: Flags, neighbourhoods: Sequence[Flags]) -> tuple[WhatNext, ...]:
    """Return what one more person-week buys in each department where it buys anything, the most first."""
    bought = []
    for place, department in enumerate(departments):
        found = _solve(choice.with_one_more_week(place), chosen, neighbourhoods[place + 1 if len(neighbourhoods) > 1 else 0])
        if found is not None and choice.value(found) > choice.value(chosen):
            more = round(choice.value(found) - choice.value(chosen), _DIGITS)
            bought.append(WhatNext(department=department, customers=more, follow_ups=choice.named(found & ~chosen)))
    return tuple(sorted(bought, key=lambda one: (-one.customers, one.department)))


def _solve(choice: _Choice, chosen: Flags, free: Flags, *, must_differ: bool = False) -> Flags | None:
    """Return the best plan that agrees with `chosen` on all that is not free; None where none is left that differs."""
    fixed = chosen & ~free
    left = choice.capacity - choice.weeks[:, fixed].sum(axis=1)
    possible = free & _possible(choice, left)
    if not possible.any():
        return None if must_differ else fixed
    solved = milp(
        -choice.preference[possible],
        integrality=np.ones(np.count_nonzero(possible), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=list(_constraints(choice, chosen, possible, left, must_differ=must_differ)),
        options={"mip_rel_gap": 0.0},
    )
    if solved.status == _INFEASIBLE and must_differ:
        return None
    if solved.status != _OPTIMAL or solved.x is None:
        raise RuntimeError(f"HiGHS did not prove that a capacity plan is the best: {solved.message}")
    found = fixed.copy()
    found[possible] = solved.x > 0.5
    if (choice.weeks[:, found].sum(axis=1) > choice.capacity + _TOLERATED * (1 + choice.weeks.max(axis=1))).any():
        raise RuntimeError("HiGHS gave a capacity plan that exceeds a capacity")
    return found


def _constraints(choice: _Choice, chosen: Flags, possible: Flags, left: Floats, *, must_differ: bool) -> Iterator[LinearConstraint]:
    """Give the departments' capacities, and that at least one follow-up is in or out that was not, each row scaled."""
    weeks = choice.weeks[:, possible]
    scale = _LARGEST / np.where(weeks.any(axis=1), weeks.max(axis=1), 1.0)
    yield LinearConstraint(weeks * scale[:, None], -np.inf, (left + _slack(choice)) * scale)
    if must_differ:
        is_in = chosen[possible]
        yield LinearConstraint(np.where(is_in, -_LARGEST, _LARGEST)[None], _LARGEST * (1 - np.count_nonzero(is_in)), np.inf)


def _used(candidates: Sequence[Candidate], chosen: Sequence[str], departments: Sequence[str]) -> dict[str, float]:
    """Return the person-weeks that a plan takes of each department that it needs or that names a capacity."""
    done = sorted((one for one in candidates if one.follow_up in set(chosen)), key=lambda one: one.follow_up)
    needed = sorted({*departments, *(department for one in done for department in one.effort_by_department)})
    return {name: round(sum(one.effort_by_department.get(name, 0.0) for one in done), _DIGITS) for name in needed}
