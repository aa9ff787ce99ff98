"""`touchstone validate`: is a programme file right, and can its sources be read; runs nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from config.loading import load_programme
from config.periods import Quarter
from config.programme import Programme
from reports.pdf import check_logo
from tasks.incremental import window_of
from tasks.sources.readers import place_of, read_header


def validate_programme(path: Path, cycle: str | None) -> Iterator[str]:
    """Yield what was found right, line by line; raise InputError at the first thing that is wrong."""
    programme = load_programme(path)
    check_logo(programme.look)
    counts = ", ".join(
        f"{len(getattr(programme, part))} {part}" for part in ("stages", "departments", "touchpoints", "standards", "sources")
    )
    yield f"{path}: right; {counts}"
    quarter = Quarter.parse(cycle) if cycle else _last_ended(programme)
    for source in (source.at(quarter) for source in programme.sources):
        names = read_header(source, quarter, os.environ, window_of(programme, source, quarter, datetime.now(UTC)))
        yield f"source {source.id}: {place_of(source, quarter)} has {len(names)} columns, among them all that are needed"


def _last_ended(programme: Programme) -> Quarter:
    today = datetime.now(UTC).astimezone(programme.zone).date()
    return Quarter.of(today, programme.year_starts_in).back(1)
