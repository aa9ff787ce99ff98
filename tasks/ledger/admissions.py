"""Admissions: which records were let out of quarantine, how, by whom and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field
from sqlalchemy import select

from config.errors import InputError, ServiceError
from tasks.ledger.connection import Ledger
from tasks.ledger.journal import append, lock_chain
from tasks.ledger.models import Admission, Removal
from tasks.results import Ref, Result

How = Literal["released", "retried"]


class Admitted(Result):
    """One record that was let out of quarantine."""

    source: str
    record_id: str
    cycle: str = Field(description="The quarter in which it happened.")
    how: How = Field(description="released: somebody vouches for the row as it stands; retried: it was read again, and is valid now.")
    rules: str = Field(description="What it had broken, in words, joined by '; '.")
    table: Ref = Field(description="Its masked canonical rows, among those of others that were admitted with it; see tasks.admitting.")
    admitted_at: datetime
    typed_name: str
    reason: str


def admissions_of(ledger: Ledger, programme: str) -> tuple[Admitted, ...]:
    """Return every record of a programme that was let out of quarantine, by source and record_id."""
    query = select(Admission).where(Admission.programme == programme)
    with ledger.transaction() as session:
        found = (_result(row) for row in session.scalars(query))
        return tuple(sorted(found, key=lambda one: (one.source, one.record_id)))


def record_admissions(ledger: Ledger, programme: str, edition: str, admitted: Sequence[Admitted], removed: Collection[str]) -> None:
    """Record that records were let out of the quarantine of an edition, all in one event.

    No lock is needed: the chain is locked while the event is appended, and a run in progress works by its frozen plan, so that what
    is admitted meanwhile counts for the next one. `removed` are the subjects whose words the rows are without. Raises InputError where
    one of the records was admitted already, ServiceError where words were removed since.
    """
    first = admitted[0]
    with ledger.transaction() as session:
        lock_chain(session, programme)
        if set(session.scalars(select(Removal.subject).where(Removal.programme == programme))) != set(removed):
            raise ServiceError(f"Words of {programme} were removed on request meanwhile; run that `touchstone forget` again, then this.")
        query = select(Admission).where(Admission.programme == programme, Admission.source == first.source)
        known = {row.record_id: row for row in session.scalars(query)}
        for one in admitted:
            if one.record_id in known:
                raise already_admitted(_result(known[one.record_id]))
        rows = [_row(programme, one) for one in admitted]
        ids = [one.record_id for one in admitted]
        who = {"typed_name": first.typed_name, "reason": first.reason}
        append(session, ledger, programme, edition, f"quarantine.{first.how}", *rows, source=first.source, record_ids=ids, **who)


def already_admitted(one: Admitted) -> InputError:
    """Return the error that says who let a record out of quarantine, and when."""
    return InputError(
        f"{one.typed_name} let the record {one.source}/{one.record_id} out of quarantine on {one.admitted_at:%Y-%m-%d} ({one.how}); "
        "there is nothing left to do."
    )


def table_of(row: Admission) -> Ref:
    """Return the reference to the table that holds an admission's rows."""
    return Ref.model_validate_json(row.object)


def _result(row: Admission) -> Admitted:
    return Admitted(
        source=row.source,
        record_id=row.record_id,
        cycle=row.cycle,
        how=row.how,
        rules=row.rules,
        table=table_of(row),
        admitted_at=datetime.fromisoformat(row.admitted_at),
        typed_name=row.typed_name,
        reason=row.reason,
    )


def _row(programme: str, one: Admitted) -> Admission:
    return Admission(
        programme=programme,
        source=one.source,
        record_id=one.record_id,
        cycle=one.cycle,
        how=one.how,
        rules=one.rules,
        object=one.table.model_dump_json(),
        admitted_at=one.admitted_at.isoformat(timespec="microseconds"),
        typed_name=one.typed_name,
        reason=one.reason,
    )
