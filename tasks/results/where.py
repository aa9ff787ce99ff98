"""Where a standard is missed more often than elsewhere, and where the whole and its parts disagree."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tasks.results.base import Result

MixVerdict = Literal["reversed", "hidden", "mix"]


class SlicePart(Result):
    """One dimension and its value."""

    dimension: str
    value: str


class Slice(Result):
    """A slice of a standard's cases in which it is missed more often than in the rest."""

    standard: str
    title: str
    touchpoint: str = Field(description="The figure's place: a touchpoint's id, or `all`.")
    stage: str
    parts: tuple[SlicePart, ...] = Field(description="One or two dimensions with their values.")
    n: int = Field(ge=0)
    missed: int = Field(ge=0)
    share: float = Field(description="Kept in the slice, 0 to 1.")
    low: float = Field(description="Wilson's 95 % interval.")
    high: float
    elsewhere_share: float = Field(description="Kept in all other cases of the standard.")
    excess_misses: float = Field(description="Misses more than there would be at the share elsewhere.")
    customers: int = Field(ge=0, description="Customers behind it; records where customers are not known.")
    p: float = Field(description="One-sided, hypergeometric (Fisher), uncorrected; of a pair the largest of its three tests.")


class MixEffect(Result):
    """A change of the whole that its parts contradict or do not show, or the other way round: they changed their weight."""

    standard: str
    title: str
    touchpoint: str
    stage: str
    against: str = Field(description="The earlier quarter.")
    dimension: str = Field(description="By which the cases were parted.")
    change: float = Field(description="Of the whole.")
    adjusted_change: float = Field(description="Within the parts, by Mantel and Haenszel's weights.")
    low: float = Field(description="95 % interval of the adjusted change (Greenland and Robins 1985).")
    high: float
    verdict: MixVerdict = Field(
        description="reversed: the parts moved the other way (Simpson); hidden: they moved and the whole does not show it; "
        "mix: they show no change, though the whole moved."
    )
