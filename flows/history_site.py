"""The history site: read back what earlier cycles published, join it with the ledger, and keep its pages up to date."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from pydantic import ValidationError

from flows.run import Run
from reports.history_follow_ups import as_of_now
from reports.history_pages import history_pages
from reports.history_record import FOLDER, INDEX_PAGE, History, LedgerEvent, LeftOut, MailFate, revision, unsafe_names
from tasks.follow_ups.life import with_changes
from tasks.ledger.connection import Ledger
from tasks.ledger.models import Event, Mail
from tasks.ledger.outbox import mails_of
from tasks.ledger.views import events, published_objects
from tasks.ledger.views import follow_ups as follow_ups_of
from tasks.publishing import replace_file
from tasks.results import CycleSummary, FollowUp, HistoryEntry
from tasks.store import MissingObjectError, Store

SUMMARY = "summary.json"
_GONE = "its summary.json is no longer in the store"
_CHANGED = "its summary.json is not the one that was published"
_UNREADABLE = "its summary.json was written by another version of Touchstone, which this one cannot read"
_UNSAFE = "its summary.json names what can be no file"


def history_files(run: Run, newest: CycleSummary, entries: Sequence[HistoryEntry], names: Collection[str]) -> dict[str, bytes]:
    """Return the index and all pages of the history by path inside the programme's folder.

    `newest` is the summary, as published, of the edition that is being published: the ledger does not know yet that it is. `names` are
    its files; `entries` are those of all published editions, this one among them. A summary that cannot be used is left out, and the
    index says so. Raises ServiceError where the store does not answer.
    """
    ledger, programme = run.journal.ledger, newest.programme
    files = _file_names(ledger, programme) | {newest.edition: frozenset(names)}
    summaries, left_out = _summaries(run, newest, _newest_of_each(entries))
    history = History(
        programme=programme,
        summaries=summaries,
        entries=tuple(entries),
        follow_ups=as_of_now(_follow_ups(run, summaries), summaries[-1]),
        events=tuple(_event(event) for event in _events(run)),
        mails=tuple(_fate(mail) for mail in _mails(run)),
        left_out=left_out,
        files=files,
    )
    return history_pages(history)


def replace_history(run: Run, files: Mapping[str, bytes]) -> None:
    """Write the history's pages that changed, then the index, then remove pages that nothing leads to any more.

    Raises ServiceError where the store gives back other bytes than it was given.
    """
    prefix = f"{run.programme.programme}/"
    for name in sorted(files, key=lambda name: (name == INDEX_PAGE, name)):
        if not _holds(run.store, prefix + name, files[name]):
            replace_file(run.store, prefix + name, files[name])
    for key in run.store.list(f"{prefix}{FOLDER}/"):
        if key.removeprefix(prefix) not in files:
            run.store.delete(key)


def _holds(store: Store, key: str, content: bytes) -> bool:
    try:
        return store.get(key) == content
    except MissingObjectError:
        return False


def _newest_of_each(entries: Iterable[HistoryEntry]) -> list[HistoryEntry]:
    """Return the entry of the newest edition of each cycle, the oldest cycle first."""
    newest: dict[str, HistoryEntry] = {}
    for entry in sorted(entries, key=lambda entry: (entry.cycle, revision(entry.edition))):
        newest[entry.cycle] = entry
    return list(newest.values())


def _summaries(run: Run, newest: CycleSummary, wanted: Sequence[HistoryEntry]) -> tuple[tuple[CycleSummary, ...], tuple[LeftOut, ...]]:
    """Return the summaries that can be used, and why others cannot; where none can, the one at hand."""
    recorded = {one.key: one.sha256 for one in published_objects(run.journal.ledger, newest.programme)}
    read: list[CycleSummary] = []
    left_out: list[LeftOut] = []
    for entry in wanted:
        key = f"{newest.programme}/{entry.edition}/{SUMMARY}"
        found = newest if entry.edition == newest.edition else _read(run.store, key, recorded.get(key))
        if isinstance(found, CycleSummary):
            read.append(found)
        else:
            left_out.append(LeftOut(entry.edition, found))
    return tuple(read) or (newest,), tuple(left_out)


def _read(store: Store, key: str, sha256: str | None) -> CycleSummary | str:
    """Return a published summary, or in words why it cannot be used."""
    try:
        content = store.get(key)
    except MissingObjectError:
        return _GONE
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        return _CHANGED
    try:
        summary = CycleSummary.model_validate_json(content)
    except ValidationError:
        return _UNREADABLE
    return _UNSAFE if unsafe_names(summary) else summary


def _follow_ups(run: Run, summaries: Iterable[CycleSummary]) -> list[FollowUp]:
    """Return every follow-up as it was last published, with what people have done meanwhile.

    Of the ledger's rows the changes alone are used: their figures may be of too few customers to be told.
    """
    published = {one.id: one for summary in summaries for one in summary.follow_ups}
    known = [] if run.is_draft else follow_ups_of(run.journal.ledger, run.programme.programme, only_open=False)
    changes = {one.id: one.changes for one in known}
    return [with_changes(one, changes.get(one.id, ())) for one in published.values()]


def _events(run: Run) -> Sequence[Event]:
    """Return the programme's events; a draft shows those of its own edition alone."""
    return events(run.journal.ledger, run.programme.programme, run.edition if run.is_draft else None)


def _mails(run: Run) -> Sequence[Mail]:
    """Return the programme's mails; a draft sent none and shows none."""
    return () if run.is_draft else mails_of(run.journal.ledger, run.programme.programme)


def _fate(mail: Mail) -> MailFate:
    return MailFate(mail.edition, mail.audience, mail.recipient, mail.status, mail.detail)


def _event(event: Event) -> LedgerEvent:
    """Return what people see of an event: of its actor the name without the host, of its payload the step alone."""
    step = json.loads(event.payload)["detail"].get("step", "")
    return LedgerEvent(event.seq, event.at, event.edition, event.kind, event.actor.partition("@")[0], event.hash, str(step))


def _file_names(ledger: Ledger, programme: str) -> dict[str, frozenset[str]]:
    """Return the names of the published files of each edition."""
    names: dict[str, set[str]] = {}
    for one in published_objects(ledger, programme):
        names.setdefault(one.edition, set()).add(one.key.removeprefix(f"{programme}/{one.edition}/"))
    return {edition: frozenset(own) for edition, own in names.items()}
