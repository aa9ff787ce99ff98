"""Fixtures of the flow tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.shop import write_shop


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shop's programme file; its data are where DATA points to."""
    monkeypatch.setenv("DATA", str(tmp_path / "shop"))
    return write_shop(tmp_path / "shop")
