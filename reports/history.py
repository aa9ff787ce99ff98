"""The history's index: every published cycle of a programme, newest first, and the way to all that is told across cycles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reports.history_causes import CauseHistory
from reports.history_record import FOLLOW_UPS_PAGE, OTHER_EVENTS, LeftOut, revision
from reports.history_standards import StandardHistory
from reports.rendering import render_page
from reports.stages import Names
from tasks.results import FollowUpStatus, HistoryEntry, Resolutions

SIGNS_AT_MOST = 3_000  # verdicts on the index, so that thousands of standards leave it small
QUARTERS_AT_MOST = 8
TABLES: Sequence[str] = ("compliance.csv", "causes.csv", "follow_ups.csv")
FILES: Sequence[str] = ("workbook.xlsx", "report.pdf", *TABLES, "summary.json", "datapackage.json")


@dataclass(frozen=True)
class Shelves:
    """What the index leads to beside the reports; empty where nothing but the reports is there."""

    resolutions: Mapping[str, Resolutions] = field(default_factory=dict)  # by edition
    standards: tuple[StandardHistory, ...] = ()
    causes: tuple[CauseHistory, ...] = ()
    names: Names | None = None
    open_follow_ups: int = 0
    overdue_follow_ups: int = 0
    follow_up_statuses: Mapping[FollowUpStatus, int] = field(default_factory=dict)
    ledgers: Mapping[str, str] = field(default_factory=dict)  # pages by edition
    undelivered: Mapping[str, int] = field(default_factory=dict)  # mails that no server took, by edition
    left_out: tuple[LeftOut, ...] = ()
    files: Mapping[str, frozenset[str]] = field(default_factory=dict)  # names by edition


def render_history(programme: str, title: str, entries: Sequence[HistoryEntry], shelves: Shelves | None = None) -> bytes:
    """Return the index of a programme's cycles as one HTML file in UTF-8, linking to <edition>/index.html and to the history's pages."""
    shelves = shelves or Shelves()
    newest_first = sorted(entries, key=lambda entry: (entry.cycle, revision(entry.edition)), reverse=True)
    latest: dict[str, str] = {}
    for entry in newest_first:
        latest.setdefault(entry.cycle, entry.edition)
    return render_page(
        "history.html.jinja",
        programme=programme,
        title=title,
        entries=newest_first,
        superseded={entry.edition: latest[entry.cycle] for entry in entries if entry.edition != latest[entry.cycle]},
        shelves=shelves,
        files={entry.edition: [name for name in FILES if name in shelves.files.get(entry.edition, ())] for entry in entries},
        quarters=max(1, min(QUARTERS_AT_MOST, SIGNS_AT_MOST // max(1, len(shelves.standards)))),
        kinds=[[one for one in shelves.causes if one.is_praise == is_praise] for is_praise in (False, True)],
        follow_ups_page=FOLLOW_UPS_PAGE,
        other_events=OTHER_EVENTS,
    )
