"""`touchstone mail resend`: sending one mail again, with the same Message-ID."""

from __future__ import annotations

from config.errors import InputError, TouchstoneError
from config.settings import load_settings
from flows.places import open_vault
from tasks.ledger.connection import open_ledger
from tasks.ledger.outbox import SENDING, UNKNOWN, get_mail, mark
from tasks.ledger.references import gone
from tasks.mail import deliver
from tasks.results import Ref
from tasks.vault import get_bytes


def resend(message_id: str) -> str:
    """Send a mail again and return in words what became of it."""
    settings = load_settings()
    ledger = open_ledger(settings.database_url)
    mail = get_mail(ledger, message_id)
    body = Ref.model_validate_json(mail.body)
    if body.uri in gone(ledger, mail.programme):
        raise InputError(f"{mail.message_id} cannot be sent again: its words have expired, or were removed on request.")
    message = get_bytes(open_vault(settings), body)
    mark(ledger, mail.message_id, SENDING, "sent again by hand")
    try:
        delivery = deliver(message, mail.recipient, settings)
    except TouchstoneError as error:
        mark(ledger, mail.message_id, UNKNOWN, str(error))
        raise
    mark(ledger, mail.message_id, delivery.status, delivery.detail)
    return f"{mail.message_id} to {mail.recipient}: {delivery.status} {delivery.detail}".rstrip()
