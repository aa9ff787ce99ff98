"""What a source's columns become: times in UTC, yes or no, numbers, and a flag where something could not be read."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.sources import Question
from tasks.mapping import columns_needed, is_kept, map_ratings, map_table
from tests.programmes import programme, source, standard

REQUIRED = {"record_id": "id", "pipe": {"is": "complaint"}, "occurred_at": "when"}


def raw(**columns: list[str]) -> pd.DataFrame:
    """Return a raw table of text whose rows are numbered as in a file: from 2."""
    table = pd.DataFrame(columns, dtype="str")
    table.index = pd.RangeIndex(2, 2 + len(table))
    return table


def mapped(column: Any, values: list[str], name: str = "occurred_at", timezone: str = "America/New_York") -> pd.DataFrame:
    """Return a source column `x` mapped as `name`."""
    one = source(columns=REQUIRED | {name: column})
    table = raw(id=[str(number) for number in range(len(values))], when=["2026-01-05"] * len(values), x=values)
    kept = standard(id="kept", measure={"flag": "is_kept"})
    return map_table(table, one, programme(timezone=timezone, standards=[kept]))


def instants(column: Any, values: list[str], name: str = "occurred_at", timezone: str = "America/New_York") -> list[str | None]:
    found = mapped(column, values, name, timezone)[name]
    return [None if pd.isna(instant) else instant.isoformat() for instant in found]


# times


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00+00:00"),
        ("2026-01-31 10:00:00+05:30", "2026-01-31T04:30:00+00:00"),
        ("2026-01-31T10:00:00-0500", "2026-01-31T15:00:00+00:00"),
        ("2026-01-31 10:00:00-05", "2026-01-31T15:00:00+00:00"),  # as PostgreSQL writes it
        ("2026-01-31 10:00", "2026-01-31T15:00:00+00:00"),  # in the programme's zone, EST
        ("2026-07-31 10:00", "2026-07-31T14:00:00+00:00"),  # EDT
        ("2026-01-31", "2026-01-31T05:00:00+00:00"),
        ("2026-01-31T10:00:00.1234567", "2026-01-31T15:00:00.123456+00:00"),  # as .NET writes it
        (" 2026-01-31 ", "2026-01-31T05:00:00+00:00"),
    ],
)
def test_without_a_format_a_time_is_iso_8601_and_local_where_it_names_no_zone(written: str, expected: str) -> None:
    assert instants("x", [written]) == [expected]


@pytest.mark.parametrize(
    ("time_format", "written", "expected"),
    [
        ("%m/%d/%Y %I:%M:%S %p", "01/05/2015 03:59:00 PM", "2015-01-05T20:59:00+00:00"),
        ("%d.%m.%Y", "31.01.2026", "2026-01-31T05:00:00+00:00"),
        ("%d/%m/%Y %H:%M %z", "31/01/2026 10:00 +0100", "2026-01-31T09:00:00+00:00"),
    ],
)
def test_a_format_is_read_in_strptimes_letters(time_format: str, written: str, expected: str) -> None:
    assert instants({"from": "x", "format": time_format}, [written]) == [expected]


@pytest.mark.parametrize("time_format", [None, "%Y-%m-%d", "%d/%m/%Y %H:%M"])
@pytest.mark.parametrize("word", ["now", "today", "Now", "yesterday"])
def test_the_word_now_is_no_time_for_no_computation_reads_the_clock(time_format: str | None, word: str) -> None:
    found = mapped({"from": "x", "format": time_format}, [word])
    assert found["occurred_at"].isna().all()
    assert found["occurred_at_unreadable"].all()


def test_an_hour_that_summer_time_skips_moves_forward_and_one_that_comes_twice_is_the_first() -> None:
    assert instants("x", ["2026-03-08 02:30", "2026-11-01 01:30"]) == ["2026-03-08T07:00:00+00:00", "2026-11-01T05:30:00+00:00"]


def test_many_ways_of_writing_in_one_column_do_not_disturb_each_other() -> None:
    written = ["2026-01-31", "2026-01-31T10:00:00Z", "", "31.01.2026", "2026-01-31 10:00:00-05", "2026-02-30", "9999-12-31"]
    found = mapped("x", written)
    assert found["occurred_at"].notna().tolist() == [True, True, False, False, True, False, False]
    assert found["occurred_at_unreadable"].tolist() == [False, False, False, True, False, True, True]


@pytest.mark.parametrize(
    ("column", "written", "expected"),
    [
        ("x", "2026-01-31", "2026-02-01T04:59:59.999999+00:00"),
        ("x", "20260131", "2026-02-01T04:59:59.999999+00:00"),
        ("x", "2026-03-08", "2026-03-09T03:59:59.999999+00:00"),  # a day of 23 hours
        ("x", "2026-01-31 00:00", "2026-01-31T05:00:00+00:00"),
        ({"from": "x", "format": "%d.%m.%Y"}, "31.01.2026", "2026-02-01T04:59:59.999999+00:00"),
        ({"from": "x", "format": "%d.%m.%Y %H:%M"}, "31.01.2026 09:00", "2026-01-31T14:00:00+00:00"),
    ],
)
def test_a_promise_by_a_day_is_due_at_the_end_of_that_day_and_one_by_an_hour_at_that_hour(column: Any, written: str, expected: str) -> None:
    assert instants(column, [written], name="due_at") == [expected]
    assert instants(column, [written], name="resolved_at") <= [expected]


def test_times_are_utc_to_the_microsecond_in_every_row() -> None:
    assert str(mapped("x", ["", "nonsense"])["occurred_at"].dtype) == "datetime64[us, UTC]"


times = st.text(max_size=20) | st.from_regex(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?(Z|[+-]\d\d:?(\d\d)?)?", fullmatch=True)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(times, min_size=1, max_size=4),
    st.sampled_from([None, "%Y-%m-%d", "%d/%m/%y %H:%M", "%Y-%m-%d %H:%M:%S%z"]),
    st.sampled_from(["America/New_York", "Asia/Tokyo", "Europe/London"]),
    st.sampled_from(["occurred_at", "due_at"]),
)
def test_whatever_stands_in_a_time_column_is_a_time_or_nothing_or_flagged(
    values: list[str], time_format: str | None, timezone: str, name: str
) -> None:
    found = mapped({"from": "x", "format": time_format}, values, name, timezone)
    is_empty = pd.Series([value.strip() == "" for value in values], index=found.index)
    assert (found[name].notna() ^ is_empty ^ found[f"{name}_unreadable"]).all()
    assert not (found[name].notna() & is_empty).any()


# yes and no, numbers, texts


def test_yes_and_no_are_read_in_their_usual_spellings_and_nothing_else_is_guessed() -> None:
    written = ["yes", "NO", "True", "f", "1", "0", "0.0", "", "maybe", "2", "Y", "n"]
    found = mapped("x", written, name="is_kept")
    assert found["is_kept"].tolist() == [True, False, True, False, True, False, False, pd.NA, pd.NA, pd.NA, True, False]
    assert found["is_kept_unreadable"].tolist() == [False] * 8 + [True, True, False, False]
    assert str(found["is_kept"].dtype) == "boolean"


def test_a_dimension_that_no_standard_asks_of_stays_text() -> None:
    found = mapped("x", ["yes", ""], name="has_dog")
    assert found["has_dog"].fillna("(none)").tolist() == ["yes", "(none)"]
    assert "has_dog_unreadable" not in found


def test_a_number_is_read_or_flagged() -> None:
    found = mapped("x", ["1.5", "-2", "", "many", "1e2"], name="weight")
    assert found["weight"].fillna(-99).tolist() == [1.5, -2.0, -99, -99, 100.0]
    assert found["weight_unreadable"].tolist() == [False, False, False, True, False]


def test_white_space_and_values_named_missing_are_nothing_and_not_unreadable() -> None:
    found = mapped({"from": "x", "missing": ["N/A", "-"]}, ["N/A", " - ", "   ", "n/a"], name="due_at")
    assert found["due_at"].isna().all()
    assert found["due_at_unreadable"].tolist() == [False, False, False, True]


def test_recoding_changes_what_it_names_and_leaves_the_rest() -> None:
    found = mapped({"from": "x", "recode": {"Web": "internet", "2": "two"}}, ["Web", "web", " Web ", "2", ""], name="channel")
    assert found["channel"].fillna("(none)").tolist() == ["internet", "web", "internet", "two", "(none)"]


def test_recoding_that_meets_nothing_changes_nothing() -> None:
    assert mapped({"from": "x", "recode": {"a": "b"}}, ["c", ""], name="channel")["channel"].fillna("(none)").tolist() == ["c", "(none)"]


def test_a_constant_stands_in_every_row_and_a_number_in_it_is_text() -> None:
    found = mapped({"is": 2016}, ["", "x"], name="wave")
    assert found["wave"].tolist() == ["2016", "2016"]


def test_joining_leaves_empty_parts_out_and_all_empty_is_nothing() -> None:
    one = source(columns=REQUIRED | {"text": {"join": ["a", "b", "c"], "with": ". "}})
    table = raw(id=["1", "2", "3"], when=[""] * 3, a=["Light", "", " "], b=["", "", ""], c=["out\n", "dark", ""])
    assert map_table(table, one, programme())["text"].fillna("(none)").tolist() == ["Light. out", "dark", "(none)"]


def test_what_stands_between_joined_parts_is_no_pattern() -> None:
    one = source(columns=REQUIRED | {"text": {"join": ["a", "b"], "with": r"\1 $ "}})
    assert map_table(raw(id=["1"], when=[""], a=["x"], b=["y"]), one, programme())["text"].tolist() == [r"x\1 $ y"]


def test_every_row_keeps_its_number_and_bears_its_source() -> None:
    found = mapped("x", ["a", "b", "c"], name="text")
    assert found.index.tolist() == [2, 3, 4]
    assert found["source"].tolist() == ["cases"] * 3


def test_a_table_without_rows_has_its_columns_and_types() -> None:
    found = map_table(raw(id=[], when=[], x=[]), source(columns=REQUIRED | {"due_at": "x"}), programme())
    assert len(found) == 0
    assert str(found["due_at"].dtype) == "datetime64[us, UTC]"


# which columns and rows


def test_only_the_columns_that_the_mapping_reads_are_needed() -> None:
    one = source(
        fills="ratings",
        keep={"Kind": ["real"]},
        columns=REQUIRED | {"text": {"join": ["a", "b"]}, "channel": {"from": "c"}},
        ratings=[{"question": "view", "from": "q1", "scale": [1, 5]}],
    )
    assert columns_needed(one) == ("Kind", "a", "b", "c", "id", "q1", "when")


def test_a_row_is_kept_where_every_named_column_has_one_of_its_values() -> None:
    one = source(keep={"a": ["1", "2"], "b": ["x"]})
    table = raw(a=["1", "2", "3", "1"], b=["x", "x", "x", "y"])
    assert is_kept(table, one).tolist() == [True, True, False, False]


def test_without_keep_every_row_is_kept() -> None:
    assert is_kept(raw(a=["1", ""]), source()).tolist() == [True, True]


# ratings


def questions(*names: str) -> list[Question]:
    return [Question.model_validate({"question": name, "from": name, "scale": [1, 5], "missing": ["9"]}) for name in names]


def test_each_answer_is_a_row_and_no_answer_is_none() -> None:
    table = raw(q1=["4", "", "9", "5.5"], q2=["", " ", "3", "x"])
    found = map_ratings(table, pd.Series(["a", "b", "c", "d"], index=table.index, dtype="str"), questions("q1", "q2"))
    assert found.drop(columns=["scale_min", "scale_max"]).fillna({"score": -1}).to_numpy().tolist() == [
        [2, "a", "q1", 4.0, False],
        [5, "d", "q1", 5.5, False],
        [4, "c", "q2", 3.0, False],
        [5, "d", "q2", -1.0, True],
    ]
    assert (found["scale_min"] == 1).all()
    assert (found["scale_max"] == 5).all()


def test_columns_that_a_record_may_be_placed_by_are_text_whatever_they_hold() -> None:
    found = map_table(raw(id=["1"], when=["2026-01-01"], x=["007"]), source(columns=REQUIRED | {"category": "x"}), programme())
    assert found["category"].tolist() == ["007"]
