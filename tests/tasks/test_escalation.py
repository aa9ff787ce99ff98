"""Escalation: what goes to leadership, why, and what is to be talked about."""

from __future__ import annotations

from typing import Any

from config.programme import Programme
from tasks.escalation import escalations
from tasks.follow_ups.life import with_changes
from tasks.results import Cause, Effect, EscalationCase, FollowUp, FollowUpChange, Quote
from tests.programmes import programme
from tests.tasks.opening import AS_OF, GRADES, cause, decide, done, result, settled

HOUSE = programme(severities=GRADES, rules={"biggest_causes": 3})
SHARED = (("counter", 0.6), ("lounge", 0.4))
QUOTED = {"quotes": (Quote(record_id="1", text="My card was swallowed."),)}


def escalated(
    follow_ups: Any = (), causes: Any = (), severe: Any = None, house: Programme = HOUSE, cycle: str = "2026Q1"
) -> tuple[EscalationCase, ...]:
    return escalations(follow_ups, causes, severe or {}, house, cycle)


def repeated(number: int = 1, quarters: int = 2, **parts: Any) -> Cause:
    return cause(number, 40, *SHARED, quarters_in_row=quarters, **parts)


def failed(times: int, **parts: Any) -> FollowUp:
    (one,) = decide([result("heard")])
    effect = Effect(verdict="no_effect", cycle="2026Q2", change=0.01, low=-0.02, high=0.04)
    return settled(one, "reopened").model_copy(update={"times_refuted": times, "effect": effect} | parts)


def test_the_same_cause_two_quarters_running_goes_to_leadership_where_it_asks_for_a_follow_up() -> None:
    (one,) = escalated(decide(causes=[repeated()]), [repeated()])
    assert (one.finding, one.title, one.reason) == ("cause:2026Q1-01", "“Cause 1”", "the same cause 2 quarters running")
    assert (one.owner, one.departments) == ("desk", ("desk", "deck", "web"))
    assert escalated(decide(causes=[repeated(quarters=1)]), [repeated(quarters=1)]) == ()
    assert escalated((), [repeated()]) == ()
    assert escalated(decide(causes=[repeated()]), [repeated()], cycle="2026Q2") == ()  # nothing asked for one in that cycle


def test_how_many_quarters_and_failed_fixes_it_takes_is_the_programmes_own_rule() -> None:
    strict = programme(severities=GRADES, escalation={"quarters_in_row": 3, "failed_fixes": 1})
    assert escalated(decide(causes=[repeated()]), [repeated()], house=strict) == ()
    assert len(escalated(decide(causes=[repeated(quarters=3)]), [repeated(quarters=3)], house=strict)) == 1
    (one,) = escalated([failed(1)], house=strict)
    assert one.reason == "what was done was shown once not to hold"
    assert escalated([failed(1)]) == ()


def test_a_fix_that_failed_twice_goes_to_leadership_until_it_is_done_again() -> None:
    (one,) = escalated([failed(2)])
    assert (one.finding, one.reason) == ("standard:heard:counter", "what was done was shown 2 times not to hold")
    assert (one.title, one.follow_up) == ("Keep the standard “Heard” at The counter", failed(2).id)
    assert escalated([failed(2, status="done")]) == ()
    assert escalated([failed(2, status="verified")]) == ()


def test_a_severe_single_case_goes_to_leadership_and_the_gravest_first() -> None:
    severe = {("anger", "site"): 2, ("injury", "lounge"): 1, ("injury", "site"): 0}
    first, second = escalated(decide(house=HOUSE, severe=severe), severe=severe)
    assert (first.finding, first.title, first.owner) == ("severe:injury:lounge", "“Injury” at The lounge", "deck")
    assert (first.reason, second.reason) == ("1 severe case in one quarter: “Injury”", "2 severe cases in one quarter: “Anger”")
    assert first.follow_up.startswith("fu-")
    (alone,) = escalated(severe={("injury", ""): 1})
    assert (alone.title, alone.owner, alone.departments, alone.follow_up) == ("“Injury” at no known touchpoint", "desk", ("desk",), "")


def test_there_is_one_case_a_finding_with_all_its_reasons_and_their_order_is_fixed() -> None:
    causes = [repeated(2), repeated(1)]
    follow_ups = [one.model_copy(update={"times_refuted": 2}) if one.finding.endswith("2") else one for one in decide(causes=causes)]
    severe = {("injury", "site"): 1}
    cases = escalated(follow_ups, causes, severe)
    assert [one.finding for one in cases] == ["severe:injury:site", "cause:2026Q1-02", "cause:2026Q1-01"]
    assert cases[1].reason == "what was done was shown 2 times not to hold; the same cause 2 quarters running"
    assert escalated(follow_ups[::-1], causes[::-1], severe) == cases


def test_the_agenda_of_a_cause_names_figures_time_trials_departments_words_and_what_is_to_be_decided() -> None:
    (one,) = escalated(decide(causes=[repeated(**QUOTED)]), [repeated(**QUOTED)])
    assert one.agenda == (
        "What keeps happening: Cause 1: 40 records (10.0% of those with a text, 95 % interval 8.0% to 12.0%).",
        "Since when: first seen in 2026Q1, 2 quarters running.",
        "What was tried: nothing was declared done yet; the follow-up is proposed.",
        "Who shares it: Ticket desk answers for it, with Deck crew, Web team.",
        "To decide: what money or people it takes, whether its owner can do it alone, whether the standard is right, or to stop.",
    )
    assert one.quote is not None
    assert one.quote.text == "My card was swallowed."


def test_the_agenda_of_a_fix_that_failed_tells_what_was_tried_and_what_came_of_it() -> None:
    (one,) = escalated([failed(2)])
    assert one.agenda[1:3] == (
        "Since when: 2026Q1.",
        "What was tried: 2026-04-13: minutes of the meeting, shown not to hold 2 times; no effect (+1.0 points, 95 % interval -2.0 to +4.0).",
    )
    assert one.agenda[0].startswith("What keeps happening: 2026Q1: 30 of 50 kept")
    assert one.agenda[-1] == "To decide: another owner, more money or people, another standard, or to stop trying."


def test_what_a_person_wrote_at_length_is_shortened() -> None:
    (one,) = decide([result("heard")])
    wordy = with_changes(one, [FollowUpChange(at=AS_OF, by="J. Doe", status="done", evidence="word " * 100)])
    (case,) = escalated([wordy.model_copy(update={"status": "reopened", "times_refuted": 2})])
    assert case.agenda[2].endswith("word …, shown not to hold 2 times; not judged yet.")
    assert len(case.agenda[2]) < 200


def test_the_agenda_of_a_severe_case_is_short_and_asks_whether_it_is_safe_to_go_on() -> None:
    severe = {("injury", "lounge"): 1}
    first = decide(house=HOUSE, severe=severe)
    (one,) = escalated(decide(house=HOUSE, severe=severe, carried=first, cycle="2026Q2"), severe=severe, cycle="2026Q2")
    assert one.agenda == (
        "What keeps happening: 1 record of “Injury” at The lounge in 2026Q2.",
        "Since when: 2026Q1; seen in 2 cycles.",
        "What was tried: nothing was declared done yet; the follow-up is proposed.",
        "Who shares it: Deck crew answers for it, with Ticket desk.",
        "To decide: whether it goes on before it is safe, what money that takes, who owns it, which standard is to prevent it.",
    )
    (unknown,) = escalated(severe=severe)
    assert unknown.agenda[2] == "What was tried: nothing yet."


def test_a_case_done_and_waiting_for_its_verdict_says_so() -> None:
    (first,) = decide(causes=[repeated()])
    (one,) = escalated([done(first)], [repeated()])
    assert one.agenda[2] == "What was tried: 2026-04-13: minutes of the meeting; not judged yet."
