"""A prefect.yaml that makes the same deployments as `touchstone schedule`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from config.loading import load_programme
from flows.run import DISTRIBUTION
from flows.service.deployments import POOL, Dates, Deployment, deployments_of


def prefect_yaml(programme_paths: Sequence[Path], now: datetime) -> str:
    """Return the text of a prefect.yaml with the deployments of these programmes."""
    found = [one for path in programme_paths for one in deployments_of(load_programme(path), path, now)]
    document = {"name": POOL, "pull": None, "deployments": [_entry(one) for one in found]}
    text = io.StringIO()
    yaml = YAML()
    yaml.width = 120
    yaml.dump(document, text)
    return text.getvalue()


def _entry(one: Deployment) -> dict[str, Any]:
    return {
        "name": one.name,
        "version": version(DISTRIBUTION),
        "tags": [POOL],
        "entrypoint": one.entrypoint,
        "parameters": dict(one.parameters),
        "enforce_parameter_schema": True,
        "work_pool": {"name": POOL, "job_variables": dict(one.job_variables)},
        "schedules": [_dates(dates) for dates in one.schedules],
    }


def _dates(dates: Dates) -> dict[str, Any]:
    return {"slug": dates.slug, **dates.when, "timezone": dates.timezone}
