"""How minima are connected: transition states of deeper circuits, saddles, trees of passes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from replication.checks import real_array
from replication.errors import UserError
from replication.landscapes.adam_newton import in_batches, polish
from replication.landscapes.functions import (
    STEP,
    Energy,
    Floats,
    checked,
    hessians,
    values,
    values_and_gradients,
)
from replication.landscapes.minima import index_of

ASIDE = 0.02
"""How far from a saddle descents to both sides begin, in the units of the angles."""
_CLIMB = 0.1
"""Longest step towards a saddle."""
_CLIMB_STEPS = 150
_TINY = 1e-300


class Saddles(NamedTuple):
    """Stationary points, and where descents to both sides of each end.

    - `points`: shape `(saddles, k)`; `energies`, `slopes` (norms of the gradients), `(saddles,)`.
    - `spectra`: eigenvalues of the Hessian, ascending, `(saddles, k)`.
    - `indices`: numbers of negative ones, `(saddles,)`.
    - `ends`: `(saddles, 2, k)`, with the energies `end_energies` `(saddles, 2)`: along plus and
      minus the direction of the lowest curvature.
    """

    points: Floats
    energies: Floats
    slopes: Floats
    spectra: Floats
    indices: NDArray[np.int64]
    ends: Floats
    end_energies: Floats


def zero_pairs(theta: Any) -> Floats:
    r"""The 2p+1 points of QAOA of depth p+1 at which it is the circuit of depth p.

    One γ and one β more that are zero: at the same layer i = 1 … p+1, or β at layer j and γ at
    j+1, j = 1 … p. If `theta` is stationary, so are they, since the derivative in each new angle is
    the one in a neighbour of its family, or zero at an end of the circuit; and if it is a minimum,
    their Hessians have one negative eigenvalue each, unless they are singular.

    **Arguments:** `theta`: $(\gamma_1 … \gamma_p, \beta_1 … \beta_p)$.

    **Returns:** shape `(2p+1, 2p+2)`.

    Sack, Medina, Kueng and Serbyn, arXiv:2209.01159.

    >>> zero_pairs([0.3, -0.4]).tolist()
    [[0.0, 0.3, 0.0, -0.4], [0.3, 0.0, -0.4, 0.0], [0.3, 0.0, 0.0, -0.4]]
    """
    theta = real_array("theta", theta)
    if theta.ndim != 1 or theta.size % 2 or not theta.size:
        raise UserError(f"theta must hold p angles gamma and p angles beta, got {theta.shape}")
    gammas, betas = np.split(theta, 2)
    p = len(gammas)
    where = [(i, i) for i in range(p + 1)] + [(j + 1, j) for j in range(p)]
    return np.array([np.r_[np.insert(gammas, i, 0), np.insert(betas, j, 0)] for i, j in where])


def both_sides(energy: Energy, points: Any) -> Saddles:
    """Stationary points with their Hessians, and the descents along the lowest curvature.

    **Arguments:** `energy`: a JAX function of angles `(k,)`; `points`: shape `(points, k)`.

    >>> import jax.numpy as jnp
    >>> found = both_sides(lambda t: (t[0] ** 2 - 1) ** 2 + t[1] ** 2, [[0.0, 0.0]])
    >>> found.indices.tolist(), found.ends.round(6).tolist()
    ([1], [[[1.0, 0.0], [-1.0, 0.0]]])
    """
    points = checked(points)
    energies, gradients = values_and_gradients(energy, points)
    starts, spectra = beside(energy, points)
    found = polish(energy, starts.reshape(-1, points.shape[1]))
    slopes = np.linalg.norm(gradients, axis=1)
    ends = found.points.reshape(starts.shape) + 0.0
    sides = found.energies.reshape(-1, 2)
    return Saddles(points, energies, slopes, spectra, index_of(spectra), ends, sides)


def beside(energy: Energy, points: Any) -> tuple[Floats, Floats]:
    """Where descents to both sides of saddles begin, along the lowest curvature.

    **Arguments:** `energy`: a JAX function of angles `(k,)`; `points`: shape `(points, k)`.

    **Returns:** shape `(points, 2, k)`, and the eigenvalues of the Hessians, `(points, k)`.
    """
    spectra, axes = np.linalg.eigh(hessians(energy, points))
    lowest = axes[:, :, 0]
    # The sign of an eigenvector means nothing: its largest component becomes positive.
    largest = np.take_along_axis(lowest, np.abs(lowest).argmax(axis=1)[:, None], axis=1)
    aside = ASIDE * lowest * np.sign(largest)
    return np.stack([points + aside, points - aside], axis=1), spectra


def greedy_path(energies: Mapping[int, Energy] | Sequence[Energy], theta: Any) -> list[Saddles]:
    r"""The greedy path: from the transition states of each minimum to the best one below them.

    **Arguments:**

    - `energies`: costs of QAOA at the depths p+1, p+2, …, in this order.
    - `theta`: a minimum of depth p, shape `(2p,)`.

    **Returns:** for each depth its [`Saddles`][]; the lowest of `end_energies` is where the next
    one goes on.

    Sack, Medina, Kueng and Serbyn, arXiv:2209.01159.

    >>> from replication import maxcut, qaoa
    >>> problem = maxcut([(0, 1), (1, 2), (2, 3), (0, 3), (0, 2)])
    >>> start = polish(qaoa(problem, 1).energy, [[0.3, -0.4]])
    >>> path = greedy_path([qaoa(problem, 2).energy], start.points[0])
    >>> path[0].indices.tolist(), bool(path[0].end_energies.max() < start.energies[0])
    ([1, 1, 1], True)
    """
    path = []
    ordered = energies.values() if isinstance(energies, Mapping) else energies
    for energy in ordered:
        path.append(both_sides(energy, zero_pairs(theta)))
        best = np.unravel_index(np.argmin(path[-1].end_energies), path[-1].end_energies.shape)
        theta = path[-1].ends[best]
    return path


@eqx.filter_jit
def _climb(energy: Energy, thetas: jax.Array) -> tuple[jax.Array, jax.Array]:
    slope = jax.grad(lambda at: jnp.asarray(energy(at)))

    def step(theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        moves = STEP * jnp.eye(theta.size)
        slopes = jax.vmap(slope)(
            jnp.concatenate([theta[None], theta[None] + moves, theta[None] - moves])
        )
        above, below = jnp.split(slopes[1:], 2)
        bends = (above - below) / (2 * STEP)
        curvatures, axes = jnp.linalg.eigh((bends + bends.T) / 2)
        sizes = jnp.maximum(jnp.abs(curvatures), 1e-6 * jnp.abs(curvatures).max())
        # Up along the lowest curvature, down along all others.
        along = (axes.T @ slopes[0]) / jnp.maximum(sizes, _TINY)
        move = axes @ along.at[0].multiply(-1.0)
        move *= jnp.minimum(1.0, _CLIMB / jnp.maximum(jnp.linalg.norm(move), _TINY))
        return theta - move, jnp.linalg.norm(slopes[0])

    return jax.vmap(step)(thetas)


def find_saddles(energy: Energy, starts: Any, *, tolerance: float = 1e-7) -> Saddles:
    """Saddles of index one next to starts, by eigenvector following, and both their sides.

    Newton steps of at most 0.1 go up along the lowest curvature and down along the others.
    Not all starts arrive: those with a gradient above `tolerance` of the starts' largest cost
    after 150 steps, or another index, are left out; several may arrive at one saddle.

    **Arguments:** `energy`: a JAX function of angles `(k,)`; `starts`: shape `(starts, k)`.

    C. J. Cerjan and W. H. Miller, doi:10.1063/1.442352.

    >>> import jax.numpy as jnp
    >>> found = find_saddles(lambda t: (t[0] ** 2 - 1) ** 2 + t[1] ** 2, [[0.4, 0.3]])
    >>> bool(abs(found.points).max() < 1e-6), found.energies.round(6).tolist()
    (True, [1.0])
    """
    points = checked(starts).copy()
    slopes, going = np.zeros(len(points)), np.arange(len(points))
    with jax.enable_x64(True):
        for _ in range(_CLIMB_STEPS):
            found = in_batches(lambda some: _climb(energy, jnp.asarray(some)), points[going])
            slopes[going] = found[1]
            moving = found[1] > 1e-10
            points[going[moving]] = found[0][moving]
            going = going[moving]
            if not going.size:
                break
    # Of the starts: saddles may all have the cost zero.
    scale = np.abs(values(energy, checked(starts))).max()
    index = index_of(np.linalg.eigvalsh(hessians(energy, points)))
    kept = points[(slopes <= tolerance * scale) & (index == 1)]
    if not len(kept):
        raise UserError(f"none of {len(points)} starts led to a saddle; give more of them")
    return both_sides(energy, kept)


class Tree(NamedTuple):
    """A disconnectivity tree: leaves are minima, each merge joins two nodes at a height.

    - `energies`: of the leaves, nodes 0 … m-1; `(m,)`.
    - `children`: the two nodes that merge n, node m + n, joins; `(merges, 2)`.
    - `heights`: energy of the lowest saddle between them, ascending; `(merges,)`.
    - `roots`: nodes without a parent; several where saddles are missing.
    - `order`: leaves from left to right, such that no branches cross; `(m,)`.
    """

    energies: Floats
    children: NDArray[np.int64]
    heights: Floats
    roots: list[int]
    order: NDArray[np.int64]

    def barrier(self, first: int, second: int) -> float:
        """Height of the lowest pass between two minima; infinite where none is known."""
        if first == second:
            return float(self.energies[first])
        above = [{first}, {second}]
        for number, (pair, height) in enumerate(zip(self.children, self.heights, strict=True)):
            for nodes in above:
                if nodes & set(pair.tolist()):
                    nodes.add(len(self.energies) + number)
            if above[0] & above[1]:
                return float(height)
        return np.inf


def disconnectivity_tree(energies: Any, saddles: Any, links: Any) -> Tree:
    """Which minima can be reached from each other without going above a height.

    **Arguments:**

    - `energies`: of the minima, shape `(m,)`.
    - `saddles`: energies of saddles, shape `(s,)`.
    - `links`: numbers of the two minima on both sides of each, shape `(s, 2)`; a saddle whose two
      sides are one minimum connects nothing.

    O. M. Becker and M. Karplus, doi:10.1063/1.473299.

    >>> tree = disconnectivity_tree([0.0, 1.0, 0.5], [3.0, 2.0, 4.0], [[0, 1], [1, 2], [0, 2]])
    >>> tree.children.tolist(), tree.heights.tolist(), tree.order.tolist(), tree.roots
    ([[1, 2], [0, 3]], [2.0, 3.0], [0, 2, 1], [4])
    """
    energies, heights = real_array("energies", energies), real_array("saddles", saddles)
    pairs = np.asarray(links, int).reshape(-1, 2)
    count = len(energies)
    if len(pairs) != len(heights) or (pairs < 0).any() or (pairs >= count).any():
        raise UserError(
            f"links must be a pair of minima from 0 to {count - 1} for each of {len(heights)} "
            f"saddles, got shape {np.shape(links)}"
        )
    parent: dict[int, int] = {}

    def top(node: int) -> int:
        while node in parent:
            node = parent[node]
        return node

    children: list[list[int]] = []
    merged: list[float] = []
    for at in np.argsort(heights, kind="stable"):
        ends = sorted({top(int(node)) for node in pairs[at]})
        if len(ends) == 2:
            node = count + len(children)
            parent.update(dict.fromkeys(ends, node))
            children.append(ends)
            merged.append(float(heights[at]))
    roots = [node for node in range(count + len(children)) if node not in parent]
    lowest = list(energies)
    for one, other in children:
        lowest.append(min(lowest[one], lowest[other]))
    order: list[int] = []
    waiting = sorted(roots, key=lambda node: lowest[node], reverse=True)
    while waiting:
        node = waiting.pop()
        if node < count:
            order.append(node)
        else:
            waiting.extend(sorted(children[node - count], key=lambda n: lowest[n], reverse=True))
    pairs = np.array(children, int).reshape(-1, 2)
    return Tree(energies, pairs, np.array(merged), roots, np.array(order, int))
