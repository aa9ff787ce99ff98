"""From a source's columns to canonical ones.

A value that cannot be read arrives as null, with a column `x_unreadable` that says it was there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from config.columns import Column, Constant, First, FromColumn, Join, Split, columns_of
from config.programme import Programme
from config.sources import Question, Source
from config.tables import UNREADABLE
from tasks.times import Times, parse_times

CLOCK_SKIPPED, CLOCK_TWICE = "clock_skipped", "clock_twice"  # whether a change of the clock left one of the row's times open
_AS_STR = {pa.large_string(): pd.StringDtype(na_value=np.nan)}.get
_YES = ("true", "yes", "y", "t", "1", "1.0")
_NO = ("false", "no", "n", "f", "0", "0.0")


def columns_needed(source: Source) -> tuple[str, ...]:
    """Return the source's columns that its mapping reads, in alphabetical order."""
    names = {*source.keep, *source.drop, *(question.from_ for question in source.ratings)}
    names.update(name for column in source.columns.values() for name in columns_of(column))
    if source.collapse is not None:
        names |= {source.collapse.by, source.collapse.last}
    if source.incremental is not None:
        names.add(source.incremental.changed_at.from_)
    return tuple(sorted(names))


def is_kept(raw: pd.DataFrame, source: Source) -> pd.Series:
    """Return which raw rows the source's `keep` and `drop` leave in."""
    kept = pd.Series(data=True, index=raw.index)
    for column, values in source.keep.items():
        kept &= raw[column].isin(values)
    for column, values in source.drop.items():
        kept &= ~raw[column].isin(values)
    return kept


def map_table(raw: pd.DataFrame, source: Source, programme: Programme, zones: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the canonical columns (and dimensions) of each raw row, with the raw table's index.

    Times are UTC; a time without a zone has its column's, else the one that the export names in `zones`, else the programme's. Yes/no
    columns, and those that `flag` standards measure, become booleans. Two more columns say of each row whether a change
    of the clock left a time of it open: clock_skipped, clock_twice.
    """
    table = source.table
    flags = {getattr(standard.measure, "flag", None) for standard in programme.promises}
    clock = {name: pd.Series(data=False, index=raw.index) for name in (CLOCK_SKIPPED, CLOCK_TWICE)}
    mapped: dict[str, pd.Series] = {"source": pd.Series(source.id, index=raw.index, dtype="str")}
    for name, column in source.columns.items():
        values = values_of(raw, column)
        if name in table.times:
            times = _times(values, column, zones or {}, programme.timezone, is_deadline=name == "due_at")
            parsed = times.values
            clock[CLOCK_SKIPPED] |= times.is_skipped
            clock[CLOCK_TWICE] |= times.is_twice
        elif name in table.numbers:
            parsed = _numbers(values)
        elif name in table.booleans or name in flags:
            parsed = _parse_booleans(values)
        else:
            mapped[name] = values
            continue
        mapped[name] = parsed
        mapped[name + UNREADABLE] = values.notna() & parsed.isna()
    return pd.DataFrame({**mapped, **clock})


def map_ratings(raw: pd.DataFrame, record_ids: pd.Series, questions: Iterable[Question]) -> pd.DataFrame:
    """Return a row an answer: row (of the raw table), record_id, question, score, scale_min, scale_max, score_unreadable."""
    parts = []
    for question in questions:
        answers = _without_missing(raw[question.from_], question.missing)
        answers = answers[answers.notna()]
        score = _numbers(answers)
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


def values_of(raw: pd.DataFrame, column: Column) -> pd.Series:
    """Return what a column's expression gives for each raw row: text, null where it is empty."""
    match column:
        case Constant():
            return pd.Series(column.is_, index=raw.index, dtype="str")
        case FromColumn():
            return _translated(_without_missing(raw[column.from_], column.missing), column)
        case Join():
            return _joined(raw, column)
        case First():
            return _first(raw, column)
        case Split():
            parts: Any = _without_missing(raw[column.split], ()).str.split(column.by, regex=False)
            return _without_missing(parts.str.get(column.take - (column.take > 0)).astype("str"), ())


def _translated(values: pd.Series, column: FromColumn) -> pd.Series:
    if column.recode:
        values = values.map(column.recode).astype("str").fillna(values)
    if column.contains is not None:
        is_in = values.str.contains(column.contains, case=False, regex=False, na=False)
        return pd.Series(np.where(is_in, "yes", "no"), index=values.index, dtype="str")
    return values


def _joined(raw: pd.DataFrame, column: Join) -> pd.Series:
    between = pa.scalar(column.with_, pa.large_string())
    joined, *others = (pa.array(_without_missing(raw[name], ()), type=pa.large_string()) for name in column.join)
    for part in others:
        joined = pc.coalesce(pc.binary_join_element_wise(joined, part, between), joined, part)
    return _without_missing(pd.Series(joined.to_pandas(types_mapper=_AS_STR).array, index=raw.index), ())


def _first(raw: pd.DataFrame, column: First) -> pd.Series:
    found = _without_missing(raw[column.first[0]], ())
    for name in column.first[1:]:
        found = found.fillna(_without_missing(raw[name], ()))
    return found


def _without_missing(values: pd.Series, missing: Iterable[str]) -> pd.Series:
    """Return the values stripped, null where nothing is left; columns that are so already are not copied."""
    stripped = values.str.strip()
    if (stripped.str.len() == values.str.len()).all():
        stripped = values
    is_missing = stripped.isin(["", *missing])
    return stripped.mask(is_missing).astype("str") if is_missing.any() else stripped


def _times(values: pd.Series, column: Column, zones: Mapping[str, str], zone: str, *, is_deadline: bool) -> Times:
    if not isinstance(column, FromColumn):
        return parse_times(values, None, zone, is_deadline=is_deadline)
    named = column.zone or zones.get(column.from_) or zone
    return parse_times(values, column.format, named, column.month, is_deadline=is_deadline)


def _numbers(values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers))


def _parse_booleans(values: pd.Series) -> pd.Series:
    lowered = values.str.lower()
    known = lowered.isin(_YES).astype("boolean")
    return known.mask(~lowered.isin([*_YES, *_NO]))
