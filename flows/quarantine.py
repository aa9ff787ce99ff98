"""`touchstone quarantine`: what waits there, and letting records out of it.

What is let out enters the next cycle that looks at its quarter: the same one, where it is run again because it was not publishable, else
a later one, as a restatement. A cycle that is closed stays as it is. No lock is needed: the ledger locks its chain while it is written to,
and a run in progress works by its frozen plan.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from config.errors import InputError
from config.loading import load_programme, thaw
from config.periods import Quarter
from config.programme import Programme
from config.settings import Settings, load_settings
from config.tables import FEEDBACK_REQUIRED
from flows.places import open_vault
from tasks.admitting import RULE_SEPARATOR, released, reread, waiting
from tasks.incremental import window_of
from tasks.intake import Intake, take_in
from tasks.ledger.admissions import Admitted, How, admissions_of, already_admitted, record_admissions
from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.editions import SNAPSHOT_STEP, output_of
from tasks.ledger.models import Cycle
from tasks.ledger.removals import removed_subjects
from tasks.ledger.views import editions, programmes
from tasks.local_copy import copies_of
from tasks.results import Ref
from tasks.sources.readers import read
from tasks.vault import get_table, put_table

_OF_SCORES = "score"  # how the rules of answers begin


@dataclass(frozen=True)
class _Desk:
    """What all three commands look at: the quarantine of one edition, and which of its records were let out."""

    ledger: Ledger
    settings: Settings
    edition: Cycle
    quarantine: pd.DataFrame
    admitted: dict[tuple[str, str], Admitted]
    removed: tuple[str, ...]  # whose words the quarantine is without


@dataclass(frozen=True)
class Released:
    """Records that were let out as they stand, and those of them whose answers off their scale stay behind."""

    edition: str
    cycle: str
    record_ids: tuple[str, ...]
    without_some_answers: tuple[str, ...]


@dataclass(frozen=True)
class Retried:
    """What reading again has brought: records that are valid now, those that are not with their rules, those that are not there."""

    edition: str
    admitted: tuple[str, ...]
    still_wrong: dict[str, str]
    not_there: tuple[str, ...]


def list_quarantine(programme_id: str, cycle: str | None = None, settings: Settings | None = None) -> dict[str, Any]:
    """Return what waits in the quarantine of a cycle's latest edition (of the latest cycle without one), and what was let out."""
    desk = _desk(programme_id, cycle, settings or load_settings())
    rows = waiting(desk.quarantine)
    ids = set(zip(rows["source"], rows["record_id"], strict=True))
    return {
        "programme": programme_id,
        "edition": desk.edition.edition,
        "status": desk.edition.status,
        "rows": len(rows),
        "rules": list(_by_rule(rows, desk.admitted.keys())),
        "admitted": [one.model_dump(mode="json", exclude={"table"}) for key, one in desk.admitted.items() if key in ids],
        "local_copies": list(_local_copies(desk)),
    }


def release(
    programme_id: str,
    records: Sequence[str],
    *,
    typed_name: str,
    reason: str,
    cycle: str | None = None,
    settings: Settings | None = None,
) -> Released:
    """Let records (SOURCE/RECORD_ID, all of one source) out of quarantine as they stand: a person vouches for them.

    All of them or none. Raises InputError where name or reason is missing, or a record is not there, cannot count or was let out.
    """
    _require_person(typed_name, reason)
    settings = settings or load_settings()
    source, record_ids = _source_and_ids(records)
    desk = _desk(programme_id, cycle, settings)
    for record_id in record_ids:
        if (source, record_id) in desk.admitted:
            raise already_admitted(desk.admitted[source, record_id])
    touchpoints = [touchpoint.id for touchpoint in thaw(desk.edition.frozen).touchpoints]
    table = released(desk.quarantine, source, record_ids, touchpoints)
    admitted = _admit(desk, source, table, "released", typed_name, reason)
    partly = [one.record_id for one in admitted if any(rule.startswith(_OF_SCORES) for rule in one.rules.split(RULE_SEPARATOR))]
    return Released(desk.edition.edition, desk.edition.cycle, record_ids, tuple(partly))


def retry(
    programme_path: str | Path,
    *,
    records: Sequence[str] = (),
    source: str | None = None,
    typed_name: str,
    reason: str,
    cycle: str | None = None,
    settings: Settings | None = None,
) -> Retried:
    """Read a source again, as the programme file has it now, and let out of quarantine the records that are valid now.

    `records` (SOURCE/RECORD_ID, all of one source), or all of a `source`. Raises InputError where name or reason is missing, a record does
    not wait, or the source cannot be read, ServiceError where reading it failed.
    """
    _require_person(typed_name, reason)
    if bool(records) == bool(source):
        raise InputError("Say what is to be read again: either records as SOURCE/RECORD_ID, or all of a source.")
    settings = settings or load_settings()
    programme = load_programme(programme_path)
    source_id, record_ids = (source, ()) if source else _source_and_ids(records)
    desk = _desk(programme.programme, cycle, settings)
    wanted = _wanted(desk, str(source_id), record_ids)
    intake = _read_again(desk, programme, str(source_id))
    table = reread(intake.records, intake.ratings, desk.edition.cycle, wanted)
    admitted = _admit(desk, str(source_id), table, "retried", typed_name, reason) if len(table) else ()
    valid = [one.record_id for one in admitted]
    wrong = waiting(intake.quarantine)
    broken = {str(i): str(rule) for i, rule in zip(wrong["record_id"], wrong["rule"], strict=True) if i in wanted}
    gone = [record_id for record_id in wanted if record_id not in broken and record_id not in valid]
    return Retried(desk.edition.edition, tuple(valid), broken, tuple(gone))


def _desk(programme_id: str, cycle: str | None, settings: Settings) -> _Desk:
    ledger = open_ledger(settings.database_url)
    if programme_id not in programmes(ledger):
        raise InputError(f"The ledger knows no programme {programme_id!r}; it knows {', '.join(programmes(ledger)) or 'none yet'}.")
    wanted = str(Quarter.parse(cycle)) if cycle else None
    removed = removed_subjects(ledger, programme_id)
    for edition in reversed(editions(ledger, programme_id)):
        output = output_of(ledger, edition, SNAPSHOT_STEP) if wanted in (None, edition.cycle) else None
        if output is not None:
            table = get_table(open_vault(settings), Ref.model_validate(json.loads(output)["quarantine"]))
            missing = {name: pd.Series(pd.NA, index=table.index, dtype="str") for name in FEEDBACK_REQUIRED if name not in table}
            admitted = {(one.source, one.record_id): one for one in admissions_of(ledger, programme_id)}
            return _Desk(ledger, settings, edition, table.assign(**missing), admitted, removed)
    raise InputError(f"No cycle{f' {wanted}' if wanted else ''} of {programme_id} has stored its data yet; see `touchstone status`.")


def _by_rule(rows: pd.DataFrame, admitted: Collection[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Yield for each source and rule how many rows broke it, how many of them were let out, and all record ids."""
    each = rows.assign(rule=rows["rule"].str.split(RULE_SEPARATOR)).explode("rule")
    for (source, rule), broken in each.groupby(["source", "rule"], sort=True):
        ids = broken["record_id"].dropna().tolist()
        yield {
            "source": source,
            "rule": rule,
            "rows": len(broken),
            "admitted": sum((source, record_id) in admitted for record_id in ids),
            "record_ids": list(dict.fromkeys(ids)),
        }


def _local_copies(desk: _Desk) -> Iterator[dict[str, str]]:
    if desk.settings.quarantine_days:
        for copy in copies_of(desk.settings.quarantine_folder, desk.edition.programme, desk.edition.edition):
            until = copy.written_at + timedelta(days=desk.settings.quarantine_days)
            yield {"source": copy.source, "path": str(copy.path), "until": until.isoformat(timespec="seconds")}


def _admit(desk: _Desk, source: str, table: pd.DataFrame, how: How, typed_name: str, reason: str) -> tuple[Admitted, ...]:
    """Store the rows, then record who let them out; return what was recorded."""
    stored = put_table(open_vault(desk.settings), table)
    own = waiting(desk.quarantine)
    rules = own.loc[own["source"] == source].groupby("record_id")["rule"].agg(RULE_SEPARATOR.join)
    records = waiting(table)
    admitted = tuple(
        Admitted(
            source=source,
            record_id=record_id,
            cycle=cycle,
            how=how,
            rules=RULE_SEPARATOR.join(dict.fromkeys(str(rules[record_id]).split(RULE_SEPARATOR))),
            table=stored,
            admitted_at=datetime.now(UTC),
            typed_name=typed_name,
            reason=reason,
        )
        for record_id, cycle in zip(records["record_id"], records["cycle"], strict=True)
    )
    record_admissions(desk.ledger, desk.edition.programme, desk.edition.edition, admitted, desk.removed)
    return admitted


def _wanted(desk: _Desk, source: str, record_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Return the record ids to look for: those that were named, or all of the source that wait."""
    rows = waiting(desk.quarantine)
    there = dict.fromkeys(rows.loc[rows["source"] == source, "record_id"].dropna())
    for record_id in record_ids:
        if (source, record_id) in desk.admitted:
            raise already_admitted(desk.admitted[source, record_id])
        if record_id not in there:
            raise InputError(
                f"No record {source}/{record_id} waits in the quarantine of {desk.edition.edition}; see `touchstone quarantine list`."
            )
    wanted = record_ids or tuple(record_id for record_id in there if (source, record_id) not in desk.admitted)
    if not wanted:
        raise InputError(
            f"No record of source {source!r} waits in the quarantine of {desk.edition.edition}; see `touchstone quarantine list`."
        )
    return wanted


def _read_again(desk: _Desk, programme: Programme, source_id: str) -> Intake:
    quarter = Quarter.parse(desk.edition.cycle)
    found = next((source for source in programme.sources if source.id == source_id), None)
    if found is None:
        raise InputError(f"The programme has no source {source_id!r}; it has {', '.join(source.id for source in programme.sources)}.")
    source, now = found.at(quarter), datetime.now(UTC)
    key = desk.settings.pseudonym_key
    return take_in(
        read(source, quarter, os.environ, window_of(programme, source, quarter, now)),
        source,
        programme,
        [quarter],
        now,
        key.get_secret_value() if key else None,
        desk.removed,
    )


def _source_and_ids(records: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    pairs = [record.partition("/") for record in records]
    sources = {source for source, _, _ in pairs}
    if len(sources) != 1 or not all(source and record_id for source, _, record_id in pairs):
        raise InputError(
            "A record is given as SOURCE/RECORD_ID, as `touchstone quarantine list` shows them, and all in one call are of one source."
        )
    return sources.pop(), tuple(dict.fromkeys(record_id for _, _, record_id in pairs))


def _require_person(typed_name: str, reason: str) -> None:
    if not typed_name.strip() or not reason.strip():
        raise InputError("Letting records out of quarantine needs the name of the person who does so, and a reason; give both.")
