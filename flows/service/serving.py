"""`touchstone serve`: server, schedule and work on one machine, in one process group that lives and dies together."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from config.errors import LockedError, ServiceError, TouchstoneError
from config.loading import load_programme
from config.settings import Settings, load_settings
from flows.service.deployments import POOL
from flows.service.prefect_api import PrefectApi
from flows.service.telemetry import keep_quiet
from flows.service.watching import go_on, release_dead_runs
from tasks.ledger.connection import Ledger, open_ledger

API_VARIABLE = "PREFECT_API_URL"
LOCK_FILE = "serve.lock"
WATCH_SECONDS = 60
_LOOK_SECONDS = 2
_START_SECONDS = 300
_PREDECESSOR_SECONDS = 30
_STOP_SECONDS = 20

Commands = dict[str, list[str]]


def serve(programme_paths: Sequence[Path], port: int, say: Callable[[str], None]) -> None:
    """Serve programmes until this process is told to stop; whatever ends it, nothing that it started outlives it.

    Raises InputError where a programme or a setting is wrong, LockedError where another one serves from the same home.
    """
    settings = load_settings()
    programmes = {load_programme(path).programme: path.resolve() for path in programme_paths}
    ledger = open_ledger(settings.database_url)
    stopping = _stop_on_signals()
    with _alone(settings) as lock, _group():
        commands = _commands(settings, port)
        processes = {name: _start(command, lock) for name, command in commands.items() if name != "worker"}
        try:
            api = PrefectApi(os.environ[API_VARIABLE].rstrip("/"))
            _wait_for(api, stopping)
            if not stopping.is_set():
                _register(list(programmes.values()))
                release_dead_runs(api, ledger, programmes)
                processes["worker"] = _start(commands["worker"], lock)
                say(f"Serving {', '.join(programmes)}; Prefect's page: {api.page}")
                _keep_going(commands, processes, lock, stopping, _watcher(api, ledger, programmes, say))
        finally:
            _stop(processes)


def _keep_going(
    commands: Commands,
    processes: dict[str, subprocess.Popen[bytes]],
    lock: int,
    stopping: threading.Event,
    watch: Callable[[], None],
) -> None:
    """Start again what ended, and look after the programmes, until told to stop."""
    next_watch = time.monotonic()
    while not stopping.wait(_LOOK_SECONDS):
        for name, process in processes.items():
            if process.poll() is not None:
                processes[name] = _start(commands[name], lock)
        if time.monotonic() >= next_watch:
            watch()
            next_watch = time.monotonic() + WATCH_SECONDS


def _watcher(api: PrefectApi, ledger: Ledger, programmes: dict[str, Path], say: Callable[[str], None]) -> Callable[[], None]:
    """Return what looks after the programmes each time it is called; what it has to say, it says once."""
    tried: dict[tuple[str, str], datetime] = {}
    said: dict[str, str] = {}

    def look() -> None:
        for programme_id, path in programmes.items():
            try:
                for line in go_on(api, ledger, programme_id, path, tried):
                    say(line)
                said.pop(programme_id, None)
            except TouchstoneError as error:  # tried again with the next look
                if said.get(programme_id) != str(error):
                    say(f"{programme_id}: {error}")
                said[programme_id] = str(error)

    return look


def _commands(settings: Settings, port: int) -> Commands:
    """Return what has to run, and name the server and all else to it in the environment, which it inherits."""
    keep_quiet()
    environment = os.environ
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    worker = ["worker", "start", "--pool", POOL, "--type", "process", "--name", socket.gethostname()]
    commands = {"worker": _prefect(*worker)}
    if API_VARIABLE not in environment:
        environment[API_VARIABLE] = f"http://127.0.0.1:{port}/api"
        environment.setdefault("PREFECT_HOME", str(settings.home.resolve() / "prefect"))
        commands["server"] = _prefect("server", "start", "--host", "127.0.0.1", "--port", str(port))
    return commands


def _prefect(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "prefect", *arguments]


def _start(command: list[str], lock: int) -> subprocess.Popen[bytes]:
    """Start a part of the group; it holds the lock file too, so that the lock is free only when all of the group has ended."""
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(lock,))  # noqa: S603 (nothing of it is input)


def _register(paths: Sequence[Path]) -> None:
    """Register the schedules in a process of its own, since Prefect's client takes memory that an idle one would keep."""
    command = [sys.executable, "-m", "flows.cli", "schedule", *map(str, paths)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ServiceError(done.stderr.strip() or "The schedule could not be registered; see that Prefect's server runs, then try again.")


def _wait_for(api: PrefectApi, stopping: threading.Event) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not api.is_healthy() and not stopping.wait(0.5):
        if time.monotonic() > deadline:
            raise ServiceError(f"The Prefect server at {api.url} did not answer for {_START_SECONDS} s; see its log, then try again.")


def _stop_on_signals() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


@contextmanager
def _alone(settings: Settings) -> Iterator[int]:
    """Hold the lock file of this home, and yield its descriptor; wait a little for a predecessor whose last process is just ending."""
    settings.home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(settings.home / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + _PREDECESSOR_SECONDS
        while not _is_locked_now(descriptor):
            if time.monotonic() > deadline:
                raise LockedError(f"Another `touchstone serve` runs from {settings.home}; stop it first, or set another TOUCHSTONE_HOME.")
            time.sleep(0.2)
        yield descriptor
    finally:
        os.close(descriptor)


def _is_locked_now(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _group() -> Iterator[None]:
    """Lead a process group that ends when this process does, even by SIGKILL.

    A shell of another group waits on a pipe that closes when this process ends, however it ends, and then kills the group.
    """
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    command = ["/bin/sh", "-c", 'read -r _ || kill -s KILL -- "-$0" 2>/dev/null', str(os.getpgrp())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, text=True) as guard:  # noqa: S603
        yield
        if guard.stdin is not None:
            guard.stdin.write("stopped in order\n")


def _stop(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Stop the worker, then the server; what does not end in time is killed, and goes on with the next start."""
    for name in ("worker", "server"):
        process = processes.get(name)
        if process is None:
            continue
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
