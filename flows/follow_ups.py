"""What people do to follow-ups: who changed what, when and from where, in the ledger."""

from __future__ import annotations

from typing import Literal

from config.errors import InputError
from config.settings import load_settings
from tasks.ledger.connection import open_ledger
from tasks.ledger.follow_ups import record_update
from tasks.ledger.locks import locked
from tasks.ledger.views import programmes

PersonStatus = Literal["accepted", "in_progress", "done"]


def update_follow_up(
    programme: str, follow_up_id: str, status: PersonStatus, *, typed_name: str, evidence: str = "", note: str = ""
) -> str:
    """Record a change that a person made to a follow-up; return it in words.

    Only Check can verify or reopen. Raises InputError where there is no such follow-up, where nobody is named, or where one is
    declared done without evidence; LockedError while a cycle runs.
    """
    if not typed_name.strip():
        raise InputError("A change needs the name of the person who makes it; give --name.")
    if status == "done" and not evidence.strip():
        raise InputError("What is done needs evidence that it is: a link, a number, a document; give --evidence.")
    settings = load_settings()
    ledger = open_ledger(settings.database_url)
    if programme not in programmes(ledger):
        raise InputError(f"The ledger knows no programme {programme!r}; it knows {', '.join(programmes(ledger)) or 'none yet'}.")
    with locked(ledger, programme, f"follow-up {follow_up_id}", settings.lease_seconds) as token:
        before = record_update(ledger, programme, follow_up_id, status, typed_name=typed_name, evidence=evidence, note=note, token=token)
    return f"{follow_up_id}: {before}, now {status}"
