"""The calendar against dates worked out by hand, and against rules that hold for every programme."""

from __future__ import annotations

import calendar
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.calendar import add_working_days, due_run, due_runs, free_days, holidays_of, latest_due, quarters_between
from config.errors import InputError
from config.periods import MONTHS, Quarter
from config.programme import Programme
from config.working_time import WorkingTime
from tests.programmes import programme

ZONES = {
    "US-MA": "America/New_York",
    "GB-ENG": "Europe/London",
    "DE-BY": "Europe/Berlin",
    "NZ": "Pacific/Auckland",
    "IL": "Asia/Jerusalem",
}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SUNDAY_TO_THURSDAY = ("sun", "mon", "tue", "wed", "thu")

# Worked out by hand from each country's law on public holidays and on clocks. The last column names what is not worked
# between the quarter's end and the run (besides weekends, which are Friday and Saturday in Israel), and changes of the clock.
# where | first month of the year | working day | at | quarter | due, local | due, UTC | own closure | notes
BY_HAND = """
# Massachusetts: a holiday on a Sunday is kept on the Monday, one on a Saturday on the Saturday.
US-MA  | january  |  5 | 09:00 | 2025Q4 | Thu 2026-01-08 09:00 | 2026-01-08 14:00 |                       | Thu 1 January
US-MA  | january  |  1 | 09:00 | 2022Q4 | Tue 2023-01-03 09:00 | 2023-01-03 14:00 |                       | Sun 1 January, kept on Mon 2
US-MA  | january  | 10 | 09:00 | 2023Q4 | Tue 2024-01-16 09:00 | 2024-01-16 14:00 |                       | Mon 1 and Mon 15 January
US-MA  | january  | 60 | 09:00 | 2025Q4 | Mon 2026-03-30 09:00 | 2026-03-30 13:00 |                       | 1, 19 January, 16 February; forward 8 March
US-MA  | january  |  5 | 09:00 | 2026Q2 | Tue 2026-07-07 09:00 | 2026-07-07 13:00 |                       | Sat 4 July: Fri 3 is worked
US-MA  | october  | 10 | 17:30 | 2025Q4 | Thu 2026-10-15 17:30 | 2026-10-15 21:30 |                       | Mon 12 October
US-MA  | february |  1 | 00:00 | 2026Q3 | Mon 2026-11-02 00:00 | 2026-11-02 05:00 |                       | ends on Sat 31 October; back Sun 1 November
US-MA  | january  | 60 | 09:00 | 2026Q3 | Wed 2027-01-06 09:00 | 2027-01-06 14:00 | 2026-12-24/2026-12-31 | 12 October, 11, 26 November, 1 January; back 1 November; the next quarter has ended by then
# England: a bank holiday on a weekend is kept on the next weekday.
GB-ENG | april    |  5 | 09:00 | 2025Q4 | Thu 2026-04-09 09:00 | 2026-04-09 08:00 |                       | Good Friday 3, Easter Monday 6 April
GB-ENG | april    |  1 | 09:00 | 2023Q4 | Tue 2024-04-02 09:00 | 2024-04-02 08:00 |                       | ends on Easter Sunday, forward that day; Mon 1
GB-ENG | april    | 60 | 09:00 | 2024Q4 | Fri 2025-06-27 09:00 | 2025-06-27 08:00 |                       | 18, 21 April, 5, 26 May
GB-ENG | january  |  1 | 09:00 | 2021Q4 | Tue 2022-01-04 09:00 | 2022-01-04 09:00 |                       | Sat 1 January, kept on Mon 3
GB-ENG | january  |  5 | 09:00 | 2026Q4 | Mon 2027-01-11 09:00 | 2027-01-11 09:00 | 2026-12-24/2027-01-04 | Fri 1 within
GB-ENG | january  | 60 | 09:00 | 2026Q3 | Wed 2026-12-23 09:00 | 2026-12-23 09:00 |                       | back 25 October
GB-ENG | march    | 20 | 09:00 | 2026Q4 | Tue 2027-03-30 09:00 | 2027-03-30 08:00 |                       | 26, 29 March; forward on Easter Sunday 28
GB-ENG | july     | 10 | 07:30 | 2024Q2 | Wed 2025-01-15 07:30 | 2025-01-15 07:30 |                       | Wed 1 January
# Bavaria: no holiday is moved.
DE-BY  | january  |  5 | 09:00 | 2025Q4 | Fri 2026-01-09 09:00 | 2026-01-09 08:00 |                       | Thu 1, Tue 6 January
DE-BY  | january  |  1 | 09:00 | 2022Q4 | Mon 2023-01-02 09:00 | 2023-01-02 08:00 |                       | Sun 1 January
DE-BY  | january  | 10 | 09:00 | 2026Q1 | Thu 2026-04-16 09:00 | 2026-04-16 07:00 |                       | Good Friday 3, Easter Monday 6 April
DE-BY  | january  |  5 | 09:00 | 2025Q3 | Wed 2025-10-08 09:00 | 2025-10-08 07:00 |                       | Fri 3 October
DE-BY  | january  | 60 | 09:00 | 2024Q3 | Fri 2024-12-27 09:00 | 2024-12-27 08:00 |                       | 3 October, 1 November, 25, 26 December; back 27 Oct.
DE-BY  | march    | 21 | 09:00 | 2023Q4 | Tue 2024-04-02 09:00 | 2024-04-02 07:00 |                       | ends on 29 February; 29 March, 1 April; forward 31 March
DE-BY  | february | 20 | 00:15 | 2025Q1 | Fri 2025-05-30 00:15 | 2025-05-29 22:15 |                       | 1 May, Ascension 29 May
DE-BY  | january  | 60 | 09:00 | 2025Q2 | Tue 2025-09-23 09:00 | 2025-09-23 07:00 | 2025-08-15/2025-08-15 | Assumption Day is free in Catholic municipalities only, Munich among them: there it has to be written as a closure
# New Zealand: 2 January is free too; 1 and 2 January on a weekend are kept on the next weekdays.
NZ     | january  |  5 | 09:00 | 2025Q4 | Fri 2026-01-09 09:00 | 2026-01-08 20:00 |                       | Thu 1, Fri 2 January
NZ     | january  |  1 | 09:00 | 2021Q4 | Wed 2022-01-05 09:00 | 2022-01-04 20:00 |                       | Sat 1 and Sun 2, kept on Mon 3 and Tue 4
NZ     | january  | 10 | 09:00 | 2022Q4 | Tue 2023-01-17 09:00 | 2023-01-16 20:00 |                       | Mon 2; Sun 1 kept on Tue 3
NZ     | april    |  1 | 09:00 | 2025Q4 | Wed 2026-04-01 09:00 | 2026-03-31 20:00 |                       | still summer time
NZ     | april    |  5 | 09:00 | 2025Q4 | Thu 2026-04-09 09:00 | 2026-04-08 21:00 |                       | 3, 6 April; back Sun 5 April
NZ     | june     | 20 | 09:00 | 2026Q1 | Mon 2026-09-28 09:00 | 2026-09-27 20:00 |                       | ends on 31 August; forward Sun 27 September
NZ     | july     | 60 | 09:00 | 2025Q4 | Wed 2026-09-23 09:00 | 2026-09-22 21:00 |                       | Matariki 10 July
NZ     | january  | 60 | 09:00 | 2026Q3 | Thu 2027-01-14 09:00 | 2027-01-13 20:00 | 2026-12-21/2027-01-08 | 26 October; the closure holds Christmas and New Year; the next quarter has ended by then
# Israel: Sunday to Thursday, 1 January is worked, and so are the days between the first and the last day of a feast.
IL     | january  |  1 | 09:00 | 2025Q4 | Thu 2026-01-01 09:00 | 2026-01-01 07:00 |                       |
IL     | january  |  5 | 09:00 | 2025Q3 | Thu 2025-10-09 09:00 | 2025-10-09 06:00 |                       | Yom Kippur 2, Sukkot 7 October
IL     | january  | 10 | 09:00 | 2025Q3 | Sun 2025-10-19 09:00 | 2025-10-19 06:00 |                       | and Simchat Torah 14 October
IL     | january  |  5 | 09:00 | 2026Q1 | Thu 2026-04-09 09:00 | 2026-04-09 06:00 |                       | Pesach 2 and 8 April
IL     | january  | 20 | 09:00 | 2024Q3 | Thu 2024-10-31 09:00 | 2024-10-31 07:00 |                       | 3, 17, 24 October; back Sun 27 October
IL     | october  | 22 | 09:00 | 2024Q2 | Sun 2025-05-04 09:00 | 2025-05-04 06:00 |                       | Sun 13 April; Independence Day moved to Thu 1 May
IL     | january  | 20 | 09:00 | 2022Q3 | Wed 2022-11-02 09:00 | 2022-11-02 07:00 | 2022-11-01/2022-11-01 | 5, 10, 17 October; back 30 October; Tue 1 November, a general election, is free by law and on no list
IL     | january  | 60 | 09:00 | 2025Q4 | Wed 2026-04-01 09:00 | 2026-04-01 06:00 | 2026-01-04/2026-01-08 | forward Fri 27 March; the next quarter has ended by then
"""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in BY_HAND.strip().splitlines() if not line.startswith("#")]


def organisation(where: str | None = "GB-ENG", zone: str = "Europe/London", **parts: Any) -> Programme:
    """Return a programme of an organisation that works from Monday to Friday, or as `days` says."""
    working_time = {"days": parts.pop("days", DAYS[:5]), "holidays": where, "closures": parts.pop("closures", ())}
    schedule = {"working_day": parts.pop("working_day", 5), "at": parts.pop("at", "09:00")}
    return programme(timezone=zone, working_time=working_time, schedule=schedule, **parts)


def closed(first: str, last: str, reason: str = "closed") -> dict[str, str]:
    return {"first": first, "last": last, "reason": reason}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("where", "starts", "number", "at", "quarter", "local", "instant", "closure", "_notes"), ROWS)
def test_a_run_is_due_when_a_person_with_a_calendar_says(
    where: str, starts: str, number: str, at: str, quarter: str, local: str, instant: str, closure: str, _notes: str
) -> None:
    days = SUNDAY_TO_THURSDAY if where == "IL" else DAYS[:5]
    closures = [closed(*closure.split("/"))] if closure else []
    office = organisation(where, ZONES[where], year_starts_in=starts, working_day=int(number), at=at, days=days, closures=closures)
    due = due_run(office, Quarter.parse(quarter))
    assert due.quarter == Quarter.parse(quarter)
    assert f"{due.at:%a %Y-%m-%d %H:%M}" == local
    assert due.at.astimezone(UTC) == utc(instant)
    assert due.at.tzinfo == ZoneInfo(ZONES[where])


def test_the_table_is_what_it_claims_to_be() -> None:
    assert Counter(row[0] for row in ROWS) == dict.fromkeys(ZONES, 8)
    assert len({row[:5] + row[7:8] for row in ROWS}) == 40
    for row in ROWS:
        day = date.fromisoformat(row[5][4:14])
        assert calendar.day_abbr[calendar.weekday(day.year, day.month, day.day)] == row[5][:3]
    assert {row[1] for row in ROWS} > {"january", "april", "july", "october"}
    assert {row[2] for row in ROWS} > {"1", "5", "10", "60"}


def test_days_off_have_the_reason_that_people_would_give() -> None:
    closures = [closed("2026-12-24", "2026-12-29", "Christmas closure"), {"first": "2026-12-31", "reason": "Stocktaking"}]
    england = WorkingTime.model_validate({"holidays": "GB-ENG", "closures": closures})
    assert free_days(england, date(2026, 12, 19), date(2027, 1, 3)) == {
        date(2026, 12, 19): "Saturday",
        date(2026, 12, 20): "Sunday",
        **{date(2026, 12, day): "Christmas closure" for day in range(24, 30)},
        date(2026, 12, 31): "Stocktaking",
        date(2027, 1, 1): "New Year's Day",
        date(2027, 1, 2): "Saturday",
        date(2027, 1, 3): "Sunday",
    }
    assert free_days(WorkingTime(holidays="US-MA"), date(2026, 10, 12), date(2026, 10, 12)) == {date(2026, 10, 12): "Columbus Day"}
    assert free_days(WorkingTime(holidays="DE-BY"), date(2026, 10, 2), date(2026, 10, 3)) == {date(2026, 10, 3): "German Unity Day"}
    assert list(free_days(england, date(2026, 12, 1), date(2027, 1, 31))) == sorted(
        free_days(england, date(2026, 12, 1), date(2027, 1, 31))
    )


def test_a_span_without_a_day_off_and_a_span_without_a_day_have_none() -> None:
    assert free_days(WorkingTime(), date(2026, 10, 5), date(2026, 10, 9)) == {}
    assert free_days(WorkingTime(), date(2026, 10, 5), date(2026, 10, 4)) == {}


def test_names_of_holidays_do_not_depend_on_the_language_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "uk")
    year = 2051  # asked for nowhere else: names once found are kept
    assert holidays.country_holidays("DE", years=year)[date(year, 5, 1)] != "Labor Day"
    assert holidays_of("DE", range(year, year + 1))[date(year, 5, 1)] == "Labor Day"
    assert holidays_of("IL", range(year, year + 1))[date(year, 9, 16)] == "Yom Kippur"
    assert holidays_of("NZ", range(year, year + 1))[date(year, 1, 1)] == "New Year's Day"


@pytest.mark.parametrize(
    ("office", "quarter", "expected"),
    [
        (
            organisation(),
            "2026Q3",
            "5th working day after 2026Q3 ended on 30 September 2026; not worked: Sat 3 October, Sun 4 October",
        ),
        (
            organisation("US-MA", working_day=11),
            "2026Q3",
            "11th working day after 2026Q3 ended on 30 September 2026; not worked: Saturdays, Sundays, Mon 12 October (Columbus Day)",
        ),
        (
            organisation(closures=[closed("2026-12-24", "2027-01-04", "Christmas closure")], working_day=2),
            "2026Q4",
            "2nd working day after 2026Q4 ended on 31 December 2026; not worked: Fri 1 January to Mon 4 January (Christmas closure)",
        ),
        (
            organisation("IL", days=SUNDAY_TO_THURSDAY, working_day=4, closures=[{"first": "2026-04-01", "reason": "Move"}]),
            "2026Q1",
            "4th working day after 2026Q1 ended on 31 March 2026; not worked: Wed 1 April (Move), "
            "Thu 2 April (Pesach), Fri 3 April, Sat 4 April, Wed 8 April (Seventh day of Pesach)",
        ),
        (organisation(working_day=1), "2026Q3", "1st working day after 2026Q3 ended on 30 September 2026"),
        (organisation(None, days=DAYS, working_day=3), "2026Q3", "3rd working day after 2026Q3 ended on 30 September 2026"),
        (organisation(None, days=DAYS, working_day=22), "2026Q3", "22nd working day after 2026Q3 ended on 30 September 2026"),
    ],
)
def test_a_run_says_why_it_is_due_then(office: Programme, quarter: str, expected: str) -> None:
    assert due_run(office, Quarter.parse(quarter)).reason == expected


@pytest.mark.parametrize(
    ("zone", "at", "working_day", "quarter", "starts", "local", "instant"),
    [
        # 28 February and 29 days: the clock skips from 01:00 to 02:00
        ("Europe/London", "01:30", 29, "2025Q4", "march", "Sun 2026-03-29 02:00", "2026-03-29 01:00"),
        ("Europe/London", "00:59", 29, "2025Q4", "march", "Sun 2026-03-29 00:59", "2026-03-29 00:59"),
        ("America/New_York", "02:30", 8, "2025Q4", "march", "Sun 2026-03-08 03:00", "2026-03-08 07:00"),
        # half an hour is skipped, from 02:00 to 02:30
        ("Australia/Lord_Howe", "02:15", 4, "2026Q3", "january", "Sun 2026-10-04 02:30", "2026-10-03 15:30"),
        # the day begins at 01:00
        ("Africa/Cairo", "00:00", 24, "2026Q1", "january", "Fri 2026-04-24 01:00", "2026-04-23 22:00"),
        # 01:30 comes twice, in summer time first
        ("Europe/London", "01:30", 25, "2026Q3", "january", "Sun 2026-10-25 01:30", "2026-10-25 00:30"),
        ("America/New_York", "01:30", 32, "2026Q3", "january", "Sun 2026-11-01 01:30", "2026-11-01 05:30"),
    ],
)
def test_a_time_that_the_clock_skips_moves_to_the_next_one_and_of_a_time_shown_twice_the_first_counts(
    zone: str, at: str, working_day: int, quarter: str, starts: str, local: str, instant: str
) -> None:
    office = organisation(None, zone, days=DAYS, working_day=working_day, at=at, year_starts_in=starts)
    due = due_run(office, Quarter.parse(quarter))
    assert f"{due.at:%a %Y-%m-%d %H:%M}" == local
    assert due.at.astimezone(UTC) == utc(instant)


def test_in_an_hour_that_comes_twice_a_run_is_over_after_its_first_time() -> None:
    office = organisation(None, days=DAYS, working_day=25, at="01:30")
    before, after = (datetime(2026, 10, 25, 1, 15, fold=fold, tzinfo=office.zone) for fold in (0, 1))
    assert latest_due(office, before) == Quarter(2026, 2)
    assert latest_due(office, after) == Quarter(2026, 3)
    assert due_runs(office, before, 1)[0].quarter == Quarter(2026, 3)
    assert due_runs(office, after, 1)[0].quarter == Quarter(2026, 4)


def test_a_run_is_due_from_its_instant_on() -> None:
    office = organisation()
    due = due_run(office, Quarter(2026, 3)).at
    assert latest_due(office, due) == Quarter(2026, 3)
    assert due_runs(office, due, 1)[0].quarter == Quarter(2026, 4)
    assert latest_due(office, due - timedelta(microseconds=1)) == Quarter(2026, 2)
    assert due_runs(office, due - timedelta(microseconds=1), 1)[0].quarter == Quarter(2026, 3)


def test_a_run_that_falls_after_the_end_of_the_next_quarter_is_not_lost() -> None:
    late = organisation("NZ", ZONES["NZ"], working_day=60, closures=[closed("2026-12-21", "2027-01-08")])
    runs = due_runs(late, utc("2027-01-10 00:00"), 3)
    assert [str(due.quarter) for due in runs] == ["2026Q3", "2026Q4", "2027Q1"]
    assert runs[0].at.date() == date(2027, 1, 14)
    assert latest_due(late, utc("2027-01-10 00:00")) == Quarter(2026, 2)


def test_where_only_mondays_are_worked_a_run_may_be_five_quarters_late() -> None:
    slow = organisation(None, days=("mon",), working_day=60)
    assert due_run(slow, Quarter(2026, 3)).at.date() == date(2027, 11, 22)  # 5 October 2026 is the first Monday
    assert latest_due(slow, utc("2027-11-22 09:00")) == Quarter(2026, 3)
    assert latest_due(slow, utc("2027-11-22 08:59")) == Quarter(2026, 2)


def test_quarters_that_end_in_one_closure_are_all_due_on_the_day_it_is_over() -> None:
    closed_for_works = organisation(closures=[closed("2026-03-01", "2026-07-31")], working_day=1)
    runs = due_runs(closed_for_works, utc("2026-05-01 00:00"), 3)
    assert [(str(due.quarter), f"{due.at:%Y-%m-%d}") for due in runs] == [
        ("2026Q1", "2026-08-03"),
        ("2026Q2", "2026-08-03"),
        ("2026Q3", "2026-10-01"),
    ]
    assert latest_due(closed_for_works, utc("2026-08-03 12:00")) == Quarter(2026, 2)


def test_a_programme_that_is_closed_for_more_than_a_year_is_refused_in_one_sentence() -> None:
    for_good = organisation(closures=[closed("2026-09-01", "9999-12-31")])
    sentence = r"^working_time.closures: the year after 30 September 2026 has no working day; shorten the closures\.$"
    with pytest.raises(InputError, match=sentence):
        due_run(for_good, Quarter(2026, 3))
    with pytest.raises(InputError, match=sentence):
        due_runs(for_good, utc("2026-08-01 00:00"), 2)
    with pytest.raises(InputError, match="no working day"):
        latest_due(for_good, utc("2026-12-01 00:00"))
    with pytest.raises(InputError, match="the year after 28 August 2026 has no working day"):  # 31 August is a bank holiday
        add_working_days(date(2026, 8, 27), 2, for_good.working_time)
    assert add_working_days(date(2026, 8, 27), 1, for_good.working_time) == date(2026, 8, 28)


def test_a_closure_of_nearly_a_year_delays_the_run_to_the_day_it_is_over() -> None:
    rebuilding = organisation(None, working_day=2, closures=[closed("2026-10-02", "2027-09-30")])
    assert due_run(rebuilding, Quarter(2026, 3)).at.date() == date(2027, 10, 1)


def test_quarters_between_two_are_given_in_order() -> None:
    assert [str(quarter) for quarter in quarters_between(Quarter(2025, 3), Quarter(2026, 2))] == ["2025Q3", "2025Q4", "2026Q1", "2026Q2"]
    assert quarters_between(Quarter(2026, 1), Quarter(2026, 1)) == (Quarter(2026, 1),)
    assert quarters_between(Quarter(2026, 2), Quarter(2026, 1)) == ()
    assert quarters_between(Quarter(2027, 1), Quarter(2026, 1)) == ()


CLOSURES = st.lists(st.tuples(st.dates(date(2024, 12, 1), date(2027, 6, 30)), st.integers(0, 20)), max_size=2).map(
    lambda spans: [closed(str(first), str(first + timedelta(days=days))) for first, days in spans]
)
QUARTERS = st.builds(Quarter, st.integers(2025, 2026), st.integers(1, 4))
OFFICES = st.builds(
    organisation,
    st.sampled_from([None, *ZONES]),
    st.sampled_from([*ZONES.values(), "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    days=st.sets(st.sampled_from(DAYS), min_size=1).map(tuple),
    working_day=st.integers(1, 60),
    at=st.times().map("{:%H:%M}".format),
    year_starts_in=st.sampled_from(MONTHS),
    closures=CLOSURES,
)
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


def is_worked(day: date, office: WorkingTime) -> bool:
    country, _, region = (office.holidays or "").partition("-")
    is_public = bool(country) and day in holidays.country_holidays(country, subdiv=region or None, years=day.year)
    is_closed = any(closure.first <= day and (closure.last is None or day <= closure.last) for closure in office.closures)
    return DAYS[calendar.weekday(day.year, day.month, day.day)] in office.days and not is_public and not is_closed


@settings(max_examples=40, deadline=None)
@given(OFFICES, QUARTERS)
def test_the_nth_working_day_has_exactly_n_working_days_up_to_it(office: Programme, quarter: Quarter) -> None:
    run, end = due_run(office, quarter).at.date(), office.span(quarter)[1].date()
    days = [end + timedelta(days=number) for number in range((run - end).days + 1)]
    free = free_days(office.working_time, end, run)
    assert run not in free
    assert len(days) - len(free) == office.schedule.working_day


@settings(max_examples=15, deadline=None)
@given(OFFICES, st.dates(date(2025, 1, 1), date(2026, 12, 31)), st.integers(0, 40))
def test_a_day_is_free_where_the_office_does_not_work(office: Programme, first: date, length: int) -> None:
    days = [first + timedelta(days=number) for number in range(length + 1)]
    free = free_days(office.working_time, first, days[-1])
    assert list(free) == [day for day in days if not is_worked(day, office.working_time)]
    assert all(free.values())


@settings(max_examples=40, deadline=None)
@given(OFFICES, INSTANTS, st.integers(0, 9))
def test_runs_ahead_are_strictly_in_order_and_one_for_each_quarter(office: Programme, after: datetime, count: int) -> None:
    runs = due_runs(office, after, count)
    instants = [due.at.astimezone(UTC) for due in runs]
    assert all(earlier < later for earlier, later in zip([after, *instants], instants, strict=False))
    first = latest_due(office, after).back(-1)
    assert tuple(due.quarter for due in runs) == quarters_between(first, first.back(1 - count))
    assert all(due == due_run(office, due.quarter) for due in runs)


@settings(max_examples=40, deadline=None)
@given(OFFICES, INSTANTS)
def test_the_latest_run_due_is_the_last_of_all_that_are(office: Programme, at: datetime) -> None:
    candidates = quarters_between(Quarter(2022, 1), Quarter(2027, 4))
    assert latest_due(office, at) == max(quarter for quarter in candidates if due_run(office, quarter).at.astimezone(UTC) <= at)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(ZONES)), QUARTERS, st.integers(1, 60))
def test_nine_in_the_morning_is_nine_in_the_morning_in_summer_and_in_winter(where: str, quarter: Quarter, working_day: int) -> None:
    at = due_run(organisation(where, ZONES[where], working_day=working_day), quarter).at
    assert at.astimezone(UTC).astimezone(ZoneInfo(ZONES[where])).time() == time(9)
    assert at.utcoffset() == datetime(at.year, at.month, at.day, 12, tzinfo=ZoneInfo(ZONES[where])).utcoffset()
