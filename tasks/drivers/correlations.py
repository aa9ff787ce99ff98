"""Correlations of pairs of questions from their cross-products, and the repair of those that do not fit together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasks.drivers.cross_products import GROUPS, SUMS, check_size

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
N, W, WX, WXX, WXY = range(5)
_NO_VARIANCE = 1e-9  # as a share of the mean square: below it, differences are rounding
_FLOOR = 1e-4


def cube(products: pd.DataFrame, questions: Sequence[str]) -> Integers:
    """Return the sums by group (those that have any), kind (N, W, WX, WXX, WXY) and pair: WX at [i, j] sums w × score of i.

    InputError where a resample of the groups could outgrow 64 bits.
    """
    place = {question: index for index, question in enumerate(questions)}
    rows = products.loc[products["question_1"].isin(place) & products["question_2"].isin(place)]
    check_size(GROUPS * float(rows[SUMS].abs().to_numpy().max(initial=0)))
    group, names = pd.factorize(rows["group"], sort=True)
    first, second = rows["question_1"].map(place).to_numpy(int), rows["question_2"].map(place).to_numpy(int)
    sums = np.zeros((len(names), 5, len(questions), len(questions)), np.int64)
    sums[group, :, first, second] = rows[["n", "w", "wx", "wxx", "wxy"]]
    sums[group, :, second, first] = rows[["n", "w", "wy", "wyy", "wxy"]]
    return sums


def correlate(sums: Integers) -> Floats:
    """Return the correlation of each pair over those who answered both (available cases): `sums` is a cube, or a stack of cubes.

    [..., kind, q, q] gives [..., q, q]; 0 where one of the two does not vary among them, 1 on the diagonal.
    """
    _, w, wx, wxx, wxy = np.moveaxis(sums, -3, 0).astype(float)
    w = np.maximum(w, 1.0)
    mean, square = wx / w, wxx / w
    variance = np.where(square - mean**2 > _NO_VARIANCE * square, square - mean**2, np.inf)
    covariance = wxy / w - mean * np.swapaxes(mean, -1, -2)
    r = np.clip(covariance / np.sqrt(variance * np.swapaxes(variance, -1, -2)), -1.0, 1.0)
    return np.where(np.eye(r.shape[-1], dtype=bool), 1.0, r)


def is_constant(sums: Integers) -> npt.NDArray[np.bool_]:
    """Return, at [i, j], whether question i has one score only among those who answered i and j."""
    _, w, wx, wxx, _ = sums.astype(float)
    return np.asarray(wxx * w - wx**2 <= _NO_VARIANCE * wxx * w)


def repair(correlations: Floats) -> tuple[Floats, Floats]:
    """Return correlations that some population could have, and how much each matrix was shrunk, 0 (not at all) to 1.

    Correlations of different respondents need not fit together: their matrix [..., q, q] may have negative eigenvalues. The
    least shrinking of all correlations towards 0 that leaves none below 0.0001 puts that right (Higham, Strabić and Šego 2016,
    SIAM Review 58(2), 245-263, with the identity as target, for which it has a closed form). A matrix that fits stays as it is.
    """
    smallest = np.linalg.eigvalsh(correlations)[..., 0]
    shrinkage = np.where(smallest < -_NO_VARIANCE, (_FLOOR - smallest) / (1 - smallest), 0.0)
    diagonal = np.eye(correlations.shape[-1])
    return correlations + shrinkage[..., None, None] * (diagonal - correlations), shrinkage
