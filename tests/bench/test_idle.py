"""What `touchstone serve` costs while nothing is due; `make bench` prints it for docs/benchmarks.md."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.flows.served import Service, serving
from tests.flows.shop import write_shop

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
SETTLING_SECONDS = 60
WATCHED_SECONDS = 300


def cpu_seconds(service: Service) -> float:
    """Processor time that the group's living processes have used."""
    stats = [Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split() for pid in service.living()]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats) / os.sysconf("SC_CLK_TCK")


def memory_mib(service: Service) -> float:
    """Resident memory of the group, shared pages counted in every process that has them."""
    lines = [line for pid in service.living() for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def test_idle_service(tmp_path: Path) -> None:
    with serving(
        write_shop(tmp_path / "shop"), "shop", tmp_path, DATA=str(tmp_path / "shop"), PREFECT_WORKER_QUERY_SECONDS="10"
    ) as service:
        time.sleep(SETTLING_SECONDS)
        before = cpu_seconds(service)
        time.sleep(WATCHED_SECONDS)
        share = (cpu_seconds(service) - before) / WATCHED_SECONDS
        print(f"\n`touchstone serve`, idle, server included: {share:.1%} of one core, {memory_mib(service):.0f} MiB")  # noqa: T201
