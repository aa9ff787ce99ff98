"""Pulling only what changed: where the next pull begins, and what an earlier one already brought."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd

from config.periods import Quarter
from config.programme import Programme
from config.sources import Incremental, Source
from tasks.mapping import values_of
from tasks.privacy import private
from tasks.raw import Raw, Window
from tasks.times import parse_times


def window_of(programme: Programme, source: Source, quarter: Quarter, now: datetime) -> Window | None:
    """Return the quarter, for a source that can be asked; up to now where it is asked for changes, for what was put right changed since."""
    if not source.asks_for_window:
        return None
    starts, ends = programme.span(quarter)
    return Window(starts, now if source.incremental else min(ends, now))


def since_of(incremental: Incremental, watermark: datetime, quarter_start: datetime) -> datetime:
    """Return the instant from which on changes are asked for: the watermark less the overlap, and never after the quarter's start.

    What happened in this quarter before the watermark was set was no part of an earlier quarter, so nothing has kept it.
    """
    return min(watermark - timedelta(days=incremental.overlap_days), quarter_start)


def watermark_of(raw: Raw, source: Source, programme: Programme, as_of: datetime) -> datetime | None:
    """Return the latest change in what was read, by the source's own clock, up to the as-of; None where none can be read."""
    if source.incremental is None:
        return None
    column = source.incremental.changed_at
    zone = column.zone or raw.zones.get(column.from_) or programme.timezone
    changes = parse_times(values_of(raw.table, column), column.format, zone, column.month).values
    latest = changes[changes <= as_of].max()
    return None if pd.isna(latest) else latest.to_pydatetime()


def ids_read(raw: Raw, source: Source, programme: Programme, pseudonym_key: str | None) -> pd.Series:
    """Return the record ids of all rows that were read, whatever became of them, as they are stored."""
    ids = pd.DataFrame({"record_id": values_of(raw.table, source.columns["record_id"])})
    only_id = source.model_copy(update={"columns": {"record_id": source.columns["record_id"]}})
    return private(ids.dropna(), only_id, programme, pseudonym_key)["record_id"]


def carried_over(stored: pd.DataFrame, read: pd.Series) -> pd.DataFrame:
    """Return the stored rows of records that this pull did not bring again."""
    return stored.loc[~stored["record_id"].isin(read)]
