"""The programme file: one organisation's improvement programme, as frozen models."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from importlib import resources
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from config.causes import CauseDecisions
from config.columns import Text, Zone
from config.look import Look
from config.loop import Escalation, Objective, Severity
from config.model import Identifier, Model
from config.periods import MONTHS, Quarter
from config.sources import Source
from config.standards import ComplaintHandling, Rebasing, Standard
from config.taxonomy import Taxonomy
from config.working_time import Schedule, WorkingTime

MailAddress = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+/=?^_`{|}~.A-Za-z0-9-]+@[A-Za-z0-9.-]+$")]
Subject = Literal["plan", "publication"]


def _country_of(timezone: str) -> str | None:
    """Return the country that the time zone database lists for a zone; None for zones of none, such as UTC."""
    lines = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8").splitlines()
    fields = (line.split("\t") for line in lines if not line.startswith("#"))
    return next((country for country, _, zone, *_ in fields if zone == timezone), None)


class Stage(Model):
    """A step of the customer's experience; the file lists them in the order customers meet them."""

    id: Identifier = Field(description="Short name.")
    title: str = Field(description="What people read.", min_length=1)


class Department(Model):
    """A silo that shapes touchpoints."""

    id: Identifier = Field(description="Short name.")
    title: str = Field(description="What people read.", min_length=1)
    mail: MailAddress | None = Field(default=None, description="Where its follow-ups are sent.")
    capacity_person_weeks: float | None = Field(
        default=None, ge=0, description="Person-weeks a quarter that it has for follow-ups; a plan is made where one is given."
    )


class Touchpoint(Model):
    """A place inside a stage, with every department that shapes it, one of them accountable."""

    id: Identifier = Field(description="Short name.")
    title: str = Field(description="What people read.", min_length=1)
    stage: Identifier = Field(description="The stage it belongs to.")
    departments: tuple[Identifier, ...] = Field(min_length=1, description="All departments that shape it.")
    accountable: Identifier = Field(description="The one department that answers for it.")
    where: dict[str, tuple[Text, ...]] = Field(
        description="Which records belong here: for each column the values that count; {} takes all that is left."
    )


class Gate(Model):
    """When a cycle's data are good enough to be published."""

    quarantined_share_at_most: float = Field(
        default=0.02, ge=0, le=1, description="Of the cycle's rows, the share that may be quarantined before nothing is published."
    )
    unmapped_share_at_most: float = Field(
        default=0.05, ge=0, le=1, description="Of a source's categorised records, the share whose category maps to none of the taxonomy's."
    )


class Rules(Model):
    """How much is enough, how many, and by when."""

    too_few_below: int = Field(default=10, ge=1, description="A standard with fewer decided cases gets the verdict too_few.")
    customers_at_least: int = Field(default=5, ge=1, description="The fewest customers that a published quote or slice stands for.")
    material_change_share: float = Field(
        default=0.02,
        ge=0,
        le=1,
        description="The smallest change that matters, 0.02 for two points: a change whose 95 % interval lies within it is no material "
        "change. Of ratings it is a share of their scale, of durations a share of the target.",
    )
    biggest_causes: int = Field(default=3, ge=0, description="How many of the biggest causes open a follow-up.")
    shared_department_share: float = Field(
        default=0.2,
        gt=0,
        le=1,
        description="Of a cause's records, the share that makes a department answer for it; where two or more do, none is asked alone.",
    )
    due_in_working_days: int = Field(
        default=20, ge=1, description="Working days after the as-of in which a follow-up is due that no severity hastens."
    )
    effort_person_weeks: float = Field(default=2.0, gt=0, description="What a follow-up takes as long as nobody has estimated it.")


class Retention(Model):
    """How long customers' words are kept; hashes and figures stay for good."""

    snapshot_quarters: int | None = Field(
        default=None, ge=5, description="Quarters for which snapshots, quotes and mails are kept; for good without it."
    )


class Audience(Model):
    """Who gets what by mail."""

    id: Identifier = Field(description="Short name.")
    gets: Literal["digest", "report", "follow_ups", "praise", "approvals", "alerts"] = Field(
        description="digest: one screen; report: summary, links; follow_ups: own follow-ups; praise: what customers thanked for, where "
        "they did; approvals: asked to approve, and reminded; alerts: told when data are not publishable, or a cycle failed or is stuck."
    )
    mail: Literal["departments"] | tuple[MailAddress, ...] = Field(description="Addresses, or `departments` for each department's own.")


class Programme(Model):
    """One organisation's improvement programme."""

    programme: Identifier = Field(description="Short name; part of every published path.")
    title: str = Field(description="What people read.", min_length=1)
    timezone: Zone = Field(description="The zone in which days and quarters are counted.")
    year_starts_in: Literal[MONTHS] = Field(default="january", description="First month of the fiscal year.")  # type: ignore[valid-type]
    working_time: WorkingTime = Field(default=WorkingTime(), description="Working days, hours and holidays.")
    schedule: Schedule = Field(default=Schedule(), description="When each quarter's cycle runs.")
    stages: tuple[Stage, ...] = Field(min_length=1, description="The customer's experience, step by step.")
    departments: tuple[Department, ...] = Field(min_length=1, description="The silos.")
    touchpoints: tuple[Touchpoint, ...] = Field(min_length=1, description="Places inside stages; a record belongs to the first it fits.")
    standards: tuple[Standard, ...] = Field(default=(), description="The promises.")
    complaint_handling: ComplaintHandling | None = Field(
        default=None, description="Ready-made standards for each stage of handling a complaint after ISO 10002; {} takes them as they are."
    )
    overall_question: Identifier | None = Field(
        default=None, description="The survey question about the whole: the report shows which other ratings go with it."
    )
    rebased: tuple[Rebasing, ...] = Field(default=(), description="Decisions that a control chart's limits start anew.")
    sources: tuple[Source, ...] = Field(min_length=1, description="The feeds.")
    taxonomy: Taxonomy | None = Field(default=None, description="One set of categories over all sources; each source's own without it.")
    causes: CauseDecisions = Field(
        default=CauseDecisions(), description="What people decide about causes, or the name of a file beside this one that says it."
    )
    vectors: str = Field(
        default="",
        description="What turns texts into vectors: the shipped English model, or the name of another, see the page on causes.",
    )
    severities: tuple[Severity, ...] = Field(default=(), description="Degrees of harm, the gravest first.")
    objectives: tuple[Objective, ...] = Field(default=(), description="What people expect before the data exist.")
    escalation: Escalation = Field(default=Escalation(), description="When trouble goes to leadership, and when owners are reminded.")
    gate: Gate = Field(default=Gate(), description="When data are good enough.")
    rules: Rules = Field(default=Rules(), description="Numbers behind verdicts, causes and follow-ups.")
    approvals: tuple[Subject, ...] = Field(
        default=(), description="What a person has to approve before the cycle goes on: the plan, the publication, both or nothing."
    )
    retention: Retention = Field(default=Retention(), description="How long customers' words are kept.")
    audiences: tuple[Audience, ...] = Field(default=(), description="Who gets what by mail.")
    look: Look = Field(default=Look(), description="Its logo, and how numbers and dates are written.")

    @cached_property
    def zone(self) -> ZoneInfo:
        """The programme's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def country(self) -> str | None:
        """The country (ISO 3166) by whose rules telephone numbers are read: that of the holidays, else of the zone."""
        holidays = self.working_time.holidays
        return holidays.partition("-")[0] if holidays else _country_of(self.timezone)

    @cached_property
    def promises(self) -> tuple[Standard, ...]:
        """All standards: the programme's own, then the ready-made ones that its sources allow."""
        mapped = frozenset(name for source in self.sources if source.fills in ("feedback", "ratings") for name in source.columns)
        ready_made = self.complaint_handling.standards(mapped) if self.complaint_handling else ()
        own = {standard.id for standard in self.standards}
        return (*self.standards, *(standard for standard in ready_made if standard.id not in own))

    def touchpoint(self, touchpoint_id: str) -> Touchpoint:
        """Return the touchpoint of that id; KeyError where there is none."""
        return {point.id: point for point in self.touchpoints}[touchpoint_id]

    def span(self, quarter: Quarter) -> tuple[datetime, datetime]:
        """Return start and end (exclusive) of a quarter of this programme."""
        return quarter.span(self.zone, self.year_starts_in)
