"""What a standard can measure. A new measure is a class here and a rule in tasks/standards."""

from __future__ import annotations

from collections.abc import Set
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from config.durations import DurationText, parse_duration
from config.model import Identifier, Model

CaseTime = Literal["occurred_at", "due_at", "acknowledged_at", "assessed_at", "resolved_at", "closed_at"]
Figure = Literal["share", "net_promoter", "mean", "median"]
_REOPENED = {"reopened_at", "reopened_count"}
Unit = Literal["share", "net promoter", "score", "hours", "working hours"]


class Measured(Model):
    """What all measures tell of themselves."""

    figure: ClassVar[Figure] = "share"
    is_higher_better: ClassVar[bool] = True

    @property
    def columns(self) -> tuple[str, ...]:
        """The feedback columns that make a record a case of this measure; none where answers are measured."""
        return ()

    @property
    def question(self) -> str | None:
        """The question whose answers are measured."""
        return None

    def is_told_by(self, mapped: Set[str]) -> bool:
        """Return whether the records of a source that maps these columns are cases of this measure."""
        return set(self.columns) <= mapped


class ByDueDate(Measured):
    """Done by the time that was promised to the customer (`due_at`)."""

    by_due_date: CaseTime = Field(description="The time that must not be later than due_at, such as resolved_at.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The promise and what it was about."""
        return ("due_at", self.by_due_date)


class Elapsed(Measured):
    """Done within a stated time after something else, such as acknowledged within 2 working days."""

    elapsed: tuple[CaseTime, CaseTime] = Field(description="The two times: from the first to the second.")
    within: DurationText = Field(description="The longest time allowed, such as '2 days' or '2 working days'.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The two times."""
        return self.elapsed


class FirstTimeRight(Measured):
    """Resolved at first contact, and not reopened within a stated time after it.

    The case counts once that time has passed. Where the source tells how often a case was reopened and not when
    (`reopened_at`), any reopening counts.
    """

    first_time_right: DurationText = Field(description="How long the case must stay closed, such as '30 days'.")

    @property
    def columns(self) -> tuple[str, ...]:
        """What the source must tell; `reopened_at` or `reopened_count` beside it."""
        return ("occurred_at", "is_first_contact_resolved")

    def is_told_by(self, mapped: Set[str]) -> bool:
        """Return whether the source tells of reopened cases too."""
        return set(self.columns) <= mapped and bool(_REOPENED & mapped)


class NotReopened(Measured):
    """Not reopened within a stated time after it was first resolved; a case that was never resolved is excluded."""

    not_reopened_within: DurationText = Field(description="How long the case must stay closed, such as '30 days'.")

    @property
    def columns(self) -> tuple[str, ...]:
        """What the source must tell; `reopened_at` or `reopened_count` beside it."""
        return ("resolved_at",)

    def is_told_by(self, mapped: Set[str]) -> bool:
        """Return whether the source tells of reopened cases too."""
        return set(self.columns) <= mapped and bool(_REOPENED & mapped)


class WithoutTransfer(Measured):
    """Done within a stated time by whom it was first given to (authority, ISO 10002)."""

    without_transfer: CaseTime = Field(description="The time at which it was done, such as resolved_at.")
    within: DurationText = Field(description="The longest time allowed after occurred_at.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The time and the count of transfers."""
        return (self.without_transfer, "transferred_count")


class Flag(Measured):
    """A yes/no column of the feedback table that is yes."""

    flag: str = Field(description="The column; yes/true/1 keeps the standard, no/false/0 misses it.", min_length=1)

    @property
    def columns(self) -> tuple[str, ...]:
        """The flag."""
        return (self.flag,)


class Rating(Measured):
    """A survey question answered with at least the stated score."""

    rating: Identifier = Field(description="The question, as the ratings table names it.")
    at_least: float = Field(description="The lowest score that keeps the standard.")

    @property
    def question(self) -> str:
        """The question."""
        return self.rating


class NetPromoter(Measured):
    """The share of scores of 9 and 10 less that of 0 to 6, on a scale of 0 to 10."""

    figure: ClassVar[Figure] = "net_promoter"
    net_promoter: Identifier = Field(description="The question whether customers would recommend.")
    at_least: float = Field(ge=-100, le=100, description="The lowest score that keeps the standard, -100 to 100.")

    @property
    def question(self) -> str:
        """The question."""
        return self.net_promoter


class MeanRating(Measured):
    """The mean score of a survey question."""

    figure: ClassVar[Figure] = "mean"
    mean_rating: Identifier = Field(description="The question.")
    at_least: float = Field(description="The lowest mean that keeps the standard.")

    @property
    def question(self) -> str:
        """The question."""
        return self.mean_rating


class MedianRating(Measured):
    """The median score of a survey question."""

    figure: ClassVar[Figure] = "median"
    median_rating: Identifier = Field(description="The question.")
    at_least: float = Field(description="The lowest median that keeps the standard.")

    @property
    def question(self) -> str:
        """The question."""
        return self.median_rating


class MedianElapsed(Measured):
    """The median time between two events, open cases included (Kaplan-Meier)."""

    figure: ClassVar[Figure] = "median"
    is_higher_better: ClassVar[bool] = False
    median: tuple[CaseTime, CaseTime] = Field(description="The two times: from the first to the second.")
    at_most: DurationText = Field(description="The longest median that keeps the standard.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The two times."""
        return self.median


class MeanElapsed(Measured):
    """The mean time between two events, counted up to a limit: whoever waits longer counts with the limit (restricted mean).

    A mean without a limit cannot be known while cases are open.
    """

    figure: ClassVar[Figure] = "mean"
    is_higher_better: ClassVar[bool] = False
    mean: tuple[CaseTime, CaseTime] = Field(description="The two times: from the first to the second.")
    at_most: DurationText = Field(description="The longest mean that keeps the standard.")
    up_to: DurationText = Field(description="The limit, in the same kind of time: '60 days' beside '10 days'.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The two times."""
        return self.mean

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        longest, limit = parse_duration(self.at_most), parse_duration(self.up_to)
        if longest.is_working != limit.is_working:
            raise PydanticCustomError("up_to", "at_most and up_to are both in working time, or neither is")
        is_comparable = longest.unit == limit.unit or not limit.is_working  # how long a working day is, the programme says
        if is_comparable and longest.calendar_minutes >= limit.calendar_minutes:
            raise PydanticCustomError("up_to", "up_to must be longer than at_most: no mean can pass the limit that it is counted up to")
        return self


MEASURES: dict[str, type[Measured]] = {
    "by_due_date": ByDueDate,
    "elapsed": Elapsed,
    "first_time_right": FirstTimeRight,
    "not_reopened_within": NotReopened,
    "without_transfer": WithoutTransfer,
    "flag": Flag,
    "rating": Rating,
    "net_promoter": NetPromoter,
    "mean_rating": MeanRating,
    "median_rating": MedianRating,
    "median": MedianElapsed,
    "mean": MeanElapsed,
}


def measure_name(measure: Measured) -> str:
    """Return the key by which the programme file names a measure."""
    return next(name for name, kind in MEASURES.items() if isinstance(measure, kind))


def measure_key(value: Any) -> str | None:
    """Return the tag that tells which measure a mapping (or a measure) is."""
    if isinstance(value, Measured):
        return f"measure:{measure_name(value)}"
    return next((f"measure:{key}" for key in MEASURES if isinstance(value, dict) and key in value), None)


Measure = Annotated[
    Annotated[ByDueDate, Tag("measure:by_due_date")]
    | Annotated[Elapsed, Tag("measure:elapsed")]
    | Annotated[FirstTimeRight, Tag("measure:first_time_right")]
    | Annotated[NotReopened, Tag("measure:not_reopened_within")]
    | Annotated[WithoutTransfer, Tag("measure:without_transfer")]
    | Annotated[Flag, Tag("measure:flag")]
    | Annotated[Rating, Tag("measure:rating")]
    | Annotated[NetPromoter, Tag("measure:net_promoter")]
    | Annotated[MeanRating, Tag("measure:mean_rating")]
    | Annotated[MedianRating, Tag("measure:median_rating")]
    | Annotated[MedianElapsed, Tag("measure:median")]
    | Annotated[MeanElapsed, Tag("measure:mean")],
    Discriminator(
        measure_key,
        custom_error_type="measure",
        custom_error_message=f"a measure is one of {', '.join(MEASURES)}",
    ),
]
