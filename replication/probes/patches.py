"""Regions of substantial gradients: the cost's variance over growing cubes around starts."""

import math
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pydantic

from replication.ensembles import Problem
from replication.probes import starting_points as starting
from replication.probes.base import Probe, exact, sampled, standard_error
from replication.probes.instances import drawn
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

_HALF = math.pi / 2
_RADII = tuple(float(f"{r:.3g}") for r in np.geomspace(0.01, _HALF, 14))


class Patches(Probe):
    """Variance and gradients against the half-width of a cube, and the width of most variance."""

    kind: Literal["patches"] = "patches"
    problem: Problem
    sizes: tuple[str, ...] = setting(("6", "8", "10", "12"), "chosen", "sizes of the instances")
    depths: tuple[pydantic.PositiveInt, ...] = setting(
        (2, 4, 8), "chosen", "depths of the circuit", min_length=1
    )
    instances: int = setting(8, "chosen", "instances of each size", ge=3, le=1000)
    points: int = setting(64, "chosen", "angles drawn from a cube", ge=2, le=100_000)
    radii: tuple[pydantic.PositiveFloat, ...] = setting(
        _RADII, "chosen", "half-widths, ascending, in the units of the angles", min_length=3
    )
    starts: tuple[str, ...] = setting(
        starting.STARTS, "chosen", "centres of cubes; of them those made for the circuit"
    )
    train_sizes: tuple[str, ...] = setting(
        ("6", "8"), "chosen", "sizes of the training instances of constant angles and ramps"
    )
    train_instances: int = setting(64, "chosen", "how many, over all these sizes", ge=2)

    title: ClassVar[str] = "Variance in patches around starts"
    source: ClassVar[str] = (
        "own measurement; Puig et al., arXiv:2404.10044; Mhiri et al., arXiv:2502.07889"
    )

    @pydantic.model_validator(mode="after")
    def _check(self) -> Self:
        starting.check_sizes(self.problem, self.sizes)
        starting.check_sizes(self.problem, self.train_sizes)
        starting.check_starts(self.starts)
        if list(self.radii) != sorted(set(self.radii)):
            raise ValueError(f"radii {list(self.radii)} must ascend")
        return self

    def problem_kinds(self) -> set[str]:
        """Classes whose instances it draws."""
        return self.problem.kinds

    def measure(self, seed: int) -> "xr.Dataset":
        """Curves over the half-width, their maxima, and how these scale with the parameters."""
        import xarray as xr

        names = [starting.RANDOM, *starting.served(self.problem, self.starts)]
        shape = len(names), len(self.depths), len(self.sizes), self.instances, len(self.radii)
        variance, gradient = np.zeros(shape), np.zeros(shape)
        gates = np.zeros(shape[1:4])
        parameters = []
        for row, depth in enumerate(self.depths):
            training = starting.training_points(
                self.problem, self.train_sizes, depth, self.train_instances, seed
            )
            for column, size in enumerate(self.sizes):
                several = drawn(self.problem, size, self.instances, seed, self.kind)
                for i, one in enumerate(several):
                    ansatz = self.problem.circuit(one, depth)
                    at = np.s_[:, row, column, i]
                    variance[at], gradient[at] = self._curves(
                        one, ansatz, names, training, (seed, size, depth, i)
                    )
                    gates[row, column, i] = count_gates(ansatz)
            parameters.append(ansatz.num_parameters)
        coordinates = {
            "start": names,
            "depth": list(self.depths),
            "size": list(self.sizes),
            "radius": list(self.radii),
        }
        rows = self._rows(variance, gradient, np.array(parameters))
        rows |= exact("parameters", "depth", parameters, "angles M of the circuit")
        rows |= exact("gates", "depth size instance", gates.astype(int), "gates of the circuit")
        return xr.Dataset(rows, coordinates)

    def _curves(
        self,
        instance: Any,
        ansatz: Any,
        names: list[str],
        training: Any,
        axes: tuple[int, str, int, int],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Variance of E/‖α‖₁ and mean of |∇E|²/(k ‖α‖₁²) over cubes, `(start, radius)` each."""
        from replication.landscapes import cube, values_and_gradients
        from replication.seeds import generator_for

        seed, size, depth, index = axes
        rng = generator_for(seed, self.kind, self.problem.kind, size, depth, index)
        made = starting.points_of(instance, ansatz, names[1:], training, {})
        random = starting.random_points(ansatz, starting.RANDOM, 1, rng)[0]
        thetas = [
            cube(rng, centre, radius, self.points)
            for centre in (random, *made.values())
            for radius in self.radii
        ]
        costs, slopes = values_and_gradients(ansatz.energy, np.concatenate(thetas))
        shape = len(names), len(self.radii), self.points
        spread = costs.reshape(shape).var(axis=2, ddof=1)
        squares = (slopes**2).sum(axis=1).reshape(shape).mean(axis=2)
        scale = instance.normaliser**2
        return spread / scale, squares / (scale * ansatz.num_parameters)

    def _rows(self, variance: np.ndarray, gradient: np.ndarray, parameters: np.ndarray) -> Any:
        each = "start depth size radius"
        widest, error = peak_radius(np.array(self.radii), variance)
        found = (
            sampled(
                "variance",
                each,
                variance.mean(axis=3),
                standard_error(variance, 3),
                "variance of E/‖α‖₁ over a cube",
            )
            | sampled(
                "patch_signal",
                each,
                gradient.mean(axis=3),
                standard_error(gradient, 3),
                "mean of |∇E|²/(k ‖α‖₁²) over a cube",
            )
            | sampled("widest", "start depth size", widest, error, "half-width of most variance")
        )
        if len(parameters) > 1:
            slope, spread = exponents(parameters, widest, error)
            label = "slope of the logarithm of that half-width over that of the parameters"
            found |= sampled("exponent", "start size", slope, spread, label)
        return found


def count_gates(ansatz: Any) -> int:
    """Gates of the circuit as Cirq has it: correlated angles each turn many."""
    circuit = ansatz.to_cirq(np.ones(ansatz.num_parameters))
    return sum(1 for _ in circuit.all_operations())


def peak_radius(radii: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the mean curve over instances is highest, and the jackknife error over instances.

    The maximum of a parabola in ln r through the highest point and its neighbours; at the ends of
    the grid the highest point itself.

    **Arguments:** `variance`: `(..., instances, radii)`; both results have the shape `(...)`.
    """
    count = variance.shape[-2]
    total = variance.sum(axis=-2)
    without = [_peak(radii, (total - variance[..., i, :]) / (count - 1)) for i in range(count)]
    apart = np.array(without) - np.mean(without, axis=0)
    error = np.sqrt((count - 1) / count * (apart**2).sum(axis=0))
    return _peak(radii, total / count), error


def _peak(radii: np.ndarray, curves: np.ndarray) -> np.ndarray:
    flat = curves.reshape(-1, len(radii))
    found = []
    for curve in flat:
        at = int(np.argmax(curve))
        if not 0 < at < len(radii) - 1:
            found.append(radii[at])
            continue
        near = np.s_[at - 1 : at + 2]
        a, b, _ = np.polyfit(np.log(radii[near]), curve[near], 2)
        found.append(np.exp(-b / (2 * a)))
    return np.array(found).reshape(curves.shape[:-1])


def exponents(
    parameters: np.ndarray, widest: np.ndarray, error: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes of ln r over ln M by least squares, and their errors from those of r.

    **Arguments:** `widest`, `error`: shape `(start, depth, size)`; results `(start, size)`.
    """
    x = np.log(parameters)
    weights = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    slope = np.einsum("d,sdn->sn", weights, np.log(widest))
    spread = np.einsum("d,sdn->sn", weights**2, (error / widest) ** 2)
    return slope, np.sqrt(spread)
