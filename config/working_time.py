"""When an organisation works, when it is closed, and when its cycles run: parts of the programme file."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from config.model import Model

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _check_hours(text: str) -> str:
    opens, closes = text.split("-")
    if not (opens < closes <= "24:00" and all(part[3:] < "60" for part in (opens, closes))):
        raise PydanticCustomError(
            "hours", "'{given}' are no opening hours; write opening and closing time, such as 09:00-17:00 or 00:00-24:00", {"given": text}
        )
    return text


def _check_holidays(code: str) -> str:
    import holidays

    country, _, region = code.partition("-")
    try:
        holidays.country_holidays(country, subdiv=region or None)
    except NotImplementedError:
        raise PydanticCustomError(
            "holidays", "'{given}' is no country or region whose public holidays are known; write one such as US or US-MA", {"given": code}
        ) from None
    return code


class Closure(Model):
    """Days on which the organisation is closed, besides public holidays."""

    first: date = Field(description="First day, such as 2026-12-24.")
    last: date | None = Field(default=None, description="Last day; the first without it.")
    reason: str = Field(min_length=1, description="What people read: Christmas closure.")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.last is not None and self.last < self.first:
            raise PydanticCustomError("closure", "a closure ends on its first day or later")
        return self

    def covers(self, day: date) -> bool:
        """Return whether the organisation is closed on that day."""
        return self.first <= day <= (self.last or self.first)


class WorkingTime(Model):
    """When the organisation works."""

    days: tuple[Weekday, ...] = Field(default=("mon", "tue", "wed", "thu", "fri"), min_length=1, description="Working days of the week.")
    hours: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$"), AfterValidator(_check_hours)] = Field(
        default="09:00-17:00", description="Opening hours, local time."
    )
    holidays: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]+)?$"), AfterValidator(_check_holidays)] | None = Field(
        default=None, description="Country, and region where there is one, whose public holidays are free: US-MA."
    )
    closures: tuple[Closure, ...] = Field(default=(), description="The organisation's own closed days.")


class Schedule(Model):
    """When a quarter's cycle runs: on the n-th working day after the quarter has ended."""

    working_day: int = Field(default=5, ge=1, le=60, description="Which working day after the quarter's last day.")
    at: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = Field(
        default="09:00", description="Local time of day; a time that the clocks skip moves to the next one there is."
    )
