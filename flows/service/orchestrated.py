"""The cycle as a Prefect flow, each of its steps as a Prefect task."""

from __future__ import annotations

import atexit
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from flows.service.telemetry import keep_quiet

keep_quiet()

from prefect import flow, task  # noqa: E402  (Prefect reads its settings when it is imported)
from prefect.cache_policies import NO_CACHE  # noqa: E402
from prefect.runtime import flow_run  # noqa: E402
from prefect.states import Completed  # noqa: E402

from config.calendar import Due, due_run, latest_due  # noqa: E402
from config.errors import LockedError, ServiceError, TouchstoneError  # noqa: E402
from config.loading import load_programme  # noqa: E402
from config.programme import Programme  # noqa: E402
from config.settings import load_settings  # noqa: E402
from flows.cycle import Outcome, run_cycle  # noqa: E402
from flows.handover import StepResult  # noqa: E402
from flows.progress import shown_steps  # noqa: E402
from flows.service.artifacts import progress_shown, show_outcome  # noqa: E402
from flows.service.automations import AWAITING_STATE  # noqa: E402
from flows.service.backfill import as_of_for  # noqa: E402
from tasks.ledger.connection import open_ledger  # noqa: E402

R = TypeVar("R", bound=StepResult)
T = TypeVar("T")
RETRIES = 2
RETRY_DELAY_SECONDS = 5
STEP_TIMEOUT_SECONDS = 3600
PATIENCE_STEP_SECONDS = 30
_tied: dict[int, subprocess.Popen[bytes]] = {}


def name_of_run() -> str:
    """Return what Prefect's page calls this run: the programme's id, and the cycle, the follow-up or what else it is about."""
    given: dict[str, Any] = flow_run.get_parameters()
    try:
        programme = load_programme(given["programme"])
    except TouchstoneError:
        return str(given["programme"])  # the run itself says what is wrong with it
    is_cycle = "revise" in given
    other = due_at_start(programme).quarter if is_cycle else str(flow_run.get_flow_name()).removeprefix("touchstone-")
    return f"{programme.programme} {given.get('cycle') or given.get('follow_up') or other}"


def due_at_start(programme: Programme) -> Due:
    """Return what was due when this run was scheduled to start."""
    return due_run(programme, latest_due(programme, flow_run.get_scheduled_start_time()))


@flow(name="touchstone-cycle", flow_run_name=name_of_run, persist_result=False)
def cycle_flow(
    programme: str, cycle: str = "", as_of: datetime | None = None, draft: bool = False, revise: str = "", patience_minutes: int = 0
) -> Outcome:
    """Run one cycle, or go on with it where it was interrupted.

    Secrets and addresses of services come from the environment and are no parameters.

    Args:
        programme: Path of the programme file; the deployment has set it.
        cycle: The quarter, such as 2026Q3; without it the one that was due when this run was scheduled to start.
        as_of: The instant as of which everything is computed; without it that due time, or the present of the first run where a
            cycle is given.
        draft: Publish to a local folder only, and send nothing.
        revise: Why a finished cycle is published anew, beside its first edition.
        patience_minutes: How long to wait for a service that does not answer, or for another run of this programme to end.
    """
    tie_server_to_this_process()

    def once() -> Outcome:
        which, instant = (cycle, as_of) if cycle else _what_is_due(programme, as_of)
        with progress_shown(as_prefect_task) as call:
            return run_cycle(programme, which, as_of=instant, is_draft=draft, revision_reason=revise, call=call)

    with shown_steps(cycle or Path(programme).stem):
        return shown(patiently(once, patience_minutes), is_draft=draft)


def _what_is_due(programme_path: str, as_of: datetime | None) -> tuple[str, datetime | None]:
    """Return the cycle that this run was scheduled for, and its as-of; None where somebody began it already, with one of its own."""
    programme = load_programme(programme_path)
    due = due_at_start(programme)
    return str(due.quarter), as_of or as_of_for(open_ledger(load_settings().database_url), programme, due)


def shown(outcome: Outcome, *, is_draft: bool = False) -> Outcome:
    """Show an outcome in Prefect's page, and return it as what the flow ends with: waiting is not the same as done."""
    show_outcome(outcome, load_settings(), is_draft=is_draft)
    if outcome.status == "awaiting_approval":
        state: object = Completed(name=AWAITING_STATE, message=outcome.headline, data=outcome)
        return cast(Outcome, state)  # Prefect ends the run in this state, and hands its data to the caller
    return outcome


def patiently(work: Callable[[], T], patience_minutes: int) -> T:
    """Return what `work` gives, trying again for so long where a service does not answer or another run holds the lock."""
    ends = time.monotonic() + patience_minutes * 60
    while True:
        try:
            return work()
        except (ServiceError, LockedError):
            if time.monotonic() + PATIENCE_STEP_SECONDS > ends:
                raise
        time.sleep(PATIENCE_STEP_SECONDS)


def as_prefect_task(name: str, work: Callable[..., R], *args: Any) -> R:
    """Call a step as a Prefect task: a transient error is tried again, any other fails the flow at once.

    Nothing is persisted or cached by Prefect: the ledger is what a run goes on from.
    """
    as_task = task(
        name=name,
        task_run_name=name,
        retries=RETRIES,
        retry_delay_seconds=RETRY_DELAY_SECONDS,
        retry_condition_fn=_is_transient,
        timeout_seconds=STEP_TIMEOUT_SECONDS,
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    return as_task(work)(*args)


def tie_server_to_this_process() -> None:
    """See to it that a server that Prefect started for this process does not outlive it, even after SIGKILL.

    A shell waits on a pipe that closes when this process ends, however it ends, and then stops the server.
    """
    api = sys.modules.get("prefect.server.api.server")  # imported where Prefect has started a server: that takes seconds
    server = api.SubprocessASGIServer().server_process if api else None
    if server is None or server.pid in _tied:
        return
    guard = ["/bin/sh", "-c", 'read -r _; kill "$0" 2>/dev/null', str(server.pid)]
    _tied[server.pid] = subprocess.Popen(guard, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 (nothing of it is input)
    atexit.register(_tied[server.pid].communicate)  # closes the pipe, and waits for the shell


def _is_transient(_task: object, _task_run: object, state: Any) -> bool:
    error = state.result(raise_on_failure=False)
    return isinstance(error, TouchstoneError) and error.is_transient
