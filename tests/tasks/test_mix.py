"""Where the whole and its parts disagree: published paradoxes, the verdicts, and what must always hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from tasks.results import MixEffect
from tasks.standards.mix import adjusted_changes, mix_effects
from tasks.standards.slices import SLICE_KEYS
from tests.tasks.slicing import Counts, house

Parts = dict[str, tuple[int, int]]

# Bickel, Hammel and O'Connell (1975), Science 187, 398-404: graduate admissions at Berkeley, the six largest departments (Freedman,
# Pisani and Purves, Statistics, chapter 2); admitted of applicants.
WOMEN: Parts = {"A": (89, 108), "B": (17, 25), "C": (202, 593), "D": (131, 375), "E": (94, 393), "F": (24, 341)}
MEN: Parts = {"A": (512, 825), "B": (353, 560), "C": (120, 325), "D": (138, 417), "E": (53, 191), "F": (22, 373)}
# Appleton, French and Vanderpump (1996), The American Statistician 50, 340-341, table 1: women of Whickham, by age; alive after
# twenty years.
SMOKERS: Parts = dict(zip("abcdefg", [(53, 55), (121, 124), (95, 109), (103, 130), (64, 115), (7, 36), (0, 13)], strict=True))
NEVER: Parts = dict(zip("abcdefg", [(61, 62), (152, 157), (114, 121), (66, 78), (81, 121), (28, 129), (0, 64)], strict=True))
# Charig, Webb, Payne and Wickham (1986), BMJ 292, 879-882, as in Julious and Mullee (1994), BMJ 309, 1480-1481: kidney stones
# removed, by size.
OPEN: Parts = {"small": (81, 87), "large": (192, 263)}
NEEDLE: Parts = {"small": (234, 270), "large": (55, 80)}
# University Group Diabetes Program, in Rothman, Greenland and Lash (2008), Modern Epidemiology, 3rd edition, table 15-1: deaths by age.
TOLBUTAMIDE: Parts = {"under 55": (8, 106), "55 and over": (22, 98)}
PLACEBO: Parts = {"under 55": (5, 120), "55 and over": (16, 85)}


def quarter(standard: str = "s", place: str = "all", **dimensions: Parts) -> Counts:
    """Return slice counts and totals of (met, n) by dimension and value; the totals are those of the first dimension."""
    rows = [
        (standard, place, dimension, value, "", "", met, n - met)
        for dimension, parts in dimensions.items()
        for value, (met, n) in parts.items()
    ]
    slice_counts = pd.DataFrame(rows, columns=[*SLICE_KEYS, "met", "missed"])
    first = next(iter(dimensions.values())).values()
    met, n = (sum(numbers) for numbers in zip(*first, strict=True))
    index = pd.MultiIndex.from_tuples([(standard, place)], names=["standard", "touchpoint"])
    return slice_counts, pd.DataFrame({"met": [met], "missed": [n - met]}, index=index)


def joined(*counts: Counts) -> Counts:
    return pd.concat([one[0] for one in counts], ignore_index=True), pd.concat([one[1] for one in counts])


def effects(now: Counts, earlier: Counts) -> tuple[MixEffect, ...]:
    return mix_effects(now[0], earlier[0], now[1], earlier[1], house(now[1]), "2026Q1")


def parted(now: Parts, earlier: Parts) -> pd.DataFrame:
    rows = [("s", "all", "d", value, *now[value], *earlier[value]) for value in now]
    return pd.DataFrame(rows, columns=["standard", "touchpoint", "dimension", "value", "met", "n", "earlier_met", "earlier_n"])


def adjusted(now: Parts, earlier: Parts) -> tuple[float, float]:
    """Return the common change of the parts and its standard error."""
    ((change, error),) = adjusted_changes(parted(now, earlier)).to_numpy()
    return change, error


def times(parts: Parts, factor: int) -> Parts:
    return {value: (met * factor, n * factor) for value, (met, n) in parts.items()}


# published figures


def test_the_common_risk_difference_of_tolbutamide_is_that_of_the_textbook() -> None:
    """Modern Epidemiology, chapter 15: 0.035, 90 % limits -0.018 and 0.088 (0.0874 before rounding on the way)."""
    change, error = adjusted(TOLBUTAMIDE, PLACEBO)
    assert round(change, 3) == 0.035
    assert round(change - ndtri(0.95) * error, 3) == -0.018
    assert change + ndtri(0.95) * error == pytest.approx(0.088, abs=0.001)


def test_weights_and_variance_are_those_worked_out_by_hand() -> None:
    """Weights 106 * 120 / 226 and 98 * 85 / 183; Greenland and Robins (1985), Biometrics 41, 55-68."""
    w1, w2 = 106 * 120 / 226, 98 * 85 / 183
    change = (w1 * (8 / 106 - 5 / 120) + w2 * (22 / 98 - 16 / 85)) / (w1 + w2)
    first = (8 * 98 * 120**3 + 5 * 115 * 106**3) / (106 * 120 * 226**2)
    second = (22 * 76 * 85**3 + 16 * 69 * 98**3) / (98 * 85 * 183**2)
    assert adjusted(TOLBUTAMIDE, PLACEBO) == pytest.approx((change, (first + second) ** 0.5 / (w1 + w2)), rel=1e-12)


def test_at_berkeley_fewer_women_are_admitted_because_of_where_they_apply() -> None:
    (one,) = effects(quarter(department=WOMEN), quarter(department=MEN))
    assert (one.standard, one.title, one.touchpoint, one.stage, one.against) == ("s", "s", "all", "all", "2026Q1")
    assert (one.dimension, one.verdict) == ("department", "mix")
    assert one.change == pytest.approx(557 / 1835 - 1198 / 2691)
    assert round(one.change, 2) == -0.14
    assert one.low < 0 < one.adjusted_change < one.high


def test_of_whickhams_women_more_smokers_live_because_they_are_younger() -> None:
    """24 % of smokers died and 31 % of the others; of the same age it was more of the smokers."""
    (one,) = effects(quarter(age=SMOKERS), quarter(age=NEVER))
    assert one.verdict == "reversed"
    assert [round(1 - sum(met for met, _ in parts.values()) / sum(n for _, n in parts.values()), 2) for parts in (SMOKERS, NEVER)] == [
        0.24,
        0.31,
    ]
    assert one.change == pytest.approx(230 / 732 - 139 / 582)
    assert one.low < one.adjusted_change < one.high < 0


def test_the_kidney_stones_turn_round_too_but_are_too_few_to_say_so() -> None:
    """Open surgery: 78 % against 83 % of the whole, 93 % against 87 % of small and 73 % against 69 % of large stones."""
    assert 273 / 350 - 289 / 350 < 0 < adjusted(OPEN, NEEDLE)[0]
    assert effects(quarter(size=OPEN), quarter(size=NEEDLE)) == ()


def test_ten_times_as_many_kidney_stones_are_enough() -> None:
    (one,) = effects(quarter(size=times(OPEN, 10)), quarter(size=times(NEEDLE, 10)))
    assert one.verdict == "reversed"


# verdicts


def test_parts_that_all_moved_while_the_whole_stood_still_are_not_overlooked() -> None:
    now: Parts = {"easy": (360, 400), "hard": (360, 600)}
    earlier: Parts = {"easy": (480, 600), "hard": (200, 400)}
    assert 720 / 1000 - 680 / 1000 < 0.05
    (one,) = effects(quarter(kind=now), quarter(kind=earlier))
    assert one.verdict == "hidden"
    assert one.adjusted_change == pytest.approx(0.1)


def test_a_change_that_all_parts_share_is_no_matter_of_mix() -> None:
    now: Parts = {"easy": (540, 600), "hard": (240, 400)}
    earlier: Parts = {"easy": (480, 600), "hard": (200, 400)}
    assert effects(quarter(kind=now), quarter(kind=earlier)) == ()


def test_parts_that_moved_as_the_whole_did_hide_nothing_though_they_show_it_more_plainly() -> None:
    """Five points in each part, seen because within the parts the shares vary less; the whole's own interval holds 0."""
    now, earlier = quarter(kind={"easy": (285, 300), "hard": (75, 300)}), quarter(kind={"easy": (270, 300), "hard": (60, 300)})
    assert effects(now, earlier) == ()


@pytest.mark.parametrize("old", [{"bus": (450, 500), "tram": (400, 500)}, {"bus": (850, 1000)}])
def test_a_part_that_is_new_is_no_change_of_the_parts(old: Parts) -> None:
    (one,) = effects(quarter(line=old | {"ferry": (200, 500)}), quarter(line=old))
    assert (one.verdict, one.adjusted_change) == ("mix", 0)
    assert one.change == pytest.approx(0.7 - 0.85)


def test_parts_that_cannot_tell_are_no_mix() -> None:
    """Each part has few cases in one of the quarters: the interval of their change holds 0, and the change of the whole too."""
    now, earlier = quarter(kind={"a": (4, 10), "b": (66, 190)}), quarter(kind={"a": (100, 200), "b": (4, 10)})
    assert effects(now, earlier) == ()


def test_where_interval_and_test_of_the_whole_disagree_nothing_is_told() -> None:
    """9 of 40 after 40 of 100: p is 0.0499, Newcombe's interval reaches 0.0003."""
    assert effects(quarter(kind={"easy": (8, 9), "hard": (1, 31)}), quarter(kind={"easy": (39, 40), "hard": (1, 60)})) == ()


def test_cases_of_an_unknown_value_are_a_part_of_their_own() -> None:
    now, earlier = quarter(kind={"easy": (180, 200), "": (200, 400)}), quarter(kind={"easy": (360, 400), "": (100, 200)})
    (one,) = effects(now, earlier)
    assert (one.verdict, one.adjusted_change) == ("mix", 0)
    with_null = now[0].assign(value=now[0]["value"].replace("", None))
    assert effects((with_null, now[1]), earlier) == (one,)


def test_values_of_too_few_cases_are_put_together_with_the_unknown_ones() -> None:
    thin, thin_earlier = ({f"v{number}": (4, 8) for number in range(values)} for values in (50, 25))
    (one,) = effects(quarter(kind={"easy": (180, 200)} | thin), quarter(kind={"easy": (360, 400)} | thin_earlier))
    together = effects(quarter(kind={"easy": (180, 200), "": (200, 400)}), quarter(kind={"easy": (360, 400), "": (100, 200)}))
    assert (one,) == together


def grouped(parts: Parts, *groups: str) -> Parts:
    return {group: (sum(parts[value][0] for value in group), sum(parts[value][1] for value in group)) for group in groups}


def test_only_the_dimension_is_named_whose_parts_are_farthest_from_the_whole() -> None:
    """In errors of the common change: three ages tell more than two, and two that part the oldest most of all."""
    now, earlier = ({"a": grouped(parts, "abcd", "efg"), "b": grouped(parts, "abc", "de", "fg")} for parts in (SMOKERS, NEVER))
    assert [(one.dimension, one.verdict) for one in effects(quarter(**now), quarter(**earlier))] == [("b", "mix")]
    now, earlier = now | {"c": grouped(SMOKERS, "abcde", "fg")}, earlier | {"c": grouped(NEVER, "abcde", "fg")}
    assert [(one.dimension, one.verdict) for one in effects(quarter(**now), quarter(**earlier))] == [("c", "reversed")]


def test_pairs_of_dimensions_are_left_aside() -> None:
    now, earlier = quarter(department=WOMEN), quarter(department=MEN)
    pairs = now[0].assign(dimension_2="term", value_2="autumn")
    assert effects((pd.concat([now[0], pairs]), now[1]), earlier) == effects(now, earlier)
    assert effects((pairs, now[1]), earlier) == ()


@pytest.mark.parametrize(
    ("now", "earlier", "verdict"),
    [
        ({"easy": (228, 240), "hard": (72, 360)}, {"easy": (285, 300), "hard": (60, 300)}, "mix"),
        ({"easy": (244, 257), "hard": (86, 343)}, {"easy": (270, 300), "hard": (60, 300)}, "hidden"),
    ],
)
def test_what_is_told_alone_is_not_told_as_one_of_many_figures(now: Parts, earlier: Parts, verdict: str) -> None:
    """Beside 30 figures that stand still neither the whole's change (p 0.009) nor the parts' (p 0.02) is beyond chance."""
    one, other = quarter(kind=now), quarter(kind=earlier)
    still = [quarter(f"still{number}", kind={"easy": (180, 200), "hard": (100, 200)}) for number in range(30)]
    assert [effect.verdict for effect in effects(one, other)] == [verdict]
    assert effects(joined(one, *still), joined(other, *still)) == ()


def test_figures_come_in_their_order_each_at_its_own_place() -> None:
    now = joined(quarter("b", "lounge", department=WOMEN), quarter("a", department=WOMEN))
    earlier = joined(quarter("b", "lounge", department=MEN), quarter("a", department=MEN))
    assert [(one.standard, one.touchpoint, one.stage) for one in effects(now, earlier)] == [("a", "all", "all"), ("b", "lounge", "sail")]


def test_where_cases_of_a_customer_go_together_more_is_needed() -> None:
    now, earlier = quarter(age=SMOKERS), quarter(age=NEVER)
    (plain,) = effects(now, earlier)
    one, other = (now[0], now[1].assign(n_effective=500.0)), (earlier[0], earlier[1].assign(n_effective=np.nan))
    (fewer,) = effects(one, other)
    assert fewer.adjusted_change == plain.adjusted_change
    assert fewer.high - fewer.low == pytest.approx((plain.high - plain.low) * (582 / 500) ** 0.5)
    assert effects((now[0], now[1].assign(n_effective=100.0)), other) == ()
    assert effects(now, (earlier[0], earlier[1].assign(n_effective=100.0))) == ()
    (later,) = effects(now, (earlier[0], earlier[1].assign(n_effective=700.0)))
    assert later.high - later.low == pytest.approx((plain.high - plain.low) * (732 / 700) ** 0.5)


# edges


def test_without_rows_or_an_earlier_quarter_nothing_is_told() -> None:
    slice_counts, totals = quarter(department=WOMEN)
    assert effects((slice_counts.iloc[:0], totals), (slice_counts.iloc[:0], totals)) == ()
    assert effects((slice_counts, totals), (slice_counts.iloc[:0], totals.iloc[:0])) == ()


@pytest.mark.parametrize("share", [0, 1])
def test_where_all_or_none_are_met_nothing_is_told(share: int) -> None:
    now, earlier = (
        quarter(kind={"a": (share * 50, 50), "b": (share * 90, 90)}),
        quarter(kind={"a": (share * 70, 70), "b": (share * 40, 40)}),
    )
    assert effects(now, earlier) == ()


def test_parts_without_any_variance_are_not_judged() -> None:
    assert effects(quarter(kind={"a": (50, 50), "b": (0, 90)}), quarter(kind={"a": (90, 90), "b": (0, 50)})) == ()


def test_one_value_is_the_whole_and_tells_nothing() -> None:
    assert effects(quarter(kind={"a": (50, 100)}), quarter(kind={"a": (90, 100)})) == ()


def test_too_few_cases_tell_nothing() -> None:
    earlier = quarter(kind={"easy": (1_800, 2_000), "hard": (10, 100)})
    assert [one.verdict for one in effects(quarter(kind={"easy": (1, 1), "hard": (1, 9)}), earlier)] == ["mix"]
    assert effects(quarter(kind={"easy": (1, 1), "hard": (1, 8)}), earlier) == ()


# what must always hold

shares = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
both = st.lists(st.tuples(shares, shares), min_size=2, max_size=8)


def of_pairs(pairs: list[tuple[tuple[int, int], tuple[int, int]]]) -> tuple[Parts, Parts]:
    return {f"v{i}": now for i, (now, _) in enumerate(pairs)}, {f"v{i}": earlier for i, (_, earlier) in enumerate(pairs)}


@settings(max_examples=25, deadline=None)
@given(both)
def test_the_common_change_lies_between_those_of_the_parts(pairs: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    changes = [met / n - earlier_met / earlier_n for (met, n), (earlier_met, earlier_n) in pairs]
    found = adjusted_changes(parted(*of_pairs(pairs)))
    assert len(found) <= 1
    assert all(min(changes) - 1e-12 <= change <= max(changes) + 1e-12 for change in found["adjusted_change"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 100), st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=8), st.integers(1, 5))
def test_where_the_mix_is_the_same_the_common_change_is_that_of_the_whole(rows: list[tuple[int, float, float]], times_as_many: int) -> None:
    now = {f"v{i}": (round(n * share), n) for i, (n, share, _) in enumerate(rows)}
    earlier = {f"v{i}": (round(n * times_as_many * share), n * times_as_many) for i, (n, _, share) in enumerate(rows)}
    whole = [np.array(list(parts.values())).sum(axis=0) for parts in (now, earlier)]
    for change in adjusted_changes(parted(now, earlier))["adjusted_change"]:
        assert change == pytest.approx(whole[0][0] / whole[0][1] - whole[1][0] / whole[1][1], abs=1e-12)


@settings(max_examples=6, deadline=None)
@given(both)
def test_the_quarters_the_other_way_round_tell_the_same_with_the_sign_turned(pairs: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    now, earlier = (quarter(kind=parts) for parts in of_pairs(pairs))
    forward, backward = effects(now, earlier), effects(earlier, now)
    assert [one.verdict for one in forward] == [one.verdict for one in backward]
    assert [one.change for one in forward] == pytest.approx([-one.change for one in backward])
    assert [one.low for one in forward] == pytest.approx([-one.high for one in backward])


@settings(max_examples=4, deadline=None)
@given(st.permutations(range(13)), st.integers(0, 2**32 - 1))
def test_neither_the_order_of_rows_nor_their_pieces_matter(order: list[int], seed: int) -> None:
    now, earlier = quarter(age=SMOKERS, department=WOMEN), quarter(age=NEVER, department=MEN)
    part = now[0].assign(**{name: np.random.default_rng(seed).integers(0, now[0][name] + 1) for name in ("met", "missed")})
    rest = now[0].assign(**{name: now[0][name] - part[name] for name in ("met", "missed")})
    pieces = pd.concat([part.iloc[order], rest])
    assert effects((pieces, now[1]), (earlier[0].iloc[order], earlier[1])) == effects(now, earlier) != ()
    categories = pieces.astype(dict.fromkeys(SLICE_KEYS, "category"))
    assert effects((categories, now[1]), earlier) == effects(now, earlier)


@pytest.mark.parametrize("name", ["'; DROP TABLE slices; --", "value", "{0}%s\n", "nan"])
def test_names_of_dimensions_and_values_are_only_data(name: str) -> None:
    now, earlier = ({name if value == "A" else value: numbers for value, numbers in parts.items()} for parts in (WOMEN, MEN))
    (one,) = effects(quarter(**{"department": now}), quarter(**{"department": earlier}))
    named, named_earlier = quarter(department=now), quarter(department=earlier)
    (renamed,) = effects((named[0].assign(dimension=name), named[1]), (named_earlier[0].assign(dimension=name), named_earlier[1]))
    assert renamed.dimension == name
    assert renamed.model_copy(update={"dimension": "department"}) == one
