"""Letting records out of quarantine: which rows may count as they stand, and how they join those that were accepted."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from config.errors import InputError
from config.tables import CHANNELS, KINDS, PIPES, RATINGS_COLUMNS

RULE_SEPARATOR = "; "
_KEY = ["source", "record_id"]
_OF_QUARANTINE = ["row", "file", "file_row", "rule"]
_UNIQUE = "record_id is unique"
_CLOSED = {"kind": KINDS, "channel": CHANNELS}


def waiting(quarantine: pd.DataFrame) -> pd.DataFrame:
    """Return the quarantined rows; valid answers that only wait for their record, which broke a rule, are left out."""
    return quarantine.loc[~_is_answer(quarantine)]


def released(quarantine: pd.DataFrame, source: str, record_ids: Collection[str], touchpoints: Collection[str]) -> pd.DataFrame:
    """Return the masked canonical rows of records as they stand, to be admitted: of feedback, and their valid answers below.

    What could not be read, or is outside a closed set, is null. Raises InputError, one sentence, for a record that cannot count.
    """
    rows = quarantine.loc[(quarantine["source"] == source) & quarantine["record_id"].isin(list(record_ids))]
    records, answers = waiting(rows), rows.loc[_is_answer(rows)]
    for record_id in record_ids:
        problem = _why_not(records.loc[records["record_id"] == record_id])
        if problem:
            raise InputError(
                f"The record {source}/{record_id} cannot be released, for {problem}; put it right at its source, then retry it."
            )
    closed = {name: values for name, values in {**_CLOSED, "touchpoint": tuple(touchpoints)}.items() if name in records}
    known = records.assign(**{name: records[name].where(records[name].isin(values)) for name, values in closed.items()})
    return _table(known, answers.loc[_is_on_scale(answers)] if len(answers) else answers)


def reread(records: pd.DataFrame, ratings: pd.DataFrame, cycle: str, record_ids: Collection[str]) -> pd.DataFrame:
    """Return the rows to be admitted of those records that are valid now, in that quarter: of feedback, and their answers below."""
    wanted = records.loc[(records["cycle"] == cycle) & records["record_id"].isin(list(record_ids))]
    return _table(wanted, ratings.loc[ratings["record_id"].isin(wanted["record_id"])])


def with_admissions(
    feedback: pd.DataFrame, ratings: pd.DataFrame, admitted_tables: Sequence[pd.DataFrame], cycles: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """Return feedback and ratings with the admitted records of those quarters, and how many came to each quarter.

    A record that is among the accepted rows stays as it is there. Columns that today's mapping does not have, or has of
    another type, are left out.
    """
    admitted = _together(admitted_tables, cycles)
    if admitted.empty:
        return feedback, ratings, {}
    missing = admitted.loc[~_has_key(admitted, feedback)]
    records, answers = waiting(missing), missing.loc[_is_answer(missing)]
    counts = {str(cycle): int(count) for cycle, count in records["cycle"].value_counts(sort=False).items()}
    return _below(feedback, records), _below(ratings, answers), counts


def _why_not(rows: pd.DataFrame) -> str:
    """Return why a record cannot count as it stands; nothing where it can."""
    if rows.empty:
        return "no row of that record_id waits in quarantine (rows without one, and what is no row at all, can never be released)"
    if len(rows) > 1 or _UNIQUE in str(rows["rule"].iloc[0]):
        return "its record_id stands for several rows, and nobody can tell which one counts"
    row = rows.iloc[0]
    if pd.isna(row["occurred_at"]):
        return "nobody can read when it happened, so that it belongs to no quarter"
    if row["pipe"] not in PIPES:
        return f"its pipe is none of {', '.join(PIPES)}"
    return "its weight is negative" if row.get("weight", 0) < 0 else ""


def _is_answer(rows: pd.DataFrame) -> pd.Series:
    return rows["question"].notna() if "question" in rows else pd.Series(data=False, index=rows.index)


def _is_on_scale(answers: pd.DataFrame) -> pd.Series:
    return answers["score"].between(answers["scale_min"], answers["scale_max"])


def _table(records: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Return one table of both, without what only quarantine knows and without columns that hold nothing."""
    rows = pd.concat([records, answers[[*RATINGS_COLUMNS, "cycle"]]] if len(answers) else [records], ignore_index=True)
    return rows.drop(columns=_OF_QUARANTINE, errors="ignore").dropna(axis="columns", how="all")


def _together(tables: Sequence[pd.DataFrame], cycles: Collection[str]) -> pd.DataFrame:
    """Return the rows of those quarters from all tables, in an order that does not tell when they were admitted."""
    found = [table.loc[table["cycle"].isin(list(cycles))] for table in tables]
    filled = [table for table in found if len(table)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in (*_KEY, "cycle")})
    return pd.concat(filled, ignore_index=True).sort_values(_KEY, kind="stable", ignore_index=True)


def _has_key(rows: pd.DataFrame, others: pd.DataFrame) -> pd.Series:
    """Return which rows' records are among the others."""
    near = others.loc[others["record_id"].isin(rows["record_id"]), _KEY]
    keys = set(zip(near["source"], near["record_id"], strict=True))
    return pd.Series([key in keys for key in zip(rows["source"], rows["record_id"], strict=True)], index=rows.index, dtype="bool")


def _below(table: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    same = [name for name in table.columns if name in rows and rows[name].dtype == table[name].dtype]
    return pd.concat([table, rows[same]], ignore_index=True) if len(rows) else table
