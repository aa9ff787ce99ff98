"""Standards, and the ready-made ones for complaint handling after ISO 10002."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from config.columns import Text
from config.durations import DurationText
from config.measures import CaseTime, Elapsed, Measure, WithoutTransfer
from config.model import Identifier, Model
from config.tables import WAYS_TO_COMPLAIN

ALL_TOUCHPOINTS = "all"


class Standard(Model):
    """A promise at one or more touchpoints: a measure, a threshold, a target share."""

    id: Identifier = Field(description="Short name.")
    title: str = Field(default="", description="What people read; the id without it.")
    touchpoints: Literal["all"] | Annotated[tuple[Identifier, ...], Field(min_length=1)] = Field(
        description="`all`: one figure over all; a list: one figure each."
    )
    where: dict[str, tuple[Text, ...]] = Field(
        default={}, description="Which records the promise is about: for each column the values that count; all without it."
    )
    measure: Measure = Field(description="What is measured, and what keeps the promise.")
    target_share: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="The share of cases that must keep the promise, 0 to 1; not for medians, means and net promoter scores.",
    )

    @property
    def name(self) -> str:
        """The title, or the id where there is none."""
        return self.title or self.id

    @property
    def places(self) -> tuple[str, ...]:
        """The touchpoints that get a figure each, or `all` for one figure over everything."""
        return (ALL_TOUCHPOINTS,) if self.touchpoints == ALL_TOUCHPOINTS else tuple(self.touchpoints)

    @property
    def is_share(self) -> bool:
        """Whether the figure is a share of cases."""
        return self.measure.figure == "share"

    @model_validator(mode="after")
    def _check_target(self) -> Self:
        if self.is_share == (self.target_share is None):
            wanted = "needs a target_share" if self.is_share else "has its target in the measure; leave target_share out"
            raise PydanticCustomError("target_share", "this standard {wanted}", {"wanted": wanted})
        return self


class Norm(Model):
    """How soon, and for which share of complaints."""

    within: DurationText = Field(description="The longest time allowed after the complaint was received.")
    target_share: float = Field(ge=0, le=1, description="The share of complaints for which it must hold, 0 to 1.")


class ComplaintHandling(Model):
    """Ready-made standards for the stages of handling a complaint (ISO 10002:2018, 7.2 to 7.9), counted from its receipt.

    ISO 10002 names no days; the defaults are a start (15 working days: Directive (EU) 2015/2366, article 101; 8 weeks: UK FCA
    DISP 1.6.2), to be put right here. A stage whose time no source maps makes no standard.
    """

    acknowledged: Norm | None = Field(default=Norm(within="2 working days", target_share=0.95), description="Receipt confirmed.")
    assessed: Norm | None = Field(default=Norm(within="5 working days", target_share=0.9), description="Severity and urgency judged.")
    resolved: Norm | None = Field(default=Norm(within="15 working days", target_share=0.9), description="Answered for the first time.")
    closed: Norm | None = Field(default=Norm(within="8 weeks", target_share=0.95), description="Closed for good.")
    authority: Norm | None = Field(
        default=Norm(within="15 working days", target_share=0.8), description="Resolved by whom it was first given to."
    )
    ways: tuple[Literal["in_person", "telephone", "mail", "internet"], ...] = Field(
        default=("in_person", "telephone", "mail", "internet"),
        description="The ways to complain that get figures of their own, beside those over all.",
    )

    def standards(self, mapped: frozenset[str]) -> Iterator[Standard]:
        """Yield the standards that the `mapped` feedback columns allow."""
        times: tuple[CaseTime, ...] = ("acknowledged_at", "assessed_at", "resolved_at", "closed_at")
        for time in times:
            norm: Norm | None = getattr(self, time.removesuffix("_at"))
            if norm is not None and time in mapped:
                measure = Elapsed(elapsed=("occurred_at", time), within=norm.within)
                yield from self._by_way(time.removesuffix("_at"), measure, norm, mapped)
        if self.authority is not None and {"resolved_at", "transferred_count"} <= mapped:
            transfer = WithoutTransfer(without_transfer="resolved_at", within=self.authority.within)
            yield from self._by_way("authority", transfer, self.authority, mapped)

    def _by_way(self, stage: str, measure: Elapsed | WithoutTransfer, norm: Norm, mapped: frozenset[str]) -> Iterator[Standard]:
        words = f"by whom it was first given to within {norm.within}" if stage == "authority" else f"within {norm.within}"
        title = f"Complaint {'resolved' if stage == 'authority' else stage} {words}"
        every = {"pipe": ("complaint",)}
        ways = self.ways if "channel" in mapped else ()
        channels_of: dict[str, dict[str, tuple[str, ...]]] = {"": {}}
        channels_of |= {f"-{way}": {"channel": WAYS_TO_COMPLAIN[way]} for way in ways}
        for ending, channels in channels_of.items():
            spoken = f" ({ending[1:].replace('_', ' ')})" if ending else ""
            yield Standard(
                id=f"complaint-{stage}{ending}",
                title=title + spoken,
                touchpoints=ALL_TOUCHPOINTS,
                where=every | channels,
                measure=measure,
                target_share=norm.target_share,
            )


class Rebasing(Model):
    """A decision that a chart's limits start anew: something changed for good, and somebody says so."""

    standard: Identifier = Field(description="The standard whose charts it is about.")
    touchpoint: Identifier | None = Field(default=None, description="At one touchpoint; at all of them without it.")
    first: date = Field(description="The first day that counts for the new limits.")
    reason: str = Field(min_length=1, description="What changed; it is printed beside the chart.")
    decided_by: str = Field(min_length=1, description="Who decided it.")
