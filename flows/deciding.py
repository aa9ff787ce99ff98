"""`touchstone approve`: what a person decided on a plan, a publication or an action, recorded; what waits for a decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from config.errors import InputError
from config.loading import load_programme
from config.settings import load_settings
from flows.cycle import Outcome
from tasks.decisions import Choice, waiting
from tasks.ledger.approvals import APPROVED, find_waiting, record_decision, waiting_approvals
from tasks.ledger.connection import open_ledger
from tasks.ledger.decisions import decisions_of, record_decision_on
from tasks.ledger.editions import REJECTED
from tasks.ledger.locks import locked
from tasks.results import Decision, DecisionKind

NAME_NEEDED = "A decision needs the name of the person who decides; give --name."
Chosen = DecisionKind | Literal["refuse"]


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
        raise InputError(NAME_NEEDED)
    if decision == "reject" and not note.strip():
        raise InputError("A rejection needs a reason that the next attempt can follow; give --note.")
    ledger = open_ledger(settings.database_url)
    asked = find_waiting(ledger, programme, cycle, sha256)
    with locked(ledger, programme, asked.edition, settings.lease_seconds) as token:
        decided: Literal["approved", "rejected"] = APPROVED if decision == "approve" else REJECTED
        record_decision(ledger, asked, decided, typed_name=typed_name, note=note, token=token)
    return Outcome(programme, asked.edition, decided, "", f"The {asked.subject} was {decided} by {typed_name}.")


def decide_on(programme_path: str | Path, decision_id: str, choice: Chosen | None, *, typed_name: str, note: str = "") -> Decision:
    """Record what a person decided on a proposed action, and return the decision as it stands.

    Raises InputError where there is no such proposal, where it was decided already, where the choice does not fit it or the data
    contradict it, or where choice or name is missing; LockedError while a cycle runs.
    """
    settings = load_settings()
    programme = load_programme(programme_path).programme
    if not typed_name.strip():
        raise InputError(NAME_NEEDED)
    if choice is None:
        raise InputError(f"{decision_id} needs a choice; give --choose with adopt, adapt, abandon, raise_target, rebase or refuse.")
    ledger = open_ledger(settings.database_url)
    decided: Choice = "refused" if choice == "refuse" else choice
    with locked(ledger, programme, f"decision {decision_id}", settings.lease_seconds) as token:
        return record_decision_on(ledger, programme, decision_id, decided, typed_name=typed_name, note=note, token=token)


def in_words(made: Decision) -> str:
    """Return a decision that was made as one sentence."""
    return f"{made.id} ({made.title}): proposed {made.kind}, decided {made.decided} by {made.decided_by}."


def waiting_lines(programme_path: str | Path) -> list[dict[str, Any]]:
    """Return a row for each plan, publication and proposed action that waits for a person's decision."""
    ledger = open_ledger(load_settings().database_url)
    programme = load_programme(programme_path).programme
    asked = [
        _line(one.subject, one.sha256[:8], one.edition, f"{one.subject} of {one.edition}", f"asked on {one.requested_at[:10]}")
        for one in waiting_approvals(ledger, programme)
    ]
    actions = sorted(waiting(decisions_of(ledger, programme)), key=lambda one: (one.proposed_in, one.kind, one.id))
    return [*asked, *(_line(one.kind, one.id, one.proposed_in, one.title, one.reason) for one in actions)]


def _line(what: str, identity: str, cycle: str, title: str, reason: str) -> dict[str, Any]:
    return {"what": what, "id": identity, "cycle": cycle, "title": title, "reason": reason}
