"""docs/intake.md cannot drift: its examples load in a programme, and it shows every reader, table, column and expression there is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML

from config.columns import Constant, First, FromColumn, Join, Split
from config.loading import freeze, load_programme, thaw
from config.model import Model
from config.periods import Quarter
from config.reads import READERS, Cursor, NextLink, Offset, QualtricsReads
from config.sources import Override, Question, Source
from config.tables import CHANNELS, CUSTOMER_NAME, KINDS, PIPES, TABLES
from tasks.mapping import map_table
from tests.programmes import SMALL, programme

PAGE = (Path(__file__).parents[2] / "docs" / "intake.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
LEFT_OUT = {"source"}  # of the canonical columns: filled by us


def in_a_programme(example: str) -> dict[str, Any]:
    """The small programme with an example's keys in place of its own; a list is one of sources."""
    found = YAML(typ="safe", pure=True).load(example)
    parts = {"sources": found} if isinstance(found, list) else found
    *_, lounge = SMALL["touchpoints"]
    return SMALL | {"touchpoints": [lounge | {"where": {}}]} | parts


def sources() -> list[Source]:
    return [Source.model_validate(source) for example in EXAMPLES for source in in_a_programme(example)["sources"]]


def parts_of(value: Any) -> list[Model]:
    """Every model inside a value, itself among them."""
    if isinstance(value, Model):
        return [value, *(part for name in value.model_fields_set for part in parts_of(getattr(value, name)))]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    return [part for item in inside for part in parts_of(item)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split("\n")[0])
def test_an_example_is_part_of_a_programme_that_loads_and_thaws_to_itself(example: str, tmp_path: Path) -> None:
    (tmp_path / "programme.yaml").write_text(json.dumps(in_a_programme(example)), encoding="utf-8")  # JSON is YAML
    loaded = load_programme(tmp_path / "programme.yaml")
    assert thaw(freeze(loaded)) == loaded


def test_each_override_changes_something() -> None:
    overridden = [(source, key) for source in sources() for key in source.overrides]
    assert len(overridden) == 2
    for source, key in overridden:
        assert source.at(Quarter.parse(f"{key}Q1"[:6])) != source.model_copy(update={"overrides": {}})


def test_the_expressions_give_what_the_page_says_they_do() -> None:
    (desk,) = [source for source in sources() if source.id == "desk"]
    row = {"Ticket": " 7 ", "Type": "Lob", "Channel": "", "Medium": "email", "Opened": "29.03.2026 02:30", "Promised": "2026-04-02"}
    row |= {"Answered": "86400", "Solved": "46023.75", "Closure": "Duplicate of 5", "Subject": "Late", "Body": "", "Area": "North/Leeds"}
    mapped = map_table(pd.DataFrame([row, row | {"Solved": "-"}], dtype="str"), desk, programme())
    found = mapped.iloc[0].astype("str").to_dict()
    assert {name: found[name] for name in ("record_id", "kind", "channel", "text", "region", "is_duplicate_case")} == {
        "record_id": "7",
        "kind": "praise",
        "channel": "email",
        "text": "Late",
        "region": "North",
        "is_duplicate_case": "True",
    }
    assert found["occurred_at"] == "2026-03-29 01:00:00+00:00"  # 2:30 is skipped in Berlin: 3:00 there
    assert found["due_at"].startswith("2026-04-03 03:59:59")  # the end of the day in New York
    assert found["acknowledged_at"].startswith("1970-01-02 00:00:00")
    assert found["resolved_at"] == "2026-01-01 23:00:00+00:00"  # 18:00 in New York
    assert mapped["resolved_at"].isna().tolist() == [False, True]
    assert not mapped["resolved_at_unreadable"].any()


def test_no_source_is_shown_twice() -> None:
    names = [source.id for source in sources()]
    assert len(set(names)) == len(names) > 10


@pytest.mark.parametrize(
    "kind", [*READERS.values(), Cursor, Offset, NextLink, Constant, FromColumn, Join, First, Split], ids=lambda kind: kind.__name__
)
def test_every_reader_paging_and_expression_is_shown(kind: type[Model]) -> None:
    assert any(isinstance(part, kind) for part in parts_of(tuple(sources())))


@pytest.mark.parametrize(
    "model",
    [*(reader for reader in READERS.values() if reader is not QualtricsReads), Source, Question, Override, FromColumn, Split],
    ids=lambda model: model.__name__,
)
def test_every_key_of_a_source_is_shown(model: type[Model]) -> None:
    shown = {name for part in parts_of(tuple(sources())) if isinstance(part, model) for name in part.model_fields_set}
    assert shown == model.model_fields.keys()


def test_every_table_is_filled_by_an_example() -> None:
    assert {source.fills for source in sources()} == {"feedback", "ratings", "invitations", "customers"}


@pytest.mark.parametrize(
    "name", sorted({CUSTOMER_NAME, *PIPES, *KINDS, *CHANNELS, *(c for t in TABLES.values() for c in t.columns)} - LEFT_OUT)
)
def test_every_canonical_column_pipe_kind_and_channel_is_named(name: str) -> None:
    assert f"`{name}`" in PAGE
