"""Do: pull every source, refresh the earlier quarters, and store one immutable snapshot."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import pandas as pd

from config.errors import InputError
from config.periods import Quarter
from config.sources import Source
from expectations import gate
from flows.handover import EarlierCycle, KnownQuarter, Plan, Pulled, Snapshot
from flows.plan import EARLIER_QUARTERS, mapping_hashes
from flows.run import Run, step
from tasks.intake import Intake, Raw, empty_ratings, take_in
from tasks.ledger.editions import SNAPSHOT_STEP
from tasks.ledger.models import Input
from tasks.results import Check, SourceAccount
from tasks.sources.readers import place_of, read
from tasks.standards.placement import place
from tasks.vault import get_table, put_table


@dataclass(frozen=True)
class Refreshed:
    """Earlier quarters of one address: taken in again, or tables from their own snapshots and why."""

    intake: Intake | None
    known: tuple[KnownQuarter, ...]
    stored: tuple[tuple[pd.DataFrame, pd.DataFrame], ...]
    problem: str


def do(run: Run, plan: Plan) -> Snapshot:
    """Return the cycle's snapshot: every source taken in, and judged by the gate."""
    pulled = [
        step(run, f"pull {source.id}", Pulled, pull, source.id, plan, rows=lambda result: _input_rows(run, result))
        for source in run.programme.sources
    ]
    return step(run, SNAPSHOT_STEP, Snapshot, snapshot, pulled)


def pull(run: Run, source_id: str, plan: Plan) -> Pulled:
    """Read one source for this quarter, and again for the four before, so that their open cases are known."""
    source = next(source for source in run.programme.sources if source.id == source_id)
    (_, quarters), *others = _places(source, run.quarter).items()
    current = _take_in(run, plan, source, read(source, quarters[0], os.environ), quarters)
    earlier = [_refresh(run, source, group, plan) for _, group in others]
    intakes = [current, *(one.intake for one in earlier if one.intake is not None)]
    stored = [tables for one in earlier for tables in one.stored]
    return Pulled(
        source=source.id,
        account=current.account,
        refreshed=tuple(intake.account for intake in intakes[1:]),
        known=(*(_known(quarter, run.as_of) for quarter in quarters[1:]), *(known for one in earlier for known in one.known)),
        details=tuple(one.problem for one in earlier if one.problem),
        rules=current.rules,
        feedback=put_table(run.vault, _union([*(intake.feedback for intake in intakes), *(feedback for feedback, _ in stored)])),
        ratings=put_table(run.vault, _union([*(intake.ratings for intake in intakes), *(ratings for _, ratings in stored)])),
        quarantine=put_table(run.vault, current.quarantine),
    )


def snapshot(run: Run, pulled: Sequence[Pulled]) -> Snapshot:
    """Put the sources together, store them, and pass them through the gate."""
    feedback = _union([get_table(run.vault, one.feedback) for one in pulled])
    ratings = _union([get_table(run.vault, one.ratings) for one in pulled])
    quarantine = _union([get_table(run.vault, one.quarantine) for one in pulled])
    current = feedback.loc[feedback["cycle"] == str(run.quarter)]
    accounts = tuple(one.account for one in pulled)
    known = _known_from_all(pulled)
    return Snapshot(
        feedback=put_table(run.vault, feedback),
        ratings=put_table(run.vault, ratings),
        quarantine=put_table(run.vault, quarantine),
        accounts=accounts,
        refreshed=tuple(account for one in pulled for account in one.refreshed),
        rules=tuple(rule for one in pulled for rule in one.rules),
        gate=(*_gate(run, accounts), _earlier_quarters(known)),
        known=known,
        unplaced=int(place(current, run.programme).isna().sum()),
        records=len(current),
        answers=int((ratings["cycle"] == str(run.quarter)).sum()),
    )


def _places(source: Source, quarter: Quarter) -> dict[str, list[Quarter]]:
    """Return which of the quarters each address serves, this quarter's address first."""
    places: dict[str, list[Quarter]] = {}
    for number in range(EARLIER_QUARTERS + 1):
        places.setdefault(place_of(source, quarter.back(number)), []).append(quarter.back(number))
    return places


def _take_in(run: Run, plan: Plan, source: Source, raw: Raw, quarters: Sequence[Quarter]) -> Intake:
    key = run.settings.pseudonym_key
    return take_in(raw, source, run.programme, quarters, run.as_of, key.get_secret_value() if key else None, plan.removed)


def _refresh(run: Run, source: Source, quarters: Sequence[Quarter], plan: Plan) -> Refreshed:
    """Return earlier quarters as their address has them now, or as their own cycles stored them.

    An old export that is gone, or has other columns by now, stops no cycle: the page says what is not known.
    """
    try:
        intake = _take_in(run, plan, source, read(source, quarters[0], os.environ), quarters)
    except InputError as error:
        known = tuple(_from_earlier(run, source, quarter, plan) for quarter in quarters)
        stored = tuple(_stored(run, source, quarter.cycle, plan) for quarter in known if quarter.until is not None)
        return Refreshed(None, known, stored, str(error))
    return Refreshed(intake, tuple(_known(quarter, run.as_of) for quarter in quarters), (), "")


def _known(quarter: Quarter, until: datetime) -> KnownQuarter:
    return KnownQuarter(cycle=str(quarter), until=until)


def _from_earlier(run: Run, source: Source, quarter: Quarter, plan: Plan) -> KnownQuarter:
    """Return how far a quarter that cannot be read again is known from its own cycle's snapshot."""
    earlier = _cycle_of(plan, str(quarter))
    if earlier is None:
        return KnownQuarter(cycle=str(quarter), until=None, note=f"no data in {source.id}")
    if earlier.sources.get(source.id) != mapping_hashes(run.programme)[source.id]:
        return KnownQuarter(cycle=str(quarter), until=None, note=f"the mapping of {source.id} has changed, and its file is gone")
    return _known(quarter, min(earlier.as_of, run.as_of))


def _stored(run: Run, source: Source, cycle: str, plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the feedback and ratings of one source and quarter from that quarter's own snapshot."""
    earlier = _cycle_of(plan, cycle)
    if earlier is None:
        raise RuntimeError(f"{cycle} counts as known and has no snapshot")
    feedback = get_table(run.vault, earlier.feedback)
    own = feedback.loc[(feedback["source"] == source.id) & (feedback["cycle"] == cycle)]
    ratings = get_table(run.vault, earlier.ratings)
    return own, ratings.loc[(ratings["source"] == source.id) & (ratings["cycle"] == cycle)]


def _cycle_of(plan: Plan, cycle: str) -> EarlierCycle | None:
    return next((earlier for earlier in plan.earlier if earlier.cycle == cycle), None)


def _known_from_all(pulled: Sequence[Pulled]) -> tuple[KnownQuarter, ...]:
    """Return for each earlier quarter how far all sources together know it."""
    by_cycle: dict[str, list[KnownQuarter]] = {}
    for one in pulled:
        for quarter in one.known:
            by_cycle.setdefault(quarter.cycle, []).append(quarter)
    return tuple(_least_known(cycle, by_cycle[cycle]) for cycle in sorted(by_cycle, reverse=True))


def _least_known(cycle: str, quarters: Sequence[KnownQuarter]) -> KnownQuarter:
    notes = "; ".join(quarter.note for quarter in quarters if quarter.note)
    instants = [quarter.until for quarter in quarters if quarter.until is not None]
    return KnownQuarter(cycle=cycle, until=None if notes else min(instants), note=notes)


def _gate(run: Run, accounts: Sequence[SourceAccount]) -> tuple[Check, ...]:
    intakes = [gate.Intake(account.source, account.quarantined, account.accepted) for account in accounts]
    return tuple(Check(is_required=True, **asdict(result)) for result in gate.pass_gate(intakes, run.programme.gate))


def _earlier_quarters(known: Sequence[KnownQuarter]) -> Check:
    missing = [f"{quarter.cycle}: {quarter.note}" for quarter in known if quarter.until is None]
    return Check(
        name="earlier quarters",
        description="The four quarters before are known, so that changes can be told",
        is_required=False,
        is_passed=not missing,
        notes="; ".join(missing),
    )


def _union(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return tables one under the other, in the order of their sources; columns of any are columns of all."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else (tables[0] if tables else empty_ratings())


def _input_rows(run: Run, pulled: Pulled) -> list[Input]:
    return [_input_row(run, account.model_dump()) for account in (pulled.account, *pulled.refreshed)]


def _input_row(run: Run, account: Mapping[str, object]) -> Input:
    return Input(programme=run.programme.programme, edition=run.edition, attempt=run.journal.attempt, **account)
