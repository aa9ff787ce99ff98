"""Approval: the end of one run and the start of another."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from config.errors import InputError
from config.loading import load_programme
from flows.audit import verify
from flows.cycle import Outcome, run_cycle
from flows.deciding import decide
from flows.status import event_lines, follow_up_lines, mail_lines, status_lines
from tests.flows.shop import AS_OF

BOARD = "  - {id: board, gets: approvals, mail: [chair@shop.example]}\n"


def run(programme: Path, **options: object) -> Outcome:
    return run_cycle(programme, "2026Q1", as_of=AS_OF["2026Q1"], **options)  # type: ignore[arg-type]


def needing(shop: Path, *subjects: str) -> Path:
    """The shop, which needs these approvals."""
    shop.write_text(shop.read_text() + BOARD + f"approvals: [{', '.join(subjects)}]\n")
    return shop


def asked_of_the_board() -> list[str]:
    return [row["message_id"] for row in mail_lines("shop") if row["recipient"] == "chair@shop.example"]


def details(kind: str) -> list[dict[str, str]]:
    return [row["detail"] for row in event_lines("shop", None) if row["kind"] == kind]


def test_a_plan_is_approved_before_anything_is_read_and_a_publication_before_anything_is_seen(shop: Path, tmp_path: Path) -> None:
    needing(shop, "plan", "publication")
    store = tmp_path / "home" / "published" / "shop"
    assert run(shop).status == "awaiting_approval"
    assert not [row for row in event_lines("shop", None) if "pull" in str(row["detail"])]
    assert status_lines("shop")[0]["what_to_do"].startswith("look at it and decide")
    assert run(shop).status == "awaiting_approval"  # running it again asks nobody again
    assert len(asked_of_the_board()) == 1

    assert decide(shop, "approve", typed_name="Chair", note="as agreed on Monday").status == "approved"
    waiting = run(shop)
    assert waiting.status == "awaiting_approval"
    preview = Path(waiting.place)
    assert "The Shop" in preview.read_text()
    assert not store.exists()
    assert follow_up_lines("shop", only_open=False) == []
    assert len(asked_of_the_board()) == 2
    assert {row["recipient"] for row in mail_lines("shop")} == {"chair@shop.example"}

    sha256 = details("approval.approved")[0]["sha256"]
    with pytest.raises(InputError, match="has the sha256"):
        decide(shop, "approve", typed_name="Chair", sha256=sha256)  # the plan's, and the publication waits
    decide(shop, "approve", typed_name="Chair")
    done = run(shop)
    assert done.status == "finished"
    manifest = (store / "2026Q1" / "manifest.json").read_bytes()
    approved = details("approval.approved")
    assert [one["subject"] for one in approved] == ["plan", "publication"]
    assert [one["typed_name"] for one in approved] == ["Chair", "Chair"]
    outputs = json.loads(manifest)
    assert outputs["is_publishable"]
    assert approved[1]["sha256"] == hashlib.sha256(manifest).hexdigest()  # what was approved is what was published
    assert (store / "2026Q1" / "index.html").read_bytes() == preview.read_bytes()
    assert verify("shop")["problems"] == []
    with pytest.raises(InputError, match="Nothing of shop waits"):
        decide(shop, "approve", typed_name="Chair")


def test_a_rejected_cycle_begins_anew_with_the_programme_as_it_is_then(shop: Path) -> None:
    needing(shop, "plan")
    run(shop)
    rejected = decide(shop, "reject", typed_name="Chair", note="the target is too low")
    assert rejected.status == "rejected"
    assert status_lines("shop")[0]["error"] == "Chair rejected the plan: the target is too low"
    shop.write_text(shop.read_text().replace("target_share: 0.5", "target_share: 0.6"))
    assert run(shop).status == "awaiting_approval"
    assert len(asked_of_the_board()) == 2
    first, second = details("cycle.opened")
    assert first["programme_sha256"] != second["programme_sha256"]


@pytest.mark.parametrize(
    ("options", "said"),
    [({"typed_name": " "}, "name of the person"), ({"typed_name": "Chair", "decision": "reject"}, "needs a reason")],
)
def test_a_decision_without_name_or_reason_is_refused(shop: Path, options: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        decide(shop, options.pop("decision", "approve"), **options)  # type: ignore[arg-type]


def test_a_draft_needs_no_approval(shop: Path) -> None:
    assert run(needing(shop, "plan", "publication"), is_draft=True).status == "finished"


def test_approvals_that_nobody_is_asked_for_are_a_mistake_in_the_programme(shop: Path) -> None:
    shop.write_text(shop.read_text() + "approvals: [plan]\n")
    with pytest.raises(InputError, match="nobody is asked for them"):
        load_programme(shop)
