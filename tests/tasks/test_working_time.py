"""Working time, worked by hand on a calendar: an office open 09:00 to 17:00 on weekdays, in New York."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.calendar import add_working_days, holidays_of
from config.durations import parse_duration
from config.working_time import WorkingTime
from tasks.working_time import minutes_a_day, working_positions

NEW_YORK = "America/New_York"
CLOSED = [{"first": "2025-01-08", "last": "2025-01-10", "reason": "Stocktaking"}, {"first": "2025-01-15", "reason": "Outing"}]
OFFICE: dict[str, Any] = {"days": ("mon", "tue", "wed", "thu", "fri"), "hours": "09:00-17:00", "holidays": "US"}


def office(**parts: Any) -> WorkingTime:
    return WorkingTime.model_validate(OFFICE | parts)


def positions(*local: str, working_time: WorkingTime, timezone: str = NEW_YORK) -> list[int]:
    """Return where local times stand on the clock of working time, each worked out for itself."""
    return [int(working_positions(series(one, timezone=timezone), working_time, timezone)[0]) for one in local]


def series(*local: str, timezone: str = NEW_YORK) -> pd.Series:
    instants = [datetime.fromisoformat(one).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC) for one in local]
    return pd.Series(instants).astype("datetime64[us, UTC]")


def due(start: int, length: str, working_time: WorkingTime) -> int:
    """Return the position at which work of a length that starts at a position is due."""
    return start // 2 * 2 + 2 * round(parse_duration(length).minutes(minutes_a_day(working_time)) * 60_000_000)


def is_end(start: str, length: str, expected: str, working_time: WorkingTime, timezone: str = NEW_YORK) -> bool:
    """Return whether `length` of working time after `start` has passed at `expected` and not a microsecond before, all local."""
    end = datetime.fromisoformat(expected)
    around = (f"{end + timedelta(microseconds=shift)}" for shift in (-1, 0, 1))
    begun, before, at, after = positions(start, *around, working_time=working_time, timezone=timezone)
    wanted = due(begun, length, working_time)
    return at == wanted and before < wanted < after


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        ("2025-01-06 10:00", "1 working hour", "2025-01-06 11:00"),
        ("2025-01-06 10:00", "90 working minutes", "2025-01-06 11:30"),
        ("2025-01-06 10:00", "0.5 working days", "2025-01-06 14:00"),
        ("2025-01-06 10:00", "1 working day", "2025-01-07 10:00"),
        ("2025-01-06 10:00:30", "1 working hour", "2025-01-06 11:00:30"),
        ("2025-01-06 10:00", "0 working hours", "2025-01-06 10:00"),
    ],
)
def test_inside_opening_hours_time_simply_passes(start: str, length: str, expected: str) -> None:
    assert is_end(start, length, expected, office())


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        ("2025-01-06 06:00", "30 working minutes", "2025-01-06 09:30"),  # before opening
        ("2025-01-06 18:00", "1 working hour", "2025-01-07 10:00"),  # after closing
        ("2025-01-06 17:00", "1 working minute", "2025-01-07 09:01"),  # at closing
        ("2025-01-06 09:00", "1 working day", "2025-01-06 17:00"),  # from opening to closing
        ("2025-01-06 16:30", "30 working minutes", "2025-01-06 17:00"),  # an end at closing stays there
        ("2025-01-06 16:30", "31 working minutes", "2025-01-07 09:01"),
        ("2025-01-06 17:00", "1 working day", "2025-01-07 17:00"),
    ],
)
def test_at_the_edges_of_a_day_a_start_waits_for_the_next_opening_and_an_end_does_not(start: str, length: str, expected: str) -> None:
    assert is_end(start, length, expected, office())


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        ("2025-01-10 16:00", "2 working hours", "2025-01-13 10:00"),  # Friday to Monday
        ("2025-01-11 12:00", "1 working hour", "2025-01-13 10:00"),  # Saturday
        ("2025-01-12 23:59", "2 working days", "2025-01-14 17:00"),  # Sunday: all of Monday and Tuesday
        ("2025-01-06 12:00", "5 working days", "2025-01-13 12:00"),
    ],
)
def test_weekends_do_not_count(start: str, length: str, expected: str) -> None:
    assert is_end(start, length, expected, office())


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        ("2025-01-01 12:00", "1 working day", "2025-01-02 17:00"),  # New Year's Day, a Wednesday
        ("2024-12-31 16:30", "1 working hour", "2025-01-02 09:30"),  # over the turn of the year
        ("2025-01-17 15:00", "2 working days", "2025-01-22 15:00"),  # Friday; Monday 20 is Martin Luther King Day
        ("2025-07-03 16:00", "2 working hours", "2025-07-07 10:00"),  # Independence Day, a Friday
    ],
)
def test_public_holidays_do_not_count(start: str, length: str, expected: str) -> None:
    assert is_end(start, length, expected, office())


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        ("2025-01-07 16:00", "2 working hours", "2025-01-13 10:00"),  # Tuesday; closed from Wednesday to Friday
        ("2025-01-08 12:00", "1 working hour", "2025-01-13 10:00"),  # in the closure
        ("2025-01-10 23:00", "3 working days", "2025-01-16 17:00"),  # all of Monday, Tuesday and, Wednesday being closed, Thursday
        ("2025-01-06 12:00", "10 working days", "2025-01-27 12:00"),  # four closed days and Martin Luther King Day
    ],
)
def test_closures_do_not_count(start: str, length: str, expected: str) -> None:
    assert is_end(start, length, expected, office(closures=CLOSED))


def test_holidays_and_closures_are_known_as_far_ahead_as_the_length_reaches() -> None:
    """2025 to 2028 have 261, 261, 261 and 260 weekdays and 11, 11, 12 and 10 federal holidays on weekdays: 999 working days."""
    far = [{"first": "2029-01-02", "last": "2029-01-31", "reason": "Move"}]
    assert is_end("2025-01-02 09:00", "1000 working days", "2029-02-01 17:00", office(closures=far))


def test_a_length_that_no_working_day_ends_is_never_due() -> None:
    for_good = office(closures=[{"first": "2025-01-07", "last": "2030-12-31", "reason": "Closed"}])
    start, much_later = positions("2025-01-06 16:00", "2030-12-31 12:00", working_time=for_good)
    assert much_later < due(start, "2 working hours", for_good)


def test_an_instant_stands_at_the_same_place_whatever_others_are_asked_about() -> None:
    """Otherwise a receipt in one column and an answer in another could not be compared; Martin Luther King Day lies between."""
    times = ("1969-12-31 12:00", "2025-01-10 16:00", "2025-01-17 16:00", "2025-01-21 10:00", "2026-07-06 09:00")
    together = working_positions(series(*times), office(), NEW_YORK).tolist()
    assert together == positions(*times, working_time=office())
    assert together == sorted(together)


def test_outside_opening_hours_the_clock_stands_still_and_says_so() -> None:
    closing, night, opening, morning = positions(
        "2025-01-10 17:00", "2025-01-11 12:00", "2025-01-13 09:00", "2025-01-13 09:00:00.000001", working_time=office()
    )
    assert (night, opening, morning) == (closing + 1, closing + 1, closing + 2)
    assert closing % 2 == 0


def test_without_holidays_every_weekday_counts() -> None:
    assert is_end("2025-01-17 15:00", "2 working days", "2025-01-21 15:00", office(holidays=None))


def test_a_region_has_holidays_of_its_own() -> None:
    patriots_day = date(2025, 4, 21)  # the third Monday of April
    assert patriots_day in holidays_of("US-MA", range(2025, 2026))
    assert patriots_day not in holidays_of("US", range(2025, 2026))
    assert is_end("2025-04-18 16:00", "2 working hours", "2025-04-22 10:00", office(holidays="US-MA"))
    assert is_end("2025-04-18 16:00", "2 working hours", "2025-04-21 10:00", office())


def test_no_code_no_holidays() -> None:
    assert holidays_of(None, range(2025, 2026)) == {}


@pytest.mark.parametrize(
    ("start", "length", "expected", "hours_that_passed"),
    [
        ("2025-03-07 16:00", "2 working hours", "2025-03-10 10:00", 65),  # the clock skips an hour on Sunday 9 March
        ("2025-10-31 16:00", "2 working hours", "2025-11-03 10:00", 67),  # and repeats one on Sunday 2 November
    ],
)
def test_a_change_of_the_clock_at_the_weekend_neither_gives_nor_takes_working_time(
    start: str, length: str, expected: str, hours_that_passed: int
) -> None:
    assert is_end(start, length, expected, office())
    zone = ZoneInfo(NEW_YORK)
    begin, end = (datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC) for local in (start, expected))
    assert end - begin == timedelta(hours=hours_that_passed)


def test_an_end_in_an_hour_that_the_clock_skips_is_over_with_the_moment_after_it() -> None:
    night_shift = office(days=("sun",), hours="00:00-08:00", holidays=None)
    start, last, after = positions("2025-03-09 00:30", "2025-03-09 01:59:59.999999", "2025-03-09 03:00", working_time=night_shift)
    assert last < due(start, "2 working hours", night_shift) < after


def test_an_office_that_never_closes_counts_every_hour_of_every_day() -> None:
    always = office(days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"), hours="00:00-24:00", holidays=None)
    assert is_end("2025-01-10 22:00", "3 working hours", "2025-01-11 01:00", always)
    assert is_end("2025-01-10 22:00", "2 working days", "2025-01-12 22:00", always)


def test_many_instants_are_worked_out_each_for_itself_and_nothing_stays_nothing() -> None:
    local = ("2025-01-10 16:00", "2024-12-31 16:30", "2025-07-03 16:00")
    times = pd.Series([*series(*local).tolist(), pd.NaT], index=[5, 9, 1, 3]).astype("datetime64[us, UTC]")
    found = working_positions(times, office(), NEW_YORK)
    assert found.tolist() == [*positions(*local, working_time=office()), 0]


def test_no_instants_at_all_are_no_error() -> None:
    nothing = pd.Series([None, None], dtype="datetime64[us, UTC]")
    assert working_positions(nothing, office(), NEW_YORK).tolist() == [0, 0]
    assert working_positions(nothing.iloc[:0], office(), NEW_YORK).tolist() == []


def end_by_counting(start: datetime, quarter_hours: int, working_time: WorkingTime) -> datetime:
    """Return the end by walking through local quarter hours one by one, and counting those in which the office is open."""
    opens, closes = working_time.hours.split("-")
    free = set(holidays_of(working_time.holidays, range(start.year, start.year + 2)))
    weekdays = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    at, left = start, quarter_hours
    while left:
        is_closed = any(closure.covers(at.date()) for closure in working_time.closures)
        is_worked = weekdays[at.weekday()] in working_time.days and at.date() not in free and not is_closed
        is_open = is_worked and opens <= f"{at:%H:%M}" < closes
        at += timedelta(minutes=15)
        left -= is_open
    return at


@settings(max_examples=40, deadline=None)
@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31)),
    st.integers(1, 100),
    st.sampled_from(
        [
            office(),
            office(days=("mon", "sat"), hours="07:30-12:15"),
            office(hours="00:00-23:45", holidays="GB-ENG"),
            office(
                closures=[{"first": "2024-12-24", "last": "2025-03-02", "reason": "Works"}, {"first": "2025-10-06", "reason": "Outing"}]
            ),
        ]
    ),
)
def test_it_agrees_with_counting_open_quarter_hours_one_by_one(start: datetime, quarter_hours: int, working_time: WorkingTime) -> None:
    start = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
    expected = end_by_counting(start, quarter_hours, working_time)
    assert is_end(f"{start}", f"{15 * quarter_hours} working minutes", f"{expected}", working_time, "UTC")


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        (date(2025, 4, 4), 20, date(2025, 5, 5)),  # four weeks and a day: Patriots' Day lies between
        (date(2025, 4, 5), 20, date(2025, 5, 5)),  # from a Saturday as from the Friday before
        (date(2025, 12, 24), 1, date(2025, 12, 26)),
        (date(2025, 12, 31), 1, date(2026, 1, 2)),
        (date(2025, 1, 6), 1, date(2025, 1, 7)),
    ],
)
def test_working_days_are_counted_on_the_calendar(day: date, days: int, expected: date) -> None:
    assert add_working_days(day, days, office(holidays="US-MA")) == expected


@given(st.dates(date(2024, 1, 1), date(2027, 1, 1)), st.integers(1, 60))
def test_a_due_date_is_always_a_working_day_after_the_day_it_is_counted_from(day: date, days: int) -> None:
    due = add_working_days(day, days, office(holidays=None))
    assert due > day
    assert due.weekday() < 5
