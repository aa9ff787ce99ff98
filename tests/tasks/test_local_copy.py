"""The unmasked copy of quarantined rows: readable by nobody else, harmless in a spreadsheet, and gone in time."""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from config.errors import InputError, ServiceError
from tasks.local_copy import copies_of, expire_copies, remove_copies, remove_copy, rows_to_copy, write_copy
from tasks.raw import Misfit
from tasks.spreadsheets import csv_bytes

ROWS = pd.DataFrame({"id": ["7"], "words": ["call Jane Doe"]}, dtype="str")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "home" / "quarantine"


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A user who lets everybody read what he writes."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def write(root: Path, source: str = "cases", rows: pd.DataFrame = ROWS, *, programme: str = "ferry", edition: str = "2026Q1") -> Path:
    return write_copy(root, programme, edition, source, rows)


def age(path: Path, days: float) -> None:
    """Make a file as old as if it had been written so many days ago."""
    written = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    os.utime(path, (written, written), follow_symlinks=False)


# what it holds


def test_a_copy_is_the_row_as_the_source_has_it_with_its_place_and_the_rules_that_it_broke() -> None:
    raw = pd.DataFrame({"id": ["7", "8"], "name": ["Jane Doe", "Joe"]}, index=[3, 5], dtype="str")
    quarantine = pd.DataFrame(
        {
            "row": [3, 4, 5],
            "file": ["a.csv", "a.csv", "b.csv"],
            "file_row": [3, 4, 2],
            "rule": ["pipe is there", "fields are as many", "x; y"],
        }
    )
    rows = rows_to_copy(raw, [Misfit(4, "fields are as many", "8,9,10,ann@mail.example")], quarantine)
    assert list(csv.reader(csv_bytes(rows).decode().splitlines())) == [
        ["quarantine_file", "quarantine_file_row", "quarantine_rule", "id", "name", "quarantine_content"],
        ["a.csv", "3", "pipe is there", "7", "Jane Doe", ""],
        ["a.csv", "4", "fields are as many", "", "", "8,9,10,ann@mail.example"],
        ["b.csv", "2", "x; y", "8", "Joe", ""],
    ]


def test_whose_words_were_removed_on_request_is_in_no_later_copy() -> None:
    raw = pd.DataFrame({"id": ["7", "8"], "words": ["mine", "theirs"]}, index=[2, 3], dtype="str")
    quarantine = pd.DataFrame(
        {
            "row": [2, 3],
            "file": "a.csv",
            "file_row": [2, 3],
            "rule": "x",
            "source": "cases",
            "record_id": ["7", "8"],
            "customer_id": ["p7", "p8"],
        }
    )
    assert rows_to_copy(raw, (), quarantine, ["record:cases/8"])["words"].tolist() == ["mine"]
    assert rows_to_copy(raw, (), quarantine, ["customer:p7"])["words"].tolist() == ["theirs"]


def test_answers_that_only_wait_for_their_record_are_no_rows_of_the_source() -> None:
    raw = pd.DataFrame({"id": ["7"]}, index=[2], dtype="str")
    quarantine = pd.DataFrame({"row": [2, 2], "file": "a.csv", "file_row": 2, "rule": ["x", ""]})
    assert len(rows_to_copy(raw, (), quarantine)) == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_or_a_header_that_a_spreadsheet_could_run_begins_with_an_apostrophe(root: Path, start: str) -> None:
    path = write(root, rows=pd.DataFrame({f"{start}a": [f"{start}cmd", "plain", None, 'quo"te\n', "nul\0"]}, dtype="str"))
    with path.open(newline="", encoding="utf-8") as file:
        found = [row[0] for row in csv.reader(file)]
    assert found == [f"'{start}a", f"'{start}cmd", "plain", "", 'quo"te\n', "nul\0"]


# who may read it


@pytest.mark.usefixtures("open_umask")
def test_nobody_else_may_enter_its_folders_or_read_it_whatever_the_umask(root: Path) -> None:
    path = write(root)
    assert path == root / "ferry" / "2026Q1" / "cases.csv"
    assert mode(path) == 0o600
    assert {mode(folder) for folder in path.parents[:3]} == {0o700}


@pytest.mark.usefixtures("open_umask")
def test_folders_that_were_open_are_closed_and_a_file_that_was_open_is_replaced(root: Path) -> None:
    folder = root / "ferry" / "2026Q1"
    folder.mkdir(parents=True, mode=0o777)
    old = folder / "cases.csv"
    old.write_text("old")
    reader = old.open()
    path = write(root)
    assert (mode(path), mode(folder), mode(root)) == (0o600, 0o700, 0o700)
    assert reader.read() == "old"  # whoever had opened the file before sees nothing of the new one
    reader.close()


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_folder_that_is_a_symbolic_link_is_refused_and_nothing_is_written_through_it(root: Path, tmp_path: Path, depth: int) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = (root, root / "ferry", root / "ferry" / "2026Q1")[depth]
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    with pytest.raises(InputError, match=r"^The local copies of quarantined rows in .+ cannot be kept: .+; move away what stands there"):
        write(root)
    assert list(elsewhere.iterdir()) == []


def test_a_file_that_is_a_symbolic_link_is_replaced_and_what_it_points_to_stays(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    folder = root / "ferry" / "2026Q1"
    folder.mkdir(parents=True)
    for name in ("cases.csv", ".cases.csv.part"):
        (folder / name).symlink_to(target)
    path = write(root)
    assert (target.read_text(), path.is_symlink()) == ("mine", False)
    assert [entry.name for entry in folder.iterdir()] == ["cases.csv"]


def test_a_full_disk_is_said_in_one_sentence_and_no_part_stays(small_disk: Path) -> None:
    root = small_disk / "quarantine"
    before = write(root).read_bytes()
    with pytest.raises(ServiceError, match=r"no space left on device; free space .+ or set TOUCHSTONE_QUARANTINE_DAYS=0\.$"):
        write(root, rows=pd.DataFrame({"words": ["w" * 1000] * 100}, dtype="str"))
    folder = root / "ferry" / "2026Q1"
    assert [(entry.name, entry.read_bytes()) for entry in folder.iterdir()] == [("cases.csv", before)]


# when it goes


def test_a_copy_goes_when_its_days_are_over_in_any_programme_and_nothing_else_does(root: Path) -> None:
    old, young = write(root, "cases"), write(root, "calls", programme="train")
    part, note = old.with_name(".cases.csv.part"), old.with_name("notes.txt")
    for path in (part, note):
        path.write_text("x")
    for path in (old, part, note):
        age(path, 30)
    now = datetime.now(UTC)
    assert expire_copies(root, 31, now) == 0
    assert expire_copies(root, 30, now) == 2
    assert [path.exists() for path in (old, part, note, young)] == [False, False, True, True]
    assert expire_copies(root, 0, now + timedelta(seconds=1)) == 1
    assert not young.exists()


def test_nothing_expires_where_there_is_no_folder_or_behind_a_symbolic_link(root: Path, tmp_path: Path) -> None:
    assert expire_copies(root, 0, datetime.now(UTC)) == 0
    elsewhere = write(tmp_path / "elsewhere")
    age(elsewhere, 99)
    root.mkdir(parents=True)
    (root / "ferry").symlink_to(elsewhere.parents[1])
    assert expire_copies(root, 0, datetime.now(UTC)) == 0
    assert elsewhere.exists()


def test_one_source_s_copy_and_all_of_a_programme_can_be_removed(root: Path) -> None:
    cases, calls, other = write(root, "cases"), write(root, "calls"), write(root, programme="train")
    remove_copy(root, "ferry", "2026Q1", "cases")
    remove_copy(root, "ferry", "2026Q1", "cases")
    assert [path.exists() for path in (cases, calls, other)] == [False, True, True]
    write(root, edition="2026Q2")
    assert remove_copies(root, "ferry") == 2
    assert remove_copies(root, "ferry") == 0
    assert (calls.exists(), other.exists()) == (False, True)


def test_the_copies_of_an_edition_are_listed_with_the_instant_at_which_they_were_written(root: Path) -> None:
    assert copies_of(root, "ferry", "2026Q1") == ()
    before = datetime.now(UTC) - timedelta(seconds=1)
    paths = [write(root, "calls"), write(root, "cases")]
    write(root, "cases", edition="2026Q2")
    found = copies_of(root, "ferry", "2026Q1")
    assert [(copy.source, copy.path) for copy in found] == [("calls", paths[0]), ("cases", paths[1])]
    assert all(before <= copy.written_at <= datetime.now(UTC) for copy in found)
