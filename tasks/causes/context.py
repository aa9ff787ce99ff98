"""Where and when a cause is told of: its weeks, the values that it is commoner with, the standards that its cases miss.

Every test of a report is one family (Benjamini and Hochberg 1995). A cause and what goes with it are associated; neither is
called the other's origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from config.periods import Quarter
from config.programme import Programme
from tasks.inference import benjamini_hochberg
from tasks.results import Cause, CauseSlice, CauseStandard, Family, WeekCount
from tasks.standards.dimensions import TOUCHPOINT, dimensions_of
from tasks.standards.slices import excess_misses, more_often

LEVEL = 0.05
SLICES_SHOWN = 3
FAMILY = "causes in context"
_TOLD_ALREADY = (TOUCHPOINT, "department")  # shown as contributions


@dataclass(frozen=True)
class CausesInContext:
    """Causes with their weeks, slices and standards, and the family of the tests behind these."""

    causes: tuple[Cause, ...]
    family: Family


def in_context(
    causes: Sequence[Cause], records: pd.DataFrame, outcomes: pd.DataFrame, programme: Programme, quarter: Quarter, as_of: datetime
) -> CausesInContext:
    """Return the causes with the weeks of their records, over-represented values and standards missed more often.

    `records` is this quarter's placed feedback with a text: source, record_id, cause_id (empty: none), touchpoint, occurred_at and
    whatever it can be sliced by; `outcomes` has source, record_id, standard, outcome. Fewer cases than the programme's
    too_few_below, inside the cause or outside, are not tested; fewer customers than customers_at_least are not told.
    """
    tables = pd.concat([_by_value(records, programme), _by_standard(records, outcomes)], ignore_index=True)
    tested = tables[_is_enough(tables, programme.rules.too_few_below)].reset_index(drop=True)
    p = more_often(tested["inside"], tested["n"], tested["inside_all"], tested["n_all"])
    found = tested.assign(p=p, excess=_excess(tested))[benjamini_hochberg(p, LEVEL)]
    told = found[_has_customers(found, records, programme.rules.customers_at_least)]
    told = told.sort_values(["excess", "kind", "name", "value"], ascending=[False, True, True, True])
    by_cause = dict(iter(told.groupby("cause_id")))
    weeks = _weeks(records, programme, quarter, as_of)
    titles = {promise.id: promise.name for promise in programme.promises}
    return CausesInContext(
        tuple(_told(cause, by_cause.get(cause.id, told.iloc[:0]), weeks, titles) for cause in causes),
        Family(name=FAMILY, tests=len(tested), rejected=len(found)),
    )


def _told(cause: Cause, found: pd.DataFrame, weeks: dict[str, tuple[WeekCount, ...]], titles: dict[str, str]) -> Cause:
    rows = found.to_dict("records")
    slices = [
        CauseSlice(
            dimension=row["name"],
            value=row["value"],
            records=row["inside"],
            share=row["inside"] / row["n"],
            elsewhere_share=_elsewhere(row["inside"], row["n"], row["inside_all"], row["n_all"]),
            p=row["p"],
        )
        for row in rows
        if row["kind"] == "value"
    ]
    standards = [
        CauseStandard(
            standard=row["name"],
            title=titles[row["name"]],
            n=row["n"],
            missed=row["inside"],
            elsewhere_share=_elsewhere(row["inside"], row["n"], row["inside_all"], row["n_all"]),
            p=row["p"],
        )
        for row in rows
        if row["kind"] == "standard"
    ]
    return cause.model_copy(
        update={"weeks": weeks.get(cause.id, ()), "slices": tuple(slices[:SLICES_SHOWN]), "standards": tuple(standards)}
    )


def _has_customers(found: pd.DataFrame, records: pd.DataFrame, at_least: int) -> npt.NDArray[np.bool_]:
    """Return of each row whether so many different customers are behind it; an unknown one stands for one."""
    of_cause = {cause: group for cause, group in records.groupby("cause_id") if cause in set(found["cause_id"])}
    behind = []
    for cause, kind, name, value in found[["cause_id", "kind", "name", "value"]].itertuples(index=False):
        rows = of_cause[cause]
        theirs = rows[rows[name] == value] if kind == "value" else rows
        known = theirs.get("customer_id", pd.Series(dtype="str")).dropna()
        behind.append(known.nunique() + len(theirs) - len(known) >= at_least)
    return np.array(behind, dtype=bool)


def _elsewhere(inside: int, n: int, inside_all: int, n_all: int) -> float:
    return (inside_all - inside) / (n_all - n)


def _by_value(records: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """Return by cause, dimension and value: how many of the cause's records have the value, and how many of all."""
    causes, cause_ids = pd.factorize(records["cause_id"], sort=True)
    parts = [_cells([], [], [], np.empty((0, 0)), np.empty((0, 0)))]
    for dimension in dimensions_of(records.drop(columns="cause_id"), programme):
        if dimension.name not in _TOLD_ALREADY:
            is_known = dimension.codes >= 0
            counts = _crossed(causes[is_known], dimension.codes[is_known], len(cause_ids), len(dimension.values))
            names = [dimension.name] * len(dimension.values)
            parts.append(
                _cells(cause_ids, names, dimension.values, counts, np.repeat(counts.sum(axis=1)[:, None], counts.shape[1], axis=1))
            )
    return _of_causes(pd.concat(parts, ignore_index=True)).assign(kind="value")


def _by_standard(records: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return by cause and standard: how many of the cause's decided cases missed it, and how many of all."""
    decided = outcomes.loc[outcomes["outcome"].isin(["met", "missed"]), ["source", "record_id", "standard", "outcome"]]
    cases = decided.drop_duplicates().merge(records[["source", "record_id", "cause_id"]], on=["source", "record_id"])
    causes, cause_ids = pd.factorize(cases["cause_id"], sort=True)
    standards, names = pd.factorize(cases["standard"], sort=True)
    is_missed = cases["outcome"].to_numpy() == "missed"
    n = _crossed(causes, standards, len(cause_ids), len(names))
    missed = _crossed(causes[is_missed], standards[is_missed], len(cause_ids), len(names))
    return _of_causes(_cells(cause_ids, names, [""] * len(names), missed, n)).assign(kind="standard")


def _crossed(rows: npt.NDArray[np.integer], columns: npt.NDArray[np.integer], height: int, width: int) -> npt.NDArray[np.int64]:
    """Return height × width: how often each row and column occur together."""
    flat = np.bincount(rows.astype(np.int64) * width + columns, minlength=height * width)
    return flat.reshape(height, width).astype(np.int64)


def _cells(
    cause_ids: Iterable[str], names: Iterable[str], values: Iterable[str], inside: npt.NDArray[np.generic], n: npt.NDArray[np.generic]
) -> pd.DataFrame:
    """Return a row a cause and column of the two tables, with the sums over all causes beside it."""
    ids, names, values = list(cause_ids), list(names), list(values)
    whole = {"inside_all": np.tile(inside.sum(axis=0), len(ids)), "n_all": np.tile(n.sum(axis=0), len(ids))}
    keys = {"cause_id": np.repeat(ids, len(names)), "name": names * len(ids), "value": values * len(ids)}
    return pd.DataFrame(keys | {"inside": inside.ravel(), "n": n.ravel()} | whole)


def _of_causes(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[cells["cause_id"] != ""]


def _is_enough(cells: pd.DataFrame, too_few_below: int) -> pd.Series[bool]:
    return (cells["n"] >= too_few_below) & (cells["n_all"] - cells["n"] >= too_few_below)


def _excess(cells: pd.DataFrame) -> npt.NDArray[np.float64]:
    return excess_misses(cells["inside"], cells["n"], cells["inside_all"], cells["n_all"])


def _weeks(records: pd.DataFrame, programme: Programme, quarter: Quarter, as_of: datetime) -> dict[str, tuple[WeekCount, ...]]:
    """Return by cause every week from the quarter's first to that of its end or the as-of, the earlier, with the cause's records."""
    local = records["occurred_at"].dt.tz_convert(programme.timezone).dt.tz_localize(None)
    mondays = local.dt.to_period("W-SUN").dt.start_time.dt.date
    start, end = quarter.span(programme.zone, programme.year_starts_in)
    first, last = (_monday(instant.astimezone(programme.zone).date()) for instant in (start, min(end - timedelta(microseconds=1), as_of)))
    days = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    counts = {cause: group.value_counts() for cause, group in mondays.groupby(records["cause_id"])}
    return {cause: tuple(WeekCount(week=day, records=int(count.get(day, 0))) for day in days) for cause, count in counts.items()}


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
