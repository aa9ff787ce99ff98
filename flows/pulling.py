"""Pulling one source: this quarter's rows, the four quarters before as they stand now, and what earlier cycles kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from config.errors import InputError, MissingSourceError
from config.periods import Quarter
from config.sources import Source
from flows.handover import EarlierCycle, KnownQuarter, Plan
from flows.plan import EARLIER_QUARTERS, mapping_hash
from flows.run import Run
from tasks.incremental import carried_over, ids_read, since_of, watermark_of
from tasks.intake import Intake, empty_ratings, take_in
from tasks.mapping import columns_needed
from tasks.raw import Raw, Window
from tasks.results import InputFile
from tasks.sources.readers import place_of, read
from tasks.vault import get_table


@dataclass(frozen=True)
class Group:
    """Some of the quarters, all at one address: taken in, or tables from their own snapshots and why."""

    intake: Intake | None
    known: tuple[KnownQuarter, ...]
    files: tuple[InputFile, ...] = ()
    kept: tuple[tuple[pd.DataFrame, pd.DataFrame], ...] = ()
    problem: str = ""
    watermark: datetime | None = None


def groups_of(run: Run, source: Source) -> list[list[Quarter]]:
    """Return this quarter and the four before, those of one address and one mapping together, this quarter's first."""
    groups: dict[tuple[str, str], list[Quarter]] = {}
    for number in range(EARLIER_QUARTERS + 1):
        quarter = run.quarter.back(number)
        then = source.at(quarter)
        groups.setdefault((place_of(then, quarter), mapping_hash(then)), []).append(quarter)
    return list(groups.values())


def pull_current(run: Run, source: Source, quarters: Sequence[Quarter], plan: Plan) -> Group:
    """Return the quarters of this quarter's address; where nothing is there, none of its rows and why."""
    base = _base(run, source, plan) if source.incremental else None
    now = source.at(quarters[0])
    problem, place = "", place_of(now, quarters[0])
    try:
        raw = read(now, quarters[0], os.environ, _window(run, now, quarters, base))
    except MissingSourceError:  # the page is published: it names the place as the programme does, never this machine's path
        raw, problem = Raw(_no_rows(now), place, ""), f"there is no file {place}"
    group = replace(_taken(run, now, raw, quarters, plan), problem=problem)
    if base is None:
        return group
    seen = ids_read(raw, now, run.programme, _key(run))
    kept = tuple(_without(_stored(run, source, str(quarter), base), seen) for quarter in quarters[1:])
    return replace(group, kept=kept, watermark=group.watermark or base.watermarks[source.id])


def pull_earlier(run: Run, source: Source, quarters: Sequence[Quarter], plan: Plan) -> Group:
    """Return earlier quarters as their address has them now, or as their own cycles stored them.

    An old export that is gone, or has other columns by now, stops no cycle: the page says what is not known.
    """
    then = source.at(quarters[0])
    try:
        return _taken(run, then, read(then, quarters[0], os.environ, _window(run, then, quarters, None)), quarters, plan)
    except InputError as error:
        known = tuple(_from_earlier(run, source, quarter, plan) for quarter in quarters)
        found = [(quarter.cycle, _cycle_of(plan, quarter.cycle)) for quarter in known if quarter.until is not None]
        kept = tuple(_stored(run, source, cycle, earlier) for cycle, earlier in found if earlier is not None)
        return Group(None, known, kept=kept, problem=str(error))


def _taken(run: Run, source: Source, raw: Raw, quarters: Sequence[Quarter], plan: Plan) -> Group:
    cycle = str(quarters[0])
    return Group(
        take_in(raw, source, run.programme, quarters, run.as_of, _key(run), plan.removed),
        tuple(KnownQuarter(cycle=str(quarter), until=run.as_of) for quarter in quarters if quarter != run.quarter),
        tuple(InputFile(source=source.id, cycle=cycle, place=file.place, sha256=file.sha256, rows=file.rows) for file in raw.files),
        watermark=watermark_of(raw, source, run.programme, run.as_of),
    )


def _key(run: Run) -> str | None:
    key = run.settings.pseudonym_key
    return key.get_secret_value() if key else None


def _no_rows(source: Source) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in columns_needed(source)})


def _window(run: Run, source: Source, quarters: Sequence[Quarter], base: EarlierCycle | None) -> Window | None:
    """Return since when and until when a source that can be asked is asked."""
    if not source.asks_for_window:
        return None
    starts = run.programme.span(quarters[-1])[0]
    if source.incremental is not None and base is not None:
        starts = since_of(source.incremental, base.watermarks[source.id], run.programme.span(run.quarter)[0])
    return Window(starts, run.as_of if run.quarter in quarters else run.programme.span(quarters[0])[1])


def _base(run: Run, source: Source, plan: Plan) -> EarlierCycle | None:
    """Return the cycle of the quarter before, if what it stored of the source still means the same."""
    before = run.quarter.back(1)
    earlier = _cycle_of(plan, str(before))
    if earlier is None or source.id not in earlier.watermarks:
        return None
    return earlier if earlier.sources.get(source.id) == mapping_hash(source.at(before)) else None


def _from_earlier(run: Run, source: Source, quarter: Quarter, plan: Plan) -> KnownQuarter:
    """Return how far a quarter that cannot be read again is known from its own cycle's snapshot."""
    earlier = _cycle_of(plan, str(quarter))
    if earlier is None:
        return KnownQuarter(cycle=str(quarter), until=None, note=f"no data in {source.id}")
    if earlier.sources.get(source.id) != mapping_hash(source.at(quarter)):
        return KnownQuarter(cycle=str(quarter), until=None, note=f"the mapping of {source.id} has changed, and its file is gone")
    return KnownQuarter(cycle=str(quarter), until=min(earlier.as_of, run.as_of))


def _stored(run: Run, source: Source, cycle: str, earlier: EarlierCycle) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows and ratings of one source and quarter from an earlier cycle's snapshot."""
    feedback = get_table(run.vault, earlier.feedback)
    own = feedback.loc[(feedback["source"] == source.id) & (feedback["cycle"] == cycle)]
    ratings = get_table(run.vault, earlier.ratings)
    return own, ratings.loc[(ratings["source"] == source.id) & (ratings["cycle"] == cycle)]


def _without(tables: tuple[pd.DataFrame, pd.DataFrame], seen: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, ratings = tables
    return carried_over(rows, seen), carried_over(ratings, seen)


def _cycle_of(plan: Plan, cycle: str) -> EarlierCycle | None:
    return next((earlier for earlier in plan.earlier if earlier.cycle == cycle), None)


def union(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return tables one under the other, in the order of their sources; columns of any are columns of all."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else (tables[0] if tables else empty_ratings())
