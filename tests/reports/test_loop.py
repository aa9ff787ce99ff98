"""The loop on the page: what the last report promised and what came of it, what to do first, what is to be decided."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

import pytest

from reports import formats, words
from reports.loop import arrange_loop, choices, decide_command, update_command
from reports.page import render_report
from tasks.results import (
    CycleSummary,
    DecisionKind,
    EffectVerdict,
    FollowUpStatus,
    Loop,
    MadeWhen,
    PredictionScore,
    Resolutions,
)
from tests.reports import sample_loop, samples
from tests.reports.markup import Page, plain, read
from tests.reports.test_page import HOSTILE

SECTIONS = ("since", "leadership", "first", "decisions", "ahead")


@pytest.fixture(scope="module")
def page() -> Page:
    return read(render_report(sample_loop.SUMMARY))


def looped(**changes: object) -> Page:
    """Return the page of the plain sample with a loop of these parts alone."""
    return read(render_report(samples.SUMMARY.model_copy(update={"loop": Loop().model_copy(update=changes)})))


def shown(page: Page, name: str) -> str:
    return plain(page.by_id(name).text)


# where it stands


def test_the_report_begins_with_what_came_of_the_last_one_and_goes_on_in_the_order_of_the_loop(page: Page) -> None:
    names = [section.attributes.get("id", section.attributes.get("aria-labelledby")) for section in page.all("section")]
    assert names[:7] == ["short", "since", "glance-title", "leadership", "first", "decisions", "ahead"]


def test_headings_still_descend_without_a_gap_and_every_table_has_a_caption(page: Page) -> None:
    levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.all("table")) == len(page.all("caption"))


def test_every_link_inside_the_page_leads_somewhere_and_every_place_is_there_once(page: Page) -> None:
    places = page.values("id")
    assert len(places) == len(set(places))
    assert not [link for link in page.values("href") if link.startswith("#") and link[1:] not in places]


def test_a_summary_without_a_loop_says_in_one_line_that_nothing_was_promised_and_has_no_further_section(summary: CycleSummary) -> None:
    page = read(render_report(summary))
    assert shown(page, "since") == "No earlier report asked or promised anything that could be looked back on."
    assert not set(SECTIONS[1:]) & set(page.values("id"))
    assert "declared solved" not in page.text
    assert {"Whether what was done worked", "Promises", "What to do first"}.isdisjoint(plain(one.text) for one in page.all("h2", "h3"))


def test_one_part_of_the_loop_brings_its_own_section_and_no_other() -> None:
    loop = sample_loop.LOOP
    for part, section in (
        ("escalations", "leadership"),
        ("priorities", "first"),
        ("plan", "first"),
        ("decisions", "decisions"),
        ("promises", "ahead"),
    ):
        found = set(looped(**{part: getattr(loop, part)}).values("id")) & set(SECTIONS)
        assert found == {"since", section}, part


# claimed against true


def test_the_first_screen_sets_claimed_against_true_resolutions(page: Page) -> None:
    assert [plain(tile.text) for tile in page.all("li") if tile.attributes.get("class") == "claim"] == [
        "6 declared solved",
        "2 shown to have worked",
        "2 did not hold",
        "1 cannot be told yet",
        "1 not judged yet",
    ]
    assert (
        "Declared solved, and still happening: Stop postponed leak repairs at their source; Keep the promised date. "
        in f"{shown(page, 'since')} "
    )


def test_the_tiles_are_told_to_a_screen_reader_as_one_sentence(page: Page) -> None:
    assert "Of 6 declared solved, 2 are shown to have worked, 2 did not hold, 1 cannot be told yet and 1 is not judged yet." in shown(
        page, "since"
    )


def test_of_many_that_still_happen_five_are_named_and_the_rest_are_counted() -> None:
    many = looped(resolutions=Resolutions(claimed=9, refuted=9, still_happening=tuple(f"Task {n}" for n in range(9))))
    assert "Task 0; Task 1; Task 2; Task 3; Task 4; and 4 more." in shown(many, "since")


# what came of the last report


def test_every_follow_up_of_the_last_report_is_told_once_the_bad_news_first(page: Page) -> None:
    since = shown(page, "since")
    places = [since.index(one.title, since.index("What was asked")) for one in arrange_loop(sample_loop.SUMMARY).news]
    assert places == sorted(places)
    assert all(since.count(one.title) >= 1 for one in sample_loop.LOOP.carried_on)
    assert [one.now for one in arrange_loop(sample_loop.SUMMARY).news] == [
        "reopened",
        "reopened",
        "verified",
        "done",
        "in_progress",
        "abandoned",
    ]
    assert "2 more, and 1 that did not move" in since
    assert "Print the meter's number on the bill Billing still proposed" in since


def test_a_follow_up_that_moved_says_from_where_to_where_and_what_the_data_say(page: Page) -> None:
    assert "Stop postponed leak repairs at their source no effect Networks declared done → reopened" in shown(page, "since")


def test_every_promise_is_shown_with_the_figures_of_the_result_and_the_word_of_its_score(page: Page) -> None:
    since = shown(page, "since")
    for one in sample_loop.LOOP.kept:
        said = [one.promise.title, words.PREDICTIONS[one.score].word, formats.change(one.promise.predicted_change), one.promise.why]
        if one.change is not None:
            said += [formats.change(one.change), formats.change_range(one.low, one.high), formats.share(one.share)]
        assert [text for text in said if text not in since] == []
    assert "promised +8.0 points, came −12.8 points (95 % interval −18.3 to −7.2); now 51.3 % target 72.0 % not reached" in since
    assert "promised +1.0 points, came +1.2 points (95 % interval −2.2 to +4.6); now 94.0 % target 93.0 % reached" in since
    assert "promised −3.0 points of texts, came −4.7 points" in since


def test_a_promise_that_was_made_afterwards_or_replayed_is_marked(page: Page) -> None:
    since = shown(page, "since")
    assert "made afterwards: its quarter had begun when it was stored, so that it predicts nothing." in since
    assert "replayed: the cycle was run later, as of a day before its quarter." in since
    assert "promised beforehand" not in since


# leadership


def test_leadership_reads_why_who_and_the_agenda(page: Page) -> None:
    section = shown(page, "leadership")
    for one in sample_loop.LOOP.escalations:
        assert all(text in section for text in (one.title, one.reason, *one.agenda))
    assert "Accountable Networks At the table Customer Care and Digital Services Follow-up Stop postponed leak repairs" in section
    assert "#cause-2025Q1-01" in page.values("href")


# what first


def test_every_priority_shows_the_figures_of_the_result(page: Page) -> None:
    rows = [plain(row.text) for row in page.all("tr")]
    for one in sample_loop.LOOP.priorities:
        row = next(row for row in rows if row.startswith(f"{one.rank} {one.rank_low} to {one.rank_high}"))
        said = (
            f"{one.customers:,}",
            formats.change(one.effect),
            formats.change_range(one.effect_low, one.effect_high),
            f"{one.effort_person_weeks:.1f} person-week",
            f"{one.value:,.1f} customers",
        )
        assert [text for text in said if text not in row] == []
        assert ("too close to call" in row) == one.is_too_close
        assert ("nobody has estimated it" in row) == one.is_effort_assumed
    section = shown(page, "first")
    assert all(text in section for text in ("as shown in the data", "as its owner predicts", "assumed: nobody has predicted it"))


def test_of_many_priorities_ten_are_in_the_table_and_the_rest_are_folded_away() -> None:
    one = sample_loop.LOOP.priorities[0]
    many = tuple(one.model_copy(update={"follow_up": f"fu-{n}", "rank": n, "rank_high": 13}) for n in range(1, 14))
    section = looped(priorities=many).by_id("first")
    assert "3 more follow-ups, of less gain" in plain(section.text)
    assert "13. fu-13 8.5 customers for each person-week" in plain(section.text)


def test_the_plan_says_what_fits_what_comes_second_and_what_one_more_week_would_buy(page: Page) -> None:
    section = shown(page, "first")
    assert "Together these serve 38.5 customers more a quarter" in section
    assert "Networks 3.0 person-weeks 8.0 person-weeks 6.4 customers more a quarter Bring leak repairs back" in section
    assert "Digital Services 2.0 person-weeks 2.0 person-weeks nothing more" in section
    assert (
        "The second best choice serves 36.2 customers: it leaves out Stop postponed leak repairs at their source and takes in"
        " Bring leak repairs back to 80 % within 5 working days."
    ) in section


# decisions


def test_a_decision_that_waits_shows_the_exact_command_and_the_other_choices(page: Page) -> None:
    commands = [plain(code.text) for code in page.all("code") if code.attributes.get("class") == "command"]
    assert commands == [
        'touchstone approve PROGRAMME-FILE --decision dec-aaaaaaaaaa --choose adopt --name "Your name"',
        'touchstone approve PROGRAMME-FILE --decision dec-bbbbbbbbbb --choose raise_target --name "Your name"',
    ]
    section = shown(page, "decision-dec-bbbbbbbbbb")
    assert "Proposed: raise the target promise more from the next quarter on, to 92.5 %" in section
    assert "refuse: leave everything as it is" in section


def test_a_fix_can_be_decided_three_ways_and_a_target_one_and_all_can_be_refused() -> None:
    adopt, raise_target, rebase, *_ = sample_loop.LOOP.decisions
    assert choices(adopt) == ("adopt", "adapt", "abandon", "refuse")
    assert choices(raise_target) == ("raise_target", "refuse")
    contradicted = [
        one.model_copy(update={"id": adopt.about, "effect": one.effect.model_copy(update={"verdict": "worse"})})
        for one in sample_loop.SUMMARY.follow_ups
        if one.effect is not None
    ]
    assert "adopt" not in choices(adopt.model_copy(update={"kind": "abandon"}), contradicted)
    assert choices(rebase) == ("rebase", "refuse")


def test_what_was_decided_says_who_when_and_what_had_been_proposed(page: Page) -> None:
    section = shown(page, "decisions")
    assert "Rated 4 or 5 for friendliness: start the limits anew, from 7 July 2025 on, by Ines Marlow on 3 November 2025." in section
    assert "abandon, where “adapt” was proposed, by Ines Marlow on 3 November 2025. Two tries are enough." in section
    assert "refused, where “abandon” was proposed, by Ines Marlow on 4 November 2025." in section


def test_commands_offer_the_choices_and_statuses_that_the_command_line_takes() -> None:
    from flows.cli import touchstone

    approve = {option.name: option.type for option in touchstone.commands["approve"].params}
    update = {option.name: option.type for option in touchstone.commands["follow-ups"].commands["update"].params}  # type: ignore[attr-defined]
    assert {choice for one in sample_loop.LOOP.decisions for choice in choices(one)} <= set(approve["choose"].choices)  # type: ignore[attr-defined]
    assert "--decision" in decide_command(sample_loop.LOOP.decisions[0])
    statuses = {update_command(one, "p").split("--status ")[1].split()[0] for one in sample_loop.FOLLOW_UPS_LOOPED}
    assert statuses <= set(update["status"].choices)  # type: ignore[attr-defined]


# ahead


def test_an_objective_ahead_says_why_what_until_when_and_how_it_will_be_judged(page: Page) -> None:
    section = shown(page, "ahead")
    for one in sample_loop.LOOP.promises:
        assert all(
            text in section
            for text in (one.title, one.why, one.test, one.window, formats.change(one.predicted_change), words.MADE[one.made].word)
        )
    assert "+12.0 points in the share of cases that keep it in 2026Q1, to reach 65.0 %" in section
    assert "−5.0 points in the share of texts about it in 2026Q1 replayed" in section
    assert "Starts from no finished quarter" in section
    assert "Starts from 64.1 % of 588 in 2025Q3 Through Bring leak repairs back" in section


# follow-ups in their stages


def test_each_follow_up_says_its_status_what_comes_next_its_severity_and_whom_it_touched(page: Page) -> None:
    for one in sample_loop.FOLLOW_UPS_LOOPED:
        row = shown(page, f"follow-up-{one.id}")
        assert f"{words.FOLLOW_UP_STATUSES[one.status].word} " in row
        assert f"Next: {words.NEXT_STEPS[one.status]}" in row
        assert not one.customers or f"{one.customers} customers touched" in row
    row = shown(page, f"follow-up-{sample_loop.POSTPONED}")
    assert "severity: flooding" in row
    assert "declared done on 18 September 2025 2 times found not to hold" in row


def test_a_follow_up_whose_fix_was_judged_says_what_came_of_it_and_from_which_figures(page: Page) -> None:
    row = shown(page, f"follow-up-{sample_loop.BILLS}")
    assert "Worked: 12.1 points better than where nothing was done (95 % interval +7.2 to +17.0); 10.0 were promised." in row
    assert "Worked: +12.1 points, 95 % interval +7.2 to +17.0, promised +10.0 points 20 worse" in row
    assert "Here 81.3 % of 812 before, 94.0 % of 414 after Elsewhere 70.2 % before, 70.8 % after" in row
    assert "Compared with Interrupted supply and Phone line" in row
    assert "Prediction +10.0 points: as predicted Could be seen 7.0 points or more, in 80 of 100 such cases" in row
    assert "p below 0.001; beyond chance among all effects of 2025Q4 Method difference in differences" in row


def test_what_got_worse_meanwhile_and_words_under_which_it_came_back_are_not_folded_away(page: Page) -> None:
    row = shown(page, f"follow-up-{sample_loop.POSTPONED}")
    visible = row.partition("How this was found out")[0]
    assert "Came back in other words: “Crew rebooked without a word”" in visible
    assert "Got worse meanwhile: Answered within 2 working days" in visible


def test_the_history_and_the_real_cause_say_who_did_what_when_on_what_evidence(page: Page) -> None:
    row = shown(page, f"follow-up-{sample_loop.POSTPONED}")
    assert "The real cause, as found: Planning and store use two calendars" in row
    assert "22 April 2025, Priya Nair: accepted Effort: 3.0 person-weeks Told by: command" in row
    assert "18 September 2025, Priya Nair: declared done Evidence: Rota 14 of 1 September 2025 Two more crews on Mondays." in row
    assert "Predicts −5.0 points of the share Whys: Crews are sent out before the parts are there Told by: jira.csv" in row
    assert "12 January 2026, Check of 2025Q4: reopened no effect" in row


def test_a_trend_of_its_own_is_shown_beside_the_change(page: Page) -> None:
    row = shown(page, f"follow-up-{sample_loop.ON_TIME}")
    assert "Beyond a trend −4.9 points (95 % interval −9.3 to −0.5), beyond a straight trend of its own" in row


def test_an_effect_without_figures_has_no_drawing_and_nothing_to_unfold(page: Page) -> None:
    row = shown(page, f"follow-up-{sample_loop.SUPPLY}")
    assert row.endswith("Cannot be told: No quarter has passed since it was done.")


def test_a_follow_up_to_which_nothing_happened_has_no_history_and_no_effect(summary: CycleSummary) -> None:
    page = read(render_report(summary))
    rows = [plain(row.text) for row in page.all("tr") if row.attributes.get("id", "").startswith("follow-up-")]
    assert len(rows) == len(summary.follow_ups)
    assert not [row for row in rows if "What was done" in row or "real cause, as" in row or "customers touched" in row]
    assert "Why, and what came of it" not in page.text


def test_a_follow_up_that_was_closed_before_and_still_holds_is_folded_away_and_is_no_news() -> None:
    held = tuple(one.model_copy(update={"was": "verified"}) if one.id == sample_loop.BILLS else one for one in sample_loop.LOOP.carried_on)
    summary = sample_loop.SUMMARY.model_copy(update={"loop": sample_loop.LOOP.model_copy(update={"carried_on": held})})
    page = read(render_report(summary))
    assert sample_loop.BILLS not in [one.id for one in arrange_loop(summary).news]
    assert "1 more, and 2 that did not move" in shown(page, "since")
    assert "1 follow-up closed before, and unchanged" in shown(page, "stage-pay")
    assert "Worked: 12.1 points better" in shown(page, f"follow-up-{sample_loop.BILLS}")


def test_a_follow_up_shows_what_its_owner_estimates_and_predicts(page: Page) -> None:
    assert "561 customers touched effort: 6.0 person-weeks predicted: +8.0 points of the share" in shown(
        page, f"follow-up-{sample_loop.LEAKS}"
    )


# words and safety


@pytest.mark.parametrize(
    ("closed_set", "signs"),
    [
        (FollowUpStatus, words.FOLLOW_UP_STATUSES),
        (FollowUpStatus, words.NEXT_STEPS),
        (EffectVerdict, words.EFFECTS),
        (PredictionScore, words.PREDICTIONS),
        (DecisionKind, words.DECISIONS),
        (DecisionKind, words.DECISION_MEANINGS),
        (MadeWhen, words.MADE),
        (MadeWhen, words.MADE_MEANINGS),
    ],
)
def test_every_value_of_a_closed_set_has_a_word(closed_set: object, signs: dict[str, object]) -> None:
    assert set(signs) == set(get_args(closed_set))


def test_no_two_signs_of_a_set_differ_by_their_colour_alone_and_every_shape_is_drawn(page: Page) -> None:
    drawn = {name.removeprefix("shape-") for name in page.values("id") if name.startswith("shape-")}
    for signs in (words.FOLLOW_UP_STATUSES, words.EFFECTS, words.PREDICTIONS, words.DECISIONS, words.MADE):
        shapes = [sign.shape for sign in signs.values()]  # type: ignore[attr-defined]
        assert len(shapes) == len(set(shapes))
        assert set(shapes) <= drawn


def test_hostile_words_in_the_loop_stay_words() -> None:
    page = read(render_report(sample_loop.with_hostile_loop(HOSTILE)))
    assert not page.all("script", "img")
    assert not [name for element in page.elements for name in element.attributes if name.startswith("on")]
    assert not [link for link in page.values("href") if link.startswith(("javascript:", "http", "//"))]
    assert not page.values("style")
    assert "1337" not in page.text
    assert "\u202e" not in page.source
    assert "\r" not in page.source
    for section in (*SECTIONS, f"follow-up-{sample_loop.POSTPONED}"):
        assert "<script>alert(1)</script>" in page.by_id(section).text, section


def test_the_same_loop_gives_the_same_bytes() -> None:
    assert render_report(sample_loop.SUMMARY) == render_report(CycleSummary.model_validate(sample_loop.SUMMARY.model_dump()))
