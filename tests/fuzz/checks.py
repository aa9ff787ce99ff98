"""What must hold of every damaged file: its rows reconcile and none is lost, or one clear sentence says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from unicodedata import category

from config.errors import InputError, ServiceError
from config.periods import Quarter
from config.sources import Source
from tasks.intake import take_in
from tasks.raw import Raw
from tasks.sources.delimited import QUOTES_CLOSED
from tasks.sources.readers import read
from tests.fuzz.damaged import Damaged, damaged
from tests.programmes import programme, source

QUARTER = Quarter(2026, 1)
AS_OF = datetime(2026, 4, 10, 16, tzinfo=UTC)
TOKEN = re.compile(r"T[0-9a-f]{11}K\d+")
LONGEST_MESSAGE = 400
SHOWN_LETTERS = 40  # of one value


def problems(seed: int, folder: Path, *, is_taken_in: bool) -> list[str]:
    """Return what is wrong with how one damaged file is read, and taken in where asked; nothing, if all is well."""
    file = damaged(seed)
    (folder / file.name).write_bytes(file.content)
    kind = next(iter(file.reads))
    declared = source(reads={**file.reads, kind: str(folder / file.name)})
    try:
        raw = read(declared, QUARTER, {})
        found = _of_rows(raw, file)
        return found + _of_intake(raw, declared) if is_taken_in else found
    except (InputError, ServiceError) as error:
        return _of_message(str(error).replace(str(folder), ""), file.said)
    except BaseException as error:  # whatever else is raised, recursion and panics too, is what is looked for
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return [f"{type(error).__name__}: {str(error)[:200]} {_place(error)}"]


def described(seed: int, found: Sequence[str]) -> str:
    """Return one line for the report: damaged(seed) makes the file again."""
    file = damaged(seed)
    return f"seed {seed} ({file.name}, {', '.join(file.damages) or 'undamaged'}): {'; '.join(found)}"


def _of_rows(raw: Raw, file: Damaged) -> list[str]:
    found = []
    lost = sorted(file.tokens - (_mentioned(raw) if file.is_open else _found(raw)))
    if lost:
        found.append(f"{len(lost)} of {len(file.tokens)} rows are lost, such as {lost[0]}")
    is_torn = any(misfit.rule == QUOTES_CLOSED for misfit in raw.misfits)
    if file.count is not None and (raw.row_count < file.count or (raw.row_count > file.count and not is_torn)):
        found.append(f"{raw.row_count} rows instead of {file.count}")
    numbers = sorted([*raw.table.index, *(misfit.row for misfit in raw.misfits)])
    if len(set(numbers)) != len(numbers):
        found.append("two rows have one number")
    if raw.files and sum(one.rows for one in raw.files) != raw.row_count:
        found.append("the files' rows are not the rows")
    return found


def _found(raw: Raw) -> set[str]:
    """Return the tokens of all rows: a row that was drawn into another one is none any more."""
    tokens = {token for misfit in raw.misfits for token in TOKEN.findall(misfit.content)}
    for row in raw.table.itertuples(index=False):
        own = TOKEN.findall("\n".join(row))
        tokens.update(own if len(set(own)) == 1 else [cell.strip() for cell in row if TOKEN.fullmatch(cell.strip())])
    return tokens


def _mentioned(raw: Raw) -> set[str]:
    """Return the tokens that stand anywhere in what was read."""
    cells = [cell for name in raw.table.columns for cell in raw.table[name]]
    return {token for text in (*cells, *(misfit.content for misfit in raw.misfits)) for token in TOKEN.findall(text)}


def _of_intake(raw: Raw, declared: Source) -> list[str]:
    taken = take_in(raw, declared, programme(), [QUARTER], AS_OF, None)
    account = taken.account
    parts = (account.filtered, account.outside_period, account.collapsed, account.duplicates, account.quarantined, account.accepted)
    found = []
    if account.read != sum(parts) or account.read != raw.row_count:
        found.append(f"{account.read} rows were read and {sum(parts)} are accounted for")
    if account.accepted != len(taken.records) or account.quarantined != len(taken.quarantined) + len(taken.misfits):
        found.append("the account's numbers are not those of the tables")
    kept = {*taken.records["record_id"].dropna(), *taken.quarantined["id"].str.strip()}
    elsewhere = account.outside_period + account.duplicates + account.collapsed
    missing = {value.strip() for value in raw.table["id"]} - kept
    if len(missing) > elsewhere:
        found.append(f"{len(missing)} ids are missing and {elsewhere} rows are elsewhere")
    return found


def _of_message(message: str, said: Sequence[str]) -> list[str]:
    found = []
    if "\n" in message or "\r" in message:
        found.append(f"the message has several lines: {message!r}")
    if not message.endswith((".", "?")):
        found.append(f"the message is no sentence: {message!r}")
    if len(message) > LONGEST_MESSAGE:
        found.append(f"the message has {len(message)} letters: {message!r}")
    if "Traceback" in message or "Error:" in message:
        found.append(f"the message is a program's: {message!r}")
    if any(category(letter) in ("Cc", "Cf", "Cs") for letter in message.replace("\n", "").replace("\r", "")):
        found.append(f"the message has letters that steer a terminal: {message!r}")
    if any(text[start : start + SHOWN_LETTERS + 1] in message for text in said for start in range(min(len(text), 200) - SHOWN_LETTERS)):
        found.append(f"the message says what a customer wrote: {message!r}")
    return found


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    places = []
    while trace is not None:
        places.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(places[-3:])
