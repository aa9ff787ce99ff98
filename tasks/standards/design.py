"""Of how many independent, equally weighted cases a share is, where answers are weighted or customers come back.

Wilson's interval, Newcombe's and the score tests then take share times n_effective out of n_effective.

Weights: n_effective = (Σw)² / Σw² (Kish 1992, Journal of Official Statistics 8, 183-200).

Repeat customers: the binomial variance over that of the jackknife which leaves out one customer at a time (Wolter 2007,
Introduction to Variance Estimation, chapter 4), never above Kish's n_effective. Few customers tell their own variance
badly: n_effective is multiplied by (t of n - 1 over t of the variance's degrees of freedom)² at 97.5 % (Korn and Graubard
1998, Survey Methodology 24, 193-201). These degrees of freedom are Satterthwaite's (1946, Biometrics Bulletin 2, 110-114),
2 (Σu²)² / (Σu⁴ - (Σu²)² / C), of how far each of C customers moves the share, u; at most the effective number of
customers, (Σw)² / Σ(customer's w)², less 1. C - 1 would promise too much where nearly everything is kept or few customers bring
most of the cases. The adjustment does not go below that effective number: as if all cases of a customer were one. This
is also what a share of 0 or 1 gets, where no variance can be seen.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

FIGURE = ["standard", "touchpoint"]
Floats = npt.NDArray[np.float64]


def effective(weights: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return share (0 to 1), n_effective (cases, 1 to n) and customers of the figures that are more than met of n plain cases.

    Both tables are merged integer sums, in any order, of decided cases. `weights`, a row a figure (standard and touchpoint)
    whose answers are weighted: n, weight (Σw), weight_squared (Σw²) and value (Σw of the cases that kept the promise).
    `customers`, a row a figure and customer: n, weight (Σw; n where answers are not weighted), value, and of how many such
    customers the row is; a case whose customer is unknown is a customer of its own. A figure of which no customer has two
    cases may be left out of `customers`.

    Indexed by standard and touchpoint, sorted; `customers` (Int64) is empty where they are not known. Figures without
    weights and without repeat customers are not there. The share is NaN and n_effective 0 where no answer has any weight.
    """
    if weights.empty and customers.empty:
        return _nothing_to_correct()
    heard = customers.loc[customers["weight"] > 0]
    figures = _figures(weights, heard)
    total = figures["weight"].astype("float64")
    share = figures["value"] / total
    kish = (total**2 / figures["weight_squared"]).fillna(0)
    between = _between_customers(heard, figures).reindex(figures.index)
    is_blind = (figures["value"] == 0) | (figures["value"] == figures["weight"]) | (between["customers"] == 1)
    seen = _n_effective(*(column.to_numpy(float) for column in (share, kish, between["variance"], between["once"], between["freedom"])))
    n_effective = np.where(between["customers"].isna(), kish, np.where(is_blind, between["once"], seen))
    table = pd.DataFrame({"share": share, "n_effective": n_effective, "customers": between["customers"].astype("Int64")})
    return table.loc[figures["is_weighted"] | (between["customers"] < figures["n"])]


def _nothing_to_correct() -> pd.DataFrame:
    index = pd.MultiIndex.from_arrays([np.array([], dtype=object)] * 2, names=FIGURE)
    return pd.DataFrame({"share": 0.0, "n_effective": 0.0, "customers": pd.array([], dtype="Int64")}, index=index)


def _figures(weights: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return n, weight, weight_squared, value and is_weighted by figure, sorted."""
    columns = ["n", "weight", "weight_squared", "value", "is_weighted"]
    weighted = weights.set_index(FIGURE).assign(is_weighted=True)[columns]
    summed = customers[["n", "weight", "value"]].mul(customers["customers"], axis=0)
    sums = pd.concat([customers[FIGURE], summed], axis=1).groupby(FIGURE, observed=True).sum()
    plain = sums.loc[~sums.index.isin(weighted.index)]
    parts = [weighted, plain.assign(weight_squared=plain["n"], is_weighted=False)[columns]]
    return pd.concat([part for part in parts if len(part)] or [weighted]).sort_index()


def _between_customers(customers: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    """Return customers, once, variance and freedom by figure.

    once: the effective number of customers; variance: the jackknife's, of the share; freedom: its degrees of freedom, at least 1.
    """
    alike = customers.groupby([*FIGURE, "weight", "value"], observed=True)["customers"].sum().reset_index()
    whole = figures[["weight", "value"]].astype("float64").reindex(pd.MultiIndex.from_frame(alike[FIGURE]))
    total, kept = whole["weight"].to_numpy(), whole["value"].to_numpy()
    weight = alike["weight"].to_numpy(float)
    rest = np.where(total > weight, total - weight, np.inf)
    moved = (alike["value"].to_numpy(float) - kept / total * weight) / rest
    powers = {"weight_squared": weight**2, "second": moved**2, "fourth": moved**4}
    terms = alike.assign(**{name: alike["customers"] * power for name, power in powers.items()})
    sums = terms.groupby(FIGURE, observed=True)[["customers", *powers]].sum()
    once = figures["weight"].reindex(sums.index).astype("float64") ** 2 / sums["weight_squared"]
    spare = sums["fourth"] - sums["second"] ** 2 / sums["customers"]
    freedom = (2 * sums["second"] ** 2 / spare.where(spare > 0)).fillna(np.inf)
    return pd.DataFrame(
        {
            "customers": sums["customers"],
            "once": once,
            "variance": (1 - 1 / sums["customers"]) * sums["second"],
            "freedom": freedom.clip(upper=once - 1).clip(lower=1),
        }
    )


def _n_effective(share: Floats, kish: Floats, variance: Floats, once: Floats, freedom: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.clip(share * (1 - share) / variance, 1, kish)
    few = (stdtrit(np.maximum(kish - 1, 1), 0.975) / stdtrit(freedom, 0.975)) ** 2
    n_effective: Floats = np.minimum(np.maximum(plain * few, once), plain)
    return n_effective
