"""Clusters of points: a graph of nearest neighbours, cut by the Leiden algorithm.

Source: Traag, Waltman and van Eck (2019), Scientific Reports 9, 5233.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

NEIGHBOURS = 15
RESOLUTION = 1.0
ITERATIONS = 5
ROWS_AT_ONCE = 1024
SEED = 20
NO_CLUSTER = -1


def cluster(points: Floats, weights: Indices, sample: Indices, records_at_least: int) -> Indices:
    """Return the cluster of each point, 0 for the one of most records and so on; NO_CLUSTER for a point at the origin.

    The points of `sample` (row numbers) are clustered; all others join the nearest centre. Clusters of
    fewer than `records_at_least` records are dissolved into the nearest; where none is large enough, no
    point has a cluster. `weights` counts the records at each point. The same rows give the same answer.
    """
    clusters = np.full(len(points), NO_CLUSTER)
    placed = np.flatnonzero(points.any(axis=1))
    clustered = np.intersect1d(sample, placed)
    clusters[clustered] = _communities(points[clustered], weights[clustered])
    rest = np.setdiff1d(placed, clustered)
    clusters = _join_nearest(points, clusters, rest)
    records = np.bincount(clusters[placed], weights[placed], minlength=1)
    small = placed[records[clusters[placed]] < records_at_least]
    clusters[small] = NO_CLUSTER
    return _by_size(_join_nearest(points, clusters, small), weights)


def centres(points: Floats, clusters: Indices) -> Floats:
    """Return clusters × dimensions: the mean of each cluster's points, scaled to length 1; clusters count from 0."""
    members = np.flatnonzero(clusters != NO_CLUSTER)
    shape = (int(clusters.max(initial=NO_CLUSTER)) + 1, len(points))
    total = sparse.csr_array((np.ones(len(members)), (clusters[members], members)), shape=shape) @ points
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def nearest_neighbours(points: Floats, count: int) -> tuple[Indices, Floats]:
    """Return row numbers and cosines, points × count, of each point's nearest others, in no order; exact."""
    found, cosines = [], []
    for start in range(0, len(points), ROWS_AT_ONCE):
        similarity = points[start : start + ROWS_AT_ONCE] @ points.T
        own = np.arange(len(similarity))
        similarity[own, start + own] = -np.inf
        nearest = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
        found.append(nearest)
        cosines.append(np.take_along_axis(similarity, nearest, axis=1))
    return np.concatenate(found), np.concatenate(cosines)


def _communities(points: Floats, weights: Indices) -> Indices:
    """Return the Leiden community of each point in the graph of its nearest neighbours and copies."""
    import graspologic_native

    if len(points) <= 1:
        return np.zeros(len(points), dtype=np.int64)
    graph = _with_copies(_neighbour_graph(points), weights)
    if graph.nnz == 0:
        return np.arange(len(points))
    _, community_of = graspologic_native.leiden_csr(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int32),
        graph.data,
        graph.shape[0],
        resolution=RESOLUTION,
        iterations=ITERATIONS,
        seed=SEED,
    )
    return np.array([community_of[row] for row in range(len(points))], dtype=np.int64)


def _neighbour_graph(points: Floats) -> sparse.csr_array:
    """Return the symmetric graph that joins nearest neighbours by their cosine; mutual neighbours count double."""
    count = min(NEIGHBOURS, len(points) - 1)
    nearest, cosines = nearest_neighbours(points, count)
    rows = np.repeat(np.arange(len(points)), count)
    shape = (len(points), len(points))
    directed = sparse.csr_array((np.maximum(cosines, 0).ravel().astype(np.float64), (rows, nearest.ravel())), shape=shape)
    return sparse.csr_array(directed + directed.T)


def _with_copies(graph: sparse.csr_array, weights: Indices) -> sparse.csr_array:
    """Return the graph with a further node tied to each point of several records, in the place of its copies.

    Each copy is a mutual neighbour at cosine 1, up to NEIGHBOURS of them. Without this a text that a thousand
    customers chose from a list would count as one, and be lost among its neighbours.
    """
    repeated = np.flatnonzero(weights > 1)
    ties = 2.0 * np.minimum(weights[repeated] - 1, NEIGHBOURS)
    copies = sparse.csr_array((ties, (repeated, np.arange(len(repeated)))), shape=(len(weights), len(repeated)))
    lower = sparse.hstack([copies.T, sparse.csr_array((len(repeated), len(repeated)))])
    whole = sparse.csr_array(sparse.vstack([sparse.hstack([graph, copies]), lower]))
    whole.eliminate_zeros()
    whole.sort_indices()
    return whole


def _join_nearest(points: Floats, clusters: Indices, rows: Indices) -> Indices:
    """Return `clusters` with the points of `rows` in the cluster of the nearest centre, where there is any."""
    names, known = np.unique(clusters[clusters != NO_CLUSTER], return_inverse=True)
    if len(names) == 0 or len(rows) == 0:
        return clusters
    numbered = np.full(len(points), NO_CLUSTER)
    numbered[clusters != NO_CLUSTER] = known
    joined = clusters.copy()
    joined[rows] = names[np.argmax(points[rows] @ centres(points, numbered).T, axis=1)]
    return joined


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
