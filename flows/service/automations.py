"""Prefect automations that start the alert when a cycle fails or is stuck."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from prefect.automations import AutomationCore, EventTrigger, Posture, RunDeployment
from prefect.client.orchestration import PrefectClient

STUCK_AFTER = timedelta(hours=3)
_RUNNING_CYCLES = ("cycle", "approve", "backfill")
_TROUBLE = {"prefect.flow-run.Failed", "prefect.flow-run.Crashed"}
AWAITING_STATE = "AwaitingApproval"
_ENDS = _TROUBLE | {f"prefect.flow-run.{name}" for name in ("Completed", "Cancelled", AWAITING_STATE)}


async def ensure_automations(client: PrefectClient, programme: str, deployments: Mapping[str, UUID]) -> list[str]:
    """Create the programme's automations where they are not there, and return in words what was changed.

    `deployments` are the ids of its deployments by name.
    """
    watched = [str(deployments[f"{programme} {name}"]) for name in _RUNNING_CYCLES]
    alert = deployments[f"{programme} alert"]
    wanted = (_automation(programme, "failed", watched, alert), _automation(programme, "is stuck", watched, alert))
    changes = []
    for automation in wanted:
        if not await client.read_automations_by_name(automation.name):
            await client.create_automation(automation)
            changes.append(f"{automation.name}: an automation mails it")
    return changes


def _automation(programme: str, what: Literal["failed", "is stuck"], watched: list[str], alert: UUID) -> AutomationCore:
    of_cycles = {"prefect.resource.role": "deployment", "prefect.resource.id": [f"prefect.deployment.{one}" for one in watched]}
    timing: dict[str, Any] = (
        {"posture": Posture.Reactive, "expect": _TROUBLE, "threshold": 1, "within": timedelta(0)}
        if what == "failed"
        else {"posture": Posture.Proactive, "after": {"prefect.flow-run.Running"}, "expect": _ENDS, "threshold": 1, "within": STUCK_AFTER}
    )
    return AutomationCore(
        name=f"{programme} cycle {what}",
        description="Starts the alert, which mails the programme's audience of alerts.",
        trigger=EventTrigger(
            match={"prefect.resource.id": "prefect.flow-run.*"}, match_related=of_cycles, for_each={"prefect.resource.id"}, **timing
        ),
        actions=[RunDeployment(deployment_id=alert, parameters={"run": _filled_in("{{ flow_run.id }}"), "what": what})],
    )


def _filled_in(template: str) -> dict[str, str]:
    """Return a parameter that the server fills in when the automation fires."""
    return {"__prefect_kind": "jinja", "template": template}
