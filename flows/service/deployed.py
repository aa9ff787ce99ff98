"""The flows that a person or the calendar starts beside the cycle itself; Prefect's form shows their parameters as they are described."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from flows.service.telemetry import keep_quiet

keep_quiet()

from prefect import flow  # noqa: E402  (Prefect reads its settings when it is imported)

from config.loading import load_programme  # noqa: E402
from flows.cycle import Outcome  # noqa: E402
from flows.deciding import Chosen, decide, decide_on, in_words  # noqa: E402
from flows.follow_ups import update_follow_up  # noqa: E402
from flows.reminding import remind  # noqa: E402
from flows.service.alerting import alert  # noqa: E402
from flows.service.backfill import backfill  # noqa: E402
from flows.service.daily import keep_house  # noqa: E402
from flows.service.orchestrated import cycle_flow, name_of_run, patiently  # noqa: E402
from flows.service.scheduling import register  # noqa: E402


@flow(name="touchstone-approve", flow_run_name=name_of_run, persist_result=False)
def approve_flow(
    programme: str,
    name: str,
    decision: Literal["approve", "reject"] = "approve",
    cycle: str = "",
    sha256: str = "",
    note: str = "",
    patience_minutes: int = 0,
    action: str = "",
    choice: Chosen | None = None,
) -> Outcome | str:
    """Record a decision on the plan or the publication that waits, and go on with the cycle where it was approved; or on an action.

    Args:
        programme: Path of the programme file; the deployment has set it.
        name: Your name; it stands in the ledger beside the identity under which this runs.
        decision: Whether the cycle may go on.
        cycle: The quarter, such as 2026Q3; needed only where several wait.
        sha256: The hash of what you have looked at, or its first eight digits or more; another one is refused.
        note: Why; needed for a rejection.
        patience_minutes: How long to wait for a service that does not answer, or for another run of this programme to end.
        action: Id of a proposed action, such as dec-0123456789, where you decide on one and not on a plan or a publication.
        choice: What you decide on that action.
    """
    if action:
        return patiently(lambda: in_words(decide_on(programme, action, choice, typed_name=name, note=note)), patience_minutes)
    decided = patiently(
        lambda: decide(programme, decision, typed_name=name, cycle=cycle or None, sha256=sha256, note=note), patience_minutes
    )
    return cycle_flow(programme, decided.cycle, patience_minutes=patience_minutes) if decided.status == "approved" else decided


@flow(name="touchstone-backfill", flow_run_name=name_of_run, persist_result=False)
def backfill_flow(programme: str, since: str = "", patience_minutes: int = 0) -> list[Outcome]:
    """Run every quarter that has no finished cycle, oldest first.

    Args:
        programme: Path of the programme file; the deployment has set it.
        since: The first quarter, such as 2025Q1; the programme's first cycle without it.
        patience_minutes: How long each quarter waits for a service that does not answer.
    """

    def run_one(cycle: str, as_of: datetime | None) -> Outcome:
        return cycle_flow(programme, cycle, as_of=as_of, patience_minutes=patience_minutes)

    return list(backfill(programme, since or None, run_one))


@flow(name="touchstone-follow-up-update", flow_run_name=name_of_run, persist_result=False)
def follow_up_flow(
    programme: str,
    follow_up: str,
    name: str,
    status: Literal["accepted", "in_progress", "done"] | None = None,
    evidence: str = "",
    note: str = "",
    why: list[str] | None = None,
    effort_person_weeks: float | None = None,
    predicted_change: float | None = None,
    kind: Literal["training"] | None = None,
    patience_minutes: int = 0,
) -> str:
    """Record what became of a follow-up.

    Args:
        programme: Path of the programme file; the deployment has set it.
        follow_up: The follow-up's id, such as fu-0123456789; the mail and the report name it.
        name: Your name.
        status: What it is now, where that has changed; in_progress takes back that it is done. Whether it worked is for the next Check
            to say.
        evidence: What shows that it is done: a link, a number, a document.
        note: Anything the next reader should know.
        why: What was found as the real cause: up to five whys, each the answer to "why?" of the one before, the last one the root.
        effort_person_weeks: What it takes, in weeks of one person's work.
        predicted_change: By how much you expect the share to change, 0.05 for five points; before it is done.
        kind: Training, where people need to learn something rather than a thing be put right.
        patience_minutes: How long to wait for a running cycle to end.
    """
    programme_id = load_programme(programme).programme

    def update() -> str:
        return update_follow_up(
            programme_id,
            follow_up,
            status,
            typed_name=name,
            origin="form",
            evidence=evidence,
            note=note,
            root_cause=tuple(why or ()),
            effort_person_weeks=effort_person_weeks,
            predicted_change=predicted_change,
            kind=kind,
        )

    return patiently(update, patience_minutes)


@flow(name="touchstone-daily", flow_run_name=name_of_run, persist_result=False)
def daily_flow(programme: str, patience_minutes: int = 0) -> list[str]:
    """Keep house: renew the schedule, remind of approvals, and let what is too old expire.

    Args:
        programme: Path of the programme file; the deployment has set it.
        patience_minutes: How long to wait for a service that does not answer, or for a running cycle to end.
    """
    now = datetime.now(UTC)
    registered = patiently(lambda: register([programme], now), patience_minutes)
    return [*registered, *patiently(lambda: keep_house(programme, now), patience_minutes)]


@flow(name="touchstone-weekly", flow_run_name=name_of_run, persist_result=False)
def weekly_flow(programme: str, patience_minutes: int = 0) -> list[str]:
    """Remind owners of follow-ups before and after they are due, and leadership of those that do not move.

    Args:
        programme: Path of the programme file; the deployment has set it.
        patience_minutes: How long to wait for a service that does not answer.
    """
    now = datetime.now(UTC)
    return patiently(lambda: remind(programme, now), patience_minutes)


@flow(name="touchstone-alert", flow_run_name="{programme_id} {what}", persist_result=False)
def alert_flow(programme_id: str, run: str = "", what: Literal["failed", "is stuck"] = "failed", patience_minutes: int = 0) -> str:
    """Tell the audience of alerts that a cycle failed or is stuck; automations start this.

    Args:
        programme_id: The programme's id; the deployment has set it.
        run: Id of the flow run that is meant; one mail a run.
        what: What is the matter.
        patience_minutes: How long to wait for a service that does not answer.
    """
    return patiently(lambda: alert(programme_id, run, what), patience_minutes)
