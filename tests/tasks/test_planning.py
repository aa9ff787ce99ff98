"""Follow-ups: one for a finding, carried and strengthened while it is open, owned by one and shared by all who contribute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.programme import Programme
from tasks.planning import decide_follow_ups, follow_up_id
from tasks.results import Cause, Compliance, Contribution, FollowUp
from tests.programmes import SMALL, programme

AS_OF = datetime(2026, 4, 13, 2, tzinfo=UTC)  # still Sunday 12 April in New York
HOUSE = programme(rules={"biggest_causes": 2, "due_in_working_days": 10})


def result(standard: str, touchpoint: str = "counter", **figures: Any) -> Compliance:
    """Return a standard that was not met: 30 of 50 against 80 %."""
    fixed = {"stage": "book", "title": standard.title(), "n": 50, "met": 30, "share": 0.6, "low": 0.461, "high": 0.724, "target": 0.8}
    rest = {"pending": 0, "excluded": 0, "p": 0.0004, "share_if_pending_met": 0.6, "share_if_pending_missed": 0.6}
    given = {"standard": standard, "touchpoint": touchpoint, "verdict": "not_met", "previous": None, "year_ago": None}
    return Compliance.model_validate(fixed | rest | given | figures)


def cause(number: int, size: int, *touchpoints: tuple[str, float], **parts: Any) -> Cause:
    hit = tuple(Contribution(id=place, records=round(share * size), share=share) for place, share in touchpoints)
    fixed = {"id": f"2026Q1-{number:02d}", "label": f"Cause {number}", "first_seen": "2026Q1", "share": 0.1, "low": 0.08, "high": 0.12}
    return Cause.model_validate(fixed | {"size": size, "status": "new", "touchpoints": hit} | parts)


def decide(
    standards: Any = (), causes: Any = (), carried: Any = (), house: Programme = HOUSE, cycle: str = "2026Q1", as_of: datetime = AS_OF
) -> tuple[FollowUp, ...]:
    return decide_follow_ups(standards, causes, carried, house, cycle, as_of)


# what opens one


@pytest.mark.parametrize("verdict", ["met", "uncertain", "too_few"])
def test_only_a_standard_that_was_not_met_asks_for_a_follow_up(verdict: str) -> None:
    assert decide([result("heard", verdict=verdict)]) == ()
    assert len(decide([result("heard")])) == 1


def test_the_biggest_causes_ask_for_one_each_and_those_that_are_gone_for_none() -> None:
    causes = [cause(1, 5), cause(2, 9), cause(3, 7), cause(4, 0, status="gone")]
    assert {one.finding for one in decide(causes=causes)} == {"cause:2026Q1-02", "cause:2026Q1-03"}
    assert decide(causes=[cause(4, 0, status="gone")]) == ()


def test_of_two_causes_of_one_size_the_older_number_goes_first() -> None:
    found = decide(causes=[cause(3, 5), cause(2, 5), cause(1, 5)])
    assert {one.finding for one in found} == {"cause:2026Q1-01", "cause:2026Q1-02"}


def test_a_programme_may_want_no_follow_ups_from_causes() -> None:
    assert decide(causes=[cause(1, 5)], house=programme(rules={"biggest_causes": 0})) == ()


def test_a_follow_up_says_what_was_found_where_and_in_which_figures() -> None:
    (one,) = decide([result("heard", title="Answered in two days")])
    assert one.title == "Keep the standard “Answered in two days” at The counter"
    assert one.evidence == "2026Q1: 30 of 50 kept (60.0%, 95 % interval 46.1% to 72.4%); promised: 80%."
    assert (one.kind, one.status, one.opened_in, one.last_seen_in, one.times_seen) == ("corrective", "proposed", "2026Q1", "2026Q1", 1)
    assert one.finding == "standard:heard:counter"
    (one,) = decide(causes=[cause(1, 40, ("lounge", 1.0))])
    assert one.title == "Find and remove the root of “Cause 1”"
    assert one.evidence == "2026Q1: 40 records (10.0% of those with a text, 95 % interval 8.0% to 12.0%)."


@pytest.mark.parametrize(
    ("value", "evidence"),
    [
        (
            {"figure": "median", "unit": "working hours", "value": 20.25, "low": 18, "high": 23.5, "target": 16, "is_higher_better": False},
            "median time of 50 cases 20.2 working hours (95 % interval 18.0 working hours to 23.5 working hours); promised: at most 16.0 working hours.",
        ),
        (
            {"figure": "median", "unit": "hours", "value": None, "low": 30, "high": None, "target": 16, "is_higher_better": False},
            "median time of 50 cases not known (95 % interval 30.0 hours to not known); promised: at most 16.0 hours.",
        ),
        (
            {"figure": "mean", "unit": "score", "value": 3.456, "low": 3.4, "high": 3.5, "target": 4, "is_higher_better": True},
            "mean score of 50 cases 3.46 (95 % interval 3.40 to 3.50); promised: at least 4.00.",
        ),
        (
            {"figure": "net_promoter", "unit": "net promoter", "value": -4, "low": -9.5, "high": 1, "target": 15, "is_higher_better": True},
            "net promoter score of 50 cases -4.00 (95 % interval -9.50 to 1.00); promised: at least 15.00.",
        ),
    ],
)
def test_a_figure_that_is_no_share_is_evidence_in_its_own_unit(value: dict[str, Any], evidence: str) -> None:
    (one,) = decide([result("fast", value=value, **dict.fromkeys(("share", "low", "high", "target")))])
    assert one.evidence == f"2026Q1: {evidence}"


def test_a_weighted_share_is_called_so_beside_its_plain_counts() -> None:
    (one,) = decide([result("heard", share=0.65, unweighted_share=0.6)])
    assert one.evidence == "2026Q1: 30 of 50 kept (65.0% weighted, 95 % interval 46.1% to 72.4%); promised: 80%."


# who


def test_the_accountable_department_owns_it_and_all_that_shape_the_touchpoint_contribute() -> None:
    (one,) = decide([result("heard")])
    assert (one.owner, one.departments, one.touchpoints, one.stages) == ("desk", ("desk", "web"), ("counter",), ("book",))


def test_a_cause_that_hits_several_touchpoints_is_owned_where_it_hits_most_and_shared_by_all() -> None:
    (one,) = decide(causes=[cause(1, 100, ("lounge", 0.6), ("counter", 0.31), ("site", 0.09))])
    assert one.owner == "deck"
    assert one.touchpoints == ("lounge", "counter")  # a tenth of its records makes a touchpoint part of it
    assert one.departments == ("desk", "deck", "web")  # in the order of the file
    assert one.stages == ("book", "sail")


def test_a_cause_that_is_spread_thin_belongs_to_the_touchpoint_it_hits_most() -> None:
    (one,) = decide(causes=[cause(1, 100, ("site", 0.09), ("lounge", 0.08))])
    assert (one.touchpoints, one.owner) == (("site",), "web")


def test_a_cause_that_belongs_nowhere_is_owned_by_the_department_that_answers_for_most() -> None:
    (one,) = decide(causes=[cause(1, 100)])
    assert (one.owner, one.departments, one.touchpoints) == ("desk", ("desk",), ())  # one each: the first in the file


def test_a_standard_over_all_is_owned_by_the_department_that_answers_for_most_and_shared_by_every_one() -> None:
    places = [place | {"accountable": "web", "departments": ["web", *place["departments"]]} for place in SMALL["touchpoints"][:2]]
    house = programme(touchpoints=[*places, SMALL["touchpoints"][2]])
    (one,) = decide([result("heard", "all")], house=house)
    assert (one.owner, one.departments) == ("web", ("desk", "deck", "web"))
    assert one.touchpoints == ("counter", "site", "lounge")
    assert one.title == "Keep the standard “Heard” over all touchpoints"


# by when


def test_it_is_due_so_many_working_days_after_the_as_of_on_the_programmes_own_calendar() -> None:
    (one,) = decide([result("heard")])
    assert one.due == date(2026, 4, 24)  # from Sunday 12 April: ten working days, Friday of the week after
    christmas = datetime(2025, 12, 24, 17, tzinfo=UTC)
    (one,) = decide([result("heard")], cycle="2025Q3", as_of=christmas, house=programme(rules={"due_in_working_days": 5}))
    assert one.due == date(2026, 1, 2)  # 26, 29, 30, 31 December and 2 January


# from cycle to cycle


def test_its_identity_is_programme_finding_and_the_cycle_that_opened_it() -> None:
    (one,) = decide([result("heard")])
    assert one.id == follow_up_id("ferry", "standard:heard:counter", "2026Q1")
    others = {
        follow_up_id("other", "f", "c"),
        follow_up_id("ferry", "g", "c"),
        follow_up_id("ferry", "f", "d"),
        follow_up_id("ferry", "f", "c"),
    }
    assert len(others) == 4


def test_a_finding_that_is_there_again_strengthens_its_open_follow_up_and_opens_no_second() -> None:
    (first,) = decide([result("heard")])
    accepted = first.model_copy(update={"status": "accepted"})
    (second,) = decide([result("heard", met=25, share=0.5)], carried=[accepted], cycle="2026Q2", as_of=datetime(2026, 7, 13, tzinfo=UTC))
    assert (second.id, second.opened_in, second.status, second.due, second.owner) == (
        first.id,
        "2026Q1",
        "accepted",
        first.due,
        first.owner,
    )
    assert (second.last_seen_in, second.times_seen) == ("2026Q2", 2)
    assert second.evidence.startswith("2026Q2: 25 of 50 kept")
    assert second.evidence.endswith("Before that, 2026Q1: 30 of 50 kept (60.0%, 95 % interval 46.1% to 72.4%); promised: 80%.")


def test_after_many_cycles_the_evidence_still_names_this_one_and_the_one_before() -> None:
    carried: tuple[FollowUp, ...] = ()
    for cycle in ("2026Q1", "2026Q2", "2026Q3", "2026Q4"):
        carried = decide([result("heard")], carried=carried, cycle=cycle)
    (one,) = carried
    assert one.times_seen == 4
    assert [cycle for cycle in ("2026Q1", "2026Q2", "2026Q3", "2026Q4") if cycle in one.evidence] == ["2026Q3", "2026Q4"]


def test_a_follow_up_that_nothing_calls_for_any_more_stays_open_as_it_was() -> None:
    carried = decide([result("heard")])
    assert decide(carried=carried, cycle="2026Q2") == carried


def test_a_follow_up_still_open_after_its_due_date_is_overdue_from_the_next_day_on() -> None:
    (opened,) = carried = decide([result("heard")])
    on_the_day = datetime(opened.due.year, opened.due.month, opened.due.day, 12, tzinfo=UTC)
    assert not opened.is_overdue
    assert [one.is_overdue for one in decide(carried=carried, as_of=on_the_day)] == [False]
    assert [one.is_overdue for one in decide(carried=carried, as_of=on_the_day + timedelta(days=1))] == [True]


def test_a_cause_that_spreads_draws_the_departments_of_its_new_touchpoint_in() -> None:
    (first,) = decide(causes=[cause(1, 10, ("counter", 1.0))])
    (second,) = decide(causes=[cause(1, 10, ("lounge", 0.8), ("counter", 0.2))], carried=[first], cycle="2026Q2")
    assert second.owner == "desk"
    assert second.departments == ("desk", "web", "deck")
    assert second.touchpoints == ("counter", "lounge")
    assert second.stages == ("book", "sail")


def test_a_revision_of_a_cycle_renews_the_evidence_and_counts_the_cycle_once() -> None:
    (first,) = decide([result("heard")])
    (revised,) = decide([result("heard", met=20, share=0.4)], carried=[first])
    assert revised.times_seen == 1
    assert revised.evidence.startswith("2026Q1: 20 of 50 kept")
    assert "Before that" not in revised.evidence


def test_follow_ups_come_by_due_date_then_owner() -> None:
    carried = decide([result("heard")])
    later = decide(
        [result("wifi", "lounge"), result("seen", "site")], carried=carried, cycle="2026Q2", as_of=datetime(2026, 7, 13, tzinfo=UTC)
    )
    assert [one.owner for one in later] == ["desk", "deck", "web"]


findings = st.lists(st.sampled_from(["heard", "seen", "wifi", "kept"]), unique=True)


@settings(max_examples=40)
@given(st.lists(findings, min_size=1, max_size=6))
def test_over_any_number_of_cycles_no_finding_has_two_open_follow_ups_and_none_is_lost(cycles: list[list[str]]) -> None:
    carried: tuple[FollowUp, ...] = ()
    for number, names in enumerate(cycles):
        carried = decide([result(name) for name in names], carried=carried, cycle=f"20{26 + number}Q1")
    seen = {name for names in cycles for name in names}
    assert sorted(one.finding for one in carried) == sorted(f"standard:{name}:counter" for name in seen)
    assert len({one.id for one in carried}) == len(carried)
    times = {one.finding.split(":")[1]: one.times_seen for one in carried}
    assert times == {name: sum(name in names for names in cycles) for name in seen}
