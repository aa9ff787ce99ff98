"""The sample quarter for every test of what people look at."""

from __future__ import annotations

import pytest

from tasks.results import CycleSummary
from tests.reports import samples


@pytest.fixture
def summary() -> CycleSummary:
    """One quarter of an invented water company, with every verdict and status."""
    return samples.SUMMARY


@pytest.fixture
def empty_summary() -> CycleSummary:
    """A quarter without standards, causes, follow-ups or records."""
    return samples.with_nothing()
