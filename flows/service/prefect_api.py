"""What `touchstone serve` asks of a Prefect server, over HTTP: Prefect's own client would take memory all day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from config.errors import ServiceError

TIMEOUT_SECONDS = 15
ACTIVE_STATES = ("SCHEDULED", "PENDING", "RUNNING", "CANCELLING", "PAUSED")
_LIMIT = 200


@dataclass(frozen=True)
class PrefectApi:
    """A Prefect server at the address of its API; every method raises ServiceError where it does not answer as it should."""

    url: str

    @property
    def page(self) -> str:
        """The address of the page that people look at."""
        return self.url.removesuffix("/api")

    def is_healthy(self) -> bool:
        """Return whether the server answers."""
        try:
            return httpx.get(f"{self.url}/health", timeout=TIMEOUT_SECONDS).is_success
        except httpx.HTTPError:
            return False

    def deployment_id(self, full_name: str) -> str:
        """Return a deployment's id."""
        flow, _, name = full_name.partition("/")
        return str(self._ask("GET", f"/deployments/name/{flow}/{name}")["id"])

    def active_runs(self, tag: str, states: Sequence[str] = ACTIVE_STATES) -> list[dict[str, Any]]:
        """Return the flow runs with a tag that are in one of the states, those that are due soonest first."""
        wanted = {"tags": {"all_": [tag]}, "state": {"type": {"any_": list(states)}}}
        asked = {"flow_runs": wanted, "limit": _LIMIT, "sort": "EXPECTED_START_TIME_ASC"}
        return list(self._ask("POST", "/flow_runs/filter", asked))

    def start(self, deployment_id: str, parameters: Mapping[str, Any]) -> None:
        """Ask for a run of a deployment, now."""
        self._ask("POST", f"/deployments/{deployment_id}/create_flow_run", {"parameters": dict(parameters)})

    def crash(self, run_id: str, message: str) -> None:
        """Set a run that nobody runs any more to crashed."""
        state = {"type": "CRASHED", "name": "Crashed", "message": message}
        self._ask("POST", f"/flow_runs/{run_id}/set_state", {"state": state, "force": True})

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        try:
            answer = httpx.request(method, f"{self.url}{path}", json=body, timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise ServiceError(f"The Prefect server at {self.url} failed ({type(error).__name__} at {path}); see that it runs.") from error
        return answer.json()
