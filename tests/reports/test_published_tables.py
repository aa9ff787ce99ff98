"""The richest sample, whole and with its small cells taken out: tables by their data package, the summary by its published schema."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from frictionless import validate

from reports import tables
from reports.schema import summary_schema
from tasks.results import CycleSummary
from tasks.small_cells import without_small_cells
from tests.reports import pages
from tests.reports.hostile import ATTACKS, hostile_words

SCHEMA = jsonschema.Draft202012Validator(json.loads(summary_schema()))  # which docs/summary.schema.json is a copy of
HOSTILE = hostile_words(pages.RICH, " ".join(ATTACKS.values()))
SUMMARIES = {
    "rich": pages.RICH,
    "nothing": pages.EMPTY,
    "without small cells": without_small_cells(pages.RICH, 5),
    "without any cell": without_small_cells(pages.RICH, 100_000),
    "hostile": HOSTILE,
}


@pytest.mark.parametrize("summary", SUMMARIES.values(), ids=SUMMARIES)
def test_the_data_package_is_valid_with_the_tables_beside_it(summary: CycleSummary, tmp_path: Path) -> None:
    files = {name: content for name, content in pages.edition_files(summary).items() if name.endswith(".csv") and "/" not in name}
    pages.write(tmp_path, {**files, "datapackage.json": tables.datapackage_json(summary, files)})
    report = validate(str(tmp_path / "datapackage.json"))
    faults = [(error.type, error.message[:200]) for task in report.tasks for error in task.errors]
    assert [fault for fault in faults if not (summary is HOSTILE and fault[0] == "primary-key")] == []  # whose rows are all called the same
    assert {task.place for task in report.tasks} == set(files) >= set(pages.TABLES)


@pytest.mark.parametrize("summary", SUMMARIES.values(), ids=SUMMARIES)
def test_the_summary_keeps_to_its_published_schema_and_comes_back_as_the_same(summary: CycleSummary) -> None:
    content = tables.summary_json(summary)
    assert [(error.json_path, error.validator) for error in SCHEMA.iter_errors(json.loads(content))] == []
    assert tables.summary_json(CycleSummary.model_validate_json(content)) == content
