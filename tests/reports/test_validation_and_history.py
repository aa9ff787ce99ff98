from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from reports.history import render_history
from reports.validation import render_validation
from tasks.results import Adjustment, CategoryUse, DataQuality, HistoryEntry, InputFile, PipeCount, RuleFinding
from tests.reports.markup import Page, plain, read
from tests.reports.samples import DATA, HISTORY, with_hostile_words
from tests.reports.test_page import HOSTILE

AS_OF = datetime(2026, 1, 12, 9, tzinfo=UTC)


def validation_of(data: DataQuality, title: str = "Aldermere Water") -> Page:
    return read(render_validation(title, "2025Q4", AS_OF, "Europe/London", data))


def rows_of(page: Page) -> list[str]:
    return [plain(row.text) for row in page.all("tr")]


def section_of(page: Page, title: str) -> str:
    """Return what a reader sees under one heading."""
    found = [plain(section.text) for section in page.all("section")]
    return next(text for text in found if text.startswith(title))


@pytest.fixture
def refused() -> DataQuality:
    """Data whose required check failed."""
    return DATA.model_copy(update={"gate": (DATA.gate[0].model_copy(update={"is_passed": False}), *DATA.gate[1:])})


def test_a_failed_warning_leaves_the_cycle_publishable() -> None:
    page = validation_of(DATA)
    assert "Publishable. Every required check passed." in page.text
    assert "It is a warning: it does not stop publication." in page.text
    assert "../index.html" in page.values("href")


def test_a_failed_required_check_is_said_at_the_top_and_no_link_leads_to_a_report_that_is_not_there(refused: DataQuality) -> None:
    page = validation_of(refused)
    head = plain(page.all("header")[0].text)
    assert "Not publishable. 1 required check failed, so no figures of 2025Q4 were published." in head
    assert "../index.html" not in page.values("href")
    assert "../manifest.json" in page.values("href")


def test_each_broken_rule_names_its_source_its_count_and_the_first_records() -> None:
    rows = [plain(row.text) for row in validation_of(DATA).all("tr")]
    assert "closed not before it was opened complaints 22 of 2,150 1.0 % C-104411, C-104498, C-105017 and 19 more" in rows
    assert not [row for row in rows if "record_id is given" in row]


def test_rows_of_earlier_quarters_that_were_read_again_are_counted_apart() -> None:
    page = validation_of(DATA)
    assert "Of this quarter’s rows, 37 were set aside." in page.text
    captions = [plain(caption.text) for caption in page.all("caption")]
    assert "Earlier quarters, read again because some of their cases were still open." in captions
    assert all(file.sha256 in page.text for file in DATA.files)


def test_the_page_tells_its_parts_in_the_order_in_which_they_are_asked_for() -> None:
    assert [plain(heading.text) for heading in validation_of(DATA).all("h2")] == [
        "Checks before publication",
        "Where every row went",
        "Choices made by a stated rule",
        "What was quarantined, and why",
        "Warnings",
        "Feeds",
        "Pipes and channels",
        "Categories",
        "Response rates",
        "Earlier quarters: what changed since they were closed",
        "Rules that every row kept",
        "The files that were read",
    ]


def test_required_checks_come_before_those_that_only_warn() -> None:
    page = validation_of(DATA.model_copy(update={"gate": tuple(reversed(DATA.gate))}))
    checks = section_of(page, "Checks before publication")
    assert checks.index("Every row read is accounted for.") < checks.index("belong to no touchpoint")


def test_the_rows_of_each_source_and_of_all_of_them_add_up_on_the_page() -> None:
    page = validation_of(DATA)
    table = page.all("table")[0]
    assert (
        plain(table.text)
        .partition("accepted. ")[2]
        .startswith("Source Quarter Read = filtered + outside + collapsed + duplicates + quarantined + accepted")
    )
    sums = [row.split("2025Q4 ")[-1] for row in rows_of(page) if row.startswith(("complaints ${DATA}/complaints-2025Q4", "All sources"))]
    assert sums == ["2,611 380 64 0 17 31 2,119", "3,121 380 78 0 22 37 2,604"]
    for numbers in sums:
        whole, *parts = (int(number.replace(",", "")) for number in numbers.split())
        assert whole == sum(parts)


def test_one_source_alone_needs_no_total() -> None:
    page = validation_of(DATA.model_copy(update={"accounts": DATA.accounts[:1], "pipes": ()}))
    assert not page.all("tfoot")


def test_each_choice_names_its_source_and_how_many_rows_it_touched() -> None:
    assert "a local time that came twice was taken as the first complaints 2" in rows_of(validation_of(DATA))
    assert "No row called for a choice." in validation_of(DATA.model_copy(update={"adjustments": ()})).text


def test_the_quarantine_says_where_its_rows_are_and_by_which_commands_they_come_out() -> None:
    page = validation_of(DATA)
    assert "quarantine.csv" in page.values("href")
    assert [code.text for code in page.all("code")] == [f"touchstone quarantine {verb}" for verb in ("list", "release", "retry")]


def test_rows_that_only_gave_a_warning_are_not_said_to_be_quarantined() -> None:
    page = validation_of(DATA)
    rule = "text is at most 20,000 characters long"
    assert rule not in section_of(page, "What was quarantined, and why")
    assert f"{rule} complaints 3 of 2,150 0.1 % C-103001, C-103744, C-106003" in section_of(page, "Warnings")
    assert "No row gave a warning." in validation_of(DATA.model_copy(update={"rules": DATA.rules[:1]})).text


def test_a_silent_feed_comes_first_and_stands_out_and_a_late_one_says_what_is_broken() -> None:
    page = validation_of(DATA)
    silent = next(row for row in page.all("tr") if row.attributes.get("class") == "standout")
    assert plain(silent.text).startswith("visits 0 none 31 · 28 no record Not so: the newest record")
    feeds = section_of(page, "Feeds")
    assert "2 feeds of 3 should be looked at." in feeds
    assert "survey 485 3 December 2025, 10:05 (Europe/London) 640 · 655 look at it Not so: the newest record" in feeds
    assert feeds.endswith("complaints 2,119 31 December 2025, 21:40 (Europe/London) 2,055 · 2,140 · 1,998 · 2,087 in order")


def test_feeds_in_order_are_said_to_be_and_ask_nobody_to_look() -> None:
    page = validation_of(DATA.model_copy(update={"feeds": DATA.feeds[:1]}))
    assert "All feeds are fresh" in section_of(page, "Feeds")
    assert "#feeds" not in page.values("href")


def test_pipes_add_up_and_a_channel_that_is_not_said_is_called_so() -> None:
    pipes = section_of(validation_of(DATA), "Pipes and channels")
    assert "complaint, telephone external 1,301 complaint, internet external 569 survey, channel not said external 485" in pipes
    assert "complaint, in person external 188" in pipes
    assert pipes.endswith("complaint, email internal 12 All 12 internal 2,604")


def test_categories_are_told_only_where_there_is_a_taxonomy() -> None:
    page = validation_of(DATA)
    assert section_of(page, "Categories").startswith(
        "Categories Of 2,107 records that bear a category of their source’s own, 84 (4.0 %) map to none of the programme’s (taxonomy version 3)."
    )
    assert "complaints 2,107 84 4.0 % Hydrant misuse 49, Road reinstatement 28 7 records under rare names, not shown" in rows_of(page)
    without = validation_of(DATA.model_copy(update={"taxonomy_version": None, "categories": ()}))
    assert "Categories" not in [plain(heading.text) for heading in without.all("h2")]


def test_a_taxonomy_that_no_record_needs_divides_nothing_by_nothing() -> None:
    page = validation_of(DATA.model_copy(update={"categories": (CategoryUse(source="survey", categorised=0, unmapped=0),)}))
    assert "Of 0 records that bear a category of their source’s own, 0 map to none" in page.text


def test_response_rates_are_told_with_their_interval_only_where_they_are_known() -> None:
    assert "survey 1,272 485 38.1 % 35.5 to 40.8 %" in rows_of(validation_of(DATA))
    without = validation_of(DATA.model_copy(update={"responses": ()}))
    assert "Response rates" not in [plain(heading.text) for heading in without.all("h2")]


def test_what_changed_in_a_closed_quarter_adds_up_and_the_page_says_that_it_is_not_altered() -> None:
    late = section_of(validation_of(DATA), "Earlier quarters")
    assert "A closed cycle is never altered" in late
    assert "Records when closed + came since − gone = records now Changed 2025Q3 2,061 40 3 2,098 211" in late
    assert all(one.closed + one.added - one.gone == one.now for one in DATA.late)


def test_rules_that_every_row_kept_are_listed_by_source() -> None:
    kept = section_of(validation_of(DATA), "Rules that every row kept")
    assert kept.endswith(
        "complaints: 2 rules record_id is given 2,150 rows checked channel is a known one 2,150 rows checked"
        " survey: 1 rule record_id is given 491 rows checked"
    )


def test_without_a_list_of_files_each_account_names_its_own() -> None:
    files = section_of(validation_of(DATA.model_copy(update={"files": ()})), "The files that were read")
    assert all(f"{one.place} {one.read:,} rows" in files for one in (*DATA.accounts, *DATA.refreshed))
    assert all(one.sha256 in files for one in (*DATA.accounts, *DATA.refreshed))


def test_hundreds_of_files_rules_and_names_leave_the_page_short_and_say_how_many_more_there_are() -> None:
    rule = DATA.rules[0].model_copy(update={"record_ids": tuple(f"C-{number}" for number in range(20)), "failed": 400})
    wide = DATA.model_copy(
        update={
            "files": tuple(InputFile(source="s", cycle="2025Q4", place=f"{n}.csv", sha256="00" * 32, rows=2) for n in range(500)),
            "pipes": tuple(PipeCount(pipe="call", channel=f"line-{n}", is_internal=n == 9, records=100 - n) for n in range(45)),
            "categories": (CategoryUse(source="s", categorised=900, unmapped=300, names={f"name-{n}": 1 for n in range(300)}),),
            "rules": (rule, *(RuleFinding(source="s", rule=f"column_{n} can be read", checked=9, failed=0) for n in range(500))),
            "adjustments": tuple(Adjustment(source="s", words=f"choice {n}", rows=1) for n in range(30)),
        }
    )
    page = validation_of(wide)
    assert "And 450 more files with 900 rows. All of them: ../summary.json" in page.text
    assert "5 rarer ways 0 internal 290" in page.text  # 60 + 59 + 58 + 57 + 56
    assert page.text.endswith("manifest.json")
    assert "name-19 1 and 280 more" in page.text
    assert "C-9 and 390 more" in page.text
    assert "s: 500 rules" in page.text
    assert not [one for one in page.all("details") if "open" in one.attributes]
    assert len(page.source) < 200_000


def test_a_cycle_without_sources_rules_or_checks_still_gives_a_page() -> None:
    nothing = DataQuality(accounts=(), rules=(), gate=(), unplaced=0, records=0, ratings=0, texts=0, without_cause=0, praise=0)
    page = validation_of(nothing)
    for sentence in ("No check was made.", "No source was read.", "No row called for a choice.", "No row was quarantined."):
        assert sentence in page.text
    assert "quarantine.csv" not in page.values("href")
    assert not page.all("table")


def test_every_link_inside_the_page_leads_somewhere_and_every_table_has_a_caption() -> None:
    page = validation_of(DATA)
    places = page.values("id")
    assert {link[1:] for link in page.values("href") if link.startswith("#")} <= set(places)
    assert len(places) == len(set(places))
    assert len(page.all("table")) == len(page.all("caption"))


def test_hostile_words_in_a_source_stay_words() -> None:
    page = validation_of(with_hostile_words(HOSTILE).data, title=HOSTILE)
    assert not page.all("script", "img")
    assert not [link for link in page.values("href") if link.startswith(("javascript:", "http", "//"))]
    assert "<script>alert(1)</script>" in page.text
    assert "\u202e" not in page.source


def history_rows(entries: tuple[HistoryEntry, ...]) -> list[str]:
    page = read(render_history("aldermere-water", "Aldermere Water", entries))
    return [plain(row.text) for row in page.all("tr")][1:]


def test_cycles_come_newest_first_and_a_revision_before_what_it_replaced() -> None:
    shuffled = random.Random(1).sample(HISTORY, len(HISTORY))
    assert [row.split()[0] for row in history_rows(tuple(shuffled))] == ["2025Q4", "2025Q3.r2", "2025Q3"]


def test_the_tenth_revision_comes_after_the_ninth() -> None:
    entries = tuple(HISTORY[0].model_copy(update={"edition": f"2025Q3.r{n}"}) for n in (9, 10, 2))
    assert [row.split()[0] for row in history_rows(entries)] == ["2025Q3.r10", "2025Q3.r9", "2025Q3.r2"]


def test_each_cycle_links_to_its_own_folder_and_says_what_replaced_it() -> None:
    page = read(render_history("aldermere-water", "Aldermere Water", HISTORY))
    assert {"2025Q4/index.html", "2025Q3.r2/index.html", "2025Q3/index.html", "2025Q4/manifest.json"} <= set(page.values("href"))
    newest, revised, replaced = history_rows(HISTORY)
    assert "4 met 3 not met 6 unsure 4" in newest
    assert "Revised. Reason: The survey file held September twice." in revised
    assert "Replaced by 2025Q3.r2." in replaced
    assert "Replaced" not in revised


def test_a_history_without_cycles_says_so() -> None:
    assert "No cycle has been published yet." in read(render_history("p", "P", ())).text


def test_the_history_is_the_same_whatever_the_order_of_its_entries() -> None:
    assert render_history("p", "P", HISTORY) == render_history("p", "P", tuple(reversed(HISTORY)))
