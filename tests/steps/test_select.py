"""The network to use: by relative error on the validation set, whatever units it is trained in."""

import json

import jax
import numpy as np
import pytest
import xarray as xr

from replication.metalearner.artefact import load_meta_optimizer
from replication.metalearner.network import arrays_of, initialise
from replication.problems.sk import SK
from replication.steps.select import run as select
from replication.study import Study

from .conftest import STUDY

PROBLEMS = [SK(fields=True).at(4).sample(key) for key in jax.random.split(jax.random.key(5), 3)]
GOOD, POOR = np.array([0.5, -0.39]), np.array([0.05, 0.02])


def trained(angles, loss):
    """A training's output: two seeds that begin at the same angles, with a validation loss."""
    networks = [
        initialise(angles, 2, "residual", starts_there=False, key=jax.random.key(seed))
        for seed in range(2)
    ]
    stacked = {
        name: (("seed", *(f"{name}_{axis}" for axis in range(array.ndim))), np.stack(both))
        for name, array in arrays_of(networks[0]).items()
        for both in [[arrays_of(one)[name] for one in networks]]
    }
    log = xr.Dataset(
        {"best_loss": ("seed", np.array([loss, loss + 0.01]))},
        coords={"parameter": ["gamma_1", "beta_1"]},
        attrs={"trained_on": json.dumps({"number of spins": [4, 4]})},
    )
    return xr.DataTree.from_dict({"/": log, "network": xr.Dataset(stacked)})


@pytest.fixture
def selecting(job):
    content = json.loads(json.dumps(STUDY))
    content["experiments"]["toy"]["learners"] = {
        "plain": {"seeds": 2, "form": "residual"},
        "natural": {"seeds": 2, "form": "residual", "units": "natural"},
    }
    job.study = Study.model_validate(content)
    job.experiment = job.study.experiments["toy"]
    job.path = job.paths["select"]
    job.attributes = lambda: {"git_commit": "none"}
    drawn = xr.DataTree.from_dict({"4": SK().to_dataset(PROBLEMS)})
    optima = xr.Dataset({"energy": ("instance", [one.exact_minimum() for one in PROBLEMS])})
    job.inputs["instances", "toy", "validation"] = drawn
    job.inputs["optima", "toy", "validation"] = xr.DataTree.from_dict({"4": optima})
    return job


@pytest.mark.parametrize("better", ["plain", "natural"])
def test_the_lower_relative_error_decides_and_not_the_loss(selecting, better):
    """The worse one has the lower loss, as losses of other units may."""
    for name in ("plain", "natural"):
        angles, loss = (GOOD, -0.1) if name == better else (POOR, -0.9)
        selecting.inputs["train", "toy", name] = trained(angles, loss)
    select.run(selecting)
    chosen = load_meta_optimizer(selecting.path)
    assert chosen.metadata["learner"] == better
    assert chosen.units == ("natural" if better == "natural" else "coefficients")
    assert 0 < chosen.metadata["validation_error"] < 1
    assert chosen.metadata["trained_on"] == {"number of spins": [4, 4]}
