"""The published list of quarantined rows: which record of which source broke which rule, and nothing that a customer wrote."""

from __future__ import annotations

import pandas as pd

from tasks.admitting import RULE_SEPARATOR, waiting
from tasks.spreadsheets import csv_bytes

COLUMNS = ("source", "rule", "severity", "record_id", "row", "file")


def quarantine_csv(quarantine: pd.DataFrame) -> bytes:
    """Return validation/quarantine.csv, a row a rule and record, by source, rule and row.

    `quarantine` is the table of a snapshot; record_id is as it is stored (a pseudonym where the programme says so) and empty where there is
    none. `row` is the row's number in its `file`, the first below the header being 2. Whatever is quarantined broke an error rule.
    """
    rows = waiting(quarantine)
    numbers = rows["file_row"] if "file_row" in rows else rows["row"]
    plain = rows.assign(rule=rows["rule"].str.split(RULE_SEPARATOR), severity="error", row=numbers).reindex(columns=list(COLUMNS))
    each = plain.explode("rule").sort_values(["source", "rule", "file", "row"], kind="stable", ignore_index=True)
    return csv_bytes(each.assign(row=each["row"].astype("Int64")))
