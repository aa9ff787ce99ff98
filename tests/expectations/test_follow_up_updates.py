"""Each rule of follow_up_updates fails exactly the rows that break it, and such a source is taken in as any other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from config.periods import Quarter
from expectations.follow_up_updates import follow_up_updates_suite, with_facts
from expectations.rules import ROW, validate
from tasks.follow_ups import changes_of
from tasks.intake import Intake, take_in
from tasks.raw import Raw
from tests.programmes import programme, source

AS_OF = datetime(2026, 4, 10, 8, tzinfo=UTC)
AT = datetime(2026, 2, 1, 9, tzinfo=UTC)
ONE = "fu-0123456789"
TEXTS = ("follow_up_id", "by", "status", "evidence")
KEY = "follow_up_id, at and status together are unique"
STATUS = "status is one of accepted, in_progress, done"
TRACKER: dict[str, Any] = {
    "id": "tracker",
    "fills": "follow_up_updates",
    "columns": {
        "follow_up_id": "task",
        "at": "changed",
        "by": "who",
        "status": {"from": "state", "recode": {"Done": "done", "Doing": "in_progress"}, "missing": ["To Do"]},
        "evidence": {"join": ["key", "resolution"], "with": ": "},
        "effort_person_weeks": "weeks",
    },
}
ROW_OF_TRACKER = {"task": ONE, "changed": "2026-02-01 10:00", "who": "Ann", "state": "Doing", "key": "F-1", "resolution": "", "weeks": ""}


def updates(*breaches: dict[str, Any]) -> pd.DataFrame:
    good = {"follow_up_id": ONE, "by": "Ann", "status": "accepted", "evidence": "", "effort_person_weeks": 1.0, "predicted_change": 0.1}
    rows = [good | {"at": AT.replace(day=number), "at_unreadable": False} | breach for number, breach in enumerate(breaches, 1)]
    types = dict.fromkeys(TEXTS, "str") | {"at": "datetime64[us, UTC]"}
    return pd.DataFrame(rows).replace({"evidence": {"": None}}).astype(types).assign(**{ROW: range(2, 2 + len(rows))})


def test_an_update_names_a_follow_up_a_time_and_a_person_and_what_is_done_has_evidence() -> None:
    table = with_facts(
        updates(
            {"status": None, "effort_person_weeks": None, "predicted_change": None},
            {"follow_up_id": None},
            {"follow_up_id": "FU-0123456789"},
            {"follow_up_id": ONE + "0"},
            {"at": None, "at_unreadable": True},
            {"at": datetime(2026, 4, 11, tzinfo=UTC)},
            {"by": None},
            {"by": "check"},
            {"status": "done"},
            {"status": "done", "evidence": "ticket"},
            {"status": "verified"},
            {"effort_person_weeks": 0.0},
            {"predicted_change": 5.0},
            {"at": AT},
            {"at": AT},
            {"at": AT, "status": "done", "evidence": "ticket"},
        )
    )
    results = validate(table, follow_up_updates_suite(list(table), AS_OF))
    assert {result.rule: result.failed_rows.tolist() for result in results} == {
        "follow_up_id is there": [3],
        "at is there": [6],
        "by is there": [8],
        "follow_up_id is fu- and ten hexadecimal digits": [4, 5],
        "by is a person, not Check": [9],
        "what is done has evidence": [10],
        "at can be read": [6],
        "at is plausible: from 1990-01-01 to the as-of": [7],
        KEY: [15, 16],
        STATUS: [12],
        "effort_person_weeks is above 0": [13],
        "predicted_change is a share from -1 to 1": [14],
    }
    assert {result.severity for result in results} == {"error"}


def test_columns_that_are_not_there_have_no_rules_but_what_is_done_needs_evidence_all_the_same() -> None:
    table = with_facts(updates({"status": "done"}, {}).drop(columns=["evidence", "effort_person_weeks", "predicted_change"]))
    results = validate(table, follow_up_updates_suite(list(table), AS_OF))
    assert {result.rule: result.failed_rows.tolist() for result in results if not result.is_kept} == {"what is done has evidence": [2]}
    bare = with_facts(updates({}).drop(columns=["status", "evidence"]))
    assert {KEY, STATUS}.isdisjoint(result.rule for result in validate(bare, follow_up_updates_suite(list(bare), AS_OF)))


def take(*rows: dict[str, str]) -> Intake:
    table = pd.DataFrame([ROW_OF_TRACKER | row for row in rows], dtype="str")
    table.index = pd.RangeIndex(2, 2 + len(table))
    quarters = [Quarter(2026, 1), Quarter(2025, 4)]
    return take_in(Raw(table, "tracker.csv", "ab" * 32), source(**TRACKER), programme(), quarters, AS_OF, None)


def test_a_source_of_updates_is_taken_in_and_accounted_for_as_any_other() -> None:
    taken = take(
        {"weeks": "2.5"},
        {"changed": "2026-02-03", "state": "Done", "resolution": "Fixed"},
        {"changed": "2026-02-03", "state": "Done", "resolution": "Fixed"},
        {"changed": "2026-02-02", "state": "To Do"},
        {"changed": "2026-02-04", "state": "Blocked"},
        {"changed": "2026-07-01"},
        {"changed": "2025-12-01", "who": "Bob"},
    )
    account = taken.account
    assert (account.read, account.accepted, account.duplicates, account.quarantined, account.outside_period) == (7, 3, 1, 1, 2)
    assert taken.quarantine["rule"].tolist() == [STATUS]
    (changes,) = changes_of(taken.records).values()
    assert [(change.by, change.status, change.evidence, change.effort_person_weeks) for change in changes] == [
        ("Bob", "in_progress", "F-1", None),
        ("Ann", "in_progress", "F-1", 2.5),
        ("Ann", None, "F-1", None),
        ("Ann", "done", "F-1: Fixed", None),
    ]
    assert {change.origin for change in changes} == {"source tracker"}
    assert changes[1].at == datetime(2026, 2, 1, 15, tzinfo=UTC)  # ten in New York


@pytest.mark.parametrize("column", ["follow_up_id", "at", "by"])
def test_a_source_of_updates_needs_an_id_a_time_and_a_name(column: str) -> None:
    assert column in source(**TRACKER).table.required
