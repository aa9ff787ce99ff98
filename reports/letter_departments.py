"""The letter to a department: what it is asked to do and why, in its own customers' words, and no other department's cases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from config.programme import Department
from reports import formats
from reports.invitations import due_dates
from reports.letter_charts import chart_at, chart_of
from reports.letter_digest import missed_most
from reports.letter_items import Quotes, first_items, follow_up_item, own_item, standard_items
from reports.letter_layout import Content, Section
from reports.stages import names_of, open_follow_ups
from tasks.results import OPEN_STATUSES, Cause, Chart, Compliance, CycleSummary, FollowUp

QUOTES_EACH = 2
STANDARDS = 5


def addresses(departments: Iterable[Department]) -> dict[str, list[Department]]:
    """Return the departments by mail address, which several may share."""
    sharing: dict[str, list[Department]] = {}
    for department in departments:
        if department.mail:
            sharing.setdefault(department.mail, []).append(department)
    return sharing


def own_touchpoints(summary: CycleSummary, departments: Collection[str]) -> frozenset[str]:
    """Return the touchpoints that one of the departments shapes."""
    return frozenset(place.id for place in summary.touchpoints if set(place.departments) & set(departments))


def own_quotes(cause: Cause, departments: Collection[str]) -> tuple[str, ...]:
    """Return a cause's quotes from cases of the departments; one of which nobody knows whose it is goes to none."""
    return tuple(quote.text for quote in cause.quotes if set(quote.departments) & set(departments))


def own_follow_ups(summary: CycleSummary, group: Sequence[Department], subject: str, link: str | None) -> Content | None:
    """Return the letter to departments that share an address; None where nothing is asked of them and nothing told."""
    ids = {department.id for department in group}
    asked = open_follow_ups(summary.follow_ups)
    owned = tuple(one for one in asked if one.owner in ids)
    shared = tuple(one for one in asked if one.owner not in ids and ids & set(one.departments))
    told = tuple(one for one in summary.follow_ups if one.owner in ids and one.effect and one.status not in OPEN_STATUSES)
    if not owned and not shared and not told:
        return None
    quotes = _quotes(summary, ids)
    missed = _own_missed(summary, ids)
    who = formats.listed(department.title for department in group)
    sections = (
        Section("You are accountable for", tuple(own_item(one, summary, quotes) for one in owned), "None of them."),
        Section("You contribute to", tuple(follow_up_item(one, summary, quotes) for one in shared), "None of them."),
        Section("What came of what you did", tuple(own_item(one, summary, quotes) for one in told)),
        Section("Standards that you answer for and that are not met", first_items(standard_items(missed, names_of(summary)), STANDARDS)),
    )
    what = f"{formats.counted(len(owned) + len(shared), 'follow-up')} for {who}"
    return Content(
        subject=f"{subject}: {what}",
        heading=f"{summary.title}, {summary.edition}: {what}",
        lead=_lead(owned, shared, told),
        sections=tuple(section for section in sections if section.items or section.when_empty),
        link=link,
        chart=_own_chart(summary, ids, owned, missed),
        attachments=(due_dates(owned, summary, link),) if owned else (),
    )


def _lead(owned: Sequence[FollowUp], shared: Sequence[FollowUp], told: Sequence[FollowUp]) -> str:
    """Return what is asked in a sentence or two of the department's own: the quarter's headline names other departments' cases."""
    late = sum(one.is_overdue for one in owned)
    when = (
        f"{formats.count(late)} overdue"
        if late
        else ", ".join(f"the first due {formats.deadline(one.due, is_overdue=False)}" for one in owned[:1])
    )
    parts = [f"You are accountable for {formats.counted(len(owned), 'open follow-up')}, {when}."] if owned else []
    parts += [f"You contribute to {formats.counted(len(shared), 'open follow-up')} of other departments."] if shared else []
    parts += [f"What came of {formats.counted(len(told), 'earlier follow-up')} stands below."] if told else []
    return " ".join(parts)


def _quotes(summary: CycleSummary, ids: Collection[str]) -> Quotes:
    return {f"cause:{cause.id}": own_quotes(cause, ids)[:QUOTES_EACH] for cause in summary.causes}


def _own_missed(summary: CycleSummary, ids: Collection[str]) -> tuple[Compliance, ...]:
    """Return the standards not met at touchpoints that the departments are accountable for."""
    answered_for = _answered_for(summary, ids)
    return tuple(row for row in missed_most(summary.standards) if row.touchpoint in answered_for)


def _answered_for(summary: CycleSummary, ids: Collection[str]) -> frozenset[str]:
    return frozenset(place.id for place in summary.touchpoints if place.accountable in ids)


def _own_chart(summary: CycleSummary, ids: Collection[str], owned: Sequence[FollowUp], missed: Sequence[Compliance]) -> Chart | None:
    """Return the chart of a standard that the departments answer for: of a missed one, of a follow-up's, of any."""
    findings = {one.finding for one in owned}
    asked = [row for row in summary.standards if f"standard:{row.standard}:{row.touchpoint}" in findings]
    return chart_of((*missed, *asked), summary.charts) or chart_at(_answered_for(summary, ids), summary.charts)
