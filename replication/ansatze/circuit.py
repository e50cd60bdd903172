"""The circuit of a problem: QAOA for spins, Trotter steps for a Hubbard model."""

from typing import TYPE_CHECKING, Any

from replication.checks import check_problem

if TYPE_CHECKING:
    from replication.ansatze.base import Ansatz


def circuit_of(problem: Any, p: int, *, simulated: bool = True) -> "Ansatz":
    """The ansatz of an instance with `p` layers or steps.

    **Arguments:** `simulated`: false where no state is asked for, as by a formula for angles; of
    spins there may be any number then.

    **Raises:** [`UserError`][] for what is no problem of this package.
    """
    check_problem(problem)
    if hasattr(problem, "num_spins"):
        from replication.ansatze.qaoa import qaoa, unsimulated

        return qaoa(problem, p) if simulated else unsimulated(problem, p)
    from replication.ansatze.hubbard import hubbard_ansatz

    return hubbard_ansatz(problem, p)
