"""What the commands share: options, arguments, and how rows are printed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import InputError

if TYPE_CHECKING:
    from flows.cycle import Outcome


def _set_in_environment(name: str) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """Return a callback that hands an option on through the environment, so that it is no flow parameter."""

    def callback(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
        if value is not None:
            os.environ[name] = value
        return value

    return callback


def _setting(flag: str, name: str, words: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(flag, expose_value=False, callback=_set_in_environment(name), help=words, metavar="URI")


store_option = _setting("--store", "TOUCHSTONE_STORE", "Where reports are published: a folder or s3://bucket/prefix.")
database_option = _setting("--database", "TOUCHSTONE_DATABASE", "The ledger: a SQLAlchemy URL.")
json_option = click.option("--json", "is_json", is_flag=True, help="Print JSON for scripts.")
programme_argument = click.argument("programme", type=click.Path(path_type=Path))


def instant(_context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """Return the instant that an option names; InputError where it names none, or one without its zone."""
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        flag = str(parameter.name).replace("_", "-")
        raise InputError(f"--{flag} {value!r} is no instant with its zone; write one such as 2026-10-12T09:00:00+02:00.")
    return instant


def print_rows(rows: list[dict[str, Any]], is_json: bool) -> None:
    """Print rows as JSON, or as lines with one column's text after another."""
    if is_json:
        click.echo(json.dumps(rows, default=str))
        return
    for line in _columns(rows) if rows else ["nothing yet"]:
        click.echo(line)


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    texts = [[str(value) for value in row.values()] for row in rows]
    table = [[name.replace("_", " ") for name in rows[0]], *texts]
    widths = [max(len(line[index]) for line in table) for index in range(len(table[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]


def print_outcome(outcome: Outcome, is_json: bool) -> None:
    """Print how a cycle ended."""
    if is_json:
        click.echo(json.dumps(asdict(outcome)))
        return
    ended = {"already_done": "already done", "finished": "done"}.get(outcome.status, outcome.status.replace("_", " "))
    click.echo(f"{outcome.programme} {outcome.edition}: {ended}. {outcome.headline}")
    if outcome.place:
        click.echo(outcome.place)
