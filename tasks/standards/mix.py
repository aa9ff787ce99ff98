"""Where a change of the whole and the changes of its parts disagree (Simpson 1951, JRSS B 13, 238-241).

The parts are a dimension's values. Their common change is Mantel and Haenszel's risk difference: each part's change, weighted by
n1 n0 / (n1 + n0), with Greenland and Robins' variance (1985, Biometrics 41, 55-68; formulas as in Rothman, Greenland and Lash
2008, Modern Epidemiology, chapter 15).
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from config.programme import Programme
from config.standards import ALL_TOUCHPOINTS
from tasks.inference import benjamini_hochberg, equality_test, newcombe
from tasks.results import MixEffect
from tasks.standards.slices import design_effects

LEVEL = 0.05
FIGURE = ["standard", "touchpoint"]
PARTING = [*FIGURE, "dimension"]
VERDICTS = ("reversed", "hidden", "mix")


def mix_effects(
    now: pd.DataFrame,
    earlier: pd.DataFrame,
    now_totals: pd.DataFrame,
    earlier_totals: pd.DataFrame,
    programme: Programme,
    against: str,
) -> tuple[MixEffect, ...]:
    """Return, for each figure at most one, the dimension whose parts contradict the whole most: by most errors of their change.

    `now` and `earlier` are counts of slices, of which only those of single values are used (an unknown value is a part of its
    own); the totals hold met, missed and perhaps n_effective by (standard, touchpoint), as for `find_slices`. `against` names
    the earlier quarter.

    - reversed: the whole changed, and its parts the other way.
    - mix: the whole changed, and the interval of its parts' change holds 0 but not the change of the whole.
    - hidden: the whole's interval holds 0, and its parts changed by an amount that differs from the whole's change.

    "Changed" says that the 95 % interval excludes 0 and that the test is rejected at a false discovery rate of 5 %: of the
    wholes over all figures, of the parts over all figures and dimensions.
    """
    wholes = _wholes(now_totals, earlier_totals, programme.rules.too_few_below)
    parted = adjusted_changes(_parts(now, earlier, programme.rules.too_few_below))
    rows = _with_intervals(parted.reset_index().merge(wholes.reset_index(), on=FIGURE))
    distance = ((rows["change"] - rows["adjusted_change"]) / rows["error"]).abs()
    told = rows.assign(verdict=_verdicts(rows), nearness=-distance)
    told = told[told["verdict"] != ""].sort_values([*FIGURE, "nearness", "dimension"]).drop_duplicates(FIGURE)
    return tuple(_effect(row, programme, against) for row in told.to_dict("records"))


def adjusted_changes(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the common change of the parts by (standard, touchpoint, dimension): adjusted_change and its error.

    `parts` has these three, value, and the whole numbers met, n, earlier_met and earlier_n, both n above 0. `error` is the
    standard error; without one, where every share is 0 or 1, there is no row.
    """
    parts = parts.sort_values([*PARTING, "value"])
    n, earlier_n = parts["n"].to_numpy(float), parts["earlier_n"].to_numpy(float)
    share, earlier_share = parts["met"] / n, parts["earlier_met"] / earlier_n
    weight = n * earlier_n / (n + earlier_n)
    spread = weight**2 * (share * (1 - share) / n + earlier_share * (1 - earlier_share) / earlier_n)
    terms = parts[PARTING].assign(weight=weight, weighted=weight * (share - earlier_share), spread=spread)
    sums = terms.groupby(PARTING).sum()
    sums = sums[sums["spread"] > 0]
    return pd.DataFrame({"adjusted_change": sums["weighted"] / sums["weight"], "error": np.sqrt(sums["spread"]) / sums["weight"]})


def _wholes(now: pd.DataFrame, earlier: pd.DataFrame, too_few_below: int) -> pd.DataFrame:
    """Return of each figure that has enough cases in both quarters change, is_changed, is_level (its interval holds 0) and effect.

    `effect` is the greater of the two design effects.
    """
    both = _counted(now).join(_counted(earlier).add_suffix("_earlier"), how="inner").sort_index()
    both = both[both[["n", "n_earlier"]].min(axis=1) >= too_few_below]
    effect, earlier_effect = both["effect"], both["effect_earlier"]
    counts = (both["met"] / effect, both["n"] / effect, both["met_earlier"] / earlier_effect, both["n_earlier"] / earlier_effect)
    low, high = newcombe(*counts)
    is_level = (low <= 0) & (high >= 0)
    is_changed = benjamini_hochberg(equality_test(*counts), LEVEL) & ~is_level
    change = both["met"] / both["n"] - both["met_earlier"] / both["n_earlier"]
    columns = {"change": change, "is_changed": is_changed, "is_level": is_level, "effect": np.maximum(effect, earlier_effect)}
    return pd.DataFrame(columns, index=both.index)


def _counted(totals: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"met": totals["met"], "n": totals["met"] + totals["missed"], "effect": design_effects(totals)})


def _parts(now: pd.DataFrame, earlier: pd.DataFrame, too_few_below: int) -> pd.DataFrame:
    """Return the parts that have cases in both quarters; values of too few cases in each of them are put to the unknown ones."""
    both = _singles(now).join(_singles(earlier).add_suffix("_earlier"), how="outer").fillna(0)
    n, earlier_n = both["met"] + both["missed"], both["met_earlier"] + both["missed_earlier"]
    parts = pd.DataFrame({"met": both["met"], "n": n, "earlier_met": both["met_earlier"], "earlier_n": earlier_n}).reset_index()
    is_thin = parts[["n", "earlier_n"]].max(axis=1) < too_few_below
    parts = parts.assign(value=parts["value"].mask(is_thin, ""))
    parts = parts.groupby([*PARTING, "value"]).sum().reset_index()
    return parts[(parts["n"] > 0) & (parts["earlier_n"] > 0)]


def _singles(slice_counts: pd.DataFrame) -> pd.DataFrame:
    """Return met and missed of the slices of one dimension by PARTING and value, an unknown value empty."""
    is_single = slice_counts["dimension_2"].isna() | (slice_counts["dimension_2"] == "")
    singles = slice_counts.loc[is_single, [*PARTING, "value", "met", "missed"]]
    singles[[*PARTING, "value"]] = singles[[*PARTING, "value"]].astype("str").fillna("")
    return singles.groupby([*PARTING, "value"]).sum()


def _with_intervals(rows: pd.DataFrame) -> pd.DataFrame:
    """Add low and high of the adjusted change; its error grows with the design effect."""
    error = rows["error"] * np.sqrt(rows["effect"])
    half = ndtri(1 - LEVEL / 2) * error
    return rows.assign(error=error, low=rows["adjusted_change"] - half, high=rows["adjusted_change"] + half)


def _verdicts(rows: pd.DataFrame) -> pd.Series:
    """Return what the parts of each row say of the whole; empty where they do not disagree."""
    p = 2 * ndtr(-(rows["adjusted_change"] / rows["error"]).abs())
    holds_nothing = (rows["low"] <= 0) & (rows["high"] >= 0)
    is_moved = benjamini_hochberg(p, LEVEL) & ~holds_nothing
    differs = (rows["change"] < rows["low"]) | (rows["change"] > rows["high"])
    is_opposite = rows["change"] * rows["adjusted_change"] < 0
    told = [
        rows["is_changed"] & is_moved & is_opposite,
        rows["is_level"] & is_moved & differs,
        rows["is_changed"] & holds_nothing & differs,
    ]
    return pd.Series(np.select(told, VERDICTS, ""), index=rows.index, dtype="str")


def _effect(row: dict[Hashable, Any], programme: Programme, against: str) -> MixEffect:
    place = row["touchpoint"]
    names = {standard.id: standard.name for standard in programme.promises}
    return MixEffect(
        title=names[row["standard"]],
        stage=ALL_TOUCHPOINTS if place == ALL_TOUCHPOINTS else programme.touchpoint(place).stage,
        against=against,
        **{name: row[name] for name in (*PARTING, "change", "adjusted_change", "low", "high", "verdict")},
    )
