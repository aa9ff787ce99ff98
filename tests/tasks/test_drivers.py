"""What goes with the overall rating: published and hand-computed truths, what merges, what is left out and why."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import InputError
from tasks.drivers.correlations import correlate, cube, repair
from tasks.drivers.cross_products import KEYS, SUMS, cross_products, merge
from tasks.drivers.find import find_drivers
from tasks.drivers.shapley import shapley, subset_r2
from tests.tasks.ratings import WHOLE, airport, answers_of, found, planted

Floats = npt.NDArray[np.float64]

SWISS = """
80.2 17 15 12 9.96 22.2; 83.1 45.1 6 9 84.84 22.2; 92.5 39.7 5 5 93.4 20.2; 85.8 36.5 12 7 33.77 20.3; 76.9 43.5 17 15 5.16 20.6;
76.1 35.3 9 7 90.57 26.6; 83.8 70.2 16 7 92.85 23.6; 92.4 67.8 14 8 97.16 24.9; 82.4 53.3 12 7 97.67 21; 82.9 45.2 16 13 91.38 24.4;
87.1 64.5 14 6 98.61 24.5; 64.1 62 21 12 8.52 16.5; 66.9 67.5 14 7 2.27 19.1; 68.9 60.7 19 12 4.43 22.7; 61.7 69.3 22 5 2.82 18.7;
68.3 72.6 18 2 24.2 21.2; 71.7 34 17 8 3.3 20; 55.7 19.4 26 28 12.11 20.2; 54.3 15.2 31 20 2.15 10.8; 65.1 73 19 9 2.84 20;
65.5 59.8 22 10 5.23 18; 65 55.1 14 3 4.52 22.4; 56.6 50.9 22 12 15.14 16.7; 57.4 54.1 20 6 4.2 15.3; 72.5 71.2 12 1 2.4 21;
74.2 58.1 14 8 5.23 23.8; 72 63.5 6 3 2.56 18; 60.5 60.8 16 10 7.72 16.3; 58.3 26.8 25 19 18.46 20.9; 65.4 49.5 15 8 6.1 22.5;
75.5 85.9 3 2 99.71 15.1; 69.3 84.9 7 6 99.68 19.8; 77.3 89.7 5 2 100 18.3; 70.5 78.2 12 6 98.96 19.4; 79.4 64.9 7 3 98.22 20.2;
65 75.9 9 9 99.06 17.8; 92.2 84.6 3 3 99.46 16.3; 79.3 63.1 13 13 96.83 18.1; 70.4 38.4 26 12 5.62 20.3; 65.7 7.7 29 11 13.79 20.5;
72.7 16.7 22 13 11.22 18.9; 64.4 17.6 35 32 16.92 23; 77.6 37.6 15 7 4.97 20; 67.6 18.7 25 7 8.65 19.5; 35 1.2 37 53 42.34 18;
44.7 46.6 16 29 50.43 18.2; 42.8 27.7 22 29 58.33 19.3
"""
SWISS_QUESTIONS = ["fertility", "agriculture", "examination", "education", "catholic", "infant-mortality"]


def correlations_of(products: pd.DataFrame, questions: list[str]) -> Floats:
    return correlate(cube(products, questions).sum(axis=0))


def equal_correlations(size: int, r: float) -> Floats:
    return np.full((size, size), r) + (1 - r) * np.eye(size)


@pytest.mark.parametrize(
    ("weights", "r2", "shares"),
    [
        (None, 0.706735001593, [0.0570912207681, 0.1711730289002, 0.2601346786244, 0.1055701503735, 0.1127659229265]),
        (1 + np.arange(1, 48) % 3, 0.694332891423, [0.0518208063017, 0.1549452302086, 0.2559770835712, 0.1019573530969, 0.1296324182449]),
    ],
)
def test_shares_are_those_of_relaimpo_for_the_swiss_data(weights: Floats | None, r2: float, shares: list[float]) -> None:
    """R's data set `swiss` (Mosteller and Tukey 1977, pp. 549-551), the example of Grömping (2006), J. Stat. Softw. 17(1).

    The figures are calc.relimp's, type lmg, of R's package relaimpo 2.2-7.
    """
    scores = [[float(cell) for cell in row.split()] for row in SWISS.split(";")]
    products = cross_products(answers_of(scores, SWISS_QUESTIONS, weights=weights), "fertility", SWISS_QUESTIONS)
    values = subset_r2(correlations_of(products, [*SWISS_QUESTIONS[1:], "fertility"]))
    assert values[-1] == pytest.approx(r2, abs=1e-11)
    assert shapley(values) == pytest.approx(shares, abs=1e-11)


def test_with_two_drivers_the_shares_are_those_of_the_closed_form() -> None:
    """By hand: R² = (0.36 + 0.16 - 2 · 0.6 · 0.4 · 0.5) / (1 - 0.25); the first driver gains 0.36 alone and R² - 0.16 as the second."""
    values = subset_r2(np.array([[1, 0.5, 0.6], [0.5, 1, 0.4], [0.6, 0.4, 1]]))
    r2 = 0.28 / 0.75
    assert values == pytest.approx([0, 0.36, 0.16, r2])
    assert shapley(values) == pytest.approx([(0.36 + r2 - 0.16) / 2, (0.16 + r2 - 0.36) / 2])


def test_of_drivers_that_do_not_correlate_each_has_its_squared_correlation() -> None:
    matrix = np.eye(4)
    matrix[-1, :-1] = matrix[:-1, -1] = [0.5, -0.3, 0.1]
    assert shapley(subset_r2(matrix)) == pytest.approx([0.25, 0.09, 0.01])


def r2_by_least_squares(scores: Floats, drivers: list[int]) -> float:
    design = np.column_stack([np.ones(len(scores)), scores[:, drivers]])
    rest = scores[:, -1] - design @ np.linalg.lstsq(design, scores[:, -1], rcond=None)[0]
    return float(1 - rest.var() / scores[:, -1].var())


def test_shares_are_the_mean_gain_over_all_24_orders_of_four_drivers_by_least_squares() -> None:
    chance = np.random.default_rng(3)
    scores = np.round(planted(chance, 200, equal_correlations(5, 0.4)) @ np.triu(chance.uniform(-1, 1, (5, 5))), 2)
    gains = np.zeros(4)
    for order in permutations(range(4)):
        for place, driver in enumerate(order):
            before = list(order[:place])
            gains[driver] += (r2_by_least_squares(scores, [*before, driver]) - r2_by_least_squares(scores, before)) / 24
    questions = ["a", "b", "c", "d", WHOLE]
    values = subset_r2(correlations_of(cross_products(answers_of(scores, questions), WHOLE, questions), questions))
    assert shapley(values) == pytest.approx(gains, abs=1e-10)


@given(st.integers(1, 6), st.integers(0, 10_000))
@settings(deadline=None)
def test_shares_add_up_to_r2_and_follow_their_driver_wherever_it_stands(drivers: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    matrix = np.corrcoef(chance.normal(size=(drivers + 1, 30)) + chance.normal(size=30))
    shares = shapley(subset_r2(matrix))
    assert shares.sum() == pytest.approx(subset_r2(matrix)[-1])
    assert (shares > -1e-12).all()
    order = chance.permutation(drivers)
    places = [*order, drivers]
    assert shapley(subset_r2(matrix[np.ix_(places, places)])) == pytest.approx(shares[order])


def test_a_stack_of_matrices_gives_what_each_gives_alone() -> None:
    chance = np.random.default_rng(4)
    stack = np.stack([np.corrcoef(chance.normal(size=(5, 20))) for _ in range(3)])
    assert subset_r2(stack).tolist() == [subset_r2(matrix).tolist() for matrix in stack]


def test_correlations_are_those_of_pandas_over_who_answered_both() -> None:
    chance = np.random.default_rng(5)
    scores = chance.integers(1, 6, (300, 4)).astype(float)
    scores[chance.random(scores.shape) < 0.3] = np.nan
    questions = ["a", "b", "c", WHOLE]
    products = cross_products(answers_of(scores, questions), WHOLE, questions)
    assert correlations_of(products, questions) == pytest.approx(pd.DataFrame(scores).corr().to_numpy(), abs=1e-12)


def test_a_pair_of_questions_is_summed_over_who_answered_both_by_hand() -> None:
    scores = [[5, 4], [3, np.nan], [1, 2.5]]
    products = cross_products(answers_of(scores, ["a", WHOLE], weights=[2, 1, np.nan], customers=["c"] * 3), WHOLE, ["a"])
    assert products["question_1"].tolist() == ["a", "a", WHOLE]
    assert products["question_2"].tolist() == ["a", WHOLE, WHOLE]
    both = [2, 3_000, 1_100_000, 1_050_000, 510_000_000, 382_500_000, 425_000_000]
    assert products[SUMS].iloc[1].tolist() == both
    assert products[SUMS].iloc[0].tolist() == [3, 4_000, 1_400_000, 1_400_000, 600_000_000, 600_000_000, 600_000_000]


def test_the_group_of_a_customer_is_the_same_everywhere_and_that_of_the_record_where_nobody_is_known() -> None:
    groups = [cross_products(answers_of([[5]], [WHOLE], customers=[name]), WHOLE, [])["group"].item() for name in ("K10001", "r0", None)]
    assert groups == [113, 178, 178]


cells = st.tuples(st.integers(0, 8), st.integers(0, 2), st.sampled_from(["a", "b", WHOLE]), st.one_of(st.none(), st.integers(-500, 1000)))


@given(st.lists(cells, unique_by=lambda cell: cell[:3], max_size=40), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_pieces_merge_to_the_whole_bit_for_bit_in_any_order(rows: list[tuple[int, int, str, int | None]], random: object) -> None:
    table = pd.DataFrame(rows, columns=["record", "source", "question", "score"])
    answers = pd.DataFrame(
        {
            "record_id": "r" + table["record"].astype("str"),
            "source": table["source"].astype("str"),
            "customer_id": ("c" + (table["record"] % 4).astype("str")).where(table["record"] % 4 > 0),
            "question": table["question"].astype("str"),
            "score": table["score"].astype("float64") / 100,
            "weight": (table["record"] / 7).where(table["record"] > 2),
        }
    )
    shuffled = answers.sample(frac=1, random_state=random.randrange(2**32)) if len(answers) else answers  # type: ignore[attr-defined]
    part = (table["record"] + table["source"]) % 3
    whole = cross_products(shuffled, WHOLE, ["b", "a"])
    pieces = [cross_products(answers.loc[part == number], WHOLE, ["a", "b"]) for number in (2, 0, 1)]
    pd.testing.assert_frame_equal(merge(pieces), whole)
    pd.testing.assert_frame_equal(merge([whole]), whole)
    assert whole[KEYS].drop_duplicates().shape[0] == len(whole)


def test_nothing_merges_to_nothing() -> None:
    assert merge([]).empty
    pd.testing.assert_frame_equal(merge([]), cross_products(answers_of([], [WHOLE]), WHOLE, []))


def test_a_record_that_answers_a_question_twice_is_refused() -> None:
    answers = answers_of([[5]], [WHOLE])
    with pytest.raises(InputError, match="twice"):
        cross_products(pd.concat([answers, answers]), WHOLE, [])


def test_sums_that_64_bits_cannot_hold_are_refused_before_they_wrap() -> None:
    with pytest.raises(InputError, match="too large"):
        cross_products(answers_of([[1e6]], [WHOLE], weights=[1e6]), WHOLE, [])
    with pytest.raises(InputError, match="too large"):
        cross_products(answers_of([[np.inf]], [WHOLE]), WHOLE, [])
    piece = cross_products(answers_of([[1e6]], [WHOLE], weights=[0.5]), WHOLE, [])
    assert piece["wxx"].item() == 5 * 10**18
    with pytest.raises(InputError, match="too large"):
        merge([piece, piece])
    with pytest.raises(InputError, match="too large"):
        cube(piece, [WHOLE])


def test_who_has_no_weight_does_not_count() -> None:
    products = cross_products(answers_of([[5], [1]], [WHOLE], weights=[0, 1]), WHOLE, [])
    assert products[SUMS].to_numpy().tolist() == [[1, 1_000, 100_000, 100_000, 10_000_000, 10_000_000, 10_000_000]]


def test_correlations_that_fit_stay_and_others_are_shrunk_just_so_that_they_do() -> None:
    """By hand: correlations of 0.9, 0.9 and -0.9 have the eigenvalues 1.9, 1.9 and -0.8; (0.8 + 0.0001) / (1 + 0.8) is enough."""
    fits, odd = equal_correlations(3, 0.5), np.array([[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]])
    repaired, shrinkage = repair(np.stack([fits, odd]))
    assert repaired[0].tolist() == fits.tolist()
    assert shrinkage.tolist() == pytest.approx([0, 0.8001 / 1.8])
    assert np.linalg.eigvalsh(repaired[1])[0] == pytest.approx(0.0001)
    assert repaired[1][0, 1] == pytest.approx(0.9 * (1 - 0.8001 / 1.8))


def survey(n: int = 600, seed: int = 6) -> tuple[Floats, list[str]]:
    """Return ratings of three touchpoints of which the first says most, and of the whole."""
    chance = np.random.default_rng(seed)
    scores = planted(chance, n, equal_correlations(4, 0.3))
    scores[:, 3] += scores[:, :3] @ [1.0, 0.5, 0.0]
    return np.round(scores, 2), ["a", "b", "c", WHOLE]


def test_the_answer_holds_what_was_planted_largest_share_first() -> None:
    drivers = found(*survey())
    assert (drivers.n, drivers.left_out, drivers.note) == (600, {}, "")
    assert [driver.question for driver in drivers.drivers] == ["a", "b", "c"]
    assert [driver.touchpoint for driver in drivers.drivers] == ["at-a", "at-b", "at-c"]
    assert sum(driver.share for driver in drivers.drivers) == pytest.approx(1)
    assert all(driver.low < driver.share < driver.high for driver in drivers.drivers)
    assert drivers.low is not None
    assert drivers.low < (drivers.r2 or 0) < (drivers.high or 0)
    assert drivers.drivers[0].use == "keep"


def test_own_is_what_r2_loses_without_the_question() -> None:
    scores, questions = survey()
    drivers = found(scores, questions)
    for driver in drivers.drivers:
        others = [index for index in range(3) if questions[index] != driver.question]
        lost = r2_by_least_squares(scores, [0, 1, 2]) - r2_by_least_squares(scores, others)
        assert driver.own == pytest.approx(lost, abs=1e-10)
        assert driver.own_low <= driver.own_high


def test_the_same_seed_gives_the_same_bits_in_any_order_of_rows_and_another_seed_does_not() -> None:
    scores, questions = survey()
    answers = answers_of(scores, questions)
    touchpoints = dict.fromkeys(questions, "")
    first, second, other = (
        find_drivers(cross_products(rows, WHOLE, questions), WHOLE, touchpoints, "survey", seed)
        for rows, seed in ((answers, 1), (answers.sample(frac=1, random_state=7), 1), (answers, 2))
    )
    assert first.model_dump_json() == second.model_dump_json()
    assert first.drivers[0].low != other.drivers[0].low
    assert first.drivers[0].share == other.drivers[0].share


def test_answers_of_the_same_customers_again_make_no_interval_narrower_and_those_of_others_do() -> None:
    scores, questions = survey()
    once = [f"c{number}" for number in range(600)]
    alone = found(scores, questions, customers=once)
    again = found(np.tile(scores, (4, 1)), questions, customers=once * 4)
    others = found(np.tile(scores, (4, 1)), questions, customers=[f"c{number}" for number in range(2400)])
    for one, same, more in zip(alone.drivers, again.drivers, others.drivers, strict=True):
        assert (same.low, same.high) == pytest.approx((one.low, one.high))
        assert more.high - more.low < 0.7 * (one.high - one.low)


def test_two_questions_that_say_the_same_share_equally_and_only_one_of_them_could_be_left_out() -> None:
    scores, questions = survey()
    alone = found(scores, questions)
    both = found(np.column_stack([scores[:, 0], scores]), ["twin", *questions])
    share = {driver.question: driver.share for driver in both.drivers}
    assert share["a"] == pytest.approx(share["twin"])
    assert share["a"] + share["twin"] > alone.drivers[0].share
    assert both.r2 == pytest.approx(alone.r2)
    uses = {driver.question: (driver.use, driver.own) for driver in both.drivers}
    assert {uses["a"], uses["twin"]} == {("keep", 0.0), ("could_be_left_out", 0.0)}
    assert "Little is lost without one of twin" in both.note


def test_two_questions_that_say_the_same_to_different_respondents_do_not_blow_r2_up() -> None:
    scores, questions = survey(2000)
    twins = np.column_stack([scores[:, 0], scores])
    twins[np.random.default_rng(11).random(twins.shape) < 0.3] = np.nan
    alone, both = found(twins[:, 1:], questions), found(twins, ["twin", *questions])
    assert both.r2 == pytest.approx(alone.r2, abs=0.02)
    share = {driver.question: driver.share for driver in both.drivers}
    assert share["a"] == pytest.approx(share["twin"], abs=0.05)


def test_a_question_that_carries_nothing_could_be_left_out_once_enough_people_answered() -> None:
    chance = np.random.default_rng(8)
    scores = planted(chance, 4000, np.eye(3))
    scores[:, 2] += scores[:, 0]
    small, large = ({d.question: d.use for d in found(part, ["a", "noise", WHOLE]).drivers} for part in (scores[:150], scores))
    assert (small["a"], small["noise"]) == ("keep", "cannot_tell")
    assert (large["a"], large["noise"]) == ("keep", "could_be_left_out")


def test_where_r2_is_no_more_than_chance_gives_nothing_is_ranked() -> None:
    drivers = found(planted(np.random.default_rng(9), 300, np.eye(5)), ["a", "b", "c", "d", WHOLE])
    assert drivers.drivers == ()
    assert drivers.r2 == pytest.approx(0, abs=0.03)
    assert "no more than chance" in drivers.note


def test_a_small_misfit_of_different_respondents_correlations_is_repaired_and_said() -> None:
    """By hand: 0.8, 0.8 and 0.25 have the eigenvalue 1.125 - √(0.125² + 1.28) = -0.01326; 0.01336 / 1.01326 = 1.32 %."""
    scores = pairs({(0, 1): 0.8, (0, 2): 0.8, (1, 2): 0.25})
    drivers = found(scores, ["a", "b", WHOLE])
    assert [driver.n for driver in drivers.drivers] == [400, 400]
    assert [driver.correlation for driver in drivers.drivers] == pytest.approx([0.8, 0.25])
    assert drivers.note == "All correlations were shrunk by 1.32%, so that those of different respondents fit together."
    assert 0.9 < (drivers.r2 or 0) <= 1


def test_correlations_of_different_respondents_that_do_not_fit_at_all_say_nothing() -> None:
    drivers = found(pairs({(0, 1): -0.9, (0, 2): 0.9, (1, 2): 0.9}), ["a", "b", WHOLE])
    assert (drivers.drivers, drivers.r2) == ((), None)
    assert "do not fit together" in drivers.note


def pairs(correlations: dict[tuple[int, int], float]) -> Floats:
    """Return scores of -1 and 1 of 400 respondents a pair, who answered these two questions only and with this correlation."""
    scores = np.full((400 * len(correlations), 3), np.nan)
    for number, ((first, second), r) in enumerate(correlations.items()):
        rows = slice(400 * number, 400 * (number + 1))
        scores[rows, first] = np.tile([1.0, -1.0], 200)
        scores[rows, second] = scores[rows, first] * np.where(np.arange(400) < 200 * (1 + r), 1, -1)
    return scores


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        (np.zeros((0, 2)), "0 respondents"),
        ([[5, 4]], "1 respondents"),
        (np.full((200, 2), np.nan), "0 respondents"),
        ([[5, np.nan]] * 200, "0 respondents"),
        ([[5, 4]] * 149, "149 respondents"),
        ([[number % 5, 4] for number in range(200)], "All answers to 'whole' are the same"),
        ([[4, number % 5] for number in range(200)], "No other question"),
    ],
)
def test_too_little_to_say_anything_is_said(scores: npt.ArrayLike, reason: str) -> None:
    drivers = found(scores, ["a", WHOLE])
    assert (drivers.drivers, drivers.r2, drivers.low, drivers.high) == ((), None, None, None)
    assert reason in drivers.note


def test_many_answers_of_few_customers_say_nothing() -> None:
    scores, questions = survey()
    drivers = found(scores, questions, customers=[f"c{number % 20}" for number in range(600)])
    assert (drivers.n, drivers.drivers) == (600, ())
    assert "too few customers" in drivers.note


def test_a_question_is_left_out_with_the_reason() -> None:
    scores, questions = survey()
    more = np.full((600, 5), np.nan)
    more[:149, 0], more[:299, 1], more[:, 2] = np.arange(149) % 5, np.arange(299) % 5, 3.0
    more[:300, 3], more[300:, 4] = scores[:300, 0], scores[300:, 1]
    drivers = found(np.column_stack([more, scores]), ["few", "minority", "same", "early", "late", *questions])
    assert drivers.left_out == {
        "few": "149 answered it and 'whole': fewer than 150",
        "minority": "299 of the 600 who answered 'whole' answered it: less than half",
        "same": "all answers are the same",
        "early": "fewer than 150 answered it together with another question",
    }
    assert {driver.question for driver in drivers.drivers} == {"a", "b", "c", "late"}


def test_a_question_that_nobody_answered_is_named() -> None:
    scores, questions = survey()
    drivers = found(np.column_stack([np.full(600, np.nan), scores]), ["unasked", *questions])
    assert drivers.left_out == {"unasked": "0 answered it and 'whole': fewer than 150"}


def test_of_more_than_twelve_those_with_the_largest_correlation_stay_of_either_sign() -> None:
    chance = np.random.default_rng(10)
    scores = chance.normal(size=(400, 15))
    scores[:, 14] = scores[:, :14] @ np.array([1.0, -1.0] * 6 + [0.0, 0.0]) + scores[:, 14]
    drivers = found(scores, [*(f"q{number:02d}" for number in range(14)), WHOLE])
    assert drivers.left_out == dict.fromkeys(["q12", "q13"], "12 others have a larger correlation")
    assert len(drivers.drivers) == 12
    assert sum(driver.correlation < 0 for driver in drivers.drivers) == 6


def test_at_the_airport_half_of_the_rating_goes_with_the_touchpoints_and_codes_of_no_answer_never_count(data_folder: Path) -> None:
    drivers, scores = airport(data_folder, 2016, is_weighted=False)
    assert drivers.n == scores["whole"].notna().sum()
    for driver in drivers.drivers:
        assert driver.correlation == pytest.approx(scores["whole"].corr(scores[driver.question]), abs=1e-12)
    assert 0.55 < (drivers.low or 0) < (drivers.high or 0) < 0.7
    assert set(drivers.left_out) == {"parking", "safe", "pass-security"}
    assert "less than half" in drivers.left_out["parking"]


def test_the_airports_weights_move_no_share_by_more_than_its_interval(data_folder: Path) -> None:
    weighted, _ = airport(data_folder, 2016, is_weighted=True)
    plain, _ = airport(data_folder, 2016, is_weighted=False)
    shares = {driver.question: driver.share for driver in plain.drivers}
    assert any(abs(driver.share - shares[driver.question]) > 0.002 for driver in weighted.drivers)
    assert all(driver.low < shares[driver.question] < driver.high for driver in weighted.drivers)
