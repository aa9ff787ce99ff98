"""Commands about follow-ups: see them, say what was done, take in what a tracker says."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from flows.cli_options import database_option, instant, json_option, print_rows

_EXIT_CODE_REFUSED = 2


@click.group("follow-ups")
def follow_ups() -> None:
    """See what people were asked to do, and say what was done."""


@follow_ups.command("list")
@click.argument("programme")
@click.option("--all", "is_all", is_flag=True, help="The closed ones too.")
@database_option
@json_option
def follow_ups_list(programme: str, is_all: bool, is_json: bool) -> None:
    """List a programme's follow-ups with owner and due date."""
    from flows.status import follow_up_lines

    print_rows(follow_up_lines(programme, only_open=not is_all), is_json)


@follow_ups.command("show")
@click.argument("programme")
@click.argument("follow_up_id")
@database_option
@json_option
def follow_ups_show(programme: str, follow_up_id: str, is_json: bool) -> None:
    """Show one follow-up with its whole history: who said what, when and from where."""
    from flows.follow_ups import follow_up_as_it_stands, history_lines, standing_lines

    follow_up = follow_up_as_it_stands(programme, follow_up_id)
    if is_json:
        click.echo(follow_up.model_dump_json())
        return
    click.echo("\n".join(standing_lines(follow_up)))
    print_rows(history_lines(follow_up), is_json)


@follow_ups.command("update")
@click.argument("programme")
@click.argument("follow_up_id")
@click.option("--status", type=click.Choice(["accepted", "in_progress", "done"]), help="What it is now, where that has changed.")
@click.option("--name", required=True, help="Who says so.")
@click.option("--evidence", default="", help="What shows that it is done: a link, a number, a document.")
@click.option("--note", default="", help="Anything the next reader should know.")
@click.option("--at", callback=instant, help="When it was so; the present without it.")
@click.option("--kind", type=click.Choice(["training"]), help="Where people need to learn something rather than a thing be put right.")
@click.option("--effort", "effort_person_weeks", type=float, metavar="WEEKS", help="What it takes, in weeks of one person's work.")
@click.option(
    "--predicted-change", type=float, metavar="SHARE", help="Expected change of the share, 0.05 for five points; before it is done."
)
@click.option("--why", "root_cause", multiple=True, metavar="TEXT", help="The real cause: up to five times, the last one the root.")
@database_option
def follow_ups_update(programme: str, follow_up_id: str, name: str, **said: Any) -> None:
    """Record what a person did about a follow-up; whether it worked is for the next Check to say."""
    from flows.follow_ups import update_follow_up

    click.echo(update_follow_up(programme, follow_up_id, typed_name=name, **said))


@follow_ups.command("import")
@click.argument("programme")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "layout", type=click.Choice(["touchstone", "jira", "servicenow"]), help="Whose columns; found out without it.")
@click.option("--name", default="", help="Who stands for rows that name nobody.")
@click.option("--encoding", default="utf-8", show_default=True, help="The file's character encoding, such as cp1252.")
@database_option
@json_option
def follow_ups_import(programme: str, file: Path, layout: Any, name: str, encoding: str, is_json: bool) -> None:
    """Take in a CSV file of updates: our own, or an export of Jira or ServiceNow; good rows count, whatever is wrong with others."""
    from flows.follow_ups import import_updates

    done = import_updates(programme, file, layout, typed_name=name, encoding=encoding)
    if is_json:
        click.echo(json.dumps(asdict(done)))
    else:
        click.echo(str(done))
        for problem in done.problems:
            click.echo(problem, err=True)
    if done.problems:
        sys.exit(_EXIT_CODE_REFUSED)
