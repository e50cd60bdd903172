"""The environment variables of JAX and the numerical libraries, which read it when imported."""

import os

POOLS = ("OMP", "OPENBLAS", "MKL")
"""libraries with a pool of threads"""
WIDTH = "--xla_cpu_prefer_vector_width=512"
"""XLA takes registers of 256 bits by default: where there are wider ones, circuits of 12
qubits and more take 0.8 to 0.9 of the time with them, and elsewhere the same."""

NO_LOOP_UNROLLING = "--xla_backend_extra_options=xla_cpu_disable_loop_unrolling"
"""LLVM unrolls no loops: trainings compile 10 to 20 % faster and run as fast; a single circuit
would be 3 to 10 % slower."""


def variables(threads: int, *, rolled: bool = False) -> dict[str, str]:
    """Double precision, pools of so many threads, and the widest registers there are.

    With `rolled`, loops are left as they are: see [`NO_LOOP_UNROLLING`][].

    Which cores they run on is left to the system: two jobs that each chose their own could choose
    the same one. A width that the user has set wins; one thread stays one.
    """
    counts = {f"{pool}_NUM_THREADS": str(threads) for pool in POOLS}
    flags = [WIDTH, NO_LOOP_UNROLLING if rolled else "", os.environ.get("XLA_FLAGS", "")]
    if threads == 1:
        flags.append("--xla_cpu_multi_thread_eigen=false")
    return counts | {
        "NPROC": str(threads),
        "JAX_ENABLE_X64": "1",
        "XLA_FLAGS": " ".join(filter(None, flags)),
    }
