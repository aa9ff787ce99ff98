"""Bad input: one clear sentence each, the exit code, a failed row in the ledger, nothing half published."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from config.errors import InputError, ServiceError, TouchstoneError
from flows.audit import verify
from flows.cycle import run_cycle
from flows.status import mail_lines, status_lines
from tests.flows.shop import AS_OF
from tests.services import MailServer, S3Server, closed_port

CYCLE = "2026Q1"


def run(shop: Path) -> str:
    return run_cycle(shop, CYCLE, as_of=AS_OF[CYCLE]).status


def failing(shop: Path, kind: type[TouchstoneError]) -> str:
    """The sentence of the error that a run ends with; the failure is in the ledger before it is raised."""
    with pytest.raises(kind) as error:
        run(shop)
    row = status_lines("shop")[0]
    assert row["status"] == ("interrupted" if error.value.is_transient else "failed")
    assert row["error"] == str(error.value)
    assert "\n" not in row["error"]
    assert row["error"].endswith((".", "?"))
    assert verify("shop")["problems"] == []
    return row["error"]


def nothing_is_published(tmp_path: Path) -> bool:
    published = tmp_path / "home" / "published"
    return not any(path.is_file() and ".staging" not in path.parts for path in published.rglob("*"))


def damaged(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(shop: Path) -> None:
        path = shop.parent / f"complaints-{CYCLE}.csv"
        path.write_bytes(change(path.read_bytes()))

    return apply


def missing(shop: Path) -> None:
    (shop.parent / f"complaints-{CYCLE}.csv").unlink()


def renamed_column(shop: Path) -> None:
    damaged(lambda content: content.replace(b"opened", b"openned", 1))(shop)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (missing, "source 'complaints': there is no file .*complaints-2026Q1.csv; put it there"),
        (renamed_column, "source 'complaints': the file has no column 'opened'; did you mean 'openned'?"),
        (damaged(lambda content: content.replace(b"parcel", b"p\xe4rcel", 1)), "is not utf-8 text .*0xe4.* name its encoding"),
        (damaged(lambda _: b""), "complaints-{cycle}.csv is empty; was the export cut off?"),
        (damaged(lambda content: content.splitlines(keepends=True)[0]), "has a header but no rows; was the export cut off"),
        (damaged(lambda content: content + b'"2026Q1-999,'), "is not readable as CSV"),
    ],
    ids=["missing file", "wrong column name", "wrong encoding", "empty file", "header and no rows", "cut off in a quoted field"],
)
def test_a_source_that_cannot_be_used_is_said_in_one_sentence(
    shop: Path, tmp_path: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    spoil(shop)
    error = failing(shop, InputError)
    assert re.search(sentence.replace("{", r"\{").replace("?", r"\?"), error)
    assert nothing_is_published(tmp_path)


def test_an_unknown_touchpoint_in_the_programme_names_line_and_the_nearest(shop: Path) -> None:
    shop.write_text(shop.read_text().replace("touchpoints: [door], measure: {by", "touchpoints: [dor], measure: {by"))
    with pytest.raises(InputError, match=r"programme\.yaml, line 17, .*'dor' is no touchpoint; did you mean 'door'\?"):
        run(shop)


def test_an_unknown_touchpoint_in_the_data_is_quarantined_with_its_reason(shop: Path, tmp_path: Path) -> None:
    shop.write_text(shop.read_text().replace("category: about\n", "category: about\n      touchpoint: about\n").replace("0.05}", "1.0}"))
    with pytest.raises(TouchstoneError, match="nothing usable from: complaints"):
        run(shop)
    page = (tmp_path / "home" / "published" / "shop" / CYCLE / "validation" / "index.html").read_text()
    assert "touchpoint is one of the programme" in page


def test_a_bucket_that_is_not_there_is_named(shop: Path, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHSTONE_STORE", "s3://no-such-bucket/reports")
    monkeypatch.setenv("TOUCHSTONE_S3_ENDPOINT", s3.endpoint)
    error = failing_without_store(shop, InputError)
    assert "no-such-bucket" in error


def test_a_wrong_s3_secret_is_said_and_not_shown(shop: Path, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = s3.make_bucket()
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-wrong-secret")
    monkeypatch.setenv("TOUCHSTONE_STORE", f"s3://{bucket}/reports")
    monkeypatch.setenv("TOUCHSTONE_S3_ENDPOINT", s3.endpoint)
    assert "a-wrong-secret" not in failing_without_store(shop, InputError)


def failing_without_store(shop: Path, kind: type[TouchstoneError]) -> str:
    with pytest.raises(kind) as error:
        run(shop)
    row = status_lines("shop")[0]
    assert (row["status"], row["error"]) == ("failed", str(error.value))
    return row["error"]


def test_a_wrong_database_password_is_said_and_not_shown(shop: Path, fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy import create_engine, make_url, text

    engine = create_engine(fresh_postgres_url)
    with engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS clerk"))
        connection.execute(text("CREATE ROLE clerk LOGIN PASSWORD 'right'"))
        uses_passwords = connection.execute(
            text("SELECT count(*) FROM pg_hba_file_rules WHERE auth_method NOT IN ('trust', 'peer')")
        ).scalar()
    engine.dispose()
    user = "clerk" if uses_passwords else "nobody_of_that_name"
    url = make_url(fresh_postgres_url).set(username=user, password="wrong-secret")
    monkeypatch.setenv("TOUCHSTONE_DATABASE", url.render_as_string(hide_password=False))
    with pytest.raises(InputError, match=r"cannot be used.*correct TOUCHSTONE_DATABASE") as error:
        run(shop)
    assert "wrong-secret" not in str(error.value)


def test_a_database_that_does_not_answer_can_be_tried_again(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHSTONE_DATABASE", f"postgresql+psycopg://user:secret@127.0.0.1:{closed_port()}/ledger")
    with pytest.raises(ServiceError, match=r"The ledger at postgresql\+psycopg://user:\*\*\*@127\.0\.0\.1:\d+/ledger failed"):
        run(shop)


def use_mail_server(monkeypatch: pytest.MonkeyPatch, smtp: MailServer, port: int | None = None) -> None:
    given = {"HOST": smtp.host, "PORT": port or smtp.port, "USER": smtp.user, "PASSWORD": smtp.password, "CA_FILE": smtp.ca_file}
    for name, value in given.items():
        monkeypatch.setenv(f"TOUCHSTONE_SMTP_{name}", str(value))


def test_a_mail_server_that_refuses_connections_stops_the_cycle_and_the_next_run_sends(
    shop: Path, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_mail_server(monkeypatch, smtp, port=closed_port())
    assert "run again" in failing(shop, ServiceError)
    assert {line["status"] for line in mail_lines("shop")} == {"queued"}
    use_mail_server(monkeypatch, smtp)
    assert run(shop) == "finished"
    assert {line["status"] for line in mail_lines("shop")} == {"sent"}
    assert len(smtp.messages) == len(mail_lines("shop"))


def test_a_refused_login_is_wrong_input_that_names_the_settings(shop: Path, smtp: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    use_mail_server(monkeypatch, smtp)
    smtp.is_login_refused = True
    assert "TOUCHSTONE_SMTP_PASSWORD" in failing(shop, InputError)
    assert smtp.messages == []
    smtp.is_login_refused = False
    assert run(shop) == "finished"


def test_a_refused_recipient_is_recorded_and_shown_and_the_others_get_theirs(
    shop: Path, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_mail_server(monkeypatch, smtp)
    smtp.refused_recipients.add("director@shop.example")
    assert run(shop) == "finished"
    statuses = {line["recipient"]: line["status"] for line in mail_lines("shop")}
    assert statuses.pop("director@shop.example") == "refused"
    assert set(statuses.values()) == {"sent"}
    assert "1 mail(s) unknown or refused" in status_lines("shop")[0]["what_to_do"]


def test_a_full_disk_stops_the_cycle_and_the_next_run_goes_on(shop: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHSTONE_STORE", str(small_disk / "published"))
    with pytest.raises(ServiceError, match="is full; free space and run again"):
        run(shop)
    assert status_lines("shop")[0]["status"] == "interrupted"
    visible = [path for path in small_disk.rglob("*") if path.is_file() and ".staging" not in path.parts]
    assert visible == []
    monkeypatch.setenv("TOUCHSTONE_STORE", str(small_disk.parent / "larger"))
    assert run(shop) == "finished"
