"""What optimal angles of one degree are worth at another: donors against acceptors."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pydantic

from replication.ensembles import Problem
from replication.probes.base import Probe, Variables, exact, sampled
from replication.probes.instances import check_ensembles, drawn, label_of
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

BRANCHES = ("small", "large")
IMAGES = ("pattern", "mean", "worst")


class TransferMatrix(Probe):
    r"""Fraction of the acceptor's optimal energy that donors' optimal angles reach.

    At one layer on infinite trees in closed form, for both optima of a degree: the small
    $2\gamma < \pi/2$ and the large one, $\pi - 2\gamma$, with β of the opposite sign if the degree
    is even. The large one is an optimum for degrees of the donor's parity, and the opposite of one
    for the others. At `depth` layers by simulation, for the best optimum and its images under the
    parity symmetry: the image that fits the pattern of an anneal, the mean over all, the worst.
    """

    kind: Literal["transfer_matrix"] = "transfer_matrix"
    problems: tuple[Problem, ...] = setting(
        ..., "chosen", "ensembles of unweighted graphs, donors and acceptors alike", min_length=2
    )
    degrees: tuple[int, ...] = setting(
        (2, 3, 4, 5, 6, 7, 8), "chosen", "degrees of the infinite trees", min_length=1
    )
    size: int = setting(12, "chosen", "qubits of the simulated graphs")
    depth: int = setting(3, "chosen", "layers p on the simulated graphs", ge=1)
    instances: int = setting(4, "chosen", "donors and as many acceptors of an ensemble", ge=2)
    starts: int = setting(40, "chosen", "random starts of descents beside the ramp", ge=1)

    title: ClassVar[str] = "Transfer of optimal angles between degrees"
    source: ClassVar[str] = "doi:10.3389/frqst.2023.1200975"

    @pydantic.model_validator(mode="after")
    def _possible(self) -> "TransferMatrix":
        check_ensembles(self.problems, [self.size])
        if min(self.degrees) < 2:
            raise ValueError(f"degrees has {min(self.degrees)}; at least 2 is allowed")
        return self

    def problem_kinds(self) -> set[str]:
        """The classes of its instances."""
        return {kind for problem in self.problems for kind in problem.kinds}

    def measure(self, seed: int) -> "xr.Dataset":
        """`tree` by `branch`, `retained` by `image`, both by donor and acceptor."""
        import xarray as xr

        names = [label_of(one) for one in self.problems]
        return xr.Dataset(
            {**self._trees(), **self._simulated(seed)},
            {
                "branch": list(BRANCHES),
                "donor_degree": list(self.degrees),
                "acceptor_degree": list(self.degrees),
                "image": list(IMAGES),
                "donor": names,
                "acceptor": names,
            },
        )

    def _trees(self) -> Variables:
        from replication.landscapes import best_cut_fraction, best_edge_angles, edge_correlation

        ratio = np.zeros((2, len(self.degrees), len(self.degrees)))
        gammas = np.linspace(-np.pi, np.pi, 201)
        broken = 0.0
        for row, donor in enumerate(self.degrees):
            gamma, beta = best_edge_angles(donor)
            sign = 1 if donor % 2 else -1
            mirrored = edge_correlation(np.pi / 2 - gammas, sign * beta, donor)
            here = edge_correlation(gammas, beta, donor)
            broken = max(broken, float(np.abs(mirrored - here).max()))
            for column, acceptor in enumerate(self.degrees):
                best = 1 - 2 * best_cut_fraction(acceptor)
                large = edge_correlation(np.pi / 2 - gamma, sign * beta, acceptor)
                ratio[:, row, column] = edge_correlation(gamma, beta, acceptor) / best, large / best
        label = "fraction of the tree's optimal energy at p = 1"
        rule = "largest difference of energies that the parity rule says are equal"
        return {
            **exact("tree", "branch donor_degree acceptor_degree", ratio, label),
            **exact("rule_broken", "", broken, rule),
        }

    def _simulated(self, seed: int) -> Variables:
        from replication.landscapes import energies_together, parity_images, pattern_angles

        donors = [self._optima(seed, one, "donor") for one in self.problems]
        acceptors = [self._optima(seed, one, "acceptor") for one in self.problems]
        shape = (len(IMAGES), len(donors), len(acceptors))
        found, errors = np.zeros(shape), np.zeros(shape)
        for row, (thetas, _, parities, _) in enumerate(donors):
            pairs = list(zip(thetas, parities, strict=True))
            images = [[pattern_angles(*one), *parity_images(*one)] for one in pairs]
            points = np.concatenate(images)
            ends = np.cumsum([len(one) for one in images])[:-1]
            for column, (_, lowest, _, circuits) in enumerate(acceptors):
                energies = energies_together(circuits, np.tile(points, (len(circuits), 1, 1)))
                ratio = np.split(energies / lowest[:, None], ends, axis=1)
                summaries = (
                    [one[:, 0] for one in ratio],
                    [one[:, 1:].mean(axis=1) for one in ratio],
                    [one[:, 1:].min(axis=1) for one in ratio],
                )
                for image, table in enumerate(summaries):
                    found[image, row, column], errors[image, row, column] = _crossed(
                        np.array(table)
                    )
        label = f"fraction of the acceptor's optimal energy at p = {self.depth}"
        return sampled("retained", "image donor acceptor", found, errors, label)

    def _optima(self, seed: int, problem: Any, role: str) -> tuple[Any, ...]:
        """Best angles and energies of an ensemble's graphs, their parities and circuits."""
        from replication.landscapes import degree_parity, descend_together
        from replication.seeds import generator_for

        graphs = drawn(problem, self.size, self.instances, seed, f"{self.kind} {role}")
        circuits = [problem.circuit(one, self.depth) for one in graphs]
        rng = generator_for(seed, self.kind, role, label_of(problem), self.size)
        half = np.repeat([np.pi / 2, np.pi / 4], self.depth)
        starts = rng.uniform(-half, half, (self.instances, self.starts + 1, 2 * self.depth))
        starts[:, 0] = [
            one.heuristic(graph.natural_units) for one, graph in zip(circuits, graphs, strict=True)
        ]
        best = descend_together(circuits, starts).best()
        parities = [degree_parity(one.couplings) for one in graphs]
        return best.thetas, best.energies, parities, circuits


def _crossed(table: np.ndarray) -> tuple[float, float]:
    """Mean over donors and acceptors with its standard error, both being drawn."""
    parts = [table.mean(axis=axis).var(ddof=1) / table.shape[1 - axis] for axis in (0, 1)]
    return float(table.mean()), float(np.sqrt(sum(parts)))
