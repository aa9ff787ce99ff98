"""How many of those who were asked answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

from config.programme import Programme
from tasks.inference import wilson
from tasks.results import Compliance, ResponseRate


def response_rates(invitations: pd.DataFrame, feedback: pd.DataFrame, cycle: str, as_of: datetime) -> tuple[ResponseRate, ...]:
    """Return the response rate of each survey among the people who were asked in the quarter, by name of the survey.

    Who was asked several times counts once, and has answered where an invitation says so by the as-of, or where the customer's own
    record is among the survey's after the first was sent. The share is answered / invited, with Wilson's 95 % interval.
    """
    sent = invitations.loc[invitations["cycle"] == cycle] if len(invitations) else invitations
    return tuple(_rate(str(survey), rows, feedback, as_of) for survey, rows in sent.groupby("survey", sort=True)) if len(sent) else ()


def _rate(survey: str, sent: pd.DataFrame, feedback: pd.DataFrame, as_of: datetime) -> ResponseRate:
    has_said_so = sent["answered_at"] <= as_of if "answered_at" in sent else pd.Series(data=False, index=sent.index)
    people = sent.assign(has_answered=has_said_so).groupby("customer_id").agg({"sent_at": "min", "has_answered": "any"})
    if "customer_id" in feedback:
        records = feedback.loc[(feedback["source"] == survey) & feedback["customer_id"].notna()]
        people["has_answered"] |= records.groupby("customer_id")["occurred_at"].max().reindex(people.index) >= people["sent_at"]
    return _share_of(survey, len(people), int(people["has_answered"].sum()))


def _share_of(survey: str, invited: int, answered: int) -> ResponseRate:
    low, high = wilson(answered, invited)
    return ResponseRate(survey=survey, invited=invited, answered=answered, share=answered / invited, low=low, high=high)


def with_response_rates(standards: Sequence[Compliance], responses: Sequence[ResponseRate], programme: Programme) -> tuple[Compliance, ...]:
    """Return the standards, in their order, each that measures answers with the response rate of the survey that asks its question.

    Where several surveys ask it their rates are put together; where the invitations of any of them are not known the standard stays
    without a rate. A low response rate says that the rating may not speak for those who were silent.
    """
    known = {rate.survey: rate for rate in responses}
    questions = {standard.id: standard.measure.question for standard in programme.promises}
    rates = {standard: _rate_of(question, known, programme) for standard, question in questions.items() if question is not None}
    return tuple(row.model_copy(update={"response": rates.get(row.standard)}) for row in standards)


def _rate_of(question: str, known: Mapping[str, ResponseRate], programme: Programme) -> ResponseRate | None:
    surveys = [source.id for source in programme.sources if question in (asked.question for asked in source.ratings)]
    if not surveys or not known.keys() >= set(surveys):
        return None
    rates = [known[survey] for survey in surveys]
    return _share_of(", ".join(surveys), sum(rate.invited for rate in rates), sum(rate.answered for rate in rates))
