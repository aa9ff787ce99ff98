"""The suite of the feedback table."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING

from config.tables import CHANNELS, FEEDBACK, KINDS, PIPES, UNREADABLE
from expectations.common import are_there, can_be_read, days_to, is_plausible, is_unique, not_before, not_negative
from expectations.facts import day, is_rounded, length
from expectations.rules import Severity, meaning

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

STEPS = ("acknowledged_at", "assessed_at", "resolved_at", "closed_at")  # in the order in which a case takes them
TEXT_LENGTH = "text_length"
_CLOSED_SETS = ("pipe", "kind", "channel", "touchpoint")
_CHECKED = (*FEEDBACK.required, *_CLOSED_SETS, *FEEDBACK.numbers, *FEEDBACK.times, TEXT_LENGTH)
_ID_LENGTH = 200
_TEXT_LENGTHS: tuple[tuple[int, Severity], ...] = ((20_000, "warning"), (1_000_000, "error"))
_YEARS_TO_DUE = 10
_DAYS_A_YEAR = 365.25


def columns_checked(columns: Collection[str]) -> tuple[str, ...]:
    """Return those of the columns that rules look at, in their order."""
    return tuple(column for column in columns if column in _CHECKED or column.endswith(UNREADABLE))


def feedback_suite(columns: Collection[str], touchpoints: Collection[str], as_of: datetime) -> tuple[Expectation, ...]:
    """Return what must hold of a feedback table that has these columns.

    A column `x_unreadable` is true where the source held something that could not be read as `x`; `text_length`
    is the number of characters of the text, 0 without one.
    """
    return (*_of_keys(columns), *_of_values(columns, touchpoints), *_of_times(columns, as_of))


def _of_keys(columns: Collection[str]) -> Iterator[Expectation]:
    from great_expectations import expectations as gxe

    yield from are_there(FEEDBACK.required)
    yield is_unique("record_id")
    words = "record_id is written in full: was this file saved by a spreadsheet?"
    yield gxe.ExpectColumnValuesToBeInSet(column=is_rounded("record_id"), value_set=[False], **meaning(words))
    words = f"record_id is at most {_ID_LENGTH} characters long"
    yield gxe.ExpectColumnValuesToBeBetween(column=length("record_id"), max_value=_ID_LENGTH, **meaning(words))
    yield from can_be_read(columns)


def _of_values(columns: Collection[str], touchpoints: Collection[str]) -> Iterator[Expectation]:
    for column, values in zip(_CLOSED_SETS, (PIPES, KINDS, CHANNELS, tuple(sorted(touchpoints))), strict=True):
        if column in columns:
            yield _is_known(column, values)
    for column in FEEDBACK.numbers:
        if column in columns:
            yield not_negative(column)
    if TEXT_LENGTH in columns:
        yield from _of_length()


def _is_known(column: str, values: Collection[str]) -> Expectation:
    from great_expectations import expectations as gxe

    known = "one of the programme's" if column == "touchpoint" else f"one of {', '.join(values)}"
    said = meaning(f"{column} is {known}", "warning" if column == "channel" else "error")
    return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(values), **said)


def _of_length() -> Iterator[Expectation]:
    from great_expectations import expectations as gxe

    for characters, severity in _TEXT_LENGTHS:
        said = meaning(f"text is at most {characters:,} characters long", severity)
        yield gxe.ExpectColumnValuesToBeBetween(column=TEXT_LENGTH, max_value=characters, **said)


def _of_times(columns: Collection[str], as_of: datetime) -> Iterator[Expectation]:
    from great_expectations import expectations as gxe

    yield is_plausible("occurred_at", as_of)
    steps = [step for step in STEPS if step in columns]
    for step in steps:
        yield not_before(step, "occurred_at")
    for earlier, later in combinations(steps, 2):
        yield not_before(later, earlier, "warning")
    if "due_at" in columns:
        yield not_before("due_at", "occurred_at", "warning")
        latest = days_to(as_of.astimezone(UTC).date()) + round(_YEARS_TO_DUE * _DAYS_A_YEAR)
        said = meaning(f"due_at is at most {_YEARS_TO_DUE} years after the as-of", "warning")
        yield gxe.ExpectColumnValuesToBeBetween(column=day("due_at"), max_value=latest, **said)
