"""Opening a ledger: its schema, and in words what is wrong with an address."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, make_url
from sqlalchemy.exc import DBAPIError

from config.errors import InputError, ServiceError
from tasks.ledger.connection import Ledger, alembic_config, migrate, open_ledger
from tasks.ledger.models import Base
from tasks.ledger.verify import verify_ledger
from tests.ledgers import CYCLE, FERRY, execute, opened, row, write
from tests.services import closed_port

CHECKOUT = Path(__file__).parents[2]


# migrations


def tables(ledger: Ledger) -> set[str]:
    return set(inspect(ledger.engine).get_table_names()) - {"alembic_version"}


def test_the_models_are_what_the_migrations_make(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata) == []
    assert tables(ledger) == set(Base.metadata.tables)


def test_the_schema_goes_back_to_nothing_and_forward_again(ledger: Ledger) -> None:
    write(ledger, row(1))
    with ledger.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert tables(ledger) == set()
    migrate(ledger.engine)
    assert tables(ledger) == set(Base.metadata.tables)
    write(ledger, row(1))
    with pytest.raises(DBAPIError, match="append-only"):
        execute(ledger, "DELETE FROM events")


def test_opening_a_ledger_again_keeps_what_is_in_it(ledger_url: str) -> None:
    with opened(ledger_url) as ledger:
        write(ledger, row(1))
    with opened(ledger_url) as ledger:
        assert verify_ledger(ledger, FERRY).events == 1


def test_processes_that_open_a_new_ledger_at_once_take_turns(ledger_url: str) -> None:
    program = (
        "import sys\nfrom alembic import command\nfrom tasks.ledger.connection import open_ledger\nfrom tasks.ledger.journal import append\n"
        "print('ready', flush=True)\nsys.stdin.readline()\nledger = open_ledger(sys.argv[1])\n"
        f"with ledger.transaction() as session:\n    append(session, ledger, {FERRY!r}, {CYCLE!r}, 'noted')\n"
    )
    command_line = [sys.executable, "-c", program, ledger_url]
    others = [
        subprocess.Popen(command_line, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        assert [other.stdout.readline() for other in others if other.stdout] == ["ready\n"] * 2
        ends = [other.communicate("go\n", timeout=120) for other in _all_told_to_go(others)]
        assert [(other.returncode, end[1]) for other, end in zip(others, ends, strict=True)] == [(0, "")] * 2
    finally:
        for other in others:
            other.kill()
    with opened(ledger_url) as ledger:
        assert verify_ledger(ledger, FERRY).events == 2


def _all_told_to_go(others: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """Tell every process to go before the first is waited for."""
    for other in others:
        assert other.stdin is not None
        other.stdin.write("go\n")
        other.stdin.flush()
    return others


def test_a_ledger_that_a_newer_touchstone_wrote_is_refused_in_words(ledger_url: str) -> None:
    with opened(ledger_url) as ledger:
        execute(ledger, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(InputError, match=r"was written by a newer Touchstone \(schema 9999\); install that version or a later one\."):
        open_ledger(ledger_url)


# errors in words


@pytest.mark.parametrize("address", ["nonsense", "sqlite:/", "oracle://x", "mysql+nothing://x", ""])
def test_an_address_that_is_none_is_refused_without_being_shown(address: str) -> None:
    with pytest.raises(InputError, match="TOUCHSTONE_DATABASE"):
        open_ledger(address)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"words, words" * 200)
    with pytest.raises(InputError, match="not a database"):
        open_ledger(f"sqlite:///{tmp_path}/ledger.db")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"The ledger's folder .+/file/sub cannot be made \(.+\); set another\."):
        open_ledger(f"sqlite:///{tmp_path}/file/sub/ledger.db")


def test_a_database_that_does_not_answer_is_a_service_that_failed_and_the_password_is_not_shown() -> None:
    with pytest.raises(ServiceError) as failure:
        open_ledger(f"postgresql+psycopg://ann:hush@127.0.0.1:{closed_port()}/ledger")
    said = str(failure.value)
    assert said.startswith("The ledger at postgresql+psycopg://ann:***@127.0.0.1:")
    assert said.endswith("see that it runs and has room, then run again.")
    assert "hush" not in said
    assert "\n" not in said


def test_a_database_that_is_not_there_is_an_input_that_is_wrong(fresh_postgres_url: str) -> None:
    with pytest.raises(InputError, match="does not exist"):
        open_ledger(make_url(fresh_postgres_url).set(database="not_there").render_as_string(hide_password=False))
