"""A late, missing, thin or swollen feed is named; an ordinary one is left in peace at the rate that is stated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from expectations.feeds import FALSE_ALARM_RATE, Feed, FeedResult, check_feeds, volume_limits

END = datetime(2026, 10, 1, tzinfo=UTC)
FRESH = "the newest record is at most 14 days before the quarter's end or the as-of, whichever is first"


def feed(
    source: str,
    *,
    silent_days: float | None = 0,
    as_of: datetime = END + timedelta(days=9),
    records: int = 100,
    earlier: tuple[int, ...] = (),
) -> Feed:
    newest = None if silent_days is None else min(END, as_of) - timedelta(days=silent_days)
    return Feed(source, newest, END, as_of, 14, records, earlier)


def freshness(*feeds: Feed) -> list[FeedResult]:
    return list(check_feeds(feeds)[::2])


def volume(*feeds: Feed) -> list[FeedResult]:
    return list(check_feeds(feeds)[1::2])


def test_a_feed_may_be_silent_for_the_stated_days_and_not_longer_and_is_named() -> None:
    found = freshness(feed("calls", silent_days=14), feed("visits", silent_days=14.01), feed("letters", silent_days=None))
    assert [(one.source, one.rule, one.is_kept, one.notes) for one in found] == [
        ("calls", FRESH, True, "silent for 14.0 days"),
        ("visits", FRESH, False, "silent for 14.0 days"),
        ("letters", FRESH, False, "no record of the quarter"),
    ]


def test_days_are_counted_to_the_as_of_while_the_quarter_lasts() -> None:
    as_of = END - timedelta(days=40)
    assert [one.is_kept for one in freshness(feed("calls", silent_days=3, as_of=as_of), feed("visits", silent_days=20, as_of=as_of))] == [
        True,
        False,
    ]


@pytest.mark.parametrize(("records", "is_kept"), [(1009, True), (510, False), (2020, False), (0, False)])
def test_a_halved_or_doubled_feed_is_found_after_four_quarters_and_an_ordinary_one_is_not(records: int, is_kept: bool) -> None:
    (found,) = volume(feed("calls", records=records, earlier=(980, 1040, 1010, 1055)))
    assert found.is_kept is is_kept
    assert found.notes == f"{records:,} records"
    assert found.rule == (
        "between 906 and 1,143 records, as after the 4 quarters before (where nothing has changed, at most 5% of quarters lie outside)"
    )


def test_the_limits_themselves_are_allowed_and_one_record_more_is_not() -> None:
    low, high = volume_limits((980, 1040, 1010, 1055)) or (0, 0)
    sizes = {"lower": low, "low": low - 1, "higher": high, "high": high + 1}
    found = volume(*(feed(name, records=size, earlier=(980, 1040, 1010, 1055)) for name, size in sizes.items()))
    assert {one.source: one.is_kept for one in found} == {"lower": True, "low": False, "higher": True, "high": False}


def test_with_fewer_than_two_quarters_or_in_a_quarter_that_still_lasts_nobody_can_tell() -> None:
    found = volume(feed("new", records=3, earlier=(1000,)), feed("young", records=3, as_of=END - timedelta(days=1), earlier=(1000, 1000)))
    assert [(one.is_kept, one.notes) for one in found] == [
        (True, "cannot tell: 1 earlier quarters are known, 2 are needed"),
        (True, "cannot tell: the quarter is not over"),
    ]


def test_each_feed_has_both_results_in_the_order_of_the_feeds_and_no_feeds_have_none() -> None:
    assert [one.source for one in check_feeds([feed("b"), feed("a")])] == ["b", "b", "a", "a"]
    assert check_feeds([]) == ()


def test_counts_that_agree_by_chance_leave_room_for_what_counts_vary_anyway() -> None:
    assert volume_limits((9, 9, 9, 9)) == (4, 16)
    assert volume_limits((0, 0)) == (0, 2)


def test_the_limits_are_those_of_the_textbook_formula() -> None:
    roots = np.sqrt(np.array([400, 500, 450]) + 0.375)
    half = 4.302652729911275 * roots.std(ddof=1) * np.sqrt(4 / 3)  # t of 2 degrees at 97.5 %, from tables
    assert volume_limits((400, 500, 450)) == (np.ceil((roots.mean() - half) ** 2 - 0.375), np.floor((roots.mean() + half) ** 2 - 0.375))


def alarm_share(quarters: int, mean: float, variation: float, factor: float, runs: int) -> float:
    """Return the share of runs with an alarm; counts are negative binomial with that coefficient of variation beyond Poisson."""
    generator = np.random.default_rng([quarters, int(mean), int(variation * 1000), runs])
    rates = generator.gamma(variation**-2, variation**2, size=(runs, quarters + 1)) if variation else np.ones((runs, quarters + 1))
    means = mean * rates * np.array([1.0] * quarters + [factor])
    counts = generator.poisson(means).tolist()
    limits = [volume_limits(row[:quarters]) or (0, 0) for row in counts]
    return float(np.mean([not low <= row[quarters] <= high for row, (low, high) in zip(counts, limits, strict=True)]))


@pytest.mark.parametrize("quarters", [2, 4])
def test_of_ordinary_feeds_no_more_are_named_than_the_words_say(quarters: int) -> None:
    assert 0.03 < alarm_share(quarters, 1000, 0.15, 1, 3000) < FALSE_ALARM_RATE + 0.012


@pytest.mark.truth
@pytest.mark.parametrize("quarters", [2, 3, 4])
@pytest.mark.parametrize("mean", [5, 50, 1000, 50_000])
@pytest.mark.parametrize("variation", [0, 0.05, 0.1, 0.3])
def test_the_false_alarm_rate_holds_for_small_and_large_steady_and_restless_feeds(quarters: int, mean: float, variation: float) -> None:
    share = alarm_share(quarters, mean, variation, 1, 20_000)
    assert share < FALSE_ALARM_RATE + 0.006
    if mean * variation**2 >= 8:  # counts vary far more than Poisson's: the stated rate is the real one
        assert share > FALSE_ALARM_RATE - 0.015


@pytest.mark.truth
@pytest.mark.parametrize(
    ("quarters", "mean", "variation", "at_least"),
    [(4, 1000, 0.05, 0.99), (4, 1000, 0.1, 0.88), (3, 1000, 0.05, 0.95), (2, 50_000, 0.02, 0.85)],
)
def test_a_halved_feed_is_found(quarters: int, mean: float, variation: float, at_least: float) -> None:
    assert alarm_share(quarters, mean, variation, 0.5, 20_000) >= at_least
