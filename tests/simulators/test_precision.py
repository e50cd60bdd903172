"""Every product of the kernels takes all bits of its factors."""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.ansatze.hubbard import hubbard_ansatz
from replication.problems.hubbard import hubbard
from replication.simulators import ising
from replication.simulators.precision import full_precision


def products(function, *arguments):
    """How often XLA is asked for products, by their precision."""
    text = jax.jit(function).lower(*arguments).as_text()
    return {bool(re.search("HIGHEST", line)) for line in text.splitlines() if "dot_general" in line}


@pytest.mark.parametrize("bits", [5, 11, 17])
def test_ising_kernels(bits):
    shapes = [jax.ShapeDtypeStruct((size,), np.float32) for size in (2**bits, 2, 2)]
    energy = functools.partial(ising.energy, symmetric=True)
    assert products(energy, *shapes) == {True}
    assert products(jax.grad(energy, (0, 1, 2)), *shapes) == {True}
    # A function that is compiled already is differentiated later, by what it was traced to.
    assert products(jax.grad(jax.jit(energy), (1, 2)), *shapes) == {True}
    for other in (ising.state, ising.probabilities):
        assert products(functools.partial(other, symmetric=True), *shapes) == {True}


@pytest.mark.parametrize("kind", ["swap_network", "grouped"])
def test_hubbard_kernels(kind):
    ansatz = hubbard_ansatz(hubbard((2, 3), 1.0, 4.0), 2, kind)
    theta = jax.ShapeDtypeStruct((ansatz.num_parameters,), np.float32)
    assert products(ansatz.energy, theta) == {True}
    assert products(jax.grad(ansatz.energy), theta) == {True}
    assert products(ansatz.state, theta) == {True}
    assert products(ansatz.outcome_probabilities, theta) == {True}


def test_the_user_s_own_choice_is_back_afterwards():
    square = full_precision(lambda x: x @ x)
    assert products(lambda x: square(x) @ x, jnp.ones((2, 2))) == {True, False}
