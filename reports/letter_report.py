"""The letter to the quality team: what the report says in counts, where each part of it lies, and what to look at first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from reports import formats
from reports.letter_digest import missed_most
from reports.letter_items import biggest, cause_item, effect_items, first_items, source_items, standard_items
from reports.letter_layout import Content, Item, Section, Tile
from reports.stages import names_of, open_follow_ups, requests_by_owner
from reports.words import VERDICTS
from tasks.results import CycleSummary

STANDARDS = 20
CAUSES = 10
ASKED_EACH = 5
_FILES: Mapping[str, str] = {
    "workbook.xlsx": "Workbook",
    "report.pdf": "The report to file or print",
    "validation/index.html": "What was checked, and what was quarantined",
    "compliance.csv": "Standards, a row each",
    "causes.csv": "Causes, a row each",
    "follow_ups.csv": "Follow-ups, a row each",
    "summary.json": "Everything the report says, for programs",
    "manifest.json": "Hashes of everything that went in and came out",
    "seal.json": "The ledger's seal",
}


def report(summary: CycleSummary, subject: str, link: str | None, ledger_head: str, files: Collection[str]) -> Content:
    """Return the letter about a quarter; of its `files`, named as they lie beside the report, it links to those that people open."""
    names = names_of(summary)
    rest = [row for verdict in ("uncertain", "too_few", "met") for row in summary.standards if row.verdict == verdict]
    standards = standard_items((*missed_most(summary.standards), *rest), names)
    effects = effect_items(summary)
    return Content(
        subject=f"{subject}: check report",
        heading=f"{summary.title}, {summary.edition}: check report",
        lead=summary.headline,
        tiles=_tiles(summary),
        sections=(
            *_links(link, files),
            Section("Standards", first_items(standards, STANDARDS), "No standard is set."),
            Section("Causes", tuple(map(cause_item, biggest(summary.causes)[:CAUSES])), "No cause was found in what customers wrote."),
            *((Section("Whether what was done worked", effects),) if effects else ()),
            Section("What is asked of whom", _asked(summary), "No follow-up is open."),
            Section("What was read", source_items(summary.data), "No source was read."),
        ),
        closing=(
            f"Programme: sha256 {summary.trace.programme_sha256}",
            f"Ledger's head when this was published: {ledger_head}",
        ),
        link=link,
    )


def _tiles(summary: CycleSummary) -> tuple[Tile, ...]:
    counts = Counter(row.verdict for row in summary.standards)
    asked = open_follow_ups(summary.follow_ups)
    data = summary.data
    counted = (
        *((counts[verdict], f"standards {VERDICTS[verdict].word}") for verdict in VERDICTS if counts[verdict]),
        (sum(cause.size > 0 for cause in summary.causes), "causes"),
        (len(asked), "open follow-ups"),
        (sum(one.is_overdue for one in asked), "overdue"),
        (data.records, "records"),
        (sum(account.quarantined for account in data.accounts), "quarantined"),
    )
    return tuple(Tile(formats.count(number), label) for number, label in counted)


def _links(link: str | None, files: Collection[str]) -> tuple[Section, ...]:
    if link is None:
        return ()
    folder = link.rpartition("/")[0]
    beside = tuple(Item(title, link=f"{folder}/{name}") for name, title in _FILES.items() if name in files)
    return (Section("Where to look", (*beside, Item("All cycles", link=f"{folder.rpartition('/')[0]}/index.html"))),)


def _asked(summary: CycleSummary) -> tuple[Item, ...]:
    """Return an item an owner, the earliest due first."""
    departments = names_of(summary).departments
    return tuple(
        Item(
            departments.get(request.owner, request.owner),
            (
                *(f"{one.title}, {formats.deadline(one.due, is_overdue=one.is_overdue)}" for one in request.follow_ups[:ASKED_EACH]),
                *((f"and {len(request.follow_ups) - ASKED_EACH} more",) if len(request.follow_ups) > ASKED_EACH else ()),
            ),
        )
        for request in requests_by_owner(summary.follow_ups)
    )
