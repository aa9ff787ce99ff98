"""Telling people: letters into the outbox in one transaction, then each sent at most once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from config.errors import TouchstoneError
from config.settings import Settings
from flows.handover import Outgoing, Published, Sent
from flows.run import Run, step
from reports import notices
from reports.letters import compose
from tasks.ledger.chain import canonical
from tasks.ledger.connection import Ledger
from tasks.ledger.journal import append
from tasks.ledger.models import Mail
from tasks.ledger.outbox import QUEUED, SENDING, UNKNOWN, mails_of, mark
from tasks.mail import build_message, deliver, message_id_for
from tasks.publishing import INDEX
from tasks.results import CycleSummary, DataQuality, Letter, Ref
from tasks.small_cells import without_small_cells
from tasks.store import Store
from tasks.vault import get_bytes, put_bytes

INTERRUPTED = "the run was interrupted while this was being sent; `touchstone mail resend` sends it again"


@dataclass(frozen=True)
class Post:
    """From whose outbox letters are sent: one edition's, under the lock of whoever sends them."""

    ledger: Ledger
    vault: Store
    settings: Settings
    programme: str
    edition: str
    token: str | None = None  # of the lock under which the edition's mails are queued


def post_of(run: Run) -> Post:
    """Return the outbox of a run's edition."""
    return Post(run.journal.ledger, run.vault, run.settings, run.programme.programme, run.edition, run.journal.token)


def tell(run: Run, summary: CycleSummary, published: Published) -> None:
    """Queue and send the cycle's letters; a draft sends nothing."""
    if not run.is_draft:
        step(run, "letters", Outgoing, write_letters, summary, published, rows=lambda result: mail_rows(post_of(run), result))
        step(run, "mail", Sent, send_queued)


def tell_of_refusal(run: Run, data: DataQuality) -> None:
    """Queue and send the letters that say that a cycle is not publishable."""
    if not run.is_draft:
        step(run, "letters", Outgoing, write_alerts, data, rows=lambda result: mail_rows(post_of(run), result))
        step(run, "mail", Sent, send_queued)


def write_letters(run: Run, summary: CycleSummary, published: Published) -> Outgoing:
    """Build the mails of a published cycle."""
    told = without_small_cells(summary, run.programme.rules.customers_at_least)
    folder = f"{run.programme.programme}/{run.edition}/"
    files = [file.key.removeprefix(folder) for file in published.files]
    letters = compose(told, run.programme.audiences, run.programme.departments, _link(run), published.ledger_head, files)
    return build_mails(post_of(run), letters, run.edition)


def write_alerts(run: Run, data: DataQuality) -> Outgoing:
    """Build the mails about a cycle that is not publishable; each attempt tells anew."""
    letters = notices.tell_of_refusal(run.programme, str(run.quarter), data)
    return build_mails(post_of(run), letters, f"{run.edition} attempt {run.journal.attempt}")


def send_queued(run: Run) -> Sent:
    """Send every queued mail of the run's edition."""
    return send_all(post_of(run))


def send_all(post: Post) -> Sent:
    """Send every queued mail of an edition.

    A mail found in "sending" was cut off in the middle: nobody can tell whether it left, so it becomes
    "unknown" and is sent again only by hand.
    """
    for mail in mails_of(post.ledger, post.programme, post.edition):
        if mail.status == SENDING:
            mark(post.ledger, mail.message_id, UNKNOWN, INTERRUPTED, post.token)
        if mail.status == QUEUED:
            send_one(post, mail)
    statuses = Counter(mail.status for mail in mails_of(post.ledger, post.programme, post.edition))
    return Sent(by_status=dict(sorted(statuses.items())))


def send_at_once(post: Post, letters: Sequence[Letter], occasion: str) -> int:
    """Send letters without the programme's lock, which a run that is stuck may hold; return how many were not sent before.

    None is queued before its first attempt, so that no run sends it too; one that a failed attempt left queued is tried again.
    """
    rows = mail_rows(post, build_mails(post, letters, occasion))
    known = {mail.message_id: mail.status for mail in mails_of(post.ledger, post.programme)}
    new = [row for row in rows if known.get(row.message_id, QUEUED) == QUEUED]
    for row in new:
        _write(post, row)
        send_one(post, row)
    return len(new)


def send_one(post: Post, mail: Mail) -> None:
    """Send one mail; "sending" is committed before the connection is made."""
    message = get_bytes(post.vault, Ref.model_validate_json(mail.body))
    mark(post.ledger, mail.message_id, SENDING, token=post.token)
    try:
        delivery = deliver(message, mail.recipient, post.settings)
    except TouchstoneError as error:  # by its contract nothing was sent: the next run sends it
        mark(post.ledger, mail.message_id, QUEUED, str(error), post.token)
        raise
    mark(post.ledger, mail.message_id, delivery.status, delivery.detail, post.token)


def build_mails(post: Post, letters: Sequence[Letter], occasion: str) -> Outgoing:
    """Build a mail of each letter, its bytes into the vault; one occasion, audience and recipient: one Message-ID."""
    at = datetime.now(UTC)
    return Outgoing(rows=tuple(_built(post, letter, occasion, at) for letter in letters))


def mail_rows(post: Post, outgoing: Outgoing) -> list[Mail]:
    """Return the rows that queue the mails."""
    fixed = {"programme": post.programme, "edition": post.edition, "status": QUEUED, "detail": ""}
    return [Mail(**fixed, **row) for row in outgoing.rows]


def _write(post: Post, row: Mail) -> None:
    row.status = SENDING
    with post.ledger.transaction() as session:
        append(session, post.ledger, post.programme, post.edition, "mail.written", row, recipient=row.recipient)


def _link(run: Run) -> str | None:
    site = run.settings.site_url
    return f"{site.rstrip('/')}/{run.programme.programme}/{run.edition}/{INDEX}" if site else None


def _built(post: Post, letter: Letter, occasion: str, at: datetime) -> dict[str, str]:
    sender = post.settings.mail_from
    message_id = message_id_for(post.programme, occasion, letter.audience, letter.recipient, sender=sender)
    message = build_message(letter, sender=sender, message_id=message_id, date=at)
    body = put_bytes(post.vault, message, ".eml")
    return {
        "message_id": message_id,
        "audience": letter.audience,
        "recipient": letter.recipient,
        "subject": letter.subject,
        "body": canonical(body.model_dump()),
    }
