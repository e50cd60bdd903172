"""Traps: how many distinct minima a landscape has, and how good the one is that a descent finds."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pydantic

from replication.ensembles import Problem
from replication.probes import starting_points as starting
from replication.probes.base import Finding, Probe, about, bounded, draws, sampled, standard_error
from replication.probes.instances import drawn
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr


class MinimaProbe(Probe):
    """Descents from random starts on each instance, their ends identified up to symmetry."""

    kind: Literal["minima"] = "minima"
    problem: Problem
    sizes: tuple[str, ...] = setting(("6", "8", "10"), "chosen", "sizes of the instances")
    depths: tuple[pydantic.PositiveInt, ...] = setting(
        (1, 2, 3, 4), "chosen", "depths of the circuit", min_length=1
    )
    instances: int = setting(3, "chosen", "instances of each size", ge=2, le=1000)
    starts: int = setting(
        400, "chosen", "random starts a landscape, from a period of each angle", ge=2, le=100_000
    )
    steps: int = setting(300, "chosen", "steps of Adam before Newton's method", ge=1, le=10_000)

    title: ClassVar[str] = "Local minima against size and depth"
    source: ClassVar[str] = (
        "own measurement; Rajakumar et al., arXiv:2402.10188; A. Chao, doi:10.2307/2531532"
    )

    @pydantic.model_validator(mode="after")
    def _check(self) -> Self:
        starting.check_sizes(self.problem, self.sizes)
        return self

    def problem_kinds(self) -> set[str]:
        """Classes whose instances it draws."""
        return self.problem.kinds

    def measure(self, seed: int) -> "xr.Dataset":
        """Counts, their extrapolation and the quality of ends, over depths, sizes and instances."""
        import xarray as xr

        shape = (len(self.depths), len(self.sizes), self.instances)
        rows: dict[str, np.ndarray] = {
            name: np.zeros(shape)
            for name in ("count", "chao", "chao_sd", "best", "median", "slope", "flat", "lost")
        }
        ends = np.full((*shape, self.starts), np.nan)
        for column, size in enumerate(self.sizes):
            several = drawn(self.problem, size, self.instances, seed, self.kind)
            for row, depth in enumerate(self.depths):
                for i, one in enumerate(several):
                    at = row, column, i
                    found, ends[at] = self._landscape(one, depth, seed, size, i)
                    for name, value in found.items():
                        rows[name][at] = value
        coordinates = {"depth": list(self.depths), "size": list(self.sizes)}
        return xr.Dataset(self._variables(rows, ends), coordinates)

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """Of Chao1's number of minima and of a descent's end.

        - `rate_per_layer`: of the number at the largest size, with the layers;
        - `rate_per_spin`: at the largest depth, with the size;
        - `median_error`, `best`: at the largest size and depth.
        """
        from replication.landscapes.trends import exponential_rate
        from replication.problems.base import extent

        found = {}
        sizes = [extent(size) for size in self.sizes]
        for name, one, places in (
            ("rate_per_layer", measured.isel(size=-1), list(self.depths)),
            ("rate_per_spin", measured.isel(depth=-1), sizes),
        ):
            value = one["estimate"].values
            # Where all instances have as many, the error is at least that of counting.
            error = np.maximum(one["estimate_error"].values, 0.01 * value)
            if len(places) > 1:
                how = "weighted fit of ln Chao1"
                found[name] = Finding(*exponential_rate(places, value, error), how)
        last = measured.isel(size=-1, depth=-1)
        error = last["median_error_error"]
        found["median_error"] = about(last["median_error"], error, "over instances")
        found["best"] = bounded(last["best"], self.instances)
        return found

    def _landscape(
        self, instance: Any, depth: int, seed: int, size: str, index: int
    ) -> tuple[dict[str, float], np.ndarray]:
        """Numbers of one landscape, and the relative error of the end of each descent."""
        from replication.landscapes import chao1, find_minima, polish, symmetries_of
        from replication.seeds import generator_for

        ansatz = self.problem.circuit(instance, depth)
        rng = generator_for(seed, self.kind, self.problem.kind, size, depth, index)
        starts = starting.random_points(ansatz, starting.PERIODS, self.starts, rng)
        symmetries = symmetries_of(ansatz)
        found = find_minima(ansatz.energy, starts, symmetries, steps=self.steps)
        ramps = [ansatz.heuristic(), ansatz.heuristic(instance.natural_units)]
        known = polish(ansatz.energy, np.array(ramps, float)).energies.min()
        best = min(found.energies[0], known)
        ended = found.which >= 0
        errors = np.full(self.starts, np.nan)
        depths_below = found.energies[found.which[ended]] - best
        errors[ended] = depths_below / abs(best - instance.offset)
        estimate, spread = chao1(found.counts)
        curvature = found.spectra[:, 0] <= 1e-5 * found.spectra[:, -1]
        return {
            "count": len(found.energies),
            "chao": estimate,
            "chao_sd": spread,
            "best": float(np.mean(errors[ended] <= 1e-3)),
            "median": float(np.median(errors[ended])),
            "slope": float(found.slopes[ended].max() / instance.normaliser),
            "flat": float(curvature.sum()),
            "lost": float(np.mean(~ended)),
        }, errors

    def _variables(self, rows: dict[str, np.ndarray], ends: np.ndarray) -> Any:
        def over(name: str, row: str, label: str) -> Any:
            return sampled(
                name, "depth size", rows[row].mean(axis=2), standard_error(rows[row], 2), label
            )

        each = "depth size instance"
        return (
            over("distinct", "count", "distinct minima found, mean over instances")
            | over("estimate", "chao", "distinct minima by Chao1, mean over instances")
            | over("best", "best", "fraction of descents that end within 0.1 % of the best known")
            | over("median_error", "median", "median relative error of a descent's end")
            | over("lost", "lost", "fraction of descents that ended in no minimum")
            | sampled(
                "instance_estimate",
                each,
                rows["chao"],
                rows["chao_sd"],
                "distinct minima by Chao1, of an instance",
            )
            | draws("instance_distinct", each, rows["count"].astype(int), "distinct minima found")
            | draws("instance_flat", each, rows["flat"].astype(int), "those with a flat direction")
            | draws("slope", each, rows["slope"], "largest gradient at an end, over the 1-norm")
            | draws("end_error", f"{each} start", ends, "relative error of a descent's end")
        )
