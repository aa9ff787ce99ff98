"""Admissions in the ledger: who let which record out of quarantine, once, provably."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from config.errors import InputError, ServiceError
from tasks.ledger.admissions import Admitted, admissions_of, record_admissions
from tasks.ledger.connection import Ledger
from tasks.ledger.models import Removal
from tasks.ledger.verify import verify_ledger
from tasks.ledger.views import events
from tasks.results import Ref
from tests.ledgers import CYCLE, FERRY, execute, write


def admitted(record_id: str, **parts: Any) -> Admitted:
    fixed = {
        "source": "cases",
        "record_id": record_id,
        "cycle": CYCLE,
        "how": "released",
        "rules": "resolved_at is not before occurred_at",
        "table": Ref(uri="ab/abc.parquet", sha256="abc", rows=2),
        "admitted_at": datetime(2026, 4, 12, 9, 30, tzinfo=UTC),
        "typed_name": "Ann",
        "reason": "the clock of the desk was wrong",
    }
    return Admitted.model_validate(fixed | parts)


def record(ledger: Ledger, *records: Admitted, removed: tuple[str, ...] = ()) -> None:
    record_admissions(ledger, FERRY, CYCLE, records, removed)


def test_what_was_let_out_is_given_back_by_source_and_record(ledger: Ledger) -> None:
    assert admissions_of(ledger, FERRY) == ()
    record(ledger, admitted("b"), admitted("a"))
    record(ledger, admitted("a", source="calls", how="retried"))
    assert admissions_of(ledger, FERRY) == (admitted("a", source="calls", how="retried"), admitted("a"), admitted("b"))
    assert admissions_of(ledger, "another") == ()


def test_records_that_are_let_out_together_are_one_event_with_name_and_reason(ledger: Ledger) -> None:
    record(ledger, admitted("a"), admitted("b"))
    (event,) = events(ledger, FERRY)
    assert (event.kind, event.edition) == ("quarantine.released", CYCLE)
    assert '"record_ids":["a","b"]' in event.payload
    assert '"reason":"the clock of the desk was wrong"' in event.payload
    assert '"typed_name":"Ann"' in event.payload


def test_an_admission_that_somebody_changes_or_removes_by_hand_is_found(ledger: Ledger) -> None:
    record(ledger, admitted("a"), admitted("b"))
    assert verify_ledger(ledger, FERRY).problems == ()
    execute(ledger, "UPDATE admissions SET reason = 'none' WHERE record_id = 'a'", "DELETE FROM admissions WHERE record_id = 'b'")
    problems = verify_ledger(ledger, FERRY).problems
    assert sorted(problems) == [
        'row ["admissions","ferry","cases","a"] is not as it was last written: it was changed by hand',
        'row ["admissions","ferry","cases","b"] is gone: it was removed by hand',
    ]


def test_a_record_is_let_out_once_and_nothing_is_written_where_one_was_before(ledger: Ledger) -> None:
    record(ledger, admitted("a"))
    with pytest.raises(
        InputError, match=r"^Ann let the record cases/a out of quarantine on 2026-04-12 \(released\); there is nothing left"
    ):
        record(ledger, admitted("b", typed_name="Bob"), admitted("a", typed_name="Bob"))
    assert admissions_of(ledger, FERRY) == (admitted("a"),)
    assert len(events(ledger, FERRY)) == 1


def test_rows_from_before_words_were_removed_are_not_let_out(ledger: Ledger) -> None:
    removal = Removal(programme=FERRY, subject="customer:x", removed_at="2026-04-12T09:00:00+00:00", typed_name="Bob", reason="asked")
    write(ledger, removal)
    with pytest.raises(
        ServiceError, match="Words of ferry were removed on request meanwhile; run that `touchstone forget` again, then this"
    ):
        record(ledger, admitted("a"))
    assert admissions_of(ledger, FERRY) == ()
    record(ledger, admitted("a"), removed=("customer:x",))
    assert admissions_of(ledger, FERRY) == (admitted("a"),)
