"""Running a suite with Great Expectations, which alone decides what fails.

It is handed only the columns that rules name, ids as numbers and long texts as lengths, so that it never sees
what a customer wrote. Results are COMPLETE in memory with row numbers as index, values excluded, and are stored nowhere.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from expectations.facts import handed, names_of

if TYPE_CHECKING:
    from great_expectations.data_context import AbstractDataContext
    from great_expectations.expectations import Expectation
    from numpy.typing import NDArray

Severity = Literal["error", "warning"]

ROW = "row"
_SEVERITIES: Mapping[str, Severity] = {"critical": "error", "warning": "warning"}
_OF_GREAT_EXPECTATIONS = {ours: theirs for theirs, ours in _SEVERITIES.items()}
_RESULT_FORMAT = {  # named index columns would be gathered row by row: 50 s for a million rows that fail
    "result_format": "COMPLETE",
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
    "return_unexpected_index_query": False,
}


@dataclass(frozen=True, eq=False)
class RuleResult:
    """One rule: what it says, how bad a breach is, how many rows it looked at, and the row numbers that broke it, ascending."""

    rule: str
    severity: Severity
    checked: int
    failed_rows: NDArray[np.int64]

    @property
    def is_kept(self) -> bool:
        """Whether no row broke the rule."""
        return self.failed_rows.size == 0


def meaning(words: str, severity: Severity = "error") -> dict[str, Any]:
    """Return what every expectation of a suite is given: the rule in words, as people will read it, and its severity."""
    return {"meta": {"rule": words}, "severity": _OF_GREAT_EXPECTATIONS[severity]}


def validate(table: pd.DataFrame, suite: Sequence[Expectation]) -> tuple[RuleResult, ...]:
    """Return what each rule of the suite found in a table that has a column `row` of row numbers, in the suite's order.

    Raises RuntimeError where Great Expectations could not evaluate a rule: that is a defect, not bad data.
    """
    if table.empty:
        return tuple(_result(expectation, 0, []) for expectation in suite)
    rows = table[ROW].to_numpy("int64")
    found: dict[str, list[int]] = {}
    for part in _parts(table, suite):
        outcome = _run(handed(table, part), part)
        found |= {str(each.expectation_config.meta["rule"]): _failed(each) for each in outcome.results}
    return tuple(_result(expectation, len(rows), rows[found[_words(expectation)]]) for expectation in suite)


def _parts(table: pd.DataFrame, suite: Sequence[Expectation]) -> list[Sequence[Expectation]]:
    """Return the suite in two, rules of times and others: each rule copies what its part is handed, which must be narrow."""
    times = set(table.select_dtypes("datetimetz"))
    of_times = [expectation for expectation in suite if times.issuperset(names_of(expectation))]
    others = [expectation for expectation in suite if not times.issuperset(names_of(expectation))]
    return [part for part in (of_times, others) if part]


def _run(table: pd.DataFrame, suite: Sequence[Expectation]) -> Any:
    import great_expectations as gx

    sources = _context().data_sources
    asset = sources.add_or_update_pandas("tables").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("batch").get_batch({"dataframe": table})
    outcome = batch.validate(gx.ExpectationSuite("suite", [copy(expectation) for expectation in suite]), result_format=_RESULT_FORMAT)
    sources.delete("tables")  # it would hold the table
    return outcome


@cache
def _context() -> AbstractDataContext:
    """Return the one in-memory context of this process, silent and without telemetry."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    for name in ("great_expectations", "great_expectations.data_context.types.base"):  # the second sets itself to INFO
        logging.getLogger(name).setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _words(expectation: Expectation) -> str:
    return str((expectation.meta or {})["rule"])


def _result(expectation: Expectation, checked: int, failed: Sequence[int] | NDArray[np.int64]) -> RuleResult:
    rows = np.sort(np.asarray(failed, dtype="int64"))
    return RuleResult(_words(expectation), _SEVERITIES[str(expectation.severity.value)], checked, rows)


def _failed(result: Any) -> list[int]:
    """Return the positions of the rows that failed."""
    problem = _exception_in(result.exception_info)
    if problem:
        raise RuntimeError(f"Great Expectations could not check that {result.expectation_config.meta['rule']}: {problem}")
    return list(result.result.get("unexpected_index_list") or [])


def _exception_in(info: Mapping[str, Any] | None) -> str:
    """Return what went wrong inside a rule: said at the top, or one level down for each of its metrics."""
    entries = [info or {}, *(entry for entry in (info or {}).values() if isinstance(entry, Mapping))]
    return "; ".join(str(entry.get("exception_message")) for entry in entries if entry.get("raised_exception"))
