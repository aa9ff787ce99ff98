"""Causes as a panel, and what says the same in other words."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from config.programme import Programme
from tasks.causes.tracking import unpack
from tasks.effectiveness.everywhere import quarter_starts
from tasks.effectiveness.panel import Panel, panel_of
from tasks.results import CauseModel

KIN = 0.6  # cosine of the centres


def cause_panel(records: pd.DataFrame, touched: Collection[str], programme: Programme) -> Panel:
    """Return texts by week and cause; `records` has a row a text: week (a Monday) and cause_id, empty where it has none.

    What is counted beside a cause are all texts but those of the other `touched` causes: where a cause goes away, the shares of those
    that were left alone must not grow by it.
    """
    weeks = records["week"].drop_duplicates()
    causes = sorted(set(records["cause_id"]) - {""})
    counts = records.groupby(["week", "cause_id"]).size().rename("met")
    cells = pd.MultiIndex.from_product([weeks, causes], names=["week", "cause_id"])
    met = counts.reindex(cells, fill_value=0).reset_index()
    of_all = met["week"].map(records.groupby("week").size())
    of_touched = met["week"].map(records.loc[records["cause_id"].isin(touched)].groupby("week").size()).fillna(0)
    own = met["met"].where(met["cause_id"].isin(touched), 0)
    table = met.assign(n=(of_all - of_touched + own).astype("int64")).rename(columns={"cause_id": "unit"})
    return panel_of(table, quarter_starts(records["week"], programme), is_relative=True)


def returned_as(model: CauseModel, cause: str, after: str) -> tuple[str, ...]:
    """Return the ids of causes first seen after a quarter that say what an earlier cause said, in other words.

    Of all causes known by then, the earlier one must be the nearest to each of them, with a cosine of KIN or more.
    """
    known = [one.id for one in model.causes if one.centre and one.first_seen <= after]
    later = [one for one in model.causes if one.centre and one.first_seen > after]
    if cause not in known or not later:
        return ()
    centres = {one.id: unpack(one.centre) for one in model.causes if one.centre}
    cosines = np.stack([centres[one.id] for one in later]) @ np.stack([centres[one] for one in known]).T
    is_kin = (cosines.argmax(axis=1) == known.index(cause)) & (cosines.max(axis=1) >= KIN)
    return tuple(sorted(one.id for one, kin in zip(later, is_kin, strict=True) if kin))


def renamed(records: pd.DataFrame, returned: Mapping[str, str]) -> pd.DataFrame:
    """Return the records with causes that came back counted under the id that they had before."""
    return records.assign(cause_id=records["cause_id"].replace(dict(returned))) if returned else records
