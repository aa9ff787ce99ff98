"""Deciding on proposed actions: from the command, with what waits, and every mistake in one sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.errors import InputError, LockedError
from config.settings import load_settings
from flows import cli_service
from flows.audit import verify
from flows.cycle import run_cycle
from flows.deciding import decide_on, in_words, waiting_lines
from flows.status import event_lines, follow_up_lines
from tasks.ledger.connection import Ledger
from tasks.ledger.decisions import decision_rows, decisions_of
from tasks.ledger.locks import locked
from tasks.ledger.models import FollowUpRow
from tasks.results import Decision, FollowUpChange
from tests.flows.shop import AS_OF
from tests.ledgers import opened, write
from tests.tasks.test_decisions import judged, proposal

DONE = FollowUpChange(at=datetime(2026, 2, 4, 15, tzinfo=UTC), by="Bob", status="done", evidence="ticket 42")
REOPENED = FollowUpChange(at=datetime(2026, 7, 10, 9, tzinfo=UTC), by="Check", status="reopened", cycle="2026Q2")
FAILED = judged("worse", status="reopened", times_refuted=1, changes=(DONE, REOPENED))
APPROVED = "  - {id: board, gets: approvals, mail: [chair@shop.example]}\napprovals: [plan]\n"
ABANDON, RAISE = proposal("abandon"), proposal("raise_target", id="dec-9876543210", about="standard:on-time:all", value=0.95)


@pytest.fixture
def ledger(shop: Path) -> Iterator[Ledger]:
    """The shop's ledger with a fix that made things worse, and two proposals."""
    with opened(load_settings().database_url) as one:
        row = FollowUpRow(programme="shop", id=FAILED.id, status=FAILED.status, edition="2026Q2", content=FAILED.model_dump_json())
        write(one, row, *decision_rows("shop", "2026Q2", (ABANDON, RAISE), ()), programme="shop")
        yield one


def approve(shop: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli_service.approve, [str(shop), *arguments])


def events_of(kind: str) -> list[dict[str, Any]]:
    return [row["detail"] for row in event_lines("shop", None) if row["kind"] == kind]


def test_a_person_decides_on_a_proposed_action_and_the_ledger_says_who_and_why(shop: Path, ledger: Ledger) -> None:
    done = approve(shop, "--decision", ABANDON.id, "--choose", "adapt", "--name", "Ann", "--note", "another carrier")
    assert (done.exit_code, done.output) == (0, f"{ABANDON.id} (Keep it): proposed abandon, decided adapt by Ann.\n")
    (event,) = events_of("decision.made")
    assert (event["typed_name"], event["proposed"], event["decided"], event["note"]) == ("Ann", "abandon", "adapt", "another carrier")
    assert [row["status"] for row in follow_up_lines("shop", only_open=True)] == ["in_progress"]
    assert [row["id"] for row in waiting_lines(shop)] == [RAISE.id]
    assert verify("shop")["problems"] == []


def test_a_refusal_is_a_decision_too_and_as_json_the_decision_is_told_in_full(shop: Path, ledger: Ledger) -> None:
    done = approve(shop, "--decision", RAISE.id, "--choose", "refuse", "--name", "Ann", "--json")
    made = Decision.model_validate_json(done.output)
    assert (made.decided, made.decided_by, made.value) == ("refused", "Ann", 0.95)
    assert made in decisions_of(ledger, "shop")
    assert [row["status"] for row in follow_up_lines("shop", only_open=True)] == ["reopened"]


def test_the_list_shows_plan_and_proposed_actions_together(shop: Path, ledger: Ledger) -> None:
    shop.write_text(shop.read_text() + APPROVED)
    run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"])
    rows = json.loads(approve(shop, "--list", "--json").output)
    assert [(row["what"], row["cycle"]) for row in rows] == [("plan", "2026Q1"), ("abandon", "2026Q2"), ("raise_target", "2026Q2")]
    assert re.fullmatch(r"[0-9a-f]{8}", rows[0]["id"])
    assert (rows[1]["id"], rows[1]["title"], rows[1]["reason"]) == (ABANDON.id, ABANDON.title, ABANDON.reason)
    assert ABANDON.id in approve(shop, "--list").output


def test_where_nothing_waits_the_list_says_so(shop: Path) -> None:
    assert approve(shop, "--list").output == "nothing yet\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--decision", "dec-0", "--choose", "adopt", "--name", "Ann"], "shop has no decision 'dec-0'"),
        (["--decision", ABANDON.id, "--choose", "adopt", "--name", "Ann"], "cannot be adopted: Check of 2026Q2 found that it got worse"),
        (["--decision", ABANDON.id, "--choose", "rebase", "--name", "Ann"], "proposes abandon, which rebase does not answer"),
        (["--decision", ABANDON.id, "--choose", "abandon"], "A decision needs the name of the person who decides; give --name."),
        (["--decision", ABANDON.id, "--choose", "abandon", "--name", " "], "A decision needs the name"),
        (["--decision", ABANDON.id, "--name", "Ann"], "needs a choice; give --choose with adopt"),
        (["--choose", "adopt", "--name", "Ann"], "--choose needs the id of a proposed action; give --decision"),
        (["--decision", ABANDON.id, "--reject", "--name", "Ann"], "--reject is for a plan or a publication; give --choose refuse."),
        ([], "A decision needs the name of the person who decides; give --name."),
    ],
)
def test_a_decision_that_cannot_be_recorded_is_refused_in_one_sentence_and_changes_nothing(
    shop: Path, ledger: Ledger, arguments: list[str], said: str
) -> None:
    refused = approve(shop, *arguments)
    assert isinstance(refused.exception, InputError)
    assert said in str(refused.exception)
    assert "\n" not in str(refused.exception)
    assert events_of("decision.made") == []
    assert decisions_of(ledger, "shop") == (ABANDON, RAISE)


def test_what_was_decided_is_not_decided_again(shop: Path, ledger: Ledger) -> None:
    assert in_words(decide_on(shop, ABANDON.id, "abandon", typed_name="Ann")).endswith("decided abandon by Ann.")
    with pytest.raises(InputError, match=r"was decided by Ann on \d{4}-\d\d-\d\d \(abandon\); there is nothing left to decide\."):
        decide_on(shop, ABANDON.id, "abandon", typed_name="Bob")
    assert len(events_of("decision.made")) == 1


def test_while_a_cycle_runs_a_decision_waits(shop: Path, ledger: Ledger) -> None:
    with locked(ledger, "shop", "2026Q3", 90), pytest.raises(LockedError, match=r"shop is being run by .+2026Q3"):
        decide_on(shop, ABANDON.id, "abandon", typed_name="Ann")
    assert decisions_of(ledger, "shop") == (ABANDON, RAISE)


@pytest.mark.usefixtures("harness")
def test_the_form_in_prefects_page_takes_a_proposed_action_too(shop: Path, ledger: Ledger) -> None:
    from flows.service.deployed import approve_flow

    assert approve_flow(str(shop), "Ann", action=ABANDON.id, choice="abandon").endswith("decided abandon by Ann.")  # type: ignore[union-attr]
    assert follow_up_lines("shop", only_open=True) == []


@pytest.mark.usefixtures("harness")
def test_the_weekly_flow_reminds(shop: Path, ledger: Ledger) -> None:
    from flows.service.deployed import weekly_flow

    assert weekly_flow(str(shop)) == []  # no cycle is finished


def test_the_command_reminds_as_on_a_day_and_says_where_there_is_nothing_new(shop: Path, ledger: Ledger) -> None:
    said = CliRunner().invoke(cli_service.remind, [str(shop), "--on", "2026-05-18"])
    assert (said.exit_code, said.output) == (0, "nobody is to be reminded of anything new\n")
    assert CliRunner().invoke(cli_service.remind, [str(shop), "--on", "18 May"]).exit_code == 2
