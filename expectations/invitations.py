"""The suite of the invitations table."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from config.tables import INVITATIONS
from expectations.common import are_there, can_be_read, is_plausible, not_before
from expectations.rules import meaning

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation


def invitations_suite(columns: Collection[str], as_of: datetime) -> tuple[Expectation, ...]:
    """Return what must hold of an invitations table that has these columns."""
    return tuple(_rules(columns, as_of))


def _rules(columns: Collection[str], as_of: datetime) -> Iterator[Expectation]:
    from great_expectations import expectations as gxe

    yield from are_there(INVITATIONS.required)
    words = f"{', '.join(INVITATIONS.key[:-1])} and {INVITATIONS.key[-1]} together are unique"
    yield gxe.ExpectCompoundColumnsToBeUnique(column_list=list(INVITATIONS.key), ignore_row_if="any_value_is_missing", **meaning(words))
    yield from can_be_read(columns)
    yield is_plausible("sent_at", as_of)
    if "answered_at" in columns:
        yield not_before("answered_at", "sent_at")
