"""Decisions in the ledger: proposed once, decided once by a named person, provable."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from config.errors import InputError, LockedError
from tasks.ledger.connection import Ledger
from tasks.ledger.decisions import decision_rows, decisions_of, record_decision_on
from tasks.ledger.models import FollowUpRow
from tasks.ledger.verify import verify_ledger
from tasks.ledger.views import events, follow_ups
from tasks.results import Decision, FollowUp, FollowUpChange
from tests.ledgers import CYCLE, FERRY, execute, foreign_lock, put_lock, write
from tests.tasks.test_decisions import judged, proposal

DONE = FollowUpChange(at=datetime(2026, 2, 4, 15, tzinfo=UTC), by="Bob", status="done", evidence="ticket 42")
REOPENED = FollowUpChange(at=datetime(2026, 7, 10, 9, tzinfo=UTC), by="Check", status="reopened", cycle="2026Q2", note="no effect")
FAILED = judged("no_effect", status="reopened", times_refuted=1, changes=(DONE, REOPENED), effect={"change": 0.0})


def put(ledger: Ledger, *decisions: Decision, follow_up: FollowUp = FAILED) -> None:
    """Write proposals and the follow-up that they are about, as a publication does; a person holds the lock."""
    row = FollowUpRow(programme=FERRY, id=follow_up.id, status=follow_up.status, edition=CYCLE, content=follow_up.model_dump_json())
    write(ledger, row, *decision_rows(FERRY, CYCLE, decisions, decisions_of(ledger, FERRY)))
    put_lock(ledger, foreign_lock(60))


def decide(ledger: Ledger, decided: Any, decision_id: str = "dec-0123456789", lock: str = "t") -> Decision:
    return record_decision_on(ledger, FERRY, decision_id, decided, typed_name="Ann", note="as agreed", token=lock)


def test_a_decision_is_recorded_with_its_effect_and_both_can_be_proven(ledger: Ledger) -> None:
    put(ledger, proposal("adapt"))
    made = decide(ledger, "adapt")
    assert (made.decided, made.decided_by, made.note) == ("adapt", "Ann", "as agreed")
    assert decisions_of(ledger, FERRY) == (made,)
    (follow_up,) = follow_ups(ledger, FERRY, only_open=True)
    assert follow_up.status == "in_progress"
    last = follow_up.changes[-1]
    assert (last.by, last.status, last.note, last.origin, last.at) == (
        "Ann",
        "in_progress",
        "adapted: as agreed",
        "decision dec-0123456789",
        made.decided_at,
    )
    event = events(ledger, FERRY)[-1]
    assert event.kind == "decision.made"
    assert json.loads(event.payload)["detail"] == {
        "decision": "dec-0123456789",
        "about": "fu-0123456789",
        "proposed": "adapt",
        "decided": "adapt",
        "typed_name": "Ann",
        "note": "as agreed",
    }
    assert verify_ledger(ledger, FERRY).problems == ()


def test_what_is_abandoned_is_open_no_more(ledger: Ledger) -> None:
    put(ledger, proposal("adapt"))
    decide(ledger, "abandon")
    assert follow_ups(ledger, FERRY, only_open=True) == ()
    assert [one.status for one in follow_ups(ledger, FERRY, only_open=False)] == ["abandoned"]
    assert [one.decided for one in decisions_of(ledger, FERRY)] == ["abandon"]


@pytest.mark.parametrize(("kind", "decided"), [("rebase", "rebase"), ("raise_target", "raise_target"), ("adapt", "refused")])
def test_other_decisions_leave_the_follow_up_as_it_is(ledger: Ledger, kind: str, decided: str) -> None:
    put(ledger, proposal(kind))
    assert decide(ledger, decided).decided == decided
    assert follow_ups(ledger, FERRY, only_open=False) == (FAILED,)


def test_what_a_person_decided_is_not_written_over_by_a_later_publication(ledger: Ledger) -> None:
    put(ledger, proposal("adapt"))
    made = decide(ledger, "refused")
    rows = decision_rows(FERRY, "2026Q2", (proposal("adapt"), proposal("abandon", id="dec-1")), decisions_of(ledger, FERRY))
    assert [(one.id, one.edition, one.status) for one in rows] == [("dec-1", "2026Q2", "proposed")]
    write(ledger, *rows)
    assert decisions_of(ledger, FERRY) == (made, proposal("abandon", id="dec-1"))


def test_a_decision_that_cannot_be_made_is_refused_in_one_sentence_and_changes_nothing(ledger: Ledger) -> None:
    put(ledger, proposal("adapt"), proposal("abandon", id="dec-later00000", proposed_in="2026Q3"))
    before = len(events(ledger, FERRY))
    refusals = {
        ("dec-nothing", "adapt"): "ferry has no decision 'dec-nothing'; `touchstone approve PROGRAMME --list` shows those that wait.",
        ("dec-0123456789", "adapt"): "dec-0123456789 was overtaken by dec-later00000 of 2026Q3 (abandon); decide on that one.",
        ("dec-later00000", "adopt"): "fu-0123456789 cannot be adopted: Check of 2026Q2 found that it had no effect "
        "(+0.0 points, 95 % interval +3.1 to +13.3); choose adapt, abandon or refuse.",
    }
    for (decision_id, choice), said in refusals.items():
        with pytest.raises(InputError) as refusal:
            decide(ledger, choice, decision_id)
        assert str(refusal.value) == said
    decide(ledger, "abandon", "dec-later00000")
    with pytest.raises(InputError, match=r"dec-later00000 was decided by Ann on \d{4}-\d\d-\d\d \(abandon\)"):
        decide(ledger, "adapt", "dec-later00000")
    assert len(events(ledger, FERRY)) == before + 1


def test_a_change_that_the_follow_up_does_not_take_undoes_the_decision(ledger: Ledger) -> None:
    later = DONE.model_copy(update={"at": datetime(2200, 1, 1, tzinfo=UTC)})  # said by somebody whose clock was wrong
    put(ledger, proposal("adapt"), follow_up=FAILED.model_copy(update={"changes": (DONE, REOPENED, later), "status": "done"}))
    with pytest.raises(InputError, match="fu-0123456789 stays done, since it takes no change to in_progress now"):
        decide(ledger, "adapt")
    assert decisions_of(ledger, FERRY) == (proposal("adapt"),)


def test_without_the_programme_s_lock_nothing_is_decided(ledger: Ledger) -> None:
    put(ledger, proposal("adapt"))
    with pytest.raises(LockedError):
        decide(ledger, "adapt", lock="another")
    assert decisions_of(ledger, FERRY) == (proposal("adapt"),)


def test_a_decision_that_is_changed_or_removed_by_hand_is_found(ledger: Ledger) -> None:
    put(ledger, proposal("adapt"))
    decide(ledger, "refused")
    execute(ledger, "UPDATE decisions SET status = 'adapt'")
    assert verify_ledger(ledger, FERRY).problems != ()
    execute(ledger, "DELETE FROM decisions")
    assert verify_ledger(ledger, FERRY).problems == ('row ["decisions","ferry","dec-0123456789"] is gone: it was removed by hand',)
