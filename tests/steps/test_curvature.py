"""The metric: the Hessian of natural costs, its whitening, and the optima it is measured at."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from replication.ansatze.base import nearest_image
from replication.ansatze.names import angle_units
from replication.ansatze.qaoa import qaoa
from replication.evaluation.training_set import optima_of
from replication.problems.sk import SK
from replication.steps.curvature import run as curvature

PROBLEMS = [SK().at(4).sample(key) for key in jax.random.split(jax.random.key(5), 3)]
OPTIMA = np.array([[0.4, -0.3], [0.5, -0.35], [-0.45, 0.3]])


def trees():
    """What the steps of optima and constants stored."""
    optima = xr.Dataset(
        {"theta": (("instance", "parameter"), OPTIMA[:2]), "index": ("instance", [2, 0])}
    )
    groups = {
        name: xr.Dataset({"theta": ("parameter", np.array([0.45, -0.3]))})
        for name in ("4", "natural/4")
    }
    return xr.DataTree.from_dict({"4": optima}), xr.DataTree.from_dict(groups)


def test_the_hessian_is_that_of_the_natural_cost():
    problem = PROBLEMS[0]
    ansatz, units = qaoa(problem, 1), problem.natural_units
    unit = angle_units(ansatz.parameter_names, units)
    natural = np.array([0.5, -0.4])

    def cost(x):
        return ansatz.energy(jnp.asarray(x / unit)) / units.energy

    found = curvature.hessian(ansatz, natural, unit, units.energy)
    step, expected = 1e-3, np.empty((2, 2))
    with jax.enable_x64(True):
        for i, one in enumerate(step * np.eye(2)):
            for j, other in enumerate(step * np.eye(2)):
                corners = [float(cost(natural + a * one + b * other)) for a, b in CORNERS]
                expected[i, j] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step**2)
    np.testing.assert_allclose(found, expected, 0, 1e-4)
    np.testing.assert_array_equal(found, found.T)


CORNERS = [(1, 1), (1, -1), (-1, 1), (-1, -1)]


def test_whitened_a_cost_curves_alike():
    mean = np.array([[4.0, 1.0], [1.0, 2.0]])
    steps = curvature.whitening(mean)
    np.testing.assert_allclose(steps.T @ mean @ steps, np.eye(2), 0, 1e-12)


def test_no_step_along_a_flat_direction_is_endless():
    steps = curvature.whitening(np.diag([4.0, 0.0, -1e-9]))
    assert np.linalg.norm(steps, axis=0).max() == pytest.approx(1 / np.sqrt(0.04))


def test_optima_belong_to_the_instances_that_they_are_of():
    optima, constants = trees()
    found = optima_of({"4": PROBLEMS}, optima, constants, lambda problem: qaoa(problem, 1))
    assert found.problems == [PROBLEMS[2], PROBLEMS[0]]
    for problem, angles, natural, theta in zip(
        found.problems, found.angles, found.natural, OPTIMA, strict=False
    ):
        ansatz = qaoa(problem, 1)
        unit = angle_units(ansatz.parameter_names, problem.natural_units)
        np.testing.assert_allclose(
            angles, nearest_image(theta, np.array([0.45, -0.3]), ansatz.periods)
        )
        energies = [float(ansatz.energy(one)) for one in (theta, angles, natural / unit)]
        np.testing.assert_allclose(energies, energies[0], 0, 1e-9)


def test_the_step_stores_the_mean_and_the_eigenvalues_of_each(job):
    optima, constants = trees()
    job.inputs[("instances", "toy", "train")] = xr.DataTree.from_dict(
        {"4": SK().to_dataset(PROBLEMS)}
    )
    job.inputs[("optima", "toy", "train")] = optima
    job.inputs[("constants", "toy")] = constants
    curvature.run(job)
    data = job.output
    assert data["eigenvalues"].shape == (2, 2)
    np.testing.assert_allclose(
        data["eigenvalues"].sum("direction").mean(), np.trace(data["hessian"].values), 1e-9
    )
    np.testing.assert_allclose(data["whitening"], curvature.whitening(data["hessian"].values))
