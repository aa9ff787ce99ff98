"""R² of every set of drivers, and how it is shared among them."""

from __future__ import annotations

from math import factorial

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
COLLINEAR = 0.01


def subset_r2(correlations: Floats) -> Floats:
    """Return R² of the last variable on every subset of the others: [..., p + 1, p + 1] gives [..., 2 ** p].

    Bit j of the position tells whether driver j is in the subset. The drivers are swept out one after another (Goodnight 1979,
    The American Statistician 33(3), 149-158), and each step keeps both the matrices with the driver and those without, so that
    every subset costs one elimination. A driver of which the ones before it leave less than 1 % of the variance adds nothing:
    what it would add could not be told from rounding and from the mismatch of available cases.
    """
    left = correlations[..., None, :, :]
    for _ in range(correlations.shape[-1] - 1):
        pivot, column, rest = left[..., :1, :1], left[..., 1:, :1], left[..., 1:, 1:]
        factor = np.divide(column, pivot, out=np.zeros_like(column), where=pivot > COLLINEAR)
        left = np.concatenate([rest, rest - factor * np.swapaxes(column, -1, -2)], axis=-3)
    return np.clip(1 - left[..., 0, 0], 0.0, 1.0)


def shapley(values: Floats) -> Floats:
    """Return each player's mean gain over all orders in which they could come in: [..., 2 ** p] gives [..., p].

    Of R² these are the shares of Lindeman, Merenda and Gold (1980, Introduction to Bivariate and Multivariate Analysis, p. 119
    ff.; Grömping 2007, The American Statistician 61(2), 139-147); they add up to R² of all drivers. A subset S without the
    player stands for |S|! (p - |S| - 1)! of the p! orders (Shapley 1953).
    """
    p = values.shape[-1].bit_length() - 1
    is_in = (np.arange(2**p)[:, None] >> np.arange(p)) & 1 == 1
    others = is_in.sum(axis=1, keepdims=True) - is_in
    orders = np.array([factorial(size) * factorial(p - size - 1) / factorial(p) for size in range(p)])
    return np.asarray(values @ np.where(is_in, orders[others.clip(max=p - 1)], -orders[others.clip(max=p - 1)]))
