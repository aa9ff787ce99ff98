"""The command line: what it prints and the exit codes that scripts rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cycle import run_cycle
from flows.status import mail_lines
from tasks.ledger.connection import open_ledger
from tasks.ledger.locks import locked
from tasks.ledger.outbox import UNKNOWN, mark
from tests.flows.shop import AS_OF

COMMAND = str(Path(sys.executable).with_name("touchstone"))


def touchstone(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=800, check=False, env=os.environ)


@pytest.fixture
def published(shop: Path) -> Path:
    """The shop after its first cycle."""
    run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"])
    return shop


def test_help_names_every_command_and_exit_code() -> None:
    text = touchstone("--help").stdout
    for command in ("audit", "demo", "follow-ups", "history", "init", "mail", "run", "status", "validate"):
        assert command in text
    assert "4 locked by another run" in " ".join(text.split())


def test_validate_reads_the_header_of_each_source_and_runs_nothing(shop: Path, tmp_path: Path) -> None:
    done = touchstone("validate", shop, "--cycle", "2026Q1")
    assert done.returncode == 0
    assert "source complaints: ${DATA}/complaints-2026Q1.csv has 7 columns" in done.stdout
    assert not (tmp_path / "home").exists()


def test_validate_ends_with_2_and_one_sentence(shop: Path) -> None:
    shop.write_text(shop.read_text().replace("fills: feedback", "fils: feedback"))
    done = touchstone("validate", shop)
    assert done.returncode == 2
    assert done.stderr.strip() == f"{shop}, line 22, sources[complaints].fils: unknown key 'fils'; did you mean 'fills'?"


def test_an_instant_without_a_zone_is_refused(shop: Path) -> None:
    done = touchstone("run", shop, "--cycle", "2026Q1", "--as-of", "2026-04-10T09:00")
    assert (done.returncode, "no instant with its zone" in done.stderr) == (2, True)


def test_init_writes_a_programme_that_validates_and_never_overwrites(tmp_path: Path) -> None:
    from config.loading import load_programme

    assert touchstone("init", tmp_path / "mine").returncode == 0
    assert load_programme(tmp_path / "mine" / "programme.yaml").programme == "my-organisation"
    assert touchstone("init", tmp_path / "mine").returncode == 2


def test_a_locked_programme_ends_with_4_and_says_who_holds_it(shop: Path, tmp_path: Path) -> None:
    from tests.flows.test_prefect import prefect_server

    with (
        prefect_server(tmp_path / "prefect") as api,
        locked(open_ledger(f"sqlite:///{tmp_path / 'home' / 'ledger.db'}"), "shop", "2026Q1", 90),
    ):
        os.environ["PREFECT_API_URL"] = api
        try:
            done = touchstone("run", shop, "--cycle", "2026Q1", "--as-of", AS_OF["2026Q1"].isoformat())
        finally:
            del os.environ["PREFECT_API_URL"]
    assert done.returncode == 4
    assert f"process {os.getpid()}" in done.stderr


@pytest.mark.usefixtures("published")
def test_status_history_follow_ups_mail_and_audit_speak_json() -> None:
    assert json.loads(touchstone("status", "--json").stdout)[0]["what_to_do"] == "nothing to do"
    assert json.loads(touchstone("history", "shop", "--json").stdout)[0]["edition"] == "2026Q1"
    assert json.loads(touchstone("follow-ups", "list", "shop", "--json").stdout)[0]["owner"] in {"web", "transport"}
    assert {mail["status"] for mail in json.loads(touchstone("mail", "list", "shop", "--json").stdout)} == {"sent"}
    assert json.loads(touchstone("audit", "show", "shop", "--json").stdout)[0]["kind"] == "lock.taken"
    assert json.loads(touchstone("audit", "verify", "shop", "--json").stdout)["problems"] == []


def test_audit_verify_ends_with_1_where_a_row_was_edited(published: Path, tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "home" / "ledger.db") as database:
        database.execute("UPDATE findings SET verdict = 'met' WHERE finding = 'standard:on-time:all'")
    database.close()
    done = touchstone("audit", "verify", "shop")
    assert done.returncode == 1
    assert 'row ["findings","shop","2026Q1","standard:on-time:all"] is not as it was last written' in done.stdout


@pytest.mark.usefixtures("published")
def test_an_unknown_mail_is_sent_again_by_hand_with_the_same_message_id(tmp_path: Path) -> None:
    message_id = mail_lines("shop")[0]["message_id"]
    file = tmp_path / "home" / "outbox" / f"{message_id.strip('<>')}.eml"
    sent = file.read_bytes()
    file.unlink()
    mark(open_ledger(f"sqlite:///{tmp_path / 'home' / 'ledger.db'}"), message_id, UNKNOWN)
    done = touchstone("mail", "resend", message_id)
    assert (done.returncode, ": sent" in done.stdout) == (0, True)
    assert file.read_bytes() == sent


def test_an_unknown_programme_is_said_with_those_that_are_known(published: Path) -> None:
    done = touchstone("history", "shopp")
    assert (done.returncode, done.stderr.strip()) == (2, "The ledger knows no programme 'shopp'; it knows shop.")
