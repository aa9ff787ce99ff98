"""Sums of squares and products of ratings by pair of questions and group of customers: whole numbers, so that pieces add up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from config.errors import InputError

GROUPS = 200
SCORE_SCALE = 100
WEIGHT_SCALE = 1_000
KEYS = ["group", "question_1", "question_2"]
SUMS = ["n", "w", "wx", "wy", "wxx", "wyy", "wxy"]
Integers = npt.NDArray[np.int64]
_LARGEST = 2.0**63 - 2.0**12  # the whole numbers of 64 bits end here, less what a float that large is rounded by


def cross_products(answers: pd.DataFrame, overall: str, questions: Sequence[str]) -> pd.DataFrame:
    """Return the sums from which all correlations between `overall` and the `questions` follow.

    `answers` is a row a rating: source, record_id, customer_id (null: not known), question, score (null: not answered), weight
    (null: 1). One respondent is one record of one source, with one customer and one weight, and lies in one piece only.

    The result is a row a group (0 to 199) and pair of questions in alphabetical order, a question with itself among them, that
    anybody answered both: over those respondents n, and with w their weight × 1,000, x and y their scores of question_1 and
    question_2 × 100, each rounded, the sums of w, wx, wy, wxx, wyy and wxy. A respondent whose weight rounds to 0 does not count.
    All respondents of a customer are in one group, which depends on customer_id alone (record_id where there is none).

    The sum of w x² over all ratings must stay under 2 ** 63: ninety million ratings of 100, or thirty thousand million of 5, with
    weight 1. InputError where it does not, or where a record answers a question twice.
    """
    asked = sorted({overall, *questions})
    given = answers.loc[answers["score"].notna() & answers["question"].isin(asked)]
    scores, answered, firsts = _by_respondent(given, asked)
    weights = np.rint(given["weight"].astype("float64").fillna(1.0).to_numpy()[firsts] * WEIGHT_SCALE)
    check_size(float((weights @ (scores**2 + 1)).sum()))
    groups = _groups(given["customer_id"].iloc[firsts], given["record_id"].iloc[firsts])
    counted = np.flatnonzero(weights > 0)
    order = counted[np.argsort(groups[counted], kind="stable")]
    present, starts = np.unique(groups[order], return_index=True)
    parts = [
        _sums(scores[rows].astype(np.int64), answered[rows], weights[rows].astype(np.int64))
        for rows in np.split(order, starts[1:])
        if len(rows)
    ]
    return _table(present, np.array(parts, np.int64).reshape(len(present), len(SUMS), len(asked), len(asked)), asked)


def merge(pieces: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the cross-products of all respondents of the pieces together, bit for bit those of the whole; InputError as above."""
    rows = pd.concat([_table(np.array([], np.int64), np.zeros((0, len(SUMS), 0, 0), np.int64), []), *pieces], ignore_index=True)
    totals = rows[SUMS].astype("float64").abs().groupby([rows[key] for key in KEYS]).sum()
    check_size(totals.to_numpy().max(initial=0.0))
    return rows.groupby(KEYS, sort=True, as_index=False)[SUMS].sum()


def check_size(largest: float) -> None:
    """Raise InputError where a sum may be larger than whole numbers of 64 bits can be."""
    if not largest <= _LARGEST:
        raise InputError("The ratings' scores and weights are too large to be added up exactly: divide the weights by their mean.")


def _by_respondent(given: pd.DataFrame, asked: list[str]) -> tuple[npt.NDArray[np.float64], Integers, Integers]:
    """Return scores and who answered, a row a respondent and a column a question, and where each respondent's first answer stands."""
    record, names = pd.factorize(given["record_id"])
    source, _ = pd.factorize(given["source"])
    _, firsts, row = np.unique(source * max(len(names), 1) + record, return_index=True, return_inverse=True)
    column = pd.Categorical(given["question"], categories=asked).codes
    scores, answered = np.zeros((len(firsts), len(asked))), np.zeros((len(firsts), len(asked)), np.int64)
    scores[row, column] = np.rint(given["score"].to_numpy("float64") * SCORE_SCALE)
    answered[row, column] = 1
    if answered.sum() < len(given):
        raise InputError("A record answers the same question twice: give each answer a record_id and question of its own.")
    return scores, answered, firsts


def _groups(customers: pd.Series, records: pd.Series) -> Integers:
    known = customers.astype("str").fillna(records.astype("str"))
    return (pd.util.hash_array(known.to_numpy(object), categorize=False) % np.uint64(GROUPS)).astype(np.int64)


def _sums(scores: Integers, answered: Integers, weights: Integers) -> Integers:
    """Return the SUMS of one group, each a matrix: at [i, j] over the respondents who answered both i and j."""
    moved = scores * weights[:, None]
    w, wx, wxx = ((values.T @ answered) for values in (answered * weights[:, None], moved, moved * scores))
    return np.stack([answered.T @ answered, w, wx, wx.T, wxx, wxx.T, moved.T @ scores])


def _table(groups: Integers, sums: Integers, asked: list[str]) -> pd.DataFrame:
    first, second = np.triu_indices(len(asked))
    names = np.array(asked, dtype=object)
    cells = sums[:, :, first, second].transpose(0, 2, 1).reshape(-1, len(SUMS))
    keys = {
        "group": np.repeat(groups, len(first)),
        "question_1": pd.array(np.tile(names[first], len(groups)), dtype="str"),
        "question_2": pd.array(np.tile(names[second], len(groups)), dtype="str"),
    }
    table = pd.DataFrame(keys | dict(zip(SUMS, cells.T, strict=True)))
    return table.loc[table["n"] > 0].reset_index(drop=True)
