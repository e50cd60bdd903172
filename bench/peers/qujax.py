"""qujax: gates one by one as tensor contractions in JAX, differentiated by JAX."""

import functools
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import qujax

LABEL = "qujax"
PACKAGE = "qujax"
PRECISION = "float64"


def _phase(half_turns: Any) -> Any:
    return jnp.diag(jnp.exp(1j * jnp.pi * half_turns * np.arange(2)))


def _cphase(half_turns: Any) -> Any:
    phases = jnp.exp(1j * jnp.pi * half_turns * np.array([0, 0, 0, 1]))
    return jnp.diag(phases).reshape(2, 2, 2, 2)


def _givens(angle: float) -> Any:
    """The first qubit is the first axis: |10> is index 2."""
    matrix = np.eye(4)
    matrix[1:3, 1:3] = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    return jnp.asarray(matrix).reshape(2, 2, 2, 2)


def _tilt(angle: float) -> Any:
    c, s = np.cos(angle / 2), np.sin(angle / 2)
    return jnp.array([[c, -s], [s, c]])


_GATES = {
    "h": "H",
    "x": "X",
    "z": "Z",
    "cz": "CZ",
    "rx": "Rx",
    "ry": "Ry",
    "rz": "Rz",
    "rzz": "ZZPhase",
    "phase": _phase,
    "cphase": _cphase,
}


def _energy(task: Any) -> Callable[..., Any]:
    """Gates take angles in half turns; the axis of a `turn` is one more parameter."""
    task.offered((*_GATES, "givens", "tilt", "turn"))

    def turn(half_turns: Any, axis: Any) -> Any:
        return task.turned(jnp.pi * half_turns, axis.astype(int))

    gates, qubits, parameters = [], [], []
    for name, wires, slot in task.gates:
        fixed = name in ("h", "x", "z", "cz", "givens", "tilt")
        match name:
            case "givens":
                gates.append(_givens(slot))
            case "tilt":
                gates.append(_tilt(slot))
            case "turn":
                gates.append(turn)
            case _:
                gates.append(_GATES[name])
        qubits.append(wires)
        of_axis = [task.num_slots + slot] if name == "turn" else []
        parameters.append([] if fixed else [slot, *of_axis])
    state = qujax.get_params_to_statetensor_func(gates, qubits, parameters, task.num_qubits)
    terms = [_observable(term) for term in task.terms]

    # Term by term: qujax's own sum takes neither traced coefficients nor strings of three letters,
    # whose size it finds by a logarithm rounded down.
    def energy(theta: Any, weights: Any, coefficients: Any, axes: Any = ()) -> Any:
        angles = task.slot_angles(weights, theta) / jnp.pi
        final = state(jnp.concatenate([angles, jnp.asarray(axes, float)]))
        return sum(
            coefficients[k] * qujax.statetensor_to_single_expectation(final, *term)
            for k, term in enumerate(terms)
        )

    return energy


def _observable(term: list[tuple[int, str]]) -> tuple[Any, list[int]]:
    """A Pauli string as a tensor, and its qubits."""
    if not term:
        return jnp.eye(2), [0]
    matrix = functools.reduce(np.kron, [np.asarray(getattr(qujax.gates, p)) for _, p in term])
    return jnp.asarray(matrix).reshape((2, 2) * len(term)), [qubit for qubit, _ in term]


def value(task: Any) -> Callable[[], Any]:
    """`jax.jit`, a batch through `jax.vmap`."""
    return task.compiled(_energy(task), gradient=False)


def gradient(task: Any) -> Callable[[], Any]:
    """`jax.value_and_grad` of the same."""
    return task.compiled(_energy(task), gradient=True)
