"""Backfill: the quarters without a finished cycle, oldest first, each as of the instant at which it was due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from config.errors import InputError, ServiceError
from config.loading import load_programme
from config.periods import Quarter
from config.settings import load_settings
from flows.cycle import Outcome, run_cycle
from flows.service.backfill import RunOne, backfill, missing
from flows.status import history_lines
from tasks.ledger.connection import Ledger
from tests.flows.shop import AS_OF
from tests.flows.test_doctor import edition
from tests.ledgers import opened, write

SUMMER = timedelta(hours=1)
DUE = {  # worked out by hand: the fifth working day after the quarter, 09:00 in London
    "2025Q3": datetime(2025, 10, 7, 9, tzinfo=UTC) - SUMMER,
    "2025Q4": datetime(2026, 1, 8, 9, tzinfo=UTC),  # 1 January is free
    "2026Q1": datetime(2026, 4, 9, 9, tzinfo=UTC) - SUMMER,  # Good Friday was on the 3rd
    "2026Q2": datetime(2026, 7, 7, 9, tzinfo=UTC) - SUMMER,
}
AUGUST = datetime(2026, 8, 1, tzinfo=UTC)
Asked = list[tuple[str, datetime | None]]


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with opened(load_settings().database_url) as one:
        yield one


def noting(asked: Asked, **endings: Any) -> RunOne:
    """A run that only notes what it was asked for, and ends as told: with a status, or with an error."""

    def run(cycle: str, as_of: datetime | None) -> Outcome:
        asked.append((cycle, as_of))
        ending = endings.get(f"in_{cycle}", "finished")
        if isinstance(ending, Exception):
            raise ending
        return Outcome("shop", cycle, ending, "", "")

    return run


def interrupted_before(step: str) -> Callable[..., Any]:
    """What calls steps directly, and is interrupted before that one."""

    def call(name: str, work: Callable[..., Any], /, *args: Any) -> Any:
        if name == step:
            raise KeyboardInterrupt
        return work(*args)

    return call


def test_missing_quarters_are_run_oldest_first_each_as_of_the_instant_at_which_it_was_due(shop: Path) -> None:
    asked: Asked = []
    outcomes = list(islice(backfill(shop, "2025Q3", noting(asked)), 4))
    assert asked == list(DUE.items())
    assert [outcome.cycle for outcome in outcomes] == list(DUE)


def test_a_quarter_that_is_not_due_yet_is_not_missing(shop: Path, ledger: Ledger) -> None:
    def found(now: datetime) -> list[str]:
        return [str(due.quarter) for due in missing(load_programme(shop), ledger, Quarter.parse("2026Q1"), now)]

    assert found(DUE["2026Q2"]) == ["2026Q1", "2026Q2"]
    assert found(DUE["2026Q2"] - timedelta(seconds=1)) == ["2026Q1"]


def test_a_quarter_that_is_run_is_missing_no_more_and_the_next_backfill_begins_with_it(shop: Path, ledger: Ledger) -> None:
    (outcome,) = islice(backfill(shop, "2026Q1", lambda cycle, as_of: run_cycle(shop, cycle, as_of=as_of)), 1)
    assert (outcome.edition, outcome.status) == ("2026Q1", "finished")
    assert Path(outcome.place).is_file()
    assert datetime.fromisoformat(history_lines("shop")[0]["as_of"]) == DUE["2026Q1"]
    assert [(str(due.quarter), due.at) for due in missing(load_programme(shop), ledger, None, AUGUST)] == [("2026Q2", DUE["2026Q2"])]


def test_a_quarter_that_was_begun_goes_on_with_its_own_as_of(shop: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"], call=interrupted_before("pull complaints"))
    asked: Asked = []
    list(islice(backfill(shop, None, noting(asked)), 2))
    assert asked == [("2026Q1", None), ("2026Q2", DUE["2026Q2"])]


@pytest.mark.parametrize(("edition_name", "as_of"), [("2026Q1.draft1", DUE["2026Q1"]), ("2026Q1", None)])
def test_a_draft_is_no_beginning_of_a_quarter_and_an_edition_that_failed_is(
    shop: Path, ledger: Ledger, edition_name: str, as_of: datetime | None
) -> None:
    write(ledger, edition(edition_name, "failed"), programme="shop")
    asked: Asked = []
    list(islice(backfill(shop, "2026Q1", noting(asked)), 1))
    assert asked == [("2026Q1", as_of)]


def test_a_quarter_with_a_finished_edition_is_left_alone_also_where_its_revision_failed(shop: Path, ledger: Ledger) -> None:
    write(ledger, edition("2025Q4"), edition("2026Q1"), edition("2026Q1.r2", "failed"), programme="shop")
    assert [str(due.quarter) for due in missing(load_programme(shop), ledger, None, AUGUST)] == ["2026Q2"]


def test_it_ends_with_the_first_quarter_that_waits_for_an_approval(shop: Path) -> None:
    asked: Asked = []
    outcomes = list(backfill(shop, "2025Q3", noting(asked, in_2025Q4="awaiting_approval")))
    assert [outcome.status for outcome in outcomes] == ["finished", "awaiting_approval"]
    assert [cycle for cycle, _ in asked] == ["2025Q3", "2025Q4"]


def test_the_error_of_the_first_quarter_that_fails_goes_on_and_nothing_later_is_run(shop: Path) -> None:
    asked: Asked = []
    outcomes = backfill(shop, "2025Q3", noting(asked, in_2025Q4=ServiceError("the disk is full")))
    assert next(outcomes).cycle == "2025Q3"
    with pytest.raises(ServiceError, match="the disk is full"):
        next(outcomes)
    assert [cycle for cycle, _ in asked] == ["2025Q3", "2025Q4"]


def test_a_ledger_without_a_cycle_says_in_one_sentence_that_the_first_quarter_is_needed(shop: Path, ledger: Ledger) -> None:
    write(ledger, edition("2026Q1.draft1"), programme="shop")
    with pytest.raises(InputError) as refusal:
        list(backfill(shop, None, noting([])))
    assert str(refusal.value) == "The ledger knows no cycle of shop yet; give the first quarter with --since."
