"""Canonical tables to count, and what the core makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from config.programme import Programme
from config.tables import FEEDBACK
from tasks.intake import empty_ratings
from tasks.standards.cases import open_cases
from tasks.standards.counts import decide_outcomes
from tests.programmes import SMALL, programme, standard

AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)
NO_RATINGS = empty_ratings().drop(columns="cycle")
GOOD = {"source": "cases", "category": "counter", "occurred_at": "2026-01-05 15:00"}
NO_CASE = "(no case)"
Row = dict[str, Any]


def feedback(*rows: Mapping[str, Any], **good: Any) -> pd.DataFrame:
    """Return feedback of these rows, numbered r0, r1, ...; `good` is what every row has that does not say otherwise."""
    columns = list(dict.fromkeys(["record_id", *GOOD, *good, *(name for row in rows for name in row)]))
    table = pd.DataFrame([{"record_id": f"r{number}"} | GOOD | good | dict(row) for number, row in enumerate(rows)], columns=columns)
    return table.assign(**{name: typed(table[name]) for name in columns})


def typed(column: pd.Series) -> pd.Series:
    """Return a column as the mapping types it."""
    if column.name in FEEDBACK.times:
        return pd.to_datetime(column, utc=True, format="ISO8601").astype("datetime64[us, UTC]")
    if column.name in FEEDBACK.numbers:
        return column.astype("float64")
    is_flag = column.name in FEEDBACK.booleans or any(isinstance(value, bool) for value in column)
    return column.astype("boolean") if is_flag else column.astype("str")


def answers(question: str, *scores: float | None, source: str = "cases", first: int = 0) -> pd.DataFrame:
    """Return the scores that records r<first>, r<first + 1>, ... gave to a question; None: not asked."""
    given = [(f"r{number}", score) for number, score in enumerate(scores, start=first) if score is not None]
    table = pd.DataFrame(given, columns=["record_id", "score"]).astype({"record_id": "str", "score": "float64"})
    return table.assign(source=source, question=question)[["source", "record_id", "question", "score"]].astype(
        {"source": "str", "question": "str"}
    )


def source_of(*columns: str, **parts: Any) -> dict[str, Any]:
    """Return the source `cases`, which maps these columns beside what every record needs."""
    mapped = {"record_id": "id", "pipe": {"is": "complaint"}, "occurred_at": "when", "category": "place"}
    source: dict[str, Any] = SMALL["sources"][0] | {"columns": mapped | {name: name for name in columns}} | parts
    return source


def survey_of(*questions: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """Return the source `survey`, which asks these questions."""
    asked = [{"from": question["question"], "scale": [1, 5]} | question for question in questions]
    mapped = {"record_id": "id", "pipe": {"is": "survey"}, "occurred_at": "when"}
    return {"id": "survey", "reads": {"csv": "x.csv"}, "fills": "ratings", "columns": mapped, "ratings": asked} | parts


def outcomes(
    measure: dict[str, Any],
    rows: Sequence[Mapping[str, Any]],
    *columns: str,
    as_of: datetime = AS_OF,
    ratings: pd.DataFrame = NO_RATINGS,
    **parts: Any,
) -> list[str]:
    """Return the outcome of each row by one measure; `columns` are what the source maps, the row's own keys without them."""
    mapped = columns or tuple(dict.fromkeys(name for row in rows for name in row if name not in ("source", "category", "record_id")))
    one = standard(measure=measure, target_share=None if is_figure(measure) else 0.8)
    house = programme(**({"sources": [source_of(*mapped)], "standards": [one]} | parts))
    return decided(feedback(*rows), ratings, house, as_of)


def is_figure(measure: dict[str, Any]) -> bool:
    """Return whether a measure's figure is no share."""
    return not {"net_promoter", "mean_rating", "median_rating", "median", "mean"}.isdisjoint(measure)


def decided(table: pd.DataFrame, ratings: pd.DataFrame, house: Programme, as_of: datetime = AS_OF) -> list[str]:
    """Return the outcome of each record by the programme's only standard."""
    with open_cases(table, ratings, house, as_of) as cases:
        found = decide_outcomes(cases)
    by_record = dict(zip(found["record_id"], found["outcome"], strict=True))
    return [str(by_record.get(name, NO_CASE)) for name in table["record_id"]]
