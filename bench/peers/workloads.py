"""The work put to every peer: our problems as circuits, with our energies and gradients."""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from replication.ansatze.base import stack
from replication.ansatze.hubbard import HubbardAnsatz, hubbard_ansatz
from replication.ansatze.qaoa import QAOA, qaoa
from replication.errors import UserError
from replication.problems.hubbard import hubbard
from replication.problems.ising import IsingProblem
from replication.problems.maxcut import MaxCut
from replication.problems.sk import SK
from replication.seeds import generator_for, key_for
from replication.simulators.circuits import Circuit as Layered

SEED = 2019
BATCH = 128
TOLERANCES = {
    "float64": {"energies": 1e-10, "gradients": 1e-8},
    "float32": {"energies": 1e-5, "gradients": 1e-5},
}
"""largest deviation, see `worker.deviation`, with which a peer is still timed"""

Ansatz = QAOA | HubbardAnsatz | Layered
Gate = tuple[str, list[int], float | int | None]


@dataclass(frozen=True)
class Workload:
    """One row of work; those of one family differ in size alone, smallest first."""

    family: str
    size: str
    depth: int

    @property
    def name(self) -> str:
        """Such as `maxcut-p5-12`."""
        return f"{self.family}-{self.size}"

    @property
    def kind(self) -> str:
        """`maxcut`, `batch`, `hubbard`, `training` or `layers`."""
        return self.family.split("-")[0]

    @property
    def num_qubits(self) -> int:
        """Qubits of the circuit; a Hubbard site takes two."""
        if self.kind == "hubbard":
            width, height = map(int, self.size.split("x"))
            return 2 * width * height
        return int(self.size)

    @property
    def amplitudes(self) -> int:
        """Of the states of all instances, as our kernels keep them."""
        if self.kind == "hubbard":
            return math.prod(self.problems[0].sector_shape)
        return len(self.problems) * 2 ** (self.num_qubits - 1)

    @functools.cached_property
    def problems(self) -> list[Any]:
        """The instances.

        `maxcut`: a random 3-regular graph. `batch`: 128 spin glasses, all-to-all normal weights.
        `hubbard`: the ladder at t = 1, U = 4, half filling.
        """
        if self.kind == "hubbard":
            width, height = map(int, self.size.split("x"))
            return [hubbard((width, height), t=1.0, u=4.0)]
        if self.kind == "maxcut":
            ensemble = MaxCut(graphs="regular", degree=3).at(self.num_qubits)
            return [ensemble.sample(key_for(SEED, "peers", self.name))]
        glasses = SK().at(self.num_qubits)
        return [glasses.sample(key_for(SEED, "peers", self.name, i)) for i in range(BATCH)]

    @functools.cached_property
    def ansatze(self) -> list[Ansatz]:
        """Our circuits."""
        if self.kind == "hubbard":
            return [hubbard_ansatz(one, self.depth, "grouped") for one in self.problems]
        return [qaoa(problem, self.depth) for problem in self.problems]

    @functools.cached_property
    def thetas(self) -> np.ndarray:
        """Angles, `(instances, parameters)`, uniform on (-1/2, 1/2) radians."""
        shape = len(self.ansatze), self.ansatze[0].num_parameters
        return generator_for(SEED, "peers", self.name).uniform(-0.5, 0.5, shape)

    @property
    def circuits(self) -> list["Circuit"]:
        """The instances as gates."""
        if self.kind == "hubbard":
            pairs = zip(self.ansatze, self.problems, strict=True)
            return [_grouped(ansatz, problem) for ansatz, problem in pairs]
        used = np.any([np.triu(problem.couplings) != 0 for problem in self.problems], axis=0)
        edges = [(int(i), int(j)) for i, j in np.argwhere(used)]
        return [_qaoa(problem, self.depth, edges) for problem in self.problems]

    @property
    def quantities(self) -> tuple[str, ...]:
        """What of it is timed."""
        return ("value", "gradient")

    def own(self, precision: str) -> "Own":
        """Our kernels on it."""
        return Own(self, precision)


def workloads(*, quick: bool = False) -> list[Workload]:
    """All of them, or `quick` the single circuits of up to 12 qubits."""
    depths = (1, 5)
    found = [Workload(f"maxcut-p{p}", str(n), p) for p in depths for n in (8, 12, 16, 20)]
    found += [Workload("batch-p5", "8", 5)]
    found += [Workload(f"hubbard-r{r}", f"2x{length}", r) for r in depths for length in (2, 3, 4)]
    return [one for one in found if (one.num_qubits <= 12 and one.kind != "batch") or not quick]


def chosen(work: Sequence[Workload], kinds: Sequence[str]) -> list[Workload]:
    """The work of these kinds; UserError for one that is not there."""
    there = list(dict.fromkeys(one.kind for one in work))
    if unknown := [kind for kind in kinds if kind not in there]:
        raise UserError(f"unknown family {unknown[0]!r}; there are {', '.join(there)}")
    return [one for one in work if one.kind in kinds]


class Own:
    """Our kernels on one workload, compiled, their arguments in place.

    As a user would call them: `jax.jit(ansatz.energy)`, or a batch through `jax.vmap`.
    """

    def __init__(self, workload: Workload, precision: str) -> None:
        self.workload = workload
        ansatze = workload.ansatze
        self._shape = (len(ansatze),)
        single = len(ansatze) == 1
        energy, arguments = (
            (ansatze[0].energy, (workload.thetas[0],))
            if single
            else (type(ansatze[0]).energy, (stack(ansatze), workload.thetas))
        )
        self._arguments = jax.device_put(
            jax.tree.map(lambda x: np.asarray(x, precision), arguments)
        )
        functions: dict[str, Callable[..., Any]] = {
            "value": energy,
            "gradient": jax.value_and_grad(energy, argnums=len(arguments) - 1),
        }
        self._compiled = {
            quantity: jax.jit(function if single else jax.vmap(function))
            .lower(*self._arguments)
            .compile()
            for quantity, function in functions.items()
        }

    def call(self, quantity: str) -> Callable[[], Any]:
        """The compiled call of `value` or `gradient`, as it is timed."""
        compiled, arguments = self._compiled[quantity], self._arguments
        return lambda: jax.block_until_ready(compiled(*arguments))

    def reference(self) -> tuple[np.ndarray, np.ndarray]:
        """Energies `(instances,)` and gradients `(instances, parameters)`."""
        energies, gradients = self.call("gradient")()
        shape = (*self._shape, -1)
        return np.reshape(energies, self._shape), np.reshape(gradients, shape)

    def task(self, seconds: float) -> dict[str, Any]:
        """What a peer's process is given, ready for JSON; `worker.Task` says what it means."""
        energies, gradients = self.reference()
        return {
            **lowered(self.workload),
            "energies": energies.tolist(),
            "gradients": gradients.tolist(),
            "tolerances": TOLERANCES,
            "quantities": list(self.workload.quantities),
            "seconds": seconds,
        }


def lowered(workload: Workload) -> dict[str, Any]:
    """The circuits of a workload as gates and Pauli strings that all its instances have."""
    first, circuits = workload.ansatze[0], workload.circuits
    return {
        "workload": workload.name,
        "num_qubits": workload.num_qubits,
        "depth": workload.depth,
        **circuits[0].shared,
        "weights": [circuit.weights for circuit in circuits],
        "coefficients": [circuit.coefficients for circuit in circuits],
        "thetas": workload.thetas.tolist(),
        "lattice": _lattice(first) if isinstance(first, HubbardAnsatz) else None,
    }


@dataclass
class Circuit:
    """One instance lowered to gates; `shared` is what all instances of a batch have in common."""

    gates: list[Gate]
    dependence: list[tuple[int, int]]
    weights: list[float]
    terms: list[list[tuple[int, str]]]
    coefficients: list[float]

    @property
    def shared(self) -> dict[str, Any]:
        return {"gates": self.gates, "dependence": self.dependence, "terms": self.terms}

    def rotate(self, name: str, qubits: list[int], angle: dict[int, float]) -> None:
        """A gate whose angle is the sum of parameters times weights."""
        slot = self.dependence[-1][0] + 1 if self.dependence else 0
        self.gates.append((name, qubits, slot))
        self.dependence += [(slot, parameter) for parameter in angle]
        self.weights += angle.values()


def _qaoa(problem: IsingProblem, p: int, edges: Sequence[tuple[int, int]]) -> Circuit:
    n = problem.num_spins
    circuit = Circuit(
        gates=[("h", [qubit], None) for qubit in range(n)],
        dependence=[],
        weights=[],
        terms=[[(i, "Z"), (j, "Z")] for i, j in edges],
        coefficients=[float(problem.couplings[edge]) for edge in edges],
    )
    for layer in range(p):
        for edge, weight in zip(edges, circuit.coefficients, strict=True):
            circuit.rotate("rzz", list(edge), {layer: 2 * weight})
        for qubit in range(n):
            circuit.rotate("rx", [qubit], {p + layer: 2.0})
    return circuit


def _grouped(ansatz: Ansatz, problem: Any) -> Circuit:
    """The `grouped` ansatz on qubits, all spin up first, with as few gates as it can do with.

    The half hops that end a step and begin the next are one, and the first of all is left out: it
    only gives the start a phase.
    """
    assert isinstance(ansatz, HubbardAnsatz)
    from openfermion import jordan_wigner

    lattice, sites = _lattice(ansatz), ansatz.geometry.num_sites
    operator = jordan_wigner(problem.to_openfermion())
    circuit = Circuit(
        gates=[
            ("x", [orbital + spin * sites], None)
            for spin, filled in enumerate(lattice["filled"])
            for orbital in filled
        ],
        dependence=[],
        weights=[],
        terms=[list(term) for term in operator.terms],
        coefficients=[float(np.real(coefficient)) for coefficient in operator.terms.values()],
    )
    rotations = givens(np.array(lattice["orbitals"]))
    to_sites = [gate for spin in (0, 1) for gate in _shifted(rotations, spin * sites)]
    to_levels = [_inverse(gate) for gate in reversed(to_sites)]
    circuit.gates += to_sites
    for step, hops in enumerate(lattice["hops"]):
        for site in range(sites):
            circuit.rotate("cphase", [site, site + sites], {lattice["repulsions"][step]: -1.0})
        circuit.gates += to_levels
        for mode in range(2 * sites):
            angle = {
                parameter: -weight * lattice["levels"][letter][mode % sites]
                for parameter, letter, weight in hops
            }
            circuit.rotate("phase", [mode], angle)
        circuit.gates += to_sites
    return circuit


def _lattice(ansatz: HubbardAnsatz) -> dict[str, Any]:
    """What a simulator of fermions needs, and the circuit is lowered from.

    `orbitals` in columns and their `levels` a letter; the `filled` ones of each spin; for each step
    the parameter of its repulsion and the `hops` after it, `(parameter, letter, weight)`; bonds and
    couplings.
    """
    geometry = ansatz.geometry
    (levels_x, lines_x), (levels_y, lines_y) = map(_chain, geometry.shape)
    horizontal, vertical = (
        np.add.outer(0 * levels_y, levels_x),
        np.add.outer(levels_y, 0 * levels_x),
    )
    # The tie-break of the start, see HubbardAnsatz.
    order = np.argsort((horizontal + (1 + 1e-6) * vertical).ravel())
    steps, letters = ansatz.steps, len(geometry.letters)

    def halves(step: int) -> list[tuple[int, int, float]]:
        return [(step * letters + k, k, 0.5) for k in (0, 1)] if step < steps else []

    return {
        "sites": geometry.num_sites,
        "filling": geometry.filling,
        "t": float(np.asarray(ansatz.t)),
        "u": float(np.asarray(ansatz.u)),
        "bonds": [bond for bonds in geometry.bonds.values() for bond in bonds],
        "orbitals": np.kron(lines_y, lines_x).tolist(),
        "levels": [horizontal.ravel().tolist(), vertical.ravel().tolist()],
        "filled": [sorted(order[:count].tolist()) for count in geometry.filling],
        "repulsions": [step * letters + letters - 1 for step in range(steps)],
        "hops": [halves(step) + halves(step + 1) for step in range(steps)],
    }


def _chain(length: int) -> tuple[np.ndarray, np.ndarray]:
    """Levels and orbitals, in columns, of minus the hopping along an open chain."""
    return np.linalg.eigh(-np.eye(length, k=1) - np.eye(length, k=-1))


def givens(orbitals: np.ndarray) -> list[Gate]:
    r"""Rotations of neighbouring modes that take mode k to column k of an orthogonal matrix.

    $a^\dagger_k \to \sum_p Q_{pk} a^\dagger_p$. Elimination row by row gives
    $G_m \cdots G_1 Q = D$ with $D$ diagonal of signs, so $Q = G_1^T \cdots G_m^T D$ and $D$ acts
    first. Between neighbours a rotation of modes is the same rotation of qubits, without
    Jordan-Wigner strings. I. D. Kivlichan et al., doi:10.1103/PhysRevLett.120.110501.
    """
    remaining = orbitals.copy()
    rotations: list[Gate] = []
    for column in range(len(remaining)):
        for row in range(len(remaining) - 1, column, -1):
            upper, lower = remaining[row - 1, column], remaining[row, column]
            if abs(lower) < 1e-14:
                continue
            angle = float(np.arctan2(lower, upper))
            cosine, sine = np.cos(angle), np.sin(angle)
            rotation = np.array([[cosine, sine], [-sine, cosine]])
            remaining[row - 1 : row + 1] = rotation @ remaining[row - 1 : row + 1]
            rotations.append(("givens", [row - 1, row], angle))
    signs: list[Gate] = [
        ("z", [mode], None) for mode in np.flatnonzero(np.diag(remaining) < 0).tolist()
    ]
    return signs + rotations[::-1]


def _shifted(gates: Sequence[Gate], by: int) -> list[Gate]:
    return [(name, [qubit + by for qubit in qubits], angle) for name, qubits, angle in gates]


def _inverse(gate: Gate) -> Gate:
    name, qubits, angle = gate
    return (name, qubits, None if angle is None else -angle)
