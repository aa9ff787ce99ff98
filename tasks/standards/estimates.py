"""The figure of every standard at every place, and how it moved against an earlier quarter, from merged counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from config.programme import Programme
from config.standards import Standard
from tasks.inference import equality_test, newcombe, score_test, wilson
from tasks.standards.counts import Tally, totals
from tasks.standards.design import effective
from tasks.standards.figures import Difference, Estimate, compare, estimate, target_of, unit_of
from tasks.working_time import minutes_a_day


@dataclass(frozen=True)
class Figured:
    """One standard at one place: the standard, and which rows of a tally hold its scores or durations."""

    standard: Standard
    place: str


def figured(programme: Programme) -> list[Figured]:
    """Return every figure of a programme in file order; the rows of `estimates` and `changes` are these."""
    return [Figured(standard, place) for standard in programme.promises for place in standard.places]


def estimates(tally: Tally, programme: Programme) -> pd.DataFrame:
    """Return a row a figure, indexed by (standard, touchpoint).

    met, missed, pending, excluded, n: cases. value, low, high, target: in the figure's unit, the interval of 95 %. p: of the test against
    the target. base: cases behind the value; n_effective: of how many independent, equally weighted cases it is; customers:
    behind them where some have several (else NaN). unweighted: met / n where the share is weighted (else NaN).
    """
    rows = totals(tally.counts, programme)
    rows = _shares(rows.assign(n=rows["met"] + rows["missed"]), effective(tally.weights, tally.customers), tally, programme)
    tables = _value_tables(tally)
    day = minutes_a_day(programme.working_time)
    for one in figured(programme):
        if not one.standard.is_share:
            found = estimate(one.standard.measure, tables.get((one.standard.id, one.place), _nothing(one)), day, _handed(rows, one))
            for name, number in _of_value(one, found, day).items():
                rows.loc[(one.standard.id, one.place), name] = number
    return rows


def changes(now: Tally, then: Tally, now_rows: pd.DataFrame, then_rows: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """Return change, low, high and p of each figure against an earlier quarter; NaN where there is none. Rows as `estimates`."""
    kept, earlier = (rows["value"] * rows["n_effective"] for rows in (now_rows, then_rows))
    sizes = (now_rows["n_effective"], then_rows["n_effective"])
    low, high = newcombe(kept, sizes[0], earlier, sizes[1])
    p = equality_test(kept, sizes[0], earlier, sizes[1])
    rows = pd.DataFrame({"change": now_rows["value"] - then_rows["value"], "low": low, "high": high, "p": p}, index=now_rows.index)
    tables, earlier_tables = _value_tables(now), _value_tables(then)
    day = minutes_a_day(programme.working_time)
    for one in figured(programme):
        if not one.standard.is_share:
            key = (one.standard.id, one.place)
            parts = (tables.get(key, _nothing(one)), earlier_tables.get(key, _nothing(one)))
            moved = compare(one.standard.measure, *parts, day, _handed(now_rows, one), _handed(then_rows, one))
            rows.loc[key, ["change", "low", "high", "p"]] = _numbers(moved)
    return rows


def _shares(rows: pd.DataFrame, design: pd.DataFrame, tally: Tally, programme: Programme) -> pd.DataFrame:
    """Add the figures of shares; those of other figures are written over."""
    design = design.reindex(rows.index)
    plain = ratio(rows["met"], rows["n"])
    share, n_effective = design["share"].fillna(plain), design["n_effective"].fillna(rows["n"]).astype("float64")
    low, high = wilson(share.fillna(0) * n_effective, n_effective)
    target = np.array([one.standard.target_share if one.standard.is_share else np.nan for one in figured(programme)], dtype=float)
    is_weighted = rows.index.isin(pd.MultiIndex.from_frame(tally.weights[["standard", "touchpoint"]]))
    return rows.assign(
        value=share,
        low=low,
        high=high,
        target=target,
        p=score_test(share.fillna(0) * n_effective, n_effective, target),
        base=rows["n"].astype("float64"),
        n_effective=n_effective,
        customers=design["customers"].astype("float64"),
        unweighted=plain.where(is_weighted),
    )


def _value_tables(tally: Tally) -> Mapping[tuple[str, str], pd.DataFrame]:
    tables = [*by_figure(tally.scores), *by_figure(tally.durations)]
    return dict(tables)


def by_figure(table: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Yield the rows of each figure with its (standard, touchpoint)."""
    for (standard, touchpoint), rows in table.groupby(["standard", "touchpoint"], observed=True):
        yield (str(standard), str(touchpoint)), rows


def _nothing(one: Figured) -> pd.DataFrame:
    names = ("minutes", "done", "waiting") if one.standard.measure.question is None else ("score_milli", "weight", "n")
    return pd.DataFrame({name: np.array([], dtype=np.int64) for name in names})


def _handed(rows: pd.DataFrame, one: Figured) -> float | None:
    """Return the effective number of cases where customers repeat; weights alone the figure sees for itself."""
    position = rows.index.get_loc((one.standard.id, one.place))
    customers, n_effective = (rows[name].to_numpy(float)[position] for name in ("customers", "n_effective"))
    return None if np.isnan(customers) else float(n_effective)


def _of_value(one: Figured, found: Estimate, day: int) -> dict[str, float]:
    numbers = dict(zip(("value", "low", "high", "p"), _numbers(found), strict=True))
    return numbers | {"target": target_of(one.standard.measure, day), "base": float(found.n), "unweighted": np.nan}


def _numbers(found: Estimate | Difference) -> list[float]:
    first = found.value if isinstance(found, Estimate) else found.change
    return [np.nan if number is None else float(number) for number in (first, found.low, found.high, found.p)]


def ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Return part / whole, NaN where there is no whole."""
    return part / whole.where(whole > 0)


def margins(programme: Programme) -> list[float]:
    """Return the smallest change that matters of each figure, in its unit."""
    share = programme.rules.material_change_share
    day = minutes_a_day(programme.working_time)
    scales = {q.question: q.scale[1] - q.scale[0] for source in programme.sources for q in source.ratings}
    widths = {"share": 1.0, "net promoter": 100.0}
    found = []
    for one in figured(programme):
        measure = one.standard.measure
        unit = unit_of(measure)
        width = widths.get(unit) or (scales[measure.question] if measure.question else target_of(measure, day))
        found.append(share * width)
    return found
