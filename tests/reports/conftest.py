"""The sample quarter for every test of what people look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tasks.results import CycleSummary
from tests.reports import pages, samples
from tests.reports.browsing import open_browser


@pytest.fixture
def summary() -> CycleSummary:
    """One quarter of an invented water company, with every verdict and status."""
    return samples.SUMMARY


@pytest.fixture
def empty_summary() -> CycleSummary:
    """A quarter without standards, causes, follow-ups or records."""
    return samples.with_nothing()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A programme's published folder, with every kind of page."""
    return pages.write(tmp_path_factory.mktemp("published"), pages.programme_files())


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One headless Chromium for the tests of a module."""
    with open_browser(chromium_path) as found:
        yield found
