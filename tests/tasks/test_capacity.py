"""The capacity plan: against every subset, its runner-up, one more person-week, and what order and ties must not change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.priorities.candidates import Candidate
from tasks.priorities.capacity import EXACT_UP_TO, capacity_plan, most_customers
from tasks.results import CapacityPlan

DEPARTMENTS = ("deck", "desk", "web")


def candidate(name: str, gain: float, **weeks: float) -> Candidate:
    """Return a follow-up that would better serve so many of 1,000 customers, with the person-weeks of each department."""
    effect = gain / 1000
    return Candidate(name, next(iter(weeks)), weeks, 1000, effect, 0.0, 2 * effect, "predicted", is_effort_assumed=False)


def plan(candidates: Sequence[Candidate], **capacity: float) -> CapacityPlan:
    made = capacity_plan(candidates, capacity)
    assert made is not None
    return made


def every_plan(candidates: Sequence[Candidate], capacity: Mapping[str, float]) -> list[tuple[float, frozenset[str]]]:
    """Return all plans that fit, the one that serves most first, follow-ups of which nothing is expected left out."""
    useful = [one for one in candidates if one.gain > 0]
    subsets = chain.from_iterable(combinations(useful, size) for size in range(len(useful) + 1))
    fitting = [
        (sum(one.gain for one in subset), frozenset(one.follow_up for one in subset))
        for subset in subsets
        if all(sum(one.effort_by_department.get(name, 0.0) for one in subset) <= has + 1e-6 for name, has in capacity.items())
    ]
    return sorted(fitting, key=lambda one: -one[0])


@st.composite
def houses(draw: st.DrawFn) -> tuple[list[Candidate], dict[str, float]]:
    """Up to ten follow-ups of one to three departments, few different figures so that ties are common, and some capacities."""
    shared = st.lists(st.sampled_from(DEPARTMENTS), min_size=1, max_size=3, unique=True)
    drawn = draw(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 12), shared), max_size=10))
    follow_ups = [candidate(f"fu-{n}", gain, **dict.fromkeys(hit, weeks / 2 / len(hit))) for n, (gain, weeks, hit) in enumerate(drawn)]
    capacity = draw(st.dictionaries(st.sampled_from(DEPARTMENTS), st.integers(0, 16).map(lambda half: half / 2), min_size=1))
    return follow_ups, capacity


@settings(max_examples=80, deadline=None)
@given(houses())
def test_no_subset_serves_more_and_the_runner_up_is_the_second_best_of_all(house: tuple[list[Candidate], dict[str, float]]) -> None:
    candidates, capacity = house
    every = every_plan(candidates, capacity)
    made = plan(candidates, **capacity)
    assert made.customers == pytest.approx(every[0][0], abs=1e-5)
    assert frozenset(made.chosen) in {names for _, names in every}
    assert most_customers(candidates, capacity) >= made.customers - 1e-5
    if len(every) == 1:
        assert made.runner_up_customers is None
    else:
        assert made.runner_up_customers == pytest.approx(every[1][0], abs=1e-5)
        assert frozenset(made.runner_up) in {names for _, names in every} - {frozenset(made.chosen)}


@settings(max_examples=50, deadline=None)
@given(houses())
def test_one_more_week_buys_what_the_best_of_all_subsets_then_serves_more(house: tuple[list[Candidate], dict[str, float]]) -> None:
    candidates, capacity = house
    made = plan(candidates, **capacity)
    with_more = {name: every_plan(candidates, capacity | {name: capacity[name] + 1}) for name in capacity}
    gains = {name: every[0][0] - made.customers for name, every in with_more.items() if every[0][0] > made.customers + 1e-5}
    assert {one.department: one.customers for one in made.one_more_week} == pytest.approx(gains, abs=1e-5)
    assert [one.customers for one in made.one_more_week] == sorted((one.customers for one in made.one_more_week), reverse=True)
    for one in made.one_more_week:
        best = [names for value, names in with_more[one.department] if value > with_more[one.department][0][0] - 1e-5]
        assert set(one.follow_ups) in [names - set(made.chosen) for names in best]


@settings(max_examples=50, deadline=None)
@given(houses(), st.randoms(use_true_random=False))
def test_the_order_of_follow_ups_and_departments_changes_nothing(house: tuple[list[Candidate], dict[str, float]], chance: object) -> None:
    candidates, capacity = house
    assert capacity_plan(candidates[::-1], dict(reversed(capacity.items()))) == capacity_plan(candidates, capacity)
    shuffled = list(candidates)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert capacity_plan(shuffled, capacity) == capacity_plan(candidates, capacity)


def test_a_plan_worked_out_by_hand() -> None:
    # best for each week is a (10), but it leaves a week of the desk idle; b and c fill all three
    follow_ups = [candidate("a", 20, desk=2), candidate("b", 14, desk=1.5), candidate("c", 13, desk=1.5), candidate("d", 5, web=1)]
    made = plan(follow_ups, desk=3, web=0)
    assert (made.chosen, made.customers) == (("b", "c"), 27)
    assert (made.runner_up, made.runner_up_customers) == (("a",), 20)
    assert made.used_person_weeks == {"desk": 3, "web": 0}
    assert made.capacity_person_weeks == {"desk": 3, "web": 0}
    bought = [(one.department, one.customers, one.follow_ups) for one in made.one_more_week]
    assert bought == [("desk", 7, ("a",)), ("web", 5, ("d",))]


def test_without_any_capacity_there_is_no_plan() -> None:
    assert capacity_plan([candidate("a", 20, desk=2)], {}) is None


def test_a_department_that_names_no_capacity_does_not_bind() -> None:
    made = plan([candidate("a", 20, desk=200), candidate("b", 10, desk=1, web=1)], web=1)
    assert made.chosen == ("a", "b")
    assert made.used_person_weeks == {"desk": 201, "web": 1}
    assert made.capacity_person_weeks == {"web": 1}


def test_what_nothing_is_expected_of_is_in_no_plan() -> None:
    made = plan([candidate("a", 20, desk=1), candidate("b", 0, desk=1)], desk=9)
    assert (made.chosen, made.runner_up, made.runner_up_customers, made.one_more_week) == (("a",), (), 0, ())


@pytest.mark.parametrize("follow_ups", [[], [candidate("a", 20, desk=3)]])
def test_where_nothing_fits_the_plan_is_empty_and_has_no_runner_up(follow_ups: list[Candidate]) -> None:
    made = plan(follow_ups, desk=1)
    assert (made.chosen, made.customers, made.runner_up, made.runner_up_customers) == ((), 0, (), None)


def test_three_thirds_of_a_week_fit_into_a_week() -> None:
    made = plan([candidate(name, 5, desk=1 / 3, deck=1 / 3, web=1 / 3) for name in "abc"], desk=1, deck=1, web=1)
    assert made.chosen == ("a", "b", "c")


def test_of_plans_that_serve_equally_many_the_one_with_fewer_weeks_is_chosen_and_then_the_earlier_id() -> None:
    assert plan([candidate("a", 20, desk=3), candidate("b", 20, desk=2)], desk=4).chosen == ("b",)
    assert plan([candidate(name, 20, desk=2) for name in "dcba"], desk=4).chosen == ("a", "b")


def many(count: int, seed: int) -> tuple[list[Candidate], dict[str, float]]:
    """Return more follow-ups than are chosen from at once, of twelve departments."""
    chance = np.random.default_rng(seed)
    names = [f"d{n:02d}" for n in range(12)]
    follow_ups = []
    for n in range(count):
        hit = chance.choice(names, chance.integers(1, 4), replace=False).tolist()
        weeks = float(chance.integers(1, 9)) / 2
        follow_ups.append(candidate(f"fu-{n:03d}", float(chance.integers(1, 60)), **dict.fromkeys(hit, weeks / len(hit))))
    return follow_ups, dict.fromkeys(names, 5.0)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.truth) for seed in range(1, 5))])
def test_a_plan_of_many_follow_ups_fits_lies_near_the_bound_and_does_not_depend_on_the_order(seed: int) -> None:
    follow_ups, capacity = many(3 * EXACT_UP_TO, seed)
    made = plan(follow_ups, **capacity)
    assert all(made.used_person_weeks[name] <= has + 1e-6 for name, has in capacity.items())
    bound = most_customers(follow_ups, capacity)
    assert 0.93 * bound < made.customers <= bound + 1e-6
    assert made.runner_up_customers is not None
    assert made.runner_up_customers <= made.customers
    assert set(made.runner_up) != set(made.chosen)
    for one in made.one_more_week:
        assert made.customers + one.customers <= most_customers(follow_ups, capacity | {one.department: 6.0}) + 1e-6
    assert capacity_plan(follow_ups[::-1], capacity) == made
