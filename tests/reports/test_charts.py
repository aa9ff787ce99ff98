"""Control charts: what is drawn, where, and that the words say the same."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, described, draw, kind_of, spark, summary_of
from reports.page import render_report
from reports.stages import CHARTS_AT_MOST, CHARTS_IN_FULL, arrange_by_stage
from reports.words import assurance_sign, variation_sign
from tasks.results import Chart, CycleSummary, Signal
from tests.reports.markup import Page, plain, read
from tests.reports.sample_findings import CHARTS, chart_of
from tests.reports.samples import STANDARDS

BY_SUBJECT = {chart.subject: chart for chart in CHARTS}
REBASED, LEAKS, LEAK_TIME = (BY_SUBJECT[f"standard:{name}"] for name in ("on-time:all", "leaks:leak-repair", "leak-time:leak-repair"))
NO_LIMITS = BY_SUBJECT["standard:recommend:bill"]


def steady(values: list[float], signals: dict[int, tuple[Signal, ...]] | None = None, provisional: int = 0, **parts: object) -> Chart:
    """Return an XmR chart of scores with centre 3 and limits 0 and 6."""
    chart = chart_of(
        "standard:a:b", ("b", "s"), "A", values, ("common_cause", "no_target"), unit="score", limits=("xmr", 3.0, 1.0), signals=signals, provisional=provisional
    )  # fmt: skip
    return chart.model_copy(update=parts)


def test_larger_values_stand_higher_and_later_points_further_right() -> None:
    places = [tuple(map(int, place.split())) for place in draw(steady([1.0, 5.0, 3.0])).line[1:].split("L")]
    assert [x for x, _ in places] == [LEFT, (LEFT + RIGHT) // 2, RIGHT]
    low, high, middle = (y for _, y in places)
    assert high < middle < low
    assert middle == pytest.approx((low + high) / 2, abs=1)


def test_points_keep_the_distance_of_their_days_where_a_week_is_missing() -> None:
    chart = steady([1.0, 2.0, 3.0])
    late = chart.model_copy(update={"points": (*chart.points[:2], chart.points[2].model_copy(update={"starts": date(2024, 1, 29)}))})
    xs = [int(x) for x in re.findall(r"(\d+) \d+", draw(late).line)]
    assert xs[1] - xs[0] == pytest.approx((xs[2] - xs[1]) / 3, abs=1)


def test_limits_of_an_xmr_chart_are_level_and_those_of_shares_step_with_the_cases() -> None:
    assert "V" not in draw(LEAK_TIME).limits
    assert draw(LEAKS).limits.count("V") > 100


def test_every_point_is_drawn_once_and_what_is_not_judged_is_hollow_whatever_its_signals() -> None:
    drawn = draw(steady([3.0, 6.5, 2.0, 1.0], signals={1: ("outside_limits", "shift")}, provisional=2))
    assert drawn.dots.count("M") == 1
    assert {marks.shape: marks.path.count("M") for marks in drawn.marks} == {"outside_limits": 1, "provisional": 2}


def test_each_signal_has_a_shape_of_its_own() -> None:
    kinds: tuple[Signal, ...] = ("outside_limits", "trend", "two_of_three", "shift")
    drawn = draw(steady([4.0] * 4, signals={i: (signal,) for i, signal in enumerate(kinds)}))
    shapes = {marks.shape: marks.path.partition("m")[2] for marks in drawn.marks}
    assert set(shapes) == set(kinds)
    assert len(set(shapes.values())) == 4


@pytest.mark.parametrize(("is_higher_better", "tones"), [(True, ["good", "bad"]), (False, ["bad", "good"]), (None, ["neutral"])])
def test_the_tone_of_a_signal_follows_its_side_and_what_is_better(is_higher_better: bool | None, tones: list[str]) -> None:
    chart = steady([6.5, 3.0, -0.5], signals={0: ("outside_limits",), 2: ("outside_limits",)}, is_higher_better=is_higher_better)
    assert [marks.tone for marks in draw(chart).marks] == tones


def test_the_tone_of_a_trend_follows_its_direction_and_not_its_side() -> None:
    rising = [1.0, 1.5, 2.0, 2.5, 3.5, 4.0, 4.5]
    signals: dict[int, tuple[Signal, ...]] = {i: ("trend",) for i in range(7)}
    assert [marks.tone for marks in draw(steady(rising, signals=signals)).marks] == ["good"]
    assert [marks.tone for marks in draw(steady(rising[::-1], signals=signals)).marks] == ["bad"]


def test_where_limits_started_anew_there_is_a_break_and_a_second_centre() -> None:
    drawn = draw(REBASED)
    heights = [int(y) for y in re.findall(r"M\d+ (\d+)H", drawn.centre)]
    assert len(heights) == 2
    assert heights[0] < heights[1], "the share was higher before"
    before, since = (drawn.line[1:].split("L")[i].split()[0] for i in (51, 52))
    assert int(before) <= drawn.breaks[0] <= int(since)
    assert draw(LEAKS).breaks == ()


def test_a_chart_without_limits_draws_its_values_and_target_alone() -> None:
    drawn = draw(NO_LIMITS)
    assert (drawn.limits, drawn.centre, drawn.breaks) == ("", "", ())
    assert drawn.target is not None
    assert drawn.dots.count("M") == 4


def test_the_axis_has_round_numbers_in_the_unit_and_months() -> None:
    drawn = draw(LEAK_TIME)
    assert [label.words for label in drawn.up] == ["100", "120", "140", "160"]
    assert [label.words for label in drawn.across] == ["Jan 2024", "Sep 2024", "Apr 2025", "Dec 2025"]
    assert "60 %" in [label.words for label in draw(LEAKS).up]
    assert "−10" in [label.words for label in draw(NO_LIMITS).up]


def test_the_words_of_a_chart_say_kind_period_last_judged_value_limits_signals_and_icons() -> None:
    assert kind_of(LEAK_TIME) == "XmR chart by month"
    assert kind_of(LEAKS) == "Laney’s p′-chart by week"
    assert described(LEAK_TIME) == (
        "24 months from 1 January 2024 to 1 December 2025. Last value 152.4 hours of 54 cases, month of 1 November 2025;"
        " centre 132.0 hours, limits 108.0 to 156.0 hours; target 100.0 hours; 7 points in a run that only rises or only falls;"
        " 1 provisional point, not judged. Variation: special cause: concern. Assurance: failing."
    )


def test_a_point_of_two_signals_counts_for_both_and_no_signal_is_said_too() -> None:
    words = summary_of(LEAKS)
    assert "2 points outside the limits, 3 points among two of three near a limit and 17 points in a run on one side of the centre" in words
    assert "no signal" in summary_of(BY_SUBJECT["standard:bill-right:bill"])
    assert "no limits yet" in summary_of(NO_LIMITS)


def test_both_icons_point_the_way_the_values_went() -> None:
    higher, lower = BY_SUBJECT["standard:friendly:phone-line"], BY_SUBJECT["standard:call-back:phone-line"]
    assert (variation_sign(higher).shape, variation_sign(lower).shape) == ("better", "better-down")
    assert (assurance_sign(lower).shape, assurance_sign(LEAK_TIME).shape, assurance_sign(LEAKS).shape) == (
        "beyond-down",
        "short-down",
        "short",
    )
    assert {variation_sign(chart).word for chart in CHARTS} == {
        "special cause: improvement",
        "special cause: concern",
        "special cause",
        "common cause",
        "cannot tell",
    }
    assert {assurance_sign(chart).word for chart in CHARTS} == {"passing", "failing", "hit or miss", "no target", "cannot tell"}


values = st.lists(st.floats(-1e4, 1e4, allow_nan=False), min_size=1, max_size=12)


@given(values, st.none() | st.floats(-1e4, 1e4), st.integers(0, 3))
def test_whatever_the_values_everything_lies_within_the_box(numbers: list[float], target: float | None, provisional: int) -> None:
    signals: dict[int, tuple[Signal, ...]] = {i: ("trend",) for i in range(len(numbers))}
    drawn = draw(steady(numbers, signals=signals, provisional=provisional, target=target))
    places = re.findall(r"[ML](-?\d+) (-?\d+)", drawn.line + drawn.limits + drawn.centre)
    assert all(LEFT <= int(x) <= RIGHT and TOP <= int(y) <= BOTTOM for x, y in places)
    assert all(0 <= label.at <= WIDTH for label in drawn.across)
    assert 1 <= len(drawn.up) <= 12
    assert all(0 <= label.at <= HEIGHT for label in drawn.up)


@given(values)
def test_a_small_line_stays_in_its_box(numbers: list[float]) -> None:
    places = [place.split() for place in spark(steady(numbers))[1:].split("L")]
    assert len(places) == len(numbers)
    assert all(4 <= int(x) <= 156 and 4 <= int(y) <= 20 for x, y in places)


# on the page


@pytest.fixture
def page(summary: CycleSummary) -> Page:
    return read(render_report(summary))


def drawings(page: Page) -> list[str]:
    return [plain(svg.text) for svg in page.all("svg") if svg.attributes.get("class") == "control" and "role" in svg.attributes]


def test_each_chart_is_drawn_in_its_stage_with_its_words_and_icons(page: Page, summary: CycleSummary) -> None:
    expected = [chart for chart in summary.charts if chart.subject.startswith("standard:")]
    words = [f"{chart.title}, {kind_of(chart)} {described(chart)}" for chart in expected]
    assert [drawing[: len(text)] for drawing, text in zip(sorted(drawings(page)), sorted(words), strict=True)] == sorted(words)
    figure = next(plain(element.text) for element in page.all("figure") if "repair a leak" in element.text)
    assert figure.startswith(
        "Median time to repair a leak, Leak repair visit XmR chart by month Variation: special cause: concern Assurance: failing"
    )


def test_a_chart_leads_to_the_row_of_its_standard(page: Page) -> None:
    assert page.values("href").count("#standard-leak-time-leak-repair") == 1


def test_who_decided_that_limits_start_anew_and_why_stands_beside_the_chart(page: Page) -> None:
    assert "Limits start anew. From 2024-12-30: the repair crews of two districts were merged (decided by M. Okafor)" in page.text


def test_how_many_records_came_in_is_folded_away_with_a_line_for_each_touchpoint(page: Page) -> None:
    folded = [plain(element.text) for element in page.all("details")]
    assert len(folded) == 2
    assert all("How many records came in" in text for text in folded)
    assert any("Leak repair visit" in text and "common cause" in text for text in folded)


def many(number: int, **parts: object) -> tuple[Chart, ...]:
    """Return charts of as many standards; they vary by common causes alone unless `parts` say otherwise."""
    plain_chart = BY_SUBJECT["standard:bill-right:bill"]
    return tuple(plain_chart.model_copy(update={"subject": f"standard:s{i}:bill", "title": f"Standard {i}"} | parts) for i in range(number))


def test_up_to_eight_charts_of_a_stage_are_all_drawn_and_of_more_those_that_say_something(summary: CycleSummary) -> None:
    rows = tuple(
        STANDARDS[1].model_copy(update={"standard": f"s{i}", "touchpoint": "bill", "stage": "pay", "previous": None}) for i in range(12)
    )
    missed = rows[3].model_copy(update={"verdict": "not_met"})
    improved = rows[5].model_copy(update={"previous": STANDARDS[2].previous})
    of_standards = (*rows[:3], missed, rows[4], improved, *rows[6:])
    charts = many(12)
    special = charts[7].model_copy(update={"variation": "improvement"})
    quarter = summary.model_copy(update={"standards": of_standards, "charts": (*charts[:7], special, *charts[8:])})
    (stage,) = [stage for stage in arrange_by_stage(quarter) if stage.id == "pay"]
    assert [chart.title for chart in stage.charts] == ["Standard 3", "Standard 5", "Standard 7"]
    assert len(stage.charts_in_brief) == 9
    few = arrange_by_stage(quarter.model_copy(update={"charts": charts[:CHARTS_IN_FULL]}))[-1]
    assert (len(few.charts), few.charts_in_brief) == (CHARTS_IN_FULL, ())
    brief = [plain(item.text) for item in read(render_report(quarter)).all("li") if "Standard 0" in item.text]
    assert brief == ["Standard 0, The bill: Variation: common cause Assurance: passing " + summary_of(charts[0])]


def test_of_more_charts_than_anybody_can_look_at_the_missed_are_drawn(summary: CycleSummary) -> None:
    charts = many(CHARTS_AT_MOST + 10, variation="concern")
    last = STANDARDS[0].model_copy(update={"standard": f"s{len(charts) - 1}", "touchpoint": "bill", "stage": "pay"})
    (stage,) = [one for one in arrange_by_stage(summary.model_copy(update={"standards": (last,), "charts": charts})) if one.id == "pay"]
    assert len(stage.charts) == CHARTS_AT_MOST
    assert charts[-1] in stage.charts
    assert len(stage.charts_in_brief) == 10


def test_a_thousand_standards_with_their_charts_stay_under_five_megabytes(summary: CycleSummary) -> None:
    places = ("tell-us", "phone-line"), ("put-right", "leak-repair"), ("pay", "bill")
    rows, charts = [], []
    for i in range(1000):
        stage, touchpoint = places[i % 3]
        rows.append(STANDARDS[i % len(STANDARDS)].model_copy(update={"standard": f"s{i}", "stage": stage, "touchpoint": touchpoint}))
        charts.append(LEAKS.model_copy(update={"subject": f"standard:s{i}:{touchpoint}", "stage": stage, "touchpoint": touchpoint}))
    page = render_report(summary.model_copy(update={"standards": tuple(rows), "charts": tuple(charts)}))
    assert len(page) < 5_000_000
