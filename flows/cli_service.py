"""Commands that let cycles run by themselves, and tell how they fare: schedule, serve, approve, remind, backfill, doctor."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import click

from config.errors import InputError
from flows.cli_options import database_option, json_option, print_outcome, print_rows, programme_argument, store_option

CHOICES = ("adopt", "adapt", "abandon", "raise_target", "rebase", "refuse")
programmes_argument = click.argument("programmes", nargs=-1, required=True, type=click.Path(path_type=Path))


@click.command()
@programmes_argument
@click.option("--preview", type=click.IntRange(1, 40), metavar="N", help="Only print the next N runs, each with the reason for its date.")
@click.option("--prefect-yaml", "is_yaml", is_flag=True, help="Only print a prefect.yaml that makes the same with `prefect deploy`.")
@database_option
def schedule(programmes: tuple[Path, ...], preview: int | None, is_yaml: bool) -> None:
    """Register cycles and what belongs to them with the Prefect server of PREFECT_API_URL; again, it changes nothing."""
    now = datetime.now(UTC)
    if preview is not None:
        from flows.service.preview import preview_lines

        for line in preview_lines(programmes, now, preview):
            click.echo(line)
    elif is_yaml:
        from flows.service.prefect_yaml import prefect_yaml

        click.echo(prefect_yaml(programmes, now), nl=False)
    else:
        from flows.service.telemetry import keep_quiet

        keep_quiet()
        from flows.service.scheduling import register

        for line in register(programmes, now) or ["nothing to change"]:
            click.echo(line)


@click.command()
@programmes_argument
@click.option("--port", default=4200, show_default=True, type=click.IntRange(1, 65535), help="Port of Prefect's server and page.")
@store_option
@database_option
def serve(programmes: tuple[Path, ...], port: int) -> None:
    """Run server, schedule and work on this machine until stopped; uses the server of PREFECT_API_URL where it is set."""
    from flows.service.serving import serve as run_service

    run_service(programmes, port, click.echo)


@click.command()
@programme_argument
@click.option("--list", "is_list", is_flag=True, help="Only list what waits: plan or publication, and proposed actions with their ids.")
@click.option("--decision", metavar="ID", help="A proposed action, such as dec-0123456789; needs --choose.")
@click.option("--choose", type=click.Choice(CHOICES), help="What is decided on it.")
@click.option("--cycle", help="The quarter, such as 2026Q3; needed only where several wait.")
@click.option("--name", default="", help="Who decides; needed for a decision.")
@click.option("--reject", is_flag=True, help="Refuse the plan or the publication; the cycle begins anew with its next run.")
@click.option("--note", default="", help="Why; needed with --reject.")
@click.option("--sha256", default="", metavar="DIGITS", help="Hash of what you looked at, or its first eight digits; another is refused.")
@store_option
@database_option
@json_option
def approve(programme: Path, is_list: bool, decision: str | None, choose: Any, name: str, note: str, is_json: bool, **subject: Any) -> None:
    """Decide on the plan or the publication that waits, and go on with the cycle; or on a proposed action."""
    if is_list:
        from flows.deciding import waiting_lines

        print_rows(waiting_lines(programme), is_json)
    elif decision or choose:
        _decide_on_action(programme, decision, choose, name, note, is_json, is_reject=subject["reject"])
    else:
        _decide_on_cycle(programme, name, note, is_json, **subject)


def _decide_on_action(programme: Path, decision: str | None, choose: Any, name: str, note: str, is_json: bool, *, is_reject: bool) -> None:
    from flows.deciding import decide_on, in_words

    if not decision:
        raise InputError("--choose needs the id of a proposed action; give --decision, and see `touchstone approve PROGRAMME --list`.")
    if is_reject:
        raise InputError("--reject is for a plan or a publication; give --choose refuse.")
    made = decide_on(programme, decision, choose, typed_name=name, note=note)
    click.echo(made.model_dump_json() if is_json else in_words(made))


def _decide_on_cycle(programme: Path, name: str, note: str, is_json: bool, *, cycle: str | None, reject: bool, sha256: str) -> None:
    from flows.deciding import decide

    decided = decide(programme, "reject" if reject else "approve", typed_name=name, cycle=cycle, sha256=sha256, note=note)
    if not is_json:
        click.echo(decided.headline)
    if decided.status == "approved":
        from flows.service.orchestrated import cycle_flow

        print_outcome(cycle_flow(str(programme), decided.cycle), is_json)
    elif is_json:
        print_outcome(decided, is_json)


@click.command()
@programme_argument
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="As on that day, such as 2026-10-12; today without it.")
@store_option
@database_option
def remind(programme: Path, day: datetime | None) -> None:
    """Remind owners of follow-ups that are due or overdue, and leadership of those that do not move; nobody twice on one day."""
    from config.loading import load_programme
    from flows.reminding import remind as send_reminders

    now = datetime.combine(day, time(12), load_programme(programme).zone) if day else datetime.now(UTC)
    for line in send_reminders(programme, now) or ["nobody is to be reminded of anything new"]:
        click.echo(line)


@click.command()
@programme_argument
@click.option("--since", help="The first quarter, such as 2025Q1; the programme's first cycle without it.")
@store_option
@database_option
@json_option
def backfill(programme: Path, since: str | None, is_json: bool) -> None:
    """Run every quarter that is due and has no finished cycle, oldest first."""
    from flows.service.backfill import backfill as run_missing
    from flows.service.orchestrated import cycle_flow

    def run_one(cycle: str, as_of: datetime | None) -> Any:
        return cycle_flow(str(programme), cycle, as_of=as_of)

    for outcome in run_missing(programme, since, run_one):
        print_outcome(outcome, is_json)


@click.command()
@click.argument("programmes", nargs=-1, type=click.Path(path_type=Path))
@store_option
@database_option
@json_option
def doctor(programmes: tuple[Path, ...], is_json: bool) -> None:
    """Try everything that a cycle will need, and list what needs a person; exit code 1 where something does."""
    from flows.doctor.examine import examine_in_rows

    rows = examine_in_rows(programmes)
    print_rows(rows, is_json)
    if any(row["state"] != "ok" for row in rows):
        sys.exit(1)
