"""What the customers' own table adds to each record: whose customer it is, and whether one of the house."""

from __future__ import annotations

from typing import Literal

import pandas as pd

_ADDED: dict[str, Literal["str", "boolean"]] = {"segment": "str", "is_internal": "boolean"}


def with_customers(feedback: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return the records with segment and is_internal of their customer, where they have none of their own.

    A record that nothing is known of is an external customer's. Where a customer stands in the table twice, the first row counts.
    """
    added = {name: _own_or_known(feedback, customers, name) for name in _ADDED if name == "is_internal" or name in customers}
    added["is_internal"] = added["is_internal"].fillna(value=False)
    return feedback.assign(**added)


def _own_or_known(feedback: pd.DataFrame, customers: pd.DataFrame, name: str) -> pd.Series:
    own = feedback[name] if name in feedback else pd.Series(index=feedback.index, dtype=_ADDED[name])
    if name not in customers or "customer_id" not in feedback:
        return own
    known = customers.drop_duplicates("customer_id").set_index("customer_id")[name]
    return own.fillna(feedback["customer_id"].map(known).astype(_ADDED[name]))
