"""What customers wrote about."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tasks.results.base import Result

CauseStatus = Literal["new", "growing", "shrinking", "steady", "gone", "cannot_tell"]


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
