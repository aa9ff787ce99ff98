"""Integer counts of outcomes by standard, touchpoint and week: all figures are sums of these."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from config.programme import ALL_TOUCHPOINTS, Programme, Standard
from tasks.standards.measures import OUTCOMES, Cases, decide
from tasks.standards.placement import place, place_answers

COUNT_KEYS = ("standard", "touchpoint", "week")


def decide_outcomes(feedback: pd.DataFrame, ratings: pd.DataFrame, programme: Programme, as_of: datetime) -> pd.DataFrame:
    """Return a row a case and standard: source, record_id, standard, place, touchpoint, week, outcome.

    `place` is the touchpoint that the figure is for, or `all`; `touchpoint` is the record's own, empty where
    it is unplaced; `week` is the Monday of the local week in which it happened; `outcome` is one of OUTCOMES.
    Records that happened after the as-of are not yet known and left out.
    """
    known = feedback.loc[feedback["occurred_at"] <= as_of]
    known = known.assign(touchpoint=place(known, programme), week=_mondays(known["occurred_at"], programme.timezone))
    cases = Cases(known, place_answers(ratings, known, programme), programme, as_of)
    parts = [_of_standard(standard, cases) for standard in programme.standards]
    columns = ["source", "record_id", "standard", "place", "touchpoint", "week", "outcome"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def count(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return counts by standard, touchpoint (the figure's place) and week: met, missed, pending, excluded."""
    keyed = outcomes[["standard", "week", "outcome"]].assign(touchpoint=outcomes["place"])
    sizes = keyed.groupby([*COUNT_KEYS, "outcome"], observed=True).size().unstack("outcome", fill_value=0)
    return sizes.reindex(columns=list(OUTCOMES), fill_value=0).astype("int64").rename_axis(columns=None).reset_index()


def totals(counts: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """Return met, missed, pending and excluded of each standard and place of the programme, in file order.

    Indexed by (standard, touchpoint); a standard without any case is there with zeros.
    """
    wanted = [(standard.id, place) for standard in programme.standards for place in standard.places]
    index = pd.MultiIndex.from_tuples(wanted, names=["standard", "touchpoint"])
    sums = counts.groupby(["standard", "touchpoint"], observed=True)[list(OUTCOMES)].sum()
    return sums.reindex(index, fill_value=0).astype("int64")


def _of_standard(standard: Standard, cases: Cases) -> pd.DataFrame:
    rows = cases.rows(standard.measure)
    outcome = pd.Categorical(np.array(OUTCOMES, dtype=object)[decide(standard.measure, rows, cases)], categories=list(OUTCOMES))
    is_over_all = standard.touchpoints == ALL_TOUCHPOINTS
    table = pd.DataFrame(
        {
            "source": rows["source"].to_numpy(),
            "record_id": rows["record_id"].to_numpy(),
            "standard": standard.id,
            "place": ALL_TOUCHPOINTS if is_over_all else rows["touchpoint"].to_numpy(),
            "touchpoint": rows["touchpoint"].fillna("").to_numpy(),
            "week": rows["week"].to_numpy(),
            "outcome": outcome,
        }
    )
    return table if is_over_all else table.loc[table["place"].isin(list(standard.places))]


def _mondays(times: pd.Series, timezone: str) -> pd.Series:
    days = times.dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
    mondays: pd.Series = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
    return mondays


def empty_counts() -> pd.DataFrame:
    """Return a table of counts without a row."""
    columns = {"standard": "str", "touchpoint": "str", "week": "datetime64[us]"} | dict.fromkeys(OUTCOMES, "int64")
    return pd.DataFrame({name: np.array([], dtype=object) for name in columns}).astype(columns)
