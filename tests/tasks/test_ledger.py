"""The ledger: one hash chain a programme that can be added to and not changed, in SQLite and in PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from config.errors import InputError, LockedError, ServiceError, TouchstoneError
from tasks.ledger.chain import GENESIS, event_hash, row_hash, row_key
from tasks.ledger.connection import Ledger
from tasks.ledger.journal import append, head
from tasks.ledger.models import Event, FollowUpRow, Mail
from tasks.ledger.outbox import get_mail, mails_of, mark
from tasks.ledger.verify import Proof, hash_at, verify_ledger
from tasks.ledger.views import events, follow_ups, programmes
from tasks.results import FollowUp
from tests.ledgers import CYCLE, FERRY, begin, execute, opened, row, write

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
    with opened(fresh_postgres_url) as ledger:
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
    with opened(fresh_postgres_url) as ledger:
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
