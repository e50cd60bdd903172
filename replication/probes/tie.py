"""Why a learned start helps: signal, basin and traps of every start, against the size."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pydantic

from replication.ensembles import Problem
from replication.errors import UserError
from replication.probes import starting_points as starting
from replication.probes.base import Finding, Probe, bounded, draws, exact, sampled, standard_error
from replication.probes.instances import drawn
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

    from replication.metalearner.artefact import MetaOptimizer
    from replication.starts import TrainingPoints

Half = pydantic.PositiveFloat

Axes = tuple[int, str, int]
"""Base seed, size and number of an instance."""


class Tie(Probe):
    """Three rows for one class: gradients at starts, where flow from them ends, and the traps."""

    kind: Literal["tie"] = "tie"
    problem: Problem
    depth: int = setting(4, "chosen", "depth of the circuit", ge=1, le=32)
    sizes: tuple[str, ...] = setting(
        ("6", "8", "10", "12", "14"), "chosen", "sizes at which gradients are measured"
    )
    trap_sizes: tuple[str, ...] = setting(
        ("6", "8", "10"),
        "chosen",
        "those of them at which basins and minima are, too",
        min_length=1,
    )
    instances: int = setting(50, "chosen", "instances of each size", ge=2, le=1000)
    trap_instances: int = setting(
        50, "chosen", "the first of them, whose basins and minima are found", ge=2, le=1000
    )
    points: int = setting(32, "chosen", "angles drawn from a cube", ge=2, le=10_000)
    draws: int = setting(6, "chosen", "random starts of each kind on an instance", ge=2)
    radii: tuple[Half, ...] = setting(
        (0.05, 0.1, 0.3), "chosen", "half-widths of cubes, in the units of the angles", min_length=1
    )
    descents: int = setting(150, "chosen", "random starts of the search for minima", ge=8)
    starts: tuple[str, ...] = setting(
        starting.STARTS,
        "chosen",
        "starts of replication/starts; of them those made for the circuit",
    )
    learners: tuple[str, ...] = setting(
        (), "chosen", "names of networks of this package, each asked for the best of ten queries"
    )
    train_sizes: tuple[str, ...] = setting(
        ("6", "8"), "chosen", "sizes of the training instances of constant angles and ramps"
    )
    train_instances: int = setting(64, "chosen", "how many, over all these sizes", ge=2)

    title: ClassVar[str] = "Signal, basins and traps at the starts"
    source: ClassVar[str] = (
        "own measurement; Mhiri et al., arXiv:2502.07889; Nemkov et al., arXiv:2405.05332"
    )

    @pydantic.model_validator(mode="after")
    def _check(self) -> Self:
        starting.check_sizes(self.problem, self.sizes)
        starting.check_sizes(self.problem, self.train_sizes)
        starting.check_starts(self.starts)
        if outside := sorted(set(self.trap_sizes) - set(self.sizes)):
            raise UserError(f"trap_sizes {', '.join(outside)} must be among sizes")
        if self.trap_instances > self.instances:
            raise UserError(
                f"trap_instances = {self.trap_instances} must be at most instances = "
                f"{self.instances}"
            )
        return self

    def problem_kinds(self) -> set[str]:
        """Classes whose instances it draws."""
        return self.problem.kinds

    def networks(self) -> list[str]:
        """The learners."""
        return list(self.learners)

    def measure(self, seed: int) -> "xr.Dataset":
        """All rows, each with standard errors over the instances."""
        import xarray as xr

        training = starting.training_points(
            self.problem, self.train_sizes, self.depth, self.train_instances, seed
        )
        learners = starting.load_learners(
            self.learners, self.problem, self.train_sizes[-1], self.depth
        )
        names = starting.served(self.problem, self.starts)
        signals, traps, limits = [], [], []
        for size in self.sizes:
            of_size: list[Any] = []
            several = drawn(self.problem, size, self.instances, seed, self.kind)
            for i, one in enumerate(several):
                ansatz = self.problem.circuit(one, self.depth)
                starts = self._starts(one, ansatz, names, training, learners, (seed, size, i))
                of_size.append(self._signal(one, ansatz, starts, (seed, size, i)))
                if size in self.trap_sizes and i < self.trap_instances:
                    traps.append(self._basins(one, ansatz, starts, (seed, size, i)))
            signals.append(of_size)
            limits.append([deep_limit(self.problem.circuit(one, 1), one) for one in several])
        labels = [*starting.RANDOMS, *names, *self.learners]
        coordinates = {
            "start": labels,
            "size": list(self.sizes),
            "radius": list(self.radii),
            "trap_size": list(self.trap_sizes),
        }
        rows = self._signal_rows(np.array(signals)) | exact(
            "deep_limit",
            "size instance",
            limits,
            "|∇E|²/(k ‖α‖₁²) of deep circuits without symmetries; not a number for other circuits",
        )
        return xr.Dataset(rows | self._trap_rows(traps, len(labels)), coordinates)

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """Of each start at which gradients and basins were measured.

        - `rate_<start>`: of the mean squared gradient in the middle cube, with the size;
        - `flow_<start>_<size>`: probability that gradient flow ends in the best known optimum;
        - `gain_<start>_<size>`: that less the one of random angles from the box of the study.
        """
        from replication.landscapes.trends import exponential_rate
        from replication.problems.base import extent

        found = {}
        sizes = [extent(size) for size in self.sizes]
        flows = measured["flow_best"]
        for name in map(str, measured["start"].values):
            around = measured.sel(start=name).isel(radius=len(self.radii) // 2)
            value, error = around["patch_signal"].values, around["patch_signal_error"].values
            if len(sizes) > 1 and (value > 0).all() and (error > 0).all():
                how = "weighted fit of ln |∇E|² against the size"
                found[f"rate_{name}"] = Finding(*exponential_rate(sizes, value, error), how)
            gains = flows.sel(start=name) - flows.sel(start=starting.RANDOM)
            for size in self.trap_sizes:
                at = {"start": name, "trap_size": size}
                found[f"flow_{name}_{size}"] = bounded(flows.sel(at), self.trap_instances)
                gain = gains.sel(trap_size=size)
                found[f"gain_{name}_{size}"] = bounded(gain, self.trap_instances, low=-1.0)
        return found

    def _starts(
        self,
        instance: Any,
        ansatz: Any,
        names: Sequence[str],
        training: "TrainingPoints",
        learners: "Mapping[str, MetaOptimizer]",
        axes: Axes,
    ) -> dict[str, np.ndarray]:
        """The points of each start, several of the random ones; shapes `(points, k)`."""
        from replication.seeds import generator_for

        seed, size, index = axes
        found = {}
        for name in starting.RANDOMS:
            rng = generator_for(seed, self.kind, self.problem.kind, "starts", name, size, index)
            found[name] = starting.random_points(ansatz, name, self.draws, rng)
        made = starting.points_of(instance, ansatz, names, training, learners)
        return found | {name: theta[None] for name, theta in made.items()}

    def _signal(
        self,
        instance: Any,
        ansatz: Any,
        starts: Mapping[str, np.ndarray],
        axes: Axes,
    ) -> np.ndarray:
        """Mean of |∇E|²/(k ‖α‖₁²) at each start and over cubes around it, `(start, 1 + radii)`."""
        from replication.landscapes import cube, signal
        from replication.seeds import generator_for

        seed, size, index = axes
        rng = generator_for(seed, self.kind, self.problem.kind, "cubes", size, index)
        groups = []
        for several in starts.values():
            groups.append(several)
            groups += [cube(rng, several, radius, self.points) for radius in self.radii]
        found = signal(ansatz.energy, np.concatenate(groups))
        ends = np.cumsum([len(one) for one in groups])[:-1]
        means = np.array([part.mean() for part in np.split(found, ends)])
        scale = ansatz.num_parameters * instance.normaliser**2
        return means.reshape(len(starts), 1 + len(self.radii)) / scale

    def _signal_rows(self, found: np.ndarray) -> Any:
        """**Arguments:** `found`: `(size, instance, start, 1 + radii)`."""
        mean, error = found.mean(axis=1), standard_error(found, 1)
        label = "mean of |∇E|²/(k ‖α‖₁²)"
        return sampled(
            "signal", "start size", mean[..., 0].T, error[..., 0].T, f"{label} at the start"
        ) | sampled(
            "patch_signal",
            "start radius size",
            mean[..., 1:].T.swapaxes(0, 1),
            error[..., 1:].T.swapaxes(0, 1),
            f"{label} over a cube around the start",
        )

    def _basins(
        self,
        instance: Any,
        ansatz: Any,
        starts: Mapping[str, np.ndarray],
        axes: Axes,
    ) -> dict[str, Any]:
        """Of one instance its minima, and of each start where flow and L-BFGS end."""
        from replication.landscapes import (
            chao1,
            find_minima,
            flow,
            in_best,
            lbfgs,
            symmetries_of,
        )
        from replication.seeds import generator_for

        seed, size, index = axes
        rng = generator_for(seed, self.kind, self.problem.kind, "descents", size, index)
        random = starting.random_points(ansatz, starting.PERIODS, self.descents, rng)
        minima = find_minima(ansatz.energy, random, symmetries_of(ansatz))
        every = np.concatenate(list(starts.values()))
        scale, offset = instance.normaliser, instance.offset
        flows = flow(ansatz.energy, every, scale=scale)
        jumped = lbfgs(ansatz.energy, every, scale=scale)[1]
        best = min(minima.energies[0], flows.energies.min(), jumped.min())
        ended = minima.which[minima.which >= 0]
        edges = np.cumsum([len(one) for one in starts.values()])[:-1]
        below = minima.energies < flows.energies[:, None] - 1e-7 * abs(best)

        def means(values: np.ndarray) -> np.ndarray:
            return np.array([part.mean() for part in np.split(values, edges)])

        depth = abs(best - offset)
        estimate, spread = chao1(minima.counts)
        return {
            "flow": means(in_best(flows.energies, best, offset)),
            "lbfgs": means(in_best(jumped, best, offset)),
            "error": means((flows.energies - best) / depth),
            "rank": means(below.sum(axis=1)),
            "settled": means(flows.settled),
            "count": len(minima.energies),
            "chao": (estimate, spread),
            "median": float(np.median(minima.energies[ended] - best) / depth),
            "random": float(in_best(minima.energies[ended], best, offset).mean()),
        }

    def _trap_rows(self, traps: Sequence[Mapping[str, Any]], starts: int) -> Any:
        shape = len(self.trap_sizes), self.trap_instances

        def table(name: str) -> np.ndarray:
            return np.array([one[name] for one in traps], float).reshape(*shape, -1)

        def of_start(name: str, row: str, label: str) -> Any:
            values = table(row).reshape(*shape, starts)
            mean, error = values.mean(axis=1).T, standard_error(values, 1).T
            return sampled(name, "start trap_size", mean, error, label)

        def of_size(name: str, row: str, label: str) -> Any:
            values = table(row)[..., 0]
            error = standard_error(values, 1)
            return sampled(name, "trap_size", values.mean(axis=1), error, label)

        chao = table("chao")
        each = "trap_size instance_of_traps"
        return (
            of_start("flow_best", "flow", "probability that gradient flow ends in the best known")
            | of_start("lbfgs_best", "lbfgs", "probability that L-BFGS ends in the best known")
            | of_start("flow_error", "error", "mean relative error where gradient flow ends")
            | of_start("flow_settled", "settled", "fraction of flows that converged")
            | draws(
                "flow_rank",
                f"{each} start",
                table("rank").reshape(*shape, starts),
                "distinct minima found below the end of gradient flow, mean over a start's points",
            )
            | of_size("distinct", "count", "distinct minima from random starts")
            | of_size("estimate", "chao", "distinct minima by Chao1")
            | sampled(
                "instance_estimate",
                each,
                chao[..., 0],
                chao[..., 1],
                "distinct minima by Chao1, of an instance",
            )
            | of_size("median_error", "median", "median relative error of random descents")
            | of_size("random_best", "random", "fraction of random descents in the best known")
        )


def deep_limit(ansatz: Any, instance: Any) -> float:
    r"""Mean of $|\nabla E|^2/(k \|\alpha\|_1^2)$ of deep QAOA whose algebra is all of su(d).

    In the space that the flip of all spins leaves, if it is a symmetry: a property of an instance,
    whatever the depth, see `deep_limits` of `replication.landscapes.asymmetry`. Not a number for
    circuits of other families.
    """
    from replication.landscapes.asymmetry import deep_limits

    if not hasattr(ansatz, "diagonal"):
        return float("nan")
    levels = np.asarray(ansatz.diagonal, float)
    exact = deep_limits(levels.var(), ansatz.num_qubits, levels.size)
    return float((exact.gamma + exact.beta) / 2 / instance.normaliser**2)
