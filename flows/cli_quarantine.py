"""Commands about rows that failed validation: see them, vouch for them, read them again."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from flows.cli_options import database_option, json_option, print_rows, programme_argument

_SHOWN_IDS = 20
_cycle_option = click.option("--cycle", help="The quarter, such as 2026Q3; the latest that has stored its data without it.")
_name_option = click.option("--name", required=True, help="Who does so.")
_reason_option = click.option("--reason", required=True, help="Why; it is kept in the ledger.")


@click.group()
def quarantine() -> None:
    """See the rows that failed validation, and let records out again."""


@quarantine.command("list")
@click.argument("programme")
@_cycle_option
@database_option
@json_option
def quarantine_list(programme: str, cycle: str | None, is_json: bool) -> None:
    """List what waits, by source and rule, and what was let out by whom."""
    from flows.quarantine import list_quarantine

    found = list_quarantine(programme, cycle)
    if is_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{programme} {found['edition']} ({found['status'].replace('_', ' ')}): {found['rows']} row(s) in quarantine")
    for rows in (list(map(_short, found["rules"])), found["admitted"], found["local_copies"]):
        if rows:
            click.echo()
            print_rows([{name: _printable(value) for name, value in row.items()} for row in rows], is_json=False)


@quarantine.command("release")
@click.argument("programme")
@click.option("--record", "records", metavar="SOURCE/ID", multiple=True, required=True, help="The record; several times for several.")
@_cycle_option
@_name_option
@_reason_option
@database_option
def quarantine_release(programme: str, records: tuple[str, ...], cycle: str | None, name: str, reason: str) -> None:
    """Let records count as they stand: you vouch for them."""
    from flows.quarantine import release

    done = release(programme, records, typed_name=name, reason=reason, cycle=cycle)
    click.echo(f"{len(done.record_ids)} record(s) of {done.edition} released; the next cycle that looks at {done.cycle} counts them")
    for record_id in done.without_some_answers:
        click.echo(f"{_printable(record_id)}: its answers that are off their scale, or cannot be read, stay behind")


@quarantine.command("retry")
@programme_argument
@click.option("--record", "records", metavar="SOURCE/ID", multiple=True, help="The record; several times for several.")
@click.option("--source", metavar="SOURCE", help="All records of that source that wait.")
@_cycle_option
@_name_option
@_reason_option
@database_option
def quarantine_retry(programme: Path, records: tuple[str, ...], source: str | None, cycle: str | None, name: str, reason: str) -> None:
    """Read a source again, and let records count that are valid now; ends with 1 where any is not."""
    from flows.quarantine import retry

    done = retry(programme, records=records, source=source, typed_name=name, reason=reason, cycle=cycle)
    click.echo(
        f"{done.edition}: {len(done.admitted)} record(s) valid now, {len(done.still_wrong)} still wrong, {len(done.not_there)} not there"
    )
    for line in _left(done.still_wrong, done.not_there):
        click.echo(line)
    if done.still_wrong or done.not_there:
        sys.exit(1)


def _left(still_wrong: dict[str, str], not_there: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{_printable(record_id)}: {rules}" for record_id, rules in still_wrong.items())
    yield from (f"{_printable(record_id)}: not in the source, or no longer of this quarter" for record_id in not_there)


def _short(row: dict[str, Any]) -> dict[str, Any]:
    ids = row["record_ids"]
    more = f" and {len(ids) - _SHOWN_IDS} more (--json lists all)" if len(ids) > _SHOWN_IDS else ""
    return row | {"record_ids": ", ".join(ids[:_SHOWN_IDS]) + more}


def _printable(value: object) -> str:
    """Return a value as text in which nothing speaks to the terminal: ids come from sources."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(value))
