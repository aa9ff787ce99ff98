"""Themes over causes: ten to twenty things that a reader sees first."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from tasks.causes.graph import NO_CLUSTER, Floats, Indices, communities

CAUSES_TAKEN_IN = 12  # at once: each is a theme of its own
CAUSES_OF_A_THEME = 3
THEMES_AT_LEAST = 10
THEMES_AT_MOST = 20
LOWEST, HIGHEST = -8.0, 8.0  # log2 of the resolutions tried
SEARCH_STEPS = 16
ITERATIONS = 5
LIKENESS = 0.01  # what the cosine of two centres counts beside the neighbours that their texts share


def themes(graph: sparse.csr_array, of_point: Indices, weights: Indices, centres: Floats, seed: int) -> Indices:
    """Return the theme of each cluster, numbered from 0 for the one of most records.

    `graph` is the neighbour graph of the points (its nodes beyond them are ignored), `of_point` the cluster of each point,
    NO_CLUSTER for none, `weights` its records, `centres` clusters × dimensions. Up to CAUSES_TAKEN_IN clusters are themes
    themselves. More are put together by Leiden on the graph that joins clusters whose points are neighbours, into a
    theme for every CAUSES_OF_A_THEME, within THEMES_AT_LEAST and THEMES_AT_MOST.
    """
    number = len(centres)
    if number <= CAUSES_TAKEN_IN:
        return np.arange(number)
    wanted = min(max(round(number / CAUSES_OF_A_THEME), THEMES_AT_LEAST), THEMES_AT_MOST)
    theme_of = _cut(_cause_graph(graph, of_point, centres), wanted, seed)
    placed = of_point != NO_CLUSTER
    return _by_size(theme_of, np.bincount(of_point[placed], weights[placed], minlength=number))


def _cause_graph(graph: sparse.csr_array, of_point: Indices, centres: Floats) -> sparse.csr_array:
    """Return clusters × clusters: the edges between two clusters' points, over the root of both clusters' edges with others.

    Without the division a large cluster would draw all small ones to itself. To this LIKENESS of the cosine of the centres is
    added, which tells where clusters share no neighbours at all.
    """
    placed = np.flatnonzero(of_point != NO_CLUSTER)
    belongs = sparse.csr_array((np.ones(len(placed)), (placed, of_point[placed])), shape=(len(of_point), len(centres)))
    between = (belongs.T @ graph[: len(of_point), : len(of_point)] @ belongs).toarray()
    np.fill_diagonal(between, 0)
    outward = np.sqrt(between.sum(axis=1))
    scale = np.where(outward > 0, outward, 1)
    joined = between / scale / scale[:, None] + LIKENESS * np.maximum(centres @ centres.T, 0)
    np.fill_diagonal(joined, 0)
    return sparse.csr_array(joined)


def _cut(graph: sparse.csr_array, number: int, seed: int) -> Indices:
    """Return the Leiden community of each node at the resolution, found by bisection, that gives about that many."""
    low, high = LOWEST, HIGHEST
    for _ in range(SEARCH_STEPS):
        middle = (low + high) / 2
        found = communities(graph, 2.0**middle, ITERATIONS, seed)
        parts = len(np.unique(found))
        if parts == number:
            break
        low, high = (middle, high) if parts < number else (low, middle)
    return found


def _by_size(theme_of: Indices, records: Indices) -> Indices:
    """Return the themes numbered by records, most first; equals by their first cluster."""
    _, first, theme = np.unique(theme_of, return_index=True, return_inverse=True)
    order = np.lexsort((first, -np.bincount(theme, records)))
    return np.argsort(order)[theme]
