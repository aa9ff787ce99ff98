"""How fast standards are counted and judged: against pandas doing the same counts, and against DuckDB written by hand."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from config.programme import Programme
from tasks.standards.cases import open_cases
from tasks.standards.compliance import Earlier, assess
from tasks.standards.counts import tally, totals
from tasks.standards.slice_counts import count_slices
from tasks.standards.slices import find_slices
from tests.programmes import SMALL, programme, standard

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

ROWS = 1_000_000
RESPONDENTS = 100_000
HALF = 100  # standards about complaints, and as many about ratings
DIMENSIONS = ("region", "product", "branch", "level", "line")
AS_OF = datetime(2026, 4, 5, tzinfo=UTC)
A_DAY = 86_400_000_000
COLUMNS = {"record_id": "id", "occurred_at": "when", **{name: name for name in DIMENSIONS}}


def house() -> Programme:
    """Return 200 standards: times to resolve from 12 hours to 50 days, and ten thresholds of ten questions."""
    times = [
        standard(id=f"t{n}", measure={"elapsed": ["occurred_at", "resolved_at"], "within": f"{12 * (n + 1)} hours"}) for n in range(HALF)
    ]
    scores = [standard(id=f"q{n}-{k}", measure={"rating": f"q{n}", "at_least": (k + 1) / 2}) for n in range(10) for k in range(HALF // 10)]
    survey = {
        "id": "survey",
        "reads": {"csv": "x.csv"},
        "fills": "ratings",
        "columns": COLUMNS | {"pipe": {"is": "survey"}},
        "ratings": [{"question": f"q{n}", "from": f"q{n}", "scale": [1, 5]} for n in range(10)],
    }
    cases = SMALL["sources"][0] | {"columns": COLUMNS | {"pipe": {"is": "complaint"}, "resolved_at": "done"}}
    everything = SMALL["touchpoints"][0] | {"where": {}}
    return programme(touchpoints=[everything], sources=[cases, survey], standards=[*times, *scores])


def records(chance: np.random.Generator, count: int, source: str) -> pd.DataFrame:
    occurred = np.datetime64("2026-01-01T05:00:00", "us") + chance.integers(0, 90 * A_DAY, count).astype("timedelta64[us]")
    took = (chance.exponential(10, count) * A_DAY).astype("timedelta64[us]")
    resolved = np.where(chance.random(count) < 0.9, occurred + took, np.datetime64("NaT"))
    dimensions = {name: pd.array(chance.integers(0, 10, count)).astype("str") for name in DIMENSIONS}
    table = pd.DataFrame({"record_id": pd.array(np.arange(count)).astype("str"), "source": source, **dimensions})
    times = {"occurred_at": occurred, "resolved_at": resolved}
    return table.astype({"source": "str"}).assign(**{name: pd.Series(values).dt.tz_localize("UTC") for name, values in times.items()})


def data() -> tuple[pd.DataFrame, pd.DataFrame]:
    chance = np.random.default_rng(1)
    survey = records(chance, RESPONDENTS, "survey")
    survey["resolved_at"] = survey["resolved_at"].where(survey["resolved_at"].isna())
    feedback = pd.concat([records(chance, ROWS, "cases"), survey], ignore_index=True)
    scores = [
        pd.DataFrame(
            {"source": "survey", "record_id": survey["record_id"], "question": f"q{n}", "score": chance.integers(1, 6, RESPONDENTS)}
        )
        for n in range(10)
    ]
    ratings = pd.concat(scores, ignore_index=True).astype({"source": "str", "question": "str", "score": "float64"})
    return feedback, ratings


def ours(feedback: pd.DataFrame, ratings: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Count, judge and slice; return met and missed of each standard."""
    one = house()
    with open_cases(feedback, ratings, one, AS_OF) as cases:
        counted = tally(cases, frozenset())
        slices = count_slices(cases)
    assess(counted, Earlier("2025Q4", None, "-"), Earlier("2025Q1", None, "-"), (), one)
    whole = totals(counted.counts, one)
    find_slices(slices, whole, one, lambda _: 100)
    return whole[["met", "missed"]].to_numpy()


def by_hand(feedback: pd.DataFrame, ratings: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Do the same counts in DuckDB as one would who knows these data: the floor."""
    as_of = int(AS_OF.timestamp() * 1e6)
    with duckdb.connect() as connection:
        connection.register("f", feedback.assign(o=micros(feedback["occurred_at"]), r=micros(feedback["resolved_at"])))
        connection.register("a", ratings)
        dimensions = ", ".join(f"{name}::TINYINT AS {name}" for name in DIMENSIONS)
        met = ", ".join(
            f"CASE WHEN o + {(n + 1) * A_DAY // 2} >= {as_of} THEN 2 WHEN r > 0 AND r <= o + {(n + 1) * A_DAY // 2} THEN 0 ELSE 1 END::UTINYINT AS m{n}"
            for n in range(HALF)
        )
        connection.execute(f"CREATE TABLE c AS SELECT o // {7 * A_DAY} AS week, {dimensions}, {met} FROM f WHERE source = 'cases'")
        parts = [group(connection, "c", range(HALF))]
        joined = f"SELECT o // {7 * A_DAY} AS week, {dimensions}, score FROM a JOIN f USING (source, record_id)"
        for question in range(10):
            kept = ", ".join(f"(score < {(k + 1) / 2})::UTINYINT AS m{k}" for k in range(HALF // 10))
            connection.execute(f"CREATE TABLE q{question} AS SELECT *, {kept} FROM ({joined} WHERE question = 'q{question}')")
            parts.append(group(connection, f"q{question}", range(HALF // 10)))
    return np.concatenate(parts)


def micros(times: pd.Series) -> npt.NDArray[np.int64]:
    return times.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)


def group(connection: duckdb.DuckDBPyConnection, table: str, measures: range) -> npt.NDArray[np.int64]:
    """Count by week, by dimension and by pair; return met and missed of the whole."""
    sums = ", ".join(f"sum(m{n} = {code})::BIGINT" for n in measures for code in (0, 1))
    for keys in [*((name,) for name in DIMENSIONS), *combinations(DIMENSIONS, 2)]:
        connection.execute(f"SELECT {', '.join(keys)}, {sums} FROM {table} GROUP BY {', '.join(keys)}").fetchnumpy()
    by_week = connection.execute(f"SELECT week, {sums} FROM {table} GROUP BY week").df()
    return by_week.drop(columns="week").sum().to_numpy(np.int64).reshape(len(measures), 2)


def by_pandas(feedback: pd.DataFrame, ratings: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Do the same counts in plain pandas, for the first tenth of the standards about complaints alone: it takes long enough."""
    cases = feedback.loc[feedback["source"] == "cases"]
    week = cases["occurred_at"].dt.tz_localize(None).dt.to_period("W")
    coded = cases[list(DIMENSIONS)].astype("category")
    found = []
    for n in range(HALF // 10):
        due = cases["occurred_at"] + pd.Timedelta(hours=12 * (n + 1))
        outcome = np.where(due >= AS_OF, 2, np.where((cases["resolved_at"] <= due).to_numpy(bool), 0, 1))
        for keys in combinations(DIMENSIONS, 2):
            coded.assign(outcome=outcome).groupby([*keys, "outcome"], observed=True).size()
        counts = pd.Series(outcome).groupby([week.to_numpy(), outcome]).size().unstack(fill_value=0)
        found.append([counts[0].sum(), counts[1].sum()])
    return np.array(found)


def seconds(work: Callable[[pd.DataFrame, pd.DataFrame], object], feedback: pd.DataFrame, ratings: pd.DataFrame, runs: int) -> float:
    """Return the least wall time of some runs."""
    taken = []
    for _ in range(runs):
        started = time.monotonic()
        work(feedback, ratings)
        taken.append(time.monotonic() - started)
    return min(taken)


def test_two_hundred_standards_over_a_million_complaints_and_a_million_ratings() -> None:
    feedback, ratings = data()
    assert (ours(feedback, ratings) == by_hand(feedback, ratings)).all()
    least, floor = seconds(ours, feedback, ratings, 3), seconds(by_hand, feedback, ratings, 3)
    peer = seconds(by_pandas, feedback, ratings, 1) * 10
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")  # noqa: T201
    print(f"ours {least:.1f} s; by hand in DuckDB {floor:.1f} s, ratio {least / floor:.2f}; pandas, complaints alone, {peer:.0f} s")  # noqa: T201
    print(f"peak with the data: {peak('ours')} MiB; the data alone: {peak('data')} MiB")  # noqa: T201


def peak(what: str) -> int:
    """Return the peak memory in MiB of a process of its own that makes the data, and counts them or not."""
    work = "ours(*data())" if what == "ours" else "data()"
    script = f"from tests.bench.test_standards_speed import data, ours\nimport resource\n{work}\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, check=True, capture_output=True
    )
    return int(done.stdout.split()[-1]) // 1024
