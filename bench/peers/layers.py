"""Layered random circuits as work for peers: rotations about random axes, a ladder of CZ.

J. R. McClean et al., doi:10.1038/s41467-018-07090-4, cost $Z_0 Z_1$; the circuits of
`replication.landscapes.models.mcclean`.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from bench.peers import workloads
from bench.peers.workloads import Circuit, Own, Workload
from replication.ansatze.base import stack
from replication.landscapes import models
from replication.seeds import generator_for, key_for
from replication.simulators import circuits as simulator
from replication.simulators import stacked

LAYERS = 10
"""few, since peers in JAX compile every gate: a gradient of n = 12 takes them a minute or more"""
BATCH = 50
"""circuits that the probe of gradients takes together"""
FORMS = {
    "alone": "one circuit",
    "angles": f"one circuit at {BATCH} sets of angles",
    "circuits": f"{BATCH} circuits",
}
"""in words, the last at angles of their own"""
_SIZES = {"alone": (8, 12), "angles": (8, 10, 12), "circuits": (8, 10, 12)}
_AXES = ("", "rx", "ry", "rz")


class Layers(Workload):
    """One of `FORMS` at some number of qubits.

    The axes of one circuit are known when a peer compiles it, those of 50 circuits are data: there
    the gate is `turn`. A peer that loops over circuits may use rotations of fixed axes for both.
    """

    def __init__(self, form: str, num_qubits: int) -> None:
        super().__init__(f"layers-{form}", str(num_qubits), LAYERS)

    @property
    def form(self) -> str:
        """One of `FORMS`."""
        return self.family.split("-")[1]

    @property
    def amplitudes(self) -> int:
        """Of the states of all instances: there is no symmetry."""
        return len(self.problems) * 2**self.num_qubits

    @functools.cached_property
    def problems(self) -> list[simulator.Circuit]:
        """The circuits, which have no other problem than themselves."""
        count = BATCH if self.form == "circuits" else 1
        keys = [key_for(workloads.SEED, "peers", self.name, i) for i in range(count)]
        drawn = [models.mcclean(self.num_qubits, self.depth, key) for key in keys]
        return drawn * BATCH if self.form == "angles" else drawn

    @property
    def ansatze(self) -> list[simulator.Circuit]:
        """Our circuits."""
        return self.problems

    @functools.cached_property
    def thetas(self) -> np.ndarray:
        """Angles, `(instances, parameters)`, uniform on (-π, π) radians as in the probe."""
        shape = len(self.problems), self.depth * self.num_qubits
        return generator_for(workloads.SEED, "peers", self.name).uniform(-np.pi, np.pi, shape)

    @property
    def axes(self) -> np.ndarray:
        """1, 2 or 3 for X, Y or Z: `(instances, slots)`."""
        return np.array([np.ravel(one.layer[0].axes) for one in self.problems])

    @property
    def circuits(self) -> list[Circuit]:
        """The instances as gates."""
        return [_layers(self, axes) for axes in self.axes]

    def own(self, precision: str) -> Own:
        """Our simulator on it: of stacks for a batch."""
        return OwnLayers(self, precision)


def _layers(workload: Layers, axes: np.ndarray) -> Circuit:
    n = workload.num_qubits
    circuit = Circuit(
        gates=[("tilt", [qubit], np.pi / 4) for qubit in range(n)],
        dependence=[],
        weights=[],
        terms=[[(0, "Z"), (1, "Z")]],
        coefficients=[1.0],
    )
    for slot, axis in enumerate(axes.tolist()):
        name = "turn" if workload.form == "circuits" else _AXES[axis]
        circuit.rotate(name, [slot % n], {slot: 1.0})
        if slot % n == n - 1:
            circuit.gates += [("cz", list(pair), None) for pair in simulator.ladder(n)]
    return circuit


class OwnLayers(Own):
    """`Circuit.energy` of a single circuit, `stacked.values_and_gradients` of a batch.

    The value of a batch is the first half of the latter; XLA leaves out what only gradients need.
    """

    def __init__(self, workload: Layers, precision: str) -> None:
        if workload.form == "alone":
            super().__init__(workload, precision)
            return
        self.workload = workload
        self._shape = (len(workload.problems),)
        self._arguments = jax.device_put(
            (stack(workload.problems), workload.thetas.astype(precision))
        )
        both = stacked.values_and_gradients
        functions: dict[str, Callable[..., Any]] = {
            "value": lambda *arguments: both(*arguments)[0],
            "gradient": both,
        }
        self._compiled = {
            quantity: jax.jit(function).lower(*self._arguments).compile()
            for quantity, function in functions.items()
        }

    def task(self, seconds: float) -> dict[str, Any]:
        """What a peer's process is given; the axes apart where they are data."""
        found = super().task(seconds)
        if isinstance(self.workload, Layers) and self.workload.form == "circuits":
            found["axes"] = self.workload.axes.tolist()
        return found


def layers() -> list[Layers]:
    """All of them, one form after the other, the smaller first."""
    return [Layers(form, size) for form, sizes in _SIZES.items() for size in sizes]
