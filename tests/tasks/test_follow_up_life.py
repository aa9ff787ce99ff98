"""A follow-up is what its changes make of it, and people may say what was done, not whether it worked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InputError
from tasks.follow_ups import as_known_at, check_change, is_known, person_change, with_changes
from tasks.follow_ups.saying import change_said, without_contacts
from tasks.results import FollowUp, FollowUpChange

ONE = "fu-0123456789"
NEW = FollowUp(
    id=ONE,
    finding="standard:on-time:counter",
    kind="corrective",
    status="proposed",
    title="Keep the standard",
    opened_in="2026Q1",
    last_seen_in="2026Q1",
    times_seen=1,
    stages=("book",),
    touchpoints=("counter",),
    owner="desk",
    departments=("desk",),
    due=date(2026, 5, 11),
    evidence="2026Q1: 40 of 60 kept",
)


def day(number: int, hour: int = 9) -> datetime:
    return datetime(2026, 4, 1, hour, tzinfo=UTC) + timedelta(days=number)


def said(number: int, by: str = "Ann", **parts: Any) -> FollowUpChange:
    return FollowUpChange(at=day(number), by=by, **parts)


def lived(*changes: FollowUpChange) -> FollowUp:
    """A follow-up of which people said this, one after the other."""
    follow_up = NEW
    for change in changes:
        follow_up = with_changes(follow_up, [change]) if change.cycle else person_change(follow_up, change)
    return follow_up


ACCEPTED = said(1, status="accepted", effort_person_weeks=3.0, predicted_change=0.05)
BEGUN = said(2, "Bob", status="in_progress", root_cause=("late shifts", "no roster"))
DONE = said(3, "Bob", status="done", evidence="ticket 42")
REOPENED = check_change("2026Q2", day(100), "reopened", "no effect")
DONE_AGAIN = said(120, "Bob", status="done", evidence="ticket 77")
VERIFIED = check_change("2026Q3", day(200), "verified", "worked")


def test_a_whole_life_is_what_its_changes_say() -> None:
    whole = lived(ACCEPTED, BEGUN, DONE, REOPENED, DONE_AGAIN, VERIFIED)
    assert whole.changes == (ACCEPTED, BEGUN, DONE, REOPENED, DONE_AGAIN, VERIFIED)
    assert (whole.status, whole.done_at, whole.times_refuted) == ("verified", day(120), 1)
    assert (whole.effort_person_weeks, whole.predicted_change, whole.root_cause) == (3.0, 0.05, ("late shifts", "no roster"))
    assert (whole.title, whole.due, whole.kind) == (NEW.title, NEW.due, "corrective")


@pytest.mark.parametrize(
    ("when", "status", "done_at", "times_refuted"),
    [
        (0, "proposed", None, 0),
        (2, "in_progress", None, 0),
        (3, "done", day(3), 0),
        (100, "reopened", day(3), 1),
        (199, "done", day(120), 1),
        (200, "verified", day(120), 1),
    ],
)
def test_at_an_instant_only_what_was_said_until_then_is_known(when: int, status: str, done_at: datetime | None, times_refuted: int) -> None:
    then = as_known_at(lived(ACCEPTED, BEGUN, DONE, REOPENED, DONE_AGAIN, VERIFIED), day(when))
    assert (then.status, then.done_at, then.times_refuted) == (status, done_at, times_refuted)


def test_what_an_earlier_version_kept_without_changes_keeps_its_status_through_what_is_told_later() -> None:
    old = lived().model_copy(update={"status": "accepted"})
    noted = with_changes(old, [said(5, note="a word")])
    assert (noted.status, with_changes(noted, ()).status, as_known_at(old, day(1)).status) == ("accepted",) * 3


def test_before_it_became_a_training_it_is_known_as_corrective() -> None:
    training = lived(said(1, kind="training"))
    assert training.kind == "training"
    assert as_known_at(training, day(0)).kind == "corrective"
    assert as_known_at(training, day(1)) == training


def test_a_claim_that_is_withdrawn_is_no_claim_and_an_earlier_one_stands() -> None:
    withdrawn = said(4, status="in_progress")
    assert lived(DONE, withdrawn).done_at is None
    assert lived(DONE, REOPENED, DONE_AGAIN, said(130, status="in_progress")).done_at == day(3)


def test_a_prediction_after_the_fact_is_none_and_one_for_another_attempt_counts() -> None:
    late = with_changes(lived(ACCEPTED, DONE), [said(5, predicted_change=0.2)])
    assert late.predicted_change == 0.05
    assert with_changes(lived(DONE, REOPENED), [said(110, predicted_change=0.1)]).predicted_change == 0.1


def test_what_a_source_says_against_the_rules_is_kept_as_said_and_changes_no_status() -> None:
    unproven = with_changes(NEW, [said(1, status="done")])
    assert (unproven.status, unproven.done_at, len(unproven.changes)) == ("proposed", None, 1)
    closed = with_changes(lived(DONE, VERIFIED), [said(210, status="in_progress")])
    assert (closed.status, closed.done_at) == ("verified", day(3))
    assert with_changes(lived(DONE), [said(4, status="verified")]).status == "done"
    assert with_changes(lived(DONE), [said(4, "Check", status="reopened")]).times_refuted == 0  # signed so, but from no cycle


def test_the_same_told_by_two_sources_is_there_once() -> None:
    twice = with_changes(NEW, [DONE.model_copy(update={"origin": origin}) for origin in ("source tracker", "file updates.csv")])
    assert [change.origin for change in twice.changes] == ["file updates.csv"]
    in_berlin = DONE.model_copy(update={"at": DONE.at.astimezone(timezone(timedelta(hours=2)))})
    assert with_changes(lived(DONE), [in_berlin]) == lived(DONE)
    assert is_known(lived(DONE), in_berlin)
    assert not is_known(lived(DONE), said(3, status="done", evidence="ticket 42"))  # Ann said so too


@pytest.mark.parametrize(
    ("before", "change", "problem"),
    [
        ((), said(1, " ", status="accepted"), "a change needs the name of the person who makes it"),
        (
            (),
            said(1, "check", status="accepted"),
            "'check' is what a cycle's Check signs with; give the name of the person who makes the change",
        ),
        ((), said(1, status="verified"), "only a cycle's Check can say verified; a person says accepted, in_progress or done"),
        ((DONE,), said(4, status="reopened"), "only a cycle's Check can say reopened; a person says accepted, in_progress or done"),
        ((), said(1, status="abandoned"), "abandoning it is a decision and no update; leave the status out, and have it decided"),
        ((), said(1, kind="sustaining"), "a person can make it a training and nothing else, not sustaining"),
        ((said(1, kind="training"),), said(2, kind="training"), "it is training; only what is corrective becomes a training"),
        (
            (DONE, VERIFIED),
            said(210, note="still good"),
            "it is verified: Check said so at 2026-10-18 09:00:00 UTC; only a cycle's Check can open it again",
        ),
        ((), said(1, status="done", evidence=" \n"), "what is done needs evidence that it is: a link, a number, a document"),
        (
            (ACCEPTED, BEGUN),
            said(1, status="accepted"),
            "2026-04-02 09:00:00 UTC is a step back in time: Bob said in_progress at 2026-04-03 09:00:00 UTC; give a later time",
        ),
        (
            (ACCEPTED,),
            said(1, "Zoe", status="accepted"),
            "it is already accepted: Ann said so at 2026-04-02 09:00:00 UTC; to add evidence or a note leave the status out",
        ),
        ((DONE,), said(4, status="accepted"), "it is done: Bob said so at 2026-04-04 09:00:00 UTC; a claim is withdrawn by in_progress"),
        (
            (DONE,),
            said(4, predicted_change=0.2),
            "it is declared done, and a prediction after the fact is none; leave the predicted change out",
        ),
        (
            (),
            said(4, status="done", evidence="x", predicted_change=0.2),
            "it is declared done, and a prediction after the fact is none; leave the predicted change out",
        ),
        ((), said(1), "the change says nothing: give a status, evidence, a note, or a figure"),
        ((ACCEPTED,), said(2, effort_person_weeks=3.0), "the change says what is already so"),
    ],
)
def test_what_a_person_may_not_say_is_refused_in_one_sentence(
    before: tuple[FollowUpChange, ...], change: FollowUpChange, problem: str
) -> None:
    with pytest.raises(InputError) as refusal:
        person_change(lived(*before), change)
    assert str(refusal.value) == f"{ONE}: {problem}."


def test_an_abandoned_one_is_taken_up_again_by_a_decision_alone() -> None:
    abandoned = with_changes(NEW, [said(1, "Chair", status="abandoned")])
    with pytest.raises(InputError, match=r"it is abandoned: Chair said so .+; only another decision can take it up again\.$"):
        person_change(abandoned, said(2, status="accepted"))


def test_straight_from_proposed_or_reopened_to_done_and_back_is_allowed() -> None:
    assert lived(DONE).status == "done"
    assert lived(DONE, REOPENED, DONE_AGAIN).status == "done"
    assert lived(DONE, said(4, status="in_progress")).status == "in_progress"
    assert lived(DONE, said(4, note="see also ticket 43", evidence="ticket 43")).status == "done"


def test_at_the_same_instant_what_is_later_in_a_life_comes_later() -> None:
    assert lived(said(1, "Zoe", status="accepted"), said(1, "Ann", status="done", evidence="x")).status == "done"


CHANGES = st.builds(
    FollowUpChange,
    at=st.integers(0, 6).map(day),
    by=st.sampled_from(["Ann", "Bob", "Check"]),
    status=st.sampled_from([None, "accepted", "in_progress", "done", "verified", "reopened", "abandoned"]),
    evidence=st.sampled_from(["", "ticket"]),
    origin=st.sampled_from(["command", "form"]),
    cycle=st.sampled_from(["", "2026Q2"]),
    kind=st.sampled_from([None, "training"]),
    effort_person_weeks=st.sampled_from([None, 1.0, 2.0]),
    predicted_change=st.sampled_from([None, 0.1, -0.1]),
    root_cause=st.sampled_from([(), ("a",), ("a", "b")]),
)


@given(st.lists(CHANGES, max_size=8), st.data())
def test_whatever_the_order_and_however_often_changes_are_given_the_result_is_the_same(
    changes: list[FollowUpChange], data: st.DataObject
) -> None:
    whole = with_changes(NEW, changes)
    shuffled = data.draw(st.permutations([*changes, *changes[:3]]))
    cut = data.draw(st.integers(0, len(shuffled)))
    assert with_changes(with_changes(NEW, shuffled[:cut]), shuffled[cut:]) == whole
    assert with_changes(whole, ()) == whole
    assert FollowUp.model_validate_json(whole.model_dump_json()) == whole


@given(st.lists(CHANGES, max_size=8), st.integers(-1, 7))
def test_as_known_at_an_instant_is_what_the_changes_until_then_make(changes: list[FollowUpChange], number: int) -> None:
    then = as_known_at(with_changes(NEW, changes), day(number))
    assert then == with_changes(NEW, [change for change in changes if change.at <= day(number)])


@given(st.lists(CHANGES, max_size=8))
def test_nobody_but_check_verifies_or_reopens_and_the_count_of_refutations_is_of_its_changes(changes: list[FollowUpChange]) -> None:
    whole = with_changes(NEW, changes)
    of_check = [change for change in whole.changes if change.by == "Check" and change.cycle]
    assert whole.times_refuted == sum(change.status == "reopened" for change in of_check)
    if whole.status in ("verified", "reopened"):
        assert any(change.status == whole.status for change in of_check)
    if whole.status == "done" and not any(change.status == "done" for change in of_check):
        assert any(change.status == "done" and change.evidence for change in whole.changes)
    assert (whole.status == "done") <= (whole.done_at is not None)


@given(st.lists(CHANGES, max_size=6), CHANGES)
def test_a_change_that_a_person_may_make_is_the_last_and_its_status_holds(changes: list[FollowUpChange], change: FollowUpChange) -> None:
    before = with_changes(NEW, changes)
    try:
        after = person_change(before, change)
    except InputError:
        return
    assert after.status == (change.status or before.status)
    assert after.changes == (*before.changes, change)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"effort_person_weeks": 0}, "an effort of 0 person-weeks is none; give a number above 0."),
        ({"effort_person_weeks": float("inf")}, "an effort of inf person-weeks is none; give a number above 0."),
        ({"predicted_change": 5.0}, "5.0 is no change of a share; give a number from -1 to 1, such as 0.05 for five points."),
        ({"predicted_change": float("nan")}, "nan is no change of a share; give a number from -1 to 1, such as 0.05 for five points."),
        ({"status": "fixed"}, "'fixed' is no status; write accepted, in_progress or done."),
        ({"kind": "party"}, "'party' is no kind; a person can make a follow-up a training."),
        ({"root_cause": tuple("abcdef")}, "five whys are the most that are asked; leave some out."),
    ],
)
def test_a_figure_or_a_word_that_cannot_be_one_is_refused_in_one_sentence(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        change_said(day(1), "Ann", "command", **given)
    assert str(refusal.value) == sentence


def test_what_is_said_is_stripped_and_in_utc() -> None:
    change = change_said(datetime.fromisoformat("2026-04-02T11:00+02:00"), " Ann ", "form", note=" soon ", root_cause=("a ", " ", "b"))
    assert change == FollowUpChange(at=day(1), by="Ann", origin="form", note="soon", root_cause=("a", "b"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("call 020 7946 0958 or ann@shop.example", "call [phone] or [email]"),
        ("TEL-02079460958", "TEL-[phone]"),
        (
            "fax 020 7946 0958, see https://jira.shop.example/browse/SHOP-4412345678",
            "fax [phone], see https://jira.shop.example/browse/SHOP-4412345678",
        ),
        ("https://shop.example/reset?user=ann@shop.example", "https://shop.example/reset?user=[email]"),
        ("SHOP-2026041234 (Fixed), CHG0030192, fu-7973288899", "SHOP-2026041234 (Fixed), CHG0030192, fu-7973288899"),
        ("done on 2026-04-20", "done on 2026-04-20"),
    ],
)
def test_nobody_is_reached_by_what_is_stored_and_evidence_can_still_be_looked_up(text: str, kept: str) -> None:
    assert without_contacts(text, "GB") == kept
    assert without_contacts(kept, "GB") == kept
