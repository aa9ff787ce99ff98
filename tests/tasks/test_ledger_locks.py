"""The lock: one run at a time, taken over from the dead, and no word written without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from config.errors import LockedError, ServiceError
from tasks.ledger import locks
from tasks.ledger.connection import Ledger
from tasks.ledger.editions import Journal
from tasks.ledger.locks import holder, locked
from tasks.ledger.verify import verify_ledger
from tasks.ledger.views import events
from tests.ledgers import CYCLE, FERRY, execute, foreign_lock, opened, put_lock, row

CHECKOUT = Path(__file__).parents[2]
LEASE = 90


def take(ledger: Ledger) -> None:
    with locked(ledger, FERRY, CYCLE, LEASE):
        pass


def test_a_second_run_is_refused_and_told_who_holds_the_lock(ledger: Ledger) -> None:
    with locked(ledger, FERRY, CYCLE, LEASE), pytest.raises(LockedError) as refusal:
        take(ledger)
    said = str(refusal.value)
    assert f"ferry is being run by {ledger.actor} (process {os.getpid()} on " in said
    assert f", {CYCLE}, since 20" in said
    assert said.endswith("UTC); wait for it to end, or see `touchstone status`.")


def test_a_lock_is_given_back_at_the_end_also_of_a_run_that_fails(ledger: Ledger) -> None:
    def fail_under_the_lock() -> None:
        with locked(ledger, FERRY, CYCLE, LEASE):
            assert holder(ledger, FERRY) is not None
            raise RuntimeError("it fails")

    with pytest.raises(RuntimeError, match="it fails"):
        fail_under_the_lock()
    assert holder(ledger, FERRY) is None
    take(ledger)
    assert [event.kind for event in events(ledger, FERRY)] == ["lock.taken", "lock.released"] * 2


def test_a_lock_that_could_not_be_given_back_stops_no_later_try_of_the_same_process(file_ledger: Ledger) -> None:
    with pytest.raises(ServiceError), locked(file_ledger, FERRY, CYCLE, 60):
        execute(file_ledger, "ALTER TABLE chains RENAME TO hidden")  # the ledger does not answer as it should
    execute(file_ledger, "ALTER TABLE hidden RENAME TO chains")
    with locked(file_ledger, FERRY, CYCLE, 60):
        assert holder(file_ledger, FERRY) is not None


def test_programmes_do_not_wait_for_each_other(file_ledger: Ledger) -> None:
    with locked(file_ledger, FERRY, CYCLE, LEASE), locked(file_ledger, "tram", CYCLE, LEASE):
        assert holder(file_ledger, "tram") is not None


def test_of_many_that_want_the_lock_at_once_exactly_one_gets_it(ledger: Ledger) -> None:
    everybody_tried, outcomes = threading.Barrier(4), []

    def try_to_take() -> None:
        try:
            with locked(ledger, FERRY, CYCLE, LEASE):
                outcomes.append("held")
                everybody_tried.wait(60)
        except LockedError:
            outcomes.append("refused")
            everybody_tried.wait(60)

    runs = [threading.Thread(target=try_to_take) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sorted(outcomes) == ["held", "refused", "refused", "refused"]


def test_the_lock_of_a_process_that_was_killed_is_taken_over_at_once_and_the_chain_says_so(ledger_url: str) -> None:
    program = (
        "import os, sys\nfrom tasks.ledger.connection import open_ledger\nfrom tasks.ledger.locks import locked\n"
        f"with locked(open_ledger(sys.argv[1]), {FERRY!r}, {CYCLE!r}, 3600):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, ledger_url], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with opened(ledger_url) as ledger:
            with pytest.raises(LockedError, match=f"process {other.pid} on "):
                take(ledger)
            other.kill()
            other.wait()
            take(ledger)
            taken = [event for event in events(ledger, FERRY) if event.kind == "lock.taken"]
            assert f"process {other.pid} on " in json.loads(taken[-1].payload)["detail"]["took_over_from"]


def test_a_process_that_ended_and_was_not_waited_for_holds_nothing(file_ledger: Ledger) -> None:
    with subprocess.Popen(["sleep", "600"]) as sleeper:
        started = locks._process_started(sleeper.pid)
        put_lock(file_ledger, foreign_lock(3600, host=os.uname().nodename, pid=sleeper.pid, process_started=started))
        assert holder(file_ledger, FERRY) is not None
        sleeper.kill()
        deadline = time.monotonic() + 20
        while holder(file_ledger, FERRY) is not None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert sleeper.returncode is None  # a zombie still
        assert holder(file_ledger, FERRY) is None


def test_another_process_under_the_number_of_a_dead_one_is_not_taken_for_it(file_ledger: Ledger) -> None:
    put_lock(file_ledger, foreign_lock(3600, host=os.uname().nodename, pid=os.getpid(), process_started="1"))
    assert holder(file_ledger, FERRY) is None


def test_on_another_host_a_lease_is_respected_until_it_expires_and_then_taken_over(ledger: Ledger) -> None:
    put_lock(ledger, foreign_lock(60))
    with pytest.raises(LockedError, match=r"bob@elsewhere \(process 1 on elsewhere, 2026Q1, since "):
        take(ledger)
    put_lock(ledger, foreign_lock(-0.001))
    take(ledger)
    assert json.loads(events(ledger, FERRY)[0].payload)["detail"]["took_over_from"] == "process 1 on elsewhere"


def test_a_run_that_lost_its_lock_writes_nothing_more_and_leaves_the_new_holder_alone(ledger: Ledger) -> None:
    def go_on_without_the_lock() -> None:
        with locked(ledger, FERRY, CYCLE, LEASE) as token:
            journal = Journal(ledger, FERRY, CYCLE, 1, token)
            journal.write("before", row(1))
            put_lock(ledger, foreign_lock(60, token="another"))
            journal.write("after", row(2))

    with pytest.raises(LockedError, match="This run of ferry lost its lock to bob@elsewhere, process 1 on elsewhere and has stopped"):
        go_on_without_the_lock()
    assert [event.kind for event in events(ledger, FERRY)] == ["lock.taken", "before"]
    assert verify_ledger(ledger, FERRY).rows == 1
    found = holder(ledger, FERRY)
    assert found is not None
    assert found.token == "another"


def test_a_run_whose_lock_is_gone_stops_too(file_ledger: Ledger) -> None:
    journal = Journal(file_ledger, FERRY, CYCLE, 1, "token")
    with pytest.raises(LockedError, match="lost its lock to nobody"):
        journal.write("noted")


def test_a_lease_is_renewed_while_its_run_lives(file_ledger: Ledger) -> None:
    with locked(file_ledger, FERRY, CYCLE, 1):
        first = holder(file_ledger, FERRY)
        deadline = time.monotonic() + 30
        while (now := holder(file_ledger, FERRY)) is None or first is None or now.expires_at == first.expires_at:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert now.expires_at > first.expires_at
        assert now.token == first.token
