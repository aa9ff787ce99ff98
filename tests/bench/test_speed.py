"""How long commands take as whole processes; `make bench` prints it for docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("touchstone"))
PROGRAMME = str(ROOT / "config" / "examples" / "boston311.yaml")
AS_OF = "2016-01-12T00:00:00-05:00"
WITHOUT_PREFECT = f"""
from datetime import datetime
from flows.cycle import run_cycle
run_cycle({PROGRAMME!r}, "2015Q2", as_of=datetime.fromisoformat({AS_OF!r}))
"""


def seconds(command: list[str], home: Path, runs: int) -> list[float]:
    """Wall seconds of each run after one that is not counted, each in a fresh installation."""
    taken = []
    for number in range(runs + 1):
        environment = os.environ | {"TOUCHSTONE_HOME": str(home / str(number)), "PYTHONPATH": str(ROOT)}
        started = time.monotonic()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        taken.append(time.monotonic() - started)
    return taken[1:]


def show(what: str, taken: list[float]) -> None:
    print(f"| {what} | {min(taken):.2f} | {statistics.median(taken):.2f} | {max(taken):.2f} |")  # noqa: T201


def test_speed_of_commands_and_of_one_boston_quarter(data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", str(data_folder))
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")  # noqa: T201
    print("| whole process, seconds | least | median | most |\n|---|---|---|---|")  # noqa: T201
    show("`touchstone --help`", seconds([COMMAND, "--help"], tmp_path / "help", 5))
    show("`touchstone validate` (Boston)", seconds([COMMAND, "validate", PROGRAMME, "--cycle", "2015Q2"], tmp_path / "validate", 5))
    show("floor: an interpreter that imports pandas", seconds([sys.executable, "-c", "import pandas"], tmp_path / "floor", 5))
    show("Boston 2015Q2 (31,331 rows), without Prefect", seconds([sys.executable, "-c", WITHOUT_PREFECT], tmp_path / "plain", 3))
    run = [COMMAND, "run", PROGRAMME, "--cycle", "2015Q2", "--as-of", AS_OF]
    show("the same with Prefect's in-process server", seconds(run, tmp_path / "prefect", 3))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"Peak memory of the largest of these processes: {peak} MiB")  # noqa: T201
