"""The charts of a programme, and what makes a quarter's figure another figure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pandas as pd
import pytest

from config.programme import Programme
from tasks.charts.series import Reach, draw_charts
from tasks.results import Chart
from tasks.standards.counts import Tally, tally_of
from tasks.standards.definitions import VOLUME, definitions
from tests.programmes import SMALL, programme, standard
from tests.tasks.counting import feedback, source_of, survey_of

WEEKS = 26
FIRST = date(2025, 6, 30)
REACH = Reach(FIRST, date(2025, 12, 28), date(2025, 12, 29))
SOURCES = [
    source_of("due_at", "resolved_at"),
    survey_of({"question": "would", "scale": [0, 10]}),
]
STANDARDS = [
    standard(touchpoints=["counter"], title="On time"),
    standard(id="days", measure={"median": ["occurred_at", "resolved_at"], "at_most": "2 days"}, target_share=None),
    standard(id="would", measure={"net_promoter": "would", "at_least": 10}, target_share=None),
    standard(id="nobody", touchpoints=["site"]),
]
HOUSE = programme(sources=SOURCES, standards=STANDARDS)
MAPPINGS = {"cases": "1", "survey": "1"}


@cache
def half_a_year() -> Tally:
    """26 weeks of 40 cases and 40 answers each, a little better or worse in turn."""
    rows: list[dict[str, Any]] = []
    scores: list[tuple[str, float]] = []
    for week in range(WEEKS):
        monday = pd.Timestamp(FIRST, tz="UTC") + pd.Timedelta(weeks=week, hours=15)
        for number in range(40):
            taken = pd.Timedelta(hours=20 + number + week % 3 * 2)
            is_kept = number >= 6 + week % 4
            times = {"occurred_at": monday, "due_at": monday + taken * (2 if is_kept else 0.5), "resolved_at": monday + taken}
            rows.append({"source": "cases"} | times)
            rows.append({"source": "survey", "occurred_at": monday, "due_at": None, "resolved_at": None})
            scores.append((f"r{len(rows) - 1}", 10.0 if number < 20 + week % 5 else 0.0))
    ratings = pd.DataFrame(scores, columns=["record_id", "score"]).assign(source="survey", question="would").astype({"record_id": "str"})
    return tally_of(feedback(*rows), ratings, HOUSE, datetime(2026, 2, 1, tzinfo=UTC))


def charts(house: Programme = HOUSE, **parts: Any) -> dict[str, Chart]:
    given: dict[str, Any] = {"earlier": {}, "reach": REACH} | parts
    found = draw_charts(half_a_year(), house, definitions(house, MAPPINGS), given["earlier"], given["reach"])
    return {chart.subject: chart for chart in found}


def test_there_is_a_chart_for_every_figure_with_cases_and_for_the_records_of_every_touchpoint_that_has_some() -> None:
    found = charts()
    assert list(found) == ["standard:on-time:counter", "standard:days:all", "standard:would:all", "volume:counter"]
    assert [len(chart.points) for chart in found.values()] == [WEEKS] * 4
    assert [chart.unit for chart in found.values()] == ["share", "hours", "net promoter", "records"]
    assert [chart.target for chart in found.values()] == [0.8, 48, 10, None]
    assert [chart.is_higher_better for chart in found.values()] == [True, False, True, None]
    assert [(chart.touchpoint, chart.stage) for chart in found.values()] == [
        ("counter", "book"),
        ("all", "all"),
        ("all", "all"),
        ("counter", "book"),
    ]
    assert [chart.title for chart in found.values()] == ["On time", "days", "would", "Records: The counter"]


def test_a_point_is_the_figure_of_its_week() -> None:
    """In the second week 33 of 40 kept, half were done within 22 + 19 hours and 21 of 40 would recommend it."""
    found = charts()
    assert [chart.points[1].starts for chart in found.values()] == [date(2025, 7, 7)] * 4
    assert [chart.points[1].n for chart in found.values()] == [40, 40, 40, 80]
    assert found["standard:on-time:counter"].points[1].value == pytest.approx(33 / 40)
    assert found["standard:days:all"].points[1].value == 22 + 19
    assert found["standard:would:all"].points[1].value == pytest.approx(100 * (21 - 19) / 40)
    assert found["volume:counter"].points[1].value == 80


def test_earlier_limits_are_kept_as_long_as_the_figure_means_the_same() -> None:
    found = charts()
    first = found["standard:on-time:counter"].baseline
    assert first is not None
    moved = {"standard:on-time:counter": first.model_copy(update={"centre": 0.5})}
    kept = charts(earlier=moved)["standard:on-time:counter"].baseline
    assert kept is not None
    assert kept.centre == 0.5
    retitled = [standard(touchpoints=["counter"], title="In time", target_share=0.9), *STANDARDS[1:]]
    assert charts(programme(sources=SOURCES, standards=retitled), earlier=moved)["standard:on-time:counter"].baseline == kept
    other = [standard(touchpoints=["counter"], where={"category": ["counter"]}), *STANDARDS[1:]]
    anew = charts(programme(sources=SOURCES, standards=other), earlier=moved)["standard:on-time:counter"].baseline
    assert anew is not None
    assert anew.centre == first.centre


def test_limits_start_anew_where_somebody_decided_so_and_there_alone() -> None:
    decision = {"standard": "on-time", "first": "2025-10-01", "reason": "a second counter", "decided_by": "J. Doe"}
    earlier = decision | {"first": "2025-08-01", "reason": "before"}
    elsewhere = decision | {"standard": "nobody"}
    found = charts(programme(sources=SOURCES, standards=STANDARDS, rebased=[decision, earlier, elsewhere]))
    baseline = found["standard:on-time:counter"].baseline
    assert found["standard:on-time:counter"].rebased == "From 2025-10-01: a second counter (decided by J. Doe)"
    assert baseline is not None
    assert baseline.first == date(2025, 10, 6)
    assert {chart.rebased for subject, chart in found.items() if subject != "standard:on-time:counter"} == {""}


def test_a_week_that_is_not_wholly_known_is_drawn_and_not_judged() -> None:
    found = charts(reach=Reach(FIRST, date(2025, 12, 24), REACH.current_from))["volume:counter"]
    assert [point.is_provisional for point in found.points] == [False] * (WEEKS - 1) + [True]


# what a figure means


def meaning(one: dict[str, Any] | None = None, mappings: dict[str, str] = MAPPINGS, **parts: Any) -> dict[str, str]:
    house = programme(**({"sources": SOURCES, "standards": [standard(**({"id": "one"} | (one or {})))]} | parts))
    return definitions(house, mappings)


ELAPSED = {"elapsed": ["occurred_at", "resolved_at"], "within": "2 days"}
MEDIAN = {"median": ["occurred_at", "resolved_at"], "at_most": "2 days"}
WOULD = {"net_promoter": "would", "at_least": 10}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"title": "Another"}),
        ({}, {"target_share": 0.99}),
        ({}, {"touchpoints": ["counter"]}),
        ({"measure": MEDIAN, "target_share": None}, {"measure": MEDIAN | {"at_most": "3 days"}, "target_share": None}),
        ({"measure": WOULD, "target_share": None}, {"measure": WOULD | {"at_least": 20}, "target_share": None}),
    ],
)
def test_a_title_or_target_changes_no_figure(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert meaning(one) == meaning(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"measure": ELAPSED}),
        ({"measure": ELAPSED}, {"measure": ELAPSED | {"within": "3 days"}}),
        ({"measure": ELAPSED}, {"measure": ELAPSED | {"within": "2 working days"}}),
        ({}, {"where": {"category": ["counter"]}}),
        ({"measure": MEDIAN, "target_share": None}, {"measure": MEDIAN | {"median": ["due_at", "resolved_at"]}, "target_share": None}),
        ({"measure": MEDIAN, "target_share": None}, {"measure": MEDIAN | {"at_most": "2 working days"}, "target_share": None}),
    ],
)
def test_another_measure_is_another_figure(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert meaning(one)["one"] != meaning(other)["one"]
    assert meaning(one)[VOLUME] == meaning(other)[VOLUME]


@pytest.mark.parametrize(
    "parts",
    [
        {"mappings": {"cases": "2", "survey": "1"}},
        {"timezone": "Europe/Paris"},
        {"year_starts_in": "april"},
        {"touchpoints": [SMALL["touchpoints"][0] | {"where": {"category": ["counter", "kiosk"]}}, *SMALL["touchpoints"][1:]]},
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_other_data_days_or_places_make_every_figure_another(parts: dict[str, Any]) -> None:
    before, after = meaning(), meaning(**parts)
    assert before.keys() == after.keys() == {"one", VOLUME}
    assert all(before[name] != after[name] for name in before)


@pytest.mark.parametrize(
    ("measure", "is_another"),
    [
        (ELAPSED | {"within": "2 working days"}, True),
        (MEDIAN | {"at_most": "2 working days"}, True),
        (ELAPSED, False),
        (MEDIAN, False),
    ],
)
def test_opening_hours_matter_to_what_is_counted_in_them_alone(measure: dict[str, Any], is_another: bool) -> None:
    one = {"measure": measure, "target_share": None if "median" in measure else 0.8}
    longer = SMALL["working_time"] | {"hours": "08:00-18:00"}
    assert (meaning(one)["one"] != meaning(one, working_time=longer)["one"]) == is_another
