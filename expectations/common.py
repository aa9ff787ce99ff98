"""Rules that the suites of several tables share."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from config.tables import UNREADABLE
from expectations.facts import day
from expectations.rules import Severity, meaning

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

EARLIEST = date(1990, 1, 1)
_EPOCH = date(1970, 1, 1)


def are_there(columns: Collection[str]) -> Iterator[Expectation]:
    """Yield for each column: it has a value."""
    from great_expectations import expectations as gxe

    for column in columns:
        yield gxe.ExpectColumnValuesToNotBeNull(column=column, **meaning(f"{column} is there"))


def can_be_read(columns: Collection[str]) -> Iterator[Expectation]:
    """Yield for each column `x_unreadable`: the source held nothing that could not be read as `x`."""
    from great_expectations import expectations as gxe

    for column in sorted(column for column in columns if column.endswith(UNREADABLE)):
        words = f"{column.removesuffix(UNREADABLE)} can be read"
        yield gxe.ExpectColumnValuesToBeInSet(column=column, value_set=[False], **meaning(words))


def is_unique(column: str) -> Expectation:
    """Return: no two rows have the same value; neither of them is believed."""
    from great_expectations import expectations as gxe

    return gxe.ExpectColumnValuesToBeUnique(column=column, **meaning(f"{column} is unique"))


def not_below(column: str, bound: str, words: str, severity: Severity = "error") -> Expectation:
    """Return: the column's value is not below another column's, where both are there."""
    from great_expectations import expectations as gxe

    return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=column, column_B=bound, or_equal=True, ignore_row_if="either_value_is_missing", **meaning(words, severity)
    )


def not_before(column: str, other: str, severity: Severity = "error") -> Expectation:
    """Return: the column's time is not before another column's, where both are there."""
    return not_below(column, other, f"{column} is not before {other}", severity)


def not_negative(column: str, severity: Severity = "error") -> Expectation:
    """Return: the column's number is 0 or more."""
    from great_expectations import expectations as gxe

    return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=0, **meaning(f"{column} is not negative", severity))


def is_plausible(column: str, as_of: datetime) -> Expectation:
    """Return: the column's time is not before 1990, nor on a later day than the as-of."""
    from great_expectations import expectations as gxe

    words = f"{column} is plausible: from {EARLIEST} to the as-of"
    return gxe.ExpectColumnValuesToBeBetween(
        column=day(column), min_value=days_to(EARLIEST), max_value=days_to(as_of.astimezone(UTC).date()), **meaning(words)
    )


def days_to(end: date) -> int:
    """Return the days from 1970-01-01."""
    return (end - _EPOCH).days
