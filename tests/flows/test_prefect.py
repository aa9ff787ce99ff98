"""The cycle under Prefect: a real server process for one test, Prefect's own harness for the rest."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from config.errors import InputError, ServiceError
from tests.flows.shop import AS_OF, cut_off

COMMAND = str(Path(sys.executable).with_name("touchstone"))
START_SECONDS = 400


@contextmanager
def prefect_server(home: Path) -> Iterator[str]:
    """Run a real Prefect server; yield its API's address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"PREFECT_HOME": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _wait_for(f"http://127.0.0.1:{port}/api")
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(api: str) -> str:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{api}/health", timeout=2):
                return api
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(f"the Prefect server at {api} did not answer within {START_SECONDS} s")


def ask(api: str, path: str, **body: Any) -> Any:
    request = urllib.request.Request(f"{api}/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def command_line(shop: Path, api: str, *more: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PREFECT_API_URL": api}
    command = [COMMAND, "run", str(shop), "--cycle", "2026Q1", "--as-of", AS_OF["2026Q1"].isoformat(), *more]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=800, check=False)


def test_a_server_named_by_the_environment_sees_the_run_and_each_of_its_steps(shop: Path, tmp_path: Path) -> None:
    with prefect_server(tmp_path / "prefect") as api:
        done = command_line(shop, api)
        assert done.returncode == 0, done.stderr
        steps = [json.loads(line) for line in done.stderr.splitlines()]
        assert [step["step"] for step in steps][:2] == ["plan", "pull complaints"]
        assert {step["cycle"] for step in steps} == {"2026Q1"}
        (run,) = ask(api, "flow_runs/filter")
        assert (run["name"], run["state_name"]) == ("shop 2026Q1", "Completed")
        names = {task["name"] for task in ask(api, "task_runs/filter")}
        assert {
            "plan",
            "pull complaints",
            "pull survey",
            "snapshot",
            "standards",
            "causes",
            "findings",
            "render",
            "publish",
            "mail",
        } <= names
        again = command_line(shop, api, "--json")
        assert json.loads(again.stdout)["status"] == "already_done"
        cut_off(shop)
        failed = command_line(shop, api, "--revise", "the file is gone")
        assert (failed.returncode, failed.stdout) == (2, "")
        assert "has a header but no rows" in failed.stderr.splitlines()[-1]
        assert failed.stderr.count("\n") == 2  # the plan's line and one sentence, and no traceback
        assert "Failed" in {run["state_name"] for run in ask(api, "flow_runs/filter")}


@pytest.mark.usefixtures("harness")
def test_a_transient_error_is_tried_again_and_a_permanent_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect import flow

    from flows.handover import Sent
    from flows.service import orchestrated

    monkeypatch.setattr(orchestrated, "RETRY_DELAY_SECONDS", 0)
    tries: list[str] = []

    def fail_once(error: Exception) -> Sent:
        tries.append(type(error).__name__)
        if tries.count(type(error).__name__) == 1:
            raise error
        return Sent(by_status={})

    @flow
    def both() -> None:
        assert orchestrated.as_prefect_task("transient", fail_once, ServiceError("busy")) == Sent(by_status={})
        with pytest.raises(InputError):
            orchestrated.as_prefect_task("permanent", fail_once, InputError("wrong"))

    both()
    assert tries == ["ServiceError", "ServiceError", "InputError"]


@pytest.mark.usefixtures("harness")
def test_a_failing_cycle_is_a_failed_flow_run(shop: Path) -> None:
    from flows.service.orchestrated import cycle_flow

    cut_off(shop, "survey-2026Q1")
    state = cycle_flow(str(shop), "2026Q1", as_of=AS_OF["2026Q1"], return_state=True)
    assert state.is_failed()


def test_no_secret_can_be_a_flow_parameter() -> None:
    from flows.service.orchestrated import cycle_flow

    names = set(cycle_flow.parameters.properties)
    assert names == {"programme", "cycle", "as_of", "draft", "revise", "patience_minutes"}
