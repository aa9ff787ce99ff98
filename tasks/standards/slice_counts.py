"""Counts of met and missed cases by one and by two dimensions, of every standard in one pass a pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from config.standards import ALL_TOUCHPOINTS
from tasks.results import Slice
from tasks.standards.cases import NOWHERE, Cases, Population
from tasks.standards.dimensions import TOUCHPOINT, Dimension
from tasks.standards.measures import MET, MISSED

KEYS = ("standard", "touchpoint", "dimension", "value", "dimension_2", "value_2")
Whole = npt.NDArray[np.int64]
_NO_DIMENSION = Dimension("", ("",), np.array([], dtype=np.int16))


def count_slices(cases: Cases, *, has_pairs: bool = True) -> pd.DataFrame:
    """Return KEYS, met and missed, a row a standard, place and slice; `dimension_2` and `value_2` are empty where it has one dimension.

    A value that is rare or missing is empty. Rows of equal keys of several pieces of a quarter add up, where the dimensions'
    values are the same.
    """
    parts = [
        part
        for population in cases.populations
        for is_over_all in (True, False)
        for one, other in _dimension_pairs(cases, is_over_all=is_over_all, has_pairs=has_pairs)
        for part in _count(cases, population, one, other, is_over_all=is_over_all)
    ]
    names = _vocabulary(cases)
    columns = {key: pd.Categorical.from_codes(_joined([part[key] for part in parts]), categories=pd.Index(names[key])) for key in KEYS}
    counts = {name: _joined([part[name] for part in parts]) for name in ("met", "missed")}
    return pd.DataFrame(columns | counts)


def customers_in(cases: Cases, one: Slice) -> int:
    """Return how many customers are behind a slice's decided cases; a case of an unknown customer stands for one."""
    population, number = next(
        (population, number)
        for population in cases.populations
        for number, standard in population.standards.items()
        if standard.id == one.standard
    )
    numbers = {dimension.name: index for index, dimension in enumerate(cases.dimensions)}
    ids = [touchpoint.id for touchpoint in cases.programme.touchpoints]
    conditions = [f"m{number} IN ({MET}, {MISSED})"]
    conditions += [] if one.touchpoint == ALL_TOUCHPOINTS else [f"touchpoint = {ids.index(one.touchpoint)}"]
    for part in one.parts:
        code = cases.dimensions[numbers[part.dimension]].values.index(part.value)
        conditions.append(f"{_column(cases, part.dimension)} = {code}")
    query = f"SELECT count(DISTINCT coalesce(customer, row)) FROM {population.table} WHERE {' AND '.join(conditions)}"  # noqa: S608
    row = cases.connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _dimension_pairs(cases: Cases, *, is_over_all: bool, has_pairs: bool) -> Iterator[tuple[Dimension, Dimension]]:
    """Yield each dimension alone, then each pair; inside one touchpoint the touchpoint is none."""
    dimensions = [one for one in cases.dimensions if is_over_all or one.name != TOUCHPOINT]
    yield from ((one, _NO_DIMENSION) for one in dimensions)
    if has_pairs:
        yield from combinations(dimensions, 2)


def _count(cases: Cases, population: Population, one: Dimension, other: Dimension, *, is_over_all: bool) -> Iterator[dict[str, Whole]]:
    """Yield the rows of one pair of dimensions: positions in the vocabulary, and counts."""
    shares = {
        number: standard
        for number, standard in population.standards.items()
        if standard.is_share and is_over_all == (standard.touchpoints == ALL_TOUCHPOINTS)
    }
    if not shares:
        return
    keys = [f"{NOWHERE}" if is_over_all else "touchpoint", _column(cases, one.name), _column(cases, other.name)]
    sums = ", ".join(f"sum(m{number} = {code})::BIGINT" for code in (MET, MISSED) for number in shares)
    query = f"SELECT {keys[0]} AS place, {keys[1]} AS one, {keys[2]} AS other, {sums} FROM {population.table} GROUP BY place, one, other"  # noqa: S608
    place, value, value_2, *counted = (np.asarray(v).astype(np.int64) for v in cases.connection.execute(query).fetchnumpy().values())
    met, missed = np.stack(counted).reshape(2, len(shares), len(place))
    standard, cell = np.nonzero(met + missed)
    names = _vocabulary(cases)
    yield {
        "standard": np.array([*shares])[standard],
        "touchpoint": np.where(place < 0, 0, place + 1)[cell],
        "dimension": np.full(len(cell), names["dimension"].index(one.name)),
        "value": _positions(one, names["value"])[value[cell]],
        "dimension_2": np.full(len(cell), names["dimension_2"].index(other.name)),
        "value_2": _positions(other, names["value_2"])[value_2[cell]],
        "met": met[standard, cell],
        "missed": missed[standard, cell],
    }


def _vocabulary(cases: Cases) -> dict[str, list[str]]:
    """Return what the positions in each column stand for."""
    dimensions = ["", *(dimension.name for dimension in cases.dimensions)]
    values = sorted({"", *(value for dimension in cases.dimensions for value in dimension.values)})
    return {
        "standard": [standard.id for standard in cases.programme.promises],
        "touchpoint": [ALL_TOUCHPOINTS, *(touchpoint.id for touchpoint in cases.programme.touchpoints)],
        "dimension": dimensions,
        "value": values,
        "dimension_2": dimensions,
        "value_2": values,
    }


def _positions(dimension: Dimension, values: Sequence[str]) -> Whole:
    """Return where each of a dimension's values stands among all; the last, for rare and missing ones, is the empty one."""
    where = {value: position for position, value in enumerate(values)}
    return np.array([where[value] for value in (*dimension.values, "")])


def _joined(parts: Sequence[Whole]) -> Whole:
    return np.concatenate(parts) if parts else np.array([], dtype=np.int64)


def _column(cases: Cases, name: str) -> str:
    """Return our own name for a dimension's column."""
    return next((f"d{number}" for number, dimension in enumerate(cases.dimensions) if dimension.name == name), "0")
