"""`touchstone serve` as a process of its own, driven from outside as an ops lead, a crash or a date that has come would."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from config.errors import ServiceError
from flows.service.prefect_api import PrefectApi

START_SECONDS = 300
CYCLE_SECONDS = 300
COMMAND = str(Path(sys.executable).with_name("touchstone"))


@dataclass
class Service:
    """A served programme: its process, what it writes, and its Prefect server."""

    programme: Path
    programme_id: str
    environment: dict[str, str]
    log: Path
    port: int
    api: PrefectApi
    process: subprocess.Popen[bytes] | None = None
    groups: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Start it, in a session of its own, and wait until it serves."""
        command = [COMMAND, "serve", str(self.programme), "--port", str(self.port)]
        seen = len(self.lines())
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(command, env=self.environment, stdout=output, stderr=output, start_new_session=True)
        self.groups.append(self.process.pid)
        self.wait(lambda: any(line.startswith("Serving") for line in self.lines()[seen:]), "serve")

    def kill(self) -> None:
        """Kill it from outside, as the kernel does when memory runs out, and see that all of its group has ended."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.wait(lambda: not self.living(), "the end of the group")

    def stop(self) -> int:
        """Stop it as systemd does; return its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(120)

    def living(self) -> list[int]:
        """The processes of every group that was ever started."""
        found = subprocess.run(["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True).stdout.splitlines()
        lines = [line.split() for line in found]
        return [int(pid) for pid, group, state in lines if int(group) in self.groups and not state.startswith("Z")]

    def begin(self, cycle: str, as_of: datetime) -> None:
        """Let a cycle's date have come."""
        self.ask_for(f"touchstone-cycle/{self.programme_id} cycle", {"cycle": cycle, "as_of": as_of.isoformat()})

    def ask_for(self, deployment: str, parameters: dict[str, str]) -> None:
        """Ask for a run of a deployment; a server on SQLite is busy now and then (503), and is asked again."""
        self.wait(lambda: self._is_taken(deployment, parameters), f"a run of {deployment}", 1)

    def _is_taken(self, deployment: str, parameters: dict[str, str]) -> bool:
        try:
            self.api.start(self.api.deployment_id(deployment), parameters)
        except ServiceError:
            return False
        return True

    def runs(self) -> list[dict[str, Any]]:
        """Every flow run that has begun, the latest first."""
        asked = {"limit": 50, "sort": "EXPECTED_START_TIME_DESC", "flow_runs": {"start_time": {"is_null_": False}}}
        return list(self.api._ask("POST", "/flow_runs/filter", asked))

    def lines(self) -> list[str]:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []

    def steps(self, cycle: str) -> list[str]:
        """The steps of a cycle that are done, as the structured log tells."""
        facts = [json.loads(line) for line in self.lines() if line.startswith("{")]
        return [fact["step"] for fact in facts if fact["cycle"] == cycle]

    def status(self, cycle: str) -> str:
        """How a cycle stands, as a script asks for it; empty where the ledger does not answer or knows nothing of it."""
        command = [COMMAND, "history", self.programme_id, "--json"]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        rows = json.loads(done.stdout) if done.returncode == 0 else []
        return next((row["status"] for row in rows if row["edition"] == cycle), "")

    def wait_for_step(self, cycle: str, step: str) -> None:
        """Wait until a step of a cycle is done."""
        self.wait(lambda: step in self.steps(cycle), f"{cycle}: {step}", 0.02)

    def wait_for_status(self, cycle: str, status: str) -> None:
        """Wait until a cycle stands so."""
        self.wait(lambda: self.status(cycle) == status, f"{cycle}: {status}", 1)

    def wait(self, probe: Callable[[], bool], what: str, pause_seconds: float = 0.2) -> None:
        """Wait until `probe` says yes."""
        deadline = time.monotonic() + CYCLE_SECONDS
        while not probe():
            is_over = self.process is not None and self.process.poll() not in (None, -signal.SIGKILL)
            if is_over or time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not come; the end of the log: {self.lines()[-20:]}")
            time.sleep(pause_seconds)


@contextmanager
def serving(programme: Path, programme_id: str, folder: Path, **settings: str) -> Iterator[Service]:
    """Yield a service that serves a programme with these settings; at the end nothing of it is left."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = _environment(folder, settings)
    api = PrefectApi(environment.get("PREFECT_API_URL", f"http://127.0.0.1:{port}/api"))
    service = Service(programme, programme_id, environment, folder / "serve.log", port, api)
    service.start()
    try:
        yield service
    finally:
        for group in service.groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if service.process is not None:
            service.process.wait()
        service.wait(lambda: not service.living(), "the end of the group")


def _environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    own = {"PREFECT_HOME": str(folder / "prefect"), "TOUCHSTONE_HOME": str(folder / "home"), "PREFECT_WORKER_QUERY_SECONDS": "2"}
    return {**os.environ, **own, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **settings}


def published_bytes(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The published files whose bytes are promised: all but seals and history."""
    promised = (name for name in files if name.count("/") > 0 and not name.endswith("seal.json") and "history/" not in name)
    return {name: files[name] for name in promised}


def files_under(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
