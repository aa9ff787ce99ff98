"""Looking after served programmes: a cycle that was cut off goes on, a run that was missed is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config.loading import load_programme
from flows.service.deployments import POOL, cycle_deployment
from flows.service.prefect_api import PrefectApi
from tasks.ledger.connection import Ledger
from tasks.ledger.locks import holder
from tasks.ledger.schedule import missed_runs
from tasks.ledger.views import editions

GRACE = timedelta(minutes=15)  # before a run that did not begin counts as missed
AGAIN_AFTER = timedelta(minutes=5)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
_CUT_OFF = "what ran this was killed; `touchstone serve` goes on with the cycle"


def go_on(api: PrefectApi, ledger: Ledger, programme_id: str, path: Path, tried: dict[tuple[str, str], datetime]) -> Iterator[str]:
    """Start a run of every cycle that was cut off or missed and that nobody runs, oldest first; yield what was started, in words.

    The rule: a cycle that was cut off goes on at once; one whose service failed is tried again every five minutes; a quarter that
    was scheduled and not begun fifteen minutes later is run as of the instant it was scheduled for. What failed for good, or was
    not publishable, waits for a person; so does everything while the programme file is wrong (InputError). `tried` remembers
    from one look to the next when a cycle was last started.
    """
    now = datetime.now(UTC)
    load_programme(path)  # a run with a file that is wrong would fail again and again
    wanted = _unfinished(ledger, programme_id, now)
    due = {cycle: as_of for cycle, as_of in wanted.items() if tried.get((programme_id, cycle), LONG_AGO) < now - AGAIN_AFTER}
    if not due:
        return
    busy = {run["parameters"].get("cycle") for run in api.active_runs(POOL) if run["parameters"].get("programme") == str(path)}
    deployment = api.deployment_id(cycle_deployment(programme_id))
    for cycle, as_of in due.items():
        if cycle not in busy:
            api.start(deployment, {"cycle": cycle} | ({"as_of": as_of.isoformat()} if as_of else {}))
            tried[programme_id, cycle] = now
            yield f"{programme_id} {cycle}: going on with it" if as_of is None else f"{programme_id} {cycle}: was missed, and is run now"


def release_dead_runs(api: PrefectApi, ledger: Ledger, programmes: Mapping[str, Path]) -> None:
    """Tell the server of the runs that died with the last `serve`: what no living process holds a lock for runs no more."""
    held = {str(path) for programme_id, path in programmes.items() if holder(ledger, programme_id)}
    own = {*map(str, programmes.values()), *programmes}
    for run in api.active_runs(POOL, ("PENDING", "RUNNING", "CANCELLING")):
        programme = _programme_of(run)
        if programme in own and programme not in held:
            api.crash(run["id"], _CUT_OFF)


def _programme_of(run: Mapping[str, Any]) -> str:
    return str(run["parameters"].get("programme") or run["parameters"].get("programme_id") or "")


def _unfinished(ledger: Ledger, programme_id: str, now: datetime) -> dict[str, datetime | None]:
    """Return the cycles to go on with (None: its own as-of) and those to begin, oldest first."""
    is_held = holder(ledger, programme_id) is not None
    cut_off = [
        edition.cycle
        for edition in editions(ledger, programme_id)
        if not edition.is_draft and edition.status in ("running", "interrupted") and not is_held
    ]
    missed: dict[str, datetime | None] = dict(missed_runs(ledger, programme_id, now - GRACE))
    return dict(sorted((missed | dict.fromkeys(cut_off)).items()))
