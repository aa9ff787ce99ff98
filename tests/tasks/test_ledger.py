"""The ledger: one hash chain a programme that can be added to and not changed, in SQLite and in PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, make_url, select, text, update
from sqlalchemy.exc import DBAPIError

from config.errors import InputError, LockedError, ServiceError, TouchstoneError
from tasks.ledger import locks
from tasks.ledger.chain import GENESIS, event_hash, row_hash, row_key
from tasks.ledger.connection import Ledger, _alembic_config, migrate, open_ledger
from tasks.ledger.editions import (
    Journal,
    Request,
    close_edition,
    edition_for,
    end_step,
    latest_edition,
    open_edition,
    output_of,
    start_step,
    step_output,
)
from tasks.ledger.journal import append, head
from tasks.ledger.locks import holder, locked
from tasks.ledger.models import Base, Cycle, Event, FollowUpRow, Lock, Mail, Step
from tasks.ledger.outbox import get_mail, mails_of, mark
from tasks.ledger.verify import Proof, hash_at, verify_ledger
from tasks.ledger.views import editions, events, follow_ups, programmes, steps
from tasks.results import FollowUp
from tests.services import closed_port

CHECKOUT = Path(__file__).parents[2]
FERRY, CYCLE = "ferry", "2026Q1"
LEASE = 90


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return str(request.getfixturevalue("fresh_postgres_url"))


def opened(url: str) -> Iterator[Ledger]:
    one = open_ledger(url)
    try:
        yield one
    finally:
        one.engine.dispose()


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """An empty ledger in each kind of database."""
    yield from opened(url)


@pytest.fixture
def file_ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger in a file."""
    yield from opened(f"sqlite:///{tmp_path}/ledger.db")


def row(number: int, status: str = "proposed") -> FollowUpRow:
    return FollowUpRow(programme=FERRY, id=f"fu-{number}", status=status, edition=CYCLE, content="{}")


def write(ledger: Ledger, *rows: Base, kind: str = "noted", programme: str = FERRY, **detail: object) -> Event:
    with ledger.transaction() as session:
        return append(session, ledger, programme, CYCLE, kind, *rows, **detail)


def execute(ledger: Ledger, *statements: str) -> None:
    """Do to the database what somebody with its password could do."""
    with ledger.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


# the chain, by hand


def test_an_events_hash_is_that_of_the_hash_before_it_and_its_own_content() -> None:
    event = Event(
        programme="ferry", seq=1, edition="2026Q1", at="2026-04-13T09:00:00.000000+00:00", actor="ann@desk", kind="noted",
        payload='{"detail":{"who":"Zoë"},"rows":{}}', previous="0" * 64, hash="",
    )  # fmt: skip
    content = (
        '{"actor":"ann@desk","at":"2026-04-13T09:00:00.000000+00:00","edition":"2026Q1","kind":"noted",'
        r'"payload":"{\"detail\":{\"who\":\"Zoë\"},\"rows\":{}}","programme":"ferry","seq":1}'
    )
    assert event_hash(event) == hashlib.sha256(("0" * 64 + content).encode()).hexdigest()


def test_a_rows_hash_is_that_of_all_its_values() -> None:
    content = '{"content":"{}","edition":"2026Q1","id":"fu-7","programme":"ferry","status":"proposed"}'
    assert row_hash(row(7)) == hashlib.sha256(content.encode()).hexdigest()
    assert row_key(row(7)) == '["follow_ups","ferry","fu-7"]'


def test_the_chain_can_be_checked_with_a_database_client_and_sha256_alone(ledger: Ledger) -> None:
    write(ledger, row(1), row(2), by="Zoë")
    write(ledger, row(1, "accepted"))
    previous = "0" * 64
    with ledger.engine.connect() as connection:
        found = connection.execute(text("SELECT * FROM events ORDER BY seq")).mappings().all()
        stored = connection.execute(text("SELECT * FROM follow_ups ORDER BY id")).mappings().all()
    for number, event in enumerate(found, start=1):
        content = {name: event[name] for name in ("programme", "seq", "edition", "at", "actor", "kind", "payload")}
        written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert event["seq"] == number
        assert event["previous"] == previous
        assert event["hash"] == hashlib.sha256((previous + written).encode()).hexdigest()
        previous = event["hash"]
    assert head(ledger, FERRY) == (2, previous)
    latest = json.loads(found[0]["payload"])["rows"] | json.loads(found[1]["payload"])["rows"]
    for values in stored:
        written = json.dumps(dict(values), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert latest[f'["follow_ups","ferry","{values["id"]}"]'] == hashlib.sha256(written.encode()).hexdigest()


def test_a_programme_without_events_has_a_chain_of_noughts(file_ledger: Ledger) -> None:
    assert head(file_ledger, FERRY) == (0, GENESIS)
    assert verify_ledger(file_ledger, FERRY) == Proof(FERRY, 0, 0, GENESIS, ())


def test_each_programme_has_a_chain_of_its_own(file_ledger: Ledger) -> None:
    write(file_ledger)
    write(file_ledger, programme="tram")
    write(file_ledger, programme="tram")
    assert (head(file_ledger, FERRY)[0], head(file_ledger, "tram")[0]) == (1, 2)
    assert programmes(file_ledger) == ("ferry", "tram")


def test_rows_and_their_event_are_written_together_or_not_at_all(ledger: Ledger) -> None:
    def fail_after_writing() -> None:
        with ledger.transaction() as session:
            append(session, ledger, FERRY, CYCLE, "noted", row(1))
            raise RuntimeError("the machine stops")

    with pytest.raises(RuntimeError, match="the machine stops"):
        fail_after_writing()
    assert head(ledger, FERRY) == (0, GENESIS)
    assert verify_ledger(ledger, FERRY).rows == 0


def test_many_writers_at_once_make_one_chain_without_a_gap(ledger: Ledger) -> None:
    def add(number: int) -> None:
        for step in range(5):
            write(ledger, row(10 * number + step))

    writers = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    proof = verify_ledger(ledger, FERRY)
    assert (proof.events, proof.rows, proof.problems) == (20, 20, ())


# append-only


def test_an_event_can_be_added_and_neither_changed_nor_removed(ledger: Ledger) -> None:
    write(ledger, row(1))
    for statement in ("UPDATE events SET actor = 'nobody'", "DELETE FROM events", "DELETE FROM events WHERE seq = 1"):
        with pytest.raises(DBAPIError, match="the ledger is append-only"):
            execute(ledger, statement)
    assert verify_ledger(ledger, FERRY).problems == ()


def test_in_postgresql_the_events_cannot_be_emptied_at_a_stroke_either(fresh_postgres_url: str) -> None:
    for ledger in opened(fresh_postgres_url):
        write(ledger)
        with pytest.raises(DBAPIError, match="the ledger is append-only"):
            execute(ledger, "TRUNCATE events")


# proof

NO_GUARD = {
    "sqlite": ("DROP TRIGGER events_no_UPDATE", "DROP TRIGGER events_no_DELETE"),
    "postgresql": ("ALTER TABLE events DISABLE TRIGGER USER",),
}
FORGERIES = {
    "an event is edited": (["UPDATE events SET actor = 'somebody else' WHERE seq = 2"], "event 2 (noted, "),
    "an event is removed": (["DELETE FROM events WHERE seq = 2"], "event 2 is missing: the next one there is 3"),
    "the first event is removed": (["DELETE FROM events WHERE seq = 1"], "event 1 is missing: the next one there is 2"),
    "the tail is cut off": (
        ["DELETE FROM events WHERE seq = 3"],
        "the chain's head is event 3 and its last event is 2: its end was cut off",
    ),
    "all events are removed": (["DELETE FROM events"], "the chain's head is event 3 and its last event is 0: its end was cut off"),
    "the head is changed": (["UPDATE chains SET head = 'abc'"], "the chain's head is not the hash of its last event 3"),
    "the head is removed": (["DELETE FROM chains"], "the chain's head is event 0 and its last event is 3"),
    "the tail is cut off and the head moved back": (
        ["DELETE FROM events WHERE seq = 3", "UPDATE chains SET seq = 2, head = (SELECT hash FROM events WHERE seq = 2)"],
        'row ["follow_ups","ferry","fu-3"] is in no event: it was added by hand, or events were cut off',
    ),
    "a row is edited": (
        ["UPDATE follow_ups SET status = 'done' WHERE id = 'fu-1'"],
        'row ["follow_ups","ferry","fu-1"] is not as it was last written: it was changed by hand',
    ),
    "a row is removed": (["DELETE FROM follow_ups WHERE id = 'fu-2'"], 'row ["follow_ups","ferry","fu-2"] is gone: it was removed by hand'),
    "a row is added": (
        ["INSERT INTO follow_ups VALUES ('ferry', 'fu-9', 'proposed', '2026Q1', '{}')"],
        'row ["follow_ups","ferry","fu-9"] is in no event: it was added by hand, or events were cut off',
    ),
    "a row is moved to another programme": (
        ["UPDATE follow_ups SET programme = 'tram' WHERE id = 'fu-2'"],
        'row ["follow_ups","ferry","fu-2"] is gone: it was removed by hand',
    ),
}


def three_events(ledger: Ledger) -> None:
    for number in (1, 2, 3):
        write(ledger, row(number))


def test_a_whole_ledger_has_no_problems_however_often_its_rows_were_rewritten(ledger: Ledger) -> None:
    three_events(ledger)
    write(ledger, row(1, "accepted"), row(2, "done"))
    write(ledger, row(1, "done"))
    proof = verify_ledger(ledger, FERRY)
    assert proof == Proof(FERRY, 5, 3, head(ledger, FERRY)[1], ())


@pytest.mark.parametrize("name", FORGERIES)
def test_every_forgery_is_found_and_named(name: str, file_ledger: Ledger) -> None:
    three_events(file_ledger)
    statements, said = FORGERIES[name]
    execute(file_ledger, *NO_GUARD["sqlite"], *statements)
    assert any(problem.startswith(said) for problem in verify_ledger(file_ledger, FERRY).problems)


def test_forgeries_are_found_in_postgresql_too(fresh_postgres_url: str) -> None:
    for ledger in opened(fresh_postgres_url):
        three_events(ledger)
        execute(ledger, *NO_GUARD["postgresql"], "UPDATE events SET kind = 'other' WHERE seq = 1", *FORGERIES["a row is added"][0])
        first, second = verify_ledger(ledger, FERRY).problems
        assert "event 1 (other, " in first
        assert "was added by hand" in second


def test_an_event_that_is_forged_together_with_its_hash_breaks_the_link_to_the_next(file_ledger: Ledger) -> None:
    three_events(file_ledger)
    with file_ledger.transaction() as session:
        forged = session.get_one(Event, (FERRY, 2))
        session.expunge(forged)
        forged.actor = "somebody else"
    with file_ledger.engine.begin() as connection:
        for statement in NO_GUARD["sqlite"]:
            connection.execute(text(statement))
        connection.execute(update(Event).where(Event.seq == 2).values(actor="somebody else", hash=event_hash(forged)))
    assert verify_ledger(file_ledger, FERRY).problems == ("event 3 does not follow from the one before it",)


def test_sqlites_replace_goes_round_the_guard_and_not_round_the_proof(file_ledger: Ledger) -> None:
    three_events(file_ledger)
    execute(file_ledger, "INSERT OR REPLACE INTO events SELECT programme, seq, edition, at, 'x', kind, payload, previous, hash FROM events")
    assert len(verify_ledger(file_ledger, FERRY).problems) == 3


def test_a_cut_that_leaves_no_trace_in_the_ledger_shows_against_a_hash_that_was_sealed_elsewhere(file_ledger: Ledger) -> None:
    write(file_ledger, row(1))
    write(file_ledger)
    sealed_seq, sealed_hash = head(file_ledger, FERRY)
    assert hash_at(file_ledger, FERRY, sealed_seq) == sealed_hash
    cut = ("DELETE FROM events WHERE seq = 2", "UPDATE chains SET seq = 1, head = (SELECT hash FROM events WHERE seq = 1)")
    execute(file_ledger, *NO_GUARD["sqlite"], *cut)
    assert verify_ledger(file_ledger, FERRY).problems == ()
    assert hash_at(file_ledger, FERRY, sealed_seq) is None


# the lock

FOREIGN = {"token": "t", "host": "elsewhere", "pid": 1, "process_started": "1", "actor": "bob@elsewhere", "edition": CYCLE}


def foreign_lock(expires_in_seconds: float, **parts: Any) -> Lock:
    instant = datetime.now(UTC)
    expiry = (instant + timedelta(seconds=expires_in_seconds)).isoformat(timespec="microseconds")
    return Lock(**({"programme": FERRY, "taken_at": instant.isoformat(), "expires_at": expiry} | FOREIGN | parts))


def put_lock(ledger: Ledger, lock: Lock) -> None:
    with ledger.transaction() as session:
        session.merge(lock)


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


def test_the_lock_of_a_process_that_was_killed_is_taken_over_at_once_and_the_chain_says_so(url: str) -> None:
    program = (
        "import os, sys\nfrom tasks.ledger.connection import open_ledger\nfrom tasks.ledger.locks import locked\n"
        f"with locked(open_ledger(sys.argv[1]), {FERRY!r}, {CYCLE!r}, 3600):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, url], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        for ledger in opened(url):
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


# migrations


def tables(ledger: Ledger) -> set[str]:
    return set(inspect(ledger.engine).get_table_names()) - {"alembic_version"}


def test_the_models_are_what_the_migrations_make(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata) == []
    assert tables(ledger) == set(Base.metadata.tables)


def test_the_schema_goes_back_to_nothing_and_forward_again(ledger: Ledger) -> None:
    write(ledger, row(1))
    with ledger.engine.begin() as connection:
        config = _alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert tables(ledger) == set()
    migrate(ledger.engine)
    assert tables(ledger) == set(Base.metadata.tables)
    write(ledger, row(1))
    with pytest.raises(DBAPIError, match="append-only"):
        execute(ledger, "DELETE FROM events")


def test_opening_a_ledger_again_keeps_what_is_in_it(url: str) -> None:
    for ledger in opened(url):
        write(ledger, row(1))
    for ledger in opened(url):
        assert verify_ledger(ledger, FERRY).events == 1


def test_processes_that_open_a_new_ledger_at_once_take_turns(url: str) -> None:
    program = (
        "import sys\nfrom alembic import command\nfrom tasks.ledger.connection import open_ledger\nfrom tasks.ledger.journal import append\n"
        "print('ready', flush=True)\nsys.stdin.readline()\nledger = open_ledger(sys.argv[1])\n"
        f"with ledger.transaction() as session:\n    append(session, ledger, {FERRY!r}, {CYCLE!r}, 'noted')\n"
    )
    command_line = [sys.executable, "-c", program, url]
    others = [
        subprocess.Popen(command_line, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    try:
        assert [other.stdout.readline() for other in others if other.stdout] == ["ready\n"] * 3
        ends = [other.communicate("go\n", timeout=120) for other in _all_told_to_go(others)]
        assert [(other.returncode, end[1]) for other, end in zip(others, ends, strict=True)] == [(0, "")] * 3
    finally:
        for other in others:
            other.kill()
    for ledger in opened(url):
        assert verify_ledger(ledger, FERRY).events == 3


def _all_told_to_go(others: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """Tell every process to go before the first is waited for."""
    for other in others:
        assert other.stdin is not None
        other.stdin.write("go\n")
        other.stdin.flush()
    return others


def test_a_ledger_that_a_newer_touchstone_wrote_is_refused_in_words(url: str) -> None:
    for ledger in opened(url):
        execute(ledger, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(InputError, match=r"was written by a newer Touchstone \(schema 9999\); install that version or a later one\."):
        open_ledger(url)


# errors in words


@pytest.mark.parametrize("address", ["nonsense", "sqlite:/", "oracle://x", "mysql+nothing://x", ""])
def test_an_address_that_is_none_is_refused_without_being_shown(address: str) -> None:
    with pytest.raises(InputError, match="TOUCHSTONE_DATABASE"):
        open_ledger(address)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"words, words" * 200)
    with pytest.raises(InputError, match="not a database"):
        open_ledger(f"sqlite:///{tmp_path}/ledger.db")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"The ledger's folder .+/file/sub cannot be made \(.+\); set another\."):
        open_ledger(f"sqlite:///{tmp_path}/file/sub/ledger.db")


def test_a_database_that_does_not_answer_is_a_service_that_failed_and_the_password_is_not_shown() -> None:
    with pytest.raises(ServiceError) as failure:
        open_ledger(f"postgresql+psycopg://ann:hush@127.0.0.1:{closed_port()}/ledger")
    said = str(failure.value)
    assert said.startswith("The ledger at postgresql+psycopg://ann:***@127.0.0.1:")
    assert said.endswith("see that it runs and has room, then run again.")
    assert "hush" not in said
    assert "\n" not in said


def test_a_database_that_is_not_there_is_an_input_that_is_wrong(fresh_postgres_url: str) -> None:
    with pytest.raises(InputError, match="does not exist"):
        open_ledger(make_url(fresh_postgres_url).set(database="not_there").render_as_string(hide_password=False))


# editions


def request(**parts: Any) -> Request:
    fixed = {
        "programme": FERRY,
        "cycle": CYCLE,
        "frozen": "{}",
        "as_of": None,
        "is_draft": False,
        "revision_reason": "",
        "versions": {"a": "1"},
    }
    return Request(**(fixed | parts))


def begin(ledger: Ledger, **parts: Any) -> Journal:
    """Open or go on with the edition that a request is about, as a run does that holds the lock."""
    wanted = request(**parts)
    put_lock(ledger, foreign_lock(60))
    edition, action = edition_for(ledger, wanted)
    with ledger.transaction() as session:
        earlier = session.get(Cycle, (wanted.programme, edition))
    attempt = (earlier.attempt if earlier else 0) + (action != "go on")
    journal = Journal(ledger, FERRY, edition, attempt, "t")
    open_edition(journal, wanted, action)
    return journal


def do_step(journal: Journal, name: str, output: str = "{}") -> None:
    start_step(journal, name)
    end_step(journal, name, output=output)


def test_the_first_request_for_a_cycle_is_new_and_records_what_it_runs_on(ledger: Ledger) -> None:
    assert edition_for(ledger, request()) == ("2026Q1", "new")
    begin(ledger, frozen='{"a":1}', as_of=datetime(2026, 4, 13, 9, tzinfo=UTC))
    (found,) = editions(ledger, FERRY)
    assert (found.edition, found.cycle, found.revision, found.attempt, found.status) == ("2026Q1", "2026Q1", 1, 1, "running")
    assert (found.as_of, found.frozen) == ("2026-04-13T09:00:00+00:00", '{"a":1}')
    assert found.programme_sha256 == hashlib.sha256(b'{"a":1}').hexdigest()
    assert verify_ledger(ledger, FERRY).problems == ()


def test_without_an_as_of_the_first_runs_instant_is_recorded(file_ledger: Ledger) -> None:
    before = datetime.now(UTC)
    begin(file_ledger)
    (found,) = editions(file_ledger, FERRY)
    assert before <= datetime.fromisoformat(found.as_of) <= datetime.now(UTC)


def test_an_interrupted_edition_goes_on_with_the_as_of_and_the_programme_it_began_with(file_ledger: Ledger) -> None:
    journal = begin(file_ledger, frozen="first")
    do_step(journal, "plan", '"planned"')
    close_edition(journal, "interrupted", ServiceError("the store is away"))
    assert edition_for(file_ledger, request()) == ("2026Q1", "go on")
    (interrupted,) = editions(file_ledger, FERRY)
    again = begin(file_ledger, frozen="second")
    (found,) = editions(file_ledger, FERRY)
    assert (found.attempt, found.frozen, found.as_of) == (1, "first", interrupted.as_of)
    assert step_output(again, "plan") == '"planned"'


def test_a_killed_run_leaves_its_edition_running_and_the_next_goes_on(file_ledger: Ledger) -> None:
    begin(file_ledger)
    assert edition_for(file_ledger, request()) == ("2026Q1", "go on")


def test_going_on_with_another_as_of_is_refused_and_with_the_same_it_is_not(file_ledger: Ledger) -> None:
    as_of = datetime(2026, 4, 13, 9, tzinfo=UTC)
    begin(file_ledger, as_of=as_of)
    begin(file_ledger, as_of=as_of)
    with pytest.raises(InputError) as refusal:
        begin(file_ledger, as_of=as_of + timedelta(days=1))
    assert str(refusal.value).startswith("2026Q1 of ferry was begun with --as-of 2026-04-13T09:00:00+00:00 and goes on with it; ")


def test_one_that_failed_before_its_data_were_safe_begins_again_with_todays_programme(file_ledger: Ledger) -> None:
    journal = begin(file_ledger, frozen="first")
    do_step(journal, "pull cases")
    close_edition(journal, "failed", InputError("the file is not there"))
    assert edition_for(file_ledger, request()) == ("2026Q1", "again")
    (failed,) = editions(file_ledger, FERRY)
    again = begin(file_ledger, frozen="second")
    (found,) = editions(file_ledger, FERRY)
    assert (found.attempt, found.frozen, found.status, found.error) == (2, "second", "running", "")
    assert found.as_of == failed.as_of
    assert step_output(again, "pull cases") is None


def test_one_that_failed_after_its_data_were_safe_goes_on(file_ledger: Ledger) -> None:
    journal = begin(file_ledger)
    do_step(journal, "snapshot")
    close_edition(journal, "failed", RuntimeError("a defect"))
    assert edition_for(file_ledger, request()) == ("2026Q1", "go on")


def test_one_that_was_not_publishable_begins_again_though_it_had_a_snapshot(file_ledger: Ledger) -> None:
    journal = begin(file_ledger)
    do_step(journal, "snapshot")
    close_edition(journal, "not_publishable")
    assert edition_for(file_ledger, request()) == ("2026Q1", "again")


def test_a_finished_one_is_done_whatever_the_programme_says_today(file_ledger: Ledger) -> None:
    close_edition(begin(file_ledger), "finished")
    assert edition_for(file_ledger, request(frozen="another")) == ("2026Q1", "done")


def test_a_revision_is_published_beside_what_it_revises_and_so_is_the_next(file_ledger: Ledger) -> None:
    close_edition(begin(file_ledger), "finished")
    revised = begin(file_ledger, revision_reason="a source was corrected")
    assert revised.edition == "2026Q1.r2"
    assert edition_for(file_ledger, request()) == ("2026Q1.r2", "go on")
    close_edition(revised, "finished")
    assert edition_for(file_ledger, request()) == ("2026Q1.r2", "done")
    assert edition_for(file_ledger, request(revision_reason="again")) == ("2026Q1.r3", "new")
    latest = latest_edition(file_ledger, FERRY, CYCLE)
    assert latest is not None
    assert (latest.revision, latest.reason) == (2, "a source was corrected")


def test_an_unfinished_revision_hides_nothing_that_was_published(file_ledger: Ledger) -> None:
    close_edition(begin(file_ledger), "finished")
    close_edition(begin(file_ledger, revision_reason="why"), "failed", InputError("no"))
    published = latest_edition(file_ledger, FERRY, CYCLE, status="finished")
    assert published is not None
    assert published.edition == "2026Q1"


def test_there_is_nothing_to_revise_where_nothing_was_published(file_ledger: Ledger) -> None:
    with pytest.raises(
        InputError, match=r"^2026Q1 of ferry has not been published, so there is nothing to revise; run it without --revise\.$"
    ):
        edition_for(file_ledger, request(revision_reason="why"))


def test_drafts_are_numbered_and_change_nothing_for_the_cycle(file_ledger: Ledger) -> None:
    close_edition(begin(file_ledger, is_draft=True), "finished")
    assert begin(file_ledger, is_draft=True).edition == "2026Q1.draft2"
    assert edition_for(file_ledger, request()) == ("2026Q1", "new")
    assert latest_edition(file_ledger, FERRY, CYCLE) is None


# steps


def test_a_step_is_recorded_when_it_begins_and_when_it_ends_with_the_rows_it_brings(ledger: Ledger) -> None:
    journal = begin(ledger)
    start_step(journal, "pull cases")
    assert step_output(journal, "pull cases") is None
    end_step(journal, "pull cases", output='{"rows":3}', rows=[row(1)])
    assert step_output(journal, "pull cases") == '{"rows":3}'
    assert [event.kind for event in events(ledger, FERRY, CYCLE)] == ["cycle.opened", "step.started", "step.done"]
    assert verify_ledger(ledger, FERRY).problems == ()


def test_a_failed_step_has_no_output_and_is_in_the_ledger_in_words(file_ledger: Ledger) -> None:
    journal = begin(file_ledger)
    start_step(journal, "pull cases")
    end_step(journal, "pull cases", error=InputError("source 'cases': there is no file."))
    (edition,) = editions(file_ledger, FERRY)
    (found,) = steps(file_ledger, edition)
    assert (found.status, found.error) == ("failed", "source 'cases': there is no file.")
    assert output_of(file_ledger, edition, "pull cases") is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("Jane Doe wrote this"), "unforeseen ValueError"),
        (KeyboardInterrupt(), "interrupted by hand"),
        (ServiceError("The store is away; run again."), "The store is away; run again."),
    ],
)
def test_of_an_unforeseen_error_only_its_kind_is_kept_for_its_text_may_be_a_customers(
    error: BaseException, said: str, file_ledger: Ledger
) -> None:
    journal = begin(file_ledger)
    close_edition(journal, "failed", error)
    (found,) = editions(file_ledger, FERRY)
    assert found.error == said
    assert all("Jane" not in event.payload for event in events(file_ledger, FERRY))


def test_steps_of_another_attempt_are_not_this_ones(file_ledger: Ledger) -> None:
    journal = begin(file_ledger)
    do_step(journal, "plan")
    close_edition(journal, "failed", InputError("no"))
    begin(file_ledger)
    (edition,) = editions(file_ledger, FERRY)
    assert list(steps(file_ledger, edition)) == []
    with file_ledger.transaction() as session:
        assert len(session.scalars(select(Step)).all()) == 1  # and yet it is kept


# outbox and views


def mail(number: int, **parts: Any) -> Mail:
    fixed = {
        "programme": FERRY,
        "edition": CYCLE,
        "audience": "lead",
        "recipient": f"r{number}@ferry.example",
        "subject": "s",
        "body": "{}",
    }
    return Mail(**(fixed | {"message_id": f"<{number}@ferry.example>", "status": "queued", "detail": ""} | parts))


def test_what_became_of_a_mail_is_in_its_row_and_in_the_chain(file_ledger: Ledger) -> None:
    begin(file_ledger)
    write(file_ledger, mail(2), mail(1))
    mark(file_ledger, "<1@ferry.example>", "refused", "550 no such mailbox")
    assert [(one.recipient, one.status) for one in mails_of(file_ledger, FERRY, CYCLE)] == [
        ("r1@ferry.example", "refused"),
        ("r2@ferry.example", "queued"),
    ]
    assert list(mails_of(file_ledger, FERRY, "2025Q4")) == []
    assert events(file_ledger, FERRY)[-1].kind == "mail.refused"
    assert verify_ledger(file_ledger, FERRY).problems == ()


@pytest.mark.parametrize("asked", ["<1@ferry.example>", "1@ferry.example"])
def test_a_mail_is_found_by_its_message_id_with_or_without_brackets(asked: str, file_ledger: Ledger) -> None:
    begin(file_ledger)
    write(file_ledger, mail(1))
    assert get_mail(file_ledger, asked).recipient == "r1@ferry.example"
    with pytest.raises(InputError, match=r"There is no mail <9@ferry\.example>; `touchstone mail list` shows those there are\."):
        get_mail(file_ledger, "9@ferry.example")


def test_open_follow_ups_are_told_from_those_that_are_done(file_ledger: Ledger) -> None:
    def stored(number: int, status: Any) -> FollowUpRow:
        one = FollowUp(
            id=f"fu-{number}", finding="f", kind="corrective", status=status, title="t", opened_in=CYCLE, last_seen_in=CYCLE, times_seen=1,
            stages=(), touchpoints=(), owner="desk", departments=("desk",), due=datetime(2026, 5, 1, tzinfo=UTC).date(), evidence="e",
        )  # fmt: skip
        return FollowUpRow(programme=FERRY, id=one.id, status=status, edition=CYCLE, content=one.model_dump_json())

    states = ("verified", "proposed", "done", "accepted", "in_progress", "reopened")
    write(file_ledger, *(stored(number, status) for number, status in enumerate(states)))
    assert [one.id for one in follow_ups(file_ledger, FERRY, only_open=True)] == ["fu-1", "fu-3", "fu-4", "fu-5"]
    assert len(follow_ups(file_ledger, FERRY, only_open=False)) == 6


def test_every_error_of_ours_ends_a_command_with_its_own_code() -> None:
    assert [kind.exit_code for kind in (TouchstoneError, InputError, ServiceError, LockedError)] == [1, 2, 3, 4]
    assert [kind.is_transient for kind in (InputError, ServiceError, LockedError)] == [False, True, False]
