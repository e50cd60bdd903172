r"""Hermitian operators on qubits: sums of Pauli strings, and projectors of low rank.

Both offer `apply(psi)`, which gives $H|\psi\rangle$ for amplitudes of shape $(2^n,)$, and `mean`,
$\mathrm{Tr} H / 2^n$. Qubit 0 is the most significant bit of the index (Cirq's order).
"""

import re
from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from replication.errors import UserError

_TERM = re.compile(r"([XYZ])(\d+)")
_POWERS = np.array([1, 1j, -1, -1j])


def parity(masks: ArrayLike) -> jax.Array:
    """(-1) to the number of ones of each mask, as whole numbers."""
    ones = jax.lax.population_count(jnp.asarray(masks, jnp.uint32))
    return 1 - 2 * (ones & jnp.uint32(1)).astype(jnp.int32)


def apply_string(psi: jax.Array, x: ArrayLike, z: ArrayLike) -> jax.Array:
    r"""$P|\psi\rangle$ for the Pauli string $P = i^{|x \wedge z|} X^x Z^z$.

    **Arguments:** `psi`: amplitudes $(2^n,)$; `x`, `z`: masks of the qubits with X or Y, and with
    Z or Y; bit $n-1-q$ is qubit $q$.
    """
    x, z = jnp.asarray(x, jnp.uint32), jnp.asarray(z, jnp.uint32)
    source = jnp.arange(psi.size, dtype=jnp.uint32) ^ x
    phase = jnp.asarray(_POWERS, psi.dtype)[jax.lax.population_count(x & z) & jnp.uint32(3)]
    return phase * parity(source & z).astype(psi.dtype) * psi[source]


class PauliSum(eqx.Module):
    r"""$H = \sum_t c_t P_t$, its diagonal part kept as a vector; made by [`pauli_sum`][]."""

    diagonal: ArrayLike
    x: ArrayLike
    z: ArrayLike
    coefficients: ArrayLike
    num_qubits: int = eqx.field(static=True)

    def apply(self, psi: jax.Array) -> jax.Array:
        r"""$H|\psi\rangle$."""
        kept = jnp.asarray(self.diagonal, psi.dtype) * psi
        if not np.shape(self.x)[0]:
            return kept

        def add(total: jax.Array, term: tuple[jax.Array, ...]) -> tuple[jax.Array, None]:
            x, z, coefficient = term
            return total + coefficient.astype(psi.dtype) * apply_string(psi, x, z), None

        terms = jnp.asarray(self.x), jnp.asarray(self.z), jnp.asarray(self.coefficients)
        return jax.lax.scan(add, kept, terms)[0]

    @property
    def mean(self) -> jax.Array:
        """Coefficient of the identity."""
        return jnp.asarray(self.diagonal).mean(-1)


class Projector(eqx.Module):
    r"""$H = \sum_r |v_r\rangle\langle v_r|$ for orthonormal rows $v$, shape `(rank, 2^n)`."""

    vectors: ArrayLike

    def apply(self, psi: jax.Array) -> jax.Array:
        r"""$H|\psi\rangle$."""
        vectors = jnp.asarray(self.vectors, psi.dtype)
        return (vectors.conj() @ psi) @ vectors

    @property
    def mean(self) -> jax.Array:
        """Rank over dimension."""
        rank, dimension = np.shape(self.vectors)[-2:]
        return jnp.asarray(rank / dimension)


Observable = PauliSum | Projector


def pauli_sum(terms: Mapping[str, float], num_qubits: int) -> PauliSum:
    """A sum of Pauli strings.

    >>> observable = pauli_sum({"Z0 Z1": 1.0, "X0": -0.5}, 2)
    >>> print(observable.diagonal)
    [ 1. -1. -1.  1.]

    **Arguments:**

    - `terms`: real coefficients by string, such as `{"Z0 Z1": 1.0, "X0": -0.5, "": 2.0}`, the empty
      one for the identity.
    - `num_qubits`: n, at most 20.

    **Raises:** [`UserError`][] for a string that is none, or that names a qubit twice or one that
    is not there.
    """
    check_qubits(num_qubits)
    diagonal = np.zeros(2**num_qubits)
    flips: dict[tuple[int, int], float] = {}
    index = np.arange(2**num_qubits, dtype=np.uint32)
    for text, coefficient in terms.items():
        x, z = masks_of(text, num_qubits)
        if x:
            flips[x, z] = flips.get((x, z), 0.0) + float(coefficient)
        else:
            odd = np.bitwise_count(index & np.uint32(z)) & 1
            diagonal += float(coefficient) * np.where(odd, -1.0, 1.0)
    masks = np.array([*flips], np.uint32).reshape(-1, 2)
    return PauliSum(diagonal, masks[:, 0], masks[:, 1], np.array([*flips.values()]), num_qubits)


def diagonal_sum(values: ArrayLike) -> PauliSum:
    """The operator that is diagonal with these values, shape $(2^n,)$."""
    diagonal, none = np.asarray(values, float), np.zeros(0, np.uint32)
    return PauliSum(diagonal, none, none, np.zeros(0), diagonal.size.bit_length() - 1)


def masks_of(text: str, num_qubits: int) -> tuple[int, int]:
    """The masks x and z of a Pauli string such as `"X0 Y2"`, see [`apply_string`][]."""
    x = z = 0
    for word in text.split():
        found = _TERM.fullmatch(word)
        if found is None or int(found[2]) >= num_qubits:
            raise UserError(
                f"Pauli string {text!r}: {word!r} must be X, Y or Z and a qubit of "
                f"0 … {num_qubits - 1}, such as X0"
            )
        bit = 1 << (num_qubits - 1 - int(found[2]))
        if (x | z) & bit:
            raise UserError(f"Pauli string {text!r} names qubit {found[2]} twice")
        x |= bit if found[1] in "XY" else 0
        z |= bit if found[1] in "YZ" else 0
    return x, z


def check_qubits(num_qubits: int) -> None:
    """Refuse what is no number of qubits of 1 … 20."""
    whole = isinstance(num_qubits, int | np.integer) and not isinstance(num_qubits, bool)
    if not whole or not 1 <= num_qubits <= 20:
        raise UserError(f"num_qubits = {num_qubits!r} must be a whole number from 1 to 20")
