"""A job in memory: two spin glasses, two plain starts and a learner of two seeds."""

from types import SimpleNamespace

import jax
import numpy as np
import pytest
import xarray as xr

from replication.kinds.meta_learning_jobs import MAIN, trace_job_of
from replication.metalearner.artefact import MetaOptimizer
from replication.metalearner.network import Network, weights_of
from replication.problems.sk import SK
from replication.study import Study
from replication.workflow import Job, fields

STUDY = {
    "title": "toy",
    "experiments": {
        "toy": {
            "problem": {"kind": "sk"},
            "depth": 1,
            "train_sizes": ["4"],
            "test": {"4": 2},
            "headline_size": "4",
            "learners": {"plain": {"seeds": 2}},
            "starts": ["random", "ramp", "lstm"],
            "evaluation": {"budget": 20, "queries": 3},
            "constants": {"restarts": 3, "steps": 60, "instances": 4},
        }
    },
    "statistics": {"resamples": 100, "targets": [0.51, 0.11]},
    "claims": {"target": 0.11},
}


class MemoryJob(SimpleNamespace):
    """What a step sees of a job, its inputs given and its output kept."""

    def load(self, step, **names):
        merged = {**self.names, **names}
        value = self.inputs[(step, *(merged[field] for field in fields(step)))]
        return value if isinstance(value, xr.DataTree) else xr.DataTree(value)

    def keep_trace(self, start, trace):
        where = "traces", "toy", "4", "main", trace_job_of(start)
        kept = self.inputs.get(where, {})
        children = {name: one.to_dataset() for name, one in kept.items()}
        self.inputs[where] = xr.DataTree.from_dict({**children, start: trace})

    problems = Job.problems

    def path_of(self, step, **names):
        return self.paths[step]

    def save(self, output):
        self.output = output


@pytest.fixture(scope="session")
def problems():
    return [SK().at(4).sample(key) for key in jax.random.split(jax.random.key(0), 2)]


@pytest.fixture
def job(problems, tmp_path):
    study = Study.model_validate(STUDY)
    instances = SK().to_dataset(problems)
    instances["exact_minimum"] = "instance", [problem.exact_minimum() for problem in problems]
    network = Network(2, 2, "plain", key=jax.random.key(0))
    path = tmp_path / "network.npz"
    MetaOptimizer(weights_of(network), {"learner": "plain", "seed": 1}).save(path)
    return MemoryJob(
        study=study,
        experiment=study.experiments["toy"],
        names={"experiment": "toy", "set": "4", "protocol": MAIN},
        paths={"select": path},
        inputs={
            ("instances", "toy", "4"): xr.DataTree.from_dict({"4": instances}),
            ("instances", "toy", "train"): xr.DataTree.from_dict({"4": instances}),
        },
    )


@pytest.fixture(scope="session")
def trace_of():
    return _trace_of


def _trace_of(energy, point):
    """Best-so-far energies (seed, instance, query) and points (seed, instance, query, 2)."""
    axes = ("seed", "instance")
    return xr.Dataset(
        {
            "energy": ((*axes, "query"), energy),
            "point": ((*axes, "query", "parameter"), point),
            "best_point": ((*axes, "parameter"), point[:, :, -1]),
            "start_queries": (axes, np.full(energy.shape[:2], 3)),
            "queries": (axes, np.full(energy.shape[:2], energy.shape[2])),
        }
    )
