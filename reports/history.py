"""The history page: every published cycle of a programme, newest first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reports.rendering import render_page
from tasks.results import HistoryEntry

_REVISION = re.compile(r"\.r(\d+)$")


def render_history(programme: str, title: str, entries: Sequence[HistoryEntry]) -> bytes:
    """Return the index of a programme's cycles as one HTML file in UTF-8, linking to <edition>/index.html."""
    newest_first = sorted(entries, key=lambda entry: (entry.cycle, _revision(entry.edition)), reverse=True)
    latest: dict[str, str] = {}
    for entry in newest_first:
        latest.setdefault(entry.cycle, entry.edition)
    superseded = {entry.edition: latest[entry.cycle] for entry in entries if entry.edition != latest[entry.cycle]}
    return render_page("history.html.jinja", programme=programme, title=title, entries=newest_first, superseded=superseded)


def _revision(edition: str) -> int:
    """Return 2 for 2026Q3.r2 and 1 for 2026Q3, so that r10 comes after r9."""
    match = _REVISION.search(edition)
    return int(match[1]) if match else 1
