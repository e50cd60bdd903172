"""Random graphs that no problem class draws: uniform among those that are not isomorphic."""

import functools
import math
from collections.abc import Iterator

import numpy as np

DENSITY = 0.5
"""Probability of an edge of G(n, 1/2), every labelled graph of which is as likely."""


def unlabelled_graph(n: int, rng: np.random.Generator) -> np.ndarray:
    """Adjacency matrix of a connected graph, every one up to isomorphism as likely; `(n, n)`.

    A permutation is drawn with the number of graphs that it leaves as they are, then one of these
    graphs: by Burnside's lemma each class of isomorphic graphs is drawn as often. Disconnected
    ones are drawn again. J. D. Dixon and H. S. Wilf, Journal of Algorithms 4 (1983) 205.
    """
    types, odds = _cycle_types(n)
    while True:
        cycles = types[rng.choice(len(types), p=odds)]
        following = np.arange(n)
        ends = np.cumsum(cycles)
        for end, length in zip(ends, cycles, strict=True):
            following[end - length : end] = np.roll(np.arange(end - length, end), -1)
        found = _invariant(following, rng)
        if is_connected(found):
            return found


def connected_graph(n: int, rng: np.random.Generator) -> np.ndarray:
    """Adjacency matrix of G(n, 1/2), drawn again until it is connected; shape `(n, n)`."""
    while True:
        upper = np.triu(rng.random((n, n)) < DENSITY, 1).astype(float)
        found = upper + upper.T
        if is_connected(found):
            return np.asarray(found)


def is_connected(adjacency: np.ndarray) -> bool:
    """Whether every node is reached from the first."""
    import networkx as nx

    return bool(nx.is_connected(nx.from_numpy_array(adjacency)))


@functools.cache
def _cycle_types(n: int) -> tuple[list[tuple[int, ...]], np.ndarray]:
    """Cycle lengths of permutations, with the odds that one of them is drawn."""
    types = list(_partitions(n, n))
    logs = []
    for cycles in types:
        orbits = sum(length // 2 for length in cycles)
        orbits += sum(math.gcd(a, b) for k, a in enumerate(cycles) for b in cycles[k + 1 :])
        alike = math.prod(math.factorial(cycles.count(length)) for length in set(cycles))
        logs.append(orbits * math.log(2) - math.log(math.prod(cycles) * alike))
    weights = np.exp(np.array(logs) - max(logs))
    return types, weights / weights.sum()


def _partitions(n: int, most: int) -> Iterator[tuple[int, ...]]:
    if n == 0:
        yield ()
    for first in range(min(n, most), 0, -1):
        for others in _partitions(n - first, first):
            yield (first, *others)


def _invariant(following: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A uniform graph among those that a permutation leaves as they are."""
    n = len(following)
    found = np.full((n, n), -1.0)
    for i, j in zip(*np.triu_indices(n, 1), strict=True):
        edge = float(rng.integers(2))
        # All images of a pair are edges, or none is.
        while found[i, j] < 0:
            found[i, j] = found[j, i] = edge
            i, j = following[i], following[j]
    np.fill_diagonal(found, 0.0)
    return found
