"""Where and when causes are told of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pytest
from scipy.stats import fisher_exact

from config.periods import Quarter
from tasks.causes.context import CausesInContext, in_context
from tasks.results import Cause, CauseSlice, CauseStandard
from tests.programmes import programme, standard

QUARTER, AS_OF = Quarter.parse("2026Q1"), datetime(2026, 4, 10, tzinfo=UTC)
PROGRAMME = programme(standards=[standard()])
STANDARD = PROGRAMME.promises[0]


def cause(name: str, size: int = 40) -> Cause:
    return Cause(id=name, label=name, first_seen="2026Q1", size=size, share=0.5, low=0.4, high=0.6, status="new")


def records(**columns: list[Any]) -> pd.DataFrame:
    """Forty records of cause `a`, then forty of `b`, then twenty of none, a customer each."""
    ids = [f"r{number:03d}" for number in range(100)]
    table = pd.DataFrame({"source": "s", "record_id": ids, "cause_id": ["a"] * 40 + ["b"] * 40 + [""] * 20, "customer_id": ids})
    table = table.assign(touchpoint="x", occurred_at=pd.Timestamp("2026-02-04T12:00", tz="UTC"))
    return table.assign(**{name: pd.Series(values, dtype="str") for name, values in columns.items()})


def outcomes(missed: set[int], decided: range = range(100)) -> pd.DataFrame:
    rows = [("s", f"r{n:03d}", STANDARD.id, "missed" if n in missed else "met") for n in decided]
    return pd.DataFrame(rows, columns=["source", "record_id", "standard", "outcome"])


def told(table: pd.DataFrame, decided: pd.DataFrame | None = None) -> CausesInContext:
    nothing = outcomes(set(), range(0))
    return in_context([cause("a"), cause("b")], table, nothing if decided is None else decided, PROGRAMME, QUARTER, AS_OF)


def test_a_value_that_is_commoner_in_a_cause_is_told_with_both_shares_and_fishers_p() -> None:
    region = ["north"] * 30 + ["south"] * 10 + ["north"] * 10 + ["south"] * 50
    found = told(records(region=region))
    assert found.causes[0].slices == (
        CauseSlice(dimension="region", value="north", records=30, share=0.75, elsewhere_share=10 / 60, p=found.causes[0].slices[0].p),
    )
    assert found.causes[0].slices[0].p == pytest.approx(fisher_exact([[30, 10], [10, 50]], "greater").pvalue)
    assert [one.value for one in found.causes[1].slices] == ["south"]  # 30 of 40 beside 30 of 60
    assert found.family.tests == 4
    assert found.family.rejected == 2


def test_where_values_are_spread_evenly_nothing_is_told() -> None:
    assert all(not one.slices for one in told(records(region=["north", "south"] * 50)).causes)


def test_a_value_of_fewer_than_five_customers_inside_the_cause_is_not_told() -> None:
    table = records(region=["north"] * 30 + ["south"] * 10 + ["north"] * 10 + ["south"] * 50)
    table.loc[:29, "customer_id"] = "one and the same"
    assert told(table).causes[0].slices == ()


def test_where_no_customer_is_known_each_record_stands_for_one() -> None:
    table = records(region=["north"] * 30 + ["south"] * 10 + ["north"] * 10 + ["south"] * 50).drop(columns="customer_id")
    assert [one.value for one in told(table).causes[0].slices] == ["north"]


def test_touchpoint_and_department_are_told_as_contributions_and_not_again() -> None:
    both = ["p"] * 40 + ["q"] * 60
    assert told(records(touchpoint=both, department=both)).family.tests == 0


def test_a_standard_that_a_causes_cases_miss_more_often_is_told_and_a_pending_case_does_not_count() -> None:
    decided = outcomes(set(range(20)) | {50, 90})
    pending = outcomes(set()).assign(outcome="pending")
    found = told(records(), pd.concat([decided, pending]))
    expected = CauseStandard(
        standard=STANDARD.id, title=STANDARD.name, n=40, missed=20, elsewhere_share=2 / 60, p=found.causes[0].standards[0].p
    )
    assert found.causes[0].standards == (expected,)
    assert found.causes[0].standards[0].p == pytest.approx(fisher_exact([[20, 20], [2, 58]], "greater").pvalue)
    assert found.causes[1].standards == ()


def test_an_outcome_of_another_sources_record_of_the_same_number_is_not_the_causes() -> None:
    assert told(records(), outcomes(set(range(20))).assign(source="other")).family.tests == 0


def test_every_week_up_to_the_as_of_is_counted_by_its_monday_in_the_programmes_zone() -> None:
    table = records()
    table.loc[0, "occurred_at"] = pd.Timestamp("2026-01-01T12:00", tz="UTC")
    weeks = told(table).causes[0].weeks
    assert weeks[0].week == date(2025, 12, 29)
    assert weeks[-1].week == date(2026, 3, 30)
    assert len(weeks) == 14
    assert {one.week: one.records for one in weeks if one.records} == {date(2025, 12, 29): 1, date(2026, 2, 2): 39}


def test_a_quarter_without_texts_has_causes_without_a_context() -> None:
    found = told(records().iloc[:0])
    assert [(one.weeks, one.slices, one.standards) for one in found.causes] == [((), (), ())] * 2
    assert found.family.tests == 0
