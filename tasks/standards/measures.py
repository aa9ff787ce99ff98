"""What each measure says of each case: met, missed, pending or excluded.

The rule for open cases: a case counts once its due time is before the as-of, closed or not. It is
met if it was done by then, otherwise missed. Until then it is pending, even when it is done already:
counting early successes before their slow siblings are due would flatter every fresh quarter. A
case without a due time is excluded. What is dated after the as-of is not yet known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch

import numpy as np
import numpy.typing as npt
import pandas as pd

from config.measures import ByDueDate, Elapsed, Flag, Measure, Rating, parse_duration
from config.model import Model
from config.programme import Programme
from tasks.working_time import add_working_time

OUTCOMES = ("met", "missed", "pending", "excluded")
MET, MISSED, PENDING, EXCLUDED = range(len(OUTCOMES))
Codes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Cases:
    """What a measure may look at: tables as they were known at `as_of`.

    feedback: canonical columns and the placed touchpoint; answers: ratings with their record's columns.
    """

    feedback: pd.DataFrame
    answers: pd.DataFrame
    programme: Programme
    as_of: datetime

    def rows(self, measure: Measure) -> pd.DataFrame:
        """Return what a measure counts: the answers to its question, else the records that are cases of it.

        A record is a case where its source maps the columns that are measured: a survey answer is none of
        a standard about due times, and is neither missed nor excluded there.
        """
        if isinstance(measure, Rating):
            return self.answers.loc[self.answers["question"] == measure.rating]
        sources = [source.id for source in self.programme.sources if set(measure.columns) <= set(source.columns)]
        return self.feedback.loc[self.feedback["source"].isin(sources)]


@singledispatch
def decide(measure: Model, rows: pd.DataFrame, cases: Cases) -> Codes:
    """Return for each of `cases.rows(measure)`, handed in as `rows`, the index of its outcome in OUTCOMES."""
    raise NotImplementedError(f"no rule for the measure {type(measure).__name__}")


@decide.register
def _(measure: ByDueDate, rows: pd.DataFrame, cases: Cases) -> Codes:
    return _by_due_time(rows[measure.by_due_date], rows["due_at"], cases.as_of)


@decide.register
def _(measure: Elapsed, rows: pd.DataFrame, cases: Cases) -> Codes:
    start, done = (rows[name] for name in measure.elapsed)
    length = parse_duration(measure.within)
    start = start.where(start <= cases.as_of)
    if length.is_working:
        due = add_working_time(start, length, cases.programme.working_time, cases.programme.timezone)
    else:
        due = start + pd.Timedelta(minutes=length.calendar_minutes)
    return _by_due_time(done, due, cases.as_of)


@decide.register
def _(measure: Rating, rows: pd.DataFrame, _cases: Cases) -> Codes:
    return _yes_or_no(rows["score"] >= measure.at_least)


@decide.register
def _(measure: Flag, rows: pd.DataFrame, _cases: Cases) -> Codes:
    return _yes_or_no(rows[measure.flag])


def _by_due_time(done: pd.Series, due: pd.Series, as_of: datetime) -> Codes:
    known_done = done.where(done <= as_of)
    kept = (known_done <= due).to_numpy(bool)
    codes = np.where(kept, MET, MISSED)
    codes = np.where((due >= as_of).to_numpy(bool), PENDING, codes)
    return np.where(due.isna().to_numpy(bool), EXCLUDED, codes).astype(np.int8)


def _yes_or_no(answers: pd.Series) -> Codes:
    kept = answers.fillna(value=False).to_numpy(bool)
    return np.where(answers.isna().to_numpy(bool), EXCLUDED, np.where(kept, MET, MISSED)).astype(np.int8)
