"""MaxCut graphs that several benchmarks use, by size and seed."""

import functools

import jax

from replication.ansatze.qaoa import qaoa
from replication.metalearner.rollout import batch_of
from replication.problems.maxcut import MaxCut


@functools.cache
def graphs(n, seed, count):
    """`count` graphs of `n` nodes."""
    return [MaxCut().at(n).sample(key) for key in jax.random.split(jax.random.key(seed), count)]


def tasks(problems, p):
    """The graphs as a batch of tasks for QAOA of depth `p`."""
    return batch_of(problems, lambda problem: qaoa(problem, p))
