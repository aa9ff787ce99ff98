from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pandas as pd
import pyarrow.parquet as pq
import pytest
from frictionless import validate
from hypothesis import given
from hypothesis import strategies as st

from reports import tables
from reports.schema import summary_schema
from tasks.parquet import parquet_bytes
from tasks.results import CycleSummary
from tests.reports import samples
from tests.reports.test_page import HOSTILE

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
PROMISED_COLUMNS = (
    "standard,touchpoint,stage,n,met,share,low,high,target,verdict,pending,excluded,"
    "share_if_pending_met,share_if_pending_missed,previous_share,change,change_low,change_high,year_ago_share,"
)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


@pytest.fixture
def assignments() -> pd.DataFrame:
    return pd.DataFrame({"record_id": ["C-1", "C-2", "-3"], "cause_id": ["2025Q1-01", "", None], "source": "desk"}, dtype="str")


@pytest.fixture
def files(summary: CycleSummary, assignments: pd.DataFrame) -> dict[str, bytes]:
    outcomes = pd.DataFrame({"record_id": ["C-1"], "standard": ["leaks"], "touchpoint": ["leak-repair"], "outcome": ["missed"]})
    counts = pd.DataFrame({"week": [date(2025, 10, 6)], "n": [41], "share": [0.5], "at": pd.to_datetime(["2025-10-06"], utc=True)})
    return {
        "compliance.csv": tables.compliance_csv(summary),
        "causes.csv": tables.causes_csv(summary),
        "follow_ups.csv": tables.follow_ups_csv(summary),
        "assignments.csv": tables.assignments_csv(assignments),
        "times.csv": tables.times_csv(summary),
        "slices.csv": tables.slices_csv(summary),
        "drivers.csv": tables.drivers_csv(summary),
        "charts.csv": tables.charts_csv(summary),
        "effects.csv": tables.effects_csv(summary),
        "promises.csv": tables.promises_csv(summary),
        "decisions.csv": tables.decisions_csv(summary),
        "outcomes.parquet": parquet_bytes(outcomes),
        "counts.parquet": parquet_bytes(counts),
        "index.html": b"<!doctype html>",
    }


def test_compliance_begins_with_the_columns_that_are_promised(summary: CycleSummary) -> None:
    header = tables.compliance_csv(summary).decode().splitlines()[0]
    assert header.startswith(PROMISED_COLUMNS)
    assert len(header.split(",")) == len(set(header.split(",")))


def test_a_compliance_row_holds_the_figures_of_its_standard(summary: CycleSummary) -> None:
    row = next(row for row in rows_of(tables.compliance_csv(summary)) if row["standard"] == "leaks")
    expected = {
        "n": "600",
        "met": "308",
        "share": "0.513333",
        "target": "0.800000",
        "verdict": "not_met",
        "pending": "118",
        "excluded": "13",
    }
    assert row.items() >= expected.items()
    assert (row["share_if_pending_met"], row["share_if_pending_missed"]) == ("0.593315", "0.428969")  # 426 / 718, 308 / 718
    assert (row["previous_cycle"], row["previous_n"], row["previous_met"], row["previous_share"]) == ("2025Q3", "588", "377", "0.641156")
    assert float(row["change"]) == pytest.approx(308 / 600 - 377 / 588, abs=1e-6)
    assert (row["year_ago_cycle"], row["year_ago_verdict"]) == ("2024Q4", "worsened")


def test_what_is_not_there_is_an_empty_cell(summary: CycleSummary) -> None:
    row = next(row for row in rows_of(tables.compliance_csv(summary)) if row["standard"] == "meter-read")
    assert [row[name] for name in ("share", "low", "high", "p", "previous_share", "change", "year_ago_verdict")] == [""] * 7
    assert (row["n"], row["note"]) == ("0", "no records in this quarter")


def test_a_rating_bears_how_many_of_those_who_were_asked_answered_and_a_promise_of_time_does_not(summary: CycleSummary) -> None:
    rows = {row["standard"]: row for row in rows_of(tables.compliance_csv(summary))}
    found = [[rows[name][f"response_{part}"] for part in ("invited", "answered", "share")] for name in ("friendly", "leaks")]
    assert found == [["1272", "485", "0.381289"], ["", "", ""]]


def test_lists_are_joined_and_quotes_have_columns_of_their_own(summary: CycleSummary) -> None:
    first, *_, gone = rows_of(tables.causes_csv(summary))
    assert (first["touchpoints"], first["departments"]) == ("leak-repair;phone-line", "networks;customer-care")
    assert first["quote_2"].startswith("I took the day off work")
    assert (gone["status"], gone["size"], gone["quote_1"]) == ("gone", "0", "")


def test_follow_ups_hold_every_field_of_the_result(summary: CycleSummary) -> None:
    rows = rows_of(tables.follow_ups_csv(summary))
    of_effect = {"verdict", "change", "change_low", "change_high"}
    assert set(rows[0]) == set(type(summary.follow_ups[0]).model_fields) - {"changes", "effect"} | of_effect
    assert (rows[0]["due"], rows[0]["departments"]) == ("2026-02-09", "networks;customer-care;digital")


def test_a_text_without_a_cause_has_an_empty_cell_in_assignments(assignments: pd.DataFrame) -> None:
    assert tables.assignments_csv(assignments) == b"record_id,cause_id,source\nC-1,2025Q1-01,desk\nC-2,,desk\n'-3,,desk\n"


def test_no_cell_can_run_as_a_formula_and_every_row_stays_a_row() -> None:
    hostile = samples.with_hostile_words(f"={HOSTILE}")
    writers = (tables.compliance_csv, tables.causes_csv, tables.follow_ups_csv, tables.times_csv, tables.slices_csv, tables.drivers_csv)
    for content in (write(hostile) for write in (*writers, tables.charts_csv)):
        texts = [cell for row in rows_of(content) for cell in row.values() if not cell.replace(".", "").lstrip("-").isdigit()]
        assert not [text for text in texts if text.startswith(FORMULA_STARTS)]
    assert len(rows_of(tables.compliance_csv(hostile))) == len(hostile.standards)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=1))
def test_any_text_comes_back_from_csv_but_for_the_apostrophe(texts: list[str]) -> None:
    content = tables.assignments_csv(pd.DataFrame({"record_id": texts, "cause_id": "x", "source": "desk"}, dtype="str"))
    came_back = [row["record_id"] for row in rows_of(content)]
    assert came_back == [f"'{text}" if text.startswith(FORMULA_STARTS) else text for text in texts]


def test_lines_end_with_a_line_feed_alone(summary: CycleSummary) -> None:
    assert b"\r" not in tables.compliance_csv(summary) + tables.causes_csv(summary) + tables.follow_ups_csv(summary)


def test_parquet_comes_back_as_it_was_and_its_index_is_left_out() -> None:
    table = pd.DataFrame({"record_id": ["a", "b"], "outcome": ["met", None], "n": [1, 2], "share": [0.25, None]})
    content = parquet_bytes(table)
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(content)), table)
    assert content == parquet_bytes(table.set_index(pd.Index([7, 9])))
    assert pq.ParquetFile(io.BytesIO(content)).metadata.row_group(0).column(0).compression == "ZSTD"


def test_an_empty_table_keeps_its_columns_in_parquet() -> None:
    empty = pd.DataFrame({"record_id": pd.Series(dtype="str"), "n": pd.Series(dtype="int64")})
    assert pq.read_schema(io.BytesIO(parquet_bytes(empty))).names == ["record_id", "n"]


def test_the_summary_keeps_to_its_schema_and_can_be_read_back(summary: CycleSummary) -> None:
    schema = json.loads(summary_schema())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    content = json.loads(tables.summary_json(summary))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content, schema, cls=jsonschema.Draft202012Validator)
    assert CycleSummary.model_validate(content).standards[4].share == pytest.approx(summary.standards[4].share, abs=1e-6)


def test_the_schema_refuses_a_verdict_that_is_not_in_the_closed_set(summary: CycleSummary) -> None:
    content = json.loads(tables.summary_json(summary))
    content["standards"][0]["verdict"] = "fine"
    with pytest.raises(jsonschema.ValidationError, match="fine"):
        jsonschema.validate(content, json.loads(summary_schema()))


def test_numbers_in_the_summary_have_six_places_at_most_and_keys_are_sorted(summary: CycleSummary) -> None:
    lines = tables.summary_json(summary).decode().splitlines()
    assert '      "share": 0.513333,' in lines
    assert list(json.loads("\n".join(lines))) == sorted(CycleSummary.model_fields)


def test_the_data_package_describes_the_tables_and_the_validator_finds_them_right(
    files: dict[str, bytes], summary: CycleSummary, tmp_path: Path
) -> None:
    package = tables.datapackage_json(summary, files)
    for name, content in {**files, "datapackage.json": package}.items():
        (tmp_path / name).write_bytes(content)
    report = validate(str(tmp_path / "datapackage.json"))
    assert report.valid, report.flatten(["title", "message"])
    assert [resource["path"] for resource in json.loads(package)["resources"]] == sorted(set(files) - {"index.html"})


def test_the_data_package_is_not_right_for_a_table_that_was_changed(files: dict[str, bytes], summary: CycleSummary, tmp_path: Path) -> None:
    package = tables.datapackage_json(summary, files)
    files["compliance.csv"] = files["compliance.csv"].replace(b"not_met", b"met_not")
    for name, content in {**files, "datapackage.json": package}.items():
        (tmp_path / name).write_bytes(content)
    assert not validate(str(tmp_path / "datapackage.json")).valid


def test_every_csv_column_has_a_type_and_a_meaning(files: dict[str, bytes], summary: CycleSummary) -> None:
    resources: list[dict[str, Any]] = json.loads(tables.datapackage_json(summary, files))["resources"]
    for resource in resources:
        fields = resource["schema"]["fields"]
        if resource["path"].endswith(".csv"):
            assert [field["name"] for field in fields] == files[resource["path"]].decode().splitlines()[0].split(",")
            assert all(field["description"].endswith(".") for field in fields)
        assert "any" not in {field["type"] for field in fields}


def test_the_same_summary_gives_the_same_package(files: dict[str, bytes], summary: CycleSummary) -> None:
    assert tables.datapackage_json(summary, files) == tables.datapackage_json(summary, dict(reversed(files.items())))
