"""`touchstone backfill`: the quarters that have no finished cycle, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from config.calendar import Due, due_run, latest_due, quarters_between
from config.errors import InputError
from config.loading import load_programme
from config.periods import Quarter
from config.programme import Programme
from config.settings import load_settings
from flows.cycle import Outcome
from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.views import editions

RunOne = Callable[[str, datetime | None], Outcome]


def backfill(programme_path: str | Path, since: str | None, run: RunOne) -> Iterator[Outcome]:
    """Run every missing quarter, oldest first, each as of the instant at which it was due, and yield how each ended.

    It ends with the first quarter that waits for an approval, and raises the error of the first that fails: the quarters after it
    build on it. Raises InputError where nothing says which quarter is the first.
    """
    programme = load_programme(programme_path)
    ledger = open_ledger(load_settings().database_url)
    for due in missing(programme, ledger, Quarter.parse(since) if since else None, datetime.now(UTC)):
        outcome = run(str(due.quarter), as_of_for(ledger, programme, due))
        yield outcome
        if outcome.status == "awaiting_approval":
            return


def missing(programme: Programme, ledger: Ledger, since: Quarter | None, now: datetime) -> tuple[Due, ...]:
    """Return the quarters that are due and have no finished cycle, from `since` or the programme's first cycle on."""
    known = [edition for edition in editions(ledger, programme.programme) if not edition.is_draft]
    if since is None and not known:
        raise InputError(f"The ledger knows no cycle of {programme.programme} yet; give the first quarter with --since.")
    first = since or min(Quarter.parse(edition.cycle) for edition in known)
    finished = {edition.cycle for edition in known if edition.status == "finished"}
    quarters = quarters_between(first, latest_due(programme, now))
    return tuple(due_run(programme, quarter) for quarter in quarters if str(quarter) not in finished)


def as_of_for(ledger: Ledger, programme: Programme, due: Due) -> datetime | None:
    """Return when a quarter that was never begun was due; None for one that was begun, which goes on with its own as-of."""
    is_begun = any(edition.cycle == str(due.quarter) and not edition.is_draft for edition in editions(ledger, programme.programme))
    return None if is_begun else due.at
