"""Many traps, one funnel: minima, the transition states that connect them, and their tree."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pydantic

from replication.ensembles import Problem
from replication.errors import UserError
from replication.probes import starting_points as starting
from replication.probes.base import Probe, draws
from replication.probes.instances import drawn
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

    from replication.landscapes import Minima, Saddles, Tree

Edge = tuple[pydantic.NonNegativeInt, pydantic.NonNegativeInt]

REFERENCE = (
    *((0, 1), (0, 3), (0, 4), (1, 4), (1, 7), (2, 3)),
    *((2, 5), (2, 6), (3, 7), (4, 6), (5, 6), (5, 7)),
)
"""Edges of networkx' `random_regular_graph(3, 8, seed=1)`."""


class TransitionStates(Probe):
    """The greedy path of QAOA from depth 1 on, and at each depth minima, saddles and their tree."""

    kind: Literal["transition_states"] = "transition_states"
    problem: Problem
    size: str = setting("8", "chosen", "size of the drawn instances")
    instances: int = setting(1, "chosen", "how many are drawn", ge=0, le=100)
    edges: tuple[Edge, ...] = setting(
        REFERENCE,
        "chosen",
        "edges of one graph of unit weights besides the drawn instances; empty for none",
    )
    depth: int = setting(5, "chosen", "deepest circuit", ge=2, le=8)
    starts: int = setting(300, "chosen", "random starts of descents at each depth", ge=8)
    saddle_starts: int = setting(100, "chosen", "random starts of climbs to saddles", ge=8)

    title: ClassVar[str] = "Transition states and disconnectivity trees"
    source: ClassVar[str] = "Sack, Medina, Kueng and Serbyn, arXiv:2209.01159; arXiv:2401.04784"

    @pydantic.model_validator(mode="after")
    def _check(self) -> Self:
        starting.check_sizes(self.problem, [self.size])
        if self.problem.family != "qaoa":
            raise UserError(
                f"problem {self.problem.kind!r} has circuits of the family "
                f"{self.problem.family!r}; transition states are known of qaoa"
            )
        if not self.edges and not self.instances:
            raise UserError("there is nothing to measure: give edges or instances")
        return self

    def problem_kinds(self) -> set[str]:
        """Classes whose instances it draws."""
        return self.problem.kinds

    def measure(self, seed: int) -> "xr.Dataset":
        """Transition states, energies of the greedy path and of random starts, and trees."""
        import xarray as xr

        from replication.problems.maxcut import maxcut

        named = {"given": maxcut(self.edges)} if self.edges else {}
        several = drawn(self.problem, self.size, self.instances, seed, self.kind)
        named |= {str(number): one for number, one in enumerate(several)}
        tables = [self._instance(one, name, seed) for name, one in named.items()]
        table: Any = xr.concat(tables, "instance", join="outer", combine_attrs="override")
        table = table.assign_coords(instance=list(named))
        # Filling up made floats of whole numbers.
        for name in ("index", "child", "leaf_order", "distinct"):
            table[name] = table[name].fillna(-1).astype(int).assign_attrs(table[name].attrs)
        return table

    def _instance(self, instance: Any, name: str, seed: int) -> "xr.Dataset":
        import xarray as xr

        from replication.landscapes import greedy_path

        circuits = {p: self.problem.circuit(instance, p) for p in self._all_depths()}
        lowest = self._first_minimum(circuits[1], name, seed)
        deeper = [circuits[p].energy for p in self._all_depths()[1:]]
        path = greedy_path(deeper, lowest)
        tables = []
        for depth in self._all_depths():
            states = path[depth - 2] if depth > 1 else None
            tables.append(self._depth(circuits[depth], depth, states, name, seed))
        merged: xr.Dataset = xr.concat(tables, "depth", join="outer", combine_attrs="override")
        minimum = instance.exact_minimum()
        ground = draws("ground", "", minimum, "ground energy")
        return merged.assign_coords(depth=self._all_depths()).assign(ground)

    def _all_depths(self) -> list[int]:
        return list(range(1, self.depth + 1))

    def _random(self, ansatz: Any, count: int, *axes: str | int) -> np.ndarray:
        from replication.seeds import generator_for

        rng = generator_for(int(axes[0]), self.kind, self.problem.kind, *axes[1:])
        return starting.random_points(ansatz, starting.PERIODS, count, rng)

    def _first_minimum(self, ansatz: Any, name: str, seed: int) -> np.ndarray:
        """The lowest minimum of depth 1."""
        from replication.landscapes import descend

        found = descend(ansatz.energy, self._random(ansatz, self.starts, seed, name, 1, "minima"))
        return found.points[int(np.argmin(found.energies))]

    def _depth(
        self, ansatz: Any, depth: int, states: "Saddles | None", name: str, seed: int
    ) -> "xr.Dataset":
        """All of one depth."""
        import xarray as xr

        from replication.landscapes import descend, find_saddles

        ends = descend(
            ansatz.energy, self._random(ansatz, self.starts, seed, name, depth, "minima")
        )
        climbs = self._random(ansatz, self.saddle_starts, seed, name, depth, "saddles")
        saddles = find_saddles(ansatz.energy, climbs)
        minima, tree = connected(ansatz, ends, [saddles, *([states] if states else [])])
        greedy = states.end_energies.min() if states else minima.energies.min()
        count = 2 * depth - 1
        none = np.full(count, np.nan)
        norm = np.abs(np.asarray(ansatz.couplings)).sum() / 2
        found = {
            "index": states.indices if states else none,
            "slope": states.slopes / norm if states else none,
            "state_energy": states.energies if states else none,
            "lower_end": states.end_energies.min(axis=1) if states else none,
            "upper_end": states.end_energies.max(axis=1) if states else none,
        }
        labels = {
            "index": "negative eigenvalues of the Hessian at a transition state; -1 for none",
            "slope": "gradient at a transition state, over the 1-norm of the couplings",
            "state_energy": "energy of a transition state",
            "lower_end": "lower end of its two descents",
            "upper_end": "higher end of its two descents",
        }
        variables: Any = {}
        for key, value in found.items():
            variables |= draws(key, "state", value, labels[key])
        table = xr.Dataset(
            variables
            | draws("greedy", "", greedy, "energy on the greedy path")
            | draws("random_best", "", ends.energies.min(), "lowest end of random descents")
            | draws("distinct", "", len(minima.energies), "distinct minima")
            | tree_variables(minima, tree)
        )
        # With numbers along them tables of different lengths are filled up.
        return table.assign_coords(
            {name: np.arange(length) for name, length in table.sizes.items()}
        )


def connected(ansatz: Any, ends: Any, saddles: "list[Saddles]") -> "tuple[Minima, Tree]":
    """All distinct minima of descents and from saddles, and the tree of the lowest passes."""
    from replication.landscapes import disconnectivity_tree, polish, symmetries_of
    from replication.landscapes.minima import gathered

    size = ends.points.shape[1]
    sides = np.concatenate([one.ends.reshape(-1, size) for one in saddles])
    more = polish(ansatz.energy, sides)
    points, energies, slopes = (np.concatenate(pair) for pair in zip(ends, more, strict=True))
    minima = gathered(ansatz.energy, points, energies, slopes, symmetries_of(ansatz))
    links = minima.which[len(ends.points) :].reshape(-1, 2)
    heights = np.concatenate([one.energies for one in saddles])
    both = (links >= 0).all(axis=1)
    return minima, disconnectivity_tree(minima.energies, heights[both], links[both])


def tree_variables(minima: "Minima", tree: "Tree") -> Any:
    """The tree as arrays: nodes 0 … m-1 are the leaves, node m + n is the merge n."""
    return (
        draws("leaf", "minimum", tree.energies, "energy of a minimum, ascending")
        | draws("leaf_order", "minimum", tree.order, "minima from left to right; -1 for none")
        | draws("finds", "minimum", minima.counts.astype(float), "descents that ended there")
        | draws("child", "merge side", tree.children, "nodes that a merge joins; -1 for none")
        | draws("height", "merge", tree.heights, "energy of the pass between them")
    )
