r"""Circuits of equal layers of Pauli rotations and entanglers, with gradients in a few states.

The state after L layers is $|\psi(\theta)\rangle = U_L \cdots U_1 |\psi_0\rangle$; every layer is
the same sequence of operations, whose axes or Pauli strings are data and may differ from layer to
layer: [`Rotations`][], [`StringRotations`][] and [`Entangler`][]. Rotations are
$e^{-i\theta P/2}$, so that a cost has period $2\pi$ in every angle.

Axes, strings and the first state are leaves of a pytree: `jax.vmap` goes over circuits as over
angles. The reverse pass undoes layer by layer: value and gradient take four states, whatever the
depth; it gives first derivatives only, while [`Circuit.state`][] can be differentiated by JAX as
often as one likes. The dtype of theta decides the precision.

Qubit 0 is the most significant bit of the index (Cirq's order). [`replication.simulators.ising`][]
and [`replication.simulators.fermions`][] are faster where they apply.
"""

import functools
import math
from typing import TYPE_CHECKING, Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from replication.errors import UserError
from replication.simulators.layout import blocks
from replication.simulators.observables import Observable, apply_string, check_qubits
from replication.simulators.precision import full_precision, in_double

if TYPE_CHECKING:
    import cirq

Gate = Literal["cz", "cnot"]
Pairs = tuple[tuple[int, int], ...]

AXES = "IXYZ"
"""Names of the axes 0 … 3."""
PAULIS = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
_BLOCK = 4
"""Qubits whose rotations are one matrix at most."""


class Rotations(eqx.Module):
    r"""One rotation $e^{-i\theta P_q/2}$ on each qubit, $P_q$ by `axes`, whole numbers 0 … 3.

    Axis 0 is the identity, so that its angle changes the global phase alone. In a circuit `axes`
    has the shape `(layers, n)`, here that of one layer, `(n,)`.
    """

    axes: ArrayLike

    @property
    def num_angles(self) -> int:
        """N."""
        return int(np.shape(self.axes)[-1])

    def apply(self, psi: jax.Array, angles: jax.Array) -> jax.Array:
        """The amplitudes after the rotations."""
        paulis = jnp.asarray(PAULIS, psi.dtype)[jnp.asarray(self.axes)]
        single = jax.vmap(_rotation)(paulis, angles)
        for first, size in _blocks_of(self.num_angles):
            matrix = functools.reduce(jnp.kron, [single[first + k] for k in range(size)])
            rows = psi.reshape(2**first, 2**size, -1)
            psi = jnp.einsum("ij,ajb->aib", matrix, rows).reshape(-1)
        return psi

    def undo(self, psi: jax.Array, angles: jax.Array) -> jax.Array:
        """The amplitudes before the rotations."""
        return self.apply(psi, -angles)

    def slopes(self, psi: jax.Array, dual: jax.Array) -> jax.Array:
        r"""$\mathrm{Im}\langle\lambda|P_q|\psi\rangle$ after the rotations, shape `(n,)`."""
        found = []
        for first, size in _blocks_of(self.num_angles):
            shape = (2**first, 2**size, -1)
            pairs = jnp.einsum("aib,ajb->ij", dual.reshape(shape).conj(), psi.reshape(shape))
            for k in range(size):
                split = (2**k, 2, 2 ** (size - 1 - k))
                found.append(jnp.einsum("aibajb->ij", pairs.reshape(*split, *split)))
        paulis = jnp.asarray(PAULIS, psi.dtype)[jnp.asarray(self.axes)]
        return jnp.einsum("qij,qij->q", paulis, jnp.stack(found)).imag

    def gates(self, angles: np.ndarray, qubits: "list[cirq.Qid]") -> "list[cirq.Operation]":
        """The same for Cirq."""
        import cirq

        makers = (None, cirq.rx, cirq.ry, cirq.rz)
        axes = np.asarray(self.axes)
        found = [(makers[axis], q) for q, axis in enumerate(axes.tolist())]
        return [make(angles[q])(qubits[q]) for make, q in found if make is not None]


class StringRotations(eqx.Module):
    r"""Rotations $e^{-i\theta_k P_k/2}$ by whole Pauli strings, the first one first.

    The masks `x` and `z` are those of [`apply_string`][], in a circuit of shape `(layers, k)`, here
    `(k,)`; no string may be the identity.
    """

    x: ArrayLike
    z: ArrayLike

    @property
    def num_angles(self) -> int:
        """K."""
        return int(np.shape(self.x)[-1])

    def apply(self, psi: jax.Array, angles: jax.Array) -> jax.Array:
        """The amplitudes after the rotations."""
        for k in range(self.num_angles):
            psi = self._one(psi, angles[k], k)
        return psi

    def undo(self, psi: jax.Array, angles: jax.Array) -> jax.Array:
        """The amplitudes before the rotations."""
        for k in reversed(range(self.num_angles)):
            psi = self._one(psi, -angles[k], k)
        return psi

    def slopes_and_before(
        self, psi: jax.Array, dual: jax.Array, angles: jax.Array
    ) -> tuple[jax.Array, jax.Array, jax.Array]:
        """The derivatives, and both states before the rotations: strings need not commute."""
        found = []
        for k in reversed(range(self.num_angles)):
            found.append(jnp.vdot(dual, self._string(psi, k)).imag)
            psi, dual = (self._one(each, -angles[k], k) for each in (psi, dual))
        return jnp.stack(found[::-1]), psi, dual

    def _string(self, psi: jax.Array, k: int) -> jax.Array:
        return apply_string(psi, jnp.asarray(self.x)[k], jnp.asarray(self.z)[k])

    def _one(self, psi: jax.Array, angle: jax.Array, k: int) -> jax.Array:
        cosine, sine = (f(angle / 2).astype(psi.dtype) for f in (jnp.cos, jnp.sin))
        return cosine * psi - 1j * sine * self._string(psi, k)

    def gates(self, angles: np.ndarray, qubits: "list[cirq.Qid]") -> "list[cirq.Operation]":
        """The same for Cirq."""
        import cirq

        found = []
        for angle, x, z in zip(angles, np.asarray(self.x), np.asarray(self.z), strict=True):
            bits = [
                (int(m) >> (len(qubits) - 1 - q)) & 1 for m in (x, z) for q in range(len(qubits))
            ]
            names = {
                qubit: "IXZY"[bits[q] + 2 * bits[len(qubits) + q]] for q, qubit in enumerate(qubits)
            }
            string: cirq.PauliString[cirq.Qid] = cirq.PauliString(
                {q: getattr(cirq, one) for q, one in names.items() if one != "I"}
            )
            found.append(string ** (angle / math.pi))
        return found


class Entangler(eqx.Module):
    """Gates without angles on pairs of qubits, the first pair first; the first qubit controls."""

    gate: Gate = eqx.field(static=True)
    pairs: Pairs = eqx.field(static=True)
    num_qubits: int = eqx.field(static=True)

    num_angles = 0

    def apply(self, psi: jax.Array, angles: jax.Array) -> jax.Array:
        """The amplitudes after the gates."""
        if self.gate == "cz":
            return psi * jnp.asarray(_signs(self.pairs, self.num_qubits), psi.dtype)
        return psi[_sources(self.pairs, self.num_qubits)]

    def undo(self, psi: jax.Array, angles: jax.Array) -> jax.Array:
        """The amplitudes before the gates."""
        if self.gate == "cz":
            return self.apply(psi, angles)
        return psi[_sources(self.pairs[::-1], self.num_qubits)]

    def gates(self, angles: np.ndarray, qubits: "list[cirq.Qid]") -> "list[cirq.Operation]":
        """The same for Cirq."""
        import cirq

        gate = cirq.CZ if self.gate == "cz" else cirq.CNOT
        return [gate(qubits[a], qubits[b]) for a, b in self.pairs]


Operation = Rotations | StringRotations | Entangler


class Circuit(eqx.Module):
    """Equal layers of operations on a first state, and the observable that is the cost.

    >>> import numpy as np
    >>> from replication.simulators.observables import pauli_sum
    >>> layer = (Rotations(np.ones((3, 2), int)), Entangler("cz", ladder(2), 2))
    >>> circuit = Circuit(layer, pauli_sum({"Z0 Z1": 1.0}, 2), zeros(2), 3)
    >>> circuit.num_parameters, float(np.round(circuit.energy(np.zeros(6)), 6))
    (6, 1.0)

    **Fields:**

    - `layer`: operations; the arrays of each have a first axis of length `layers`.
    - `observable`: H.
    - `first`: amplitudes $(2^n,)$ before the first layer.
    - `layers`: L.

    Angles are ordered layer by layer, operation by operation.
    """

    layer: tuple[Operation, ...]
    observable: Observable
    first: ArrayLike
    layers: int = eqx.field(static=True)

    # By identity, since arrays have no hash and jax.jit(circuit.energy) needs one.
    __hash__ = object.__hash__

    @property
    def num_qubits(self) -> int:
        """N."""
        return int(np.shape(self.first)[-1]).bit_length() - 1

    @property
    def num_parameters(self) -> int:
        """L times the angles of a layer."""
        return self.layers * sum(one.num_angles for one in self.layer)

    @in_double
    def energy(self, theta: ArrayLike) -> jax.Array:
        r"""$\langle\psi(\theta)|H|\psi(\theta)\rangle$, theta of shape `(k,)` in radians.

        In double precision, but for a JAX array, whose dtype the result has.
        """
        return _energy(self.angles_of(theta), self)

    @in_double
    def state(self, theta: ArrayLike) -> jax.Array:
        """Amplitudes $(2^n,)$, which JAX can differentiate forwards and backwards."""
        return _evolve(self, self.angles_of(theta))

    def to_cirq(self, theta: ArrayLike) -> "cirq.Circuit":
        """The same layers for Cirq, without the first state, on qubits `LineQubit(0 … n-1)`."""
        import cirq

        qubits: list[cirq.Qid] = [*cirq.LineQubit.range(self.num_qubits)]
        circuit = cirq.Circuit(cirq.I.on_each(qubits))
        for place, angles in enumerate(np.asarray(self.angles_of(theta))):
            for one, own in zip(
                _at(self.layer, place), angles_by_operation(self.layer, angles), strict=True
            ):
                circuit.append(one.gates(own, qubits))
        return circuit

    def angles_of(self, theta: ArrayLike) -> jax.Array:
        """Theta as `(layers, angles of a layer)`."""
        if np.shape(theta) != (self.num_parameters,):
            raise UserError(
                f"theta has shape {np.shape(theta)}, but this circuit takes "
                f"{self.num_parameters} angles in an array of shape ({self.num_parameters},)"
            )
        angles = jnp.asarray(theta)
        dtype = angles.dtype if angles.dtype == jnp.float32 else float
        return angles.astype(dtype).reshape(self.layers, -1)


States = tuple[jax.Array, jax.Array]
r"""$|\psi\rangle$ and $|\lambda\rangle$, which is $H|\psi\rangle$ taken back as far."""


def _at(layer: tuple[Operation, ...], place: int) -> tuple[Operation, ...]:
    return jax.tree.map(lambda leaf: leaf[place], layer)


def angles_by_operation(layer: tuple[Operation, ...], angles: Any) -> list[Any]:
    """One layer's angles by operation."""
    ends = np.cumsum([one.num_angles for one in layer])
    return [angles[end - one.num_angles : end] for one, end in zip(layer, ends, strict=True)]


@full_precision
def _evolve(circuit: Circuit, angles: jax.Array) -> jax.Array:
    dtype = jnp.complex128 if angles.dtype == jnp.float64 else jnp.complex64

    def step(
        psi: jax.Array, both: tuple[tuple[Operation, ...], jax.Array]
    ) -> tuple[jax.Array, None]:
        layer, own = both
        for one, some in zip(layer, angles_by_operation(layer, own), strict=True):
            psi = one.apply(psi, some)
        return psi, None

    layer = jax.tree.map(jnp.asarray, circuit.layer)
    return jax.lax.scan(step, jnp.asarray(circuit.first, dtype), (layer, angles))[0]


@eqx.filter_custom_vjp
def _energy(angles: jax.Array, circuit: Circuit) -> jax.Array:
    psi = _evolve(circuit, angles)
    return jnp.vdot(psi, circuit.observable.apply(psi)).real


@_energy.def_fwd
def _forward(perturbed: Any, angles: jax.Array, circuit: Circuit) -> tuple[jax.Array, States]:
    psi = _evolve(circuit, angles)
    dual = circuit.observable.apply(psi)
    return jnp.vdot(psi, dual).real, (psi, dual)


@_energy.def_bwd
@full_precision
def _backward(
    kept: States, cotangent: jax.Array, perturbed: Any, angles: jax.Array, circuit: Circuit
) -> jax.Array:
    r"""Undo gate by gate: $\partial_\theta E = \mathrm{Im}\langle\lambda|P|\psi\rangle$."""

    def step(
        states: States, both: tuple[tuple[Operation, ...], jax.Array]
    ) -> tuple[States, jax.Array]:
        layer, own = both
        psi, dual = states
        found: list[jax.Array] = []
        for one, some in reversed([*zip(layer, angles_by_operation(layer, own), strict=True)]):
            if isinstance(one, StringRotations):
                slopes, psi, dual = one.slopes_and_before(psi, dual, some)
                found.insert(0, slopes)
                continue
            if isinstance(one, Rotations):
                found.insert(0, one.slopes(psi, dual))
            psi, dual = one.undo(psi, some), one.undo(dual, some)
        return (psi, dual), jnp.concatenate(found)

    layer = jax.tree.map(jnp.asarray, circuit.layer)
    slopes = jax.lax.scan(step, kept, (layer, angles), reverse=True)[1]
    return cotangent * slopes


def _rotation(pauli: jax.Array, angle: jax.Array) -> jax.Array:
    r"""$e^{-i\theta P/2}$ as a matrix."""
    cosine, sine = (f(angle / 2).astype(pauli.dtype) for f in (jnp.cos, jnp.sin))
    return cosine * jnp.eye(2, dtype=pauli.dtype) - 1j * sine * pauli


def _blocks_of(num_qubits: int) -> list[tuple[int, int]]:
    """Of each block of qubits the first one and how many there are."""
    sizes = blocks(num_qubits, _BLOCK)
    return [(sum(sizes[:at]), size) for at, size in enumerate(sizes)]


@functools.lru_cache(maxsize=64)
def _signs(pairs: Pairs, num_qubits: int) -> np.ndarray:
    """The diagonal of a product of CZ gates."""
    index = np.arange(2**num_qubits)
    both = [_bit(index, a, num_qubits) & _bit(index, b, num_qubits) for a, b in pairs]
    return np.prod([1 - 2.0 * each for each in both], axis=0)


@functools.lru_cache(maxsize=64)
def _sources(pairs: Pairs, num_qubits: int) -> np.ndarray:
    """The index from which each amplitude comes under a sequence of CNOT gates."""
    index = np.arange(2**num_qubits)
    for control, target in reversed(pairs):
        index = index ^ (_bit(index, control, num_qubits) << (num_qubits - 1 - target))
    return index


def _bit(index: np.ndarray, qubit: int, num_qubits: int) -> np.ndarray:
    return (index >> (num_qubits - 1 - qubit)) & 1


def ladder(num_qubits: int) -> Pairs:
    """The pairs (0, 1), (1, 2), … of a chain."""
    return tuple((q, q + 1) for q in range(num_qubits - 1))


def brick(num_qubits: int, start: int) -> Pairs:
    """Every second pair of a chain, from qubit `start`, 0 or 1."""
    return tuple((q, q + 1) for q in range(start, num_qubits - 1, 2))


def zeros(num_qubits: int) -> np.ndarray:
    r"""The state $|0\cdots0\rangle$."""
    return product(np.tile([1.0, 0.0], (num_qubits, 1)))


def product(qubits: ArrayLike) -> np.ndarray:
    """The product state of single-qubit states, shape `(n, 2)`, qubit 0 first."""
    states = np.asarray(qubits)
    check_qubits(len(states))
    return functools.reduce(np.kron, states)
