"""What the invented organisation did about two follow-ups, and what is true of it: one fix worked, one changed nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from config.periods import Quarter
from tasks.demo.plan import CYCLES
from tasks.planning import follow_up_id

PROGRAMME_ID = "caldersound-ferries"
COLUMNS = ["follow_up", "when", "who", "status", "evidence", "note", "person_weeks", "predicted"]


@dataclass(frozen=True)
class PlannedAction:
    """One step that a person told of."""

    finding: str
    when: str
    who: str
    status: str
    evidence: str = ""
    note: str = ""
    person_weeks: str = ""
    predicted: str = ""


WIFI, STAFF = "standard:wifi:onboard", "standard:helpful-staff:terminal"
OPENED_IN = CYCLES[0]
ACTIONS = (
    PlannedAction(WIFI, "2025-04-22 10:15", "M. Sutherland", "accepted", person_weeks="6", predicted="0.2"),
    PlannedAction(STAFF, "2025-04-24 09:30", "R. Begg", "accepted", note="refresher for all desks", person_weeks="3", predicted="0.1"),
    PlannedAction(STAFF, "2025-06-02 08:00", "R. Begg", "in_progress"),
    PlannedAction(STAFF, "2025-06-20 17:00", "R. Begg", "done", evidence="attendance list of the refresher"),
    PlannedAction(WIFI, "2025-09-01 08:00", "M. Sutherland", "in_progress", note="new access points, ship by ship"),
    PlannedAction(WIFI, "2025-09-26 16:40", "M. Sutherland", "done", evidence="acceptance protocol of order 4471"),
)
# finding: the cycle in which the data can answer, and their answer
OUTCOMES: Mapping[str, tuple[str, str]] = {STAFF: ("2025Q3", "no_effect"), WIFI: ("2025Q4", "worked")}


def actions_of(cycle: str) -> pd.DataFrame:
    """Return the file of a quarter's updates as text: COLUMNS, none where nobody did anything."""
    rows = [vars(one) for one in ACTIONS if _quarter_of(one) == cycle]
    table = pd.DataFrame(rows, columns=["finding", *COLUMNS[1:]], dtype="str")
    ids = [follow_up_id(PROGRAMME_ID, finding, OPENED_IN) for finding in table["finding"]]
    return table.assign(follow_up=pd.Series(ids, dtype="str"))[COLUMNS]


def _quarter_of(action: PlannedAction) -> str:
    return str(Quarter.of(pd.Timestamp(action.when).date(), "january"))
