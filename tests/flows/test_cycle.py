"""The whole cycle in one process, without Prefect."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from config.errors import InputError, LockedError, NotPublishableError
from config.settings import load_settings
from flows.audit import verify
from flows.cycle import Outcome, run_cycle
from flows.status import event_lines, follow_up_lines, mail_lines, status_lines
from tasks.ledger.connection import open_ledger
from tasks.ledger.locks import locked
from tests.flows.shop import AS_OF, write_csv

FILES = {
    "index.html",
    "summary.json",
    "compliance.csv",
    "outcomes.parquet",
    "counts.parquet",
    "causes.csv",
    "assignments.csv",
    "follow_ups.csv",
    "effects.csv",
    "workbook.xlsx",
    "report.pdf",
    "promises.csv",
    "decisions.csv",
    "charts.csv",
    "times.csv",
    "slices.csv",
    "drivers.csv",
    "scores.parquet",
    "durations.parquet",
    "validation/index.html",
    "validation/quarantine.csv",
    "datapackage.json",
    "manifest.json",
    "seal.json",
}


def run(programme: Path, cycle: str, **options: object) -> Outcome:
    return run_cycle(programme, cycle, as_of=AS_OF[cycle], **options)  # type: ignore[arg-type]


def folder_of(outcome: Outcome) -> Path:
    return Path(outcome.place).parent


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def promised_files(folder: Path) -> dict[str, bytes]:
    """The files whose bytes are promised: all but the seal."""
    return {name: content for name, content in files_in(folder).items() if name != "seal.json"}


def test_a_cycle_publishes_every_file_of_the_public_interface(shop: Path) -> None:
    assert set(files_in(folder_of(run(shop, "2026Q1")))) == FILES


def test_the_second_quarter_is_compared_with_the_first(shop: Path) -> None:
    run(shop, "2026Q1")
    table = pd.read_csv(folder_of(run(shop, "2026Q2")) / "compliance.csv").set_index("standard")
    overall = table.loc["on-time"]
    # by hand: 58 customers' complaints a quarter, every other one late, all due before both as-ofs
    assert (overall["n"], overall["met"], overall["previous_n"], overall["previous_met"]) == (58, 29, 58, 29)
    assert overall["change"] == 0
    assert overall["change_verdict"] == "cannot_tell"
    assert overall["change_low"] < 0 < overall["change_high"]


def test_an_open_follow_up_is_carried_forward_and_never_repeated(shop: Path) -> None:
    run(shop, "2026Q1")
    first = {row["id"]: row for row in follow_up_lines("shop", only_open=True)}
    run(shop, "2026Q2")
    second = {row["id"]: row for row in follow_up_lines("shop", only_open=True)}
    assert first.keys() <= second.keys()
    standards = [row for row in second.values() if "Keep the standard" in row["title"]]
    assert len(standards) == len({row["title"] for row in standards})
    assert {row["times_seen"] for row in standards} == {2}


def test_a_finished_cycle_answers_already_done_and_changes_nothing(shop: Path) -> None:
    done = run(shop, "2026Q1")
    before, events = files_in(folder_of(done).parent), event_lines("shop", None)
    again = run(shop, "2026Q1")
    assert again.status == "already_done"
    assert files_in(folder_of(done).parent) == before
    assert event_lines("shop", None) == events


def test_the_same_cycle_has_the_same_bytes_in_another_installation(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = []
    for name in ("here", "there"):
        monkeypatch.setenv("TOUCHSTONE_HOME", str(tmp_path / name))
        run(shop, "2026Q1")
        folders.append(folder_of(run(shop, "2026Q2")))
    here, there = (promised_files(folder) for folder in folders)
    assert here == there


def test_a_revision_is_published_beside_the_first_edition(shop: Path) -> None:
    first = run(shop, "2026Q1")
    before = files_in(folder_of(first))
    revised = run(shop, "2026Q1", revision_reason="complaints were delivered twice")
    assert revised.edition == "2026Q1.r2"
    assert files_in(folder_of(first)) == before
    manifest = json.loads((folder_of(revised) / "manifest.json").read_text())
    assert manifest["revision_reason"] == "complaints were delivered twice"
    assert verify("shop")["problems"] == []


def test_nothing_to_revise_is_said_in_one_sentence(shop: Path) -> None:
    with pytest.raises(InputError, match="nothing to revise"):
        run(shop, "2026Q1", revision_reason="why not")


def test_a_draft_publishes_locally_sends_nothing_and_asks_nothing_of_anybody(shop: Path, tmp_path: Path) -> None:
    draft = run(shop, "2026Q1", is_draft=True)
    assert folder_of(draft) == tmp_path / "home" / "drafts" / "shop" / "2026Q1.draft1"
    assert not (tmp_path / "home" / "published" / "shop").exists()
    assert not (tmp_path / "home" / "outbox").exists()
    assert follow_up_lines("shop", only_open=False) == []
    assert run(shop, "2026Q1").status == "finished"


def test_mail_goes_once_to_each_audience(shop: Path, tmp_path: Path) -> None:
    run(shop, "2026Q1")
    lines = mail_lines("shop")
    assert {(line["audience"], line["recipient"], line["status"]) for line in lines} >= {
        ("leadership", "director@shop.example", "sent"),
        ("quality", "quality@shop.example", "sent"),
        ("owners", "web@shop.example", "sent"),
        ("owners", "transport@shop.example", "sent"),
    }
    assert "operations" not in {line["audience"] for line in lines}
    assert len(list((tmp_path / "home" / "outbox").glob("*.eml"))) == len(lines)


def test_every_count_of_the_page_can_be_added_up_from_the_files_beside_it(shop: Path) -> None:
    run(shop, "2026Q1")
    folder = folder_of(run(shop, "2026Q2"))
    compliance = pd.read_csv(folder / "compliance.csv")
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    counts = pd.read_parquet(folder / "counts.parquet")
    for row in compliance.itertuples():
        own = outcomes.loc[outcomes["standard"] == row.standard, "outcome"]
        assert (own == "met").sum() == row.met
        assert own.isin(["met", "missed"]).sum() == row.n
        weeks = counts.loc[(counts["standard"] == row.standard) & (counts["cycle"] == "2026Q2") & (counts["known_at"] == "as_of")]
        assert (weeks["met"].sum(), weeks["pending"].sum(), weeks["excluded"].sum()) == (row.met, row.pending, row.excluded)
    assert set(counts["cycle"]) == {"2026Q1", "2026Q2"}


def test_a_cycle_whose_data_fail_the_gate_publishes_only_validation_and_manifest(shop: Path, tmp_path: Path) -> None:
    _spoil(shop, share=0.2)
    with pytest.raises(NotPublishableError, match=r"at most 5\.0% of each source's rows are quarantined"):
        run(shop, "2026Q1")
    published = tmp_path / "home" / "published" / "shop"
    assert set(files_in(published)) == {"2026Q1/validation/index.html", "2026Q1/validation/quarantine.csv", "2026Q1/manifest.json"}
    assert [(line["audience"], line["status"]) for line in mail_lines("shop")] == [("operations", "sent")]
    assert status_lines("shop")[0]["status"] == "not_publishable"
    assert verify("shop")["problems"] == []


def test_a_cycle_that_was_not_publishable_may_run_again_once_the_data_are_corrected(shop: Path) -> None:
    good = (shop.parent / "complaints-2026Q1.csv").read_bytes()
    _spoil(shop, share=0.2)
    with pytest.raises(NotPublishableError):
        run(shop, "2026Q1")
    (shop.parent / "complaints-2026Q1.csv").write_bytes(good)
    assert set(files_in(folder_of(run(shop, "2026Q1")))) == FILES
    assert verify("shop")["problems"] == []


def test_a_programme_corrected_after_a_wrong_column_is_used_by_the_next_run(shop: Path) -> None:
    right = shop.read_text()
    shop.write_text(right.replace("record_id: id\n      pipe", "record_id: idd\n      pipe"))
    with pytest.raises(InputError, match="has no column 'idd'; did you mean 'id'"):
        run(shop, "2026Q1")
    assert status_lines("shop")[0]["status"] == "failed"
    shop.write_text(right)
    assert run(shop, "2026Q1").status == "finished"


def test_an_interrupted_cycle_goes_on_with_the_frozen_programme_and_the_recorded_as_of(shop: Path) -> None:
    stopping = _Stopping("findings")
    with pytest.raises(KeyboardInterrupt):
        run(shop, "2026Q1", call=stopping)
    shop.write_text(shop.read_text().replace("target_share: 0.9}", "target_share: 0.1}"))
    folder = folder_of(run_cycle(shop, "2026Q1"))
    summary = json.loads((folder / "summary.json").read_text())
    assert datetime.fromisoformat(summary["as_of"]) == AS_OF["2026Q1"]
    assert summary["standards"][0]["target"] == 0.9


def test_an_interrupted_cycle_refuses_another_as_of(shop: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(shop, "2026Q1", call=_Stopping("findings"))
    with pytest.raises(InputError, match="goes on with it; leave --as-of out"):
        run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"] + timedelta(days=1))


def test_a_step_that_was_done_is_not_done_again(shop: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(shop, "2026Q1", call=_Stopping("findings"))
    called = _Stopping("")
    run(shop, "2026Q1", call=called)
    assert called.names[0] == "findings"


def test_of_two_runs_at_once_the_second_says_who_holds_the_lock(shop: Path) -> None:
    settings = load_settings()
    with locked(open_ledger(settings.database_url), "shop", "2026Q1", 90), pytest.raises(LockedError, match=r"is being run by .*process"):
        run(shop, "2026Q1")


def test_a_cycle_that_has_not_begun_is_refused(shop: Path) -> None:
    with pytest.raises(InputError, match="begins on 2026-04-01, and the as-of is 2026-03-01"):
        run_cycle(shop, "2026Q2", as_of=datetime(2026, 3, 1, tzinfo=UTC))


def test_an_as_of_in_the_future_is_refused(shop: Path) -> None:
    with pytest.raises(InputError, match="lies in the future"):
        run_cycle(shop, "2026Q1", as_of=datetime.now(UTC) + timedelta(days=1))


def test_an_earlier_quarter_whose_file_is_gone_is_known_from_its_own_snapshot(shop: Path) -> None:
    run(shop, "2026Q1")
    (shop.parent / "complaints-2026Q1.csv").unlink()
    (shop.parent / "survey-2026Q1.csv").unlink()
    table = pd.read_csv(folder_of(run(shop, "2026Q2")) / "compliance.csv").set_index("standard")
    # both as-ofs lie ten days after the quarter's end, 9:00 UTC; London's clocks are the same on both days
    assert table.loc["on-time", "previous_n"] == 58


def test_an_earlier_quarter_known_only_younger_is_not_comparable(shop: Path) -> None:
    run(shop, "2026Q1")
    (shop.parent / "complaints-2026Q1.csv").unlink()
    outcome = run_cycle(shop, "2026Q2", as_of=AS_OF["2026Q2"] + timedelta(days=1))
    table = pd.read_csv(folder_of(outcome) / "compliance.csv").set_index("standard")
    assert table.loc["on-time", "change_verdict"] == "not_comparable"
    assert "younger age" in table.loc["on-time", "change_note"]


def test_an_earlier_quarter_mapped_otherwise_and_gone_is_not_comparable(shop: Path) -> None:
    run(shop, "2026Q1")
    (shop.parent / "complaints-2026Q1.csv").unlink()
    shop.write_text(shop.read_text().replace("keep: {entered_by: [customer]}", "keep: {entered_by: [customer, staff]}"))
    table = pd.read_csv(folder_of(run(shop, "2026Q2")) / "compliance.csv").set_index("standard")
    assert table.loc["on-time", "change_verdict"] == "not_comparable"
    assert "mapping of complaints has changed" in table.loc["on-time", "change_note"]


def test_a_tampered_report_is_found(shop: Path) -> None:
    page = Path(run(shop, "2026Q1").place)
    page.write_text(page.read_text().replace("50.0", "95.0"))
    assert verify("shop")["problems"] == ["published file shop/2026Q1/index.html was changed after it was published"]


def test_a_seal_that_is_gone_or_names_another_head_is_found(shop: Path) -> None:
    seal = folder_of(run(shop, "2026Q1")) / "seal.json"
    seal.write_text(json.dumps(json.loads(seal.read_text()) | {"head": "0" * 64}))
    assert verify("shop")["problems"] == [
        "shop/2026Q1/seal.json names a head that the ledger does not have: events were changed or cut off"
    ]
    seal.unlink()
    assert verify("shop")["problems"] == ["published file shop/2026Q1/seal.json is gone"]


def test_no_customers_words_reach_the_ledger(shop: Path, tmp_path: Path) -> None:
    run(shop, "2026Q1")
    run(shop, "2026Q2")
    content = b"".join(path.read_bytes() for path in (tmp_path / "home").glob("ledger.db*"))
    assert b"left it in the rain" not in content


class _Stopping:
    """Calls steps directly, notes their names, and is interrupted before the one named."""

    def __init__(self, stop_at: str) -> None:
        self.stop_at = stop_at
        self.names: list[str] = []

    def __call__(self, name, work, /, *args):  # type: ignore[no-untyped-def]
        if name == self.stop_at:
            raise KeyboardInterrupt
        self.names.append(name)
        return work(*args)


def _spoil(shop: Path, share: float) -> None:
    """Let a share of the complaints be closed before they were opened."""
    import csv

    path = shop.parent / "complaints-2026Q1.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows[: int(len(rows) * share)]:
        row["closed"] = "2020-01-01T00:00:00+00:00"
    write_csv(path, rows)
