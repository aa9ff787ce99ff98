"""What people do to follow-ups: who changed what, when and from where, in the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from config.errors import InputError, MissingSourceError
from config.loading import thaw
from config.programme import Programme
from config.reads import CsvReads
from config.settings import load_settings
from config.sources import Source
from tasks.follow_ups.exports import Context, LayoutName, Told, layout_of, told_by
from tasks.follow_ups.life import is_known, moment, place_in_history
from tasks.follow_ups.saying import change_said
from tasks.ledger.connection import Ledger, open_ledger
from tasks.ledger.follow_ups import record_update, stored_follow_up
from tasks.ledger.locks import locked
from tasks.ledger.views import editions, programmes
from tasks.raw import Raw
from tasks.results import FollowUp, FollowUpChange
from tasks.sources.delimited import Header, delimited_header, read_delimited
from tasks.sources.files import File
from tasks.sources.parts import as_raw

PersonStatus = Literal["accepted", "in_progress", "done"]
_FILE = "file"
_TAKEN, _UNCHANGED = "taken", "unchanged"


@dataclass(frozen=True)
class Imported:
    """What a file of updates came to: rows taken in, rows that say nothing new, and every other row's problem in one sentence."""

    file: str
    taken: int
    unchanged: int
    problems: tuple[str, ...]

    def __str__(self) -> str:
        """Return the counts in words."""
        return f"{self.file}: {self.taken} taken in, {self.unchanged} that say nothing new, {len(self.problems)} refused"


def update_follow_up(
    programme: str,
    follow_up_id: str,
    status: PersonStatus | None = None,
    *,
    typed_name: str,
    at: datetime | None = None,
    origin: str = "command",
    **said: Any,
) -> str:
    """Record a change that a person made to a follow-up, at the present without `at`; return it in words.

    `said`: evidence, note, kind, effort_person_weeks, predicted_change, root_cause (whys, the last one the root). Raises InputError where
    there is no such follow-up, or this person may not say this then; LockedError while a cycle runs.
    """
    ledger = _ledger(programme)
    region = _frozen(ledger, programme).country
    with _changing(ledger, programme, f"follow-up {follow_up_id}") as token:
        change = change_said(at or datetime.now(UTC), typed_name, origin, region, status=status, **said)
        before = _record(ledger, programme, follow_up_id, change, token)
    return f"{follow_up_id}: {before}, now {status}" if status else f"{follow_up_id}: noted, still {before}"


def follow_up_as_it_stands(programme: str, follow_up_id: str) -> FollowUp:
    """Return a follow-up with its whole history; InputError where there is no such programme or follow-up."""
    return stored_follow_up(_ledger(programme), programme, follow_up_id)


def standing_lines(follow_up: FollowUp) -> list[str]:
    """Return in words what a follow-up is about, how it stands, and what its owner found and expects."""
    lines = [
        f"{follow_up.id}: {follow_up.title}",
        f"{follow_up.status}, {follow_up.kind}, owner {follow_up.owner}, due {follow_up.due}, opened in {follow_up.opened_in}",
    ]
    figures = []
    if follow_up.effort_person_weeks is not None:
        figures.append(f"effort {follow_up.effort_person_weeks:g} person-weeks")
    if follow_up.predicted_change is not None:
        figures.append(f"predicted change {100 * follow_up.predicted_change:+.1f} points")
    if figures:
        lines.append(", ".join(figures))
    return [*lines, *(f"why {number}: {why}" for number, why in enumerate(follow_up.root_cause, start=1))]


def history_lines(follow_up: FollowUp) -> list[dict[str, Any]]:
    """Return a row a change, oldest first: who said what, when and from where."""
    return [
        {
            "at": moment(change.at),
            "by": change.by,
            "status": change.status or "",
            "evidence": change.evidence,
            "note": change.note,
            "also": ", ".join(_also(change)),
            "origin": change.origin,
        }
        for change in follow_up.changes
    ]


def _also(change: FollowUpChange) -> Iterator[str]:
    if change.kind:
        yield f"kind {change.kind}"
    if change.effort_person_weeks is not None:
        yield f"effort {change.effort_person_weeks:g}"
    if change.predicted_change is not None:
        yield f"predicted {change.predicted_change:+g}"
    if change.root_cause:
        yield f"{len(change.root_cause)} whys"


def import_updates(
    programme: str, file: Path, layout: LayoutName | None = None, *, typed_name: str = "", encoding: str = "utf-8"
) -> Imported:
    """Take in a CSV file of updates, our own or an export of Jira or ServiceNow; whose it is follows from its columns without `layout`.

    The good rows are taken in, whatever is wrong with others; `typed_name` stands for rows that name nobody. Raises InputError where the
    file or its columns as a whole cannot be understood; LockedError while a cycle runs.
    """
    ledger = _ledger(programme)
    frozen = _frozen(ledger, programme)
    raw = _read(file, encoding)
    found = layout_of(list(raw.table.columns), layout)
    told = told_by(raw.table, found, Context(f"{_FILE} {file.name}", frozen.timezone, frozen.country, typed_name))
    with _changing(ledger, programme, f"follow-ups of {file.name}") as token:
        outcomes = {one.row: _take_in(ledger, programme, one, token, is_state=found != "touchstone") for one in _in_order(told)}
    outcomes |= {misfit.row: f"it breaks the rule that {misfit.rule}; put it right" for misfit in raw.misfits}
    counts = Counter(outcomes.values())
    problems = [f"row {row}: {problem}." for row, problem in sorted(outcomes.items()) if problem not in (_TAKEN, _UNCHANGED)]
    return Imported(file.name, counts[_TAKEN], counts[_UNCHANGED], tuple(problems))


def _take_in(ledger: Ledger, programme: str, told: Told, token: str, *, is_state: bool) -> str:
    """Return what became of a row: taken, unchanged, or the problem in words."""
    if told.problem:
        return told.problem
    try:
        follow_up = stored_follow_up(ledger, programme, told.follow_up_id)
        if told.change is None or is_known(follow_up, told.change) or (is_state and _stands_so(follow_up, told.change)):
            return _UNCHANGED
        _record(ledger, programme, told.follow_up_id, told.change, token)
    except InputError as error:
        return str(error).removesuffix(".")
    return _TAKEN


def _stands_so(follow_up: FollowUp, change: FollowUpChange) -> bool:
    """Return whether an issue's state is that of the follow-up; what Check has verified is done."""
    return change.status == ("done" if follow_up.status == "verified" else follow_up.status)


def _in_order(told: Sequence[Told]) -> list[Told]:
    """Return the rows oldest first: an export may begin with the newest."""
    changes = sorted((one for one in told if one.change), key=lambda one: (place_in_history(one.change) if one.change else (), one.row))
    return [*(one for one in told if one.change is None), *changes]


def _record(ledger: Ledger, programme: str, follow_up_id: str, change: FollowUpChange, token: str) -> str:
    if change.at > datetime.now(UTC):
        raise InputError(f"{follow_up_id}: {moment(change.at)} has not come yet; give the time at which it was so.")
    return record_update(ledger, programme, follow_up_id, change, token=token)


@contextmanager
def _changing(ledger: Ledger, programme: str, what: str) -> Iterator[str]:
    with locked(ledger, programme, what, load_settings().lease_seconds) as token:
        yield token


def _ledger(programme: str) -> Ledger:
    ledger = open_ledger(load_settings().database_url)
    known = programmes(ledger)
    if programme not in known:
        raise InputError(f"The ledger knows no programme {programme!r}; it knows {', '.join(known) or 'none yet'}.")
    return ledger


def _frozen(ledger: Ledger, programme: str) -> Programme:
    """Return the programme as its latest edition froze it: its zone, and the country whose telephone numbers are masked."""
    opened = sorted(editions(ledger, programme), key=lambda edition: edition.opened_at)
    if not opened:
        raise InputError(f"{programme} has no cycle yet, and so no follow-up; run one first: touchstone run PROGRAMME --cycle 2026Q3.")
    return thaw(opened[-1].frozen)


def _read(file: Path, encoding: str) -> Raw:
    """Return all columns of a CSV file as text; columns of one name are told apart by a number."""
    source = Source.model_validate({"id": _FILE, "reads": {"csv": str(file)}, "columns": {}})
    reads = CsvReads(csv=str(file), encoding=encoding)
    one = File(file.name, file.name, str(file), lambda: file.open("rb"))
    try:
        headers = delimited_header(source, reads, one, (), _every_column)
        return as_raw(source, file.name, [one], [read_delimited(source, reads, one, headers, _every_column)], is_many=False)
    except MissingSourceError:
        raise InputError(f"There is no file {file}; give the path of a CSV file.") from None
    except InputError as error:
        raise InputError(str(error).removeprefix(f"source {_FILE!r}: ").replace("in `reads`", "by --encoding")) from None


def _every_column(_source: Source, _place: str, rows: Sequence[Sequence[str]]) -> Header:
    """Return the names of the first row; Jira names as many columns Labels as an issue has labels."""
    seen: Counter[str] = Counter()
    names = []
    for name in (name.strip() for name in rows[0]):
        seen[name] += 1
        names.append(f"{name} ({seen[name]})" if seen[name] > 1 else name)
    return Header(tuple(names))
