"""Ising problems from products of spins, quadratic binary costs and operators of other packages."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from replication.checks import real_number
from replication.errors import UserError
from replication.problems.ising import IsingProblem, check_size
from replication.problems.operators import Terms, quadratic, terms_of
from replication.simulators.diagonals import mask_of


def ising(
    terms: Any,
    constant: float = 0.0,
    *,
    num_spins: int | None = None,
    kind: str = "ising",
) -> IsingProblem:
    r"""$H = c + \sum_k w_k \prod_{q \in S_k} Z_q$, with products of any number of spins.

    ```pycon
    >>> from replication import ising
    >>> problem = ising([(1.0, (0, 1, 2)), (-0.5, (0,))], constant=2.0)
    >>> problem.exact_minimum()
    0.5

    ```

    **Arguments:**

    - `terms`: pairs $(w_k, S_k)$ of a weight and the qubits of its product, or a mapping from the
      qubits to the weight. Equal sets add up; the empty set adds to the constant. Or a diagonal
      operator of OpenFermion, Qiskit, PennyLane or dimod, as [`terms_of`][] takes them.
    - `constant`: $c$, besides that of an operator.
    - `num_spins`: n; `None` for one more than the largest qubit.
    - `kind`: name of the problem's class.

    **Raises:** [`UserError`][] naming a weight that is no finite real number, a qubit that is no
    whole number from 0 to n-1, and a qubit named twice in one product.
    """
    if (known := terms_of(terms)) is not None:
        return _of_names(known, constant, kind)
    pairs = [(w, s) for s, w in terms.items()] if isinstance(terms, Mapping) else list(terms)
    products = [
        (real_number(f"weight of term {k}", w), _qubits(k, s)) for k, (w, s) in _enum(pairs)
    ]
    n = max((max(s, default=-1) for _, s in products), default=-1) + 1
    if num_spins is not None:
        if n > num_spins:
            raise UserError(f"qubit {n - 1} must be below num_spins = {num_spins}")
        n = num_spins
    return _summed(products, real_number("constant", constant), n, kind, ())


def qubo(weights: Any, constant: float = 0.0) -> IsingProblem:
    r"""$c + \sum_{ij} Q_{ij} x_i x_j$ of bits x: the cost is the energy.

    ```pycon
    >>> from replication import qubo
    >>> problem = qubo({("a", "a"): -1.0, ("a", "b"): 3.0, ("b", "b"): -2.0})
    >>> problem.best_of({"01": 1, "10": 1}).of_nodes
    {'a': 0, 'b': 1}

    ```

    **Arguments:** `weights`: Q, a square matrix, dense or of `scipy.sparse`, or a mapping from
    pairs of names to weights, whose sorted names become qubits 0, 1, …; `constant`: c.

    **Raises:** [`UserError`][] for another form, and weights that are no finite real numbers.
    """
    return _of_names(quadratic(weights), constant, "qubo")


def _of_names(terms: Terms, constant: float, kind: str) -> IsingProblem:
    """The problem whose qubits have names."""
    place = {node: number for number, node in enumerate(terms.nodes)}
    products = [(weight, tuple(sorted(place[name] for name in s))) for weight, s in terms.products]
    offset = real_number("constant", constant)
    return _summed(products, offset, len(terms.nodes), kind, terms.nodes)


def _summed(
    products: Sequence[tuple[float, tuple[int, ...]]],
    offset: float,
    n: int,
    kind: str,
    nodes: tuple[Hashable, ...],
) -> IsingProblem:
    """The problem of products of spins; equal ones add up."""
    check_size(n)
    couplings, fields = np.zeros((n, n)), np.zeros(n)
    higher: dict[int, float] = {}
    for weight, qubits in products:
        match qubits:
            case ():
                offset += weight
            case (i,):
                fields[i] += weight
            case (i, j):
                couplings[[i, j], [j, i]] += weight
            case _:
                mask = mask_of(qubits, n)
                higher[mask] = higher.get(mask, 0.0) + weight
    return IsingProblem(kind, couplings, fields, offset, higher, nodes)


def _enum(pairs: Sequence[Any]) -> Iterable[tuple[int, tuple[Any, Any]]]:
    for index, pair in enumerate(pairs):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise UserError(f"term {index} must be (weight, qubits), got {pair!r}")
        yield index, (pair[0], pair[1])


def _qubits(index: int, qubits: object) -> tuple[int, ...]:
    one = (qubits,) if isinstance(qubits, int | np.integer) else qubits
    found = tuple(one) if isinstance(one, tuple | list | frozenset | set | np.ndarray) else (None,)
    for qubit in found:
        if not isinstance(qubit, int | np.integer) or isinstance(qubit, bool) or qubit < 0:
            raise UserError(f"qubits of term {index} must be whole numbers from 0, got {qubits!r}")
    if len(set(found)) < len(found):
        raise UserError(f"term {index} names a qubit twice: {qubits!r}")
    return tuple(int(qubit) for qubit in found)
