"""Weights and angles of any size: normalised states, energies in the spectrum, one warning."""

import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replication.ansatze.base import stack
from replication.ansatze.hubbard import hubbard_ansatz
from replication.ansatze.qaoa import qaoa
from replication.problems.hubbard import hubbard
from replication.problems.sk import sk
from replication.simulators import gates

BOUNDS = {"float32": 1e-5, "float64": 1e-12}
SIZES = np.concatenate([[0.0], 10.0 ** np.arange(-8, 31, 2), 7.3 * 10.0 ** np.arange(-7, 30, 2)])
both_precisions = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def computed(ansatz, theta):
    """State, energy, and the probabilities of the outcomes."""
    return ansatz.state(theta), ansatz.energy(theta), ansatz.outcome_probabilities(theta)


compiled = eqx.filter_jit(computed)
"""The same, as one program for circuits that differ in numbers alone."""


def assert_sound(ansatz, theta, lowest, highest, compute=computed):
    """Norm 1, and the energy in the spectrum up to rounding."""
    bound = BOUNDS[theta.dtype.name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        state, energy, outcomes = compute(ansatz, jnp.asarray(theta))
    state, energy = np.asarray(state, complex), float(energy)
    assert np.sum(np.abs(state) ** 2) == pytest.approx(1, abs=bound)
    for probabilities in outcomes:
        assert float(np.sum(np.asarray(probabilities, float))) == pytest.approx(1, abs=bound)
    slack = bound * max(abs(lowest), abs(highest))
    assert lowest - slack <= energy <= highest + slack


def circuit(weight, symmetric, p=3):
    rng = np.random.default_rng(0)
    upper = np.triu(rng.normal(size=(6, 6)), 1)
    fields = weight * rng.normal(size=6) * (not symmetric)
    return qaoa(sk(weight * (upper + upper.T), fields), p)


@both_precisions
@pytest.mark.parametrize("symmetric", [True, False])
@settings(max_examples=40)
@given(
    weight=st.floats(1e-8, 1e30),
    angles=st.lists(
        st.builds(lambda sign, size: sign * size, st.sampled_from([1, -1]), st.floats(1e-8, 1e30)),
        min_size=6,
        max_size=6,
    ),
)
def test_qaoa(dtype, symmetric, weight, angles):
    ansatz = circuit(weight, symmetric)
    ends = ansatz.diagonal.min(), ansatz.diagonal.max()
    assert_sound(ansatz, np.array(angles, dtype), *map(float, ends), compiled)


@both_precisions
def test_qaoa_on_a_wide_grid(dtype):
    theta = np.random.default_rng(0).uniform(-1, 1, 6).astype(dtype)
    for weight in SIZES[1:]:
        ansatz = circuit(weight, True)
        for size in SIZES:
            ends = float(ansatz.diagonal.min()), float(ansatz.diagonal.max())
            assert_sound(ansatz, theta * dtype(size), *ends)


@both_precisions
def test_batches_of_qaoa(dtype):
    """By kernels of their own."""
    # Larger weights are whole numbers, which a batch does not mix with others.
    sizes = SIZES[(SIZES > 0) & (SIZES < 1e14)]
    ansatze = [circuit(weight, True) for weight in sizes]
    theta = np.random.default_rng(1).uniform(-1, 1, (len(sizes), 6)).astype(dtype)
    for size in (1.0, 1e4, 1e9, 1e30):
        energies = jax.jit(jax.vmap(lambda a, t: a.energy(t)))(
            stack(ansatze), jnp.asarray(theta * dtype(size))
        )
        for ansatz, energy in zip(ansatze, np.asarray(energies), strict=True):
            ends = ansatz.diagonal.min(), ansatz.diagonal.max()
            slack = BOUNDS[theta.dtype.name] * np.abs(ends).max()
            assert ends[0] - slack <= energy <= ends[1] + slack


HUBBARD = {
    "2x2": hubbard((2, 2), 0.8, 3.0),
    "2x3": hubbard((2, 3), 0.8, 3.0),
    "odd ring": hubbard((3, 2), 0.7, 2.3, periodic=(True, False), filling=(2, 1)),
}


@both_precisions
@pytest.mark.parametrize("kind", ["swap_network", "grouped"])
@pytest.mark.parametrize("name", HUBBARD)
def test_hubbard_on_a_wide_grid(dtype, kind, name):
    problem = HUBBARD[name]
    levels = np.linalg.eigvalsh(problem.sector_hamiltonian().toarray())
    ansatz = hubbard_ansatz(problem, 2, kind)
    theta = np.random.default_rng(2).uniform(-1, 1, ansatz.num_parameters).astype(dtype)
    largest = np.finfo(dtype).max
    for size in (*SIZES, largest):
        assert_sound(ansatz, theta * dtype(size), levels[0], levels[-1])
    for one in range(len(theta)):
        only = np.where(np.arange(len(theta)) == one, dtype(1e12), theta)
        assert_sound(ansatz, only, levels[0], levels[-1])


@both_precisions
@pytest.mark.parametrize("size", SIZES)
def test_fermionic_gates(dtype, size):
    lattice = {"sites": 4, "filling": (2, 1)}
    rng = np.random.default_rng(3)
    psi = rng.normal(size=(6, 4)) + 1j * rng.normal(size=(6, 4))
    psi = (psi / np.linalg.norm(psi)).astype(np.result_type(dtype, np.complex64))
    for gate in (
        lambda psi, angle: gates.apply_hop(psi, angle, [(0, 1), (1, 3)], **lattice),
        lambda psi, angle: gates.apply_onsite(psi, angle, **lattice),
    ):
        moved = np.asarray(gate(jnp.asarray(psi), jnp.asarray(size, dtype)), complex)
        bound = BOUNDS[np.dtype(dtype).name]
        assert np.sum(np.abs(moved) ** 2) == pytest.approx(1, abs=bound)


def dense_energy(diagonal, gammas, betas):
    n = int(np.log2(diagonal.size))
    psi = np.full(diagonal.size, diagonal.size**-0.5, complex)
    for gamma, beta in zip(gammas, betas, strict=True):
        psi = np.exp(-1j * gamma * diagonal) * psi
        for qubit in range(n):
            psi = psi.reshape(2**qubit, 2, -1)
            psi = np.cos(beta) * psi - 1j * np.sin(beta) * psi[:, ::-1]
            psi = psi.reshape(-1)
    return float(diagonal @ np.abs(psi) ** 2)


@pytest.mark.parametrize("size", [1e3, 1e6, 1e9, 1e12])
def test_double_precision_is_right_where_it_resolves_the_phase(size):
    """As NumPy's sine and cosine, which reduce any number exactly."""
    ansatz = circuit(1.0, False, 2)
    theta = np.array([size, -0.7 * size, 0.4, -0.9])
    expected = dense_energy(np.asarray(ansatz.diagonal), theta[:2], theta[2:])
    rounding = size * np.abs(ansatz.diagonal).max() * 2.0**-50
    assert float(ansatz.energy(theta)) == pytest.approx(expected, abs=100 * rounding + 1e-12)


@pytest.mark.parametrize("weight", [1.0, 1e3, 1e7])
def test_one_warning_where_single_precision_cannot_resolve_the_phase(weight):
    theta = np.array([1.5, 0.2, 0.1, 0.7, 0.3, 0.2])
    ansatz = circuit(weight, True)
    for call in (ansatz.energy, ansatz.state):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            call(jnp.asarray(theta, jnp.float32))
        texts = [str(one.message) for one in seen]
        assert len(texts) == (weight == 1e7)
        assert all("not resolved in float32" in text and "double" in text for text in texts)
        assert all(one.filename == __file__ for one in seen)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            call(theta)


def test_a_warning_for_hubbard_and_for_double_precision():
    ladder = hubbard_ansatz(HUBBARD["2x2"], 1)
    with pytest.warns(UserWarning, match=r"not resolved in float32.*NumPy angles"):
        ladder.energy(jnp.asarray([1e7, 0.1, 0.2], jnp.float32))
    with pytest.warns(UserWarning, match=r"not resolved in float64.*smaller ones"):
        ladder.energy(np.array([0.1, 1e17, 0.2]))
