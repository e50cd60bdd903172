"""Exact dynamics of quenched chains: by hand, by conservation, and by a matrix exponential."""

import functools

import numpy as np
import pytest
from scipy.linalg import expm

from replication.errors import UserError
from replication.landscapes.quenches import quench, random_quenches

TIMES = np.array([0.0, 0.3, 1.7])
X, Z = np.array([[0, 1], [1, 0]]), np.diag([1, -1])


def string(n, **letters):
    """A Pauli string such as `string(3, q0=X)`, qubit 0 first."""
    return functools.reduce(np.kron, [letters.get(f"q{q}", np.eye(2)) for q in range(n)])


def test_free_spins_precess():
    r"""Without couplings $\langle Z\rangle = c^2 + s^2 \cos 2\omega t$, $s = h/\omega$."""
    h, g = np.array([0.7, 1.1]), np.array([0.4, -0.2])
    found = quench([0.0], h, g, TIMES)
    omega = np.hypot(h, g)
    wanted = (g / omega) ** 2 + (h / omega) ** 2 * np.cos(2 * omega * TIMES[:, None])
    np.testing.assert_allclose(found.observables[:, 2:4], wanted, 0, 1e-12)
    np.testing.assert_allclose(found.observables[:, 5], wanted.prod(axis=1), 0, 1e-12)
    np.testing.assert_allclose(found.entropies, 0, 0, 1e-10)


def test_a_chain_of_three_is_that_of_its_matrix():
    rng = np.random.default_rng(1)
    j, h, g = rng.normal(size=2), rng.normal(size=3), rng.normal(size=3)
    matrix = -sum(j[i] * string(3, **{f"q{i}": Z, f"q{i + 1}": Z}) for i in range(2))
    for q in range(3):
        matrix = matrix - h[q] * string(3, **{f"q{q}": X}) - g[q] * string(3, **{f"q{q}": Z})
    found = quench(j, h, g, TIMES)
    operators = [string(3, **{f"q{q}": X}) for q in range(3)]
    operators += [string(3, **{f"q{q}": Z}) for q in range(3)]
    operators += [string(3, q0=X, q1=X), string(3, q1=X, q2=X)]
    operators += [string(3, q0=Z, q1=Z), string(3, q1=Z, q2=Z)]
    for place, t in enumerate(TIMES):
        psi = expm(-1j * t * matrix)[:, 0]
        wanted = [(psi.conj() @ one @ psi).real for one in operators]
        np.testing.assert_allclose(found.observables[place], wanted, 0, 1e-12)
        # The first spin alone: one of three.
        matrix_of_one = psi.reshape(2, 4) @ psi.reshape(2, 4).conj().T
        p = np.linalg.eigvalsh(matrix_of_one).clip(1e-300)
        assert found.entropies[place] == pytest.approx(-(p * np.log(p)).sum(), abs=1e-10)


def test_random_chains_begin_as_products_and_entangle():
    found = random_quenches(6, 4, TIMES, np.random.default_rng(2))
    assert found.observables.shape == (4, 3, 22)
    np.testing.assert_allclose(found.observables[:, 0, 6:12], 1, 0, 1e-12)
    np.testing.assert_allclose(found.entropies[:, 0], 0, 0, 1e-10)
    assert (found.entropies[:, 2] > 0.01).all()
    assert (found.entropies <= 3 * np.log(2)).all()


def test_other_shapes_are_refused():
    with pytest.raises(UserError, match=r"must have the shapes \(n - 1,\)"):
        quench([1.0], [1.0] * 3, [1.0] * 3, TIMES)
