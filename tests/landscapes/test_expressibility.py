"""Expressibility of circuits whose fidelities have a known distribution."""

import numpy as np
import pytest

from replication.errors import UserError
from replication.landscapes.expressibility import (
    divergence_floor,
    divergence_from_haar,
    frame_potential,
    log_haar_probabilities,
    pair_fidelities,
    states_at,
)
from replication.landscapes.models import product

RNG = np.random.default_rng(4)


def test_a_circuit_with_one_state_has_the_largest_divergence():
    """(N-1) ln bins; 4.32 for one qubit, as arXiv:1905.10876 says of its idle circuit: 4.30."""
    for n in (1, 4, 9):
        found = divergence_from_haar(np.ones(50), n)
        assert found.value == pytest.approx((2**n - 1) * np.log(75), rel=1e-12)
        assert found.error < 1e-12


def test_rotations_about_one_axis_have_the_arcsine_distribution():
    r"""$R_X(\theta)|0\rangle$: $F = \cos^2$ of a uniform angle, below F: $\frac2\pi\arcsin\sqrt F$.

    Without bins $D = \ln(4/\pi) = 0.24$, which bins lower; frame potential
    $\mathrm{E} \cos^4 = 3/8$, Haar 1/3.
    """
    one = product(1, "global")
    thetas = RNG.uniform(-np.pi, np.pi, (20_000, 1))
    fidelities = pair_fidelities(states_at(one.state, thetas))
    found = divergence_from_haar(fidelities, 1)
    edges = 2 / np.pi * np.arcsin(np.sqrt(np.arange(76) / 75))
    p = np.diff(edges)
    exact = (p * np.log(75 * p)).sum()
    assert 0 < np.log(4 / np.pi) - exact < 0.05
    assert abs(found.value - found.bias - exact) < 3.5 * found.error
    assert found.error < 0.1 * exact
    second = frame_potential(fidelities, 1)
    assert abs(second.value - 3 / 8) < 3.5 * second.error < 3 / 8 - second.haar


@pytest.mark.parametrize("n", [1, 4])
def test_random_states_are_at_the_floor(n):
    def states():
        found = RNG.normal(size=(2000, 2**n)) + 1j * RNG.normal(size=(2000, 2**n))
        return found / np.linalg.norm(found, axis=1)[:, None]

    found = [divergence_from_haar(pair_fidelities(states()), n) for _ in range(40)]
    values = np.array([one.value for one in found])
    assert abs(values.mean() - found[0].floor) < 3.5 * values.std(ddof=1) / np.sqrt(40)
    second = frame_potential(pair_fidelities(states()), n)
    assert abs(second.value - second.haar) < 3.5 * second.error
    # The bootstrap's error is that of the spread, but for the bias of D near zero.
    assert np.mean([one.error for one in found]) == pytest.approx(values.std(ddof=1), rel=0.8)


def test_the_probabilities_of_all_bins_add_to_one():
    for n in (1, 3, 10):
        logs = log_haar_probabilities(n, 75)
        assert np.isfinite(logs).all()
        assert np.exp(logs).sum() == pytest.approx(1, rel=1e-12)
    assert divergence_floor(1, 4000) == pytest.approx(74 / 8000, rel=0.05)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: divergence_from_haar([0.5], 1), "m >= 2"),
        (lambda: divergence_from_haar([0.5, 1.5], 1), "from 0 to 1"),
        (lambda: divergence_from_haar([0.5, 0.5], 1, bins=1), "bins = 1"),
        (lambda: pair_fidelities(np.ones((3, 2))), r"shape \(2 m, N\)"),
    ],
)
def test_what_is_no_fidelity_is_refused(call, words):
    with pytest.raises(UserError, match=words):
        call()
