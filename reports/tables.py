"""The published tables as bytes: CSV for people and spreadsheets, Parquet, JSON, and the package that describes them."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from reports.columns import ASSIGNMENTS, CAUSES, COMPLIANCE, FOLLOW_UPS, LIST_SEPARATOR, Column, Row
from reports.finding_columns import CHARTS, DRIVERS, SLICES, TIMES
from reports.loop_columns import DECISIONS, EFFECTS, PROMISES, judged, promised
from tasks.results import CycleSummary
from tasks.spreadsheets import harmless

DECIMALS = 6
_NEEDS_QUOTES = re.compile('[,"\r\n]')

_PRIMARY_KEYS: Mapping[str, tuple[str, ...]] = {
    "compliance.csv": ("standard", "touchpoint"),
    "causes.csv": ("id",),
    "follow_ups.csv": ("id",),
    "assignments.csv": ("source", "record_id"),
    "times.csv": ("touchpoint", "start", "end"),
    "slices.csv": ("standard", "touchpoint", "dimension", "value", "dimension_2", "value_2"),
    "drivers.csv": ("source", "overall", "question"),
    "charts.csv": ("subject", "starts"),
    "effects.csv": ("follow_up",),
    "promises.csv": ("id",),
    "decisions.csv": ("id",),
}
_CSV_COLUMNS: Mapping[str, Sequence[Column[Any]]] = {
    "compliance.csv": COMPLIANCE,
    "causes.csv": CAUSES,
    "follow_ups.csv": FOLLOW_UPS,
    "assignments.csv": ASSIGNMENTS,
    "times.csv": TIMES,
    "slices.csv": SLICES,
    "drivers.csv": DRIVERS,
    "charts.csv": CHARTS,
    "effects.csv": EFFECTS,
    "promises.csv": PROMISES,
    "decisions.csv": DECISIONS,
}
_MEANINGS: Mapping[str, str] = {
    "compliance.csv": "How well each standard was kept, a row a standard and touchpoint.",
    "causes.csv": "What customers wrote about, a row a cause.",
    "follow_ups.csv": "What is asked of whom by when.",
    "assignments.csv": "Which text belongs to which cause.",
    "times.csv": "How long cases take, a row a touchpoint; open cases included.",
    "slices.csv": "Where a standard is missed more often than elsewhere, a row a slice.",
    "drivers.csv": "Which questions go with the overall rating, a row a question; an association, no cause.",
    "charts.csv": "What the control charts show, a row a point.",
    "effects.csv": "Whether what was declared done worked, a row a follow-up.",
    "promises.csv": "What was promised before the data existed, and what came of it, a row an objective.",
    "decisions.csv": "What the figures propose, and what a named person decided, a row a decision.",
    "outcomes.parquet": "Each case: met, missed, pending or excluded.",
    "counts.parquet": "The counts by week that the charts are drawn from.",
    "scores.parquet": "Answers by week, score and weight, of which means, medians and net promoter scores are made.",
    "durations.parquet": "Cases by week and minutes taken, done or still waiting, of which times are made.",
}


def compliance_csv(summary: CycleSummary) -> bytes:
    """Return compliance.csv, a row a standard and touchpoint; shares are 0 to 1."""
    return _csv(COMPLIANCE, summary.standards)


def causes_csv(summary: CycleSummary) -> bytes:
    """Return causes.csv, a row a cause; lists are joined by semicolons."""
    return _csv(CAUSES, summary.causes)


def follow_ups_csv(summary: CycleSummary) -> bytes:
    """Return follow_ups.csv, a row a follow-up; lists are joined by semicolons."""
    return _csv(FOLLOW_UPS, summary.follow_ups)


def assignments_csv(assignments: pd.DataFrame) -> bytes:
    """Return assignments.csv from the columns record_id, cause_id (empty: no cause) and source, in the order given."""
    return _csv(ASSIGNMENTS, zip(assignments["record_id"], assignments["cause_id"], assignments["source"], strict=True))


def times_csv(summary: CycleSummary) -> bytes:
    """Return times.csv, a row a touchpoint and pair of events; times are hours."""
    return _csv(TIMES, summary.times)


def slices_csv(summary: CycleSummary) -> bytes:
    """Return slices.csv, a row a slice of one or two dimensions, the most excess misses first; shares are 0 to 1."""
    return _csv(SLICES, summary.slices)


def drivers_csv(summary: CycleSummary) -> bytes:
    """Return drivers.csv, a row a survey and question, the largest share first; shares are 0 to 1."""
    return _csv(DRIVERS, ((one, driver) for one in summary.drivers for driver in one.drivers))


def charts_csv(summary: CycleSummary) -> bytes:
    """Return charts.csv, a row a chart and point, in the charts' own units."""
    return _csv(CHARTS, ((chart, point) for chart in summary.charts for point in chart.points))


def effects_csv(summary: CycleSummary) -> bytes:
    """Return effects.csv, a row a follow-up that Check has judged; levels and changes are shares, 0 to 1."""
    return _csv(EFFECTS, judged(summary))


def promises_csv(summary: CycleSummary) -> bytes:
    """Return promises.csv, a row an objective: those that this quarter judges, then those ahead; shares are 0 to 1."""
    return _csv(PROMISES, promised(summary))


def decisions_csv(summary: CycleSummary) -> bytes:
    """Return decisions.csv, a row a decision that waits or was made since the last report."""
    return _csv(DECISIONS, summary.loop.decisions)


def summary_json(summary: CycleSummary) -> bytes:
    """Return summary.json: every result, keys sorted, numbers to six places."""
    return _json(_rounded(summary.model_dump(mode="json")))


def datapackage_json(summary: CycleSummary, files: Mapping[str, bytes]) -> bytes:
    """Return a Frictionless Data Package (v1) that describes those of `files` (path to bytes) that are published tables."""
    tables = sorted(path for path in files if path in _MEANINGS)
    return _json(
        {
            "profile": "data-package",
            "name": f"{summary.programme}-{summary.edition}".lower(),
            "title": f"{summary.title} {summary.edition}",
            "description": summary.headline,
            "version": summary.edition,
            "created": summary.as_of.isoformat(),
            "resources": [_resource(path, files[path]) for path in tables],
        }
    )


def _csv(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> bytes:
    lines = [[column.name for column in columns], *([_cell(column.read(row)) for column in columns] for row in rows)]
    return "".join(",".join(map(_quoted, cells)) + "\n" for cells in lines).encode()


def _quoted(cell: str) -> str:
    """Return a cell as RFC 4180 quotes it; the standard library leaves a lone carriage return bare, which breaks the row."""
    return '"' + cell.replace('"', '""') + '"' if _NEEDS_QUOTES.search(cell) else cell


def _cell(value: object) -> str:
    """Return a value as a cell; text that a spreadsheet could run gets a leading apostrophe."""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, list | tuple):
        return _cell(LIST_SEPARATOR.join(value))
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return _dated(value)
    return f"{value:.{DECIMALS}f}" if isinstance(value, float) else str(value)


def _dated(value: date) -> str:
    """Return a day, or an instant in UTC, as ISO 8601 and Table Schema write it: 2026-01-12T09:00:00Z; one without a zone is of UTC."""
    if not isinstance(value, datetime):
        return value.isoformat()
    known = value if value.tzinfo else value.replace(tzinfo=UTC)
    return f"{known.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


def _json(content: object) -> bytes:
    return (json.dumps(content, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _resource(path: str, content: bytes) -> dict[str, Any]:
    name, _, kind = path.rpartition(".")
    resource = {"name": name.replace("_", "-"), "path": path, "description": _MEANINGS[path], "format": kind}
    if kind == "parquet":
        # its hash stands in manifest.json alone: the reference validator cannot hash Parquet and calls a right one wrong
        return resource | {"profile": "data-resource", "mediatype": "application/vnd.apache.parquet", "schema": _parquet_schema(content)}
    proof = {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
    return (
        resource | proof | {"profile": "tabular-data-resource", "mediatype": "text/csv", "encoding": "utf-8", "schema": _csv_schema(path)}
    )


def _csv_schema(path: str) -> dict[str, Any]:
    fields = [_field(column) for column in _CSV_COLUMNS[path]]
    return {"fields": fields, "primaryKey": list(_PRIMARY_KEYS[path]), "missingValues": [""]}


def _field(column: Column[Any]) -> dict[str, Any]:
    described = {"name": column.name, "type": column.type, "description": column.description}
    return described | ({"constraints": dict(column.constraints)} if column.constraints else {})


def _parquet_schema(content: bytes) -> dict[str, Any]:
    schema = pq.read_schema(io.BytesIO(content))
    return {"fields": [{"name": field.name, "type": _table_schema_type(field.type)} for field in schema]}


def _table_schema_type(kind: pa.DataType) -> str:
    """Return the Table Schema type of an Arrow type; `any` where there is none of that name."""
    tests = {
        "boolean": pa.types.is_boolean,
        "integer": pa.types.is_integer,
        "number": pa.types.is_floating,
        "date": pa.types.is_date,
        "datetime": pa.types.is_timestamp,
        "string": lambda one: pa.types.is_string(one) or pa.types.is_large_string(one) or pa.types.is_dictionary(one),
    }
    return next((name for name, is_of_type in tests.items() if is_of_type(kind)), "any")
