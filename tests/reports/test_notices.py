"""Letters about a cycle that needs a person."""

from __future__ import annotations

from datetime import date

import pytest

from config.programme import Audience
from reports import notices
from tasks.results import DataQuality
from tests import programmes
from tests.reports import samples
from tests.reports.samples import AUDIENCES

BOARD = Audience(id="board", gets="approvals", mail=("chair@aldermere.example",))
PROGRAMME = programmes.programme(title="Aldermere Water", audiences=(*AUDIENCES, BOARD))
SHA256 = "0123456789abcdef" * 4


def test_an_alert_goes_to_alert_audiences_alone_and_says_what_failed_and_what_to_do(data_refused: DataQuality) -> None:
    (letter,) = notices.tell_of_refusal(PROGRAMME, "2025Q4", data_refused)
    assert (letter.audience, letter.recipient) == ("operations", "ops@aldermere.example")
    assert letter.subject == "Aldermere Water 2025Q4: not published, the data did not pass"
    text = " ".join(letter.text.split())
    assert "1 required check failed" in text
    assert "At most 2.0 % of the rows are quarantined. 37 of 2,641 rows, 1.4 %." in text
    assert "complaints: closed not before it was opened 22 of 2,150 rows failed" in text
    assert "When the source is put right, run the cycle again." in text
    assert "At most 5 %" not in text, "a failed warning is no reason"


def test_who_approves_is_asked_with_the_hash_and_the_command_that_decides() -> None:
    (letter,) = notices.ask_for_plan(PROGRAMME, "2025Q4", SHA256, ("gate.quarantined_share_at_most: 0.02, now 0.5",), ())
    assert letter.recipient == "chair@aldermere.example"
    text = " ".join(letter.text.split())
    assert SHA256 in text
    assert "touchstone approve PROGRAMME-FILE --cycle 2025Q4 --sha256 01234567" in text
    assert "gate.quarantined_share_at_most: 0.02, now 0.5" in text


def test_a_plan_lists_the_ready_made_standards_and_figures_that_are_no_shares() -> None:
    median = {
        "id": "fast",
        "title": "Fast",
        "touchpoints": "all",
        "measure": {"median": ["occurred_at", "resolved_at"], "at_most": "2 days"},
    }
    promising = programmes.programme(audiences=(BOARD,), standards=[median], complaint_handling={})
    (letter,) = notices.ask_for_plan(promising, "2025Q4", SHA256, None, ())
    assert "- Fast: at most 2 days" in letter.text
    assert "- Complaint resolved within 15 working days: 90%" in letter.text


def test_a_request_for_publication_says_where_to_look_first() -> None:
    (letter,) = notices.ask_for_publication(PROGRAMME, "2025Q4.r2", SHA256, "Two of three standards are met.", "/drafts/preview/index.html")
    text = " ".join(letter.text.split())
    assert "Two of three standards are met." in text
    assert "/drafts/preview/index.html" in text
    assert "--cycle 2025Q4 " in text


def test_a_reminder_says_since_when_an_approval_is_missing() -> None:
    (letter,) = notices.remind_of(PROGRAMME, "2025Q4", "plan", SHA256, date(2026, 1, 9))
    assert "since 9 January 2026" in " ".join(letter.text.split())


def test_an_address_of_two_audiences_is_asked_once() -> None:
    twice = programmes.programme(audiences=(BOARD, BOARD.model_copy(update={"id": "again"})))
    (letter,) = notices.remind_of(twice, "2025Q4", "plan", SHA256, date(2026, 1, 9))
    assert letter.audience == "board"


def test_trouble_is_told_with_its_error_and_what_to_do() -> None:
    (letter,) = notices.tell_of_trouble(PROGRAMME, "2025Q4", "failed", "There is no file complaints.csv.", "put the file there")
    assert letter.recipient == "ops@aldermere.example"
    assert "There is no file complaints.csv." in letter.text
    assert "put the file there" in letter.text


@pytest.fixture
def data_refused() -> DataQuality:
    """Data whose required check failed."""
    gate = samples.DATA.gate
    return samples.DATA.model_copy(update={"gate": (gate[0].model_copy(update={"is_passed": False}), *gate[1:])})
