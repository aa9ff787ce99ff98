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

from config.programme import Programme
from config.standards import ALL_TOUCHPOINTS
from tasks.causes.tracking import settled
from tasks.inference import benjamini_hochberg, equivalent
from tasks.results import Cause, CauseStatus, Change, ChangeVerdict, Compliance, Family, Restatement, Value
from tasks.standards.counts import Tally
from tasks.standards.estimates import Figured, changes, estimates, figured, margins
from tasks.standards.figures import unit_of

LEVEL = 0.05
MATERIAL_PART = 0.25  # of a cause's earlier share: a smaller change than both this and the programme's is none that matters
_CHANGED = ("change", "low", "high", "p")


@dataclass(frozen=True)
class Earlier:
    """An earlier quarter to compare with: its counts at equal age, or why there are none."""

    cycle: str
    tally: Tally | None
    reason: str = ""


@dataclass(frozen=True)
class Assessment:
    """What Check found, with the families that its tests belong to."""

    standards: tuple[Compliance, ...]
    causes: tuple[Cause, ...]
    families: tuple[Family, ...]


def assess(tally: Tally, previous: Earlier, year_ago: Earlier, causes: Sequence[Cause], programme: Programme) -> Assessment:
    """Return figure, verdict and changes of every standard, and the status of every cause."""
    rows = estimates(tally, programme)
    decided = _verdicts(rows, programme)
    moved = [_changes(tally, rows, earlier, programme) for earlier in (previous, year_ago)]
    of_causes = [pd.Series([getattr(cause, p) for cause in causes], dtype="float64") for p in ("p", "p_regrouped")]
    every = pd.concat([*(change["p"] for change in moved), *of_causes], ignore_index=True)
    rejected, tests = _family(every), int(every.notna().sum())
    parts = np.split(rejected, np.cumsum([len(rows), len(rows), len(causes)]))
    first, second = (
        [_change(row, one, is_rejected, tests) for row, one, is_rejected in zip(_records(change), figured(programme), part, strict=True)]
        for change, part in zip(moved, parts[:2], strict=True)
    )
    standards = tuple(
        _compliance(row, one, previous_change, year_change, programme)
        for row, one, previous_change, year_change in zip(_records(decided), figured(programme), first, second, strict=True)
    )
    families = (
        Family(name="verdicts", tests=int(decided["p"].notna().sum()), rejected=int(decided["is_rejected"].sum())),
        Family(name="changes", tests=tests, rejected=int(rejected.sum())),
    )
    sized = tuple(
        _with_status(cause, bool(is_sized), bool(is_regrouped), programme)
        for cause, is_sized, is_regrouped in zip(causes, parts[2], parts[3], strict=True)
    )
    return Assessment(standards, sized, families)


def restate(tallies: Mapping[str, Tally], published: Mapping[str, Sequence[Compliance]], programme: Programme) -> tuple[Restatement, ...]:
    """Return the figures of each earlier quarter as they stand now beside those published then.

    `tallies` holds the counts by quarter, latest knowledge; `published` the findings of finished cycles.
    """
    return tuple(
        _restatement(cycle, now, one, {(row.standard, row.touchpoint): row for row in published.get(cycle, ())})
        for cycle in sorted(tallies, reverse=True)
        for now, one in zip(_records(estimates(tallies[cycle], programme)), figured(programme), strict=True)
    )


def _restatement(cycle: str, now: Mapping[str, Any], one: Figured, then: Mapping[tuple[str, str], Compliance]) -> Restatement:
    before = then.get((one.standard.id, one.place))
    return Restatement(
        cycle=cycle,
        standard=one.standard.id,
        touchpoint=one.place,
        n=now["n"],
        met=now["met"],
        pending=now["pending"],
        published_n=before.n if before else None,
        published_met=before.met if before else None,
        published_pending=before.pending if before else None,
        value=None if one.standard.is_share else _optional(now["value"]),
        published_value=before.value.value if before and before.value else None,
    )


def _verdicts(rows: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """Add verdict, is_rejected and note; a p that belongs to too few cases leaves the family."""
    is_enough = rows["base"] >= programme.rules.too_few_below
    p = rows["p"].where(is_enough)
    rejected = _family(p)
    is_good = _sign(programme) * (rows["value"].fillna(np.inf) - rows["target"]) >= 0
    verdict = np.select([~is_enough, rejected & is_good, rejected], ["too_few", "met", "not_met"], "uncertain")
    alone = (p < LEVEL) & ~rejected
    note = np.where(alone, _alone(int(p.notna().sum())), "")
    return rows.assign(p=p, is_rejected=rejected, verdict=verdict, note=note)


def _sign(programme: Programme) -> np.ndarray:
    """Return 1 for every figure of which more is better, else -1."""
    return np.array([1 if one.standard.measure.is_higher_better else -1 for one in figured(programme)])


def _changes(tally: Tally, rows: pd.DataFrame, earlier: Earlier, programme: Programme) -> pd.DataFrame:
    """Return a row a figure: what it was, how it changed, and whether that is better and whether it matters."""
    if earlier.tally is None:
        nothing = pd.DataFrame(np.nan, index=rows.index, columns=["earlier", *_CHANGED])
        return nothing.assign(cycle=earlier.cycle, reason=earlier.reason, n=0, met=0, is_better=False, is_immaterial=False)
    then = estimates(earlier.tally, programme)
    moved = changes(tally, earlier.tally, rows, then, programme)
    is_enough = np.minimum(rows["base"], then["base"]) >= programme.rules.too_few_below
    return moved.assign(
        p=moved["p"].where(is_enough),
        cycle=earlier.cycle,
        reason="",
        n=then["n"],
        met=then["met"],
        earlier=then["value"],
        is_better=_sign(programme) * moved["change"].fillna(0) > 0,
        is_immaterial=equivalent(moved["low"], moved["high"], margins(programme)) & is_enough,
    )


def _change(row: Mapping[str, Any], one: Figured, is_rejected: bool, tests: int) -> Change:
    verdict: ChangeVerdict = "cannot_tell"
    note = row["reason"]
    if note:
        verdict = "not_comparable"
    elif is_rejected and (row["low"] > 0 or row["high"] < 0):
        verdict = "improved" if row["is_better"] else "worsened"
        note = "smaller than what matters" if row["is_immaterial"] else ""
    elif row["is_immaterial"]:
        verdict = "no_material_change"
    elif row["p"] < LEVEL:
        note = _alone(tests)
    numbers = {name: _optional(row[name]) for name in _CHANGED}
    earlier = {"share" if one.standard.is_share else "value": _optional(row["earlier"])}
    return Change(against=row["cycle"], verdict=verdict, n=row["n"], met=row["met"], note=note, **earlier, **numbers)


def _compliance(row: Mapping[str, Any], one: Figured, previous: Change, year_ago: Change, programme: Programme) -> Compliance:
    is_share = one.standard.is_share
    due_or_pending = row["n"] + row["pending"]
    figure = {name: _optional(row[name]) for name in ("low", "high", "target")} | {"share": _optional(row["value"])}
    return Compliance(
        standard=one.standard.id,
        title=one.standard.name,
        touchpoint=one.place,
        stage=ALL_TOUCHPOINTS if one.place == ALL_TOUCHPOINTS else programme.touchpoint(one.place).stage,
        verdict=row["verdict"],
        note=row["note"],
        previous=previous,
        year_ago=year_ago,
        p=_optional(row["p"]),
        value=None if is_share else _value(row, one),
        share_if_pending_met=_optional(_ratio(row["met"] + row["pending"], due_or_pending)) if is_share else None,
        share_if_pending_missed=_optional(_ratio(row["met"], due_or_pending)) if is_share else None,
        unweighted_share=_optional(row["unweighted"]) if is_share else None,
        n_effective=float(row["n_effective"]) if is_share and row["n_effective"] < row["n"] else None,
        customers=None if pd.isna(row["customers"]) else int(row["customers"]),
        **{name: int(row[name]) for name in ("n", "met", "pending", "excluded")},
        **(figure if is_share else dict.fromkeys(figure)),
    )


def _value(row: Mapping[str, Any], one: Figured) -> Value:
    measure = one.standard.measure
    numbers = {name: _optional(row[name]) for name in ("value", "low", "high")}
    is_higher_better = measure.is_higher_better
    return Value(
        figure=measure.figure, unit=unit_of(measure), n=int(row["base"]), target=row["target"], is_higher_better=is_higher_better, **numbers
    )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.reset_index().to_dict("records")]


def _with_status(cause: Cause, is_sized: bool, is_regrouped: bool, programme: Programme) -> Cause:
    """Return the cause with what was shown of it; its own status is what it is called if the change of its size is."""
    regrouped: CauseStatus | None = ("merged" if cause.took_in else "split") if is_regrouped else None
    margin = min(programme.rules.material_change_share, MATERIAL_PART * (cause.previous_share or 0))
    low, high = (float("nan") if end is None else end for end in (cause.change_low, cause.change_high))
    is_immaterial = bool(equivalent(low, high, margin))
    status = settled(
        sized=cause.status if is_sized else None, regrouped=regrouped, is_immaterial=is_immaterial, quarters=cause.quarters_in_row
    )
    return cause.model_copy(update={"status": status})


def _family(p: pd.Series) -> np.ndarray:
    return benjamini_hochberg(p.to_numpy(float), LEVEL)


def _alone(tests: int) -> str:
    """Return what to say of a test that would count alone, and does not among so many."""
    return f"one of {tests} looked at"


def _optional(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
