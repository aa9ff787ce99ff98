"""Every figure is written with its own unit, wherever it is written."""

from __future__ import annotations

import pytest

from config.measures import Figure, Unit
from reports import figures, formats
from reports.headline import headline
from reports.letter_items import standard_items
from reports.stages import names_of
from tasks.results import Compliance, Value
from tests import programmes
from tests.reports.samples import STANDARDS, SUMMARY

ROWS = {row.standard: row for row in STANDARDS}
NAMES = names_of(SUMMARY)


def valued(figure: Figure, unit: Unit, value: float | None, target: float) -> Compliance:
    """Return a missed standard with that figure."""
    parts = Value(figure=figure, unit=unit, value=value, low=None, high=None, target=target, is_higher_better=False)
    return ROWS["leak-time"].model_copy(update={"value": parts, "previous": None, "title": f"{figure} {value}"})


@pytest.mark.parametrize(
    ("standard", "written"),
    [
        ("leaks", ("", "51.3 %", "47.3 to 55.3 %", "80.0 %")),
        ("leak-time", ("median time", "152.4 hours", "140.2 to 166.0 hours", "at most 120.0 hours")),
        ("call-back", ("mean time", "3.2 working hours", "2.9 to 3.5 working hours", "at most 4.0 working hours")),
        ("recommend", ("net promoter score", "−4.0", "−11.9 to +3.9", "at least +15.0")),
        ("clear-bill", ("mean score", "3.82", "3.71 to 3.93", "at least 3.50")),
        ("supply-time", ("median time", "not reached: fewer than half are done", "30.5 hours or more", "at most 12.0 hours")),
        ("meter-read", ("", "no decided case", "", "85.0 %")),
    ],
)
def test_kind_figure_interval_and_target_are_written_in_the_figures_unit(standard: str, written: tuple[str, ...]) -> None:
    row = ROWS[standard]
    assert (figures.kind(row), figures.figure(row), figures.interval(row), figures.target(row)) == written


@pytest.mark.parametrize(
    ("standard", "written"),
    [
        ("leaks", ("−12.8 points", "−18.3 to −7.2", "64.1 %")),
        ("leak-time", ("+21.4 hours", "+7.9 to +34.9", "131.0 hours")),
        ("call-back", ("−0.9 working hours", "−1.3 to −0.5", "4.1 working hours")),
        ("recommend", ("+3.5 points", "−6.7 to +13.7", "−7.5")),
    ],
)
def test_a_change_is_written_in_the_figures_unit(standard: str, written: tuple[str, ...]) -> None:
    row = ROWS[standard]
    change = row.previous
    assert change is not None
    assert (figures.difference(row, change), figures.difference_range(row, change), figures.earlier(row, change)) == written


def test_an_interval_that_is_known_at_one_end_says_so() -> None:
    assert formats.amount_range(None, 52.0, "hours") == "at most 52.0 hours"
    assert formats.amount_range(None, None, "hours") == ""
    assert formats.difference_range(1.0, None, "hours") == ""


def test_long_times_are_said_in_days_too() -> None:
    assert [formats.in_days(hours) for hours in (None, 47.9, 48.0, 152.4)] == ["", "", "2.0 days", "6.4 days"]


def test_a_bar_puts_shares_from_0_to_1_and_net_promoter_scores_from_their_own_ends() -> None:
    share, score = figures.bar(ROWS["leaks"]), figures.bar(ROWS["recommend"])
    assert (share.point, share.target, share.before) == pytest.approx((308 / 600, 0.8, 377 / 588))
    assert (score.point, score.target, score.before) == pytest.approx((0.48, 0.575, 0.4625))


def test_the_bar_of_a_time_holds_all_that_is_drawn_and_runs_on_where_its_end_is_not_known() -> None:
    time, endless = figures.bar(ROWS["leak-time"]), figures.bar(ROWS["supply-time"])
    drawn = [place for place in (time.low, time.high, time.point, time.target, time.before) if place is not None]
    assert len(drawn) == 5
    assert 0 < min(drawn) <= max(drawn) < 1
    assert (endless.point, endless.high) == (None, 1.0)
    assert endless.target < (endless.low or 0) < 1


def test_the_words_of_a_bar_are_its_figures() -> None:
    words = "Median time 152.4 hours, 95 % interval 140.2 to 166.0 hours, target at most 120.0 hours, 131.0 hours in 2025Q3"
    assert figures.bar(ROWS["leak-time"]).words == words


def test_a_letter_says_the_figure_with_its_kind_and_unit() -> None:
    item, unreached = standard_items((ROWS["leak-time"], ROWS["supply-time"]), NAMES)
    assert item.lines == (
        "not met: median time 152.4 hours (140.2 to 166.0 hours) of 731 against at most 120.0 hours",
        "+21.4 hours since 2025Q3: worsened",
    )
    assert unreached.lines == (
        "uncertain: median time not reached: fewer than half are done (30.5 hours or more) of 24 against at most 12.0 hours",
    )


def test_a_plan_says_what_each_kind_of_standard_promises() -> None:
    parts = [
        {"target_share": 0.95},
        {"target_share": None, "measure": {"median": ["occurred_at", "resolved_at"], "at_most": "5 working days"}},
        {"target_share": None, "measure": {"net_promoter": "recommend", "at_least": 30}},
        {"target_share": None, "measure": {"mean_rating": "clear", "at_least": 3.5}},
    ]
    assert [figures.promised(programmes.standard(**one)) for one in parts] == [
        "95%",
        "at most 5 working days",
        "at least 30",
        "at least 3.5",
    ]


def test_the_headline_names_the_worst_share_even_where_a_time_is_further_off() -> None:
    assert "“Visible leaks repaired within 5 working days” (51.3 % against 80.0 %)" in headline(
        (ROWS["leaks"], valued("median", "hours", 9e5, 1)), (), ()
    )


def test_without_a_missed_share_the_headline_names_the_figure_furthest_off_by_its_targets_size() -> None:
    near, far = valued("mean", "hours", 150.0, 100.0), valued("median", "hours", 8.0, 2.0)
    assert "furthest from its target “median 8.0” (median time 8.0 hours against at most 2.0 hours)" in headline((near, far), (), ())
    unreached = valued("median", "hours", None, 400.0)
    assert "“median None” (median time not reached" in headline((near, far, unreached), (), ())
