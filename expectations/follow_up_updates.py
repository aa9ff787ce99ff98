"""The suite of the follow_up_updates table."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd

from config.tables import FOLLOW_UP_ID, FOLLOW_UP_UPDATES, UPDATE_STATUSES
from expectations.common import are_there, can_be_read, is_plausible
from expectations.rules import meaning

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

_CHECK = "check"


def with_facts(updates: pd.DataFrame) -> pd.DataFrame:
    """Return the updates with what the suite must know of their texts, which it is not handed: three yes/no columns."""
    nothing = pd.Series(None, index=updates.index, dtype="str")
    status, evidence = (updates.get(name, nothing) for name in ("status", "evidence"))
    return updates.assign(
        is_follow_up_id=updates["follow_up_id"].str.fullmatch(FOLLOW_UP_ID).fillna(value=False).astype("bool")
        | updates["follow_up_id"].isna(),
        is_by_check=updates["by"].str.lower().eq(_CHECK),
        is_unproven=status.eq("done") & evidence.isna(),
    )


def follow_up_updates_suite(columns: Collection[str], as_of: datetime) -> tuple[Expectation, ...]:
    """Return what must hold of a follow_up_updates table that has these columns, those of `with_facts` among them."""
    return tuple(_rules(columns, as_of))


def _rules(columns: Collection[str], as_of: datetime) -> Iterator[Expectation]:
    from great_expectations import expectations as gxe

    yield from are_there(FOLLOW_UP_UPDATES.required)
    yield _is("is_follow_up_id", True, "follow_up_id is fu- and ten hexadecimal digits")
    yield _is("is_by_check", False, "by is a person, not Check")
    yield _is("is_unproven", False, "what is done has evidence")
    yield from can_be_read(columns)
    yield is_plausible("at", as_of)
    if "status" in columns:
        words = f"{', '.join(FOLLOW_UP_UPDATES.key[:-1])} and {FOLLOW_UP_UPDATES.key[-1]} together are unique"
        key = list(FOLLOW_UP_UPDATES.key)
        yield gxe.ExpectCompoundColumnsToBeUnique(column_list=key, ignore_row_if="any_value_is_missing", **meaning(words))
        words = f"status is one of {', '.join(UPDATE_STATUSES)}"
        yield gxe.ExpectColumnValuesToBeInSet(column="status", value_set=list(UPDATE_STATUSES), **meaning(words))
    if "effort_person_weeks" in columns:
        words = "effort_person_weeks is above 0"
        yield gxe.ExpectColumnValuesToBeBetween(column="effort_person_weeks", min_value=0, strict_min=True, **meaning(words))
    if "predicted_change" in columns:
        words = "predicted_change is a share from -1 to 1"
        yield gxe.ExpectColumnValuesToBeBetween(column="predicted_change", min_value=-1, max_value=1, **meaning(words))


def _is(column: str, wanted: bool, words: str) -> Expectation:
    from great_expectations import expectations as gxe

    return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=[wanted], **meaning(words))
