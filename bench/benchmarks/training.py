"""Training of the meta-learner: the roll-out, one step, and an epoch of five seeds side by side."""

import functools
import time

import jax
import numpy as np

from replication.kinds.meta_learning_settings import Learner
from replication.metalearner.network import initialise
from replication.metalearner.training import meta_loss, train

from .compiled import Compiled
from .graphs import graphs, tasks

_QUERIES = 10


@functools.cache
def _tasks(count):
    """`count` graphs of n = 8 nodes at p = 4."""
    return tasks(graphs(8, 0, count), 4)


def _network(key):
    angles = np.concatenate([np.full(4, 0.2), np.full(4, -0.3)])
    return initialise(angles, 32, "plain", starts_there=False, key=key)


def _loss(network, tasks):
    return meta_loss(network, tasks, queries=_QUERIES, loss="observed_improvement", weight=0.5)


_KINDS = {"value": _loss, "value and gradient": jax.value_and_grad(_loss)}


class Step(Compiled):
    """The meta-loss of 64 roll-outs: n = 8, p = 4, T = 10, LSTM of 32."""

    params = list(_KINDS)
    param_names = ["kind"]

    def setup(self, kind):
        self.prepare(_KINDS[kind], _network(jax.random.key(1)), _tasks(64))

    def time_call(self, kind):
        self.run()


class CompileStep:
    """Tracing and compiling of that step with its gradient, from nothing."""

    number = 1
    repeat = (1, 3, 10.0)
    warmup_time = 0

    def setup(self):
        self.arguments = _network(jax.random.key(1)), _tasks(64)
        jax.config.update("jax_enable_compilation_cache", False)

    def time_value_and_gradient(self):
        jax.clear_caches()
        jax.jit(_KINDS["value and gradient"]).lower(*self.arguments).compile()


class Epoch:
    """Five seeds side by side, from one validation check to the next: 5 steps."""

    timeout = 300

    def track_seconds(self):
        """The best of two epochs after the first, which compiles."""
        learner = Learner(hidden=32, steps=15, batch=64, validate_every=5)
        batch, keys, ends = {"8": _tasks(64)}, jax.random.split(jax.random.key(2), 5), []
        train(
            learner,
            jax.vmap(_network)(keys),
            batch,
            batch,
            queries=_QUERIES,
            keys=keys,
            report=lambda *_: ends.append(time.perf_counter()),
        )
        return float(np.diff(ends).min())

    track_seconds.unit = "s"
