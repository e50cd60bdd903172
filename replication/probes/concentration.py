"""Where the optimal angles of many graphs gather: clouds by degree beside the closed form."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pydantic

from replication.ensembles import Problem
from replication.probes.base import (
    Finding,
    Probe,
    Variables,
    about,
    draws,
    exact,
    sampled,
    standard_error,
)
from replication.probes.instances import check_ensembles, drawn, label_of
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr


RESAMPLES = 50
"""Of the bootstrap of silhouettes."""


class Concentration(Probe):
    r"""Best optimum of each of many unweighted graphs, folded by its symmetries.

    Beside the points: the optimum of the infinite tree of the ensemble's mean degree, in closed
    form at one layer. How far apart the ensembles' clouds are is their mean silhouette, from -1 to
    1, of the angles and of natural ones, $\gamma \sqrt d$: if the degree explains the clouds, the
    second is much smaller.
    """

    kind: Literal["concentration"] = "concentration"
    problems: tuple[Problem, ...] = setting(
        ..., "chosen", "ensembles of unweighted graphs, a cloud each", min_length=1
    )
    sizes: tuple[int, ...] = setting((8, 10, 12), "chosen", "numbers of qubits", min_length=1)
    instances: int = setting(100, "chosen", "graphs of each ensemble and size", ge=2)
    depth: int = setting(1, "chosen", "layers p", ge=1)
    starts: int = setting(20, "chosen", "random starts of descents beside the tree's angles", ge=1)

    title: ClassVar[str] = "Concentration of optimal angles by degree"
    source: ClassVar[str] = "doi:10.1103/PhysRevA.104.052419"

    @pydantic.model_validator(mode="after")
    def _possible(self) -> "Concentration":
        check_ensembles(self.problems, self.sizes)
        return self

    def problem_kinds(self) -> set[str]:
        """The classes of its instances."""
        return {kind for problem in self.problems for kind in problem.kinds}

    def measure(self, seed: int) -> "xr.Dataset":
        """Angles by `ensemble`, `qubits` and `instance`, distances to the tree, silhouettes."""
        import xarray as xr

        cells = [[self._optima(seed, one, size) for size in self.sizes] for one in self.problems]
        angles, trees, energies, degrees = (
            np.array([[cell[part] for cell in row] for row in cells]) for part in range(4)
        )
        away = np.linalg.norm(angles - trees, axis=-1)
        middle = angles.mean(axis=2, keepdims=True)
        radius = np.linalg.norm(angles - middle, axis=-1)
        names = [f"{family}_{k + 1}" for family in ("gamma", "beta") for k in range(self.depth)]
        axes = "ensemble qubits"
        return xr.Dataset(
            {
                **draws("angles", f"{axes} instance parameter", angles, "optimal angles (rad)"),
                **draws("energy", f"{axes} instance", energies, "optimal energy per edge"),
                **draws("degree", f"{axes} instance", degrees, "mean degree of the graph"),
                **exact("tree", f"{axes} instance parameter", trees, "angles of the tree (rad)"),
                **_mean("distance", axes, away, "distance to the tree's optimum (rad)"),
                **_mean("radius", axes, radius, "distance to the cloud's mean (rad)"),
                **self._silhouettes(seed, angles, degrees),
            },
            {
                "ensemble": [label_of(one) for one in self.problems],
                "qubits": list(self.sizes),
                "parameter": names,
            },
        )

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """At the largest size: `silhouette` of the clouds, and the farthest mean `distance`."""
        one = measured.isel(qubits=-1)
        farthest = one.isel(ensemble=int(one["distance"].values.argmax()))
        found = {"distance": about(farthest["distance"], farthest["distance_error"], "over graphs")}
        if "silhouette" in one:
            error = one["silhouette_error"]
            found["silhouette"] = about(one["silhouette"], error, "bootstrap over graphs")
        return found

    def _optima(self, seed: int, problem: Any, size: int) -> tuple[np.ndarray, ...]:
        """Folded angles, the trees' angles, energies per edge and mean degrees of instances."""
        from replication.landscapes import degree_parity, descend_together, pattern_angles
        from replication.seeds import generator_for

        graphs = drawn(problem, size, self.instances, seed, self.kind)
        parities = [degree_parity(one.couplings) for one in graphs]
        degrees = np.array([one.couplings.sum() / size for one in graphs])
        trees = np.array([self._tree_angles(degree) for degree in degrees])
        rng = generator_for(seed, self.kind, "starts", label_of(problem), size)
        half = np.repeat([np.pi / 2, np.pi / 4], self.depth)
        random = rng.uniform(-half, half, (self.instances, self.starts, 2 * self.depth))
        circuits = [problem.circuit(one, self.depth) for one in graphs]
        starts = np.concatenate([trees[:, None], random], axis=1)
        best = descend_together(circuits, starts).best()
        angles = [pattern_angles(*one) for one in zip(best.thetas, parities, strict=True)]
        return np.array(angles), trees, best.energies / (degrees * size / 2), degrees

    def _tree_angles(self, degree: float) -> np.ndarray:
        from replication.ansatze.qaoa_limits import tree_angles
        from replication.landscapes import best_edge_angles

        if self.depth == 1:
            return best_edge_angles(max(degree, 1.0))
        unit = np.repeat([np.sqrt(degree), 1.0], self.depth)
        return np.asarray(tree_angles(self.depth, degree) / unit)

    def _silhouettes(self, seed: int, angles: np.ndarray, degrees: np.ndarray) -> Variables:
        """Mean silhouettes by size, with errors of a bootstrap over the graphs of each cloud."""
        from sklearn.metrics import silhouette_score

        from replication.seeds import generator_for

        clouds, sizes, count, _ = angles.shape
        if clouds < 2:
            return {}
        natural = angles * np.where(
            np.arange(2 * self.depth) < self.depth, np.sqrt(degrees)[..., None], 1.0
        )
        owners = np.repeat(np.arange(clouds), count)
        rng = generator_for(seed, self.kind, "bootstrap")
        found: Variables = {}
        for name, points in (("silhouette", angles), ("natural_silhouette", natural)):
            scores = np.zeros((RESAMPLES + 1, sizes))
            for row in range(RESAMPLES + 1):
                chosen = rng.integers(count, size=(clouds, count)) if row else None
                for column in range(sizes):
                    part = points[:, column]
                    if chosen is not None:
                        part = np.take_along_axis(part, chosen[..., None], axis=1)
                    flat = part.reshape(clouds * count, -1)
                    scores[row, column] = silhouette_score(flat, owners)
            error = scores[1:].std(axis=0, ddof=1)
            found |= sampled(name, "qubits", scores[0], error, "mean silhouette of the clouds")
        return found


def _mean(name: str, dims: str, values: np.ndarray, label: str) -> Variables:
    return sampled(name, dims, values.mean(axis=2), standard_error(values, axis=2), f"mean {label}")
