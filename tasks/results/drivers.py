"""Which touchpoint ratings go with overall satisfaction: an association, never a cause."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tasks.results.base import Result

Use = Literal["keep", "could_be_left_out", "cannot_tell"]


class Driver(Result):
    """One question's part in what goes with the overall rating."""

    question: str
    touchpoint: str = Field(description="The touchpoint that it rates; empty where it rates none.")
    n: int = Field(ge=0, description="Respondents who answered it and the overall question.")
    correlation: float = Field(description="With the overall rating, -1 to 1.")
    share: float = Field(description="Its Shapley (LMG) share of R², 0 to 1; the shares add up to 1.")
    low: float = Field(description="95 % percentile bootstrap interval of the share.")
    high: float
    own: float = Field(description="R² that is lost without it, 0 to 1.")
    own_low: float = Field(description="95 % percentile bootstrap interval of what is lost.")
    own_high: float
    use: Use = Field(
        description="could_be_left_out: without it and all others so marked together, less than 1 % of the variance is shown to be lost."
    )


class Drivers(Result):
    """What goes with the overall rating of one survey."""

    source: str
    overall: str = Field(description="The question about the whole.")
    n: int = Field(ge=0, description="Respondents who answered the overall question.")
    r2: float | None = Field(description="Share of the overall rating's variance that goes with all drivers together.")
    low: float | None = Field(description="95 % percentile bootstrap interval.")
    high: float | None
    drivers: tuple[Driver, ...] = Field(description="The largest share first.")
    left_out: dict[str, str] = Field(default={}, description="Questions that were not looked at, and why.")
    note: str = ""
