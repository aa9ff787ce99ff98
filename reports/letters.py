"""The letters of a cycle: to whom which is sent, and what it says."""

from __future__ import annotations

from collections.abc import Sequence

from config.programme import Audience, Department
from reports import formats
from reports.letter_items import (
    cause_items,
    claim_items,
    effect_items,
    escalation_items,
    first_items,
    follow_up_item,
    own_item,
    returning_items,
    source_items,
    standard_items,
)
from reports.letter_layout import Content, Item, Section, letter_of
from reports.stages import names_of, open_follow_ups, requests_by_owner
from tasks.results import OPEN_STATUSES, CycleSummary, Letter

DIGEST_STANDARDS = 5
DIGEST_CAUSES = 3
DIGEST_RETURNING = 3
REPORT_CAUSES = 10


def compose(
    summary: CycleSummary, audiences: Sequence[Audience], departments: Sequence[Department], link: str | None, ledger_head: str
) -> tuple[Letter, ...]:
    """Return the letters of a published cycle, one a recipient and audience, in the programme's order.

    `link` is the report's address where it can be read; without it a letter names the file.
    `ledger_head` is the hash that the ledger's chain ended with when the report was published.
    Audiences that get alerts or approvals hear nothing of a published cycle.
    """
    letters: list[Letter] = []
    for audience in audiences:
        if audience.gets == "follow_ups" and audience.mail == "departments":
            letters += _department_letters(summary, audience.id, departments, link)
        elif audience.gets not in ("alerts", "approvals"):
            content = _content(summary, audience, link, ledger_head)
            letters += [letter_of(content, audience.id, recipient) for recipient in recipients(audience, departments)]
    return tuple(letters)


def recipients(audience: Audience, departments: Sequence[Department]) -> tuple[str, ...]:
    """Return the addresses of an audience, each once."""
    addresses = [department.mail for department in departments if department.mail] if audience.mail == "departments" else audience.mail
    return tuple(dict.fromkeys(addresses))


def _content(summary: CycleSummary, audience: Audience, link: str | None, ledger_head: str) -> Content:
    if audience.gets == "digest":
        return _digest(summary, link)
    if audience.gets == "report":
        return _report(summary, link, ledger_head)
    return _all_follow_ups(summary, link)


def _digest(summary: CycleSummary, link: str | None) -> Content:
    missed = [row for row in summary.standards if row.verdict == "not_met"]
    names = names_of(summary)
    return Content(
        subject=_subject(summary, _scores(summary)),
        heading=f"{summary.title}, {summary.edition}",
        lead=summary.headline,
        sections=(
            Section("Standards not met", first_items(standard_items(missed, names), DIGEST_STANDARDS), "No standard was found not met."),
            Section(
                "The biggest causes", cause_items(summary.causes, DIGEST_CAUSES, quoted=1), "No cause was found in what customers wrote."
            ),
            Section("What keeps coming back", _coming_back(summary), "Nothing was seen more than once."),
        ),
        closing=_where_to_read(summary, link),
        link=link,
    )


def _coming_back(summary: CycleSummary) -> tuple[Item, ...]:
    """Return what goes to leadership, then claimed against true; where nothing goes there, follow-ups that were seen more than once."""
    names, claimed = names_of(summary), claim_items(summary.loop.resolutions, summary.headline)
    if summary.loop.escalations:
        return (*first_items(escalation_items(summary.loop.escalations, names), DIGEST_RETURNING), *claimed)
    returning = sorted((one for one in open_follow_ups(summary.follow_ups) if one.times_seen > 1), key=lambda one: -one.times_seen)
    return (*first_items(returning_items(returning, names), DIGEST_RETURNING), *claimed)


def _unless_empty(title: str, items: tuple[Item, ...]) -> tuple[Section, ...]:
    return (Section(title, items),) if items else ()


def _report(summary: CycleSummary, link: str | None, ledger_head: str) -> Content:
    names = names_of(summary)
    asked = tuple(
        Item(
            names.departments.get(request.owner, request.owner),
            tuple(f"{one.title}, {formats.deadline(one.due, is_overdue=one.is_overdue)}" for one in request.follow_ups),
        )
        for request in requests_by_owner(summary.follow_ups)
    )
    return Content(
        subject=_subject(summary, "check report"),
        heading=f"{summary.title}, {summary.edition}: check report",
        lead=summary.headline,
        sections=(
            Section("Standards", standard_items(summary.standards, names), "No standard is set."),
            Section("Causes", cause_items(summary.causes, REPORT_CAUSES, quoted=0), "No cause was found in what customers wrote."),
            *_unless_empty("Whether what was done worked", effect_items(summary)),
            Section("What is asked of whom", asked, "No follow-up is open."),
            Section("What was read", source_items(summary.data), "No source was read."),
        ),
        closing=(
            *_where_to_read(summary, link),
            f"Programme: sha256 {summary.trace.programme_sha256}",
            f"Ledger's head when this was published: {ledger_head}",
        ),
        link=link,
    )


def _all_follow_ups(summary: CycleSummary, link: str | None) -> Content:
    asked = open_follow_ups(summary.follow_ups)
    section = Section("Follow-ups", tuple(follow_up_item(one, summary) for one in asked), "No follow-up is open.")
    return _follow_up_content(summary, formats.counted(len(asked), "open follow-up"), (section,), link)


def _department_letters(summary: CycleSummary, audience: str, departments: Sequence[Department], link: str | None) -> list[Letter]:
    """Return a letter to each address whose departments are asked, or told what came of it; departments may share an address."""
    sharing: dict[str, list[Department]] = {}
    for department in departments:
        if department.mail:
            sharing.setdefault(department.mail, []).append(department)
    contents = {address: _department_content(summary, group, link) for address, group in sharing.items()}
    return [letter_of(content, audience, address) for address, content in contents.items() if content]


def _department_content(summary: CycleSummary, group: Sequence[Department], link: str | None) -> Content | None:
    ids = {department.id for department in group}
    asked = open_follow_ups(summary.follow_ups)
    owned = tuple(own_item(one, summary) for one in asked if one.owner in ids)
    shared = tuple(follow_up_item(one, summary) for one in asked if one.owner not in ids and ids & set(one.departments))
    told = tuple(
        own_item(one, summary) for one in summary.follow_ups if one.owner in ids and one.effect and one.status not in OPEN_STATUSES
    )
    if not owned and not shared and not told:
        return None
    asks = (Section("You are accountable for", owned, "None of them."), Section("You contribute to", shared, "None of them."))
    sections = (*asks, *_unless_empty("What came of what you did", told))
    who = formats.listed(department.title for department in group)
    return _follow_up_content(summary, f"{formats.counted(len(owned) + len(shared), 'follow-up')} for {who}", sections, link)


def _follow_up_content(summary: CycleSummary, what: str, sections: tuple[Section, ...], link: str | None) -> Content:
    return Content(
        subject=_subject(summary, what),
        heading=f"{summary.title}, {summary.edition}: {what}",
        lead=summary.headline,
        sections=sections,
        closing=_where_to_read(summary, link),
        link=link,
    )


def _subject(summary: CycleSummary, what: str) -> str:
    return f"{summary.title} {summary.edition}: {what}"


def _scores(summary: CycleSummary) -> str:
    met = sum(row.verdict == "met" for row in summary.standards)
    asked = formats.counted(len(open_follow_ups(summary.follow_ups)), "open follow-up")
    return f"{met} of {formats.counted(len(summary.standards), 'standard')} met, {asked}" if summary.standards else asked


def _where_to_read(summary: CycleSummary, link: str | None) -> tuple[str, ...]:
    return () if link else (f"The report is {summary.programme}/{summary.edition}/index.html where reports are published.",)
