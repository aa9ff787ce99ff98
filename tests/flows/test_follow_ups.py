"""What people do to follow-ups is recorded, provable, and outlives the next cycle."""

from __future__ import annotations

import getpass
import shutil
import socket
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from config.errors import InputError, LockedError
from config.settings import load_settings
from flows.audit import verify
from flows.cycle import Outcome, run_cycle
from flows.deciding import decide
from flows.follow_ups import update_follow_up
from flows.status import event_lines, follow_up_lines
from tasks.ledger.connection import open_ledger
from tasks.ledger.locks import locked
from tests.flows.shop import AS_OF, write_shop

APPROVED = "  - {id: board, gets: approvals, mail: [chair@shop.example]}\napprovals: [publication]\n"


@pytest.fixture(scope="module")
def after_a_cycle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an installation whose shop has finished its first quarter."""
    folder = tmp_path_factory.mktemp("first-quarter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATA", str(folder / "shop"))
        run_cycle(write_shop(folder / "shop"), "2026Q1", as_of=AS_OF["2026Q1"], settings=load_settings(home=folder / "home"))
    return folder / "home"


@pytest.fixture(autouse=True)
def home(after_a_cycle: Path, tmp_path: Path) -> None:
    """That installation, for one test alone."""
    shutil.copytree(after_a_cycle, tmp_path / "home")


def statuses() -> dict[str, str]:
    return {row["id"]: row["status"] for row in follow_up_lines("shop", only_open=False)}


def updates() -> list[dict[str, Any]]:
    return [row for row in event_lines("shop", None) if row["kind"] == "follow_up.updated"]


def test_the_ledger_says_who_changed_what_when_and_with_what_evidence_and_can_still_be_proven() -> None:
    one = next(iter(statuses()))
    accepted = update_follow_up("shop", one, "accepted", typed_name="Ann", note="with the new carrier")
    done = update_follow_up("shop", one, "done", typed_name="Bob", evidence="ticket 42")
    assert (accepted, done) == (f"{one}: proposed, now accepted", f"{one}: accepted, now done")
    assert statuses()[one] == "done"
    first, second = updates()
    assert first["detail"] == {
        "follow_up": one,
        "was": "proposed",
        "now": "accepted",
        "typed_name": "Ann",
        "evidence": "",
        "note": "with the new carrier",
    }
    assert second["detail"] == first["detail"] | {
        "was": "accepted",
        "now": "done",
        "typed_name": "Bob",
        "evidence": "ticket 42",
        "note": "",
    }
    assert {first["actor"], second["actor"]} == {f"{getpass.getuser()}@{socket.gethostname()}"}
    assert first["at"] < second["at"]
    assert verify("shop")["problems"] == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"status": "done"}, "What is done needs evidence that it is: a link, a number, a document; give --evidence."),
        ({"status": "done", "evidence": " \n"}, "What is done needs evidence that it is: a link, a number, a document; give --evidence."),
        ({"typed_name": " "}, "A change needs the name of the person who makes it; give --name."),
        ({"follow_up_id": "fu-0"}, "shop has no follow-up 'fu-0'; `touchstone follow-ups list shop` shows those it has."),
        ({"programme": "shopp"}, "The ledger knows no programme 'shopp'; it knows shop."),
    ],
)
def test_a_change_that_cannot_be_recorded_is_refused_in_one_sentence_and_changes_nothing(given: dict[str, Any], said: str) -> None:
    before, hashes = statuses(), [row["hash"] for row in event_lines("shop", "2026Q1")]
    wanted = {"programme": "shop", "follow_up_id": next(iter(before)), "status": "accepted", "typed_name": "Ann"} | given
    with pytest.raises(InputError) as refusal:
        update_follow_up(**wanted)
    assert str(refusal.value) == said
    assert (statuses(), updates()) == (before, [])
    assert [row["hash"] for row in event_lines("shop", "2026Q1")] == hashes


def test_while_a_cycle_runs_a_change_is_refused_with_who_runs_it() -> None:
    settings = load_settings()
    with (
        locked(open_ledger(settings.database_url), "shop", "2026Q2", 90),
        pytest.raises(LockedError, match=r"shop is being run by .+2026Q2"),
    ):
        update_follow_up("shop", next(iter(statuses())), "accepted", typed_name="Ann")
    assert updates() == []


def test_what_people_did_before_a_cycle_and_while_it_waits_for_approval_outlives_it(shop: Path) -> None:
    shop.write_text(shop.read_text() + APPROVED)
    accepted, begun, done, *others = list(statuses())
    update_follow_up("shop", accepted, "accepted", typed_name="Ann")
    assert run(shop).status == "awaiting_approval"
    update_follow_up("shop", begun, "in_progress", typed_name="Bob")
    update_follow_up("shop", done, "done", typed_name="Bob", evidence="ticket 42")
    decide(shop, "approve", typed_name="Chair")
    outcome = run(shop)
    assert outcome.status == "finished"
    after = {row["id"]: (row["status"], row["times_seen"]) for row in follow_up_lines("shop", only_open=False)}
    said = {accepted: "accepted", begun: "in_progress", done: "done"} | dict.fromkeys(others, "proposed")
    assert after == {one: (status, 2) for one, status in said.items()}  # all were seen again, and none is there twice
    published = pd.read_csv(Path(outcome.place).with_name("follow_ups.csv")).set_index("id")
    assert published.loc[accepted, "status"] == "accepted"
    assert verify("shop")["problems"] == []


def run(programme: Path) -> Outcome:
    return run_cycle(programme, "2026Q2", as_of=AS_OF["2026Q2"])
