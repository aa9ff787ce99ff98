"""Steps are shown as they are done: a line of JSON each, or a bar in a terminal."""

from __future__ import annotations

import json
import logging
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from config.errors import InputError
from flows.cycle import run_cycle
from flows.progress import shown_steps
from flows.run import STEP_LOGGER
from tests.flows.shop import AS_OF, cut_off

COMMAND = str(Path(sys.executable).with_name("touchstone"))
FACTS = ["at", "programme", "cycle", "step", "rows", "seconds"]
READ = {"plan": None, "pull complaints": 60, "pull survey": 40, "snapshot": 58 + 40 + 36}  # 58 complaints, 40 surveys, 36 answers


def run_until(stop_at: str, shop: Path) -> None:
    """Run the first cycle, or go on with it, until it is interrupted before that step."""

    def call(name: str, work: Callable[..., Any], /, *args: Any) -> Any:
        if name == stop_at:
            raise KeyboardInterrupt
        return work(*args)

    with pytest.raises(KeyboardInterrupt):
        run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"], call=call)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was written to standard error meanwhile, each line read as JSON; nothing was written to standard output."""
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_away_from_a_terminal_each_step_is_one_line_of_json_with_its_facts_and_nothing_else(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with shown_steps("2026Q1"):
        run_until("standards", shop)
    shown = lines(capsys)
    assert {one["step"]: one["rows"] for one in shown} == READ
    assert len(shown) == len(READ)
    assert [list(one) for one in shown] == [FACTS] * len(READ)  # no path, no name of a person, nobody's words
    assert {(one["programme"], one["cycle"]) for one in shown} == {("shop", "2026Q1")}
    assert all(isinstance(one["seconds"], float) and 0 <= one["seconds"] < 600 for one in shown)
    instants = [datetime.fromisoformat(one["at"]) for one in shown]
    assert instants == sorted(instants)
    with shown_steps("2026Q1"):
        run_until("causes", shop)
    assert [one["step"] for one in lines(capsys)] == ["standards"]  # what was done before is not shown again


def test_a_step_inside_two_of_them_is_shown_once(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with shown_steps("backfill", cycles=2) as rename, shown_steps("2026Q1") as rename_inner:
        rename("2026Q1")
        rename_inner("2026Q1")
        run_until("pull complaints", shop)
    assert [one["step"] for one in lines(capsys)] == ["plan"]


def test_a_step_that_fails_is_not_shown_as_done_and_nothing_is_shown_outside(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut_off(shop)
    with pytest.raises(InputError, match="a header but no rows"), shown_steps("2026Q1"):
        run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"])
    assert [one["step"] for one in lines(capsys)] == ["plan"]
    assert logging.getLogger(STEP_LOGGER).handlers == []
    with pytest.raises(InputError, match="a header but no rows"):
        run_cycle(shop, "2026Q1", as_of=AS_OF["2026Q1"])  # begins anew, with its plan
    assert lines(capsys) == []


@pytest.mark.usefixtures("harness")
def test_a_terminal_shows_a_bar_and_no_json_and_after_it_what_went_wrong(shop: Path) -> None:
    from prefect.settings import get_current_settings

    cut_off(shop)  # so that it takes two seconds, not ten
    environment = os.environ | {"PREFECT_API_URL": str(get_current_settings().api.url), "TERM": "xterm", "COLUMNS": "100"}
    command = [COMMAND, "run", str(shop), "--cycle", "2026Q1", "--as-of", AS_OF["2026Q1"].isoformat(), "--draft"]
    returncode, seen = in_terminal(command, environment)
    bar, wipe, error = seen.rpartition("\x1b[2K")
    assert wipe
    assert "programme.yaml 2026Q1" in bar
    assert "━" in bar
    assert "plan" in bar
    assert "{" not in bar
    assert returncode == 2
    assert "a header but no rows" in error


def in_terminal(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command in a terminal; return its exit code and what the terminal got."""
    terminal, end = pty.openpty()
    with subprocess.Popen(command, stdin=end, stdout=end, stderr=end, env=environment) as process:
        os.close(end)
        seen = b"".join(iter(lambda: read(terminal), b""))
    os.close(terminal)
    return process.returncode, seen.decode()


def read(terminal: int) -> bytes:
    """What a terminal has got next; nothing once nobody has it open any more."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
