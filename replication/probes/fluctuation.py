"""How much a landscape fluctuates, against how often descents on it succeed."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pydantic

from replication.ensembles import Problem
from replication.probes.base import Finding, Probe, Variables, draws, exact, sampled, standard_error
from replication.probes.instances import check_ensembles, drawn, half_periods, label_of
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

RING = "ring"
RESAMPLES = 1000
"""Of the bootstrap of the rank correlation."""
SUCCESS = 1e-2
"""Fraction of the depth of the best optimum below which a descent has succeeded."""


class Fluctuation(Probe):
    r"""Fluctuation of the cost over random angles, and the success of descents from them.

    The normaliser is the depth of the ground energy below the mean over angles, both of the same
    instance; $\bar E$ is 0 for Ising problems up to sampling, and is taken to be so. Angles are
    uniform over whole periods, γ where it has none over (-π/2, π/2) in natural units. A descent by
    BFGS from such angles succeeds where its end is within 1e-2 of the depth of the best end found.

    Limits of large depth: the ring's $\sqrt{2n/3}/n$, and $\sqrt{S_2/(D+1)}/|E_{min}|$ with
    $D = 2^{n-1}$ and $S_2 = \sum J_{ij}^2$ for a problem without symmetries but the global flip.
    The definition is this suite's: the source divides by a standard landscape's deviation.
    """

    kind: Literal["fluctuation"] = "fluctuation"
    problems: tuple[Problem, ...] = setting(
        ..., "chosen", "ensembles beside the ring, a cell each with every size and depth"
    )
    sizes: tuple[int, ...] = setting((6, 8, 10), "chosen", "numbers of qubits", min_length=1)
    depths: tuple[int, ...] = setting((1, 2, 4, 8), "chosen", "layers p", min_length=1)
    instances: int = setting(6, "chosen", "instances of a cell; the ring is one", ge=2)
    points: int = setting(300, "chosen", "uniform angles of each instance", ge=2)
    starts: int = setting(30, "chosen", "descents of each instance", ge=2)

    title: ClassVar[str] = "Fluctuation of landscapes against success in training"
    source: ClassVar[str] = "arXiv:2406.11805"

    @pydantic.model_validator(mode="after")
    def _possible(self) -> "Fluctuation":
        check_ensembles(self.problems, self.sizes)
        return self

    def problem_kinds(self) -> set[str]:
        """The classes of its instances."""
        return {kind for problem in self.problems for kind in problem.kinds}

    def measure(self, seed: int) -> "xr.Dataset":
        """`fluctuation`, `success` and the `limit` by `ensemble`, `qubits` and `layers`."""
        import xarray as xr

        shape = (1 + len(self.problems), len(self.sizes), len(self.depths))
        found = np.zeros((5, *shape))
        for index in np.ndindex(*shape):
            found[(slice(None), *index)] = self._cell(seed, *index)
        dims = "ensemble qubits layers"
        ratio = "sd of E over angles / (mean E - ground energy)"
        hits = f"fraction of descents within {SUCCESS:g} of the best"
        return xr.Dataset(
            {
                **sampled("fluctuation", dims, found[0], found[1], ratio),
                **sampled("success", dims, found[2], found[3], hits),
                **exact("limit", dims, found[4], f"{ratio}, limit of large depth"),
                **_rank_correlation(seed, found),
            },
            {
                "ensemble": [RING, *(label_of(one) for one in self.problems)],
                "qubits": list(self.sizes),
                "layers": list(self.depths),
            },
        )

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """`rank_correlation` of fluctuation and success over the cells."""
        low, high = map(float, measured["spearman_interval"].values)
        value = float(measured["spearman"])
        return {"rank_correlation": Finding(value, low, high, "bootstrap over cells")}

    def _cell(self, seed: int, row: int, column: int, last: int) -> tuple[float, ...]:
        """Fluctuation and success with their errors, and the mean limit, over instances."""
        from replication.landscapes import descend_together, energies_together
        from replication.seeds import generator_for

        n, depth = self.sizes[column], self.depths[last]
        instances = self._instances(seed, row, n)
        circuits = [_circuit(one, depth) for one in instances]
        rng = generator_for(seed, self.kind, "angles", row, n, depth)
        halves = np.array([_half_periods(*one) for one in zip(circuits, instances, strict=True)])
        shape = (len(instances), self.points, 2 * depth)
        thetas = halves[:, None] * rng.uniform(-1, 1, shape)
        lowest = np.array([one.exact_minimum() for one in instances])
        energies = energies_together(circuits, thetas)
        ratios = energies.std(axis=1, ddof=1) / -lowest
        ends = descend_together(circuits, thetas[:, : self.starts]).energies
        best = ends.min(axis=1, keepdims=True)
        successes = (ends <= best * (1 - SUCCESS)).mean(axis=1)
        limit = float(np.mean([_limit(one, row == 0) for one in instances]))
        if row == 0:
            moments = np.mean(energies**4) / np.var(energies) ** 2
            ratio_error = ratios[0] * np.sqrt((moments - 1) / (4 * self.points))
            hit = (successes[0] * self.starts + 1) / (self.starts + 2)
            hit_error = np.sqrt(hit * (1 - hit) / self.starts)
        else:
            ratio_error, hit_error = standard_error(ratios), standard_error(successes)
        return ratios.mean(), float(ratio_error), successes.mean(), float(hit_error), limit

    def _instances(self, seed: int, row: int, n: int) -> list[Any]:
        import networkx as nx

        from replication.problems.maxcut import maxcut

        if row == 0:
            return [maxcut(nx.cycle_graph(n))]
        return drawn(self.problems[row - 1], n, self.instances, seed, self.kind)


def _circuit(problem: Any, depth: int) -> Any:
    from replication.ansatze.qaoa import qaoa

    return qaoa(problem, depth)


def _half_periods(circuit: Any, problem: Any) -> np.ndarray:
    return half_periods(circuit, np.pi / (2 * problem.natural_units.angles["gamma"]))


def _limit(problem: Any, ring: bool) -> float:
    from replication.landscapes.asymmetry import deep_limits

    n = problem.num_spins
    if ring:
        return float(np.sqrt(2 * n / 3) / n)
    variance = deep_limits(problem.two_norm**2, n, 2 ** (n - 1)).loss
    return float(np.sqrt(variance) / -problem.exact_minimum())


def _rank_correlation(seed: int, found: np.ndarray) -> Variables:
    """Spearman's correlation over cells of F and success, with its bootstrap error."""
    from scipy.stats import rankdata

    from replication.seeds import generator_for

    cells = found[[0, 2]].reshape(2, -1)
    rng = generator_for(seed, "fluctuation", "bootstrap")

    def correlation(chosen: np.ndarray) -> float:
        ranks = [rankdata(one[chosen]) for one in cells]
        spreads = [one.std() for one in ranks]
        return float(np.corrcoef(*ranks)[0, 1]) if min(spreads) > 0 else 0.0

    count = cells.shape[1]
    again = [correlation(rng.integers(count, size=count)) for _ in range(RESAMPLES)]
    whole = correlation(np.arange(count))
    label = "rank correlation of fluctuation and success over cells"
    error, bounds = np.asarray(np.std(again, ddof=1)), np.quantile(again, [0.025, 0.975])
    return {
        **sampled("spearman", "", np.array(whole), error, label),
        **draws("spearman_interval", "bound", bounds, f"95 % bootstrap interval: {label}"),
    }
