"""Follow-ups: one for a finding, carried and strengthened while it is open, owned by one and shared by all who contribute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.programme import Programme
from tasks.follow_ups.life import check_change, with_changes
from tasks.opening.found import touched
from tasks.planning import follow_up_id
from tasks.results import (
    OPEN_STATUSES,
    Cause,
    CauseSlice,
    Effect,
    EffectVerdict,
    FollowUp,
    FollowUpStatus,
)
from tests.programmes import SMALL, programme
from tests.tasks.opening import AS_OF, GRADED, HOUSE, LATER, cause, decide, done, fixed_cause, of, result, settled

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
            "net promoter score of 50 cases \u22124.00 (95 % interval \u22129.50 to 1.00); promised: at least 15.00.",
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


# what is verified, abandoned, done or opened again


@pytest.mark.parametrize("status", ["verified", "abandoned"])
def test_a_finding_whose_follow_up_is_finished_opens_a_new_one_and_leaves_the_old_as_it_is(status: FollowUpStatus) -> None:
    (first,) = decide([result("heard")])
    finished = settled(first, status, verdict="cannot_tell")
    after = decide([result("heard")], carried=[finished], cycle="2026Q2", as_of=LATER)
    assert finished in after
    (new,) = [one for one in after if one.id != first.id]
    assert (new.finding, new.status, new.opened_in, new.times_seen) == (first.finding, "proposed", "2026Q2", 1)


def test_what_is_done_takes_its_finding_and_learns_only_what_was_seen() -> None:
    (first,) = decide([result("heard")])
    (after,) = decide([result("heard", met=20, share=0.4, title="Other")], carried=[done(first)], cycle="2026Q2", as_of=LATER)
    assert after.evidence.startswith("2026Q2: 20 of 50 kept")
    assert after.last_seen_in == "2026Q2"
    assert after.model_copy(update={"evidence": first.evidence, "last_seen_in": "2026Q1"}) == done(first)


def test_what_is_done_is_never_overdue() -> None:
    (first,) = decide([result("heard")])
    (after,) = decide(carried=[done(first)], cycle="2026Q2", as_of=LATER)
    assert not after.is_overdue


def test_what_check_opens_again_is_due_anew_in_that_cycle_and_keeps_that_date_in_the_next() -> None:
    (first,) = decide([result("heard")])
    (again,) = decide(carried=[settled(first, "reopened", verdict="no_effect")], cycle="2026Q2", as_of=LATER)
    assert (again.due, again.is_overdue, again.status) == (date(2026, 7, 27), False, "reopened")  # ten working days after 13 July
    (later,) = decide(carried=[again], cycle="2026Q3", as_of=datetime(2026, 10, 12, 12, tzinfo=UTC))
    assert (later.due, later.is_overdue) == (date(2026, 7, 27), True)


def test_what_is_abandoned_in_the_cycle_that_opened_it_is_not_asked_again_by_a_revision() -> None:
    (first,) = decide([result("heard")])
    abandoned = settled(first, "abandoned", cycle="2026Q1", verdict="cannot_tell")
    assert decide([result("heard")], carried=[abandoned]) == (abandoned,)


# how grave


def test_severity_hastens_the_due_date_and_is_told_with_the_customers() -> None:
    finding = "standard:heard:counter"
    (one,) = decide([result("heard")], house=GRADED, severities={finding: "anger"}, customers={finding: 17})
    assert (one.severity, one.customers, one.due) == ("anger", 17, date(2026, 4, 17))  # five working days after Sunday 12 April
    (plain,) = decide([result("heard")], house=GRADED)
    assert (plain.severity, plain.customers, plain.due) == ("", 20, date(2026, 4, 24))


def test_what_becomes_graver_is_due_sooner_and_never_later() -> None:
    finding = "standard:heard:counter"
    (first,) = decide([result("heard")], house=GRADED)
    soon = datetime(2026, 4, 14, 12, tzinfo=UTC)
    (graver,) = decide([result("heard")], carried=[first], house=GRADED, as_of=soon, severities={finding: "injury"})
    assert (graver.severity, graver.due) == ("injury", date(2026, 4, 16))
    (late,) = decide([result("heard")], carried=[first], house=GRADED, cycle="2026Q2", as_of=LATER, severities={finding: "injury"})
    assert (late.severity, late.due) == ("injury", first.due)
    (milder,) = decide([result("heard")], carried=[graver], house=GRADED, cycle="2026Q2", as_of=LATER, severities={finding: "anger"})
    assert (milder.severity, milder.due) == ("injury", graver.due)


def test_a_severe_case_asks_for_a_follow_up_where_it_happened() -> None:
    at_lounge, nowhere = decide(house=GRADED, severe={("injury", "lounge"): 1, ("injury", ""): 2, ("injury", "site"): 0})
    assert at_lounge.title == "Find out what led to “Injury” at The lounge, and see that it cannot happen again"
    assert (at_lounge.finding, at_lounge.kind, at_lounge.owner) == ("severe:injury:lounge", "corrective", "deck")
    assert (at_lounge.severity, at_lounge.due, at_lounge.evidence) == ("injury", date(2026, 4, 14), "2026Q1: 1 record shows it.")
    assert (nowhere.finding, nowhere.owner, nowhere.touchpoints) == ("severe:injury:", "desk", ())
    assert "at no known touchpoint" in nowhere.title


def test_a_severe_case_after_what_was_done_about_the_last_asks_for_another_follow_up() -> None:
    (first,) = decide(house=GRADED, severe={("injury", "lounge"): 1})
    after = decide(carried=[done(first)], house=GRADED, severe={("injury", "lounge"): 1}, cycle="2026Q2", as_of=LATER)
    assert sorted(one.status for one in after) == ["done", "proposed"]
    third = decide(carried=after, house=GRADED, severe={("injury", "lounge"): 3}, cycle="2026Q3", as_of=LATER)
    assert [(one.status, one.times_seen) for one in third if one.status == "proposed"] == [("proposed", 2)]


def test_a_finding_touches_the_customers_of_its_records_and_is_as_grave_as_the_gravest() -> None:
    keys = {"source": "cases", "record_id": ["1", "2", "3", "4"]}
    records = pd.DataFrame(
        keys
        | {
            "customer_id": ["ann", "ann", None, None],
            "touchpoint": ["lounge", "lounge", None, "site"],
            "severity": ["anger", "", "injury", ""],
        }
    )
    outcomes = pd.DataFrame(
        {
            "source": "cases",
            "record_id": ["1", "1", "2", "3", "4", "4"],
            "standard": ["heard", "heard", "heard", "heard", "heard", "kept"],
            "place": ["all", "all", "all", "all", "all", "site"],
            "outcome": ["missed", "missed", "missed", "missed", "met", "missed"],
        }
    )
    assigned = pd.DataFrame(keys | {"cause_id": ["2026Q1-01", "2026Q1-01", "", "2026Q1-02"]})
    found = touched(records, outcomes, assigned, assigned.loc[[3]], GRADED)
    assert found.customers == {  # ann is one, and each of two who are not known is another
        "standard:heard:all": 2,
        "standard:kept:site": 1,
        "cause:2026Q1-01": 1,
        "cause:2026Q1-02": 1,
        "severe:injury:": 1,
        "praise:2026Q1-02": 1,
    }
    grave = {finding: severity for finding, severity in found.severities.items() if severity}
    assert grave == {"standard:heard:all": "injury", "cause:2026Q1-01": "anger", "severe:injury:": "injury"}


def test_a_quarter_without_records_touches_nobody() -> None:
    empty = pd.DataFrame(columns=["source", "record_id", "touchpoint", "severity"], dtype="str")
    outcomes = pd.DataFrame(columns=["source", "record_id", "standard", "place", "outcome"], dtype="str")
    found = touched(empty, outcomes, pd.DataFrame(columns=["source", "record_id", "cause_id"], dtype="str"), None, GRADED)
    assert (found.severities, found.customers) == ({}, {})


# beyond what went wrong


QUIET = programme(rules={"biggest_causes": 0, "due_in_working_days": 10})


def after_fix(left: Cause, fixed: FollowUp, house: Programme = QUIET) -> tuple[FollowUp, ...]:
    return decide(causes=[left], carried=[fixed], house=house, cycle="2026Q2", as_of=LATER)


def test_what_was_fixed_in_one_place_is_prevented_where_most_of_it_is_left() -> None:
    (one,) = of(after_fix(cause(1, 20, ("counter", 0.4), ("lounge", 0.35), ("site", 0.25)), fixed_cause()), "preventive")
    assert (one.title, one.owner) == ("Prevent “Cause 1” at The lounge", "deck")
    assert (one.finding, one.touchpoints) == ("prevent:2026Q1-01:lounge", ("lounge",))
    assert (one.evidence, one.customers) == ("2026Q2: 7 of its 20 records, where nothing was done yet.", 7)


def test_nothing_is_prevented_where_too_few_say_so_or_where_the_cause_itself_is_asked_about() -> None:
    assert of(after_fix(cause(1, 20, ("counter", 0.8), ("lounge", 0.2)), fixed_cause()), "preventive") == []  # four records
    again = after_fix(cause(1, 20, ("counter", 0.5), ("lounge", 0.5)), fixed_cause(), HOUSE)
    assert of(again, "preventive") == []
    assert [one.touchpoints for one in again if one.status == "proposed" and one.kind == "corrective"] == [("counter", "lounge")]


def test_what_was_fixed_and_is_left_in_one_region_is_prevented_there() -> None:
    slices = [
        CauseSlice(dimension=name, value=value, records=9, share=0.45, elsewhere_share=0.1, p=0.001)
        for name, value in (("channel", "app"), ("home_port", "North"))
    ]
    (one,) = of(after_fix(cause(1, 20, ("counter", 1.0), slices=slices), fixed_cause()), "preventive")
    assert one.title == "Prevent “Cause 1” at The counter where home port is North"
    assert one.evidence == "2026Q2: 9 of its 20 records are there (45.0%; of all others 10.0%)."
    by_channel = cause(1, 20, ("counter", 1.0), slices=slices[:1])
    assert of(after_fix(by_channel, fixed_cause()), "preventive") == []


def test_a_fix_that_worked_becomes_the_way_of_working_once() -> None:
    fixed = fixed_cause()
    after = after_fix(cause(1, 20, ("counter", 1.0)), fixed)
    (one,) = of(after, "training")
    assert one.title == "Make what worked the way of working, and train it: find and remove the root of “Cause 1”"
    assert (one.finding, one.owner, one.departments) == (f"train:{fixed.id}", fixed.owner, fixed.departments)
    assert len(of(decide(carried=after, house=QUIET, cycle="2026Q3", as_of=LATER), "training")) == 1


@pytest.mark.parametrize(("verdict", "status"), [("no_effect", "reopened"), ("cannot_tell", "abandoned")])
def test_a_fix_that_was_not_shown_to_work_is_neither_trained_nor_carried_elsewhere(verdict: EffectVerdict, status: FollowUpStatus) -> None:
    after = after_fix(cause(1, 20, ("lounge", 1.0)), fixed_cause(verdict, status))
    assert [one.kind for one in after] == ["corrective"]


def test_a_fix_that_was_verified_in_an_earlier_cycle_asks_for_nothing_more() -> None:
    after = decide(causes=[cause(1, 20, ("lounge", 1.0))], carried=[fixed_cause()], house=QUIET, cycle="2026Q3", as_of=LATER)
    assert [one.kind for one in after] == ["corrective"]


def test_what_most_customers_praise_is_kept_one_a_cycle() -> None:
    praise = [cause(7, 6, ("site", 1.0)), cause(8, 9, ("lounge", 0.7), ("site", 0.3))]
    (one,) = first = decide(praise=praise)
    assert (one.kind, one.title) == ("sustaining", "Keep what customers praise: “Cause 8” at The lounge")
    assert (one.finding, one.owner, one.customers) == ("praise:2026Q1-08", "deck", 9)
    (again,) = decide(praise=praise, carried=first, cycle="2026Q2", as_of=LATER)
    assert (again.id, again.times_seen) == (one.id, 2)
    assert decide(praise=[cause(7, 4, ("site", 1.0))]) == ()  # fewer than five customers
    assert decide(praise=[cause(7, 5)])[0].title == "Keep what customers praise: “Cause 7”"


findings = st.lists(st.sampled_from(["heard", "seen", "wifi", "kept"]), unique=True)


@settings(max_examples=40, deadline=None)
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


lives = st.sampled_from(["nothing", "done", "verified", "reopened", "abandoned"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(findings, lives), min_size=1, max_size=6))
def test_whatever_becomes_of_follow_ups_none_is_lost_and_no_finding_has_two_that_are_open_or_to_be_judged(
    cycles: list[tuple[list[str], str]],
) -> None:
    carried: tuple[FollowUp, ...] = ()
    for number, (names, life) in enumerate(cycles):
        cycle, before = f"20{26 + number}Q1", {one.id for one in carried}
        moved = [_lived(one, life, cycle) if one.status in (*OPEN_STATUSES, "done") else one for one in carried]
        carried = decide([result(name) for name in names], carried=moved, cycle=cycle, as_of=AS_OF + timedelta(days=365 * number))
        ids = [one.id for one in carried]
        assert before <= set(ids)
        assert len(ids) == len(set(ids))
        live = [one.finding for one in carried if one.status in (*OPEN_STATUSES, "done")]
        assert len(live) == len(set(live))
        assert {f"standard:{name}:counter" for name in names} <= set(live)
        finished = {one.model_copy(update={"is_overdue": False}) for one in moved if one.status in ("verified", "abandoned")}
        assert finished <= set(carried)


def _lived(one: FollowUp, life: str, cycle: str) -> FollowUp:
    at = max([AS_OF, *(change.at for change in one.changes)]) + timedelta(days=1)
    if life == "nothing":
        return one
    claimed = one if one.status == "done" else done(one, at)
    if life == "done":
        return claimed
    judged = claimed.model_copy(update={"effect": Effect(verdict="worked" if life == "verified" else "no_effect", cycle=cycle)})
    return with_changes(judged, [check_change(cycle, at + timedelta(days=1), life, "")])  # type: ignore[arg-type]
