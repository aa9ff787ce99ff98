"""Arithmetic in working time: opening hours, working days, public holidays, all in local time."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd

from config.calendar import add_working_days, free_days
from config.measures import Duration
from config.working_time import WorkingTime

_MINUTES_AN_HOUR = 60
_MICROSECONDS_A_MINUTE = 60_000_000


def add_working_time(starts: pd.Series, length: Duration, working_time: WorkingTime, timezone: str) -> pd.Series:
    """Return for each UTC instant the UTC instant at which `length` of working time has passed.

    A start outside opening hours counts from the next opening; an end that falls on closing time
    stays there and does not move to the next morning. Null stays null.

    Raises:
        InputError: There is no working day for more than a year.
    """
    local = starts.dt.tz_convert(timezone).dt.tz_localize(None)
    known = local.dropna()
    if known.empty:
        return starts
    opens, closes = _opening_minutes(working_time)
    minutes = _in_minutes(length, closes - opens)
    latest = add_working_days(known.max().date(), math.ceil(minutes / (closes - opens)) + 1, working_time)
    calendar = _calendar(working_time, date(known.min().year, 1, 1), latest)
    position = _working_minutes_before(known, opens, closes, calendar) + minutes
    ends = _instants_at(position, opens, closes - opens, calendar)
    localized = pd.Series(ends, index=known.index).dt.tz_localize(
        timezone, ambiguous=np.ones(len(known), bool), nonexistent="shift_forward"
    )
    return localized.dt.tz_convert("UTC").dt.as_unit("us").reindex(starts.index)


def _opening_minutes(working_time: WorkingTime) -> tuple[int, int]:
    opens, closes = (int(part[:2]) * _MINUTES_AN_HOUR + int(part[3:]) for part in working_time.hours.split("-"))
    return opens, closes


def _calendar(working_time: WorkingTime, first: date, last: date) -> np.busdaycalendar:
    mask = [day in working_time.days for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")]
    return np.busdaycalendar(weekmask=mask, holidays=np.array([*free_days(working_time, first, last)], dtype="datetime64[D]"))


def _in_minutes(length: Duration, minutes_a_day: int) -> float:
    return length.amount * {"minute": 1, "hour": _MINUTES_AN_HOUR, "day": minutes_a_day}[length.unit]


def _working_minutes_before(local: pd.Series, opens: int, closes: int, calendar: np.busdaycalendar) -> np.ndarray:
    """Return the working minutes between 1970-01-01 and each local instant."""
    days = local.to_numpy("datetime64[D]")
    minutes = (local.to_numpy("datetime64[us]") - days) / np.timedelta64(1, "m")
    today = np.where(np.is_busday(days, busdaycal=calendar), np.clip(minutes, opens, closes) - opens, 0)
    before = np.busday_count(np.datetime64("1970-01-01"), days, busdaycal=calendar)
    return np.asarray(before * (closes - opens) + today)


def _instants_at(position: np.ndarray, opens: int, minutes_a_day: int, calendar: np.busdaycalendar) -> np.ndarray:
    """Return the earliest local instant by which so many working minutes have passed since 1970-01-01."""
    whole = np.maximum(np.ceil(position / minutes_a_day) - 1, 0)
    days = np.busday_offset(np.datetime64("1970-01-01"), whole.astype(int), roll="forward", busdaycal=calendar)
    rest = np.round((position - whole * minutes_a_day + opens) * _MICROSECONDS_A_MINUTE).astype("timedelta64[us]")
    return np.asarray(days.astype("datetime64[us]") + rest)
