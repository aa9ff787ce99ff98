"""Whether each feed is fresh and as full as in earlier quarters: warnings, which name the feed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd
from scipy.special import ndtri, stdtrit

from config.written import number, percent
from expectations.rules import ROW, meaning, validate

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

FALSE_ALARM_RATE = 0.05
FEWEST_QUARTERS = 2
_DAY_SECONDS = 86_400
_ANSCOMBE = 3 / 8
_POISSON_SPREAD = 1 / 2


@dataclass(frozen=True)
class Feed:
    """One source in one quarter.

    newest: when its newest record of the quarter happened, None without any; quarter_end: exclusive; records: of the quarter;
    earlier_records: of up to four quarters before.
    """

    source: str
    newest: datetime | None
    quarter_end: datetime
    as_of: datetime
    late_after_days: int
    records: int
    earlier_records: tuple[int, ...] = ()


@dataclass(frozen=True)
class FeedResult:
    """One rule about one feed, in words with its limit, and what was found; kept, too, where nobody can tell, which notes then say."""

    source: str
    rule: str
    is_kept: bool
    notes: str


@dataclass(frozen=True)
class _Rule:
    """A rule before it is looked at: its words, the value and its limits; without limits nobody can tell."""

    source: str
    words: str
    notes: str
    value: float
    limits: tuple[float | None, float] | None


def check_feeds(feeds: Sequence[Feed]) -> tuple[FeedResult, ...]:
    """Return for each feed, in their order, whether it is fresh and whether it is as full as in earlier quarters.

    A feed without any record is not fresh. Its volume cannot be told with fewer than two earlier quarters, nor before the quarter is over.
    """
    rules = [rule for feed in feeds for rule in (_freshness(feed), _volume(feed))]
    table = pd.DataFrame({_name(rule): [float(rule.value)] for rule in rules} | {ROW: [0]})
    kept = {result.rule: result.is_kept for result in validate(table, tuple(_suite(rules)))}
    return tuple(FeedResult(rule.source, rule.words, kept.get(_name(rule), True), rule.notes) for rule in rules)


def volume_limits(earlier_records: Sequence[int]) -> tuple[int, int] | None:
    """Return the fewest and the most records that are no surprise after these quarters; None with fewer than two of them.

    A 95 % prediction interval for one more quarter of the same kind: mean ± t(k - 1) s √(1 + 1/k) (Hahn and Meeker, Statistical
    Intervals, 1991, chapter 4) of the k counts as √(x + 3/8), the transform that makes counts nearly normal and gives Poisson
    counts a standard deviation of 1/2 (Anscombe, Biometrika 35, 1948). s holds what counts vary beyond that; a half-width is never
    below that of Poisson counts of known spread, so that counts that agree by chance raise no alarm. Growth or seasons between the
    earlier quarters widen it; a step between them and this one raises an alarm, as it should.
    """
    quarters = len(earlier_records)
    if quarters < FEWEST_QUARTERS:
        return None
    roots = [math.sqrt(count + _ANSCOMBE) for count in earlier_records]
    mean = math.fsum(roots) / quarters
    spread = math.sqrt(math.fsum((root - mean) ** 2 for root in roots) / (quarters - 1))
    t, z = _quantiles(quarters - 1)
    half_width = max(t * spread, z * _POISSON_SPREAD) * math.sqrt(1 + 1 / quarters)
    low = max(mean - half_width, 0) ** 2 - _ANSCOMBE
    return max(math.ceil(low), 0), math.floor((mean + half_width) ** 2 - _ANSCOMBE)


@cache
def _quantiles(degrees: int) -> tuple[float, float]:
    tail = 1 - FALSE_ALARM_RATE / 2
    return float(stdtrit(degrees, tail)), float(ndtri(tail))


def _freshness(feed: Feed) -> _Rule:
    words = f"the newest record is at most {feed.late_after_days} days before the quarter's end or the as-of, whichever is first"
    if feed.newest is None or pd.isna(feed.newest):
        return _Rule(feed.source, words, "no record of the quarter", math.inf, (None, feed.late_after_days))
    end = min(feed.quarter_end, feed.as_of)
    days = (end - feed.newest).total_seconds() / _DAY_SECONDS
    return _Rule(feed.source, words, f"silent for {max(days, 0):.1f} days", days, (None, feed.late_after_days))


def _volume(feed: Feed) -> _Rule:
    quarters = len(feed.earlier_records)
    limits = volume_limits(feed.earlier_records)
    if limits is None or feed.as_of < feed.quarter_end:
        why = f"{quarters} earlier quarters are known, {FEWEST_QUARTERS} are needed" if limits is None else "the quarter is not over"
        return _Rule(feed.source, "as many records as in earlier quarters", f"cannot tell: {why}", feed.records, None)
    words = (
        f"between {number(f'{limits[0]:,}')} and {number(f'{limits[1]:,}')} records, as after the {quarters} quarters before "
        f"(where nothing has changed, at most {percent(FALSE_ALARM_RATE, 0)} of quarters lie outside)"
    )
    return _Rule(feed.source, words, f"{number(f'{feed.records:,}')} records", feed.records, limits)


def _suite(rules: Sequence[_Rule]) -> Iterator[Expectation]:
    from great_expectations import expectations as gxe

    for rule in rules:
        if rule.limits is not None:
            low, high = rule.limits
            said = meaning(_name(rule), "warning")
            yield gxe.ExpectColumnValuesToBeBetween(column=_name(rule), min_value=low, max_value=high, **said)


def _name(rule: _Rule) -> str:
    """Return the rule's words with the feed's name: no other rule has the same."""
    return f"{rule.source}: {rule.words}"
