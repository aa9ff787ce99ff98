"""The drivers of every survey that asks the question about the whole."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from config.programme import Programme
from tasks.drivers.cross_products import cross_products
from tasks.drivers.find import find_drivers
from tasks.results import Drivers
from tasks.standards.placement import touchpoint_of_questions

SEED = 1


def drivers_of(feedback: pd.DataFrame, ratings: pd.DataFrame, programme: Programme, as_of: datetime) -> tuple[Drivers, ...]:
    """Return what goes with the overall question of each survey that asks it and others, in a quarter known at the as-of."""
    overall = programme.overall_question
    if overall is None:
        return ()
    found = []
    places = touchpoint_of_questions(programme)
    for source in programme.sources:
        questions = [question.question for question in source.ratings if question.question != overall]
        if questions and len(questions) < len(source.ratings):
            answers = _answers(feedback, ratings, source.id, as_of)
            products = cross_products(answers, overall, questions)
            found.append(find_drivers(products, overall, {name: places.get(name, "") for name in questions}, source.id, SEED))
    return tuple(found)


def _answers(feedback: pd.DataFrame, ratings: pd.DataFrame, source: str, as_of: datetime) -> pd.DataFrame:
    known = feedback.loc[(feedback["source"] == source) & (feedback["occurred_at"] <= as_of)]
    absent = {"customer_id": pd.Series(None, index=known.index, dtype="str"), "weight": pd.Series(None, index=known.index, dtype="Float64")}
    known = known.assign(**{name: column for name, column in absent.items() if name not in known})
    columns = ["source", "record_id", "customer_id", "weight"]
    return ratings.merge(known[columns], on=["source", "record_id"], how="inner", validate="many_to_one")
