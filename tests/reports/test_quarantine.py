"""The published list of quarantined rows: complete, countable, and without a word that a customer wrote."""

from __future__ import annotations

import csv

import pandas as pd

from reports.quarantine import quarantine_csv

LATE, NO_PIPE = "resolved_at is not before occurred_at", "pipe is there"


def table(*rows: dict[str, object]) -> pd.DataFrame:
    names = {"source": "str", "record_id": "str", "row": "int64", "file": "str", "file_row": "int64", "rule": "str", "text": "str"}
    fixed = {"source": "cases", "file": "a.csv", "text": "my neighbour [name]"}
    filled = [fixed | {"file_row": one.get("row")} | one for one in rows]
    return pd.DataFrame({name: pd.Series([one.get(name) for one in filled], dtype=dtype) for name, dtype in names.items()})


def lines(quarantine: pd.DataFrame) -> list[list[str]]:
    return list(csv.reader(quarantine_csv(quarantine).decode().splitlines()))


def test_there_is_a_line_a_rule_and_record_by_source_rule_and_row() -> None:
    found = lines(
        table(
            {"record_id": "z", "row": 9, "rule": f"{LATE}; {NO_PIPE}"},
            {"record_id": "a", "row": 12, "rule": LATE, "file": "b.csv", "file_row": 2},
            {"record_id": "b", "row": 3, "rule": LATE, "source": "calls"},
        )
    )
    assert found == [
        ["source", "rule", "severity", "record_id", "row", "file"],
        ["calls", LATE, "error", "b", "3", "a.csv"],
        ["cases", NO_PIPE, "error", "z", "9", "a.csv"],
        ["cases", LATE, "error", "z", "9", "a.csv"],
        ["cases", LATE, "error", "a", "2", "b.csv"],
    ]


def test_rows_without_a_record_id_are_listed_by_their_number() -> None:
    assert lines(table({"row": 4, "rule": "record_id is there"}))[1] == ["cases", "record_id is there", "error", "", "4", "a.csv"]


def test_an_id_that_a_spreadsheet_could_run_does_nothing_there() -> None:
    content = quarantine_csv(table({"record_id": "=cmd|' /C calc'!A0", "row": 4, "rule": LATE}))
    assert b"\"'=cmd|" in content


def test_nothing_that_a_customer_wrote_is_in_it() -> None:
    assert b"neighbour" not in quarantine_csv(table({"record_id": "a", "row": 4, "rule": LATE}))


def test_answers_that_only_wait_for_their_record_are_not_listed() -> None:
    quarantine = table({"record_id": "a", "row": 4, "rule": LATE}, {"record_id": "a", "row": 4, "rule": ""})
    assert len(lines(quarantine.assign(question=pd.Series([None, "wifi"], dtype="str")))) == 2


def test_a_quarantine_of_nothing_and_one_from_before_files_were_kept_are_listed_too() -> None:
    header = ["source", "rule", "severity", "record_id", "row", "file"]
    assert lines(table()) == [header]
    assert lines(table({"record_id": "a", "row": 4, "rule": LATE}).drop(columns=["file", "file_row"])) == [
        header,
        ["cases", LATE, "error", "a", "4", ""],
    ]


def test_equal_tables_have_equal_bytes_whatever_the_order_of_their_rows() -> None:
    quarantine = table({"record_id": "a", "row": 4, "rule": LATE}, {"record_id": "b", "row": 5, "rule": LATE})
    assert quarantine_csv(quarantine) == quarantine_csv(quarantine.iloc[::-1])
