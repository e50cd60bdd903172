"""Energy and gradient of single circuits and of batches; compilation apart."""

import jax
import numpy as np

from replication.ansatze.hubbard import hubbard_ansatz
from replication.ansatze.qaoa import qaoa
from replication.classes import stack
from replication.problems.hubbard import HubbardEnsemble, hubbard
from replication.problems.sk import SKEnsemble


def _energy(ansatz, theta):
    return ansatz.energy(theta)


_KINDS = {
    "value": _energy,
    "value and gradient": jax.value_and_grad(_energy, argnums=1),
}


def _angles(ansatz, *batch):
    return np.random.default_rng(0).uniform(-0.5, 0.5, (*batch, ansatz.num_parameters))


def _glass(n, p, seed=0):
    return qaoa(SKEnsemble(n).sample(jax.random.key(seed)), p)


class _Kernel:
    """A compiled call on arrays that are already in place."""

    number = 0
    repeat = (3, 20, 1.0)
    warmup_time = 0.1

    def prepare(self, function, *arguments):
        self.arguments = jax.device_put(arguments)
        self.function = jax.jit(function).lower(*self.arguments).compile()
        self.run()

    def run(self):
        jax.block_until_ready(self.function(*self.arguments))


class QAOABatch(_Kernel):
    """128 spin glasses, n = 8, p = 5: a training step's inner call."""

    params = list(_KINDS)
    param_names = ["kind"]

    def setup(self, kind):
        ansatze = [_glass(8, 5, seed) for seed in range(128)]
        self.prepare(jax.vmap(_KINDS[kind]), stack(ansatze), _angles(ansatze[0], 128))

    def time_call(self, kind):
        self.run()


class QAOASingle(_Kernel):
    """One spin glass, p = 5: a query of the evaluation."""

    params = [[12, 16], list(_KINDS)]
    param_names = ["n", "kind"]

    def setup(self, n, kind):
        ansatz = _glass(n, 5)
        self.prepare(_KINDS[kind], ansatz, _angles(ansatz))

    def time_call(self, n, kind):
        self.run()


class HubbardSingle(_Kernel):
    """Value and gradient of one ladder of 2×3 sites at half filling, r = 3."""

    params = ["swap_network", "grouped"]
    param_names = ["ansatz"]

    def setup(self, ansatz):
        one = hubbard_ansatz(hubbard((2, 3), t=1.0, u=4.0), steps=3, kind=ansatz)
        self.prepare(_KINDS["value and gradient"], one, _angles(one))

    def time_call(self, ansatz):
        self.run()


class HubbardBatch(_Kernel):
    """32 ladders of 2×3 sites, r = 3, swap network: half a training step's inner call."""

    def setup(self):
        ensemble = HubbardEnsemble((2, 3), (0.1, 2.0), (0.1, 4.0))
        keys = jax.random.split(jax.random.key(0), 32)
        ansatze = [hubbard_ansatz(ensemble.sample(key), steps=3) for key in keys]
        both = jax.vmap(_KINDS["value and gradient"])
        self.prepare(both, stack(ansatze), _angles(ansatze[0], 32))

    def time_call(self):
        self.run()


class Compile:
    """Tracing and compiling value and gradient, from nothing."""

    number = 1
    repeat = (1, 3, 10.0)
    warmup_time = 0
    params = ["QAOA n = 12, p = 5", "Hubbard 2x3, r = 3"]
    param_names = ["circuit"]

    def setup(self, circuit):
        if circuit.startswith("QAOA"):
            self.ansatz = _glass(12, 5)
        else:
            self.ansatz = hubbard_ansatz(hubbard((2, 3), t=1.0, u=4.0), steps=3)
        self.theta = _angles(self.ansatz)
        jax.config.update("jax_enable_compilation_cache", False)

    def time_value_and_gradient(self, circuit):
        jax.clear_caches()
        jax.jit(_KINDS["value and gradient"]).lower(self.ansatz, self.theta).compile()
