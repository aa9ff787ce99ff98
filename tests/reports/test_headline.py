from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reports.headline import headline
from tasks.results import Cause, Compliance, CycleSummary, FollowUp, Resolutions, Verdict
from tests.reports.samples import CAUSES, FOLLOW_UPS, STANDARDS


def test_the_headline_names_verdicts_the_worst_standard_the_biggest_cause_and_what_is_open(summary: CycleSummary) -> None:
    assert headline(summary.standards, summary.causes, summary.follow_ups) == (
        "Of 13 standards, 4 were met, 4 are uncertain, 2 had too few cases and 3 were not met, furthest below its target"
        " “Visible leaks repaired within 5 working days” (51.3 % against 80.0 %); the biggest cause is"
        " “Leak repair postponed again” with 15.6 % of what customers wrote; 4 follow-ups are open."
    )


def test_a_quarter_with_nothing_still_gets_a_sentence() -> None:
    assert headline((), (), ()) == "No standard is set; no cause was found in what customers wrote; no follow-up is open."


def test_one_of_a_thing_is_written_in_the_singular() -> None:
    met = next(row for row in STANDARDS if row.verdict == "met")
    assert headline((met,), (), FOLLOW_UPS[:1]) == (
        "Of 1 standard, 1 was met; no cause was found in what customers wrote; 1 follow-up is open."
    )


def test_a_cause_that_is_gone_is_never_the_biggest() -> None:
    gone = tuple(cause for cause in CAUSES if not cause.size)
    assert "no cause was found" in headline((), gone, ())


def test_a_follow_up_that_is_verified_is_not_open() -> None:
    verified = tuple(one for one in FOLLOW_UPS if one.status == "verified")
    assert headline((), (), verified).endswith("no follow-up is open.")


def test_a_title_with_a_line_break_leaves_the_headline_on_one_line() -> None:
    missed = next(row for row in STANDARDS if row.verdict == "not_met").model_copy(update={"title": "On\r\ntime\u202e"})
    assert "“On time”" in headline((missed,), (), ())


def test_where_something_was_declared_solved_one_clause_says_what_holds() -> None:
    assert headline((), (), (), Resolutions(claimed=5, shown=2, refuted=1, open_question=2)) == (
        "No standard is set; no cause was found in what customers wrote; no follow-up is open;"
        " of 5 declared solved, 2 are shown to have worked, 1 did not hold and 2 cannot be told yet."
    )
    assert headline((), (), (), Resolutions()) == headline((), (), ())


@given(st.lists(st.sampled_from(STANDARDS)), st.lists(st.sampled_from(CAUSES)), st.lists(st.sampled_from(FOLLOW_UPS)))
def test_whatever_the_quarter_holds_its_headline_is_one_sentence(
    standards: list[Compliance], causes: list[Cause], follow_ups: list[FollowUp]
) -> None:
    sentence = headline(standards, causes, follow_ups)
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "None" not in sentence


@given(st.lists(st.sampled_from(["met", "not_met", "uncertain", "too_few"]), min_size=1))
def test_the_verdicts_in_the_headline_add_up_to_the_standards(verdicts: list[Verdict]) -> None:
    rows = [STANDARDS[0].model_copy(update={"verdict": verdict}) for verdict in verdicts]
    clause = headline(rows, (), ()).partition(";")[0].partition("furthest")[0]
    numbers = [int(word) for word in clause.replace(",", "").split() if word.isdigit()]
    assert numbers[0] == sum(numbers[1:]) == len(verdicts)
