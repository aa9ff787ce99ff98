"""The walks of CONTRIBUTING.md: each is applied to a copy of the tree, and its proof is run there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("config", "expectations", "tasks", "reports", "flows")


def walk(title: str) -> tuple[str, str]:
    """The diff and the proof that stand under a heading."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split(f"## Walk: {title}\n")[1].split("\n## ")[0]
    return tuple(re.search(rf"```{kind}\n(.*?)```", section, re.DOTALL)[1] for kind in ("diff", "python"))  # type: ignore[index, return-value]


@pytest.mark.parametrize("title", ["add a measure", "add a source"])
def test_a_walk_works_as_it_is_written(title: str, tmp_path: Path) -> None:
    change, proof = walk(title)
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    command, environment = [sys.executable, "-c", proof], os.environ | {"PYTHONPATH": str(tmp_path)}
    before = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert before.returncode != 0  # the proof can fail
    subprocess.run(["git", "apply", "-"], input=change, text=True, cwd=tmp_path, check=True)
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
