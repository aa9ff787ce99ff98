"""Building a mail and handing it to the mail server, or to the outbox folder where no server is set."""

from __future__ import annotations

import hashlib
import json
import re
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import getaddresses, parseaddr
from functools import partial
from typing import Literal

from config.errors import InputError, ServiceError, TouchstoneError
from config.settings import Settings
from tasks.results import Letter, Picture
from tasks.store import open_store
from tasks.store.trial import try_out

_ADDRESS = re.compile(r"[!#$%&'*+/=?^_`{|}~.A-Za-z0-9-]+@[A-Za-z0-9.-]+")
_STEP_SECONDS = 60
_ANSWER_SECONDS = 600  # for the answer to a whole mail: RFC 5321, 4.5.3.2.6
_LOGIN_WANTED = 530
_ANSWER_CHARACTERS = 300
BYTES_BELOW = 200_000  # of a mail; larger ones are cut off by mail programmes, or refused


@dataclass(frozen=True)
class Delivery:
    """What became of one mail.

    sent: the server (or the outbox folder) has it. refused: the server will not take this recipient or
    this mail, now or later. unknown: the connection broke after the whole mail was handed over and
    before the answer; it may have been sent.
    """

    status: Literal["sent", "refused", "unknown"]
    detail: str


def message_id_for(programme: str, edition: str, audience: str, recipient: str, *, sender: str) -> str:
    """Return the Message-ID, in angle brackets, of the one mail to this recipient: the same each time, at the sender's domain."""
    identity = json.dumps([programme, edition, audience, recipient])
    domain = _address(sender, "TOUCHSTONE_MAIL_FROM").rpartition("@")[2]
    return f"<{hashlib.sha256(identity.encode()).hexdigest()[:32]}@{domain}>"


def build_message(letter: Letter, *, sender: str, message_id: str, date: datetime) -> bytes:
    """Return the letter as a mail of less than BYTES_BELOW; the same arguments give the same bytes.

    Where it is larger, the first of its lighter forms that is not stands for it, at last the lightest, whatever its size.
    `sender` may be a bare address or `Name <address>`. Line breaks and control characters in the subject
    become spaces; in an address they raise InputError. `date` must know its zone.
    """
    mail = _message(letter, sender, message_id, date)
    while len(mail) >= BYTES_BELOW and letter.lighter is not None:
        letter = letter.lighter
        mail = _message(letter, sender, message_id, date)
    return mail


def _message(letter: Letter, sender: str, message_id: str, date: datetime) -> bytes:
    """Return plain text and HTML as alternatives, pictures beside the HTML (RFC 2387), attachments after both."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(_one_line(parseaddr(sender)[0]), addr_spec=_address(sender, "TOUCHSTONE_MAIL_FROM"))
    message["To"] = Address(addr_spec=_address(letter.recipient, f"audience {letter.audience}"))
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = date
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note in answer
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    if letter.pictures:
        _add_pictures(message, letter.pictures)
    for one in letter.attachments:
        message.add_attachment(one.text, subtype=one.subtype, params=one.parameters, filename=_one_line(one.name), cte="quoted-printable")
    _set_boundaries(message, message_id)
    return message.as_bytes()


def _add_pictures(message: EmailMessage, pictures: Sequence[Picture]) -> None:
    """Put pictures beside the HTML of a message that has nothing but its two alternatives."""
    rich = [part for part in message.iter_parts() if isinstance(part, EmailMessage)][-1]
    for picture in pictures:
        rich.add_related(picture.png, "image", "png", cid=f"<{picture.content_id}>")
    rich.set_param("type", "text/html")


def _set_boundaries(message: EmailMessage, message_id: str) -> None:
    """Name the boundaries by the Message-ID and the part's place: the same each time, and random in no run."""
    several = (part for part in message.walk() if part.is_multipart())
    for place, part in enumerate(several):  # no line of a quoted-printable or base64 part can hold "=_": they are safe
        part.set_boundary(f"=_{hashlib.sha256(f'{message_id}{place}'.encode()).hexdigest()[:32]}")


def deliver(message: bytes, recipient: str, settings: Settings) -> Delivery:
    """Hand a built mail to the mail server of the settings, or write it to the outbox folder where none is set.

    Raises ServiceError where nothing was sent and trying again may help (no connection, a temporary
    refusal, a disk that is full), and InputError where a setting must change first (login refused, no
    STARTTLS, an untrusted certificate); nothing was sent then either.
    """
    if settings.smtp_host is None:
        return _write_to_outbox(message, settings)
    sender, address = _address(settings.mail_from, "TOUCHSTONE_MAIL_FROM"), _address(recipient, "recipient")
    with _ready_server(settings) as server:
        return _transmit(server, sender, address, message)


def try_login(settings: Settings) -> str:
    """Try all that `deliver` needs short of a mail, and return in words what was tried; errors as `deliver`.

    The mail server is asked whether it takes the sender, and then told to forget it. Where none is set, a file
    is written to the outbox folder and removed.
    """
    sender = _address(settings.mail_from, "TOUCHSTONE_MAIL_FROM")
    if settings.smtp_host is None:
        try_out(open_store(str(settings.outbox_folder)))
        return f"no mail server is set: mails go to the folder {settings.outbox_folder}, which can be written"
    place = f"{settings.smtp_host}:{settings.smtp_port}"
    with _ready_server(settings) as server:
        refusal = _refusal(*server.mail(sender), 2)
        server.rset()
    if refusal is not None:
        raise InputError(f"The mail server {place} refuses the sender {sender} ({refusal.detail}); correct TOUCHSTONE_MAIL_FROM.")
    how = f"logged in as {settings.smtp_user}" if settings.smtp_user else "without a login"
    return f"{place} takes mails from {sender} ({settings.smtp_security}, {how})"


@contextmanager
def _ready_server(settings: Settings) -> Iterator[smtplib.SMTP]:
    """Yield the mail server of the settings, connected and logged in to."""
    with _explaining(f"{settings.smtp_host}:{settings.smtp_port}"), closing(_connect(settings)) as server:
        _greet(server, settings)
        _log_in(server, settings)
        yield server
        with suppress(OSError):  # what was wanted is done, however the server says good-bye
            _set_patience(server, _STEP_SECONDS)
            server.quit()


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _address(given: str, where: str) -> str:
    """Return the bare address, its domain in ASCII; InputError where a mail cannot be sent to it."""
    addresses = getaddresses([given]) or [("", "")]
    local, _, domain = addresses[0][1].rpartition("@")
    with suppress(UnicodeError):  # a domain that has no ASCII form does not match below
        domain = domain.encode("idna").decode()
    address = f"{local}@{domain}"
    if len(addresses) != 1 or not given.isprintable() or not _ADDRESS.fullmatch(address):
        raise InputError(f"{where}: {given!r} is no mail address that can be used; write one such as name@organisation.example.")
    return address


def _write_to_outbox(message: bytes, settings: Settings) -> Delivery:
    message_id = str(BytesHeaderParser(policy=SMTP).parsebytes(message)["Message-ID"])
    name = f"{message_id.strip('<>')}.eml"
    open_store(str(settings.outbox_folder)).put(name, message)
    return Delivery("sent", f"written to {settings.outbox_folder / name}")


@contextmanager
def _explaining(place: str) -> Iterator[None]:
    """Turn what goes wrong before a mail is handed over into an error for people."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        reason = f"shows a certificate that is not trusted ({error.verify_message})"
        raise InputError(f"The mail server {place} {reason}; name its authority's file in TOUCHSTONE_SMTP_CA_FILE.") from error
    except OSError as error:  # smtplib's own errors are among them
        raise ServiceError(f"The mail server {place} failed before the mail was sent ({_reason(error)}); run again.") from error


def _reason(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return _one_line(str(error)) or type(error).__name__


def _connect(settings: Settings) -> smtplib.SMTP:
    host, port = str(settings.smtp_host), settings.smtp_port
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=_STEP_SECONDS, context=_tls_context(settings))
    return smtplib.SMTP(host, port, timeout=_STEP_SECONDS)


def _greet(server: smtplib.SMTP, settings: Settings) -> None:
    """Say hello over a connection protected as asked for; where STARTTLS is not to be had, never in clear text instead."""
    if settings.smtp_security == "starttls":
        try:
            server.starttls(context=_tls_context(settings))
        except smtplib.SMTPNotSupportedError:
            place = f"{settings.smtp_host}:{settings.smtp_port}"
            raise InputError(f"The mail server {place} offers no STARTTLS; set TOUCHSTONE_SMTP_SECURITY=tls, or another port.") from None
    server.ehlo_or_helo_if_needed()  # again after STARTTLS: RFC 3207, 4.2


def _tls_context(settings: Settings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.smtp_ca_file)
    except OSError as error:
        raise InputError(f"TOUCHSTONE_SMTP_CA_FILE: {settings.smtp_ca_file} holds no certificates that can be read ({error}).") from None


def _log_in(server: smtplib.SMTP, settings: Settings) -> None:
    """Log in where a user is set; no error repeats the server's answer or the password."""
    if settings.smtp_user is None and settings.smtp_password is None:
        return
    if settings.smtp_user is None or settings.smtp_password is None:
        raise InputError("Only one of TOUCHSTONE_SMTP_USER and TOUCHSTONE_SMTP_PASSWORD is set; set both or neither.")
    try:
        server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    except (smtplib.SMTPException, UnicodeEncodeError) as error:
        raise _login_error(error, f"The mail server {settings.smtp_host}:{settings.smtp_port}") from None


def _login_error(error: Exception, server: str) -> TouchstoneError:
    code = error.smtp_code if isinstance(error, smtplib.SMTPAuthenticationError) else 0
    if code >= 500:
        return InputError(f"{server} refuses the login (code {code}); correct TOUCHSTONE_SMTP_USER and TOUCHSTONE_SMTP_PASSWORD.")
    if isinstance(error, UnicodeEncodeError):
        return InputError(f"{server} takes logins in ASCII only; choose another TOUCHSTONE_SMTP_USER or TOUCHSTONE_SMTP_PASSWORD.")
    if type(error) in {smtplib.SMTPException, smtplib.SMTPNotSupportedError}:
        return InputError(f"{server} offers no login that can be used; unset TOUCHSTONE_SMTP_USER and TOUCHSTONE_SMTP_PASSWORD.")
    return ServiceError(f"{server} failed at the login ({code or type(error).__name__}), before the mail was sent; run again.")


def _transmit(server: smtplib.SMTP, sender: str, recipient: str, message: bytes) -> Delivery:
    """Send the mail over a connection that is ready; only a break after its last line leaves its fate unknown."""
    steps = ((partial(server.mail, sender), 2), (partial(server.rcpt, recipient), 2), (partial(server.docmd, "DATA"), 3))
    for ask, go_ahead in steps:
        refusal = _refusal(*ask(), go_ahead)
        if refusal is not None:
            return refusal
    lines = re.sub(rb"(?m)^\.", b"..", message)  # RFC 5321, 4.5.2: a lone dot ends the mail
    server.send(lines if lines.endswith(b"\r\n") else lines + b"\r\n")
    try:
        _set_patience(server, _ANSWER_SECONDS)
        server.send(b".\r\n")
        code, reply = server.getreply()
    except OSError as error:
        return Delivery("unknown", f"The connection broke before the server answered ({_one_line(str(error))}).")
    if code // 100 not in {2, 4, 5}:
        return Delivery("unknown", f"The server's answer cannot be read: {_answer(code, reply)}")
    return _refusal(code, reply, 2) or Delivery("sent", _answer(code, reply))


def _refusal(code: int, reply: bytes, go_ahead: int) -> Delivery | None:
    """Return the refusal for good that an answer is, None where its first digit is `go_ahead`; raises where trying again may help."""
    if code == _LOGIN_WANTED:
        raise InputError(f"The mail server wants a login ({_answer(code, reply)}); set TOUCHSTONE_SMTP_USER and TOUCHSTONE_SMTP_PASSWORD.")
    if code // 100 == 5:
        return Delivery("refused", _answer(code, reply))
    if code // 100 != go_ahead:
        raise smtplib.SMTPResponseException(code, reply)
    return None


def _answer(code: int, reply: bytes | str) -> str:
    text = reply if isinstance(reply, str) else reply.decode(errors="replace")
    return _one_line(f"{code} {text}")[:_ANSWER_CHARACTERS]


def _set_patience(server: smtplib.SMTP, seconds: float) -> None:
    if server.sock is not None:
        server.sock.settimeout(seconds)
