"""What was read, checked and set aside."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from tasks.results.base import Result

Severity = Literal["error", "warning"]


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
