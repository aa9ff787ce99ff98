"""The ledger as lines of JSON: dumped as it is at one instant, and loaded into an empty one, in either kind of database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice

from sqlalchemy import Connection, MetaData, Table, func, select

from config.errors import InputError
from tasks.ledger.chain import canonical
from tasks.ledger.connection import Ledger, alembic_config, explained
from tasks.ledger.models import Base, Chain, Event, Lock

_NOT_DUMPED = (Lock.__tablename__,)  # who runs a programme now is nothing to bring back
_ROWS_AT_ONCE = 1000


def dumped_tables() -> tuple[Table, ...]:
    """Return the tables of a dump, each after those that it refers to."""
    return tuple(table for table in Base.metadata.sorted_tables if table.name not in _NOT_DUMPED)


@contextmanager
def frozen(ledger: Ledger) -> Iterator[Connection]:
    """Yield a connection to which the ledger stays as it is now, whoever writes meanwhile."""
    with explained(ledger.place), ledger.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield connection


def lines_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield a table's rows in the order of their keys, each as one line of JSON: column to value."""
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=_ROWS_AT_ONCE)
    for row in connection.execute(query).mappings():
        yield canonical(dict(row)).encode() + b"\n"


def heads_of(connection: Connection) -> dict[str, tuple[int, str]]:
    """Return number and hash of each programme's last event."""
    chains = connection.execute(select(Chain.programme, Chain.seq, Chain.head).order_by(Chain.programme))
    return {name: (seq, head) for name, seq, head in chains}


def kinds_since(ledger: Ledger, programme: str, seq: int) -> frozenset[str]:
    """Return the kinds of a programme's events after the one of that number."""
    with ledger.transaction() as session:
        return frozenset(session.scalars(select(Event.kind).distinct().where(Event.programme == programme, Event.seq > seq)))


def revision_of(connection: Connection) -> str:
    """Return the revision of the ledger's schema."""
    from alembic.migration import MigrationContext

    return str(MigrationContext.configure(connection).get_current_revision())


def require_known(revision: str) -> None:
    """Raise InputError where a schema is of a later version than this one."""
    from alembic.script import ScriptDirectory

    if revision not in {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}:
        raise InputError(f"The backup was written by a newer Touchstone (schema {revision}); install that version or a later one.")


def require_empty(ledger: Ledger) -> None:
    """Raise InputError where a table holds a row, locks aside."""
    with explained(ledger.place), ledger.engine.begin() as connection:
        _require_empty(ledger, connection)


def load(ledger: Ledger, revision: str, tables: Mapping[str, Iterable[bytes]]) -> None:
    """Fill an empty ledger with the lines of each table, in one transaction; rows of an older schema are migrated there.

    Raises InputError where the ledger is not empty or a line does not fit its table.
    """
    from alembic import command

    with explained(ledger.place), ledger.engine.begin() as connection:
        _require_empty(ledger, connection)
        config = alembic_config()
        config.attributes["connection"] = connection
        is_older = revision_of(connection) != revision
        if is_older:
            command.downgrade(config, revision)
        _insert(connection, tables)
        if is_older:
            command.upgrade(config, "head")


def _require_empty(ledger: Ledger, connection: Connection) -> None:
    if any(connection.scalar(select(func.count()).select_from(table)) for table in dumped_tables()):
        raise InputError(f"The ledger at {ledger.place} is not empty; restore into one that is, by setting another TOUCHSTONE_DATABASE.")


def _insert(connection: Connection, tables: Mapping[str, Iterable[bytes]]) -> None:
    """Insert into the schema as it is now, which may be an older one than the models'."""
    schema = MetaData()
    schema.reflect(connection)
    if unknown := tables.keys() - schema.tables.keys():
        raise InputError(f"The backup has tables that its schema has not ({', '.join(sorted(unknown))}); use another backup.")
    for table in schema.sorted_tables:
        lines = iter(tables.get(table.name, ()))
        while batch := list(islice(lines, _ROWS_AT_ONCE)):
            connection.execute(table.insert(), _rows(table, batch))


def _rows(table: Table, lines: Sequence[bytes]) -> list[dict[str, object]]:
    columns = set(table.columns.keys())
    rows = [json.loads(line) for line in lines]
    if any(not isinstance(row, dict) or row.keys() != columns for row in rows):
        raise InputError(f"The backup's table {table.name} has not the columns of its schema; use another backup.")
    return rows
