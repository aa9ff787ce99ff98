"""Deployments and their dates, registered with a real Prefect server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.calendar import due_runs
from config.errors import InputError
from config.loading import load_programme
from flows.service.deployments import RUNS_AHEAD, deployments_of
from flows.service.prefect_yaml import prefect_yaml
from flows.service.preview import preview_lines
from flows.status import event_lines
from tasks.ledger.connection import open_ledger
from tasks.ledger.schedule import missed_runs, record_schedule

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMES = {"cycle", "approve", "backfill", "follow-up update", "daily", "weekly", "alert"}
ROOT = Path(__file__).parents[2]


def ask(work: Any) -> Any:
    """What `work` gives of a Prefect client."""
    from prefect.client.orchestration import get_client

    async def asking() -> Any:
        async with get_client() as client:
            return await work(client)

    return asyncio.run(asking())


def found(programme: str) -> dict[str, Any]:
    """The programme's deployments on the server, by the name of what they do."""
    deployments = ask(lambda client: client.read_deployments(limit=200, sort="NAME_ASC"))
    return {one.name.removeprefix(f"{programme} "): one for one in deployments if one.name.startswith(f"{programme} ")}


def dates_of(deployment: Any) -> dict[str, tuple[str, str]]:
    """Slug, RRULE (without the start that Prefect adds to one of dates alone) and zone of each schedule."""
    return {one.slug: (one.schedule.rrule.rpartition("\n")[2], one.schedule.timezone) for one in deployment.schedules}


def register(*paths: Path, now: datetime = NOW) -> list[str]:
    from flows.service.scheduling import register as registering

    return registering(paths, now)


def named(shop: Path, name: str) -> Path:
    """The shop under another id: tests share one server."""
    shop.write_text(shop.read_text().replace("programme: shop\n", f"programme: {name}\n"))
    return shop


@pytest.mark.usefixtures("harness")
def test_registering_twice_changes_nothing(shop: Path) -> None:
    path = named(shop, "twice")
    assert register(path)
    first = {name: one.model_dump() for name, one in found("twice").items()}
    events = event_lines("twice", None)
    assert set(first) == NAMES
    assert register(path) == []
    assert {name: one.model_dump() for name, one in found("twice").items()} == first
    assert event_lines("twice", None) == events
    automations = ask(lambda client: client.read_automations_by_name("twice cycle failed"))
    assert len(automations) == 1


@pytest.mark.usefixtures("harness")
def test_the_server_is_given_exactly_the_dates_of_the_preview_and_keeps_nine_o_clock_through_the_year(shop: Path) -> None:
    path = named(shop, "dated")
    register(path)
    cycle = found("dated")["cycle"]
    due = due_runs(load_programme(path), NOW, RUNS_AHEAD)
    assert dates_of(cycle) == {str(one.quarter): (f"RDATE:{one.at:%Y%m%dT090000}", "Europe/London") for one in due}
    end = NOW + timedelta(days=3 * 365)
    given = sorted(at for one in cycle.schedules for at in asyncio.run(_dates(one.schedule, end)))
    assert given == [one.at.astimezone(UTC) for one in due]
    assert {at.astimezone(ZoneInfo("Europe/London")).hour for at in given} == {9}
    assert [line.split("  ")[0] for line in preview_lines([path], NOW, RUNS_AHEAD)] == [f"dated {one.quarter}" for one in due]


async def _dates(schedule: Any, end: datetime) -> list[datetime]:
    """The instants at which the server will start runs, by its own reading of a schedule."""
    from prefect.server.schemas.schedules import RRuleSchedule

    read = RRuleSchedule(rrule=schedule.rrule, timezone=schedule.timezone)
    return [at.astimezone(UTC) for at in await read.get_dates(20, start=NOW, end=end)]


@pytest.mark.usefixtures("harness")
def test_a_quarter_later_one_date_is_added_and_the_others_are_the_same_schedules_still(shop: Path) -> None:
    path = named(shop, "later")
    register(path)
    before = {one.slug: one.id for one in found("later")["cycle"].schedules}
    changes = register(path, now=NOW + timedelta(days=70))
    after = {one.slug: one.id for one in found("later")["cycle"].schedules}
    assert len(changes) == 2  # one added, and the one that is long past removed
    assert len(after.keys() - before.keys()) == 1
    assert before.keys() - after.keys() == {"2026Q4"}
    assert {slug: after[slug] for slug in before.keys() & after.keys()} == {slug: before[slug] for slug in before.keys() & after.keys()}


@pytest.mark.usefixtures("harness")
def test_a_date_that_has_just_passed_stays_until_its_run_has_surely_begun(shop: Path) -> None:
    path = named(shop, "late")
    register(path)
    due = due_runs(load_programme(path), NOW, 1)[0]
    register(path, now=due.at + timedelta(hours=1))
    assert str(due.quarter) in dates_of(found("late")["cycle"])


@pytest.mark.usefixtures("harness")
def test_a_closure_moves_its_quarter_alone_and_the_ledger_says_so(shop: Path) -> None:
    path = named(shop, "moved")
    register(path)
    before = dates_of(found("moved")["cycle"])
    closure = "holidays: GB-ENG, closures: [{first: 2027-01-04, last: 2027-01-05, reason: Stocktaking}]}"
    path.write_text(path.read_text().replace("holidays: GB-ENG}", closure))
    register(path)
    after = dates_of(found("moved")["cycle"])
    assert {slug for slug in before if before[slug] != after[slug]} == {"2026Q4"}
    assert after["2026Q4"] == ("RDATE:20270112T090000", "Europe/London")  # worked out by hand: 5th working day without 1, 4 and 5 January
    last = event_lines("moved", None)[-1]
    assert last["kind"] == "schedule.registered"
    assert last["detail"]["dates"]["2026Q4"] == "2027-01-12T09:00:00+00:00"


@pytest.mark.usefixtures("harness")
def test_a_schedule_that_a_person_paused_stays_paused(shop: Path) -> None:
    path = named(shop, "paused")
    register(path)
    deployment = found("paused")["cycle"]
    schedule = deployment.schedules[0]
    ask(lambda client: client.update_deployment_schedule(deployment.id, schedule.id, active=False))
    assert register(path) == []
    again = {one.slug: one.active for one in found("paused")["cycle"].schedules}
    assert again[schedule.slug] is False


@pytest.mark.usefixtures("harness")
def test_every_parameter_is_typed_and_described_so_that_the_form_explains_itself(shop: Path) -> None:
    register(named(shop, "form"))
    for name, deployment in found("form").items():
        assert deployment.description, name
        for parameter, schema in deployment.parameter_openapi_schema["properties"].items():
            assert schema.get("description"), f"{name}: {parameter}"
            assert {"type", "anyOf", "enum"} & schema.keys(), f"{name}: {parameter}"
    decision = found("form")["approve"].parameter_openapi_schema["properties"]["decision"]
    assert decision["enum"] == ["approve", "reject"]


@pytest.mark.usefixtures("harness")
def test_prefect_yaml_makes_the_same_deployments(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import get_current_settings

    register(named(shop, "pool"))  # which makes the work pool that prefect.yaml names
    path = tmp_path / "programme.yaml"
    path.write_text(shop.read_text().replace("programme: pool", "programme: yaml"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prefect.yaml").write_text(prefect_yaml([path], NOW), encoding="utf-8")
    environment = os.environ | {"PREFECT_API_URL": str(get_current_settings().api.url)}
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    by_prefect = {name: comparable(one) for name, one in found("yaml").items()}
    changes = register(path)
    assert all("automation" in change for change in changes), changes  # of which prefect.yaml knows nothing
    assert {name: comparable(one) for name, one in found("yaml").items()} == by_prefect


def comparable(deployment: Any) -> dict[str, Any]:
    """What makes a deployment what it is."""
    names = {
        "name",
        "description",
        "parameters",
        "entrypoint",
        "tags",
        "work_pool_name",
        "job_variables",
        "parameter_openapi_schema",
        "version",
    }
    schedules = {one.slug: (one.schedule.model_dump(), one.parameters, one.active) for one in deployment.schedules}
    return deployment.model_dump(include=names) | {"schedules": schedules}


def test_the_prefect_yaml_beside_the_rooms_is_the_one_that_would_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    written = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    starter = Path("config/examples/starter.yaml")
    assert written == prefect_yaml([starter], NOW).replace(str(ROOT), "{{ $PWD }}")


def test_without_a_server_one_sentence_says_what_to_set(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings(restore_defaults={PREFECT_API_URL}), pytest.raises(InputError, match="set PREFECT_API_URL"):
        register(shop)


def test_a_deployment_is_told_the_programme_by_its_whole_path(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.parent)
    deployments = deployments_of(load_programme(shop), Path(shop.name), NOW)
    told = [one.parameters for one in deployments]
    assert {parameters["programme"] for parameters in told if "programme" in parameters} == {str(shop)}
    assert {one.job_variables["working_dir"] for one in deployments} == {str(shop.parent)}


# what was missed


def test_a_run_that_was_registered_and_never_begun_is_missed_and_one_that_began_is_not(shop: Path) -> None:
    from flows.cycle import run_cycle
    from tests.flows.shop import AS_OF

    ledger = open_ledger(f"sqlite:///{os.environ['TOUCHSTONE_HOME']}/ledger.db")
    dates = {"2026Q1": "2026-04-10T09:00:00+01:00", "2026Q2": "2026-07-07T09:00:00+01:00", "2026Q3": "2026-10-07T09:00:00+01:00"}
    record_schedule(ledger, "shop", dates, ["registered"])
    record_schedule(ledger, "shop", {"2026Q2": "2026-07-10T09:00:00+00:00"}, ["moved"])
    run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"])
    missed = missed_runs(ledger, "shop", datetime(2026, 9, 1, tzinfo=UTC))
    assert missed == {"2026Q2": AS_OF["2026Q2"]}  # the date registered last; the third quarter is not due yet
