"""Quarters: what they are called, which days they hold, and when two are equally old."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InputError
from config.periods import MONTHS, Quarter, same_age

NEW_YORK = ZoneInfo("America/New_York")
quarters = st.builds(Quarter, st.integers(1900, 2200), st.integers(1, 4))
days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
months = st.sampled_from(MONTHS)


@pytest.mark.parametrize("name", ["2026Q3", "2026q3", "  2026Q3\n"])
def test_a_quarter_is_known_by_its_name(name: str) -> None:
    assert Quarter.parse(name) == Quarter(2026, 3)


@pytest.mark.parametrize("name", ["", "2026", "2026Q5", "2026Q0", "26Q3", "Q3 2026", "2026-Q3", "2026Q33", "0000Q1", "9999Q4"])
def test_any_other_name_is_refused_with_an_example_of_a_right_one(name: str) -> None:
    with pytest.raises(InputError) as refusal:
        Quarter.parse(name)
    assert str(refusal.value) == f"{name!r} is not a cycle: write the year and the quarter, such as 2026Q3."


@given(quarters)
def test_a_quarters_name_leads_back_to_it(quarter: Quarter) -> None:
    assert Quarter.parse(str(quarter)) == quarter


@pytest.mark.parametrize(
    ("day", "year_starts_in", "expected"),
    [
        (date(2026, 1, 1), "january", "2026Q1"),
        (date(2026, 3, 31), "january", "2026Q1"),
        (date(2026, 12, 31), "january", "2026Q4"),
        (date(2026, 3, 31), "april", "2025Q4"),
        (date(2026, 4, 1), "april", "2026Q1"),
        (date(2026, 1, 15), "october", "2025Q2"),
        (date(2026, 2, 28), "february", "2026Q1"),
        (date(2026, 1, 31), "february", "2025Q4"),
        (date(2024, 2, 29), "december", "2023Q1"),
    ],
)
def test_a_fiscal_year_bears_the_calendar_year_in_which_it_starts(day: date, year_starts_in: str, expected: str) -> None:
    assert str(Quarter.of(day, year_starts_in)) == expected


@given(days, months)
def test_every_day_lies_in_exactly_the_quarter_it_is_counted_to(day: date, year_starts_in: str) -> None:
    quarter = Quarter.of(day, year_starts_in)
    assert quarter.first_day(year_starts_in) <= day < quarter.back(-1).first_day(year_starts_in)


@given(quarters, st.integers(0, 40), months)
def test_going_back_and_forth_ends_where_it_began_and_never_stands_still(quarter: Quarter, steps: int, year_starts_in: str) -> None:
    earlier = quarter.back(steps)
    assert earlier.back(-steps) == quarter
    assert (earlier < quarter) == (steps > 0)
    assert (earlier.first_day(year_starts_in) < quarter.first_day(year_starts_in)) == (steps > 0)


def test_the_quarter_before_the_first_of_a_year_is_the_last_of_the_year_before() -> None:
    assert [str(Quarter(2026, 1).back(number)) for number in range(1, 6)] == ["2025Q4", "2025Q3", "2025Q2", "2025Q1", "2024Q4"]


def test_a_quarter_begins_and_ends_at_local_midnight_across_a_change_to_summer_time() -> None:
    start, end = Quarter(2015, 1).span(NEW_YORK, "january")
    assert start.astimezone(UTC) == datetime(2015, 1, 1, 5, tzinfo=UTC)
    assert end.astimezone(UTC) == datetime(2015, 4, 1, 4, tzinfo=UTC)


@given(quarters, months)
def test_one_quarter_ends_where_the_next_begins(quarter: Quarter, year_starts_in: str) -> None:
    assert quarter.span(NEW_YORK, year_starts_in)[1] == quarter.back(-1).span(NEW_YORK, year_starts_in)[0]


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (Quarter(2015, 1), datetime(2015, 4, 13, 13, tzinfo=UTC)),  # twelve days and nine hours after midnight of 1 April, EDT
        (Quarter(2014, 4), datetime(2015, 1, 13, 14, tzinfo=UTC)),  # the same on the clock in winter, EST
        (Quarter(2014, 2), datetime(2014, 7, 13, 13, tzinfo=UTC)),
    ],
)
def test_two_quarters_are_equally_old_so_many_days_after_their_own_end_on_the_local_clock(earlier: Quarter, expected: datetime) -> None:
    as_of = datetime(2015, 7, 13, 9, tzinfo=NEW_YORK)
    assert same_age(as_of, Quarter(2015, 2), earlier, NEW_YORK, "january") == expected


def test_an_unfinished_quarter_is_compared_with_an_equally_unfinished_one() -> None:
    ten_days_before_its_end = datetime(2015, 6, 21, 12, tzinfo=NEW_YORK)
    found = same_age(ten_days_before_its_end, Quarter(2015, 2), Quarter(2015, 1), NEW_YORK, "january")
    assert found == datetime(2015, 3, 22, 12, tzinfo=NEW_YORK).astimezone(UTC)


@given(quarters, st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC)), months)
def test_a_quarter_is_as_old_as_itself(quarter: Quarter, as_of: datetime, year_starts_in: str) -> None:
    found = same_age(as_of, quarter, quarter, ZoneInfo("Asia/Kolkata"), year_starts_in)  # no hour there comes twice
    assert found == as_of
