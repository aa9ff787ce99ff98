"""The doctor: all is well where all is well, and each thing that is broken is named, alone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from config.calendar import latest_due
from config.errors import InputError, ServiceError
from config.loading import freeze, load_programme
from config.periods import Quarter
from config.settings import Settings, load_settings
from flows.cycle import run_cycle
from flows.doctor import installation as doctor_installation
from flows.doctor.examine import Finding, examine
from flows.doctor.web import time_of_prefect, try_prefect
from tasks.ledger.connection import Ledger
from tasks.ledger.locks import locked
from tasks.ledger.models import Base, Cycle, FollowUpRow, Input, Mail
from tasks.results import FollowUp
from tasks.store.folder import FolderStore
from tasks.store.trial import try_out
from tests.flows.shop import AS_OF, answers, complaints, write_csv
from tests.flows.test_prefect import prefect_server
from tests.ledgers import execute, foreign_lock, opened, put_lock, write
from tests.services import MailServer, S3Server, closed_port, fresh_database

JULY = datetime(2026, 7, 20, 9, tzinfo=UTC)  # 2026Q2 has ended, its files are there, and its cycle was due on the 7th
Trouble = dict[tuple[str, str], str]


def trouble(findings: tuple[Finding, ...]) -> Trouble:
    """What is not ok: the state by programme and name."""
    assert all(bool(one.what_to_do) == (one.state != "ok") for one in findings)
    return {(one.programme, one.name): one.state for one in findings if one.state != "ok"}


def words(findings: tuple[Finding, ...], name: str) -> str:
    return "\n".join(one.words for one in findings if one.name == name)


def advice(findings: tuple[Finding, ...], name: str) -> str:
    return "\n".join(one.what_to_do for one in findings if one.name == name)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def rows_of(ledger: Ledger) -> dict[str, list[Any]]:
    """Every row of the ledger, by table."""
    with ledger.engine.connect() as connection:
        return {name: list(connection.execute(table.select())) for name, table in Base.metadata.tables.items()}


# every service there is


@dataclass(frozen=True)
class Installation:
    """An installation with every service, and what is asked of the doctor."""

    programme: Path
    settings: Settings
    s3: S3Server
    smtp: MailServer
    buckets: tuple[str, str]

    def examine(self, **changed: Any) -> tuple[Finding, ...]:
        return examine([self.programme], self.settings.model_copy(update=changed), datetime.now(UTC))

    def keys(self) -> list[str]:
        """The key of every object in the store and the vault."""
        pages = [self.s3.client.list_objects_v2(Bucket=bucket) for bucket in self.buckets]
        return [item["Key"] for page in pages for item in page.get("Contents", ())]


@pytest.fixture(scope="module")
def database(postgres_url: str) -> Iterator[SecretStr]:
    """The address of a database that no test here changes."""
    with fresh_database(postgres_url) as url:
        yield SecretStr(url)


@pytest.fixture
def serious(shop: Path, s3: S3Server, smtp: MailServer, database: SecretStr) -> Installation:
    """The shop on S3, PostgreSQL and a mail server, with the files of the quarter that really ended last."""
    quarter = Quarter.of(datetime.now(UTC).date(), "january").back(1)
    for one in (quarter, quarter.back(1)):
        start = datetime.combine(one.first_day("january"), datetime.min.time(), UTC) + timedelta(days=1)
        write_csv(shop.parent / f"complaints-{one}.csv", complaints(str(one), start))
        write_csv(shop.parent / f"survey-{one}.csv", answers(str(one), start))
    buckets = s3.make_bucket(), s3.make_bucket()
    settings = load_settings(
        store=f"s3://{buckets[0]}/site",
        vault=f"s3://{buckets[1]}",
        s3_endpoint=s3.endpoint,
        database=database,
        smtp_host=smtp.host,
        smtp_port=smtp.port,
        smtp_ca_file=smtp.ca_file,
        smtp_user=smtp.user,
        smtp_password=smtp.password,
        mail_from="quality@shop.example",
    )
    return Installation(shop, settings, s3, smtp, buckets)


def test_with_real_services_everything_is_ok_and_the_doctor_leaves_nothing_behind(serious: Installation, fresh_postgres_url: str) -> None:
    for bucket in serious.buckets:
        serious.s3.client.put_object(Bucket=bucket, Key="site/kept", Body=b"")
    with opened(fresh_postgres_url) as ledger:
        note(ledger, edition(str(latest_due(load_programme(serious.programme), datetime.now(UTC)))))
        before = rows_of(ledger)
        findings = serious.examine(database=SecretStr(fresh_postgres_url))
        assert rows_of(ledger) == before
    assert trouble(findings) == {}
    assert [one.name for one in findings] == [
        *("ledger", "store", "vault", "mail", "Prefect", "disk", "clock"),
        *("programme", "zone", "pseudonym key", "source complaints", "source survey"),
        *("lock", "cycles", "late feeds", "follow-ups", "mails"),
    ]
    assert serious.keys() == ["site/kept", "site/kept"]
    assert (serious.smtp.messages, serious.smtp.logins) == ([], 1)
    assert serious.smtp.password not in str(findings)
    assert "schema 0004, the newest" in words(findings, "ledger")
    assert "PostgreSQL's" in words(findings, "clock")


def broken_with_services(name: str, here: Installation, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Break one thing, outside or by the settings that are returned; where it is the mail, the rest are folders."""
    folders = {"store": "", "vault": ""}
    if name == "S3 secret":
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "my-wrong-secret")
    if name == "sender":
        here.smtp.answers["MAIL"] = "553 5.7.1 Not your address"
    changed: dict[str, dict[str, Any]] = {
        "SMTP password": folders | {"smtp_password": SecretStr("my-wrong-password")},
        "SMTP port": folders | {"smtp_port": closed_port()},
        "sender": folders,
        "store's bucket": {"store": "s3://not-there/site"},
        "vault's bucket": {"vault": "s3://not-there"},
        "S3 secret": {},
        "S3 port": {"s3_endpoint": f"http://127.0.0.1:{closed_port()}"},
    }
    return changed[name]


@pytest.mark.parametrize(
    ("name", "expected", "said"),
    [
        ("SMTP password", {"mail": "broken"}, "refuses the login (code 535)"),
        ("SMTP port", {"mail": "broken"}, "refused"),
        ("sender", {"mail": "broken"}, "refuses the sender quality@shop.example (553 5.7.1 Not your address)"),
        ("store's bucket", {"store": "broken"}, "create the bucket or name another one"),
        ("vault's bucket", {"vault": "broken"}, "create the bucket or name another one"),
        ("S3 secret", {"store": "broken", "vault": "broken"}, "check AWS_ACCESS_KEY_ID"),
        ("S3 port", {"store": "broken", "vault": "broken"}, "does not answer"),
    ],
)
def test_a_service_that_is_broken_is_named_and_nothing_else(
    serious: Installation, monkeypatch: pytest.MonkeyPatch, name: str, expected: Trouble, said: str
) -> None:
    findings = serious.examine(**broken_with_services(name, serious, monkeypatch))
    assert trouble(findings) == {("", part): state for part, state in expected.items()}
    assert said in words(findings, next(iter(expected)))
    assert "my-wrong" not in str(findings)
    assert serious.keys() == []


@pytest.mark.parametrize(
    ("ahead", "state", "said"),
    [
        (timedelta(seconds=50), "ok", "50 s ahead of"),
        (timedelta(minutes=5), "attention", "300 s ahead of"),
        (timedelta(hours=1), "broken", "3600 s ahead of"),
        (timedelta(hours=-1), "broken", "3600 s behind"),
    ],
)
def test_a_clock_that_differs_from_that_of_postgresql_is_named(
    shop: Path, database: SecretStr, ahead: timedelta, state: str, said: str
) -> None:
    findings = look(now=datetime.now(UTC) + ahead, database=database)
    assert trouble(findings) == ({("", "clock"): state} if state != "ok" else {})
    assert words(findings, "clock") == f"this machine's clock is {said} PostgreSQL's"


def test_a_ledger_that_a_newer_version_wrote_is_named_and_the_s3_service_tells_the_time(
    serious: Installation, fresh_postgres_url: str
) -> None:
    with opened(fresh_postgres_url) as ledger:
        execute(ledger, "UPDATE alembic_version SET version_num = '9999'")
    findings = serious.examine(database=SecretStr(fresh_postgres_url))
    assert trouble(findings) == {("", "ledger"): "broken"}
    assert "written by a newer Touchstone (schema 9999)" in words(findings, "ledger")
    assert "the S3 service's" in words(findings, "clock")


def test_a_ledger_that_can_be_read_and_not_written_is_broken(shop: Path, fresh_postgres_url: str) -> None:
    with opened(fresh_postgres_url) as ledger:
        execute(ledger, f"ALTER DATABASE {make_url(fresh_postgres_url).database} SET default_transaction_read_only = on")
    findings = look(shop, database=fresh_postgres_url)
    assert trouble(findings) == {("", "ledger"): "broken"}
    assert "read-only transaction" in words(findings, "ledger")


# folders only


@pytest.fixture
def ledger(shop: Path) -> Iterator[Ledger]:
    """The ledger of an installation without services."""
    with opened(load_settings().database_url) as one:
        yield one


def look(*programmes: Path, now: datetime = JULY, **given: Any) -> tuple[Finding, ...]:
    return examine(programmes, load_settings(**given), now)


def note(ledger: Ledger, *rows: Base) -> None:
    write(ledger, *rows, programme="shop")


def edition(name: str, status: str = "finished", error: str = "", **parts: Any) -> Cycle:
    fixed = {
        "programme": "shop",
        "edition": name,
        "cycle": name[:6],
        "revision": 1,
        "is_draft": "draft" in name,
        "attempt": 1,
        "status": status,
        "as_of": "2026-04-10T09:00:00+00:00",
        "frozen": "{}",
        "programme_sha256": "",
        "versions": "{}",
        "reason": "",
        "error": error,
        "opened_at": name,
        "closed_at": name,
    }
    return Cycle(**(fixed | parts))


def given_rows(name: str, source: str, accepted: int, **parts: Any) -> Input:
    fixed = {"programme": "shop", "edition": name, "attempt": 1, "source": source, "cycle": name, "place": "", "sha256": ""}
    counts = {"read": 5, "filtered": 5 - accepted, "outside_period": 0, "collapsed": 0, "duplicates": 0, "quarantined": 0}
    return Input(**(fixed | counts | {"accepted": accepted} | parts))


def mail(status: str, **parts: Any) -> Mail:
    fixed = {"message_id": f"<{status}@shop.example>", "programme": "shop", "edition": "2026Q2", "audience": "leadership"}
    rest = {"recipient": "director@shop.example", "subject": "", "body": "{}", "status": status, "detail": "451 later"}
    return Mail(**(fixed | rest | parts))


def follow_up(number: int, owner: str, status: str = "proposed") -> FollowUpRow:
    one = FollowUp(
        id=f"fu-{number}",
        finding="standard:on-time:all",
        kind="corrective",
        status=status,  # type: ignore[arg-type]
        title="Keep the standard",
        opened_in="2026Q1",
        last_seen_in="2026Q1",
        times_seen=1,
        stages=(),
        touchpoints=(),
        owner=owner,
        departments=(owner,),
        due=date(2026, 5, 1),
        evidence="",
    )
    return FollowUpRow(programme="shop", id=one.id, status=status, edition="2026Q1", content=one.model_dump_json())


def test_after_a_real_cycle_everything_is_ok_and_the_doctor_leaves_no_file_behind(shop: Path, tmp_path: Path) -> None:
    run_cycle(shop, "2026Q2", as_of=AS_OF["2026Q2"])
    left = files_in(tmp_path / "home")
    findings = look(shop)
    assert trouble(findings) == {}
    assert files_in(tmp_path / "home") == left
    assert "nothing to compare with" in words(findings, "clock")
    assert "runs inside the process" in words(findings, "Prefect")
    assert words(findings, "zone") == (
        "in Europe/London it is 2026-07-20 10:00 (UTC+01:00); 2026Q3 is due at 2026-10-07 09:00 (UTC+01:00): "
        "5th working day after 2026Q3 ended on 30 September 2026; not worked: Sat 3 October, Sun 4 October"
    )


def test_before_the_first_cycle_nothing_but_the_empty_ledger_is_written(shop: Path, tmp_path: Path) -> None:
    assert trouble(look(shop)) == {}
    assert {path.name.split("-")[0] for path in files_in(tmp_path / "home")} == {"ledger.db"}


def test_the_doctor_waits_for_no_heavy_library_that_it_does_not_need(shop: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom flows.doctor.examine import examine_in_rows\n"
        "print(*examine_in_rows([Path(sys.argv[1])])[0])\n"
        "print({'prefect', 'great_expectations', 'boto3'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program, str(shop)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).parents[2])
    assert (done.stdout, done.stderr) == ("programme name state words what_to_do\nset()\n", "")


def test_a_programme_that_is_wrong_is_the_only_thing_said_about_it(shop: Path) -> None:
    shop.write_text(shop.read_text().replace("Europe/London", "Europe/Londn"))
    findings = look(shop)
    assert trouble(findings) == {(str(shop), "programme"): "broken"}
    assert "'Europe/Londn' is no time zone" in words(findings, "programme")


def test_a_calendar_without_a_working_day_is_said_where_it_matters_and_stops_no_other_check(shop: Path) -> None:
    closed = 'closures: [{first: 2026-01-01, last: 2030-12-31, reason: "Closed for good"}]'
    shop.write_text(shop.read_text().replace("holidays: GB-ENG}", f"holidays: GB-ENG, {closed}}}"))
    findings = look(shop)
    assert trouble(findings) == {("shop", "zone"): "broken", ("shop", "sources"): "broken"}
    assert "working day" in words(findings, "zone")
    assert findings[-1].name == "mails"


def test_two_programmes_are_examined_one_after_the_other(shop: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(shop.read_text().replace("programme: shop", "programme: stall"))
    findings = look(shop, other, tmp_path / "none.yaml")
    assert [one.programme for one in findings if one.name == "zone"] == ["shop", "stall"]
    assert trouble(findings) == {(str(tmp_path / "none.yaml"), "programme"): "broken"}


def test_a_source_that_cannot_be_read_is_broken_once_its_cycle_is_due_and_until_it_is_done(shop: Path, ledger: Ledger) -> None:
    (shop.parent / "survey-2026Q2.csv").unlink()
    early = look(shop, now=datetime(2026, 7, 7, 7, 59, tzinfo=UTC))
    assert trouble(early) == {("shop", "source survey"): "attention"}
    assert "the cycle of 2026Q2 needs it, due at 2026-07-07 09:00 (UTC+01:00)" in advice(early, "source survey")
    late = look(shop, now=datetime(2026, 7, 7, 8, 0, tzinfo=UTC))
    assert trouble(late) == {("shop", "source survey"): "broken"}
    assert f"there is no file {shop.parent}/survey-2026Q2.csv; put it there" in words(late, "source survey")
    note(ledger, edition("2026Q2"))
    assert trouble(look(shop)) == {("shop", "source survey"): "attention"}


def test_a_source_without_a_column_that_is_needed_is_broken(shop: Path) -> None:
    shop.write_text(shop.read_text().replace("record_id: id\n      pipe", "record_id: idd\n      pipe"))
    findings = look(shop)
    assert trouble(findings) == {("shop", "source complaints"): "broken"}
    assert "has no column 'idd'" in words(findings, "source complaints")


def test_a_missing_key_of_pseudonyms_is_named_with_the_sources_that_want_it(shop: Path) -> None:
    shop.write_text(shop.read_text().replace("      category: about", "      customer_id: id\n      category: about"))
    findings = look(shop)
    assert trouble(findings) == {("shop", "pseudonym key"): "broken"}
    assert words(findings, "pseudonym key").endswith("cannot be taken in: complaints")
    assert trouble(look(shop, pseudonym_key="a key")) == {}


def test_an_outbox_that_cannot_be_written_is_broken(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert trouble(look(shop, outbox=str(tmp_path / "file"))) == {("", "mail"): "broken"}
    findings = look(shop, mail_from="nobody")
    assert trouble(findings) == {("", "mail"): "broken"}
    assert "TOUCHSTONE_MAIL_FROM: 'nobody' is no mail address" in words(findings, "mail")


def test_a_small_disk_is_broken_and_named_with_its_figure(shop: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = look(shop, vault=str(small_disk))
    assert trouble(findings) == {("", "disk"): "broken"}
    assert "vault 0.1 MiB" in words(findings, "disk")
    assert advice(findings, "disk").endswith(": vault")
    assert files_in(small_disk) == []
    monkeypatch.setattr(doctor_installation, "BROKEN_BELOW_BYTES", 1)
    assert trouble(look(shop, vault=str(small_disk))) == {("", "disk"): "attention"}


# the lists


def test_every_quarter_without_a_finished_cycle_is_listed_with_its_state_and_its_remedy(shop: Path, ledger: Ledger) -> None:
    note(
        ledger,
        edition("2024Q3"),
        edition("2024Q3.r2", "failed", "a revision that failed leaves the first edition finished"),
        edition("2024Q4.draft1"),
        edition("2025Q1", "interrupted", "the disk is full"),
        edition("2025Q2", "running"),
        edition("2025Q3", "failed", "no column 'id'"),
        edition("2025Q4", "not_publishable"),
        edition("2026Q1", "awaiting_approval"),
        edition("2026Q2", "rejected", "Ann rejected the plan: too late"),
    )
    findings = [one for one in look(shop) if one.state != "ok"]
    assert {(one.programme, one.name, one.state) for one in findings} == {("shop", "cycles", "attention")}
    backfill = f"touchstone backfill {shop}"
    assert [(one.words, one.what_to_do) for one in findings] == [
        ("2024Q4 was never begun", f"{backfill} runs what is missing, in order"),
        ("2025Q1 was interrupted: the disk is full", f"{backfill} goes on with it"),
        ("2025Q2 was interrupted", f"{backfill} goes on with it"),
        ("2025Q3 failed: no column 'id'", f"put right what the error names (touchstone status shop), then: {backfill}"),
        ("2025Q4 is not publishable", f"correct the source or the mapping, then: {backfill}"),
        ("2026Q1 waits for an approval", f"look at it and decide: touchstone approve {shop} --name NAME"),
        ("2026Q2 was rejected: Ann rejected the plan: too late", f"change what was rejected, then: {backfill}"),
    ]


def test_a_quarter_whose_cycle_is_not_due_or_that_is_being_run_is_not_missing(shop: Path, ledger: Ledger) -> None:
    note(ledger, edition("2026Q1"))
    assert trouble(look(shop, now=datetime(2026, 7, 7, 7, 59, tzinfo=UTC))) == {}
    assert trouble(look(shop)) == {("shop", "cycles"): "attention"}
    with locked(ledger, "shop", "2026Q2", 90):
        findings = look(shop)
    assert trouble(findings) == {}
    assert f"a cycle is being run by {ledger.actor} (process {os.getpid()}" in words(findings, "lock")


def test_the_lock_of_a_run_that_died_is_listed(shop: Path, ledger: Ledger) -> None:
    put_lock(ledger, foreign_lock(-1, programme="shop"))
    findings = look(shop)
    assert trouble(findings) == {("shop", "lock"): "attention"}
    assert "a run that died left its lock: bob@elsewhere (process 1 on elsewhere" in words(findings, "lock")


def test_a_source_that_fell_silent_is_a_late_feed(shop: Path, ledger: Ledger) -> None:
    note(ledger, edition("2026Q1"), edition("2026Q2", attempt=2), edition("2026Q2.draft1"))
    note(ledger, given_rows("2026Q1", "complaints", 5), given_rows("2026Q1", "survey", 4))
    note(ledger, given_rows("2026Q2", "complaints", 5, attempt=2), given_rows("2026Q2", "survey", 3))  # of the attempt before
    note(ledger, given_rows("2026Q2", "survey", 0, attempt=2), given_rows("2026Q2", "survey", 4, attempt=2, cycle="2026Q1"))
    note(ledger, given_rows("2026Q2.draft1", "complaints", 0, cycle="2026Q2"))
    findings = look(shop)
    assert trouble(findings) == {("shop", "late feeds"): "attention"}
    assert words(findings, "late feeds") == "source survey gave no accepted row to 2026Q2, and 4 to 2026Q1"
    assert advice(findings, "late feeds").endswith(f"touchstone run {shop} --cycle 2026Q2 --revise REASON")


def test_a_source_that_never_gave_a_row_and_one_that_gives_again_are_not_late(shop: Path, ledger: Ledger) -> None:
    note(ledger, edition("2026Q1"), edition("2026Q2"))
    note(ledger, given_rows("2026Q1", "complaints", 0), given_rows("2026Q1", "survey", 0))
    note(ledger, given_rows("2026Q2", "complaints", 5), given_rows("2026Q2", "survey", 0))
    assert trouble(look(shop)) == {}


def test_follow_ups_whose_department_is_gone_or_has_no_address_have_no_owner(shop: Path, ledger: Ledger) -> None:
    shop.write_text(shop.read_text().replace("title: Web team, mail: web@shop.example", "title: Web team"))
    note(ledger, edition("2026Q2"), *(follow_up(number, "bakery") for number in range(4)))
    note(ledger, follow_up(5, "web"), follow_up(6, "transport"), follow_up(7, "kitchen", "verified"))
    findings = look(shop)
    assert trouble(findings) == {("shop", "follow-ups"): "attention"}
    assert words(findings, "follow-ups").splitlines() == [
        "4 open follow-up(s) belong to 'bakery', which is no department of the programme any more: fu-0, fu-1, fu-2, …",
        "1 open follow-up(s) belong to 'web', which has no mail address: fu-5",
    ]


def test_a_mail_that_nobody_can_tell_of_or_that_waits_is_listed_with_the_command(shop: Path, ledger: Ledger) -> None:
    note(ledger, edition("2026Q2"), *map(mail, ("sent", "unknown", "refused", "queued", "sending")))
    findings = look(shop)
    assert trouble(findings) == {("shop", "mails"): "attention"}
    assert "the mail of 2026Q2 to director@shop.example (leadership) is unknown: 451 later" in words(findings, "mails")
    commands = advice(findings, "mails").splitlines()
    assert all(
        f"touchstone mail resend {status}@shop.example" in "".join(commands) for status in ("unknown", "refused", "queued", "sending")
    )
    assert len(commands) == 4
    with locked(ledger, "shop", "2026Q2", 90):  # it sends what is queued
        assert len(advice(look(shop), "mails").split("\n")) == 2


def test_without_a_programme_all_that_the_ledger_knows_are_examined_as_their_newest_edition_froze_them(shop: Path, ledger: Ledger) -> None:
    was = freeze(load_programme(shop))
    note(ledger, edition("2026Q1", frozen=was.replace("Europe/London", "Europe/Paris"), opened_at="1"), edition("2026Q2", frozen=was))
    write(ledger, programme="never-begun")
    note(ledger, follow_up(1, "bakery"))
    findings = look()
    assert {one.programme for one in findings} == {"", "shop"}
    assert trouble(findings) == {("shop", "follow-ups"): "attention"}
    assert "in Europe/London" in words(findings, "zone")


# Prefect


@contextmanager
def web_server(pages: dict[str, tuple[int, str]]) -> Iterator[str]:
    """A web server that answers with a status and a text at each path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = pages.get(self.path, (404, ""))
            if status == 200 and self.path.endswith("/version") and "login" in pages:
                status = 200 if self.headers["Authorization"] == pages["login"][1] else 401
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()
        thread.join()


def healthy(there: str = version("prefect")) -> dict[str, tuple[int, str]]:
    """What a Prefect server answers."""
    return {"/api/health": (200, "true"), "/api/admin/version": (200, f'"{there}"')}


@pytest.mark.parametrize(
    ("pages", "state", "said"),
    [
        (healthy(), "ok", f"the server answers, Prefect {version('prefect')}"),
        (healthy("99.0.1"), "ok", "Prefect 99.0.1"),
        (healthy() | {"/api/admin/version": (404, "")}, "ok", "of a version that it does not tell"),
        (healthy("3.1.0"), "attention", f"Prefect 3.1.0; here is {version('prefect')}"),
        (healthy() | {"/api/health": (503, "")}, "broken", "no Prefect server says that it is well (503)"),
        (healthy() | {"/api/admin/version": (200, "<!doctype html>")}, "broken", "write its address with /api at the end"),
        (healthy() | {"login": (0, "Basic YW5uOmh1c2g=")}, "broken", "the server wants another login"),
    ],
)
def test_the_prefect_server_is_asked_for_its_health_and_its_version(
    monkeypatch: pytest.MonkeyPatch, pages: dict[str, tuple[int, str]], state: str, said: str
) -> None:
    with web_server(pages) as api:
        monkeypatch.setenv("PREFECT_API_URL", api)
        finding = try_prefect()
    assert (finding.state, said in finding.words) == (state, True)


@pytest.mark.parametrize(("name", "secret"), [("PREFECT_API_AUTH_STRING", "ann:hush"), ("PREFECT_API_KEY", "hush")])
def test_the_prefect_server_is_shown_the_login_that_prefect_would_show_it(monkeypatch: pytest.MonkeyPatch, name: str, secret: str) -> None:
    shown = {"ann:hush": "Basic YW5uOmh1c2g=", "hush": "Bearer hush"}[secret]
    with web_server(healthy() | {"login": (0, shown)}) as api:
        monkeypatch.setenv("PREFECT_API_URL", api)
        assert try_prefect().state == "broken"
        monkeypatch.setenv(name, secret)
        assert try_prefect().state == "ok"


def test_a_prefect_server_that_does_not_answer_is_broken_and_no_login_is_shown(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{closed_port()}/api")
    findings = look(shop)
    assert trouble(findings) == {("", "Prefect"): "broken"}
    assert "does not answer (" in words(findings, "Prefect")
    monkeypatch.setenv("PREFECT_API_URL", f"http://ann:hush@127.0.0.1:{closed_port()}/api")
    assert trouble(look(shop)) == {("", "Prefect"): "broken"}
    assert "hush" not in str(look(shop))


def test_where_there_is_nothing_else_the_prefect_server_tells_the_time(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with web_server(healthy()) as api:
        monkeypatch.setenv("PREFECT_API_URL", api)
        findings = look(shop, now=JULY)
    assert trouble(findings) == {("", "clock"): "broken"}
    assert "behind the Prefect server's" in words(findings, "clock")


@pytest.mark.soak
def test_a_real_prefect_server_is_well_and_of_this_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with prefect_server(tmp_path / "prefect") as api:
        monkeypatch.setenv("PREFECT_API_URL", api)
        assert try_prefect().words == f"the server answers, Prefect {version('prefect')}; here is {version('prefect')}"
        assert abs(time_of_prefect() - datetime.now(UTC)) < timedelta(seconds=5)
        monkeypatch.setenv("PREFECT_API_URL", api.removesuffix("/api"))
        assert try_prefect().state == "broken"


# the trial of a store


class Keeping(FolderStore):
    """A store whose service lets nobody delete."""

    def delete(self, key: str) -> None:  # noqa: ARG002
        raise InputError(f"{self.root} refuses the request (AccessDenied).")


class Forgetful(FolderStore):
    """A store that gives back other bytes than it was given."""

    def get(self, key: str) -> bytes:
        return super().get(key)[1:]


class Haunted(FolderStore):
    """A store that says it has deleted, and has not."""

    def delete(self, key: str) -> None:
        pass


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        (Keeping, InputError, "AccessDenied"),
        (Forgetful, ServiceError, "gives back other bytes"),
        (Haunted, ServiceError, "after it was deleted"),
    ],
)
def test_a_store_that_cannot_do_everything_a_cycle_needs_fails_its_trial(
    tmp_path: Path, kind: type[FolderStore], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        try_out(kind(tmp_path))
    assert kind is not Forgetful or files_in(tmp_path) == []


def test_what_a_trial_wrote_is_deleted_where_it_cannot_be_read_back(tmp_path: Path) -> None:
    class Unreadable(FolderStore):
        def get(self, key: str) -> bytes:  # noqa: ARG002
            raise ServiceError("busy")

    with pytest.raises(ServiceError, match="busy"):
        try_out(Unreadable(tmp_path))
    assert files_in(tmp_path) == []
