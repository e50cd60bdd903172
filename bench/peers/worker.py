"""Inside a peer's own environment: hold its energies against ours, and time it only if they agree.

    python -I worker.py PEER.py TASK.json ANSWER.jsonl

The task is what `workloads.Own.task` gives. A peer is a file with `LABEL`, `PACKAGE`, `PRECISION`
and one or more of

- `value(task)`: a function without arguments that computes the energies, shape `(instances,)`;
- `gradient(task)`: one that computes energies and gradients, `(instances,)` and
  `(instances, parameters)`;
- `step(task)`: one that takes a step of meta-training, see `Task.recurrent`, and gives the
  meta-loss and its slopes by the network's weights before the step, `(1,)` and `(1, weights)`.

Each raises NotImplementedError, in words, where the peer has no such thing. What can be done
once for a circuit is done before the function is returned; what a new set of angles needs is done
in each call. JAX is in double precision. The answer is one line of JSON on the peer and one on each
quantity, written as soon as it is known, so that a process cut short leaves what it had found.

Nothing but the standard library and NumPy, for this file runs in every peer's environment; of the
project it imports nothing.
"""

import contextlib
import importlib.util
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

import numpy as np

QUANTITIES = ("value", "gradient")
LEAST_REPEATS = 3
MOST_REPEATS = 1000


class Task:
    """A workload as arrays, and the two ends of the chain rule between shared and gate angles.

    Gates are `[name, qubits, slot]`, and gate angles $a_s = \\sum_k w_{sk} \\theta_k$ in radians:

    - `h`, `x`, `z`: no angle;
    - `givens`: the fixed angle a in the slot's place; $|10> \\to \\cos a |10> + \\sin a |01>$ and
      $|01> \\to \\cos a |01> - \\sin a |10>$, where $|10>$ has the first of the two qubits set;
    - `tilt`: the fixed angle a in the slot's place; $e^{-i a Y / 2}$;
    - `rx`, `ry`, `rz`: $e^{-i a P / 2}$ with P = X, Y, Z; `rzz`: $e^{-i a Z Z / 2}$;
    - `turn`: one of `rx`, `ry`, `rz`, by the instance: 1, 2 or 3 in `axes` `(instances, slots)`;
    - `cz`: no angle, -1 where both qubits are set;
    - `phase`: $e^{i a n}$; `cphase`: $e^{i a n n'}$ with $n = (1 - Z) / 2$.

    The Hamiltonian is the sum of Pauli strings `terms`, each `[[qubit, letter], ...]`, empty for
    the identity, times `coefficients` `(instances, terms)`. Gates are the same for all.

    `recurrent`, where there is a network to train, is an LSTM cell: weights `input`
    `(4 k, k + 1)` and `recurrent` `(4 k, k)`, `bias` `(4 k,)`, rows by gate in the order i, f, g,
    o. It is given $(\\theta_t, y_t)$, all zero at first, and its output is $\\theta_{t+1}$; y is
    $\\langle H \\rangle$ over the instance's entry of `scales`. The meta-loss is the mean over
    instances of $\\sum_t 2 t y_t / (T (T + 1))$, T being `queries`. Slopes come in the order of the
    weights here, and Adam with `learning_rate` and its usual constants steps along them.
    """

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.num_qubits: int = raw["num_qubits"]
        self.depth: int = raw["depth"]
        self.gates: list[tuple[str, list[int], Any]] = [tuple(gate) for gate in raw["gates"]]
        self.terms: list[list[tuple[int, str]]] = [
            [(qubit, letter) for qubit, letter in term] for term in raw["terms"]
        ]
        self.coefficients = np.array(raw["coefficients"], float)
        self.thetas = np.array(raw["thetas"], float)
        self.instances, self.num_parameters = self.thetas.shape
        self.recurrent: dict[str, Any] | None = raw.get("recurrent")
        self.axes = np.array(raw["axes"], int) if "axes" in raw else None
        slots, parameters = np.array(raw["dependence"], int).T
        self.num_slots = int(slots.max()) + 1
        # A matrix of mostly zeros would cost more than the circuit where no angle is shared.
        self.own_angles = np.array_equal(slots, parameters) and len(slots) == self.num_parameters
        self.weights = np.array(raw["weights"], float)
        if not self.own_angles:
            self.weights = np.zeros((self.instances, self.num_slots, self.num_parameters))
            self.weights[:, slots, parameters] = raw["weights"]

    @property
    def lattice(self) -> dict[str, Any] | None:
        """What a simulator of fermions needs, or None where the circuit has no fermions."""
        return self.raw["lattice"]

    def offered(self, names: Iterable[str], said: str = "") -> None:
        """NotImplementedError, in words, for gates that are not among those of a peer."""
        if lacking := {name for name, _, _ in self.gates} - {*names}:
            raise NotImplementedError(said or f"has no gate {', '.join(sorted(lacking))}")

    def gates_of(self, instance: int) -> list[tuple[str, list[int], Any]]:
        """The gates of one instance, each `turn` by the name of its rotation."""
        if self.axes is None:
            return self.gates
        names = [("rx", "ry", "rz")[axis - 1] for axis in self.axes[instance]]
        return [
            (names[slot], qubits, slot) if name == "turn" else (name, qubits, slot)
            for name, qubits, slot in self.gates
        ]

    def slot_angles(self, weights: Any, theta: Any) -> Any:
        """Angle of every slot of one instance, `(slots,)`; for arrays of JAX too."""
        return weights * theta if self.own_angles else weights @ theta

    def angles(self, instance: int) -> np.ndarray:
        """Angle of every slot, `(slots,)`."""
        return self.slot_angles(self.weights[instance], self.thetas[instance])

    def shared(self, instance: int, slopes: Any) -> np.ndarray:
        """Gradient of the shared parameters from the slope of every slot's angle."""
        slopes, weights = np.asarray(slopes, float), self.weights[instance]
        return slopes * weights if self.own_angles else slopes @ weights

    @staticmethod
    def turned(angle: Any, axis: Any) -> Any:
        """Matrix of a `turn` for JAX, whose axis may be data."""
        import jax.numpy as jnp

        pauli = jnp.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])[axis - 1]
        return jnp.cos(angle / 2) * jnp.eye(2) - 1j * jnp.sin(angle / 2) * pauli

    def placed(self, function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        """A JAX function of arrays with one entry an instance as the call to be timed.

        Compiled whole, its arguments in place; a batch through `jax.vmap`.
        """
        import jax

        if self.instances == 1:
            arguments = tuple(one[0] for one in arguments)
        else:
            function = jax.vmap(function)
        arguments = jax.device_put(arguments)
        run = jax.jit(function).lower(*arguments).compile()
        return lambda: jax.block_until_ready(run(*arguments))

    def compiled(self, energy: Callable[..., Any], *, gradient: bool) -> Callable[[], Any]:
        """A peer's JAX function `energy(theta, weights, coefficients)`, [`placed`][].

        Where the task has `axes`, the energy takes those of the instance as a fourth argument.
        """
        import jax

        function = jax.value_and_grad(energy) if gradient else energy
        axes = () if self.axes is None else (self.axes,)
        return self.placed(function, self.thetas, self.weights, self.coefficients, *axes)


def deviation(found: Any, expected: Any, scale: float = 1.0) -> float:
    """Largest difference over the larger of `scale` and the largest expected entry.

    Infinite for another number of entries and for what is not a finite number.
    """
    expected = np.ravel(expected).astype(float)
    found = np.ravel(found)
    if found.shape != expected.shape or not np.all(np.isfinite(found)):
        return float("inf")
    return float(np.abs(found - expected).max() / max(scale, np.abs(expected).max()))


def judged(quantity: str, result: Any, task: Task, precision: str) -> dict[str, Any]:
    """`deviation` of a result and, where it is too large, `said`: why it is not timed.

    In single precision each term of the Hamiltonian is rounded, so its 1-norm is the scale.
    """
    allowed = task.raw["tolerances"][precision]
    norm = float(np.abs(task.coefficients).sum(axis=1).max())
    scale = norm if precision == "float32" else 1.0
    energies, *gradients = (result,) if quantity == "value" else result
    found = {"energies": deviation(energies, task.raw["energies"], scale)}
    if gradients:
        found["gradients"] = deviation(gradients[0], task.raw["gradients"], scale)
    for name, value in found.items():
        if not value <= allowed[name]:
            return {
                "deviation": value if np.isfinite(value) else None,
                "said": f"not timed: its {name} differ from ours by {value:.1g}, "
                f"{allowed[name]:.0e} is allowed",
            }
    return {"deviation": max(found.values())}


def repeated(call: Callable[[], Any], seconds: float) -> dict[str, float]:
    """Milliseconds of a call, again and again for some seconds: median, lowest, how many."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < LEAST_REPEATS or (time.perf_counter() < end and len(times) < MOST_REPEATS):
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return {
        "milliseconds": statistics.median(times),
        "lowest": min(times),
        "repeats": len(times),
    }


def measured(quantity: str, peer: ModuleType, task: Task) -> dict[str, Any]:
    """One quantity: built, called once, compared, and timed if it agrees."""
    start = time.perf_counter()
    try:
        call = getattr(peer, quantity)(task)
        result = call()
        build = time.perf_counter() - start
        verdict = judged(quantity, result, task, peer.PRECISION)
        if "said" not in verdict:
            verdict |= repeated(call, task.raw["seconds"])
    except NotImplementedError as error:
        return {"quantity": quantity, "said": str(error)}
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        return {"quantity": quantity, "said": f"failed: {type(error).__name__}: {lines[0]}"}
    return {"quantity": quantity, "build_seconds": build, **verdict}


def load(path: Path) -> ModuleType:
    """A peer's file as a module; its name does not hide the package it wraps."""
    spec = importlib.util.spec_from_file_location(f"peer_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def limit_memory() -> None:
    """Let a request beyond the machine's memory fail here instead of taking the machine down."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        resource.setrlimit(resource.RLIMIT_AS, (whole, resource.getrlimit(resource.RLIMIT_AS)[1]))


def answer(peer: ModuleType, task: Task, out: TextIO) -> None:
    """Write the lines of the answer."""

    def write(line: dict[str, Any]) -> None:
        out.write(json.dumps(line) + "\n")
        out.flush()

    version = metadata.version(peer.PACKAGE) if peer.PACKAGE else "none"
    write({"version": version, "python": platform.python_version()})
    for quantity in task.raw["quantities"]:
        write(measured(quantity, peer, task))


def main(arguments: Sequence[str]) -> None:
    """Command line, see the top of this file."""
    limit_memory()
    os.environ["JAX_ENABLE_X64"] = "1"
    peer_path, task_path, answer_path = map(Path, arguments)
    task = Task(json.loads(task_path.read_text(encoding="utf-8")))
    with answer_path.open("w", encoding="utf-8") as out:
        answer(load(peer_path), task, out)


if __name__ == "__main__":
    main(sys.argv[1:])
