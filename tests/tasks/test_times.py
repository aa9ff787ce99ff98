"""Times as people and programs write them: what each stands for, and where a change of the clock left a choice."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.times import localize, parse_times

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def texts(*values: str | None) -> pd.Series:
    return pd.Series(values, dtype="str")


def instants(values: pd.Series) -> list[str | None]:
    return [None if pd.isna(value) else value.isoformat() for value in values]


def read(value: str, time_format: str | None, zone: str = BERLIN, month: str | None = None, **rest: bool) -> str | None:
    return instants(parse_times(texts(value), time_format, zone, month, **rest).values)[0]


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        ("25569", "1969-12-31T23:00:00+00:00"),  # 1970-01-01, midnight in Berlin
        ("42370.5", "2016-01-01T11:00:00+00:00"),
        ("42370.729166666664", "2016-01-01T16:30:00+00:00"),  # 17:30, as a spreadsheet writes it
        ("61", "1900-02-28T23:00:00+00:00"),  # 1 March 1900: the first day on which all spreadsheets agree
        ("-1", None),
        ("2958466", None),  # past 9999-12-31
        ("43/12", None),
    ],
)
def test_a_spreadsheet_counts_days_since_the_end_of_1899(serial: str, expected: str | None) -> None:
    assert read(serial, "spreadsheet") == expected


def test_seconds_since_1970_need_no_zone() -> None:
    assert read("1451606400", "unix") == "2016-01-01T00:00:00+00:00"
    assert read("1451606400.25", "unix") == "2016-01-01T00:00:00.250000+00:00"
    assert read("99999999999999", "unix") is None


@pytest.mark.parametrize(("day", "expected"), [("4", "2014-05-04"), ("04", "2014-05-04"), ("31", "2014-05-31"), ("32", None), ("0", None)])
def test_a_day_of_the_month_is_a_day_of_the_month_that_the_programme_names(day: str, expected: str | None) -> None:
    found = read(day, None, "UTC", "2014-05")
    assert (found and found[:10]) == expected


def test_a_day_that_the_month_does_not_have_cannot_be_read() -> None:
    assert read("31", None, "UTC", "2014-06") is None


def test_a_deadline_that_is_only_a_day_ends_with_that_day_in_its_zone() -> None:
    assert read("42370", "spreadsheet", is_deadline=True) == "2016-01-01T22:59:59.999999+00:00"
    assert read("42370.5", "spreadsheet", is_deadline=True) == "2016-01-01T11:00:00+00:00"
    assert read("01.03.2016", "%d.%m.%Y", is_deadline=True) == "2016-03-01T22:59:59.999999+00:00"


def test_a_local_time_that_the_clock_skipped_moves_forward_to_the_next_there_is_and_is_counted() -> None:
    found = parse_times(texts("2026-03-29 02:30", "2026-03-29 03:30", None), "%Y-%m-%d %H:%M", BERLIN)
    assert instants(found.values) == ["2026-03-29T01:00:00+00:00", "2026-03-29T01:30:00+00:00", None]
    assert found.is_skipped.tolist() == [True, False, False]
    assert not found.is_twice.any()


def test_a_local_time_that_came_twice_is_the_first_and_is_counted() -> None:
    found = parse_times(texts("2026-10-25 02:30", "2026-10-25 03:30"), None, BERLIN)
    assert instants(found.values) == ["2026-10-25T00:30:00+00:00", "2026-10-25T02:30:00+00:00"]
    assert found.is_twice.tolist() == [True, False]
    assert not found.is_skipped.any()


def test_a_time_that_names_its_zone_leaves_nothing_open() -> None:
    found = parse_times(texts("2026-10-25T02:30:00+01:00"), None, BERLIN)
    assert instants(found.values) == ["2026-10-25T01:30:00+00:00"]
    assert not (found.is_skipped | found.is_twice).any()


@given(st.lists(st.datetimes(min_value=pd.Timestamp(1975, 1, 1), max_value=pd.Timestamp(2035, 1, 1)), min_size=1, max_size=20))
def test_every_local_time_becomes_an_instant_that_reads_the_same_there_unless_the_clock_skipped_it(moments: list[pd.Timestamp]) -> None:
    local = pd.Series(pd.to_datetime(moments)).dt.as_unit("us")
    for zone in (BERLIN, NEW_YORK, "Australia/Lord_Howe"):
        found = localize(local, zone)
        back = found.values.dt.tz_convert(zone).dt.tz_localize(None)
        assert found.values.notna().all()
        assert (back[~found.is_skipped] == local[~found.is_skipped]).all()
        assert (back[found.is_skipped] > local[found.is_skipped]).all()
