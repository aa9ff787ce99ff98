"""The gate: how much may be quarantined, and that something arrived."""

from __future__ import annotations

import pytest

from config.programme import Gate
from expectations.gate import Intake, pass_gate

GATE = Gate(quarantined_share_at_most=0.02, unmapped_share_at_most=0.05)


def passed(*intakes: Intake) -> dict[str, bool]:
    return {result.name: result.is_passed for result in pass_gate(intakes, GATE)}


@pytest.mark.parametrize(
    ("quarantined", "accepted", "is_passed"), [(0, 100, True), (2, 98, True), (3, 97, False), (1, 48, False), (1, 49, True)]
)
def test_the_limit_itself_is_allowed_and_a_row_more_is_not(quarantined: int, accepted: int, is_passed: bool) -> None:
    assert passed(Intake("cases", quarantined, accepted))["quarantine"] is is_passed


def test_one_bad_source_is_not_hidden_behind_a_big_good_one() -> None:
    results = pass_gate([Intake("big", 0, 100_000), Intake("small", 5, 95)], GATE)
    assert not results[0].is_passed
    assert results[0].notes == "over the limit: small 5.0%"


def test_rows_that_were_filtered_or_lie_in_other_quarters_count_for_nothing() -> None:
    assert passed(Intake("cases", 1, 1)) == {"quarantine": False, "arrived": True}


def test_a_source_of_which_nothing_is_usable_stops_publication_and_is_named() -> None:
    results = pass_gate([Intake("cases", 0, 10), Intake("survey", 0, 0)], GATE)
    assert [result.is_passed for result in results] == [True, False]
    assert results[1].notes == "nothing usable from: survey"


def test_good_data_pass_and_the_notes_say_how_many_rows_were_quarantined() -> None:
    results = pass_gate([Intake("cases", 1, 99), Intake("survey", 2, 198)], GATE)
    assert all(result.is_passed for result in results)
    assert [result.notes for result in results] == ["3 quarantined in all", "every source has records of the quarter"]
    assert results[0].description == "At most 2.0% of each source's rows are quarantined"


def test_a_gate_of_zero_lets_no_row_through_and_a_gate_of_one_every_row() -> None:
    bad = [Intake("cases", 1, 999)]
    assert not pass_gate(bad, Gate(quarantined_share_at_most=0))[0].is_passed
    assert pass_gate([Intake("cases", 999, 1)], Gate(quarantined_share_at_most=1))[0].is_passed


@pytest.mark.parametrize(("unmapped", "is_passed"), [(0, True), (5, True), (6, False)])
def test_the_share_of_categories_that_map_to_nothing_may_reach_its_limit_and_not_pass_it(unmapped: int, is_passed: bool) -> None:
    results = pass_gate([Intake("cases", 0, 500, categorised=100, unmapped=unmapped), Intake("survey", 0, 10)], GATE)
    assert [(result.name, result.is_passed) for result in results] == [("quarantine", True), ("categories", is_passed), ("arrived", True)]


def test_categories_are_counted_for_each_source_over_those_of_its_records_that_have_one() -> None:
    results = pass_gate([Intake("big", 0, 9000, 9000, 0), Intake("small", 0, 1000, 10, 1)], GATE)
    assert results[1].notes == "over the limit: small 10.0%"
    assert results[1].description == (
        "At most 5.0% of each source's categorised records have a category that maps to none of the programme's"
    )
    assert pass_gate([Intake("big", 0, 9000, 9000, 2), Intake("small", 0, 9, 100, 3)], GATE)[1].notes == "5 unmapped in all"


def test_without_categories_there_is_no_rule_about_them() -> None:
    assert [result.name for result in pass_gate([Intake("cases", 0, 10)], GATE)] == ["quarantine", "arrived"]


def test_a_missing_feed_is_named_with_the_reason_where_it_is_known() -> None:
    results = pass_gate([Intake("cases", 0, 0, problem="no file calls/2026Q3.csv"), Intake("visits", 0, 0), Intake("survey", 0, 3)], GATE)
    assert results[-1].notes == "nothing usable from: cases (no file calls/2026Q3.csv), visits"
