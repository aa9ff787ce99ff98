"""What a cycle sends, as a mail server got it, and what is said of a mail that was not taken."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from icalendar import Calendar

from config.settings import Settings, load_settings
from flows.cycle import run_cycle
from flows.doctor.examine import examine
from flows.keeping.rewriting import MAIL, says
from flows.status import status_lines
from tasks.ledger.connection import open_ledger
from tasks.ledger.outbox import mails_of
from tasks.mail import build_message
from tasks.results import Attachment, Letter, Picture, Ref
from tests.flows.shop import AS_OF, write_shop
from tests.services import run_mail_server

SITE = "https://reports.shop.example"
TRANSPORT, WEB, DIRECTOR = "transport@shop.example", "web@shop.example", "director@shop.example"


@dataclass(frozen=True)
class Told:
    """A shop whose first cycle is finished, and its mails by recipient, as the server got them; it refused the director's."""

    shop: Path
    settings: Settings
    mails: dict[str, EmailMessage]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("mailing")
    with pytest.MonkeyPatch.context() as patch, run_mail_server(folder) as smtp:
        patch.setenv("DATA", str(folder / "shop"))
        smtp.refused_recipients.add(DIRECTOR)
        login = {"smtp_user": smtp.user, "smtp_password": smtp.password, "smtp_ca_file": smtp.ca_file}
        settings = load_settings(home=folder / "home", site_url=SITE, smtp_host=smtp.host, smtp_port=smtp.port, **login)
        shop = write_shop(folder / "shop")
        run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"], settings=settings)
        yield Told(shop, settings, {envelope.rcpt_tos[0]: message_of(envelope.content) for envelope in smtp.messages})


def message_of(content: object) -> EmailMessage:
    assert isinstance(content, bytes)
    message = email.message_from_bytes(content, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def body_of(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def test_each_audience_gets_its_own_and_what_is_refused_is_named_by_status_and_doctor(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHSTONE_HOME", str(told.settings.home))
    monkeypatch.setenv("DATA", str(told.shop.parent))
    assert set(told.mails) == {"quality@shop.example", TRANSPORT, WEB}
    assert f"1 mail(s) unknown or refused ({DIRECTOR} refused): touchstone mail list shop" in status_lines("shop")[0]["what_to_do"]
    (finding,) = [one for one in examine([told.shop], told.settings, datetime.now(UTC)) if one.name == "mails"]
    assert (finding.state, DIRECTOR in finding.words, "550 5.1.1 No such mailbox" in finding.words) == ("attention", True, True)


def test_a_department_reads_words_of_its_own_cases_and_gets_its_due_dates(told: Told) -> None:
    said = body_of(told.mails[TRANSPORT], "plain")
    assert "> “The parcel came late" in said
    assert "website crashes" not in said.replace(" > ", " "), "Transport shapes no part of the website"
    assert "website crashes" not in body_of(told.mails[TRANSPORT], "html")
    (attached,) = told.mails[TRANSPORT].iter_attachments()
    calendar = Calendar.from_ical(str(attached.get_content()))
    assert {str(event["UID"]).rpartition("@")[2] for event in calendar.events} == {"shop"}
    assert said.count("Accountable: Transport") == len(calendar.events)


def test_the_letter_to_quality_links_to_files_that_are_there(told: Told) -> None:
    said = told.mails["quality@shop.example"].get_body(("plain",))
    assert said is not None
    links = [line.strip() for line in said.get_content().splitlines() if line.strip().startswith(SITE)]
    assert len(links) > 5
    assert [link for link in links if not (told.settings.home / "published" / link.removeprefix(f"{SITE}/")).is_file()] == []


def test_steps_hand_on_where_a_mail_lies_and_never_its_bytes(told: Told) -> None:
    kept = mails_of(open_ledger(told.settings.database_url), "shop")
    assert len(kept) == len(told.mails) + 1
    for mail in kept:
        assert Ref.model_validate(json.loads(mail.body)).uri.endswith(MAIL)
        assert len(mail.body) < 300


def test_a_quote_is_found_in_a_mail_with_a_picture_and_a_calendar_and_nowhere_else_in_it() -> None:
    quote = 'He said "no" & left, at 5 % <speed> – ' + "and the water ran on and on " * 6
    page = f"<p>{quote.strip()}</p>".replace("&", "&amp;").replace("<speed>", "&lt;speed&gt;").replace(" %", "\u00a0%")
    letter = Letter(
        audience="owners",
        recipient=TRANSPORT,
        subject="Ferry",
        text="Another text.\n",
        html=page,
        pictures=(Picture(png=b"\x89PNG in the picture"),),
        attachments=(Attachment(name="a.ics", subtype="calendar", text="SUMMARY:in the calendar\r\n"),),
    )
    mail = build_message(letter, sender="a@b.example", message_id="<1@b.example>", date=datetime(2026, 1, 1, tzinfo=UTC))
    assert says(mail, MAIL, [" ".join(quote.split())])
    assert not says(mail, MAIL, ["in the picture", "He said yes"])
