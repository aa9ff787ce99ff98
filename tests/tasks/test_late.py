"""What changed in a quarter after its cycle was closed, and what a customers' table adds to each record."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tasks.customers import with_customers
from tasks.late import late_records
from tasks.results import LateRecords


def records(ids: list[str], **columns: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"source": "cases", "record_id": ids, **columns})


def test_late_changed_and_vanished_records_are_told_apart() -> None:
    times = pd.to_datetime(["2026-01-05", None, None], utc=True)
    closed = records(["1", "2", "3"], resolved_at=times, text=["a", None, "c"])
    now = records(["4", "3", "1"], resolved_at=pd.to_datetime(["2026-01-09", "2026-02-01", "2026-01-05"], utc=True), text=["d", "c", "a"])
    assert late_records("2026Q1", closed, now) == LateRecords(cycle="2026Q1", closed=3, now=3, added=1, changed=1, gone=1)


def test_nothing_changed_where_all_is_the_same_in_another_order_and_with_marks_of_ours() -> None:
    closed = records(["1", "2"], text=["a", None], form_letter=[None, None])
    now = records(["2", "1"], text=[None, "a"], form_letter=["1", None], segment=["x", "y"])
    assert late_records("2026Q1", closed, now) == LateRecords(cycle="2026Q1", closed=2, now=2, added=0, changed=0, gone=0)


def test_an_id_means_something_within_its_source_alone() -> None:
    closed = records(["1"])
    found = late_records("2026Q1", closed, closed.assign(source="calls"))
    assert (found.added, found.gone) == (1, 1)


def test_a_record_takes_its_customers_segment_and_says_whether_it_is_one_of_the_house() -> None:
    feedback = pd.DataFrame({"customer_id": ["a", "b", None, "c"]}, dtype="str")
    customers = pd.DataFrame({"customer_id": ["a", "b", "a"], "segment": ["gold", "tin", "twice"], "is_internal": [True, None, False]})
    found = with_customers(feedback, customers.astype({"is_internal": "boolean", "segment": "str", "customer_id": "str"}))
    assert found["segment"].fillna("-").tolist() == ["gold", "tin", "-", "-"]
    assert found["is_internal"].tolist() == [True, False, False, False]


def test_what_a_record_says_itself_counts_before_its_customers_row() -> None:
    feedback = pd.DataFrame({"customer_id": ["a", "a"], "is_internal": pd.array([False, None], dtype="boolean")})
    customers = pd.DataFrame({"customer_id": ["a"], "is_internal": pd.array([True], dtype="boolean")})
    assert with_customers(feedback, customers)["is_internal"].tolist() == [False, True]


def test_without_a_customers_table_every_customer_is_external() -> None:
    found = with_customers(pd.DataFrame({"text": ["x"]}), pd.DataFrame())
    assert found["is_internal"].tolist() == [False]
    assert "segment" not in found
