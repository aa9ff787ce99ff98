"""The letters of a cycle: to whom which is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from config.programme import Audience, Department
from reports import formats
from reports.letter_departments import addresses, own_follow_ups
from reports.letter_digest import digest
from reports.letter_items import follow_up_item
from reports.letter_layout import Content, Section, letter_of
from reports.letter_praise import praise
from reports.letter_report import report
from reports.stages import open_follow_ups
from tasks.results import CycleSummary, Letter


@formats.in_its_look
def compose(
    summary: CycleSummary,
    audiences: Sequence[Audience],
    departments: Sequence[Department],
    link: str | None,
    ledger_head: str,
    files: Collection[str] = (),
) -> tuple[Letter, ...]:
    """Return the letters of a published cycle, one a recipient and audience, in the programme's order.

    `link` is the report's address where it can be read; without it a letter names the file.
    `ledger_head` is the hash that the ledger's chain ended with when the report was published, `files` are the names of what lies
    beside the report. Audiences that get alerts or approvals hear nothing of a published cycle.
    """
    letters: list[Letter] = []
    for audience in audiences:
        if audience.gets in ("follow_ups", "praise") and audience.mail == "departments":
            letters += _to_departments(summary, audience, departments, link)
        elif audience.gets not in ("alerts", "approvals"):
            content = _content(summary, audience, link, ledger_head, files)
            letters += [letter_of(content, audience.id, address) for address in recipients(audience, departments)] if content else []
    return tuple(letters)


def recipients(audience: Audience, departments: Sequence[Department]) -> tuple[str, ...]:
    """Return the addresses of an audience, each once."""
    mails = [department.mail for department in departments if department.mail] if audience.mail == "departments" else audience.mail
    return tuple(dict.fromkeys(mails))


def _to_departments(summary: CycleSummary, audience: Audience, departments: Sequence[Department], link: str | None) -> Iterator[Letter]:
    """Yield a letter to each address whose departments have something to read."""
    subject = _subject(summary)
    for address, group in addresses(departments).items():
        is_praise = audience.gets == "praise"
        content = praise(summary, subject, link, group) if is_praise else own_follow_ups(summary, group, subject, link)
        if content:
            yield letter_of(_told_where(content, summary), audience.id, address)


def _content(summary: CycleSummary, audience: Audience, link: str | None, ledger_head: str, files: Collection[str]) -> Content | None:
    subject = _subject(summary)
    if audience.gets == "digest":
        content: Content | None = digest(summary, f"{subject}: {_scores(summary)}", link)
    elif audience.gets == "report":
        content = report(summary, subject, link, ledger_head, files)
    elif audience.gets == "praise":
        content = praise(summary, subject, link)
    else:
        content = _all_follow_ups(summary, subject, link)
    return content and _told_where(content, summary)


def _all_follow_ups(summary: CycleSummary, subject: str, link: str | None) -> Content:
    asked = open_follow_ups(summary.follow_ups)
    quotes = {f"cause:{cause.id}": tuple(quote.text for quote in cause.quotes[:1]) for cause in summary.causes}
    items = tuple(follow_up_item(one, summary, quotes) for one in asked)
    what = formats.counted(len(asked), "open follow-up")
    return Content(
        subject=f"{subject}: {what}",
        heading=f"{summary.title}, {summary.edition}: {what}",
        lead=summary.headline,
        sections=(Section("Follow-ups", items, "No follow-up is open."),),
        link=link,
    )


def _subject(summary: CycleSummary) -> str:
    return f"{summary.title} {summary.edition}"


def _scores(summary: CycleSummary) -> str:
    met = sum(row.verdict == "met" for row in summary.standards)
    asked = formats.counted(len(open_follow_ups(summary.follow_ups)), "open follow-up")
    return f"{met} of {formats.counted(len(summary.standards), 'standard')} met, {asked}" if summary.standards else asked


def _told_where(content: Content, summary: CycleSummary) -> Content:
    """Return the content with the report's file named, where it has no link to it."""
    if content.link:
        return content
    where = f"The report is {summary.programme}/{summary.edition}/index.html where reports are published."
    return replace(content, closing=(where, *content.closing))
