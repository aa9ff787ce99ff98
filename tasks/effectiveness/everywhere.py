"""Standards counted at every touchpoint, promised there or not: what is left alone must be counted by the same rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import pandas as pd

from config.periods import Quarter
from config.programme import Programme
from config.standards import ALL_TOUCHPOINTS, Standard
from tasks.effectiveness.panel import Panel, panel_of
from tasks.results import FollowUp

COLUMNS = ["standard", "touchpoint", "week", "met", "missed"]


def standards_followed(follow_ups: Iterable[FollowUp]) -> frozenset[str]:
    """Return the ids of the standards that follow-ups are about."""
    return frozenset(one.finding.split(":")[1] for one in follow_ups if one.finding.startswith("standard:"))


def counted_everywhere(programme: Programme, standards: Collection[str]) -> Programme:
    """Return a programme that promises these standards, and others of the same kind of measure, at each touchpoint by itself.

    Where a question is rated, its answers are about its own touchpoint, and the standard stays as it is.
    """
    kinds = {type(one.measure) for one in programme.promises if one.id in standards}
    wanted = [_at_each(one, programme) for one in programme.promises if type(one.measure) in kinds and one.is_share]
    return programme.model_copy(update={"standards": tuple(wanted), "complaint_handling": None})


def panel_everywhere(counts: pd.DataFrame, programme: Programme) -> Panel:
    """Return the panel of such counts, with the columns COLUMNS: a unit a standard and touchpoint, and one for each standard over all."""
    placed = counts.assign(unit=counts["standard"] + ":" + counts["touchpoint"])
    whole = counts.assign(unit=counts["standard"] + f":{ALL_TOUCHPOINTS}")
    both = pd.concat([placed, whole.loc[counts["touchpoint"] != ALL_TOUCHPOINTS]], ignore_index=True)
    return panel_of(both.assign(n=both["met"] + both["missed"]), quarter_starts(both["week"], programme))


def quarter_starts(weeks: pd.Series, programme: Programme) -> Sequence[np.datetime64]:
    """Return the days on which the quarters begin that hold the weeks."""
    if weeks.empty:
        return ()
    first, last = (Quarter.of(day.date(), programme.year_starts_in) for day in (weeks.min(), weeks.max() + pd.Timedelta(days=6)))
    days = []
    while last >= first:
        days.append(np.datetime64(last.first_day(programme.year_starts_in), "D"))
        last = last.back(1)
    return days


def _at_each(standard: Standard, programme: Programme) -> Standard:
    if standard.measure.question is not None:
        return standard
    return standard.model_copy(update={"touchpoints": tuple(point.id for point in programme.touchpoints)})
