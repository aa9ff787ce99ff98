"""Files that tell what people did: our own CSV, and the exports of Jira and ServiceNow. Rows in, changes or problems out.

Our own file tells changes, a row each. An export tells how each issue stands now: where that is so already, it changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import pandas as pd

from config.errors import InputError
from config.tables import FOLLOW_UP_ID
from tasks.follow_ups.saying import change_said
from tasks.results import FollowUpChange, FollowUpStatus
from tasks.times import parse_times

LayoutName = Literal["touchstone", "jira", "servicenow"]
MOST_COLUMNS_NAMED = 12

_REQUIRED: Mapping[LayoutName, tuple[str, ...]] = {
    "touchstone": ("follow_up_id", "at", "by"),
    "jira": ("key", "status", "updated"),
    "servicenow": ("key", "status", "updated"),
}
_HEADERS: Mapping[LayoutName, Mapping[str, tuple[str, ...]]] = {  # the column that we want, and what it may be called
    "touchstone": {
        name: (name,)
        for name in ("follow_up_id", "at", "by", "status", "evidence", "note", "effort_person_weeks", "predicted_change", "kind")
    },
    "jira": {
        "key": ("Issue key", "Key"),
        "status": ("Status",),
        "updated": ("Updated",),
        "by": ("Assignee",),
        "done": ("Resolved",),
        "resolution": ("Resolution",),
    },
    "servicenow": {
        "key": ("number",),
        "status": ("state",),
        "updated": ("sys_updated_on", "Updated"),
        "by": ("assigned_to",),
        "done": ("closed_at", "resolved_at", "Closed", "Resolved"),
        "resolution": ("close_code", "Resolution code"),
        "note": ("close_notes", "Resolution notes"),
    },
}
_STATES: Mapping[str, FollowUpStatus] = {
    **dict.fromkeys(("to do", "open", "new"), "proposed"),
    **dict.fromkeys(("in progress", "work in progress"), "in_progress"),
    **dict.fromkeys(("done", "closed", "resolved"), "done"),
}
_TIME_FORMATS = (None, "%d/%b/%y %I:%M %p", "%d/%b/%y %H:%M", "%d/%b/%Y %I:%M %p", "%d/%b/%Y %H:%M")  # ISO 8601, then Jira's
_ID = re.compile(rf"(?<![0-9a-z]){FOLLOW_UP_ID}(?![0-9a-z])")


@dataclass(frozen=True)
class Told:
    """What one row tells: a change of a follow-up, nothing new, or why nobody can tell; row: as people number it."""

    row: int
    follow_up_id: str = ""
    change: FollowUpChange | None = None
    problem: str = ""


@dataclass(frozen=True)
class Context:
    """What a file does not say itself.

    zone: of times without one; region: the country by whose rules telephone numbers are read; name: the person who stands for rows that
    name nobody.
    """

    origin: str
    zone: str
    region: str | None = None
    name: str = ""


def layout_of(headers: Sequence[str], wanted: LayoutName | None = None) -> LayoutName:
    """Return whose columns these are; InputError where they are nobody's, or not those of the wanted layout."""
    layouts: Sequence[LayoutName] = (wanted,) if wanted else get_args(LayoutName)
    fitting = [layout for layout in layouts if set(_REQUIRED[layout]) <= _found(headers, layout).keys()]
    if fitting:
        return fitting[0]
    more = len(headers) - MOST_COLUMNS_NAMED
    some = ", ".join(headers[:MOST_COLUMNS_NAMED]) + (f" and {more} more" if more > 0 else "")
    needs = " or ".join(f"{layout} ({', '.join(_names_needed(layout))})" for layout in layouts)
    raise InputError(f"The file has the columns {some}, which do not fit {needs}; export it with these, or rename its columns.")


def told_by(rows: pd.DataFrame, layout: LayoutName, context: Context) -> tuple[Told, ...]:
    """Return what each row of text tells, in their order; the index holds the rows' numbers.

    Times without a zone are in the context's. A time that a clock change made unclear is taken as `tasks.times` takes it.
    """
    columns = _found(list(rows.columns), layout)
    times: dict[str, pd.Series] = {
        name: _instants(rows[columns[name]], context.zone) for name in ("at", "updated", "done") if name in columns
    }
    tell = _own_row if layout == "touchstone" else _issue
    cells = rows.apply(lambda column: column.str.strip()).fillna("").to_dict("records")
    found = []
    for number, row in zip(rows.index, cells, strict=True):
        known = {name: row[column] for name, column in columns.items()}
        instants = {name: column[number] for name, column in times.items()}
        found.append(_told(int(number), tell, row, known, instants, context))
    return tuple(found)


Row = Mapping[str, str]
Instants = Mapping[str, pd.Timestamp]
Teller = Callable[[Mapping[str, Any], Row, Instants, Context], tuple[str, FollowUpChange | None]]


def _told(number: int, tell: Teller, row: Mapping[str, Any], known: Row, instants: Instants, context: Context) -> Told:
    try:
        follow_up_id, change = tell(row, known, instants, context)
    except InputError as error:
        return Told(number, problem=str(error).removesuffix("."))
    return Told(number, follow_up_id, change)


def _own_row(_row: Mapping[str, Any], known: Row, instants: Instants, context: Context) -> tuple[str, FollowUpChange]:
    if not re.fullmatch(FOLLOW_UP_ID, known["follow_up_id"]):
        raise InputError(f"{known['follow_up_id']!r} is no follow-up's id; write one such as fu-0123456789.")
    said: dict[str, Any] = {name: known[name] for name in ("evidence", "note") if name in known}
    said |= {name: _number(name, known[name]) for name in ("effort_person_weeks", "predicted_change") if known.get(name)}
    said |= {name: re.sub(r"[\s-]+", "_", known[name].lower()) for name in ("status", "kind") if known.get(name)}
    at = _instant("at", known, instants)
    return known["follow_up_id"], change_said(at, known["by"] or context.name, context.origin, context.region, **said)


def _issue(row: Mapping[str, Any], known: Row, instants: Instants, context: Context) -> tuple[str, FollowUpChange | None]:
    key = known["key"] or "an issue without a key"
    ids = sorted({one for cell in row.values() for one in _ID.findall(cell.lower())})
    if len(ids) != 1:
        found = f"names {' and '.join(ids)}; leave one of them" if ids else "names no follow-up; write its id, such as fu-0123456789"
        raise InputError(f"{key} {found}, in its summary or a label.")
    status = _STATES.get(known["status"].lower())
    if status is None:
        raise InputError(f"{key} has the status {known['status']!r}, which is none of {', '.join(_STATES)}; move it to one of these.")
    if status == "proposed":
        return ids[0], None
    is_timed = status == "done" and known.get("done")
    at = _instant("done" if is_timed else "updated", known, instants)
    resolution = known.get("resolution") or ""
    evidence = f"{known['key']} ({resolution})" if resolution else known["key"]
    by = known.get("by") or context.name
    return ids[0], change_said(at, by, context.origin, context.region, status=status, evidence=evidence, note=known.get("note", ""))


def _instant(name: str, known: Row, instants: Instants) -> datetime:
    if pd.isna(instants[name]):
        given = f"the time {known[name]!r} cannot be read" if known[name] else "there is no time"
        raise InputError(f"{given}; write it as 2026-04-20T09:00+02:00.")
    return instants[name].to_pydatetime()


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"the {name} {text!r} is no number; write one such as 0.5.") from None


def _instants(texts: pd.Series, zone: str) -> pd.Series:
    """Return the instants that texts stand for, each in the first of the known ways of writing that fits."""
    stripped = texts.str.strip()
    found = parse_times(stripped, None, zone).values
    for time_format in _TIME_FORMATS[1:]:
        if found.isna().any():
            found = found.fillna(parse_times(stripped, time_format, zone).values)
    return found


def _found(headers: Iterable[str], layout: LayoutName) -> dict[str, str]:
    """Return for each column that we want and that is there what it is called in the file; the first of several."""
    by_name = {_plain(header): header for header in reversed(list(headers))}
    there = {name: [by_name[_plain(one)] for one in names if _plain(one) in by_name] for name, names in _HEADERS[layout].items()}
    return {name: found[0] for name, found in there.items() if found}


def _plain(header: str) -> str:
    return re.sub(r"[\s_]+", " ", header).strip().lower()


def _names_needed(layout: LayoutName) -> list[str]:
    return [_HEADERS[layout][name][0] for name in _REQUIRED[layout]]
