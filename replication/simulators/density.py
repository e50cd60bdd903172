r"""Circuits with noise, exactly, on density matrices of up to seven qubits.

After every layer of a [`Circuit`][], each qubit goes through a Pauli channel
$\rho \mapsto p_I \rho + p_X X\rho X + p_Y Y\rho Y + p_Z Z\rho Z$. Global depolarising needs no
density matrix: [`depolarised`][] is its closed form.
"""

import functools
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from replication.errors import UserError
from replication.simulators.circuits import Circuit, angles_by_operation
from replication.simulators.precision import full_precision, in_double

MOST = 7
"""Qubits: a density matrix of seven has $2^{14}$ entries."""


class PauliChannel(NamedTuple):
    """Probabilities of X, Y and Z on each qubit after each layer."""

    x: float
    y: float
    z: float

    @property
    def factors(self) -> tuple[float, float, float]:
        """What it multiplies X, Y and Z by: $1 - 2(p_Y + p_Z)$ and so on."""
        x, y, z = self
        return 1 - 2 * (y + z), 1 - 2 * (x + z), 1 - 2 * (x + y)


def depolarising(strength: float) -> PauliChannel:
    """Every Pauli operator shrinks by 1 - strength: each of X, Y, Z has a quarter of it.

    >>> depolarising(0.1).factors
    (0.9, 0.9, 0.9)
    """
    if not 0 <= strength <= 1:
        raise UserError(f"strength = {strength} must be from 0 to 1")
    return PauliChannel(strength / 4, strength / 4, strength / 4)


class NoisyCircuit(eqx.Module):
    r"""A circuit with a Pauli channel on every qubit after every layer.

    JAX differentiates `energy`, $\mathrm{Tr}\,\rho(\theta) H$, through all layers.

    >>> import numpy as np
    >>> from replication.simulators import circuits
    >>> from replication.simulators.observables import pauli_sum
    >>> layer = (circuits.Rotations(np.full((3, 1), 1)),)
    >>> bare = circuits.Circuit(layer, pauli_sum({"Z0": 1.0}, 1), circuits.zeros(1), 3)
    >>> float(np.round(noisy(bare, depolarising(0.1)).energy(np.zeros(3)), 12))  # 0.9 cubed
    0.729
    """

    circuit: Circuit
    probabilities: ArrayLike

    __hash__ = object.__hash__

    @property
    def num_parameters(self) -> int:
        """Those of the circuit."""
        return self.circuit.num_parameters

    @in_double
    def energy(self, theta: ArrayLike) -> jax.Array:
        r"""$\mathrm{Tr}\,\rho(\theta) H$, theta of shape `(k,)` in radians.

        In double precision, but for a JAX array, whose dtype the result has.
        """
        angles = self.circuit.angles_of(theta)
        state = _evolve(self.circuit, angles, self.probabilities)
        return jnp.trace(jax.vmap(self.circuit.observable.apply, 1, 1)(state)).real


def noisy(circuit: Circuit, channel: PauliChannel) -> NoisyCircuit:
    """A circuit with a channel.

    **Raises:** [`UserError`][] for more than seven qubits, and for what are no probabilities.
    """
    if circuit.num_qubits > MOST:
        raise UserError(
            f"{circuit.num_qubits} qubits are more than the {MOST} that a density matrix may have"
        )
    if min(channel) < 0 or sum(channel) > 1:
        raise UserError(f"{channel} must have probabilities of at least 0 that add up to at most 1")
    return NoisyCircuit(circuit, np.array(channel, float))


def depolarised(energy: ArrayLike, mean: ArrayLike, kept: float, layers: int) -> ArrayLike:
    r"""An energy under global depolarising, $q^L (E - \mathrm{Tr}H/2^n) + \mathrm{Tr}H/2^n$.

    $\rho \mapsto q\rho + (1 - q)/2^n$ after each of L layers commutes with all unitaries. Every
    gradient is multiplied by $q^L$.

    **Arguments:** `energy`: without noise; `mean`: of the spectrum; `kept`: q; `layers`: L.
    """
    return jnp.asarray(mean) + kept**layers * (jnp.asarray(energy) - jnp.asarray(mean))


@full_precision
def _evolve(circuit: Circuit, angles: jax.Array, probabilities: ArrayLike) -> jax.Array:
    dtype = jnp.complex128 if angles.dtype == jnp.float64 else jnp.complex64
    weights = jnp.asarray(probabilities, dtype)

    def step(state: jax.Array, both: tuple) -> tuple[jax.Array, None]:  # type: ignore[type-arg]
        layer, own = both
        for one, some in zip(layer, angles_by_operation(layer, own), strict=True):
            apply = jax.vmap(functools.partial(one.apply, angles=some), 1, 1)
            # U rho U^+ is U (U rho)^+ , adjoint.
            state = apply(apply(state).conj().T).conj().T
        for qubit in range(circuit.num_qubits):
            state = _channel(state, weights, qubit)
        return state, None

    first = jnp.asarray(circuit.first, dtype)
    layer = jax.tree.map(jnp.asarray, circuit.layer)
    return jax.lax.scan(step, jnp.outer(first, first.conj()), (layer, angles))[0]


def _channel(state: jax.Array, weights: jax.Array, qubit: int) -> jax.Array:
    """One qubit's Pauli channel: on its block of four, flips of both bits and signs."""
    dimension = state.shape[0]
    split = (2**qubit, 2, dimension // 2 ** (qubit + 1))
    rho = state.reshape(split + split)
    flipped = jnp.flip(rho, (1, 4))
    signs = jnp.array([[1.0, -1.0], [-1.0, 1.0]]).astype(state.dtype).reshape(1, 2, 1, 1, 2, 1)
    x, y, z = weights[0], weights[1], weights[2]
    kept = (1 - x - y - z) * rho + z * _times(signs, rho)
    return (kept + x * flipped + y * _times(signs, flipped)).reshape(state.shape)


def _times(signs: jax.Array, rho: jax.Array) -> jax.Array:
    return jnp.broadcast_to(signs, rho.shape) * rho
