"""Counts for figures that are no shares: scores by their value, durations by the minute, open cases among them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from config.durations import parse_duration
from config.measures import CaseTime, MeanElapsed, MedianElapsed
from config.standards import ALL_TOUCHPOINTS, Standard
from tasks.standards.cases import WEIGHT_SCALE, Cases, Population
from tasks.standards.measures import minutes_taken

CASE_TIMES: tuple[tuple[CaseTime, CaseTime], ...] = (("occurred_at", "resolved_at"), ("occurred_at", "closed_at"))


def time_name(start: str, end: str) -> str:
    """Return the name under which the durations of a pair of times are counted, apart from any standard's."""
    return f"{start}>{end}"


def count_scores(cases: Cases, population: Population) -> list[pd.DataFrame]:
    """Return the answers of each standard about a mean, a median or a net promoter score, by score and weight."""
    parts = []
    for number, standard in population.standards.items():
        if standard.is_share or standard.measure.question is None:
            continue
        columns = f"round(score * 1000)::BIGINT AS score_milli, coalesce(weight, {WEIGHT_SCALE}) AS weight"
        query = (
            f"SELECT touchpoint, week, month, {columns}, count(*) AS n FROM {population.table} "  # noqa: S608 - our own names and numbers
            f"WHERE m{number} IS NOT NULL AND score IS NOT NULL GROUP BY ALL"
        )
        parts.append(_placed(cases, cases.connection.execute(query).df(), standard.id, standard))
    return parts


def count_durations(cases: Cases, population: Population) -> list[pd.DataFrame]:
    """Return minutes taken, done or still waiting: of each standard about a median or mean, and of all cases from receipt to closure."""
    if population.table != "cases":
        return []
    parts = []
    for number, standard in population.standards.items():
        if isinstance(standard.measure, MedianElapsed | MeanElapsed):
            start, end = standard.measure.columns
            is_working = parse_duration(standard.measure.at_most).is_working
            query = _durations(cases, start, end, f"m{number} IS NOT NULL", is_working=is_working)
            parts.append(_placed(cases, cases.connection.execute(query).df(), standard.id, standard))
    return parts


def count_times(cases: Cases) -> list[pd.DataFrame]:
    """Return calendar minutes from receipt to first and to last closure, at each touchpoint and over all, open cases included."""
    parts = []
    for start, end in CASE_TIMES:
        sources = [source.id for source in cases.programme.sources if {start, end} <= set(source.columns)]
        if not sources:
            continue
        rows = np.flatnonzero(cases.feedback["source"].isin(sources).to_numpy(bool))
        cases.connection.register("of_source", pd.DataFrame({"row": rows}))
        query = _durations(cases, start, end, "row IN (SELECT row FROM of_source)", is_working=False)
        table = cases.connection.execute(query).df()
        cases.connection.unregister("of_source")
        ids = np.array([*(touchpoint.id for touchpoint in cases.programme.touchpoints), ""], dtype=object)
        by_place = table.assign(standard=time_name(start, end), touchpoint=ids[table["touchpoint"].to_numpy(int)])
        parts += [by_place.loc[by_place["touchpoint"] != ""], by_place.assign(touchpoint=ALL_TOUCHPOINTS)]
    return [_with_days(part) for part in parts]


def _durations(cases: Cases, start: str, end: str, which: str, *, is_working: bool) -> str:
    minutes, is_done = minutes_taken(start, end, cases.clocks, is_working=is_working)
    since = f"{'w' if is_working else 't'}_{start}"
    return (
        f"SELECT touchpoint, week, month, {minutes} AS minutes, sum({is_done})::BIGINT AS done, "  # noqa: S608
        f"sum(NOT {is_done})::BIGINT AS waiting FROM cases WHERE {which} AND {since} IS NOT NULL GROUP BY ALL"
    )


def _placed(cases: Cases, table: pd.DataFrame, name: str, standard: Standard) -> pd.DataFrame:
    ids = np.array([*(touchpoint.id for touchpoint in cases.programme.touchpoints), ""], dtype=object)
    place = ALL_TOUCHPOINTS if standard.touchpoints == ALL_TOUCHPOINTS else ids[table["touchpoint"].to_numpy(int)]
    return _with_days(table.assign(standard=name, touchpoint=place))


def _with_days(table: pd.DataFrame) -> pd.DataFrame:
    days = {name: table[name].to_numpy(np.int64).astype("datetime64[D]").astype("datetime64[us]") for name in ("week", "month")}
    return table.assign(**days)
