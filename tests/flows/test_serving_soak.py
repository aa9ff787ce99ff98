"""Three quarters of the demo under `serve`, every service a process of its own; killed and starved, and the end is the same.

Prefect's server and the ledger are on PostgreSQL, reports and vault on S3, mail goes over SMTP, all on loopback.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from flows.audit import verify
from tasks.demo.generate import DemoData, generate
from tests.flows.served import Service, published_bytes, serving
from tests.services import closed_port, make_database, postgres_server, rclone_command, running, s3_client

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
ROOT = Path(__file__).parents[2]
QUARTERS = ("2025Q1", "2025Q2", "2025Q3")
PROGRAMME = "caldersound-ferries"
MINUTE = 60
KEY, SECRET = "touchstone-tests", "secret-of-the-tests"
Disturb = Callable[["World", Service, str], None]


class World:
    """Every service of one installation, each of which can be stopped and started again in its place."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.s3_port, self.mail_port, self.prefect_port = closed_port(), closed_port(), closed_port()
        self.inbox = folder / "inbox"
        self.inbox.mkdir(parents=True)
        self.buckets = folder / "s3"
        self.buckets.mkdir()
        self.postgres = stack.enter_context(postgres_server(Path(tempfile.mkdtemp(prefix="touchstone-pg-"))))
        self.ledger_url = make_database(self.postgres.url)
        self.prefect_url = make_database(self.postgres.url)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        stack.callback(lambda: [self.stop(name) for name in list(self.processes)])
        for name in ("s3", "mail", "prefect"):
            self.start(name)
        for bucket in ("reports", "vault-of-words"):
            s3_client(self.endpoint, KEY, SECRET).create_bucket(Bucket=bucket)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.s3_port}"

    @property
    def settings(self) -> dict[str, str]:
        """The environment of whoever uses these services."""
        return {
            "DATA": str(self.folder / "demo"),
            "PREFECT_API_URL": f"http://127.0.0.1:{self.prefect_port}/api",
            "TOUCHSTONE_DATABASE": self.ledger_url,
            "TOUCHSTONE_STORE": "s3://reports/touchstone",
            "TOUCHSTONE_VAULT": "s3://vault-of-words/touchstone",
            "TOUCHSTONE_S3_ENDPOINT": self.endpoint,
            "TOUCHSTONE_SMTP_HOST": "127.0.0.1",
            "TOUCHSTONE_SMTP_PORT": str(self.mail_port),
            "TOUCHSTONE_SMTP_SECURITY": "none",
            "TOUCHSTONE_PSEUDONYM_KEY": "a key for invented customers",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def start(self, name: str) -> None:
        """Start a service, and wait until it answers."""
        if name == "postgres":
            self.postgres.start()
            return
        environment = os.environ | {
            "PREFECT_HOME": str(self.folder / "prefect-server"),
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": self.prefect_url.replace("+psycopg", "+asyncpg"),
        }
        with (self.folder / f"{name}.log").open("ab") as output:
            self.processes[name] = subprocess.Popen(self._command(name), cwd=ROOT, env=environment, stdout=output, stderr=output)
        port = {"s3": self.s3_port, "mail": self.mail_port, "prefect": self.prefect_port}[name]
        deadline = time.monotonic() + 300
        while not running(port):
            assert time.monotonic() < deadline, f"{name} did not start"
            time.sleep(0.2)

    def stop(self, name: str) -> None:
        """Stop a service at once."""
        if name == "postgres":
            self.postgres.stop()
            return
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def without(self, name: str, seconds: float) -> None:
        """Take a service away for so long."""
        self.stop(name)
        time.sleep(seconds)
        self.start(name)

    def _command(self, name: str) -> list[str]:
        if name == "s3":
            return rclone_command(f"{KEY},{SECRET}", self.buckets, self.s3_port)
        if name == "mail":
            return [sys.executable, "-m", "tests.mail_host", str(self.mail_port), str(self.inbox)]
        return [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.prefect_port), "--no-ui"]

    def received(self) -> Counter[tuple[str, str]]:
        """How often each mail was received: by Message-ID and recipient."""
        mails = [message_from_bytes(path.read_bytes()) for path in self.inbox.glob("*.eml")]
        return Counter((str(mail["Message-ID"]), str(mail["To"])) for mail in mails)

    def published(self) -> dict[str, bytes]:
        """Every published file whose bytes are promised."""
        root = self.buckets / "reports" / "touchstone" / PROGRAMME
        files = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
        return published_bytes(files)


@contextmanager
def world(folder: Path, data: DemoData) -> Iterator[World]:
    """Yield a fresh installation with the demo's data."""
    for name, content in data.files.items():
        path = folder / "demo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with ExitStack() as stack:
        yield World(folder, stack)


@pytest.fixture(scope="module")
def data() -> DemoData:
    return generate(1)


def live_through(folder: Path, data: DemoData, monkeypatch: pytest.MonkeyPatch, disturb: Disturb) -> dict[str, Any]:
    """Let three quarters pass, one after another, with a disturbance in each; return the end state."""
    with world(folder, data) as here, serving(folder / "demo" / "programme.yaml", PROGRAMME, folder, **here.settings) as service:
        for quarter in QUARTERS:
            service.begin(quarter, data.as_of[quarter])
            disturb(here, service, quarter)
            service.wait_for_status(quarter, "finished")
        for name, value in here.settings.items():
            monkeypatch.setenv(name, value)
        proof = verify(PROGRAMME)
        return {
            "published": here.published(),
            "received": here.received(),
            "problems": proof["problems"],
            "history": [service.status(quarter) for quarter in QUARTERS],
            "left": service.stop(),
        }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, data: DemoData) -> Iterator[dict[str, Any]]:
    with pytest.MonkeyPatch.context() as patch:
        yield live_through(tmp_path_factory.mktemp("undisturbed"), data, patch, lambda *_: None)


def kill_in_each_phase(_here: World, service: Service, quarter: str) -> None:
    """Kill `serve` from outside in Plan, Do, Check and Act, twice a quarter."""
    for step in {"2025Q1": ("plan", "snapshot"), "2025Q2": ("causes", "summary"), "2025Q3": ("publish", "letters")}[quarter]:
        service.wait_for_step(quarter, step)
        service.kill()
        service.start()


def take_a_service_away(here: World, service: Service, quarter: str) -> None:
    """Take PostgreSQL, S3 and the mail server away for a minute, each in the middle of a cycle that needs it."""
    step, name = {"2025Q1": ("pull complaints", "postgres"), "2025Q2": ("summary", "s3"), "2025Q3": ("publish", "mail")}[quarter]
    service.wait_for_step(quarter, step)
    here.without(name, MINUTE)


def test_three_quarters_pass_and_every_recipient_gets_one_mail_a_quarter(undisturbed: dict[str, Any]) -> None:
    assert undisturbed["history"] == ["finished"] * 3
    assert undisturbed["problems"] == []
    assert undisturbed["left"] == 0
    assert set(undisturbed["received"].values()) == {1}
    assert {name.split("/")[0] for name in undisturbed["published"]} == set(QUARTERS)


@pytest.mark.parametrize("disturb", [kill_in_each_phase, take_a_service_away])
def test_whatever_happens_meanwhile_the_end_is_that_of_an_undisturbed_run(
    disturb: Disturb, undisturbed: dict[str, Any], data: DemoData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = live_through(tmp_path, data, monkeypatch, disturb)
    assert ended["history"] == ["finished"] * 3
    assert ended["problems"] == []
    assert ended["published"] == undisturbed["published"]
    of_cycles = {mail: times for mail, times in ended["received"].items() if mail in undisturbed["received"]}
    assert set(of_cycles.values()) == {1}  # none doubled
    assert len(undisturbed["received"]) - len(of_cycles) <= 1  # a mail cut off while it was sent is "unknown", and waits for a person
