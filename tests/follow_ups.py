"""A ledger with two follow-ups of the ferry, as a cycle has opened them."""

from __future__ import annotations

from datetime import date

from config.loading import freeze
from config.settings import load_settings
from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.models import FollowUpRow
from tasks.results import FollowUp
from tests.ledgers import CYCLE, FERRY, begin, execute, write
from tests.programmes import programme

ONE, TWO = "fu-0123456789", "fu-abcdef0123"
TITLES = {ONE: "Keep the standard “On time” at The counter", TWO: "Find and remove the root of “no roster”"}


def ferry_with_follow_ups() -> Ledger:
    """Return the ledger of a programme that has two follow-ups, where the settings look for it."""
    ledger = open_ledger(load_settings().database_url)
    begin(ledger, frozen=freeze(programme()))
    execute(ledger, "DELETE FROM locks")
    for one in (ONE, TWO):
        row = FollowUpRow(programme=FERRY, id=one, status="proposed", edition=CYCLE, content=proposed(one).model_dump_json())
        write(ledger, row, kind="follow_ups.opened")
    return ledger


def proposed(one: str) -> FollowUp:
    """Return a follow-up of which nobody has said anything yet."""
    return FollowUp(
        id=one,
        finding="standard:on-time:counter" if one == ONE else "cause:2026Q1-01",
        kind="corrective",
        status="proposed",
        title=TITLES[one],
        opened_in=CYCLE,
        last_seen_in=CYCLE,
        times_seen=1,
        stages=("book",),
        touchpoints=("counter",),
        owner="desk",
        departments=("desk", "web"),
        due=date(2026, 5, 11),
        evidence="2026Q1: 40 of 60 kept",
    )
