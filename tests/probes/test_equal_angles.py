"""Ends of descents are minima of energies that dense matrices give; seeds; what is refused."""

import functools
import itertools

import numpy as np
import pydantic
import pytest
from scipy.optimize import minimize

from replication.probes.equal_angles import EqualAngles
from replication.seeds import key_for

SMALL = {
    "kind": "equal_angles",
    "problem": {"kind": "sk"},
    "sizes": ["4"],
    "angles": [2, 4],
    "instances": 3,
    "starts": 6,
}
PAULI = {
    (0, 0): np.eye(2),
    (1, 0): np.array([[0, 1], [1, 0]]),
    (1, 1): np.array([[0, -1j], [1j, 0]]),
    (0, 1): np.diag([1, -1]),
}


@functools.cache
def made(**changed):
    probe = EqualAngles.model_validate(SMALL | changed)
    return probe, probe.measure(0)


def energies_of(couplings):
    """Of all states, each spin +1 or -1, qubit 0 the most significant bit."""
    spins = np.array([*itertools.product([1, -1], repeat=len(couplings))])
    return np.einsum("ki,ij,kj->k", spins, np.triu(couplings, 1), spins)


def matrix(x, z, n):
    """The Pauli string of two masks as a dense matrix."""
    bits = [((x >> (n - 1 - q)) & 1, (z >> (n - 1 - q)) & 1) for q in range(n)]
    return functools.reduce(np.kron, [PAULI[one] for one in bits])


def energy_of_strings(strings, energies):
    """E of rotations exp(-i θ P / 2) = cos(θ/2) - i sin(θ/2) P on the uniform state."""

    def energy(theta):
        psi = np.full(len(energies), len(energies) ** -0.5, complex)
        for angle, one in zip(theta, strings, strict=True):
            psi = np.cos(angle / 2) * psi - 1j * np.sin(angle / 2) * (one @ psi)
        return float(np.abs(psi) ** 2 @ energies)

    return energy


def energy_of_one_layer(energies):
    """E of one layer of QAOA: the phases of H, then exp(-i β X) on every qubit."""

    def energy(theta):
        n = len(energies).bit_length() - 1
        one = np.cos(theta[1]) * np.eye(2) - 1j * np.sin(theta[1]) * PAULI[1, 0]
        psi = np.exp(-1j * theta[0] * energies) * len(energies) ** -0.5
        return float(np.abs(functools.reduce(np.kron, [one] * n) @ psi) ** 2 @ energies)

    return energy


def minima_of(energy, energies, starts):
    """Where SciPy's BFGS ends from each start, in the unit of the probe."""
    found = np.array([minimize(energy, one, tol=1e-9).fun for one in starts])
    return (found - energies.min()) / (energies.mean() - energies.min())


def farthest(ends, minima):
    return np.abs(ends[:, None] - minima).min(1).max()


@pytest.mark.parametrize("index", range(3))
def test_ends_are_minima_of_a_direct_computation(index):
    """BFGS on dense matrices finds, from many starts, every energy at which a descent ends."""
    probe, found = made()
    problem, rng = probe.problem, np.random.default_rng(0)
    key = key_for(0, "instances", problem.kind, "equal_angles", "4", index)
    energies = energies_of(problem.at("4").sample(key).couplings)
    ends = found["energy"].isel(size=0, instance=index)
    starts = itertools.product(np.linspace(-4, 4, 25), np.linspace(-1.4, 1.4, 5))
    minima = minima_of(energy_of_one_layer(energies), energies, starts)
    assert farthest(ends.sel(family="QAOA", angles=2).values, minima) < 1e-6
    own = probe.circuits("4", 4, 0)[1][index].layer[0]
    strings = [matrix(int(x), int(z), 4) for x, z in zip(own.x[:, 0], own.z[:, 0], strict=True)]
    starts = rng.uniform(-np.pi, np.pi, (12, 4))
    minima = minima_of(energy_of_strings(strings, energies), energies, starts)
    assert farthest(ends.sel(family="random strings", angles=4).values, minima) < 1e-6


def test_random_strings_of_the_direct_computation_do_something():
    _, found = made()
    ends = found["energy"].sel(family="random strings", angles=4).values
    assert (ends < 0.9).any()


def test_numbers_are_those_of_the_ends():
    probe, found = made()
    energy = found["energy"].values
    assert energy.shape == (2, 1, 2, 3, 6)
    assert (energy > -1e-9).all()
    assert float(found["slope"].max()) < 1e-6
    means = energy.mean(-1)
    gains = means[1] - means[0]
    np.testing.assert_allclose(found["advantage"], gains.mean(-1))
    np.testing.assert_allclose(found["advantage_error"], gains.std(-1, ddof=1) / np.sqrt(3))
    np.testing.assert_allclose(found["mean"], means.mean(-1))
    np.testing.assert_allclose(found["best"], energy.min(-1).mean(-1))
    said = probe.findings(found)
    first, error = (float(found[name][-1, 0]) for name in ("advantage", "advantage_error"))
    np.testing.assert_allclose(said["advantage"][:2], [first, first - 1.96 * error])
    assert said["advantage"].how.startswith("paired over instances, 2 angles")
    assert said["advantage_least"].value == pytest.approx(gains.mean(-1)[-1].min())


def test_the_claim_is_judged_at_eight_angles():
    probe, _ = made()
    wider = probe.model_copy(update={"angles": (4, 8)})
    _, found = made()
    again = found.assign_coords(angles=[4, 8])
    assert "8 angles" in wider.findings(again)["advantage"].how


def test_circuits_have_as_many_angles_and_random_ones_differ():
    probe, _ = made()
    structured, random = probe.circuits("4", 4, 0)
    assert {one.num_parameters for one in structured + random} == {4}
    strings = [(*one.layer[0].x.ravel(), *one.layer[0].z.ravel()) for one in random]
    assert len(set(strings)) == 3
    for one, other in zip(structured, random, strict=True):
        assert float(one.energy(np.zeros(4))) == pytest.approx(float(other.energy(np.zeros(4))))


def test_the_same_seed_gives_the_same_numbers():
    probe, found = made()
    assert probe.measure(0).identical(found)
    assert not probe.measure(1).identical(found)


def test_the_box_of_the_main_study_is_another_beginning():
    assert not made(box="suite")[1]["energy"].equals(made()[1]["energy"])


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("angles", [4, 5], "angles 5 must be even"),
        ("angles", [8, 4], "angles must grow"),
        ("angles", [], "at least 1 item"),
        ("problem", {"kind": "hubbard"}, "this probe takes those of 'qaoa'"),
        ("sizes", ["three"], "size"),
    ],
)
def test_what_is_not_allowed_is_refused(field, value, message):
    with pytest.raises((pydantic.ValidationError, ValueError), match=message):
        EqualAngles.model_validate(SMALL | {field: value})
