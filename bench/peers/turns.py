"""Our kernels and the plain formulation in turn, in this process; prints the ratios as JSON."""

import json
import os
import sys

from replication import environment

if __name__ == "__main__":
    # JAX reads it when it is imported.
    os.environ |= environment.variables(environment.threads()) | {"JAX_PLATFORMS": "cpu"}

import jax

from bench.peers import plain_jax
from bench.peers.worker import Task, judged, repeated
from bench.peers.workloads import Workload, workloads
from replication.errors import UserError

ROUNDS = 5
SECONDS = 0.15
"""for which either is timed in a round"""


def gains(work: Workload) -> dict[str, float]:
    """The plain formulation's time over ours, of each quantity: lowest medians of the rounds.

    **Raises:** [`UserError`][] where the two do not agree.
    """
    own = work.own("float64")
    task = Task(json.loads(json.dumps(own.task(0.0))))
    found = {}
    for quantity in work.quantities:
        calls = {"plain": getattr(plain_jax, quantity)(task), "ours": own.call(quantity)}
        verdict = judged(quantity, calls["plain"](), task, plain_jax.PRECISION)
        if "said" in verdict:
            raise UserError(f"{work.name}, {quantity}: {verdict['said']}")
        medians: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(ROUNDS):
            for name, call in calls.items():
                medians[name].append(repeated(call, SECONDS)["milliseconds"])
        found[quantity] = min(medians["plain"]) / min(medians["ours"])
    return found


if __name__ == "__main__":
    # As in the study's jobs: a small call handed to a thread of JAX's takes longer than the call.
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    wanted = [one for one in workloads() if one.name in sys.argv[1:] or not sys.argv[1:]]
    print(json.dumps({one.name: gains(one) for one in wanted}))
