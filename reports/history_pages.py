"""The history site: every page of a programme's past, each self-contained, linked to the others and to the reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from reports import formats
from reports.history import Shelves, render_history
from reports.history_causes import CauseHistory, cause_histories, labels_of
from reports.history_follow_ups import Desk, desks
from reports.history_record import (
    FOLLOW_UPS_PAGE,
    INDEX_PAGE,
    OTHER_EVENTS,
    History,
    LedgerEvent,
    ledger_page,
    root_from,
)
from reports.history_standards import StandardHistory, standard_histories
from reports.rendering import render_page

DELIVERED = "sent"  # as the outbox calls a mail that a server took
EVENTS_AT_MOST = 5_000  # on one page; `touchstone audit show` lists them all


@formats.in_its_look
def history_pages(history: History) -> dict[str, bytes]:
    """Return the index and every page of the history by their paths inside the programme's folder, in UTF-8.

    Pages lead to each other and to the editions' own folders by relative links, so that they open from a folder and from S3 alike.
    """
    standards, causes = standard_histories(history), (*cause_histories(history), *cause_histories(history, is_praise=True))
    found = desks(history, {one.page for one in standards} | {one.page for one in causes})
    events = _events_by_page(history)
    common = _common(history, standards, causes)
    pages = {one.page: _page("history_standard.html.jinja", one.page, common, one=one) for one in standards}
    pages |= {one.page: _page("history_cause.html.jinja", one.page, common, one=one) for one in causes}
    pages[FOLLOW_UPS_PAGE] = _page("history_follow_ups.html.jinja", FOLLOW_UPS_PAGE, common, desks=found)
    pages |= {ledger_page(name): _ledger(history, name, own, common) for name, own in events.items()}
    shelves = _shelves(history, standards, causes, found, frozenset(events))
    return pages | {INDEX_PAGE: render_history(history.programme, history.newest.title, history.entries, shelves)}


def _common(history: History, standards: tuple[StandardHistory, ...], causes: tuple[CauseHistory, ...]) -> dict[str, Any]:
    """Return what every page below the index is rendered with; `summary` and the names are also what the shared parts look into."""
    names, labels = history.names, labels_of(causes)
    return {
        "programme": history.programme,
        "summary": history.newest,
        "names": names,
        "names_elsewhere": {**names.touchpoints, **labels},
        "labels": labels,
        "pages_of_causes": {one.id: one.page for one in causes},
        "reports": _reports(history),
        "follow_ups_page": FOLLOW_UPS_PAGE,
        "known_follow_ups": frozenset(one.id for one in history.follow_ups),
        "has_standards": bool(standards),
    }


def _reports(history: History) -> dict[str, str]:
    """Return the path of each edition's report from the programme's folder; names of editions need no escaping in a link."""
    editions = {entry.edition for entry in history.entries} | {summary.edition for summary in history.summaries}
    return {edition: f"{edition}/{INDEX_PAGE}" for edition in sorted(editions)}


def _page(template: str, path: str, common: Mapping[str, Any], **own: Any) -> bytes:
    return render_page(template, root=root_from(path), has_logo=False, **common, **own)


def _events_by_page(history: History) -> dict[str, list[LedgerEvent]]:
    """Return events by the edition whose page holds them; those of no published edition together, where there are any."""
    published = {entry.edition for entry in history.entries}
    events: dict[str, list[LedgerEvent]] = {entry.edition: [] for entry in history.entries}
    for event in history.events:
        events.setdefault(event.edition if event.edition in published else OTHER_EVENTS, []).append(event)
    return events


def _ledger(history: History, name: str, events: list[LedgerEvent], common: Mapping[str, Any]) -> bytes:
    entry = next((entry for entry in history.entries if entry.edition == name), None)
    left_out = max(0, len(events) - EVENTS_AT_MOST)
    mails = [mail for mail in history.mails if mail.edition == name] if entry else []
    return _page(
        "history_ledger.html.jinja",
        ledger_page(name),
        common,
        entry=entry,
        events=events[left_out:],
        left_out=left_out,
        is_newest=name == history.newest.edition,
        mails=Counter(mail.status for mail in mails),
        undelivered=[mail for mail in mails if mail.status != DELIVERED],
    )


def _shelves(
    history: History,
    standards: tuple[StandardHistory, ...],
    causes: tuple[CauseHistory, ...],
    found: tuple[Desk, ...],
    ledgers: frozenset[str],
) -> Shelves:
    statuses = Counter(one.status for one in history.follow_ups)
    return Shelves(
        resolutions={summary.edition: summary.loop.resolutions for summary in history.summaries},
        standards=standards,
        causes=causes,
        names=history.names,
        open_follow_ups=sum(len(desk.open) for desk in found),
        overdue_follow_ups=sum(desk.overdue for desk in found),
        follow_up_statuses=dict(statuses),
        ledgers={name: ledger_page(name) for name in ledgers},
        undelivered=Counter(mail.edition for mail in history.mails if mail.status != DELIVERED),
        left_out=history.left_out,
        files=history.files,
    )
