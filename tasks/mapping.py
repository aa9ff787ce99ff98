"""From a source's columns to canonical ones.

A value that cannot be read arrives as null, with a column `x_unreadable` that says it was there.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from config.programme import Programme
from config.sources import Column, Constant, FromColumn, Join, Question, Source
from config.tables import FEEDBACK_BOOLEANS, FEEDBACK_NUMBERS, FEEDBACK_TIMES, UNREADABLE

_YES = ("true", "yes", "y", "t", "1", "1.0")
_NO = ("false", "no", "n", "f", "0", "0.0")
_DATE_LENGTH = len("2026-01-31")
_ZONE = r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)$"


def columns_needed(source: Source) -> tuple[str, ...]:
    """Return the source's columns that its mapping reads, in alphabetical order."""
    names = set(source.keep)
    for column in source.columns.values():
        if isinstance(column, FromColumn):
            names.add(column.from_)
        elif isinstance(column, Join):
            names.update(column.join)
    names.update(question.from_ for question in source.ratings)
    return tuple(sorted(names))


def is_kept(raw: pd.DataFrame, source: Source) -> pd.Series:
    """Return which raw rows the source's `keep` leaves in."""
    kept = pd.Series(data=True, index=raw.index)
    for column, values in source.keep.items():
        kept &= raw[column].isin(values)
    return kept


def map_feedback(raw: pd.DataFrame, source: Source, programme: Programme) -> pd.DataFrame:
    """Return canonical columns (and dimensions) of each raw row, with the raw table's index.

    Times are UTC; local times that a change to summer time skips move forward by the gap, those that come
    twice are the first. Values in `flag` standards' columns and the canonical yes/no columns become booleans.
    """
    flags = {getattr(standard.measure, "flag", None) for standard in programme.standards}
    mapped: dict[str, pd.Series] = {"source": pd.Series(source.id, index=raw.index, dtype="str")}
    for name, column in source.columns.items():
        values = _values(raw, column)
        if name in FEEDBACK_TIMES:
            time_format = column.format if isinstance(column, FromColumn) else None
            parsed = _parse_times(values, time_format, programme.timezone, is_deadline=name == "due_at")
        elif name in FEEDBACK_NUMBERS:
            parsed = pd.to_numeric(values, errors="coerce").astype("float64")
        elif name in FEEDBACK_BOOLEANS or name in flags:
            parsed = _parse_booleans(values)
        else:
            mapped[name] = values
            continue
        mapped[name] = parsed
        mapped[name + UNREADABLE] = values.notna() & parsed.isna()
    return pd.DataFrame(mapped)


def map_ratings(raw: pd.DataFrame, record_ids: pd.Series, questions: Iterable[Question]) -> pd.DataFrame:
    """Return a row an answer: row (of the raw table), record_id, question, score, scale_min, scale_max, score_unreadable."""
    parts = []
    for question in questions:
        answers = _without_missing(raw[question.from_], question.missing)
        answers = answers[answers.notna()]
        score = pd.to_numeric(answers, errors="coerce").astype("float64")
        parts.append(
            pd.DataFrame(
                {
                    "row": answers.index,
                    "record_id": record_ids.loc[answers.index],
                    "question": pd.Series(question.question, index=answers.index, dtype="str"),
                    "score": score,
                    "scale_min": float(question.scale[0]),
                    "scale_max": float(question.scale[1]),
                    "score_unreadable": score.isna(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _values(raw: pd.DataFrame, column: Column) -> pd.Series:
    """Return the column's text, null where it is empty."""
    if isinstance(column, Constant):
        return pd.Series(column.is_, index=raw.index, dtype="str")
    if isinstance(column, Join):
        parts = [_without_missing(raw[name], ()) for name in column.join]
        joined = ["\0".join(part for part in row if isinstance(part, str)) for row in zip(*parts, strict=True)]
        return _without_missing(pd.Series(joined, index=raw.index, dtype="str").str.replace("\0", column.with_, regex=False), ())
    values = _without_missing(raw[column.from_], column.missing)
    if column.recode:
        values = values.map(column.recode).astype("str").fillna(values)
    return values


def _without_missing(values: pd.Series, missing: Iterable[str]) -> pd.Series:
    stripped = values.str.strip()
    return stripped.mask(stripped.isin(["", *missing])).astype("str")


def _parse_times(values: pd.Series, time_format: str | None, timezone: str, *, is_deadline: bool) -> pd.Series:
    values = values.where(values.str.contains(r"[0-9]", na=False))  # pandas reads "now" and "today" off the clock
    if time_format is not None and "%z" not in time_format.lower():
        local = pd.to_datetime(values, format=time_format, errors="coerce")
        is_date = pd.Series(data="%H" not in time_format and "%I" not in time_format, index=values.index)
        times = _localize(local, timezone)
    else:
        has_zone = values.str.contains(_ZONE, regex=True, na=False) & (values.str.len() > _DATE_LENGTH)
        is_date = ~values.str.contains("[T :]", regex=True, na=False)
        zoned = _in_reach(pd.to_datetime(values.where(has_zone), format=time_format or "ISO8601", errors="coerce", utc=True))
        times = zoned.fillna(_localize(pd.to_datetime(values.mask(has_zone), format="ISO8601", errors="coerce"), timezone))
    return _at_end_of_day(times.dt.as_unit("us"), is_date, timezone) if is_deadline else times.dt.as_unit("us")


def _at_end_of_day(times: pd.Series, is_date: pd.Series, timezone: str) -> pd.Series:
    """Move what was only a date to that day's end: a promise "by the 5th" is kept until the 5th is over."""
    last_moment = pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)
    ends = _localize(times.dt.tz_convert(timezone).dt.tz_localize(None) + last_moment, timezone)
    return times.mask(is_date, ends)


def _localize(local: pd.Series, timezone: str) -> pd.Series:
    is_first = np.ones(len(local), dtype=bool)
    naive = _in_reach(local)
    utc: pd.Series = naive.dt.tz_localize(timezone, ambiguous=is_first, nonexistent="shift_forward").dt.tz_convert("UTC")
    return utc


def _in_reach(times: pd.Series) -> pd.Series:
    """Return the times in microseconds; what another zone could carry out of the years 1 to 9999 is unreadable."""
    in_microseconds = times.dt.as_unit("us")
    within: pd.Series = in_microseconds.where(in_microseconds.dt.year.between(2, 9998))
    return within


def _parse_booleans(values: pd.Series) -> pd.Series:
    lowered = values.str.lower()
    known = lowered.isin(_YES).astype("boolean")
    return known.mask(~lowered.isin([*_YES, *_NO]))
