"""Step: the mean Hessian of natural costs at the training instances' optima, and its whitening."""

import jax
import numpy as np
import xarray as xr

from replication.ansatze.base import Ansatz
from replication.ansatze.names import angle_units
from replication.evaluation.optima import energy_gradient
from replication.evaluation.training_set import optima_of
from replication.workflow import Job

REACH = 1e-4
"""Step of the central differences of gradients, in natural units."""

FLATTEST = 1e-2
"""Least eigenvalue taken, over the largest one: no step along a flat direction is endless."""


def hessian(ansatz: Ansatz, natural: np.ndarray, unit: np.ndarray, energy: float) -> np.ndarray:
    """Second derivatives of the natural cost at natural angles, shape `(k, k)`."""
    on_device = jax.device_put(ansatz)
    with jax.enable_x64(True):
        rows = [
            np.asarray(energy_gradient(on_device, (natural + step) / unit))
            - np.asarray(energy_gradient(on_device, (natural - step) / unit))
            for step in REACH * np.eye(natural.size)
        ]
    found = np.array(rows) / (2 * REACH * unit * energy)
    return np.asarray((found + found.T) / 2)


def whitening(mean: np.ndarray) -> np.ndarray:
    r"""$W = V \Lambda^{-1/2}$ of a Hessian $V \Lambda V^T$: along its columns costs curve alike."""
    values, vectors = np.linalg.eigh(mean)
    return np.asarray(vectors / np.sqrt(np.maximum(values, FLATTEST * values.max())))


def run(job: Job) -> None:
    """`hessian` and `whitening`, `(parameter, direction)`, and the eigenvalues of each instance."""
    experiment = job.experiment
    tree, constants = job.load("optima", set="train"), job.load("constants")
    found = optima_of(job.problems("train"), tree, constants, experiment.circuit)
    hessians = []
    for problem, natural in zip(found.problems, found.natural, strict=True):
        ansatz, units = experiment.circuit(problem), problem.natural_units
        unit = angle_units(ansatz.parameter_names, units)
        hessians.append(hessian(ansatz, natural, unit, units.energy))
    mean = np.mean(hessians, axis=0)
    axes = ("parameter", "direction")
    job.save(
        xr.Dataset(
            {
                "hessian": (axes, mean),
                "whitening": (axes, whitening(mean)),
                "eigenvalues": (("instance", "direction"), np.linalg.eigvalsh(hessians)),
            },
            coords={"parameter": list(ansatz.parameter_names)},
        )
    )
