"""The outbox: which mail is queued, sending, sent, refused or unknown; at most once, never silently lost."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from config.errors import InputError
from tasks.ledger.connection import Ledger
from tasks.ledger.journal import append
from tasks.ledger.models import Mail

QUEUED, SENDING, SENT, REFUSED, UNKNOWN = "queued", "sending", "sent", "refused", "unknown"


def mails_of(ledger: Ledger, programme: str, edition: str | None = None) -> Sequence[Mail]:
    """Return a programme's mails (of one edition, where one is given) in a stable order."""
    query = select(Mail).where(Mail.programme == programme).order_by(Mail.edition, Mail.audience, Mail.recipient)
    if edition is not None:
        query = query.where(Mail.edition == edition)
    with ledger.transaction() as session:
        return session.scalars(query).all()


def get_mail(ledger: Ledger, message_id: str) -> Mail:
    """Return a mail by its Message-ID, with or without its brackets; InputError where there is none."""
    wanted = f"<{message_id.strip('<>')}>"
    with ledger.transaction() as session:
        mail = session.get(Mail, wanted)
    if mail is None:
        raise InputError(f"There is no mail {wanted}; `touchstone mail list` shows those there are.")
    return mail


def mark(ledger: Ledger, message_id: str, status: str, detail: str = "", token: str | None = None) -> None:
    """Record what became of a mail."""
    with ledger.transaction() as session:
        mail = session.get_one(Mail, message_id)
        mail.status, mail.detail = status, detail
        append(session, ledger, mail.programme, mail.edition, f"mail.{status}", mail, token=token, recipient=mail.recipient, detail=detail)
