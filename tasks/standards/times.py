"""How long cases take from receipt to their first and to their last closure, open ones included."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from config.programme import Programme
from config.standards import ALL_TOUCHPOINTS
from tasks.results import TimeTo
from tasks.standards.counts import Tally
from tasks.standards.survival import kaplan_meier, quantile
from tasks.standards.values import CASE_TIMES, time_name


def times_to(tally: Tally, programme: Programme) -> tuple[TimeTo, ...]:
    """Return the times over all and at each touchpoint, in file order, as the source's columns allow (Kaplan and Meier 1958)."""
    stages = {ALL_TOUCHPOINTS: ALL_TOUCHPOINTS} | {touchpoint.id: touchpoint.stage for touchpoint in programme.touchpoints}
    return tuple(time for start, end in CASE_TIMES for time in _of_pair(tally.durations, stages, start, end))


def _of_pair(durations: pd.DataFrame, stages: dict[str, str], start: str, end: str) -> Iterator[TimeTo]:
    rows = durations.loc[durations["standard"] == time_name(start, end)]
    by_place = {str(place): table for place, table in rows.groupby("touchpoint", observed=True)}
    for place, stage in stages.items():
        if place in by_place:
            yield _time(by_place[place], place, stage, start, end)


def _time(table: pd.DataFrame, place: str, stage: str, start: str, end: str) -> TimeTo:
    curve = kaplan_meier(table)
    median = quantile(curve, 0.5).in_hours()
    done, waiting = int(table["done"].sum()), int(table["waiting"].sum())
    return TimeTo(
        touchpoint=place,
        stage=stage,
        start=start,
        end=end,
        n=done + waiting,
        done=done,
        waiting=waiting,
        median_hours=median.value,
        low_hours=median.low,
        high_hours=median.high,
        ninety_percent_hours=quantile(curve, 0.9).in_hours().value,
    )
