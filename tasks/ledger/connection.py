"""Opening the ledger: engine, migrations, and errors in words."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from config.errors import InputError, ServiceError

BUSY_TIMEOUT_SECONDS = 60
CONNECT_TIMEOUT_SECONDS = 15
_MIGRATION_LOCK = 7_203_311  # any number that nothing else in the database locks
_PERMANENT = (
    "authentication failed",
    "does not exist",
    "no password supplied",
    "permission denied",
    "unable to open database",
    "not a database",
)


@dataclass(frozen=True)
class Ledger:
    """An open ledger: an engine whose schema is current, and the identity under which events are written."""

    engine: Engine
    actor: str
    place: str

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session whose writes are committed together; database errors are raised in words."""
        with explained(self.place), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session


def now() -> str:
    """Return the present instant as the ledger writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def open_ledger(url: str) -> Ledger:
    """Return the ledger at a SQLAlchemy URL, created or migrated where need be.

    Raises InputError where the URL, the login or the folder is wrong, ServiceError where the database does not answer.
    """
    try:
        parsed = make_url(url)
        _make_folder(parsed.database if parsed.get_backend_name() == "sqlite" else None)
        engine = _engine(url)
    except (ArgumentError, NoSuchModuleError, ImportError):
        raise InputError(
            "TOUCHSTONE_DATABASE (or --database) is no address of a database: write sqlite:///file or postgresql+psycopg://..."
        ) from None
    place = parsed.render_as_string(hide_password=True)
    with explained(place):
        try:
            migrate(engine)
        except BaseException:
            engine.dispose()
            raise
    return Ledger(engine, f"{getpass.getuser()}@{socket.gethostname()}", place)


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn a database error into one sentence that names the ledger and never its password."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
        if any(sign in reason.lower() for sign in _PERMANENT):
            raise InputError(
                f"The ledger at {place} cannot be used ({reason}); correct TOUCHSTONE_DATABASE or the database's rights."
            ) from error
        if isinstance(error, DBAPIError):
            raise ServiceError(f"The ledger at {place} failed ({reason}); see that it runs and has room, then run again.") from error
        raise


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to a revision; two processes that try at once take turns."""
    from alembic import command
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with engine.begin() as connection:
        config = alembic_config()
        scripts = ScriptDirectory.from_config(config)
        current = MigrationContext.configure(connection).get_current_revision()
        if current == (scripts.get_current_head() if revision == "head" else revision):
            return
        if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
            raise InputError(f"The ledger was written by a newer Touchstone (schema {current}); install that version or a later one.")
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def alembic_config() -> Any:
    """Return what alembic needs to find the migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.files("tasks.ledger") / "migrations"))
    return config


def _make_folder(database: str | None) -> None:
    if database and database != ":memory:":
        try:
            Path(database).expanduser().parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"The ledger's folder {Path(database).parent} cannot be made ({os.strerror(error.errno or 0)}); set another."
            ) from None


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        # no pool: a command that ends leaves no connection open, and one that idles all day holds none
        return create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS})
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Make commits durable, and leave transactions to SQLAlchemy, so that schema changes are transactional too."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once: a reader that turns writer half-way would fail as busy."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
