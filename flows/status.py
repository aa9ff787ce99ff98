"""What the ledger says to people and scripts: rows of plain values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from config.errors import InputError
from config.settings import load_settings
from tasks.ledger import views
from tasks.ledger.approvals import waiting_approvals
from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.locks import holder
from tasks.ledger.models import Cycle, Mail
from tasks.ledger.outbox import REFUSED, UNKNOWN, mails_of
from tasks.ledger.schedule import missed_runs, next_run

Row = dict[str, Any]
SHOWN_RECIPIENTS = 3
ADVICE = {
    "finished": "nothing to do",
    "running": "it was killed: run it again, it goes on where it stopped",
    "interrupted": "run it again, it goes on where it stopped",
    "failed": "put right what the error names, then run it again",
    "awaiting_approval": "look at it and decide: touchstone approve PROGRAMME --name NAME",
    "rejected": "put right what was rejected, then run it again",
    "not_publishable": "correct the source or the mapping, then run it again",
}


def status_lines(programme: str | None) -> list[Row]:
    """Return a row for each cycle that is open, missed or next, and for the latest: how it stands and what to do about it."""
    ledger = open_ledger(load_settings().database_url)
    wanted = [_known(ledger, programme)] if programme else views.programmes(ledger)
    return [row for name in wanted for row in (*_status(ledger, name), *_scheduled(ledger, name, datetime.now(UTC)))]


def history_lines(programme: str) -> list[Row]:
    """Return a row an edition, oldest first."""
    ledger = open_ledger(load_settings().database_url)
    return [
        {
            "edition": row.edition,
            "status": row.status,
            "as_of": row.as_of,
            "opened_at": row.opened_at[:19],
            "closed_at": row.closed_at[:19],
            "reason": row.reason,
        }
        for row in views.editions(ledger, _known(ledger, programme))
    ]


def follow_up_lines(programme: str, *, only_open: bool) -> list[Row]:
    """Return a row a follow-up, soonest due first."""
    ledger = open_ledger(load_settings().database_url)
    found = views.follow_ups(ledger, _known(ledger, programme), only_open=only_open)
    rows = [
        {"id": f.id, "due": str(f.due), "owner": f.owner, "status": f.status, "times_seen": f.times_seen, "title": f.title} for f in found
    ]
    return sorted(rows, key=lambda row: (row["due"], row["id"]))


def mail_lines(programme: str) -> list[Row]:
    """Return a row a mail."""
    ledger = open_ledger(load_settings().database_url)
    return [
        {
            "message_id": m.message_id,
            "edition": m.edition,
            "audience": m.audience,
            "recipient": m.recipient,
            "status": m.status,
            "detail": m.detail,
        }
        for m in mails_of(ledger, _known(ledger, programme))
    ]


def event_lines(programme: str, edition: str | None) -> list[Row]:
    """Return a row an event, oldest first."""
    ledger = open_ledger(load_settings().database_url)
    return [
        {
            "seq": e.seq,
            "at": e.at,
            "edition": e.edition,
            "kind": e.kind,
            "actor": e.actor,
            "detail": json.loads(e.payload)["detail"],
            "hash": e.hash,
        }
        for e in views.events(ledger, _known(ledger, programme), edition)
    ]


def _known(ledger: Ledger, programme: str) -> str:
    known = views.programmes(ledger)
    if programme not in known:
        raise InputError(f"The ledger knows no programme {programme!r}; it knows {', '.join(known) or 'none yet'}.")
    return programme


def _status(ledger: Ledger, programme: str) -> list[Row]:
    editions = [edition for edition in views.editions(ledger, programme) if not edition.is_draft]
    lock = holder(ledger, programme)
    unfinished = [edition for edition in editions if edition.status != "finished"]
    latest = [edition for edition in editions[-1:] if edition not in unfinished]
    running = lock.edition if lock else None
    return [_status_row(ledger, edition, running) for edition in [*unfinished, *latest]]


def _status_row(ledger: Ledger, edition: Cycle, running: str | None) -> Row:
    is_running = edition.status == "running" and running == edition.cycle
    waiting = [mail for mail in mails_of(ledger, edition.programme, edition.edition) if mail.status in (UNKNOWN, REFUSED)]
    advice = "wait for it" if is_running else ADVICE[edition.status]
    for asked in waiting_approvals(ledger, edition.programme):
        if asked.edition == edition.edition:
            advice += f" ({asked.subject}, sha256 {asked.sha256[:8]}, asked on {asked.requested_at[:10]})"
    if waiting:
        advice += f"; {len(waiting)} mail(s) unknown or refused ({_to_whom(waiting)}): touchstone mail list {edition.programme}"
    stopped_at = next((step.name for step in views.steps(ledger, edition) if step.status != "done"), "")
    state = "interrupted" if edition.status == "running" and not is_running else edition.status
    return _row(edition.programme, edition.edition, state, advice, stopped_at, edition.error)


def _to_whom(mails: Sequence[Mail]) -> str:
    """Return the first recipients, each with what became of its mail."""
    more = ", …" if len(mails) > SHOWN_RECIPIENTS else ""
    return ", ".join(f"{mail.recipient} {mail.status}" for mail in mails[:SHOWN_RECIPIENTS]) + more


def _scheduled(ledger: Ledger, programme: str, now: datetime) -> list[Row]:
    """Return a row for each run that was missed, and for the next one."""
    missed = [
        _row(programme, cycle, "missed", f"it was due at {at.isoformat()}: `touchstone serve` runs it, or touchstone backfill PROGRAMME")
        for cycle, at in missed_runs(ledger, programme, now).items()
    ]
    coming = next_run(ledger, programme, now)
    return [*missed, *([_row(programme, coming[0], "scheduled", f"nothing to do until {coming[1].isoformat()}")] if coming else [])]


def _row(programme: str, edition: str, status: str, what_to_do: str, step: str = "", error: str = "") -> Row:
    return {"programme": programme, "edition": edition, "status": status, "step": step, "what_to_do": what_to_do, "error": error}
