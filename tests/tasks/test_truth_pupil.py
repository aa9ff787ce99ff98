"""What people labelled by hand, found again through the path for large corpora: a sample is read and clustered, a pupil assigns the rest.

Texts without a cause count as one cluster; the number of clusters is never given.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tasks.causes.clusters import cluster_points
from tasks.causes.encoders import shipped
from tasks.causes.graph import NO_CLUSTER, Floats, Indices
from tasks.causes.pupil import assign
from tasks.causes.teaching import teach
from tasks.causes.texts import UniqueTexts, collapse, hash_sample, readable

pytestmark = [pytest.mark.truth, pytest.mark.timeout(1800)]
SEEDS = (20, 21, 22)
QUARTERS = ("2018Q4", "2019Q1", "2019Q2")
NARRATIVE = "Consumer complaint narrative"


def vectors_of(unique: UniqueTexts, places: Indices) -> Floats:
    return shipped().encode([readable(unique.texts[place]) for place in places])


def through_a_pupil(unique: UniqueTexts, sample: Indices, vectors: Floats, seed: int) -> Indices:
    """The cluster of each unique text, where only the sample's have been read."""
    found = cluster_points(vectors, unique.weights[sample], seed)
    keys = [unique.keys[place] for place in sample]
    clusters, _ = assign(teach(keys, vectors, found.of_point, found.centres, shipped().name), unique.keys)
    clusters[sample] = found.of_point
    return clusters


def agreement(truth: Sequence[str], of_unique: Indices, unique: UniqueTexts) -> tuple[float, float, float]:
    """Adjusted mutual information, adjusted Rand index and the share of the records with a cause."""
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    clusters = np.append(of_unique, NO_CLUSTER)[unique.of_record]
    return (
        float(adjusted_mutual_info_score(truth, clusters)),
        float(adjusted_rand_score(truth, clusters)),
        float((clusters != NO_CLUSTER).mean()),
    )


def medians(texts: Sequence[str], truth: Sequence[str], size: int) -> tuple[float, float, float]:
    """The medians over SEEDS of what `agreement` gives, with a sample of that size."""
    unique = collapse(texts)
    sample = hash_sample(unique.keys, size)
    vectors = vectors_of(unique, sample)
    found = [agreement(truth, through_a_pupil(unique, sample, vectors, seed), unique) for seed in SEEDS]
    information, index, placed = (statistics.median(values) for values in zip(*found, strict=True))
    print(f"\n{len(unique.keys):,} texts, {len(sample):,} read: AMI {information:.3f}, ARI {index:.3f}, with a cause {placed:.1%}")  # noqa: T201
    return information, index, placed


def test_five_thousand_questions_teach_what_the_others_are_about(data_folder: Path) -> None:
    table = pd.read_csv(data_folder / "banking77" / "train.csv", dtype=str).dropna()
    information, index, placed = medians(table["text"].tolist(), table["category"].tolist(), 5_000)
    assert information >= 0.77
    assert index >= 0.50
    assert placed >= 0.95


def test_half_of_the_narratives_teach_nearly_what_all_do(data_folder: Path) -> None:
    quarters = [pd.read_csv(data_folder / "cfpb" / f"{quarter}.csv", dtype=str) for quarter in QUARTERS]
    table = pd.concat(quarters).dropna(subset=[NARRATIVE])
    half, whole = (medians(table[NARRATIVE].tolist(), table["Issue"].tolist(), size) for size in (len(table) // 2, len(table)))
    assert half[0] >= whole[0] - 0.03
    assert half[2] >= 0.95


def test_half_of_the_titles_teach_nearly_what_all_do(data_folder: Path) -> None:
    quarters = [pd.read_csv(data_folder / "boston311" / f"2015Q{number}.csv.gz", dtype=str) for number in (1, 2)]
    table = pd.concat(quarters).dropna(subset=["CASE_TITLE", "REASON"])
    half, whole = (medians(table["CASE_TITLE"].tolist(), table["REASON"].tolist(), size) for size in (600, len(table)))
    assert half[0] >= whole[0] - 0.03
    assert half[2] >= 0.95
