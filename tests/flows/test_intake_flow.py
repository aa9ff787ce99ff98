"""What reaches a cycle from its pipes: changes alone, late records, missing feeds, registers of customers and invitations."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from config.errors import NotPublishableError
from flows.audit import verify
from flows.cycle import run_cycle
from tests.flows.shop import AS_OF, STARTS, complaints, write_csv

CSV = '{csv: "${DATA}/complaints-{cycle}.csv"}'
SQL = '{sql: "select * from complaints where changed >= :since and changed < :until", database: "${CRM}"}'
INCREMENTAL = "    incremental: {changed_at: changed, overlap_days: 1}\n    keep: {entered_by: [customer]}"


def published(outcome: Any) -> Path:
    return Path(outcome.place).parent


def summary_of(outcome: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((published(outcome) / "summary.json").read_text())
    return found


def run(programme: Path, cycle: str, **options: Any) -> Any:
    return run_cycle(programme, cycle, as_of=AS_OF[cycle], **options)


def run_both(programme: Path) -> list[Any]:
    return [run(programme, cycle) for cycle in AS_OF]


@pytest.fixture
def crm(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sqlite3.Connection:
    """The shop's complaints of both quarters in a database, where each row says when it was last changed."""
    monkeypatch.setenv("CRM", f"sqlite:///{tmp_path}/crm.db")
    rows = [row | {"changed": row["closed"]} for cycle, start in STARTS.items() for row in complaints(cycle, start)]
    connection = sqlite3.connect(tmp_path / "crm.db")
    pd.DataFrame(rows).assign(changed=lambda table: table["changed"].str.replace("T", " ").str[:19]).to_sql("complaints", connection)
    shop.write_text(shop.read_text().replace(CSV, SQL).replace("    keep: {entered_by: [customer]}", INCREMENTAL))
    return connection


def change(crm: sqlite3.Connection, statement: str) -> None:
    crm.execute(statement)
    crm.commit()


def account(outcome: Any) -> dict[str, int]:
    found: dict[str, int] = next(one for one in summary_of(outcome)["data"]["accounts"] if one["source"] == "complaints")
    return found


def test_the_second_pull_brings_only_what_changed_and_its_figures_are_those_of_a_whole_pull(crm: sqlite3.Connection, shop: Path) -> None:
    first, second = run_both(shop)
    assert account(first)["read"] == 69  # nine of the second quarter were there by the as-of
    assert account(second)["read"] == 60  # of the 120 rows that there are
    table = pd.read_csv(published(second) / "compliance.csv").set_index("standard")
    assert tuple(table.loc["on-time", ["n", "met", "previous_n", "previous_met"]]) == (58, 29, 58, 29)


def test_pulling_again_what_the_overlap_brings_twice_changes_nothing(crm: sqlite3.Connection, shop: Path) -> None:
    run(shop, "2026Q1")
    change(crm, "update complaints set changed = '2026-04-02 12:00:00' where id like '2026Q1-05%'")
    data = summary_of(run(shop, "2026Q2"))["data"]
    assert data["late"] == [{"cycle": "2026Q1", "closed": 98, "now": 98, "added": 0, "changed": 0, "gone": 0}]


def test_a_record_that_came_late_lands_in_its_own_quarter_and_is_told_as_a_restatement(crm: sqlite3.Connection, shop: Path) -> None:
    first = run(shop, "2026Q1")
    before = {path: path.read_bytes() for path in published(first).rglob("*") if path.is_file()}
    change(crm, "insert into complaints select * from complaints where id = '2026Q1-010'")
    change(crm, "update complaints set id = 'late-1', changed = '2026-05-01 10:00:00' where rowid = (select max(rowid) from complaints)")
    change(crm, "update complaints set closed = '2026-03-31T10:00:00+00:00', changed = '2026-06-01 10:00:00' where id = '2026Q1-011'")
    second = summary_of(run(shop, "2026Q2"))
    assert second["data"]["late"] == [{"cycle": "2026Q1", "closed": 98, "now": 99, "added": 1, "changed": 1, "gone": 0}]
    restated = next(one for one in second["restatements"] if (one["cycle"], one["standard"]) == ("2026Q1", "on-time"))
    assert (restated["published_n"], restated["n"]) == (58, 59)
    assert before == {path: path.read_bytes() for path in published(first).rglob("*") if path.is_file()}


def test_a_changed_mapping_pulls_everything_again(crm: sqlite3.Connection, shop: Path) -> None:
    run(shop, "2026Q1")
    shop.write_text(shop.read_text().replace("      text: words\n", "      text: words\n      month: opened\n", 1))
    assert account(run(shop, "2026Q2"))["read"] == 120


def test_a_feed_that_is_not_there_is_named_on_the_validation_page_beside_what_the_others_hold(shop: Path) -> None:
    (shop.parent / "survey-2026Q1.csv").unlink()
    with pytest.raises(NotPublishableError):
        run(shop, "2026Q1")
    page = (shop.parent.parent / "home" / "published" / "shop" / "2026Q1" / "validation" / "index.html").read_text()
    assert "nothing usable from: survey" in page
    assert "there is no file" in page
    assert verify("shop")["problems"] == []


def test_a_late_feed_is_named(shop: Path) -> None:
    path = shop.parent / "complaints-2026Q1.csv"
    table = pd.read_csv(path, dtype="str")
    table[pd.to_datetime(table["opened"]) < STARTS["2026Q1"] + timedelta(days=5)].to_csv(path, index=False)
    feeds = {feed["source"]: feed for feed in summary_of(run(shop, "2026Q1"))["data"]["feeds"]}
    assert "at most 14 days before" in feeds["complaints"]["warnings"][0]


TAXONOMY = """
taxonomy:
  version: {version}
  categories: [{{id: delivery, title: Delivery}}, {{id: bills, title: Bills}}, {{id: site, title: Website}}, {{id: logins, title: Logins}}]
"""


def with_taxonomy(shop: Path, version: int, website: str) -> None:
    text = shop.read_text().split("\ntaxonomy:")[0].rstrip() + "\n"
    text = text.replace("{category: [Website]}", "{category: [site]}").replace("{category: [Delivery]}", "{category: [delivery]}")
    lines = [line for line in text.splitlines() if "categories:" not in line]
    at = next(index for index, line in enumerate(lines) if "entered_by" in line)
    lines.insert(at, f"    categories: {{Delivery: delivery, Billing: bills, Website: {website}}}")
    shop.write_text("\n".join(lines) + TAXONOMY.format(version=version))


def records_by_place(outcome: Any) -> dict[str, int]:
    return {place["id"]: place["records"] for place in summary_of(outcome)["touchpoints"]}


def test_a_new_version_of_the_taxonomy_recodes_history_and_leaves_unchanged_categories_as_they_were(
    crm: sqlite3.Connection, shop: Path
) -> None:
    with_taxonomy(shop, 1, "site")
    first = run(shop, "2026Q1")
    with_taxonomy(shop, 2, "logins")
    second = run(shop, "2026Q2")
    assert summary_of(second)["data"]["taxonomy_version"] == 2
    assert account(second)["read"] == 60  # history is recoded from what was stored, not pulled again
    restated = {(one["standard"], one["touchpoint"]): one for one in summary_of(second)["restatements"] if one["cycle"] == "2026Q1"}
    door = restated["door-on-time", "door"]
    assert (door["n"], door["met"]) == (door["published_n"], door["published_met"])
    assert records_by_place(first)["site"] > 0
    assert records_by_place(second)["site"] == 0


def test_categories_that_map_to_nothing_are_counted_and_past_the_limit_stop_the_cycle(shop: Path) -> None:
    with_taxonomy(shop, 1, "site")
    shop.write_text(shop.read_text().replace("Billing: bills, ", ""))
    with pytest.raises(NotPublishableError, match="maps to none"):
        run(shop, "2026Q1")
    shop.write_text(shop.read_text().replace("gate: {", "gate: {unmapped_share_at_most: 0.4, "))
    (use,) = [one for one in summary_of(run(shop, "2026Q1"))["data"]["categories"] if one["source"] == "complaints"]
    assert (use["categorised"], use["unmapped"], use["names"]) == (58, 19, {"Billing": 19})  # the twentieth was entered by staff


REGISTERS = """
  - id: invitations
    reads: {csv: "${DATA}/invitations-{cycle}.csv"}
    fills: invitations
    columns: {customer_id: who, survey: {is: survey}, sent_at: sent, answered_at: answered}
  - id: customers
    reads: {csv: "${DATA}/customers.csv"}
    fills: customers
    columns: {customer_id: who, segment: kind, is_internal: staff}
gate:"""


def test_invitations_and_customers_are_tables_of_their_own(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHSTONE_PSEUDONYM_KEY", "key of the tests")
    sent = [{"who": f"c{n}", "sent": "2026-01-20", "answered": "2026-01-21" if n < 20 else ""} for n in range(50)]
    write_csv(shop.parent / "invitations-2026Q1.csv", sent)
    write_csv(shop.parent / "customers.csv", [{"who": f"c{n}", "kind": "gold", "staff": "yes" if n < 3 else "no"} for n in range(60)])
    shop.write_text(
        shop.read_text().replace("\ngate:", REGISTERS, 1).replace("occurred_at: answered}", "occurred_at: answered, customer_id: id}")
    )
    outcome = run(shop, "2026Q1")
    data = summary_of(outcome)["data"]
    (rate,) = data["responses"]
    assert (rate["survey"], rate["invited"], rate["answered"], rate["share"]) == ("survey", 50, 20, 0.4)
    assert {one["source"]: one["accepted"] for one in data["accounts"]} == {
        "complaints": 58,
        "survey": 40,
        "invitations": 50,
        "customers": 60,
    }
    row = pd.read_csv(published(outcome) / "compliance.csv").set_index("standard").loc["friendly"]
    assert (row["response_invited"], row["response_answered"], row["response_share"]) == (50, 20, 0.4)
