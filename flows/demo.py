"""`touchstone demo`: generated quarters, end to end, in one folder, and what was found against what was planted."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from config.errors import InputError
from flows.progress import shown_steps
from tasks.demo.compare import Comparison, compare
from tasks.demo.generate import DemoData, generate
from tasks.publishing import INDEX
from tasks.results import CycleSummary

PROGRAMME_FILE = "programme.yaml"
TRUTH_FILE = "truth.json"
_OWN_SETTINGS = {"TOUCHSTONE_STORE": "published", "TOUCHSTONE_VAULT": "vault", "TOUCHSTONE_OUTBOX": "outbox"}


def run_demo(folder: Path, seed: int, echo: Callable[[str], None]) -> bool:
    """Generate, run and compare; return whether everything that was planted was found."""
    data = generate(seed)
    folder = folder.resolve()
    _write_files(folder, seed, data)
    _use_folder(folder)
    summaries, assignments = _run_cycles(folder, data)
    comparisons = compare(data.truth, summaries, assignments)
    echo(_as_table(comparisons))
    echo(f"Look at it: {folder / 'published' / summaries[0].programme / INDEX}")
    echo(f"The mails:  {folder / 'outbox'}")
    return all(comparison.is_agreed for comparison in comparisons)


def _write_files(folder: Path, seed: int, data: DemoData) -> None:
    truth = folder / TRUTH_FILE
    written = json.dumps({"seed": seed, **data.truth}, indent=2, sort_keys=True) + "\n"
    if truth.exists() and truth.read_text(encoding="utf-8") != written:
        raise InputError(f"{folder} holds a demo of another seed or version; remove it, or choose another --folder.")
    try:
        for name, content in {**data.files, TRUTH_FILE: written.encode()}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise InputError(f"The demo cannot be written to {folder} ({error.strerror}); choose another --folder.") from None


def _use_folder(folder: Path) -> None:
    """Keep everything of the demo in its folder, whatever else this machine is set up for."""
    os.environ.update({name: str(folder / part) for name, part in _OWN_SETTINGS.items()})
    os.environ.update(
        DATA=str(folder),
        TOUCHSTONE_HOME=str(folder),
        TOUCHSTONE_DATABASE=f"sqlite:///{folder / 'ledger.db'}",
        TOUCHSTONE_PSEUDONYM_KEY="a key for invented customers",
    )
    os.environ.pop("TOUCHSTONE_SMTP_HOST", None)


def _run_cycles(folder: Path, data: DemoData) -> tuple[list[CycleSummary], dict[str, pd.DataFrame]]:
    summaries, assignments = [], {}
    with shown_steps("starting", len(data.as_of)) as start:
        from flows.service.orchestrated import cycle_flow  # takes seconds, and the bar is there already

        for cycle, as_of in data.as_of.items():
            start(cycle)
            outcome = cycle_flow(str(folder / PROGRAMME_FILE), cycle, as_of=as_of)
            published = Path(outcome.place).parent
            summaries.append(CycleSummary.model_validate_json((published / "summary.json").read_text(encoding="utf-8")))
            assignments[cycle] = pd.read_csv(published / "assignments.csv", dtype="str", keep_default_na=False)
    return summaries, assignments


def _as_table(comparisons: tuple[Comparison, ...]) -> str:
    table = Table("", "planted", "found", "", title="What was found against what was planted", title_justify="left")
    for comparison in comparisons:
        table.add_row(comparison.what, comparison.planted, comparison.found, "agrees" if comparison.is_agreed else "DIFFERS")
    text = io.StringIO()
    options: dict[str, Any] = {"width": 120} if not Console().is_terminal else {}
    Console(file=text, **options).print(table)
    return text.getvalue()
