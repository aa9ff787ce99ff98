"""The page on follow-ups: its commands print what it says they print, its source loads, and it names every status and kind."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import get_args

import click
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from config.errors import TouchstoneError
from config.loading import load_programme
from config.tables import TABLES
from flows.cli_follow_ups import follow_ups
from tasks.results import FollowUpKind, FollowUpStatus
from tests.follow_ups import ferry_with_follow_ups
from tests.programmes import SMALL

PAGE = (Path(__file__).parents[2] / "docs" / "follow-ups.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(console|csv) ?(.*?)\n(.*?)```", PAGE, re.DOTALL)
PROMPT = "$ touchstone follow-ups "


def printed(line: str) -> str:
    """What a command prints, and what it ends with in words, as a person sees it."""
    done = CliRunner().invoke(follow_ups, shlex.split(line))
    if isinstance(done.exception, TouchstoneError):
        return f"{done.exception}\n"
    assert done.exception is None or isinstance(done.exception, SystemExit | click.ClickException)
    return done.stdout + done.stderr


def test_every_command_prints_what_the_page_shows_in_the_order_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ferry_with_follow_ups()
    monkeypatch.chdir(tmp_path)
    seen = 0
    for kind, name, content in BLOCKS:
        if kind == "csv":
            (tmp_path / name).write_text(content, encoding="utf-8")
            continue
        for run in content.split(PROMPT)[1:]:
            line, _, shown = run.partition("\n")
            assert printed(line) == shown, line
            seen += 1
    assert seen == 13  # none is passed over


def test_the_source_is_part_of_a_programme_that_loads_and_shows_every_column(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    sources = YAML(typ="safe", pure=True).load(example)
    (tmp_path / "programme.yaml").write_text(json.dumps(SMALL | {"sources": [*SMALL["sources"], *sources]}), encoding="utf-8")
    *_, tracker = load_programme(tmp_path / "programme.yaml").sources
    assert {*tracker.columns, "source"} == set(TABLES["follow_up_updates"].columns)


@pytest.mark.parametrize("word", [*get_args(FollowUpStatus), *get_args(FollowUpKind)])
def test_every_status_and_kind_is_explained(word: str) -> None:
    assert f"`{word}`" in PAGE
