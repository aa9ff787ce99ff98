"""`touchstone schedule --preview`: when the next cycles run, and why then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from config.calendar import due_runs
from config.loading import load_programme


def preview_lines(programme_paths: Sequence[Path], now: datetime, count: int) -> Iterator[str]:
    """Yield a line for each of the next runs of each programme: quarter, local time with its zone, reason."""
    for path in programme_paths:
        programme = load_programme(path)
        for due in due_runs(programme, now, count):
            yield f"{programme.programme} {due.quarter}  {due.at:%Y-%m-%d %H:%M} {due.at.tzname()}  {due.reason}"
