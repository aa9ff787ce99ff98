"""Handing a source's rows to the suite of its table, with nothing in them that a customer wrote."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from config.programme import Programme
from config.sources import Source
from expectations.customers import customers_suite
from expectations.feedback import columns_checked, feedback_suite
from expectations.follow_up_updates import follow_up_updates_suite, with_facts
from expectations.invitations import invitations_suite
from expectations.ratings import ratings_suite
from expectations.rules import ROW, RuleResult, validate


def validate_rows(
    rows: pd.DataFrame, answers: pd.DataFrame | None, source: Source, programme: Programme, as_of: datetime
) -> tuple[RuleResult, ...]:
    """Return what each rule of the table's suite found in canonical rows, and in their answers where there are any."""
    columns = list(rows.columns)
    if source.fills == "invitations":
        return validate(_numbered(rows), invitations_suite(columns, as_of))
    if source.fills == "customers":
        return validate(_numbered(rows), customers_suite(columns))
    if source.fills == "follow_up_updates":
        return validate(_numbered(with_facts(rows)), follow_up_updates_suite(columns, as_of))
    checked = rows[list(columns_checked(columns))]
    if "text" in rows:
        checked = checked.assign(text_length=rows["text"].str.len().fillna(0).astype("int64"))
    touchpoints = [touchpoint.id for touchpoint in programme.touchpoints]
    results = validate(_numbered(checked), feedback_suite(list(checked.columns), touchpoints, as_of))
    return results if answers is None else results + validate(answers, ratings_suite())


def _numbered(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{ROW: rows.index})
