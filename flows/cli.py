"""The command line: parses and calls. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from config.errors import TouchstoneError
from flows import cli_follow_ups, cli_quarantine, cli_records, cli_service
from flows.cli_options import database_option, instant, json_option, print_outcome, print_rows, programme_argument, store_option

_INTERRUPTED = 130


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
@click.option("--as-of", callback=instant, help="The instant as of which everything is computed; the present of the first run without it.")
@click.option("--draft", is_flag=True, help="Publish to a local folder only, and send nothing.")
@click.option("--revise", default="", metavar="REASON", help="Publish a finished cycle anew, beside the first edition.")
@store_option
@database_option
@json_option
def run(programme: Path, cycle: str, as_of: datetime | None, draft: bool, revise: str, is_json: bool) -> None:
    """Run one cycle, or go on with it where it was interrupted."""
    from flows.progress import shown_steps

    with shown_steps(f"{programme.name} {cycle}"):  # before Prefect is imported, which takes seconds
        from flows.service.orchestrated import cycle_flow

        outcome = cycle_flow(str(programme), cycle, as_of=as_of, draft=draft, revise=revise)
    print_outcome(outcome, is_json)


@touchstone.command()
@click.argument("programme", required=False)
@database_option
@json_option
def status(programme: str | None, is_json: bool) -> None:
    """Show what runs, what waits, what failed, and what to do about it."""
    from flows.status import status_lines

    print_rows(status_lines(programme), is_json)


@touchstone.command()
@click.argument("programme")
@database_option
@json_option
def history(programme: str, is_json: bool) -> None:
    """List every cycle of a programme, with its editions and drafts."""
    from flows.status import history_lines

    print_rows(history_lines(programme), is_json)


for command in (
    cli_service.schedule,
    cli_service.serve,
    cli_service.approve,
    cli_service.remind,
    cli_service.backfill,
    cli_service.doctor,
    cli_follow_ups.follow_ups,
    cli_records.mail,
    cli_quarantine.quarantine,
    cli_records.audit,
    cli_records.backup,
    cli_records.restore,
    cli_records.forget,
):
    touchstone.add_command(command)


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
