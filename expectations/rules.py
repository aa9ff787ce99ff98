"""Running a suite with Great Expectations, which alone decides what fails.

Results are COMPLETE in memory with the row number as index and customers' values excluded: what comes
back is which rows broke which rule, and nothing that a customer wrote.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from great_expectations.data_context import AbstractDataContext
    from great_expectations.expectations import Expectation

ROW = "row"
_RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [ROW],
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
}


@dataclass(frozen=True)
class RuleResult:
    """One rule: what it says, how many rows it looked at, and the row numbers that broke it."""

    rule: str
    checked: int
    failed_rows: tuple[int, ...]


def meaning(words: str) -> dict[str, str]:
    """Return an expectation's meta data: what the rule means in words, as people will read it."""
    return {"rule": words}


def validate(table: pd.DataFrame, suite: Sequence[Expectation]) -> tuple[RuleResult, ...]:
    """Return what each rule of the suite found in a table that has a column `row` of row numbers.

    Raises RuntimeError where Great Expectations could not evaluate a rule: that is a defect, not bad data.
    """
    if table.empty:
        return tuple(RuleResult(_words(expectation), 0, ()) for expectation in suite)
    outcome = _run(_without_zones(table), suite)
    found = {result.rule: result for result in (_result(each, len(table)) for each in outcome.results)}
    return tuple(found[_words(expectation)] for expectation in suite)  # GX gives them back in an order of its own


def _without_zones(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with UTC times that bear no zone: Great Expectations 1.24 drops it, and pandas warns of that."""
    zoned = table.select_dtypes("datetimetz").columns
    return table.assign(**{name: table[name].dt.tz_localize(None) for name in zoned})


def _run(table: pd.DataFrame, suite: Sequence[Expectation]) -> Any:
    import great_expectations as gx

    context = _context()
    asset = context.data_sources.add_or_update_pandas("tables").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("batch")
    named = context.suites.add_or_update(gx.ExpectationSuite(name="suite", expectations=list(suite)))
    definition = gx.ValidationDefinition(name="definition", data=batch, suite=named)
    context.validation_definitions.add_or_update(definition)
    return definition.run(batch_parameters={"dataframe": table}, result_format=_RESULT_FORMAT)


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


def _result(result: Any, rows: int) -> RuleResult:
    words = str(result.expectation_config.meta["rule"])
    problem = _exception_in(result.exception_info)
    if problem:
        raise RuntimeError(f"Great Expectations could not check that {words}: {problem}")
    found = [int(row) for entry in result.result.get("unexpected_index_list") or [] for row in entry[ROW]]
    return RuleResult(words, rows, tuple(sorted(found)))


def _exception_in(info: Mapping[str, Any] | None) -> str:
    """Return what went wrong inside a rule: said at the top, or one level down for each of its metrics."""
    entries = [info or {}, *(entry for entry in (info or {}).values() if isinstance(entry, Mapping))]
    return "; ".join(str(entry.get("exception_message")) for entry in entries if entry.get("raised_exception"))
