"""The calendar: which days an organisation works, and when each quarter's cycle is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import groupby, islice

from config.errors import InputError
from config.periods import MONTHS, QUARTERS_A_YEAR, Quarter
from config.programme import Programme
from config.working_time import WorkingTime

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_A_DAY = timedelta(days=1)
_A_MINUTE = timedelta(minutes=1)
_DAYS_A_YEAR = 366
_DAYS_A_WEEKEND = 2


@dataclass(frozen=True)
class Due:
    """When a quarter's cycle runs: an instant in the programme's zone, and why then, in one sentence."""

    quarter: Quarter
    at: datetime
    reason: str


def holidays_of(code: str | None, years: range) -> dict[date, str]:
    """Return the public holidays of a country or region (US, US-MA) in these years, in order, each with its name.

    Names are in English where they are known in English, whatever language this machine is set to.
    """
    return {} if code is None else {day: name for year in years for day, name in _holidays_in(code, year)}


def free_days(working_time: WorkingTime, first: date, last: date) -> dict[date, str]:
    """Return each day from `first` to `last` on which the organisation does not work, in order, with the reason.

    A closure's reason goes before a public holiday's name, and that before the name of a weekday.
    """
    public = holidays_of(working_time.holidays, range(first.year, last.year + 1))
    reasons = ((day, _why_free(day, working_time, public)) for day in _days(first, last))
    return {day: reason for day, reason in reasons if reason}


def add_working_days(day: date, days: int, working_time: WorkingTime) -> date:
    """Return the date that lies so many working days (1 or more) after `day`, which need not be one itself.

    Raises:
        InputError: There is no working day for more than a year.
    """
    return next(islice(_working_days_after(day, working_time), days - 1, None))


def due_run(programme: Programme, quarter: Quarter) -> Due:
    """Return when the quarter's cycle runs, and why then.

    A local time that the clocks skip moves to the next one there is; of one that they repeat, the first counts.

    Raises:
        InputError: There is no working day for more than a year.
    """
    schedule, working_time = programme.schedule, programme.working_time
    last_day = quarter.back(-1).first_day(programme.year_starts_in) - _A_DAY
    day = add_working_days(last_day, schedule.working_day, working_time)
    at = datetime.combine(day, time.fromisoformat(schedule.at), tzinfo=programme.zone)
    while not _exists(at):
        at += _A_MINUTE
    reason = f"{_ordinal(schedule.working_day)} working day after {quarter} ended on {_with_year(last_day)}"
    skipped = _in_words(free_days(working_time, last_day + _A_DAY, day))
    return Due(quarter, at, f"{reason}; not worked: {skipped}" if skipped else reason)


def due_runs(programme: Programme, after: datetime, count: int) -> tuple[Due, ...]:
    """Return the next `count` runs that are due later than `after`, in order.

    Raises:
        InputError: There is no working day for more than a year.
    """
    latest = latest_due(programme, after)
    return tuple(due_run(programme, latest.back(-number)) for number in range(1, count + 1))


def latest_due(programme: Programme, at: datetime) -> Quarter:
    """Return the latest quarter whose run is due at or before `at`.

    Raises:
        InputError: There is no working day for more than a year.
    """
    quarter = Quarter.of(at.astimezone(programme.zone).date(), programme.year_starts_in).back(1)
    # In UTC: two times of one zone are compared by the clock on the wall, which shows some hours twice.
    while due_run(programme, quarter).at.astimezone(UTC) > at.astimezone(UTC):
        quarter = quarter.back(1)
    return quarter


def quarters_between(first: Quarter, last: Quarter) -> tuple[Quarter, ...]:
    """Return the quarters from `first` to `last`, both included; none where `first` is the later one."""
    count = (last.year - first.year) * QUARTERS_A_YEAR + last.number - first.number + 1
    return tuple(first.back(-number) for number in range(count))


@cache
def _holidays_in(code: str, year: int) -> tuple[tuple[date, str], ...]:
    import holidays  # a large package, and few programmes need it

    country, _, region = code.partition("-")
    known = holidays.country_holidays(country, subdiv=region or None)
    languages = (known.default_language or "", *known.supported_languages)
    language = next((name for name in languages if name.startswith("en")), known.default_language)
    return tuple(sorted(holidays.country_holidays(country, subdiv=region or None, years=year, language=language).items()))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _why_free(day: date, working_time: WorkingTime, public: Mapping[date, str]) -> str | None:
    closure = next((closure.reason for closure in working_time.closures if closure.covers(day)), None)
    weekday = WEEKDAYS[day.weekday()]
    return closure or public.get(day) or (None if weekday[:3].lower() in working_time.days else weekday)


def _working_days_after(day: date, working_time: WorkingTime) -> Iterator[date]:
    while True:
        ahead = (day + _A_DAY, day + timedelta(days=_DAYS_A_YEAR))
        free = free_days(working_time, *ahead)
        working = [candidate for candidate in _days(*ahead) if candidate not in free]
        if not working:
            raise InputError(f"working_time.closures: the year after {_with_year(day)} has no working day; shorten the closures.")
        yield from working
        day = working[-1]


def _exists(local: datetime) -> bool:
    back = local.astimezone(UTC).astimezone(local.tzinfo)
    return back.replace(tzinfo=None) == local.replace(tzinfo=None)


def _in_words(free: Mapping[date, str]) -> str:
    """Return days off in words: a single weekend by its dates, more of them by weekday, all others by date and reason."""
    weekly = [day for day, reason in free.items() if reason == WEEKDAYS[day.weekday()]]
    others = [(day, reason) for day, reason in free.items() if day not in weekly]
    is_one_weekend = len(weekly) <= _DAYS_A_WEEKEND
    dated = [(day, _short(day)) for day in weekly] if is_one_weekend else []
    for (reason, _), run in groupby(enumerate(others), key=lambda item: (item[1][1], item[1][0].toordinal() - item[0])):
        days = [day for _, (day, _) in run]
        dated.append((days[0], " to ".join(_short(day) for day in dict.fromkeys((days[0], days[-1]))) + f" ({reason})"))
    weekdays = [] if is_one_weekend else [f"{name}s" for name in WEEKDAYS if name in free.values()]
    return ", ".join([*weekdays, *(words for _, words in sorted(dated))])


def _short(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1].capitalize()}"


def _with_year(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1].capitalize()} {day.year}"


def _ordinal(number: int) -> str:
    last_digit = 0 if number % 100 in (11, 12, 13) else number % 10
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(last_digit, "th")
    return f"{number}{suffix}"
