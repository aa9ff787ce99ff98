"""SIGKILL right after an event of the ledger was committed: the next run ends as an undisturbed one does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from tests.flows.shop import AS_OF
from tests.services import MailServer

CYCLE = "2026Q1"
SMOKE_KILLS = 3
Report = dict[str, Any]


@pytest.fixture
def killed_after(shop: Path, tmp_path: Path, smtp: MailServer) -> Iterator[Callable[[int], Report]]:
    """A function that runs a cycle, kills it after so many events, runs it again, and tells what came of it."""
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "TOUCHSTONE_SMTP_HOST": smtp.host,
        "TOUCHSTONE_SMTP_PORT": str(smtp.port),
        "TOUCHSTONE_SMTP_USER": smtp.user,
        "TOUCHSTONE_SMTP_PASSWORD": smtp.password,
        "TOUCHSTONE_SMTP_CA_FILE": str(smtp.ca_file),
    }
    command = [sys.executable, str(Path(__file__).with_name("kill_host.py")), str(shop), CYCLE, AS_OF[CYCLE].isoformat(), str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as host:
        assert host.stdin is not None
        assert host.stdout is not None

        def run(events: int) -> Report:
            smtp.reset()
            assert host.stdin is not None
            assert host.stdout is not None
            host.stdin.write(f"{events}\n")
            host.stdin.flush()
            report: Report = json.loads(host.stdout.readline())
            report["received"] = Counter(message_from_bytes(bytes(mail.content or b""))["Message-ID"] for mail in smtp.messages)
            return report

        yield run
        host.stdin.close()


def check(report: Report, undisturbed: Report) -> None:
    assert report["killed_by"] == -9
    assert report["exit"] == 0
    assert report["published"] == undisturbed["published"]
    assert report["problems"] == []
    assert report["mails"].keys() == undisturbed["mails"].keys()
    assert max(report["received"].values()) == 1  # no second mail
    unsent = {message_id for message_id, status in report["mails"].items() if status != "sent"}
    assert set(report["received"]) | unsent == set(report["mails"])  # and none is silently lost
    assert {report["mails"][message_id] for message_id in unsent} <= {"unknown"}
    assert len(unsent) <= 1


def test_a_cycle_killed_at_a_few_events_ends_as_if_it_had_not_been(killed_after: Callable[[int], Report]) -> None:
    undisturbed = killed_after(0)
    assert set(undisturbed["mails"].values()) == {"sent"}
    events = len(undisturbed["kinds"])
    for number in range(1, events, events // SMOKE_KILLS + 1):
        check(killed_after(number), undisturbed)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_cycle_killed_at_every_single_event_ends_as_if_it_had_not_been(killed_after: Callable[[int], Report]) -> None:
    undisturbed = killed_after(0)
    killed_at = []
    for number in range(1, len(undisturbed["kinds"])):  # after the last event there is nothing left to kill
        report = killed_after(number)
        check(report, undisturbed)
        killed_at.append(report["events_before"][-1][0])
    assert len(killed_at) >= 20
    assert {"lock.taken", "cycle.opened", "step.started", "step.done", "mail.sending", "mail.sent", "cycle.finished"} <= set(killed_at)
