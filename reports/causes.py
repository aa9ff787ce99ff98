"""What is said of causes: since when, what they came from, week by week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports import formats
from reports.charts import spark_through
from tasks.results import Cause, WeekCount

_ORDINALS = {2: "second", 3: "third", 4: "fourth"}


def seen_for(cause: Cause) -> str:
    """Return since when a cause is seen, such as `third quarter running, first in 2025Q4`."""
    if not cause.size:
        return f"first in {cause.first_seen}, not in this quarter"
    if cause.quarters_in_row < 2:
        return f"first seen in {cause.first_seen}"
    return f"{_ORDINALS.get(cause.quarters_in_row, f'{cause.quarters_in_row}th')} quarter running, first in {cause.first_seen}"


def came_from(cause: Cause, cause_of: Mapping[str, Cause]) -> str:
    """Return what a cause was part of, or what it has taken in."""
    if cause.took_in:
        return f"took in {formats.listed(_named(one, cause_of) for one in cause.took_in)}"
    return f"was part of {_named(cause.split_from, cause_of)}"


def week_line(weeks: Sequence[WeekCount]) -> str:
    """Return the records of each week as one small line, from 0 up."""
    return spark_through([week.records for week in weeks], lowest=0)


def weeks_in_words(weeks: Sequence[WeekCount]) -> str:
    """Return the text alternative of that line."""
    fewest, most = min(week.records for week in weeks), max(week.records for week in weeks)
    when = f"{formats.counted(len(weeks), 'week')} from {formats.day(weeks[0].week)}"
    return f"{when}: {formats.count(fewest)} to {formats.count(most)} texts a week"


def name_in(name: str, titles: Mapping[str, str]) -> str:
    """Return the title of an id, or the id where it has none."""
    return titles.get(name, name)


def _named(name: str, cause_of: Mapping[str, Cause]) -> str:
    return f"\u201c{formats.clean(cause_of[name].label)}\u201d ({name})" if name in cause_of else name
