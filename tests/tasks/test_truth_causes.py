"""Causes of real texts against labels that nobody showed to the engine: quality, number, themes and stability, medians of three seeds.

Skipped, with the reason, where the public data are not at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tasks.causes.clusters import Clustering, cluster_points
from tasks.causes.encoders import shipped
from tasks.causes.graph import NO_CLUSTER, Floats, Indices
from tasks.causes.texts import NO_TEXT, UniqueTexts, collapse

pytestmark = [pytest.mark.truth, pytest.mark.timeout(1800)]

SEEDS = (20, 21, 22)
NARRATIVE = "Consumer complaint narrative"
CUSTOMERS = ["Constituent Call", "Citizens Connect App", "Self Service", "Twitter"]


@cache
def banking(folder: Path) -> tuple[UniqueTexts, Floats, tuple[str, ...]]:
    rows = pd.read_csv(folder / "banking77" / "train.csv", dtype=str).dropna()
    return read(rows["text"].tolist(), rows["category"].tolist())


@cache
def narratives(folder: Path) -> tuple[UniqueTexts, Floats, tuple[str, ...]]:
    rows = pd.concat([pd.read_csv(folder / "cfpb" / f"{cycle}.csv", dtype=str) for cycle in ("2018Q4", "2019Q1", "2019Q2")])
    rows = rows.dropna(subset=NARRATIVE)
    return read(rows[NARRATIVE].tolist(), rows["Issue"].tolist())


@cache
def titles(folder: Path) -> tuple[UniqueTexts, Floats, tuple[str, ...]]:
    rows = pd.concat([pd.read_csv(folder / "boston311" / f"{cycle}.csv.gz", dtype=str) for cycle in ("2015Q1", "2015Q2")])
    rows = rows[rows["Source"].isin(CUSTOMERS)].dropna(subset="CASE_TITLE")
    return read(rows["CASE_TITLE"].tolist(), rows["REASON"].tolist())


def read(texts: Sequence[str], labels: Sequence[str]) -> tuple[UniqueTexts, Floats, tuple[str, ...]]:
    unique = collapse(texts)
    return unique, shipped().encode(unique.texts), tuple(labels)


def by_record(unique: UniqueTexts, of_unique: Indices) -> Indices:
    assert NO_TEXT == NO_CLUSTER == -1
    return np.append(of_unique, NO_CLUSTER)[unique.of_record]


def themes_of(found: Clustering) -> Indices:
    return np.append(found.theme_of, NO_CLUSTER)[found.of_point]


def ami(labels: Sequence[str], clusters: Indices) -> float:
    """Return the adjusted mutual information; records without a cause count as one cluster."""
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(labels, clusters))


def ari(labels: Sequence[str] | Indices, clusters: Indices) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(labels, clusters))


def median(measure: Callable[[int], float]) -> float:
    return float(np.median([measure(seed) for seed in SEEDS]))


def test_the_intents_of_a_bank_s_customers_are_found(data_folder: Path) -> None:
    unique, points, labels = banking(data_folder)
    found = [cluster_points(points, unique.weights, seed) for seed in SEEDS]
    clusters = [by_record(unique, one.of_point) for one in found]
    assert np.median([ami(labels, one) for one in clusters]) >= 0.80
    assert np.median([ari(labels, one) for one in clusters]) >= 0.55
    assert 60 <= np.median([len(one.centres) for one in found]) <= 110
    assert np.median([(one != NO_CLUSTER).mean() for one in clusters]) >= 0.95
    assert all(10 <= len(set(one.theme_of)) <= 20 for one in found)


def test_fewer_intents_are_fewer_causes(data_folder: Path) -> None:
    unique, points, labels = banking(data_folder)
    names = np.empty(len(points), dtype=object)
    told = unique.of_record != NO_TEXT
    names[unique.of_record[told]] = np.array(labels, dtype=object)[told]
    chosen = np.isin(names, sorted(set(labels))[::5])  # 16 of 77
    assert 13 <= median(lambda seed: len(cluster_points(points[chosen], unique.weights[chosen], seed).centres)) <= 26


def test_narratives_agree_with_the_issue_that_the_customer_chose(data_folder: Path) -> None:
    unique, points, labels = narratives(data_folder)
    found = [cluster_points(points, unique.weights, seed) for seed in SEEDS]
    assert np.median([ami(labels, by_record(unique, one.of_point)) for one in found]) >= 0.25
    assert 10 <= np.median([len(one.centres) for one in found]) <= 40
    assert all((one.of_point == NO_CLUSTER).mean() <= 0.05 for one in found)


def test_themes_of_titles_agree_with_the_city_s_reasons(data_folder: Path) -> None:
    unique, points, labels = titles(data_folder)
    found = [cluster_points(points, unique.weights, seed) for seed in SEEDS]
    assert np.median([ami(labels, by_record(unique, themes_of(one))) for one in found]) >= 0.60
    assert np.median([ami(labels, by_record(unique, one.of_point)) for one in found]) >= 0.73
    assert all(10 <= len(set(one.theme_of)) <= 20 for one in found)


def test_models_of_two_thirds_say_the_same_of_the_last_third(data_folder: Path) -> None:
    unique, points, _ = banking(data_folder)

    def agreement(seed: int) -> float:
        ours, theirs, rest = map(np.sort, np.array_split(np.random.default_rng(seed).permutation(len(points)), 3))
        models = [cluster_points(points[part], unique.weights[part], seed).centres for part in (ours, theirs)]
        one, other = ((points[rest] @ model.T).argmax(axis=1) for model in models)
        return ari(one, other)

    assert median(agreement) >= 0.70
