"""What customers wrote about."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from tasks.results.base import Result

CauseStatus = Literal["new", "recurring", "growing", "shrinking", "steady", "gone", "merged", "split", "cannot_tell"]


class Quote(Result):
    """A customer's own words, masked."""

    record_id: str
    text: str
    said_by: int = Field(default=1, ge=1, description="Records that say nearly the same; this one stands for them.")
    touchpoint: str = Field(default="", description="Where it was said; empty where that is not known.")
    departments: tuple[str, ...] = Field(default=(), description="With which it lies: its own, or all of its touchpoint.")


class WeekCount(Result):
    """Records of one week."""

    week: date = Field(description="Its Monday.")
    records: int = Field(ge=0)


class CauseSlice(Result):
    """A value of a dimension that is commoner among a cause's texts than among all others."""

    dimension: str
    value: str
    records: int = Field(ge=0, description="The cause's records with this value.")
    share: float = Field(description="Of the cause's records.")
    elsewhere_share: float = Field(description="Of all other records with a text.")
    p: float = Field(description="One-sided, hypergeometric (Fisher), uncorrected.")


class CauseStandard(Result):
    """A standard that is missed more often by a cause's cases than by all other cases with a text."""

    standard: str
    title: str
    n: int = Field(ge=0, description="The cause's decided cases.")
    missed: int = Field(ge=0)
    elsewhere_share: float = Field(description="Missed by all other decided cases with a text.")
    p: float = Field(description="One-sided, hypergeometric (Fisher), uncorrected.")


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
    customers: int | None = Field(default=None, description="Customers behind them; a record of nobody known counts as one.")
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
    shared_by: tuple[str, ...] = Field(
        default=(), description="Departments that contribute enough to answer for it; where there are two or more, none can do so alone."
    )
    theme: str = Field(default="", description="Label of the theme that it belongs to; empty where there are no themes.")
    quarters_in_row: int = Field(default=1, ge=1, description="The n-th quarter running in which it was seen.")
    took_in: tuple[str, ...] = Field(default=(), description="Earlier causes that it took in.")
    split_from: str = Field(default="", description="The cause that it was part of.")
    p_regrouped: float | None = Field(default=None, description="One-sided p that texts moved together, or apart, uncorrected.")
    weeks: tuple[WeekCount, ...] = Field(default=(), description="Every week of the quarter up to the as-of.")
    slices: tuple[CauseSlice, ...] = Field(default=(), description="The most records beyond what chance would give first.")
    standards: tuple[CauseStandard, ...] = ()


class Theme(Result):
    """Causes that have to do with one another."""

    label: str
    causes: tuple[str, ...] = Field(description="Ids, the biggest first.")
    size: int = Field(ge=0, description="Records in this quarter.")
    share: float = Field(description="Of the quarter's records with a text.")
    low: float
    high: float


class CauseProfile(Result):
    """What a cause is recognised by in a later quarter."""

    id: str
    label: str
    first_seen: str
    last_seen: str
    terms: dict[str, float] = Field(description="Weight of each distinctive word; the weights' squares add up to 1.")
    centre: str = Field(default="", description="Its direction in the encoder's space: signed bytes, base64; empty where it has none.")
    quarters_in_row: int = Field(default=1, ge=1, description="In how many quarters up to `last_seen` it was seen without a gap.")
    merged_into: str = Field(default="", description="The cause that took it in, while it is not told apart.")
    split_from: str = Field(default="", description="The cause that it was part of before it was first seen.")
    pinned: str = Field(default="", description="The name under which the programme pins it, or a part of a cause that it splits.")


class CauseModel(Result):
    """The causes of a quarter, and of the quarters before it, as later quarters recognise them."""

    version: str = Field(description="Of the engine that made it.")
    cycle: str
    causes: tuple[CauseProfile, ...]
    encoder: str = Field(default="", description="Whose vectors the centres are; empty where there are none.")
    cosine_at_least: float = Field(default=0.0, ge=-1, le=1, description="A text less like the nearest centre than this has no cause.")
