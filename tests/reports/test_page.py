from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from reports.page import FILES_BESIDE, render_report
from reports.rendering import render
from reports.stages import arrange_by_stage
from tasks.results import Contribution, CycleSummary
from tests.reports import samples
from tests.reports.markup import Page, plain, read

ROOT = Path(__file__).parents[2]
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 191 }}{% raw %}\u202e=cmd|' /C calc'!A0\"'><a href=javascript:x>\r\nBcc: x"
)


@pytest.fixture
def page(summary: CycleSummary) -> Page:
    return read(render_report(summary))


def test_the_same_summary_gives_the_same_bytes_on_another_machine(summary: CycleSummary) -> None:
    program = """
import sys
from reports.page import render_report
from tests.reports.samples import SUMMARY
sys.stdout.buffer.write(render_report(SUMMARY))
"""
    environment = os.environ | {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    elsewhere = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True, cwd="/")
    assert elsewhere.stdout == render_report(summary)


def test_the_page_asks_for_nothing_but_the_files_beside_it(page: Page) -> None:
    assert not page.all("script", "iframe", "object", "embed", "form", "base", "img")
    assert page.values("src") == []
    links = {link for link in page.values("href") if not link.startswith("#")}
    icons = {link for link in links if link.startswith("data:image/svg+xml,")}
    assert len(icons) == 1
    assert {link.partition("#")[0] for link in links - icons} == set(FILES_BESIDE)


def test_every_link_inside_the_page_leads_somewhere_and_every_place_is_there_once(page: Page) -> None:
    places = Counter(page.values("id"))
    assert not [name for name, times in places.items() if times > 1]
    assert not [link for link in page.values("href") if link.startswith("#") and link[1:].replace("%3A", ":") not in places]


def test_the_policy_lets_in_exactly_the_style_sheet_of_the_page(page: Page) -> None:
    policy = next(element.attributes["content"] for element in page.all("meta") if "http-equiv" in element.attributes)
    digest = base64.b64encode(hashlib.sha256(page.all("style")[0].text.encode()).digest()).decode()
    assert policy.startswith("default-src 'none';")
    assert f"style-src 'sha256-{digest}'" in policy
    assert "script" not in policy
    assert not page.values("style"), "a style attribute would be refused by the policy"


def test_headings_descend_without_a_gap_from_one_title(page: Page) -> None:
    levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_table_has_a_caption_and_every_heading_cell_a_scope(page: Page) -> None:
    assert len(page.all("table")) == len(page.all("caption"))
    assert all(caption.text.strip() for caption in page.all("caption"))
    assert {cell.attributes.get("scope") for cell in page.all("th")} == {"col", "row"}


def test_the_page_speaks_english_and_begins_with_a_way_past_its_head(page: Page) -> None:
    assert page.all("html")[0].attributes["lang"] == "en"
    first_link = page.all("a")[0]
    assert first_link.attributes["href"] == "#main"
    assert page.by_id("main").tag == "main"


def test_the_first_screen_says_who_when_and_what(page: Page, summary: CycleSummary) -> None:
    head = plain(page.all("header")[0].text)
    assert "Aldermere Water" in head
    assert "1 October 2025 to 31 December 2025, as it stood on 12 January 2026, 09:00 (Europe/London)" in head
    assert summary.headline in head
    assert [plain(tile.text) for tile in page.all("li") if tile.attributes.get("class") == "tile"] == [
        "4 met",
        "3 not met",
        "4 uncertain",
        "2 too few",
    ]


def test_the_first_screen_asks_each_owner_in_the_order_of_due_dates(page: Page) -> None:
    asked = next(plain(element.text) for element in page.all("ul") if element.attributes.get("class") == "asked")
    assert asked == (
        "Networks Stop postponed leak repairs at their source by 30 January 2026"
        " Bring leak repairs back to 80 % within 5 working days by 9 February 2026"
        " Digital Services Let the fault form accept the photographs that phones make by 9 February 2026"
        " Customer Care Keep the promised date by 9 February 2026"
    )


def test_an_owner_with_many_follow_ups_is_shown_three_and_the_number_of_the_rest(summary: CycleSummary) -> None:
    many = tuple(summary.follow_ups[0].model_copy(update={"id": f"x-{n}", "title": f"Task {n}"}) for n in range(5))
    page = read(render_report(summary.model_copy(update={"follow_ups": many})))
    asked = next(plain(element.text) for element in page.all("ul") if element.attributes.get("class") == "asked")
    assert asked.count("Task") == 3
    assert asked.endswith("and 2 more below")


def test_an_overdue_follow_up_says_so_where_it_is_asked_for(summary: CycleSummary) -> None:
    late = summary.follow_ups[0].model_copy(update={"is_overdue": True})
    page = read(render_report(summary.model_copy(update={"follow_ups": (late,)})))
    asked = next(plain(element.text) for element in page.all("ul") if element.attributes.get("class") == "asked")
    assert "overdue since" in asked
    assert " by " not in asked.replace(late.title, "")


def test_the_three_biggest_causes_come_first_by_size(page: Page) -> None:
    ranked = next(plain(element.text) for element in page.all("ol") if element.attributes.get("class") == "ranked")
    assert re.findall(r"([A-Z][a-z ]+) \d+\.\d %", ranked) == [
        "Leak repair postponed again",
        "Estimated bill too high",
        "Photo upload fails",
    ]


def test_stages_follow_in_the_order_in_which_customers_meet_them(page: Page, summary: CycleSummary) -> None:
    stages = [section.attributes["id"] for section in page.all("section") if section.attributes.get("id", "").startswith("stage-")]
    assert stages == ["stage-all", *(f"stage-{stage.id}" for stage in summary.stages)]


def test_a_standards_row_says_verdict_share_interval_target_cases_and_changes_in_words(page: Page) -> None:
    assert plain(page.by_id("standard-leaks-leak-repair").text) == (
        "Visible leaks repaired within 5 working days Leak repair visit Networks (accountable), Customer Care, Digital Services not met 80.0 % 51.3 % 47.3 to 55.3 %"
        " Share 51.3 %, 95 % interval 47.3 to 55.3 %, target 80.0 %, 64.1 % in 2025Q3"
        " 308 of 600 met 118 pending: 59.3 % if all of them are met, 42.9 % if none 13 excluded"
        " −12.8 points −18.3 to −7.2 worsened from 64.1 % in 2025Q3 −18.5 points −23.9 to −12.9 worsened from 69.8 % in 2024Q4"
    )


def test_a_standard_without_a_record_is_named_and_not_hidden(page: Page) -> None:
    row = plain(page.by_id("standard-meter-read-bill").text)
    assert "Meter read on the agreed day" in row
    assert "No decided case" in row
    assert "too few" in row
    assert "no records in this quarter" in row


def test_a_rating_says_how_many_of_those_who_were_asked_answered_and_a_promise_of_time_does_not(page: Page) -> None:
    assert "22 excluded as certain as 212 independent cases 38.1 % of 1,272 asked answered (35.5 to 40.8 %)" in plain(
        page.by_id("standard-friendly-phone-line").text
    )
    assert "asked" not in plain(page.by_id("standard-leaks-leak-repair").text)


def test_feeds_out_of_order_and_categories_that_map_to_none_have_a_line_each(page: Page, empty_summary: CycleSummary) -> None:
    quality = plain(page.by_id("data-quality").text)
    assert "2 feeds of 3 are late, silent or of an unusual size: survey and visits. See validation/index.html." in quality
    assert "84 (4.0 %) map to none of the programme’s (taxonomy version 3)." in quality
    silent = plain(read(render_report(empty_summary)).by_id("data-quality").text)
    assert "feed" not in silent
    assert "taxonomy" not in silent


def test_a_change_that_cannot_be_compared_says_why(page: Page) -> None:
    assert "not comparable with 2025Q3: the question was worded differently" in plain(page.by_id("standard-form-works-online-form").text)


def test_every_drawing_has_its_text_or_stands_beside_it(page: Page) -> None:
    drawings = page.all("svg")
    assert drawings
    assert all("aria-hidden" in drawing.attributes or drawing.attributes.get("role") == "img" for drawing in drawings)
    titles = [plain(title.text) for title in page.all("title")][1:]
    assert len(titles) == sum("role" in drawing.attributes for drawing in drawings)
    assert all(titles)


def test_the_accountable_department_is_marked_among_those_that_shape_a_touchpoint(page: Page) -> None:
    stage = plain(page.by_id("stage-put-right").text)
    assert "Networks (accountable), Customer Care, Digital Services" in stage


def test_each_standard_cause_and_follow_up_is_told_in_full_exactly_once(summary: CycleSummary) -> None:
    stages = arrange_by_stage(summary)
    assert sorted(row.standard for stage in stages for row in stage.standards) == sorted(row.standard for row in summary.standards)
    assert sorted(here.cause.id for stage in stages for here in stage.causes) == sorted(cause.id for cause in summary.causes)
    assert sorted(one.id for stage in stages for one in stage.follow_ups) == sorted(one.id for one in summary.follow_ups)


def test_a_cause_lies_at_the_stage_of_most_of_its_records_and_is_named_at_the_others(summary: CycleSummary) -> None:
    stages = {stage.id: stage for stage in arrange_by_stage(summary)}
    assert stages["put-right"].causes[0].cause.label == "Leak repair postponed again"
    assert [(here.cause.label, here.records_here) for here in stages["tell-us"].causes_from_elsewhere] == [
        ("Leak repair postponed again", 171)
    ]


def test_what_belongs_to_no_listed_stage_is_told_across_all_stages(summary: CycleSummary) -> None:
    lost = summary.causes[0].model_copy(update={"touchpoints": (Contribution(id="nowhere", records=9, share=1.0),)})
    odd = summary.standards[2].model_copy(update={"stage": "closed-stage"})
    stages = arrange_by_stage(summary.model_copy(update={"causes": (lost,), "standards": (odd,)}))
    assert [here.cause.id for here in stages[0].causes] == [lost.id]
    assert stages[0].standards == (odd,)


def test_a_follow_up_links_to_the_finding_that_calls_for_it(page: Page) -> None:
    links = page.values("href")
    assert "#standard-leaks-leak-repair" in links
    assert "#cause-2025Q4-01" in links


def test_where_every_row_went_can_be_added_up_on_the_page(page: Page, summary: CycleSummary) -> None:
    rows = [plain(element.text) for element in page.all("tr") if "complaints-2025Q4.csv.gz" in element.text]
    read_, *parts = (int(number.replace(",", "")) for number in rows[0].partition("2025Q4 ")[2].split())
    assert read_ == sum(parts) == summary.data.accounts[0].read


def test_earlier_quarters_stand_beside_what_was_published_then(page: Page) -> None:
    section = plain(page.by_id("restatements").text)
    assert "66.9 % 1,266 of 1,893 met 20 pending 67.3 % 1,142 of 1,698 met 215 pending" in section
    assert "not published" in section


def test_the_trace_names_the_rules_the_data_and_the_software(page: Page, summary: CycleSummary) -> None:
    trace = page.by_id("trace").text
    assert summary.trace.programme_sha256 in trace
    assert all(ref.sha256 in trace for ref in summary.trace.snapshot)
    assert all(f"{name} {version}" in plain(trace) for name, version in summary.trace.versions.items())


def test_the_method_says_that_association_is_not_cause_and_how_many_tests_were_made(page: Page) -> None:
    method = plain(page.by_id("method").text)
    assert "is an association; it does not prove that one brings about the other" in method
    assert "Verdicts: 11 tests, of which 7 found something, at a false discovery rate of 5.0 %." in method


def test_a_quarter_with_nothing_gives_sentences_and_no_empty_table(empty_summary: CycleSummary) -> None:
    page = read(render_report(empty_summary))
    for sentence in (
        "No cause was found in what customers wrote in this quarter.",
        "No follow-up is open: nothing is asked of any department.",
        "No standard is set at this stage.",
        "No cause lies at this stage.",
        "No source was read.",
        "There is no earlier quarter to restate.",
    ):
        assert sentence in page.text
    assert len(page.all("tbody")) == len(empty_summary.stages) + 1, "only the departments behind each stage, and those of all"


def test_a_draft_and_a_revision_say_so_at_the_top(summary: CycleSummary) -> None:
    page = read(render_report(summary.model_copy(update={"is_draft": True, "revision_reason": "September was held twice"})))
    head = plain(page.all("header")[0].text)
    assert "Draft: this report is not published" in head
    assert "Revised. Reason: September was held twice" in head


def test_hostile_words_stay_words() -> None:
    page = read(render_report(samples.with_hostile_words(HOSTILE)))
    assert not page.all("script", "img")
    assert not [name for element in page.elements for name in element.attributes if name.startswith("on")]
    assert not [link for link in page.values("href") if link.startswith(("javascript:", "http", "//"))]
    assert "<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 191 }}{% raw %}" in page.text
    assert "1337" not in page.text
    assert "\u202e" not in page.source
    assert "\r" not in page.source


def test_ids_of_a_strange_shape_still_make_working_links(summary: CycleSummary) -> None:
    strange = summary.causes[0].model_copy(update={"id": 'a"b<c> d/e'})
    page = read(render_report(summary.model_copy(update={"causes": (strange,), "follow_ups": ()})))
    assert 'cause-a"b<c> d/e' in page.values("id")
    assert "#cause-a%22b%3Cc%3E%20d/e" in page.values("href")


def test_a_value_that_a_template_needs_and_does_not_get_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="summary"):
        render("evidence.html.jinja")


def _tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_colour_keeps_wcag_aa_on_every_ground(page: Page, scheme: str) -> None:
    light, _, rest = page.all("style")[0].text.partition("@media screen and (prefers-color-scheme: dark)")
    tokens = _tokens(light) | (_tokens(rest.partition("* { box-sizing")[0]) if scheme == "dark" else {})
    grounds = [tokens[name] for name in ("ground", "paper", "good-soft", "bad-soft")]
    weakest = min(_contrast(tokens[text], ground) for text in ("ink", "muted", "good", "bad") for ground in grounds)
    assert weakest >= 4.5, weakest
