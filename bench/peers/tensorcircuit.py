"""TensorCircuit-NG on its JAX backend: circuits as tensor networks, differentiated by JAX."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorcircuit as tc

LABEL = "TensorCircuit-NG"
PACKAGE = "tensorcircuit-ng"
PRECISION = "float64"

_FIXED = ("h", "x", "z", "cz")
_PARAMETRISED = ("rx", "ry", "rz", "rzz", "phase", "cphase")


def _givens(angle: float) -> np.ndarray:
    """The first qubit is the most significant bit: |10> is index 2."""
    matrix = np.eye(4)
    matrix[1:3, 1:3] = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    return matrix


def _energy(task: Any) -> Callable[..., Any]:
    """Gates go by the names that tasks give them, with the same angles."""
    task.offered((*_PARAMETRISED, *_FIXED, "givens", "tilt", "turn"))
    tc.set_backend("jax")
    tc.set_dtype("complex128")
    strings = [
        {axis: [q for q, p in term if p == axis.upper()] for axis in "xyz"} for term in task.terms
    ]

    def energy(theta: Any, weights: Any, coefficients: Any, axes: Any = None) -> Any:
        angles = task.slot_angles(weights, theta)
        circuit = tc.Circuit(task.num_qubits)
        for name, wires, slot in task.gates:
            if name == "givens":
                circuit.any(*wires, unitary=_givens(slot))
            elif name == "tilt":
                circuit.ry(*wires, theta=slot)
            elif name == "turn":
                circuit.any(*wires, unitary=task.turned(angles[slot], axes[slot]))
            elif name in _FIXED:
                getattr(circuit, name)(*wires)
            else:
                getattr(circuit, name)(*wires, theta=angles[slot])
        total = 0.0
        for coefficient, string in zip(coefficients, strings, strict=True):
            read = circuit.expectation_ps(**string) if any(string.values()) else 1.0
            total = total + coefficient * tc.backend.real(read)
        return total

    return energy


def value(task: Any) -> Callable[[], Any]:
    """`jax.jit`, a batch through `jax.vmap`."""
    return task.compiled(_energy(task), gradient=False)


def gradient(task: Any) -> Callable[[], Any]:
    """`jax.value_and_grad` of the same."""
    return task.compiled(_energy(task), gradient=True)
