"""What the steps of a cycle hand to each other: references and small figures, kept in the ledger as JSON."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from config.programme import Subject
from config.reads import Fills
from config.standards import Rebasing
from tasks.ledger.admissions import Admitted
from tasks.results import (
    Adjustment,
    CategoryUse,
    Cause,
    Chart,
    Check,
    Compliance,
    Decision,
    Drivers,
    Family,
    FeedFinding,
    FollowUp,
    HistoryEntry,
    InputFile,
    LateRecords,
    MixEffect,
    PipeCount,
    Promise,
    Ref,
    ResponseRate,
    Restatement,
    Result,
    RuleFinding,
    Slice,
    SourceAccount,
    Theme,
    TimeTo,
)


class StepResult(Result):
    """What a step gives; kept in the ledger, so that a later run goes on from it."""

    @property
    def row_count(self) -> int | None:
        """How many rows the step dealt with; None where it deals with none."""
        return None


class KnownQuarter(Result):
    """How far an earlier quarter is known from one source or from all."""

    cycle: str
    until: datetime | None = Field(description="The instant up to which its cases are known; None: nothing is.")
    note: str = Field(default="", description="Why nothing is known; fit to be published.")


class Counted(StepResult):
    """Outcomes and counts of every standard; the tables of tasks.standards.counts, each with `cycle` and `known_at`."""

    outcomes: Ref
    counts: Ref
    scores: Ref | None = None
    durations: Ref | None = None
    weights: Ref | None = None
    customers: Ref | None = None
    records: Ref | None = None
    slices: Ref | None = None

    @property
    def row_count(self) -> int:
        """Outcomes."""
        return self.outcomes.rows


class EarlierCycle(Result):
    """What later cycles need of a finished one."""

    cycle: str
    edition: str
    as_of: datetime
    feedback: Ref
    ratings: Ref
    findings: Ref
    cause_model: Ref
    assignments: Ref | None = Field(default=None, description="To which cause each of its records belongs.")
    praise_assignments: Ref | None = None
    counted: Counted | None = Field(default=None, description="Its counts, where they were kept as they are now.")
    everywhere: Ref | None = Field(default=None, description="Its counts of followed standards at every touchpoint.")
    agreed: tuple[FollowUp, ...] = Field(default=(), description="The follow-ups of its report.")
    definitions: dict[str, str] = Field(default={}, description="What each standard meant then: the same hash, the same meaning.")
    sources: dict[str, str] = Field(description="Hash of each source's mapping: the same hash, the same meaning.")
    watermarks: dict[str, datetime] = Field(default={}, description="Of incremental sources: the latest change that was seen.")


class Plan(StepResult):
    """Everything from earlier cycles that this one builds on."""

    earlier: tuple[EarlierCycle, ...] = Field(description="Finished ones of the four quarters before, nearest first.")
    cause_model: Ref | None = Field(description="Of the nearest earlier cycle, however long ago.")
    praise_model: Ref | None = Field(default=None, description="The same of what customers thank for.")
    follow_ups: tuple[FollowUp, ...] = Field(description="All of them, as they were known at the as-of.")
    promises: tuple[Promise, ...] = Field(default=(), description="Objectives, as Plan first stored each.")
    decisions: tuple[Decision, ...] = Field(default=(), description="What was proposed, and what people decided by the as-of.")
    rebased: tuple[Rebasing, ...] = Field(default=(), description="Decisions that a chart's limits start anew.")
    removed: tuple[str, ...] = Field(default=(), description="Whose words are left out on request: subjects, see tasks.words.")
    admissions: tuple[Admitted, ...] = Field(default=(), description="Records that were let in from quarantine, by hand or read again.")


class Pulled(StepResult):
    """One source, taken in."""

    source: str
    account: SourceAccount
    refreshed: tuple[SourceAccount, ...]
    known: tuple[KnownQuarter, ...]
    details: tuple[str, ...] = Field(description="Why earlier quarters could not be read again; stays in the ledger.")
    rules: tuple[RuleFinding, ...]
    fills: Fills = "feedback"
    feedback: Ref = Field(description="Rows of the table that the source fills.")
    ratings: Ref
    quarantine: Ref
    files: tuple[InputFile, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    problem: str = Field(default="", description="Why there is nothing of this quarter.")
    watermark: datetime | None = Field(default=None, description="Of an incremental source: the latest change that was seen.")

    @property
    def row_count(self) -> int:
        """Rows read."""
        return self.account.read


class SnapshotQuality(Result):
    """What the reports say about the data beyond the accounts."""

    adjustments: tuple[Adjustment, ...] = ()
    files: tuple[InputFile, ...] = ()
    feeds: tuple[FeedFinding, ...] = ()
    late: tuple[LateRecords, ...] = ()
    pipes: tuple[PipeCount, ...] = ()
    categories: tuple[CategoryUse, ...] = ()
    responses: tuple[ResponseRate, ...] = ()


class Snapshot(StepResult):
    """The immutable data of one cycle, and whether they are good enough."""

    feedback: Ref
    ratings: Ref
    quarantine: Ref
    updates: Ref | None = Field(default=None, description="Changes of follow-ups that sources told, as canonical rows.")
    accounts: tuple[SourceAccount, ...]
    refreshed: tuple[SourceAccount, ...]
    rules: tuple[RuleFinding, ...]
    gate: tuple[Check, ...]
    known: tuple[KnownQuarter, ...]
    unplaced: int
    records: int
    answers: int
    quality: SnapshotQuality = SnapshotQuality()

    @property
    def is_publishable(self) -> bool:
        """Whether every required check passed."""
        return all(check.is_passed for check in self.gate if check.is_required)

    @property
    def row_count(self) -> int:
        """Records and answers."""
        return self.records + self.answers


class CauseList(Result):
    """Causes with their quotes: customers' words, which stay in the vault."""

    causes: tuple[Cause, ...]
    themes: tuple[Theme, ...] = ()
    praise: tuple[Cause, ...] = ()


class Grouped(StepResult):
    """The cycle's causes, before the tests on their sizes are seen as a family."""

    causes: Ref = Field(description="A CauseList.")
    assignments: Ref
    praise_assignments: Ref | None = None
    vectors: Ref | None = Field(default=None, description="Of the texts that were read: to assign them again without reading them.")
    model: Ref
    praise_model: Ref | None = None
    texts: int
    without_cause: int
    notes: tuple[str, ...] = ()

    @property
    def row_count(self) -> int:
        """Texts."""
        return self.texts


class Findings(Result):
    """What Check found."""

    standards: tuple[Compliance, ...]
    causes: tuple[Cause, ...]
    themes: tuple[Theme, ...] = ()
    praise: tuple[Cause, ...] = ()
    cause_notes: tuple[str, ...] = ()
    families: tuple[Family, ...]
    restatements: tuple[Restatement, ...]
    times: tuple[TimeTo, ...] = ()
    charts: tuple[Chart, ...] = ()
    slices: tuple[Slice, ...] = ()
    mixes: tuple[MixEffect, ...] = ()
    drivers: tuple[Drivers, ...] = ()


class FollowUps(Result):
    """Follow-ups with all that people wrote about them, which stays in the vault."""

    follow_ups: tuple[FollowUp, ...]


class Followed(StepResult):
    """What became of follow-ups by the data: verified, opened again, or not to be told yet."""

    follow_ups: Ref = Field(description="FollowUps.")
    everywhere: Ref | None = Field(default=None, description="Counts of followed standards at every touchpoint, by quarter.")
    tests: int = 0
    rejected: int = 0
    notes: tuple[str, ...] = ()


class Stored(StepResult):
    """A reference to a result that is too large for the ledger's row."""

    ref: Ref


class Agreed(StepResult):
    """All follow-ups after this cycle, and what it says of the loop."""

    follow_ups: tuple[FollowUp, ...]
    loop: Ref | None = Field(default=None, description="A Loop: it quotes customers, whose words stay in the vault.")

    @property
    def row_count(self) -> int:
        """Follow-ups."""
        return len(self.follow_ups)


class Rendered(StepResult):
    """The files to publish, by name."""

    files: dict[str, Ref]


class PublishedFile(Result):
    """A file as it stands in the store."""

    key: str
    sha256: str
    size_bytes: int


class Published(StepResult):
    """What is visible now."""

    files: tuple[PublishedFile, ...]
    entry: HistoryEntry | None
    ledger_head: str

    @property
    def row_count(self) -> int:
        """Files."""
        return len(self.files)


class Outgoing(StepResult):
    """The mails to queue, as columns of the ledger's table."""

    rows: tuple[dict[str, str], ...]

    @property
    def row_count(self) -> int:
        """Mails."""
        return len(self.rows)


class Asked(StepResult):
    """What a person is asked to approve, and the mails that ask."""

    subject: Subject
    sha256: str
    mails: Outgoing

    @property
    def row_count(self) -> int:
        """Mails."""
        return len(self.mails.rows)


class Sent(StepResult):
    """What became of the mails, by status."""

    by_status: dict[str, int]

    @property
    def row_count(self) -> int:
        """Mails."""
        return sum(self.by_status.values())
