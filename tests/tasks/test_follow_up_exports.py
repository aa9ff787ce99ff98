"""What a file tells: our own rows, and the issues of Jira and ServiceNow, each a change, nothing new, or one sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from config.errors import InputError
from tasks.follow_ups import changes_of
from tasks.follow_ups.exports import Context, Told, layout_of, told_by
from tasks.follow_ups.updates import private_updates
from tasks.results import FollowUpChange

ONE, TWO = "fu-0123456789", "fu-abcdef0123"
CONTEXT = Context("file tracker.csv", "Europe/London", "GB", "Olga")
JIRA = ["Issue key", "Summary", "Status", "Assignee", "Updated", "Labels", "Labels (2)", "Resolution", "Resolved"]
SERVICENOW = ["number", "short_description", "state", "assigned_to", "sys_updated_on", "close_notes", "close_code"]
OWN = ["follow_up_id", "at", "by", "status", "evidence", "note", "effort_person_weeks", "predicted_change", "kind"]


def rows(headers: list[str], *cells: tuple[str, ...]) -> pd.DataFrame:
    filled = [(*one, *[""] * (len(headers) - len(one))) for one in cells]
    return pd.DataFrame(filled, columns=headers, index=range(2, 2 + len(cells)), dtype="str")


def one_told(headers: list[str], *cells: str) -> Told:
    table = rows(headers, cells)
    (told,) = told_by(table, layout_of(headers), CONTEXT)
    return told


def changed(hour: int, minute: int = 0, by: str = "Ann", **parts: object) -> FollowUpChange:
    at = datetime(2026, 3, 12, hour, minute, tzinfo=UTC)
    return FollowUpChange.model_validate({"at": at, "by": by, "origin": "file tracker.csv"} | parts)


def test_a_row_of_our_own_columns_is_a_change() -> None:
    told = one_told(OWN, ONE, "2026-03-12T10:00+01:00", " Ann ", "In progress", "", "call 020 7946 0958", "2.5", "0.05", "Training")
    expected = changed(9, status="in_progress", note="call [phone]", effort_person_weeks=2.5, predicted_change=0.05, kind="training")
    assert told == Told(2, ONE, expected)
    assert one_told(OWN, ONE, "2026-03-12 09:30", "").change == changed(9, 30, by="Olga")


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (("FU-1", "2026-03-12", "Ann"), "'FU-1' is no follow-up's id; write one such as fu-0123456789"),
        ((ONE, "12th of March", "Ann"), "the time '12th of March' cannot be read; write it as 2026-04-20T09:00+02:00"),
        ((ONE, "", "Ann"), "there is no time; write it as 2026-04-20T09:00+02:00"),
        ((ONE, "2026-03-12", "Ann", "fixed"), "'fixed' is no status; write accepted, in_progress or done"),
        ((ONE, "2026-03-12", "Ann", "", "", "", "two"), "the effort_person_weeks 'two' is no number; write one such as 0.5"),
        ((ONE, "2026-03-12", "Ann", "", "", "", "-2"), "an effort of -2.0 person-weeks is none; give a number above 0"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_in_one_sentence(cells: tuple[str, ...], problem: str) -> None:
    assert one_told(OWN, *cells) == Told(2, problem=problem)


@pytest.mark.parametrize(
    ("written", "hour", "minute"),
    [
        ("12/Mar/26 4:05 PM", 16, 5),
        ("12/Mar/26 12:05 AM", 0, 5),
        ("12/Mar/26 16:05", 16, 5),
        ("12/Mar/2026 4:05 PM", 16, 5),
        ("2026-03-12T16:05:00.000+0000", 16, 5),
        ("2026-03-12 16:05:00", 16, 5),
        ("2026-03-12T17:05+01:00", 16, 5),
    ],
)
def test_times_are_read_as_trackers_write_them(written: str, hour: int, minute: int) -> None:
    told = one_told(JIRA, "SHOP-12", f"[{ONE}] late parcels", "In Progress", "Ann", written)
    assert told.change == changed(hour, minute, status="in_progress", evidence="SHOP-12")


def test_the_follow_up_of_an_issue_is_the_one_that_is_named_anywhere_in_it() -> None:
    for cells in (("SHOP-12", f"({ONE})", "Done", "Ann", "2026-03-12"), ("SHOP-12", "x", "Done", "Ann", "2026-03-12", "late", ONE.upper())):
        assert one_told(JIRA, *cells).follow_up_id == ONE


def test_a_done_issue_is_done_when_it_was_resolved_with_its_key_and_resolution_as_evidence() -> None:
    told = one_told(JIRA, "SHOP-4412345678", ONE, "Done", "", "13/Mar/26 9:00 AM", "", "", "Fixed", "12/Mar/26 4:05 PM")
    assert told.change == changed(16, 5, by="Olga", status="done", evidence="SHOP-4412345678 (Fixed)")


def test_service_now_is_read_by_field_names_and_by_labels() -> None:
    cells = ("CHG0030192", ONE, "Closed", "Ann", "2026-03-12 16:05:00", "roster changed, ask ann@shop.example", "Successful")
    expected = changed(16, 5, status="done", evidence="CHG0030192 (Successful)", note="roster changed, ask [email]")
    labels = ["Number", "Short description", "State", "Assigned to", "Updated", "Resolution notes", "Resolution code"]
    for headers in (SERVICENOW, labels):
        assert one_told(headers, *cells).change == expected


@pytest.mark.parametrize("state", ["To Do", "Open", "NEW", " new "])
def test_an_issue_that_nobody_has_begun_changes_nothing(state: str) -> None:
    assert one_told(JIRA, "SHOP-12", ONE, state, "", "never") == Told(2, ONE)


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (
            ("SHOP-1", "x", "Done", "Ann", "2026-03-12"),
            "SHOP-1 names no follow-up; write its id, such as fu-0123456789, in its summary or a label",
        ),
        (("SHOP-1", f"{TWO} {ONE}", "Done"), f"SHOP-1 names {ONE} and {TWO}; leave one of them, in its summary or a label"),
        (
            ("SHOP-1", ONE, "Blocked", "Ann", "2026-03-12"),
            "SHOP-1 has the status 'Blocked', which is none of to do, open, new, in progress, work in progress, done, closed, resolved; "
            "move it to one of these",
        ),
        (("SHOP-1", ONE, "Done", "Ann", "soon"), "the time 'soon' cannot be read; write it as 2026-04-20T09:00+02:00"),
    ],
)
def test_an_issue_that_cannot_be_understood_is_named(cells: tuple[str, ...], problem: str) -> None:
    assert one_told(JIRA, *cells) == Told(2, problem=problem)


@pytest.mark.parametrize(("headers", "layout"), [(JIRA, "jira"), (SERVICENOW, "servicenow"), (OWN, "touchstone"), (OWN[:3], "touchstone")])
def test_whose_columns_these_are_is_found_out(headers: list[str], layout: str) -> None:
    assert layout_of(headers) == layout
    assert layout_of(headers[::-1]) == layout


def test_columns_that_do_not_fit_are_named_with_those_that_are_wanted() -> None:
    with pytest.raises(InputError) as refusal:
        layout_of(["id", "when"])
    assert str(refusal.value) == (
        "The file has the columns id, when, which do not fit touchstone (follow_up_id, at, by) or jira (Issue key, Status, Updated) or "
        "servicenow (number, state, sys_updated_on); export it with these, or rename its columns."
    )
    with pytest.raises(InputError) as refusal:
        layout_of([f"c{number}" for number in range(20)], "jira")
    assert str(refusal.value) == (
        "The file has the columns c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 and 8 more, which do not fit jira (Issue key, Status, "
        "Updated); export it with these, or rename its columns."
    )


def test_the_canonical_table_of_a_source_becomes_changes_by_follow_up() -> None:
    nine, ten = (pd.Timestamp(2026, 3, 12, hour, tz="UTC") for hour in (9, 10))
    table = pd.DataFrame(
        {
            "source": "tracker",
            "follow_up_id": pd.Series([TWO, ONE, ONE], dtype="str"),
            "at": pd.Series([nine, ten, nine]).dt.as_unit("us"),
            "by": pd.Series(["Bob", "Ann", "Ann"], dtype="str"),
            "status": pd.Series(["accepted", "done", None], dtype="str"),
            "evidence": pd.Series([None, "ticket 42", None], dtype="str"),
            "effort_person_weeks": [None, None, 2.0],
            "region": "north",
            "cycle": "2026Q1",
        }
    )
    assert changes_of(table) == {
        ONE: (
            changed(9, origin="source tracker", effort_person_weeks=2.0),
            changed(10, origin="source tracker", status="done", evidence="ticket 42"),
        ),
        TWO: (changed(9, by="Bob", origin="source tracker", status="accepted"),),
    }
    assert changes_of(table.iloc[:0]) == {}


def test_of_a_source_everything_but_ids_and_names_is_masked() -> None:
    number = "020 7946 0958"
    texts = {"follow_up_id": "fu-7973288899", "by": "ann@shop.example", "evidence": "SHOP-2026041234", "note": number, "region": number}
    table = pd.DataFrame([texts, dict.fromkeys(texts), {"follow_up_id": number}], dtype="str")
    private = private_updates(table, "GB").fillna("")
    assert private.iloc[0].to_dict() == texts | {"note": "[phone]", "region": "[phone]"}
    assert private.iloc[1].to_dict() == dict.fromkeys(texts, "")
    assert private.iloc[2]["follow_up_id"] == "[phone]"
