"""The grouped Hubbard circuit: hopping as a phase in the basis of one-particle levels."""

from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from replication.ansatze.hubbard_geometry import Geometry, plane_orbitals, start_orbitals
from replication.simulators import fermions


class Grouped(NamedTuple):
    """The grouped circuit: hopping is a phase in the basis of one-particle levels."""

    steps: int
    letters: tuple[str, ...]
    bases: tuple[NDArray[np.float64], NDArray[np.float64]]
    """For each spin, site configurations (rows) against level configurations, `(D, D)`."""
    levels: tuple[NDArray[np.float64], NDArray[np.float64]]
    """For each spin, energies of `K` a letter, shape `(len(letters) - 1, D)`."""
    filled: tuple[int, int]
    """For each spin, the level configuration of the start."""
    counts: NDArray[np.int64]
    gauges: tuple[NDArray[np.complex128], NDArray[np.complex128]]
    ascending: NDArray[np.int64]

    def evolve(self, theta: jax.Array) -> jax.Array:
        """The state over sites, shape `(D_up, 2, D_down)`."""
        state = self._to_sites(self._evolve_levels(theta))
        first = theta[: len(self.letters) - 1] / 2
        up, down = (
            jnp.full(len(basis), -(first @ fermions.like(levels[:, filled], theta)))
            for basis, levels, filled in zip(self.bases, self.levels, self.filled, strict=True)
        )
        return fermions.apply_phases(state, fermions.sum_phases(up, down))

    def expectations(self, theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        r"""$\langle \sum_{e\sigma} K_{e\sigma} \rangle$ and $\langle D \rangle$."""
        state = self._evolve_levels(theta)
        levels = np.add.outer(*(levels.sum(axis=0) for levels in self.levels))
        hopping = -jnp.vdot(fermions.probabilities(state), fermions.like(levels, theta))
        occupancy = fermions.probabilities(self._to_sites(state))
        return hopping, jnp.vdot(occupancy, fermions.like(self.counts, theta))

    def _evolve_levels(self, theta: jax.Array) -> jax.Array:
        """The state over levels, without the first half hop: the start has but a phase of it."""
        angles = theta.reshape(self.steps, -1)
        hops, repulsion = angles[:, :-1] / 2, angles[:, -1]
        levels = [fermions.like(levels, theta) for levels in self.levels]
        [one, other] = [basis[:, k] for basis, k in zip(self.bases, self.filled, strict=True)]
        real = np.outer(one, other)
        state = fermions.like(np.stack([real, 0 * real], axis=1), theta)
        # The half hops that end a step and begin the next are one.
        after = hops + jnp.concatenate([hops[1:], jnp.zeros_like(hops[:1])])
        up, down = (-(after @ spin) for spin in levels)
        # All steps at once: on small lattices it is the number of operations that takes the time.
        phases = fermions.count_phases(-repulsion, self.counts), fermions.sum_phases(up, down)
        for step in range(self.steps):
            repelled, hopped = jax.tree.map(itemgetter(step), phases)
            if step:
                state = self._to_sites(state)
            state = self._to_levels(fermions.apply_phases(state, repelled))
            state = fermions.apply_phases(state, hopped)
        return state

    def _to_sites(self, state: jax.Array) -> jax.Array:
        up, down = (fermions.like(basis, state) for basis in self.bases)
        return fermions.act_down(down, fermions.act_up(up, state))

    def _to_levels(self, state: jax.Array) -> jax.Array:
        up, down = (fermions.like(basis.T, state) for basis in self.bases)
        return fermions.act_down(down, fermions.act_up(up, state))


@lru_cache(maxsize=16)
def grouped(geometry: Geometry, steps: int) -> Grouped:
    """The circuit of so many steps."""
    configs = [fermions.configurations(geometry.num_sites, count) for count in geometry.filling]
    horizontal, vertical, orbitals = plane_orbitals(geometry)
    by_letter = {"T_h": horizontal, "T_v": vertical}
    rows = np.array([by_letter[letter] for letter in geometry.bonds]).reshape(-1, len(horizontal))
    starts = [start_orbitals(geometry, count) for count in geometry.filling]
    filled = [
        int(np.searchsorted(basis, sum(1 << orbital for orbital in chosen)))
        for basis, chosen in zip(configs, starts, strict=True)
    ]
    bases = [fermions.compound(orbitals, basis) for basis in configs]
    levels = [rows @ ((basis >> np.arange(geometry.num_sites)[:, None]) & 1) for basis in configs]
    return Grouped(
        steps=steps,
        letters=geometry.letters,
        bases=(bases[0], bases[1]),
        levels=(levels[0], levels[1]),
        filled=(filled[0], filled[1]),
        counts=fermions.double_occupancy(configs[0], configs[1]),
        gauges=(np.ones(len(configs[0]), complex), np.ones(len(configs[1]), complex)),
        ascending=np.arange(len(configs[1])),
    )
