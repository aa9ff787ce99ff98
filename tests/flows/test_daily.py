"""What is done every day: reminders of approvals, and letting expire what is too old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from config.loading import load_programme
from config.settings import load_settings
from flows.cycle import run_cycle
from flows.deciding import decide
from flows.places import open_vault
from flows.service.daily import keep_house
from flows.status import mail_lines
from tasks.ledger.approvals import waiting_approvals
from tasks.ledger.connection import open_ledger
from tests.flows.shop import AS_OF
from tests.flows.test_retention import ALL, QUARTERS, House
from tests.ledgers import opened

APPROVED = "  - {id: board, gets: approvals, mail: [chair@shop.example]}\napprovals: [plan]\n"
LONDON = ZoneInfo("Europe/London")
KEPT_QUARTERS = 5


@pytest.fixture
def asked_at(shop: Path) -> datetime:
    """The instant at which the shop's board was asked to approve a plan."""
    shop.write_text(shop.read_text() + APPROVED)
    run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"])
    (asked,) = waiting_approvals(open_ledger(load_settings().database_url), "shop")
    return datetime.fromisoformat(asked.requested_at)


def noon(after: datetime, days: int) -> datetime:
    """Noon in London, so many days after the day of that instant."""
    return datetime.combine(after.astimezone(LONDON).date() + timedelta(days=days), time(12), LONDON)


def reminders(shop: Path, now: datetime) -> int:
    """How many mails the board gets when the house is kept at that instant."""
    before = len(mail_lines("shop"))
    keep_house(str(shop), now)
    sent = mail_lines("shop")
    assert {(row["recipient"], row["status"]) for row in sent} == {("chair@shop.example", "sent")}
    return len(sent) - before


def test_an_approval_is_reminded_of_not_before_twenty_hours_have_passed(shop: Path, asked_at: datetime) -> None:
    assert reminders(shop, asked_at + timedelta(hours=20) - timedelta(seconds=1)) == 0
    assert reminders(shop, asked_at + timedelta(hours=20)) == 1


def test_an_approval_is_reminded_of_once_a_day_by_the_programme_s_own_calendar(shop: Path, asked_at: datetime) -> None:
    second = noon(asked_at, 2)
    midnight = datetime.combine(second.date() + timedelta(days=1), time(0), LONDON)
    assert reminders(shop, second) == 1
    assert reminders(shop, second + timedelta(hours=6)) == 0
    assert reminders(shop, midnight.astimezone(UTC) - timedelta(seconds=1)) == 0
    assert reminders(shop, midnight.astimezone(UTC)) == 1


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_after_the_decision_nobody_is_reminded(shop: Path, asked_at: datetime, decision: Literal["approve", "reject"]) -> None:
    assert reminders(shop, noon(asked_at, 2)) == 1
    decide(shop, decision, typed_name="Chair", note="as agreed")
    assert reminders(shop, noon(asked_at, 3)) == 0


def test_what_was_done_is_returned_in_words(shop: Path, asked_at: datetime) -> None:
    assert keep_house(str(shop), asked_at) == []
    assert keep_house(str(shop), noon(asked_at, 2)) == ["1 reminded of the plan of 2026Q1"]


@pytest.fixture
def house() -> Iterator[House]:
    """The shop's ledger and vault, for editions made by hand."""
    settings = load_settings()
    with opened(settings.database_url) as ledger:
        yield House(ledger, open_vault(settings))


def test_words_of_quarters_older_than_those_that_are_kept_expire(shop: Path, house: House) -> None:
    shop.write_text(shop.read_text() + f"retention: {{snapshot_quarters: {KEPT_QUARTERS}}}\n")
    assert load_programme(shop).retention.snapshot_quarters == KEPT_QUARTERS
    oldest, *kept = (house.make(cycle, owner="shop") for cycle in QUARTERS[: KEPT_QUARTERS + 1])
    now = datetime.now(UTC)
    assert keep_house(str(shop), now) == [f"{len(ALL)} objects with customers' words expired"]
    assert [house.kept(refs) for refs in (oldest, *kept)] == [set(), *[ALL] * KEPT_QUARTERS]
    assert keep_house(str(shop), now) == []
