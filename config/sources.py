"""Where records come from and how their columns become canonical ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from config.columns import Column, FromColumn, Text, TimeFormat
from config.model import Identifier, Model
from config.periods import Quarter
from config.reads import Fills, HttpReads, Reads, SqlReads
from config.tables import CUSTOMER_NAME, TABLES, Table


class Question(Model):
    """One source column that holds the answers to one question."""

    question: Identifier = Field(description="What the question is called in ratings and standards.")
    from_: Text = Field(alias="from", description="The source's column.")
    scale: tuple[float, float] = Field(description="Lowest and highest score; anything else is quarantined.")
    missing: tuple[Text, ...] = Field(default=(), description="Values that stand for no answer, beside the empty one.")
    touchpoint: Identifier | None = Field(
        default=None,
        description="The touchpoint that the question rates; else the one that rating standards name for it, else the record's.",
    )


class Collapse(Model):
    """A log of events made into one row a case: its last event."""

    by: Text = Field(description="The source's column that names the case.")
    last: Text = Field(description="The source's column that orders its events: a time or a number; of equal ones the last read.")
    format: TimeFormat | None = Field(default=None, description="How that time is written; ISO 8601 or a number without it.")


class Incremental(Model):
    """Pulling only what changed since the last finished cycle."""

    changed_at: Annotated[FromColumn, BeforeValidator(lambda value: {"from": value} if isinstance(value, str) else value)] = Field(
        description="The source's column that says when a row was last changed."
    )
    overlap_days: float = Field(default=2, ge=0, description="How far before the latest change seen the next pull begins.")


class Override(Model):
    """What is different in one year or quarter of a source."""

    reads: Reads | None = Field(default=None, description="Where the rows are, then.")
    keep: dict[Text, tuple[Text, ...]] | None = Field(default=None, description="In place of the source's own `keep`.")
    drop: dict[Text, tuple[Text, ...]] | None = Field(default=None, description="In place of the source's own `drop`.")
    columns: dict[str, Column | None] = Field(default_factory=dict, description="Columns that differ; null for one that is not there.")
    ratings: dict[Identifier, Text | None] = Field(
        default_factory=dict, description="For each question that differs its source column; null for one that was not asked."
    )


class Source(Model):
    """One feed: what it reads, which table it fills, and what its columns mean."""

    id: Identifier = Field(description="Short name; part of every report that counts this source's rows.")
    reads: Reads = Field(description="Where the rows are.")
    fills: Fills = Field(
        default="feedback",
        description="feedback: a row is a record; ratings: a row is one person's answers to `ratings`; invitations: a row is one "
        "person asked; customers: a row is a customer; follow_up_updates: a row is a change that a person made to a follow-up.",
    )
    keep: dict[Text, tuple[Text, ...]] = Field(
        default_factory=dict, description="Rows to keep: for each source column the values that stay; all others are filtered."
    )
    drop: dict[Text, tuple[Text, ...]] = Field(
        default_factory=dict, description="Rows to leave out: for each source column the values that go; these are filtered."
    )
    collapse: Collapse | None = Field(default=None, description="Where a row is an event of a case, how to find each case's last.")
    columns: dict[str, Column] = Field(description="Canonical column (or a dimension of your own) to source column.")
    ratings: tuple[Question, ...] = Field(default=(), description="The questions, where the source fills ratings.")
    categories: dict[Text, Identifier] = Field(
        default_factory=dict, description="The source's own categories: for each of them the programme's, as `taxonomy` lists them."
    )
    pseudonymise: tuple[str, ...] = Field(
        default=(),
        description="Canonical columns that name a person, such as record_id: stored as keyed pseudonyms; customer_id always is.",
    )
    mask_addresses: tuple[str, ...] = Field(default=(), description="Canonical columns in which street addresses are masked, such as text.")
    incremental: Incremental | None = Field(default=None, description="For sql and http: pull only what changed; everything without it.")
    late_after_days: int = Field(
        default=14, ge=1, description="Days without a record, at the end of the quarter, after which the feed is called late."
    )
    overrides: dict[Annotated[str, StringConstraints(pattern=r"^\d{4}(Q[1-4])?$")], Override] = Field(
        default_factory=dict, description="What differs in a year (2016) or a quarter (2016Q2)."
    )

    @property
    def table(self) -> Table:
        """The canonical table that the source fills: that of feedback, too, where it fills ratings."""
        return TABLES["feedback" if self.fills == "ratings" else self.fills]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the columns that are not canonical: dimensions and flags."""
        return tuple(name for name in self.columns if name not in (*self.table.columns, CUSTOMER_NAME))

    @property
    def asks_for_window(self) -> bool:
        """Whether the reader is told since when and until when to look."""
        return isinstance(self.reads, SqlReads | HttpReads)

    def at(self, quarter: Quarter) -> Source:
        """Return the source as it is in a quarter: overrides of its year, then of the quarter, in place of its own."""
        source = self
        for key in (f"{quarter.year:04d}", str(quarter)):
            if key in self.overrides:
                source = _overridden(source, self.overrides[key])
        asked = tuple(question for question in source.ratings if question.from_ is not None)
        return source.model_copy(update={"overrides": {}, "ratings": asked})


def _overridden(source: Source, other: Override) -> Source:
    replaced: Mapping[str, Any] = {name: getattr(other, name) for name in ("reads", "keep", "drop") if getattr(other, name) is not None}
    columns = source.columns | other.columns
    questions = [question.model_copy(update={"from_": other.ratings.get(question.question, question.from_)}) for question in source.ratings]
    return source.model_copy(
        update={
            **replaced,
            "columns": {name: column for name, column in columns.items() if column is not None},
            "ratings": tuple(questions),  # a question without a column may come back: see Source.at
        }
    )
