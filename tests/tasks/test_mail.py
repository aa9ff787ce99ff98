"""Mails are built the same each time, and whether one was sent is never guessed."""

from __future__ import annotations

import base64
import email
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from socket import socket
from typing import Any

import mailparser
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.errors import InputError, ServiceError
from config.settings import Settings, load_settings
from tasks.mail import BYTES_BELOW, Delivery, build_message, deliver, message_id_for, try_login
from tasks.results import Attachment, Letter, Picture
from tests.services import MailServer, closed_port, run_mail_server, run_scripted_server

DATE = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
SENDER = "Touchstone <quality@ferry.example>"
RECIPIENT = "director@ferry.example"
MESSAGE_ID = "<0123456789abcdef@ferry.example>"


def letter(**given_fields: Any) -> Letter:
    fields: dict[str, Any] = {
        "audience": "quality",
        "recipient": RECIPIENT,
        "subject": "Ferry: 2026Q3",
        "text": "Plain.\n",
        "html": "<p>Rich.</p>\n",
    }
    return Letter(**(fields | given_fields))


def built(**given_fields: str) -> bytes:
    return build_message(letter(**given_fields), sender=SENDER, message_id=MESSAGE_ID, date=DATE)


PICTURE = Picture(png=b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
CALENDAR = Attachment(
    name="follow-ups-2026Q3.ics",
    subtype="calendar",
    parameters={"method": "PUBLISH"},
    text="BEGIN:VCALENDAR\r\nX:Fähre\r\nEND:VCALENDAR\r\n",
)


def full(**given_fields: Any) -> Letter:
    """A letter with a picture and a calendar."""
    html = f'<p>Rich.</p><img src="cid:{PICTURE.content_id}" alt="A chart">\n'
    return letter(**{"html": html, "pictures": (PICTURE,), "attachments": (CALENDAR,), **given_fields})


def mail_of(one: Letter) -> bytes:
    return build_message(one, sender=SENDER, message_id=MESSAGE_ID, date=DATE)


def parsed(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=SMTP)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def settings_for(server: MailServer, **given_settings: Any) -> Settings:
    place = {"smtp_host": server.host, "smtp_port": server.port, "smtp_ca_file": server.ca_file}
    login = {"smtp_user": server.user, "smtp_password": server.password}
    return load_settings(**({"mail_from": SENDER} | place | login | given_settings))


def settings_for_port(port: int) -> Settings:
    return Settings(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", mail_from=SENDER)


# building


def test_a_mail_has_both_texts_as_alternatives_and_every_header_it_needs() -> None:
    message = parsed(built(subject="Fähre – 2026Q3", text="Grüße 🚲\n.\nEnde\n", html="<p>Grüße 🚲</p>\n"))
    assert message["From"] == SENDER
    assert message["To"] == RECIPIENT
    assert message["Subject"] == "Fähre – 2026Q3"
    assert message["Date"].datetime == DATE
    assert message["Message-ID"] == MESSAGE_ID
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    plain, rich = message.iter_parts()
    assert isinstance(plain, EmailMessage)
    assert isinstance(rich, EmailMessage)
    assert (plain.get_content_type(), plain.get_content()) == ("text/plain", "Grüße 🚲\r\n.\r\nEnde\r\n")
    assert (rich.get_content_type(), rich.get_content()) == ("text/html", "<p>Grüße 🚲</p>\r\n")


def test_pictures_lie_beside_the_html_and_a_calendar_after_both_texts() -> None:
    message = parsed(mail_of(full()))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "text/calendar",
    ]
    related, html, picture, calendar = list(message.walk())[3:]
    assert related.get_param("type") == "text/html", "RFC 2387, 3.1"
    assert html.get_content_disposition() is None
    assert f'src="cid:{str(picture["Content-ID"])[1:-1]}"' in html.get_content()
    assert (picture.get_content_disposition(), picture.get_content()) == ("inline", PICTURE.png)
    assert (calendar.get_content_disposition(), calendar.get_filename()) == ("attachment", "follow-ups-2026Q3.ics")
    assert (calendar.get_param("method"), calendar.get_content()) == ("PUBLISH", CALENDAR.text)
    body = message.get_body(("html", "plain"))
    assert body is not None
    assert body.get_content() == html.get_content()


def test_a_mail_with_a_picture_alone_has_nothing_attached_and_one_with_a_calendar_alone_no_picture() -> None:
    with_picture, with_calendar = (parsed(mail_of(one)) for one in (full(attachments=()), full(pictures=())))
    assert [part.get_content_type() for part in with_picture.walk()][:3] == ["multipart/alternative", "text/plain", "multipart/related"]
    assert [part.get_content_type() for part in with_calendar.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]


def test_a_mail_with_everything_has_the_same_bytes_each_time_and_no_boundary_twice() -> None:
    assert mail_of(full()) == mail_of(full())
    boundaries = [part.get_boundary() for part in parsed(mail_of(full())).walk() if part.is_multipart()]
    assert len(set(boundaries)) == 3
    assert mail_of(full()).isascii()
    assert max(len(line) for line in mail_of(full()).split(b"\r\n")) <= 78


def test_a_letter_with_its_bytes_travels_as_json() -> None:
    one = full(lighter=letter())
    assert Letter.model_validate_json(one.model_dump_json()) == one


def size_with(pad: int) -> int:
    return len(mail_of(full(text="x" * pad + "\n")))


def test_a_mail_of_one_byte_less_than_the_limit_is_sent_whole_and_of_the_limit_in_its_lighter_form() -> None:
    lighter = letter(text="Without the picture.\n")
    pad = 150_000
    pad += (BYTES_BELOW - 1 - size_with(pad)) * 75 // 78  # a line of quoted-printable has 75 characters, and three that end it
    while size_with(pad) >= BYTES_BELOW:
        pad -= 1
    while size_with(pad + 1) < BYTES_BELOW:
        pad += 1
    below, at_least = (mail_of(full(text="x" * length + "\n", lighter=lighter)) for length in (pad, pad + 1))
    assert size_with(pad) < BYTES_BELOW <= size_with(pad + 1)
    assert len(below) == size_with(pad)
    assert len(parsed(below).get_content_type()) > 0
    assert b"Without the picture." not in below
    assert at_least == mail_of(lighter)


def test_of_several_lighter_forms_the_first_that_is_small_enough_is_sent_and_else_the_last() -> None:
    small, smallest = letter(text="Small.\n", lighter=letter(text="Smallest.\n")), letter(text="y" * 300_000)
    assert mail_of(letter(text="x" * 300_000, lighter=small)) == mail_of(small)
    large = letter(text="z" * 300_000, lighter=letter(text="Small.\n"))
    assert mail_of(letter(text="x" * 300_000, lighter=large)) == mail_of(letter(text="Small.\n"))
    assert mail_of(letter(text="x" * 300_000, lighter=smallest)) == mail_of(smallest)


ATTACK = "<script>x()</script>{{ 7 * 191 }}=cmd|'!A0\r\nBcc: all@ferry.example\r\n\r\nX-Evil: 1 \u202egnp.exe " + "l" * 1200
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}


def hostile() -> Letter:
    """A letter in which everything that can be a person's words is an attack."""
    calendar = CALENDAR.model_copy(update={"name": f"{ATTACK[:200]}.ics", "text": f"X:{ATTACK}\r\n"})
    return full(subject=ATTACK, text=f"{ATTACK}\n", attachments=(calendar,))


def test_what_arrives_at_a_mail_server_is_read_the_same_by_two_parsers(smtp: MailServer) -> None:
    for one in (full(subject="Fähre – 2026Q3", text="Grüße 🚲\n"), hostile()):
        smtp.reset()
        sent = mail_of(one)
        assert deliver(sent, RECIPIENT, settings_for(smtp)).status == "sent"
        [envelope] = smtp.messages
        arrived = envelope.content
        assert isinstance(arrived, bytes)
        first, second = parsed(arrived), mailparser.parse_from_bytes(arrived)
        assert set(first.keys()) == HEADERS
        assert {name.title() for name in second.headers} == {name.title() for name in HEADERS}
        assert second.defects == []
        assert second.to == [("", RECIPIENT)]
        assert second.bcc == []
        assert str(first["Subject"]) == second.subject == " ".join("".join(c if c.isprintable() else " " for c in one.subject).split())
        plain, rich = (first.get_body((kind,)) for kind in ("plain", "html"))
        assert plain is not None
        assert rich is not None
        lines = one.text.replace("\r\n", "\n").splitlines()
        assert plain.get_content().splitlines() == lines
        assert "".join(second.text_plain).splitlines() == lines
        assert "".join(second.text_html).strip() == rich.get_content().strip() == one.html.strip()
        picture, calendar = second.attachments
        assert (picture["mail_content_type"], base64.b64decode(picture["payload"])) == ("image/png", PICTURE.png)
        assert picture["content-id"] == f"<{PICTURE.content_id}>"
        assert calendar["mail_content_type"] == "text/calendar"


def test_a_mail_is_seven_bit_and_has_no_line_that_a_server_may_cut() -> None:
    data = built(subject="ü" * 300, text="ü" * 5000, html=f"<p>{'x' * 5000}</p>")
    assert data.isascii()
    assert max(len(line) for line in data.split(b"\r\n")) <= 78
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert parsed(data)["Subject"] == "ü" * 300


def test_the_same_letter_gives_the_same_bytes_and_another_id_another_boundary() -> None:
    assert built() == built()
    other = build_message(letter(), sender=SENDER, message_id="<other@ferry.example>", date=DATE)
    assert parsed(other).get_boundary() != parsed(built()).get_boundary()


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_subject_adds_a_header(subject: str) -> None:
    message = parsed(built(subject=f"{subject}\r\nBcc: all@ferry.example\u2028X-Evil: 1"))
    assert set(message.keys()) == {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
    assert message["Subject"].endswith("Bcc: all@ferry.example X-Evil: 1")


TWO_ADDRESSES = ("a@x.example\r\nBcc: b@x.example", "a@x.example, b@x.example")


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b@c.example", "jürgen@x.example", "a b@x.example", "a@ü..example", "a@x.example\n", *TWO_ADDRESSES]
)
def test_an_address_that_is_not_one_plain_address_is_refused_with_its_place(address: str) -> None:
    with pytest.raises(InputError, match=r"^audience quality: .+ is no mail address"):
        built(recipient=address)
    with pytest.raises(InputError, match=r"^TOUCHSTONE_MAIL_FROM: .+ is no mail address"):
        build_message(letter(), sender=address, message_id=MESSAGE_ID, date=DATE)


def test_a_domain_with_umlauts_is_written_in_ascii() -> None:
    assert parsed(built(recipient="post@fähre.example"))["To"] == "post@xn--fhre-loa.example"


def test_a_message_id_is_stable_and_differs_by_each_part_of_its_identity() -> None:
    base = ("ferry", "2026Q3", "quality", RECIPIENT)
    first = message_id_for(*base, sender=SENDER)
    assert re.fullmatch(r"<[0-9a-f]{32}@ferry\.example>", first)
    assert first == message_id_for(*base, sender="other@ferry.example")
    assert message_id_for(*base, sender=Settings().mail_from) == first.replace("ferry.example", "localhost")
    others = {message_id_for(*(*base[:part], "other", *base[part + 1 :]), sender=SENDER) for part in range(4)}
    assert len(others | {first}) == 5
    assert message_id_for("a", "bc", "d", "e", sender=SENDER) != message_id_for("ab", "c", "d", "e", sender=SENDER)


def test_a_long_message_id_is_not_folded_or_encoded() -> None:
    message_id = message_id_for("ferry", "2026Q3", "quality", RECIPIENT, sender=f"a@{'long-domain.' * 6}example")
    data = build_message(letter(), sender=SENDER, message_id=message_id, date=DATE)
    assert parsed(data)["Message-ID"] == message_id
    assert f"Message-ID: {message_id}\r\n".encode() in data.replace(b"\r\n <", b" <")


# the outbox folder


def test_without_a_server_the_mail_is_a_file_that_a_mail_program_opens(tmp_path: Path) -> None:
    data = built()
    delivery = deliver(data, RECIPIENT, Settings(outbox=str(tmp_path / "outbox")))
    file = tmp_path / "outbox" / "0123456789abcdef@ferry.example.eml"
    assert delivery == Delivery("sent", f"written to {file}")
    assert list(file.parent.iterdir()) == [file]
    assert file.read_bytes() == data


def test_without_any_setting_the_outbox_lies_in_home(tmp_path: Path) -> None:
    deliver(built(), RECIPIENT, Settings())
    assert (tmp_path / "home" / "outbox" / "0123456789abcdef@ferry.example.eml").exists()


def test_a_full_outbox_disk_is_transient(small_disk: Path) -> None:
    with pytest.raises(ServiceError, match=r"is full; free space"):
        deliver(built(text="x" * 200_000), RECIPIENT, Settings(outbox=str(small_disk)))


# a real server


def test_a_mail_arrives_byte_for_byte_over_starttls_and_login(smtp: MailServer) -> None:
    data = built(text=".\n..\n.hidden\nlast line without an end")
    assert deliver(data, RECIPIENT, settings_for(smtp)) == Delivery("sent", "250 OK")
    [envelope] = smtp.messages
    assert (envelope.mail_from, envelope.rcpt_tos, envelope.content) == ("quality@ferry.example", [RECIPIENT], data)


def test_a_mail_arrives_over_tls_from_the_start(tmp_path: Path) -> None:
    with run_mail_server(tmp_path, security="tls") as server:
        assert deliver(built(), RECIPIENT, settings_for(server, smtp_security="tls")).status == "sent"
        assert len(server.messages) == 1


def test_a_mail_arrives_without_protection_where_that_is_asked_for(tmp_path: Path) -> None:
    with run_mail_server(tmp_path, security="none", offers_login=False) as server:
        settings = settings_for(server, smtp_security="none", smtp_user=None, smtp_password=None)
        assert deliver(built(), RECIPIENT, settings).status == "sent"


def test_a_refused_recipient_is_recorded_and_the_next_mail_goes_out(smtp: MailServer) -> None:
    smtp.refused_recipients.add(RECIPIENT)
    assert deliver(built(), RECIPIENT, settings_for(smtp)) == Delivery("refused", "550 5.1.1 No such mailbox")
    assert deliver(built(recipient="b@ferry.example"), "b@ferry.example", settings_for(smtp)).status == "sent"
    assert [envelope.rcpt_tos for envelope in smtp.messages] == [["b@ferry.example"]]


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_refusal_for_good_is_recorded_at_every_step(smtp: MailServer, step: str) -> None:
    smtp.answers[step] = "554 5.7.1 Policy"
    assert deliver(built(), RECIPIENT, settings_for(smtp)) == Delivery("refused", "554 5.7.1 Policy")
    assert smtp.messages == []


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_refusal_for_now_is_transient_at_every_step(smtp: MailServer, step: str) -> None:
    smtp.answers[step] = "451 4.7.1 Greylisted"
    with pytest.raises(ServiceError, match=r"failed before the mail was sent \(451 4\.7\.1 Greylisted\); run again\.$"):
        deliver(built(), RECIPIENT, settings_for(smtp))
    assert smtp.messages == []


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_a_connection_lost_before_the_mail_is_transient(smtp: MailServer, step: str) -> None:
    smtp.answers[step] = "drop"
    with pytest.raises(ServiceError, match="failed before the mail was sent"):
        deliver(built(), RECIPIENT, settings_for(smtp))
    assert smtp.messages == []


def test_a_connection_lost_after_the_mail_leaves_its_fate_unknown(smtp: MailServer) -> None:
    smtp.answers["DATA"] = "drop"
    delivery = deliver(built(), RECIPIENT, settings_for(smtp))
    assert delivery.status == "unknown"
    assert delivery.detail.startswith("The connection broke before the server answered")
    assert len(smtp.messages) == 1  # it was sent, and a second attempt would have sent it twice


def test_a_refused_login_names_the_settings_and_no_secret(smtp: MailServer) -> None:
    with pytest.raises(InputError, match=r"refuses the login \(code 535\); correct TOUCHSTONE_SMTP_USER and") as caught:
        deliver(built(), RECIPIENT, settings_for(smtp, smtp_password="my-wrong-password"))
    assert "my-wrong-password" not in "".join(map(repr, (caught.value, caught.value.__cause__)))
    smtp.is_login_refused = True
    with pytest.raises(InputError, match="refuses the login"):
        deliver(built(), RECIPIENT, settings_for(smtp))
    assert smtp.messages == []


def test_a_login_that_smtp_cannot_carry_is_refused_without_showing_it(smtp: MailServer) -> None:
    with pytest.raises(InputError, match="takes logins in ASCII only") as caught:
        deliver(built(), RECIPIENT, settings_for(smtp, smtp_password="geheim-ü"))
    assert "geheim" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("missing", ["smtp_user", "smtp_password"])
def test_half_a_login_is_refused(smtp: MailServer, missing: str) -> None:
    with pytest.raises(InputError, match="set both or neither"):
        deliver(built(), RECIPIENT, settings_for(smtp, **{missing: None}))


def test_a_server_that_wants_no_login_gets_none(tmp_path: Path) -> None:
    with run_mail_server(tmp_path, offers_login=False) as server:
        assert deliver(built(), RECIPIENT, settings_for(server, smtp_user=None, smtp_password=None)).status == "sent"


def test_a_server_that_wants_a_login_is_no_refusal_of_the_mail(smtp: MailServer) -> None:
    with pytest.raises(InputError, match=r"wants a login .+; set TOUCHSTONE_SMTP_USER"):
        deliver(built(), RECIPIENT, settings_for(smtp, smtp_user=None, smtp_password=None))


def test_a_server_without_login_cannot_be_logged_in_to(tmp_path: Path) -> None:
    with (
        run_mail_server(tmp_path, security="none", offers_login=False) as server,
        pytest.raises(InputError, match="offers no login that can be used"),
    ):
        deliver(built(), RECIPIENT, settings_for(server, smtp_security="none"))


def test_a_server_without_starttls_gets_neither_login_nor_mail(tmp_path: Path) -> None:
    with run_mail_server(tmp_path, security="none") as server:
        with pytest.raises(InputError, match=r"offers no STARTTLS; set TOUCHSTONE_SMTP_SECURITY=tls"):
            deliver(built(), RECIPIENT, settings_for(server))
        assert server.logins == 0
        assert server.messages == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_untrusted_certificate_gets_neither_login_nor_mail(tmp_path: Path, security: Any) -> None:
    with run_mail_server(tmp_path, security=security) as server:
        with pytest.raises(InputError, match=r"certificate that is not trusted .+; name its authority's file in TOUCHSTONE_SMTP_CA_FILE"):
            deliver(built(), RECIPIENT, settings_for(server, smtp_security=security, smtp_ca_file=None))
        assert server.logins == 0
        assert server.messages == []


def test_a_certificate_for_another_name_is_not_trusted(smtp: MailServer) -> None:
    with pytest.raises(InputError, match="certificate that is not trusted"):
        deliver(built(), RECIPIENT, settings_for(smtp, smtp_host="127.0.0.1"))


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_authorities_that_cannot_be_read_is_named(smtp: MailServer, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(InputError, match=rf"^TOUCHSTONE_SMTP_CA_FILE: {file} holds no certificates"):
        deliver(built(), RECIPIENT, settings_for(smtp, smtp_ca_file=file))


def test_tls_spoken_to_a_server_that_does_not_is_transient(tmp_path: Path) -> None:
    with run_mail_server(tmp_path, security="none") as server, pytest.raises(ServiceError, match="failed before the mail was sent"):
        deliver(built(), RECIPIENT, settings_for(server, smtp_security="tls"))


def test_a_refused_connection_is_transient() -> None:
    with pytest.raises(ServiceError, match=r"127\.0\.0\.1:\d+ failed before the mail was sent \(.*refused\); run again"):
        deliver(built(), RECIPIENT, settings_for_port(closed_port()))


def test_an_unknown_host_is_transient() -> None:
    with pytest.raises(ServiceError, match="failed before the mail was sent"):
        deliver(built(), RECIPIENT, Settings(smtp_host="mail.invalid", mail_from=SENDER))


# trying the login


def test_a_login_is_tried_without_sending_anything(smtp: MailServer) -> None:
    assert try_login(settings_for(smtp)) == f"localhost:{smtp.port} takes mails from quality@ferry.example (starttls, logged in as mailer)"
    assert (smtp.logins, smtp.messages) == (1, [])


def test_a_server_that_wants_no_login_is_tried_without_one(tmp_path: Path) -> None:
    with run_mail_server(tmp_path, security="tls", offers_login=False) as server:
        settings = settings_for(server, smtp_security="tls", smtp_user=None, smtp_password=None)
        assert try_login(settings).endswith("(tls, without a login)")


def test_a_trial_fails_where_a_mail_would(smtp: MailServer) -> None:
    with pytest.raises(InputError, match=r"refuses the login \(code 535\)"):
        try_login(settings_for(smtp, smtp_password="my-wrong-password"))
    with pytest.raises(InputError, match=r"wants a login .+; set TOUCHSTONE_SMTP_USER"):
        try_login(settings_for(smtp, smtp_user=None, smtp_password=None))
    with pytest.raises(InputError, match="certificate that is not trusted"):
        try_login(settings_for(smtp, smtp_ca_file=None))
    with pytest.raises(InputError, match=r"^TOUCHSTONE_MAIL_FROM: 'nobody' is no mail address"):
        try_login(settings_for(smtp, mail_from="nobody"))
    with pytest.raises(ServiceError, match="refused"):
        try_login(settings_for_port(closed_port()))
    assert smtp.messages == []


def test_a_trial_tells_a_sender_that_is_refused_from_a_server_that_is_busy(smtp: MailServer) -> None:
    smtp.answers["MAIL"] = "553 5.7.1 Not yours"
    with pytest.raises(
        InputError, match=r"refuses the sender quality@ferry\.example \(553 5\.7\.1 Not yours\); correct TOUCHSTONE_MAIL_FROM"
    ):
        try_login(settings_for(smtp))
    smtp.answers["MAIL"] = "451 4.7.1 Later"
    with pytest.raises(ServiceError, match=r"451 4\.7\.1 Later\); run again"):
        try_login(settings_for(smtp))


def test_without_a_server_the_outbox_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox"
    assert str(outbox) in try_login(Settings(outbox=str(outbox)))
    assert list(outbox.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be used"):
        try_login(Settings(outbox=str(tmp_path / "file")))


# servers that break the protocol


def speaking(*answers: str) -> Callable[[socket], None]:
    """Return a mail server's side of a talk: a greeting, then one answer to each line and to the mail; then it closes."""

    def talk(connection: socket) -> None:
        with connection.makefile("rb") as stream:
            for answer in answers:
                connection.sendall(f"{answer}\r\n".encode() if answer else b"")
                if answer == "354 go on":
                    while stream.readline() not in {b".\r\n", b""}:
                        pass
                elif answer != answers[-1]:
                    stream.readline()

    return talk


OPENING = ("220 ready", "250 hello", "250 sender", "250 recipient")


def test_a_server_that_breaks_off_during_the_mail_has_not_got_it() -> None:
    mail = built() + b"more than the network's own buffers hold\r\n" * 600_000
    with run_scripted_server(speaking(*OPENING, "354 go on and on")) as port, pytest.raises(ServiceError, match="before the mail was sent"):
        deliver(mail, RECIPIENT, settings_for_port(port))


@pytest.mark.parametrize("answer", ["", "what?", "354 go on still", "2" * 9000])
def test_an_answer_to_the_mail_that_cannot_be_read_leaves_its_fate_unknown(answer: str) -> None:
    with run_scripted_server(speaking(*OPENING, "354 go on", answer)) as port:
        assert deliver(built(), RECIPIENT, settings_for_port(port)).status == "unknown"


def test_a_server_that_does_not_wait_for_the_mail_is_not_sent_it() -> None:
    with run_scripted_server(speaking(*OPENING, "250 what mail?")) as port, pytest.raises(ServiceError, match=r"\(250 what mail\?\)"):
        deliver(built(), RECIPIENT, settings_for_port(port))


@pytest.mark.parametrize("goodbye", ["", "500 what?", "nonsense"])
def test_a_mail_that_was_accepted_is_sent_however_the_server_says_goodbye(goodbye: str) -> None:
    with run_scripted_server(speaking(*OPENING, "354 go on", "250 queued", goodbye)) as port:
        assert deliver(built(), RECIPIENT, settings_for_port(port)) == Delivery("sent", "250 queued")


@pytest.mark.parametrize("greeting", ["", "421 too busy", "554 no"])
def test_a_server_that_does_not_greet_is_transient(greeting: str) -> None:
    with run_scripted_server(speaking(greeting)) as port, pytest.raises(ServiceError, match="failed before the mail was sent"):
        deliver(built(), RECIPIENT, settings_for_port(port))


def test_a_long_answer_with_control_characters_is_shortened_to_one_line() -> None:
    with run_scripted_server(speaking(*OPENING[:3], f"550-first\x1b[31m\r\n550 {'x' * 2000}")) as port:
        delivery = deliver(built(), RECIPIENT, settings_for_port(port))
    assert delivery.status == "refused"
    assert delivery.detail.startswith("550 first [31m xxx")
    assert len(delivery.detail) == 300


def test_the_password_reaches_no_log(smtp: MailServer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    deliver(built(), RECIPIENT, settings_for(smtp))
    captured = capfd.readouterr()
    assert smtp.password not in captured.out + captured.err + caplog.text
