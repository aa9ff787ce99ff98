"""Quarters of a fiscal year as half-open spans of time in a programme's zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from config.errors import InputError

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
QUARTERS_A_YEAR = 4
MONTHS_A_QUARTER = 3
_NAME = re.compile(r"([12]\d{3})Q([1-4])")


@dataclass(frozen=True, order=True)
class Quarter:
    """One quarter, such as 2026Q3; a fiscal year bears the calendar year in which it starts."""

    year: int
    number: int

    @classmethod
    def parse(cls, name: str) -> Self:
        """Return the quarter called `name`; raise InputError where it is not of the form 2026Q3."""
        match = _NAME.fullmatch(name.strip().upper())
        if match is None:
            raise InputError(f"{name!r} is not a cycle: write the year and the quarter, such as 2026Q3.")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date, year_starts_in: str) -> Self:
        """Return the quarter that holds `day` in a year that starts in the named month."""
        months = day.year * 12 + day.month - 1 - MONTHS.index(year_starts_in)
        year, month = divmod(months, 12)
        return cls(year, month // MONTHS_A_QUARTER + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}Q{self.number}"

    def back(self, quarters: int) -> Quarter:
        """Return the quarter that lies `quarters` before this one."""
        year, index = divmod(self.year * QUARTERS_A_YEAR + self.number - 1 - quarters, QUARTERS_A_YEAR)
        return Quarter(year, index + 1)

    def first_day(self, year_starts_in: str) -> date:
        """Return the first day of the quarter."""
        months = MONTHS.index(year_starts_in) + (self.number - 1) * MONTHS_A_QUARTER
        return date(self.year + months // 12, months % 12 + 1, 1)

    def span(self, zone: ZoneInfo, year_starts_in: str) -> tuple[datetime, datetime]:
        """Return start and end (exclusive), both at local midnight in `zone`."""
        days = (self.first_day(year_starts_in), self.back(-1).first_day(year_starts_in))
        start, end = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in days)
        return start, end


def same_age(as_of: datetime, quarter: Quarter, earlier: Quarter, zone: ZoneInfo, year_starts_in: str) -> datetime:
    """Return the UTC instant at which `earlier` was as old as `quarter` is at `as_of`.

    Age is counted from the quarter's end on the local clock, so that a change to or from summer
    time between the two does not move the comparison by an hour.
    """
    end = quarter.span(zone, year_starts_in)[1].replace(tzinfo=None)
    earlier_end = earlier.span(zone, year_starts_in)[1].replace(tzinfo=None)
    age = as_of.astimezone(zone).replace(tzinfo=None) - end
    return (earlier_end + age).replace(tzinfo=zone).astimezone(UTC)
