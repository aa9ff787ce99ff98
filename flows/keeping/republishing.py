"""After words were removed: published files, previews, waiting mails and the vault brought into line with the ledger.

What is to be done is read from the ledger alone, so that it can be done again after an interruption.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from config.settings import Settings
from flows.cycle import prepared_run
from flows.handover import Published, Rendered, Stored
from flows.mailing import write_letters
from flows.places import open_published, preview_of
from flows.publishing import PUBLISH_STEP, promote, rendered_files
from flows.run import Run, directly
from tasks.ledger.connection import Ledger
from tasks.ledger.editions import Journal
from tasks.ledger.journal import append
from tasks.ledger.models import Cycle, Mail, PublishedObject, Step
from tasks.ledger.outbox import SENT, mails_of
from tasks.ledger.references import MAIL, REPUBLISHED, gone, references
from tasks.publishing import MANIFEST, STAGING, publish_files
from tasks.results import CycleSummary, Ref
from tasks.store import Store, open_store
from tasks.vault import get_json

RENDER_STEP, SUMMARY_STEP = "render", "summary"


@dataclass(frozen=True)
class Desk:
    """What a removal works on, under the programme's lock."""

    ledger: Ledger
    vault: Store
    settings: Settings
    programme: str
    token: str


def steps_of(desk: Desk) -> Sequence[Step]:
    """Return every step of the programme that gave something, whatever its attempt."""
    query = select(Step).where(Step.programme == desk.programme, Step.output != "").order_by(Step.edition, Step.attempt, Step.name)
    with desk.ledger.transaction() as session:
        return session.scalars(query).all()


def body_of(mail: Mail) -> Ref:
    """Return the reference to a mail's bytes."""
    return Ref.model_validate_json(mail.body)


def run_of(desk: Desk, edition: Cycle, attempt: int) -> Run:
    """Return the run of an attempt at an edition, as its steps see it."""
    journal = Journal(desk.ledger, desk.programme, edition.edition, attempt, desk.token)
    return prepared_run(journal, edition, desk.settings, directly)


def bring_into_line(desk: Desk, known: Sequence[Cycle]) -> tuple[str, ...]:
    """Publish every edition and preview again that is not as it was rendered last; return the editions."""
    rows = {one.edition: one for one in known}
    rendered = {step.edition: step for step in steps_of(desk) if step.name == RENDER_STEP}  # of the last attempt, where there are several
    republished = []
    for edition, step in rendered.items():
        result = Rendered.model_validate_json(step.output)
        if _is_preview_outdated(desk, edition, result):
            run = run_of(desk, rows[edition], step.attempt)
            publish_files(_drafts(desk), desk.programme, preview_of(edition), rendered_files(run, result))
        if _is_outdated(desk, step, result):
            _republish(run_of(desk, rows[edition], step.attempt), result)
            republished.append(edition)
    return tuple(republished)


def delete_gone(desk: Desk) -> None:
    """Delete from the vault, the outbox folder and where files are staged what the ledger says is gone."""
    named = gone(desk.ledger, desk.programme)
    held = {ref.uri for row, ref in references(desk.ledger) if row.what != MAIL}
    for key in sorted((named & set(desk.vault.list())) - held):
        desk.vault.delete(key)
    outbox = open_store(str(desk.settings.outbox_folder))
    for mail in mails_of(desk.ledger, desk.programme):
        if body_of(mail).uri in named:
            outbox.delete(f"{mail.message_id.strip('<>')}.eml")
    for is_draft in (False, True):
        store = open_published(desk.settings, is_draft=is_draft)
        for key in store.list(f"{desk.programme}/{STAGING}/"):  # left by a run that was killed: nobody publishes now
            store.delete(key)


def _drafts(desk: Desk) -> Store:
    return open_published(desk.settings, is_draft=True)


def _is_preview_outdated(desk: Desk, edition: str, rendered: Rendered) -> bool:
    shown = f"{desk.programme}/{preview_of(edition)}/{MANIFEST}"
    drafts = _drafts(desk)
    return drafts.exists(shown) and hashlib.sha256(drafts.get(shown)).hexdigest() != rendered.files[MANIFEST].sha256


def _is_outdated(desk: Desk, render: Step, rendered: Rendered) -> bool:
    with desk.ledger.transaction() as session:
        publish = session.get(Step, (desk.programme, render.edition, render.attempt, PUBLISH_STEP))
    if publish is None or publish.status != "done":
        return False
    visible = {file.key: file.sha256 for file in Published.model_validate_json(publish.output).files}
    return any(visible.get(f"{desk.programme}/{render.edition}/{name}") != ref.sha256 for name, ref in rendered.files.items())


def _republish(run: Run, rendered: Rendered) -> None:
    """Promote the files, and write letters that wait to be sent again, without the words."""
    journal, stored = run.journal, run.output(SUMMARY_STEP, Stored)
    if stored is None:
        raise RuntimeError(f"{run.edition} was rendered and has no summary")
    summary = get_json(run.vault, stored.ref, CycleSummary)
    published = promote(run, summary, rendered)
    mails = _rewritten_mails(run, summary, published)
    objects = [PublishedObject(programme=journal.programme, edition=run.edition, **file.model_dump()) for file in published.files]
    with journal.ledger.transaction() as session:
        step = session.get_one(Step, (journal.programme, journal.edition, journal.attempt, PUBLISH_STEP))
        step.output = published.model_dump_json()
        why = "a person's words were removed on request"
        append(session, journal.ledger, journal.programme, run.edition, REPUBLISHED, step, *objects, *mails, token=journal.token, why=why)


def _rewritten_mails(run: Run, summary: CycleSummary, published: Published) -> list[Mail]:
    """Return the mails that were not sent yet and whose bodies are gone, each with a new body."""
    ledger, programme = run.journal.ledger, run.programme.programme
    named = gone(ledger, programme)
    waiting = [mail for mail in mails_of(ledger, programme, run.edition) if mail.status != SENT and body_of(mail).uri in named]
    if not waiting:
        return []
    bodies = {row["message_id"]: row["body"] for row in write_letters(run, summary, published).rows}
    for mail in waiting:
        mail.body = bodies.get(mail.message_id, mail.body)
    return waiting
