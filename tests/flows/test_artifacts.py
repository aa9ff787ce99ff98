"""What a run shows in Prefect's page, and how it waits: with a real Prefect server."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest

from config.errors import InputError, LockedError, ServiceError
from config.loading import load_programme
from config.settings import load_settings
from flows.cycle import Outcome
from reports.formats import share, share_range
from tests.flows.shop import AS_OF, write_shop

APPROVED = "  - {id: board, gets: approvals, mail: [chair@shop.example]}\napprovals: [plan]\n"
TRANSIENT = {"service": ServiceError("busy"), "locked": LockedError("another run")}


def ask(work: Callable[[Any], Any]) -> Any:
    """What `work` gives of a Prefect client."""
    from prefect.client.orchestration import get_client

    async def asking() -> Any:
        async with get_client() as client:
            return await work(client)

    return asyncio.run(asking())


def artifacts_of(flow_run_id: Any) -> dict[str, Any]:
    """The artifacts of a flow run, by the last word of their keys."""
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[flow_run_id]))
    found = ask(lambda client: client.read_artifacts(artifact_filter=of_run))
    by_word = {one.key.rpartition("-")[2]: one for one in found}
    assert len(by_word) == len(found)  # one of each
    return by_word


@dataclass(frozen=True)
class Finished:
    """A cycle that was run by its flow: how it ended, and what Prefect's page shows of it."""

    programme: Path
    outcome: Outcome
    artifacts: dict[str, Any]


@pytest.fixture(scope="module")
def finished(harness: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    from flows.service.orchestrated import cycle_flow

    folder = tmp_path_factory.mktemp("finished")
    programme = write_shop(folder / "shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATA", str(folder / "shop"))
        patch.setenv("TOUCHSTONE_HOME", str(folder / "home"))
        state = cycle_flow(str(programme), "2026Q1", as_of=AS_OF["2026Q1"], return_state=True)
        assert state.name == "Completed"
        yield Finished(programme, state.result(), artifacts_of(state.state_details.flow_run_id))


def test_a_run_shows_progress_a_summary_the_standards_and_the_way_to_the_report(finished: Finished) -> None:
    shown = {word: (one.key, one.type) for word, one in finished.artifacts.items()}
    assert shown == {
        "progress": ("shop-2026q1-progress", "progress"),
        "summary": ("shop-2026q1-summary", "markdown"),
        "standards": ("shop-2026q1-standards", "table"),
        "report": ("shop-2026q1-report", "markdown"),
    }


def test_the_progress_of_a_run_that_finished_is_full(finished: Finished) -> None:
    progress = finished.artifacts["progress"]
    assert float(progress.data) == 100
    assert progress.description == "last step done: mail"


def test_the_summary_names_the_cycle_and_how_it_ended(finished: Finished) -> None:
    heading, _, headline, _, place, _ = finished.artifacts["summary"].data.split("\n")
    assert heading == "## shop 2026Q1: finished"
    assert headline.replace("\\", "") == finished.outcome.headline
    assert finished.outcome.place in place


def test_the_table_of_standards_has_the_figures_that_were_published(finished: Finished) -> None:
    shown = pd.DataFrame(json.loads(finished.artifacts["standards"].data)).set_index(["standard", "touchpoint"])
    published = pd.read_csv(Path(finished.outcome.place).with_name("compliance.csv"))
    titles = {one.id: one.title for one in load_programme(finished.programme).standards}
    assert len(shown) == len(published) > 0
    for row in published.itertuples():
        own = shown.loc[(titles[row.standard], row.touchpoint)]
        assert (own["n"], own["verdict"]) == (row.n, row.verdict)
        assert own["figure"] == share(row.share)
        assert own["interval"] == share_range(row.low, row.high)
        assert own["target"] == share(row.target)


def test_the_link_leads_to_the_report(finished: Finished) -> None:
    text, _, address = finished.artifacts["report"].data.removesuffix(")").rpartition("](")
    assert text == "[shop 2026Q1"
    assert Path(unquote(urlsplit(address).path)) == Path(finished.outcome.place).resolve()
    assert Path(finished.outcome.place).is_file()


@pytest.mark.usefixtures("harness")
def test_words_of_customers_in_a_headline_are_no_markdown() -> None:
    from prefect import flow

    from flows.service.artifacts import show_outcome

    headline = "The biggest cause is “[x](javascript:alert(1)) ![y](//evil.example) <img src=x> `z` **b** #1 a|b”."

    @flow
    def hostile() -> None:
        show_outcome(Outcome("shop", "2026Q1", "awaiting_approval", "", headline), load_settings(), is_draft=False)

    state = hostile(return_state=True)
    line = artifacts_of(state.state_details.flow_run_id)["summary"].data.split("\n")[2]
    assert "\\[x\\]\\(javascript:alert\\(1\\)\\)" in line
    assert line.replace("\\", "") == headline  # nothing is lost
    assert [mark for mark in "[]()<>!`*#|" if line.count(mark) != line.count(f"\\{mark}")] == []  # each mark is a plain character


@pytest.mark.usefixtures("harness")
def test_a_cycle_that_waits_for_approval_hands_on_its_outcome_and_ends_in_a_state_of_that_name(shop: Path) -> None:
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName

    from flows.service.orchestrated import cycle_flow

    shop.write_text(shop.read_text().replace("programme: shop\n", "programme: patient\n") + APPROVED)
    outcome = cycle_flow(str(shop), "2026Q1", as_of=AS_OF["2026Q1"])
    assert (outcome.status, outcome.edition, outcome.headline) == ("awaiting_approval", "2026Q1", "The plan waits for approval.")
    named = FlowRunFilter(name=FlowRunFilterName(any_=["patient 2026Q1"]))
    (run,) = ask(lambda client: client.read_flow_runs(flow_run_filter=named))
    assert (run.state.name, run.state.is_completed(), run.state.message) == ("AwaitingApproval", True, outcome.headline)
    shown = artifacts_of(run.id)
    assert set(shown) == {"progress", "summary"}  # there is no report yet
    assert shown["summary"].data.startswith("## patient 2026Q1: awaiting approval\n")


# how a run waits


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tries no time passes."""
    from flows.service import orchestrated

    monkeypatch.setattr(orchestrated, "PATIENCE_STEP_SECONDS", 0)


def failing(tries: list[str], errors: Iterable[Exception]) -> Callable[[], str]:
    """Work that fails with each of these errors in turn, and then gives something."""
    coming = iter(errors)

    def work() -> str:
        tries.append("tried")
        for error in coming:
            raise error
        return "done"

    return work


@pytest.mark.usefixtures("no_pause")
def test_what_a_service_or_another_run_prevented_is_tried_again() -> None:
    from flows.service.orchestrated import patiently

    tries: list[str] = []
    assert patiently(failing(tries, TRANSIENT.values()), 1) == "done"
    assert len(tries) == 3


@pytest.mark.usefixtures("no_pause")
@pytest.mark.parametrize("kind", TRANSIENT)
def test_what_still_fails_when_patience_is_spent_fails(kind: str) -> None:
    from flows.service.orchestrated import patiently

    tries: list[str] = []
    error = TRANSIENT[kind]
    started = time.monotonic()
    with pytest.raises(type(error), match=str(error)):
        patiently(failing(tries, repeat(error)), 0.05 / 60)  # type: ignore[arg-type]
    assert time.monotonic() - started >= 0.05
    assert len(tries) > 1


@pytest.mark.parametrize(("error", "minutes"), [(InputError("wrong"), 60), (ServiceError("busy"), 0), (LockedError("another run"), 0)])
def test_what_is_wrong_is_not_tried_again_and_nothing_is_without_patience(error: Exception, minutes: int) -> None:
    from flows.service.orchestrated import patiently

    tries: list[str] = []
    with pytest.raises(type(error), match=str(error)):
        patiently(failing(tries, [error]), minutes)
    assert len(tries) == 1


@pytest.mark.usefixtures("harness")
@pytest.mark.parametrize(("late", "quarter"), [(timedelta(0), "2026Q1"), (timedelta(seconds=-1), "2025Q4"), (timedelta(days=40), "2026Q1")])
def test_a_run_is_about_the_quarter_that_was_due_when_it_was_scheduled_to_start(
    shop: Path, monkeypatch: pytest.MonkeyPatch, late: timedelta, quarter: str
) -> None:
    from prefect.states import Scheduled

    from flows.service.orchestrated import cycle_flow, due_at_start

    due = datetime(2026, 4, 9, 8, tzinfo=UTC)  # by hand: the fifth working day after the quarter, Easter between, 09:00 in London
    told = {"programme": str(shop)}
    scheduled: Any = Scheduled(scheduled_time=due + late)
    run = ask(lambda client: client.create_flow_run(cycle_flow, parameters=told, state=scheduled))
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", str(run.id))  # which is how a worker tells a process what it runs
    assert str(due_at_start(load_programme(shop)).quarter) == quarter
