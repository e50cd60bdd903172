"""Is the science as good as it was? Small fixed tasks; lower numbers are better."""

import functools

import jax
import numpy as np

from replication.ansatze.base import random_angles
from replication.ansatze.qaoa import qaoa
from replication.evaluation.optima import polish
from replication.evaluation.traces import Noise, trace
from replication.kinds.meta_learning_settings import Evaluation, Learner
from replication.metalearner.network import initialise
from replication.metalearner.training import train
from replication.starts import NaturalPoints, TrainingPoints

from .graphs import graphs, tasks

_P = 2
_SIZE = 6
_STEPS = 60
_TARGET = 1e-2
_BUDGET = 200


def _trained():
    return graphs(_SIZE, 0, 64)


def _tested():
    return graphs(_SIZE, 1, 10)


def _ramp():
    return qaoa(_trained()[0], _P).heuristic()


@functools.cache
def _optimum(index):
    """Best energy of a test graph from eight starts with gradients, the ramp among them."""
    problem = _tested()[index]
    ansatz = qaoa(problem, _P)
    starts = [_ramp(), *random_angles(ansatz, np.random.default_rng(index), 7)]
    return min(polish(ansatz, problem, start)[1] for start in starts)


def _descent(index):
    """Nelder-Mead from the ramp on a test graph."""
    ramp, problem = _ramp(), _tested()[index]
    natural = NaturalPoints(ramp, ramp, 1.0, (problem,), ramp[None], np.eye(ramp.size))
    points = TrainingPoints(ramp, ramp, 1.0, natural)
    rng = np.random.default_rng(index)
    settings, noise = Evaluation(budget=_BUDGET), Noise(rng, rng, rng)
    return trace("ramp", problem, qaoa(problem, _P), points, settings, noise=noise)


class MetaTraining:
    """The network after 60 steps of training at a fixed seed: MaxCut, n = 6, p = 2."""

    timeout = 300

    def track_gap(self):
        """Best normalised cost of ten queries on the validation graphs, above their optima."""
        learner = Learner(hidden=16, steps=_STEPS, batch=32, validate_every=_STEPS)
        keys = jax.random.split(jax.random.key(2), 1)

        def network(key):
            return initialise(_ramp(), 16, "plain", starts_there=False, key=key)

        size = str(_SIZE)
        trained = train(
            learner,
            jax.vmap(network)(keys),
            {size: tasks(_trained(), _P)},
            {size: tasks(_tested(), _P)},
            queries=10,
            keys=keys,
        )
        optima = [
            (_optimum(index) - problem.offset) / problem.normaliser
            for index, problem in enumerate(_tested())
        ]
        return float(trained.validation_loss.min() - np.mean(optima))

    track_gap.unit = "cost"


class NelderMead:
    """Nelder-Mead from the ramp on ten graphs: n = 6, p = 2."""

    timeout = 300

    def setup(self):
        # All graphs share one compiled circuit.
        _descent(0)

    def time_ten_instances(self):
        for index in range(10):
            _descent(index)

    time_ten_instances.number = 1

    def track_queries(self):
        """Median queries to a relative error of 1e-2, one more than the budget if unreached."""
        found = []
        for index in range(10):
            optimum, problem = _optimum(index), _tested()[index]
            error = (_descent(index).energy - optimum) / abs(optimum - problem.offset)
            found.append(1 + np.argmax([*(error <= _TARGET), True]))
        return float(np.median(found))

    track_queries.unit = "queries"
