"""Ising cost Hamiltonians of any order, and the base of the problem classes built on them."""

import functools
import math
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from replication.ansatze.export import Exported, products_of
from replication.checks import real_array
from replication.errors import UserError
from replication.extras import says_extra
from replication.problems.assignments import Best, Order, bits_of, tallied
from replication.problems.base import NaturalUnits, ProblemClass
from replication.simulators.diagonals import diagonal_of, qubits_of
from replication.simulators.memory import gibibytes

if TYPE_CHECKING:
    import xarray as xr
    from openfermion import QubitOperator
    from qiskit.quantum_info import SparsePauliOp

    from replication.ansatze.qaoa import QAOA

# The simulator keeps about six real arrays of 2^n doubles; enumeration keeps two.
_MAX_QUBITS = 28

# Relative to the largest coupling: products of matrices are symmetric up to a few roundings.
_ASYMMETRY = 1e-12


def check_size(n: int) -> None:
    """Refuse a number of spins that is too small."""
    if n < 2:
        raise UserError(f"an Ising problem needs at least 2 spins, got {n}")


def _check_memory(n: int) -> None:
    if n > _MAX_QUBITS:
        raise UserError(
            f"{n} spins would take about {gibibytes(3 * 2.0 ** min(n, 1000))} GiB for the state "
            f"vectors; at most {_MAX_QUBITS} spins are simulated"
        )


@dataclass(frozen=True, eq=False)
class IsingProblem(Exported):
    r"""$H = c + \sum_{i<j} J_{ij} Z_i Z_j + \sum_i h_i Z_i + \sum_k w_k \prod_{q \in S_k} Z_q$.

    **Arguments:**

    - `kind`: name of its class.
    - `couplings`: $J$, shape $(n, n)$, symmetric with zero diagonal. Where it is asymmetric by
      rounding alone, at most 1e-12 of its largest entry, the mean of $J$ and $J^T$ is taken.
    - `fields`: $h$, shape $(n,)$.
    - `offset`: $c$, the identity part.
    - `higher`: terms of three or more spins, from the bit mask of $S_k$ (qubit 0 the most
      significant bit) to $w_k$.
    - `nodes`: what the spins are called, in the order of the qubits; empty for 0 … n-1.
    """

    kind: str
    couplings: np.ndarray
    fields: np.ndarray
    offset: float = 0.0
    higher: Mapping[int, float] = field(default_factory=dict)
    nodes: tuple[Hashable, ...] = ()

    def __post_init__(self) -> None:
        couplings = real_array("couplings", self.couplings)
        if couplings.ndim != 2 or couplings.shape[0] != couplings.shape[1]:
            raise UserError(f"couplings must be a square matrix, got shape {couplings.shape}")
        check_size(couplings.shape[0])
        fields = real_array("fields", self.fields)
        if fields.shape != couplings.shape[:1]:
            raise UserError(
                f"fields must have shape {couplings.shape[:1]} to match the couplings, "
                f"got {fields.shape}"
            )
        for name, array in (("couplings", couplings), ("fields", fields)):
            if not np.isfinite(array).all():
                where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
                raise UserError(
                    f"{name}{list(where)} is {array[where]}; only finite numbers are allowed"
                )
        if np.any(couplings != couplings.T):
            # Halves first: neither the difference nor the sum of large entries overflows.
            half = couplings / 2
            apart = np.abs(half - half.T) > _ASYMMETRY * np.abs(half).max()
            if apart.any():
                i, j = (int(k) for k in np.argwhere(apart)[0])
                raise UserError(
                    f"couplings must be symmetric, but couplings[{i}, {j}] = {couplings[i, j]} and "
                    f"couplings[{j}, {i}] = {couplings[j, i]}; r.ising takes each pair once"
                )
            couplings = half + half.T
        if np.any(np.diag(couplings)):
            i = int(np.flatnonzero(np.diag(couplings))[0])
            raise UserError(f"couplings[{i}, {i}] = {couplings[i, i]}; the diagonal must be zero")
        if not couplings.any() and not fields.any() and not any(self.higher.values()):
            raise UserError("all couplings and fields are zero; at least one must not be")
        object.__setattr__(self, "couplings", couplings)
        object.__setattr__(self, "fields", fields)
        nodes = self.nodes or tuple(range(self.num_spins))
        if len(nodes) != self.num_spins or len({*nodes}) != len(nodes):
            raise UserError(f"nodes must be {self.num_spins} different names, got {len(nodes)}")
        object.__setattr__(self, "nodes", tuple(nodes))

    @property
    def num_spins(self) -> int:
        """Number of spins, which is the number of qubits."""
        return self.couplings.shape[0]

    @property
    def symmetric(self) -> bool:
        """Whether a global spin flip leaves $H$ unchanged: no term has an odd number of spins."""
        return not self.fields.any() and not any(mask.bit_count() % 2 for mask in self.higher)

    @property
    def weights(self) -> np.ndarray:
        """Coefficients of all terms but the identity, zeros among them."""
        pairs = self.couplings[np.triu_indices(self.num_spins, 1)]
        return np.concatenate([pairs, self.fields, list(self.higher.values())])

    @functools.cached_property
    def normaliser(self) -> float:
        r"""1-norm of the Pauli coefficients, $\sum_{i<j}|J_{ij}| + \sum_i |h_i| + \sum_k |w_k|$."""
        pairs, fields = np.abs(np.triu(self.couplings)).sum(), np.abs(self.fields).sum()
        return float(pairs + fields + sum(map(abs, self.higher.values())))

    @property
    def two_norm(self) -> float:
        r"""2-norm of the same coefficients."""
        squares = np.sum(np.triu(self.couplings) ** 2) + np.sum(self.fields**2)
        return float(np.sqrt(squares + sum(weight**2 for weight in self.higher.values())))

    @functools.cached_property
    def natural_units(self) -> NaturalUnits:
        r"""γ in units of $1/g$ and energies in units of $n g$, $g$ the rms field at a spin.

        $$g^2 = \frac1n \Bigl(\sum_i \sum_j J_{ij}^2 + \sum_i h_i^2
              + \sum_k |S_k| w_k^2\Bigr)$$
        With unit weights $g$ is the square root of the mean degree, with SK's couplings about 1.
        """
        n = self.num_spins
        # The largest coefficient is taken out, so that no square of a finite one overflows.
        unit = float(np.abs(self.weights).max())
        squares = np.sum((self.couplings / unit) ** 2) + np.sum((self.fields / unit) ** 2)
        squares += sum(mask.bit_count() * (w / unit) ** 2 for mask, w in self.higher.items())
        field = unit * math.sqrt(float(squares) / n)
        return NaturalUnits(n * field, {"gamma": field})

    @property
    def strengths(self) -> dict[str, float]:
        """The field g of the natural units."""
        return {"root mean square field": self.natural_units.angles["gamma"]}

    @property
    def mean(self) -> float:
        """The offset: every product of Z is as often 1 as -1."""
        return self.offset

    @functools.cached_property
    def features(self) -> dict[str, float]:
        """Size, density, signs and spread of the couplings, fields, and the order of the terms."""
        pairs = self.couplings[np.triu_indices(self.num_spins, 1)]
        weights = pairs[pairs != 0]
        largest = float(np.abs(self.weights).max())
        size = np.abs(weights / largest)
        fields = float(np.sqrt(np.mean((self.fields / largest) ** 2)))
        felt = float(np.sqrt(np.mean(np.sum((self.couplings / largest) ** 2, axis=1))))
        return {
            "number of spins": float(self.num_spins),
            "mean degree": 2 * weights.size / self.num_spins,
            "fraction of negative couplings": float(np.mean(weights < 0)) if weights.size else 0.0,
            "spread of the couplings": float(size.std() / size.mean()) if weights.size else 0.0,
            "fields over couplings": fields / felt if felt else math.inf,
            "terms of three or more spins": float(len(self.higher)),
        }

    @functools.cached_property
    def diagonal(self) -> np.ndarray:
        r"""$H(x)$ for all x, qubit 0 the most significant bit; shape $(2^n,)$.

        Where $H(x) = H(\bar x)$, only the half with qubit 0 in state 0 is kept: shape
        $(2^{n-1},)$.
        """
        # One spin more a round: the levels of the spins placed so far, and the field they make.
        n = self.num_spins
        _check_memory(n)
        levels = np.zeros(1)
        for q in range(n - 1, -1, -1):
            local = np.full(1, self.fields[q])
            for j in range(n - 1, q, -1):
                local = np.concatenate([local + self.couplings[q, j], local - self.couplings[q, j]])
            levels = np.concatenate([levels + local, levels - local])
        if self.higher:
            masks, weights = np.array(list(self.higher)), np.array(list(self.higher.values()))
            levels = levels + diagonal_of(masks, weights, n)
        if self.offset:
            levels = levels + self.offset
        return levels[: levels.size // 2] if self.symmetric else levels

    def exact_minimum(self) -> float:
        """Ground energy by enumeration of all spin configurations, up to the global flip."""
        return float(self.diagonal.min())

    def energy(self, bits: Any, order: Order = "own") -> Any:
        """H of bits, a number, or an array of the shape of theirs without the last axis.

        **Arguments:** `bits`: a word of 0 and 1, a mapping from nodes to bits, or an array of
        shape `(…, n)`; bit 0 is the spin $Z = 1$; `order`: of a word, qubit 0 first or last.

        >>> from replication import maxcut
        >>> maxcut([("a", "b"), ("b", "c")]).energy({"a": 0, "b": 1, "c": 0})
        -2.0
        """
        spins = 1.0 - 2.0 * bits_of(bits, self.nodes, order)
        pairs = np.einsum("...i,ij,...j->...", spins, self.couplings, spins) / 2
        found = self.offset + pairs + spins @ self.fields
        for mask, weight in self.higher.items():
            found = found + weight * spins[..., [*qubits_of(mask, self.num_spins)]].prod(-1)
        return float(found) if np.ndim(found) == 0 else found

    def best_of(self, measured: Any, order: Order = "own") -> Best:
        """The measured bits of lowest energy, by the names of the nodes.

        **Arguments:** `measured`: counts, a mapping from words to numbers, or the bits of all
        shots, `(shots, n)`; `order`: of a word, qubit 0 first, or last as in Qiskit.

        >>> from replication import maxcut
        >>> best = maxcut([("a", "b"), ("b", "c")]).best_of({"010": 3, "000": 9})
        >>> best.of_nodes, best.cut
        ({'a': 0, 'b': 1, 'c': 0}, 2.0)
        """
        outcomes, counts = tallied(measured, self.nodes, order)
        energies = self.energy(outcomes)
        place = int(np.argmin(energies))
        bits, energy = outcomes[place], float(energies[place])
        cut = (float(np.triu(self.couplings).sum()) - energy) / 2 if self.kind == "maxcut" else None
        named = {node: int(bit) for node, bit in zip(self.nodes, bits, strict=True)}
        return Best("".join(map(str, bits)), named, energy, cut, int(counts[place]))

    @property
    def width(self) -> int:
        """Number of qubits."""
        return self.num_spins

    def products(self) -> dict[tuple[int, ...], float]:
        """Weights of the products of Z in H, by their qubits; the offset is not among them."""
        n = self.num_spins
        larger = {qubits_of(mask, n): weight for mask, weight in self.higher.items()}
        return products_of(self.couplings, self.fields, larger)

    @says_extra
    def to_openfermion(self) -> "QubitOperator":
        """$H$ as an OpenFermion operator."""
        from openfermion import QubitOperator

        operator = QubitOperator((), self.offset) if self.offset else QubitOperator()
        for qubits, weight in self.products().items():
            operator += QubitOperator(tuple((qubit, "Z") for qubit in qubits), weight)
        return operator

    @says_extra
    def to_sparse_pauli_op(self) -> "SparsePauliOp":
        """$H$ as an operator of Qiskit, qubit q its qubit q."""
        from qiskit.quantum_info import SparsePauliOp

        terms = [("Z" * len(qubits), [*qubits], w) for qubits, w in self.products().items()]
        return SparsePauliOp.from_sparse_list([*terms, ("", [], self.offset)], self.num_spins)

    @says_extra
    def to_pennylane_operator(self) -> Any:
        """$H$ as a `Hamiltonian` of PennyLane on wires 0 … n-1."""
        import pennylane as qml

        words = [qml.prod(*map(qml.Z, qubits)) for qubits in self.products()]
        return qml.Hamiltonian([*self.products().values(), self.offset], [*words, qml.I(0)])


class IsingClass(ProblemClass):
    """Base of problem classes of Ising Hamiltonians: qubits as sizes, and QAOA as circuit."""

    depth_label: ClassVar[str] = "layers p"
    size_label: ClassVar[str] = "qubits n"
    example_size: ClassVar[str] = "4"
    algorithm: ClassVar[str] = "QAOA"
    family: ClassVar[str] = "qaoa"
    neutral_at_zero: ClassVar[bool] = True
    scaled_heuristic: ClassVar[bool] = True

    @property
    def symmetric(self) -> bool:
        """Whether no instance's energy changes as all spins flip; not known of any class."""
        return False

    def check_size(self, size: str) -> None:
        """Refuse a size that is no number of qubits from 4 to 24."""
        if not re.fullmatch("[1-9][0-9]*", size) or int(size) < 4:
            raise UserError(f"size {size!r} must be a number of qubits from 4 to 24")
        if int(size) > 24:
            raise UserError(
                f"size {size!r} is out of reach: one state of {size} qubits takes "
                f"{gibibytes(2.0 ** min(int(size), 1000))} GiB; at most 24 qubits are allowed"
            )

    def circuit(self, problem: IsingProblem, depth: int) -> "QAOA":
        """QAOA with `depth` layers."""
        from replication.ansatze.qaoa import qaoa

        return qaoa(problem, depth)

    def to_dataset(self, problems: Sequence[IsingProblem]) -> "xr.Dataset":
        """`couplings`, `fields` and, where there are any, `offset` and `higher_…` terms."""
        import xarray as xr

        arrays: dict[str, Any] = {
            "couplings": (("instance", "i", "j"), [one.couplings for one in problems]),
            "fields": (("instance", "i"), [one.fields for one in problems]),
        }
        if any(one.offset for one in problems):
            arrays["offset"] = ("instance", [one.offset for one in problems])
        terms = max(len(one.higher) for one in problems)
        if terms:
            # Instances with fewer terms are filled up with the empty product.
            masks = np.zeros((len(problems), terms), int)
            weights = np.zeros((len(problems), terms))
            for row, one in enumerate(problems):
                masks[row, : len(one.higher)] = list(one.higher)
                weights[row, : len(one.higher)] = list(one.higher.values())
            arrays["higher_mask"] = (("instance", "term"), masks)
            arrays["higher_weight"] = (("instance", "term"), weights)
        return xr.Dataset(arrays)

    def from_dataset(self, dataset: "xr.Dataset", size: str) -> list[IsingProblem]:
        """The instances that [`IsingClass.to_dataset`][] stored."""
        count = dataset.sizes["instance"]
        none = np.zeros((count, 0))
        offsets = dataset["offset"].values if "offset" in dataset else np.zeros(count)
        masks = dataset["higher_mask"].values if "higher_mask" in dataset else none
        weights = dataset["higher_weight"].values if "higher_weight" in dataset else none
        couplings, fields = dataset["couplings"].values, dataset["fields"].values
        return [
            IsingProblem(
                self.kind,
                couplings[row],
                fields[row],
                float(offsets[row]),
                {int(m): float(w) for m, w in zip(masks[row], weights[row], strict=True) if m},
            )
            for row in range(count)
        ]
