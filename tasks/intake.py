"""Taking in one source: map, place in quarters, set duplicates aside, validate, quarantine, mask, account.

All of it on one table of raw text, without a file or a clock.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from config.errors import InputError
from config.periods import MONTHS, MONTHS_A_QUARTER, Quarter
from config.programme import Programme
from config.sources import Source
from config.tables import CUSTOMER_NAME, FEEDBACK_COLUMNS, RATINGS_COLUMNS, UNREADABLE
from expectations.feedback import feedback_suite
from expectations.ratings import ratings_suite
from expectations.rules import ROW, RuleResult, validate
from tasks.mapping import columns_needed, is_kept, map_feedback, map_ratings
from tasks.masking import mask_texts, pseudonymise
from tasks.results import RuleFinding, SourceAccount
from tasks.words import placing_columns, without_words

SHOWN_RECORD_IDS = 20
_PARTS = ("filtered", "outside_period", "collapsed", "duplicates", "quarantined", "accepted")


@dataclass(frozen=True)
class Raw:
    """What was read: text columns with the row's number in the source as index, and where it came from."""

    table: pd.DataFrame
    place: str
    sha256: str


@dataclass(frozen=True)
class Intake:
    """One source taken in.

    feedback and ratings: canonical columns and `cycle`, accepted rows of all quarters asked for; quarantine: row,
    record_id, source, cycle, rule and the masked canonical columns of the first quarter's failed rows.
    """

    feedback: pd.DataFrame
    ratings: pd.DataFrame
    quarantine: pd.DataFrame
    account: SourceAccount
    rules: tuple[RuleFinding, ...]


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
    if "customer_id" in source.columns and pseudonym_key is None:
        raise InputError(
            f"source {source.id!r} maps customer_id, which is stored only as a keyed pseudonym: "
            "set TOUCHSTONE_PSEUDONYM_KEY in the environment."
        )
    kept = raw.table.loc[is_kept(raw.table, source)]
    mapped = map_feedback(kept, source, programme)
    mapped["cycle"] = _cycles(mapped["occurred_at"], programme)
    in_period = _is_in_period(mapped, quarters, as_of)
    answers = map_ratings(kept.loc[in_period], mapped["record_id"], source.ratings) if source.ratings else None
    fate = _fates(raw.table[list(columns_needed(source))], mapped, in_period)
    candidates = mapped.loc[fate.loc[mapped.index] == "accepted"]
    if answers is not None:
        answers = answers.loc[answers["row"].isin(candidates.index)]
    results = _validate(candidates, answers, programme)
    failed = pd.Index(sorted({row for result in results for row in result.failed_rows}))
    fate.loc[failed] = "quarantined"

    def private(rows: pd.DataFrame) -> pd.DataFrame:
        return without_words(_private(rows, source, programme, pseudonym_key), removed, placing_columns(programme))

    valid = private(mapped.loc[fate.loc[mapped.index] == "accepted"])
    first = str(quarters[0])
    is_first = mapped["cycle"].isna() | (mapped["cycle"] == first)
    return Intake(
        feedback=_finished(valid),
        ratings=_ratings(answers, valid),
        quarantine=_quarantine(private(mapped.loc[failed].loc[is_first.loc[failed]]), results),
        account=_account(raw, source, first, fate, mapped.index[~is_first]),
        rules=_findings(results, mapped, source.id, set(mapped.index[is_first])),
    )


def _cycles(occurred_at: pd.Series, programme: Programme) -> pd.Series:
    """Return the name of the quarter of each instant; null where the instant is not known."""
    local = occurred_at.dt.tz_convert(programme.timezone)
    months = local.dt.year * 12 + local.dt.month - 1 - MONTHS.index(programme.year_starts_in)
    names = {month: str(Quarter(int(month // 12), int(month % 12 // MONTHS_A_QUARTER) + 1)) for month in months.dropna().unique()}
    cycles: pd.Series = months.map(names).astype("str")
    return cycles


def _is_in_period(mapped: pd.DataFrame, quarters: Collection[Quarter], as_of: datetime) -> pd.Series:
    """Return which rows may belong to the quarters: an instant that cannot be read is for validation to judge."""
    is_known = ~(mapped["occurred_at"] > as_of)
    return mapped["cycle"].isna() | (mapped["cycle"].isin([str(quarter) for quarter in quarters]) & is_known)


def _fates(rows: pd.DataFrame, mapped: pd.DataFrame, in_period: pd.Series) -> pd.Series:
    """Return what became of each raw row, before validation."""
    fate = pd.Series("filtered", index=rows.index, dtype="object")
    fate.loc[mapped.index] = "accepted"
    fate.loc[mapped.index[~in_period]] = "outside_period"
    inside = rows.loc[mapped.index[in_period]].apply(lambda column: column.str.strip())
    fate.loc[inside.index[inside.duplicated()]] = "duplicates"
    return fate


def _validate(candidates: pd.DataFrame, answers: pd.DataFrame | None, programme: Programme) -> tuple[RuleResult, ...]:
    columns = [column for column in candidates.columns if column != "text"]
    touchpoints = [touchpoint.id for touchpoint in programme.touchpoints]
    results = validate(candidates[columns].assign(**{ROW: candidates.index}), feedback_suite(columns, touchpoints))
    return results if answers is None else results + validate(answers, ratings_suite())


def _private(rows: pd.DataFrame, source: Source, programme: Programme, pseudonym_key: str | None) -> pd.DataFrame:
    """Return the rows without anything that names a customer."""
    names = rows.get(CUSTOMER_NAME)
    region = programme.country
    texts = {name: mask_texts(rows[name], names, region) for name in _free_texts(rows, source)}
    if "customer_id" in rows and pseudonym_key is not None:
        texts["customer_id"] = pseudonymise(rows["customer_id"], pseudonym_key)
    return rows.assign(**texts).drop(columns=[CUSTOMER_NAME], errors="ignore")


def _free_texts(rows: pd.DataFrame, source: Source) -> tuple[str, ...]:
    """Return the text columns that may hold customers' words: the text itself and the source's own dimensions."""
    candidates = ("text", "category", *source.dimensions)
    return tuple(name for name in candidates if name in rows and isinstance(rows[name].dtype, pd.StringDtype))


def _finished(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that are stored, canonical ones first, a row number no longer."""
    dimensions = sorted(name for name in rows.columns if name not in (*FEEDBACK_COLUMNS, "cycle") and not name.endswith(UNREADABLE))
    columns = [name for name in FEEDBACK_COLUMNS if name in rows]
    return rows[[*columns, *dimensions, "cycle"]].reset_index(drop=True)


def _ratings(answers: pd.DataFrame | None, valid: pd.DataFrame) -> pd.DataFrame:
    if answers is None:
        return empty_ratings()
    accepted = answers.loc[answers["row"].isin(valid.index)]
    origin = {name: accepted["row"].map(valid[name]).astype("str") for name in ("source", "cycle")}
    return accepted.assign(**origin)[[*RATINGS_COLUMNS, "cycle"]].reset_index(drop=True)


def empty_ratings() -> pd.DataFrame:
    """Return a ratings table without a row."""
    types = {
        "source": "str",
        "record_id": "str",
        "question": "str",
        "score": "float64",
        "scale_min": "float64",
        "scale_max": "float64",
        "cycle": "str",
    }
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in types.items()})


def _quarantine(rows: pd.DataFrame, results: Sequence[RuleResult]) -> pd.DataFrame:
    broken: dict[int, list[str]] = {}
    for result in results:
        for row in result.failed_rows:
            broken.setdefault(row, []).append(result.rule)
    reasons = pd.Series({row: "; ".join(dict.fromkeys(broken[row])) for row in rows.index}, dtype="str")
    return _finished(rows).assign(row=rows.index.to_numpy("int64"), rule=reasons.to_numpy())


def _account(raw: Raw, source: Source, cycle: str, fate: pd.Series, elsewhere: pd.Index) -> SourceAccount:
    """Return where each row went, seen from one quarter: rows of the other quarters lie outside it."""
    seen = fate.copy()
    seen.loc[elsewhere] = "outside_period"
    counts = seen.value_counts()
    parts = {part: int(counts.get(part, 0)) for part in _PARTS}
    return SourceAccount(source=source.id, cycle=cycle, place=raw.place, sha256=raw.sha256, read=len(raw.table), **parts)


def _findings(results: Sequence[RuleResult], mapped: pd.DataFrame, source: str, rows: set[int]) -> tuple[RuleFinding, ...]:
    findings = []
    for result in results:
        failed = [row for row in result.failed_rows if row in rows]
        ids = mapped.loc[failed[:SHOWN_RECORD_IDS], "record_id"].fillna("(none)")
        findings.append(RuleFinding(source=source, rule=result.rule, checked=result.checked, failed=len(failed), record_ids=tuple(ids)))
    return tuple(findings)
