"""The suite of the feedback table."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from config.tables import FEEDBACK_NUMBERS, FEEDBACK_REQUIRED, KINDS, PIPES, UNREADABLE
from expectations.rules import meaning

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

LATER_TIMES = ("acknowledged_at", "assessed_at", "resolved_at", "closed_at")


def feedback_suite(columns: Collection[str], touchpoints: Collection[str]) -> tuple[Expectation, ...]:
    """Return what must hold of a feedback table that has these columns.

    A column `x_unreadable` is true where the source held something that could not be read as `x`.
    """
    return tuple(_of_keys(columns)) + tuple(_of_values(columns, touchpoints)) + tuple(_of_times(columns))


def _of_keys(columns: Collection[str]) -> Iterator[Expectation]:
    from great_expectations import expectations as gxe

    for column in FEEDBACK_REQUIRED:
        yield gxe.ExpectColumnValuesToNotBeNull(column=column, meta=meaning(f"{column} is there"))
    yield gxe.ExpectColumnValuesToBeUnique(column="record_id", meta=meaning("record_id is unique"))
    for column in sorted(column for column in columns if column.endswith(UNREADABLE)):
        words = f"{column.removesuffix(UNREADABLE)} can be read"
        yield gxe.ExpectColumnValuesToBeInSet(column=column, value_set=[False], meta=meaning(words))


def _of_values(columns: Collection[str], touchpoints: Collection[str]) -> Iterator[Expectation]:
    from great_expectations import expectations as gxe

    for column, values in {"pipe": PIPES, "kind": KINDS, "touchpoint": sorted(touchpoints)}.items():
        if column in columns:
            known = "one of the programme's" if column == "touchpoint" else f"one of {', '.join(values)}"
            yield gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(values), meta=meaning(f"{column} is {known}"))
    for column in FEEDBACK_NUMBERS:
        if column in columns:
            yield gxe.ExpectColumnValuesToBeBetween(column=column, min_value=0, meta=meaning(f"{column} is not negative"))


def _of_times(columns: Collection[str]) -> Iterator[Expectation]:
    from great_expectations import expectations as gxe

    for column in LATER_TIMES:
        if column in columns:
            yield gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=column,
                column_B="occurred_at",
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                meta=meaning(f"{column} is not before occurred_at"),
            )
