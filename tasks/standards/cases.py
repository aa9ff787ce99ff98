"""A quarter's records and answers in DuckDB, each with the outcome of every standard: what all counts are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from config.programme import Programme
from config.standards import ALL_TOUCHPOINTS, Standard
from tasks.standards.dimensions import Dimension, dimensions_of
from tasks.standards.measures import Clocks, flag_column, outcome, working_times
from tasks.standards.placement import place, touchpoint_of_questions
from tasks.working_time import minutes_a_day, working_positions

TIMES = ("occurred_at", "due_at", "acknowledged_at", "assessed_at", "resolved_at", "reopened_at", "closed_at")
WEIGHT_SCALE = 10_000
NOWHERE = -1
_OF_RECORD = "row, week, month, customer, weight, COLUMNS('^(d[0-9]+|scope[0-9]+)$')"
_TIME = pd.DatetimeTZDtype("us", "UTC")


class Scope(NamedTuple):
    """Which records a standard is about: those of some sources, of which `where` holds."""

    sources: tuple[str, ...]
    where: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Population:
    """What some standards count: a table with one column `m<number>` for each, holding the outcome or null where it is no case."""

    table: str
    standards: Mapping[int, Standard]


@dataclass(frozen=True)
class Cases:
    """The tables of one quarter as they were known at the as-of; `feedback` holds its records, placed.

    `cases` is a row a record, `answers_<n>` a row an answer to one question. Both have: row (the record's position in `feedback`),
    touchpoint (its position in the programme, -1: none), week, month (days since 1970), customer, weight,
    d<n> (dimensions), m<n> (outcomes); cases also have their times, t_ on the calendar and w_ in working time.
    """

    connection: duckdb.DuckDBPyConnection
    programme: Programme
    clocks: Clocks
    feedback: pd.DataFrame
    dimensions: tuple[Dimension, ...]
    populations: tuple[Population, ...]


@contextmanager
def open_cases(feedback: pd.DataFrame, ratings: pd.DataFrame, programme: Programme, as_of: datetime) -> Iterator[Cases]:
    """Yield the cases of a quarter's canonical tables; what happened after the as-of is not yet known and left out."""
    known = feedback.loc[feedback["occurred_at"] <= as_of].reset_index(drop=True)
    known = known.assign(touchpoint=place(known, programme))
    clocks = _clocks(programme, as_of)
    dimensions = dimensions_of(known, programme)
    # no disk, no network: what customers wrote can neither read a file nor write one
    with duckdb.connect(config={"enable_external_access": "false", "preserve_insertion_order": "false"}) as connection:
        connection.execute("SET enable_progress_bar = false")  # it would be drawn into the standard output of long counts
        connection.register("records", _arrow(known, programme, as_of, dimensions))
        populations = (_records(connection, programme, clocks), *_answers(connection, ratings, programme, clocks))
        yield Cases(connection, programme, clocks, known, dimensions, tuple(one for one in populations if one.standards))


def _clocks(programme: Programme, as_of: datetime) -> Clocks:
    instant = pd.Series([as_of]).astype(_TIME)
    position = working_positions(instant, programme.working_time, programme.timezone)
    return Clocks(int(_microseconds(instant)[0]), int(position[0]), minutes_a_day(programme.working_time))


def _arrow(known: pd.DataFrame, programme: Programme, as_of: datetime, dimensions: Sequence[Dimension]) -> pa.Table:
    """Return one column for everything that a standard may ask of a record; numbers and yes or no alone, but for its name."""
    ids = [touchpoint.id for touchpoint in programme.touchpoints]
    days = known["occurred_at"].dt.tz_convert(programme.timezone).dt.tz_localize(None).to_numpy("datetime64[D]")
    columns: dict[str, object] = {
        "row": np.arange(len(known)),
        "touchpoint": pd.Categorical(known["touchpoint"], categories=ids).codes,
        "week": days.astype(np.int64) - (days.astype(np.int64) + 3) % 7,  # 1970-01-01 was a Thursday
        "month": days.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64),
        "customer": _customers(known),
        "weight": _weights(known),
        "transferred_count": _column(known, "transferred_count"),
        "is_first_contact_resolved": _column(known, "is_first_contact_resolved"),
        "is_reopened_ever": _is_reopened_ever(known, programme),
        "record_id": pa.array(known["record_id"]),
        "source": pa.array(known["source"]),
        **_times(known, programme, as_of),
        **{f"d{number}": dimension.codes for number, dimension in enumerate(dimensions)},
        **_flags(known, programme),
        **_scopes(known, programme),
    }
    return pa.table(columns)


def _times(known: pd.DataFrame, programme: Programme, as_of: datetime) -> dict[str, pa.Array]:
    """Return the times on both clocks; what is dated after the as-of is not known, but for what was promised."""
    working = {time for standard in programme.promises for time in working_times(standard.measure)}
    columns = {}
    for name in TIMES:
        times = known[name] if name in known else pd.Series(pd.NaT, index=known.index, dtype=_TIME)
        times = times.astype(_TIME)
        if name != "due_at":
            times = times.where(times <= as_of)
        is_null = times.isna().to_numpy(bool)
        columns[f"t_{name}"] = pa.array(_microseconds(times), mask=is_null)
        if name in working:
            columns[f"w_{name}"] = pa.array(working_positions(times, programme.working_time, programme.timezone), mask=is_null)
    return columns


def _microseconds(times: pd.Series) -> np.ndarray:
    microseconds: np.ndarray = times.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)
    return microseconds


def _column(known: pd.DataFrame, name: str) -> pa.Array:
    if name not in known:
        return pa.nulls(len(known), pa.bool_() if name.startswith("is_") else pa.float64())
    return pa.array(known[name].astype("boolean") if name.startswith("is_") else known[name].astype("Float64"))


def _is_reopened_ever(known: pd.DataFrame, programme: Programme) -> np.ndarray:
    """Return whether a record was reopened and its source cannot say when."""
    if "reopened_count" not in known:
        return np.zeros(len(known), bool)
    dated = [source.id for source in programme.sources if "reopened_at" in source.columns]
    return ((known["reopened_count"] > 0).fillna(value=False) & ~known["source"].isin(dated)).to_numpy(bool)


def _customers(known: pd.DataFrame) -> pa.Array:
    """Return a number for each customer, the same on every machine; null where nobody knows."""
    if "customer_id" not in known:
        return pa.nulls(len(known), pa.int64())
    customers = known["customer_id"].astype("str")
    numbers = pd.util.hash_array(customers.fillna("").to_numpy(object)).view(np.int64)
    return pa.array(numbers, mask=customers.isna().to_numpy(bool))


def _weights(known: pd.DataFrame) -> pa.Array:
    """Return survey weights as whole numbers; null where a source has none."""
    if "weight" not in known:
        return pa.nulls(len(known), pa.int64())
    weights = known["weight"].astype("float64")
    is_null = weights.isna().to_numpy(bool)
    return pa.array(np.round(weights.fillna(0).to_numpy() * WEIGHT_SCALE).astype(np.int64), mask=is_null)


def _flags(known: pd.DataFrame, programme: Programme) -> dict[str, pa.Array]:
    names = {getattr(standard.measure, "flag", None) for standard in programme.promises} - {None}
    absent = pd.Series(None, index=known.index, dtype="boolean")
    return {flag_column(name): pa.array(known.get(name, absent).astype("boolean")) for name in sorted(map(str, names))}


def scopes(programme: Programme) -> dict[Scope, str]:
    """Return the column that holds which records are meant, by what `scope_of` says of the standards."""
    keys = dict.fromkeys(scope_of(standard, programme) for standard in programme.promises)
    return {key: f"scope{number}" for number, key in enumerate(keys)}


def scope_of(standard: Standard, programme: Programme) -> Scope:
    """Return what a standard's cases come from: the sources that map what is measured, and its `where`.

    A record is a case where its source maps the columns that are measured: a survey answer is none of
    a standard about due times, and is neither missed nor excluded there.
    """
    sources = tuple(source.id for source in programme.sources if standard.measure.is_told_by(set(source.columns)))
    return Scope(sources, tuple(standard.where.items()))


def _scopes(known: pd.DataFrame, programme: Programme) -> dict[str, np.ndarray]:
    columns = {}
    for scope, name in scopes(programme).items():
        belongs = known["source"].isin(scope.sources).to_numpy(bool)
        for column, values in scope.where:
            belongs = belongs & _is_any_of(known, column, values)
        columns[name] = belongs
    return columns


def _is_any_of(known: pd.DataFrame, column: str, values: tuple[str, ...]) -> np.ndarray:
    """Return which records have one of the values; yes and no are written true and false."""
    if column not in known:
        return np.zeros(len(known), bool)
    texts = known[column].astype("str").str.lower() if pd.api.types.is_bool_dtype(known[column]) else known[column]
    return np.asarray(texts.isin([value.lower() for value in values] if texts is not known[column] else values).to_numpy(bool))


def _records(connection: duckdb.DuckDBPyConnection, programme: Programme, clocks: Clocks) -> Population:
    standards = {number: one for number, one in enumerate(programme.promises) if one.measure.question is None}
    outcomes = _outcome_columns(standards, programme, clocks)
    connection.execute(f"CREATE TABLE cases AS SELECT *{outcomes} FROM records")  # noqa: S608 - our own names and numbers
    connection.unregister("records")
    return Population("cases", standards)


def _answers(connection: duckdb.DuckDBPyConnection, ratings: pd.DataFrame, programme: Programme, clocks: Clocks) -> Iterator[Population]:
    """Yield one population a question that standards ask about."""
    questions = dict.fromkeys(one.measure.question for one in programme.promises if one.measure.question is not None)
    own = touchpoint_of_questions(programme)
    ids = [touchpoint.id for touchpoint in programme.touchpoints]
    for index, question in enumerate(questions):
        answers = ratings.loc[ratings["question"] == question, ["source", "record_id", "score"]]
        connection.register("asked", pa.Table.from_pandas(answers, preserve_index=False))
        touchpoint = str(ids.index(own[question])) if question in own else "touchpoint"
        standards = {number: one for number, one in enumerate(programme.promises) if one.measure.question == question}
        outcomes = _outcome_columns(standards, programme, clocks)
        answered = f"SELECT {_OF_RECORD}, {touchpoint} AS touchpoint, score FROM asked JOIN cases USING (source, record_id)"  # noqa: S608
        connection.execute(f"CREATE TABLE answers_{index} AS SELECT *{outcomes} FROM ({answered})")  # noqa: S608
        connection.unregister("asked")
        yield Population(f"answers_{index}", standards)


def _outcome_columns(standards: Mapping[int, Standard], programme: Programme, clocks: Clocks) -> str:
    columns = scopes(programme)
    return "".join(
        f", CASE WHEN {_belongs(one, programme, columns)} THEN ({outcome(one.measure, clocks)})::UTINYINT END AS m{number}"
        for number, one in standards.items()
    )


def _belongs(standard: Standard, programme: Programme, columns: Mapping[Scope, str]) -> str:
    belongs = columns[scope_of(standard, programme)]
    if standard.touchpoints == ALL_TOUCHPOINTS:
        return belongs
    ids = [touchpoint.id for touchpoint in programme.touchpoints]
    places = ", ".join(str(ids.index(place)) for place in standard.places)
    return f"{belongs} AND touchpoint IN ({places})"
