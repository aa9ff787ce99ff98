"""`touchstone approve`: what a person decided, recorded; the cycle goes on with the next run."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from config.errors import InputError
from config.loading import load_programme
from config.settings import load_settings
from flows.cycle import Outcome
from tasks.ledger.approvals import APPROVED, find_waiting, record_decision
from tasks.ledger.connection import open_ledger
from tasks.ledger.editions import REJECTED
from tasks.ledger.locks import locked


def decide(
    programme_path: str | Path,
    decision: Literal["approve", "reject"],
    *,
    typed_name: str,
    cycle: str | None = None,
    sha256: str = "",
    note: str = "",
) -> Outcome:
    """Record a decision on what waits for approval, and return it; an approved cycle goes on with its next run.

    Raises InputError where nothing waits, where the hash is another's, or where name or reason is missing.
    """
    settings = load_settings()
    programme = load_programme(programme_path).programme
    if not typed_name.strip():
        raise InputError("A decision needs the name of the person who decides; give --name.")
    if decision == "reject" and not note.strip():
        raise InputError("A rejection needs a reason that the next attempt can follow; give --note.")
    ledger = open_ledger(settings.database_url)
    asked = find_waiting(ledger, programme, cycle, sha256)
    with locked(ledger, programme, asked.edition, settings.lease_seconds) as token:
        decided: Literal["approved", "rejected"] = APPROVED if decision == "approve" else REJECTED
        record_decision(ledger, asked, decided, typed_name=typed_name, note=note, token=token)
    return Outcome(programme, asked.edition, decided, "", f"The {asked.subject} was {decided} by {typed_name}.")
