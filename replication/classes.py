"""What a study's settings mean in objects: ensembles, ansätze, and instances as arrays."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Union

import numpy as np
import xarray as xr

from replication.ansatze.base import Ansatz
from replication.ansatze.hubbard import hubbard_ansatz
from replication.ansatze.qaoa import qaoa
from replication.problems.base import Problem
from replication.problems.hubbard import HubbardEnsemble, HubbardProblem, hubbard
from replication.problems.ising import IsingProblem
from replication.problems.sk import SKEnsemble
from replication.study import Experiment, HubbardSettings, MaxCutSettings
from replication.study import Problem as ProblemSettings

if TYPE_CHECKING:
    from replication.problems.maxcut import MaxCutEnsemble

Ensemble = Union["MaxCutEnsemble", SKEnsemble, HubbardEnsemble]


def lattice(size: str) -> tuple[int, int]:
    """`"2x3"` to `(2, 3)`."""
    l_x, l_y = size.split("x")
    return int(l_x), int(l_y)


def ensemble_for(settings: ProblemSettings, size: str) -> Ensemble:
    """The law from which instances of one size are drawn."""
    if isinstance(settings, HubbardSettings):
        return HubbardEnsemble(
            lattice(size), settings.t_range, settings.u_range, filling=settings.filling
        )
    if isinstance(settings, MaxCutSettings):
        # Graphs are drawn by networkx, for which the jobs that draw none need not wait.
        from replication.problems.maxcut import MaxCutEnsemble

        return MaxCutEnsemble(
            int(size), graphs=settings.graphs, degree=settings.degree, weights=settings.weights
        )
    return SKEnsemble(int(size), couplings=settings.couplings, fields=settings.fields)


def ansatz_for(experiment: Experiment, problem: Problem) -> Ansatz:
    """The circuit with which an experiment treats an instance."""
    if isinstance(problem, HubbardProblem):
        assert isinstance(experiment.problem, HubbardSettings)
        return hubbard_ansatz(problem, steps=experiment.depth, kind=experiment.problem.ansatz)
    assert isinstance(problem, IsingProblem)
    return qaoa(problem, experiment.depth)


def share(
    problems: Sequence[Problem], instances: int, sizes: Sequence[str], rng: np.random.Generator
) -> list[Problem]:
    """One size's share, without repetition, of `instances` drawn over all `sizes`."""
    count = min(len(problems), max(1, instances // len(sizes)))
    return [problems[i] for i in np.sort(rng.choice(len(problems), count, replace=False))]


def to_dataset(problems: Sequence[Problem]) -> xr.Dataset:
    """Instances of one size as labelled arrays."""
    if isinstance(problems[0], HubbardProblem):
        hubbards = [problem for problem in problems if isinstance(problem, HubbardProblem)]
        return xr.Dataset(
            {
                "t": ("instance", [problem.t for problem in hubbards]),
                "u": ("instance", [problem.u for problem in hubbards]),
            }
        )
    isings = [problem for problem in problems if isinstance(problem, IsingProblem)]
    return xr.Dataset(
        {
            "couplings": (("instance", "i", "j"), [problem.couplings for problem in isings]),
            "fields": (("instance", "i"), [problem.fields for problem in isings]),
        }
    )


def from_dataset(dataset: xr.Dataset, settings: ProblemSettings, size: str) -> list[Problem]:
    """The instances that [`to_dataset`][] stored."""
    if isinstance(settings, HubbardSettings):
        return [
            hubbard(lattice(size), t=float(t), u=float(u), filling=settings.filling)
            for t, u in zip(dataset["t"].values, dataset["u"].values, strict=True)
        ]
    return [
        IsingProblem(settings.kind, couplings, fields)
        for couplings, fields in zip(
            dataset["couplings"].values, dataset["fields"].values, strict=True
        )
    ]


def problems_in(tree: xr.DataTree, experiment: Experiment, sample: str) -> dict[str, list[Problem]]:
    """The instances of a sample, `train`, `validation` or a test's, by size."""
    settings, sizes = experiment.problem, experiment.train_sizes
    if sample in experiment.samples:
        test = experiment.samples[sample]
        settings, sizes = test.problem, (test.size,)
    return {size: from_dataset(tree[size].to_dataset(), settings, size) for size in sizes}
