"""A figure across quarters as a drawing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.periods import Quarter
from reports.charts import BOTTOM, LEFT, RIGHT, TOP
from reports.history_lines import LABELS_ACROSS, Spot, line_of

SHARES = st.none() | st.floats(0, 1)
SPOTS = st.lists(st.tuples(SHARES, SHARES, SHARES, SHARES, SHARES), min_size=1, max_size=20)


def quarters(number: int) -> list[str]:
    return [str(Quarter(2020, 1).back(-i)) for i in range(number)]


def test_values_and_intervals_stand_where_they_are_worked_out_to_stand() -> None:
    line = line_of([Spot("2025Q1", 0.0, 0.0, 0.5, 1.0), Spot("2025Q2", 1.0, 0.5, 1.0, 1.0)], "share")
    assert line is not None
    # four half quarters across 54 to 470: the quarters stand at 54 + 416 / 4 and 54 + 416 x 3 / 4; 0 % at 176, 50 % at 92, 100 % at 8
    assert line.dots == "M158 176h0M366 8h0"
    assert line.values == "M158 176L366 8"
    assert line.intervals == "M158 176V92M366 92V8"
    assert line.targets == "M54 8H262M262 8H470"
    assert [(label.at, label.words) for label in line.across] == [(158, "2025Q1"), (366, "2025Q2")]
    assert [label.words for label in line.up] == ["0 %", "50 %", "100 %"]


def test_the_line_breaks_where_a_quarter_is_missing_or_has_no_figure() -> None:
    spots = [Spot("2024Q4", 0.2), Spot("2025Q1", 0.3), Spot("2025Q3", 0.4), Spot("2025Q4", None), Spot("2026Q1", 0.5)]
    line = line_of(spots, "share")
    assert line is not None
    assert line.values.count("M") == 1
    assert line.dots.count("M") == 4
    assert "2025Q4: no figure" in line.words


def test_an_interval_whose_end_is_not_reached_runs_to_the_edge() -> None:
    line = line_of([Spot("2025Q1", 40.0, 30.0, None, 48.0)], "hours")
    assert line is not None
    assert line.intervals.endswith(f"V{TOP}")
    assert line.words == "2025Q1: 40.0 hours (30.0 hours or more), target 48.0 hours"


def test_without_any_figure_there_is_no_line() -> None:
    assert line_of([Spot("2025Q1", None, target=0.8)], "share") is None
    assert line_of([], "share") is None


def test_one_quarter_alone_is_a_dot_in_the_middle() -> None:
    line = line_of([Spot("2025Q1", 0.4)], "share")
    assert line is not None
    assert line.dots == f"M{(LEFT + RIGHT) // 2} {(TOP + BOTTOM) // 2}h0"
    assert line.values == ""


@pytest.mark.parametrize("number", [1, 6, 7, 12, 40])
def test_at_most_six_quarters_are_named_and_the_newest_always(number: int) -> None:
    names = quarters(number)
    line = line_of([Spot(cycle, 0.5) for cycle in names], "share")
    assert line is not None
    assert len(line.across) <= LABELS_ACROSS
    assert line.across[-1].words == names[-1]


@given(SPOTS)
def test_whatever_the_figures_nothing_is_drawn_outside_the_box_and_every_quarter_is_said(numbers: list[tuple[float | None, ...]]) -> None:
    names = quarters(len(numbers))
    line = line_of([Spot(cycle, *one) for cycle, one in zip(names, numbers, strict=True)], "share")
    if all(value is None and later is None for value, _, _, _, later in numbers):
        assert line is None
        return
    assert line is not None
    for x, y in re.findall(r"[ML](\d+) (-?\d+)", line.values + line.dots + line.intervals + line.targets + line.later):
        assert LEFT <= int(x) <= RIGHT + 9
        assert TOP <= int(y) <= BOTTOM
    assert all(f"{cycle}: " in line.words for cycle in names)


@given(st.floats(-1e6, 1e6), st.sampled_from(["hours", "score", "net promoter"]))
def test_one_value_of_any_size_can_be_drawn(value: float, unit: str) -> None:
    line = line_of([Spot("2025Q1", value)], unit)
    assert line is not None
    assert line.dots == f"M262 {(TOP + BOTTOM) // 2}h0"
