"""What people do to follow-ups is recorded, provable, and outlives the next cycle."""

from __future__ import annotations

import getpass
import json
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from prefect.utilities.callables import parameter_schema

from config.errors import InputError, LockedError
from config.settings import load_settings
from flows.audit import verify
from flows.cli_follow_ups import follow_ups as command
from flows.cycle import Outcome, run_cycle
from flows.deciding import decide
from flows.follow_ups import follow_up_as_it_stands, import_updates, update_follow_up
from flows.service.deployed import follow_up_flow
from flows.status import event_lines, follow_up_lines
from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.locks import locked
from tasks.ledger.verify import verify_ledger
from tasks.results import FollowUp
from tests.flows.shop import AS_OF
from tests.follow_ups import ONE, TWO, ferry_with_follow_ups
from tests.ledgers import CYCLE, FERRY
from tests.programmes import SMALL

APPROVED = "  - {id: board, gets: approvals, mail: [chair@shop.example]}\napprovals: [publication]\n"
JIRA = "Issue key,Summary,Status,Assignee,Updated,Labels,Labels,Resolution\n"


@pytest.fixture
def ferry() -> Ledger:
    """The ledger of a programme that has two follow-ups, where the settings look for it."""
    return ferry_with_follow_ups()


def updates() -> list[dict[str, Any]]:
    return [row for row in event_lines(FERRY, None) if row["kind"] == "follow_up.updated"]


def standing(one: str = ONE) -> FollowUp:
    return follow_up_as_it_stands(FERRY, one)


def touchstone(*arguments: str) -> Result:
    """The commands about follow-ups, as `touchstone follow-ups` runs them."""
    return CliRunner().invoke(command, list(arguments))


def test_the_ledger_says_who_changed_what_when_from_where_and_with_what_evidence_and_can_still_be_proven(ferry: Ledger) -> None:
    accepted = update_follow_up(FERRY, ONE, "accepted", typed_name="Ann", note="with the new carrier", effort_person_weeks=2.0)
    done = update_follow_up(FERRY, ONE, "done", typed_name="Bob", evidence="ticket 42", root_cause=("late", "no roster"), origin="form")
    assert (accepted, done) == (f"{ONE}: proposed, now accepted", f"{ONE}: accepted, now done")
    first, second = (row["detail"] for row in updates())
    assert first.pop("at") < second.pop("at")
    assert first == {
        "follow_up": ONE,
        "was": "proposed",
        "now": "accepted",
        "typed_name": "Ann",
        "evidence": "",
        "note": "with the new carrier",
        "origin": "command",
        "follow_up_kind": None,
        "effort_person_weeks": 2.0,
        "predicted_change": None,
        "root_cause": [],
    }
    changed = {"was": "accepted", "now": "done", "typed_name": "Bob", "evidence": "ticket 42", "note": "", "origin": "form"}
    assert second == first | changed | {"effort_person_weeks": None, "root_cause": ["late", "no roster"]}
    assert {row["actor"] for row in updates()} == {f"{getpass.getuser()}@{socket.gethostname()}"}
    assert {row["id"]: row["status"] for row in follow_up_lines(FERRY, only_open=False)} == {ONE: "done", TWO: "proposed"}
    assert (standing().effort_person_weeks, standing().root_cause, len(standing().changes)) == (2.0, ("late", "no roster"), 2)
    assert verify_ledger(ferry, FERRY).problems == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"status": "done"}, f"{ONE}: what is done needs evidence that it is: a link, a number, a document."),
        ({"typed_name": " "}, f"{ONE}: a change needs the name of the person who makes it."),
        ({"follow_up_id": "fu-0"}, "ferry has no follow-up 'fu-0'; `touchstone follow-ups list ferry` shows those it has."),
        ({"programme": "fery"}, "The ledger knows no programme 'fery'; it knows ferry."),
        (
            {"at": datetime(2999, 1, 1, tzinfo=UTC)},
            f"{ONE}: 2999-01-01 00:00:00 UTC has not come yet; give the time at which it was so.",
        ),
        ({"effort_person_weeks": -1.0}, "an effort of -1.0 person-weeks is none; give a number above 0."),
    ],
)
@pytest.mark.usefixtures("ferry")
def test_a_change_that_cannot_be_recorded_is_refused_in_one_sentence_and_changes_nothing(given: dict[str, Any], said: str) -> None:
    before = standing()
    wanted = {"programme": FERRY, "follow_up_id": ONE, "status": "accepted", "typed_name": "Ann"} | given
    with pytest.raises(InputError) as refusal:
        update_follow_up(**wanted)
    assert str(refusal.value) == said
    assert (standing(), updates()) == (before, [])


def test_where_no_cycle_ever_ran_there_is_nothing_to_update() -> None:
    ledger = open_ledger(load_settings().database_url)
    with locked(ledger, FERRY, CYCLE, 90), pytest.raises(InputError, match=r"^ferry has no cycle yet, and so no follow-up; run one first"):
        update_follow_up(FERRY, ONE, "accepted", typed_name="Ann")


def test_nobody_is_reached_by_what_the_ledger_keeps_and_a_link_still_leads_to_the_evidence(ferry: Ledger) -> None:
    link = "https://jira.ferry.example/browse/FERRY-2026041234"
    update_follow_up(
        FERRY, ONE, "done", typed_name="Ann", evidence=link, note="ask 202-604-1234 or bob@ferry.example", root_cause=("call 202-604-1234",)
    )
    assert standing().changes[-1].evidence == link
    assert "202-604" not in (stored := json.dumps(event_lines(FERRY, None)) + standing().model_dump_json())
    assert "bob@" not in stored
    assert standing().root_cause == ("call [phone]",)
    assert verify_ledger(ferry, FERRY).problems == ()


def test_while_a_cycle_runs_a_change_is_refused_with_who_runs_it(ferry: Ledger) -> None:
    with locked(ferry, FERRY, "2026Q2", 90), pytest.raises(LockedError, match=r"ferry is being run by .+2026Q2"):
        update_follow_up(FERRY, ONE, "accepted", typed_name="Ann")
    assert updates() == []


def test_of_two_people_at_once_one_is_recorded_and_the_other_is_told_who_was_first(ferry: Ledger) -> None:
    outcomes: dict[str, str] = {}
    start = threading.Barrier(2)

    def say(name: str) -> None:
        start.wait()
        outcomes[name] = patiently(lambda: update_follow_up(FERRY, ONE, "done", typed_name=name, evidence=f"ticket of {name}"))

    people = [threading.Thread(target=say, args=(name,)) for name in ("Ann", "Bob")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    ((first, _),) = [(name, outcome) for name, outcome in outcomes.items() if outcome == f"{ONE}: proposed, now done"]
    (second,) = {"Ann", "Bob"} - {first}
    assert outcomes[second].startswith(f"{ONE}: it is already done: {first} said so at 20")
    assert [change.by for change in standing().changes] == [first]
    assert len(updates()) == 1
    assert verify_ledger(ferry, FERRY).problems == ()


def patiently(change: Callable[[], str]) -> str:
    """What a person hears who tries again while another one's change is being written."""
    while True:
        try:
            return change()
        except InputError as error:
            return str(error)
        except LockedError:
            threading.Event().wait(0.01)


def test_the_command_records_everything_that_a_person_can_say_and_shows_it(ferry: Ledger) -> None:
    at = ("--at", "2021-04-20T09:00:00+02:00")
    said = ("--effort", "2", "--predicted-change", "0.05", "--why", "late shifts", "--why", "no roster", "--kind", "training", *at)
    updated = touchstone("update", FERRY, ONE, "--status", "accepted", "--name", "Ann", "--note", "from May on", *said)
    assert (updated.output, updated.exit_code) == (f"{ONE}: proposed, now accepted\n", 0)
    noted = touchstone("update", FERRY, ONE, "--name", "Bob", "--evidence", "ticket 42")
    assert noted.output == f"{ONE}: noted, still accepted\n"
    shown = touchstone("show", FERRY, ONE).output.splitlines()
    assert shown[:5] == [
        f"{ONE}: Keep the standard “On time” at The counter",
        "accepted, training, owner desk, due 2026-05-11, opened in 2026Q1",
        "effort 2 person-weeks, predicted change +5.0 points",
        "why 1: late shifts",
        "why 2: no roster",
    ]
    assert shown[6].split("  ")[:3] == ["2021-04-20 07:00:00 UTC", "Ann", "accepted"]
    assert FollowUp.model_validate_json(touchstone("show", FERRY, ONE, "--json").output) == standing()
    assert verify_ledger(ferry, FERRY).problems == ()


@pytest.mark.usefixtures("ferry")
def test_a_time_without_its_zone_is_refused() -> None:
    refused = touchstone("update", FERRY, ONE, "--name", "Ann", "--at", "2021-04-20")
    assert str(refused.exception) == "--at '2021-04-20' is no instant with its zone; write one such as 2026-10-12T09:00:00+02:00."


def test_the_good_rows_of_a_file_are_taken_in_and_every_other_one_is_told(ferry: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "updates.csv"
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    file.write_text(
        "follow_up_id,at,by,status,evidence,note\n"
        f"{ONE},2021-04-22,Bob,done,ticket 42,newest first\n"
        f"{ONE},2021-04-20,Ann,accepted,,\n"
        f"{TWO},2021-04-20,Ann,done,,\n"
        "fu-9999999999,2021-04-20,Ann,accepted,,\n"
        f"{TWO},2021-04-19,,accepted,,\n"
        f"{TWO},{tomorrow.isoformat()},Ann,accepted,,\n"
        f"{ONE},2021-04-21,Ann,verified,,\n"
        f"{TWO},2021-04-20,Ann\n"
    )
    done = touchstone("import", FERRY, str(file))
    assert done.exit_code == 2
    assert done.stdout == "updates.csv: 2 taken in, 0 that say nothing new, 6 refused\n"
    assert done.stderr.splitlines() == [
        f"row 4: {TWO}: what is done needs evidence that it is: a link, a number, a document.",
        "row 5: ferry has no follow-up 'fu-9999999999'; `touchstone follow-ups list ferry` shows those it has.",
        f"row 6: {TWO}: a change needs the name of the person who makes it.",
        f"row 7: {TWO}: {tomorrow:%Y-%m-%d %H:%M:%S} UTC has not come yet; give the time at which it was so.",
        f"row 8: {ONE}: only a cycle's Check can say verified; a person says accepted, in_progress or done.",
        "row 9: it breaks the rule that the row has as many fields as the header; put it right.",
    ]
    assert [(change.by, change.status, change.origin) for change in standing().changes] == [
        ("Ann", "accepted", "file updates.csv"),
        ("Bob", "done", "file updates.csv"),
    ]
    assert standing().changes[0].at == datetime(2021, 4, 20, 4, tzinfo=UTC)  # midnight in New York
    again = touchstone("import", FERRY, str(file), "--json")
    assert (json.loads(again.stdout)["taken"], json.loads(again.stdout)["unchanged"], len(updates())) == (0, 2, 2)
    assert verify_ledger(ferry, FERRY).problems == ()


@pytest.mark.usefixtures("ferry")
def test_a_step_back_in_time_in_a_file_is_told_with_who_was_later(tmp_path: Path) -> None:
    update_follow_up(FERRY, ONE, "in_progress", typed_name="Bob", at=datetime(2021, 4, 25, 9, tzinfo=UTC))
    file = tmp_path / "updates.csv"
    file.write_text(f"follow_up_id,at,by,status\n{ONE},2021-04-20,Ann,accepted\n")
    assert import_updates(FERRY, file).problems == (
        f"row 2: {ONE}: 2021-04-20 04:00:00 UTC is a step back in time: Bob said in_progress at 2021-04-25 09:00:00 UTC; give a later time.",
    )


@pytest.mark.usefixtures("ferry")
def test_an_export_of_jira_is_taken_in_week_after_week(tmp_path: Path) -> None:
    file = tmp_path / "jira.csv"
    begun = f"F-1,Late boats,In Progress,Ann,20/Apr/21 4:05 PM,cx,{ONE},\nF-2,{TWO},To Do,,20/Apr/21 4:05 PM,,,\n"
    file.write_text(JIRA + begun)
    assert str(import_updates(FERRY, file)) == "jira.csv: 1 taken in, 1 that say nothing new, 0 refused"
    file.write_text(JIRA + begun.replace("20/Apr", "21/Apr"))  # somebody wrote a comment
    assert str(import_updates(FERRY, file)) == "jira.csv: 0 taken in, 2 that say nothing new, 0 refused"
    file.write_text(JIRA + begun.replace("In Progress,Ann,20", "Done,Ann,27").replace(f"{ONE},", f"{ONE},Fixed"))
    assert str(import_updates(FERRY, file, "jira")) == "jira.csv: 1 taken in, 1 that say nothing new, 0 refused"
    assert [(change.status, change.evidence) for change in standing().changes] == [("in_progress", "F-1"), ("done", "F-1 (Fixed)")]
    assert standing().done_at == datetime(2021, 4, 27, 20, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Key;Status\nF-1;Done\n", "The file has the columns Key, Status, which do not fit touchstone (follow_up_id, at, by) or "),
        (b"", "export.csv is empty; was the export cut off?"),
        (b"follow_up_id,at,by\n", "export.csv has a header but no rows; was the export cut off, or made too early?"),
        (
            b"follow_up_id,at,by\nfu-1,2021-04-20,J\xfcrgen\n",
            "export.csv is not utf-8 text (byte 0xfc in line 2); name its encoding by --encoding",
        ),
        (None, "There is no file "),
    ],
)
@pytest.mark.usefixtures("ferry")
def test_a_file_that_cannot_be_understood_at_all_is_refused_in_one_sentence(content: bytes | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError) as refusal:
        import_updates(FERRY, file)
    assert str(refusal.value).startswith(said)
    assert updates() == []


@pytest.mark.usefixtures("ferry")
def test_a_file_of_another_encoding_is_read_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(f"follow_up_id;at;by;status\n{ONE};2021-04-20;Jürgen;accepted\n".encode("cp1252"))
    assert touchstone("import", FERRY, str(file), "--encoding", "cp1252").exit_code == 0
    assert standing().changes[0].by == "Jürgen"


@pytest.mark.usefixtures("ferry")
def test_the_form_takes_what_the_command_takes_and_describes_every_field(tmp_path: Path) -> None:
    file = tmp_path / "programme.yaml"
    file.write_text(json.dumps(SMALL), encoding="utf-8")  # JSON is YAML
    done = follow_up_flow.fn(
        str(file), ONE, "Ann", effort_person_weeks=2.0, predicted_change=0.05, why=["late", "no roster"], kind="training"
    )
    assert done == f"{ONE}: noted, still proposed"
    (change,) = standing().changes
    assert (change.origin, change.kind, change.effort_person_weeks, change.predicted_change) == ("form", "training", 2.0, 0.05)
    assert change.root_cause == ("late", "no roster")
    described = parameter_schema(follow_up_flow).properties
    assert {"why", "kind", "effort_person_weeks", "predicted_change"} <= described.keys()
    assert [name for name, field in described.items() if not field.get("description")] == []


@pytest.fixture
def first_quarter(shop: Path) -> Path:
    """The shop's programme, after its first quarter."""
    run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"])
    return shop


def test_what_people_did_before_a_cycle_and_while_it_waits_for_approval_outlives_it(first_quarter: Path) -> None:
    first_quarter.write_text(first_quarter.read_text() + APPROVED)
    accepted, begun, done, *others = [row["id"] for row in follow_up_lines("shop", only_open=False)]
    april = datetime(2026, 4, 20, 9, tzinfo=UTC)
    update_follow_up("shop", accepted, "accepted", typed_name="Ann", at=april)
    assert second_quarter(first_quarter).status == "awaiting_approval"
    update_follow_up("shop", begun, "in_progress", typed_name="Bob", at=april)
    update_follow_up("shop", done, "done", typed_name="Bob", evidence="ticket 42", at=april)
    decide(first_quarter, "approve", typed_name="Chair")
    outcome = second_quarter(first_quarter)
    assert outcome.status == "finished"
    after = {one: follow_up_as_it_stands("shop", one) for one in (accepted, begun, done, *others)}
    said = {accepted: "accepted", begun: "in_progress", done: "done"} | dict.fromkeys(others, "proposed")
    assert {one: follow_up.status for one, follow_up in after.items()} == said
    assert [change.by for one in (accepted, begun, done) for change in after[one].changes] == ["Ann", "Bob", "Bob"]
    assert {follow_up.times_seen for follow_up in after.values()} == {2}  # all were seen again, and none is there twice
    published = pd.read_csv(Path(outcome.place).with_name("follow_ups.csv")).set_index("id")
    assert published.loc[accepted, "status"] == "accepted"
    assert verify("shop")["problems"] == []


def second_quarter(programme: Path) -> Outcome:
    return run_cycle(programme, "2026Q2", as_of=AS_OF["2026Q2"])
