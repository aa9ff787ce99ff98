"""Showing steps as they are done: a bar in a terminal, a line of JSON each anywhere else."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from flows.run import STEP_FACTS, STEP_LOGGER

STEPS_A_CYCLE = 12
Name = Callable[[str], None]


@contextmanager
def shown_steps(name: str, cycles: int = 1) -> Iterator[Name]:
    """Show each step of the cycles that run inside; yield what renames the bar. Inside another one, the outer goes on."""
    logger = logging.getLogger(STEP_LOGGER)
    if any(isinstance(handler, _StepHandler) for handler in logger.handlers):
        yield lambda _: None
        return
    with _bar(name, cycles) if sys.stderr.isatty() else nullcontext((_print_line, lambda _: None)) as (show, rename):
        handler = _StepHandler(show)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            yield rename
        finally:
            logger.removeHandler(handler)


class _StepHandler(logging.Handler):
    """Hands the facts of each step that is done to a function."""

    def __init__(self, show: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        """Show the step that a record is about."""
        self._show({name: getattr(record, name) for name in STEP_FACTS})


def _print_line(facts: dict[str, Any]) -> None:
    print(json.dumps(facts), file=sys.stderr, flush=True)  # noqa: T201 (this is what the function is for)


@contextmanager
def _bar(name: str, cycles: int) -> Iterator[tuple[Callable[[dict[str, Any]], None], Name]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[step]}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=cycles * STEPS_A_CYCLE, step="starting")
        yield (
            lambda facts: bar.update(task, advance=1, step=str(facts["step"])),
            lambda description: bar.update(task, description=description),
        )
