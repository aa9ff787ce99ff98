"""What Check found, as far as follow-ups are opened by it, and whom and how gravely it touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from config.programme import Programme
from tasks.results import Cause, Compliance
from tasks.severity import rank_of

_KEYS = ["source", "record_id"]
STANDARD, CAUSE, PRAISE, SEVERE = "standard", "cause", "praise", "severe"
PREVENT, TRAIN = "prevent", "train"


@dataclass(frozen=True)
class Found:
    """One quarter's findings; `severities` and `customers` by finding, `severe` the records by severity and touchpoint."""

    standards: Sequence[Compliance] = ()
    causes: Sequence[Cause] = ()
    praise: Sequence[Cause] = ()
    severities: Mapping[str, str] = field(default_factory=dict)
    customers: Mapping[str, int] = field(default_factory=dict)
    severe: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Touched:
    """By finding, the gravest severity among its records, "" for none, and its customers."""

    severities: Mapping[str, str]
    customers: Mapping[str, int]


def touched(
    records: pd.DataFrame, outcomes: pd.DataFrame, assignments: pd.DataFrame, praise: pd.DataFrame | None, programme: Programme
) -> Touched:
    """Return whom each standard, cause, praise and severe case touched, and how gravely.

    `records` is the quarter's feedback with its touchpoint and `severity` (tasks.severity); a standard touches those whose case missed
    it (`outcomes`, see tasks.standards.counts). A record without customer_id stands for one customer.
    """
    told = _numbered(records, programme)
    links = [
        _named(outcomes.loc[outcomes["outcome"] == "missed"], told, STANDARD, ["standard", "place"]),
        _named(assignments.loc[assignments["cause_id"] != ""], told, CAUSE, ["cause_id"]),
        _named(_severe(records, programme), told, SEVERE, ["severity", "touchpoint"]),
    ]
    if praise is not None:
        links.append(_named(praise.loc[praise["cause_id"] != ""], told, PRAISE, ["cause_id"]))
    names = [*(severity.id for severity in programme.severities), ""]
    found = pd.concat(links)
    return Touched(
        {str(finding): names[rank] for finding, rank in found["rank"].items()},
        {str(finding): int(number) for finding, number in found["customers"].items()},
    )


def _numbered(records: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """Return each record's keys with its customer and the rank of its severity as numbers."""
    own = pd.Series(np.arange(len(records)), index=records.index)
    customers = pd.Series(pd.factorize(records["customer_id"])[0] if "customer_id" in records else -1, index=records.index)
    ranks = {severity: rank_of(severity, programme) for severity in records["severity"].unique()}
    return records[_KEYS].assign(customer=customers.mask(customers < 0, -1 - own), rank=records["severity"].map(ranks).astype(int))


def _severe(records: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    told = [severity.id for severity in programme.severities if severity.is_for_leadership]
    severe = records.loc[records["severity"].isin(told), [*_KEYS, "severity", "touchpoint"]]
    return severe.assign(touchpoint=severe["touchpoint"].fillna(""))


def _named(links: pd.DataFrame, told: pd.DataFrame, kind: str, by: list[str]) -> pd.DataFrame:
    """Return rank and customers by finding, of links that each name a record and what it belongs to."""
    joined = links[[*_KEYS, *by]].merge(told, on=_KEYS)
    found = joined.groupby(by, observed=True).agg(rank=("rank", "min"), customers=("customer", "nunique"))
    keys = [key if isinstance(key, tuple) else (key,) for key in found.index]
    return found.set_axis([":".join((kind, *map(str, key))) for key in keys], axis=0)
