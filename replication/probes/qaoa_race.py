"""Which start trains QAOA best by gradients, at an equal number of evaluations."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
import pydantic

from replication.ensembles import Problem
from replication.errors import UserError
from replication.probes import starting_points as starting
from replication.probes.arms import UNIFORM, Arm, compared, race_table
from replication.probes.base import Finding, Probe
from replication.probes.instances import check_family, drawn
from replication.progress import track
from replication.seeds import generator_for
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

    from replication.landscapes.deepening import Deepening
    from replication.starts import TrainingPoints

BOX = "box"
"""Uniform angles from the box of the main study."""
QUERIES = 10
"""evaluations that a network's proposal takes"""


class QAOARace(Probe):
    r"""Adam on QAOA from random angles, starts and networks, and depth by depth.

    A run is an instance. An error is $(E - E^*)/(\bar E - E^*)$ of the best cost evaluated, $E^*$
    the lowest end of BFGS from all arms' ends and $\bar E$ the mean of the spectrum. Angles are in
    natural units. Depth by depth begins at the SK angles of one layer. A network's ten queries
    count as evaluations, and so do those of shallower circuits and of Hessians; what starts and
    networks know of training instances does not.
    """

    kind: Literal["qaoa_race"] = "qaoa_race"
    problem: Problem
    size: str = setting("12", "chosen", "size of the instances")
    depth: int = setting(4, "chosen", "layers", ge=2, le=16)
    instances: int = setting(24, "chosen", "how many, each a run", ge=2, le=1000)
    evaluations: int = setting(3000, "chosen", "budget: values with gradient, each run", ge=40)
    rate: float = setting(0.05, "chosen", "step size of Adam, natural units", gt=0)
    threshold: float = setting(0.01, "chosen", "largest error that is a success", gt=0, lt=1)
    starts: tuple[str, ...] = setting(
        ("ramp", "natural_ramp", "natural_constant", "sk_angles"),
        "chosen",
        "starts of replication/starts",
    )
    learners: tuple[str, ...] = setting((), "chosen", "names of networks of this package")
    train_sizes: tuple[str, ...] = setting(
        ("6", "8"), "chosen", "sizes of the training instances of constant angles and ramps"
    )
    train_instances: int = setting(64, "chosen", "how many, over all these sizes", ge=2)

    title: ClassVar[str] = "Starts of QAOA, trained by gradients"
    source: ClassVar[str] = "own comparison"

    @pydantic.model_validator(mode="after")
    def _check(self) -> Self:
        check_family(self.problem)
        starting.check_sizes(self.problem, (self.size, *self.train_sizes))
        starting.check_starts(self.starts)
        unfit = set(self.starts) - {*starting.served(self.problem, self.starts)}
        if unfit:
            raise UserError(f"start {min(unfit)!r} is of other circuits than QAOA")
        return self

    def problem_kinds(self) -> set[str]:
        """Classes whose instances it draws."""
        return self.problem.kinds

    def networks(self) -> list[str]:
        """The learners."""
        return list(self.learners)

    def in_words(self) -> str:
        """What is trained, and the budget."""
        return (
            f"n = {self.size}, p = {self.depth}, {self.instances} instances of "
            f"{self.evaluations} evaluations, success below {self.threshold:g}"
        )

    def measure(self, seed: int) -> "xr.Dataset":
        """By `arm`: the gradient at the start, errors at the end and along the way."""
        training = starting.training_points(
            self.problem, self.train_sizes, self.depth, self.train_instances, seed
        )
        learners = starting.load_learners(
            self.learners, self.problem, self.train_sizes[-1], self.depth
        )
        several = drawn(self.problem, self.size, self.instances, seed, self.kind)
        runs = []
        for index, one in enumerate(track(several, self.title)):
            rng = generator_for(seed, "qaoa race", self.problem.kind, self.size, index)
            runs.append(self._run(one, training, learners, rng))
        arms = {
            name: Arm(label, *(np.array([run[name][part] for run in runs]) for part in range(3)))
            for name, label in self._labels().items()
        }
        return race_table(arms, self.evaluations, self.threshold, seed)

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """Each arm against uniform angles: `error_ratio_<arm>` and `gradient_ratio_<arm>`."""
        return compared(measured)

    def _labels(self) -> dict[str, str]:
        from replication import starts

        return {
            UNIFORM: "uniform angles",
            BOX: "uniform in the study's box",
            **{name: starts.load(name).LABEL for name in self.starts},
            **{name: f"network {name}" for name in self.learners},
            **{name: label for name, (label, _) in deepenings().items()},
        }

    def _run(
        self,
        instance: Any,
        training: "TrainingPoints",
        learners: dict[str, Any],
        rng: np.random.Generator,
    ) -> dict[str, "Run"]:
        """All arms on one instance."""
        import optax

        from replication.ansatze.qaoa_limits import sk_angles
        from replication.landscapes import descend_together, train, values_and_gradients

        circuits = [self.problem.circuit(instance, depth) for depth in range(1, self.depth + 1)]
        costs, units = zip(*(_in_units(one, instance) for one in circuits), strict=True)
        deepest, adam = circuits[-1], optax.adam(self.rate)
        first = np.asarray(sk_angles(1))
        begun = {
            UNIFORM: starting.random_points(deepest, starting.PERIODS, 1, rng)[0],
            BOX: starting.random_points(deepest, starting.RANDOM, 1, rng)[0],
            **starting.points_of(instance, deepest, self.starts, training, learners),
        }
        start = np.array([*begun.values()]) * units[-1]
        found = train(costs[-1], start, adam, self.evaluations - 1)
        values, norms = [*found.values], [*found.gradient_norms]
        for place, name in enumerate(begun):
            if name in learners:
                asked = np.full(QUERIES, np.nan)
                values[place] = np.append(asked, values[place][:-QUERIES])
                norms[place] = np.append(asked, norms[place][:-QUERIES])
        start, ends = [*start], [*found.best]
        for _, deepen in deepenings().values():
            course = deepen(costs, first, adam, self.evaluations)
            values.append(course.values)
            norms.append(course.gradient_norms)
            start.append(_padded(first, self.depth))
            ends.append(course.theta)
        squares = (values_and_gradients(costs[-1], np.array(start))[1] ** 2).mean(axis=1)
        polished = descend_together([deepest], np.array(ends)[None] / units[-1]).energies.min()
        lowest = min(polished, *(np.nanmin(each) for each in values))
        scale = float(instance.offset) - lowest
        errors = [(np.fmin.accumulate(each) - lowest) / scale for each in values]
        rows = zip(self._labels(), squares, errors, norms, strict=True)
        return {name: Run(*row) for name, *row in rows}


class Run(NamedTuple):
    """One arm on one instance: the parts of an [`Arm`][] after its label."""

    squares: np.ndarray
    errors: np.ndarray
    norms: np.ndarray


def deepenings() -> "dict[str, tuple[str, Deepening]]":
    """Trainings depth by depth, with their labels."""
    from replication.landscapes import deepening

    return {
        "interp": ("INTERP, by gradients", deepening.by_interpolation),
        "transition_states": ("transition states, greedy", deepening.by_transition_states),
    }


def _in_units(circuit: Any, instance: Any) -> tuple[Any, np.ndarray]:
    """The energy as a function of angles in natural units, and these units."""
    import equinox as eqx

    from replication.ansatze.names import angle_units

    units = angle_units(circuit.parameter_names, instance.natural_units)
    return eqx.Partial(_energy, circuit, units), units


def _energy(circuit: Any, units: Any, theta: Any) -> Any:
    return circuit.energy(theta / units)


def _padded(first: np.ndarray, depth: int) -> np.ndarray:
    """Angles of one layer as those of a deeper circuit whose others are zero."""
    return np.array([first, *[[0.0, 0.0]] * (depth - 1)]).T.ravel()
