"""The history site: its figures are those of the summaries, its links lead somewhere, and nobody's words get out of hand."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import figures, formats
from reports.history import FILES as LISTED
from reports.history_causes import cause_histories
from reports.history_follow_ups import as_of_now, desks
from reports.history_pages import EVENTS_AT_MOST, history_pages
from reports.history_record import (
    FOLLOW_UPS_PAGE,
    INDEX_PAGE,
    LedgerEvent,
    MailFate,
    cause_page,
    ledger_page,
    page_of_finding,
    praise_page,
    revision,
    root_from,
    standard_page,
    unsafe_names,
)
from reports.history_standards import standard_histories
from reports.page import render_report
from reports.words import VERDICTS
from tasks.results import OPEN_STATUSES
from tests.reports import sample_loop
from tests.reports.markup import Page, plain, read
from tests.reports.sample_history import (
    CYCLES,
    EDITIONS,
    FILES,
    GONE,
    HEADS,
    HISTORY,
    LATE,
    MERGED,
    RENAMED,
    SPLIT,
    WITH_ONE_LEFT_OUT,
    history_from,
)
from tests.reports.samples import CAUSES
from tests.reports.test_page import HOSTILE

PAGES = history_pages(HISTORY)
LEAKS, ON_TIME = standard_page("leaks", "leak-repair"), standard_page("on-time", "all")
IDENTIFIERS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,9}", fullmatch=True)


def page_at(path: str) -> Page:
    return read(PAGES[path])


def rows_of(page: Page) -> list[str]:
    return [plain(row.text) for row in page.all("tr")]


def row_of(path: str, cycle: str) -> str:
    return plain(page_at(path).by_id(f"quarter-{cycle}").text)


def shown(text: str) -> str:
    return plain(text.replace(" %", "\u00a0%"))


# what there is


def test_there_is_a_page_for_each_standard_at_each_touchpoint_each_cause_each_edition_and_the_follow_ups() -> None:
    standards = {standard_page(row.standard, row.touchpoint) for summary in HISTORY.summaries for row in summary.standards}
    causes = {cause_page(cause.id) for summary in HISTORY.summaries for cause in summary.causes}
    ledgers = {ledger_page(edition) for edition in (*HEADS, "other")}
    assert set(PAGES) == standards | causes | ledgers | {FOLLOW_UPS_PAGE, INDEX_PAGE}
    assert all(page.startswith("history/") for page in set(PAGES) - {INDEX_PAGE})


def test_every_link_of_every_page_leads_to_a_page_that_is_made_or_to_a_file_of_a_report() -> None:
    reports = {f"{edition}/index.html" for edition in HEADS}
    files = {f"{edition}/{name}" for edition in HEADS for name in (*FILES, "validation/index.html", "manifest.json", "seal.json")}
    places = {path: set(read(content).values("id")) for path, content in PAGES.items()}
    places |= {f"{one.edition}/index.html": set(read(render_report(one)).values("id")) for one in HISTORY.summaries}
    for path, content in PAGES.items():
        for link in read(content).values("href"):
            if link.startswith(("data:", "#shape-")):
                continue
            target, _, anchor = link.partition("#")
            leads_to = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target))) if target else path
            assert leads_to in PAGES or leads_to in reports | files, (path, link)
            assert not anchor or leads_to not in places or unquote(anchor) in places[leads_to], (path, link)


def test_every_page_of_the_history_can_be_reached_from_the_index_by_links_alone() -> None:
    reached, waiting = {INDEX_PAGE}, [INDEX_PAGE]
    while waiting:
        path = waiting.pop()
        links = (unquote(link.partition("#")[0]) for link in page_at(path).values("href"))
        found = {posixpath.normpath(posixpath.join(posixpath.dirname(path), link)) for link in links if link} & set(PAGES)
        waiting += found - reached
        reached |= found
    assert reached == set(PAGES)


def test_the_same_history_gives_the_same_bytes() -> None:
    assert history_pages(history_from(sample_loop.SUMMARY)) == PAGES


# standards


def test_every_figure_interval_target_and_verdict_on_a_standards_page_is_that_of_its_summary() -> None:
    looked_at = 0
    for summary in HISTORY.summaries:
        for row in summary.standards:
            told = row_of(standard_page(row.standard, row.touchpoint), summary.cycle)
            for words in (figures.figure(row), figures.interval(row), figures.target(row), VERDICTS[row.verdict].word):
                assert shown(words) in told, (row.standard, words)
            if row.previous and row.previous.change is not None:
                assert shown(figures.difference(row, row.previous)) in told
            looked_at += 1
    assert looked_at == sum(len(summary.standards) for summary in HISTORY.summaries) > 40


def test_a_restated_quarter_shows_what_it_is_now_beside_what_was_published_then() -> None:
    told = row_of(LEAKS, "2025Q3")
    assert "59.9 % 402 of 671 met 4 pending as of 2025Q4" in told  # 402 / 671 = 0.5991
    assert "published then: 64.1 % 377 of 588 met 87 pending" in told  # 377 / 588 = 0.6412
    assert "\u22124.2 points since then" in told  # 402 / 671 - 377 / 588 = -0.0421
    heads = [plain(head.text) for head in page_at(LEAKS).all("th")][:3]
    assert heads == ["Quarter", "As published, with 95 % interval", "Counted again since"]


def test_a_quarter_that_was_restated_twice_shows_the_newest_count_and_folds_the_one_before() -> None:
    told = row_of(ON_TIME, "2025Q2")
    assert told.index("71.7 % 1,301 of 1,814 met 3 pending as of 2025Q4") < told.index("1 earlier count")  # 1301 / 1814 = 0.7172
    assert "1 earlier count 71.8 % 1,220 of 1,700 met 90 pending as of 2025Q3.r2" in told  # 1220 / 1700 = 0.7176


def test_a_restated_figure_that_is_no_share_keeps_its_unit() -> None:
    told = row_of(standard_page("leak-time", "leak-repair"), "2025Q3")
    assert "131.5 hours of 702 as of 2025Q4 published then: 128.0 hours of 701" in told


def test_a_count_that_did_not_change_is_said_to_be_the_same() -> None:
    one = HISTORY.summaries[-1].restatements[0]
    same = one.model_copy(update={"published_n": one.n, "published_met": one.met, "published_pending": one.pending})
    newest = HISTORY.newest.model_copy(update={"restatements": (same,)})
    page = read(history_pages(replace(HISTORY, summaries=(*HISTORY.summaries[:-1], newest)))[ON_TIME])
    told = plain(page.by_id("quarter-2025Q3").text)
    assert "as of 2025Q4 published then: the same" in told
    assert "since then" not in told


def test_a_standard_that_appeared_late_begins_with_its_first_quarter() -> None:
    page = page_at(standard_page(LATE, "online-form"))
    assert [row.split()[0] for row in rows_of(page)[1:]] == ["2025Q4", "2025Q3.r2"]


def test_a_quarter_before_a_standard_that_a_later_report_recomputed_is_shown_as_such() -> None:
    told = row_of(LEAKS, "2025Q2")
    assert "68.9 % 451 of 655 met as of 2025Q4 published then: nothing" in told  # 451 / 655 = 0.6885


def test_a_standard_that_the_newest_report_no_longer_holds_keeps_its_page_and_says_so() -> None:
    newest = HISTORY.newest.model_copy(update={"standards": HISTORY.newest.standards[1:], "restatements": ()})
    pages = history_pages(replace(HISTORY, summaries=(*HISTORY.summaries[:-1], newest)))
    page = read(pages[ON_TIME])
    assert "The newest report, 2025Q4, no longer holds this standard." in page.text
    assert plain(page.by_id("quarter-2025Q4").text).startswith("2025Q4 not in that report")
    assert ON_TIME in read(pages[INDEX_PAGE]).values("href")


def test_the_line_of_a_standard_says_every_quarter_in_words() -> None:
    words = plain(page_at(LEAKS).all("desc")[0].text)
    assert words.startswith("2025Q1: 51.3 % (47.3 to 55.3 %), target 80.0 %. 2025Q2: 51.3 %")
    assert "2025Q3: 51.3 % (47.3 to 55.3 %), target 80.0 %, counted again later 59.9 %" in words


def test_a_standard_shows_its_follow_ups_and_what_check_said_of_them() -> None:
    row = next(one for one in HISTORY.follow_ups if one.finding == "standard:bill-right:bill")
    text = page_at(standard_page("bill-right", "bill")).text
    assert plain(row.title) in text
    assert "12.1 points better than where nothing was done (95 % interval +7.2 to +17.0)" in text


# causes


def test_a_renamed_cause_bears_its_new_label_and_names_the_old_one_where_it_was_used() -> None:
    page = page_at(cause_page(RENAMED))
    assert plain(page.all("h1")[0].text) == "Leak repair postponed again"
    assert "earlier called “Repair put off”" in page.text
    assert "then called “Repair put off”" in row_of(cause_page(RENAMED), "2025Q1")
    assert "then called" not in row_of(cause_page(RENAMED), "2025Q3")


def test_a_merged_cause_leads_to_the_one_that_took_it_in_and_back() -> None:
    told = row_of(cause_page(MERGED), "2025Q4")
    assert told == "2025Q4 not in that report – – – was taken in by “Leak repair postponed again” (2025Q1-01)"
    assert "took in “Estimated bill too high” (2025Q1-02)" in row_of(cause_page(RENAMED), "2025Q4")


def test_a_cause_that_came_apart_leads_to_what_it_was_part_of_and_back() -> None:
    assert "was part of “Estimated bill too high” (2025Q1-02)" in row_of(cause_page(SPLIT), "2025Q3")
    assert f"lost a part, which is now “Bill by post is late” ({SPLIT})" in row_of(cause_page(MERGED), "2025Q3")


def test_a_cause_that_is_gone_keeps_its_page_and_is_folded_on_the_index() -> None:
    assert "no text gone" in row_of(cause_page(GONE), "2025Q3").replace(" %", "")
    assert "Nobody wrote about it in the newest quarter, 2025Q4" in page_at(cause_page(GONE)).text
    folded = next(one for one in page_at(INDEX_PAGE).all("details") if "nobody wrote about" in one.text)
    assert "Waiting on hold" in folded.text
    assert "Leak repair postponed again" not in folded.text


def test_every_share_interval_and_size_on_a_causes_page_is_that_of_its_summary() -> None:
    for summary in HISTORY.summaries:
        for cause in (one for one in summary.causes if one.size):
            told = row_of(cause_page(cause.id), summary.cycle)
            for words in (formats.share(cause.share), formats.share_range(cause.low, cause.high), formats.counted(cause.size, "text")):
                assert shown(words) in told


def test_what_the_next_report_counted_again_stands_beside_the_quarter_it_is_about() -> None:
    assert "counted again in 2025Q4: 201 texts" in row_of(cause_page(RENAMED), "2025Q3")


def test_no_count_is_taken_for_that_of_the_next_quarter_where_a_quarter_is_missing() -> None:
    without = replace(HISTORY, summaries=(*HISTORY.summaries[:2], HISTORY.summaries[3]))
    told = plain(read(history_pages(without)[cause_page(RENAMED)]).by_id("quarter-2025Q2").text)
    assert "counted again" not in told


def test_no_page_of_the_history_quotes_a_customer() -> None:
    quotes = [quote.text for cause in sample_loop.SUMMARY.causes for quote in cause.quotes]
    quotes += [one.quote.text for one in sample_loop.SUMMARY.loop.escalations if one.quote]
    assert len(quotes) > 5
    whole = "\n".join(read(content).text for content in PAGES.values())
    assert [quote for quote in quotes if plain(quote) in whole] == []


def test_causes_of_the_newest_quarter_come_first_by_size() -> None:
    assert [one.id for one in cause_histories(HISTORY)] == [RENAMED, SPLIT, MERGED, GONE]


# follow-ups


def test_what_is_overdue_is_worked_out_at_the_newest_as_of_and_the_owner_with_most_of_it_comes_first() -> None:
    follow_ups = as_of_now(HISTORY.follow_ups, HISTORY.newest)
    today = HISTORY.newest.as_of.date()
    assert {one.id for one in follow_ups if one.is_overdue} == {
        one.id for one in follow_ups if one.status in OPEN_STATUSES and one.due < today
    }
    found = desks(replace(HISTORY, follow_ups=follow_ups), set(PAGES))
    assert [desk.overdue for desk in found] == sorted((desk.overdue for desk in found), reverse=True)
    for desk in found:
        assert [one.follow_up.due for one in desk.open] == sorted(one.follow_up.due for one in desk.open)


def test_every_follow_up_is_there_once_with_its_status_and_what_is_settled_is_folded() -> None:
    page = page_at(FOLLOW_UPS_PAGE)
    rows = [element for element in page.all("tr") if element.attributes.get("id", "").startswith("follow-up-")]
    assert sorted(row.attributes["id"] for row in rows) == sorted(f"follow-up-{one.id}" for one in HISTORY.follow_ups)
    folded = " ".join(one.text for one in page.all("details") if "verified or abandoned" in one.text)
    for one in HISTORY.follow_ups:
        assert (plain(one.title) in plain(folded)) == (one.status in ("verified", "abandoned"))


def test_a_follow_up_names_what_each_report_said_of_it() -> None:
    one = HISTORY.follow_ups[0]
    text = plain(page_at(FOLLOW_UPS_PAGE).by_id(f"follow-up-{one.id}").text)
    assert "In 4 reports" in text
    assert all(f"{edition}:" in text for edition in EDITIONS)


def test_a_history_without_follow_ups_causes_or_standards_still_gives_its_pages() -> None:
    bare = HISTORY.newest.model_copy(update={"standards": (), "causes": (), "follow_ups": (), "restatements": ()})
    pages = history_pages(replace(HISTORY, summaries=(bare,), follow_ups=(), events=()))
    assert "No follow-up was ever opened." in read(pages[FOLLOW_UPS_PAGE]).text
    assert "The ledger names none." in read(pages[ledger_page("2025Q4")]).text
    assert set(pages) == {INDEX_PAGE, FOLLOW_UPS_PAGE, *(ledger_page(edition) for edition in HEADS)}


# the ledger


def test_every_event_of_an_edition_is_on_its_page_with_its_whole_hash_and_the_sealed_one_is_marked() -> None:
    page = page_at(ledger_page("2025Q3"))
    assert rows_of(page)[1:] == [
        f"7 2026-01-12 09:02:00 cycle.opened ann {'20' * 32}",
        f"8 2026-01-12 09:02:01 step.started: plan the seal names this one ann {HEADS['2025Q3']}",
        f"9 2026-01-12 09:02:02 step.done: plan ann {'22' * 32}",
    ]
    assert "touchstone audit verify aldermere-water" in page.text


def test_all_events_are_on_some_page_also_those_of_no_published_cycle() -> None:
    rows = [row for path in PAGES if path.startswith("history/ledger/") for row in rows_of(page_at(path))[1:]]
    assert sorted(int(row.split()[0]) for row in rows) == list(range(1, 17))
    assert rows_of(page_at(ledger_page("other")))[1:] == [f"16 2026-01-13 09:00:00 words.expired ann {'ef' * 32}"]


def test_a_page_of_very_many_events_shows_the_latest_and_says_how_many_are_left_out() -> None:
    events = [LedgerEvent(seq, "2026-01-12T09:00:00+00:00", "", "mail.sent", "ann", "ef" * 32) for seq in range(1, EVENTS_AT_MOST + 4)]
    content = history_pages(replace(HISTORY, events=tuple(events)))[ledger_page("other")]
    assert b"The latest 5,000; 3 older ones are in the ledger." in content
    assert content.count(b'<tr id="event-') == EVENTS_AT_MOST
    assert content.index(b'id="event-4"') < content.index(b'id="event-5003"')
    assert len(content) < 2_000_000


# the index


def test_the_index_shows_claimed_against_shown_and_leads_to_report_validation_and_files() -> None:
    page = page_at(INDEX_PAGE)
    newest, revised, first, *_ = rows_of(page)[1:]
    assert "3 declared 1 shown" in newest
    assert "Revised. Reason: The survey file held September twice." in revised
    assert first.startswith("2025Q3 ")
    assert "Replaced by 2025Q3.r2." in first
    listed = [name for name in LISTED if name in FILES]
    for edition in HEADS:
        wanted = ("index.html", "validation/index.html", "manifest.json", "seal.json", *listed)
        assert {f"{edition}/{name}" for name in wanted} <= set(page.values("href"))
    assert not [link for link in page.values("href") if link.endswith((".pdf", ".xlsx"))]


def test_the_index_shows_each_standards_verdicts_with_words_for_those_who_see_no_shapes() -> None:
    row = next(row for row in page_at(INDEX_PAGE).all("tr") if plain(row.text).startswith("Visible leaks"))
    assert plain(row.text).endswith("2025Q1: not met 2025Q2: not met 2025Q3: not met 2025Q4: not met not met in 2025Q4")


def test_a_summary_that_was_left_out_is_named_on_the_index_with_the_reason() -> None:
    text = read(history_pages(WITH_ONE_LEFT_OUT)[INDEX_PAGE]).text
    assert "2024Q4 is left out of the pages across quarters: its summary.json is no longer in the store." in text


def test_titles_are_the_newest_and_those_of_touchpoints_that_are_no_more_as_they_were_last() -> None:
    older = HISTORY.summaries[0].model_copy(
        update={"touchpoints": tuple(one.model_copy(update={"title": f"old {one.title}"}) for one in HISTORY.newest.touchpoints)}
    )
    newest = HISTORY.newest.model_copy(update={"touchpoints": HISTORY.newest.touchpoints[1:]})
    names = replace(HISTORY, summaries=(older, newest)).names
    assert names.touchpoints["phone-line"] == "old Phone line"
    assert names.touchpoints["bill"] == "The bill"


# words and names


def test_hostile_words_stay_words_on_every_page() -> None:
    hostile = history_from(sample_loop.with_hostile_loop(HOSTILE))
    labelled = tuple(
        one.model_copy(
            update={
                "title": HOSTILE,
                "headline": HOSTILE,
                "revision_reason": HOSTILE,
                "causes": tuple(cause.model_copy(update={"label": HOSTILE, "theme": HOSTILE}) for cause in one.causes),
                "standards": tuple(row.model_copy(update={"title": HOSTILE, "note": HOSTILE}) for row in one.standards),
            }
        )
        for one in hostile.summaries
    )
    entries = tuple(one.model_copy(update={"headline": HOSTILE, "revision_reason": HOSTILE}) for one in hostile.entries)
    events = tuple(replace(one, actor=HOSTILE, step=HOSTILE) for one in hostile.events)
    pages = history_pages(replace(hostile, summaries=labelled, entries=entries, events=events))
    assert set(pages) == set(PAGES)
    for path, content in pages.items():
        page = read(content)
        assert not page.all("script", "img"), path
        assert not [name for element in page.elements for name in element.attributes if name.startswith("on")]
        assert not [link for link in page.values("href") if link.startswith(("javascript:", "http", "//"))]
        assert "<script>alert(1)</script>" in page.text
        assert "1337" not in page.text
        assert "\u202e" not in page.source


@given(st.lists(st.tuples(IDENTIFIERS, IDENTIFIERS), unique=True, max_size=8))
def test_two_standards_at_touchpoints_never_share_a_page(pairs: list[tuple[str, str]]) -> None:
    assert len({standard_page(*pair) for pair in pairs}) == len(pairs)


def test_ids_that_hold_the_joint_are_told_apart_and_all_others_are_named_plainly() -> None:
    assert standard_page("wifi", "on-board") == "history/standards/wifi--on-board.html"
    assert standard_page("a--b", "c") != standard_page("a", "b--c")


@pytest.mark.parametrize("name", ["", "..", "../2025Q4", "a/b", "a\\b", "a b", "-a", "a.", "a\n", "con\x00", "ä"])
def test_a_name_that_could_lead_out_of_the_history_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a file"):
        cause_page(name)
    tampered = HISTORY.newest.model_copy(update={"causes": (HISTORY.newest.causes[0].model_copy(update={"id": name}),)})
    assert unsafe_names(tampered) == (name,)


def test_what_touchstone_writes_bears_safe_names_only() -> None:
    assert [unsafe_names(summary) for summary in HISTORY.summaries] == [()] * len(CYCLES)


def test_what_customers_thank_for_has_a_page_across_quarters_and_its_growth_is_nothing_bad() -> None:
    thanks = CAUSES[0].model_copy(update={"id": "2025Q1-P01", "label": "Friendly crew", "status": "growing"})
    summaries = tuple(one.model_copy(update={"praise": (thanks,) if i > 1 else ()}) for i, one in enumerate(HISTORY.summaries))
    keep = HISTORY.follow_ups[0].model_copy(
        update={"id": "fu-0000000001", "finding": "praise:2025Q1-P01", "title": "Keep the crew as it is"}
    )
    pages = history_pages(replace(HISTORY, summaries=summaries, follow_ups=(*HISTORY.follow_ups, keep)))
    page = read(pages[praise_page("2025Q1-P01")])
    assert [row.split()[0] for row in rows_of(page)[1:]] == ["2025Q4", "2025Q3.r2"]
    assert "Keep the crew as it is" in page.text
    assert "growing" in plain(page.by_id("quarter-2025Q4").text)
    assert 'class="sign bad"' not in pages[praise_page("2025Q1-P01")].decode().partition("<h3>As each report")[2].partition("</table>")[0]
    index = read(pages[INDEX_PAGE])
    assert "What customers thank for, across quarters" in index.text
    assert praise_page("2025Q1-P01") in index.values("href")
    assert "../" + praise_page("2025Q1-P01").removeprefix("history/") not in index.values("href")
    assert f"../{praise_page('2025Q1-P01')}" in read(pages[FOLLOW_UPS_PAGE]).values("href")


def test_a_mail_that_no_server_took_is_named_on_the_ledgers_page_of_its_cycle_and_counted_on_the_index() -> None:
    fates = (
        MailFate("2025Q2", "owners", "networks@aldermere.example", "sent"),
        MailFate("2025Q2", "owners", "billing@aldermere.example", "refused", "550 5.1.1 <script>no such user</script>"),
        MailFate("2025Q2", "quality", "quality@aldermere.example", "unknown", "the run was interrupted"),
        MailFate("2025Q1", "quality", "quality@aldermere.example", "sent"),
    )
    pages = history_pages(replace(HISTORY, mails=fates))
    ledger = plain(read(pages[ledger_page("2025Q2")]).by_id("mails").text)
    assert "3 mails: 1 refused, 1 sent, 1 unknown." in ledger
    assert "billing@aldermere.example owners refused 550 5.1.1 <script>no such user</script>" in ledger
    assert "networks@" not in ledger
    assert "1 mail: 1 sent." in plain(read(pages[ledger_page("2025Q1")]).by_id("mails").text)
    assert b'id="mails"' not in pages[ledger_page("2025Q4")]
    index = read(pages[INDEX_PAGE])
    assert "2 mails not delivered" in plain(index.text)
    assert [link for link in index.values("href") if link.endswith("#mails")] == [f"{ledger_page('2025Q2')}#mails"]


def test_findings_that_are_neither_standard_nor_cause_nor_praise_have_no_page() -> None:
    assert page_of_finding("cause:2025Q1-01") == cause_page("2025Q1-01")
    assert page_of_finding("standard:leaks:leak-repair") == LEAKS
    assert page_of_finding("praise:2025Q1-P01") == praise_page("2025Q1-P01")
    for finding in ("praise:../x", "severe:danger:boarding", "train:fu-0123456789", "cause:../x", "standard:a/b:c"):
        assert page_of_finding(finding) == ""


def test_the_way_back_to_the_programmes_folder_is_as_long_as_the_way_to_the_page() -> None:
    assert [root_from(path) for path in (INDEX_PAGE, FOLLOW_UPS_PAGE, LEAKS)] == ["", "../", "../../"]


def test_revisions_are_counted_as_numbers() -> None:
    assert [revision(edition) for edition in ("2025Q3", "2025Q3.r2", "2025Q3.r10")] == [1, 2, 10]


def test_every_page_is_well_formed_with_one_heading_and_every_table_has_a_caption() -> None:
    for path, content in PAGES.items():
        page = read(content)
        assert len(page.all("h1")) == 1, path
        assert len(page.all("table")) == len(page.all("caption")), path
        assert len(page.values("id")) == len(set(page.values("id"))), path


def test_standards_are_in_the_order_of_the_newest_report() -> None:
    assert [one.latest.standard for one in standard_histories(HISTORY)] == [row.standard for row in HISTORY.newest.standards]
