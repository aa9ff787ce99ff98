"""How many causes there are: as many as two halves of the records agree on.

A graph of nearest neighbours can be cut coarsely or finely. For each of many resolutions, the records are parted into
halves, each half is cut by itself, and its centres say where the records of the other half belong. What both then know of
a record in common is information that is in the data and not in the half at hand (Ben-Hur, Elisseeff and Guyon 2002,
Pacific Symposium on Biocomputing 7, 6; Lange, Roth, Braun and Buhmann 2004, Neural Computation 16, 1299). The cut chosen
has the largest

    information in common · agreement²

where information in common is mutual information less what chance would give, and agreement is the same as a share of all
information (adjusted mutual information: Vinh, Epps and Bailey 2010, Journal of Machine Learning Research 11, 2837). Agreement
alone would be content with two or three causes wherever these are sure; information alone would count causes by the hundred.
Where points drawn from one normal distribution with the data's mean and covariance score nearly as well (the reference of
the gap statistic: Tibshirani, Walther and Hastie 2001, Journal of the Royal Statistical Society B 63, 411), there is one cause.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from tasks.causes.graph import COPIES, Floats, Indices, centres, communities, neighbour_graph, unit_rows

POINTS_COMPARED = 10_000  # at most
SPLITS = (2, 4)  # at least, at most: large halves vary less
POINTS_SPLIT = 10_000  # in all splits together, about
RESOLUTIONS = 2.0 ** np.arange(-2, 4.51, 0.5)
LOWEST = -8.0  # log2 of a resolution at which hardly anything is cut
SEARCH_STEPS = 10
CLEARLY_MORE = 1.5  # times the score of points without clusters: up to 1.2 times was seen by chance
ITERATIONS = 1  # of Leiden: more change the numbers little
LEAST = 1e-9  # information: less is rounding

Doubles = npt.NDArray[np.float64]


def choose_resolution(points: Floats, weights: Indices, graph: sparse.csr_array, seed: int) -> float:
    """Return the resolution at which `graph`, the neighbour graph of all points, falls into as many causes as halves agree on.

    No point is at the origin; `weights` counts the records at each. Beyond POINTS_COMPARED a sample is compared.
    """
    weights = np.minimum(weights, COPIES)  # as the graph does: otherwise every title of a list would be a cause
    random = np.random.default_rng(seed)
    rows = np.sort(random.permutation(len(points))[:POINTS_COMPARED])
    splits = int(np.clip(POINTS_SPLIT // len(rows), *SPLITS))
    agreement, information, number = _compare_halves(points[rows], weights[rows], RESOLUTIONS, splits, random)
    scores = agreement**2 * information
    beside = np.pad(scores, 1, mode="edge")
    best = int(np.argmax(beside[:-2] + 2 * scores + beside[2:]))  # a single one may be luck
    without = _without_clusters(points[rows], random)
    alone = np.ones(len(rows), dtype=np.int64)  # copies would be clusters
    agreement, information, _ = _compare_halves(without, alone, RESOLUTIONS[[best]], splits, random)
    are_clusters = scores[best] > CLEARLY_MORE * agreement[0] ** 2 * information[0]
    return _resolution_for(int(np.rint(number[best])) if are_clusters else 1, graph)


def _compare_halves(points: Floats, weights: Indices, resolutions: Doubles, splits: int, random: np.random.Generator) -> Doubles:
    """Return agreement, information in common and number of causes, each by resolution, means over several splits in halves."""
    compared = [_compare(points, weights, resolutions, random) for _ in range(splits)]
    return np.asarray(np.mean(compared, axis=0).T)


def _compare(points: Floats, weights: Indices, resolutions: Doubles, random: np.random.Generator) -> Doubles:
    """Return agreement, information in common and number of causes of two halves of the records, a row a resolution.

    The records of one point are parted too: what a thousand customers chose from a list is in both halves.
    """
    ours = weights // 2 + weights % 2 * random.integers(0, 2, len(weights))
    halves = [(points[part > 0], part[part > 0]) for part in (ours, weights - ours)]
    graphs = [neighbour_graph(*half) for half in halves]
    rows = []
    for resolution in resolutions:
        cuts = [communities(graph, resolution, ITERATIONS, 0)[: len(half[0])] for graph, half in zip(graphs, halves, strict=True)]
        compared = [_in_common(*halves[one], cuts[one], centres(halves[other][0], cuts[other])) for one, other in ((0, 1), (1, 0))]
        rows.append([*np.mean(compared, axis=0), np.mean([len(np.unique(cut)) for cut in cuts])])
    return np.array(rows)


def _in_common(points: Floats, weights: Indices, clusters: Indices, others: Floats) -> tuple[float, float]:
    """Return agreement and information in common, in nats, of the records' clusters and the nearest of the other half's centres."""
    from sklearn.metrics.cluster import expected_mutual_information

    if not len(points) or not len(others):
        return 0.0, 0.0
    own, nearest = (np.unique(names, return_inverse=True)[1] for names in (clusters, (points @ others.T).argmax(axis=1)))
    both = sparse.csr_array((weights, (own, nearest)), shape=(int(own.max()) + 1, int(nearest.max()) + 1))
    apart = _entropy(both.sum(axis=1)), _entropy(both.sum(axis=0))
    chance = expected_mutual_information(both, int(weights.sum()))
    information = sum(apart) - _entropy(both.data) - chance
    possible = sum(apart) / 2 - chance
    return (float(information / possible) if possible > LEAST else 0.0), float(information)


def _entropy(counts: Indices) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def _without_clusters(points: Floats, random: np.random.Generator) -> Floats:
    """Return as many unit rows from a normal distribution with the points' mean and covariance."""
    middle = points.mean(axis=0)
    values, directions = np.linalg.eigh((points - middle).T @ (points - middle) / len(points))
    drawn = random.standard_normal(points.shape, dtype=np.float32) @ (np.sqrt(np.maximum(values, 0)) * directions).T + middle
    return unit_rows(drawn)


def _resolution_for(number: int, graph: sparse.csr_array) -> float:
    """Return a resolution at which the graph falls into about that many communities, by bisection of its logarithm."""
    low, high = LOWEST, float(np.log2(RESOLUTIONS[-1]))
    for _ in range(SEARCH_STEPS):
        middle = (low + high) / 2
        found = len(np.unique(communities(graph, 2.0**middle, ITERATIONS, 0)))
        if found == number:
            return float(2.0**middle)
        low, high = (middle, high) if found < number else (low, middle)
    return float(2.0**low)
