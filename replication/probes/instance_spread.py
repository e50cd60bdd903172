"""How alike the landscapes of an ensemble's instances are: their spread at fixed angles."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pydantic

from replication.ensembles import Problem
from replication.probes.base import Finding, Probe, Variables, about, exact, sampled, standard_error
from replication.probes.instances import check_family, drawn
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

SCHEDULES = ("ramp", "constant")
LARGE = ("regular", "erdos_renyi", "gaussian")
Per = Literal["spin", "edge"]


class InstanceSpread(Probe):
    r"""How alike instances are: the spread of their energies at fixed angles, against the size.

    It falls as a power of n. For a graph whose degrees vary by themselves, $G(n, k/n)$ with fixed
    k, the energy is a sum of about n local terms that vary almost independently: the power is -1/2.
    Regular graphs differ by their short cycles alone, whose number does not grow with n, and
    couplings of variance 1/n average out: there it is -1. Small sizes are far from these limits,
    so that one layer is evaluated in closed form at large ones too.

    The angles of a size are the same for all its instances: those of one layer at which an
    infinite SK model is optimal, γ = 1/2 over the mean natural unit, and two schedules of `depth`
    layers: the ansatz' heuristic, a ramp, and its mean, the same in each layer.
    """

    kind: Literal["instance_spread"] = "instance_spread"
    problem: Problem
    sizes: tuple[int, ...] = setting(
        (6, 8, 10, 12, 14, 16), "chosen", "numbers of qubits that are simulated", min_length=2
    )
    instances: int = setting(200, "chosen", "instances of each size", ge=2)
    depth: int = setting(4, "chosen", "layers of both schedules", ge=1)
    per: Per = setting(
        "edge", "chosen", "what energies are divided by: the sum of |weights|, or the spins"
    )
    large_sizes: tuple[int, ...] = setting(
        (16, 32, 64, 128), "chosen", "numbers of qubits at one layer in closed form", min_length=2
    )
    large_degree: int = setting(3, "chosen", "mean degree of the large graphs", ge=2)

    title: ClassVar[str] = "Spread of instances' landscapes at fixed angles"
    source: ClassVar[str] = "arXiv:1812.04170"

    @pydantic.model_validator(mode="after")
    def _possible(self) -> "InstanceSpread":
        check_family(self.problem)
        for size in self.sizes:
            self.problem.at(size)
        for size in self.large_sizes:
            if size <= self.large_degree or size * self.large_degree % 2:
                raise ValueError(
                    f"large_sizes has {size}; needed are more than large_degree = "
                    f"{self.large_degree} and an even product of both"
                )
        return self

    def problem_kinds(self) -> set[str]:
        """The class of its instances."""
        return self.problem.kinds

    def measure(self, seed: int) -> "xr.Dataset":
        """Mean and spread over instances by `schedule` and `qubits`, and slopes in log-log."""
        import xarray as xr

        from replication.landscapes import mean_sk_energy

        energies = np.array([self._energies(seed, size) for size in self.sizes])
        energies = energies.transpose(2, 0, 1)
        large = np.array([[self._large(seed, name, n) for n in self.large_sizes] for name in LARGE])
        mean, unit = energies.mean(axis=2), f"per {self.per}"
        line = [mean_sk_energy(n) for n in self.sizes]
        return xr.Dataset(
            {
                **sampled(
                    "mean",
                    "schedule qubits",
                    mean,
                    standard_error(energies, axis=2),
                    f"mean energy {unit}",
                ),
                **_spread("", "schedule", self.sizes, energies, unit),
                **_spread("large_", "distribution", self.large_sizes, large, "of one layer"),
                **exact(
                    "sk_line", "qubits", line, "mean energy per spin of SK's one layer, closed form"
                ),
            },
            {
                "schedule": ["single_layer", *SCHEDULES],
                "qubits": list(self.sizes),
                "distribution": list(LARGE),
                "large_qubits": list(self.large_sizes),
            },
        )

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """Exponents of the spread with the size, `exponent_<schedule>`."""
        return {
            f"exponent_{name}": about(
                measured["slope"].sel(schedule=name),
                measured["slope_error"].sel(schedule=name),
                "fit in log-log",
            )
            for name in map(str, measured["schedule"].values)
        }

    def _energies(self, seed: int, size: int) -> np.ndarray:
        """Energies of the instances of one size, shape `(instances, schedules)`."""
        from replication.landscapes import energies_together

        found = drawn(self.problem, size, self.instances, seed, self.kind)
        unit = float(np.mean([one.natural_units.angles["gamma"] for one in found]))
        shallow, deep = ([self.problem.circuit(one, p) for one in found] for p in (1, self.depth))
        ramp = np.asarray(deep[0].heuristic(), float)
        level = np.repeat(ramp.reshape(2, self.depth).mean(axis=1), self.depth)
        single = np.array([0.5 / unit, -np.pi / 8])
        energies = [
            energies_together(circuits, np.tile(thetas, (len(found), 1, 1)))
            for circuits, thetas in ((shallow, [single]), (deep, [ramp, level]))
        ]
        counts = [one.normaliser if self.per == "edge" else one.num_spins for one in found]
        return np.concatenate(energies, axis=1) / np.array(counts)[:, None]

    def _large(self, seed: int, name: str, n: int) -> np.ndarray:
        """Energies of one layer, of graphs per edge and of Gaussian couplings per spin."""
        from replication.landscapes import single_layer_energy
        from replication.seeds import generator_for

        found = []
        for i in range(self.instances):
            rng = generator_for(seed, self.kind, "large", name, n, i)
            couplings = _couplings(name, n, self.large_degree, rng)
            gamma = 0.5 if name == "gaussian" else 0.5 / np.sqrt(self.large_degree)
            count = n if name == "gaussian" else couplings.sum() / 2
            found.append(single_layer_energy(couplings, gamma, -np.pi / 8) / count)
        return np.array(found)


def _couplings(name: str, n: int, degree: int, rng: np.random.Generator) -> np.ndarray:
    import networkx as nx

    if name == "gaussian":
        upper = np.triu(rng.normal(size=(n, n)) / np.sqrt(n), 1)
        return np.asarray(upper + upper.T)
    seed = int(rng.integers(2**32))
    if name == "regular":
        return np.asarray(nx.to_numpy_array(nx.random_regular_graph(degree, n, seed=seed)))
    return np.asarray(nx.to_numpy_array(nx.fast_gnp_random_graph(n, degree / n, seed=seed)))


def _spread(
    prefix: str, series: str, sizes: tuple[int, ...], energies: np.ndarray, unit: str
) -> Variables:
    """Standard deviations and their slopes; `energies` of shape `(series, sizes, instances)`."""
    spread = np.sqrt(energies.var(axis=2, ddof=1))
    from replication.landscapes.gradients import variance_error
    from replication.landscapes.trends import weighted_slope

    error = variance_error(energies, axis=2) / (2 * spread)
    slope, slope_error = weighted_slope(np.log(sizes), np.log(spread), error / spread)
    label = f"standard deviation over instances of the energy {unit}"
    power = "d ln(spread) / d ln(n)"
    return {
        **sampled(f"{prefix}spread", f"{series} {prefix}qubits", spread, error, label),
        **sampled(f"{prefix}slope", series, slope, slope_error, power),
    }
