"""What people are told of rows that failed: which rule, which source, which record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from config.sources import Source
from expectations.rules import RuleResult
from tasks.raw import Raw
from tasks.results import RuleFinding

SHOWN_RECORD_IDS = 20
_NO_ID = "(none)"


def quarantine_table(
    rows: pd.DataFrame, answers: pd.DataFrame, failed: pd.Index, results: Sequence[RuleResult], raw: Raw, source: Source
) -> pd.DataFrame:
    """Return row, file, file_row, rule and the masked canonical columns of failed rows, and of what was never a row.

    `rows` are the masked rows, `failed` their numbers; a rule's words are joined by "; " where a row breaks several. The failed rows'
    `answers` stand below them with an empty rule: they wait for their record.
    """
    broken = _broken_rules(results, set(failed))
    judged = rows.assign(row=failed.to_numpy("int64"), rule=pd.Series(broken, dtype="str").reindex(failed).to_numpy())
    misfits = pd.DataFrame({"source": source.id, "row": [m.row for m in raw.misfits], "rule": [m.rule for m in raw.misfits]})
    misfits = misfits.astype({"source": "str", "row": "int64", "rule": "str"})
    table = pd.concat([part for part in (judged, misfits, answers.assign(rule="")) if len(part)] or [judged], ignore_index=True)
    return table.assign(**_origin(table["row"].astype("int64"), raw)).sort_values("row", ignore_index=True)


def findings(results: Sequence[RuleResult], own: pd.Index, record_ids: pd.Series | None, raw: Raw, source: str) -> tuple[RuleFinding, ...]:
    """Return what each rule found among a quarter's own rows, with the first record ids as they are stored."""
    found = []
    for result in results:
        failed = pd.Index(np.unique(result.failed_rows[np.isin(result.failed_rows, own)]))
        ids = tuple(record_ids.loc[failed[:SHOWN_RECORD_IDS]].fillna(_NO_ID)) if record_ids is not None else ()
        facts = {"rule": result.rule, "severity": result.severity, "checked": result.checked}
        found.append(RuleFinding(source=source, failed=len(failed), record_ids=ids, **facts))
    return tuple(found) + _of_misfits(raw, source)


def _of_misfits(raw: Raw, source: str) -> tuple[RuleFinding, ...]:
    counts = pd.Series([misfit.rule for misfit in raw.misfits], dtype="str").value_counts(sort=False)
    return tuple(RuleFinding(source=source, rule=rule, checked=raw.row_count, failed=int(count)) for rule, count in counts.items())


def _broken_rules(results: Sequence[RuleResult], rows: set[int]) -> Mapping[int, str]:
    broken: dict[int, list[str]] = {}
    for result in results:
        if result.severity == "error":
            for row in rows.intersection(result.failed_rows.tolist()):
                broken.setdefault(row, []).append(result.rule)
    return {row: "; ".join(dict.fromkeys(rules)) for row, rules in broken.items()}


def _origin(rows: pd.Series, raw: Raw) -> dict[str, pd.Series]:
    """Return the file of row numbers that count over all files, and the number that a person sees there."""
    if not raw.files:
        return {"file": pd.Series(raw.place, index=rows.index, dtype="str"), "file_row": rows}
    starts = np.array([file.first_row for file in raw.files])
    number = np.searchsorted(starts, rows.to_numpy(), side="right") - 1
    places = np.array([file.place for file in raw.files], dtype=object)[number]
    shown = rows - starts[number] + np.array([file.first_file_row for file in raw.files])[number]
    return {"file": pd.Series(places, index=rows.index, dtype="str"), "file_row": shown}
