"""Removing one person's words on request: from vault, published files and mails, for good; rows and figures stay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import InputError, ServiceError
from config.settings import Settings, load_settings
from flows.handover import Plan, Rendered
from flows.keeping.republishing import RENDER_STEP, SUMMARY_STEP, Desk, body_of, bring_into_line, delete_gone, run_of, steps_of
from flows.keeping.rewriting import MAIL, Rewritten, rewrite, says, unused
from flows.places import open_vault
from flows.plan import PLAN_STEP, plan_sha256
from flows.publishing import render
from tasks.ledger.admissions import admissions_of, table_of
from tasks.ledger.connection import now, open_ledger
from tasks.ledger.journal import append, lock_chain
from tasks.ledger.locks import locked
from tasks.ledger.models import Admission, Approval, Cycle, Removal, Step
from tasks.ledger.outbox import mails_of
from tasks.ledger.references import REMOVED, references, refs_in, with_refs
from tasks.ledger.views import editions, programmes
from tasks.local_copy import remove_copies
from tasks.masking import pseudonymise
from tasks.publishing import MANIFEST
from tasks.results import CycleSummary
from tasks.vault import get_json
from tasks.words import customer_subject, record_subject


@dataclass(frozen=True)
class Removed:
    """What was removed by this call; nothing where an earlier one has done it all."""

    subject: str
    records: int
    quotes: int
    mails: int
    republished: tuple[str, ...]  # editions
    beyond_reach: tuple[str, ...]  # finished editions whose snapshot has expired: nobody can tell whose their quotes are


def remove_words(
    programme_id: str, *, customer: str | None, record: str | None, typed_name: str, reason: str, settings: Settings | None = None
) -> Removed:
    """Remove the words of a customer, by the raw id, or of a record, SOURCE/RECORD_ID, and leave them out from now on.

    Done again after an interruption it completes what was begun. Raises InputError where programme or source are
    unknown, or name or reason missing; LockedError while a cycle runs.
    """
    settings = settings or load_settings()
    if not typed_name.strip() or not reason.strip():
        raise InputError("A removal needs the name of the person who asks for it to be done, and a reason; give both.")
    ledger = open_ledger(settings.database_url)
    if programme_id not in programmes(ledger):
        raise InputError(f"The ledger knows no programme {programme_id!r}; it knows {', '.join(programmes(ledger)) or 'none yet'}.")
    subject = _subject(editions(ledger, programme_id), customer, record, settings)
    with locked(ledger, programme_id, "removal of words", settings.lease_seconds) as token:
        known = editions(ledger, programme_id)
        desk = Desk(ledger, open_vault(settings), settings, programme_id, token)
        found = _find(desk, known, subject)
        _record(desk, known, found, typed_name, reason)
        republished = bring_into_line(desk, known)
        delete_gone(desk)
        remove_copies(settings.quarantine_folder, programme_id)
    return Removed(subject, found.rewritten.records, len(found.rewritten.quotes), len(found.mails), republished, found.expired)


@dataclass(frozen=True)
class _Found:
    """Everything that holds the person's words, and what takes its place."""

    subject: str
    rewritten: Rewritten
    pages: Mapping[tuple[str, int], tuple[Rendered, Rendered]]  # by edition and attempt: before and after
    mails: frozenset[str]  # keys of their bodies
    unused: frozenset[str]
    admitted: frozenset[str]  # keys of the tables of admissions that were looked into
    expired: tuple[str, ...]

    @property
    def replaced(self) -> dict[str, str]:
        """The key of each object that gives way, and of what takes its place."""
        files = {
            old.files[name].uri: ref.uri
            for old, new in self.pages.values()
            for name, ref in new.files.items()
            if old.files.get(name, ref) != ref
        }
        return {key: ref.uri for key, ref in self.rewritten.new.items()} | files


def _subject(known: Sequence[Cycle], customer: str | None, record: str | None, settings: Settings) -> str:
    if (customer is None) == (record is None):
        raise InputError("Say whose words are to be removed: either a customer, or a record as SOURCE/RECORD_ID.")
    if customer is not None:
        if settings.pseudonym_key is None:
            raise InputError("Customers are known by keyed pseudonyms alone: set TOUCHSTONE_PSEUDONYM_KEY in the environment.")
        raw = pd.Series([customer.strip()], dtype="str")
        return customer_subject(str(pseudonymise(raw, settings.pseudonym_key.get_secret_value()).iloc[0]))
    source, _, record_id = str(record).partition("/")
    sources = sorted({one["id"] for edition in known for one in json.loads(edition.frozen)["sources"]})
    if source not in sources or not record_id:
        raise InputError(f"A record is given as SOURCE/RECORD_ID, with one of the sources {', '.join(sources)}.")
    return record_subject(source, record_id)


def _find(desk: Desk, known: Sequence[Cycle], subject: str) -> _Found:
    """Look through the whole vault, and put there what is to take the place of what holds the words."""
    steps, there = steps_of(desk), frozenset(desk.vault.list())
    admitted = [one.table for one in admissions_of(desk.ledger, desk.programme)]
    refs = [ref for step in steps if step.name != RENDER_STEP for ref in refs_in(json.loads(step.output))] + admitted
    rewritten = rewrite(desk.vault, [ref for ref in refs if ref.uri in there], subject, _placing(known))
    mails = {body_of(mail).uri for mail in mails_of(desk.ledger, desk.programme)} & there
    held = {ref.uri for _, ref in references(desk.ledger)} | {ref.uri for ref in admitted}
    summaries = {step.edition: ref.uri for step in steps if step.name == SUMMARY_STEP for ref in refs_in(json.loads(step.output))}
    return _Found(
        subject,
        rewritten,
        _render_again(desk, known, steps, rewritten),
        frozenset(key for key in mails if says(desk.vault.get(key), MAIL, rewritten.quotes)),
        frozenset(unused(desk.vault, there - held, subject, rewritten.quotes)),
        frozenset(ref.uri for ref in admitted),
        tuple(one.edition for one in known if one.status == "finished" and summaries.get(one.edition) not in there),
    )


def _placing(known: Sequence[Cycle]) -> frozenset[str]:
    """Return the columns that place records in any edition's programme."""
    return frozenset(column for one in known for point in json.loads(one.frozen)["touchpoints"] for column in point["where"])


def _render_again(
    desk: Desk, known: Sequence[Cycle], steps: Sequence[Step], rewritten: Rewritten
) -> dict[tuple[str, int], tuple[Rendered, Rendered]]:
    """Render every edition again whose summary was rewritten."""
    rows = {one.edition: one for one in known}
    before = {(step.edition, step.attempt): Rendered.model_validate_json(step.output) for step in steps if step.name == RENDER_STEP}
    pages = {}
    for step in steps:
        key = step.edition, step.attempt
        (old,) = refs_in(json.loads(step.output)) if step.name == SUMMARY_STEP else (None,)
        if old is not None and old.uri in rewritten.new and key in before:
            summary = get_json(desk.vault, rewritten.new[old.uri], CycleSummary)
            pages[key] = before[key], render(run_of(desk, rows[step.edition], step.attempt), summary)
    return pages


def _record(desk: Desk, known: Sequence[Cycle], found: _Found, typed_name: str, reason: str) -> None:
    """Write the removal, and every row that changes with it, in one transaction."""
    unfinished = {one.edition for one in known if one.status != "finished"}
    steps = steps_of(desk)
    outputs = [_output(step, found, is_open=step.edition in unfinished) for step in steps]
    changed = [(step, output) for step, output in zip(steps, outputs, strict=True) if output != step.output]
    hashes = _new_hashes(known, found, changed)
    for step, output in changed:
        step.output = output
    gone = sorted({*found.replaced, *found.mails, *found.unused})
    with desk.ledger.transaction() as session:
        approvals = [one for one in session.scalars(select(Approval).filter_by(programme=desk.programme)) if one.sha256 in hashes]
        for one in approvals:
            one.sha256 = hashes[one.sha256]
        admissions = _admissions_without_words(session, desk.programme, found)
        is_new = session.get(Removal, (desk.programme, found.subject)) is None
        row = Removal(programme=desk.programme, subject=found.subject, removed_at=now(), typed_name=typed_name, reason=reason)
        if is_new or changed or gone:
            rows = [*([row] if is_new else []), *(step for step, _ in changed), *approvals, *admissions]
            counts = {"records": found.rewritten.records, "quotes": len(found.rewritten.quotes), "mails": len(found.mails)}
            detail = {"subject": found.subject, "replaced": found.replaced, "gone": gone, "approvals": hashes, **counts}
            append(session, desk.ledger, desk.programme, "", REMOVED, *rows, token=desk.token, **detail)


def _admissions_without_words(session: Session, programme: str, found: _Found) -> list[Admission]:
    """Return the admissions whose tables give way, with the new ones; ServiceError where one was made since these were looked into."""
    lock_chain(session, programme)  # none is made from here on
    rows = {row: table_of(row).uri for row in session.scalars(select(Admission).filter_by(programme=programme))}
    if not found.admitted.issuperset(rows.values()):
        raise ServiceError(f"Records of {programme} were let out of quarantine while words were removed; run it again.")
    changed = [row for row, key in rows.items() if key in found.rewritten.new]
    for row in changed:
        row.object = found.rewritten.new[rows[row]].model_dump_json()
    return changed


def _output(step: Step, found: _Found, *, is_open: bool) -> str:
    """Return what a step gave, as it is without the words."""
    if step.name == RENDER_STEP:
        pages = found.pages.get((step.edition, step.attempt))
        return pages[1].model_dump_json() if pages else step.output
    before = json.loads(step.output)
    after = with_refs(before, found.rewritten.new)
    if step.name == PLAN_STEP and is_open:  # its sources may not have been read yet
        after = after | {"removed": sorted({*after.get("removed", ()), found.subject})}
    return step.output if after == before else json.dumps(after, separators=(",", ":"), ensure_ascii=False)


def _new_hashes(known: Sequence[Cycle], found: _Found, changed: Sequence[tuple[Step, str]]) -> dict[str, str]:
    """Return for the hash of each plan and report that somebody may have approved the one that it has now: what was decided stays so."""
    of_programme = {one.edition: one.programme_sha256 for one in known}
    plans = [(step.edition, step.output, output) for step, output in changed if step.name == PLAN_STEP]
    hashes = {_plan_hash(of_programme[edition], old): _plan_hash(of_programme[edition], new) for edition, old, new in plans}
    manifests = [(old.files.get(MANIFEST), new.files[MANIFEST]) for old, new in found.pages.values()]
    return hashes | {old.sha256: new.sha256 for old, new in manifests if old is not None}


def _plan_hash(programme_sha256: str, output: str) -> str:
    return plan_sha256(programme_sha256, Plan.model_validate_json(output))
