"""Fixtures of the flow tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.shop import write_shop


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shop's programme file; its data are where DATA points to."""
    monkeypatch.setenv("DATA", str(tmp_path / "shop"))
    return write_shop(tmp_path / "shop")


@pytest.fixture(scope="session")
def harness() -> Iterator[None]:
    """A Prefect server in memory for all tests that need no process of its own."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=400):
        yield
