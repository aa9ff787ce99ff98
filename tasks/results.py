"""The immutable results that steps hand to each other and that every report is rendered from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Verdict = Literal["met", "not_met", "uncertain", "too_few"]
ChangeVerdict = Literal["improved", "worsened", "cannot_tell", "not_comparable"]
CauseStatus = Literal["new", "growing", "shrinking", "steady", "gone", "cannot_tell"]
Severity = Literal["error", "warning"]
FollowUpKind = Literal["corrective", "preventive", "sustaining"]
FollowUpStatus = Literal["proposed", "accepted", "in_progress", "done", "verified", "reopened"]
OPEN_STATUSES: tuple[FollowUpStatus, ...] = ("proposed", "accepted", "in_progress", "reopened")


class Result(BaseModel):
    """A frozen result; it travels as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Ref(Result):
    """A reference to an immutable, content-addressed object in the vault."""

    uri: str = Field(description="Key inside the vault.")
    sha256: str = Field(description="Of the object's bytes, in hexadecimal.")
    rows: int = Field(default=0, ge=0, description="Rows, where the object is a table.")


class Check(Result):
    """What one check found: the one type of every check, whoever renders it."""

    name: str
    description: str
    is_required: bool = Field(description="A required check that fails stops publication.")
    is_passed: bool
    notes: str = ""


class SourceAccount(Result):
    """Where each row of one source went; `read` is the sum of the six others."""

    source: str
    cycle: str = Field(description="The quarter for which the rows were read.")
    place: str = Field(description="The file as the programme names it, placeholders of the cycle filled in.")
    sha256: str = Field(description="Of the file's bytes.")
    read: int = Field(ge=0)
    filtered: int = Field(ge=0, description="Left out by `keep`.")
    outside_period: int = Field(ge=0, description="Happened in another quarter, or after the as-of.")
    collapsed: int = Field(ge=0, description="Earlier events of a case that a later one replaces.")
    duplicates: int = Field(ge=0, description="Word for word the same as a later row.")
    quarantined: int = Field(ge=0)
    accepted: int = Field(ge=0)

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        parts = (self.filtered, self.outside_period, self.collapsed, self.duplicates, self.quarantined, self.accepted)
        if self.read != sum(parts):
            raise ValueError(f"source {self.source}: {self.read} rows were read and {sum(parts)} are accounted for")
        return self


class RuleFinding(Result):
    """What one validation rule found in one source; a row may break several rules."""

    source: str
    rule: str = Field(description="What valid means, in words.")
    severity: Severity = Field(default="error", description="error: such rows are quarantined; warning: they count, and are shown.")
    checked: int = Field(ge=0)
    failed: int = Field(ge=0)
    record_ids: tuple[str, ...] = Field(default=(), description="The first few records that failed.")


class Adjustment(Result):
    """A choice that was made for rows of one source by a stated rule, and for how many."""

    source: str
    words: str = Field(description="What was done.")
    rows: int = Field(ge=1)


class InputFile(Result):
    """One file of a source, as it was read."""

    source: str
    cycle: str = Field(description="The quarter for which it was read.")
    place: str
    sha256: str
    rows: int = Field(ge=0)


class FeedFinding(Result):
    """How fresh and how full one feed is."""

    source: str
    records: int = Field(ge=0, description="Accepted rows of the quarter.")
    newest: datetime | None = Field(description="When the newest of them happened.")
    earlier_records: tuple[int, ...] = Field(default=(), description="Of the known quarters before, nearest first.")
    warnings: tuple[str, ...] = Field(default=(), description="Rules of freshness and volume that are broken, in words with their figures.")


class LateRecords(Result):
    """What an earlier quarter holds now, beside what it held when its own cycle was closed."""

    cycle: str
    closed: int = Field(ge=0, description="Records when the quarter's own cycle stored them.")
    now: int = Field(ge=0)
    added: int = Field(ge=0, description="Came late, or were released from quarantine.")
    changed: int = Field(ge=0, description="Were changed at their source since, such as open cases that were closed.")
    gone: int = Field(ge=0, description="No longer at their source.")


class PipeCount(Result):
    """How many records came in one way."""

    pipe: str
    channel: str = Field(description="Empty where the source does not say.")
    is_internal: bool
    records: int = Field(ge=1)


class CategoryUse(Result):
    """How much of one source's own categories the taxonomy knows."""

    source: str
    categorised: int = Field(ge=0, description="Records of the quarter that bear a category of their source's.")
    unmapped: int = Field(ge=0, description="Of these, those whose category maps to none of the taxonomy's.")
    names: dict[str, int] = Field(default={}, description="The source's categories that map to none, with their records; no rare ones.")


class ResponseRate(Result):
    """How many of those who were asked answered one survey."""

    survey: str = Field(description="The source that holds the answers.")
    invited: int = Field(ge=1, description="People; who was asked several times counts once.")
    answered: int = Field(ge=0)
    share: float
    low: float = Field(description="Wilson's 95 % interval.")
    high: float


class Change(Result):
    """A quarter against an earlier one of the same age; shares are 0 to 1."""

    against: str = Field(description="The earlier quarter.")
    verdict: ChangeVerdict
    n: int = Field(default=0, ge=0, description="Decided cases of the earlier quarter at equal age.")
    met: int = Field(default=0, ge=0)
    share: float | None = Field(default=None, description="The earlier quarter's share at equal age.")
    change: float | None = Field(default=None, description="This share less the earlier one.")
    low: float | None = Field(default=None, description="Newcombe's 95 % interval of the change.")
    high: float | None = None
    p: float | None = Field(default=None, description="Two-sided, uncorrected.")
    note: str = ""


class Compliance(Result):
    """How well one standard was kept at one touchpoint (or over all) in one quarter."""

    standard: str
    title: str
    touchpoint: str = Field(description="A touchpoint's id, or `all`.")
    stage: str = Field(description="The touchpoint's stage, or `all`.")
    n: int = Field(ge=0)
    met: int = Field(ge=0)
    share: float | None
    low: float | None
    high: float | None
    target: float
    verdict: Verdict
    p: float | None = Field(description="Score test of the share against the target, two-sided, uncorrected.")
    note: str = ""
    pending: int = Field(ge=0, description="Cases whose due time is not before the as-of.")
    excluded: int = Field(ge=0, description="Cases without a promise or without an answer.")
    share_if_pending_met: float | None
    share_if_pending_missed: float | None
    previous: Change | None = Field(description="Against the quarter before.")
    year_ago: Change | None = Field(description="Against the same quarter a year before.")
    response: ResponseRate | None = Field(
        default=None,
        description="Of the survey that holds a rating's answers, where its invitations are known. A low one says that the rating may "
        "not speak for those who were silent.",
    )


class Restatement(Result):
    """An earlier quarter's figure as it stands now, beside what was published then."""

    cycle: str
    standard: str
    touchpoint: str
    n: int
    met: int
    pending: int
    published_n: int | None = None
    published_met: int | None = None
    published_pending: int | None = None


class Quote(Result):
    """A customer's own words, masked."""

    record_id: str
    text: str


class Contribution(Result):
    """How much of a cause lies with one touchpoint or department."""

    id: str
    records: int
    share: float = Field(description="Of the cause's records; departments may overlap.")


class Cause(Result):
    """A cluster of feedback with the same root cause, in one quarter."""

    id: str = Field(description="The quarter in which it was first seen, and a number: 2026Q1-03.")
    label: str
    first_seen: str = Field(description="A quarter.")
    size: int = Field(ge=0, description="Records in this quarter.")
    share: float = Field(description="Of the quarter's records with a text.")
    low: float
    high: float
    status: CauseStatus
    previous_size: int | None = None
    previous_share: float | None = None
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    p: float | None = None
    terms: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    touchpoints: tuple[Contribution, ...] = ()
    departments: tuple[Contribution, ...] = ()


class FollowUp(Result):
    """A task for people, from one finding."""

    id: str
    finding: str = Field(description="`standard:<id>:<touchpoint>` or `cause:<id>`.")
    kind: FollowUpKind
    status: FollowUpStatus
    title: str
    opened_in: str = Field(description="The cycle that opened it.")
    last_seen_in: str = Field(description="The last cycle whose figures call for it.")
    times_seen: int = Field(ge=1, description="Cycles in which the finding was there.")
    stages: tuple[str, ...]
    touchpoints: tuple[str, ...]
    owner: str = Field(description="The accountable department.")
    departments: tuple[str, ...] = Field(description="All contributing departments, the owner among them.")
    due: date
    is_overdue: bool = Field(default=False, description="Whether it was open after its due date at the as-of.")
    evidence: str


class Family(Result):
    """A family of tests whose false discovery rate is held together."""

    name: str
    tests: int
    rejected: int
    rate: float = 0.05


class NamedPart(Result):
    """A stage or department as the programme lists it."""

    id: str
    title: str


class Place(Result):
    """A touchpoint as the programme lists it, with the records that belong to it."""

    id: str
    title: str
    stage: str
    departments: tuple[str, ...]
    accountable: str
    records: int


class DataQuality(Result):
    """What was read, checked and set aside."""

    accounts: tuple[SourceAccount, ...]
    refreshed: tuple[SourceAccount, ...] = Field(default=(), description="Earlier quarters, read again for their open cases.")
    rules: tuple[RuleFinding, ...]
    gate: tuple[Check, ...]
    unplaced: int = Field(ge=0, description="Accepted feedback that belongs to no touchpoint.")
    records: int = Field(ge=0, description="Accepted feedback records of the quarter.")
    ratings: int = Field(ge=0)
    texts: int = Field(ge=0, description="Feedback with a text, praise left out: what causes are found in.")
    without_cause: int = Field(ge=0)
    praise: int = Field(ge=0)
    adjustments: tuple[Adjustment, ...] = Field(default=(), description="Choices that were made by a stated rule, and for how many rows.")
    files: tuple[InputFile, ...] = ()
    feeds: tuple[FeedFinding, ...] = ()
    late: tuple[LateRecords, ...] = Field(default=(), description="Earlier quarters whose records changed since their own cycle.")
    pipes: tuple[PipeCount, ...] = ()
    taxonomy_version: int | None = Field(default=None, description="Of the programme's categories; empty where it has none.")
    categories: tuple[CategoryUse, ...] = ()
    responses: tuple[ResponseRate, ...] = Field(default=(), description="Of the surveys whose invitations are known.")


class Trace(Result):
    """What proves the report: the rules, the data and the software."""

    programme_sha256: str
    snapshot: tuple[Ref, ...]
    versions: dict[str, str]


class CauseProfile(Result):
    """What a cause is recognised by in a later quarter."""

    id: str
    label: str
    first_seen: str
    last_seen: str
    terms: dict[str, float] = Field(description="Weight of each distinctive word; the weights' squares add up to 1.")


class CauseModel(Result):
    """The causes of a quarter, and of the quarters before it, as later quarters recognise them."""

    version: str = Field(description="Of the engine that made it.")
    cycle: str
    causes: tuple[CauseProfile, ...]


class Letter(Result):
    """A mail to one address, not yet sent."""

    audience: str
    recipient: str
    subject: str
    text: str
    html: str


class HistoryEntry(Result):
    """One cycle on the history page."""

    cycle: str
    edition: str
    as_of: datetime
    headline: str
    met: int
    not_met: int
    unsure: int = Field(description="Standards whose verdict is uncertain or too_few.")
    open_follow_ups: int
    manifest_sha256: str
    ledger_head: str
    revision_reason: str = ""


class CycleSummary(Result):
    """Everything that the reports of one cycle say."""

    programme: str
    title: str
    cycle: str
    edition: str = Field(description="The folder's name: the cycle, with .r2 where it was revised.")
    is_draft: bool
    revision_reason: str = ""
    timezone: str
    starts: datetime
    ends: datetime
    as_of: datetime
    headline: str
    stages: tuple[NamedPart, ...]
    departments: tuple[NamedPart, ...]
    touchpoints: tuple[Place, ...]
    standards: tuple[Compliance, ...]
    restatements: tuple[Restatement, ...]
    causes: tuple[Cause, ...]
    follow_ups: tuple[FollowUp, ...]
    families: tuple[Family, ...]
    data: DataQuality
    trace: Trace
