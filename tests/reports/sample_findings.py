"""Figures that are no shares, charts, times, slices, mix effects and drivers of the sample quarter, each in every state."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from config.measures import Figure, Unit
from tasks.results import (
    Assurance,
    Baseline,
    Change,
    ChangeVerdict,
    Chart,
    ChartKind,
    ChartPoint,
    Compliance,
    Driver,
    Drivers,
    MixEffect,
    Period,
    Signal,
    Slice,
    SlicePart,
    TimeTo,
    Use,
    Value,
    Variation,
    Verdict,
)


def value_of(
    name: tuple[str, str],
    place: tuple[str, str],
    counts: tuple[int, int],
    figure: tuple[Figure, Unit],
    numbers: tuple[float | None, float | None, float | None, float],
    verdict: Verdict,
    previous: Change | None = None,
    year_ago: Change | None = None,
) -> Compliance:
    """Return a standard that is no share from (id, title), (touchpoint, stage), (met, n) and (value, low, high, target)."""
    value, low, high, target = numbers
    is_time = figure[1].endswith("hours")
    fixed: dict[str, Any] = dict.fromkeys(("share", "low", "high", "target", "share_if_pending_met", "share_if_pending_missed"))
    return Compliance(
        standard=name[0],
        title=name[1],
        touchpoint=place[0],
        stage=place[1],
        met=counts[0],
        n=counts[1],
        value=Value(figure=figure[0], unit=figure[1], value=value, low=low, high=high, target=target, is_higher_better=not is_time),
        verdict=verdict,
        p=0.01,
        pending=0,
        excluded=3,
        previous=previous,
        year_ago=year_ago,
        **fixed,
    )


def moved(verdict: ChangeVerdict, against: str, earlier: float, now: float, half: float) -> Change:
    """Return the change of a value whose interval reaches `half` to both sides."""
    change = now - earlier
    return Change(
        against=against, verdict=verdict, n=380, met=360, value=earlier, change=change, low=change - half, high=change + half, p=0.01
    )


VALUES = (
    value_of(
        ("leak-time", "Median time to repair a leak"),
        ("leak-repair", "put-right"),
        (610, 731),
        ("median", "hours"),
        (152.4, 140.25, 166.0, 120.0),
        "not_met",
        previous=moved("worsened", "2025Q3", 131.0, 152.4, 13.5),
        year_ago=moved("no_material_change", "2024Q4", 151.9, 152.4, 2.0),
    ),
    value_of(
        ("call-back", "Mean time until we ring back"),
        ("phone-line", "tell-us"),
        (301, 301),
        ("mean", "working hours"),
        (3.2, 2.9, 3.55, 4.0),
        "met",
        previous=moved("improved", "2025Q3", 4.1, 3.2, 0.4),
    ),
    value_of(
        ("supply-time", "Median time until supply is back"),
        ("supply", "put-right"),
        (9, 24),
        ("median", "hours"),
        (None, 30.5, None, 12.0),
        "uncertain",
    ),
    value_of(
        ("recommend", "Would recommend us"),
        ("bill", "pay"),
        (466, 466),
        ("net_promoter", "net promoter"),
        (-4.0, -11.9, 3.9, 15.0),
        "uncertain",
        previous=moved("cannot_tell", "2025Q3", -7.5, -4.0, 10.2),
    ),
    value_of(("clear-bill", "How clear the bill is"), ("bill", "pay"), (466, 466), ("mean", "score"), (3.82, 3.71, 3.93, 3.5), "met"),
)


def days_from(first: date, number: int, period: Period) -> list[date]:
    """Return the first days of so many weeks or months."""
    if period == "week":
        return [first + timedelta(weeks=i) for i in range(number)]
    return [date(first.year + (first.month - 1 + i) // 12, (first.month - 1 + i) % 12 + 1, 1) for i in range(number)]


def chart_of(
    subject: str,
    place: tuple[str, str],
    title: str,
    values: Sequence[float],
    icons: tuple[Variation, Assurance],
    *,
    unit: str = "share",
    target: float | None = None,
    is_higher_better: bool | None = True,
    period: Period = "week",
    limits: tuple[ChartKind, float, float] | None = None,
    old_limits: tuple[int, float, float] | None = None,
    provisional: int = 0,
    signals: Mapping[int, tuple[Signal, ...]] | None = None,
    rebased: str = "",
    note: str = "",
) -> Chart:
    """Return a chart from its values; `limits` are kind, centre and sigma (of a share: of one case), `old_limits` those of the first points."""
    starts = days_from(date(2024, 1, 1), len(values), period)
    points = []
    for i, (day, value) in enumerate(zip(starts, values, strict=True)):
        n = 40 + 7 * (i % 5)
        centre, low, high = None, None, None
        if limits:
            centre, sigma = old_limits[1:] if old_limits and i < old_limits[0] else limits[1:]
            reach = 3 * sigma / (math.sqrt(n) if unit == "share" else 1)
            low, high = (centre - reach, min(centre + reach, 1.0)) if unit == "share" else (centre - reach, centre + reach)
        is_provisional = i >= len(values) - provisional
        found = () if is_provisional else (signals or {}).get(i, ())
        points.append(
            ChartPoint(starts=day, n=n, value=value, centre=centre, low=low, high=high, is_provisional=is_provisional, signals=found)
        )
    first = old_limits[0] if old_limits else 0
    baseline = Baseline(
        definition="d1" * 32, kind=limits[0], period=period, first=starts[first], last=starts[-1], points=len(points) - first,
        cases=sum(point.n for point in points[first:]), centre=limits[1], spread=1.0, is_trial=False,
    ) if limits else None  # fmt: skip
    return Chart(
        subject=subject, touchpoint=place[0], stage=place[1], title=title, unit=unit, target=target, is_higher_better=is_higher_better,
        points=tuple(points), baseline=baseline, variation=icons[0], assurance=icons[1], rebased=rebased, note=note,
    )  # fmt: skip


def waves(number: int, centre: float, reach: float, slope: float = 0.0) -> list[float]:
    """Return values that go up and down around a centre, without chance."""
    return [centre + slope * i + reach * (math.sin(1.9 * i) + math.cos(0.7 * i * i)) / 2 for i in range(number)]


LEAK_REPAIR, BILL, PHONE = ("leak-repair", "put-right"), ("bill", "pay"), ("phone-line", "tell-us")
CHARTS = (
    chart_of(
        "standard:on-time:all",
        ("all", "all"),
        "Put right by the promised date",
        [*waves(52, 0.76, 0.09), *waves(52, 0.69, 0.09)],
        ("common_cause", "hit_or_miss"),
        target=0.8,
        limits=("p", 0.69, 0.46),
        old_limits=(52, 0.76, 0.43),
        rebased="From 2024-12-30: the repair crews of two districts were merged (decided by M. Okafor)",
    ),
    chart_of(
        "standard:leaks:leak-repair",
        LEAK_REPAIR,
        "Visible leaks repaired within 5 working days",
        [*waves(84, 0.63, 0.1), *waves(16, 0.47, 0.06), 0.3, 0.62, 0.85, 0.95],
        ("concern", "failing"),
        target=0.95,
        limits=("p_prime", 0.63, 0.6),
        provisional=3,
        signals={i: ("shift",) for i in range(84, 101)} | {88: ("outside_limits", "shift"), 100: ("outside_limits", "two_of_three", "shift"), 40: ("two_of_three",), 41: ("two_of_three",)},
    ),
    chart_of(
        "standard:leak-time:leak-repair",
        LEAK_REPAIR,
        "Median time to repair a leak",
        [*waves(16, 132.0, 14.0), 121, 126, 131, 137, 144, 149, 152.4, 158],
        ("concern", "failing"),
        unit="hours",
        target=100.0,
        is_higher_better=False,
        period="month",
        limits=("xmr", 132.0, 8.0),
        provisional=1,
        signals={i: ("trend",) for i in range(16, 23)},
    ),
    chart_of(
        "standard:friendly:phone-line",
        PHONE,
        "Rated 4 or 5 for friendliness",
        [*waves(20, 0.84, 0.04), 0.89, 0.9, 0.96],
        ("improvement", "hit_or_miss"),
        target=0.8,
        period="month",
        limits=("p", 0.84, 0.36),
        signals={22: ("two_of_three",), 21: ("two_of_three",)},
    ),
    chart_of(
        "standard:call-back:phone-line",
        PHONE,
        "Mean time until we ring back",
        [*waves(16, 4.1, 0.4), 3.6, 3.4, 3.2, 3.1, 2.9, 2.8, 2.7],
        ("improvement", "passing"),
        unit="working hours",
        target=6.0,
        is_higher_better=False,
        period="month",
        limits=("xmr", 4.1, 0.36),
        signals={22: ("outside_limits",)},
    ),
    chart_of("standard:bill-right:bill", BILL, "Bill corrected at first contact", waves(104, 0.93, 0.05), ("common_cause", "passing"), target=0.8, limits=("p", 0.93, 0.25)),
    chart_of(
        "standard:recommend:bill",
        BILL,
        "Would recommend us",
        [-9.0, 2.5, -7.5, -4.0],
        ("cannot_tell", "cannot_tell"),
        unit="net promoter",
        target=15.0,
        period="month",
        note="No limits: they need 12 points, and 4 can be judged.",
    ),
    chart_of("volume:phone-line", PHONE, "Records", [*map(round, waves(103, 46, 12)), 97], ("special_cause", "no_target"), unit="records", is_higher_better=None, limits=("xmr", 46.0, 7.0), signals={103: ("outside_limits",)}),
    chart_of("volume:leak-repair", LEAK_REPAIR, "Records", [*map(round, waves(104, 55, 9))], ("common_cause", "no_target"), unit="records", is_higher_better=None, limits=("xmr", 55.0, 7.0)),
)  # fmt: skip

TIMES = (
    TimeTo(touchpoint="all", stage="all", start="occurred_at", end="resolved_at", n=1973, done=1690, waiting=283, median_hours=61.5, low_hours=57.25, high_hours=66.0, ninety_percent_hours=402.0),
    TimeTo(touchpoint="leak-repair", stage="put-right", start="occurred_at", end="resolved_at", n=731, done=610, waiting=121, median_hours=152.4, low_hours=140.25, high_hours=166.0, ninety_percent_hours=None),
    TimeTo(touchpoint="supply", stage="put-right", start="occurred_at", end="closed_at", n=24, done=9, waiting=15, median_hours=None, low_hours=30.5, high_hours=None, ninety_percent_hours=None),
)  # fmt: skip


def slice_of(standard: tuple[str, str], place: tuple[str, str], parts: Mapping[str, str], figures: tuple[int, int, float, float]) -> Slice:
    """Return a slice from its dimensions and (n, missed, share elsewhere, excess misses)."""
    n, missed, elsewhere, excess = figures
    share = 1 - missed / n
    half = 1.96 * math.sqrt(share * (1 - share) / n)
    return Slice(
        standard=standard[0], title=standard[1], touchpoint=place[0], stage=place[1],
        parts=tuple(SlicePart(dimension=name, value=value) for name, value in parts.items()),
        n=n, missed=missed, share=share, low=share - half, high=share + half, elsewhere_share=elsewhere, excess_misses=excess, customers=n - 4, p=0.0001,
    )  # fmt: skip


ON_TIME, LEAKS = ("on-time", "Put right by the promised date"), ("leaks", "Visible leaks repaired within 5 working days")
SLICES = (
    slice_of(ON_TIME, ("all", "all"), {"channel": "telephone", "district": "Harwick"}, (212, 118, 0.7184, 58.3)),
    slice_of(LEAKS, LEAK_REPAIR, {"pipe_material": "lead"}, (96, 71, 0.561, 28.9)),
    slice_of(ON_TIME, ("all", "all"), {"district": "Castle Hill"}, (88, 49, 0.697, 22.3)),
)


def mix_of(
    standard: tuple[str, str], place: tuple[str, str], against: str, dimension: str, whole: float, within: tuple[float, float, float]
) -> MixEffect:
    """Return a mix effect; it is reversed where the parts are shown to have moved."""
    adjusted, low, high = within
    is_shown = low > 0 or high < 0
    return MixEffect(
        standard=standard[0], title=standard[1], touchpoint=place[0], stage=place[1], against=against, dimension=dimension, change=whole,
        adjusted_change=adjusted, low=low, high=high, verdict="reversed" if is_shown else "mix",
    )  # fmt: skip


MIXES = (
    mix_of(ON_TIME, ("all", "all"), "2024Q4", "channel", -0.0847, (-0.006, -0.03, 0.018)),
    mix_of(("bill-right", "Bill corrected at first contact"), BILL, "2024Q4", "bill_type", 0.0828, (-0.021, -0.039, -0.003)),
)


def driver_of(question: str, touchpoint: str, share: tuple[float, float, float], own: tuple[float, float, float], use: Use) -> Driver:
    """Return one question's part with its intervals."""
    return Driver(
        question=question, touchpoint=touchpoint, n=431, correlation=round(share[0] * 1.4 - 0.05, 3), share=share[0], low=share[1], high=share[2],
        own=own[0], own_low=own[1], own_high=own[2], use=use,
    )  # fmt: skip


DRIVERS = (
    Drivers(
        source="survey",
        overall="overall_satisfaction",
        n=474,
        r2=0.462,
        low=0.391,
        high=0.538,
        drivers=(
            driver_of("kept_informed", "leak-repair", (0.448, 0.341, 0.552), (0.131, 0.09, 0.178), "keep"),
            driver_of("friendliness", "phone-line", (0.327, 0.22, 0.431), (0.052, 0.024, 0.086), "keep"),
            driver_of("ease_of_reporting", "online-form", (0.196, 0.102, 0.288), (0.012, 0.001, 0.034), "cannot_tell"),
            driver_of("tidiness", "", (0.029, 0.004, 0.071), (0.001, 0.0, 0.006), "could_be_left_out"),
        ),
        left_out={"fax_service": "fewer than 100 answered it", "parking": "every answer is the same"},
    ),
    Drivers(source="panel", overall="overall_satisfaction", n=61, r2=None, low=None, high=None, drivers=(), note="Fewer than 100 respondents answered the overall question."),
)  # fmt: skip
