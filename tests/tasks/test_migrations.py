"""From the first schema to the newest and back: rows and chain stay, and a cycle begun earlier finishes or says why it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, select
from sqlalchemy.exc import DBAPIError

from config.errors import InputError
from config.loading import fingerprint
from config.settings import load_settings
from flows.audit import verify
from flows.cycle import run_cycle
from flows.status import event_lines
from tasks.ledger.connection import Ledger, alembic_config, migrate
from tasks.ledger.editions import get_edition
from tasks.ledger.models import Approval, Base, Cycle, DecisionRow, Step
from tasks.ledger.verify import verify_ledger
from tests.flows.shop import AS_OF, write_shop
from tests.ledgers import CYCLE, FERRY, begin, do_step, execute, opened, row, write

FIRST = "0001"
UNKNOWN_TO_THE_FIRST = ("approvals", "retention", "schedule")  # parts of a programme


def go_back(ledger: Ledger, revision: str = FIRST) -> None:
    """Take the schema back to an earlier one."""
    with ledger.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def content(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    """All rows that there are, by table."""
    metadata = MetaData()
    metadata.reflect(ledger.engine)
    with ledger.engine.connect() as connection:
        rows = {name: connection.execute(select(table)) for name, table in metadata.tables.items() if name != "alembic_version"}
        return {name: sorted(map(tuple, found)) for name, found in rows.items()}


def fill(ledger: Ledger) -> None:
    """Write what a run writes: an edition with steps, follow-ups, and an event for each."""
    journal = begin(ledger)
    do_step(journal, "plan", '{"earlier": []}')
    write(ledger, row(1), row(2, "accepted"))
    write(ledger, row(1, "done"), kind="follow_up.updated", follow_up="fu-1")


def asked() -> Approval:
    fixed = {"programme": FERRY, "edition": CYCLE, "attempt": 1, "decided_at": "", "typed_name": "", "note": ""}
    return Approval(**fixed, subject="plan", sha256="0" * 64, status="waiting", requested_at="2026-04-10T09:00:00+00:00")


def test_a_ledger_of_the_first_schema_goes_forward_to_the_newest_and_back_with_every_row_and_link(ledger: Ledger) -> None:
    go_back(ledger)
    fill(ledger)
    first = content(ledger)
    assert (len(first["events"]), len(first["follow_ups"]), len(first["steps"])) == (5, 2, 1)
    migrate(ledger.engine)
    newest = content(ledger)
    assert newest.keys() == Base.metadata.tables.keys() > first.keys()
    assert newest == {name: [] for name in newest} | first
    proof = verify_ledger(ledger, FERRY)
    assert (proof.events, proof.rows, proof.problems) == (5, 4, ())
    go_back(ledger)
    assert content(ledger) == first
    migrate(ledger.engine)
    assert verify_ledger(ledger, FERRY) == proof
    with pytest.raises(DBAPIError, match="append-only"):
        execute(ledger, "DELETE FROM events")


def test_from_every_schema_there_is_the_newest_is_reached_with_every_row_and_link(ledger: Ledger) -> None:
    fill(ledger)
    before, proof = content(ledger), verify_ledger(ledger, FERRY)
    revisions = [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()]
    assert revisions[-1] == FIRST
    for revision in revisions:
        go_back(ledger, revision)
        migrate(ledger.engine)
        assert content(ledger) == before
        assert verify_ledger(ledger, FERRY) == proof


def proposed() -> DecisionRow:
    return DecisionRow(programme=FERRY, id="dec-0123456789", edition=CYCLE, status="proposed", content="{}")


@pytest.mark.parametrize(
    ("make", "revision", "key"),
    [(asked, FIRST, '["approvals","ferry","2026Q1",1,"plan"]'), (proposed, "0003", '["decisions","ferry","dec-0123456789"]')],
)
def test_what_an_earlier_schema_has_no_place_for_is_missed_after_the_way_there_and_back(
    ledger: Ledger, make: Callable[[], Base], revision: str, key: str
) -> None:
    fill(ledger)
    write(ledger, make())
    assert verify_ledger(ledger, FERRY).problems == ()
    go_back(ledger, revision)
    migrate(ledger.engine)
    assert verify_ledger(ledger, FERRY).problems == (f"row {key} is gone: it was removed by hand",)


# a cycle that an earlier version began


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shop's programme file."""
    monkeypatch.setenv("DATA", str(tmp_path / "shop"))
    return write_shop(tmp_path / "shop")


@pytest.fixture
def shops_ledger(shop: Path) -> Iterator[Ledger]:
    """The shop's ledger, with a cycle that was interrupted after its plan."""
    interrupt(shop, "pull complaints")
    with opened(load_settings().database_url) as ledger:
        yield ledger


def interrupt(shop: Path, step: str) -> None:
    """Run the first cycle, or go on with it, until it is interrupted before that step."""
    with pytest.raises(KeyboardInterrupt):
        run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"], call=_interrupted_before(step))


def _interrupted_before(step: str) -> Callable[..., Any]:
    def call(name: str, work: Callable[..., Any], /, *args: Any) -> Any:
        if name == step:
            raise KeyboardInterrupt
        return work(*args)

    return call


def begun_with(ledger: Ledger, version: str) -> Cycle:
    """The interrupted edition, as that version would have recorded it: written, with an event, and not by hand."""
    edition = get_edition(ledger, "shop", "2026Q1")
    assert edition is not None
    edition.versions = json.dumps({"touchstone-cx": version})
    write(ledger, edition, programme="shop")
    return edition


def recorded(ledger: Ledger, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Let what a step gave be what another version gave: write it anew, changed, with an event."""
    with ledger.transaction() as session:
        step = session.get_one(Step, ("shop", "2026Q1", 1, name))
    output = json.loads(step.output)
    change(output)
    step.output = json.dumps(output)
    write(ledger, step, programme="shop")


def test_a_cycle_begun_under_the_first_schema_is_finished_by_this_version(shop: Path, shops_ledger: Ledger) -> None:
    edition = begun_with(shops_ledger, "0.0.1")
    frozen = json.loads(edition.frozen)
    for part in UNKNOWN_TO_THE_FIRST:
        del frozen[part]
    del frozen["working_time"]["closures"]
    edition.frozen = json.dumps(frozen)
    edition.programme_sha256 = fingerprint(edition.frozen)
    write(shops_ledger, edition, programme="shop")
    recorded(shops_ledger, "plan", lambda output: output.pop("removed"))
    interrupt(shop, "publish")
    recorded(shops_ledger, "render", lambda output: output["files"].pop("manifest.json"))  # which was made when it was published
    go_back(shops_ledger)

    outcome = run_cycle(shop, "2026Q1")
    assert outcome.status == "finished"
    summary = json.loads(Path(outcome.place).with_name("summary.json").read_text(encoding="utf-8"))
    assert datetime.fromisoformat(summary["as_of"]) == AS_OF["2026Q1"]
    assert summary["trace"]["programme_sha256"] == edition.programme_sha256
    assert summary["trace"]["versions"]["touchstone-cx"] == "0.0.1"
    done = [event["detail"]["step"] for event in event_lines("shop", None) if event["kind"] == "step.done"]
    assert (done.count("plan"), done.count("render")) == (1, 1)  # what the earlier version did was not done again
    assert verify("shop")["problems"] == []


def test_a_step_that_this_version_cannot_read_is_said_in_one_sentence_with_the_version_that_began_it(
    shop: Path, shops_ledger: Ledger
) -> None:
    begun_with(shops_ledger, "9.1.0")
    recorded(shops_ledger, "plan", lambda output: output.update(budget=1))
    with pytest.raises(InputError) as refusal:
        run_cycle(shop, "2026Q1")
    said = "2026Q1 of shop was begun with Touchstone 9.1.0, and this version cannot read its step 'plan'; finish it with 9.1.0."
    assert str(refusal.value) == said
    edition = get_edition(shops_ledger, "shop", "2026Q1")
    assert edition is not None
    assert (edition.status, edition.error) == ("failed", said)
    interrupt(shop, "pull complaints")  # nothing had been read yet: the next run begins anew, with a plan of its own


def test_a_programme_that_this_version_cannot_read_is_said_in_one_sentence(shop: Path, shops_ledger: Ledger) -> None:
    edition = begun_with(shops_ledger, "9.1.0")
    edition.frozen = json.dumps(json.loads(edition.frozen) | {"budget": 1})
    write(shops_ledger, edition, programme="shop")
    with pytest.raises(InputError, match=r"A programme frozen in the ledger cannot be read by this version .budget: unknown key 'budget'"):
        run_cycle(shop, "2026Q1")
