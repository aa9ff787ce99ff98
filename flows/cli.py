"""The command line: parses and calls. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from config.errors import InputError, TouchstoneError

_INTERRUPTED = 130


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


def _instant(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise InputError(f"--as-of {value!r} is no instant with its zone; write one such as 2026-10-12T09:00:00+02:00.")
    return instant


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="touchstone-cx")
def touchstone() -> None:
    """Plan-Do-Check-Act improvement cycles on what customers say.

    Exit codes: 0 done or already done; 1 the data are not publishable; 2 wrong input; 3 a service outside failed,
    run again; 4 locked by another run.
    """


@touchstone.command()
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0), help="Another number, another set of data.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("touchstone-demo"), show_default=True, help="Where everything goes."
)
def demo(seed: int, folder: Path) -> None:
    """Run four generated quarters end to end, in one folder."""
    from flows.demo import run_demo

    if not run_demo(folder, seed, click.echo):
        sys.exit(1)


@touchstone.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write a commented programme to start from into FOLDER."""
    from config.starter import write_starter

    path = write_starter(folder)
    click.echo(f"Written: {path}. Edit it, then: touchstone validate {path} --cycle 2026Q3")


@touchstone.command()
@programme_argument
@click.option("--cycle", help="The quarter whose files are looked at; the last one that has ended without it.")
def validate(programme: Path, cycle: str | None) -> None:
    """Say whether a programme file is right and its sources can be read; runs nothing."""
    from flows.validation import validate_programme

    for line in validate_programme(programme, cycle):
        click.echo(line)


@touchstone.command()
@programme_argument
@click.option("--cycle", required=True, help="The quarter, such as 2026Q3.")
@click.option("--as-of", callback=_instant, help="The instant as of which everything is computed; the present of the first run without it.")
@click.option("--draft", is_flag=True, help="Publish to a local folder only, and send nothing.")
@click.option("--revise", default="", metavar="REASON", help="Publish a finished cycle anew, beside the first edition.")
@store_option
@database_option
@json_option
def run(programme: Path, cycle: str, as_of: datetime | None, draft: bool, revise: str, is_json: bool) -> None:
    """Run one cycle, or go on with it where it was interrupted."""
    from dataclasses import asdict

    from flows.orchestrated import cycle_flow

    outcome = cycle_flow(str(programme), cycle, as_of=as_of, draft=draft, revise=revise)
    if is_json:
        click.echo(json.dumps(asdict(outcome)))
        return
    done = "already done" if outcome.status == "already_done" else "done"
    click.echo(f"{outcome.programme} {outcome.edition}: {done}. {outcome.headline}\n{outcome.place}")


@touchstone.command()
@click.argument("programme", required=False)
@database_option
@json_option
def status(programme: str | None, is_json: bool) -> None:
    """Show what runs, what waits, what failed, and what to do about it."""
    from flows.status import status_lines

    _print(status_lines(programme), is_json)


@touchstone.command()
@click.argument("programme")
@database_option
@json_option
def history(programme: str, is_json: bool) -> None:
    """List every cycle of a programme, with its editions and drafts."""
    from flows.status import history_lines

    _print(history_lines(programme), is_json)


@touchstone.group("follow-ups")
def follow_ups() -> None:
    """See what people were asked to do."""


@follow_ups.command("list")
@click.argument("programme")
@click.option("--all", "is_all", is_flag=True, help="The closed ones too.")
@database_option
@json_option
def follow_ups_list(programme: str, is_all: bool, is_json: bool) -> None:
    """List a programme's follow-ups with owner and due date."""
    from flows.status import follow_up_lines

    _print(follow_up_lines(programme, only_open=not is_all), is_json)


@touchstone.group()
def mail() -> None:
    """See what was sent, and send again what nobody can tell of."""


@mail.command("list")
@click.argument("programme")
@database_option
@json_option
def mail_list(programme: str, is_json: bool) -> None:
    """List a programme's mails and what became of each."""
    from flows.status import mail_lines

    _print(mail_lines(programme), is_json)


@mail.command("resend")
@click.argument("message_id")
@database_option
def mail_resend(message_id: str) -> None:
    """Send one mail again, with the same Message-ID."""
    from flows.resending import resend

    click.echo(resend(message_id))


@touchstone.group()
def audit() -> None:
    """Trace and prove what cycles did."""


@audit.command("show")
@click.argument("programme")
@click.option("--edition", help="Only this one, such as 2026Q3 or 2026Q3.r2.")
@database_option
@json_option
def audit_show(programme: str, edition: str | None, is_json: bool) -> None:
    """List the events of the ledger with their hashes."""
    from flows.status import event_lines

    _print(event_lines(programme, edition), is_json)


@audit.command("verify")
@click.argument("programme")
@store_option
@database_option
@json_option
def audit_verify(programme: str, is_json: bool) -> None:
    """Recompute the hash chain, compare every row, and every published file with its record."""
    from flows.audit import verify

    proof = verify(programme)
    if is_json:
        click.echo(json.dumps(proof))
    else:
        click.echo("\n".join([*proof["problems"], proof["summary"]]))
    if proof["problems"]:
        sys.exit(1)


def _print(rows: list[dict[str, Any]], is_json: bool) -> None:
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


def main() -> None:
    """Run the command line; an error becomes one sentence and its exit code."""
    try:
        touchstone(standalone_mode=False)
    except TouchstoneError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted; run it again to go on.", err=True)
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
