"""One quarter of the demo: its planned rows with the words that customers wrote, and its files' rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tasks.demo.cases import CASE, plan_cases
from tasks.demo.export import complaint_rows, survey_rows
from tasks.demo.grammar import Voice, hurry, pick, speak
from tasks.demo.people import Person, Planted, sign
from tasks.demo.phrases_shared import ASSISTANCE, ASSORTED, COMMON, PRAISE, STAFF_NOTE
from tasks.demo.plan import CAUSES, COMPLAINTS_SET_ASIDE, CYCLES, SURVEY_SET_ASIDE
from tasks.demo.survey import plan_answers

_VOICES = {cause.id: cause.voice for cause in CAUSES}
_PLAIN = Voice(core=(), slots=COMMON.slots)


@dataclass(frozen=True)
class Quarter:
    """One quarter: planned rows (see plan_cases, plan_answers), rows of its two files, personal data in its texts."""

    cycle: str
    cases: pd.DataFrame
    answers: pd.DataFrame
    complaints: pd.DataFrame
    survey: pd.DataFrame
    personal: tuple[Planted, ...]


def make_quarters(customers: tuple[Person, ...], rng: np.random.Generator) -> tuple[Quarter, ...]:
    """Return all quarters in order, their records numbered through."""
    quarters: list[Quarter] = []
    cases = answers = 1
    for cycle in CYCLES:
        quarters.append(_make_quarter(cycle, cases, answers, customers, rng))
        cases, answers = cases + len(quarters[-1].cases), answers + len(quarters[-1].answers)
    return tuple(quarters)


def overlap(quarter: Quarter) -> pd.DataFrame:
    """Return the first rows of a quarter's complaints that its predecessor's file holds as well."""
    is_case = (quarter.cases["kind"] == CASE).to_numpy()
    return quarter.complaints.iloc[np.flatnonzero(is_case)[: COMPLAINTS_SET_ASIDE.next_quarter]]


def _make_quarter(cycle: str, first_case: int, first_answer: int, customers: tuple[Person, ...], rng: np.random.Generator) -> Quarter:
    cases, in_complaints = _with_words(plan_cases(cycle, first_case, rng), "touchpoint", customers, rng)
    answers, in_comments = _with_words(plan_answers(cycle, first_answer, rng), "topic", customers, rng)
    return Quarter(
        cycle=cycle,
        cases=cases,
        answers=answers,
        complaints=complaint_rows(cases, COMPLAINTS_SET_ASIDE, rng),
        survey=survey_rows(answers, SURVEY_SET_ASIDE, rng),
        personal=in_complaints + in_comments,
    )


def _with_words(
    table: pd.DataFrame, topic: str, customers: tuple[Person, ...], rng: np.random.Generator
) -> tuple[pd.DataFrame, tuple[Planted, ...]]:
    """Add customer_no, customer_name and text, and return what of the texts is personal; `topic` names a column."""
    drawn = [pick(customers, rng) for _ in range(len(table))]
    matters = zip(table["kind"], table["cause"], table[topic], strict=True)
    voices = [_voice(*matter, rng) for matter in matters]
    written = [_write(voice, person, rng) for voice, person in zip(voices, drawn, strict=True)]
    columns = {
        "customer_no": [person.number for person in drawn],
        "customer_name": [person.name for person in drawn],
        "text": [text for text, _ in written],
    }
    return table.assign(**columns), tuple(planted for _, planted in written if planted is not None)


def _write(voice: Voice | None, person: Person, rng: np.random.Generator) -> tuple[str, Planted | None]:
    if voice is None:
        return "", None
    common = _PLAIN if voice in (PRAISE, STAFF_NOTE) else COMMON
    text = hurry(speak(voice, common, rng), rng)
    return (text, None) if voice is STAFF_NOTE else sign(text, person, rng)


def _voice(kind: str, cause: str, topic: str, rng: np.random.Generator) -> Voice | None:
    """Return who speaks in a row; None where nothing is said."""
    special = {"": None, "praise": PRAISE, "assistance": ASSISTANCE}
    if kind == "staff_log":
        return STAFF_NOTE
    if cause:
        return _VOICES[cause]
    return special[topic] if topic in special else pick(ASSORTED[topic], rng)
