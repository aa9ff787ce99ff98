"""Points as a graph of nearest neighbours, and its communities.

Source: Traag, Waltman and van Eck (2019), Scientific Reports 9, 5233, for the Leiden algorithm.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

NEIGHBOURS_BY_LOGARITHM = 2.6
COPIES = 15  # of one point, at most
ROWS_AT_ONCE = 512
NO_CLUSTER = -1


def nearest_neighbours(points: Floats, count: int) -> tuple[Indices, Floats]:
    """Return row numbers and cosines, points × count, of each point's nearest others, in no order; exact."""
    found, cosines = [np.zeros((0, count), dtype=np.int64)], [np.zeros((0, count), dtype=np.float32)]
    for start in range(0, len(points), ROWS_AT_ONCE):
        similarity = points[start : start + ROWS_AT_ONCE] @ points.T
        own = np.arange(len(similarity))
        similarity[own, start + own] = -np.inf
        nearest = np.argpartition(similarity, len(points) - 1 - count, axis=1)[:, len(points) - count :].copy()
        found.append(nearest)
        cosines.append(np.take_along_axis(similarity, nearest, axis=1))
    return np.concatenate(found), np.concatenate(cosines)


def neighbour_graph(points: Floats, weights: Indices) -> sparse.csr_array:
    """Return the graph of the points' nearest neighbours, see join_neighbours."""
    return join_neighbours(*nearest_neighbours(points, neighbours_of(len(points))), weights)


def neighbours_of(number: int) -> int:
    """Return how many neighbours each of `number` points has in its graph: as the logarithm, 12 of 100 points and 24 of 10,000.

    That many join each cluster and, while they are few, little else (Maier, Hein and von Luxburg 2009, Theoretical Computer
    Science 410, 1749).
    """
    return max(min(round(NEIGHBOURS_BY_LOGARITHM * math.log(max(number, 1))), number - 1), 0)


def join_neighbours(nearest: Indices, cosines: Floats, weights: Indices) -> sparse.csr_array:
    """Return the symmetric graph that joins nearest neighbours by their closeness (_closeness), added up from both sides.

    `weights` counts the records at each point. After the nodes of the points comes one for each point of several
    records, in the place of its copies: see _with_copies.
    """
    shape = (len(weights), len(weights))
    if not nearest.size:
        return _with_copies(sparse.csr_array(shape), weights)
    rows = np.repeat(np.arange(len(weights)), nearest.shape[1])
    directed = sparse.csr_array((_closeness(cosines).ravel(), (rows, nearest.ravel())), shape=shape)
    return _with_copies(sparse.csr_array(directed + directed.T), weights)


def _closeness(cosines: Floats) -> npt.NDArray[np.float64]:
    """Return 1 for each point's nearest neighbour and exp(-gap / mean gap) for others, points × neighbours.

    The gap is how much farther than the nearest a neighbour is, as the crow flies; the mean is over the point's neighbours, so
    that crowded and lonely points count alike (McInnes, Healy and Melville 2018, arXiv:1802.03426, section 3.1, with the
    scale of an exponential distribution fitted to the gaps). 0 where the cosine is not positive.
    """
    distances = np.sqrt(np.maximum(2 - 2 * cosines.astype(np.float64), 0))
    gaps = distances - distances.min(axis=1, keepdims=True)
    scale = gaps.mean(axis=1, keepdims=True)
    return np.where(cosines > 0, np.exp(-gaps / np.where(scale > 0, scale, 1)), 0)


def _with_copies(graph: sparse.csr_array, weights: Indices) -> sparse.csr_array:
    """Return the graph with a further node tied to each point of several records, in the place of its copies.

    Each copy is a mutual neighbour at no distance, up to COPIES of them. Without this a text that a thousand
    customers chose from a list would count as one, and be lost among its neighbours.
    """
    repeated = np.flatnonzero(weights > 1)
    ties = 2.0 * np.minimum(weights[repeated] - 1, COPIES)
    copies = sparse.csr_array((ties, (repeated, np.arange(len(repeated)))), shape=(len(weights), len(repeated)))
    lower = sparse.hstack([copies.T, sparse.csr_array((len(repeated), len(repeated)))])
    whole = sparse.csr_array(sparse.vstack([sparse.hstack([graph, copies]), lower]))
    whole.eliminate_zeros()
    whole.sort_indices()
    return whole


def communities(graph: sparse.csr_array, resolution: float, iterations: int, seed: int) -> Indices:
    """Return the Leiden community of each node, numbered from 0; a node without an edge is alone."""
    import graspologic_native

    if graph.nnz == 0:
        return np.arange(graph.shape[0])
    _, community_of = graspologic_native.leiden_csr(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int32),
        graph.data,
        graph.shape[0],
        resolution=resolution,
        iterations=iterations,
        seed=seed,
    )
    return np.array([community_of[node] for node in range(graph.shape[0])], dtype=np.int64)


def centres(points: Floats, clusters: Indices) -> Floats:
    """Return clusters × dimensions: the mean of each cluster's points, scaled to length 1; clusters count from 0."""
    members = np.flatnonzero(clusters != NO_CLUSTER)
    shape = (int(clusters.max(initial=NO_CLUSTER)) + 1, len(points))
    total = sparse.csr_array((np.ones(len(members)), (clusters[members], members)), shape=shape) @ points
    return unit_rows(total)


def unit_rows(rows: npt.NDArray[np.floating]) -> Floats:
    """Return the rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)
