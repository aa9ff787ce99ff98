"""Slices of a standard's cases in which it is missed more often than in the rest.

A slice is a value of a dimension, or a pair of values of two. Each is tested by Fisher's exact test, one-sided; a pair has to
say more than each of its values alone. All tests of a report are one family. A value that a stronger slice explains is not
listed, and the false discovery rate is that of what is left (Katsevich, Sabatti and Bogomolov 2023, JASA 118, 165-176).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gammaln

from config.programme import Programme
from config.standards import ALL_TOUCHPOINTS
from tasks.inference import benjamini_hochberg, wilson
from tasks.results import Slice, SlicePart

LEVEL = 0.05
LISTED_AT_MOST = 5
SLICE_KEYS = ("standard", "touchpoint", "dimension", "value", "dimension_2", "value_2")
_COUNTS = ("missed", "n", "missed_all", "n_all")
_BLOCK = 16
_NEGLIGIBLE = 1e-10

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Names = list[tuple[str, str]]


@dataclass(frozen=True)
class Slices:
    """The slices to report, the most excess misses first, and the size of their family."""

    listed: tuple[Slice, ...]
    tests: int
    rejected: int


@dataclass(frozen=True)
class _Table:
    """The slices as whole numbers, sorted.

    `rows` has a row a slice: figure and first number `figures` (standard, touchpoint) and `parts` (dimension, value), second
    does so for a pair and is -1 for a single value; n and missed of the slice; of the figure (n_all, missed_all); and of each
    value of a pair (n_first, missed_first, row_first, and so for the second), its own for a single one; and the figure's design_effect.
    """

    figures: Names
    parts: Names
    rows: pd.DataFrame


def find_slices(slice_counts: pd.DataFrame, totals: pd.DataFrame, programme: Programme, customers: Callable[[Slice], int]) -> Slices:
    """Return where each standard is missed more often than in the rest of its cases.

    `slice_counts` has SLICE_KEYS and the whole numbers met and missed; rows of the same keys are added up. A single value has an
    empty second dimension; an empty or null value is not known and only counts elsewhere. Each value of a pair has a row of its
    own. `totals` has met and missed by (standard, touchpoint) and, where customers may have several cases, n_effective: of how
    many independent cases the figure is, null for all of them. `customers` counts those behind a slice; it is asked only about
    what would be listed, and fewer than the programme's customers_at_least are not listed. Listed are at most LISTED_AT_MOST
    slices of a figure. `tests` counts slices of enough cases with enough elsewhere, `rejected` those held at a false discovery
    rate of 5 %, explained ones included. Raises KeyError for a figure without a total, ValueError for a pair without its values.
    """
    table = _numbered(slice_counts, totals)
    rows = table.rows
    p = _tested(rows, programme.rules.too_few_below)
    rejected, listed = _discoveries(p, *_explanations(rows, p))
    chosen: list[Slice] = []
    for figure, same_figure in groupby(_figures(rows, p, np.flatnonzero(listed)), key=itemgetter("figure")):
        slices = _slices(table, figure, same_figure, programme)
        chosen += islice(_of_enough(slices, programme.rules.customers_at_least, customers), LISTED_AT_MOST)
    chosen.sort(key=lambda one: -one.excess_misses)
    return Slices(tuple(chosen), tests=int((~np.isnan(p)).sum()), rejected=int(rejected.sum()))


def more_often(
    missed: npt.ArrayLike,
    n: npt.ArrayLike,
    missed_all: npt.ArrayLike,
    n_all: npt.ArrayLike,
    design_effect: npt.ArrayLike = 1.0,
    settled: float = 0.0,
) -> Floats:
    """Return the chance that of `n` cases drawn out of `n_all` so many or more are missed, if being drawn makes no difference.

    The upper tail of the hypergeometric distribution: Fisher's exact test, one-sided (Fisher 1935, The Design of Experiments,
    chapter II). Above LEVEL the answer is 1: the sum is broken off as soon as it cannot matter, and where it can no longer exceed
    `settled` too, too low then. Where customers have several cases, met and missed are first divided by the design effect, 1 or
    more, and rounded down (Rao and Scott 1992, Biometrics 48, 577-585).
    """
    k, drawn, k_all, whole, effect = np.broadcast_arrays(*(np.atleast_1d(a) for a in (missed, n, missed_all, n_all, design_effect)))
    cells = (k, drawn - k, k_all - k, whole - drawn - k_all + k)
    k, met, missed_rest, met_rest = (np.floor(cell / effect).astype(np.int64) for cell in cells)
    drawn, k_all = k + met, k + missed_rest
    whole = k_all + met + met_rest
    p = np.ones(k.shape)
    is_more = k * whole > drawn * k_all
    p[is_more] = _upper_tail(k[is_more], drawn[is_more], k_all[is_more], whole[is_more], settled)
    return p


def excess_misses(missed: npt.ArrayLike, n: npt.ArrayLike, missed_all: npt.ArrayLike, n_all: npt.ArrayLike) -> Floats:
    """Return the misses of slices beyond those that there would be at the share missed in all other cases; there must be some."""
    missed, n, missed_all, n_all = (np.asarray(a, float) for a in (missed, n, missed_all, n_all))
    return np.asarray(missed - n * (missed_all - missed) / (n_all - n))


def design_effects(totals: pd.DataFrame) -> Floats:
    """Return n over n_effective, at least 1, of totals with met, missed and perhaps n_effective; 1 where there is none."""
    n = (totals["met"] + totals["missed"]).to_numpy(float)
    if "n_effective" not in totals:
        return np.ones(len(n))
    n_effective = totals["n_effective"].astype("float64").fillna(np.inf).to_numpy()
    return np.maximum(n / np.maximum(n_effective, 1), 1)


def _upper_tail(k: Integers, n: Integers, missed_all: Integers, n_all: Integers, settled: float) -> Floats:
    """Return the sum of the hypergeometric probabilities from k on, above the mean, where they fall; 1 where it passes LEVEL.

    What is left of the sum is at most a geometric series, since the ratio of neighbours falls too.
    """
    term = np.exp(_log_choose(missed_all, k) + _log_choose(n_all - missed_all, n - k) - _log_choose(n_all, n))
    total, active, step = term.copy(), np.arange(len(k)), 0
    while active.size:
        more = np.arange(step, step + _BLOCK, dtype=float)
        at, drawn, whole, rest = (a[active, None] for a in (k, n - k, missed_all - k, n_all - missed_all - n + k))
        ratio = (whole - more) * (drawn - more) / ((at + 1 + more) * (rest + 1 + more))
        terms = np.cumprod(ratio, axis=1) * term[active, None]
        total[active] += terms.sum(axis=1)
        term[active] = terms[:, -1]
        left = terms[:, -1] * ratio[:, -1] / (1 - ratio[:, -1])
        is_open = (left > _NEGLIGIBLE * total[active]) & (total[active] <= LEVEL) & (total[active] + left > settled)
        active = active[is_open]
        step += _BLOCK
    return np.where(total <= LEVEL, total, 1.0)


def _log_choose(n: Integers, k: Integers) -> Floats:
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0))


def _numbered(slice_counts: pd.DataFrame, totals: pd.DataFrame) -> _Table:
    (standard,), standards = _places(slice_counts["standard"])
    (touchpoint,), touchpoints = _places(slice_counts["touchpoint"])
    dimension, dimensions = _places(slice_counts["dimension"], slice_counts["dimension_2"])
    value, values = _places(slice_counts["value"], slice_counts["value_2"])
    is_single = dimension[1] == 0
    is_known = (value[0] > 0) & (is_single | (value[1] > 0))
    figure, figures = _pairs(standard[is_known], touchpoint[is_known], standards, touchpoints)
    both_dimensions, both_values = (np.concatenate([codes[is_known] for codes in one]) for one in (dimension, value))
    part, parts = _pairs(both_dimensions, both_values, dimensions, values)
    first, second = np.split(part, 2)
    keys = {"figure": figure, "first": first, "second": np.where(is_single[is_known], -1, second)}
    met, missed = (slice_counts[name].to_numpy(np.int64)[is_known] for name in ("met", "missed"))
    rows = pd.DataFrame(keys | {"n": met + missed, "missed": missed}).groupby(list(keys), sort=True).sum().reset_index()
    return _Table(figures, parts, _with_wholes(rows, totals.loc[figures], len(parts)))


def _places(*columns: pd.Series) -> tuple[list[Integers], list[str]]:
    """Return the place of each text among all texts of the columns, and these in order; the empty text, and null, comes first."""
    numbered = [pd.factorize(column) for column in columns]
    texts = sorted({"", *(str(text) for _, seen in numbered for text in seen)})
    place = {text: number for number, text in enumerate(texts)}
    return [np.array([*(place[str(text)] for text in seen), 0])[codes] for codes, seen in numbered], texts


def _pairs(left: Integers, right: Integers, lefts: list[str], rights: list[str]) -> tuple[Integers, Names]:
    """Return a number for each pair of texts, in their order, and the pairs."""
    seen, codes = np.unique(left * len(rights) + right, return_inverse=True)
    return codes, [(lefts[code // len(rights)], rights[code % len(rights)]) for code in seen]


def _with_wholes(rows: pd.DataFrame, totals: pd.DataFrame, parts: int) -> pd.DataFrame:
    """Add to each slice the counts of its figure and, to a pair, those of its two values."""
    figure, is_pair = rows["figure"].to_numpy(), rows["second"].to_numpy() >= 0
    missed_all = totals["missed"].to_numpy(np.int64)
    n_all = missed_all + totals["met"].to_numpy(np.int64)
    effect = design_effects(totals)[figure]
    rows = rows.assign(n_all=n_all[figure], missed_all=missed_all[figure], design_effect=effect, is_pair=is_pair)
    row_of = np.full((len(totals), parts), -1)
    row_of[figure[~is_pair], rows["first"][~is_pair]] = np.flatnonzero(~is_pair)
    for whole in ("first", "second"):
        row = np.where(is_pair, row_of[figure, rows[whole]], np.arange(len(rows)))
        if (row < 0).any():
            raise ValueError("a pair of values needs a row for each of its values alone")
        rows[f"row_{whole}"] = row
        for count in ("n", "missed"):
            rows[f"{count}_{whole}"] = rows[count].to_numpy()[row]
    return rows


def _tested(rows: pd.DataFrame, too_few_below: int) -> Floats:
    """Return the p of each slice, NaN where it is not tested.

    Of a pair it is the largest of three: against the figure and against each of its values (Berger 1982, Technometrics 24,
    295-300). A pair that holds all cases of one of its values is that value, and not tested.
    """
    is_same = rows["is_pair"] & (rows["n"] == rows[["n_first", "n_second"]].min(axis=1))
    is_tested = (rows["n"] >= too_few_below) & (rows["n_all"] - rows["n"] >= too_few_below) & ~is_same
    p = np.where(is_tested, _against(rows, "all"), np.nan)
    for value in ("first", "second"):
        pairs = np.flatnonzero(rows["is_pair"] & (p <= LEVEL))
        p[pairs] = np.maximum(p[pairs], _against(rows.iloc[pairs], value))
    return p


def _against(rows: pd.DataFrame, whole: str) -> Floats:
    """Return the p of slices against the rest of their figure (`all`) or of one of their values (`first`, `second`)."""
    return more_often(rows["missed"], rows["n"], rows[f"missed_{whole}"], rows[f"n_{whole}"], rows["design_effect"])


def _explanations(rows: pd.DataFrame, p: Floats) -> tuple[Integers, Integers]:
    """Return rows of single values and, beside each, the row of a slice that explains it.

    A pair may explain its values, a value a weaker one of another dimension. It does where neither outside nor inside it the
    other is missed more often at 5 %.
    """
    may_count = benjamini_hochberg(p, LEVEL)
    is_pair = rows["is_pair"].to_numpy()
    ends = rows[["row_first", "row_second"]].to_numpy()
    of_pair = np.flatnonzero(is_pair & may_count)
    shared = np.flatnonzero(is_pair & may_count[ends].all(axis=1))
    stronger, weaker = _by_strength(rows, p, ends[shared])
    weak = np.concatenate([ends[of_pair, 0], ends[of_pair, 1], weaker])
    strong = np.concatenate([of_pair, of_pair, stronger])
    cell = np.concatenate([of_pair, of_pair, shared])
    missed, n, missed_all, n_all, effect = (rows[name].to_numpy() for name in (*_COUNTS, "design_effect"))
    out_missed, out_n = missed[weak] - missed[cell], n[weak] - n[cell]
    outside = more_often(out_missed, out_n, (missed_all - missed)[strong], (n_all - n)[strong], effect[cell], LEVEL)
    inside = more_often(missed[cell], n[cell], missed[strong], n[strong], effect[cell], LEVEL)
    is_explained = (outside > LEVEL) & (inside > LEVEL)
    return weak[is_explained], strong[is_explained]


def _by_strength(rows: pd.DataFrame, p: Floats, ends: Integers) -> tuple[Integers, Integers]:
    """Return of each two rows the one of the smaller p, of more excess misses where these are equal, and the other."""
    excess = excess_misses(*(rows[name].to_numpy()[ends] for name in _COUNTS))
    is_first = (p[ends[:, 0]] < p[ends[:, 1]]) | ((p[ends[:, 0]] == p[ends[:, 1]]) & (excess[:, 0] >= excess[:, 1]))
    return np.where(is_first, ends[:, 0], ends[:, 1]), np.where(is_first, ends[:, 1], ends[:, 0])


def _discoveries(p: Floats, weak: Integers, strong: Integers) -> tuple[Booleans, Booleans]:
    """Return which tests are rejected, and which of these are not explained by another one that is.

    The line is lowered until the false discovery rate is held for those that are not explained: Focused Benjamini-Hochberg
    (Katsevich, Sabatti and Bogomolov 2023), from above. What is explained would otherwise lift the line for chance findings.
    """
    tests = max(int((~np.isnan(p)).sum()), 1)
    rejected = benjamini_hochberg(p, LEVEL)
    while True:
        listed = rejected.copy()
        listed[weak[rejected[strong]]] = False
        held = rejected & (p <= listed.sum() / tests * LEVEL)
        if (held == rejected).all():
            return rejected, listed
        rejected = held


def _figures(rows: pd.DataFrame, p: Floats, listed: Integers) -> list[dict[str, Any]]:
    """Return what is to be said of the listed rows, figure by figure, the most excess misses first."""
    rows = rows.iloc[listed]
    missed, n, missed_all, n_all, effect = (rows[name].to_numpy() for name in (*_COUNTS, "design_effect"))
    low, high = wilson((n - missed) / effect, n / effect)
    numbers = {
        "share": 1 - missed / n,
        "low": low,
        "high": high,
        "elsewhere_share": 1 - (missed_all - missed) / (n_all - n),
        "excess_misses": excess_misses(missed, n, missed_all, n_all),
        "p": p[listed],
    }
    table = rows[["figure", "first", "second", "n", "missed"]].assign(**numbers)
    table = table.sort_values(["figure", "excess_misses"], ascending=[True, False], kind="stable")
    return [{str(name): value for name, value in record.items()} for record in table.to_dict("records")]


def _slices(table: _Table, figure: int, records: Iterable[dict[str, Any]], programme: Programme) -> Iterator[Slice]:
    """Yield the results of one figure's records, their customers not yet counted."""
    standard, place = table.figures[figure]
    title = next(promise.name for promise in programme.promises if promise.id == standard)
    stage = ALL_TOUCHPOINTS if place == ALL_TOUCHPOINTS else programme.touchpoint(place).stage
    for record in records:
        parts = tuple(table.parts[number] for number in (record["first"], record["second"]) if number >= 0)
        yield Slice(
            standard=standard,
            title=title,
            touchpoint=place,
            stage=stage,
            parts=tuple(SlicePart(dimension=dimension, value=value) for dimension, value in parts),
            customers=0,
            **{name: value for name, value in record.items() if name in Slice.model_fields},
        )


def _of_enough(slices: Iterable[Slice], at_least: int, customers: Callable[[Slice], int]) -> Iterator[Slice]:
    """Yield the slices of enough customers, with their number; counting stops when nobody asks for more."""
    for one in slices:
        count = customers(one)
        if count >= at_least:
            yield one.model_copy(update={"customers": count})
