"""The survey answers of one quarter: five scores by quota, and an open comment from some."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from tasks.demo.cases import AREAS, random_instants
from tasks.demo.plan import ASSORTED_COMMENTS, ASSORTED_COMPLAINTS, CAUSES, CYCLES, PARTS_OF_TRIP, SHARES, SURVEY_SET_ASIDE
from tasks.demo.quotas import choose, choose_share

ANSWER = "answer"
ANSWERS = (742, 706, 791, 764)
PRAISE_COMMENTS = 96
GOOD_SCORE = 4
NOT_USED = 9
BLANK = 0
# question: its column, the share that gives no score, the standard that it decides
QUESTIONS: dict[str, tuple[str, float, str]] = {
    "booking": ("q1_booking", 0.05, "easy-booking"),
    "staff": ("q2_staff", 0.04, "helpful-staff"),
    "boarding": ("q3_boarding", 0.12, "smooth-boarding"),
    "cleanliness": ("q4_cleanliness", 0.03, "clean-ship"),
    "wifi": ("q5_wifi", 0.24, "wifi"),
}
_SUGGESTION_SHARE = 0.15


def plan_answers(cycle: str, first_number: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return a row an answer, in the order of answering.

    Columns: kind (ANSWER, or why the row must not count), cause, topic (a touchpoint, "praise" or "" for no
    comment), answer_no, answered_on (local), part_of_trip, comment_type, area, and a score a question
    (1 to 5, NOT_USED or BLANK).
    """
    labels = pd.DataFrame(list(_labels(cycle)), columns=["kind", "cause", "topic"])
    table = labels.iloc[rng.permutation(len(labels))].reset_index(drop=True)
    table["answer_no"] = [f"S25-{number:05d}" for number in range(first_number, first_number + len(table))]
    table["answered_on"] = random_instants(cycle, len(table), rng)
    table["area"] = rng.choice(AREAS, size=len(table))
    anywhere = pd.Series(rng.choice(list(PARTS_OF_TRIP.values()), size=len(table)))
    table["part_of_trip"] = table["topic"].map(PARTS_OF_TRIP).fillna(anywhere)
    is_suggestion = rng.random(len(table)) < _SUGGESTION_SHARE
    types = pd.Series(np.where(is_suggestion, "Suggestion", "Complaint"))
    table["comment_type"] = types.mask(table["topic"] == "praise", "Praise").mask(table["topic"] == "", "")
    for question, (column, silent_share, _) in QUESTIONS.items():
        table[column] = _scores(table, cycle, question, silent_share, rng)
    return table


def _labels(cycle: str) -> Iterator[tuple[str, str, str]]:
    """Yield kind, cause and topic of every row."""
    at = CYCLES.index(cycle)
    commented = 0
    for cause in CAUSES:
        commented += cause.comments[at]
        yield from [(ANSWER, cause.id, cause.touchpoint)] * cause.comments[at]
    touchpoints = list(ASSORTED_COMPLAINTS)
    yield from [(ANSWER, "", touchpoints[number % len(touchpoints)]) for number in range(ASSORTED_COMMENTS)]
    yield from [(ANSWER, "", "praise")] * PRAISE_COMMENTS
    yield from [(ANSWER, "", "")] * (ANSWERS[at] - commented - ASSORTED_COMMENTS - PRAISE_COMMENTS)
    for kind in ("unreadable_opened", "score_off_scale"):
        yield from [(kind, "", "")] * getattr(SURVEY_SET_ASIDE, kind)


def _scores(table: pd.DataFrame, cycle: str, question: str, silent_share: float, rng: np.random.Generator) -> np.ndarray:
    """Return scores of which the planned share is good; whoever complains of the Wi-Fi does not praise it."""
    is_answer = (table["kind"] == ANSWER).to_numpy()
    is_unhappy = (table["cause"] == question).to_numpy()
    is_silent = choose_share(is_answer & ~is_unhappy, silent_share, rng)
    is_scored = is_answer & ~is_silent
    share = SHARES[QUESTIONS[question][2]][cycle]
    is_good = choose(is_scored & ~is_unhappy, round(share * int(is_scored.sum())), rng)
    good = rng.choice([GOOD_SCORE, 5], size=len(table), p=[0.6, 0.4])
    poor = rng.choice([1, 2, 3], size=len(table), p=[0.2, 0.3, 0.5])
    silent = rng.choice([NOT_USED, BLANK], size=len(table))
    return np.select([is_silent, is_good], [silent, good], poor)
