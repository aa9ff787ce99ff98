from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from reports.history import render_history
from reports.validation import render_validation
from tasks.results import DataQuality, HistoryEntry
from tests.reports.markup import Page, plain, read
from tests.reports.samples import DATA, HISTORY
from tests.reports.test_page import HOSTILE

AS_OF = datetime(2026, 1, 12, 9, tzinfo=UTC)


def validation_of(data: DataQuality, title: str = "Aldermere Water") -> Page:
    return read(render_validation(title, "2025Q4", AS_OF, "Europe/London", data))


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
    assert "record_id is given complaints 2,150" in rows


def test_rows_of_earlier_quarters_that_were_read_again_are_counted_apart() -> None:
    page = validation_of(DATA)
    assert "Of this quarter’s rows, 37 rows were set aside." in page.text
    captions = [plain(caption.text) for caption in page.all("caption")]
    assert "Earlier quarters, read again because some of their cases were still open." in captions
    assert all(account.sha256 in page.text for account in (*DATA.accounts, *DATA.refreshed))


def test_a_cycle_without_sources_rules_or_checks_still_gives_a_page() -> None:
    nothing = DataQuality(accounts=(), rules=(), gate=(), unplaced=0, records=0, ratings=0, texts=0, without_cause=0, praise=0)
    page = validation_of(nothing)
    for sentence in ("No check was made.", "No source was read.", "No row was quarantined."):
        assert sentence in page.text


def test_hostile_words_in_a_source_stay_words() -> None:
    rule = DATA.rules[0].model_copy(update={"rule": HOSTILE, "record_ids": (HOSTILE,)})
    page = validation_of(DATA.model_copy(update={"rules": (rule,)}), title=HOSTILE)
    assert not page.all("script", "img")
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
    assert "2 met 2 not met 4 unsure 4" in newest
    assert "Revised. Reason: The survey file held September twice." in revised
    assert "Replaced by 2025Q3.r2." in replaced
    assert "Replaced" not in revised


def test_a_history_without_cycles_says_so() -> None:
    assert "No cycle has been published yet." in read(render_history("p", "P", ())).text


def test_the_history_is_the_same_whatever_the_order_of_its_entries() -> None:
    assert render_history("p", "P", HISTORY) == render_history("p", "P", tuple(reversed(HISTORY)))
