"""A call's memory is there for the next one, unless the user has told glibc otherwise."""

import os
import platform
import subprocess
import sys

import pytest

from replication import environment

CALLS = """
import resource
import jax, jax.numpy as jnp, numpy as np
from replication.simulators import ising

energy = lambda angles: ising.energy(np.arange(2.0**15), angles, angles, symmetric=True)
call = jax.jit(jax.value_and_grad(energy))
angles = jnp.full(1, 0.3)
for _ in range(5):
    jax.block_until_ready(call(angles))
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    jax.block_until_ready(call(angles))
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 50)
"""


def _faults(**told: str) -> float:
    """Pages that a gradient of 16 qubits has to ask for at each call, in a process of its own."""
    names = {name for name in os.environ if name.startswith("MALLOC_")} | {"GLIBC_TUNABLES"}
    told = environment.variables(1) | told
    told |= {name: value for name, value in os.environ.items() if name not in names | set(told)}
    done = subprocess.run([sys.executable, "-c", CALLS], env=told, capture_output=True, check=True)
    return float(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has these options")
@pytest.mark.parametrize("told", [{}, {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}])
def test_a_call_finds_the_memory_of_the_call_before(told: dict[str, str]) -> None:
    assert _faults(**told) < 20


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has these options")
@pytest.mark.parametrize(
    "told",
    [
        {"MALLOC_TRIM_THRESHOLD_": "131072"},
        {"GLIBC_TUNABLES": "glibc.malloc.trim_threshold=131072"},
    ],
)
def test_what_the_user_has_told_glibc_stays(told: dict[str, str]) -> None:
    assert _faults(**told) > 200
