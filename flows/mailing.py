"""Telling people: letters into the outbox in one transaction, then each sent at most once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from config.errors import TouchstoneError
from flows.handover import Outgoing, Published, Sent
from flows.run import Run, step
from reports.letters import compose, compose_alert
from tasks.ledger.chain import canonical
from tasks.ledger.models import Mail
from tasks.ledger.outbox import QUEUED, SENDING, UNKNOWN, mails_of, mark
from tasks.mail import build_message, deliver, message_id_for
from tasks.publishing import INDEX
from tasks.results import CycleSummary, DataQuality, Letter, Ref
from tasks.vault import get_bytes, put_bytes

INTERRUPTED = "the run was interrupted while this was being sent; `touchstone mail resend` sends it again"


def tell(run: Run, summary: CycleSummary, published: Published) -> None:
    """Queue and send the cycle's letters; a draft sends nothing."""
    if not run.is_draft:
        step(run, "letters", Outgoing, write_letters, summary, published, rows=lambda result: _mail_rows(run, result))
        step(run, "mail", Sent, send_queued)


def tell_of_refusal(run: Run, data: DataQuality) -> None:
    """Queue and send the letters that say that a cycle is not publishable."""
    if not run.is_draft:
        step(run, "letters", Outgoing, write_alerts, data, rows=lambda result: _mail_rows(run, result))
        step(run, "mail", Sent, send_queued)


def write_letters(run: Run, summary: CycleSummary, published: Published) -> Outgoing:
    """Build the mails of a published cycle."""
    letters = compose(summary, run.programme.audiences, run.programme.departments, _link(run), published.ledger_head)
    return _outgoing(run, letters, run.edition)


def write_alerts(run: Run, data: DataQuality) -> Outgoing:
    """Build the mails about a cycle that is not publishable; each attempt tells anew."""
    letters = compose_alert(run.programme.title, str(run.quarter), data, run.programme.audiences)
    return _outgoing(run, letters, f"{run.edition} attempt {run.journal.attempt}")


def send_queued(run: Run) -> Sent:
    """Send every queued mail of the edition.

    A mail found in "sending" was cut off in the middle: nobody can tell whether it left, so it becomes
    "unknown" and is sent again only by hand.
    """
    ledger, token = run.journal.ledger, run.journal.token
    for mail in mails_of(ledger, run.programme.programme, run.edition):
        if mail.status == SENDING:
            mark(ledger, mail.message_id, UNKNOWN, INTERRUPTED, token)
        if mail.status == QUEUED:
            send_one(run, mail)
    statuses = Counter(mail.status for mail in mails_of(ledger, run.programme.programme, run.edition))
    return Sent(by_status=dict(sorted(statuses.items())))


def send_one(run: Run, mail: Mail) -> None:
    """Send one mail; "sending" is committed before the connection is made."""
    ledger, token = run.journal.ledger, run.journal.token
    message = get_bytes(run.vault, Ref.model_validate_json(mail.body))
    mark(ledger, mail.message_id, SENDING, token=token)
    try:
        delivery = deliver(message, mail.recipient, run.settings)
    except TouchstoneError as error:  # by its contract nothing was sent: the next run sends it
        mark(ledger, mail.message_id, QUEUED, str(error), token)
        raise
    mark(ledger, mail.message_id, delivery.status, delivery.detail, token)


def _link(run: Run) -> str | None:
    site = run.settings.site_url
    return f"{site.rstrip('/')}/{run.programme.programme}/{run.edition}/{INDEX}" if site else None


def _outgoing(run: Run, letters: Sequence[Letter], edition: str) -> Outgoing:
    at = datetime.now(UTC)
    rows = tuple(_row(run, letter, edition, at) for letter in letters)
    return Outgoing(rows=rows)


def _row(run: Run, letter: Letter, edition: str, at: datetime) -> dict[str, str]:
    sender = run.settings.mail_from
    message_id = message_id_for(run.programme.programme, edition, letter.audience, letter.recipient, sender=sender)
    message = build_message(letter, sender=sender, message_id=message_id, date=at)
    body = put_bytes(run.vault, message, ".eml")
    return {
        "message_id": message_id,
        "audience": letter.audience,
        "recipient": letter.recipient,
        "subject": letter.subject,
        "body": canonical(body.model_dump()),
    }


def _mail_rows(run: Run, outgoing: Outgoing) -> list[Mail]:
    fixed = {"programme": run.programme.programme, "edition": run.edition, "status": QUEUED, "detail": ""}
    return [Mail(**fixed, **row) for row in outgoing.rows]
