"""The columns of the tables of times, slices, drivers and chart points."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from reports.columns import IS_COUNT, IS_DIFFERENCE, IS_NEEDED, IS_SHARE, Column
from tasks.results import Chart, ChartKind, ChartPoint, Driver, Drivers, Slice, TimeTo, Use

TIMES: tuple[Column[TimeTo], ...] = (
    Column("touchpoint", "string", "The touchpoint's id, or all.", lambda time: time.touchpoint, IS_NEEDED),
    Column("stage", "string", "The id of the touchpoint's stage, or all.", lambda time: time.stage, IS_NEEDED),
    Column("start", "string", "The time that is counted from.", lambda time: time.start, IS_NEEDED),
    Column("end", "string", "The time that is counted to; resolved_at is the first closure, closed_at the last.", lambda time: time.end),
    Column("n", "integer", "Cases that have started.", lambda time: time.n, IS_COUNT),
    Column("done", "integer", "Of them, those that are done.", lambda time: time.done, IS_COUNT),
    Column("waiting", "integer", "Of them, those that are not done at the as-of.", lambda time: time.waiting, IS_COUNT),
    Column("median_hours", "number", "Hours after which half of the cases are done (Kaplan-Meier).", lambda time: time.median_hours),
    Column("low_hours", "number", "Low end of the median's 95 % interval (Brookmeyer-Crowley).", lambda time: time.low_hours),
    Column("high_hours", "number", "High end of the median's 95 % interval (Brookmeyer-Crowley).", lambda time: time.high_hours),
    Column("ninety_percent_hours", "number", "Hours after which nine of ten cases are done.", lambda time: time.ninety_percent_hours),
)


def _part(number: int, name: str) -> Callable[[Slice], object]:
    return lambda one: getattr(one.parts[number], name) if len(one.parts) > number else None


SLICES: tuple[Column[Slice], ...] = (
    Column("standard", "string", "The standard's id.", lambda one: one.standard, IS_NEEDED),
    Column("title", "string", "The standard as people read it.", lambda one: one.title),
    Column("touchpoint", "string", "The touchpoint's id, or all.", lambda one: one.touchpoint, IS_NEEDED),
    Column("stage", "string", "The id of the touchpoint's stage, or all.", lambda one: one.stage, IS_NEEDED),
    Column("dimension", "string", "The first dimension.", _part(0, "dimension"), IS_NEEDED),
    Column("value", "string", "Its value in this slice.", _part(0, "value")),
    Column("dimension_2", "string", "The second dimension; empty where there is one alone.", _part(1, "dimension")),
    Column("value_2", "string", "Its value in this slice.", _part(1, "value")),
    Column("n", "integer", "Decided cases of the slice.", lambda one: one.n, IS_COUNT),
    Column("missed", "integer", "Of them, those that missed the standard.", lambda one: one.missed, IS_COUNT),
    Column("share", "number", "Share of the slice that kept the standard, 0 to 1.", lambda one: one.share, IS_SHARE),
    Column("low", "number", "Low end of the share's 95 % interval (Wilson).", lambda one: one.low, IS_SHARE),
    Column("high", "number", "High end of the share's 95 % interval (Wilson).", lambda one: one.high, IS_SHARE),
    Column("elsewhere_share", "number", "Share of all other cases that kept it, 0 to 1.", lambda one: one.elsewhere_share, IS_SHARE),
    Column("excess_misses", "number", "Misses more than at the share elsewhere.", lambda one: one.excess_misses),
    Column("customers", "integer", "Customers behind it; records where these are not known.", lambda one: one.customers, IS_COUNT),
    Column("p", "number", "One-sided p (Fisher), uncorrected.", lambda one: one.p, IS_SHARE),
)

DRIVERS: tuple[Column[tuple[Drivers, Driver]], ...] = (
    Column("source", "string", "The survey.", lambda pair: pair[0].source, IS_NEEDED),
    Column("overall", "string", "The question about the whole.", lambda pair: pair[0].overall, IS_NEEDED),
    Column("question", "string", "The question that goes with it.", lambda pair: pair[1].question, IS_NEEDED),
    Column("touchpoint", "string", "The touchpoint that it rates.", lambda pair: pair[1].touchpoint),
    Column("n", "integer", "Respondents who answered both questions.", lambda pair: pair[1].n, IS_COUNT),
    Column("correlation", "number", "With the overall rating, -1 to 1.", lambda pair: pair[1].correlation, IS_DIFFERENCE),
    Column("share", "number", "Shapley (LMG) share of R\u00b2, 0 to 1.", lambda pair: pair[1].share),
    Column("low", "number", "Low end of the share's 95 % bootstrap interval.", lambda pair: pair[1].low),
    Column("high", "number", "High end of the share's 95 % bootstrap interval.", lambda pair: pair[1].high),
    Column("own", "number", "R\u00b2 that is lost without it, 0 to 1.", lambda pair: pair[1].own),
    Column("own_low", "number", "Low end of the 95 % bootstrap interval of own.", lambda pair: pair[1].own_low),
    Column("own_high", "number", "High end of the 95 % bootstrap interval of own.", lambda pair: pair[1].own_high),
    Column("use", "string", "Whether it could be left out next time.", lambda pair: pair[1].use, {"enum": list(get_args(Use))}),
    Column("respondents", "integer", "Respondents who answered the overall question.", lambda pair: pair[0].n, IS_COUNT),
    Column("r2", "number", "R\u00b2 of all questions together, 0 to 1.", lambda pair: pair[0].r2),
    Column("r2_low", "number", "Low end of its 95 % bootstrap interval.", lambda pair: pair[0].low),
    Column("r2_high", "number", "High end of its 95 % bootstrap interval.", lambda pair: pair[0].high),
)


CHARTS: tuple[Column[tuple[Chart, ChartPoint]], ...] = (
    Column("subject", "string", "standard:<id>:<touchpoint> or volume:<touchpoint>.", lambda pair: pair[0].subject, IS_NEEDED),
    Column("touchpoint", "string", "The touchpoint's id, or all.", lambda pair: pair[0].touchpoint),
    Column("starts", "date", "First day of the week or month.", lambda pair: pair[1].starts, IS_NEEDED),
    Column("n", "integer", "Cases behind the point.", lambda pair: pair[1].n, IS_COUNT),
    Column("value", "number", "The point's value, in the unit.", lambda pair: pair[1].value),
    Column("low", "number", "Lower control limit at this point; empty where there is none.", lambda pair: pair[1].low),
    Column("high", "number", "Upper control limit at this point; empty where there is none.", lambda pair: pair[1].high),
    Column("centre", "number", "Centre line at this point; empty where there is none.", lambda pair: pair[1].centre),
    Column("is_provisional", "boolean", "Whether not all of it is known yet: it is not judged.", lambda pair: pair[1].is_provisional),
    Column("signals", "string", "Signals of special causes at this point.", lambda pair: pair[1].signals),
    Column("unit", "string", "Of value, low, high and centre; shares are 0 to 1.", lambda pair: pair[0].unit),
    Column(
        "kind",
        "string",
        "Kind of control chart; empty where there are no limits.",
        lambda pair: pair[0].baseline and pair[0].baseline.kind,
        {"enum": list(get_args(ChartKind))},
    ),
)
