"""Files damaged on purpose: every row is a row, a misfit with its reason, or the file is refused in one sentence."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from config.errors import TouchstoneError
from tasks.raw import Raw
from tasks.sources.delimited import AS_MANY_FIELDS, NO_NULS, NOT_THE_HEADER, QUOTES_CLOSED
from tasks.sources.readers import read
from tests.programmes import source
from tests.tasks.reading import HEADER, Q1, header_of, raw_of, refusal, rows, workbook, written


def lines(*parts: str) -> str:
    return "\n".join([HEADER, *parts]) + "\n"


def misfits(path: Path, **reads: str) -> list[tuple[int, str]]:
    return [(misfit.row, misfit.rule) for misfit in raw_of("csv", path, **reads).misfits]


# rows that are none


def test_a_row_of_another_length_is_set_aside_with_its_number_and_its_text(tmp_path: Path) -> None:
    good = rows(6)
    raw = raw_of("csv", written(tmp_path, lines(*good[:2], good[2] + ",more", good[3], "1,2", *good[4:])))
    assert [(misfit.row, misfit.rule, misfit.content) for misfit in raw.misfits] == [
        (4, AS_MANY_FIELDS, good[2] + ",more"),
        (6, AS_MANY_FIELDS, "1,2"),
    ]
    assert raw.table.index.tolist() == [2, 3, 5, 7, 8]
    assert raw.table["id"].tolist() == ["1001", "1002", "1004", "1005", "1006"]
    assert raw.row_count == raw.files[0].rows == 7


def test_a_last_row_that_is_cut_off_is_set_aside_wherever_it_is_cut(tmp_path: Path) -> None:
    whole = lines(*rows(9))
    last = rows(1, first=9)[0]
    for left in range(1, len(last) - 3):
        raw = raw_of("csv", written(tmp_path, whole[: whole.rindex(last) + left]))
        assert (len(raw.table), [misfit.row for misfit in raw.misfits]) == (8, [10])


def test_numbers_stay_right_however_many_blocks_a_file_is_read_in(tmp_path: Path) -> None:
    good = rows(30_000)
    bad = {n: good[n - 2] + ",more" for n in (2, 9_000, 15_000, 30_001)}
    raw = raw_of("csv", written(tmp_path, lines(*(bad.get(n, row) for n, row in enumerate(good, start=2)))))
    assert [misfit.row for misfit in raw.misfits] == list(bad)
    assert (raw.table["id"].astype(int) - raw.table.index).unique().tolist() == [999]


def test_a_header_that_comes_again_is_no_record(tmp_path: Path) -> None:
    assert misfits(written(tmp_path, lines(*rows(3), HEADER, *rows(3), HEADER))) == [(5, NOT_THE_HEADER), (9, NOT_THE_HEADER)]


def test_a_nul_byte_sets_its_row_aside_and_cuts_no_field(tmp_path: Path) -> None:
    raw = raw_of("csv", written(tmp_path, lines(*rows(2), rows(1)[0].replace("slow", "sl\0ow"), *rows(2))))
    assert [(misfit.row, misfit.rule) for misfit in raw.misfits] == [(4, NO_NULS)]
    assert "sl\0ow" in raw.misfits[0].content


def test_utf_16_without_a_byte_order_mark_is_recognised_by_its_nul_bytes(tmp_path: Path) -> None:
    path = written(tmp_path, lines(*rows(3)).encode("utf-16-le"))
    assert "holds NUL bytes in its first line; is its encoding utf-16?" in refusal("csv", path)
    assert len(raw_of("csv", path, encoding="utf-16-le").table) == 3


# quotation marks

QUOTES = {
    "the closing one is lost": lambda row: row[:-3] + row[-2:],
    "an opening one too many in the next column": lambda row: row[:-1] + '"x',
    "the closing one is lost and so is the comma after it": lambda row: row.replace('",x', "x"),
}


@pytest.mark.parametrize("damage", QUOTES.values(), ids=QUOTES)
def test_an_open_quotation_swallows_no_row(damage: object, tmp_path: Path) -> None:
    assert callable(damage)
    good = rows(40)
    raw = raw_of("csv", written(tmp_path, lines(*good[:10], damage(good[10]), *good[11:])))
    swallowed = {misfit.row for misfit in raw.misfits}
    assert 12 in swallowed
    assert raw.row_count == 40
    assert sorted([*swallowed, *raw.table.index]) == list(range(2, 42))
    assert (raw.table["id"].astype(int) - raw.table.index).unique().tolist() == [999]
    assert not raw.table["words"].str.contains("\n").any()


def test_an_open_quotation_that_a_later_one_closes_sets_aside_the_rows_between(tmp_path: Path) -> None:
    plain = [row.replace('"', "").replace(", ", " ") for row in rows(40)]
    plain[10], plain[14] = plain[10].replace("Too", '"Too'), plain[14].replace("Too", '"Too')
    raw = raw_of("csv", written(tmp_path, lines(*plain)))
    assert [(misfit.row, misfit.rule) for misfit in raw.misfits] == [(row, QUOTES_CLOSED) for row in range(12, 17)]
    assert raw.misfits[2].content == plain[12]
    assert raw.table.index[-1] == 41


def test_a_quotation_open_to_the_end_of_the_file_sets_aside_every_row_after_it(tmp_path: Path) -> None:
    plain = [row.replace('"', "").replace(", ", " ") for row in rows(40)]
    plain[30] = plain[30].replace("Too", '"Too')
    raw = raw_of("csv", written(tmp_path, lines(*plain)))
    assert [misfit.row for misfit in raw.misfits] == list(range(32, 42))
    plain[5] = plain[5].replace("Too", '"Too')
    del plain[30]
    assert "rows of" in refusal("csv", written(tmp_path, lines(*plain)))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_story_of_many_lines_commas_and_numbers_is_a_field(end: str, tmp_path: Path) -> None:
    story = end.join(
        ["Dear all,", "", "1, I waited, and waited", "2026-01-05, 10:00, nobody came,", "12, 13, 14, 15", '""rude"", they were']
    )
    raw = raw_of("csv", written(tmp_path, lines(*rows(5), f'7,2026-01-05,,,counter,"{story}",x', *rows(5)).encode()))
    assert raw.misfits == ()
    assert raw.table.loc[7, "words"] == story.replace('""', '"')


def test_the_narratives_of_real_complaints_are_no_misfits(data_folder: Path) -> None:
    columns = {
        "record_id": "Complaint ID",
        "occurred_at": "Date received",
        "text": "Consumer complaint narrative",
        "pipe": {"is": "complaint"},
    }
    raw = read(source(reads={"csv": f"{data_folder}/cfpb/*.csv"}, columns=columns), Q1, {})
    assert raw.misfits == ()
    assert [file.rows for file in raw.files] == [365, 1811, 3478]
    stories = raw.table["Consumer complaint narrative"]
    assert stories.str.contains("\n").sum() == 86 + 272 + 94
    assert raw.table["Complaint ID"].str.fullmatch("[0-9]+").all()


# names, delimiters, encodings


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out_from_the_header(delimiter: str, tmp_path: Path) -> None:
    path = written(tmp_path, lines("1,2026-01-05,,,counter,slow,x").replace(",", delimiter))
    assert raw_of("csv", path).table["words"].tolist() == ["slow"]


def test_a_delimiter_that_is_given_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path, lines("1,2026-01-05,,,counter,slow,x").replace(",", "~"))
    assert raw_of("csv", path, delimiter="~").table["words"].tolist() == ["slow"]
    assert "'§' is none that a CSV file can have" in refusal("csv", path, delimiter="§")


def test_columns_are_known_by_their_names_in_each_file_and_spaces_around_these_are_nothing(tmp_path: Path) -> None:
    written(tmp_path, lines(*rows(2)), "feed/a.csv")
    written(tmp_path, "words , when,unused, id,due,done,place\nRude,2026-01-06,x,77,,,site\n", "feed/b.csv")
    table = raw_of("csv", f"{tmp_path}/feed/").table
    assert table.loc[4].to_dict() == {"id": "77", "when": "2026-01-06", "due": "", "done": "", "place": "site", "words": "Rude"}


def test_a_name_that_comes_twice_is_refused_only_where_it_is_needed(tmp_path: Path) -> None:
    assert len(raw_of("csv", written(tmp_path, f"{HEADER},other,other\n1,2,3,4,5,6,7,8,9\n")).table) == 1
    assert "the file has 2 columns 'id'; rename all but one of them." in refusal(
        "csv", written(tmp_path, f"{HEADER},id\n1,2,3,4,5,6,7,8\n")
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding_whatever_is_named(encoding: str, tmp_path: Path) -> None:
    path = written(tmp_path, lines("1,2026-01-05,,,counter,café 😀,x").encode(encoding))
    assert raw_of("csv", path, encoding="cp1252").table["words"].tolist() == ["café 😀"]


def test_two_encodings_in_one_file_end_at_the_first_byte_that_is_foreign(tmp_path: Path) -> None:
    content = lines("1,2026-01-05,,,counter,café,x").encode() + "2,2026-01-05,,,counter,x,café\n".encode("cp1252")
    assert "is not utf-8 text (byte 0xe9 in line 3)" in refusal("csv", written(tmp_path, content))


def test_a_file_cut_off_in_the_middle_of_a_character_says_so(tmp_path: Path) -> None:
    content = lines(*rows(3), "2,2026-01-05,,,counter,café").encode()[:-2]
    assert "ends in the middle of a character of utf-8; was the export cut off?" in refusal("csv", written(tmp_path, content))


@pytest.mark.parametrize("encoding", ["hex", "no\0name", "klingon"])
def test_what_is_no_encoding_of_text_is_refused(encoding: str, tmp_path: Path) -> None:
    assert "is no encoding; write one such as utf-8 or cp1252." in refusal("csv", written(tmp_path, lines(*rows(1))), encoding=encoding)


# sizes


def test_a_field_of_ten_megabytes_is_read(tmp_path: Path) -> None:
    raw = raw_of("csv", written(tmp_path, lines(*rows(3), f"9,2026-01-05,,,counter,{'word ' * 2_000_000},x", *rows(3))))
    assert raw.table["words"].str.len().max() == 10_000_000
    assert raw.table.index.tolist() == list(range(2, 9))


def test_five_thousand_columns_are_read(tmp_path: Path) -> None:
    more = ",".join(f"c{n}" for n in range(5_000))
    path = written(tmp_path, "\n".join([f"{HEADER},{more}", *(f"{row},{more}" for row in rows(20))]))
    assert raw_of("csv", path).table.shape == (20, 6)
    assert len(header_of("csv", path)) == 5_007


def test_a_small_archive_that_grows_past_all_measure_is_refused_while_it_grows(tmp_path: Path) -> None:
    members = gzip.compress(lines(*rows(3)).encode()) + gzip.compress(b"\n" * (1 << 20)) * 80
    assert len(members) < 1 << 19
    assert "bomb.csv.gz grows past all measure when decompressed" in refusal("csv", written(tmp_path, members, "bomb.csv.gz"))


# whatever


def damaged(content: bytes, chance: random.Random) -> bytes:
    spoilt = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(spoilt))
        spoilt[at : at + chance.randint(0, 3)] = bytes(chance.choices(b'",\n\r\x00\xff\xfe;\t 1aZ', k=chance.randint(0, 3)))
    return bytes(spoilt)


def outcome(path: Path) -> Raw | str:
    try:
        return raw_of("csv", path)
    except TouchstoneError as error:
        return str(error)


def test_of_a_damaged_file_every_row_is_read_or_set_aside_or_the_file_is_refused(tmp_path: Path) -> None:
    whole = lines(*rows(30)).encode()
    known = [row.split(",", 1)[0] for row in rows(30)]
    chance = random.Random(11)
    outcomes = [outcome(written(tmp_path, damaged(whole, chance))) for _ in range(200)]
    read_ones = [raw for raw in outcomes if isinstance(raw, Raw)]
    assert len(read_ones) > 50
    assert not any("\n" in said for said in outcomes if isinstance(said, str))
    for raw in read_ones:
        assert sorted([*raw.table.index, *(misfit.row for misfit in raw.misfits)]) == list(range(2, 2 + raw.row_count))
        text = "\n".join([*raw.table["id"], *(misfit.content for misfit in raw.misfits)])
        assert sum(number not in text for number in known) <= 4  # those that were hit themselves


@pytest.mark.parametrize(("kind", "name"), [("xlsx", "a.xlsx"), ("parquet", "a.parquet"), ("jsonl", "a.jsonl"), ("qualtrics", "a.csv")])
def test_bytes_that_are_something_else_are_refused_in_one_sentence(kind: str, name: str, tmp_path: Path) -> None:
    chance = random.Random(5)
    for content in (lines(*rows(3)).encode(), workbook({})[:200], b"PK\x03\x04", b"PAR1PAR1", b"{}", b"\0" * 50, chance.randbytes(500)):
        refusal(kind, written(tmp_path, content, name))
