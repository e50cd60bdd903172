"""PennyLane's demonstration `learning2learn` (S. Mangini, 2021): TensorFlow, one graph a step.

Written for this comparison: Keras's LSTM cell, default.qubit differentiated by TensorFlow's tape,
each operation run as it is met.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pennylane as qml
import tensorflow as tf

LABEL = "PennyLane demo (TensorFlow)"
PACKAGE = "pennylane"
PRECISION = "float64"


def step(task: Any) -> Callable[[], Any]:
    """Queries in a loop under one tape, then Keras's Adam."""
    if task.instances > 1:
        raise NotImplementedError("its batch is one graph")
    tf.keras.backend.set_floatx("float64")
    about, size = task.recurrent, task.num_parameters
    device = qml.device("default.qubit", wires=task.num_qubits)
    hamiltonian = qml.Hamiltonian(
        task.coefficients[0],
        [qml.prod(*(qml.Z(qubit) for qubit, _ in term)) for term in task.terms],
    )

    @qml.qnode(device, interface="tf", diff_method="backprop")
    def energy(angles: Any) -> Any:
        for name, wires, slot in task.gates:
            if name == "h":
                qml.Hadamard(wires[0])
            elif name == "rzz":
                qml.IsingZZ(angles[slot], wires)
            else:
                qml.RX(angles[slot], wires[0])
        return qml.expval(hamiltonian)

    cell = tf.keras.layers.LSTMCell(size)
    cell.build((1, size + 1))
    cell.set_weights(
        [np.transpose(about["input"]), np.transpose(about["recurrent"]), np.array(about["bias"])]
    )
    optimiser = tf.keras.optimizers.Adam(about["learning_rate"])
    count, weights = about["queries"], tf.constant(task.weights[0])

    def call() -> Any:
        with tf.GradientTape() as tape:
            theta, y = tf.zeros((1, size), tf.float64), tf.zeros((1, 1), tf.float64)
            memory, loss = [theta, theta], tf.constant(0.0, tf.float64)
            for query in range(1, count + 1):
                theta, memory = cell(tf.concat([theta, y], axis=1), memory)
                cost = energy(tf.linalg.matvec(weights, theta[0])) / about["scales"][0]
                y = tf.reshape(cost, (1, 1))
                loss += 2 * query / (count * (count + 1)) * cost
        slopes = tape.gradient(loss, cell.trainable_weights)
        optimiser.apply_gradients(zip(slopes, cell.trainable_weights, strict=True))
        flat = [np.ravel(np.transpose(one)) for one in slopes]
        return [float(loss)], np.concatenate(flat)[None]

    return call
