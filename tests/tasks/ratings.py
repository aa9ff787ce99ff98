"""Ratings for the tests of drivers: matrices of scores as the long table of answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from tasks.drivers.cross_products import cross_products
from tasks.drivers.find import find_drivers
from tasks.results.drivers import Drivers

WHOLE = "whole"


def answers_of(
    scores: npt.ArrayLike, questions: Sequence[str], customers: Sequence[str | None] | None = None, weights: npt.ArrayLike | None = None
) -> pd.DataFrame:
    """Return a row a cell of `scores` (a row a respondent, a column a question, NaN: not answered)."""
    scores = np.asarray(scores, float).reshape(-1, len(questions))
    n, p = scores.shape
    columns = {
        "record_id": pd.array(np.repeat([f"r{number}" for number in range(n)], p), dtype="str"),
        "source": "survey",
        "customer_id": pd.array(np.repeat(np.array([None] * n if customers is None else customers, object), p), dtype="str"),
        "question": pd.array(np.tile(np.array(questions, object), n), dtype="str"),
        "score": scores.ravel(),
        "weight": np.repeat(np.full(n, np.nan) if weights is None else np.asarray(weights, float), p),
    }
    return pd.DataFrame(columns)


def found(scores: npt.ArrayLike, questions: Sequence[str], seed: int = 1, **others: Sequence[str | None]) -> Drivers:
    """Return what goes with the question WHOLE."""
    products = cross_products(answers_of(scores, questions, **others), WHOLE, questions)
    return find_drivers(products, WHOLE, {question: f"at-{question}" for question in questions}, "survey", seed)


def planted(chance: np.random.Generator, n: int, correlations: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return scores of n respondents of a normal population with these correlations."""
    root = np.linalg.cholesky(np.asarray(correlations, float))
    return np.asarray(chance.normal(size=(n, len(root))) @ root.T)


SFO = {
    "whole": "Q7ALL",
    "clean": "Q9ALL",
    "safe": "Q10SAFE",
    "pass-security": "Q14PASSTHRU",
    "find-way": "Q14FIND",
    "signs": "Q7SIGN",
    "screens": "Q7SCREENS",
    "roads": "Q7ROADS",
    "parking": "Q7PARK",
    "airtrain": "Q7AIRTRAIN",
    "walkways": "Q7WALKWAYS",
    "food": "Q7FOOD",
    "shops": "Q7STORE",
    "wifi": "Q7WIFI",
    "restrooms": "Q9RESTROOM",
    "boarding": "Q9BOARDING",
}


def airport(folder: Path, year: int, *, is_weighted: bool) -> tuple[Drivers, pd.DataFrame]:
    """Return what goes with the airport as a whole, and the scores that count; 0, 6 and BLANK are no answers."""
    path = folder / "sfo_survey" / f"{year}_SFO_Customer_Survey.csv"
    if not path.is_file():
        pytest.skip(f"the airport's survey is not there: {path}")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    scores = table[list(SFO.values())].apply(pd.to_numeric, errors="coerce").set_axis(list(SFO), axis=1)
    scores = scores.where((scores >= 1) & (scores <= 5))
    answers = answers_of(scores.to_numpy(), list(SFO), weights=pd.to_numeric(table["WEIGHT"]) if is_weighted else None)
    return find_drivers(cross_products(answers, "whole", list(SFO)), "whole", dict.fromkeys(SFO, ""), "survey", 1), scores
