"""Layered circuits against dense matrices, Cirq, central differences, and in both precisions."""

import functools

import cirq
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg

from replication.errors import UserError
from replication.simulators import circuits
from replication.simulators.circuits import Circuit, Entangler, Rotations, StringRotations
from replication.simulators.observables import Projector, masks_of, pauli_sum

MATRICES = dict(zip("IXYZ", circuits.PAULIS, strict=True))
N, LAYERS = 5, 3


def dense_string(text, n):
    """A Pauli string as a matrix, by Kronecker products of its letters."""
    letters = {int(word[1:]): word[0] for word in text.split()}
    return functools.reduce(np.kron, [MATRICES[letters.get(q, "I")] for q in range(n)])


def dense(terms, n):
    return sum(coefficient * dense_string(text, n) for text, coefficient in terms.items())


TERMS = {"Z0 Z1": 0.7, "X0": -0.5, "Y1 X2 Z4": 1.3, "X0 X1 Y2 Y3 Z4": 0.4, "Z3": 0.2, "": 0.9}


def random_strings(rng, n, count):
    """Strings of letters that are not all the identity, and their masks."""
    texts = []
    while len(texts) < count:
        letters = rng.choice([*"IXYZ"], n)
        text = " ".join(f"{letter}{q}" for q, letter in enumerate(letters) if letter != "I")
        texts += [text] if text else []
    return texts, np.array([masks_of(text, n) for text in texts], np.uint32)


def mixed(rng):
    """A circuit with every operation."""
    masks = random_strings(rng, N, 2 * LAYERS)[1].reshape(LAYERS, 2, 2)
    layer = (
        Rotations(rng.integers(0, 4, (LAYERS, N))),
        Entangler("cz", circuits.ladder(N), N),
        StringRotations(masks[..., 0], masks[..., 1]),
        Entangler("cnot", ((0, 1), (1, 2), (3, 0)), N),
        Rotations(rng.integers(1, 4, (LAYERS, N))),
        Entangler("cz", circuits.brick(N, 1), N),
    )
    state = rng.normal(size=2**N) + 1j * rng.normal(size=2**N)
    return Circuit(layer, pauli_sum(TERMS, N), state / np.linalg.norm(state), LAYERS)


def test_every_operation_is_what_cirq_makes_of_it():
    rng = np.random.default_rng(0)
    circuit = mixed(rng)
    theta = rng.uniform(-np.pi, np.pi, circuit.num_parameters)
    with jax.enable_x64(True):
        found = np.asarray(circuit.state(jnp.asarray(theta)))
    unitary = circuit.to_cirq(theta).unitary(qubit_order=cirq.LineQubit.range(N))
    wanted = unitary @ circuit.first
    np.testing.assert_allclose(abs(np.vdot(wanted, found)), 1, 0, 1e-12)
    energy = np.vdot(wanted, dense(TERMS, N) @ wanted).real
    np.testing.assert_allclose(circuit.energy(theta), energy, 0, 1e-12)


def test_a_string_rotation_is_the_matrix_exponential():
    rng = np.random.default_rng(1)
    texts, masks = random_strings(rng, 4, 3)
    first = rng.normal(size=16) + 1j * rng.normal(size=16)
    first /= np.linalg.norm(first)
    terms = {"Z0": 1.0, "X3": 0.3}
    layer = (StringRotations(masks[:, None, 0], masks[:, None, 1]),)
    circuit = Circuit(layer, pauli_sum(terms, 4), first, 3)
    theta = rng.uniform(-3, 3, 3)
    psi = first
    for text, angle in zip(texts, theta, strict=True):
        psi = scipy.linalg.expm(-0.5j * angle * dense_string(text, 4)) @ psi
    energy = np.vdot(psi, dense(terms, 4) @ psi).real
    np.testing.assert_allclose(circuit.energy(theta), energy, 0, 1e-13)


@pytest.mark.parametrize("observable", ["sum", "projector"])
def test_the_reverse_pass_is_the_derivative(observable):
    rng = np.random.default_rng(2)
    circuit = mixed(rng)
    if observable == "projector":
        vectors = np.linalg.qr(rng.normal(size=(2**N, 3)) + 1j * rng.normal(size=(2**N, 3)))[0].T
        circuit = eqx.tree_at(lambda c: c.observable, circuit, Projector(vectors))
    theta = rng.uniform(-np.pi, np.pi, circuit.num_parameters)
    with jax.enable_x64(True):
        found = np.asarray(jax.grad(circuit.energy)(jnp.asarray(theta)))
    # The parameter-shift rule is exact, and knows no derivative.
    shifted = [
        (circuit.energy(theta + move) - circuit.energy(theta - move)) / 2
        for move in np.pi / 2 * np.eye(theta.size)
    ]
    np.testing.assert_allclose(found, shifted, 0, 1e-12)
    assert np.abs(found).max() > 0.1


def test_a_batch_of_circuits_and_angles_is_each_by_itself():
    rng = np.random.default_rng(3)
    several = [mixed(rng) for _ in range(3)]
    thetas = rng.uniform(-np.pi, np.pi, (3, several[0].num_parameters))
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *several)
    with jax.enable_x64(True):
        both = jax.vmap(lambda one, theta: jax.value_and_grad(one.energy)(theta))
        values, gradients = both(stacked, jnp.asarray(thetas))
        for k, one in enumerate(several):
            value, gradient = jax.value_and_grad(one.energy)(jnp.asarray(thetas[k]))
            np.testing.assert_allclose(values[k], value, 0, 1e-12)
            np.testing.assert_allclose(gradients[k], gradient, 0, 1e-12)


def test_precision_follows_the_angles():
    rng = np.random.default_rng(4)
    circuit = mixed(rng)
    theta = rng.uniform(-np.pi, np.pi, circuit.num_parameters)
    exact = circuit.energy(theta)
    assert exact.dtype == np.float64
    single = circuit.energy(jnp.asarray(theta, jnp.float32))
    assert single.dtype == jnp.float32
    assert abs(float(single) - exact) < 2e-5
    gradient = jax.grad(circuit.energy)(jnp.asarray(theta, jnp.float32))
    assert gradient.dtype == jnp.float32


@pytest.mark.parametrize("gate", ["cz", "cnot"])
def test_an_entangler_is_undone(gate):
    one = Entangler(gate, ((0, 1), (2, 1), (1, 3), (0, 3)), 4)
    psi = jnp.arange(16.0).astype(complex)
    again = one.undo(one.apply(psi, psi), psi)
    np.testing.assert_array_equal(again, psi)
    assert not np.array_equal(one.apply(psi, psi), psi)


def test_memory_does_not_grow_with_the_layers():
    """The reverse pass keeps no state of a layer: XLA's own count of temporary memory."""

    def temporary(layers):
        axes = np.ones((layers, 10), int)
        layer = (Rotations(axes), Entangler("cz", circuits.ladder(10), 10))
        one = Circuit(layer, pauli_sum({"Z0 Z1": 1.0}, 10), circuits.zeros(10), layers)
        theta = jnp.zeros(one.num_parameters, jnp.float32)
        compiled = jax.jit(jax.grad(one.energy)).lower(theta).compile()
        return compiled.memory_analysis().temp_size_in_bytes

    few, many = temporary(10), temporary(100)
    assert many - few < 90 * 2**10 * 8 / 4


def test_brick_and_ladder_name_their_pairs():
    assert circuits.ladder(4) == ((0, 1), (1, 2), (2, 3))
    assert circuits.brick(5, 0) == ((0, 1), (2, 3))
    assert circuits.brick(5, 1) == ((1, 2), (3, 4))


def test_angles_of_another_shape_are_refused():
    with pytest.raises(UserError, match=r"theta has shape \(2,\).* takes 36 angles"):
        mixed(np.random.default_rng(5)).energy(np.zeros(2))


@pytest.mark.parametrize(
    ("terms", "n", "words"),
    [
        ({"Q0": 1.0}, 2, "'Q0' must be X, Y or Z"),
        ({"X2": 1.0}, 2, r"a qubit of 0 … 1"),
        ({"X0 Y0": 1.0}, 2, "names qubit 0 twice"),
        ({"X0": 1.0}, 21, "from 1 to 20"),
    ],
)
def test_what_is_no_sum_of_strings_is_refused(terms, n, words):
    with pytest.raises(UserError, match=words):
        pauli_sum(terms, n)


def test_the_mean_is_that_of_the_spectrum():
    matrix = dense(TERMS, N)
    np.testing.assert_allclose(pauli_sum(TERMS, N).mean, np.trace(matrix).real / 2**N, 0, 1e-14)
    assert float(Projector(np.eye(3, 8)).mean) == 3 / 8
