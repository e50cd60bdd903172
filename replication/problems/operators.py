"""Diagonal operators of other packages as weights of products of Z, and quadratic binary costs."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from replication.checks import real_array, real_number
from replication.errors import UserError


class Terms(NamedTuple):
    """Weights and the names of the qubits in each product, and all names in their order."""

    products: list[tuple[float, tuple[Hashable, ...]]]
    nodes: tuple[Hashable, ...]


def terms_of(operator: Any) -> Terms | None:
    """The terms of an operator; `None` for what is no operator of a package known here.

    - OpenFermion's `QubitOperator` and Qiskit's `SparsePauliOp`: qubits 0 … n-1 by number;
    - PennyLane's operators: wires are the names;
    - a binary quadratic model of dimod: its variables are the names; a variable is 1 where the
      qubit's bit is.

    **Raises:** [`UserError`][] for factors other than Z and coefficients that are not real.
    """
    package = type(operator).__module__.partition(".")[0]
    name = type(operator).__name__
    if name == "QubitOperator":
        return _numbered(
            (weight, [(letter, qubit) for qubit, letter in factors])
            for factors, weight in operator.terms.items()
        )
    if name == "SparsePauliOp":
        pairs = [
            (weight, [*zip(letters, qubits, strict=True)])
            for letters, qubits, weight in operator.to_sparse_list()
        ]
        return _numbered(pairs, operator.num_qubits)
    if package == "pennylane":
        sentence = operator.pauli_rep
        if sentence is None:
            raise UserError(f"{name} of PennyLane is no sum of Pauli words")
        pairs = [(weight, [(p, w) for w, p in word.items()]) for word, weight in sentence.items()]
        return Terms(_diagonal(pairs), tuple(operator.wires))
    if package == "dimod":
        binary = operator.change_vartype("BINARY", inplace=False)
        linear = {(name, name): weight for name, weight in binary.linear.items()}
        weights = linear | dict(binary.quadratic)
        return quadratic(weights, binary.offset, tuple(binary.variables))
    return None


def quadratic(
    weights: Any, constant: float = 0.0, nodes: tuple[Hashable, ...] | None = None
) -> Terms:
    r"""$c + \sum_{ij} Q_{ij} x_i x_j$ of bits x as products of $Z = 1 - 2x$.

    **Arguments:** `weights`: Q, a matrix `(n, n)`, or a mapping from pairs of names to weights, in
    which both orders of a pair add up; `nodes`: all names in their order, `None` for those of
    `weights`, sorted.

    **Raises:** [`UserError`][] for another form, and weights that are no finite real numbers.
    """
    if not isinstance(weights, Mapping):
        matrix = real_array("Q", weights.toarray() if hasattr(weights, "toarray") else weights)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise UserError(f"Q must be a square matrix, got shape {matrix.shape}")
        nodes = tuple(range(len(matrix)))
        weights = {(int(i), int(j)): matrix[i, j] for i, j in zip(*np.nonzero(matrix), strict=True)}
    if nodes is None:
        named = {node for pair in weights for node in _pair(pair)}
        try:
            nodes = tuple(sorted(named))  # type: ignore[type-var]
        except TypeError:
            raise UserError(f"names {named} cannot be sorted; give a matrix instead") from None
    products: list[tuple[float, tuple[Hashable, ...]]] = [(real_number("constant", constant), ())]
    for pair, weight in weights.items():
        i, j = _pair(pair)
        q = real_number(f"Q[{i!r}, {j!r}]", weight)
        # x = (1 - Z)/2, and x of one bit is its own square.
        if i == j:
            products += [(q / 2, ()), (-q / 2, (i,))]
        else:
            products += [(q / 4, ()), (-q / 4, (i,)), (-q / 4, (j,)), (q / 4, (i, j))]
    return Terms(products, nodes)


def _pair(pair: Any) -> tuple[Hashable, Hashable]:
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise UserError(f"key {pair!r} must be a pair of names")
    return pair


def _numbered(
    pairs: Iterable[tuple[complex, list[tuple[str, int]]]], num_qubits: int | None = None
) -> Terms:
    products = _diagonal(pairs)
    largest = max((qubit for _, qubits in products for qubit in qubits), default=-1)
    return Terms(products, tuple(range(largest + 1 if num_qubits is None else num_qubits)))


def _diagonal(pairs: Iterable[tuple[Any, list[tuple[str, Any]]]]) -> Any:
    """The weights and names of products, which must be of Z."""
    found = []
    for weight, factors in pairs:
        others = sorted({letter for letter, _ in factors} - {"Z", "I"})
        if others:
            raise UserError(
                f"the operator has the factor {others[0]}; only products of Z are costs"
            )
        value = complex(weight)
        if value.imag:
            raise UserError(f"the operator has the coefficient {weight}; only real ones are costs")
        found.append((value.real, tuple(name for letter, name in factors if letter == "Z")))
    return found
