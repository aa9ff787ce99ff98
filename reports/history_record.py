"""What the history pages are made from: the published summaries, the ledger's events and the follow-ups as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from config.look import Look
from reports.stages import EVERYWHERE, Names, names_of
from tasks.results import CycleSummary, FollowUp, HistoryEntry

FOLDER = "history"
INDEX_PAGE = "index.html"
FOLLOW_UPS_PAGE = f"{FOLDER}/follow-ups.html"
OTHER_EVENTS = "other"  # the page of events that belong to no published edition; no edition can be called so
STANDARD, CAUSE, PRAISE = "standard:", "cause:", "praise:"
_JOINT = "--"
_SAFE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9_-])?")
_REVISION = re.compile(r"\.r(\d+)$")


@dataclass(frozen=True)
class LedgerEvent:
    """One event of the ledger as people see it; `at` is ISO 8601 in UTC, `step` the step that it is about, if any."""

    seq: int
    at: str
    edition: str
    kind: str
    actor: str
    hash: str
    step: str = ""


@dataclass(frozen=True)
class MailFate:
    """What became of one mail: `status` is that of the outbox, `detail` what the server said, or why nobody can tell."""

    edition: str
    audience: str
    recipient: str
    status: str
    detail: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A published edition whose summary the history cannot use, and why."""

    edition: str
    reason: str


@dataclass(frozen=True)
class History:
    """A programme's past: summaries are those of the newest edition of each cycle, oldest cycle first, and at least one."""

    programme: str
    summaries: tuple[CycleSummary, ...]
    entries: tuple[HistoryEntry, ...]
    follow_ups: tuple[FollowUp, ...] = ()
    events: tuple[LedgerEvent, ...] = ()
    mails: tuple[MailFate, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    files: Mapping[str, frozenset[str]] = field(default_factory=dict)  # names of the published files by edition

    @property
    def newest(self) -> CycleSummary:
        """The last cycle's summary, from which titles are taken."""
        return self.summaries[-1]

    @property
    def look(self) -> Look:
        """That of the last cycle."""
        return self.newest.look

    @property
    def names(self) -> Names:
        """Titles by id, those of parts that the programme no longer has as they were last."""
        known = [names_of(summary) for summary in self.summaries]
        return Names(
            stages={name: title for names in known for name, title in names.stages.items()},
            touchpoints={name: title for names in known for name, title in names.touchpoints.items()},
            departments={name: title for names in known for name, title in names.departments.items()},
        )


def revision(edition: str) -> int:
    """Return 2 for 2026Q3.r2 and 1 for 2026Q3, so that r10 comes after r9."""
    match = _REVISION.search(edition)
    return int(match[1]) if match else 1


def standard_page(standard: str, touchpoint: str) -> str:
    """Return the path of a standard's page at one touchpoint; two pairs never share one.

    Where the joint occurs inside an id, so that the name could be read in two ways, the length of the first id is added.
    """
    is_plain = _JOINT not in standard and _JOINT not in touchpoint
    return f"{FOLDER}/standards/{_safe(standard)}{_JOINT}{_safe(touchpoint)}{'' if is_plain else f'{_JOINT}{len(standard)}'}.html"


def cause_page(cause: str) -> str:
    """Return the path of a cause's page."""
    return f"{FOLDER}/causes/{_safe(cause)}.html"


def praise_page(cause: str) -> str:
    """Return the path of the page of something that customers thank for."""
    return f"{FOLDER}/praise/{_safe(cause)}.html"


def ledger_page(edition: str) -> str:
    """Return the path of the page of an edition's events."""
    return f"{FOLDER}/ledger/{_safe(edition)}.html"


def root_from(page: str) -> str:
    """Return the way from a page back to the programme's folder: ../../ for history/causes/2026Q1-03.html."""
    return "../" * page.count("/")


def unsafe_names(summary: CycleSummary) -> tuple[str, ...]:
    """Return the names of a summary that no file may bear; none in what Touchstone wrote."""
    return tuple(name for name in _names_in(summary) if not _SAFE.fullmatch(name))


def _names_in(summary: CycleSummary) -> Iterator[str]:
    yield summary.edition
    for row in summary.standards:
        yield from (row.standard, row.touchpoint)
    for one in summary.restatements:
        yield from (one.standard, one.touchpoint)
    for cause in (*summary.causes, *summary.praise):
        yield cause.id


def _safe(name: str) -> str:
    if not _SAFE.fullmatch(name):
        raise ValueError(f"{name!r} cannot be the name of a file")
    return name


def page_of_finding(finding: str) -> str:
    """Return the path of the page that a follow-up's finding would have; nothing where it is no standard and no cause."""
    kind, _, rest = finding.partition(":")
    if kind in ("cause", "praise") and _SAFE.fullmatch(rest):
        return cause_page(rest) if kind == "cause" else praise_page(rest)
    standard, _, touchpoint = rest.partition(":")
    is_standard = kind == "standard" and _SAFE.fullmatch(standard) and _SAFE.fullmatch(touchpoint or EVERYWHERE)
    return standard_page(standard, touchpoint or EVERYWHERE) if is_standard else ""
