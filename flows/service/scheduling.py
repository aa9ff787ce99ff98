"""Registering a programme's deployments with a Prefect server: what is there already and right is not touched."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from prefect import Flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate, WorkPoolCreate
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.schedules import CronSchedule, RRuleSchedule
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound, PrefectHTTPStatusError
from prefect.settings import get_current_settings
from prefect.utilities.callables import parameter_schema
from prefect.utilities.importtools import import_object
from prefect.workers.process import ProcessWorker

from config.errors import InputError, ServiceError
from config.loading import load_programme
from config.programme import Programme
from config.settings import load_settings
from flows.run import DISTRIBUTION
from flows.service.automations import ensure_automations
from flows.service.deployments import POOL, Dates, Deployment, deployments_of
from tasks.ledger.connection import open_ledger
from tasks.ledger.schedule import record_schedule

KEPT_AFTER = timedelta(days=7)  # a run that is late by less may still be waiting for a worker


def register(programme_paths: Sequence[str | Path], now: datetime) -> list[str]:
    """Register the deployments of programmes with the server of PREFECT_API_URL, and return in words what was changed.

    Registering again changes nothing: no run is lost or doubled. What was changed is written to the ledger.
    Raises InputError where no server is set, ServiceError where it does not answer.
    """
    api = get_current_settings().api.url
    if api is None:
        raise InputError("No Prefect server is set: set PREFECT_API_URL, or let `touchstone serve` run one.")
    try:
        return asyncio.run(_register_all([Path(path) for path in programme_paths], now))
    except (httpx.HTTPError, PrefectHTTPStatusError) as error:
        raise ServiceError(f"The Prefect server at {api} failed ({type(error).__name__}); see that it runs, then try again.") from error


async def _register_all(paths: Sequence[Path], now: datetime) -> list[str]:
    async with get_client() as client:
        await _ensure_pool(client)
        return [line for path in paths for line in await _register(client, path, now)]


async def _register(client: PrefectClient, path: Path, now: datetime) -> list[str]:
    programme = load_programme(path)
    wanted = deployments_of(programme, path, now)
    ids: dict[str, UUID] = {}
    changes: list[str] = []
    for deployment in wanted:
        ids[deployment.name], changed = await _ensure_deployment(client, deployment, now)
        changes += changed
    changes += await ensure_automations(client, programme.programme, ids)
    if changes:
        _record(programme, wanted, changes)
    return changes


def _record(programme: Programme, wanted: Sequence[Deployment], changes: Sequence[str]) -> None:
    dates = {dates.slug: dates.at.isoformat() for one in wanted for dates in one.schedules if dates.at is not None}
    record_schedule(open_ledger(load_settings().database_url), programme.programme, dates, changes)


async def _ensure_pool(client: PrefectClient) -> None:
    try:
        await client.read_work_pool(POOL)
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        try:
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template))
        except ObjectAlreadyExists:
            return  # somebody else registers at the same time


async def _ensure_deployment(client: PrefectClient, wanted: Deployment, now: datetime) -> tuple[UUID, list[str]]:
    flow: Flow[..., Any] = import_object(wanted.entrypoint)
    parts = _parts(wanted, flow)
    try:
        found = await client.read_deployment_by_name(wanted.full_name)
    except ObjectNotFound:
        flow_id = await client.create_flow_from_name(wanted.flow_name)
        schedules = [_schedule(dates) for dates in wanted.schedules]
        return await client.create_deployment(flow_id, wanted.name, schedules=schedules, **parts), [f"{wanted.name}: registered"]
    changes = []
    if any(_plain(getattr(found, name)) != _plain(value) for name, value in parts.items()):
        await client.update_deployment(found.id, DeploymentUpdate(**parts))
        changes.append(f"{wanted.name}: changed")
    return found.id, changes + await _ensure_schedules(client, found.id, wanted, found.schedules, now)


def _parts(wanted: Deployment, flow: Flow[..., Any]) -> dict[str, Any]:
    """Return what is compared and updated of a deployment; whether it is paused is for people to say."""
    return {
        "version": version(DISTRIBUTION),
        "description": flow.description,
        "parameters": dict(wanted.parameters),
        "parameter_openapi_schema": _form(flow),
        "enforce_parameter_schema": True,
        "entrypoint": wanted.entrypoint,
        "work_pool_name": POOL,
        "job_variables": wanted.job_variables,
        "tags": [POOL],
    }


def _form(flow: Flow[..., Any]) -> dict[str, Any]:
    """Return the schema of the flow's parameters, from which Prefect's page makes its form, as the server keeps it."""
    return {name: part for name, part in parameter_schema(flow).model_dump().items() if part or name != "definitions"}


def _plain(value: Any) -> Any:
    return value.model_dump() if hasattr(value, "model_dump") else value


async def _ensure_schedules(
    client: PrefectClient, deployment: UUID, wanted: Deployment, found: Sequence[DeploymentSchedule], now: datetime
) -> list[str]:
    """Add the dates that are missing, move those that have moved, and remove those that are long past."""
    by_slug = {schedule.slug: schedule for schedule in found}
    right = {dates.slug for dates in wanted.schedules if dates.slug in by_slug and _is_same(by_slug[dates.slug], dates)}
    named = {dates.slug for dates in wanted.schedules}
    gone = [one for slug, one in by_slug.items() if slug not in right and (slug in named or _is_long_past(one, now))]
    new = [dates for dates in wanted.schedules if dates.slug not in right]
    for schedule in gone:
        await client.delete_deployment_schedule(deployment, schedule.id)
    if new:
        await client.create_deployment_schedules(deployment, [_schedule(dates) for dates in new])
    removed = [f"{wanted.name}: {one.slug} removed" for one in gone if one.slug not in named]
    return [f"{wanted.name}: {dates.slug} at {next(iter(dates.when.values()))} {dates.timezone}" for dates in new] + removed


def _schedule(dates: Dates) -> DeploymentScheduleCreate:
    kind = RRuleSchedule if "rrule" in dates.when else CronSchedule
    schedule = kind(timezone=dates.timezone, **dates.when)
    return DeploymentScheduleCreate(schedule=schedule, slug=dates.slug)


def _is_same(found: DeploymentSchedule, wanted: Dates) -> bool:
    return _when(found.schedule) == _when(_schedule(wanted).schedule)


def _when(schedule: Any) -> tuple[Any, ...]:
    return getattr(schedule, "rrule", None), getattr(schedule, "cron", None), getattr(schedule, "timezone", None)


def _is_long_past(found: DeploymentSchedule, now: datetime) -> bool:
    """Return whether the last date of a schedule that is wanted no more lies so far back that its run has surely begun."""
    rrule, _, timezone = _when(found.schedule)
    _, _, last = str(rrule or "").rpartition("RDATE:")
    return not last or datetime.fromisoformat(last).replace(tzinfo=ZoneInfo(timezone or "UTC")) < now - KEPT_AFTER
