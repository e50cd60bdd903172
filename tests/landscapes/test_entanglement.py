"""Entropies and Q of known states, and of random states against exact means."""

import numpy as np
import pytest

from replication.errors import UserError
from replication.landscapes.entanglement import (
    entanglement_entropy,
    haar_meyer_wallach,
    meyer_wallach,
    page_entropy,
)

RNG = np.random.default_rng(8)


def haar(count, n):
    states = RNG.normal(size=(count, 2**n)) + 1j * RNG.normal(size=(count, 2**n))
    return states / np.linalg.norm(states, axis=1)[:, None]


def test_states_by_hand():
    """A product; GHZ: ln 2 for every cut, Q = 1; W of 3: h(1/3) and Q = 8/9."""
    product = np.kron(np.kron([0.6, 0.8], [1, 0]), [1, 1j]) / np.sqrt(2)
    ghz = np.zeros(8)
    ghz[[0, 7]] = np.sqrt(0.5)
    w = np.zeros(8)
    w[[1, 2, 4]] = np.sqrt(1 / 3)
    states = np.stack([product, ghz, w])
    binary = np.log(3) - 2 / 3 * np.log(2)
    for cut in ([0], [1], [0, 2]):
        np.testing.assert_allclose(
            entanglement_entropy(states, cut), [0, np.log(2), binary], 0, 1e-12
        )
    np.testing.assert_allclose(meyer_wallach(states), [0, 1, 8 / 9], 0, 1e-12)
    np.testing.assert_allclose(entanglement_entropy(states, []), 0, 0, 1e-12)


def test_both_sides_of_a_cut_have_one_entropy():
    """A bell pair of qubits 0 and 3 beside one of 1 and 2: cuts tell them apart."""
    states = haar(5, 5)
    one, other = entanglement_entropy(states, [0, 3]), entanglement_entropy(states, [4, 2, 1])
    np.testing.assert_allclose(one, other, 1e-12)
    pairs = np.einsum("ad,bc->abcd", np.eye(2), np.eye(2)).reshape(-1) / 2
    for cut, wanted in (([0, 3], 0), ([0, 1], 2 * np.log(2)), ([1], np.log(2))):
        np.testing.assert_allclose(entanglement_entropy(pairs, cut), wanted, 0, 1e-12)


@pytest.mark.parametrize(("n", "cut"), [(2, 1), (4, 2), (5, 1)])
def test_random_states_have_pages_entropy_and_the_mean_q(n, cut):
    states = haar(3000, n)
    for found, exact in (
        (entanglement_entropy(states, range(cut)), page_entropy(n, cut)),
        (meyer_wallach(states), haar_meyer_wallach(n)),
    ):
        error = found.std(ddof=1) / np.sqrt(found.size)
        assert abs(found.mean() - exact) < 3.5 * error
        assert error < 0.02


def test_pages_sum_by_hand():
    """1/3 for two qubits; 1/5 + 1/6 + 1/7 + 1/8 - 1/8 = 107/210 for one of three."""
    assert page_entropy(2, 1) == pytest.approx(1 / 3, rel=1e-12)
    assert page_entropy(3, 1) == page_entropy(3, 2) == pytest.approx(107 / 210, rel=1e-12)
    assert page_entropy(20, 10) == pytest.approx(10 * np.log(2) - 0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: entanglement_entropy([1, 0], [1]), r"qubits \[1\] must be different ones"),
        (lambda: meyer_wallach([1, 0, 0]), r"shape \(\.\.\., 2\^n\)"),
        (lambda: meyer_wallach([1, 1]), "must be normalised"),
        (lambda: page_entropy(3, 4), "cut = 4 must be from 0"),
    ],
)
def test_what_is_no_state_or_cut_is_refused(call, words):
    with pytest.raises(UserError, match=words):
        call()
