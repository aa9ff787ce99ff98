"""What a run shows in Prefect's page: progress while it works, then the summary, the standards and the way to the report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from config.settings import Settings
from config.written import in_its_look
from flows.cycle import Outcome
from flows.handover import StepResult
from flows.places import open_published
from flows.run import Caller, Run
from reports import figures
from tasks.results import CycleSummary

R = TypeVar("R", bound=StepResult)
_STEPS_BESIDES_PULLING = 11
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#!|~])")  # of Markdown: a label is made of customers' words


@contextmanager
def progress_shown(call: Caller) -> Iterator[Caller]:
    """Yield a caller that moves a bar in Prefect's page with every step it has called; at the end the bar is full."""
    bar: list[UUID] = []
    done = count(1)

    def calling(name: str, work: Callable[..., R], /, *args: Any) -> R:
        result = call(name, work, *args)
        _move(bar, args[0], 100.0 * next(done) / _steps_of(args[0]), f"last step done: {name}")
        return result

    yield calling
    if bar:
        update_progress_artifact(artifact_id=bar[0], progress=100.0)


def _steps_of(run: Run) -> int:
    return _STEPS_BESIDES_PULLING + len(run.programme.sources) + 2 * len(run.programme.approvals)


def _move(bar: list[UUID], run: Run, progress: float, description: str) -> None:
    """Create the bar at the first step, since an empty one would stay where a cycle is done already."""
    if bar:
        update_progress_artifact(artifact_id=bar[0], progress=progress, description=description)
    else:
        key = f"{_key(run.programme.programme, run.edition)}-progress"
        bar.append(create_progress_artifact(progress=progress, key=key, description=description))  # type: ignore[arg-type]


def show_outcome(outcome: Outcome, settings: Settings, *, is_draft: bool) -> None:
    """Show how a cycle ended."""
    key = _key(outcome.programme, outcome.edition)
    create_markdown_artifact(_in_words(outcome), key=f"{key}-summary", description="How the cycle ended")
    if outcome.place:
        create_link_artifact(_link(outcome, settings), link_text=f"{outcome.programme} {outcome.edition}", key=f"{key}-report")
    if outcome.status in ("finished", "already_done"):
        content = open_published(settings, is_draft=is_draft).get(f"{outcome.programme}/{outcome.edition}/summary.json")
        rows = _standards(CycleSummary.model_validate_json(content))
        create_table_artifact(rows, key=f"{key}-standards", description="Standards with 95 % intervals")


def _key(programme: str, edition: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{programme}-{edition}".lower()).strip("-")


def _in_words(outcome: Outcome) -> str:
    place = f"\n\nThe report: `{outcome.place}`" if outcome.place else ""
    return f"## {outcome.programme} {outcome.edition}: {outcome.status.replace('_', ' ')}\n\n{_plain(outcome.headline)}{place}\n"


def _plain(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)


def _link(outcome: Outcome, settings: Settings) -> str:
    if settings.site_url and outcome.status != "awaiting_approval":
        return f"{settings.site_url.rstrip('/')}/{outcome.programme}/{outcome.edition}/index.html"
    return outcome.place if "://" in outcome.place else Path(outcome.place).resolve().as_uri()


@in_its_look
def _standards(summary: CycleSummary) -> list[dict[str, Any]]:
    return [
        {
            "standard": row.title,
            "touchpoint": row.touchpoint,
            "n": row.n,
            "figure": f"{figures.kind(row)} {figures.figure(row)}".strip(),
            "interval": figures.interval(row),
            "target": figures.target(row),
            "verdict": row.verdict,
        }
        for row in summary.standards
    ]
