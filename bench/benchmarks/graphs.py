"""MaxCut graphs that several benchmarks share, by size and seed."""

import functools

import jax

from replication.metalearner.rollout import batch_of
from replication.problems.maxcut import MaxCutEnsemble
from replication.study import Experiment


@functools.cache
def graphs(n, seed, count):
    """`count` graphs of `n` nodes."""
    return [MaxCutEnsemble(n).sample(key) for key in jax.random.split(jax.random.key(seed), count)]


def tasks(problems, p):
    """The graphs as a batch of tasks for QAOA of depth `p`."""
    size = str(problems[0].num_spins)
    experiment = {
        "problem": {"kind": "maxcut"},
        "title": "benchmark",
        "depth": p,
        "train_sizes": [size],
        "test": {size: 1},
        "headline_size": size,
        "learners": {"plain": {}},
    }
    return batch_of(Experiment.model_validate(experiment), problems)
