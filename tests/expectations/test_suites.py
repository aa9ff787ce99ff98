"""Each rule fails exactly the rows that break it, and nothing that a customer wrote comes back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from config.tables import KINDS, PIPES
from expectations.feedback import feedback_suite
from expectations.ratings import ratings_suite
from expectations.rules import ROW, RuleResult, _run, validate

TOUCHPOINTS = ("counter", "site")
GOOD: dict[str, Any] = {
    "record_id": "good",
    "source": "cases",
    "pipe": "complaint",
    "kind": "comment",
    "touchpoint": "site",
    "occurred_at": datetime(2026, 1, 5, 12, tzinfo=UTC),
    "acknowledged_at": datetime(2026, 1, 5, 12, tzinfo=UTC),  # at once is allowed
    "resolved_at": datetime(2026, 1, 6, tzinfo=UTC),
    "closed_at": None,
    "weight": 0.0,
    "reopened_count": 2.0,
    "occurred_at_unreadable": False,
    "weight_unreadable": False,
}
BREACHES: dict[str, dict[str, Any]] = {
    "record_id is there": {"record_id": None},
    "pipe is there": {"pipe": None},
    "occurred_at is there": {"occurred_at": None},
    "pipe is one of survey, complaint, call, return, social, frontline, visit": {"pipe": "letter"},
    "kind is one of complaint, comment, praise, suggestion, question": {"kind": "rant"},
    "touchpoint is one of the programme's": {"touchpoint": "sight"},
    "weight is not negative": {"weight": -0.5},
    "reopened_count is not negative": {"reopened_count": -1.0},
    "acknowledged_at is not before occurred_at": {"acknowledged_at": datetime(2026, 1, 5, 11, 59, 59, 999999, tzinfo=UTC)},
    "resolved_at is not before occurred_at": {"resolved_at": datetime(2025, 1, 6, tzinfo=UTC)},
    "closed_at is not before occurred_at": {"closed_at": datetime(1999, 1, 1, tzinfo=UTC)},
    "occurred_at can be read": {"occurred_at_unreadable": True},
    "weight can be read": {"weight_unreadable": True},
}
MAY_BE_EMPTY = ("kind", "touchpoint", "acknowledged_at", "resolved_at", "closed_at", "weight", "reopened_count")
FIRST_ROW = 1000
SECRET = "hush-customer-words"


def feedback_table() -> pd.DataFrame:
    """Return a good row, a row with all empty that may be, a row for each breach, and two rows of one id."""
    rows = [GOOD, GOOD | dict.fromkeys(MAY_BE_EMPTY) | {"record_id": "bare"}]
    rows += [GOOD | {"record_id": f"breach {number}"} | breach for number, breach in enumerate(BREACHES.values())]
    rows += [GOOD | {"record_id": SECRET}, GOOD | {"record_id": SECRET}]
    table = pd.DataFrame(rows)
    texts = {name: "str" for name in ("record_id", "source", "pipe", "kind", "touchpoint")}
    times = {name: "datetime64[us, UTC]" for name in columns_of(table) if name.endswith("_at")}
    return table.astype(texts | times).assign(**{ROW: range(FIRST_ROW, FIRST_ROW + len(rows))})


def columns_of(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table if name != ROW]


@pytest.fixture(scope="module")
def found() -> dict[str, RuleResult]:
    table = feedback_table()
    return {result.rule: result for result in validate(table, feedback_suite(columns_of(table), TOUCHPOINTS))}


def test_results_come_in_the_order_of_the_suite_and_not_in_one_that_changes_from_run_to_run(found: dict[str, RuleResult]) -> None:
    suite = feedback_suite(columns_of(feedback_table()), TOUCHPOINTS)
    assert list(found) == [(expectation.meta or {})["rule"] for expectation in suite]


def test_there_is_a_rule_for_each_breach_and_for_ids_given_twice_and_no_other(found: dict[str, RuleResult]) -> None:
    assert found.keys() == BREACHES.keys() | {"record_id is unique"}


@pytest.mark.parametrize("rule", BREACHES)
def test_a_rule_fails_the_row_that_breaks_it_and_no_other(rule: str, found: dict[str, RuleResult]) -> None:
    number = list(BREACHES).index(rule)
    assert found[rule] == RuleResult(rule, len(BREACHES) + 4, (FIRST_ROW + 2 + number,))


def test_of_two_records_with_one_id_neither_is_believed(found: dict[str, RuleResult]) -> None:
    last = FIRST_ROW + len(BREACHES) + 3
    assert found["record_id is unique"].failed_rows == (last - 1, last)


def test_columns_that_are_not_there_have_no_rules() -> None:
    words = [(expectation.meta or {})["rule"] for expectation in feedback_suite(["record_id", "pipe", "occurred_at"], TOUCHPOINTS)]
    assert words == [
        "record_id is there",
        "pipe is there",
        "occurred_at is there",
        "record_id is unique",
        "pipe is one of survey, complaint, call, return, social, frontline, visit",
    ]


@pytest.mark.parametrize("values", [KINDS, PIPES])
def test_the_closed_sets_have_no_value_twice(values: tuple[str, ...]) -> None:
    assert len(set(values)) == len(values)


def test_a_score_must_be_readable_and_on_its_scale() -> None:
    scores = [1.0, 5.0, 3.0, None, 0.5, 5.5]
    table = pd.DataFrame(
        {
            ROW: range(2, 8),
            "record_id": "a",
            "question": "view",
            "score": scores,
            "scale_min": 1.0,
            "scale_max": 5.0,
            "score_unreadable": [score is None for score in scores],
        }
    )
    failed = {result.rule: result.failed_rows for result in validate(table, ratings_suite())}
    assert failed == {"score can be read": (5,), "score is not below its scale": (6,), "score is not above its scale": (7,)}


def test_an_empty_table_breaks_nothing_and_every_rule_is_named() -> None:
    results = validate(feedback_table().iloc[:0], feedback_suite(["record_id", "pipe", "occurred_at"], TOUCHPOINTS))
    assert [(result.checked, result.failed_rows) for result in results] == [(0, ())] * 5


def test_what_great_expectations_gives_back_holds_row_numbers_and_nothing_a_customer_wrote() -> None:
    table = feedback_table()
    spoilt = table.assign(pipe=SECRET, kind=SECRET, touchpoint=SECRET, record_id=SECRET)
    outcome = _run(spoilt, feedback_suite(columns_of(table), TOUCHPOINTS))
    told = json.dumps(outcome.to_json_dict())
    assert str(FIRST_ROW) in told
    assert SECRET not in told


def test_a_rule_that_cannot_be_checked_is_a_defect_and_no_data_error() -> None:
    suite = feedback_suite(["record_id", "pipe", "occurred_at", "kind"], TOUCHPOINTS)
    with pytest.raises(RuntimeError, match="Great Expectations could not check that kind is one of"):
        validate(feedback_table().drop(columns="kind"), suite)
