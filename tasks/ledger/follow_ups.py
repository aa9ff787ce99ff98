"""Changes that people make to follow-ups."""

from __future__ import annotations

from config.errors import InputError
from tasks.ledger.connection import Ledger
from tasks.ledger.journal import append
from tasks.ledger.models import FollowUpRow
from tasks.results import FollowUp, FollowUpStatus

_FINAL: tuple[FollowUpStatus, ...] = ("verified",)


def record_update(
    ledger: Ledger, programme: str, follow_up_id: str, status: FollowUpStatus, *, typed_name: str, evidence: str, note: str, token: str
) -> FollowUpStatus:
    """Record who changed a follow-up to what and why, and return the status that it had before."""
    with ledger.transaction() as session:
        row = session.get(FollowUpRow, (programme, follow_up_id))
        if row is None:
            raise InputError(f"{programme} has no follow-up {follow_up_id!r}; `touchstone follow-ups list {programme}` shows those it has.")
        follow_up = FollowUp.model_validate_json(row.content)
        if follow_up.status in _FINAL:
            raise InputError(f"{follow_up_id} is {follow_up.status}; only the next cycle's Check can open it again.")
        row.status, row.content = status, follow_up.model_copy(update={"status": status}).model_dump_json()
        detail = {"follow_up": follow_up_id, "was": follow_up.status, "now": status}
        said = {"typed_name": typed_name, "evidence": evidence, "note": note}
        append(session, ledger, programme, row.edition, "follow_up.updated", row, token=token, **detail, **said)
    return follow_up.status
