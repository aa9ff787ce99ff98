"""How well each standard was kept, and how it changed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.measures import Figure, Unit
from tasks.results.base import Result
from tasks.results.data import ResponseRate

Verdict = Literal["met", "not_met", "uncertain", "too_few"]
ChangeVerdict = Literal["improved", "worsened", "no_material_change", "cannot_tell", "not_comparable"]


class Change(Result):
    """A quarter against an earlier one of the same age; `change`, `low` and `high` are in the figure's own unit, shares 0 to 1."""

    against: str = Field(description="The earlier quarter.")
    verdict: ChangeVerdict
    n: int = Field(default=0, ge=0, description="Decided cases of the earlier quarter at equal age.")
    met: int = Field(default=0, ge=0)
    share: float | None = Field(default=None, description="The earlier quarter's share at equal age.")
    value: float | None = Field(default=None, description="The earlier quarter's figure at equal age, where it is not a share.")
    change: float | None = Field(default=None, description="This figure less the earlier one.")
    low: float | None = Field(default=None, description="95 % interval of the change: Newcombe's of shares, Zou and Donner's of others.")
    high: float | None = None
    p: float | None = Field(default=None, description="Two-sided, uncorrected.")
    note: str = ""


class Value(Result):
    """The figure of a standard that is not about a share of cases."""

    figure: Figure
    unit: Unit
    n: int = Field(default=0, ge=0, description="Answers or cases behind it, cases that are still open among them.")
    value: float | None = Field(description="Empty where the data do not reach it.")
    low: float | None = Field(description="95 % interval; empty where the data do not reach it.")
    high: float | None
    target: float = Field(description="In the same unit.")
    is_higher_better: bool


class Compliance(Result):
    """How well one standard was kept at one touchpoint (or over all) in one quarter."""

    standard: str
    title: str
    touchpoint: str = Field(description="A touchpoint's id, or `all`.")
    stage: str = Field(description="The touchpoint's stage, or `all`.")
    n: int = Field(ge=0, description="Decided cases.")
    met: int = Field(ge=0, description="Of them, those that kept the promise, each by itself where the figure is not a share.")
    share: float | None = Field(description="met / n, weighted where the survey is; empty where the figure is not a share.")
    low: float | None
    high: float | None
    target: float | None = Field(description="The share that was promised; empty where the figure is not a share.")
    value: Value | None = Field(default=None, description="The figure, where it is not a share.")
    verdict: Verdict
    p: float | None = Field(description="Test of the figure against the target, two-sided, uncorrected.")
    note: str = ""
    pending: int = Field(ge=0, description="Cases whose due time is not before the as-of.")
    excluded: int = Field(ge=0, description="Cases without a promise or without an answer.")
    share_if_pending_met: float | None
    share_if_pending_missed: float | None
    unweighted_share: float | None = Field(default=None, description="met / n, where the survey is weighted.")
    n_effective: float | None = Field(
        default=None, description="Of how many independent, equally weighted cases the interval is, where these are fewer than n."
    )
    customers: int | None = Field(default=None, description="Customers behind the n cases, where some have several.")
    previous: Change | None = Field(description="Against the quarter before.")
    year_ago: Change | None = Field(description="Against the same quarter a year before.")
    response: ResponseRate | None = Field(
        default=None,
        description="Of the survey that holds a rating's answers, where its invitations are known. A low one says that the rating may "
        "not speak for those who were silent.",
    )


class TimeTo(Result):
    """How long cases of one touchpoint take from one event to another, open ones included (Kaplan and Meier 1958)."""

    touchpoint: str = Field(description="A touchpoint's id, or `all`.")
    stage: str
    start: str = Field(description="The column that the time is counted from.")
    end: str = Field(description="resolved_at: the first closure; closed_at: the last one.")
    n: int = Field(ge=0, description="Cases that have started.")
    done: int = Field(ge=0)
    waiting: int = Field(ge=0, description="Cases that are not done at the as-of.")
    median_hours: float | None = Field(description="By then half of the cases are done; empty where fewer than half are.")
    low_hours: float | None = Field(description="95 % interval of the median (Brookmeyer and Crowley 1982, log-log).")
    high_hours: float | None
    ninety_percent_hours: float | None = Field(description="By then nine of ten cases are done.")


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
    value: float | None = Field(default=None, description="The figure now, where it is not a share.")
    published_value: float | None = None


class Family(Result):
    """A family of tests whose false discovery rate is held together."""

    name: str
    tests: int
    rejected: int
    rate: float = 0.05
