"""Reading databases: PostgreSQL and SQLite as they are, read only, and every failure in words that give nothing away."""

from __future__ import annotations

import gc
import hashlib
import socket
import sqlite3
import threading
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, make_url, text

from config.errors import InputError, ServiceError
from config.periods import Quarter
from config.sources import Source
from tasks.raw import Raw, Window
from tasks.sources import sql
from tasks.sources.sql import read_sql, sql_header
from tests.programmes import source
from tests.services import fresh_database

Q3 = Quarter(2026, 3)
NEW_YORK = ZoneInfo("America/New_York")
WINDOW = Window(datetime(2026, 7, 1, tzinfo=NEW_YORK), datetime(2026, 10, 1, tzinfo=NEW_YORK))
WORDS = "My daughter Ann was refused at gate 7"
PASSWORD = "hunter-2-secret"
COLUMNS = {"record_id": "id", "pipe": {"is": "complaint"}, "occurred_at": "opened", "text": "words"}
ROWS = [
    (1, datetime(2026, 7, 1, 3, 59, 59, tzinfo=UTC), "before"),
    (2, datetime(2026, 7, 1, 4, tzinfo=UTC), "first"),
    (3, datetime(2026, 10, 1, 3, 59, 59, tzinfo=UTC), "last"),
    (4, datetime(2026, 10, 1, 4, tzinfo=UTC), "after"),
]


def cases(query: str, **parts: Any) -> Source:
    return source(reads={"sql": query, "database": "${CRM}"}, columns=COLUMNS, **parts)


def pulled(query: str, url: str, window: Window | None = WINDOW) -> Raw:
    return read_sql(cases(query), Q3, window, {"CRM": url})


def sentence(query: str, url: str, error: type[Exception] = InputError) -> str:
    """The one sentence with which reading fails, which holds neither the password nor a customer's words."""
    with pytest.raises(error) as raised:
        pulled(query, url)
    told = str(raised.value)
    assert told.count("\n") == 0
    assert told.endswith((".", "?"))
    assert raised.value.__cause__ is None
    for private in (PASSWORD, WORDS, "Ann"):
        assert private not in told
    return told


@pytest.fixture(scope="module")
def crm(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database of cases, whose sessions count in New York's time."""
    with fresh_database(postgres_url) as url:
        run(
            url,
            "CREATE TABLE cases (id int, opened timestamptz, opened_naive timestamp, words text)",
            f"ALTER DATABASE {make_url(url).database} SET timezone TO 'America/New_York'",
        )
        engine = create_engine(url)
        with engine.begin() as connection:
            insert = text("INSERT INTO cases VALUES (:id, :opened, :naive, :words)")
            connection.execute(insert, [{"id": i, "opened": at, "naive": at.replace(tzinfo=None), "words": words} for i, at, words in ROWS])
        engine.dispose()
        yield url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A SQLite database of cases."""
    path = tmp_path / "crm.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE cases (id INTEGER, opened TEXT, words)")
        connection.executemany("INSERT INTO cases VALUES (?, ?, ?)", [(i, f"{at:%Y-%m-%d %H:%M:%S}", words) for i, at, words in ROWS])
    connection.close()
    return path


def run(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("column", ["opened", "opened_naive"])
def test_postgresql_gives_what_lies_in_the_window_whatever_its_own_zone(crm: str, column: str) -> None:
    query = f"SELECT id, {column} AS opened, words FROM cases WHERE {column} >= :since AND {column} < :until ORDER BY id"
    table = pulled(query, crm).table
    offset = "+00:00" if column == "opened" else ""
    assert table.to_dict("list") == {
        "id": ["2", "3"],
        "opened": [f"2026-07-01T04:00:00{offset}", f"2026-10-01T03:59:59{offset}"],
        "words": ["first", "last"],
    }
    assert set(map(str, table.dtypes)) == {"str"}


@pytest.mark.parametrize(
    ("stored", "compared"),
    [("%Y-%m-%d %H:%M:%S", "opened"), ("%Y-%m-%dT%H:%M:%SZ", "datetime(opened)"), ("%Y-%m-%dT%H:%M:%S.000+00:00", "datetime(opened)")],
)
def test_sqlite_gives_what_lies_in_the_window(file: Path, stored: str, compared: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.executemany("UPDATE cases SET opened = ? WHERE id = ?", [(at.strftime(stored), i) for i, at, _ in ROWS])
    connection.close()
    query = f"SELECT * FROM cases WHERE {compared} >= :since AND {compared} < :until ORDER BY id"
    raw = pulled(query, f"sqlite:///{file}")
    assert raw.table["id"].tolist() == ["2", "3"]
    assert raw.table["opened"].tolist() == [at.strftime(stored) for _, at, _ in ROWS[1:3]]


def test_only_the_bounds_that_the_query_names_are_bound_and_placeholders_of_the_cycle_are_filled(file: Path) -> None:
    query = "SELECT id, '{cycle}' AS opened, 'a:b 12:30 :x {y}' || '%d' AS words FROM cases WHERE opened >= :since AND '{year}' = '2026'"
    table = pulled(query, f"sqlite:///{file}").table
    assert table["opened"].tolist() == ["2026Q3"] * 3
    assert table["words"].tolist() == ["a:b 12:30 :x {y}%d"] * 3


def test_casts_slices_percents_and_json_in_a_query_are_left_alone(crm: str) -> None:
    query = """SELECT '{"a":1.10,"b":[1,"x"]}'::jsonb AS opened, (ARRAY['p','q'])[1:1] AS id, '100 %s' AS words WHERE 'ab' LIKE '%b'"""
    assert pulled(query, crm).table.iloc[0].tolist() == ['["p"]', '{"a":1.10,"b":[1,"x"]}', "100 %s"]


def test_values_become_exact_text(crm: str) -> None:
    values = {
        "1.50::numeric": "1.50",
        "0.0000000000::numeric": "0.0000000000",
        "12345678901234567890123::numeric": "12345678901234567890123",
        "0.1::float8": "0.1",
        "true": "true",
        "NULL::text": "",
        "DATE '2026-07-04'": "2026-07-04",
        "TIMESTAMPTZ '2026-07-04 12:00:00.25-04'": "2026-07-04T16:00:00.250000+00:00",
        "TIME '12:30'": "12:30:00",
        "INTERVAL '1 day 1 second'": "86401.0",
        "'0d9f4e0e-1111-4222-8333-444455556666'::uuid": "0d9f4e0e-1111-4222-8333-444455556666",
        """'{"a": 1.10, "b": [1, "x", null]}'::jsonb""": '{"a":1.10,"b":[1,"x",null]}',
        """'[0.10]'::json""": "[0.10]",
        "ARRAY[1,2]": "[1,2]",
        "ARRAY[DATE '2026-07-04']": '["2026-07-04"]',
        "'  é 😀 \"quoted\"\n'": '  é 😀 "quoted"\n',
        "'10.0.0.1'::inet": "10.0.0.1",
    }
    for expression, expected in values.items():
        assert pulled(f"SELECT 1 AS id, 2 AS opened, {expression} AS words", crm).table["words"].tolist() == [expected]


def test_sqlite_values_become_exact_text(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.executemany("UPDATE cases SET words = ? WHERE id = ?", [(9007199254740993, 1), (0.1, 2), (None, 3), ("", 4)])
    connection.close()
    assert pulled("SELECT * FROM cases ORDER BY id", f"sqlite:///{file}").table["words"].tolist() == ["9007199254740993", "0.1", "", ""]


def test_rows_are_numbered_and_hashed_as_the_csv_of_what_is_kept(crm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "_CHUNK_ROWS", 3)
    query = "SELECT id, 'x' AS opened, words, now() AS unused FROM cases ORDER BY id"
    raw = pulled(query, crm, None)
    lines = ['"id","opened","words"', *(f'"{i}","x","{words}"' for i, _, words in ROWS)]
    assert raw.sha256 == hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()
    assert raw.table.columns.tolist() == ["id", "opened", "words"]
    assert raw.table.index.tolist() == [2, 3, 4, 5]
    assert raw.place == f"database ${{CRM}}: {query}"
    assert [(file.place, file.sha256, file.rows) for file in raw.files] == [(raw.place, raw.sha256, 4)]
    assert pulled(query, crm, None).sha256 == raw.sha256


def test_no_row_is_no_error(crm: str) -> None:
    raw = pulled("SELECT * FROM cases WHERE false", crm)
    assert raw.table.shape == (0, 3)
    assert set(map(str, raw.table.dtypes)) == {"str"}
    assert raw.files[0].rows == 0


def test_the_header_is_that_of_the_query(crm: str, file: Path) -> None:
    assert sql_header(cases("SELECT * FROM cases"), Q3, None, {"CRM": crm}) == ("id", "opened", "opened_naive", "words")
    assert sql_header(cases("SELECT * FROM cases"), Q3, None, {"CRM": f"sqlite:///{file}"}) == ("id", "opened", "words")


@pytest.mark.parametrize(
    ("columns", "told"), [("id, opened, words AS word", "no column 'words'; did you mean 'word'?"), ("*, id", "'id' more than once")]
)
def test_a_column_that_is_missing_or_comes_twice_is_named(file: Path, columns: str, told: str) -> None:
    query = f"SELECT {columns} FROM cases"
    assert told in sentence(query, f"sqlite:///{file}")
    with pytest.raises(InputError, match=told.partition(";")[0]):
        sql_header(cases(query), Q3, None, {"CRM": f"sqlite:///{file}"})


def test_nothing_can_be_written(crm: str, file: Path) -> None:
    sqlite_url = f"sqlite:///{file}"
    run(crm, "CREATE OR REPLACE FUNCTION sneaky() RETURNS int LANGUAGE sql AS $$ DELETE FROM cases RETURNING id $$")
    for query in ("DELETE FROM cases RETURNING id, opened, words", "DELETE FROM cases", "SELECT 1; COMMIT; DELETE FROM cases"):
        sentence(query, crm)
        sentence(query, sqlite_url)
    assert "SQLSTATE 25006" in sentence("SELECT sneaky() AS id, 1 AS opened, 2 AS words", crm)
    assert len(pulled("SELECT * FROM cases", crm).table) == len(pulled("SELECT * FROM cases", sqlite_url).table) == 4


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT nothing FROM cases", "nothing"),
        ("", "syntax error|no SELECT"),
    ],
)
def test_a_wrong_query_is_one_sentence(crm: str, file: Path, query: str, told: str) -> None:
    for url in (crm, f"sqlite:///{file}"):
        answer = sentence(query or "-- nothing", url)
        assert any(part in answer for part in told.split("|"))
        assert "correct `sql`" in answer


@pytest.mark.parametrize(
    "expression",
    [
        f"CAST('{WORDS}' || id AS int)",
        "CAST(1 / (id - id) AS text)",
        "'infinity'::timestamptz",
        "decode('ff', 'hex')",
        "convert_from('\\xff', 'UTF8')",
    ],
)
def test_a_value_that_cannot_be_read_is_refused_and_not_shown(crm: str, expression: str) -> None:
    sentence(f"SELECT id, opened, {expression} AS words FROM cases", crm)


def test_sqlite_bytes_and_texts_in_another_encoding_are_refused_and_not_shown(file: Path) -> None:
    url = f"sqlite:///{file}"
    assert "'words' of the query holds bytes" in sentence("SELECT id, opened, x'00ff' AS words FROM cases", url)
    assert "cannot answer" in sentence(f"SELECT id, opened, CAST('{WORDS}' || x'ff' AS TEXT) AS words FROM cases", url)
    assert "cannot answer" in sentence(f"SELECT id, opened, json_extract('{WORDS}', '$.a') AS words FROM cases", url)


def test_deeply_nested_json_is_refused_in_one_sentence(crm: str) -> None:
    sentence("SELECT id, opened, (repeat('[', 3000) || repeat(']', 3000))::jsonb AS words FROM cases", crm)


def test_a_wrong_login_database_or_address_is_told_without_the_password(crm: str, tmp_path: Path) -> None:
    server = make_url(crm)
    wrong = [
        server.set(username="nobody", password=PASSWORD),
        server.set(database="nowhere", password=PASSWORD),
        f"postgresql+psycopg://u:{PASSWORD}@host:port/x",
        f"nosuch://u:{PASSWORD}@host/x",
        f"mysql+pymysql://u:{PASSWORD}@host/x",
        f"{PASSWORD}",
        "",
        f"sqlite:///{tmp_path}/{PASSWORD}.db",
        f"sqlite:///{tmp_path}",
    ]
    for url in wrong:
        shown = url if isinstance(url, str) else url.render_as_string(hide_password=False)
        assert "${CRM}" in sentence("SELECT * FROM cases", shown)
    assert list(tmp_path.glob("*.db")) == []


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "crm.db"
    path.write_bytes(WORDS.encode() * 100)
    assert "SQLITE_NOTADB" in sentence("SELECT * FROM cases", f"sqlite:///{path}")


def test_a_permission_that_is_not_given_is_told(crm: str) -> None:
    run(crm, "CREATE ROLE reader LOGIN", "GRANT USAGE ON SCHEMA public TO reader")
    try:
        url = make_url(crm).set(username="reader", password=PASSWORD).render_as_string(hide_password=False)
        assert "permission denied for table cases" in sentence("SELECT * FROM cases", url)
    finally:
        run(crm, "DROP OWNED BY reader", "DROP ROLE reader")


def test_a_database_that_does_not_answer_is_an_outside_failure() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sentence("SELECT 1", f"postgresql+psycopg://u:{PASSWORD}@127.0.0.1:{port}/x", ServiceError)


def test_a_time_out_and_a_lost_connection_are_outside_failures(crm: str) -> None:
    slow = make_url(crm).update_query_dict({"options": "-c statement_timeout=50"}).render_as_string(hide_password=False)
    assert "run again" in sentence("SELECT pg_sleep(20) AS id, 1 AS opened, 2 AS words", slow, ServiceError)
    killed = make_url(crm).update_query_dict({"application_name": "killed"}).render_as_string(hide_password=False)
    killer = threading.Thread(target=kill, args=(crm, "killed"))
    killer.start()
    assert "run again" in sentence("SELECT pg_sleep(20) AS id, 1 AS opened, 2 AS words", killed, ServiceError)
    killer.join()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # psycopg's cursor cannot be closed without its connection, and says so
        gc.collect()


def kill(url: str, application: str) -> None:
    """End the connection of that name, as soon as it fetches."""
    statement = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name AND query LIKE 'FETCH%'")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        deadline = time.monotonic() + 10
        while not connection.execute(statement, {"name": application}).all() and time.monotonic() < deadline:
            time.sleep(0.02)
    engine.dispose()


def test_a_locked_file_is_an_outside_failure(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sql._CONNECT_ARGUMENTS, "pysqlite", {"timeout": 0.05})
    other = sqlite3.connect(file, isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        assert "OperationalError" in sentence("SELECT * FROM cases", f"sqlite:///{file}", ServiceError)
    finally:
        other.close()


def test_without_a_window_a_query_that_asks_for_one_is_a_mistake_of_the_caller(crm: str) -> None:
    with pytest.raises(TypeError, match="window"):
        pulled("SELECT * FROM cases WHERE opened >= :since", crm, None)


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(InputError, match="CRM is not set"):
        read_sql(cases("SELECT 1"), Q3, None, {})
