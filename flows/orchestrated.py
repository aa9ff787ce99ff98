"""The cycle as a Prefect flow, each of its steps as a Prefect task."""

from __future__ import annotations

import atexit
import subprocess
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from flows.telemetry import keep_quiet

keep_quiet()

from prefect import flow, task  # noqa: E402  (Prefect reads its settings when it is imported)
from prefect.cache_policies import NO_CACHE  # noqa: E402
from prefect.server.api.server import SubprocessASGIServer  # noqa: E402

from config.errors import TouchstoneError  # noqa: E402
from flows.cycle import Outcome, run_cycle  # noqa: E402
from tasks.results import Result  # noqa: E402

R = TypeVar("R", bound=Result)
RETRIES = 2
RETRY_DELAY_SECONDS = 5
STEP_TIMEOUT_SECONDS = 3600
_tied: dict[int, subprocess.Popen[bytes]] = {}


@flow(name="touchstone-cycle", flow_run_name="{programme}-{cycle}", persist_result=False)
def cycle_flow(programme: str, cycle: str, as_of: datetime | None = None, draft: bool = False, revise: str = "") -> Outcome:
    """Run one cycle of the programme file `programme`; parameters as in `touchstone run`.

    Secrets and addresses of services come from the environment and are no parameters.
    """
    _tie_server_to_this_process()
    return run_cycle(programme, cycle, as_of=as_of, is_draft=draft, revision_reason=revise, call=as_prefect_task)


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


def _tie_server_to_this_process() -> None:
    """See to it that a server that Prefect started for this process does not outlive it, even after SIGKILL.

    A shell waits on a pipe that closes when this process ends, however it ends, and then stops the server.
    """
    server = SubprocessASGIServer().server_process
    if server is None or server.pid in _tied:
        return
    guard = ["/bin/sh", "-c", 'read -r _; kill "$0" 2>/dev/null', str(server.pid)]
    _tied[server.pid] = subprocess.Popen(guard, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 (nothing of it is input)
    atexit.register(_tied[server.pid].communicate)  # closes the pipe, and waits for the shell


def _is_transient(_task: object, _task_run: object, state: Any) -> bool:
    error = state.result(raise_on_failure=False)
    return isinstance(error, TouchstoneError) and error.is_transient
