"""Each rule of feedback and ratings fails exactly the rows that break it, and nothing that a customer wrote comes back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from config.tables import CHANNELS, KINDS, PIPES
from expectations.facts import handed
from expectations.feedback import columns_checked, feedback_suite
from expectations.ratings import ratings_suite
from expectations.rules import ROW, RuleResult, _run, validate

TOUCHPOINTS = ("counter", "site")
AS_OF = datetime(2026, 4, 10, 8, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "record_id": "good",
    "source": "cases",
    "pipe": "complaint",
    "kind": "comment",
    "channel": "email",
    "touchpoint": "site",
    "occurred_at": datetime(2026, 1, 5, 12, tzinfo=UTC),
    "acknowledged_at": datetime(2026, 1, 5, 12, tzinfo=UTC),  # at once is allowed
    "assessed_at": datetime(2026, 1, 5, 12, tzinfo=UTC),
    "resolved_at": datetime(2026, 1, 6, tzinfo=UTC),
    "closed_at": datetime(2026, 1, 6, tzinfo=UTC),
    "due_at": datetime(2026, 1, 5, 12, tzinfo=UTC),
    "weight": 0.0,
    "reopened_count": 2.0,
    "text_length": 20_000,
    "occurred_at_unreadable": False,
    "weight_unreadable": False,
}
SPREADSHEET = "record_id is written in full: was this file saved by a spreadsheet?"
CHANNEL = f"channel is one of {', '.join(CHANNELS)}"
PLAUSIBLE = "occurred_at is plausible: from 1990-01-01 to the as-of"
NO_STEPS = dict.fromkeys(("acknowledged_at", "assessed_at", "resolved_at", "closed_at", "due_at"))


def in_2026(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


BREACHES: dict[str, dict[str, Any]] = {
    "record_id is there": {"record_id": None},
    "pipe is there": {"pipe": None},
    "occurred_at is there": {"occurred_at": None},
    SPREADSHEET: {"record_id": "5.7E+17"},
    "record_id is at most 200 characters long": {"record_id": "x" * 201},
    "pipe is one of survey, complaint, call, return, social, frontline, visit": {"pipe": "letter"},
    "kind is one of complaint, comment, praise, suggestion, question": {"kind": "rant"},
    CHANNEL: {"channel": "pigeon"},
    "touchpoint is one of the programme's": {"touchpoint": "sight"},
    "weight is not negative": {"weight": -0.5},
    "reopened_count is not negative": {"reopened_count": -1.0},
    "text is at most 20,000 characters long": {"text_length": 1_000_000},
    PLAUSIBLE: {"occurred_at": datetime(1989, 12, 31, 23, 59, tzinfo=UTC)},
    "acknowledged_at is not before occurred_at": NO_STEPS | {"acknowledged_at": datetime(2026, 1, 5, 11, 59, 59, 999999, tzinfo=UTC)},
    "assessed_at is not before occurred_at": NO_STEPS | {"assessed_at": datetime(2026, 1, 5, tzinfo=UTC)},
    "resolved_at is not before occurred_at": NO_STEPS | {"resolved_at": datetime(2025, 1, 6, tzinfo=UTC)},
    "closed_at is not before occurred_at": NO_STEPS | {"closed_at": datetime(1999, 1, 1, tzinfo=UTC)},
    "assessed_at is not before acknowledged_at": NO_STEPS | {"acknowledged_at": in_2026(1, 7), "assessed_at": in_2026(1, 6)},
    "resolved_at is not before acknowledged_at": NO_STEPS | {"acknowledged_at": in_2026(1, 7), "resolved_at": in_2026(1, 6)},
    "closed_at is not before acknowledged_at": NO_STEPS | {"acknowledged_at": in_2026(1, 7), "closed_at": in_2026(1, 6)},
    "resolved_at is not before assessed_at": NO_STEPS | {"assessed_at": in_2026(1, 7), "resolved_at": in_2026(1, 6)},
    "closed_at is not before assessed_at": NO_STEPS | {"assessed_at": in_2026(1, 7), "closed_at": in_2026(1, 6)},
    "closed_at is not before resolved_at": NO_STEPS | {"resolved_at": in_2026(1, 7), "closed_at": in_2026(1, 6)},
    "due_at is not before occurred_at": {"due_at": in_2026(1, 5, 11)},
    "due_at is at most 10 years after the as-of": {"due_at": datetime(2036, 4, 12, tzinfo=UTC)},
    "occurred_at can be read": {"occurred_at_unreadable": True},
    "weight can be read": {"weight_unreadable": True},
}
WARNINGS = {
    CHANNEL,
    "text is at most 20,000 characters long",
    "assessed_at is not before acknowledged_at",
    "resolved_at is not before acknowledged_at",
    "closed_at is not before acknowledged_at",
    "resolved_at is not before assessed_at",
    "closed_at is not before assessed_at",
    "closed_at is not before resolved_at",
    "due_at is not before occurred_at",
    "due_at is at most 10 years after the as-of",
}
SURELY_TOO_LONG = "text is at most 1,000,000 characters long"
MAY_BE_EMPTY = ("kind", "channel", "touchpoint", *NO_STEPS, "weight", "reopened_count")
FIRST_ROW = 1000
SECRET = "hush-customer-words"


def feedback_table() -> pd.DataFrame:
    """Return a good row, a row with all empty that may be, a row for each breach, and two rows of one id."""
    rows = [GOOD, GOOD | dict.fromkeys(MAY_BE_EMPTY) | {"record_id": "bare"}]
    rows += [GOOD | {"record_id": f"breach {number}"} | breach for number, breach in enumerate(BREACHES.values())]
    rows += [GOOD | {"record_id": SECRET}, GOOD | {"record_id": SECRET}]
    table = pd.DataFrame(rows)
    texts = {name: "str" for name in ("record_id", "source", "pipe", "kind", "channel", "touchpoint")}
    times = {name: "datetime64[us, UTC]" for name in columns_of(table) if name.endswith("_at")}
    return table.astype(texts | times).assign(**{ROW: range(FIRST_ROW, FIRST_ROW + len(rows))})


def columns_of(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table if name != ROW]


@pytest.fixture(scope="module")
def found() -> dict[str, RuleResult]:
    table = feedback_table()
    return {result.rule: result for result in validate(table, feedback_suite(columns_of(table), TOUCHPOINTS, AS_OF))}


def test_results_come_in_the_order_of_the_suite_and_not_in_one_that_changes_from_run_to_run(found: dict[str, RuleResult]) -> None:
    suite = feedback_suite(columns_of(feedback_table()), TOUCHPOINTS, AS_OF)
    assert list(found) == [(expectation.meta or {})["rule"] for expectation in suite]


def test_there_is_a_rule_for_each_breach_for_ids_given_twice_and_for_texts_beyond_reason_and_no_other(found: dict[str, RuleResult]) -> None:
    assert found.keys() == BREACHES.keys() | {"record_id is unique", SURELY_TOO_LONG}


@pytest.mark.parametrize("rule", BREACHES)
def test_a_rule_fails_the_row_that_breaks_it_and_no_other(rule: str, found: dict[str, RuleResult]) -> None:
    number = list(BREACHES).index(rule)
    assert (found[rule].checked, found[rule].failed_rows.tolist()) == (len(BREACHES) + 4, [FIRST_ROW + 2 + number])
    assert not found[rule].is_kept


def test_order_of_steps_channels_long_texts_and_odd_deadlines_are_warnings_and_all_else_an_error(found: dict[str, RuleResult]) -> None:
    assert {result.rule for result in found.values() if result.severity == "warning"} == WARNINGS
    assert {result.severity for result in found.values()} == {"warning", "error"}


def test_of_two_records_with_one_id_neither_is_believed(found: dict[str, RuleResult]) -> None:
    last = FIRST_ROW + len(BREACHES) + 3
    assert found["record_id is unique"].failed_rows.tolist() == [last - 1, last]


def test_a_text_beyond_reason_is_an_error_and_one_that_is_only_long_is_not() -> None:
    table = pd.DataFrame({ROW: [2, 3], "record_id": ["a", "b"], "pipe": "call", "text_length": [1_000_000, 1_000_001]})
    suite = [rule for rule in feedback_suite(["text_length"], TOUCHPOINTS, AS_OF) if "text" in (rule.meta or {})["rule"]]
    assert [(found.severity, found.failed_rows.tolist()) for found in validate(table, suite)] == [("warning", [2, 3]), ("error", [3])]


@pytest.mark.parametrize(
    ("record_id", "is_rounded"),
    [
        ("5.70306E+17", True),
        ("5,7E+17", True),
        ("1E+11", True),
        ("5.7e+17", True),
        ("-1.2E+15", True),
        ("570306133677760513", False),
        ("5.7", False),
        ("A5.7E+17", False),
        ("12E+17", False),
        ("1E5", False),
    ],
)
def test_only_a_number_that_a_spreadsheet_has_rounded_is_taken_for_one(record_id: str, is_rounded: bool) -> None:
    suite = [rule for rule in feedback_suite([], (), AS_OF) if (rule.meta or {})["rule"] == SPREADSHEET]
    table = pd.DataFrame({ROW: [2], "record_id": [record_id]})
    assert [found.is_kept for found in validate(table, suite)] == [not is_rounded]


def test_ids_that_a_spreadsheet_has_made_the_same_bear_both_reasons() -> None:
    table = pd.DataFrame({ROW: [2, 3, 4], "record_id": ["5.7E+17", "5.7E+17", "570306133677760513"]})
    suite = [rule for rule in feedback_suite([], (), AS_OF) if (rule.meta or {})["rule"] in (SPREADSHEET, "record_id is unique")]
    assert [found.failed_rows.tolist() for found in validate(table, suite)] == [[2, 3], [2, 3]]


def test_columns_that_are_not_there_have_no_rules() -> None:
    words = [(expectation.meta or {})["rule"] for expectation in feedback_suite(["record_id", "pipe", "occurred_at"], TOUCHPOINTS, AS_OF)]
    assert words == [
        "record_id is there",
        "pipe is there",
        "occurred_at is there",
        "record_id is unique",
        SPREADSHEET,
        "record_id is at most 200 characters long",
        "pipe is one of survey, complaint, call, return, social, frontline, visit",
        PLAUSIBLE,
    ]


def test_columns_that_no_rule_looks_at_are_not_asked_for() -> None:
    columns = ["text", "record_id", "category", "customer_id", "made_sla", "made_sla_unreadable", "occurred_at", "text_length", "row"]
    assert columns_checked(columns) == ("record_id", "made_sla_unreadable", "occurred_at", "text_length")
    table = feedback_table().assign(text=SECRET)
    suite = feedback_suite(columns_of(table), TOUCHPOINTS, AS_OF)
    narrow = table[list(columns_checked(columns_of(table)))]
    assert list(handed(narrow, suite)) == list(handed(table, suite))


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
    failed = {result.rule: result.failed_rows.tolist() for result in validate(table, ratings_suite())}
    assert failed == {"score can be read": [5], "score is not below its scale": [6], "score is not above its scale": [7]}


def test_row_numbers_may_come_in_any_order_and_more_than_once() -> None:
    table = pd.DataFrame({ROW: [9, 3, 9, 4], "score": [7.0, 8.0, 0.0, 2.0], "scale_min": 1.0, "scale_max": 5.0, "score_unreadable": False})
    assert [found.failed_rows.tolist() for found in validate(table, ratings_suite())] == [[], [9], [3, 9]]


def test_an_empty_table_breaks_nothing_and_every_rule_is_named() -> None:
    suite = feedback_suite(columns_of(feedback_table()), TOUCHPOINTS, AS_OF)
    results = validate(feedback_table().iloc[:0], suite)
    assert [(found.rule, found.checked, found.is_kept) for found in results] == [((rule.meta or {})["rule"], 0, True) for rule in suite]


def test_columns_without_any_value_break_only_what_says_that_they_are_there() -> None:
    table = feedback_table().iloc[:1]
    empty = pd.DataFrame({name: table[name].where(table[name].isna()) for name in columns_of(table) if "unreadable" not in name})
    results = validate(empty.assign(row=[2]), feedback_suite(list(empty), TOUCHPOINTS, AS_OF))
    assert [found.rule for found in results if not found.is_kept] == ["record_id is there", "pipe is there", "occurred_at is there"]


def test_a_suite_may_be_used_again_and_the_table_is_left_as_it_was() -> None:
    table = feedback_table()
    before, suite = table.copy(deep=True), feedback_suite([], (), AS_OF)
    first, second = (validate(table, suite) for _ in range(2))
    assert [found.failed_rows.tolist() for found in first] == [found.failed_rows.tolist() for found in second]
    pd.testing.assert_frame_equal(table, before)


def test_what_comes_back_holds_row_numbers_and_nothing_a_customer_wrote() -> None:
    table = feedback_table()
    number = 987_654_321_987.0
    texts = dict.fromkeys(("pipe", "kind", "channel", "touchpoint", "record_id"), SECRET)
    spoilt = table.assign(**texts, weight=-number, text_length=number, closed_at=datetime(1987, 6, 5, tzinfo=UTC))
    suite = feedback_suite(columns_of(table), TOUCHPOINTS, AS_OF)
    told = json.dumps(_run(handed(spoilt, suite), suite).to_json_dict())
    told += repr([(vars(found), found.failed_rows.tolist()) for found in validate(spoilt, suite)])
    assert str(FIRST_ROW) in told
    assert [value for value in (SECRET, "987654321987", "1987") if value in told] == []


def test_great_expectations_is_handed_numbers_for_ids_the_same_for_the_same_id() -> None:
    suite = feedback_suite([], (), AS_OF)
    seen = handed(pd.DataFrame({"record_id": [SECRET, None, "b", SECRET], "text": SECRET}), suite)
    ids = seen["record_id"]
    assert [ids[0] == ids[3], ids[0] == ids[2], np.isnan(ids[1])] == [True, False, True]
    assert SECRET not in seen.to_csv()


def test_a_rule_that_cannot_be_checked_is_a_defect_and_no_data_error() -> None:
    suite = feedback_suite(["record_id", "pipe", "occurred_at", "kind"], TOUCHPOINTS, AS_OF)
    with pytest.raises(RuntimeError, match="Great Expectations could not check that kind is one of"):
        validate(feedback_table().drop(columns="kind"), suite)
