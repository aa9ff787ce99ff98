"""Two processes start one cycle at once: one winner each time, and the other is told that it is locked."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from config.errors import TouchstoneError
from config.settings import load_settings
from flows.audit import verify
from flows.cycle import run_cycle
from flows.status import event_lines, history_lines, mail_lines
from tests.flows.shop import AS_OF

CYCLE = "2026Q1"
SMOKE_ROUNDS, SOAK_ROUNDS = 3, 50
WAIT_SECONDS = 600
RECIPIENTS = 4  # director, quality and the two departments
Ending = tuple[int, str]  # exit code, and the edition that was finished
READY: Ending = (0, "ready")
Race = Callable[[str], list[Ending]]


def race_whenever_told(told: Connection, start: Barrier, programme: str, environment: dict[str, str]) -> None:
    """Run the cycle each time a reason for it is received, at the same instant as the other process; send how it ended."""
    os.environ.clear()
    os.environ.update(environment)
    told.send(READY)
    while (reason := told.recv()) is not None:
        start.wait(WAIT_SECONDS)
        try:
            outcome = run_cycle(programme, CYCLE, as_of=AS_OF[CYCLE], revision_reason=reason)
        except TouchstoneError as error:
            told.send((error.exit_code, str(error)))
        else:
            told.send((0, f"{outcome.edition} {outcome.status}"))


@contextmanager
def two_runners(programme: Path) -> Iterator[tuple[Race, list[int]]]:
    """Two processes that live for many races; yield what lets them race once, and their ids."""
    spawning = multiprocessing.get_context("forkserver")  # the libraries are imported once, for both
    spawning.set_forkserver_preload(["flows.cycle", "great_expectations", "sklearn.feature_extraction.text"])
    start = spawning.Barrier(2)
    with ExitStack() as stack:
        pipes = [spawning.Pipe() for _ in range(2)]
        runners = [
            spawning.Process(target=race_whenever_told, args=(far, start, str(programme), dict(os.environ)), daemon=True)
            for _, far in pipes
        ]
        for runner in runners:
            runner.start()
            stack.callback(end, runner)
        near = [pipe for pipe, _ in pipes]

        def race(reason: str) -> list[Ending]:
            for pipe in near:
                pipe.send(reason)
            return [received(pipe) for pipe in near]

        assert [received(pipe) for pipe in near] == [READY] * 2
        try:
            yield race, [runner.pid or 0 for runner in runners]
        finally:
            for pipe in near:
                pipe.send(None)


def received(pipe: Connection) -> Ending:
    """What a runner sends next."""
    assert pipe.poll(WAIT_SECONDS)
    sent: Ending = pipe.recv()
    return sent


def end(runner: multiprocessing.process.BaseProcess) -> None:
    """Wait for a runner that was told to end, and end one that was not."""
    runner.join(20)
    runner.kill()
    runner.join()
    runner.close()


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes share two cores: neither takes both."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "1")


def check_races(shop: Path, rounds: int) -> None:
    """Race so often: the first edition, and then its revisions."""
    with two_runners(shop) as (race, pids):
        for number in range(1, rounds + 1):
            edition = CYCLE if number == 1 else f"{CYCLE}.r{number}"
            endings = race(f"round {number}" if number > 1 else "")
            codes = [code for code, _ in endings]
            assert sorted(codes) == [0, 4], endings
            winner = codes.index(0)
            assert endings[winner] == (0, f"{edition} finished")
            _, said = endings[1 - winner]
            assert said.startswith("shop is being run by ")
            assert f"(process {pids[winner]} on {os.uname().nodename}, {CYCLE}, since " in said


def check_ledger(editions: int) -> None:
    """The ledger and what was published are as if the winners alone had run, one after the other."""
    assert [row["status"] for row in history_lines("shop")] == ["finished"] * editions
    kinds = Counter(row["kind"] for row in event_lines("shop", None))
    assert {kinds[kind] for kind in ("lock.taken", "lock.released", "cycle.opened", "cycle.finished")} == {editions}
    assert {row["detail"]["took_over_from"] for row in event_lines("shop", None) if row["kind"] == "lock.taken"} == {""}
    mails = mail_lines("shop")
    assert (len(mails), {mail["status"] for mail in mails}) == (editions * RECIPIENTS, {"sent"})
    assert verify("shop")["problems"] == []


@pytest.mark.usefixtures("light")
def test_of_two_processes_that_start_one_cycle_at_once_one_wins_and_the_other_exits_4(shop: Path) -> None:
    check_races(shop, SMOKE_ROUNDS)
    check_ledger(SMOKE_ROUNDS)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("light")
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_fifty_times_two_processes_start_one_cycle_at_once_and_each_time_one_wins(
    shop: Path, database: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database == "postgresql":
        monkeypatch.setenv("TOUCHSTONE_DATABASE", str(request.getfixturevalue("fresh_postgres_url")))
    assert load_settings().database_url.startswith(database)
    check_races(shop, SOAK_ROUNDS)
    check_ledger(SOAK_ROUNDS)
