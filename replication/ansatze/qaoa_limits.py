r"""QAOA's angles and energies in the limit of large sizes: the SK model and regular trees.

Angles are those of [`QAOA`][replication.ansatze.qaoa.QAOA] for $H = \sum Z_i Z_j$: published tables
for a cost that is maximised have both signs reversed, and β of either sign is given as magnitude.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import scipy
from scipy.optimize import minimize

# fmt: off
GAMMA = (
    (0.5,),
    (0.38174, 0.6655),
    (0.32987, 0.56894, 0.64085),
    (0.29502, 0.51444, 0.55852, 0.64285),
    (0.27049, 0.48034, 0.50739, 0.56464, 0.63964),
    (0.25281, 0.4531, 0.47495, 0.51461, 0.565, 0.6392),
    (0.23818, 0.43238, 0.45126, 0.48266, 0.51482, 0.56904, 0.63989),
    (0.22678, 0.41618, 0.43325, 0.46083, 0.48177, 0.51793, 0.57171, 0.63931),
)
BETA = (
    (0.3927,),
    (0.49597, 0.26904),
    (0.54996, 0.36753, 0.21088),
    (0.57093, 0.41752, 0.30269, 0.17287),
    (0.58991, 0.44921, 0.35594, 0.26428, 0.14856),
    (0.60043, 0.46704, 0.38806, 0.31759, 0.23247, 0.12906),
    (0.60811, 0.48061, 0.40869, 0.35331, 0.28575, 0.208, 0.11441),
    (0.6151, 0.49056, 0.42438, 0.37801, 0.32237, 0.26056, 0.18842, 0.103),
)
# fmt: on
"""Natural γ and magnitudes of β for p = 1 … 8: Farhi et al., arXiv:1910.08187, and Basso et al.,
arXiv:2110.14206, doi:10.4230/LIPIcs.TQC.2022.7, from the table of `jpmorganchase/QOKit`."""


def sk_angles(p: int) -> np.ndarray:
    """Natural angles of p layers, shape `(2p,)`; beyond the table its last row, interpolated.

    ```pycon
    >>> sk_angles(1).tolist()
    [0.5, -0.3927]

    ```
    """
    rows = []
    for table, sign in ((GAMMA, 1.0), (BETA, -1.0)):
        row = np.array(table[min(p, len(table)) - 1])
        while len(row) < p:
            row = interpolated(row)
        rows.append(sign * row)
    return np.concatenate(rows)


def interpolated(row: np.ndarray) -> np.ndarray:
    r"""A schedule of one layer more, $u_i^{(q+1)} = \frac{i-1}{q} u_{i-1} + \frac{q-i+1}{q} u_i$.

    Zhou et al., doi:10.1103/PhysRevX.10.021067.

    ```pycon
    >>> interpolated(np.array([1.0, 2.0])).tolist()
    [1.0, 1.5, 2.0]

    ```
    """
    layers = len(row)
    return np.interp(np.linspace(1, layers, layers + 1), np.arange(1, layers + 1), row)


def _walsh_hadamard(values: jax.Array) -> jax.Array:
    """Sums over all bit strings with signs $(-1)^{x \\cdot y}$, shape $(2^m,)$."""
    bits = values.size.bit_length() - 1
    # A few products with small matrices: a stage for each bit takes minutes to compile.
    sizes = [bits // 3, (bits + 1) // 3, (bits + 2) // 3]
    table = values.reshape([2**size for size in sizes])
    for axis, size in enumerate(sizes):
        matrix = jnp.asarray(scipy.linalg.hadamard(2**size), values.dtype)
        table = jnp.moveaxis(jnp.tensordot(matrix, table, (1, axis)), 0, axis)
    return table.reshape(-1)


def _strings(p: int) -> np.ndarray:
    """All strings of 2p+1 spins ±1, of the path 1 … p, 0, -p … -1; shape $(2^{2p+1}, 2p+1)$."""
    bits = np.arange(2 ** (2 * p + 1))[:, None] >> np.arange(2 * p, -1, -1) & 1
    return 1.0 - 2.0 * bits


def _path(angles: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The weights f of all strings, and Γ, shapes $(2^{2p+1},)$ and `(2p+1,)`."""
    p = angles.size // 2
    gamma, beta = angles[:p], angles[p:]
    spins = _strings(p)
    forward = [spins[:, k] for k in range(p + 1)]
    backward = [spins[:, 2 * p - k] for k in range(p)] + [spins[:, p]]
    weight = jnp.full(len(spins), 0.5, complex)
    for k in range(p):
        for row, sign in ((forward, -1.0), (backward, 1.0)):
            same = row[k] == row[k + 1]
            real = jnp.where(same, jnp.cos(beta[k]), 0)
            weight *= jax.lax.complex(real, jnp.where(same, 0, sign * jnp.sin(beta[k])))
    return weight, jnp.concatenate([gamma, jnp.zeros(1), -gamma[::-1]])


@jax.jit
def _tree_correlation(angles: jax.Array, degree: jax.Array) -> jax.Array:
    r"""$\langle Z_i Z_j\rangle$ of an edge of the infinite tree of this degree."""
    p = angles.size // 2
    weight, gamma = _path(angles)
    spins = _strings(p)
    phase = spins @ gamma

    def convolved(values: jax.Array, kernel: jax.Array) -> jax.Array:
        transformed = _walsh_hadamard(kernel / values.size).astype(complex)
        return _walsh_hadamard(_walsh_hadamard(values) * transformed)

    def deeper(branch: jax.Array, _: None) -> tuple[jax.Array, None]:
        return convolved(weight * branch, jnp.cos(phase)) ** (degree - 1).astype(complex), None

    branch, _ = jax.lax.scan(deeper, jnp.ones(len(spins), complex), length=p)
    own = jnp.asarray(spins[:, p], complex) * weight * branch
    return jnp.imag(jnp.sum(own * convolved(own, jnp.sin(phase))))


def tree_correlation(angles: np.ndarray, degree: float) -> float:
    r"""$\langle Z_i Z_j\rangle$ of an edge of the infinite tree, so that its cut fraction is half
    of one minus it.

    $$H^{(m)}(a) = \Bigl(\sum_b f(b) H^{(m-1)}(b) \cos(\Gamma \cdot ab)\Bigr)^{d-1}$$
    with $f$ the amplitudes of a path of the mixers and $\Gamma = (\gamma, 0, -\gamma)$; sums over
    b are convolutions, done by Walsh-Hadamard transforms. Degrees may be real. Time and memory
    grow as $p\,4^p$. Basso et al., arXiv:2110.14206.

    **Arguments:** `angles`: shape `(2p,)`, radians; `degree`: d, above 1.
    """
    with jax.enable_x64(True):
        return float(_tree_correlation(jnp.asarray(angles, float), jnp.asarray(degree, float)))


@jax.jit
def _sk_energy(angles: jax.Array) -> jax.Array:
    p = angles.size // 2
    weight, gamma = _path(angles)
    spins = jnp.asarray(_strings(p), complex)
    gamma = gamma.astype(complex)
    overlap = jnp.zeros((2 * p + 1, 2 * p + 1), complex)
    for _ in range(p + 1):
        pairs = jnp.outer(gamma, gamma) * overlap
        branch = jnp.exp(-jnp.sum((spins @ pairs) * spins, axis=1) / 2)
        overlap = (spins * (weight * branch)[:, None]).T @ spins
    return jnp.imag(jnp.sum(gamma * overlap[p] ** 2)) / 2


def sk_energy(angles: np.ndarray) -> float:
    r"""$\langle H\rangle/n$ of the SK model for large n.

    $G^{(m)}_{jk} = \sum_a f(a) a_j a_k \exp(-\frac12 \sum_{jk} \Gamma_j \Gamma_k G^{(m-1)}_{jk}
    a_j a_k)$ and $E = -\frac i2 \sum_j \Gamma_j (G_{0j})^2$. Basso et al., arXiv:2110.14206.

    **Arguments:** `angles`: natural ones, shape `(2p,)`.
    """
    with jax.enable_x64(True):
        return float(_sk_energy(jnp.asarray(angles, float)))


_value_and_gradient = jax.jit(jax.value_and_grad(_tree_correlation))

_NODES = (24.0, 12.0, 8.0, 6.0, 5.0, 4.0, 3.5, 3.0, 2.5, 2.0)
"""Degrees at which optimal angles are computed, each from those of the one before."""


def best_tree_angles(p: int, degree: float, guess: np.ndarray) -> np.ndarray:
    """Optimal natural angles of the tree of one degree, by descent from natural angles."""
    unit = np.repeat([np.sqrt(degree), 1.0], p)

    def cost(natural: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = _value_and_gradient(jnp.asarray(natural / unit), jnp.asarray(degree))
        return float(value), np.asarray(gradient) / unit

    with jax.enable_x64(True):
        found = minimize(cost, guess, jac=True, method="L-BFGS-B", options={"gtol": 1e-7})
    return found.x


@functools.cache
def _tree_table(p: int) -> np.ndarray:
    """Optimal natural angles at the nodes, shape `(nodes, 2p)`."""
    rows = [sk_angles(p)]
    for degree in _NODES:
        rows.append(best_tree_angles(p, degree, rows[-1]))
    return np.array(rows[1:])


def tree_angles(p: int, degree: float) -> np.ndarray:
    r"""Natural angles, $\gamma \sqrt d$ and β, optimal on the infinite tree of degree d; `(2p,)`.

    Computed at ten degrees from 2, a ring, to 24, and interpolated in 1/d between them.
    """
    inverse = 1 / np.clip(degree, _NODES[-1], _NODES[0])
    columns = _tree_table(p).T
    return np.array([np.interp(inverse, 1 / np.array(_NODES), column) for column in columns])
