"""QOKit: QAOA on a precomputed diagonal, C; no gradients and no other circuits.

Its `__init__` loads circuit and finance libraries that its simulator does not use, and of which it
asks for one version each: the requirements beside this file leave them out, and `qokit.fur` is
loaded alone. The wheel of 0.1.4 holds the compiled library at the top level, as `simulator*.so`,
where the code does not search for it: it is given the path.
"""

import importlib
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

LABEL = "QOKit (C)"
PACKAGE = "qokit"
PRECISION = "float64"

_GATES = ("h", "rzz", "rx")


def _simulator() -> type:
    files = metadata.files("qokit") or []
    [library] = [file for file in files if file.match("simulator*.so")]
    alone = ModuleType("qokit")
    alone.__path__ = [str(Path(str(library.locate())).parent / "qokit")]
    sys.modules["qokit"] = alone
    fur = importlib.import_module("qokit.fur")
    # The library is loaded at the first call, from where this says.
    importlib.import_module("qokit.fur.c.csim.libpath").libpath = Path(str(library.locate()))
    return fur.QAOAFURXSimulatorC


def value(task: Any) -> Callable[[], Any]:
    """State and expectation from gammas and betas; diagonals are made once; a batch in a loop."""
    task.offered(_GATES, "has QAOA circuits only")
    kind = _simulator()
    pairs = [[qubit for qubit, _ in term] for term in task.terms]
    simulators = [
        kind(task.num_qubits, terms=list(zip(coefficients.tolist(), pairs, strict=True)))
        for coefficients in task.coefficients
    ]
    p = task.depth
    # Its cost layer is exp(-i gamma C / 2), its mixer exp(-i beta X).
    angles = [(2 * theta[:p], theta[p:]) for theta in task.thetas]

    def one(simulator: Any, gammas: np.ndarray, betas: np.ndarray) -> float:
        return simulator.get_expectation(simulator.simulate_qaoa(gammas, betas))

    return lambda: [one(sim, *each) for sim, each in zip(simulators, angles, strict=True)]


def gradient(task: Any) -> Callable[[], Any]:
    """None."""
    task.offered(_GATES, "has QAOA circuits only")
    raise NotImplementedError("has no gradient")
