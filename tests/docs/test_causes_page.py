"""The page on causes: its examples load, and it names every status."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from config.loading import load_programme
from config.starter import write_starter
from tasks.results import CauseStatus

PAGE = (Path(__file__).parents[2] / "docs" / "causes.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.partition(":")[0])
def test_an_example_is_part_of_a_programme_that_loads(example: str, tmp_path: Path) -> None:
    programme = write_starter(tmp_path / "new")
    programme.write_text(programme.read_text(encoding="utf-8") + "\n" + example, encoding="utf-8")
    key = example.partition(":")[0]
    assert getattr(load_programme(programme), key)


def test_decisions_may_stand_in_a_file_beside_the_programme(tmp_path: Path) -> None:
    programme = write_starter(tmp_path / "new")
    inline = next(example for example in EXAMPLES if example.startswith("causes:"))
    (programme.parent / "causes.yaml").write_text("\n".join(line[2:] for line in inline.splitlines()[1:]), encoding="utf-8")
    programme.write_text(programme.read_text(encoding="utf-8") + "\ncauses: causes.yaml\n", encoding="utf-8")
    assert [one.name for one in load_programme(programme).causes.pinned] == ["Wheelchair access"]


@pytest.mark.parametrize("status", get_args(CauseStatus))
def test_every_status_is_explained(status: str) -> None:
    assert f"`{status}`" in PAGE
