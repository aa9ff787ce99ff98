"""Which touchpoint a record or an answer belongs to."""

from __future__ import annotations

import pandas as pd

from config.measures import Rating
from config.programme import ALL_TOUCHPOINTS, Programme


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
    for standard in programme.standards:
        if isinstance(standard.measure, Rating):
            places = {place for place in standard.places if place != ALL_TOUCHPOINTS}
            named.setdefault(standard.measure.rating, set()).update(places)
    inferred = {question: next(iter(places)) for question, places in named.items() if len(places) == 1}
    stated = {q.question: q.touchpoint for source in programme.sources for q in source.ratings if q.touchpoint}
    return inferred | stated


def place_answers(ratings: pd.DataFrame, feedback: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """Return the ratings with the columns of their feedback record and each answer's own touchpoint.

    `feedback` carries the placed touchpoint already; an answer without a feedback record is left out.
    """
    answers = ratings.merge(feedback, on=["source", "record_id"], how="inner", validate="many_to_one")
    own = answers["question"].map(touchpoint_of_questions(programme))
    return answers.assign(touchpoint=own.astype("str").fillna(answers["touchpoint"]))
