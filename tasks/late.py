"""What changed in a quarter after its own cycle was closed; the closed cycle itself stays as it is."""

from __future__ import annotations

import pandas as pd

from tasks.results import LateRecords

_KEY = ["source", "record_id"]
_NOT_COMPARED = ("form_letter", "is_internal", "segment", "category", "own_category")  # ours: another cycle may fill them otherwise


def late_records(cycle: str, closed: pd.DataFrame, now: pd.DataFrame) -> LateRecords:
    """Return how the records of a quarter, as its own cycle stored them, differ from what is known of it now.

    Both tables are feedback of that quarter. A record is changed where any time of it, or what the customer said, differs.
    """
    before, after = closed.set_index(_KEY), now.set_index(_KEY)
    both = before.index.intersection(after.index)
    shared = [name for name in before.columns.intersection(after.columns) if name not in _NOT_COMPARED]
    old, new = before.loc[both, shared], after.loc[both, shared]
    is_changed = ~((old == new) | (old.isna() & new.isna())).fillna(value=False).all(axis=1)
    return LateRecords(
        cycle=cycle,
        closed=len(before),
        now=len(after),
        added=len(after.index.difference(before.index)),
        changed=int(is_changed.sum()),
        gone=len(before.index.difference(after.index)),
    )
