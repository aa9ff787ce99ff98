"""The suite of the customers table."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from config.tables import CUSTOMERS
from expectations.common import are_there, can_be_read, is_unique, not_before, not_negative

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation


def customers_suite(columns: Collection[str]) -> tuple[Expectation, ...]:
    """Return what must hold of a customers table that has these columns."""
    return tuple(_rules(columns))


def _rules(columns: Collection[str]) -> Iterator[Expectation]:
    yield from are_there(CUSTOMERS.required)
    yield is_unique("customer_id")
    yield from can_be_read(columns)
    if "since" in columns and "until" in columns:
        yield not_before("until", "since")
    if "value" in columns:
        yield not_negative("value", "warning")
