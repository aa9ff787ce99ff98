"""The clock of working time: opening hours, working days, public holidays, all in local time."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from config.calendar import free_days
from config.working_time import WorkingTime

_MINUTES_AN_HOUR = 60
_MICROSECONDS_A_MINUTE = 60_000_000
_FIRST_YEAR = 1970
_MICROSECONDS_A_DAY = 24 * 60 * _MICROSECONDS_A_MINUTE
Positions = npt.NDArray[np.int64]


def working_positions(times: pd.Series, working_time: WorkingTime, timezone: str) -> Positions:
    """Return where each UTC instant stands on the clock of working time; 0 where it is null.

    The position is twice the microseconds of opening hours since 1970, and one more where the clock had stood there before:
    outside opening hours and at the very opening. So work of a length L that starts at s is due at `s // 2 * 2 + 2 * L`, and an
    instant is not later than that due time where its position is not greater: an end that falls on closing time
    stays there and does not move to the next morning.
    """
    local = times.dt.tz_convert(timezone).dt.tz_localize(None).to_numpy("datetime64[us]")
    is_known = ~np.isnat(local)
    positions = np.zeros(len(local), np.int64)
    positions[is_known] = _positions(local[is_known].astype(np.int64), working_time)
    return positions


def _positions(micros: Positions, working_time: WorkingTime) -> Positions:
    days, of_day = np.divmod(micros, _MICROSECONDS_A_DAY)
    opens, closes = (minutes * _MICROSECONDS_A_MINUTE for minutes in opening_minutes(working_time))
    before, is_open = _days_until(days, working_time)
    today = np.where(is_open, np.clip(of_day, opens, closes) - opens, 0)
    is_first = is_open & (of_day > opens) & (of_day <= closes)
    return np.asarray(2 * (before * (closes - opens) + today) + ~is_first)


def opening_minutes(working_time: WorkingTime) -> tuple[int, int]:
    """Return opening and closing time in minutes since midnight."""
    opens, closes = (int(part[:2]) * _MINUTES_AN_HOUR + int(part[3:]) for part in working_time.hours.split("-"))
    return opens, closes


def minutes_a_day(working_time: WorkingTime) -> int:
    """Return how many minutes a working day has."""
    opens, closes = opening_minutes(working_time)
    return closes - opens


def _days_until(days: Positions, working_time: WorkingTime) -> tuple[Positions, npt.NDArray[np.bool_]]:
    """Return for each day since 1970 how many working days lie between, and whether it is one itself."""
    if days.size == 0:
        return days, np.zeros(0, bool)
    first, last = int(days.min()), int(days.max())
    every = np.arange(first, last + 1).astype("datetime64[D]")
    calendar = _calendar(working_time, max(every[-1].astype(object).year, _FIRST_YEAR))
    before = np.busday_count(np.datetime64(0, "D"), every, busdaycal=calendar)
    is_open = np.is_busday(every, busdaycal=calendar)
    return before[days - first], is_open[days - first]


@cache
def _calendar(working_time: WorkingTime, until_year: int) -> np.busdaycalendar:
    """Return all days off from 1970 on: positions are counted from there, so that those of different times can be compared."""
    mask = [day in working_time.days for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")]
    free = [day for year in range(_FIRST_YEAR, until_year + 1) for day in _free_days(working_time, year)]
    return np.busdaycalendar(weekmask=mask, holidays=np.array(free, dtype="datetime64[D]"))


@cache
def _free_days(working_time: WorkingTime, year: int) -> tuple[date, ...]:
    return tuple(free_days(working_time, date(year, 1, 1), date(year, 12, 31)))
