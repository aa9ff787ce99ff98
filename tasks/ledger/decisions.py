"""Decisions in the ledger: what was proposed, and what a named person decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import InputError
from tasks.decisions import Choice, change_after, overtaken_by, require_fitting
from tasks.follow_ups.life import with_changes
from tasks.ledger.connection import Ledger, now
from tasks.ledger.journal import append, lock_chain
from tasks.ledger.models import DecisionRow, FollowUpRow
from tasks.results import Decision, FollowUp

PROPOSED = "proposed"
MADE = "decision.made"


def decisions_of(ledger: Ledger, programme: str) -> tuple[Decision, ...]:
    """Return every decision that was ever proposed to a programme, made or not, in the order of their ids."""
    with ledger.transaction() as session:
        return _decisions(session, programme)


def decision_rows(programme: str, edition: str, decisions: Iterable[Decision], known: Iterable[Decision]) -> list[DecisionRow]:
    """Return the rows of proposals that the ledger does not hold yet.

    `known` are those it holds: what a person has decided meanwhile is never written over.
    """
    held = {one.id for one in known}
    return [_row(programme, edition, one) for one in decisions if one.id not in held]


def record_decision_on(
    ledger: Ledger, programme: str, decision_id: str, decided: Choice, *, typed_name: str, note: str, token: str
) -> Decision:
    """Record who decided what on a proposal, change the follow-up where the decision does, and return the decision as it stands.

    Raises InputError where there is no such proposal, where it was decided or overtaken already, and where the choice does not fit.
    """
    with ledger.transaction() as session:
        lock_chain(session, programme)
        row, every = _held(session, programme, decision_id), _decisions(session, programme)
        proposal = Decision.model_validate_json(row.content)
        follow_up = session.get(FollowUpRow, (programme, proposal.about))
        _require_open(proposal, every, decided, follow_up)
        made = proposal.model_copy(
            update={"decided": decided, "decided_by": typed_name, "decided_at": datetime.fromisoformat(now()), "note": note}
        )
        row.status, row.content = decided, made.model_dump_json()
        changed = _changed(follow_up, made)
        detail = {"decision": decision_id, "about": made.about, "proposed": made.kind, "decided": decided}
        append(session, ledger, programme, row.edition, MADE, row, *changed, token=token, **detail, typed_name=typed_name, note=note)
    return made


def _decisions(session: Session, programme: str) -> tuple[Decision, ...]:
    query = select(DecisionRow).where(DecisionRow.programme == programme).order_by(DecisionRow.id)
    return tuple(Decision.model_validate_json(row.content) for row in session.scalars(query))


def _held(session: Session, programme: str, decision_id: str) -> DecisionRow:
    row = session.get(DecisionRow, (programme, decision_id))
    if row is None:
        raise InputError(f"{programme} has no decision {decision_id!r}; `touchstone approve PROGRAMME --list` shows those that wait.")
    return row


def _require_open(proposal: Decision, every: Sequence[Decision], decided: Choice, follow_up: FollowUpRow | None) -> None:
    require_fitting(proposal, decided, FollowUp.model_validate_json(follow_up.content) if follow_up else None)
    later = overtaken_by(proposal, every)
    if later is not None:
        raise InputError(f"{proposal.id} was overtaken by {later.id} of {later.proposed_in} ({later.kind}); decide on that one.")


def _changed(row: FollowUpRow | None, made: Decision) -> tuple[FollowUpRow, ...]:
    """Return the follow-up's row with the change that the decision brings; nothing where it brings none."""
    change = change_after(made, row.id) if row else None
    if row is None or change is None:
        return ()
    follow_up = with_changes(FollowUp.model_validate_json(row.content), [change])
    if follow_up.status != change.status:
        raise InputError(f"{row.id} stays {follow_up.status}, since it takes no change to {change.status} now; choose otherwise or refuse.")
    row.status, row.content = follow_up.status, follow_up.model_dump_json()
    return (row,)


def _row(programme: str, edition: str, one: Decision) -> DecisionRow:
    return DecisionRow(programme=programme, id=one.id, edition=edition, status=one.decided or PROPOSED, content=one.model_dump_json())
