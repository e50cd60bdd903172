"""Time a few compiled calls of whichever `replication` is on the path; prints JSON."""

import json
import sys
import time
from typing import Any

from bench.benchmarks import kernels, training

CALLS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "QAOA, 128 × n = 8, value and gradient": (kernels.QAOABatch, (8, "value and gradient")),
    "QAOA, n = 16, value": (kernels.QAOASingle, (16, 5, "value")),
    "QAOA, n = 20, value and gradient": (kernels.QAOASingle, (20, 5, "value and gradient")),
    "Hubbard, 32 × 2x3, value and gradient": (kernels.HubbardBatch, ("2x3",)),
    "training step, 64 × n = 8": (training.Step, ("value and gradient",)),
}


def best_of(call: str, seconds: float) -> float:
    """Lowest time of one call among as many as fit into `seconds`."""
    benchmark, case = CALLS[call]
    one = benchmark()
    one.setup(*case)
    times: list[float] = []
    until = time.perf_counter() + seconds
    while not times or time.perf_counter() < until:
        begun = time.perf_counter()
        one.run()
        times.append(time.perf_counter() - begun)
    return min(times)


if __name__ == "__main__":
    print(json.dumps({call: best_of(call, 0.5) for call in sys.argv[1:] or CALLS}))
