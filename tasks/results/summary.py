"""What is asked of people, and everything that the reports of one cycle say."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from config.look import Look
from tasks.results.base import NamedPart, Ref, Result
from tasks.results.causes import Cause, Theme
from tasks.results.charts import Chart
from tasks.results.data import DataQuality
from tasks.results.drivers import Drivers
from tasks.results.loop import FollowUp, Loop
from tasks.results.standards import Compliance, Family, Restatement, TimeTo
from tasks.results.where import MixEffect, Slice


class Place(Result):
    """A touchpoint as the programme lists it, with the records that belong to it."""

    id: str
    title: str
    stage: str
    departments: tuple[str, ...]
    accountable: str
    records: int


class Trace(Result):
    """What proves the report: the rules, the data and the software."""

    programme_sha256: str
    snapshot: tuple[Ref, ...]
    versions: dict[str, str]


class HistoryEntry(Result):
    """One cycle on the history page."""

    cycle: str
    edition: str
    as_of: datetime
    headline: str
    met: int
    not_met: int
    unsure: int = Field(description="Standards whose verdict is uncertain or too_few.")
    open_follow_ups: int
    manifest_sha256: str
    ledger_head: str
    revision_reason: str = ""


class CycleSummary(Result):
    """Everything that the reports of one cycle say."""

    programme: str
    title: str
    cycle: str
    edition: str = Field(description="The folder's name: the cycle, with .r2 where it was revised.")
    is_draft: bool
    revision_reason: str = ""
    timezone: str
    look: Look = Field(default=Look(), description="The programme's logo, and how numbers and dates are written for people.")
    starts: datetime
    ends: datetime
    as_of: datetime
    headline: str
    stages: tuple[NamedPart, ...]
    departments: tuple[NamedPart, ...]
    touchpoints: tuple[Place, ...]
    standards: tuple[Compliance, ...]
    restatements: tuple[Restatement, ...]
    times: tuple[TimeTo, ...] = ()
    charts: tuple[Chart, ...] = ()
    slices: tuple[Slice, ...] = Field(default=(), description="The most excess misses first.")
    mixes: tuple[MixEffect, ...] = ()
    drivers: tuple[Drivers, ...] = ()
    causes: tuple[Cause, ...]
    themes: tuple[Theme, ...] = Field(default=(), description="The biggest first; none where there are few causes.")
    praise: tuple[Cause, ...] = Field(default=(), description="What customers thank for.")
    cause_notes: tuple[str, ...] = Field(default=(), description="Decisions that could not be applied, and texts that were read badly.")
    follow_ups: tuple[FollowUp, ...]
    loop: Loop = Loop()
    families: tuple[Family, ...]
    data: DataQuality
    trace: Trace
