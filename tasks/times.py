"""Reading times as people and programs write them, and saying where a clock change made a choice necessary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

_DATE_LENGTH = len("2026-01-31")
_ZONE = r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)$"
_SPREADSHEET_EPOCH = pd.Timestamp(1899, 12, 30)  # day 0 of serial dates: ECMA-376 part 1, 18.17.4.1, 1900 date base system
_LAST_SERIAL = 2_958_465  # 9999-12-31
_LAST_SECOND = 253_402_300_799  # the same, in seconds since 1970


@dataclass(frozen=True)
class Times:
    """Instants in UTC (null where they cannot be read), and which of them a clock change left open.

    A local time that the clock skipped (`is_skipped`) is moved forward to the next one there is; of one that came twice (`is_twice`) the
    first is taken.
    """

    values: pd.Series
    is_skipped: pd.Series
    is_twice: pd.Series


def parse_times(values: pd.Series, time_format: str | None, zone: str, month: str | None = None, *, is_deadline: bool = False) -> Times:
    """Return the instants that texts stand for.

    `time_format` is strptime's, `spreadsheet` (days since 1899-12-30), `unix` (seconds since 1970) or None for ISO 8601; `zone`
    is that of times without one; `month` (2014-05) that of times which are only a day. A deadline that is only a date means that
    day's end.
    """
    texts = values.where(values.str.contains("[0-9]", na=False))  # pandas reads "now" and "today" off the clock
    if time_format == "unix":
        return _unambiguous(_from_numbers(texts, "s", pd.Timestamp(0), _LAST_SECOND).dt.tz_localize("UTC"))
    if month is not None:
        texts, time_format = month + "-" + texts.str.lstrip("0").str.zfill(2), "%Y-%m-" + (time_format or "%d")
    times = _localized(texts, time_format, zone)
    if not is_deadline:
        return times
    ends = _at_end_of_day(times.values, zone)
    return Times(times.values.mask(_is_only_date(texts, time_format), ends), times.is_skipped, times.is_twice)


def _localized(texts: pd.Series, time_format: str | None, zone: str) -> Times:
    if time_format == "spreadsheet":
        return localize(_from_numbers(texts, "D", _SPREADSHEET_EPOCH, _LAST_SERIAL).dt.round("s"), zone)
    if time_format is not None and "%z" not in time_format.lower():
        return localize(pd.to_datetime(texts, format=time_format, errors="coerce"), zone)
    has_zone = texts.str.contains(_ZONE, regex=True, na=False) & (texts.str.len() > _DATE_LENGTH)
    zoned = _in_reach(pd.to_datetime(texts.where(has_zone), format=time_format or "ISO8601", errors="coerce", utc=True))
    if has_zone.all():
        return _unambiguous(zoned)
    local = localize(pd.to_datetime(texts.mask(has_zone), format="ISO8601", errors="coerce"), zone)
    return Times(zoned.fillna(local.values), local.is_skipped, local.is_twice)


def localize(local: pd.Series, zone: str) -> Times:
    """Return local times as instants in UTC."""
    naive = _in_reach(local)
    utc = naive.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    is_open = utc.isna() & naive.notna()
    is_skipped = is_open & False
    if is_open.any():
        first = np.ones(int(is_open.sum()), dtype=bool)
        utc[is_open] = naive[is_open].dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
        is_skipped[is_open] = naive[is_open].dt.tz_localize(zone, ambiguous=first, nonexistent="NaT").isna()
    return Times(utc.dt.tz_convert("UTC").dt.as_unit("us"), is_skipped, is_open & ~is_skipped)


def _unambiguous(values: pd.Series) -> Times:
    nowhere = pd.Series(data=False, index=values.index)
    return Times(values.dt.as_unit("us"), nowhere, nowhere)


def _from_numbers(texts: pd.Series, unit: Literal["s", "D"], origin: pd.Timestamp, last: int) -> pd.Series:
    numbers = pd.to_numeric(texts, errors="coerce").astype("float64")
    within = numbers.where(numbers.between(0, last))
    return _in_reach(origin.as_unit("us") + pd.to_timedelta(within, unit=unit))


def _is_only_date(texts: pd.Series, time_format: str | None) -> pd.Series:
    if time_format == "spreadsheet":
        return ~texts.str.contains(r"\.[0-9]*[1-9]", regex=True, na=False)
    if time_format is not None and "%z" not in time_format.lower():
        return pd.Series(data="%H" not in time_format and "%I" not in time_format, index=texts.index)
    return ~texts.str.contains("[T :]", regex=True, na=False)


def _at_end_of_day(times: pd.Series, zone: str) -> pd.Series:
    """Move what was only a date to that day's end: a promise "by the 5th" is kept until the 5th is over."""
    last_moment = pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)
    return localize(times.dt.tz_convert(zone).dt.tz_localize(None) + last_moment, zone).values


def _in_reach(times: pd.Series) -> pd.Series:
    """Return the times in microseconds; what another zone could carry out of the years 1 to 9999 is unreadable."""
    in_microseconds = times.dt.as_unit("us")
    within: pd.Series = in_microseconds.where(in_microseconds.dt.year.between(2, 9998))
    return within
