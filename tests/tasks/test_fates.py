"""What becomes of rows before they are validated: the last event of a case, repetitions, and versions of one record."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from config.sources import Collapse
from tasks.fates import earlier_versions, is_word_for_word, last_events
from tests.programmes import programme, source

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)


def events(*rows: tuple[str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["case", "changed"]).astype("str")
    table.index = pd.RangeIndex(2, 2 + len(table))
    return table


def last(table: pd.DataFrame, **parts: str) -> tuple[list[int], list[int]]:
    found, after = last_events(table, Collapse.model_validate({"by": "case", "last": "changed"} | parts), programme(timezone="UTC"), AS_OF)
    return found.tolist(), after.tolist()


def test_the_last_event_of_a_case_counts_by_its_time_and_not_by_its_place_in_the_file() -> None:
    table = events(("a", "2026-02-03"), ("a", "2026-01-05"), ("b", "2026-01-01"))
    assert last(table) == ([2, 4], [])


def test_of_events_at_the_same_time_the_last_read_counts() -> None:
    assert last(events(("a", "2026-02-03"), ("a", "2026-02-03"))) == ([3], [])


def test_events_after_the_as_of_are_not_yet_known() -> None:
    assert last(events(("a", "2026-02-03"), ("a", "2026-04-02"), ("b", "2026-05-01"))) == ([2], [3, 4])


def test_events_may_be_numbered() -> None:
    assert last(events(("a", "9"), ("a", "10"), ("b", "1"))) == ([3, 4], [])


def test_days_before_months_are_read_by_the_stated_format() -> None:
    assert last(events(("a", "02-03-2026"), ("a", "28-02-2026")), format="%d-%m-%Y") == ([2], [])


def test_an_event_whose_order_cannot_be_read_comes_before_all_others() -> None:
    assert last(events(("a", "?"), ("a", "2026-01-05"), ("b", "?"))) == ([3, 4], [])


def test_rows_that_name_no_case_are_cases_of_their_own() -> None:
    assert last(events(("", "2026-01-01"), (" ", "2026-01-02"))) == ([2, 3], [])


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "", "c"]), st.integers(0, 5).map(str)), max_size=20))
def test_every_case_keeps_exactly_one_event(rows: list[tuple[str, str]]) -> None:
    found, after = last(events(*rows))
    assert not after
    cases = [rows[number - 2][0] for number in found]
    named = [case for case in cases if case]
    assert sorted(named) == sorted({case for case, _ in rows if case})
    assert cases.count("") == sum(case == "" for case, _ in rows)


def test_rows_that_say_the_same_are_found_whatever_white_space_surrounds_their_values() -> None:
    rows = pd.DataFrame({"id": ["1", " 1", "1", "2", "", ""], "words": ["x", "x ", "y", "x", "z", "z"]}, dtype="str")
    ids = pd.Series(["1", "1", "1", "2", None, None], dtype="str")
    assert is_word_for_word(rows, ids).tolist() == [0, 4]


def mapped(**columns: list[str | None]) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    return table.assign(**{name: pd.to_datetime(table[name], utc=True) for name in table if name.endswith("_at")})


def replaced(**columns: list[str | None]) -> list[int]:
    return list(earlier_versions(mapped(**columns), source()))


def test_of_versions_of_a_record_the_one_with_the_latest_time_counts() -> None:
    times = ["2026-01-09", None, "2026-01-20"]
    assert replaced(record_id=["1", "1", "1"], occurred_at=["2026-01-05"] * 3, resolved_at=times) == [0, 1]


def test_of_equally_late_versions_the_last_read_counts() -> None:
    assert replaced(record_id=["1", "1"], occurred_at=["2026-01-05"] * 2) == [0]


def test_one_id_at_two_instants_is_two_records() -> None:
    assert replaced(record_id=["1", "1"], occurred_at=["2026-01-05", "2026-01-06"]) == []


def test_one_id_of_two_customers_is_two_records() -> None:
    assert replaced(record_id=["1", "1"], occurred_at=["2026-01-05"] * 2, customer_id=["x", "y"]) == []


def test_records_without_an_id_are_no_versions_of_each_other() -> None:
    assert replaced(record_id=[None, None], occurred_at=["2026-01-05"] * 2) == []
