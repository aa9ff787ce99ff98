"""The published tables of effects, promises and decisions: every figure of the result, and no word that runs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from frictionless import validate

from reports import tables
from reports.loop_columns import DECISIONS, EFFECTS, PROMISES
from tasks.results import CycleSummary, Decision, Effect, Promise, PromiseKept
from tests.reports import sample_loop
from tests.reports.test_page import HOSTILE
from tests.reports.test_tables import FORMULA_STARTS

WRITERS: dict[str, Callable[[CycleSummary], bytes]] = {
    "effects.csv": tables.effects_csv,
    "promises.csv": tables.promises_csv,
    "decisions.csv": tables.decisions_csv,
}


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def same(cell: str, value: Any) -> bool:
    """Return whether a cell holds a result's value."""
    if value is None or value in ((), ""):
        return cell == ""
    if isinstance(value, bool):
        return cell == str(value).lower()
    if isinstance(value, float):
        return float(cell) == pytest.approx(value, abs=1e-6)
    if isinstance(value, datetime):
        return datetime.fromisoformat(cell) == value
    return cell == (";".join(value) if isinstance(value, tuple) else str(value))


def test_effects_hold_every_figure_of_every_effect() -> None:
    rows = {row["follow_up"]: row for row in rows_of(tables.effects_csv(sample_loop.SUMMARY))}
    judged = [one for one in sample_loop.FOLLOW_UPS_LOOPED if one.effect]
    assert list(rows) == [one.id for one in judged]
    for one in judged:
        wrong = [name for name in Effect.model_fields if not same(rows[one.id][name], getattr(one.effect, name))]
        assert wrong == []


def test_promises_hold_what_was_promised_and_what_came_of_it() -> None:
    rows = {row["id"]: row for row in rows_of(tables.promises_csv(sample_loop.SUMMARY))}
    assert len(rows) == len(sample_loop.LOOP.kept) + len(sample_loop.LOOP.promises)
    for kept in sample_loop.LOOP.kept:
        row = rows[kept.promise.id]
        assert [name for name in Promise.model_fields if not same(row[name], getattr(kept.promise, name))] == []
        assert [name for name in set(PromiseKept.model_fields) - {"promise"} if not same(row[name], getattr(kept, name))] == []
    assert {rows[one.id]["score"] for one in sample_loop.LOOP.promises} == {""}


def test_decisions_hold_every_field_of_the_result() -> None:
    rows = rows_of(tables.decisions_csv(sample_loop.SUMMARY))
    for row, one in zip(rows, sample_loop.LOOP.decisions, strict=True):
        assert set(row) == set(Decision.model_fields)
        assert [name for name in row if not same(row[name], getattr(one, name))] == []


def test_instants_are_written_in_utc_as_iso_8601_and_days_as_days() -> None:
    berlin = datetime(2026, 7, 1, 1, 30, 0, 125000, tzinfo=ZoneInfo("Europe/Berlin"))
    decision = sample_loop.LOOP.decisions[2].model_copy(update={"decided_at": berlin})
    loop = sample_loop.LOOP.model_copy(update={"decisions": (decision,)})
    (row,) = rows_of(tables.decisions_csv(sample_loop.SUMMARY.model_copy(update={"loop": loop})))
    assert (row["decided_at"], row["first"]) == ("2026-06-30T23:30:00Z", "2025-07-07")
    follow_up = {one["id"]: one for one in rows_of(tables.follow_ups_csv(sample_loop.SUMMARY))}[sample_loop.BILLS]
    assert datetime.fromisoformat(follow_up["done_at"]) == datetime(2025, 6, 30, 10, 0, tzinfo=UTC)


def test_the_data_package_describes_the_tables_and_the_validator_finds_them_right(tmp_path: Path) -> None:
    files = {name: write(sample_loop.SUMMARY) for name, write in WRITERS.items()}
    files["follow_ups.csv"] = tables.follow_ups_csv(sample_loop.SUMMARY)
    package = tables.datapackage_json(sample_loop.SUMMARY, files)
    for name, content in {**files, "datapackage.json": package}.items():
        (tmp_path / name).write_bytes(content)
    report = validate(str(tmp_path / "datapackage.json"))
    assert report.valid, report.flatten(["title", "message"])
    types = {field["name"]: field["type"] for resource in json.loads(package)["resources"] for field in resource["schema"]["fields"]}
    assert {types[name] for name in ("done_at", "decided_at", "planned_at", "window_starts")} == {"datetime"}


@pytest.mark.parametrize("name", WRITERS)
def test_no_cell_can_run_as_a_formula_and_every_row_stays_a_row(name: str) -> None:
    hostile = sample_loop.with_hostile_loop(f"={HOSTILE}")
    rows = rows_of(WRITERS[name](hostile))
    assert len(rows) == len(rows_of(WRITERS[name](sample_loop.SUMMARY)))
    texts = [cell for row in rows for cell in row.values() if not cell.replace(".", "").lstrip("-").isdigit()]
    assert not [text for text in texts if text.startswith(FORMULA_STARTS)]


@pytest.mark.parametrize("name", WRITERS)
def test_a_cycle_without_a_loop_has_their_headers_alone(name: str, summary: CycleSummary) -> None:
    assert len(WRITERS[name](summary).decode().splitlines()) == 1


def test_every_column_has_a_name_of_its_own_and_a_meaning() -> None:
    for columns in (EFFECTS, PROMISES, DECISIONS):
        names = [column.name for column in columns]
        assert len(names) == len(set(names))
        assert all(column.description.endswith(".") for column in columns)
