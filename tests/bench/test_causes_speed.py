"""Texts to causes: seconds, processor time and memory, with BERTopic beside it; `make bench` prints it for docs/benchmarks.md.

BERTopic is in no environment of Touchstone. TOUCHSTONE_PEERS_PYTHON names an interpreter that has it, and sentence-transformers;
TOUCHSTONE_PEERS_MODEL the folder of all-MiniLM-L6-v2 where it should not be looked for by name.
"""

from __future__ import annotations

import json
import math
import os
import platform
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]

ROOT = Path(__file__).parents[2]
PEERS = "TOUCHSTONE_PEERS_PYTHON"
INTERPRETER = os.environ.get(PEERS)  # now: each test begins without variables of that beginning
MODEL = os.environ.get("TOUCHSTONE_PEERS_MODEL", "sentence-transformers/all-MiniLM-L6-v2")
EMBEDDED = 10  # one text in so many is embedded for the peer, which needs as long for each
SUBJECTS = ("card", "transfer", "refund", "account", "app", "password", "cash machine", "exchange rate", "direct debit", "statement", "fee")
TROUBLES = ("has not arrived", "was declined", "was charged twice", "does not work", "is pending for days", "shows the wrong amount")
FRAMES = ("My {0} {1}.", "Why is it that the {0} {1}?", "The {0} {1}, what can I do?", "Please help, my {0} {1} and the {2} {3}.")


def generated(count: int) -> list[str]:
    choose = random.Random(1)
    return [
        choose.choice(FRAMES).format(choose.choice(SUBJECTS), choose.choice(TROUBLES), choose.choice(SUBJECTS), choose.choice(TROUBLES))
        for _ in range(count)
    ]


def real(folder: Path) -> tuple[list[str], list[str]]:
    """Questions to a bank and narratives of complaints; generated ones where the real data are not there."""
    if not folder.is_dir():
        print("\nthe real data are not there: generated texts")  # noqa: T201
        return generated(10_000), [" ".join(generated(30)) for _ in range(1_000)]
    questions = pd.read_csv(folder / "banking77" / "train.csv", dtype=str)["text"].dropna()
    quarters = [pd.read_csv(folder / "cfpb" / f"{quarter}.csv", dtype=str) for quarter in ("2018Q4", "2019Q1", "2019Q2")]
    narratives = pd.concat(quarters)["Consumer complaint narrative"].dropna()
    return [" ".join(text.split()) for text in questions], [" ".join(text.split()) for text in narratives]


def noisy(texts: Sequence[str], count: int) -> Iterator[str]:
    """Yield texts drawn at random with two changes each: a word added, two words swapped, or two letters of a word."""
    choose = random.Random(1)
    vocabulary = sorted({word for text in texts for word in text.split()})
    for _ in range(count):
        words = choose.choice(texts).split()
        for _ in range(2):
            one, other, kind = choose.randrange(len(words)), choose.randrange(len(words)), choose.randrange(3)
            if kind == 0:
                words.insert(one, choose.choice(vocabulary))
            elif kind == 1:
                words[one], words[other] = words[other], words[one]
            elif len(words[one]) > 2:
                cut = choose.randrange(len(words[one]) - 1)
                words[one] = words[one][:cut] + words[one][cut + 1] + words[one][cut] + words[one][cut + 2 :]
        yield " ".join(words)


def spliced(narratives: Sequence[str], count: int) -> Iterator[str]:
    """Yield narratives of a thousand characters: the beginnings of two, one after the other."""
    choose = random.Random(2)
    for _ in range(count):
        first, second = choose.choice(narratives), choose.choice(narratives)
        yield f"{first[:500]} {second}"[:1000]


def write(path: Path, texts: Iterable[str]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{text}\n" for text in texts)
    return path


def measured(interpreter: str, script: str, *arguments: str) -> dict[str, Any]:
    """What the script prints about itself, run as a process of its own."""
    command = [interpreter, str(ROOT / "tests" / "bench" / script), *arguments]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def row(what: str, count: int, found: dict[str, Any]) -> None:
    print(f"| {what} | {count:,} | {found['wall']:.1f} | {found['cpu']:.1f} | {found['peak']:,.0f} | {found['clusters']} |")  # noqa: T201


def ours(what: str, path: Path, count: int) -> dict[str, Any]:
    found = measured(sys.executable, "causes_host.py", str(path))
    row(what, count, found)
    return found


def with_static_vectors(path: Path, vectors: Path) -> None:
    """Store the static vectors of a file's texts, rows of length 1."""
    from tasks.causes.encoders import static_rows, static_table

    points = static_rows(path.read_text(encoding="utf-8").splitlines()) @ static_table()
    np.save(vectors, points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9))


def peers(path: Path, count: int, folder: Path) -> tuple[float, float] | None:
    """BERTopic's processor time as it comes, and given static vectors; None where there is no interpreter for it."""
    if not INTERPRETER:
        print(f"BERTopic is left out: {PEERS} names no interpreter that has it")  # noqa: T201
        return None
    with_static_vectors(path, folder / "static.npy")
    given = measured(INTERPRETER, "causes_peer.py", "fit", str(path), str(folder / "static.npy"))
    row("BERTopic given static vectors", count, given)
    part = write(folder / "part.txt", path.read_text(encoding="utf-8").splitlines()[: count // EMBEDDED])
    embedding = measured(INTERPRETER, "causes_peer.py", "embed", str(part), MODEL)
    whole = {name: given[name] + EMBEDDED * embedding[name] for name in ("wall", "cpu")}
    row("BERTopic as it comes*", count, whole | {"peak": max(given["peak"], embedding["peak"]), "clusters": given["clusters"]})
    print(f"\\* {count // EMBEDDED:,} texts embedded by MiniLM in torch, times {EMBEDDED}, and the fit of the row above")  # noqa: T201
    return whole["cpu"], given["cpu"]


def compare(folder: Path, data: Path, few: int, some: int, many: int) -> None:
    """Print the table for so many short texts, and for as many narratives as `few`."""
    questions, narratives = real(data)
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")  # noqa: T201
    print("| texts to causes | texts | wall s | CPU s | peak MiB | causes |\n|---|---|---|---|---|---|")  # noqa: T201
    paths = {count: write(folder / f"{count}.txt", noisy(questions, count)) for count in (few, some, many)}
    found = {count: ours("short texts", path, count) for count, path in paths.items()}
    ours("narratives of 1,000 characters", write(folder / "narratives.txt", spliced(narratives, few)), few)
    exponent = math.log(found[many]["cpu"] / found[some]["cpu"]) / math.log(many / some)
    against = peers(paths[some], some, folder)
    steps = ", ".join(f"{step} {taken:.1f}" for step, taken in found[many]["steps"].items())
    print(f"{many:,} short texts, wall seconds: {steps}; stored model {found[many]['stored'] / 2**20:.1f} MiB")  # noqa: T201
    print(f"exponent of growth of processor time from {some:,} to {many:,}: {exponent:.2f} (under 1.05 wanted)")  # noqa: T201
    if against:
        as_it_comes, given = (cpu / found[some]["cpu"] for cpu in against)
        print(f"BERTopic takes {as_it_comes:.0f} times the processor time (25 wanted), given static vectors {given:.1f} times (5 wanted)")  # noqa: T201


def test_texts_to_causes_beside_bertopic(tmp_path: Path) -> None:
    data = Path(os.environ.get("TOUCHSTONE_TEST_DATA") or ROOT.parent / "shared" / "data")
    compare(tmp_path, data, 20_000, 100_000, 1_000_000)
