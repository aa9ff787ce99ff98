"""What becomes of each row of a source before it is validated: every row has exactly one fate."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import pandas as pd

from config.periods import MONTHS, MONTHS_A_QUARTER, Quarter
from config.programme import Programme
from config.sources import Collapse, Source
from config.tables import Table
from expectations.facts import ROUNDED
from tasks.times import parse_times

FATES = ("filtered", "outside_period", "collapsed", "duplicates", "quarantined", "accepted")


def cycles_of(instants: pd.Series, programme: Programme) -> pd.Series:
    """Return the name of the quarter of each instant; null where the instant is not known."""
    local = instants.dt.tz_convert(programme.timezone)
    months = local.dt.year * 12 + local.dt.month - 1 - MONTHS.index(programme.year_starts_in)
    names = {month: str(Quarter(int(month // 12), int(month % 12 // MONTHS_A_QUARTER) + 1)) for month in months.dropna().unique()}
    cycles: pd.Series = months.map(names).astype("str")
    return cycles


def is_in_period(mapped: pd.DataFrame, table: Table, quarters: Collection[Quarter], as_of: datetime) -> pd.Series:
    """Return which rows may belong to the quarters: an instant that cannot be read is for validation to judge."""
    if table.happened_at is None:
        return pd.Series(data=True, index=mapped.index)
    is_known = ~(mapped[table.happened_at] > as_of)
    return mapped["cycle"].isna() | (mapped["cycle"].isin([str(quarter) for quarter in quarters]) & is_known)


def last_events(rows: pd.DataFrame, collapse: Collapse, programme: Programme, as_of: datetime) -> tuple[pd.Index, pd.Index]:
    """Return the rows that are each case's last event, and those that came after the as-of; all others are earlier events.

    Of events that are equally late the last read counts; one whose order cannot be read comes before all others. Rows that name no case
    are cases of their own.
    """
    case, order = rows[collapse.by].str.strip(), rows[collapse.last].str.strip()
    numbers = pd.to_numeric(order, errors="coerce").astype("float64")
    if collapse.format is None and numbers.notna().sum() == (order != "").sum():
        is_future, ranks = pd.Series(data=False, index=rows.index), numbers
    else:
        times = parse_times(order.mask(order == ""), collapse.format, programme.timezone).values
        is_future, ranks = times > as_of, times
    known = pd.DataFrame({"case": case, "rank": ranks, "row": rows.index}).loc[~is_future]
    ordered = known.sort_values(["rank", "row"], na_position="first")
    is_last = ~ordered["case"].duplicated(keep="last") | (ordered["case"] == "")
    return ordered.index[is_last].sort_values(), rows.index[is_future]


def is_word_for_word(rows: pd.DataFrame, record_ids: pd.Series) -> pd.Index:
    """Return the rows that say the same, in every column read, as one after them; white space around values does not count.

    `record_ids` are those of the rows to compare: only such as share one, or have none, are compared.
    """
    suspects = rows.loc[record_ids.index[record_ids.duplicated(keep=False) | record_ids.isna()]]
    is_repeated: pd.Series = suspects.apply(lambda column: column.str.strip()).duplicated(keep="last")
    return suspects.index[is_repeated]


def earlier_versions(mapped: pd.DataFrame, source: Source) -> pd.Index:
    """Return the rows that a later version of the same record replaces.

    Rows are versions of one record where they share its id, the instant it happened and, where mapped, the customer. The version
    with the latest of all its times counts; of equally late ones the last read. Rows that share an id alone, or whose instant
    cannot be read, or whose id a spreadsheet has rounded, stay: they are different records under one id, which is for validation to judge.
    """
    table = source.table
    needed = list(dict.fromkeys([*table.key, *([table.happened_at] if table.happened_at else [])]))
    identity = [*needed, *(["customer_id"] if "customer_id" in mapped and "customer_id" not in needed else [])]
    suspects = mapped.loc[mapped.duplicated(needed, keep=False) & mapped[needed].notna().all(axis=1)]
    suspects = suspects.loc[~suspects[table.key[0]].str.contains(ROUNDED, na=False)]
    if suspects.empty:
        return suspects.index
    times = [name for name in table.times if name in suspects]
    latest = suspects[times].max(axis=1) if times else pd.Series(0, index=suspects.index)
    ordered = suspects[identity].assign(latest=latest, row=suspects.index).sort_values(["latest", "row"], na_position="first")
    return ordered.index[ordered.duplicated(identity, keep="last")].sort_values()
