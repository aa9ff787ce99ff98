"""One run of one edition: what its steps share, and how a step is recorded, resumed and called."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from config.errors import InputError
from config.periods import Quarter
from config.programme import Programme
from config.settings import Settings
from config.written import written_as
from flows.handover import StepResult
from tasks.ledger.connection import now
from tasks.ledger.editions import Journal, end_step, start_step, step_output
from tasks.ledger.models import Base
from tasks.store import Store

R = TypeVar("R", bound=StepResult)
DISTRIBUTION = "touchstone-cx"
STEP_LOGGER = "touchstone.steps"
STEP_FACTS = ("at", "programme", "cycle", "step", "rows", "seconds")
_log = logging.getLogger(STEP_LOGGER)


class Caller(Protocol):
    """How a step's function is called: directly, or as a Prefect task with retries and a time-out."""

    def __call__(self, name: str, work: Callable[..., R], /, *args: Any) -> R:
        """Return what `work(*args)` returns."""


@dataclass(frozen=True)
class Run:
    """What every step of one run may look at; all of it is fixed before the first step."""

    programme: Programme
    programme_sha256: str
    quarter: Quarter
    edition: str
    as_of: datetime
    is_draft: bool
    revision_reason: str
    versions: dict[str, str]
    settings: Settings
    vault: Store
    store: Store
    journal: Journal
    call: Caller

    def output(self, name: str, kind: type[R]) -> R | None:
        """Return what a finished step of this attempt gave, or None."""
        recorded = step_output(self.journal, name)
        if recorded is None:
            return None
        try:
            return kind.model_validate_json(recorded)
        except ValidationError:
            begun_with = self.versions.get(DISTRIBUTION, "another version")
            raise InputError(
                f"{self.edition} of {self.programme.programme} was begun with Touchstone {begun_with}, and this version cannot read its "
                f"step {name!r}; finish it with {begun_with}."
            ) from None


def directly(_name: str, work: Callable[..., R], /, *args: Any) -> R:
    """Call a step's function in this process, without Prefect."""
    return work(*args)


def step(run: Run, name: str, kind: type[R], work: Callable[..., R], *args: Any, rows: Callable[[R], Sequence[Base]] = lambda _: ()) -> R:
    """Return what the step gives: from the ledger where an earlier try finished it, else by doing it.

    Its output and the ledger rows that it brings are committed together; a failure is in the ledger before
    the exception goes on.
    """
    recorded = run.output(name, kind)
    if recorded is not None:
        return recorded
    start_step(run.journal, name)
    started = time.monotonic()
    try:
        result = run.call(name, _in_its_look(work), run, *args)
    except BaseException as error:
        end_step(run.journal, name, error=error)
        raise
    end_step(run.journal, name, output=result.model_dump_json(), rows=rows(result))
    _log_step(run, name, result, time.monotonic() - started)
    return result


def _in_its_look(work: Callable[..., R]) -> Callable[..., R]:
    """Return the step's function, inside of which sentences are written as the programme says: in whichever thread it is called."""

    @wraps(work)
    def written(run: Run, *args: Any) -> R:
        with written_as(run.programme.look):
            return work(run, *args)

    return written


def _log_step(run: Run, name: str, result: StepResult, seconds: float) -> None:
    """Log one line; its facts are also there for handlers to read (`STEP_FACTS`)."""
    values = (now(), run.programme.programme, run.edition, name, result.row_count, round(seconds, 1))
    facts = dict(zip(STEP_FACTS, values, strict=True))
    _log.info("%(programme)s %(cycle)s: %(step)s, rows %(rows)s, %(seconds)s s", facts, extra=facts)
