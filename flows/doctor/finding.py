"""What one check of the doctor says, and how an error becomes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from config.errors import TouchstoneError

State = Literal["ok", "attention", "broken"]
TRY_AGAIN = "put this right, then try again: touchstone doctor"


@dataclass(frozen=True)
class Finding:
    """What one check found: `broken` stops a cycle, `attention` wants a person, `ok` wants nothing.

    `programme` is empty where the finding is about the installation, `what_to_do` where all is well.
    """

    programme: str
    name: str
    state: State
    words: str
    what_to_do: str = ""


def broken(programme: str, name: str, error: TouchstoneError) -> Finding:
    """Return an error as a finding; its own sentence holds the remedy."""
    return Finding(programme, name, "broken", str(error), TRY_AGAIN)


def tried(name: str, check: Callable[[], str]) -> Finding:
    """Return what a check of the installation says, or the error that it raised."""
    try:
        return Finding("", name, "ok", check())
    except TouchstoneError as error:
        return broken("", name, error)


def listed(programme: str, name: str, check: Callable[[], Iterable[Finding]], when_empty: str) -> tuple[Finding, ...]:
    """Return what a list of a programme holds, one line where it holds nothing, or the error that it raised."""
    try:
        found = tuple(check())
    except TouchstoneError as error:
        return (broken(programme, name, error),)
    return found or (Finding(programme, name, "ok", when_empty),)
