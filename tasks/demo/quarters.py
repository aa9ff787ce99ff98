"""One quarter of the demo: its planned rows with the words that customers wrote, and its files' rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

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
VoiceOf = Callable[[Mapping[Hashable, Any], np.random.Generator], Voice | None]


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
    cases, in_complaints = _with_words(plan_cases(cycle, first_case, rng), _case_voice, customers, rng)
    answers, in_comments = _with_words(plan_answers(cycle, first_answer, rng), _comment_voice, customers, rng)
    return Quarter(
        cycle=cycle,
        cases=cases,
        answers=answers,
        complaints=complaint_rows(cases, COMPLAINTS_SET_ASIDE, rng),
        survey=survey_rows(answers, SURVEY_SET_ASIDE, rng),
        personal=in_complaints + in_comments,
    )


def _with_words(
    table: pd.DataFrame, voice_of: VoiceOf, customers: tuple[Person, ...], rng: np.random.Generator
) -> tuple[pd.DataFrame, tuple[Planted, ...]]:
    """Add customer_no, customer_name and text, and return what of the texts is personal."""
    drawn = [pick(customers, rng) for _ in range(len(table))]
    voices = [voice_of(row, rng) for row in table.to_dict("records")]
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


def _case_voice(row: Mapping[Hashable, Any], rng: np.random.Generator) -> Voice:
    if row["kind"] == "staff_log":
        return STAFF_NOTE
    if row["touchpoint"] == "assistance":
        return ASSISTANCE
    return _VOICES[row["cause"]] if row["cause"] else pick(ASSORTED[row["touchpoint"]], rng)


def _comment_voice(row: Mapping[Hashable, Any], rng: np.random.Generator) -> Voice | None:
    if row["topic"] in ("", "praise"):
        return PRAISE if row["topic"] else None
    return _VOICES[row["cause"]] if row["cause"] else pick(ASSORTED[row["topic"]], rng)
