"""Lengths of time as people write them: "2 days", "4 working hours"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_DURATION = re.compile(r"(\d+(?:\.\d+)?) +(working )?(minute|hour|day|week)s?")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440, "week": 10080}


@dataclass(frozen=True)
class Duration:
    """A length of time, counted on the calendar or in the programme's working hours.

    A working day is one full day of opening hours; a working week is not a length of time.
    """

    amount: float
    unit: str
    is_working: bool

    @property
    def calendar_minutes(self) -> float:
        """Length on the calendar, in minutes."""
        return self.amount * _MINUTES[self.unit]

    def minutes(self, minutes_a_day: int) -> float:
        """Return the length in minutes of its own clock; `minutes_a_day` is the length of a working day."""
        return self.amount * minutes_a_day if self.is_working and self.unit == "day" else self.calendar_minutes


def parse_duration(text: str) -> Duration:
    """Return the duration that a text such as "2 days" or "4 working hours" names; ValueError where it names none."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or (match[2] and match[3] == "week"):
        raise ValueError(text)
    return Duration(float(match[1]), match[3], bool(match[2]))


def _check_duration(text: str) -> str:
    try:
        parse_duration(text)
    except ValueError:
        raise PydanticCustomError(
            "duration",
            "'{given}' is not a duration; write a number and minutes, hours, days or weeks, such as '2 days' or '2 working days'",
            {"given": text},
        ) from None
    return text


DurationText = Annotated[str, AfterValidator(_check_duration)]
