"""Docs cannot drift: examples run, and every command, setting, key and flow is documented."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from ruamel.yaml import YAML

from config.look import Look, logo_of
from config.reference import programme_reference, settings_reference
from flows.cli import touchstone
from reports.page import FILES_BESIDE
from reports.schema import summary_schema

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(group: click.Group, path: str = "touchstone") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


@pytest.mark.parametrize("command", list(commands(touchstone)))
def test_every_command_is_documented(command: str) -> None:
    assert f"`{command}" in README
    assert f"`{command}" in (ROOT / "flows" / "README.md").read_text(encoding="utf-8")


def test_every_option_has_a_help_text() -> None:
    def without_help(group: click.Group) -> Iterator[str]:
        for command in group.commands.values():
            if isinstance(command, click.Group):
                yield from without_help(command)
            else:
                yield from (p.name or "" for p in command.params if isinstance(p, click.Option) and not p.help)

    assert list(without_help(touchstone)) == []


def test_the_reference_of_the_programme_file_is_that_of_the_models() -> None:
    assert (ROOT / "docs" / "programme.md").read_text(encoding="utf-8") == programme_reference()


def test_the_reference_of_the_settings_is_that_of_the_models() -> None:
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == settings_reference()


def test_the_published_schema_of_summary_json_is_that_of_the_models() -> None:
    assert (ROOT / "docs" / "summary.schema.json").read_text(encoding="utf-8") == summary_schema()


def test_every_prefect_flow_is_documented() -> None:
    table = (ROOT / "flows" / "README.md").read_text(encoding="utf-8")
    names = re.findall(r'@flow\(name="([^"]+)"', "".join(path.read_text(encoding="utf-8") for path in (ROOT / "flows").rglob("*.py")))
    assert names
    assert all(f"`{name}`" in table for name in names)


def commands_in_documents() -> Iterator[str]:
    """Every command line of ours that an indented block or a fence shows."""
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for line in document.read_text(encoding="utf-8").splitlines():
            found = re.match(r"(?: {4}|ExecStart=\S+/)?(touchstone [a-z].*)", line)
            if found:
                yield re.split(r" [>#&] | && ", found[1])[0].strip()


@pytest.mark.parametrize("line", sorted(set(commands_in_documents())))
def test_a_command_that_the_documents_show_is_one_that_is_understood(line: str) -> None:
    arguments = shlex.split(line)[1:]
    command: click.Command | None = touchstone
    while isinstance(command, click.Group):
        _, command, arguments = command.resolve_command(click.Context(command), arguments)
    assert command is not None
    command.make_context(command.name, arguments)


def test_every_link_between_documents_leads_to_a_file() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "flows" / "README.md"]:
        prose = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", prose):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_file_that_a_cycle_publishes_is_named_in_the_readme() -> None:
    assert [name for name in FILES_BESIDE if name not in README] == []


def test_the_look_that_the_documents_show_is_one_that_a_programme_can_have() -> None:
    (block,) = re.findall(r"```yaml\nlook: (.*?)\n```", (ROOT / "docs" / "reports.md").read_text(encoding="utf-8"))
    shown = YAML(typ="safe").load(block)
    assert Look.model_validate(shown | {"logo": logo_of(b'<svg xmlns="http://www.w3.org/2000/svg"/>')}).numbers == shown["numbers"]


def test_both_commands_of_the_readme_are_targets_of_the_makefile() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"^    make (\w+)", README, re.MULTILINE)) == {"demo", "test"}
    assert {"demo", "test", "setup", "check", "truth", "bench", "soak"} <= set(targets)


def test_the_ten_lines_of_the_readme_publish_a_draft(tmp_path: Path) -> None:
    (script,) = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment.pop("TOUCHSTONE_HOME")
    done = subprocess.run(["bash", "-euc", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stderr
    assert {json.loads(line)["programme"] for line in done.stderr.splitlines()} == {"my-organisation"}  # a line a step, and no other
    page = tmp_path / "mine" / done.stdout.strip().splitlines()[-1]
    assert "My organisation" in page.read_text(encoding="utf-8")


def public_names(node: ast.AST, path: Path) -> Iterator[tuple[str, bool]]:
    """Public functions, classes and methods with whether they have a docstring; functions inside functions are private."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            yield f"{path.name}: {child.name}", bool(ast.get_docstring(child))
            if isinstance(child, ast.ClassDef):
                yield from public_names(child, path)


def test_every_public_function_says_what_it_does() -> None:
    paths = [path for room in ("config", "expectations", "tasks", "reports", "flows") for path in (ROOT / room).rglob("*.py")]
    found = [entry for path in paths for entry in public_names(ast.parse(path.read_text(encoding="utf-8")), path)]
    assert len(found) > 100
    assert [name for name, is_documented in found if not is_documented] == []
