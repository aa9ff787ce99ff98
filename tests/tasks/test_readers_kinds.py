"""Workbooks, Parquet, JSON lines and Qualtrics exports: what they hold as the text that a person would type."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.errors import InputError
from tasks.sources.json_lines import IS_AN_OBJECT, KEYS_ONCE
from tasks.sources.readers import read, read_header
from tests.programmes import source
from tests.tasks.reading import HEADER, NEEDED, Q1, header_of, raw_of, refusal, rows, sheet, workbook, written

NAMES = HEADER.split(",")[:6]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def cell(value: object, kind: str = "n", style: int = 0) -> str:
    return f'<c t="{kind}" s="{style}"><v>{value}</v></c>'


# workbooks


def test_cells_become_what_a_person_would_type(tmp_path: Path) -> None:
    typed = [
        [cell(5), cell(46027, style=1), cell(46027.4375, style=2), cell(1, "b"), cell("#N/A", "e"), "=HYPERLINK(1)"],
        [cell("1.5"), cell("570000000000000000"), cell("0.1"), cell(123456789012345), "x", "a\nb"],
    ]
    raw = raw_of("xlsx", written(tmp_path, workbook({"Cases": sheet([NAMES, *typed])}), "a.xlsx"))
    assert raw.table[NAMES].to_numpy().tolist() == [
        ["5", "2026-01-05", "2026-01-05T10:30:00", "TRUE", "", "=HYPERLINK(1)"],
        ["1.5", "570000000000000000", "0.1", "123456789012345", "x", "a\nb"],
    ]


def test_a_sheet_and_a_header_row_are_chosen_and_rows_numbered_as_the_sheet_shows_them(tmp_path: Path) -> None:
    cases = sheet([["Our complaints"], [], [f" {name} " for name in NAMES], ["a"] * 6, [], ["b"] * 6])
    path = written(tmp_path, workbook({"Notes": sheet([["x"]]), "Cases": cases}), "a.xlsx")
    raw = raw_of("xlsx", path, sheet="Cases", header_row=3)
    assert raw.table["id"].to_dict() == {4: "a", 6: "b"}
    assert raw.row_count == raw.files[0].rows == 2
    assert header_of("xlsx", path, sheet="Cases", header_row=3) == tuple(NAMES)
    assert "has no sheet 'Case'; it has Notes, Cases." in refusal("xlsx", path, sheet="Case")
    assert "has nothing in row 9 of its sheet" in refusal("xlsx", path, sheet="Cases", header_row=9)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"id,when", "is no whole workbook"),
        (workbook({"A": sheet([NAMES, ["a"] * 6])})[:-30], "is no whole workbook"),
        (workbook({"A": "<worksheet><sheetData><row><c"}), "is no whole workbook"),
        (OLE + bytes(600), "is an old .xls workbook; save it as .xlsx."),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "is protected by a password; save it without one."),
        (workbook({"A": sheet([NAMES, ['<c r="XFD1048576" t="n"><v>1</v></c>']])}), "has a sheet of 1048576 rows and 16384 columns"),
        (workbook({"A": sheet([NAMES])}), "has a header but no rows"),
    ],
    ids=["empty", "text", "cut off", "broken XML", "old", "encrypted", "one cell far away", "no rows"],
)
def test_a_workbook_that_cannot_be_used_is_told_in_one_sentence(content: bytes, said: str, tmp_path: Path) -> None:
    assert said in refusal("xlsx", written(tmp_path, content, "a.xlsx"))


def test_a_workbook_that_unpacks_to_far_more_than_it_says_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    bomb = io.BytesIO(workbook({"A": sheet([NAMES])}))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/worksheets/sheet2.xml", "w") as entry:
        for _ in range(80):
            entry.write(bytes(1 << 20))
    assert bomb.tell() < 1 << 20
    assert "grows past all measure when unpacked; export its rows as CSV." in refusal("xlsx", written(tmp_path, bomb.getvalue(), "a.xlsx"))


# Parquet


def parquet(folder: Path, **columns: Any) -> Path:
    table = pa.table({name: columns.get(name, ["a", "b"]) for name in {*NAMES, *columns}})
    pq.write_table(table, folder / "a.parquet")
    return folder / "a.parquet"


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([1, None]), ["1", ""]),
        (pa.array([5.0, 0.1]), ["5", "0.1"]),
        (pa.array([float("nan"), 2**53 + 0.0]), ["", "9007199254740992"]),
        (pa.array([Decimal("1.50"), None]), ["1.50", ""]),
        (pa.array([True, False]), ["true", "false"]),
        (pa.array([datetime(2026, 1, 5, 10)] * 2), ["2026-01-05T10:00:00.000000"] * 2),
        (pa.array([datetime(2026, 1, 5, 10, tzinfo=UTC)] * 2), ["2026-01-05T10:00:00.000000Z"] * 2),
        (pa.array([datetime(2026, 1, 5, 10)] * 2, pa.timestamp("ms", "America/New_York")), ["2026-01-05T05:00:00.000-0500"] * 2),
        (pa.array([date(2026, 1, 5), None]), ["2026-01-05", ""]),
        (pa.array([time(10, 30)] * 2, pa.time32("ms")), ["10:30:00.000"] * 2),
        (pa.array(["x", None]).dictionary_encode(), ["x", ""]),
        (pa.array([["é", "y"], None]), ['["é","y"]', ""]),
        (pa.nulls(2), ["", ""]),
        (pa.array(["x", "y"], pa.string_view()), ["x", "y"]),
    ],
    ids=[
        "ints",
        "floats",
        "large floats",
        "decimals",
        "booleans",
        "local times",
        "UTC",
        "zoned",
        "dates",
        "clock",
        "categories",
        "lists",
        "nulls",
        "views",
    ],
)
def test_a_parquet_column_of_every_type_is_text(values: pa.Array, texts: list[str], tmp_path: Path) -> None:
    raw = raw_of("parquet", parquet(tmp_path, words=values))
    assert raw.table["words"].tolist() == texts
    assert raw.table["words"].dtype == "str"


def test_what_lies_in_a_struct_has_a_dotted_name(tmp_path: Path) -> None:
    path = parquet(tmp_path, customer=[{"at": {"zip": 10115}}, None])
    one = source(reads={"parquet": str(path)}, columns=source().model_dump(by_alias=True)["columns"] | {"zip": "customer.at.zip"})
    assert read(one, Q1, {}).table["customer.at.zip"].tolist() == ["10115", ""]
    assert "customer.at.zip" in read_header(one, Q1, {})


def test_a_damaged_parquet_file_and_one_without_a_column_are_told(tmp_path: Path) -> None:
    content = parquet(tmp_path).read_bytes()
    for spoilt in (content[:-20], content[: len(content) // 2], b"x" + content[1:-4] + b"PARX", content[:-8] + b"\xff\xff\xff\x7fPAR1"):
        assert "is not a whole Parquet file" in refusal("parquet", written(tmp_path, spoilt, "b.parquet"))
    pq.write_table(pa.table({"wrods": ["x"]}), tmp_path / "c.parquet")
    assert "the file has no column 'done'" in refusal("parquet", tmp_path / "c.parquet")
    assert "is empty" in refusal("parquet", written(tmp_path, b"", "d.parquet"))


# JSON lines


def json_line(**values: object) -> str:
    return json.dumps({name: "a" for name in NEEDED} | values)


def test_objects_become_text_and_numbers_keep_their_digits(tmp_path: Path) -> None:
    lines = [json_line(id=12345678901234567890), json_line(words=None).replace('"a"', "1.50", 1), "", json_line(words="é\u2028x")]
    raw = raw_of("jsonl", written(tmp_path, "\r\n".join(lines), "a.jsonl"))
    assert raw.table["id"].tolist() == ["12345678901234567890", "a", "a"]
    assert raw.table["done"].tolist() == ["a", "1.50", "a"]
    assert raw.table["words"].tolist() == ["a", "", "é\u2028x"]
    assert raw.table["words"].dtype == "str"


def test_a_key_may_be_left_out_where_it_is_empty_but_not_everywhere(tmp_path: Path) -> None:
    short = json.dumps({name: "b" for name in NEEDED if name != "done"})
    path = written(tmp_path, f"{short}\n{json_line()}\n", "f/a.jsonl")
    assert raw_of("jsonl", path).table["done"].tolist() == ["", "a"]
    written(tmp_path, short, "f/b.jsonl")
    assert raw_of("jsonl", f"{tmp_path}/f/").table["done"].tolist() == ["", "a", ""]
    assert "no column 'done'" in refusal("jsonl", tmp_path / "f" / "b.jsonl")


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('{"id": 1', IS_AN_OBJECT),
        ("[1]", IS_AN_OBJECT),
        ("7", IS_AN_OBJECT),
        ('{"id": NaN}', IS_AN_OBJECT),
        ('{"id": -Infinity}', IS_AN_OBJECT),
        ('{"id": ' + "[" * 100_000 + "]" * 100_000 + "}", IS_AN_OBJECT),
        ('{"id": 1, "id": 2}', KEYS_ONCE),
        ('{"id": {"x": 1, "x": 2}}', KEYS_ONCE),
    ],
    ids=["cut off", "list", "number", "NaN", "infinity", "deep", "twice", "twice below"],
)
def test_a_line_that_is_no_object_is_set_aside(line: str, rule: str, tmp_path: Path) -> None:
    path = written(tmp_path, "\n".join([json_line(), line, json_line(), json_line()]), "a.jsonl")
    raw = raw_of("jsonl", path)
    assert [(misfit.row, misfit.rule, misfit.content) for misfit in raw.misfits] == [(3, rule, line)]
    assert raw.table.index.tolist() == [2, 4, 5]
    assert "done" in header_of("jsonl", path)


def test_objects_nested_as_deeply_as_they_may_be_end_in_no_traceback(tmp_path: Path) -> None:
    for depth in (50, 900, 990, 1_010):
        deep = '{"x":' * depth + "1" + "}" * depth
        assert raw_of("jsonl", written(tmp_path, f'{json_line()}\n{json_line()}\n{{"id": {deep}}}\n', "a.jsonl")).row_count == 3


def test_a_file_most_of_whose_lines_are_no_objects_is_refused(tmp_path: Path) -> None:
    assert "2 of 3 lines of" in refusal("jsonl", written(tmp_path, f"{json_line()}\nx\ny\n", "a.jsonl"))
    assert "is empty" in refusal("jsonl", written(tmp_path, "\n\n", "a.jsonl"))


# Qualtrics

IDS = {"Startdatum": "startDate", "Antwort-ID": "_recordId", "Q1": "QID1", "Dauer": "duration"}
SURVEY = {"record_id": "ResponseId", "occurred_at": "StartDate", "text": "Q1", "pipe": {"is": "survey"}}


def quoted(*cells: str) -> str:
    return ",".join('"' + one.replace('"', '""') + '"' for one in cells)


def import_ids() -> list[str]:
    zone = {"timeZone": "Europe/Berlin"}
    return [json.dumps({"ImportId": one} | (zone if one.endswith("Date") else {})) for one in IDS.values()]


def survey_of(path: Path | str, **columns: str) -> Any:
    one = source(reads={"qualtrics": str(path)}, columns=SURVEY | columns)
    return read(one, Q1, {}), read_header(one, Q1, {})


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t")])
def test_three_header_rows_in_any_language_give_english_names_and_the_zone(encoding: str, delimiter: str, tmp_path: Path) -> None:
    rows_ = [quoted(*IDS), quoted("Startdatum", "ID", "Wie war es?\nBitte, sagen Sie es", "s"), quoted(*import_ids())]
    content = "\r\n".join([*rows_, quoted("2026-01-05 10:00:00", "R_1", "Zu\nlangsam", "7"), ""])
    if delimiter != ",":
        content = content.replace('","', f'"{delimiter}"')
    raw, names = survey_of(written(tmp_path, content.encode(encoding)), seconds="Duration (in seconds)", again="Antwort-ID")
    assert raw.table.loc[4].to_dict() == {
        "ResponseId": "R_1",
        "StartDate": "2026-01-05 10:00:00",
        "Q1": "Zu\nlangsam",
        "Duration (in seconds)": "7",
        "Antwort-ID": "R_1",
    }
    assert raw.zones == {"StartDate": "Europe/Berlin", "Startdatum": "Europe/Berlin"}
    assert names == ("StartDate", "ResponseId", "Q1", "Duration (in seconds)")


def test_two_header_rows_of_older_exports_name_the_surveys_own_columns_in_the_second(tmp_path: Path) -> None:
    path = written(tmp_path, "V1,V8,Q1\nResponseID,StartDate,How was it?\nR_1,2014-01-05 10:00:00,good\nR_2,2014-01-06 10:00:00,V1\n")
    raw, names = survey_of(path, old="V1", title="ResponseID")
    assert raw.table.index.tolist() == [3, 4]
    assert raw.table["ResponseId"].tolist() == raw.table["V1"].tolist() == raw.table["ResponseID"].tolist() == ["R_1", "R_2"]
    assert names == ("ResponseId", "StartDate", "Q1")


def test_import_ids_in_the_second_row_are_header_enough(tmp_path: Path) -> None:
    raw, _ = survey_of(written(tmp_path, "\n".join([quoted(*IDS), quoted(*import_ids()), quoted("2026-01-05", "R_1", "x", "7"), ""])))
    assert raw.table["ResponseId"].to_dict() == {3: "R_1"}


def test_a_file_with_one_header_row_is_no_export_and_loses_no_row_to_a_guess(tmp_path: Path) -> None:
    said = refusal("qualtrics", written(tmp_path, "\n".join([HEADER, *rows(3)])))
    assert "is no Qualtrics export, for neither its second nor its third row holds import ids" in said


def test_exports_in_different_zones_are_not_mixed(tmp_path: Path) -> None:
    for name, zone in (("a", "Europe/Berlin"), ("b", "America/Denver")):
        ids = [one.replace("Europe/Berlin", zone) for one in import_ids()]
        content = "\n".join([quoted(*IDS), quoted(*IDS), quoted(*ids), quoted("2026-01-05", "R_1", "x", "7"), ""])
        written(tmp_path, content, f"feed/{name}.csv")
    with pytest.raises(InputError, match=r"in Europe/Berlin and in America/Denver; export them in one zone\."):
        survey_of(f"{tmp_path}/feed/")


def test_a_real_export_is_read_to_the_row(data_folder: Path) -> None:
    raw, names = survey_of(data_folder / "qualtrics" / "three_header_rows.csv", text="Competence_1", pid="PROLIFIC_PID")
    assert (len(raw.table), raw.misfits, raw.table.index[0], raw.table.index[-1]) == (452, (), 4, 455)
    assert raw.zones["StartDate"] == "America/Denver"
    assert raw.table["ResponseId"].is_unique
    assert len(names) == 27
