"""Pulling only what changed: where a pull begins, how far it saw, and what stays of earlier ones."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

import pandas as pd

from config.sources import Incremental
from tasks.incremental import carried_over, ids_read, since_of, watermark_of
from tasks.raw import Raw
from tests.programmes import programme, source

PARTS = {"incremental": {"changed_at": "changed"}, "reads": {"sql": "select * from t where changed >= :since", "database": "${DB}"}}
QUARTER_START = datetime(2026, 4, 1, tzinfo=UTC)
AS_OF = datetime(2026, 7, 10, tzinfo=UTC)


def raw(**columns: list[str]) -> Raw:
    return Raw(pd.DataFrame(columns, dtype="str"), "", "")


def test_a_pull_begins_the_overlap_before_the_latest_change_that_was_seen() -> None:
    overlap = Incremental.model_validate({"changed_at": "changed", "overlap_days": 1.5})
    assert since_of(overlap, datetime(2026, 3, 30, tzinfo=UTC), QUARTER_START) == datetime(2026, 3, 28, 12, tzinfo=UTC)


def test_a_pull_never_begins_after_the_quarter_does_for_nobody_has_kept_its_first_days() -> None:
    assert since_of(Incremental.model_validate({"changed_at": "c"}), datetime(2026, 4, 20, tzinfo=UTC), QUARTER_START) == QUARTER_START


def test_the_watermark_is_the_latest_change_by_the_sources_own_clock_up_to_the_as_of() -> None:
    changes = ["2026-07-01 10:00", "2026-07-09 10:00", "2026-07-11 10:00", "soon", ""]
    found = watermark_of(raw(changed=changes), source(**PARTS), programme(), AS_OF)
    assert found == datetime(2026, 7, 9, 14, tzinfo=UTC)  # ten o'clock in New York


def test_without_a_readable_change_there_is_no_watermark() -> None:
    assert watermark_of(raw(changed=["?"]), source(**PARTS), programme(), AS_OF) is None
    assert watermark_of(raw(changed=["2026-07-01"]), source(), programme(), AS_OF) is None


def test_records_that_were_read_again_take_the_place_of_those_that_were_kept() -> None:
    stored = pd.DataFrame({"record_id": ["1", "2", "3"], "text": ["a", "b", "c"]}, dtype="str")
    seen = ids_read(raw(id=["2", " 4 ", ""]), source(**PARTS), programme(), None)
    assert seen.tolist() == ["2", "4"]
    assert carried_over(stored, seen)["record_id"].tolist() == ["1", "3"]


def test_ids_are_compared_as_they_are_stored_also_where_they_name_a_person() -> None:
    stored = hmac.new(b"key", b"2", hashlib.sha256).hexdigest()[:20]
    seen = ids_read(raw(id=["2"]), source(pseudonymise=["record_id"], **PARTS), programme(), "key")
    assert seen.tolist() == [stored]
