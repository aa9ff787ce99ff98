"""Editions of a cycle: opening one or going on with it, its steps, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import func, select

from config.errors import InputError, TouchstoneError
from config.loading import fingerprint
from tasks.ledger.chain import canonical
from tasks.ledger.connection import Ledger, now
from tasks.ledger.journal import append
from tasks.ledger.models import Base, Cycle, Step

SNAPSHOT_STEP = "snapshot"
AWAITING_APPROVAL: Final = "awaiting_approval"
REJECTED: Final = "rejected"
_GOES_ON = ("running", "interrupted", AWAITING_APPROVAL)
_BEGINS_ANEW = ("not_publishable", REJECTED)


@dataclass(frozen=True)
class Request:
    """What somebody asks to be run."""

    programme: str
    cycle: str
    frozen: str
    as_of: datetime | None
    is_draft: bool
    revision_reason: str
    versions: dict[str, str]


@dataclass(frozen=True)
class Journal:
    """The ledger as one run of one edition sees it; every write needs the run's lock."""

    ledger: Ledger
    programme: str
    edition: str
    attempt: int
    token: str

    def write(self, kind: str, *rows: Base, **detail: object) -> None:
        """Write rows and an event with their hashes, in one transaction."""
        with self.ledger.transaction() as session:
            append(session, self.ledger, self.programme, self.edition, kind, *rows, token=self.token, **detail)


def edition_for(ledger: Ledger, request: Request) -> tuple[str, Literal["new", "go on", "again", "done"]]:
    """Return the name of the edition that a request is about, and what is to be done with it.

    new: open it; go on: it was interrupted and its data are safe; again: it has to begin anew with today's
    programme; done: it is finished. Raises InputError where there is nothing to revise.
    """
    if request.is_draft:
        return f"{request.cycle}.draft{_count_drafts(ledger, request) + 1}", "new"
    latest = latest_edition(ledger, request.programme, request.cycle)
    if latest is None:
        if request.revision_reason:
            raise InputError(
                f"{request.cycle} of {request.programme} has not been published, so there is nothing to revise; run it without --revise."
            )
        return request.cycle, "new"
    if latest.status == "finished":
        return (f"{request.cycle}.r{latest.revision + 1}", "new") if request.revision_reason else (latest.edition, "done")
    return latest.edition, "go on" if latest.status in _GOES_ON or _has_snapshot(ledger, latest) else "again"


def open_edition(journal: Journal, request: Request, action: str) -> Cycle:
    """Return the edition's row, written where it is new or begins again."""
    latest = get_edition(journal.ledger, request.programme, journal.edition)
    if latest is not None and action == "go on":
        _require_same_as_of(latest, request)
        return _resume(journal, latest)
    published = latest_edition(journal.ledger, request.programme, request.cycle)
    recorded = latest.as_of if latest else now()
    row = Cycle(
        programme=request.programme,
        edition=journal.edition,
        cycle=request.cycle,
        revision=latest.revision if latest else (published.revision if published else 0) + (not request.is_draft),
        is_draft=request.is_draft,
        attempt=latest.attempt + 1 if latest else 1,
        status="running",
        as_of=request.as_of.isoformat() if request.as_of else recorded,
        frozen=request.frozen,
        programme_sha256=fingerprint(request.frozen),
        versions=canonical(request.versions),
        reason=request.revision_reason,
        error="",
        opened_at=now(),
        closed_at="",
    )
    journal.write("cycle.opened", row, as_of=row.as_of, programme_sha256=row.programme_sha256, attempt=row.attempt)
    return row


def _resume(journal: Journal, edition: Cycle) -> Cycle:
    """Return the edition, marked as running again where it had ended in order."""
    if edition.status == "running":
        return edition
    with journal.ledger.transaction() as session:
        row = session.get_one(Cycle, (journal.programme, journal.edition))
        row.status, row.error, row.closed_at = "running", "", ""
        append(session, journal.ledger, journal.programme, journal.edition, "cycle.resumed", row, token=journal.token, was=edition.status)
    return row


def close_edition(journal: Journal, status: str, error: BaseException | None = None) -> None:
    """Record how the edition ended: finished, awaiting_approval, not_publishable, failed (permanent) or interrupted (run again)."""
    with journal.ledger.transaction() as session:
        row = session.get_one(Cycle, (journal.programme, journal.edition))
        row.status, row.closed_at = status, now()
        row.error = in_words(error) if error else ""
        append(session, journal.ledger, journal.programme, journal.edition, f"cycle.{status}", row, token=journal.token, error=row.error)


def in_words(error: BaseException) -> str:
    """Return an error as the ledger keeps it: our own sentence, and of any other error only its kind.

    The text of an unforeseen error may hold what a customer wrote.
    """
    if isinstance(error, TouchstoneError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "interrupted by hand"
    return f"unforeseen {type(error).__name__}"


def step_output(journal: Journal, name: str) -> str | None:
    """Return the JSON that a finished step of this attempt gave, or None."""
    with journal.ledger.transaction() as session:
        step = session.get(Step, (journal.programme, journal.edition, journal.attempt, name))
        return step.output if step is not None and step.status == "done" else None


def start_step(journal: Journal, name: str) -> Step:
    """Record that a step begins."""
    step = Step(
        programme=journal.programme,
        edition=journal.edition,
        attempt=journal.attempt,
        name=name,
        status="started",
        output="",
        error="",
        started_at=now(),
        ended_at="",
    )
    journal.write("step.started", step, step=name)
    return step


def end_step(journal: Journal, name: str, *, output: str = "", error: BaseException | None = None, rows: Sequence[Base] = ()) -> None:
    """Record a step's output with the rows it produced, or its error, in one transaction."""
    with journal.ledger.transaction() as session:
        step = session.get_one(Step, (journal.programme, journal.edition, journal.attempt, name))
        step.status, step.output, step.ended_at = ("failed" if error else "done"), output, now()
        step.error = in_words(error) if error else ""
        kind = f"step.{step.status}"
        append(
            session, journal.ledger, journal.programme, journal.edition, kind, step, *rows, token=journal.token, step=name, error=step.error
        )


def get_edition(ledger: Ledger, programme: str, edition: str) -> Cycle | None:
    """Return an edition's row, or None."""
    with ledger.transaction() as session:
        return session.get(Cycle, (programme, edition))


def latest_edition(ledger: Ledger, programme: str, cycle: str, status: str | None = None) -> Cycle | None:
    """Return the newest edition of a cycle that is no draft (of that status, where one is given), or None."""
    query = select(Cycle).where(Cycle.programme == programme, Cycle.cycle == cycle, Cycle.is_draft.is_(False))
    if status is not None:
        query = query.where(Cycle.status == status)
    with ledger.transaction() as session:
        return session.execute(query.order_by(Cycle.revision.desc()).limit(1)).scalar_one_or_none()


def output_of(ledger: Ledger, edition: Cycle, step: str) -> str | None:
    """Return the JSON that a finished step of an edition's last attempt gave, or None."""
    with ledger.transaction() as session:
        row = session.get(Step, (edition.programme, edition.edition, edition.attempt, step))
        return row.output if row is not None and row.status == "done" else None


def _has_snapshot(ledger: Ledger, edition: Cycle) -> bool:
    return edition.status not in _BEGINS_ANEW and output_of(ledger, edition, SNAPSHOT_STEP) is not None


def _count_drafts(ledger: Ledger, request: Request) -> int:
    query = select(func.count()).where(Cycle.programme == request.programme, Cycle.cycle == request.cycle, Cycle.is_draft.is_(True))
    with ledger.transaction() as session:
        return session.execute(query).scalar_one()


def _require_same_as_of(edition: Cycle, request: Request) -> None:
    if request.as_of is not None and request.as_of != datetime.fromisoformat(edition.as_of):
        raise InputError(
            f"{edition.edition} of {edition.programme} was begun with --as-of {edition.as_of} and goes on with it; "
            "leave --as-of out, or use --revise once it is done."
        )
