"""Every example loads, and so does what `touchstone init` writes."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from config.errors import InputError
from config.loading import freeze, load_programme, thaw
from config.starter import write_starter

EXAMPLES = sorted(str(file) for file in resources.files("config").joinpath("examples").iterdir() if file.name.endswith(".yaml"))


def test_there_are_examples_for_both_tables() -> None:
    filled = {source.fills for example in EXAMPLES for source in load_programme(example).sources}
    assert filled == {"feedback", "ratings"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: Path(example).stem)
def test_an_example_loads_and_thaws_to_itself(example: str) -> None:
    programme = load_programme(example)
    assert thaw(freeze(programme)) == programme


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: Path(example).stem)
def test_an_example_takes_in_every_record_and_tells_its_readers_when_data_are_not_publishable(example: str) -> None:
    programme = load_programme(example)
    assert programme.touchpoints[-1].where == {}
    assert {audience.gets for audience in programme.audiences} >= {"digest", "report", "follow_ups", "alerts"}
    assert all(department.mail for department in programme.departments)


def test_the_starter_that_init_writes_loads(tmp_path: Path) -> None:
    path = write_starter(tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "programme.yaml"
    assert load_programme(path).programme == "my-organisation"


def test_the_starter_explains_itself_in_comments(tmp_path: Path) -> None:
    lines = write_starter(tmp_path).read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("#") for line in lines) >= 5


def test_a_programme_that_is_there_already_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "programme.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"programme\.yaml is there already; choose another folder, or edit it\."):
        write_starter(tmp_path)
    assert (tmp_path / "programme.yaml").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file/sub/programme\.yaml cannot be written \(.+\); choose another folder\."):
        write_starter(tmp_path / "file" / "sub")
