"""Slice counts made of cases, and what is found in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from config.programme import Programme
from tasks.results import Slice
from tasks.standards.slices import SLICE_KEYS, Slices, find_slices
from tests.programmes import programme, standard

Texts = npt.NDArray[np.str_]
Booleans = npt.NDArray[np.bool_]
Counts = tuple[pd.DataFrame, pd.DataFrame]


def counted(dimensions: Mapping[str, Texts], missed: Mapping[str, Booleans], place: str = "all") -> Counts:
    """Return the slice counts and totals of cases: by dimension the value of each, by standard whether each was missed."""
    coded = {name: np.unique(values, return_inverse=True) for name, values in dimensions.items()}
    nothing = (np.array([""]), np.zeros(len(next(iter(missed.values()))), dtype=int))
    parts: list[tuple[npt.NDArray[Any], ...]] = []
    for one, other in [*((name, "") for name in coded), *combinations(coded, 2)]:
        (values, codes), (values_2, codes_2) = coded[one], coded.get(other, nothing)
        cell = codes * len(values_2) + codes_2
        n = np.bincount(cell, minlength=len(values) * len(values_2))
        some = np.flatnonzero(n)
        value, value_2 = values[some // len(values_2)], values_2[some % len(values_2)]
        for name, flags in missed.items():
            misses = np.bincount(cell, weights=flags, minlength=len(n)).astype(int)[some]
            texts = [np.full(len(some), text) for text in (name, place, one, other)]
            parts.append((*texts[:3], value, texts[3], value_2, n[some] - misses, misses))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    totals = pd.DataFrame({name: {"met": int((~flags).sum()), "missed": int(flags.sum())} for name, flags in missed.items()}).T
    totals.index = pd.MultiIndex.from_tuples([(name, place) for name in missed], names=["standard", "touchpoint"])
    return pd.DataFrame(dict(zip((*SLICE_KEYS, "met", "missed"), columns, strict=True))), totals


def house(totals: pd.DataFrame, **rules: int) -> Programme:
    """Return a programme with the totals' standards."""
    return programme(standards=[standard(id=name) for name in totals.index.unique("standard")], rules=rules)


def many(_: Slice) -> int:
    """Return enough customers behind any slice."""
    return 100


def found(counts: Counts, customers: Callable[[Slice], int] = many, **rules: int) -> Slices:
    """Return what is found in the counts."""
    slice_counts, totals = counts
    return find_slices(slice_counts, totals, house(totals, **rules), customers)


def names(slices: Slices) -> list[tuple[str, ...]]:
    """Return the listed slices as texts."""
    return [named(one) for one in slices.listed]


def named(one: Slice) -> tuple[str, ...]:
    """Return a slice's parts as texts."""
    return tuple(f"{part.dimension} {part.value}" for part in one.parts)


def balanced(n: int, *sizes: int) -> list[Texts]:
    """Return dimensions of so many values in which every combination has n cases that follow each other."""
    grid = np.indices(sizes).reshape(len(sizes), -1).repeat(n, axis=1)
    return [np.char.add("v", codes.astype(str)) for codes in grid]
