"""One programme over every kind of reader at once: six pipes, one taxonomy, two cycles, and no secret left behind."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from sqlalchemy import create_engine, make_url, text

from flows.audit import verify
from flows.cycle import run_cycle
from tests.flows.shop import AS_OF, STARTS, WORDS
from tests.flows.test_canaries import readable
from tests.http_host import TOKEN, HttpHost, Reply, as_zendesk, run_http_host
from tests.services import S3Server

LONDON = ZoneInfo("Europe/London")
PASSWORD, KEY = "clerk-4b1e77d0", "key-5d20c9a1"
RECORDS = 24  # of each source and quarter
KINDS = ("praise", "complaint", "complaint", "suggestion", "complaint", "comment")
PRAISE = "Thank you so much, your crew at the café was lovely, warm and quick, and my naïve questions were all answered {n}"
PARTS = ("filtered", "outside_period", "collapsed", "duplicates", "quarantined", "accepted")
PIPES = {"visits": "visit", "posts": "social", "calls": "call", "tickets": "complaint", "returns": "return", "notes": "frontline"}
CHANNELS = {"visits": "counter", "posts": "social", "calls": "telephone", "returns": "mail", "notes": "in_person"}
READS: Mapping[str, dict[str, Any]] = {
    "visits": {"xlsx": "${DATA}/visits/", "sheet": "Visits"},
    "posts": {"jsonl": "s3://${BUCKET}/posts/{cycle}/"},
    "calls": {"sql": "select * from calls where at >= :since and at < :until", "database": "${CRM}"},
    "tickets": {
        "http": "${DESK}/api/v2/tickets.json",
        "records": "tickets",
        "parameters": {"start": "{since}"},
        "paging": {"cursor": "meta.after_cursor", "parameter": "page[after]"},
        "authorization": "Bearer ${DESK_TOKEN}",
    },
    "returns": {"parquet": "${DATA}/returns-{cycle}.parquet"},
    "notes": {"csv": "${DATA}/notes-{cycle}.csv", "encoding": "cp1252"},
}
OWN: Mapping[str, dict[str, Any]] = {  # columns of one source that are not as the others'
    "posts": {"record_id": "post.id", "occurred_at": "post.at", "customer_id": "author.name"},
    "tickets": {"channel": {"from": "via.channel", "recode": {"web": "internet"}}},
    "notes": {name: {"from": column, "format": "%d.%m.%Y %H:%M"} for name, column in {"occurred_at": "at", "resolved_at": "done"}.items()},
}
Rows = Sequence[dict[str, Any]]


def told(source: str, cycle: str) -> list[dict[str, Any]]:
    """What customers told through one source in a quarter: every sixth record is praise, every twelfth a colleague's."""
    rows = []
    for n in range(RECORDS):
        about, kind = list(WORDS)[n % 3], KINDS[n % len(KINDS)]
        at = STARTS[cycle] + timedelta(hours=9 * n)
        rows.append(
            {
                "id": f"{source}-{cycle}-{n}",
                "at": at,
                "done": at + timedelta(days=2 if n % 2 else 20),
                "about": f"{about} ({source})",
                "kind": kind,
                "words": (PRAISE if kind == "praise" else WORDS[about]).format(n=f"{n} {source}"),
                "who": f"customer {n} of {source}",
                "staff": n % 12 == 5,
            }
        )
    return rows


def source(name: str) -> dict[str, Any]:
    columns = {
        "record_id": "id",
        "pipe": {"is": PIPES[name]},
        "channel": {"is": CHANNELS.get(name, "")},
        "kind": "kind",
        "occurred_at": "at",
        "resolved_at": "done",
        "category": "about",
        "text": "words",
        "customer_id": "who",
        "is_internal": "staff",
    }
    names = {f"{about} ({name})": about.lower() for about in WORDS}
    return {"id": name, "reads": READS[name], "columns": columns | OWN.get(name, {}), "categories": names}


def programme(folder: Path) -> Path:
    place = {"stage": "sail", "departments": ["crew", "office"], "accountable": "crew"}
    content = {
        "programme": "harbour",
        "title": "Harbour",
        "timezone": "Europe/London",
        "rules": {"customers_at_least": 1},  # every way in is counted here, however rare
        "working_time": {"days": ["mon", "tue", "wed", "thu", "fri"], "hours": "09:00-17:00"},
        "stages": [{"id": "sail", "title": "Sailing"}],
        "departments": [{"id": "crew", "title": "Crew"}, {"id": "office", "title": "Office"}],
        "touchpoints": [{"id": about.lower(), "title": about, "where": {"category": [about.lower()]}, **place} for about in WORDS],
        "standards": [
            {
                "id": "soon",
                "touchpoints": "all",
                "measure": {"elapsed": ["occurred_at", "resolved_at"], "within": "10 days"},
                "target_share": 0.9,
            }
        ],
        "taxonomy": {"version": 1, "categories": [{"id": about.lower(), "title": about} for about in WORDS]},
        "sources": [source(name) for name in READS],
        "audiences": [{"id": "quality", "gets": "report", "mail": ["quality@harbour.example"]}],
    }
    path = folder / "programme.yaml"
    path.write_text(json.dumps(content))  # JSON is YAML, too
    return path


def local(moment: datetime) -> datetime:
    return moment.astimezone(LONDON).replace(tzinfo=None)


def write_files(folder: Path, cycle: str) -> None:
    """Write a workbook into the folder of visits, a Parquet file, and a CSV file with semicolons in cp1252."""
    (folder / "visits").mkdir(parents=True, exist_ok=True)
    visits = pd.DataFrame(told("visits", cycle))
    visits[["at", "done"]] = visits[["at", "done"]].map(local)  # as in any workbook: dates without a zone
    visits.to_excel(folder / "visits" / f"{cycle}.xlsx", sheet_name="Visits", index=False)
    pd.DataFrame(told("returns", cycle)).to_parquet(folder / f"returns-{cycle}.parquet")
    notes = pd.DataFrame(told("notes", cycle))
    notes[["at", "done"]] = notes[["at", "done"]].map(lambda moment: f"{local(moment):%d.%m.%Y %H:%M}")
    notes.to_csv(folder / f"notes-{cycle}.csv", sep=";", encoding="cp1252", index=False)


def as_json(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: row[name].isoformat() for name in ("at", "done")}


def put_posts(s3: S3Server, bucket: str, cycle: str) -> None:
    """Put one object a dozen posts under the quarter's prefix, what belongs together nested."""
    rows = [as_json(row) for row in told("posts", cycle)]
    posts = [row | {"post": {"id": row["id"], "at": row["at"]}, "author": {"name": row["who"]}} for row in rows]
    for number in range(0, RECORDS, 12):
        body = "".join(json.dumps(post) + "\n" for post in posts[number : number + 12])
        s3.client.put_object(Bucket=bucket, Key=f"posts/{cycle}/{number:03d}.jsonl", Body=body.encode())


def fill_database(url: str) -> str:
    """Put the calls of both quarters into a database; return its URL for a clerk who may read there, password and all."""
    engine = create_engine(url)
    with engine.begin() as connection:
        pd.DataFrame([row for cycle in AS_OF for row in told("calls", cycle)]).to_sql("calls", connection, index=False)
        connection.execute(text("DROP ROLE IF EXISTS harbour_clerk"))
        connection.execute(text(f"CREATE ROLE harbour_clerk LOGIN PASSWORD '{PASSWORD}'"))
        connection.execute(text("GRANT SELECT ON calls TO harbour_clerk"))
    engine.dispose()
    return make_url(url).set(username="harbour_clerk", password=PASSWORD).render_as_string(hide_password=False)


@pytest.fixture
def desk() -> Iterator[HttpHost]:
    """A help desk that wants a token, limits the rate, and loses the connection once."""
    rows = [as_json(row) | {"via": {"channel": "web" if n % 2 else "email"}} for n, row in enumerate(both("tickets"))]
    with run_http_host() as host:
        host.token, host.answer = TOKEN, as_zendesk(host, rows, 10)
        host.faults.update({2: Reply({}, 429, {"Retry-After": "0"}), 4: Reply(fault="cut"), 8: Reply({}, 503, {"Retry-After": "0"})})
        yield host


def both(name: str) -> Rows:
    return [row for cycle in AS_OF for row in told(name, cycle)]


@pytest.fixture
def harbour(tmp_path: Path, s3: S3Server, fresh_postgres_url: str, desk: HttpHost, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The programme's file; its six sources are where the environment says."""
    bucket = s3.make_bucket()
    given = {
        "DATA": str(tmp_path / "data"),
        "BUCKET": bucket,
        "CRM": fill_database(fresh_postgres_url),
        "DESK": desk.url,
        "DESK_TOKEN": TOKEN,
        "TOUCHSTONE_S3_ENDPOINT": s3.endpoint,
        "TOUCHSTONE_PSEUDONYM_KEY": KEY,
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    for cycle in AS_OF:
        write_files(tmp_path / "data", cycle)
        put_posts(s3, bucket, cycle)
    return programme(tmp_path)


def channel_of(name: str, number: int) -> str:
    return CHANNELS.get(name) or ("internet" if number % 2 else "email")


def expected_pipes(cycle: str) -> Counter[tuple[str, str, bool]]:
    return Counter((PIPES[name], channel_of(name, n), row["staff"]) for name in READS for n, row in enumerate(told(name, cycle)))


def check_cycle(folder: Path, cycle: str) -> None:
    """All records of all pipes are there and accounted for, each in its category; praise is counted and is in no cause."""
    summary = json.loads((folder / "summary.json").read_text())
    data = summary["data"]
    whole = {"visits", "calls", "tickets"}  # these hold both quarters
    for account in data["accounts"]:
        elsewhere = RECORDS if account["source"] in whole else 0
        if account["source"] == "calls" and cycle == "2026Q1":
            elsewhere = sum(row["at"] < AS_OF[cycle] for row in told("calls", "2026Q2"))  # the query asks up to the as-of
        assert [account[part] for part in PARTS] == [0, elsewhere, 0, 0, 0, RECORDS], account
        assert account["read"] == elsewhere + RECORDS
    assert {(one["pipe"], one["channel"], one["is_internal"]): one["records"] for one in data["pipes"]} == expected_pipes(cycle)
    assert data["records"] == len(READS) * RECORDS
    assert [(use["categorised"], use["unmapped"]) for use in data["categories"]] == [(RECORDS, 0)] * len(READS)
    assert {place["id"]: place["records"] for place in summary["touchpoints"]} == {about.lower(): 6 * RECORDS // 3 for about in WORDS}
    praised = {row["id"] for name in READS for row in told(name, cycle) if row["kind"] == "praise"}
    assert (data["praise"], data["texts"]) == (len(praised), len(READS) * RECORDS - len(praised))
    assigned = pd.read_csv(folder / "assignments.csv")
    assert len(assigned) == data["texts"]
    assert praised.isdisjoint(assigned["record_id"])
    assert summary["causes"]
    assert not any("lovely" in json.dumps(cause) for cause in summary["causes"])


def test_six_pipes_of_six_kinds_go_through_two_cycles_and_every_row_is_accounted_for(
    harbour: Path, tmp_path: Path, desk: HttpHost, s3: S3Server, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        folders = [Path(run_cycle(harbour, cycle, as_of=at).place).parent for cycle, at in AS_OF.items()]
    for cycle, folder in zip(AS_OF, folders, strict=True):
        check_cycle(folder, cycle)
    assert not desk.faults  # each of them was met
    row = pd.read_csv(folders[1] / "compliance.csv").iloc[0]
    assert (row["n"], row["met"], row["previous_n"], row["previous_met"]) == (144, 72, 144, 72)
    kept = pd.concat(pd.read_parquet(path) for path in (tmp_path / "home" / "vault").rglob("*.parquet"))
    said = kept.loc[kept["record_id"] == "notes-2026Q1-0", "text"].dropna().unique().tolist()
    assert said == [PRAISE.format(n="0 notes")]  # no letter was lost on the way from cp1252
    assert verify("harbour")["problems"] == []
    written = [part for path in (tmp_path / "home").rglob("*") if path.is_file() for part in readable(path)]
    everything = b"\n".join([*written, caplog.text.encode(), "".join(capfd.readouterr()).encode()])
    assert b"notes-2026Q1-0" in everything
    for secret in (PASSWORD, TOKEN, KEY, s3.secret):
        assert secret.encode() not in everything
