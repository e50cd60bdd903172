r"""The circuits that publications on landscapes use, each made from its numbers and a key.

All are [`Circuit`][]s: `circuit.energy(theta)` is a cost of angles of period $2\pi$.
"""

from typing import Literal

import jax
import numpy as np
from numpy.typing import ArrayLike

from replication.checks import check_whole
from replication.errors import UserError
from replication.simulators import circuits
from replication.simulators.circuits import Circuit, Entangler, Rotations, StringRotations
from replication.simulators.observables import Observable, Projector, diagonal_sum, pauli_sum

Locality = Literal["local", "global"]
X, Y, Z = 1, 2, 3


def mcclean(num_qubits: int, layers: int, key: jax.Array) -> Circuit:
    r"""Layers of rotations about random axes and a ladder of CZ, from $R_Y(\pi/4)$, cost $Z_0 Z_1$.

    J. R. McClean et al., doi:10.1038/s41467-018-07090-4.

    >>> import jax
    >>> mcclean(4, 10, jax.random.key(0)).num_parameters
    40

    **Arguments:** `num_qubits`: n, at least 2; `layers`: L; `key`: of the axes.
    """
    _check(num_qubits, 2, layers)
    axes = np.asarray(jax.random.randint(key, (layers, num_qubits), X, Z + 1))
    layer = (Rotations(axes), Entangler("cz", circuits.ladder(num_qubits), num_qubits))
    cost = pauli_sum({"Z0 Z1": 1.0}, num_qubits)
    return Circuit(layer, cost, tilted(num_qubits), layers)


def limit_of_mcclean(num_qubits: int) -> float:
    r"""Variance of the first gate's derivative in the deep limit, $2^n / [3 (4^n - 1)]$.

    All after the first layer is a 2-design, its axis is uniform, the state $R_Y(\pi/4)|0\rangle$.
    """
    return float(2.0**num_qubits / (3 * (4.0**num_qubits - 1)))


def middle_limit_of_mcclean(num_qubits: int) -> float:
    r"""The same for a gate with a 2-design on both sides, $4^n / [2 (2^n - 1)(2^n + 1)^2]$.

    M. Ragone et al., doi:10.1038/s41467-024-49909-3, for su($2^n$).
    """
    d = 2.0**num_qubits
    return float(d**2 / (2 * (d - 1) * (d + 1) ** 2))


def all_zero(num_qubits: int, locality: Locality) -> Observable:
    r"""$1 - |0\cdots0\rangle\langle0\cdots0|$, or $1 - \frac1n \sum_q |0\rangle\langle0|_q$.

    M. Cerezo et al., doi:10.1038/s41467-021-21728-w.
    """
    if locality == "local":
        terms = {f"Z{q}": -1 / (2 * num_qubits) for q in range(num_qubits)}
        return pauli_sum({**terms, "": 0.5}, num_qubits)
    return diagonal_sum(np.arange(2**num_qubits) > 0)


def product(num_qubits: int, locality: Locality) -> Circuit:
    r"""$R_X(\theta_q)$ on each qubit of $|0\cdots0\rangle$, no entangler; cost [`all_zero`][].

    $\mathrm{Var}\,\partial C = \frac18 (\frac38)^{n-1}$ for the global cost, $1/(8n^2)$ for the
    local one. M. Cerezo et al., doi:10.1038/s41467-021-21728-w.
    """
    _check(num_qubits, 1, 1)
    layer = (Rotations(np.full((1, num_qubits), X)),)
    return Circuit(layer, all_zero(num_qubits, locality), circuits.zeros(num_qubits), 1)


def limit_of_product(num_qubits: int, locality: Locality) -> float:
    """The variance of every derivative of [`product`][], exact."""
    if locality == "local":
        return 1 / (8 * num_qubits**2)
    return float((3 / 8) ** (num_qubits - 1) / 8)


def hardware_efficient(num_qubits: int, layers: int, locality: Locality) -> Circuit:
    """$R_X$ and $R_Y$ on each qubit and a chain of CNOT, layer by layer; cost [`all_zero`][].

    With one layer, the circuit of PennyLane's tutorial on local costs.
    """
    _check(num_qubits, 2, layers)
    layer = (
        Rotations(np.full((layers, num_qubits), X)),
        Rotations(np.full((layers, num_qubits), Y)),
        Entangler("cnot", circuits.ladder(num_qubits), num_qubits),
    )
    return Circuit(layer, all_zero(num_qubits, locality), circuits.zeros(num_qubits), layers)


def ising_chain(num_qubits: int, field: float = 1.0) -> Observable:
    r"""$-\sum_q Z_q Z_{q+1} - h \sum_q X_q$ on an open chain."""
    terms = {f"Z{q} Z{q + 1}": -1.0 for q in range(num_qubits - 1)}
    return pauli_sum(terms | {f"X{q}": -field for q in range(num_qubits)}, num_qubits)


def random_layers(
    num_qubits: int, layers: int, key: jax.Array, observable: Observable | None = None
) -> Circuit:
    r"""[`mcclean`][]'s layers with another cost, that of [`ising_chain`][] unless given."""
    one = mcclean(num_qubits, layers, key)
    cost = ising_chain(num_qubits) if observable is None else observable
    return Circuit(one.layer, cost, one.first, layers)


def random_strings(num_qubits: int, gates: int, key: jax.Array, rank: int) -> Circuit:
    r"""Rotations by random Pauli strings on a random state, cost a projector of some rank.

    Strings are uniform over those that are not the identity, the state is Haar-random, and the
    projector is on the first `rank` basis states, which is no restriction for such a state. Its
    energies are those of a Wishart field with $m = r/(1 - r/2^n)$ degrees of freedom.
    E. R. Anschuetz, arXiv:2109.06957.

    >>> import jax
    >>> random_strings(4, 6, jax.random.key(0), rank=2).num_parameters
    6

    **Arguments:** `num_qubits`: n; `gates`: p; `key`: of strings and state; `rank`: r < 2^n.
    """
    _check(num_qubits, 1, gates)
    if not 1 <= rank < 2**num_qubits:
        raise UserError(f"rank = {rank} must be from 1 to 2^n - 1 = {2**num_qubits - 1}")
    rng = _generator(key)
    strings = _strings(num_qubits, gates, rng)
    state = rng.normal(size=2**num_qubits) + 1j * rng.normal(size=2**num_qubits)
    cost = Projector(np.eye(rank, 2**num_qubits))
    return Circuit((strings,), cost, state / np.linalg.norm(state), gates)


def strings_on_plus(energies: ArrayLike, gates: int, key: jax.Array) -> Circuit:
    r"""Rotations by random Pauli strings on $|+\cdots+\rangle$, cost a diagonal Hamiltonian.

    Strings are uniform over those that are not the identity, as in [`random_strings`][]; state and
    cost are those of QAOA.

    >>> import jax
    >>> strings_on_plus([0.0, 1.0, 1.0, 2.0], 6, jax.random.key(0)).num_parameters
    6

    **Arguments:** `energies`: of all basis states, $(2^n,)$; `gates`: p; `key`: of the strings.

    **Raises:** [`UserError`][] for energies of another shape and `gates` below 1.
    """
    values = np.asarray(energies, float)
    num_qubits = values.size.bit_length() - 1
    if values.ndim != 1 or num_qubits < 1 or values.size != 2**num_qubits:
        raise UserError(f"energies must have the shape (2^n,) of n >= 1, got {values.shape}")
    _check(num_qubits, 1, gates)
    plus = np.full(values.size, values.size**-0.5)
    strings = _strings(num_qubits, gates, _generator(key))
    return Circuit((strings,), diagonal_sum(values), plus, gates)


def _generator(key: jax.Array) -> np.random.Generator:
    return np.random.default_rng(np.asarray(jax.random.bits(key, (4,), np.uint32)))


def _strings(num_qubits: int, gates: int, rng: np.random.Generator) -> StringRotations:
    """One random string a layer."""
    both = rng.integers(1, 4**num_qubits, gates)
    masks = (both >> num_qubits).astype(np.uint32), (both % 2**num_qubits).astype(np.uint32)
    return StringRotations(masks[0][:, None], masks[1][:, None])


def _check(num_qubits: int, least: int, layers: int) -> None:
    check_whole("num_qubits", num_qubits, least)
    check_whole("layers", layers, 1)


def tilted(num_qubits: int) -> np.ndarray:
    r"""$R_Y(\pi/4)$ on every qubit of $|0\cdots0\rangle$."""
    return circuits.product(np.tile([np.cos(np.pi / 8), np.sin(np.pi / 8)], (num_qubits, 1)))
