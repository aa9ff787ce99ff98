"""The validation page: what was checked, what passed, what was set aside and why; ids and counts only, never a customer's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from reports.rendering import render_page
from tasks.results import DataQuality, FeedFinding, InputFile, RuleFinding

FILES_SHOWN = 50
PIPES_SHOWN = 40


def render_validation(title: str, cycle: str, as_of: datetime, timezone: str, data: DataQuality) -> bytes:
    """Return the validation page as one HTML file in UTF-8; it says first whether the cycle is publishable.

    A cycle is publishable when every required check of `data.gate` passed. The page lies in the cycle's
    folder validation/ beside quarantine.csv, and links to the report only where there is one.
    """
    pipes = sorted(data.pipes, key=lambda pipe: (-pipe.records, pipe.pipe, pipe.channel, pipe.is_internal))
    files = files_read(data)
    return render_page(
        "validation.html.jinja",
        title=title,
        cycle=cycle,
        as_of=as_of,
        timezone=timezone,
        data=data,
        gate=sorted(data.gate, key=lambda check: not check.is_required),
        failed_checks=[check for check in data.gate if check.is_required and not check.is_passed],
        quarantined=sum(account.quarantined for account in data.accounts),
        errors=_broken(rule for rule in data.rules if rule.severity == "error"),
        warnings=_broken(rule for rule in data.rules if rule.severity == "warning"),
        kept_rules=_by_source(rule for rule in data.rules if not rule.failed),
        feeds=sorted(data.feeds, key=lambda feed: (bool(feed.records), not feed.warnings)),
        odd_feeds=odd_feeds(data),
        pipes=pipes[:PIPES_SHOWN],
        other_pipes=pipes[PIPES_SHOWN:],
        categories=[use for use in data.categories if use.categorised],
        files=_by_feed(files[:FILES_SHOWN]),
        other_files=files[FILES_SHOWN:],
    )


def odd_feeds(data: DataQuality) -> tuple[FeedFinding, ...]:
    """Return the feeds that somebody should look at: without a record, late, or with a volume that earlier quarters do not explain."""
    return tuple(feed for feed in data.feeds if feed.warnings or not feed.records)


def files_read(data: DataQuality) -> tuple[InputFile, ...]:
    """Return every file that was read; one a source and quarter where its files are not known one by one."""
    accounts = (*data.accounts, *data.refreshed)
    return data.files or tuple(
        InputFile(source=one.source, cycle=one.cycle, place=one.place, sha256=one.sha256, rows=one.read) for one in accounts
    )


def _broken(rules: Iterable[RuleFinding]) -> Sequence[RuleFinding]:
    return sorted((rule for rule in rules if rule.failed), key=lambda rule: (-rule.failed, rule.source, rule.rule))


def _by_source(rules: Iterable[RuleFinding]) -> Mapping[str, Sequence[RuleFinding]]:
    found: dict[str, list[RuleFinding]] = {}
    for rule in rules:
        found.setdefault(rule.source, []).append(rule)
    return found


def _by_feed(files: Iterable[InputFile]) -> Mapping[tuple[str, str], Sequence[InputFile]]:
    """Return the files of each source and quarter together, so that a list of them names each pair once."""
    found: dict[tuple[str, str], list[InputFile]] = {}
    for file in files:
        found.setdefault((file.source, file.cycle), []).append(file)
    return found
