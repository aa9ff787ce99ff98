"""Slices in which a standard is missed more often: the exact test, what is listed and what is not, and what must always hold."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from tasks.inference import wilson
from tasks.results import Slice
from tasks.standards.slices import LISTED_AT_MOST, SLICE_KEYS, excess_misses, find_slices, more_often
from tests.tasks.slicing import Booleans, Counts, balanced, counted, found, house, many, named, names

PER_CELL = 50
REGION, PRODUCT = balanced(PER_CELL, 4, 4)
POSITION = np.arange(len(REGION)) % PER_CELL


def cases(per_cell: npt.NDArray[np.int_] | int, standard: str = "s") -> Counts:
    """Return counts of 50 cases a region and product, so many of each 50 missed."""
    missed: Booleans = np.broadcast_to(per_cell > POSITION, POSITION.shape)
    return counted({"region": REGION, "product": PRODUCT}, {standard: missed})


def joined(*counts: Counts) -> Counts:
    return pd.concat([one[0] for one in counts], ignore_index=True), pd.concat([one[1] for one in counts])


# the exact test


def test_fishers_lady_who_tells_all_eight_cups_has_one_chance_in_seventy() -> None:
    """Fisher (1935), The Design of Experiments, chapter II."""
    assert more_often(4, 4, 4, 8) == pytest.approx([1 / 70], rel=1e-12)


def test_three_of_four_cups_are_nothing_and_are_not_worked_out() -> None:
    """Fisher (1935), chapter II: 17 in 70 by chance; above 5 % the answer is 1."""
    assert more_often(3, 4, 4, 8).tolist() == [1.0]


def test_of_fishers_twins_the_monozygotic_ones_are_convicted_together_more_often() -> None:
    """Fisher (1935), JRSS 98, 39-82: 10 of 13 monozygotic twins, 2 of 17 dizygotic ones; 619 in 1,330,665 by chance."""
    assert more_often(10, 13, 12, 30) == pytest.approx([619 / 1_330_665], rel=1e-12)


@settings(deadline=None)
@given(st.tuples(*[st.integers(0, 400)] * 4).filter(any))
def test_the_exact_test_agrees_with_scipys(table: tuple[int, int, int, int]) -> None:
    missed, met, missed_rest, met_rest = table
    expected = fisher_exact([[missed, met], [missed_rest, met_rest]], alternative="greater").pvalue
    p = float(more_often(missed, missed + met, missed + missed_rest, sum(table))[0])
    assert p == (pytest.approx(expected, rel=1e-8) if expected <= 0.05 else 1.0)


@pytest.mark.parametrize(("missed", "n", "missed_all", "n_all"), [(470, 2_000, 8_000, 40_000), (260, 1_000, 4_000, 20_000)])
def test_the_exact_test_of_many_cases_is_that_of_whole_numbers(missed: int, n: int, missed_all: int, n_all: int) -> None:
    ways = sum(comb(missed_all, k) * comb(n_all - missed_all, n - k) for k in range(missed, missed + 300))
    assert more_often(missed, n, missed_all, n_all) == pytest.approx([float(Fraction(ways, comb(n_all, n)))], rel=1e-7)


def test_no_cases_and_all_cases_are_not_missed_more_often() -> None:
    assert more_often([5, 0, 0], [10, 0, 0], [5, 5, 0], [10, 10, 0]).tolist() == [1.0, 1.0, 1.0]


def test_with_a_design_effect_of_two_the_test_is_that_of_half_as_many_cases() -> None:
    assert more_often(21, 27, 25, 60, 2.0).tolist() == more_often(10, 13, 12, 29).tolist()


# what is listed, by hand: 16 cells of 50 cases, 10 of each missed where nothing else is said


def test_where_every_cell_is_alike_nothing_is_listed_and_every_slice_was_looked_at() -> None:
    nothing = found(cases(10))
    assert (nothing.listed, nothing.tests, nothing.rejected) == ((), 4 + 4 + 16, 0)


def test_a_value_that_is_bad_throughout_is_listed_alone() -> None:
    assert names(found(cases(np.where(REGION == "v1", 20, 10)))) == [("region v1",)]


def test_two_values_that_are_bad_are_both_listed() -> None:
    bad = np.where(REGION == "v1", 10, 0) + np.where(PRODUCT == "v2", 10, 0)
    assert set(names(found(cases(10 + bad)))) == {("region v1",), ("product v2",)}


def test_a_bad_pair_is_listed_without_its_values_which_it_explains() -> None:
    result = found(cases(np.where((REGION == "v1") & (PRODUCT == "v2"), 35, 10)))
    assert names(result) == [("region v1", "product v2")]
    assert result.rejected == 3


def test_a_pair_that_is_worse_than_its_bad_value_is_listed_beside_it() -> None:
    bad = np.where(REGION == "v1", 22, 10)
    assert set(names(found(cases(np.where((REGION == "v1") & (PRODUCT == "v2"), 45, bad))))) == {
        ("region v1",),
        ("region v1", "product v2"),
    }


def test_a_value_that_goes_with_a_bad_one_and_is_not_bad_itself_is_not_listed() -> None:
    """Product v3 is sold in region v1 mostly; within each region it is missed as often as any other."""
    region = np.repeat(["v0", "v1"], 1_000)
    product = np.where(np.arange(2_000) % 10 < np.where(region == "v1", 8, 2), "v3", "v4")
    missed = np.arange(2_000) // 10 % 10 < np.where(region == "v1", 4, 2)
    result = found(counted({"product": product, "region": region}, {"s": missed}))
    assert names(result) == [("region v1",)]
    assert result.rejected == 2


def test_of_a_branch_and_the_region_that_is_bad_through_it_only_the_branch_is_listed() -> None:
    branch = np.repeat([f"b{number}" for number in range(8)], 100)
    region = np.repeat(["north", "south"], 400)
    missed = np.arange(800) % 100 < np.where(branch == "b2", 70, 10)
    result = found(counted({"region": region, "branch": branch}, {"s": missed}))
    assert names(result) == [("branch b2",)]
    assert result.tests == 2 + 8


def test_a_branch_that_is_worse_than_its_bad_region_is_listed_beside_it() -> None:
    branch = np.repeat([f"b{number}" for number in range(8)], 100)
    region = np.repeat(["north", "south"], 400)
    misses = np.where(branch == "b2", 70, np.where(region == "north", 40, 10))
    result = found(counted({"region": region, "branch": branch}, {"s": np.arange(800) % 100 < misses}))
    assert {("branch b2",), ("region north",)} <= set(names(result))


def test_the_figures_of_a_slice_are_those_worked_out_by_hand() -> None:
    (one,) = found(cases(np.where(REGION == "v1", 20, 10)), lambda _: 17).listed
    low, high = wilson(120, 200)
    assert (one.standard, one.title, one.touchpoint, one.stage) == ("s", "s", "all", "all")
    assert (one.n, one.missed, one.customers) == (200, 80, 17)
    assert (one.share, one.elsewhere_share) == (pytest.approx(0.6), pytest.approx(0.8))
    assert (one.low, one.high) == (float(low), float(high))
    assert one.excess_misses == pytest.approx(80 - 200 * 0.2)
    assert one.p == pytest.approx(fisher_exact([[80, 120], [120, 480]], alternative="greater").pvalue, rel=1e-8)


def test_the_p_of_a_pair_is_the_largest_of_its_three() -> None:
    (one,) = found(cases(np.where((REGION == "v1") & (PRODUCT == "v2"), 35, 10))).listed
    against = [fisher_exact([[35, 15], [missed, met]], alternative="greater").pvalue for missed, met in ((150, 600), (30, 120))]
    assert one.p == pytest.approx(max(against), rel=1e-8)


def test_a_slice_at_a_touchpoint_is_compared_with_the_rest_of_that_touchpoint() -> None:
    slice_counts, totals = cases(np.where(REGION == "v1", 20, 10))
    totals.index = totals.index.set_levels(["lounge"], level="touchpoint")
    (one,) = found((slice_counts.assign(touchpoint="lounge"), totals)).listed
    assert (one.touchpoint, one.stage, one.n) == ("lounge", "sail", 200)


def test_the_most_excess_misses_come_first_over_all_figures() -> None:
    weak, strong = cases(np.where(REGION == "v1", 20, 10), "a"), cases(np.where(REGION == "v2", 30, 10), "b")
    assert [one.standard for one in found(joined(weak, strong)).listed] == ["b", "a"]


def test_no_figure_lists_more_than_its_worst_slices() -> None:
    (value,) = balanced(100, 20)
    number = np.char.strip(value, "v").astype(int)
    result = found(counted({"value": value}, {"s": np.arange(2_000) % 100 < np.where(number < 8, 40 + number, 10)}))
    assert names(result) == [(f"value v{worst}",) for worst in (7, 6, 5, 4, 3)]
    assert (result.rejected, len(result.listed)) == (8, LISTED_AT_MOST)


# customers


def test_a_slice_of_too_few_customers_is_not_listed_and_stays_in_the_family() -> None:
    counts = cases(np.where(REGION == "v1", 20, 10))
    assert names(found(counts, lambda _: 5)) == [("region v1",)]
    few = found(counts, lambda _: 4)
    assert (few.listed, few.tests, few.rejected) == ((), 24, 1)
    assert names(found(counts, lambda _: 4, customers_at_least=4)) == [("region v1",)]


def test_customers_are_counted_only_of_what_would_be_listed() -> None:
    asked: list[tuple[str, ...]] = []

    def count(one: Slice) -> int:
        asked.append(named(one))
        return 100

    (value,) = balanced(100, 20)
    number = np.char.strip(value, "v").astype(int)
    found(counted({"value": value}, {"s": np.arange(2_000) % 100 < np.where(number < 8, 40 + number, 10)}), count)
    assert asked == [(f"value v{worst}",) for worst in (7, 6, 5, 4, 3)]


# the family


def test_slices_of_too_few_cases_or_with_too_few_elsewhere_are_not_tested() -> None:
    value = np.repeat(["nine", "ten", "rest"], [9, 10, 9])
    flags = np.repeat([True, False], [9, 19])
    result = found(counted({"value": value}, {"s": flags}))
    assert (names(result), result.tests) == ([], 1)
    assert names(found(counted({"value": value}, {"s": flags}), too_few_below=9)) == [("value nine",)]
    value = np.repeat(["most", "rest"], [100, 9])
    assert found(counted({"value": value}, {"s": value == "most"})).tests == 0


def test_explained_slices_do_not_lift_the_line_for_others() -> None:
    """The bad pair's two values are rejected with it; a chance finding elsewhere would ride on them, and does not."""
    planted = cases(np.where((REGION == "v1") & (PRODUCT == "v2"), 35, 10), "planted")
    chance = cases(np.where(REGION == "v1", 15, 10), "chance")
    p = fisher_exact([[60, 140], [120, 480]], alternative="greater").pvalue
    assert 2 / 48 * 0.05 < p < 4 / 48 * 0.05
    assert names(found(chance)) == []
    result = found(joined(planted, chance))
    assert (result.tests, result.rejected) == (48, 3)
    assert [one.standard for one in result.listed] == ["planted"]


def test_where_cases_of_a_customer_go_together_more_is_needed_and_the_interval_is_wider() -> None:
    slice_counts, totals = cases(np.where(REGION == "v1", 18, 10))
    (plain,) = found((slice_counts, totals)).listed
    (same,) = found((slice_counts, totals.assign(n_effective=np.nan))).listed
    (fewer,) = found((slice_counts, totals.assign(n_effective=600.0))).listed
    assert same == plain
    assert fewer.p > plain.p
    assert fewer.low < plain.low
    assert found((slice_counts, totals.assign(n_effective=80.0))).listed == ()


# edges


def test_without_rows_nothing_is_found() -> None:
    slice_counts, totals = cases(10)
    nothing = found((slice_counts.iloc[:0], totals))
    assert (nothing.listed, nothing.tests, nothing.rejected) == ((), 0, 0)


@pytest.mark.parametrize("per_cell", [0, PER_CELL])
def test_where_all_or_none_are_met_nothing_is_found(per_cell: int) -> None:
    assert found(cases(per_cell)).listed == ()


def test_a_dimension_of_one_value_is_the_whole_and_not_tested() -> None:
    everywhere = np.full(800, "here")
    result = found(counted({"place": everywhere, "region": REGION}, {"s": np.where(REGION == "v1", 20, 10) > POSITION}))
    assert (names(result), result.tests) == ([("region v1",)], 4)


@pytest.mark.parametrize("unknown", ["", None])
def test_unknown_values_are_not_reported_and_count_elsewhere(unknown: str | None) -> None:
    slice_counts, totals = cases(np.where(REGION == "v1", 20, 10))
    slice_counts["value"] = slice_counts["value"].mask(slice_counts["dimension"].eq("region") & slice_counts["value"].eq("v1"), unknown)
    assert found((slice_counts, totals)).listed == ()
    slice_counts, totals = cases(np.where(REGION == "v1", 20, 10))
    slice_counts["value"] = slice_counts["value"].mask(slice_counts["dimension"].eq("region") & slice_counts["value"].eq("v0"), unknown)
    (one,) = found((slice_counts, totals)).listed
    assert (named(one), one.elsewhere_share) == (("region v1",), pytest.approx(0.8))


def test_a_pair_of_which_one_value_is_unknown_is_not_reported() -> None:
    slice_counts, totals = cases(np.where((REGION == "v1") & (PRODUCT == "v2"), 35, 10))
    for name in ("value", "value_2"):
        slice_counts[name] = slice_counts[name].mask(slice_counts[name].eq("v2"))
    assert names(found((slice_counts, totals))) == [("region v1",)]


def test_a_null_second_dimension_is_that_of_a_single_value() -> None:
    slice_counts, totals = cases(np.where(REGION == "v1", 20, 10))
    is_single = slice_counts["dimension_2"].eq("")
    blanked = slice_counts.assign(**{name: slice_counts[name].mask(is_single) for name in ("dimension_2", "value_2")})
    assert found((blanked, totals)) == found((slice_counts, totals))


def test_a_pair_without_its_values_and_a_figure_without_a_total_are_errors() -> None:
    slice_counts, totals = cases(10)
    with pytest.raises(ValueError, match="for each of its values alone"):
        found((slice_counts[slice_counts["dimension_2"] != ""], totals))
    with pytest.raises(KeyError):
        find_slices(slice_counts.assign(touchpoint="lounge"), totals, house(totals), many)


HOSTILE = ["'; DROP TABLE slices; --", "{0}%s\n\t", "<script>", "dimension_2", "\u202e", "nan", "=1+1"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_dimensions_and_values_are_only_data(name: str) -> None:
    slice_counts, totals = cases(np.where((REGION == "v1") & (PRODUCT == "v2"), 35, 10))
    renamed = slice_counts.assign(dimension=slice_counts["dimension"].replace("region", name))
    for value, old in (("value", "v1"), ("value_2", "v2")):
        renamed[value] = slice_counts[value].mask(slice_counts["dimension"].eq("region") & slice_counts[value].eq(old), name)
    renamed["value"] = renamed["value"].mask(slice_counts["dimension"].eq("product") & slice_counts["value"].eq("v2"), name)
    (one,) = found((renamed, totals)).listed
    (plain,) = found((slice_counts, totals)).listed
    assert [(part.dimension, part.value) for part in one.parts] == [(name, name), ("product", name)]
    assert one.model_copy(update={"parts": ()}) == plain.model_copy(update={"parts": ()})


# what must always hold

cells = st.lists(st.integers(0, PER_CELL), min_size=16, max_size=16)


def of_cells(numbers: list[int]) -> Counts:
    return cases(np.repeat(numbers, PER_CELL))


@settings(max_examples=10, deadline=None)
@given(cells, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(numbers: list[int], chance: np.random.Generator) -> None:
    slice_counts, totals = of_cells(numbers)
    order = list(range(len(slice_counts)))
    chance.shuffle(order)
    assert found((slice_counts.iloc[order], totals)) == found((slice_counts, totals))


@settings(max_examples=10, deadline=None)
@given(cells, st.integers(0, 2**32 - 1))
def test_pieces_add_up_to_the_whole(numbers: list[int], seed: int) -> None:
    slice_counts, totals = of_cells(numbers)
    first = slice_counts.copy()
    for name in ("met", "missed"):
        first[name] = np.random.default_rng(seed).integers(0, slice_counts[name] + 1)
    second = slice_counts.assign(met=slice_counts["met"] - first["met"], missed=slice_counts["missed"] - first["missed"])
    pieces = pd.concat([second.sample(frac=1, random_state=seed), first])
    assert found((pieces, totals)) == found((slice_counts, totals))


@settings(max_examples=5, deadline=None)
@given(cells)
def test_texts_and_categories_give_the_same(numbers: list[int]) -> None:
    slice_counts, totals = of_cells(numbers)
    categories = slice_counts.astype(dict.fromkeys(SLICE_KEYS, "category"))
    assert found((categories, totals)) == found((slice_counts, totals))


@settings(max_examples=10, deadline=None)
@given(cells)
def test_what_is_listed_is_missed_more_often_than_elsewhere_beyond_doubt(numbers: list[int]) -> None:
    result = found(of_cells(numbers))
    assert len(result.listed) <= min(result.rejected, LISTED_AT_MOST)
    assert list(result.listed) == sorted(result.listed, key=lambda one: -one.excess_misses)
    assert all(one.share < one.elsewhere_share and one.excess_misses > 0 and one.p <= 0.05 for one in result.listed)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)).filter(any), min_size=2, max_size=20))
def test_over_a_partition_excess_misses_weighted_by_the_share_elsewhere_sum_to_nothing(parts: list[tuple[int, int]]) -> None:
    """(n missed_i - n_i missed) / (n - n_i) is the excess of a part; times (n - n_i) / n the parts sum to missed - missed."""
    missed, n = np.array(parts)[:, 0], np.array(parts).sum(axis=1)
    excess = excess_misses(missed, n, missed.sum(), n.sum())
    assert (excess * (1 - n / n.sum())).sum() == pytest.approx(0, abs=1e-6)
