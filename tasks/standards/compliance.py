"""From counts to findings: shares with intervals, verdicts, changes at equal age, restatements.

Verdicts and changes are two families of tests, each held at a false discovery rate of 5 % by
Benjamini and Hochberg; printed intervals are 95 % and uncorrected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from config.programme import ALL_TOUCHPOINTS, Programme, Standard
from tasks.inference import benjamini_hochberg, equality_test, newcombe, score_test, wilson
from tasks.results import Cause, CauseStatus, Change, ChangeVerdict, Compliance, Family, Restatement
from tasks.standards.counts import totals

LEVEL = 0.05


@dataclass(frozen=True)
class Earlier:
    """An earlier quarter to compare with: its counts at equal age, or why there are none."""

    cycle: str
    counts: pd.DataFrame | None
    reason: str = ""


@dataclass(frozen=True)
class Assessment:
    """What Check found, with the families that its tests belong to."""

    standards: tuple[Compliance, ...]
    causes: tuple[Cause, ...]
    families: tuple[Family, ...]


def assess(counts: pd.DataFrame, previous: Earlier, year_ago: Earlier, causes: Sequence[Cause], programme: Programme) -> Assessment:
    """Return figure, verdict and changes of every standard, and the status of every cause."""
    now = totals(counts, programme)
    rows = _figures(now, programme)
    decided = _verdicts(rows, programme.rules.too_few_below)
    changes = [_changes(now, earlier, programme) for earlier in (previous, year_ago)]
    sizes = pd.Series([cause.p for cause in causes], dtype="float64")
    rejected = _family(pd.concat([*(change["p"] for change in changes), sizes], ignore_index=True))
    parts = np.split(rejected, [len(now), 2 * len(now)])
    tests = int(sum(change["p"].notna().sum() for change in changes) + sizes.notna().sum())
    first, second = (
        [_change(row, is_moved, tests) for row, is_moved in zip(_records(change), part, strict=True)]
        for change, part in zip(changes, parts[:2], strict=True)
    )
    standards = tuple(
        _compliance(row, standard, previous_change, year_change, programme)
        for row, standard, previous_change, year_change in zip(_records(decided), _standards(programme), first, second, strict=True)
    )
    families = (
        Family(name="verdicts", tests=int(decided["p"].notna().sum()), rejected=int(decided["is_rejected"].sum())),
        Family(name="changes", tests=tests, rejected=int(rejected.sum())),
    )
    moved = tuple(_with_status(cause, bool(is_moved)) for cause, is_moved in zip(causes, parts[2], strict=True))
    return Assessment(standards, moved, families)


def restate(
    counts: Mapping[str, pd.DataFrame], published: Mapping[str, Sequence[Compliance]], programme: Programme
) -> tuple[Restatement, ...]:
    """Return n, met and pending of each earlier quarter as they stand now beside those published then.

    `counts` holds the counts by quarter, latest knowledge; `published` the findings of finished cycles.
    """
    rows = []
    for cycle in sorted(counts, reverse=True):
        then = {(row.standard, row.touchpoint): row for row in published.get(cycle, ())}
        for now in _records(totals(counts[cycle], programme)):
            before = then.get((now["standard"], now["touchpoint"]))
            rows.append(
                Restatement(
                    cycle=cycle,
                    standard=now["standard"],
                    touchpoint=now["touchpoint"],
                    n=now["met"] + now["missed"],
                    met=now["met"],
                    pending=now["pending"],
                    published_n=before.n if before else None,
                    published_met=before.met if before else None,
                    published_pending=before.pending if before else None,
                )
            )
    return tuple(rows)


def _standards(programme: Programme) -> list[Standard]:
    return [standard for standard in programme.standards for _ in standard.places]


def _figures(now: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    n = now["met"] + now["missed"]
    low, high = wilson(now["met"], n)
    target = np.array([standard.target_share for standard in _standards(programme)], dtype=float)
    decided_or_pending = n + now["pending"]
    return now.assign(
        n=n,
        share=_ratio(now["met"], n),
        low=low,
        high=high,
        target=target,
        p=score_test(now["met"], n, target),
        if_met=_ratio(now["met"] + now["pending"], decided_or_pending),
        if_missed=_ratio(now["met"], decided_or_pending),
    )


def _verdicts(rows: pd.DataFrame, too_few_below: int) -> pd.DataFrame:
    """Add verdict, is_rejected and note; a p that belongs to too few cases leaves the family."""
    is_enough = rows["n"] >= too_few_below
    p = rows["p"].where(is_enough)
    rejected = _family(p)
    is_above = rows["share"] >= rows["target"]
    verdict = np.select([~is_enough, rejected & is_above, rejected], ["too_few", "met", "not_met"], "uncertain")
    alone = (p < LEVEL) & ~rejected
    note = np.where(alone, _alone(int(p.notna().sum())), "")
    return rows.assign(p=p, is_rejected=rejected, verdict=verdict, note=note)


def _changes(now: pd.DataFrame, earlier: Earlier, programme: Programme) -> pd.DataFrame:
    """Return n, met, share, change, low, high and p against the earlier quarter, a row a figure."""
    then = totals(earlier.counts, programme) if earlier.counts is not None else now * 0
    n, earlier_n = now["met"] + now["missed"], then["met"] + then["missed"]
    low, high = newcombe(now["met"], n, then["met"], earlier_n)
    is_enough = np.minimum(n, earlier_n) >= programme.rules.too_few_below
    share = _ratio(then["met"], earlier_n)
    reason = earlier.reason if earlier.counts is None else ""
    return pd.DataFrame(
        {
            "cycle": earlier.cycle,
            "reason": reason,
            "n": earlier_n,
            "met": then["met"],
            "share": share,
            "change": _ratio(now["met"], n) - share,
            "low": low,
            "high": high,
            "p": pd.Series(equality_test(now["met"], n, then["met"], earlier_n), index=now.index).where(is_enough),
        }
    )


def _change(row: Mapping[str, Any], is_rejected: bool, tests: int) -> Change:
    verdict: ChangeVerdict = "cannot_tell"
    note = row["reason"]
    if note:
        verdict = "not_comparable"
    elif is_rejected and (row["low"] > 0 or row["high"] < 0):
        verdict = "improved" if row["change"] > 0 else "worsened"
    elif row["p"] < LEVEL:
        note = _alone(tests)
    numbers = {name: _optional(row[name]) for name in ("share", "change", "low", "high", "p")}
    return Change(against=row["cycle"], verdict=verdict, n=row["n"], met=row["met"], note=note, **numbers)


def _compliance(row: Mapping[str, Any], standard: Standard, previous: Change, year_ago: Change, programme: Programme) -> Compliance:
    place = row["touchpoint"]
    return Compliance(
        standard=standard.id,
        title=standard.name,
        touchpoint=place,
        stage=ALL_TOUCHPOINTS if place == ALL_TOUCHPOINTS else programme.touchpoint(place).stage,
        target=standard.target_share,
        verdict=row["verdict"],
        note=row["note"],
        previous=previous,
        year_ago=year_ago,
        share_if_pending_met=_optional(row["if_met"]),
        share_if_pending_missed=_optional(row["if_missed"]),
        **{name: row[name] for name in ("n", "met", "pending", "excluded")},
        **{name: _optional(row[name]) for name in ("share", "low", "high", "p")},
    )


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.reset_index().to_dict("records")]


def _with_status(cause: Cause, is_rejected: bool) -> Cause:
    """Return the cause with what its size did, unless it is new or gone."""
    if cause.status in ("new", "gone") or cause.change is None:
        return cause
    status: CauseStatus = "cannot_tell"
    if is_rejected:
        status = "growing" if cause.change > 0 else "shrinking"
    return cause.model_copy(update={"status": status})


def _family(p: pd.Series) -> np.ndarray:
    return benjamini_hochberg(p.to_numpy(float), LEVEL)


def _alone(tests: int) -> str:
    """Return what to say of a test that would count alone, and does not among so many."""
    return f"one of {tests} looked at"


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part / whole.where(whole > 0)


def _optional(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
