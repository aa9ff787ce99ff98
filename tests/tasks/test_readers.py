"""Reading a source: what its address means, and one sentence for every way in which a file can be wrong."""

from __future__ import annotations

import gzip
import hashlib
import random
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from config.errors import InputError, ServiceError, TouchstoneError
from config.loading import load_programme
from config.periods import Quarter
from config.sources import Source
from tasks.sources.readers import place_of, read, read_header
from tests.programmes import source

Q1 = Quarter(2026, 1)
HEADER = "id,when,due,done,place,words,unused"
ROW = "1,2026-01-05,2026-01-09,,counter,Too slow,x"


def cases(path: str | Path, **reads: str) -> Source:
    return source(reads={"csv": str(path)} | reads)


def written(folder: Path, content: str | bytes, name: str = "cases.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def table_of(path: Path, **reads: str) -> pd.DataFrame:
    return read(cases(path, **reads), Q1, {}).table


def refusal(action: Callable[..., Any], path: str | Path, environment: dict[str, str] | None = None, **reads: str) -> str:
    with pytest.raises(InputError) as error:
        action(cases(path, **reads), Q1, environment or {})
    message = str(error.value)
    assert message.startswith("source 'cases'")
    assert message.endswith((".", "?"))
    assert "\n" not in message
    return message


# addresses


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("${DATA}/{cycle}.csv", "${DATA}/2026Q1.csv"),
        ("{year}/{quarter}.csv", "2026/1.csv"),
        ("{cycle}-{cycle}.csv", "2026Q1-2026Q1.csv"),
        ("plain.csv", "plain.csv"),
        ("{cylce}.csv", "{cylce}.csv"),
        ("odd{.csv", "odd{.csv"),
        ("{}.csv", "{}.csv"),
        ("${DATA:-x}.csv", "${DATA:-x}.csv"),
        ("{cycle.__class__}.csv", "{cycle.__class__}.csv"),
        ("{cycle!r}.csv", "{cycle!r}.csv"),
    ],
)
def test_only_the_placeholders_there_are_are_filled_in(path: str, expected: str) -> None:
    assert place_of(cases(path), Q1) == expected


def test_names_of_the_environment_are_filled_in_for_reading_and_never_shown(tmp_path: Path) -> None:
    written(tmp_path, f"{HEADER}\n{ROW}\n", "2026Q1.csv")
    raw = read(cases("${SECRET_FOLDER}/{cycle}.csv"), Q1, {"SECRET_FOLDER": str(tmp_path)})
    assert raw.place == "${SECRET_FOLDER}/2026Q1.csv"


def test_a_value_of_the_environment_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "{cycle}").mkdir()
    written(tmp_path / "{cycle}", f"{HEADER}\n{ROW}\n")
    assert len(read(cases("${DATA}/cases.csv"), Q1, {"DATA": f"{tmp_path}/{{cycle}}"}).table) == 1


@pytest.mark.parametrize("action", [read, read_header])
def test_a_name_that_is_not_set_is_named(action: Callable[..., Any]) -> None:
    said = refusal(action, "${NOWHERE}/cases.csv")
    assert said == "source 'cases' reads ${NOWHERE}/cases.csv, and NOWHERE is not set in the environment: set it."


# what is read


def test_rows_are_read_as_text_numbered_as_a_spreadsheet_does_and_only_the_columns_that_are_needed(tmp_path: Path) -> None:
    content = f"{HEADER}\n{ROW}\n007,NA,nan,None,null,,x\n"
    raw = read(cases(written(tmp_path, content)), Q1, {})
    assert raw.table.index.tolist() == [2, 3]
    assert raw.table.loc[3].to_dict() == {"id": "007", "when": "NA", "due": "nan", "done": "None", "place": "null", "words": ""}
    assert raw.sha256 == hashlib.sha256(content.encode()).hexdigest()


def test_a_compressed_file_reads_as_its_content(tmp_path: Path) -> None:
    content = f"{HEADER}\n{ROW}\n".encode()
    raw = read(cases(written(tmp_path, gzip.compress(content), "cases.csv.gz")), Q1, {})
    assert raw.table.loc[2, "words"] == "Too slow"
    assert raw.sha256 == hashlib.sha256(content).hexdigest()


def test_a_field_may_hold_lines_commas_and_quotes(tmp_path: Path) -> None:
    table = table_of(written(tmp_path, f'{HEADER}\n1,2026-01-05,,,counter,"Slow,\nand ""rude""",x\n{ROW}\n'))
    assert table["words"].tolist() == ['Slow,\nand "rude"', "Too slow"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_of_every_system_and_a_missing_last_one_make_no_difference(end: str, tmp_path: Path) -> None:
    assert table_of(written(tmp_path, end.join([HEADER, ROW, ROW])))["words"].tolist() == ["Too slow"] * 2


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert table_of(written(tmp_path, f"\ufeff{HEADER}\n{ROW}\n"))["id"].tolist() == ["1"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_another_encoding_is_read_where_it_is_named(encoding: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}\n{ROW.replace('slow', 'café')}\n".encode(encoding))
    assert table_of(path, encoding=encoding)["words"].tolist() == ["Too café"]
    assert read_header(cases(path, encoding=encoding), Q1, {}) == tuple(HEADER.split(","))


@pytest.mark.parametrize("name", ["cases.csv", "cases.csv.gz"])
def test_the_header_is_read_without_the_rows_however_many_there_are(name: str, tmp_path: Path) -> None:
    content = f'{HEADER},"in two\nlines"\n'.encode() + f"{ROW},y\n".encode() * 5_000
    path = written(tmp_path, gzip.compress(content) if name.endswith(".gz") else content, name)
    assert read_header(cases(path), Q1, {}) == (*HEADER.split(","), "in two\nlines")


def test_a_header_may_hold_a_line_end_in_quotes_in_a_small_file_too(tmp_path: Path) -> None:
    path = written(tmp_path, f'{HEADER},"in two\nlines"\n{ROW},y\n')
    assert read_header(cases(path), Q1, {})[-1] == "in two\nlines"


def test_validation_needs_a_header_and_no_rows(tmp_path: Path) -> None:
    assert read_header(cases(written(tmp_path, HEADER)), Q1, {}) == tuple(HEADER.split(","))


# what is refused


BOTH = pytest.mark.parametrize("action", [read, read_header])  # both ways of looking at a file refuse it alike


@BOTH
def test_a_file_that_is_not_there_is_named(action: Callable[..., Any], tmp_path: Path) -> None:
    assert f"there is no file {tmp_path}/none.csv; put it there, " in refusal(action, tmp_path / "none.csv")


@BOTH
def test_a_file_in_the_place_of_a_folder_is_no_folder(action: Callable[..., Any], tmp_path: Path) -> None:
    assert "there is no file" in refusal(action, written(tmp_path, "x") / "cases.csv")


@BOTH
def test_a_folder_is_no_file(action: Callable[..., Any], tmp_path: Path) -> None:
    assert f"{tmp_path} cannot be read (Is a directory)" in refusal(action, tmp_path)


@BOTH
def test_an_empty_file_is_empty(action: Callable[..., Any], tmp_path: Path) -> None:
    for content in ("", "\n\n"):
        assert "is empty; was the export cut off?" in refusal(action, written(tmp_path, content))


@BOTH
def test_a_column_that_is_not_there_is_named_with_the_one_that_is_most_like_it(action: Callable[..., Any], tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER.replace('words', 'wrods')}\n{ROW}\n")
    assert "the file has no column 'words'; did you mean 'wrods'?" in refusal(action, path)


@BOTH
def test_where_no_column_is_like_it_those_there_are_are_listed(action: Callable[..., Any], tmp_path: Path) -> None:
    path = written(tmp_path, HEADER.replace(",", "~") + "\n")
    assert "the file has no column 'done'; it has id~when~due~done~place~words~unused." in refusal(action, path)


@BOTH
def test_another_encoding_than_the_one_named_is_told_by_its_first_odd_byte(action: Callable[..., Any], tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}\n{ROW.replace('slow', 'café')}\n".encode("cp1252"))
    assert "is not utf-8 text (byte 0xe9 in line 2); name its encoding in `reads`, such as encoding: cp1252, or" in refusal(action, path)


@BOTH
def test_an_encoding_that_does_not_exist_is_refused(action: Callable[..., Any], tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}\n{ROW}\n")
    assert "'klingon' is no encoding; write one such as utf-8 or cp1252." in refusal(action, path, encoding="klingon")


@pytest.mark.parametrize("spoil", ["cut", "plain", "corrupt"])
@BOTH
def test_a_compressed_file_that_is_not_whole_is_refused(action: Callable[..., Any], spoil: str, tmp_path: Path) -> None:
    whole = gzip.compress(f"{HEADER}\n{ROW}\n".encode())
    content = {"cut": whole[:-6], "plain": b"id,when", "corrupt": whole[:20] + b"zzzz" + whole[24:]}[spoil]
    assert "is not a whole gzip file (" in refusal(action, written(tmp_path, content, "cases.csv.gz"))


def test_a_header_without_rows_is_refused_when_rows_are_wanted(tmp_path: Path) -> None:
    assert "has a header but no rows; was the export cut off, or made too early?" in refusal(read, written(tmp_path, f"{HEADER}\n"))


@pytest.mark.parametrize("rows", [[ROW + ",more"], [ROW + ",", ROW + ","], [ROW, ROW + ",more", ROW + ",more,and more"]])
def test_rows_most_of_which_are_longer_than_the_header_are_refused_and_never_shifted(rows: list[str], tmp_path: Path) -> None:
    said = refusal(read, written(tmp_path, "\n".join([HEADER, *rows])))
    assert "break the rule that the row has as many fields as the header, of 7 columns; is its delimiter another one than ','" in said


def test_a_quotation_that_never_ends_in_the_only_row_is_refused(tmp_path: Path) -> None:
    refusal(read, written(tmp_path, f'{HEADER}\n1,2026-01-05,,,counter,"Slow\n{ROW}\n'))


def test_a_disk_that_fails_is_a_service_that_fails(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"^source 'cases': reading .+ failed \(.+\); run again\.$"):
        read(cases(tmp_path / ("long" * 100)), Q1, {})


def test_a_header_with_an_open_quote_does_not_spill_the_customers_words_that_follow(tmp_path: Path) -> None:
    said = refusal(
        read, written(tmp_path, f'{HEADER.replace("place", chr(34) + "place")}\n{ROW.replace("slow", "slow for Jane Doe")}\n"\n')
    )
    assert "the file has no column 'place'" in said
    assert "Jane" not in said


def what_is_said_of(action: Callable[..., Any], path: Path) -> str:
    try:
        action(cases(path), Q1, {})
    except TouchstoneError as error:
        return str(error)
    return ""


def test_no_bytes_whatever_end_otherwise_than_in_a_table_or_one_sentence(tmp_path: Path) -> None:
    whole = f"{HEADER}\n".encode() + f'{ROW}\n2,2026-01-06,,,"site, or\nnot",Grüße,y\n'.encode() * 20
    chance = random.Random(7)
    for _ in range(150):
        spoilt = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(spoilt))
            spoilt[at : at + chance.randint(0, 3)] = bytes(chance.choices(b'",\n\r\x00\xff\xfe;\t 1aZ', k=chance.randint(0, 3)))
        for action in (read, read_header):
            assert "\n" not in what_is_said_of(action, written(tmp_path, bytes(spoilt)))


@pytest.mark.parametrize(
    ("reads", "place"),
    [
        ({"sql": "select * from t where q = '{cycle}'", "database": "${CRM}"}, "database ${CRM}: select * from t where q = '2026Q1'"),
        ({"http": "https://desk.example/{year}/tickets"}, "https://desk.example/2026/tickets"),
        ({"jsonl": "${DATA}/{cycle}/"}, "${DATA}/2026Q1/"),
    ],
)
def test_every_kind_of_source_has_a_place_that_people_can_read(reads: dict[str, str], place: str) -> None:
    assert place_of(source(reads=reads), Q1) == place


# the examples


@pytest.mark.parametrize(("example", "cycle"), [("boston311", "2015Q1"), ("cfpb", "2019Q1"), ("sfo", "2016Q2")])
def test_an_examples_columns_are_in_the_real_file(example: str, cycle: str, data_folder: Path) -> None:
    programme = load_programme(str(resources.files("config").joinpath("examples", f"{example}.yaml")))
    for one in programme.sources:
        assert len(read_header(one, Quarter.parse(cycle), {"DATA": str(data_folder)})) > 5
