"""What the steps of a cycle hand to each other: references and small figures, kept in the ledger as JSON."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tasks.results import Cause, Check, Compliance, Family, FollowUp, HistoryEntry, Ref, Restatement, Result, RuleFinding, SourceAccount


class KnownQuarter(Result):
    """How far an earlier quarter is known from one source or from all."""

    cycle: str
    until: datetime | None = Field(description="The instant up to which its cases are known; None: nothing is.")
    note: str = Field(default="", description="Why nothing is known; fit to be published.")


class EarlierCycle(Result):
    """What later cycles need of a finished one."""

    cycle: str
    edition: str
    as_of: datetime
    feedback: Ref
    ratings: Ref
    findings: Ref
    cause_model: Ref
    sources: dict[str, str] = Field(description="Hash of each source's mapping: the same hash, the same meaning.")


class Plan(Result):
    """Everything from earlier cycles that this one builds on."""

    earlier: tuple[EarlierCycle, ...] = Field(description="Finished ones of the four quarters before, nearest first.")
    cause_model: Ref | None = Field(description="Of the nearest earlier cycle, however long ago.")
    follow_ups: tuple[FollowUp, ...] = Field(description="Open when this cycle began.")


class Pulled(Result):
    """One source, taken in."""

    source: str
    account: SourceAccount
    refreshed: tuple[SourceAccount, ...]
    known: tuple[KnownQuarter, ...]
    details: tuple[str, ...] = Field(description="Why earlier quarters could not be read again; stays in the ledger.")
    rules: tuple[RuleFinding, ...]
    feedback: Ref
    ratings: Ref
    quarantine: Ref


class Snapshot(Result):
    """The immutable data of one cycle, and whether they are good enough."""

    feedback: Ref
    ratings: Ref
    quarantine: Ref
    accounts: tuple[SourceAccount, ...]
    refreshed: tuple[SourceAccount, ...]
    rules: tuple[RuleFinding, ...]
    gate: tuple[Check, ...]
    known: tuple[KnownQuarter, ...]
    unplaced: int
    records: int
    answers: int

    @property
    def is_publishable(self) -> bool:
        """Whether every required check passed."""
        return all(check.is_passed for check in self.gate if check.is_required)


class Counted(Result):
    """Outcomes and counts of every standard."""

    outcomes: Ref
    counts: Ref


class CauseList(Result):
    """Causes with their quotes: customers' words, which stay in the vault."""

    causes: tuple[Cause, ...]


class Grouped(Result):
    """The cycle's causes, before the tests on their sizes are seen as a family."""

    causes: Ref = Field(description="A CauseList.")
    assignments: Ref
    model: Ref
    texts: int
    without_cause: int


class Findings(Result):
    """What Check found."""

    standards: tuple[Compliance, ...]
    causes: tuple[Cause, ...]
    families: tuple[Family, ...]
    restatements: tuple[Restatement, ...]


class Stored(Result):
    """A reference to a result that is too large for the ledger's row."""

    ref: Ref


class Agreed(Result):
    """All open follow-ups after this cycle."""

    follow_ups: tuple[FollowUp, ...]


class Rendered(Result):
    """The files to publish, by name."""

    files: dict[str, Ref]


class PublishedFile(Result):
    """A file as it stands in the store."""

    key: str
    sha256: str
    size_bytes: int


class Published(Result):
    """What is visible now."""

    files: tuple[PublishedFile, ...]
    entry: HistoryEntry | None
    ledger_head: str


class Outgoing(Result):
    """The mails to queue, as columns of the ledger's table."""

    rows: tuple[dict[str, str], ...]


class Sent(Result):
    """What became of the mails, by status."""

    by_status: dict[str, int]
