"""Commands that look into the record, or add to it: mail, audit."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from flows.cli_options import database_option, json_option, print_rows, store_option


@click.group()
def mail() -> None:
    """See what was sent, and send again what nobody can tell of."""


@mail.command("list")
@click.argument("programme")
@database_option
@json_option
def mail_list(programme: str, is_json: bool) -> None:
    """List a programme's mails and what became of each."""
    from flows.status import mail_lines

    print_rows(mail_lines(programme), is_json)


@mail.command("resend")
@click.argument("message_id")
@database_option
def mail_resend(message_id: str) -> None:
    """Send one mail again, with the same Message-ID."""
    from flows.resending import resend

    click.echo(resend(message_id))


@click.group()
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

    print_rows(event_lines(programme, edition), is_json)


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


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@store_option
@database_option
def backup(file: Path) -> None:
    """Write ledger, vault and published files into one new FILE; cycles may run meanwhile."""
    from config.settings import load_settings
    from flows.keeping.backup import back_up

    done = back_up(file, load_settings())
    click.echo(f"{file}: {done.rows} rows of the ledger and {done.objects} objects, {done.size_bytes:,} bytes")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@store_option
@database_option
def restore(file: Path) -> None:
    """Bring back a backup into an empty ledger, vault and store, and prove what came back."""
    from config.settings import load_settings
    from flows.keeping.backup import restore as bring_back

    done = bring_back(file, load_settings())
    for proof in done.proofs:
        click.echo("\n".join([*proof["problems"], proof["summary"]]))
    if any(proof["problems"] for proof in done.proofs):
        sys.exit(1)


@click.command()
@click.argument("programme")
@click.option("--customer", metavar="ID", help="The customer, by the id that the sources use.")
@click.option("--record", metavar="SOURCE/ID", help="One record, where no customer is known.")
@click.option("--name", required=True, help="Who removes.")
@click.option("--reason", required=True, help="Why: the request's date or number.")
@store_option
@database_option
def forget(programme: str, customer: str | None, record: str | None, name: str, reason: str) -> None:
    """Remove one person's words for good; rows and figures stay."""
    from flows.keeping.removal import remove_words

    done = remove_words(programme, customer=customer, record=record, typed_name=name, reason=reason)
    click.echo(f"{done.records} records, {done.quotes} quotes and {done.mails} mails without these words now")
    for edition in done.republished:
        click.echo(f"published again: {edition}")
    for edition in done.beyond_reach:
        click.echo(f"{edition}: its snapshot has expired, and nobody can tell whose its quotes are; read them")
