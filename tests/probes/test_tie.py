"""The probe that ties starts to landscapes, at a tiny size.

Its deep-limit formula is checked against the table of the closed form: 3.039 for γ and 1.737 for β
of a graph of 8 nodes and 14 edges; |∇E|² of the start against the ansatz' own gradient.
"""

import jax
import numpy as np
import pydantic
import pytest

from replication import maxcut, qaoa
from replication.probes import load, starting_points
from replication.probes.tie import deep_limit

SETTINGS = {
    "problem": {"kind": "maxcut"},
    "depth": 1,
    "sizes": ["4", "6"],
    "trap_sizes": ["4"],
    "instances": 2,
    "trap_instances": 2,
    "points": 8,
    "draws": 3,
    "radii": [0.05, 0.3],
    "descents": 16,
    "starts": ["ramp", "sk_angles", "natural_constant", "adiabatic"],
    "train_sizes": ["4"],
    "train_instances": 4,
}


def probe(**changes):
    return load("tie").model_validate({**SETTINGS, **changes})


@pytest.fixture(scope="module")
def measured():
    return probe().measure(1)


def test_starts_are_those_that_serve_the_circuit(measured):
    names = [*starting_points.RANDOMS, "ramp", "sk_angles", "natural_constant"]
    assert measured["start"].values.tolist() == names
    assert measured["patch_signal"].dims == ("start", "radius", "size")


def test_the_signal_of_a_start_is_its_own_gradient(measured):
    settings = probe()
    found = []
    for one in starting_points.drawn(settings.problem, "6", 2, 1, "tie"):
        ansatz = qaoa(one, 1)
        slope = jax.grad(lambda theta, ansatz=ansatz: ansatz.energy(theta))
        gradient = slope(jax.numpy.asarray(ansatz.heuristic()))
        found.append(float((gradient**2).sum()) / (2 * one.normaliser**2))
    signal = measured["signal"].sel(start="ramp", size="6")
    assert signal.item() == pytest.approx(np.mean(found))
    error = measured["signal_error"].sel(start="ramp", size="6")
    assert error.item() == pytest.approx(np.std(found, ddof=1) / np.sqrt(2))


def test_small_cubes_around_a_start_are_like_it(measured):
    near = measured["patch_signal"].sel(start="ramp", radius=0.05)
    np.testing.assert_allclose(near, measured["signal"].sel(start="ramp"), rtol=0.2)


def test_flow_of_one_layer_from_the_ramp_is_at_the_best(measured):
    assert measured["flow_best"].sel(start="ramp").item() == 1
    assert measured["flow_settled"].min() == 1
    assert measured["flow_error"].min() > -1e-9
    best = measured["flow_best"].values
    assert ((best >= 0) & (best <= 1)).all()
    assert (measured["flow_rank"].sel(start="ramp") == 0).all()


def test_the_deep_limit_of_a_graph_of_eight_nodes():
    edges = [(i, j) for i in range(8) for j in range(i)]
    problem = maxcut([*edges[:13], (6, 7)])
    expected = (3.039 + 1.737) / 2 / 14**2
    assert deep_limit(qaoa(problem, 1), problem) == pytest.approx(expected, rel=1e-3)


def test_networks_are_named_and_refused_where_they_do_not_fit():
    settings = probe(learners=["maxcut-p4"])
    assert settings.networks() == ["maxcut-p4"]
    assert len(settings.network_digests()["maxcut-p4"]) == 16
    with pytest.raises(ValueError, match="network 'maxcut-p4' proposes gamma_1"):
        settings.measure(1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"starts": ["bayes"]}, "start 'bayes' must be one of"),
        ({"trap_sizes": ["8"]}, "trap_sizes 8 must be among sizes"),
        ({"trap_instances": 3}, "must be at most instances"),
        ({"sizes": []}, "sizes is empty"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(pydantic.ValidationError, match=message):
        probe(**changes)
