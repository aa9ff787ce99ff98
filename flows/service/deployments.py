"""What is deployed for a programme: pure data, the same whether `touchstone schedule` or `prefect deploy` registers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from config.calendar import Due, due_runs
from config.programme import Programme

POOL = "touchstone"
RUNS_AHEAD = 8
PATIENCE_MINUTES = 60
DAILY_AT = "0 7 * * *"
WEEKLY_AT = "0 8 * * 1"
COMMAND = "python -m prefect.engine"  # given, so that a run stays in the process group of the worker that starts it


@dataclass(frozen=True)
class Dates:
    """A schedule: when, and in which zone; `at` is the one instant that it holds, where it holds one."""

    slug: str
    when: Mapping[str, str]  # {"rrule": ...} or {"cron": ...}
    timezone: str
    at: datetime | None = None


@dataclass(frozen=True)
class Deployment:
    """One deployment as Prefect is told of it."""

    name: str
    flow_name: str
    entrypoint: str
    parameters: Mapping[str, Any]
    working_dir: str
    schedules: tuple[Dates, ...] = ()

    @property
    def job_variables(self) -> dict[str, str]:
        """How a worker starts its runs: relative paths of settings mean what they meant where it was registered."""
        return {"command": COMMAND, "working_dir": self.working_dir}

    @property
    def full_name(self) -> str:
        """The name by which Prefect finds it."""
        return f"{self.flow_name}/{self.name}"


def deployments_of(programme: Programme, path: Path, now: datetime) -> tuple[Deployment, ...]:
    """Return a programme's deployments."""
    own, waiting = {"programme": str(path.resolve())}, {"patience_minutes": PATIENCE_MINUTES}
    cycles = tuple(_once(due) for due in due_runs(programme, now, RUNS_AHEAD))
    daily = (Dates("daily", {"cron": DAILY_AT}, programme.timezone),)
    weekly = (Dates("weekly", {"cron": WEEKLY_AT}, programme.timezone),)
    parts: Sequence[tuple[str, str, str, Mapping[str, Any], tuple[Dates, ...]]] = (
        ("cycle", "touchstone-cycle", "flows.service.orchestrated.cycle_flow", own | waiting, cycles),
        ("approve", "touchstone-approve", "flows.service.deployed.approve_flow", own | waiting, ()),
        ("backfill", "touchstone-backfill", "flows.service.deployed.backfill_flow", own | waiting, ()),
        ("follow-up update", "touchstone-follow-up-update", "flows.service.deployed.follow_up_flow", own | waiting, ()),
        ("daily", "touchstone-daily", "flows.service.deployed.daily_flow", own | waiting, daily),
        ("weekly", "touchstone-weekly", "flows.service.deployed.weekly_flow", own | waiting, weekly),
        ("alert", "touchstone-alert", "flows.service.deployed.alert_flow", {"programme_id": programme.programme} | waiting, ()),
    )
    return tuple(
        Deployment(f"{programme.programme} {name}", flow, entrypoint, parameters, str(Path.cwd()), schedules)
        for name, flow, entrypoint, parameters, schedules in parts
    )


def cycle_deployment(programme_id: str) -> str:
    """Return the full name of a programme's deployment that runs cycles."""
    return f"touchstone-cycle/{programme_id} cycle"


def _once(due: Due) -> Dates:
    """Return the schedule of one quarter's one run.

    A schedule of its own for each quarter, called by its name: another one's can be added or moved without touching this one.
    The run itself finds its quarter by the time it was scheduled for: what a schedule tells its runs is lost in Prefect 3.8 when a
    person pauses it.
    """
    return Dates(str(due.quarter), {"rrule": f"RDATE:{due.at:%Y%m%dT%H%M%S}"}, str(due.at.tzinfo), due.at)
