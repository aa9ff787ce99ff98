"""Alerts: who is told of a cycle that needs somebody, of what, and how often."""

from __future__ import annotations

import os
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from config.errors import InputError, NotPublishableError, ServiceError
from config.loading import freeze, load_programme
from config.settings import load_settings
from flows.cycle import run_cycle
from flows.service.alerting import alert
from flows.status import mail_lines
from tasks.ledger.connection import Ledger
from tasks.ledger.locks import locked
from tests.flows.shop import AS_OF, STARTS, complaints, cut_off, write_csv
from tests.flows.test_doctor import edition
from tests.ledgers import foreign_lock, opened, put_lock, write
from tests.services import closed_port

OPERATIONS = "operations@shop.example"


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with opened(load_settings().database_url) as one:
        yield one


def run(programme: Path) -> None:
    run_cycle(programme, "2026Q1", as_of=AS_OF["2026Q1"])


def fail(shop: Path) -> str:
    """Let the first cycle fail, and return why."""
    cut_off(shop)
    with pytest.raises(InputError) as error:
        run(shop)
    return str(error.value)


def alerts() -> list[str]:
    """The states of the mails to those who get alerts."""
    return [row["status"] for row in mail_lines("shop") if row["recipient"] == OPERATIONS]


def text_of(message_id: str, home: Path) -> tuple[str, str]:
    """Subject and plain text of a mail in the outbox, its line breaks aside."""
    mail = message_from_bytes((home / "outbox" / f"{message_id.strip('<>')}.eml").read_bytes(), policy=policy.SMTP)
    body = mail.get_body(("plain",))
    assert body is not None
    return str(mail["Subject"]), " ".join(body.get_content().split())


def note(ledger: Ledger, shop: Path, status: str) -> None:
    """Write an edition of the first quarter in that state."""
    write(ledger, edition("2026Q1", status, frozen=freeze(load_programme(shop))), kind=f"cycle.{status}", programme="shop")


def die(ledger: Ledger, times: int) -> None:
    """Leave what so many runs leave that were killed while they held the lock, each having taken it from the one before."""
    dead = {"programme": "shop", "host": os.uname().nodename, "pid": os.getpid(), "process_started": "1"}
    for number in range(times):
        with locked(ledger, "shop", "2026Q1", 90):
            put_lock(ledger, foreign_lock(3600, token=f"dead-{number}", **dead))


def test_a_cycle_that_failed_is_told_once_a_flow_run_with_its_error_and_what_to_do(shop: Path, tmp_path: Path) -> None:
    error = fail(shop)
    assert alert("shop", "run-1", "failed") == "1 told that 2026Q1 of shop failed"
    assert alert("shop", "run-1", "failed") == "0 told that 2026Q1 of shop failed"
    assert alerts() == ["sent"]
    (line,) = mail_lines("shop")
    subject, text = text_of(line["message_id"], tmp_path / "home")
    assert subject == "The Shop 2026Q1: failed"
    assert " ".join(error.split()) in text
    assert "put right what the error names, then run it again" in text
    assert alert("shop", "run-2", "failed") == "1 told that 2026Q1 of shop failed"
    assert alerts() == ["sent", "sent"]


def test_a_run_that_failed_before_its_cycle_began_says_so_and_what_to_look_at(shop: Path, ledger: Ledger, tmp_path: Path) -> None:
    note(ledger, shop, "finished")
    alert("shop", "run-1", "failed")
    _, text = text_of(mail_lines("shop")[0]["message_id"], tmp_path / "home")
    assert "It failed before the cycle began: the programme file, a setting or the ledger is wrong." in text
    assert "run touchstone doctor with the programme file" in text


def test_those_who_were_told_that_a_cycle_is_not_publishable_are_not_told_again(shop: Path) -> None:
    rows = complaints("2026Q1", STARTS["2026Q1"])
    write_csv(shop.parent / "complaints-2026Q1.csv", [row | {"closed": "2020-01-01T00:00:00+00:00"} for row in rows])
    with pytest.raises(NotPublishableError):
        run(shop)
    assert alerts() == ["sent"]
    assert alert("shop", "run-1", "failed") == "2026Q1 of shop needs nobody: not_publishable"
    assert alerts() == ["sent"]


@pytest.mark.parametrize("status", ["awaiting_approval", "rejected"])
def test_a_cycle_that_waits_for_a_decision_or_was_rejected_needs_nobody_else(shop: Path, ledger: Ledger, status: str) -> None:
    note(ledger, shop, status)
    assert alert("shop", "run-1", "failed") == f"2026Q1 of shop needs nobody: {status}"
    assert alerts() == []


@pytest.mark.parametrize(("deaths", "told"), [(1, []), (2, []), (3, ["sent"])])
def test_a_cycle_that_was_killed_goes_on_by_itself_and_needs_somebody_only_where_it_is_killed_again_and_again(
    shop: Path, ledger: Ledger, deaths: int, told: list[str]
) -> None:
    note(ledger, shop, "running")
    die(ledger, deaths)
    alert("shop", "run-1", "failed")
    assert alerts() == told


def test_a_flow_run_that_found_its_cycle_run_by_another_needs_nobody(shop: Path, ledger: Ledger) -> None:
    note(ledger, shop, "running")
    with locked(ledger, "shop", "2026Q1", 90):
        assert alert("shop", "run-1", "failed") == "2026Q1 of shop needs nobody: running"
    assert alerts() == []


def test_a_cycle_that_is_stuck_is_told_although_its_run_holds_the_lock(shop: Path, ledger: Ledger, tmp_path: Path) -> None:
    note(ledger, shop, "running")
    with locked(ledger, "shop", "2026Q1", 90):
        assert alert("shop", "run-1", "is stuck") == "1 told that 2026Q1 of shop is stuck"
    assert alerts() == ["sent"]
    _, text = text_of(mail_lines("shop")[0]["message_id"], tmp_path / "home")
    assert "see in Prefect's page what it is doing" in text


def test_what_failed_is_the_cycle_that_ran_last_also_where_a_later_quarter_was_opened_after_it(shop: Path, ledger: Ledger) -> None:
    frozen = freeze(load_programme(shop))
    later, earlier = edition("2026Q2", frozen=frozen), edition("2026Q1", "failed", "no column 'id'", frozen=frozen)
    write(ledger, later, earlier, kind="cycle.failed", programme="shop")  # the event is the first quarter's
    assert alert("shop", "run-1", "failed") == "1 told that 2026Q1 of shop failed"


def test_a_programme_without_an_edition_has_nobody_to_tell(shop: Path, ledger: Ledger) -> None:
    write(ledger, edition("2026Q1.draft1"), programme="shop")
    with pytest.raises(InputError) as refusal:
        alert("shop", "run-1", "failed")
    assert str(refusal.value) == "The ledger knows no cycle of shop, and so nobody to tell; see the failed run in Prefect's page."


def test_a_mail_server_that_refuses_connections_leaves_the_alert_queued_and_says_so(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(shop)
    port = closed_port()
    monkeypatch.setenv("TOUCHSTONE_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("TOUCHSTONE_SMTP_PORT", str(port))
    with pytest.raises(ServiceError, match=f"The mail server 127.0.0.1:{port} failed before the mail was sent"):
        alert("shop", "run-1", "failed")
    (line,) = mail_lines("shop")
    assert (line["recipient"], line["status"]) == (OPERATIONS, "queued")
    assert f"127.0.0.1:{port} failed before the mail was sent" in line["detail"]
    monkeypatch.delenv("TOUCHSTONE_SMTP_HOST")
    assert alert("shop", "run-1", "failed") == "1 told that 2026Q1 of shop failed"
    assert alerts() == ["sent"]
