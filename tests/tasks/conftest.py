"""A ledger in each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.ledger.connection import Ledger
from tests.ledgers import opened


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return str(request.getfixturevalue("fresh_postgres_url"))


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """An empty ledger in each kind of database."""
    with opened(ledger_url) as one:
        yield one


@pytest.fixture
def file_ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger in a file."""
    with opened(f"sqlite:///{tmp_path}/ledger.db") as one:
        yield one
