"""Control charts: points, limits, signals, and what the two icons of Making Data Count say."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from tasks.results.base import Result

ChartKind = Literal["p", "p_prime", "xmr"]
Period = Literal["week", "month"]
Signal = Literal["outside_limits", "shift", "trend", "two_of_three"]
Variation = Literal["improvement", "concern", "special_cause", "common_cause", "cannot_tell"]
Assurance = Literal["passing", "failing", "hit_or_miss", "no_target", "cannot_tell"]


class ChartPoint(Result):
    """One week or month."""

    starts: date = Field(description="Its first day.")
    n: int = Field(ge=0, description="Cases behind it.")
    value: float
    centre: float | None = Field(description="Centre line at this point; empty, with both limits, where there are none.")
    low: float | None = Field(description="Lower control limit at this point.")
    high: float | None
    is_provisional: bool = Field(default=False, description="Not all of it is known yet (cases not due, days missing): drawn, not judged.")
    signals: tuple[Signal, ...] = ()


class Baseline(Result):
    """What the limits were computed from; it stays until somebody decides otherwise, or the definition changes."""

    definition: str = Field(description="Hash of what the chart measures.")
    kind: ChartKind
    period: Period
    first: date = Field(description="First day of its first week or month.")
    last: date = Field(description="First day of its last week or month.")
    points: int = Field(ge=0)
    cases: int = Field(ge=0, description="Cases behind its points.")
    centre: float
    spread: float = Field(ge=0, description="p′: sigma of the z-scores; XmR: mean moving range, screened once; p: 1.")
    is_trial: bool = Field(description="Too few points to hold: computed again next time.")


class Chart(Result):
    """One control chart, at most eight quarters long."""

    subject: str = Field(description="`standard:<id>:<touchpoint>` or `volume:<touchpoint>`.")
    touchpoint: str
    stage: str
    title: str
    unit: str = Field(description="Of the values: share, score, net promoter, hours, working hours, records.")
    target: float | None
    is_higher_better: bool | None = Field(description="Empty where neither is.")
    points: tuple[ChartPoint, ...]
    baseline: Baseline | None = Field(description="Empty where there are too few points for limits.")
    variation: Variation
    assurance: Assurance
    rebased: str = Field(default="", description="Who decided when and why that the limits start anew.")
    note: str = ""
