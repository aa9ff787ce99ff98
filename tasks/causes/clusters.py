"""Points in clusters: communities of the graph of nearest neighbours, as many as the data bear, and themes over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.causes.graph import NO_CLUSTER, Floats, Indices, centres, communities, join_neighbours, nearest_neighbours, neighbours_of
from tasks.causes.number import choose_resolution
from tasks.causes.themes import themes

SEED = 20
ITERATIONS = 5
RECORDS_AT_LEAST = 5  # a smaller community is no cause
UNPLACED_AT_MOST = 0.05  # of the records
FENCE = 2.2  # interquartile ranges


@dataclass(frozen=True)
class Clustering:
    """Points in clusters, numbered from 0 for the one of most records; NO_CLUSTER where a point fits nowhere."""

    of_point: Indices
    centres: Floats  # clusters × dimensions, rows of length 1
    theme_of: Indices  # theme by cluster


def cluster_points(points: Floats, weights: Indices, seed: int = SEED) -> Clustering:
    """Return the points, unit rows or rows of zeros, in clusters of at least RECORDS_AT_LEAST records, and themes over these.

    `weights` counts the records at each point. How many clusters: see number.py. A row of zeros has no cluster, nor has a
    point that fits nowhere (_fitting). The same rows in the same order give the same answer.
    """
    of_point = np.full(len(points), NO_CLUSTER)
    placed = np.flatnonzero(points.any(axis=1))
    inside, records = points[placed], weights[placed]
    if records.sum() < RECORDS_AT_LEAST:
        return Clustering(of_point, np.zeros((0, points.shape[1]), dtype=np.float32), np.zeros(0, dtype=np.int64))
    nearest, cosines = nearest_neighbours(inside, neighbours_of(len(inside)))
    graph = join_neighbours(nearest, cosines, records)
    resolution = choose_resolution(inside, records, graph, seed)
    found = _in_large_ones(inside, communities(graph, resolution, ITERATIONS, seed)[: len(placed)], records)
    found = _by_size(_fitting(found, cosines, records), records)
    of_point[placed] = found
    middles = centres(points, of_point)
    return Clustering(of_point, middles, themes(graph, found, records, middles, seed))


def _in_large_ones(points: Floats, clusters: Indices, weights: Indices) -> Indices:
    """Return the clusters of RECORDS_AT_LEAST, numbered anew, with the points of smaller ones in that of the nearest centre."""
    records = np.bincount(clusters, weights)
    large = np.flatnonzero(records >= RECORDS_AT_LEAST)
    if len(large) == 0:
        return np.full(len(points), NO_CLUSTER)
    number = np.full(len(records), NO_CLUSTER)
    number[large] = np.arange(len(large))
    kept = number[clusters]
    stray = np.flatnonzero(kept == NO_CLUSTER)
    kept[stray] = (points[stray] @ centres(points, kept).T).argmax(axis=1)
    return kept


def _fitting(clusters: Indices, cosines: Floats, weights: Indices) -> Indices:
    """Return the clusters with NO_CLUSTER for the points that fit nowhere.

    A point fits nowhere if the mean cosine to its nearest neighbours (`cosines`) lies more than FENCE interquartile ranges below
    the lower quartile of all points' (Hoaglin and Iglewicz 1987, Journal of the American Statistical Association 82, 1147).
    At most UNPLACED_AT_MOST of the records are left out, those of the lowest means, and none of a point that has
    RECORDS_AT_LEAST or whose cluster needs it to keep as many.
    """
    if not cosines.size:
        return clusters
    fit = cosines.mean(axis=1)
    low, high = np.quantile(fit, [0.25, 0.75])
    outside = np.flatnonzero((fit < low - FENCE * (high - low)) & (weights < RECORDS_AT_LEAST) & (clusters != NO_CLUSTER))
    left = np.bincount(clusters[clusters != NO_CLUSTER], weights[clusters != NO_CLUSTER])
    allowed = UNPLACED_AT_MOST * weights.sum()
    kept = clusters.copy()
    for row in outside[np.argsort(fit[outside], kind="stable")]:
        if weights[row] <= allowed and left[clusters[row]] - weights[row] >= RECORDS_AT_LEAST:
            kept[row] = NO_CLUSTER
            left[clusters[row]] -= weights[row]
            allowed -= weights[row]
    return kept


def _by_size(clusters: Indices, weights: Indices) -> Indices:
    """Return the clusters numbered by records, most first; equals by their first point."""
    placed = np.flatnonzero(clusters != NO_CLUSTER)
    names, first, index = np.unique(clusters[placed], return_index=True, return_inverse=True)
    order = np.lexsort((first, -np.bincount(index, weights[placed], minlength=len(names))))
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    numbered = np.full(len(clusters), NO_CLUSTER)
    numbered[placed] = rank[index]
    return numbered
