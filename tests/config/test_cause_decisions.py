"""What people decide about causes: read as written, and refused in one sentence where it contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.causes import CauseDecisions, broken_decisions

CARD = {"name": "Card swallowed", "examples": ["The machine kept my card.", "My card is stuck in the machine."]}
QUEUE = {"name": "Long queue", "examples": ["I queued for an hour."]}
FULL: dict[str, Any] = {
    "pinned": [CARD],
    "merged": [{"causes": ["2026Q1-03", "2026Q2-11"], "name": "Refunds"}],
    "renamed": [{"cause": "2026Q1-01", "name": "Late trains"}],
    "split": [{"cause": "2026Q1-02", "into": [QUEUE, {"name": "Rude staff", "examples": ["The clerk shouted at me."]}]}],
}


def decided(**parts: Any) -> CauseDecisions:
    return CauseDecisions.model_validate(FULL | parts)


def problems(**parts: Any) -> list[tuple[tuple[str | int, ...], str]]:
    return list(broken_decisions(decided(**parts)))


def test_decisions_are_kept_as_written_and_travel_as_json() -> None:
    one = decided()
    assert CauseDecisions.model_validate_json(one.model_dump_json()) == one
    assert [part.name for part in one.described] == ["Card swallowed", "Long queue", "Rude staff"]
    assert problems() == []


def test_nothing_decided_is_nothing_wrong() -> None:
    assert list(broken_decisions(CauseDecisions())) == []
    assert CauseDecisions().described == ()


@pytest.mark.parametrize(
    ("parts", "place", "message"),
    [
        ({"merged": [{"causes": ["2026Q1-03"]}]}, ("merged", 0, "causes"), "a merge needs two causes or more"),
        ({"split": [{"cause": "2026Q1-02", "into": [QUEUE]}]}, ("split", 0, "into"), "a split needs two parts or more"),
        ({"pinned": [CARD, {**QUEUE, "examples": ["y"]}]}, ("split", 0, "into", 0, "name"), "the name 'Long queue' is given twice"),
        ({"pinned": [CARD, {**CARD, "examples": ["x"]}]}, ("pinned", 1, "name"), "the name 'Card swallowed' is given twice"),
        (
            {"renamed": [{"cause": "2026Q1-01", "name": "card  SWALLOWED"}]},
            ("renamed", 0, "name"),
            "the name 'card  SWALLOWED' is given twice",
        ),
        (
            {"pinned": [CARD, {"name": "Other", "examples": [" the machine kept my card."]}]},
            ("pinned", 1, "examples", 0),
            "is given twice; a text",
        ),
        ({"merged": [{"causes": ["2026Q1-03", "2026Q1-03"]}]}, ("merged", 0, "causes", 1), "'2026Q1-03' is merged or split twice"),
        (
            {"merged": [{"causes": ["2026Q1-03", "2026Q1-04"]}, {"causes": ["2026Q1-05", "2026Q1-04"]}]},
            ("merged", 1, "causes", 1),
            "'2026Q1-04' is merged or split twice",
        ),
        ({"merged": [{"causes": ["2026Q1-02", "2026Q1-03"]}]}, ("split", 0, "cause"), "'2026Q1-02' is merged or split twice"),
        ({"renamed": [{"cause": "2026Q1-01", "name": name} for name in "ab"]}, ("renamed", 1, "cause"), "'2026Q1-01' is given two names"),
        ({"renamed": [{"cause": "2026Q2-11", "name": "Refund"}]}, ("renamed", 0, "cause"), "'2026Q2-11' is given two names"),
    ],
)
def test_a_contradiction_is_told_with_its_place(parts: dict[str, Any], place: tuple[str | int, ...], message: str) -> None:
    ((where, what),) = problems(**parts)
    assert where == place
    assert message in what
    assert ";" in what  # and what to do


@pytest.mark.parametrize(
    "parts",
    [
        {"pinned": [{"name": "", "examples": ["x"]}]},
        {"pinned": [{"name": "  ", "examples": ["x"]}]},
        {"pinned": [{"name": "n" * 81, "examples": ["x"]}]},
        {"pinned": [{"name": "n", "examples": []}]},
        {"pinned": [{"name": "n", "examples": [" "]}]},
        {"pinned": [{"name": "n", "examples": ["x" * 2001]}]},
        {"pinned": [{"name": "n", "examples": [str(number) for number in range(101)]}]},
        {"pinned": [{"name": "n", "examples": ["x"], "colour": "red"}]},
        {"merged": [{"causes": ["2026Q5-01", "2026Q1-02"]}]},
        {"merged": [{"causes": []}]},
        {"renamed": [{"cause": "refunds", "name": "n"}]},
        {"unknown": []},
    ],
)
def test_what_is_empty_too_long_or_unknown_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        decided(**parts)


@given(st.lists(st.lists(st.integers(1, 6), min_size=2, max_size=3), max_size=3))
def test_a_cause_named_twice_is_always_found(merges: list[list[int]]) -> None:
    merged = [{"causes": [f"2026Q1-{number:02d}" for number in merge]} for merge in merges]
    named = [number for merge in merges for number in merge]
    found = [place for place, message in problems(merged=merged, split=[]) if "merged or split twice" in message]
    assert len(found) == len(named) - len(set(named))
