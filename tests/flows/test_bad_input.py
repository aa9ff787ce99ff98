"""Bad input: one clear sentence each, the exit code, a failed row in the ledger, nothing half published."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from config.errors import InputError, NotPublishableError, ServiceError, TouchstoneError
from flows.audit import verify
from flows.cli import main
from flows.cycle import run_cycle
from flows.status import mail_lines, status_lines
from tests.flows.shop import AS_OF, STARTS, complaints
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


def validation_page(tmp_path: Path) -> str:
    return (tmp_path / "home" / "published" / "shop" / CYCLE / "validation" / "index.html").read_text()


def damaged(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(shop: Path) -> None:
        path = shop.parent / f"complaints-{CYCLE}.csv"
        path.write_bytes(change(path.read_bytes()))

    return apply


def renamed_column(shop: Path) -> None:
    damaged(lambda content: content.replace(b"opened", b"openned", 1))(shop)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (renamed_column, "source 'complaints': the file has no column 'opened'; did you mean 'openned'?"),
        (damaged(lambda content: content.replace(b"parcel", b"p\xe4rcel", 1)), "is not utf-8 text .*0xe4.* name its encoding"),
        (damaged(lambda _: b""), "complaints-2026Q1.csv is empty; was the export cut off?"),
        (damaged(lambda content: content.splitlines(keepends=True)[0]), "has a header but no rows; was the export cut off"),
    ],
    ids=["wrong column name", "wrong encoding", "empty file", "header and no rows"],
)
def test_a_source_that_cannot_be_used_is_said_in_one_sentence(
    shop: Path, tmp_path: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    spoil(shop)
    error = failing(shop, InputError)
    assert re.search(sentence.replace("?", r"\?"), error)
    assert nothing_is_published(tmp_path)


def test_a_feed_that_is_not_there_is_named_as_the_programme_names_it_and_no_path_of_this_machine_is_published(
    shop: Path, tmp_path: Path
) -> None:
    (shop.parent / f"complaints-{CYCLE}.csv").unlink()
    with pytest.raises(NotPublishableError, match=r"nothing usable from: complaints \(there is no file \$\{DATA\}/complaints-2026Q1.csv\)"):
        run(shop)
    assert "there is no file ${DATA}/complaints-2026Q1.csv" in validation_page(tmp_path)
    told = [path for part in ("published", "outbox") for path in (tmp_path / "home" / part).rglob("*") if path.is_file()]
    assert any(path.suffix == ".eml" for path in told)
    assert not any(str(shop.parent).encode() in path.read_bytes() for path in told)


def test_an_unknown_touchpoint_in_the_programme_names_line_and_the_nearest(shop: Path) -> None:
    shop.write_text(shop.read_text().replace("touchpoints: [door], measure: {by", "touchpoints: [dor], measure: {by"))
    with pytest.raises(InputError, match=r"programme\.yaml, line 17, .*'dor' is no touchpoint; did you mean 'door'\?"):
        run(shop)


def test_an_unknown_touchpoint_in_the_data_is_quarantined_with_its_reason(shop: Path, tmp_path: Path) -> None:
    shop.write_text(shop.read_text().replace("category: about\n", "category: about\n      touchpoint: about\n").replace("0.05}", "1.0}"))
    with pytest.raises(TouchstoneError, match="nothing usable from: complaints"):
        run(shop)
    assert "touchpoint is one of the programme" in validation_page(tmp_path)


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


# Damaged files through the whole command: 0 with what is damaged in quarantine, 1 with the validation page, or 2 with one sentence


@pytest.fixture
def touchstone_run(shop: Path, harness: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """The command `touchstone run`: its exit code. What is no error of ours gets through, and fails the test."""

    def command() -> int:
        monkeypatch.setattr(sys, "argv", ["touchstone", "run", str(shop), "--cycle", CYCLE, "--as-of", AS_OF[CYCLE].isoformat()])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return command


def line(values: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(values)
    return written.getvalue()


def lines_of_every_damage() -> list[str]:
    """The complaints among 5,000 further columns; a dozen rows of them are damaged, each in another way."""
    rows = complaints(CYCLE, STARTS[CYCLE])
    rows[10]["words"] = "word " * 2_000_000
    rows[20]["id"] = rows[21]["id"] = "5.70306E+17"
    rows[30]["words"] = '=HYPERLINK("http://evil.example","click")'
    rows[31]["opened"], rows[31]["about"] = rows[31]["about"], rows[31]["opened"]
    extra = [f"c{n}" for n in range(5_000)]
    lines = [line([*row.values(), *extra]) for row in rows]
    lines[40] = lines[40].replace("wrong", "wr\0ng").replace("parcel", "p\0rcel").replace("website", "w\0bsite")
    lines[45] = lines[45].replace('",customer', ",customer")  # the quotation now ends where the next one begins, three rows on
    lines[59] = lines[59][:60]
    header = ",".join([*rows[0], *extra])
    return [header, *lines[:50], header, *lines[50:]]


BROKEN = {  # for each rule the rows of the file that break it, the header being row 1
    "text is at most 1,000,000 characters long": [12],
    "record_id is written in full: was this file saved by a spreadsheet?": [22, 23],
    "record_id is unique": [22, 23],
    "occurred_at can be read": [33],
    "occurred_at is there": [33],
    "the row holds no NUL byte": [42],
    "its quotes are closed": [47, 48, 49, 50],
    "the row is not the header again": [52],
    "the row has as many fields as the header": [62],
}


def test_rows_damaged_in_every_way_wait_in_quarantine_and_all_others_count(
    touchstone_run: Callable[[], int], shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (shop.parent / f"complaints-{CYCLE}.csv").write_text("\n".join(lines_of_every_damage()))
    shop.write_text(shop.read_text().replace("quarantined_share_at_most: 0.05", "quarantined_share_at_most: 0.2"))
    assert touchstone_run() == 0
    assert "Traceback" not in "".join(capfd.readouterr())
    folder = tmp_path / "home" / "published" / "shop" / CYCLE
    account = json.loads((folder / "summary.json").read_text())["data"]["accounts"][0]
    waiting = {row for rows in BROKEN.values() for row in rows}
    assert (account["read"], account["filtered"], account["quarantined"]) == (61, 2, len(waiting))  # the header came once more
    assert account["accepted"] == 61 - 2 - len(waiting)
    quarantine: dict[str, list[int]] = {}
    with (folder / "validation" / "quarantine.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            quarantine.setdefault(row["rule"], []).append(int(row["row"]))
    assert quarantine == BROKEN
    page = validation_page(tmp_path)
    assert all(html.escape(rule) in page for rule in BROKEN)


def swapped(shop: Path) -> None:
    """The header names two columns the wrong way round, as after a paste."""
    damaged(lambda content: content.replace(b"opened,due,closed,about", b"about,due,closed,opened", 1))(shop)


def test_a_file_whose_columns_are_swapped_ends_with_1_and_the_validation_page(
    touchstone_run: Callable[[], int], shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    swapped(shop)
    assert touchstone_run() == 1
    said = capfd.readouterr().err.splitlines()[-1]
    assert said.startswith("2026Q1 of shop is not publishable;")
    assert "nothing usable from: complaints" in said
    assert "occurred_at can be read" in validation_page(tmp_path)
    assert not (tmp_path / "home" / "published" / "shop" / CYCLE / "summary.json").exists()


def read_instead(shop: Path, reads: str) -> None:
    """Let the complaints be read in another way."""
    shop.write_text(shop.read_text().replace('{csv: "${DATA}/complaints-{cycle}.csv"}', reads))


def two_encodings(shop: Path) -> None:
    damaged(lambda content: content.replace(b"parcel", "pärcel".encode(), 1) + content.splitlines()[1].replace(b"staff", b"st\xe4ff"))(shop)


def bomb(shop: Path) -> None:
    """A workbook of a few kilobytes whose sheet is 100 MB of nothing."""
    with zipfile.ZipFile(shop.parent / "complaints.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(100 << 20))
    read_instead(shop, '{xlsx: "${DATA}/complaints.xlsx"}')


def link_that_leads_out(shop: Path) -> None:
    (shop.parent / "feed").mkdir()
    (shop.parent / "feed" / "complaints.csv").symlink_to(shop.parent / f"complaints-{CYCLE}.csv")
    read_instead(shop, '{csv: "${DATA}/feed/"}')


def key_that_leads_out(shop: Path) -> None:
    read_instead(shop, '{csv: "s3://feeds/../secrets/complaints.csv"}')


def rows_of_another_length(shop: Path) -> None:
    damaged(lambda content: content.replace(b",customer", b",customer,and,more"))(shop)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (two_encodings, "is not utf-8 text (byte 0xe4 in line 62); name its encoding"),
        (bomb, "complaints.xlsx grows past all measure when unpacked"),
        (link_that_leads_out, "${DATA}/feed/complaints.csv is a link that leads out of its folder"),
        (key_that_leads_out, "'../secrets/complaints.csv'"),
        (rows_of_another_length, "58 of 60 rows of ${DATA}/complaints-2026Q1.csv"),
    ],
    ids=["two encodings", "zip bomb", "link out of the folder", "key out of the prefix", "rows of another length"],
)
@pytest.mark.usefixtures("s3")
def test_a_file_that_cannot_be_trusted_ends_with_2_and_one_sentence(
    touchstone_run: Callable[[], int],
    shop: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    sentence: str,
) -> None:
    spoil(shop)
    assert touchstone_run() == 2
    said = capfd.readouterr().err
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith("source 'complaints'")
    assert sentence in said.splitlines()[-1]
    assert nothing_is_published(tmp_path)
