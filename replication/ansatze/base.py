"""What every ansatz offers, and what all have in common: checks, images, random angles, batches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from replication.ansatze.names import families_of
from replication.errors import UserError, warn_user

if TYPE_CHECKING:
    from replication.ansatze.measurement import Measurement
    from replication.problems.base import NaturalUnits

T = TypeVar("T")


class Ansatz(Protocol):
    """A circuit for one instance, or, stacked, for a batch of one size."""

    @property
    def num_parameters(self) -> int:
        """Number of angles k."""
        ...

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the angles, each a family and a number, such as `gamma_1`."""
        ...

    @property
    def periods(self) -> tuple[float, ...]:
        """Period of each angle, infinite where it has none."""
        ...

    @property
    def angle_box(self) -> np.ndarray:
        """Half-widths of the box of random angles, shape `(k,)`."""
        ...

    @property
    def neutral_at_zero(self) -> bool:
        """Whether the energy at zero angles is the problem's offset, known without a query."""
        ...

    @property
    def measurements(self) -> "tuple[Measurement, ...]":
        """Settings in which the energy is measured, and what each outcome is worth."""
        ...

    def energy(self, theta: ArrayLike) -> jax.Array:
        """Mean energy at `theta`, shape `(k,)`."""
        ...

    def outcome_probabilities(self, theta: jax.Array) -> tuple[jax.Array, ...]:
        """Probabilities of the outcomes of each measurement setting."""
        ...

    def heuristic(self, units: "NaturalUnits | None" = None) -> np.ndarray:
        """The heuristic angles of the problem class, shape `(k,)`.

        **Arguments:** `units`: of the instance, for a schedule that depends on no other unit;
        `None` for the one that was made for coefficients of the order of 1.
        """
        ...


def stack(instances: Sequence[T]) -> T:
    """Pytrees of one size as one batch, the instance axis in front of every array."""
    stacked: T = jax.tree.map(lambda *leaves: np.stack(leaves), *instances)
    return stacked


def random_angles(ansatz: Ansatz, rng: np.random.Generator, count: int) -> np.ndarray:
    """Uniform random angles in the ansatz' box, shape `(count, k)`."""
    half = ansatz.angle_box
    return rng.uniform(-half, half, (count, ansatz.num_parameters))


def simplex_edges(ansatz: Ansatz, edges: Sequence[float]) -> np.ndarray:
    """The edge of the initial simplex for each angle, shape `(k,)`.

    `edges` holds one number for all angles, or one for each family (γ, β or T_h, T_v, V).
    """
    families = families_of(ansatz.parameter_names)
    names = list(dict.fromkeys(families))
    if len(edges) not in (1, len(names)):
        raise UserError(
            f"simplex has {len(edges)} edges, but the angles are of {len(names)} kinds "
            f"({', '.join(names)}); give one edge for all or one for each"
        )
    by_family = dict(zip(names, np.broadcast_to(edges, len(names)), strict=True))
    return np.array([by_family[family] for family in families])


def check_angles(theta: ArrayLike, num_parameters: int, names: Sequence[str]) -> None:
    """Refuse a `theta` whose shape is not `(num_parameters,)`."""
    shape = np.shape(theta)
    if shape != (num_parameters,):
        raise UserError(
            f"theta has shape {shape}, but this ansatz takes {num_parameters} angles "
            f"({', '.join(names)}) in an array of shape ({num_parameters},)"
        )


def real_angles(theta: ArrayLike) -> jax.Array:
    """`theta` as an array of float32 or float64, whole numbers in JAX's default precision.

    **Raises:** [`UserError`][] for any other dtype.
    """
    angles = jnp.asarray(theta)
    if jnp.issubdtype(angles.dtype, jnp.integer):
        angles = angles.astype(float)
    if angles.dtype not in (jnp.float32, jnp.float64):
        raise UserError(f"theta has dtype {angles.dtype}; allowed are float32 and float64")
    return angles


def warn_unresolved(theta: jax.Array, largest: float, which: slice = np.s_[:]) -> None:
    """Warn where phases are rounded by more than a tenth of a radian.

    Nothing is known of traced angles.

    **Arguments:**

    - `theta`: angles, in the dtype of the phases.
    - `largest`: the largest phase at an angle of 1.
    - `which`: those of the angles that are multiplied by it.
    """
    if isinstance(theta, jax.core.Tracer):
        return
    phase = float(np.abs(np.asarray(theta, float)[which]).max(initial=0)) * largest
    if phase * float(jnp.finfo(theta.dtype).eps) > 0.2:
        other = "double precision (NumPy angles)" if theta.dtype == jnp.float32 else "smaller ones"
        warn_user(
            f"phases of up to {phase:.1g} rad are not resolved in {theta.dtype}: state and energy "
            f"are those of other angles; use {other}"
        )


def wrap(theta: np.ndarray, periods: Sequence[float] | np.ndarray) -> np.ndarray:
    """Angles moved by whole periods into [-period/2, period/2]; aperiodic ones are left alone."""
    theta, period = np.asarray(theta, float), np.asarray(periods, float)
    finite = np.isfinite(period)
    step = np.where(finite, period, 1.0)
    return np.where(finite, theta - step * np.round(theta / step), theta)


def nearest_image(
    theta: np.ndarray, reference: np.ndarray, periods: Sequence[float] | np.ndarray
) -> np.ndarray:
    r"""The symmetric image of `theta` that is closest to `reference`.

    The images are $\pm\theta + \sum_k m_k P_k e_k$ with whole $m_k$: a real Hamiltonian and a
    real initial state give the same energy at $\theta$ and $-\theta$, and angle $k$ has period
    $P_k$ (infinite where it has none).

    **Arguments:**

    - `theta`: angles, shape `(..., k)`.
    - `reference`: angles to come close to, broadcastable to `theta`.
    - `periods`: shape `(k,)`, same units as the angles.

    **Returns:** array of the broadcast shape.
    """
    theta, reference = np.broadcast_arrays(np.asarray(theta, float), np.asarray(reference, float))
    offsets = np.stack([wrap(sign * theta - reference, periods) for sign in (1.0, -1.0)])
    choice = np.argmin(np.sum(offsets**2, axis=-1), axis=0)
    return reference + np.take_along_axis(offsets, choice[None, ..., None], axis=0)[0]


def symmetric_distance(
    theta: np.ndarray, reference: np.ndarray, periods: Sequence[float]
) -> np.ndarray:
    """Euclidean distance from `theta` to the nearest symmetric image of `reference`.

    Shapes `(..., k)` to `(...)`; the units are those of the angles.
    """
    return np.linalg.norm(nearest_image(theta, reference, periods) - reference, axis=-1)
