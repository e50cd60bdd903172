"""Energy and gradient of single circuits and of batches, by size and depth; compilation apart."""

import itertools

import jax
import numpy as np

from replication.ansatze import hubbard as hubbard_module
from replication.ansatze import hubbard_grouped, hubbard_swap_network
from replication.ansatze.base import stack
from replication.ansatze.hubbard import hubbard_ansatz
from replication.ansatze.qaoa import qaoa
from replication.landscapes import models
from replication.problems.hubbard import Hubbard, hubbard
from replication.problems.sk import SK
from replication.simulators import ising

from .compiled import Compiled


def _energy(ansatz, theta):
    return ansatz.energy(theta)


_KINDS = {
    "value": _energy,
    "value and gradient": jax.value_and_grad(_energy, argnums=1),
}


def _angles(ansatz, *batch):
    return np.random.default_rng(0).uniform(-0.5, 0.5, (*batch, ansatz.num_parameters))


def _glass(n, p, seed=0):
    return qaoa(SK().at(n).sample(jax.random.key(seed)), p)


def _ladder(size):
    width, height = map(int, size.split("x"))
    return hubbard((width, height), t=1.0, u=4.0)


class QAOABatch(Compiled):
    """128 spin glasses, p = 5: a training step's inner call."""

    params = [[8, 10], list(_KINDS)]
    param_names = ["n", "kind"]

    def setup(self, n, kind):
        ansatze = [_glass(n, 5, seed) for seed in range(128)]
        self.prepare(jax.vmap(_KINDS[kind]), stack(ansatze), _angles(ansatze[0], 128))

    def time_call(self, n, kind):
        self.run()


class QAOASingle(Compiled):
    """One spin glass: a query of the evaluation."""

    params = [[8, 12, 16, 20, 22], [1, 5, 10], list(_KINDS)]
    param_names = ["n", "p", "kind"]
    watched = [(n, 5, kind) for n in (12, 16) for kind in _KINDS]

    def setup(self, n, p, kind):
        ansatz = _glass(n, p)
        self.prepare(_KINDS[kind], ansatz, _angles(ansatz))

    def time_call(self, n, p, kind):
        self.run()


class QAOALarge:
    """Value and gradient of n = 22, p = 10, planned and not run."""

    timeout = 120
    number = 1
    repeat = (1, 3, 10.0)
    warmup_time = 0

    def track_states(self):
        """Temporary arrays in units of the state, of which symmetry keeps half."""
        n, p, real = 22, 10, np.dtype(np.float64)

        def energy(diagonal, gammas, betas):
            return ising.energy(diagonal, gammas, betas, symmetric=True)

        shapes = [jax.ShapeDtypeStruct((size,), real) for size in (2 ** (n - 1), p, p)]
        both = jax.value_and_grad(energy, argnums=(1, 2))
        plan = jax.jit(both).lower(*shapes).compile().memory_analysis()
        return plan.temp_size_in_bytes / (2 ** (n - 1) * 2 * real.itemsize)

    track_states.unit = "states"

    def time_compilation(self):
        jax.config.update("jax_enable_compilation_cache", False)
        jax.clear_caches()
        self.track_states()


class LayersBatch(Compiled):
    """50 random circuits of 2 n layers with gradients: a cell of a landscape's probe."""

    params = [[6, 10], list(_KINDS)]
    param_names = ["n", "kind"]

    def setup(self, n, kind):
        circuits = [models.mcclean(n, 2 * n, jax.random.key(seed)) for seed in range(50)]
        self.prepare(jax.vmap(_KINDS[kind]), stack(circuits), _angles(circuits[0], 50))

    def time_call(self, n, kind):
        self.run()


class LayersSingle(Compiled):
    """One random circuit of 20 layers."""

    params = [[8, 12, 16], list(_KINDS)]
    param_names = ["n", "kind"]
    watched = [(12, kind) for kind in _KINDS]

    def setup(self, n, kind):
        one = models.mcclean(n, 20, jax.random.key(0))
        self.prepare(_KINDS[kind], one, _angles(one))

    def time_call(self, n, kind):
        self.run()


class HubbardSingle(Compiled):
    """One ladder at half filling, r = 3."""

    params = [["2x2", "2x3", "2x4", "2x5"], ["swap_network", "grouped"], list(_KINDS)]
    param_names = ["size", "ansatz", "kind"]
    watched = list(itertools.product(params[0][:3], *params[1:]))

    def setup(self, size, ansatz, kind):
        one = hubbard_ansatz(_ladder(size), steps=3, kind=ansatz)
        self.prepare(_KINDS[kind], one, _angles(one))

    def time_call(self, size, ansatz, kind):
        self.run()


class HubbardBatch(Compiled):
    """32 ladders, r = 3, swap network, with gradients: half a training step's inner call."""

    params = ["2x2", "2x3"]
    param_names = ["size"]

    def setup(self, size):
        width, height = map(int, size.split("x"))
        ensemble = Hubbard(t_range=(0.1, 2.0), u_range=(0.1, 4.0)).at((width, height))
        keys = jax.random.split(jax.random.key(0), 32)
        ansatze = [hubbard_ansatz(ensemble.sample(key), steps=3) for key in keys]
        both = jax.vmap(_KINDS["value and gradient"])
        self.prepare(both, stack(ansatze), _angles(ansatze[0], 32))

    def time_call(self, size):
        self.run()


class Compile:
    """Tracing and compiling value and gradient, from nothing."""

    number = 1
    repeat = (1, 3, 10.0)
    warmup_time = 0
    params = ["QAOA n = 12, p = 5", "Hubbard 2x3, r = 3", "Hubbard 2x4, r = 3"]
    param_names = ["circuit"]

    def setup(self, circuit):
        if circuit.startswith("QAOA"):
            self.ansatz = _glass(12, 5)
        else:
            self.ansatz = hubbard_ansatz(_ladder(circuit.split()[1].rstrip(",")), steps=3)
        self.theta = _angles(self.ansatz)
        jax.config.update("jax_enable_compilation_cache", False)

    def time_value_and_gradient(self, circuit):
        jax.clear_caches()
        jax.jit(_KINDS["value and gradient"]).lower(self.ansatz, self.theta).compile()


class Sector:
    """Everything of a ladder that is made once, before any energy: bases, tables of hops."""

    number = 1
    repeat = (1, 3, 10.0)
    warmup_time = 0
    params = ["2x3", "2x4"]
    param_names = ["size"]

    def setup(self, size):
        self.ansatz = hubbard_ansatz(_ladder(size), steps=3)
        self.shape = jax.ShapeDtypeStruct((self.ansatz.num_parameters,), np.float64)

    def time_construction(self, size):
        # Tracing needs all of it; a fresh function shares no trace with the last one.
        for module in (hubbard_module, hubbard_grouped, hubbard_swap_network):
            for cached in vars(module).values():
                getattr(cached, "cache_clear", int)()
        jax.eval_shape(lambda theta: self.ansatz.energy(theta), self.shape)
