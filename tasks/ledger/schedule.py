"""What was scheduled: the dates that were registered, and which of them have passed without a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from tasks.ledger.connection import Ledger
from tasks.ledger.journal import append
from tasks.ledger.models import Cycle, Event

REGISTERED = "schedule.registered"


def record_schedule(ledger: Ledger, programme: str, dates: Mapping[str, str], changes: Sequence[str]) -> None:
    """Record the instants (ISO 8601, by cycle) for which runs are registered, and what was changed to get there."""
    with ledger.transaction() as session:
        append(session, ledger, programme, "", REGISTERED, dates=dict(dates), changes=list(changes))


def missed_runs(ledger: Ledger, programme: str, before: datetime) -> dict[str, datetime]:
    """Return the cycles that were registered for an instant before that one and never begun, oldest first, with the instant."""
    with ledger.transaction() as session:
        begun = set(session.scalars(select(Cycle.cycle).where(Cycle.programme == programme, Cycle.is_draft.is_(False))))
    return {cycle: at for cycle, at in _registered(ledger, programme).items() if at < before and cycle not in begun}


def next_run(ledger: Ledger, programme: str, now: datetime) -> tuple[str, datetime] | None:
    """Return the next cycle that is registered, with its instant; None where none is."""
    return next(((cycle, at) for cycle, at in _registered(ledger, programme).items() if at >= now), None)


def _registered(ledger: Ledger, programme: str) -> dict[str, datetime]:
    """Return every cycle that was ever registered with its instant, in order; where a date was moved, the last one counts."""
    query = select(Event).where(Event.programme == programme, Event.kind == REGISTERED).order_by(Event.seq)
    with ledger.transaction() as session:
        registered = [json.loads(event.payload)["detail"]["dates"] for event in session.scalars(query)]
    dates = {cycle: datetime.fromisoformat(at) for event in registered for cycle, at in event.items()}
    return dict(sorted(dates.items()))
