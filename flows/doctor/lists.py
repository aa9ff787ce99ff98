"""The doctor's lists of one programme: quarters without a finished cycle, late feeds, follow-ups without an owner, mails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select

from config.calendar import latest_due, quarters_between
from config.periods import Quarter
from config.programme import Programme
from flows.doctor.finding import Finding, listed
from tasks.ledger.connection import Ledger
from tasks.ledger.editions import AWAITING_APPROVAL, REJECTED
from tasks.ledger.locks import holder
from tasks.ledger.models import Cycle, Input, Lock
from tasks.ledger.outbox import QUEUED, REFUSED, SENDING, UNKNOWN, mails_of
from tasks.ledger.views import editions, follow_ups

FINISHED = "finished"
_UNFINISHED = {
    "running": ("was interrupted", "{backfill} goes on with it"),
    "interrupted": ("was interrupted", "{backfill} goes on with it"),
    "failed": ("failed", "put right what the error names (touchstone status {name}), then: {backfill}"),
    "not_publishable": ("is not publishable", "correct the source or the mapping, then: {backfill}"),
    AWAITING_APPROVAL: ("waits for an approval", "look at it and decide: touchstone approve {file} --name NAME"),
    REJECTED: ("was rejected", "change what was rejected, then: {backfill}"),
}
_MAIL_ADVICE = {
    UNKNOWN: "ask whether it came; if not: touchstone mail resend {id}",
    SENDING: "ask whether it came; if not: touchstone mail resend {id}",
    REFUSED: "see why, and once the address takes mails: touchstone mail resend {id} (touchstone mail list {programme})",
    QUEUED: "run the cycle again, which sends it, or: touchstone mail resend {id}",
}
_SHOWN_IDS = 3


@dataclass(frozen=True)
class Examined:
    """A programme as it is now, and how its file is called in commands."""

    programme: Programme
    file: str

    @property
    def name(self) -> str:
        """The programme's id."""
        return self.programme.programme


def lists(ledger: Ledger, examined: Examined, now: datetime) -> Iterator[Finding]:
    """Yield who holds the lock, and what waits for a person in each list."""
    name = examined.name
    yield from listed(name, "lock", lambda: _lock(ledger, examined), "nobody runs a cycle")
    yield from listed(name, "cycles", lambda: _unfinished(ledger, examined, now), "every quarter whose cycle was due has a finished one")
    yield from listed(name, "late feeds", lambda: _silent_feeds(ledger, examined), "no source that gave rows before has fallen silent")
    yield from listed(name, "follow-ups", lambda: _without_owner(ledger, examined), "every open follow-up has an owner with a mail address")
    yield from listed(name, "mails", lambda: _stuck_mails(ledger, examined), "no mail is unknown, refused or queued")


def finished_cycles(ledger: Ledger, name: str) -> frozenset[str]:
    """Return the quarters of a programme that have a finished cycle."""
    return frozenset(edition.cycle for edition in _published(ledger, name) if edition.status == FINISHED)


def _published(ledger: Ledger, name: str) -> list[Cycle]:
    return [edition for edition in editions(ledger, name) if not edition.is_draft]


def _lock(ledger: Ledger, examined: Examined) -> Iterator[Finding]:
    with ledger.transaction() as session:
        lock = session.get(Lock, examined.name)
    if lock is None:
        return
    who = f"{lock.actor} (process {lock.pid} on {lock.host}, {lock.edition}, since {lock.taken_at[:19]} UTC)"
    if holder(ledger, examined.name):
        yield Finding(examined.name, "lock", "ok", f"a cycle is being run by {who}")
    else:
        yield Finding(examined.name, "lock", "attention", f"a run that died left its lock: {who}", f"{_backfill(examined)} takes it over")


def _unfinished(ledger: Ledger, examined: Examined, now: datetime) -> Iterator[Finding]:
    """Yield the quarters without a finished cycle, from the first that was begun to the last that was due."""
    published, lock = _published(ledger, examined.name), holder(ledger, examined.name)
    if not published:
        yield Finding(examined.name, "cycles", "ok", "no cycle was begun yet, so none is missing")
        return
    running = {lock.edition.split(".")[0]} if lock else set()
    done = running | {edition.cycle for edition in published if edition.status == FINISHED}
    latest = {edition.cycle: edition for edition in published}
    first, last = Quarter.parse(min(latest)), latest_due(examined.programme, now)
    for cycle in map(str, quarters_between(first, last)):
        if cycle not in done:
            yield _unfinished_quarter(examined, cycle, latest.get(cycle))


def _unfinished_quarter(examined: Examined, cycle: str, edition: Cycle | None) -> Finding:
    if edition is None:
        advice = f"{_backfill(examined)} runs what is missing, in order"
        return Finding(examined.name, "cycles", "attention", f"{cycle} was never begun", advice)
    state, advice = _UNFINISHED[edition.status]
    words = f"{cycle} {state}" + (f": {edition.error}" if edition.error else "")
    names = {"backfill": _backfill(examined), "file": examined.file, "name": examined.name}
    return Finding(examined.name, "cycles", "attention", words, advice.format_map(names))


def _backfill(examined: Examined) -> str:
    return f"touchstone backfill {examined.file}"


def _silent_feeds(ledger: Ledger, examined: Examined) -> Iterator[Finding]:
    """Yield the sources that gave no accepted row of its own quarter to the newest edition, although they gave some to an earlier one."""
    given = _accepted_rows(ledger, examined.name)
    for edition, newest in list(given.items())[-1:]:
        for source in (source for source, accepted in newest.items() if accepted == 0):
            earlier = next((name for name in reversed(given) if given[name].get(source)), None)
            if earlier is not None:
                words = f"source {source} gave no accepted row to {edition}, and {given[earlier][source]} to {earlier}"
                again = f"touchstone run {examined.file} --cycle {edition.split('.')[0]} --revise REASON"
                advice = f"see in its validation page where the rows went, ask who delivers them, then: {again}"
                yield Finding(examined.name, "late feeds", "attention", words, advice)


def _accepted_rows(ledger: Ledger, name: str) -> dict[str, dict[str, int]]:
    """Return for each edition, oldest first, how many rows of its own quarter each source gave to its last attempt."""
    same_attempt = (Cycle.programme == Input.programme) & (Cycle.edition == Input.edition) & (Cycle.attempt == Input.attempt)
    query = select(Input).join(Cycle, same_attempt & (Cycle.cycle == Input.cycle))
    query = query.where(Input.programme == name, Cycle.is_draft.is_(False)).order_by(Cycle.cycle, Cycle.revision, Input.source)
    given: dict[str, dict[str, int]] = {}
    with ledger.transaction() as session:
        for row in session.scalars(query):
            given.setdefault(row.edition, {})[row.source] = row.accepted
    return given


def _without_owner(ledger: Ledger, examined: Examined) -> Iterator[Finding]:
    """Yield, for each owner that cannot be reached, the open follow-ups that wait for it."""
    mail_of = {department.id: department.mail for department in examined.programme.departments}
    waiting = sorted(follow_ups(ledger, examined.name, only_open=True), key=lambda one: (one.owner, one.id))
    for owner, own in groupby(waiting, key=lambda one: one.owner):
        ids = [one.id for one in own]
        if mail_of.get(owner):
            continue
        reason = "has no mail address" if owner in mail_of else "is no department of the programme any more"
        remedy = "give it one under `departments`" if owner in mail_of else "put it back under `departments`, or give them another owner"
        shown = ", ".join(ids[:_SHOWN_IDS]) + (", …" if len(ids) > _SHOWN_IDS else "")
        words = f"{len(ids)} open follow-up(s) belong to {owner!r}, which {reason}: {shown}"
        yield Finding(examined.name, "follow-ups", "attention", words, remedy)


def _stuck_mails(ledger: Ledger, examined: Examined) -> Iterator[Finding]:
    """Yield the mails that nobody will send, or can tell of; while a cycle runs it sees to its own."""
    waits = {QUEUED, SENDING} if holder(ledger, examined.name) else set()
    for mail in mails_of(ledger, examined.name):
        if mail.status in _MAIL_ADVICE and mail.status not in waits:
            reason = f": {mail.detail}" if mail.detail else ""
            words = f"the mail of {mail.edition} to {mail.recipient} ({mail.audience}) is {mail.status}{reason}"
            advice = _MAIL_ADVICE[mail.status].format(id=mail.message_id.strip("<>"), programme=examined.name)
            yield Finding(examined.name, "mails", "attention", words, advice)
