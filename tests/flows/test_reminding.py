"""Reminders: who gets which mail, over a real mail server, and never the same thing twice on one day."""

from __future__ import annotations

import email
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import ServiceError
from config.loading import freeze, load_programme
from config.settings import load_settings
from flows.reminding import remind
from flows.status import event_lines, mail_lines
from tasks.ledger.connection import Ledger
from tasks.ledger.models import Cycle, FollowUpRow
from tasks.ledger.verify import verify_ledger
from tasks.results import FollowUp, FollowUpChange
from tests.ledgers import opened, write
from tests.services import MailServer
from tests.tasks.test_decisions import judged

MONDAY = datetime(2026, 5, 18, 8, tzinfo=ZoneInfo("Europe/London"))
MOVED = FollowUpChange(at=datetime(2026, 5, 4, 9, tzinfo=UTC), by="Bob", status="accepted")


@pytest.fixture
def ledger(shop: Path) -> Iterator[Ledger]:
    """The shop's ledger after a quarter that is finished."""
    with opened(load_settings().database_url) as one:
        write(one, finished("2026Q1", shop), programme="shop")
        yield one


def finished(cycle: str, shop: Path) -> Cycle:
    empty = {"versions": "{}", "reason": "", "error": "", "opened_at": cycle, "closed_at": "", "programme_sha256": "", "is_draft": False}
    frozen = freeze(load_programme(shop))
    fixed = {"programme": "shop", "revision": 1, "attempt": 1, "status": "finished", "as_of": "2026-04-10T09:00:00+00:00"}
    return Cycle(edition=cycle, cycle=cycle, frozen=frozen, **fixed, **empty)


def ask(ledger: Ledger, number: int, owner: str, due: date, **parts: Any) -> FollowUp:
    """Open a follow-up, or change it."""
    fixed = {
        "id": f"fu-{number:010d}",
        "owner": owner,
        "due": due,
        "status": "accepted",
        "effect": None,
        "title": f"Put right number {number}",
    }
    one = judged().model_copy(update=fixed | {"opened_in": "2026Q1", "changes": (MOVED,)} | parts)
    row = FollowUpRow(programme="shop", id=one.id, status=one.status, edition="2026Q1", content=one.model_dump_json())
    write(ledger, row, programme="shop")
    return one


@pytest.fixture
def three(ledger: Ledger) -> Ledger:
    """One due on Thursday, one overdue for three days, one of which nothing has been heard since March."""
    ask(ledger, 1, "transport", date(2026, 5, 21))
    ask(ledger, 2, "transport", date(2026, 5, 15))
    ask(ledger, 3, "web", date(2026, 5, 15), changes=())
    return ledger


def sent() -> list[tuple[str, str]]:
    return sorted((row["recipient"], row["status"]) for row in mail_lines("shop"))


# over a real mail server


@pytest.fixture
def server(smtp: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """The mail server, set as people set it."""
    values = {"HOST": smtp.host, "PORT": smtp.port, "CA_FILE": smtp.ca_file, "USER": smtp.user, "PASSWORD": smtp.password}
    for name, value in values.items():
        monkeypatch.setenv(f"TOUCHSTONE_SMTP_{name}", str(value))
    return smtp


def received(server: MailServer) -> dict[str, str]:
    """The plain text of each mail, by recipient, on one line."""
    texts: dict[str, str] = {}
    for envelope in server.messages:
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain",))
        assert body is not None
        assert envelope.rcpt_tos[0] not in texts
        texts[envelope.rcpt_tos[0]] = " ".join(f"{message['Subject']} {body.get_content()}".split())
    return texts


def test_each_owner_gets_one_mail_with_all_of_its_own_and_leadership_what_does_not_move(
    shop: Path, three: Ledger, server: MailServer
) -> None:
    assert remind(shop, MONDAY) == [
        "web@shop.example was reminded of 1 follow-up",
        "transport@shop.example was reminded of 2 follow-ups",
        "director@shop.example was reminded of 1 follow-up",
    ]
    mails = received(server)
    assert set(mails) == {"web@shop.example", "transport@shop.example", "director@shop.example"}
    transport = mails["transport@shop.example"]
    assert transport.startswith("The Shop: 2 follow-ups wait for action")
    assert "1 overdue and 1 due soon." in transport
    assert "Put right number 1 Due 21 May 2026, in 3 days; accepted Accountable: Transport Id: fu-0000000001" in transport
    assert "Put right number 2 Overdue since 15 May 2026, for 3 days; accepted" in transport
    assert "number 3" not in transport
    for address in ("web@shop.example", "director@shop.example"):
        assert "Put right number 3 Overdue since 15 May 2026; nothing has changed for 48 days" in mails[address]
    assert "WHERE NOTHING MOVES" in mails["director@shop.example"]
    assert "touchstone follow-ups update shop ID" in mails["director@shop.example"]
    assert verify_ledger(three, "shop").problems == ()


def test_an_owner_without_an_address_is_named_and_who_gets_reports_is_reminded_in_its_place(
    shop: Path, three: Ledger, server: MailServer
) -> None:
    shop.write_text(shop.read_text().replace("title: Web team, mail: web@shop.example", "title: Web team"))
    assert remind(shop, MONDAY)[-1] == (
        "Web team has no mail address, and its reminders went to quality@shop.example; write one into the programme."
    )
    mails = received(server)
    assert set(mails) == {"transport@shop.example", "quality@shop.example", "director@shop.example"}
    assert "FOR OWNERS WITHOUT A MAIL ADDRESS - Put right number 3" in mails["quality@shop.example"]


def test_where_nobody_can_be_told_the_sentence_says_so(shop: Path, three: Ledger) -> None:
    text = shop.read_text().replace("title: Web team, mail: web@shop.example", "title: Web team")
    shop.write_text(text.replace("  - {id: quality, gets: report, mail: [quality@shop.example]}\n", ""))
    assert remind(shop, MONDAY)[-1] == (
        "Web team has no mail address, and no audience gets `report` either, so nobody was reminded; write one into the programme."
    )


def test_an_owner_that_the_programme_no_longer_has_is_not_forgotten(shop: Path, ledger: Ledger) -> None:
    ask(ledger, 1, "dissolved", date(2026, 5, 15))
    assert remind(shop, MONDAY) == [
        "quality@shop.example was reminded of 1 follow-up",
        "dissolved has no mail address, and its reminders went to quality@shop.example; write one into the programme.",
    ]


def test_an_address_of_several_parts_is_told_each_follow_up_once(shop: Path, three: Ledger, server: MailServer) -> None:
    shop.write_text(shop.read_text().replace("director@shop.example", "web@shop.example").replace("transport@", "web@"))
    assert remind(shop, MONDAY) == ["web@shop.example was reminded of 3 follow-ups"]
    (text,) = received(server).values()
    assert [text.count(f"Put right number {number}") for number in (1, 2, 3)] == [1, 1, 1]


# once a day


def test_nobody_hears_the_same_thing_twice_on_one_day_and_hears_it_again_a_week_later(shop: Path, three: Ledger) -> None:
    assert len(remind(shop, MONDAY)) == 3
    assert remind(shop, MONDAY) == remind(shop, MONDAY + timedelta(hours=15)) == []
    assert len(remind(shop, MONDAY + timedelta(days=7))) == 3
    assert {status for _, status in sent()} == {"sent"}


def test_the_day_is_that_of_the_programme_s_own_calendar(shop: Path, three: Ledger) -> None:
    midnight = datetime(2026, 5, 18, 23, tzinfo=UTC)  # midnight in London
    assert len(remind(shop, midnight - timedelta(seconds=1))) == 3
    assert len(remind(shop, midnight)) == 3


def test_what_comes_up_later_on_the_day_is_told_alone(shop: Path, three: Ledger, server: MailServer) -> None:
    remind(shop, MONDAY)
    server.reset()
    ask(three, 2, "transport", date(2026, 5, 15), status="in_progress", title="Put right number two")  # the same, in other words
    ask(three, 4, "transport", date(2026, 5, 14))
    assert remind(shop, MONDAY + timedelta(hours=3)) == ["transport@shop.example was reminded of 1 follow-up"]
    (text,) = received(server).values()
    assert "Put right number 4" in text
    assert "number 1" not in text
    assert "number two" not in text


CHANGES = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.sampled_from(["transport", "web", "nobody"]),
        st.integers(-30, 12),
        st.sampled_from(["accepted", "in_progress", "reopened", "done"]),
        st.booleans(),
    ),
    max_size=5,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CHANGES, min_size=2, max_size=3), st.integers(0, 10_000))
def test_calls_on_one_day_tell_nobody_the_same_thing_twice_whatever_changes_in_between(
    shop: Path, ledger: Ledger, days: list[Any], shift: int
) -> None:
    day = MONDAY + timedelta(days=shift)  # another day in each example, since they share a ledger
    for changes in days:
        for number, owner, due, status, is_touched in changes:
            moved = (MOVED.model_copy(update={"at": day.astimezone(UTC)}),) if is_touched else ()
            ask(ledger, number, owner, day.date() + timedelta(days=due), status=status, changes=moved)
        remind(shop, day)
    told = [row["detail"] for row in event_lines("shop", None) if row["kind"] == "reminder.written"]
    pairs = [(one["day"], one["recipient"], follow_up) for one in told for follow_up in one["follow_ups"]]
    assert len(pairs) == len(set(pairs))


def test_processes_that_remind_at_once_tell_everybody_once(shop: Path, three: Ledger, server: MailServer) -> None:
    barrier = threading.Barrier(4)

    def one() -> None:
        barrier.wait()
        remind(shop, MONDAY)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(received(server)) == 3  # which also sees that no address got two
    assert verify_ledger(three, "shop").problems == ()


# nothing lost


def test_what_the_mail_server_did_not_take_is_sent_by_the_next_call_with_the_same_message_id(
    shop: Path, three: Ledger, server: MailServer
) -> None:
    server.answers["RCPT"] = "451 4.7.1 Greylisted"
    with pytest.raises(ServiceError):
        remind(shop, MONDAY)
    (first,) = mail_lines("shop")
    assert first["status"] == "queued"
    server.answers.clear()
    assert len(remind(shop, MONDAY)) == 3
    assert len(received(server)) == 3
    assert first["message_id"] in {row["message_id"] for row in mail_lines("shop")}
    assert {status for _, status in sent()} == {"sent"}


def test_a_refused_address_is_not_tried_again_that_day_and_the_others_are_reminded(shop: Path, three: Ledger, server: MailServer) -> None:
    server.refused_recipients.add("web@shop.example")
    remind(shop, MONDAY)
    assert sent() == [("director@shop.example", "sent"), ("transport@shop.example", "sent"), ("web@shop.example", "refused")]
    assert remind(shop, MONDAY) == []


def test_without_a_finished_cycle_or_with_nothing_due_nobody_is_reminded(shop: Path, ledger: Ledger) -> None:
    ask(ledger, 1, "transport", date(2026, 6, 30))
    assert remind(shop, MONDAY) == []
    shop.write_text(shop.read_text().replace("programme: shop\n", "programme: another\n"))
    assert remind(shop, MONDAY) == []
    assert sent() == []
