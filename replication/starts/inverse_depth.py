"""All angles of the Hamiltonian variational ansatz 1/r, whatever the interaction."""

import numpy as np

from replication.starts import Context

LABEL = "1 / depth"
FAMILY = "trotter"
USES = "nothing"


def start(context: Context) -> np.ndarray:
    r"""Each term of the Hamiltonian, without its coefficient, for a time 1/r in every step.

    In exponents $T = -1/(\pi r)$ and $V = -1/(2 \pi r)$, in the grouped circuit all angles are 1/r.
    Stanisic et al., doi:10.1038/s41467-022-33335-4, and their code.
    """
    names = context.families
    steps = names.count("V")
    sign = np.sign(context.problem.t)  # type: ignore[attr-defined]
    if context.ansatz.kind == "grouped":  # type: ignore[attr-defined]
        by_family, hop = {"V": 1.0}, sign
    else:
        by_family = {"V": -1 / (2 * np.pi)}
        hop = -sign / np.pi
    return np.array([by_family.get(name, hop) for name in names]) / steps
