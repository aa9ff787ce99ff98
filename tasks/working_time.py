"""Arithmetic in working time: opening hours, working days, public holidays, all in local time."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from config.measures import Duration
from config.working_time import WorkingTime

_MINUTES_AN_HOUR = 60
_MICROSECONDS_A_MINUTE = 60_000_000


def holidays_of(code: str | None, years: range) -> tuple[date, ...]:
    """Return the public holidays of a country or region (US, US-MA) in these years, in order."""
    if code is None:
        return ()
    import holidays  # a large package, and few programmes need it

    country, _, region = code.partition("-")
    return tuple(sorted(holidays.country_holidays(country, subdiv=region or None, years=years)))


def add_working_time(starts: pd.Series, length: Duration, working_time: WorkingTime, timezone: str) -> pd.Series:
    """Return for each UTC instant the UTC instant at which `length` of working time has passed.

    A start outside opening hours counts from the next opening; an end that falls on closing time
    stays there and does not move to the next morning. Null stays null.
    """
    local = starts.dt.tz_convert(timezone).dt.tz_localize(None)
    known = local.dropna()
    if known.empty:
        return starts
    opens, closes = _opening_minutes(working_time)
    calendar = _calendar(working_time, range(known.min().year, known.max().year + 3))
    position = _working_minutes_before(known, opens, closes, calendar) + _in_minutes(length, closes - opens)
    ends = _instants_at(position, opens, closes - opens, calendar)
    localized = pd.Series(ends, index=known.index).dt.tz_localize(
        timezone, ambiguous=np.ones(len(known), bool), nonexistent="shift_forward"
    )
    return localized.dt.tz_convert("UTC").dt.as_unit("us").reindex(starts.index)


def add_working_days(day: date, days: int, working_time: WorkingTime) -> date:
    """Return the date that lies so many working days after `day`, which need not be one itself."""
    calendar = _calendar(working_time, range(day.year, day.year + 3))
    return np.busday_offset(day, days, roll="backward", busdaycal=calendar).astype(date)  # type: ignore[no-any-return]


def _opening_minutes(working_time: WorkingTime) -> tuple[int, int]:
    opens, closes = (int(part[:2]) * _MINUTES_AN_HOUR + int(part[3:]) for part in working_time.hours.split("-"))
    return opens, closes


def _calendar(working_time: WorkingTime, years: range) -> np.busdaycalendar:
    mask = [day in working_time.days for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")]
    return np.busdaycalendar(weekmask=mask, holidays=np.array(holidays_of(working_time.holidays, years), dtype="datetime64[D]"))


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
