"""A million complaints read, mapped, masked, validated and stored, step by step, with the same work by hand in DuckDB as the floor."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.bench.intake_host import write_file

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]
RUNS = 3
FLOOR = """
import duckdb, sys
duckdb.execute("set threads = 2")
rows = duckdb.sql(f'''
    select id as record_id, 'complaint' as pipe, category, region, product,
        case channel when 'phone' then 'telephone' when 'web' then 'internet' when 'desk' then 'in_person' else channel end as channel,
        strptime(opened, '%Y-%m-%dT%H:%M') at time zone 'America/New_York' as occurred_at,
        strptime(due, '%Y-%m-%dT%H:%M') at time zone 'America/New_York' as due_at,
        strptime(closed, '%Y-%m-%dT%H:%M') at time zone 'America/New_York' as resolved_at,
        left(sha256(customer || 'key'), 20) as customer_id,
        regexp_replace(regexp_replace(title || '. ' || words, '[\\\\w.]+@[\\\\w.]+', '[email]', 'g'), '\\\\d[\\\\d -]{7,}\\\\d', '[number]', 'g') as text
    from read_csv('{sys.argv[1]}', all_varchar = true)''')
rows.create("kept")
duckdb.sql('''select count(*) filter (where record_id is null), count(*) - count(distinct record_id), count(*) filter (where occurred_at is null),
    count(*) filter (where resolved_at < occurred_at), count(*) filter (where length(text) > 20000) from kept''').fetchall()
duckdb.sql(f"copy kept to '{sys.argv[2]}' (format parquet, compression zstd)")
"""


def seconds(command: list[str]) -> float:
    started = time.monotonic()
    subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    return time.monotonic() - started


def measured(path: Path, folder: Path) -> dict[str, Any]:
    """The run of median length out of three, each in a process and a vault of its own."""
    found = []
    for number in range(RUNS):
        vault = folder / f"{path.stem}-{number}"
        command = [sys.executable, str(ROOT / "tests" / "bench" / "intake_host.py"), str(path), str(vault)]
        output = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, capture_output=True).stdout
        found.append(json.loads(output))
    return sorted(found, key=lambda one: one["seconds"])[RUNS // 2]


def test_a_million_complaints_are_taken_in(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    write_file(small, 100_000)
    write_file(large, 1_000_000)
    few, many = measured(small, tmp_path), measured(large, tmp_path)
    floor = statistics.median(
        seconds([sys.executable, "-c", FLOOR, str(large), str(tmp_path / f"{number}.parquet")]) for number in range(RUNS)
    )
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")  # noqa: T201
    print(f"| step of a million rows ({large.stat().st_size / 1e6:.0f} MB) | seconds | share |\n|---|---|---|")  # noqa: T201
    for step, taken in many["steps"].items():
        print(f"| {step} | {taken:.1f} | {taken / many['seconds']:.0%} |")  # noqa: T201
    exponent = math.log10(many["seconds"] / few["seconds"])
    print(f"| all | {many['seconds']:.1f} | |")  # noqa: T201
    print(f"100,000 rows {few['seconds']:.1f} s: exponent {exponent:.2f}; peak {many['peak_mib']:.0f} MiB; floor in DuckDB {floor:.1f} s")  # noqa: T201
    assert many["account"]["accepted"] == many["account"]["read"] == 1_000_000
