"""The reference optimum is the best of everybody's, polished, and keeps those that tie."""

import jax
import numpy as np
import pytest
import xarray as xr

from replication.ansatze.qaoa import qaoa
from replication.evaluation.optima import best_of_random
from replication.steps.reference import run as reference


@pytest.fixture(scope="module")
def optima(problems):
    """The true optimum of each instance, from many starts."""
    starts = np.random.default_rng(0).uniform(-1.5, 1.5, (12, 2))
    return [
        best_of_random(
            qaoa(problem, 1),
            problem,
            starts,
            screening_steps=20,
            kept=8,
            descent_steps=40,
            polished=4,
        )
        for problem in problems
    ]


@pytest.fixture
def made(job, problems, optima, trace_of):
    """Random starts found nothing; a trace's end is next to the optimum of the first instance."""
    poor = np.zeros((2, 2))
    job.inputs["optima", "toy", "4"] = xr.DataTree.from_dict(
        {
            "4": xr.Dataset(
                {"theta": (("instance", "parameter"), poor), "energy": ("instance", [0.0, 0.0])}
            )
        }
    )
    ends = np.stack([optima[0][0] + 0.03, [0.0, 0.0]])
    energies = [jax.jit(qaoa(problem, 1).energy) for problem in problems]

    def trace(seeds, good):
        point = np.zeros((seeds, 2, 5, 2))
        if good:
            point[-1] = ends[:, None]
        energy = [
            [[float(energy(t)) for t in row] for energy, row in zip(energies, one, strict=True)]
            for one in point
        ]
        return trace_of(np.array(energy), point)

    job.keep_trace("random", trace(1, False))
    job.keep_trace("ramp", trace(1, True))
    job.keep_trace("lstm.plain", trace(2, True))
    reference.run(job)
    return job.output


def test_the_traces_ends_are_polished_to_the_optimum(made, optima):
    np.testing.assert_allclose(made["energy"][0], optima[0][1], 1e-9)
    assert str(made["source"].values[0]) in ("ramp", "lstm.plain")
    assert made["random_energy"][0] == 0
    assert list(made["candidate"].values) == ["random optima", "random", "ramp", "lstm.plain"]


def test_optima_that_tie_are_kept_and_others_are_not(made, problems):
    tied = np.isfinite(made["theta"].values).all(-1)
    np.testing.assert_array_equal(tied[0], [False, False, True, True])
    for theta in made["theta"].values[0][tied[0]]:
        np.testing.assert_allclose(qaoa(problems[0], 1).energy(theta), made["energy"][0], 1e-6)


def test_nothing_found_is_said_as_it_is(made):
    """At θ = 0 the gradient vanishes: the second instance keeps its poor energy, and all tie."""
    assert made["energy"][1] == pytest.approx(0, abs=1e-12)


def test_a_lower_query_of_any_trace_counts(job, made, optima):
    """The best energy ever seen is the reference, even where its angles were not kept."""
    trace = job.inputs["traces", "toy", "4", "main", "untrained"]["random"]
    trace["energy"][0, 0, 2] = optima[0][1] - 0.5
    reference.run(job)
    np.testing.assert_allclose(job.output["energy"][0], optima[0][1] - 0.5)
