r"""The formulation our kernels began with, written plainly in JAX: what they gain beyond it.

QAOA: the half of the amplitudes that spin-flip symmetry leaves, the mixer as real rotations of
blocks of four qubits, sine and cosine by polynomials, layers unrolled, and a reverse pass that
undoes them; `replication.simulators.ising` explains each. Hubbard: dense matrices in the sector of
fixed particle numbers, differentiated by JAX.
"""

import functools
import itertools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

LABEL = "plain JAX"
PACKAGE = "jax"
PRECISION = "float64"

_BLOCK = 4
_HALF_PI = (1.5707963267341256, 6.077100506506192e-11)
# Cephes, S. L. Moshier; highest order first.
_SIN = (
    *(1.58962301576546568060e-10, -2.50507477628578072866e-8, 2.75573136213857245213e-6),
    *(-1.98412698295895385996e-4, 8.33333333332211858878e-3, -1.66666666666666307295e-1),
)
_COS = (
    *(-1.13585365213876817300e-11, 2.08757008419747316778e-9, -2.75573141792967388112e-7),
    *(2.48015872888517045348e-5, -1.38888888888730564116e-3, 4.16666666666665929218e-2),
)


def _sincos(x: Any) -> tuple[Any, Any]:
    quarter = jnp.round(x * (2 / np.pi))
    r = x - quarter * _HALF_PI[0] - quarter * _HALF_PI[1]
    z = r * r
    sin = r + r * z * functools.reduce(lambda sum_, c: sum_ * z + c, _SIN)
    cos = 1 - z / 2 + z * z * functools.reduce(lambda sum_, c: sum_ * z + c, _COS)
    k = quarter.astype(jnp.int32)
    sin, cos = jnp.where(k & 1, cos, sin), jnp.where(k & 1, sin, cos)
    return jnp.where(k & 2, -sin, sin), jnp.where((k + 1) & 2, -cos, cos)


def _rotation(beta: Any, count: int) -> Any:
    c, s = jnp.cos(beta), jnp.sin(beta)
    return functools.reduce(jnp.kron, [jnp.array([[c, s], [-s, c]])] * count)


def _generator(count: int) -> np.ndarray:
    single = np.array([[0.0, 1.0], [-1.0, 0.0]])
    places = range(count)
    return sum(np.kron(np.kron(np.eye(2**q), single), np.eye(2 ** (count - 1 - q))) for q in places)


def _blocks(bits: int) -> list[int]:
    return [_BLOCK] * (bits // _BLOCK) + [bits % _BLOCK] * (bits % _BLOCK > 0)


class _QAOA:
    """Value and slopes of one instance; states are pairs of real arrays."""

    def __init__(self, task: Any) -> None:
        task.offered(("h", "rzz", "rx"), "written for QAOA and Hubbard ladders only")
        if task.num_qubits % 2:
            raise NotImplementedError("written for even numbers of qubits")
        self.bits, self.depth = task.num_qubits - 1, task.depth
        index = np.arange(2**self.bits)
        bit = (index[:, None] >> np.arange(task.num_qubits)[::-1]) & 1
        spins = 1.0 - 2 * bit
        pairs = np.array([[qubit for qubit, _ in term] for term in task.terms])
        self.diagonals = np.zeros((task.instances, 2**self.bits))
        for (i, j), coefficients in zip(pairs, task.coefficients.T, strict=True):
            self.diagonals += np.outer(coefficients, spins[:, i] * spins[:, j])
        ones = bit.sum(axis=1)
        start = (-1j) ** (ones % 4) / 2 ** (task.num_qubits / 2)
        self.start = np.array([start.real, start.imag])
        self.sign = np.real(1j**task.num_qubits) * (1.0 - 2 * (ones % 2))

    def _flip(self, v: Any) -> Any:
        return self.sign * v[::-1]

    def _phase(self, state: Any, sin: Any, cos: Any) -> Any:
        re, im = state
        return cos * re + sin * im, cos * im - sin * re

    def _product(self, v: Any, matrix: Any) -> Any:
        return jnp.dot(matrix, v.reshape(-1, len(matrix)).T).reshape(-1)

    def _evolve(self, theta: Any, diagonal: Any) -> Any:
        state = tuple(self.start)
        for gamma, beta in zip(theta[: self.depth], theta[self.depth :], strict=True):
            state = self._phase(state, *_sincos(gamma * diagonal))
            for k in reversed(_blocks(self.bits)):
                state = tuple(self._product(v, _rotation(beta, k)) for v in state)
            c, s = jnp.cos(beta), jnp.sin(beta)
            state = tuple(c * v - s * self._flip(v) for v in state)
        return state

    def _mean(self, state: Any, diagonal: Any) -> Any:
        return 2 * jnp.sum(diagonal * (state[0] ** 2 + state[1] ** 2))

    def value(self, theta: Any, diagonal: Any) -> Any:
        return self._mean(self._evolve(theta, diagonal), diagonal)

    def gradient(self, theta: Any, diagonal: Any) -> Any:
        psi = self._evolve(theta, diagonal)
        energy = self._mean(psi, diagonal)
        lam = tuple(diagonal * v for v in psi)
        slopes = []
        for layer in reversed(range(self.depth)):
            gamma, beta = theta[layer], theta[self.depth + layer]
            c, s = jnp.cos(beta), jnp.sin(beta)
            d_beta = -sum(jnp.vdot(a, self._flip(v)) for a, v in zip(lam, psi, strict=True))
            psi, lam = (tuple(c * v + s * self._flip(v) for v in one) for one in (psi, lam))
            for k in reversed(_blocks(self.bits)):
                for a, v in zip(lam, psi, strict=True):
                    overlap = a.reshape(-1, 2**k).T @ v.reshape(-1, 2**k)
                    d_beta += jnp.sum(_generator(k) * overlap)
                back = _rotation(-beta, k)
                psi, lam = (tuple(self._product(v, back) for v in one) for one in (psi, lam))
            slope = lam[0] * psi[1] - lam[1] * psi[0]
            sin, cos = _sincos(gamma * diagonal)
            psi, lam = (self._phase(one, -sin, cos) for one in (psi, lam))
            slopes.append((jnp.vdot(diagonal, slope), d_beta))
        return energy, 4 * jnp.array(slopes[::-1]).T.reshape(-1)


def _hubbard(task: Any) -> Callable[..., Any]:
    """The state as a matrix over the determinants of both spins."""
    lattice = task.lattice
    sites, filling = lattice["sites"], lattice["filling"]
    orbitals, levels = np.array(lattice["orbitals"]), np.array(lattice["levels"])
    occupied = [list(itertools.combinations(range(sites), count)) for count in filling]
    [to_up, to_down] = [
        np.array([[np.linalg.det(orbitals[np.ix_(a, b)]) for b in sets] for a in sets])
        for sets in occupied
    ]
    [up, down] = [
        np.array([[float(site in one) for site in range(sites)] for one in sets])
        for sets in occupied
    ]
    first = [sets.index(tuple(one)) for sets, one in zip(occupied, lattice["filled"], strict=True)]
    start = np.outer(to_up[:, first[0]], to_down[:, first[1]])
    doubles = up @ down.T
    hopping = lattice["t"] * np.add.outer(up @ levels.sum(axis=0), down @ levels.sum(axis=0))

    def energy(theta: Any) -> Any:
        state = start
        for repulsion, hops in zip(lattice["repulsions"], lattice["hops"], strict=True):
            phases = sum(weight * theta[k] * levels[letter] for k, letter, weight in hops)
            state = jnp.exp(-1j * theta[repulsion] * doubles) * state
            state = to_up.T @ state @ to_down
            state = jnp.exp(-1j * (up @ phases))[:, None] * state * jnp.exp(-1j * (down @ phases))
            state = to_up @ state @ to_down.T
        of_levels = to_up.T @ state @ to_down
        repelled = lattice["u"] * jnp.sum(doubles * jnp.abs(state) ** 2)
        return jnp.sum(hopping * jnp.abs(of_levels) ** 2) + repelled

    return energy


def value(task: Any) -> Callable[[], Any]:
    """The energy."""
    if task.lattice:
        return task.placed(_hubbard(task), task.thetas)
    own = _QAOA(task)
    return task.placed(own.value, task.thetas, own.diagonals)


def gradient(task: Any) -> Callable[[], Any]:
    """The reverse pass of QAOA, `jax.value_and_grad` of Hubbard."""
    if task.lattice:
        return task.placed(jax.value_and_grad(_hubbard(task)), task.thetas)
    own = _QAOA(task)
    return task.placed(own.gradient, task.thetas, own.diagonals)
