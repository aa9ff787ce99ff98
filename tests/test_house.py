"""The house: what the folders promise, what is shipped, and what must not be in the repository."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tomllib
import zipfile
from ast import FunctionDef, parse, walk
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHIPPED_VECTORS = ROOT / "tasks" / "causes" / "shipped"
ROOMS = ("flows", "reports", "tasks", "expectations", "config")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def modules() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts]


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this copy is no git checkout, so nobody can tell which files are tracked")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_dependency_ships_a_package_of_the_same_name() -> None:
    shippers = metadata.packages_distributions()
    others = {room: [name for name in shippers.get(room, ()) if name != "touchstone-cx"] for room in (*ROOMS, "tests")}
    assert {room: names for room, names in others.items() if names} == {}


def test_the_wheel_holds_every_room_with_its_data_and_no_tests(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    (wheel,) = tmp_path.glob("touchstone_cx-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == set(ROOMS)
    data = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.suffix in {".jinja", ".css", ".yaml"}
    }
    assert data
    assert data <= names


def test_every_pin_has_a_hash_and_no_committed_file_names_where_it_is_downloaded() -> None:
    for name in ("run", "dev"):
        lines = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        pins = re.findall(r"^[a-z0-9_.-]+(?:\[[a-z,]+\])?==", lines, re.MULTILINE)
        assert len(pins) > 50
        assert lines.count("--hash=sha256:") >= len(pins)
        assert not re.search(r"https?://|file:|--index|--find-links", lines)


def test_every_dependency_is_pinned() -> None:
    pinned = set(re.findall(r"^([a-z0-9_.-]+)", (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8"), re.MULTILINE))
    wanted = {re.match(r"[A-Za-z0-9_.-]+", line)[0].lower().replace(".", "-") for line in PROJECT["project"]["dependencies"]}  # type: ignore[index]
    assert wanted <= pinned


def test_modules_are_short_and_functions_can_be_seen_whole() -> None:
    assert [path.name for path in modules() if len(path.read_text(encoding="utf-8").splitlines()) > 400] == []
    lengths = [
        node.end_lineno - node.lineno + 1
        for path in modules()
        for node in walk(parse(path.read_text(encoding="utf-8")))
        if isinstance(node, FunctionDef) and node.end_lineno
    ]
    assert statistics.median(lengths) < 15
    assert statistics.quantiles(lengths, n=10)[-1] < 45


def test_no_tracked_file_is_large_or_names_this_machine() -> None:
    here = str(ROOT.parent) + "/"
    for path in tracked_files():
        content = path.read_bytes()
        assert len(content) < 1_000_000 or path.parent == SHIPPED_VECTORS, path
        assert here.encode() not in content, path


def test_the_shipped_vectors_take_35_megabytes_at_most() -> None:
    assert sum(path.stat().st_size for path in tracked_files() if path.parent == SHIPPED_VECTORS) <= 35_000_000


def test_telemetry_of_every_library_is_off_before_it_is_imported() -> None:
    proof = "import flows.service.orchestrated, os; print(os.environ['DO_NOT_TRACK'], os.environ['PREFECT_SERVER_ANALYTICS_ENABLED'], os.environ['GX_ANALYTICS_ENABLED'])"
    done = subprocess.run(
        [sys.executable, "-c", proof], capture_output=True, text=True, check=True, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}
    )
    assert done.stdout.split() == ["1", "false", "false"]
