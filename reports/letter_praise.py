"""The letter to the frontline: what customers thanked for, touchpoint by touchpoint, and what was kept or got better; no blame."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from config.programme import Department
from reports import figures, formats
from reports.letter_departments import own_touchpoints
from reports.letter_items import biggest, first_items, standard_title
from reports.letter_layout import Content, Item, Section
from reports.stages import names_of
from tasks.results import Cause, Compliance, CycleSummary, Place

THANKS_EACH = 3
QUOTES_EACH = 2
STANDARDS = 6


@dataclass(frozen=True)
class _Thanks:
    """What customers gave thanks for at one touchpoint, how many of them, and their words."""

    label: str
    records: int
    quotes: tuple[str, ...]


def praise(summary: CycleSummary, subject: str, link: str | None, group: Sequence[Department] | None = None) -> Content | None:
    """Return the letter about every touchpoint, or about those of the departments in `group`; None where nobody gave thanks there."""
    ids = None if group is None else {department.id for department in group}
    own = None if ids is None else own_touchpoints(summary, ids)
    places = [place for place in summary.touchpoints if own is None or place.id in own]
    found = {place.title: _thanks(summary, place, ids) for place in places}
    thanked = tuple(Section(title, _items(thanks)) for title, thanks in found.items() if thanks)
    if not thanked:
        return None
    who = "us" if group is None else formats.listed(department.title for department in group)
    kept = first_items(_kept(summary, own), STANDARDS)
    told = f" in {formats.counted(summary.data.praise, 'text')}" if group is None and summary.data.praise else ""
    when = formats.period(summary.starts, summary.ends, summary.timezone)
    return Content(
        subject=f"{subject}: what customers thanked {who} for",
        heading=f"{summary.title}, {summary.edition}: what customers thanked {who} for",
        lead=f"From {when} customers thanked {who}{told}. Here is for what, in their own words.",
        sections=(*thanked, *((Section("Kept, or better than before", kept),) if kept else ())),
        link=link,
    )


def _thanks(summary: CycleSummary, place: Place, departments: Collection[str] | None) -> tuple[_Thanks, ...]:
    """Return what customers thanked for at a touchpoint, what most thanked for first."""
    told = []
    for cause in biggest(summary.praise):
        records = sum(part.records for part in cause.touchpoints if part.id == place.id)
        if records:
            told.append(_Thanks(cause.label, records, _quotes(cause, place, departments)[:QUOTES_EACH]))
    return tuple(sorted(told, key=lambda one: -one.records))


def _quotes(cause: Cause, place: Place, departments: Collection[str] | None) -> tuple[str, ...]:
    """Return what was said at the touchpoint, of the departments' own cases where some are given."""
    here = [quote for quote in cause.quotes if quote.touchpoint == place.id]
    return tuple(quote.text for quote in here if departments is None or set(quote.departments) & set(departments))


def _items(thanks: Sequence[_Thanks]) -> tuple[Item, ...]:
    return tuple(Item(one.label, (formats.counted(one.records, "text"),), one.quotes) for one in thanks[:THANKS_EACH])


def _kept(summary: CycleSummary, touchpoints: Collection[str] | None) -> tuple[Item, ...]:
    """Return the standards that were met, or are better than the quarter before, at the touchpoints; what was missed is not said."""
    names = names_of(summary)
    rows = (row for row in summary.standards if touchpoints is None or row.touchpoint in touchpoints)
    return tuple(Item(standard_title(row, names), lines, tone="good") for row in rows if (lines := _good_news(row)))


def _good_news(row: Compliance) -> tuple[str, ...]:
    met = (f"Kept: {figures.measured(row)} of {formats.count(row.n)}",) if row.verdict == "met" else ()
    change = row.previous
    better = change is not None and change.verdict == "improved"
    return (*met, *((f"Better: {figures.difference(row, change)} since {change.against}",) if change and better else ()))
