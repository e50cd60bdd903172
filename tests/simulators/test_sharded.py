"""A state over eight devices gives the numbers of one, and takes a part of the memory on each."""

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.errors import UserError
from replication.simulators import ising, sharded
from replication.simulators.layout import Layout

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, sys
import jax, jax.numpy as jnp, numpy as np
from replication.simulators import ising, sharded

jax.config.update("jax_enable_x64", True)

def both(n, symmetric, dtype, over):
    rng = np.random.default_rng(n)
    diagonal = jnp.asarray(rng.normal(size=2 ** (n - symmetric)), dtype)
    angles = [jnp.asarray(rng.uniform(-0.5, 0.5, 3), dtype) for _ in range(2)]
    found = []
    for energy in (
        lambda *a: ising.energy(*a, symmetric=symmetric),
        lambda *a: sharded.energy(*a, symmetric=symmetric, over=over),
    ):
        value, slopes = jax.jit(jax.value_and_grad(energy, argnums=(0, 1, 2)))(diagonal, *angles)
        found.append([value, *slopes])
    return max(float(np.max(np.abs(np.asarray(a) - np.asarray(b)))) for a, b in zip(*found))

answer = {"devices": len(jax.devices())}
for count in (2, 8):
    over = sharded.mesh(jax.devices()[:count])
    for n in (7, 8, 9, 10):
        for symmetric in (True, False):
            answer[f"{count} {n} {symmetric}"] = both(n, symmetric, jnp.float64, over)
answer["single precision"] = both(9, True, jnp.float32, sharded.mesh())

n, over = 16, sharded.mesh()
diagonal = sharded.spread(np.zeros(2 ** (n - 1)), over)
step = jax.value_and_grad(
    lambda *a: sharded.energy(*a, symmetric=True, over=over), argnums=(1, 2)
)
plan = jax.jit(step).lower(diagonal, jnp.zeros(4), jnp.zeros(4)).compile()
answer["states"] = plan.memory_analysis().temp_size_in_bytes / (2 ** (n - 1) * 16)
answer["gathers"] = plan.as_text().count(" all-gather(")
print(json.dumps(answer))
"""


@pytest.fixture(scope="module")
def answer():
    """What a process with eight devices of one processor finds."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=8"
    environment = os.environ | {"XLA_FLAGS": flags.strip(), "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_value_and_all_derivatives_are_those_of_one_device(answer):
    assert answer["devices"] == 8
    differences = {key: value for key, value in answer.items() if key.endswith(("True", "False"))}
    assert len(differences) == 16
    assert max(differences.values()) < 1e-13
    assert answer["single precision"] < 1e-5


def test_each_device_holds_its_part_and_never_the_whole(answer):
    # One device needs 3.5 states from 17 qubits on.
    assert answer["states"] < 6.5 / 8
    assert answer["gathers"] == 0


def test_one_device_is_the_plain_simulator():
    over, angles = sharded.mesh(jax.devices()[:1]), jnp.array([0.1, 0.2])
    diagonal = np.random.default_rng(0).normal(size=16)
    found = sharded.energy(diagonal, angles, angles, symmetric=False, over=over)
    expected = ising.energy(diagonal, angles, angles, symmetric=False)
    assert found == expected


@pytest.mark.parametrize("shape", [(0,), (6,), (4, 4), ()])
def test_a_diagonal_of_another_length_is_named(shape):
    angles = jnp.zeros(1)
    for energy in (ising.energy, functools.partial(sharded.energy, over=sharded.mesh())):
        with pytest.raises(UserError, match=rf"shape {re.escape(str(shape))}; allowed is one axis"):
            energy(np.zeros(shape), angles, angles, symmetric=False)


def test_what_cannot_be_spread_is_named():
    device = jax.devices()[0]
    with pytest.raises(UserError, match=r"1, 2, 4, 8 … devices, not over 3"):
        sharded.mesh([device] * 3)
    with pytest.raises(UserError, match="6 qubits are too few for 8 devices: it takes at least 7"):
        sharded.part_of(Layout(6, True), 8)
