"""Each rule of invitations and customers fails exactly the rows that break it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd

from expectations.customers import customers_suite
from expectations.invitations import invitations_suite
from expectations.rules import ROW, RuleResult, validate

AS_OF = datetime(2026, 4, 10, 8, tzinfo=UTC)
SENT = datetime(2026, 2, 1, 9, tzinfo=UTC)
KEY = "customer_id, survey and sent_at together are unique"
PLAUSIBLE = "sent_at is plausible: from 1990-01-01 to the as-of"


def table_of(rows: list[dict[str, Any]], texts: tuple[str, ...], times: tuple[str, ...]) -> pd.DataFrame:
    types = dict.fromkeys(texts, "str") | dict.fromkeys(times, "datetime64[us, UTC]")
    return pd.DataFrame(rows).astype(types).assign(**{ROW: range(2, 2 + len(rows))})


def invitations(*breaches: dict[str, Any]) -> pd.DataFrame:
    good = {"survey": "nps", "sent_at": SENT, "answered_at": SENT, "sent_at_unreadable": False}
    rows = [good | {"customer_id": f"c{number}"} | breach for number, breach in enumerate(breaches)]
    return table_of(rows, ("customer_id", "survey"), ("sent_at", "answered_at"))


def customers(*breaches: dict[str, Any]) -> pd.DataFrame:
    good = {"since": SENT, "until": SENT, "value": 0.0, "value_unreadable": False}
    rows = [good | {"customer_id": f"c{number}"} | breach for number, breach in enumerate(breaches)]
    return table_of(rows, ("customer_id",), ("since", "until"))


def failed(results: tuple[RuleResult, ...]) -> dict[str, list[int]]:
    return {result.rule: result.failed_rows.tolist() for result in results}


def test_an_invitation_names_a_customer_a_survey_and_a_time_and_was_answered_no_earlier() -> None:
    table = invitations(
        {"answered_at": None},
        {"customer_id": None},
        {"survey": None},
        {"sent_at": None, "sent_at_unreadable": True},
        {"sent_at": datetime(1900, 1, 1, tzinfo=UTC)},
        {"sent_at": datetime(2026, 4, 11, tzinfo=UTC), "answered_at": None},
        {"answered_at": datetime(2026, 2, 1, 8, 59, tzinfo=UTC)},
    )
    results = validate(table, invitations_suite(list(table), AS_OF))
    assert failed(results) == {
        "customer_id is there": [3],
        "survey is there": [4],
        "sent_at is there": [5],
        KEY: [],
        "sent_at can be read": [5],
        PLAUSIBLE: [6, 7],
        "answered_at is not before sent_at": [8],
    }
    assert {result.severity for result in results} == {"error"}


def test_one_customer_may_be_asked_twice_and_about_two_surveys_but_not_twice_at_once() -> None:
    later = datetime(2026, 2, 2, tzinfo=UTC)
    same = {"customer_id": "same"}
    table = invitations(
        same, same | {"survey": "ces"}, same | {"sent_at": later, "answered_at": later}, same, {"customer_id": None}, {"customer_id": None}
    )
    assert failed(validate(table, invitations_suite(list(table), AS_OF)))[KEY] == [2, 5]


def test_a_customer_is_listed_once_and_leaves_no_earlier_than_it_came() -> None:
    table = customers(
        {"until": None, "since": None, "value": None},
        {"customer_id": None},
        {"customer_id": "twin"},
        {"customer_id": "twin"},
        {"until": datetime(2026, 1, 31, tzinfo=UTC)},
        {"value": -0.01},
        {"value": None, "value_unreadable": True},
    )
    results = validate(table, customers_suite(list(table)))
    assert failed(results) == {
        "customer_id is there": [3],
        "customer_id is unique": [4, 5],
        "value can be read": [8],
        "until is not before since": [6],
        "value is not negative": [7],
    }
    assert [result.rule for result in results if result.severity == "warning"] == ["value is not negative"]


def test_columns_that_are_not_there_have_no_rules() -> None:
    assert [(rule.meta or {})["rule"] for rule in customers_suite(["customer_id", "until"])] == [
        "customer_id is there",
        "customer_id is unique",
    ]
    words = [(rule.meta or {})["rule"] for rule in invitations_suite(["customer_id", "survey", "sent_at"], AS_OF)]
    assert words == ["customer_id is there", "survey is there", "sent_at is there", KEY, PLAUSIBLE]
