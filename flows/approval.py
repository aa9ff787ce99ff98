"""Approval: asking a person, at the end of one run, for what the next run goes on with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from config.loading import differences, freeze
from config.programme import Subject
from config.settings import Settings
from flows.act import Decided
from flows.handover import Asked, Plan, Sent
from flows.mailing import build_mails, mail_rows, post_of, send_queued
from flows.places import open_published, preview_of, store_uri
from flows.plan import plan_sha256
from flows.publishing import rendered_files
from flows.run import Run, step
from reports.notices import ask_for_plan, ask_for_publication
from tasks.ledger.approvals import APPROVED, approval_of, waiting_approval
from tasks.ledger.editions import latest_edition
from tasks.ledger.models import Approval, Base
from tasks.publishing import INDEX, MANIFEST, publish_files
from tasks.results import Letter


def is_plan_approved(run: Run, plan: Plan) -> bool:
    """Return whether the cycle may go on from its plan; where it needs an approval and has none, people are asked for it."""
    sha256 = plan_sha256(run.programme_sha256, plan)
    return _is_approved(run, "plan", sha256, lambda: _plan_letters(run, plan, sha256))


def is_publication_approved(run: Run, decided: Decided) -> bool:
    """Return whether the report may be published; where it needs an approval and has none, a preview is laid out and people are asked."""
    sha256 = decided.rendered.files[MANIFEST].sha256
    return _is_approved(run, "publication", sha256, lambda: _publication_letters(run, decided, sha256))


def place_of_preview(settings: Settings, asked: Approval) -> str:
    """Return where a report that waits for approval can be looked at; nothing for a plan."""
    if asked.subject != "publication":
        return ""
    return str(Path(store_uri(settings, is_draft=True)) / asked.programme / preview_of(asked.edition) / INDEX)


def _is_approved(run: Run, subject: Subject, sha256: str, write: Callable[[], Sequence[Letter]]) -> bool:
    if run.is_draft or subject not in run.programme.approvals:
        return True
    step(run, f"ask for the {subject}", Asked, _ask, subject, sha256, write, rows=lambda asked: _rows(run, asked))
    step(run, f"mail the {subject}'s request", Sent, send_queued)
    asked = approval_of(run.journal, subject)
    return asked is not None and asked.status == APPROVED and asked.sha256 == sha256


def _ask(run: Run, subject: Subject, sha256: str, write: Callable[[], Sequence[Letter]]) -> Asked:
    mails = build_mails(post_of(run), write(), f"{run.edition} attempt {run.journal.attempt} {subject}")
    return Asked(subject=subject, sha256=sha256, mails=mails)


def _rows(run: Run, asked: Asked) -> list[Base]:
    return [waiting_approval(run.journal, asked.subject, asked.sha256), *mail_rows(post_of(run), asked.mails)]


def _plan_letters(run: Run, plan: Plan, sha256: str) -> Sequence[Letter]:
    before = latest_edition(run.journal.ledger, run.programme.programme, str(run.quarter.back(1)), status="finished")
    changes = differences(before.frozen, freeze(run.programme)) if before else None
    return ask_for_plan(run.programme, run.edition, sha256, changes, plan.follow_ups)


def _publication_letters(run: Run, decided: Decided, sha256: str) -> Sequence[Letter]:
    drafts = open_published(run.settings, is_draft=True)
    publish_files(drafts, run.programme.programme, preview_of(run.edition), rendered_files(run, decided.rendered))
    place = f"{store_uri(run.settings, is_draft=True)}/{run.programme.programme}/{preview_of(run.edition)}/{INDEX}"
    return ask_for_publication(run.programme, run.edition, sha256, decided.summary.headline, place)
