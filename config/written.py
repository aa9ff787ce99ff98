"""How numbers and days are written for people: in the way that the programme chose, wherever a sentence is composed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from config.look import Dates, Look, Numbers

MINUS = "\u2212"
NO_BREAK_SPACE = "\u00a0"
# Month names of our own: strftime's depend on the machine's locale.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SIGNS: Mapping[Numbers, dict[int, str]] = {
    "1,234.5": {},
    "1.234,5": str.maketrans({",": ".", ".": ","}),
    "1 234,5": str.maketrans({",": NO_BREAK_SPACE, ".": ","}),
    "1'234.5": str.maketrans({",": "\u2019"}),
}
_DAYS: Mapping[Dates, str] = {
    "5 March 2026": "{day} {name} {year:04}",
    "5 Mar 2026": "{day} {short} {year:04}",
    "2026-03-05": "{year:04}-{month:02}-{day:02}",
    "March 5, 2026": "{name} {day}, {year:04}",
    "05.03.2026": "{day:02}.{month:02}.{year:04}",
    "03/05/2026": "{month:02}/{day:02}/{year:04}",
}
_MONTHS_OF: Mapping[Dates, str] = {
    "2026-03-05": "{year:04}-{month:02}",
    "05.03.2026": "{month:02}.{year:04}",
    "03/05/2026": "{month:02}/{year:04}",
}
_look: ContextVar[Look] = ContextVar("look", default=Look())  # noqa: B039 - a Look is frozen


class HasLook(Protocol):
    """What says how it is written: a programme, a cycle's summary, a history."""

    @property
    def look(self) -> Look:
        """Its logo, and how its numbers and dates are written."""


H = TypeVar("H", bound=HasLook)
P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def written_as(look: Look) -> Iterator[None]:
    """Write every number and day inside the block as a programme's look says; outside of any block the default is used."""
    token = _look.set(look)
    try:
        yield
    finally:
        _look.reset(token)


def in_its_look(compose: Callable[Concatenate[H, P], R]) -> Callable[Concatenate[H, P], R]:
    """Return the function, inside of which everything is written as the look of its first argument says."""

    @wraps(compose)
    def written(of: H, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with written_as(of.look):
            return compose(of, *args, **kwargs)

    return written


def look_now() -> Look:
    """Return the look of the innermost `written_as` block, the default outside of any."""
    return _look.get()


def number(text: str) -> str:
    """Return a number that Python wrote (1,234.5, -3 or +0.4) with the signs of the look and a true minus.

    Thousands are set off by a space that breaks no line where the look has one.
    """
    return text.replace("-", MINUS).translate(_SIGNS[_look.get().numbers])


def percent(share: float | None, decimals: int = 1) -> str:
    """Return a share of 0 to 1 as it stands in a sentence: 51.3%, or a dash where there is none."""
    return "\u2013" if share is None else number(f"{share:,.{decimals}%}")


def day(value: date) -> str:
    """Return a day as 12 January 2026, or as the look says."""
    return _filled(_DAYS[_look.get().dates], value)


def month(value: date) -> str:
    """Return a day's month as Jan 2026, in figures where the look writes days in figures."""
    return _filled(_MONTHS_OF.get(_look.get().dates, "{short} {year:04}"), value)


def _filled(form: str, value: date) -> str:
    name = _MONTHS[value.month - 1]
    return form.format(day=value.day, month=value.month, year=value.year, name=name, short=name[:3])
