"""Eight quarters of a made-up organisation with planted truths: what people do, and what the product makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from config.periods import Quarter
from config.programme import Programme
from tasks.effectiveness.closing import Panels, close, effects
from tasks.effectiveness.panel import Panel
from tasks.follow_ups.life import with_changes
from tasks.inference import score_test, wilson
from tasks.planning import Found, decide_follow_ups
from tasks.results import Compliance, EffectVerdict, FollowUp, FollowUpChange
from tests.programmes import programme

FIRST = Quarter(2024, 1)
QUARTERS = 8
WEEKS_A_QUARTER = 13
TARGET, BASE = 0.8, 0.7
GOOD = (0.84, 0.86, 0.87, 0.88, 0.9, 0.92)
BETWEEN_QUARTERS = 0.01  # by which each touchpoint's quarters vary by themselves
TRUTHS = ("fixed", "half fixed", "not fixed", "back", "seasonal", "trend", "harms")
WITHOUT_EFFECT = ("not fixed", "seasonal", "trend")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Story:
    """What became of one follow-up: its truth, and the verdicts of each quarter in which it was judged, oldest first."""

    truth: str
    verdicts: tuple[EffectVerdict, ...]
    is_verified: bool
    is_reopened: bool


def house() -> Programme:
    """Return a programme whose touchpoints are the truths and six that keep their standard."""
    names = [*(truth.replace(" ", "-") for truth in TRUTHS), *(f"good-{number}" for number in range(len(GOOD)))]
    points = [
        {"id": name, "title": name, "stage": "book", "departments": ["desk"], "accountable": "desk", "where": {"category": [name]}}
        for name in names
    ]
    standard = {"id": "kept", "touchpoints": names, "measure": {"by_due_date": "resolved_at"}, "target_share": TARGET}
    return programme(timezone="UTC", touchpoints=points, standards=[standard], rules={"biggest_causes": 0})


def live_through(seed: int, n: int, points: float) -> tuple[Story, ...]:
    """Return what eight quarters made of every follow-up that the product's own rule opened on a planted touchpoint.

    `n` cases a touchpoint and quarter; `points` is the effect of a fix. All touchpoints share a season and a trend. People act on the
    first follow-up of each touchpoint in the quarter after it was opened.
    """
    random, world = np.random.default_rng(seed), house()
    names = [point.id for point in world.touchpoints]
    weeks = np.arange(QUARTERS * WEEKS_A_QUARTER)
    done = {name: int(random.integers(6, WEEKS_A_QUARTER)) for name in names}
    common = _common(random, weeks)
    n_of = random.poisson(n / WEEKS_A_QUARTER, (len(weeks), len(names)))
    own = random.normal(0, BETWEEN_QUARTERS, (QUARTERS, len(names))).repeat(WEEKS_A_QUARTER, axis=0)
    phase = random.uniform(0, 2 * np.pi)
    known: tuple[FollowUp, ...] = ()
    met = np.zeros_like(n_of)
    acted: dict[str, int] = {}
    verdicts: dict[str, list[EffectVerdict]] = {}
    for number in range(QUARTERS):
        rows = slice(number * WEEKS_A_QUARTER, (number + 1) * WEEKS_A_QUARTER)
        for one in known:
            place = one.touchpoints[0]
            if one.status == "proposed" and place not in acted and place.replace("-", " ") in TRUTHS:
                acted[place] = rows.start + done[place]
                said = [_predicted(rows.start, points), _declared(acted[place])]
                known = tuple(with_changes(two, said) if two.id == one.id else two for two in known)
        shares = np.stack([_share(name, weeks, acted, points, phase) for name in names], axis=1) + common[:, None] + own
        met[rows] = random.binomial(n_of[rows], np.clip(shares, 0.01, 0.99)[rows])
        cycle, as_of = str(FIRST.back(-number)), _day(rows.stop)
        panel = _panel(weeks[: rows.stop], names, met, n_of)
        found = effects(known, Panels(panel), {}, world, cycle, as_of)
        for one in known:
            if one.id in found:
                verdicts.setdefault(one.id, []).append(found[one.id].verdict)
        closed = close(known, found, cycle, as_of)
        known = decide_follow_ups(Found(standards=_figures(names, met[rows], n_of[rows])), closed, world, cycle, as_of)
    return tuple(_story(one, verdicts[one.id]) for one in known if one.id in verdicts)


def _story(one: FollowUp, verdicts: Sequence[EffectVerdict]) -> Story:
    statuses = [change.status for change in one.changes]
    truth = one.touchpoints[0].replace("-", " ")
    return Story(truth, tuple(verdicts), "verified" in statuses, "reopened" in statuses)


def _common(random: np.random.Generator, weeks: npt.NDArray[np.int64]) -> Floats:
    """Return what happens everywhere: a season, a trend, and quarters that differ."""
    season = 0.03 * np.sin(2 * np.pi * weeks / 52 + random.uniform(0, 2 * np.pi))
    trend = 0.03 * weeks / len(weeks)
    return np.asarray(season + trend + random.normal(0, 0.01, QUARTERS).repeat(WEEKS_A_QUARTER))


def _share(name: str, weeks: npt.NDArray[np.int64], acted: Mapping[str, int], points: float, phase: float) -> Floats:
    if name.startswith("good"):
        level = np.full(len(weeks), GOOD[int(name[-1])])
        return level - points * (weeks >= acted["harms"]) if name == "good-0" and "harms" in acted else level
    since = weeks - acted.get(name, len(weeks))
    after = since >= 0
    moves = {
        "fixed": points * after,
        "harms": points * after,
        "half-fixed": points / 2 * after,
        "back": points * (after & (since < 2 * WEEKS_A_QUARTER)),
        "seasonal": 0.05 * np.sin(2 * np.pi * weeks / 52 + phase),
        "trend": 0.1 * weeks / len(weeks),
    }
    return np.asarray(BASE + moves.get(name, np.zeros(len(weeks))))


def _panel(weeks: npt.NDArray[np.int64], names: Sequence[str], met: npt.NDArray[np.int64], n: npt.NDArray[np.int64]) -> Panel:
    mondays = np.datetime64("2024-01-01") + 7 * weeks
    units = tuple(f"kept:{name}" for name in names)
    return Panel(mondays, weeks // WEEKS_A_QUARTER, units, met[: len(weeks)], n[: len(weeks)])


def _figures(names: Sequence[str], met: npt.NDArray[np.int64], n: npt.NDArray[np.int64]) -> list[Compliance]:
    """Return the quarter's verdicts by the product's score test."""
    kept, cases = met.sum(axis=0), n.sum(axis=0)
    low, high = wilson(kept, cases)
    p = score_test(kept, cases, TARGET)
    return [_figure(*parts) for parts in zip(names, kept, cases, low, high, p, strict=True)]


def _figure(name: str, kept: int, cases: int, low: float, high: float, p: float) -> Compliance:
    share = kept / cases
    verdict = "uncertain" if p > 0.05 else "met" if share >= TARGET else "not_met"
    sure = {
        "pending": 0,
        "excluded": 0,
        "share_if_pending_met": share,
        "share_if_pending_missed": share,
        "previous": None,
        "year_ago": None,
    }
    figures = {"n": cases, "met": kept, "share": share, "low": low, "high": high, "target": TARGET, "p": p}
    return Compliance.model_validate(
        {"standard": "kept", "title": "Kept", "touchpoint": name, "stage": "book", "verdict": verdict} | figures | sure
    )


def _predicted(week: int, points: float) -> FollowUpChange:
    """Return the change by which an owner accepts a follow-up, and predicts what is planted; ten points where nothing is."""
    return FollowUpChange(at=_day(week), by="Ann", status="accepted", predicted_change=points or TARGET - BASE)


def _declared(week: int) -> FollowUpChange:
    return FollowUpChange(at=_day(week) - timedelta(days=2), by="Ann", status="done", evidence="ticket")


def _day(week: int) -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(weeks=int(week))


def tallied(stories: Sequence[Story]) -> dict[str, Counter[str]]:
    """Return how many follow-ups of each truth were ever called worked, and how many were ever opened again, of how many."""
    counts: dict[str, Counter[str]] = {truth: Counter() for truth in TRUTHS}
    for one in stories:
        counts[one.truth].update(["all"] + ["verified"] * one.is_verified + ["reopened"] * one.is_reopened)
        counts[one.truth].update(f"said {verdict}" for verdict in one.verdicts)
    return counts
