"""What came of what was done, in one sentence and on one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.effects import claims, effect_bar, effect_sentence, kept_bar, unjudged
from tasks.results import Effect, Resolutions
from tests.reports import sample_loop

STANDARD, CAUSE = "standard:leaks:leak-repair", "cause:2025Q1-01"


@pytest.mark.parametrize(
    ("name", "finding", "sentence"),
    [
        (
            "worked",
            STANDARD,
            "Worked: 12.1 points better than where nothing was done (95 % interval +7.2 to +17.0); 10.0 were promised.",
        ),
        (
            "worked",
            CAUSE,
            "Worked: 12.1 points fewer texts than where nothing was done (95 % interval +7.2 to +17.0); 10.0 were promised.",
        ),
        (
            "no_effect",
            STANDARD,
            "No effect: 0.4 points better than where nothing was done (95 % interval −1.3 to +2.1); 5.0 were promised.",
        ),
        ("worse", STANDARD, "Worse: 6.4 points worse than where nothing was done (95 % interval −10.1 to −2.7); 1.0 was promised."),
        (
            "worse",
            CAUSE,
            "Worse: 6.4 points more texts than where nothing was done (95 % interval −10.1 to −2.7); 1.0 was promised.",
        ),
        (
            "cannot_tell",
            STANDARD,
            "Cannot be told: too few texts came in after it was done; so far 4.1 points better than before"
            " (95 % interval −5.2 to +13.4); the smallest change that would be seen is 9.0 points; 10.0 were promised.",
        ),
        ("without_figures", STANDARD, "Cannot be told: No quarter has passed since it was done."),
    ],
)
def test_an_effect_is_a_sentence_that_a_manager_understands(name: str, finding: str, sentence: str) -> None:
    assert effect_sentence(sample_loop.EFFECTS[name], finding) == sentence


def test_an_effect_of_which_nothing_is_known_is_still_a_sentence() -> None:
    assert effect_sentence(Effect(verdict="cannot_tell", cycle="2025Q4"), STANDARD) == "Cannot be told."


def test_a_promise_without_a_change_says_in_which_direction_it_was_made() -> None:
    effect = Effect(verdict="cannot_tell", cycle="2025Q4", reason="no case yet", promised=0.05)
    assert effect_sentence(effect, CAUSE) == "Cannot be told: no case yet; 5.0 points fewer texts were promised."


@pytest.mark.parametrize(
    ("resolutions", "words"),
    [
        (
            Resolutions(claimed=5, shown=2, refuted=1, open_question=2),
            "of 5 declared solved, 2 are shown to have worked, 1 did not hold and 2 cannot be told yet",
        ),
        (Resolutions(claimed=1, shown=1), "of 1 declared solved, 1 is shown to have worked"),
        (Resolutions(claimed=3, refuted=3), "of 3 declared solved, none is shown to have worked and 3 did not hold"),
        (Resolutions(claimed=2), "of 2 declared solved, none is shown to have worked and 2 are not judged yet"),
    ],
)
def test_claimed_is_set_against_true_in_words_whose_numbers_add_up(resolutions: Resolutions, words: str) -> None:
    assert claims(resolutions) == words
    parts = (resolutions.shown, resolutions.refuted, resolutions.open_question, unjudged(resolutions))
    assert sum(parts) == resolutions.claimed


def test_a_line_has_no_change_in_its_middle_and_ends_at_the_next_round_number() -> None:
    bar = effect_bar(sample_loop.EFFECTS["worked"])
    assert bar is not None
    assert bar.reach == "20"
    assert (bar.point, bar.low, bar.high, bar.promised) == pytest.approx((0.8025, 0.68, 0.925, 0.75))  # 0.5 + change / 0.2 / 2


def test_fewer_texts_about_a_cause_lie_on_the_better_side_of_a_line() -> None:
    standard, cause, unknown, _ = (kept_bar(one) for one in sample_loop.LOOP.kept)
    assert unknown is None
    assert standard is not None
    assert cause is not None
    assert standard.point < 0.5 < cause.point
    assert cause.low is not None
    assert cause.high is not None
    assert cause.low < cause.point < cause.high


@given(st.floats(-1, 1), st.floats(0, 1), st.none() | st.floats(-1, 1))
def test_whatever_is_drawn_lies_on_the_line(change: float, half: float, promised: float | None) -> None:
    effect = Effect(verdict="no_effect", cycle="2025Q4", change=change, low=change - half, high=change + half, promised=promised)
    bar = effect_bar(effect)
    assert bar is not None
    assert all(0 <= place <= 1 for place in (bar.low, bar.high, bar.point, bar.promised) if place is not None)


@given(st.sampled_from(["worked", "no_effect", "worse", "cannot_tell"]), st.floats(-1, 1), st.booleans())
def test_the_word_of_direction_always_agrees_with_the_sign(verdict: str, change: float, is_cause: bool) -> None:
    effect = Effect.model_validate({"verdict": verdict, "cycle": "2025Q4", "change": change})
    sentence = effect_sentence(effect, CAUSE if is_cause else STANDARD).partition(": ")[2]
    assert sentence.count("\n") == 0
    if abs(change) >= 0.001:
        assert (" better " in sentence or " fewer texts " in sentence) == (change > 0)
