"""One cycle: plan, do, check, act."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from config.errors import InputError, LockedError, NotPublishableError
from config.loading import freeze, load_programme, thaw
from config.periods import Quarter
from config.programme import Programme
from config.settings import Settings, load_settings
from flows.act import act, decide, refuse
from flows.approval import is_plan_approved, is_publication_approved, place_of_preview
from flows.check import check
from flows.do import do
from flows.effects import follow
from flows.handover import Published
from flows.places import open_published, open_vault, store_uri
from flows.plan import plan
from flows.publishing import PUBLISH_STEP
from flows.run import DISTRIBUTION, Caller, Run, directly
from reports.pdf import check_logo
from tasks.ledger.approvals import waiting_approvals
from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.editions import AWAITING_APPROVAL, Journal, Request, close_edition, edition_for, get_edition, open_edition, output_of
from tasks.ledger.locks import locked
from tasks.ledger.models import Cycle
from tasks.local_copy import expire_copies
from tasks.publishing import INDEX

PACKAGES = (
    DISTRIBUTION,
    "pandas",
    "numpy",
    "scipy",
    "scikit-learn",
    "graspologic-native",
    "great-expectations",
    "onnxruntime",
    "pyarrow",
    "jinja2",
    "prefect",
    "tokenizers",
)
Status = Literal["finished", "awaiting_approval"]


@dataclass(frozen=True)
class Outcome:
    """How a run or a decision ended: what is visible, and where."""

    programme: str
    edition: str
    status: Literal["finished", "already_done", "awaiting_approval", "approved", "rejected"]
    place: str
    headline: str

    @property
    def cycle(self) -> str:
        """The quarter of the edition."""
        return self.edition.split(".")[0]


def run_cycle(
    programme_path: str | Path,
    cycle: str,
    *,
    as_of: datetime | None = None,
    is_draft: bool = False,
    revision_reason: str = "",
    settings: Settings | None = None,
    call: Caller = directly,
) -> Outcome:
    """Run one cycle from plan to act, or go on with it where it was interrupted.

    Raises InputError, ServiceError, LockedError or NotPublishableError, each recorded before it is raised.
    """
    settings = settings or load_settings()
    programme = load_programme(programme_path)
    _require_possible(programme, Quarter.parse(cycle), as_of or datetime.now(UTC))
    request = Request(
        programme=programme.programme,
        cycle=str(Quarter.parse(cycle)),
        frozen=freeze(programme),
        as_of=as_of,
        is_draft=is_draft,
        revision_reason=revision_reason,
        versions={package: version(package) for package in PACKAGES},
    )
    ledger = open_ledger(settings.database_url)
    expire_copies(settings.quarantine_folder, settings.quarantine_days, datetime.now(UTC))
    edition, action = edition_for(ledger, request)
    if action == "done":
        return _outcome(ledger, request.programme, edition, "already_done", settings)
    with locked(ledger, request.programme, request.cycle, settings.lease_seconds) as token:
        edition, action = edition_for(ledger, request)  # another run may have ended in between
        if action == "done":
            return _outcome(ledger, request.programme, edition, "already_done", settings)
        with _opened(ledger, request, edition, action, token, settings, call) as run:
            status = _plan_do_check_act(run)
            close_edition(run.journal, status)
    return _outcome(ledger, request.programme, edition, status, settings)


def _plan_do_check_act(run: Run) -> Status:
    """Go as far as the cycle may, and return how far that is."""
    carried = plan(run)
    if not is_plan_approved(run, carried):
        return AWAITING_APPROVAL
    snapshot = do(run, carried)
    if not snapshot.is_publishable:
        raise NotPublishableError(refuse(run, snapshot))
    findings = check(run, carried, snapshot)
    followed = follow(run, carried, snapshot, findings)
    decided = decide(run, carried, snapshot, findings, followed)
    if not is_publication_approved(run, decided):
        return AWAITING_APPROVAL
    act(run, decided)
    return "finished"


@contextmanager
def _opened(ledger: Ledger, request: Request, edition: str, action: str, token: str, settings: Settings, call: Caller) -> Iterator[Run]:
    """Yield the run of an edition, and record how it ended."""
    earlier = get_edition(ledger, request.programme, edition)
    attempt = (earlier.attempt if earlier else 0) + (action != "go on")
    journal = Journal(ledger, request.programme, edition, attempt, token)
    row = open_edition(journal, request, action)
    try:
        yield prepared_run(journal, row, settings, call)
    except LockedError:
        raise  # the lock is another run's now, and so is the right to write
    except BaseException as error:
        close_edition(journal, _status_after(error), error)
        raise


def _status_after(error: BaseException) -> str:
    """Return how an error ends an edition: interrupted goes on where it stopped, failed may have to begin anew."""
    if isinstance(error, NotPublishableError):
        return "not_publishable"
    is_passing = getattr(error, "is_transient", False) or not isinstance(error, Exception)
    return "interrupted" if is_passing else "failed"


def prepared_run(journal: Journal, row: Cycle, settings: Settings, call: Caller) -> Run:
    """Return the run, its store and vault tried before any work is done."""
    store, vault = open_published(settings, is_draft=row.is_draft), open_vault(settings)
    store.check()
    vault.check()
    return Run(
        programme=thaw(row.frozen),
        programme_sha256=row.programme_sha256,
        quarter=Quarter.parse(row.cycle),
        edition=row.edition,
        as_of=datetime.fromisoformat(row.as_of),
        is_draft=row.is_draft,
        revision_reason=row.reason,
        versions=json.loads(row.versions),
        settings=settings,
        vault=vault,
        store=store,
        journal=journal,
        call=call,
    )


def _require_possible(programme: Programme, quarter: Quarter, as_of: datetime) -> None:
    check_logo(programme.look)  # now, not when the report is printed
    starts, _ = programme.span(quarter)
    if as_of <= starts:
        name = f"{quarter} of {programme.programme}"
        raise InputError(f"{name} begins on {starts:%Y-%m-%d}, and the as-of is {as_of:%Y-%m-%d %H:%M}; choose an earlier cycle.")
    if as_of > datetime.now(UTC):
        raise InputError(
            f"--as-of {as_of.isoformat()} lies in the future, of which nothing is known yet; leave it out to take the present."
        )


def _outcome(ledger: Ledger, programme: str, edition: str, status: Literal["already_done"] | Status, settings: Settings) -> Outcome:
    row = get_edition(ledger, programme, edition)
    if row is None:
        raise RuntimeError(f"{edition} of {programme} ended and is not in the ledger")
    if status == AWAITING_APPROVAL:
        (asked,) = (one for one in waiting_approvals(ledger, programme) if one.edition == edition)
        return Outcome(programme, edition, status, place_of_preview(settings, asked), f"The {asked.subject} waits for approval.")
    output = output_of(ledger, row, PUBLISH_STEP)
    if output is None:
        raise RuntimeError(f"{edition} of {programme} is finished and was not published")
    entry = Published.model_validate_json(output).entry
    place = f"{store_uri(settings, is_draft=row.is_draft)}/{programme}/{edition}/{INDEX}"
    return Outcome(programme, edition, status, place, entry.headline if entry else "")
