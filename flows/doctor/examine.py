"""`touchstone doctor`: tries everything that a cycle will need, and lists what waits for a person."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config.calendar import due_run, due_runs, latest_due
from config.errors import TouchstoneError
from config.loading import load_programme, thaw
from config.periods import Quarter
from config.programme import Programme
from config.settings import Settings, load_settings
from config.sources import Source
from flows.doctor.finding import Finding, State, broken, listed
from flows.doctor.installation import installation, try_ledger
from flows.doctor.lists import Examined, finished_cycles, lists
from tasks.incremental import window_of
from tasks.ledger.connection import Ledger
from tasks.ledger.views import editions
from tasks.ledger.views import programmes as known_programmes
from tasks.privacy import identifiers_of
from tasks.sources.readers import place_of, read_header

__all__ = ["Finding", "examine", "examine_in_rows"]


def examine(programmes: Sequence[Path], settings: Settings, now: datetime) -> tuple[Finding, ...]:
    """Return what was found about the installation, then about each programme: those given, or all that the ledger knows.

    Nothing is left in store, vault, mail server and outbox; a ledger that is not there is created, as by every command.
    Whatever Touchstone can say in a sentence is a finding; `now` is this machine's time.
    """
    present = _running_from(now)
    ledger, finding = try_ledger(settings)
    findings = [finding, *installation(settings, ledger, present)]
    all_examined = [_load(path) for path in programmes] if programmes else _known(ledger)
    for examined in all_examined:
        findings += [examined] if isinstance(examined, Finding) else _examine_programme(examined, settings, ledger, now)
    if ledger is not None:
        ledger.engine.dispose()
    return tuple(findings)


def examine_in_rows(programmes: Sequence[Path]) -> list[dict[str, Any]]:
    """Return what `examine` finds with the settings of this process, now: a row a finding."""
    return [asdict(finding) for finding in examine(programmes, load_settings(), datetime.now(UTC))]


def _running_from(now: datetime) -> Callable[[], datetime]:
    """Return a clock that stands at `now`, and goes on."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)


def _load(path: Path) -> Examined | Finding:
    try:
        return Examined(load_programme(path), shlex.quote(str(path)))
    except TouchstoneError as error:
        return broken(str(path), "programme", error)


def _known(ledger: Ledger | None) -> list[Examined | Finding]:
    """Return the programmes that the ledger knows, each as its newest edition froze it."""
    if ledger is None:
        return []
    try:
        begun = [editions(ledger, name) for name in known_programmes(ledger)]
    except TouchstoneError as error:
        return [broken("", "ledger", error)]
    newest = [max(own, key=lambda edition: edition.opened_at) for own in begun if own]
    return [Examined(thaw(edition.frozen), "PROGRAMME") for edition in newest]


def _examine_programme(examined: Examined, settings: Settings, ledger: Ledger | None, now: datetime) -> Iterator[Finding]:
    programme = examined.programme
    parts = f"{len(programme.promises)} standards, {len(programme.sources)} sources"
    yield Finding(examined.name, "programme", "ok", f"{programme.title}: {parts}")
    yield from listed(examined.name, "zone", lambda: (_zone(programme, now),), "")
    yield _pseudonym_key(programme, settings)
    yield from listed(examined.name, "sources", lambda: _sources(programme, ledger, now), "there is none")
    if ledger is not None:
        yield from lists(ledger, examined, now)


def _zone(programme: Programme, now: datetime) -> Finding:
    """Return what the programme's clocks show, and when its next cycle is due by them."""
    local, (due,) = now.astimezone(programme.zone), due_runs(programme, after=now, count=1)
    words = f"in {programme.timezone} it is {_on_the_clock(local)}; {due.quarter} is due at {_on_the_clock(due.at)}: {due.reason}"
    return Finding(programme.programme, "zone", "ok", words)


def _on_the_clock(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} (UTC{instant.isoformat()[-6:]})"


def _pseudonym_key(programme: Programme, settings: Settings) -> Finding:
    name = programme.programme
    wanting = ", ".join(source.id for source in programme.sources if identifiers_of(source))
    if not wanting:
        return Finding(name, "pseudonym key", "ok", "no source maps customer_id or another identifier of people, so none is needed")
    if settings.pseudonym_key is not None:
        return Finding(name, "pseudonym key", "ok", "set")
    words = f"TOUCHSTONE_PSEUDONYM_KEY is not set, and without it these sources cannot be taken in: {wanting}"
    advice = "set it in the environment, and keep it: with another key every customer is another"
    return Finding(name, "pseudonym key", "broken", words, advice)


def _sources(programme: Programme, ledger: Ledger | None, now: datetime) -> Iterator[Finding]:
    """Yield for each source whether its header can be read for the quarter that ended last.

    Where it cannot, that is broken from the day the cycle is due until it is finished.
    """
    quarter = Quarter.of(now.astimezone(programme.zone).date(), programme.year_starts_in).back(1)
    is_finished = ledger is not None and str(quarter) in finished_cycles(ledger, programme.programme)
    state: State = "broken" if latest_due(programme, now) >= quarter and not is_finished else "attention"
    needed = f"the cycle of {quarter} needs it, due at {_on_the_clock(due_run(programme, quarter).at)}"
    wanted = f"{quarter} is finished, and later cycles read its open cases again" if is_finished else needed
    for source in programme.sources:
        try:
            columns = read_header(source.at(quarter), quarter, os.environ, window_of(programme, source, quarter, now))
        except TouchstoneError as error:
            yield Finding(programme.programme, f"source {source.id}", state, str(error), f"put this right: {wanted}")
        else:
            yield _readable(programme.programme, source.at(quarter), quarter, columns)


def _readable(programme: str, source: Source, quarter: Quarter, columns: Sequence[str]) -> Finding:
    words = f"{place_of(source, quarter)} has {len(columns)} columns, among them all that are needed"
    return Finding(programme, f"source {source.id}", "ok", words)
