"""Taking in one source: map, place in quarters, set duplicates aside, validate, quarantine, mask, account.

All of it on one table of raw text, without a file or a clock.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from config.periods import Quarter
from config.programme import Programme
from config.sources import Source
from config.tables import FEEDBACK, RATINGS_COLUMNS, UNREADABLE
from expectations.rules import RuleResult
from tasks.fates import FATES, cycles_of, earlier_versions, is_in_period, is_word_for_word, last_events
from tasks.mapping import CLOCK_SKIPPED, CLOCK_TWICE, columns_needed, is_kept, map_ratings, map_table
from tasks.privacy import private, require_key
from tasks.quarantining import findings, quarantine_table
from tasks.raw import Misfit, Raw
from tasks.results import Adjustment, RuleFinding, SourceAccount
from tasks.validating import validate_rows
from tasks.words import placing_columns, without_words

_CLOCK = {
    CLOCK_SKIPPED: "a local time that the clock skipped was moved forward to the next one there is",
    CLOCK_TWICE: "a local time that came twice was taken as the first",
}
_REPLACED = "an earlier version of a record was replaced by a later one"


@dataclass(frozen=True)
class Intake:
    """One source taken in.

    records: accepted rows of the table that the source fills, of all quarters asked for, with `cycle`; ratings: their answers;
    quarantine: row, file, file_row, record_id, source, cycle, rule and the masked canonical columns of the first quarter's failed rows;
    quarantined and misfits: the same unmasked, as they were read, for this machine only.
    """

    records: pd.DataFrame
    ratings: pd.DataFrame
    quarantine: pd.DataFrame
    quarantined: pd.DataFrame
    misfits: tuple[Misfit, ...]
    account: SourceAccount
    rules: tuple[RuleFinding, ...]
    adjustments: tuple[Adjustment, ...]


@dataclass(frozen=True)
class _Sorted:
    """Mapped rows that are to be validated, what became of each raw row before, and the quarter of each that was mapped."""

    candidates: pd.DataFrame
    fate: pd.Series
    cycle: pd.Series
    replaced: pd.Index


def take_in(
    raw: Raw,
    source: Source,
    programme: Programme,
    quarters: Sequence[Quarter],
    as_of: datetime,
    pseudonym_key: str | None,
    removed: Collection[str] = (),
) -> Intake:
    """Return the source's records of the given quarters; the account is of the first of them.

    The words of `removed` (subjects, see tasks.words) are left out. Raises InputError where customers are identified
    and no key for their pseudonyms is set.
    """
    require_key(source, pseudonym_key)
    rows = _sort(raw, source, programme, quarters, as_of)
    first = str(quarters[0])
    answers = _answers(raw, rows.candidates, source)
    results = validate_rows(rows.candidates, answers, source, programme, as_of)
    failed = _failed(results)
    rows.fate.loc[failed] = "quarantined"
    clean = private(rows.candidates, source, programme, pseudonym_key)
    if source.table is FEEDBACK:
        clean = without_words(clean, removed, placing_columns(programme))
    valid = clean.drop(index=failed) if len(failed) else clean
    is_own = ~_is_elsewhere(clean["cycle"], first)
    own = failed[is_own.loc[failed].to_numpy()]
    return Intake(
        records=_stored(valid, source).reset_index(drop=True),
        ratings=_ratings(answers, valid).drop(columns="row"),
        quarantine=quarantine_table(_stored(clean.loc[own], source), _ratings(answers, clean.loc[own]), own, results, raw, source),
        quarantined=raw.table.loc[own],
        misfits=raw.misfits,
        account=_account(raw, source, first, rows),
        rules=findings(results, clean.index[is_own], clean.get("record_id"), raw, source.id),
        adjustments=_adjustments(rows, source.id, first),
    )


def _sort(raw: Raw, source: Source, programme: Programme, quarters: Sequence[Quarter], as_of: datetime) -> _Sorted:
    fate = pd.Series("filtered", index=raw.table.index, dtype="object")
    kept = _where(raw.table, is_kept(raw.table, source))
    if source.collapse is not None:
        fate.loc[kept.index] = "collapsed"
        last, after = last_events(kept, source.collapse, programme, as_of)
        fate.loc[after] = "outside_period"
        kept = kept.loc[last]
    mapped = map_table(kept, source, programme, raw.zones)
    table = source.table
    mapped["cycle"] = cycles_of(mapped[table.happened_at], programme) if table.happened_at else str(quarters[0])
    in_period = is_in_period(mapped, table, quarters, as_of)
    fate.loc[kept.index] = np.where(in_period, "accepted", "outside_period")
    inside = _where(mapped, in_period)
    same = is_word_for_word(raw.table[list(columns_needed(source))], inside[table.key[0]])
    replaced = earlier_versions(inside.drop(index=same) if len(same) else inside, source)
    fate.loc[same], fate.loc[replaced] = "duplicates", "collapsed"
    return _Sorted(_where(inside, fate.loc[inside.index] == "accepted"), fate, mapped["cycle"], replaced)


def _where(rows: pd.DataFrame, is_wanted: pd.Series) -> pd.DataFrame:
    """Return the wanted rows; where these are all, without a copy."""
    return rows if is_wanted.all() else rows.loc[is_wanted]


def _answers(raw: Raw, rows: pd.DataFrame, source: Source) -> pd.DataFrame | None:
    return map_ratings(raw.table.loc[rows.index], rows["record_id"], source.ratings) if source.ratings else None


def _failed(results: Sequence[RuleResult]) -> pd.Index:
    """Return the rows that break a rule which is no mere warning."""
    broken = [result.failed_rows for result in results if result.severity == "error"]
    failed: pd.Index = pd.Index(np.unique(np.concatenate([np.array([], dtype="int64"), *broken])))
    return failed


def _stored(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return the columns that are stored, canonical ones first, what only intake needs no longer."""
    ours = (*source.table.columns, "cycle", CLOCK_SKIPPED, CLOCK_TWICE)
    dimensions = sorted(name for name in rows.columns if name not in ours and not name.endswith(UNREADABLE))
    columns = [name for name in source.table.columns if name in rows]
    return rows[[*columns, *dimensions, "cycle"]]


def _ratings(answers: pd.DataFrame | None, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the answers of these rows, with the number of the row, and the record's id as it is stored."""
    if answers is None:
        return empty_ratings().assign(row=pd.Series(dtype="int64"))
    theirs = answers.loc[answers["row"].isin(rows.index)]
    origin = {name: theirs["row"].map(rows[name]).astype("str") for name in ("source", "record_id", "cycle")}
    return theirs.assign(**origin)[[*RATINGS_COLUMNS, "cycle", "row"]].reset_index(drop=True)


def empty_ratings() -> pd.DataFrame:
    """Return a ratings table without a row."""
    numbers = dict.fromkeys(("score", "scale_min", "scale_max"), "float64")
    return pd.DataFrame({name: pd.Series(dtype=numbers.get(name, "str")) for name in (*RATINGS_COLUMNS, "cycle")})


def _is_elsewhere(cycle: pd.Series, first: str) -> pd.Series:
    """Return which rows belong to another quarter than the first; where the quarter is not known, the first answers for them."""
    return cycle.notna() & (cycle != first)


def _account(raw: Raw, source: Source, first: str, rows: _Sorted) -> SourceAccount:
    """Return where each row went, seen from one quarter: rows of the other quarters lie outside it."""
    seen = rows.fate.copy()
    seen.loc[rows.cycle.index[_is_elsewhere(rows.cycle, first)]] = "outside_period"
    counts = seen.value_counts()
    parts = {part: int(counts.get(part, 0)) for part in FATES}
    parts["quarantined"] += len(raw.misfits)
    return SourceAccount(source=source.id, cycle=first, place=raw.place, sha256=raw.sha256, read=raw.row_count, **parts)


def _adjustments(rows: _Sorted, source: str, first: str) -> tuple[Adjustment, ...]:
    """Return which choices were made for rows of the first quarter, and for how many."""
    candidates = rows.candidates
    is_counted = ~_is_elsewhere(candidates["cycle"], first) & (rows.fate.loc[candidates.index] == "accepted")
    counts = {_CLOCK[name]: int((candidates[name] & is_counted).sum()) for name in _CLOCK}
    counts[_REPLACED] = int((~_is_elsewhere(rows.cycle.loc[rows.replaced], first)).sum())
    return tuple(Adjustment(source=source, words=words, rows=count) for words, count in counts.items() if count)
