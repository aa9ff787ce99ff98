"""What a quarter's cases can be sliced by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from config.programme import Programme
from config.tables import FEEDBACK, FILLED_BY_US, UNREADABLE

VALUES_AT_MOST = 50
COVERED_AT_LEAST = 0.5
OTHERS = -1
TOUCHPOINT = "touchpoint"
_CANONICAL = ("channel", "pipe", "kind", "category", "department", "language", "wave", "segment")


@dataclass(frozen=True)
class Dimension:
    """One column with few enough values: `codes` point into `values`, -1 stands for rare and missing ones."""

    name: str
    values: tuple[str, ...]
    codes: npt.NDArray[np.int16]


def dimensions_of(feedback: pd.DataFrame, programme: Programme) -> tuple[Dimension, ...]:
    """Return what records can be sliced by: the touchpoint, closed columns such as the channel, and the programme's own columns of text.

    A value counts where enough customers stand behind it, so that nobody's own words become one. A column counts where it has two
    such values or more and its 50 commonest cover half of the records: names and free text do not. Of columns that part the
    records alike the first counts.
    """
    found: list[Dimension] = []
    customers = feedback["customer_id"] if "customer_id" in feedback else pd.Series(None, index=feedback.index, dtype="str")
    for name in _names(feedback, programme):
        dimension = _dimension(name, feedback[name], customers, programme.rules.customers_at_least)
        if dimension is not None and not any(_parts_alike(dimension, other) for other in found):
            found.append(dimension)
    return tuple(found)


def _names(feedback: pd.DataFrame, programme: Programme) -> Iterator[str]:
    flags = {getattr(standard.measure, "flag", None) for standard in programme.promises}
    not_ours = set(feedback.columns) - {*FEEDBACK.columns, *FILLED_BY_US} - flags
    texts = [name for name in not_ours if pd.api.types.is_string_dtype(feedback[name]) and not name.endswith(UNREADABLE)]
    yield from (name for name in (TOUCHPOINT, *_CANONICAL) if name in feedback)
    yield from (name for name in sorted(texts) if name not in _CANONICAL)


def _dimension(name: str, column: pd.Series, customers: pd.Series, customers_at_least: int) -> Dimension | None:
    codes, values = pd.factorize(column, sort=True)
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    common = np.argsort(-counts, kind="stable")[:VALUES_AT_MOST]
    common = np.array([code for code in common if _has_customers(codes == code, customers, customers_at_least)], dtype=np.int64)
    if len(common) < 2 or counts[common].sum() < COVERED_AT_LEAST * len(column):
        return None
    common.sort()
    renumbered = np.full(len(values) + 1, OTHERS, dtype=np.int16)
    renumbered[common] = np.arange(len(common))
    return Dimension(name, tuple(map(str, values[common])), renumbered[codes])


def _has_customers(rows: npt.NDArray[np.bool_], customers: pd.Series, at_least: int) -> bool:
    """Return whether so many different customers are behind the rows; an unknown one stands for one."""
    theirs = customers[rows]
    return int(theirs.nunique() + theirs.isna().sum()) >= at_least


def _parts_alike(one: Dimension, other: Dimension) -> bool:
    if len(one.values) != len(other.values):
        return False
    pairs = np.unique(one.codes.astype(np.int64) * (len(other.values) + 1) + other.codes)
    return len(pairs) == len(np.unique(one.codes)) == len(np.unique(other.codes))
