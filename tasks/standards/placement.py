"""Which touchpoint a record or an answer belongs to."""

from __future__ import annotations

import pandas as pd

from config.programme import Programme
from config.standards import ALL_TOUCHPOINTS


def place(feedback: pd.DataFrame, programme: Programme) -> pd.Series:
    """Return the touchpoint id of each feedback record, null where it meets no `where`.

    A touchpoint that the source itself names counts first; else the first touchpoint in file order
    all of whose `where` the record meets.
    """
    placed = feedback["touchpoint"].astype("str") if "touchpoint" in feedback else pd.Series(None, index=feedback.index, dtype="str")
    for touchpoint in programme.touchpoints:
        belongs = placed.isna()
        for column, values in touchpoint.where.items():
            belongs &= feedback[column].isin(values) if column in feedback else False
        placed = placed.mask(belongs, touchpoint.id)
    return placed.rename("touchpoint")


def touchpoint_of_questions(programme: Programme) -> dict[str, str]:
    """Return the touchpoint that each question rates, for the questions that rate one.

    It is the one that the question names, else the one that rating standards name for it where they
    all name the same; the answers to any other question go where their record belongs.
    """
    named: dict[str, set[str]] = {}
    for standard in programme.promises:
        if standard.measure.question is not None:
            places = {place for place in standard.places if place != ALL_TOUCHPOINTS}
            named.setdefault(standard.measure.question, set()).update(places)
    inferred = {question: next(iter(places)) for question, places in named.items() if len(places) == 1}
    stated = {q.question: q.touchpoint for source in programme.sources for q in source.ratings if q.touchpoint}
    return inferred | stated
