"""Control charts: what is drawn, where, and that the words say the same."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.chart_spec import chart_spec, steps
from reports.charts import SHAPES, described, kind_of, spark, summary_of
from reports.page import render_report
from reports.pictures import chart_svg
from reports.words import assurance_sign, variation_sign
from tasks.results import Chart, CycleSummary, Signal
from tests.reports.markup import Page, plain, read
from tests.reports.sample_findings import CHARTS, chart_of

BY_SUBJECT = {chart.subject: chart for chart in CHARTS}
REBASED, LEAKS, LEAK_TIME = (BY_SUBJECT[f"standard:{name}"] for name in ("on-time:all", "leaks:leak-repair", "leak-time:leak-repair"))
NO_LIMITS = BY_SUBJECT["standard:recommend:bill"]


def steady(values: list[float], signals: dict[int, tuple[Signal, ...]] | None = None, provisional: int = 0, **parts: object) -> Chart:
    """Return an XmR chart of scores with centre 3 and limits 0 and 6."""
    chart = chart_of(
        "standard:a:b", ("b", "s"), "A", values, ("common_cause", "no_target"), unit="score", limits=("xmr", 3.0, 1.0), signals=signals, provisional=provisional
    )  # fmt: skip
    return chart.model_copy(update=parts)


def layers(chart: Chart, kind: str) -> list[dict[str, Any]]:
    """Return the layers of one kind of mark, each with its values in the order drawn."""
    return [layer for layer in chart_spec(chart)["layer"] if layer["mark"]["type"] == kind]


def marked(chart: Chart) -> list[tuple[str, str, int]]:
    """Return shape, tone and number of the marks that are more than a dot."""
    shapes, tones = {path: name for name, path in SHAPES.items()}, {"var(--good)": "good", "var(--bad)": "bad"}
    found = [(layer["mark"], layer["data"]["values"]) for layer in layers(chart, "point") if layer["mark"]["shape"] in shapes]
    return [(shapes[mark["shape"]], tones.get(mark["fill"] or mark["stroke"], "neutral"), len(values)) for mark, values in found]


def dots(chart: Chart) -> int:
    """Return how many points are plain dots."""
    return sum(len(layer["data"]["values"]) for layer in layers(chart, "point") if layer["mark"].get("strokeCap") == "round")


def lines(chart: Chart, stroke: str, dash: list[int] | None = None) -> list[list[dict[str, float]]]:
    """Return the corners of each line of one look."""
    drawn = [layer for layer in layers(chart, "line") if layer["mark"]["stroke"] == f"var(--{stroke})"]
    return [layer["data"]["values"] for layer in drawn if layer["mark"].get("strokeDash") == dash]


CENTRE, TARGET = [8, 3], [1, 3]


def test_every_point_is_on_the_line_at_its_day_and_value() -> None:
    chart = steady([1.0, 5.0, 3.0])
    late = chart.model_copy(update={"points": (*chart.points[:2], chart.points[2].model_copy(update={"starts": date(2024, 1, 29)}))})
    (line,) = lines(late, "track")
    assert [place["value"] for place in line] == [1.0, 5.0, 3.0]
    assert [place["day"] - line[0]["day"] for place in line] == [0, 7, 28], "a week that is missing leaves its room"


def test_limits_of_an_xmr_chart_are_level_and_those_of_shares_step_with_the_cases() -> None:
    assert [len(line) for line in lines(LEAK_TIME, "muted")] == [2, 2]
    assert all(len(line) > 200 for line in lines(LEAKS, "muted"))
    days = [date(2024, 1, 1), date(2024, 1, 8), date(2024, 1, 15)]
    first = days[0].toordinal()
    assert steps(days, [1.0, 1.0, 2.0]) == [(first, 1.0), (first + 10.5, 1.0), (first + 10.5, 2.0), (first + 14, 2.0)]


def test_every_point_is_drawn_once_and_what_is_not_judged_is_hollow_whatever_its_signals() -> None:
    chart = steady([3.0, 6.5, 2.0, 1.0], signals={1: ("outside_limits", "shift")}, provisional=2)
    assert dots(chart) == 1
    assert [(shape, number) for shape, _, number in marked(chart)] == [("outside_limits", 1), ("provisional", 2)]


def test_each_signal_has_a_shape_of_its_own() -> None:
    kinds: tuple[Signal, ...] = ("outside_limits", "trend", "two_of_three", "shift")
    chart = steady([4.0] * 4, signals={i: (signal,) for i, signal in enumerate(kinds)})
    assert {shape for shape, _, _ in marked(chart)} == set(kinds)
    assert len(set(SHAPES.values())) == len(SHAPES)


@pytest.mark.parametrize(("is_higher_better", "tones"), [(True, ["good", "bad"]), (False, ["bad", "good"]), (None, ["neutral"])])
def test_the_tone_of_a_signal_follows_its_side_and_what_is_better(is_higher_better: bool | None, tones: list[str]) -> None:
    chart = steady([6.5, 3.0, -0.5], signals={0: ("outside_limits",), 2: ("outside_limits",)}, is_higher_better=is_higher_better)
    assert [tone for _, tone, _ in marked(chart)] == tones


def test_the_tone_of_a_trend_follows_its_direction_and_not_its_side() -> None:
    rising = [1.0, 1.5, 2.0, 2.5, 3.5, 4.0, 4.5]
    signals: dict[int, tuple[Signal, ...]] = {i: ("trend",) for i in range(7)}
    assert [tone for _, tone, _ in marked(steady(rising, signals=signals))] == ["good"]
    assert [tone for _, tone, _ in marked(steady(rising[::-1], signals=signals))] == ["bad"]


def test_where_limits_started_anew_there_is_a_break_and_a_second_centre() -> None:
    before, since = lines(REBASED, "muted", CENTRE)
    assert before[0]["value"] > since[0]["value"], "the share was higher before"
    (upright,) = layers(REBASED, "rule")
    (place,) = upright["data"]["values"]
    days = [point.starts.toordinal() for point in REBASED.points]
    assert place["day"] == (days[51] + days[52]) / 2
    assert layers(LEAKS, "rule") == []


def test_a_chart_without_limits_draws_its_values_and_target_alone() -> None:
    assert lines(NO_LIMITS, "muted") == lines(NO_LIMITS, "muted", CENTRE) == layers(NO_LIMITS, "rule") == []
    (target,) = lines(NO_LIMITS, "ink", TARGET)
    assert {place["value"] for place in target} == {NO_LIMITS.target}
    assert dots(NO_LIMITS) == 4


def test_the_axis_has_round_numbers_in_the_unit_and_months() -> None:
    words = re.findall(r"<text[^>]*>([^<]*)</text>", chart_svg(LEAK_TIME))
    assert words == ["Jan 2024", "Sep 2024", "Apr 2025", "Dec 2025", "100", "120", "140", "160"]
    assert ">60\u00a0%<" in chart_svg(LEAKS)
    assert ">−10<" in chart_svg(NO_LIMITS)


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
def test_whatever_the_values_everything_lies_within_the_axes(numbers: list[float], target: float | None, provisional: int) -> None:
    signals: dict[int, tuple[Signal, ...]] = {i: ("trend",) for i in range(len(numbers))}
    spec = chart_spec(steady(numbers, signals=signals, provisional=provisional, target=target))
    ends = {name: spec["encoding"][axis]["scale"]["domain"] for name, axis in (("day", "x"), ("value", "y"))}
    places = [place for layer in spec["layer"] for place in layer["data"]["values"]]
    assert all(low <= place[name] <= high for place in places for name, (low, high) in ends.items() if place[name] is not None)
    ticks = spec["encoding"]["y"]["axis"]["values"]
    assert 1 <= len(ticks) <= 12
    assert all(ends["value"][0] - 1e-9 <= tick <= ends["value"][1] + 1e-9 for tick in ticks)


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
