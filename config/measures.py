"""What a standard can measure. A new measure is a class here and a function in tasks/standards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from config.model import Identifier, Model

CaseTime = Literal["occurred_at", "due_at", "acknowledged_at", "assessed_at", "resolved_at", "closed_at"]
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


class ByDueDate(Model):
    """Done by the time that was promised to the customer (`due_at`)."""

    by_due_date: CaseTime = Field(description="The time that must not be later than due_at, such as resolved_at.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The feedback columns that make a record a case of this measure."""
        return ("due_at", self.by_due_date)


class Elapsed(Model):
    """Done within a stated time after something else."""

    elapsed: tuple[CaseTime, CaseTime] = Field(description="The two times: from the first to the second.")
    within: Annotated[str, AfterValidator(_check_duration)] = Field(
        description="The longest time allowed, such as '2 days' or '2 working days'."
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """The feedback columns that make a record a case of this measure."""
        return self.elapsed


class Rating(Model):
    """A survey question answered with at least the stated score."""

    rating: Identifier = Field(description="The question, as the ratings table names it.")
    at_least: float = Field(description="The lowest score that keeps the standard.")


class Flag(Model):
    """A yes/no column of the feedback table that is yes."""

    flag: str = Field(description="The column; yes/true/1 keeps the standard, no/false/0 misses it.", min_length=1)

    @property
    def columns(self) -> tuple[str, ...]:
        """The feedback columns that make a record a case of this measure."""
        return (self.flag,)


MEASURES: dict[str, type[Model]] = {"by_due_date": ByDueDate, "elapsed": Elapsed, "rating": Rating, "flag": Flag}


def measure_key(value: Any) -> str | None:
    """Return the tag that tells which measure a mapping (or a measure) is."""
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    return next((f"measure:{key}" for key in keys if key in MEASURES), None)


Measure = Annotated[
    Annotated[ByDueDate, Tag("measure:by_due_date")]
    | Annotated[Elapsed, Tag("measure:elapsed")]
    | Annotated[Rating, Tag("measure:rating")]
    | Annotated[Flag, Tag("measure:flag")],
    Discriminator(
        measure_key,
        custom_error_type="measure",
        custom_error_message=f"a measure is one of {', '.join(MEASURES)}",
    ),
]
