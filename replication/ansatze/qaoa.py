"""The quantum approximate optimisation algorithm on an Ising problem."""

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import numpy as np
from jax.typing import ArrayLike

from replication.ansatze.base import check_angles, real_angles, warn_unresolved
from replication.ansatze.export import Exported, products_of
from replication.ansatze.measurement import Measurement
from replication.checks import check_whole
from replication.errors import UserError
from replication.simulators import diagonals, ising
from replication.simulators.precision import in_double

if TYPE_CHECKING:
    from replication.problems.base import NaturalUnits
    from replication.problems.ising import IsingProblem

RAMP_SLOPE = 0.375
"""γ slope of the linear ramp for unit weights; β falls from twice that."""

# Relative size up to which a coefficient read off the diagonal is a rounding error.
_ROUNDING = 1e-12

# Compiled once for all queries, also for those who do not compile the ansatz themselves.
_energy, _state, _probabilities = (
    jax.jit(function, static_argnames="symmetric", inline=True)
    for function in (ising.energy, ising.state, ising.probabilities)
)


class QAOA(Exported, eqx.Module):
    r"""$|\psi\rangle = \prod_{l=p}^1 e^{-i\beta_l B} e^{-i\gamma_l H} |+\rangle$, $B = \sum_q X_q$.

    Angles $\theta = (\gamma_1,…,\gamma_p,\beta_1,…,\beta_p)$ in radians; no factor 2.
    Instances of one size and depth stack to a batch: `jax.vmap` over the ansatz and theta.
    Farhi, Goldstone and Gutmann, arXiv:1411.4028.
    """

    diagonal: ArrayLike
    couplings: ArrayLike
    fields: ArrayLike
    num_qubits: int = eqx.field(static=True)
    p: int = eqx.field(static=True)
    symmetric: bool = eqx.field(static=True)
    integer: bool = eqx.field(static=True)
    higher_order: bool = eqx.field(static=True, default=False)

    # By identity, since arrays have no hash and jax.jit(ansatz.energy) needs one.
    __hash__ = object.__hash__

    @property
    def num_parameters(self) -> int:
        """2p."""
        return 2 * self.p

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """gamma_1 … gamma_p, beta_1 … beta_p."""
        return tuple(f"{name}_{k + 1}" for name in ("gamma", "beta") for k in range(self.p))

    @property
    def periods(self) -> tuple[float, ...]:
        """γ: π for integer couplings, else none; β: π/2 without fields, else π."""
        gamma = math.pi if self.integer else math.inf
        beta = math.pi / 2 if self.symmetric else math.pi
        return (gamma,) * self.p + (beta,) * self.p

    @property
    def angle_box(self) -> np.ndarray:
        """γ and β from (-π/2, π/2)."""
        return np.full(self.num_parameters, math.pi / 2)

    @property
    def neutral_at_zero(self) -> bool:
        r"""True: at zero angles the state is $|+\rangle^{\otimes n}$."""
        return True

    def without_period(self) -> "QAOA":
        """The same circuit with no period of γ known: it stacks with those of real couplings."""
        return dataclasses.replace(self, integer=False)

    def without_symmetry(self) -> "QAOA":
        """The same circuit on all $2^n$ states: it stacks with those of instances with fields."""
        half = np.asarray(self.diagonal)
        diagonal = np.concatenate([half, half[::-1]]) if self.symmetric else half
        return dataclasses.replace(self, diagonal=diagonal, symmetric=False)

    @in_double
    def energy(self, theta: ArrayLike) -> jax.Array:
        r"""$\langle H\rangle$ at theta, shape `(2p,)`.

        In double precision, but for a JAX array, whose dtype the result has.

        **Raises:** [`UserError`][] for another shape.
        """
        gammas, betas = self._split(theta)
        return _energy(self.diagonal, gammas, betas, symmetric=self.symmetric)

    @in_double
    def state(self, theta: ArrayLike) -> jax.Array:
        """Amplitudes in the computational basis, shape $(2^n,)$, qubit 0 most significant."""
        gammas, betas = self._split(theta)
        return _state(self.diagonal, gammas, betas, symmetric=self.symmetric)

    @property
    def measurements(self) -> tuple[Measurement]:
        r"""The one setting, all qubits in the computational basis: outcome $x$ gives $H(x)$.

        Without fields $x$ and $\bar x$ count as one outcome. For one instance, not a batch.
        """
        couplings, fields = np.asarray(self.couplings), np.asarray(self.fields)
        norm = np.abs(np.triu(couplings)).sum() + np.abs(fields).sum()
        norm += sum(map(abs, self._higher().values()))
        return (Measurement(np.asarray(self.diagonal, float), float(norm)),)

    @in_double
    def outcome_probabilities(self, theta: ArrayLike) -> tuple[jax.Array]:
        """Probability of each outcome of the one setting, shape as the values of `measurements`.

        **Raises:** [`UserError`][] for a theta of another shape than `(2p,)`.
        """
        gammas, betas = self._split(theta)
        return (_probabilities(self.diagonal, gammas, betas, symmetric=self.symmetric),)

    def heuristic(self, units: "NaturalUnits | None" = None) -> np.ndarray:
        r"""The linear ramp: $\gamma_k = 0.375 s_k$, $\beta_k = -0.75 (1 - s_k)$, $s_k = (k-1/2)/p$.

        A discretised anneal; the two signs differ because $|+\rangle$ is the *highest* state of
        $\sum X$. For unit weights; scale its first half for other couplings. In natural `units`
        both slopes are equal, $\gamma_k = 0.75 s_k / g$, whatever the couplings.
        """
        s = (np.arange(self.p) + 0.5) / self.p
        slope = 2 * RAMP_SLOPE / units.angles["gamma"] if units else RAMP_SLOPE
        return np.concatenate([slope * s, -2 * RAMP_SLOPE * (1 - s)])

    def sample(self, theta: ArrayLike, shots: int, seed: int) -> np.ndarray:
        """Bits measured in the computational basis, `(shots, n)`, qubit 0 first.

        **Arguments:** `theta`: angles, `(k,)`; `seed`: of the shots.

        >>> from replication import maxcut, qaoa
        >>> qaoa(maxcut([(0, 1)]), p=1).sample([np.pi / 4, -np.pi / 8], 3, seed=0).sum(axis=1)
        array([1, 1, 1])
        """
        check_whole("shots", shots, 1)
        (probabilities,) = self.outcome_probabilities(np.asarray(theta, float))
        weights, rng = np.asarray(probabilities, float), np.random.default_rng(seed)
        drawn = rng.choice(weights.size, shots, p=weights / weights.sum())
        bits = drawn[:, None] >> np.arange(self.num_qubits - 1, -1, -1) & 1
        if self.symmetric:
            # The half that is kept has qubit 0 in state 0; the other one is as likely.
            bits ^= rng.integers(2, size=(shots, 1))
        return bits.astype(np.int8)

    @property
    def width(self) -> int:
        """Number of qubits."""
        return self.num_qubits

    def products(self) -> dict[tuple[int, ...], float]:
        """Weights of the products of Z in H, by their qubits."""
        return products_of(np.asarray(self.couplings), np.asarray(self.fields), self._higher())

    def _angles(self, theta: Any) -> np.ndarray:
        check_angles(theta, self.num_parameters, self.parameter_names)
        return super()._angles(theta)

    def _higher(self) -> dict[tuple[int, ...], float]:
        """The terms of three or more qubits, read off the diagonal, so that instances stack."""
        if not self.higher_order:
            return {}
        half = np.asarray(self.diagonal, float)
        diagonal = np.concatenate([half, half[::-1]]) if self.symmetric else half
        coefficients = diagonals.coefficients_of(diagonal)
        seen = np.abs(coefficients) > _ROUNDING * np.abs(coefficients).max()
        masks = [int(mask) for mask in np.flatnonzero(seen)]
        sets = {mask: diagonals.qubits_of(mask, self.num_qubits) for mask in masks}
        return {among: coefficients[mask] for mask, among in sets.items() if len(among) > 2}

    def _split(self, theta: ArrayLike) -> tuple[jax.Array, jax.Array]:
        check_angles(theta, self.num_parameters, self.parameter_names)
        theta = real_angles(theta)
        if not isinstance(self.diagonal, jax.core.Tracer):
            largest = float(np.abs(np.asarray(self.diagonal)).max())
            warn_unresolved(theta, largest, np.s_[: self.p])
        return theta[: self.p], theta[self.p :]


def qaoa(problem: "IsingProblem", p: int) -> QAOA:
    """QAOA of depth `p` for an Ising problem.

    ```pycon
    >>> from replication import maxcut, qaoa
    >>> ansatz = qaoa(maxcut([(0, 1), (1, 2), (0, 2)]), p=1)
    >>> ansatz.parameter_names
    ('gamma_1', 'beta_1')
    >>> abs(float(ansatz.energy([0.0, 0.0]))) < 1e-12
    True

    ```

    **Arguments:**

    - `problem`: made by `maxcut`, `sk` or `ising`.
    - `p`: layers, at least 1.

    **Raises:** [`UserError`][] for a problem that is not an Ising one and for `p < 1`.
    """
    if not hasattr(problem, "num_spins"):
        raise UserError(
            f"qaoa takes a problem made by maxcut, sk or ising, got {type(problem).__name__}"
        )
    if isinstance(p, bool) or not isinstance(p, int | np.integer) or p < 1:
        raise UserError(f"p = {p!r} must be a whole number of layers, at least 1")
    return dataclasses.replace(unsimulated(problem, p), diagonal=problem.diagonal)


def unsimulated(problem: "IsingProblem", p: int) -> QAOA:
    """Names, periods and schedules of QAOA at any number of qubits.

    It has no diagonal, so that nothing may be asked of it that needs a state.
    """
    weights = problem.weights
    return QAOA(
        diagonal=np.zeros(0),
        couplings=problem.couplings,
        fields=problem.fields,
        num_qubits=problem.num_spins,
        p=int(p),
        symmetric=problem.symmetric,
        integer=bool(np.all(weights == np.round(weights))),
        higher_order=bool(problem.higher),
    )
