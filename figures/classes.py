"""How readers see a problem class: its names and units, and how its sizes are written."""

from typing import NamedTuple

from replication.study import Experiment


class Words(NamedTuple):
    """Words for a class.

    - `label`: its name; `paper` the one that the paper has, `short` that of narrow columns.
    - `terms`: what its pairs of spins are; `rescaled` whether their weights are of no unit, so that
      the ramp is rescaled on the training set.
    - `depth`: what its depth counts, as an axis says it; `layer` one of these.
    - `sizes`: what its sizes are, as an axis says it; `size` one of them.
    """

    label: str
    paper: str
    short: str
    depth: str = "layers p"
    layer: str = "layer"
    sizes: str = "qubits n"
    size: str = "n = {}"
    terms: str = "couplings"
    rescaled: bool = True


WORDS = {
    "maxcut": Words(*("MaxCut QAOA", "MaxCut QAOA", "MaxCut"), terms="edges", rescaled=False),
    "sk": Words("SK QAOA", "Ising (SK) QAOA", "SK"),
    "hubbard": Words(
        *("Hubbard VQE", "Hubbard VQE", "Hubbard"), "Trotter steps r", "step", "ladder", "{}"
    ),
}


def words(kind: str) -> Words:
    """The words for a class; a class without an entry is called by its key."""
    return WORDS.get(kind) or Words(kind, kind, kind)


def angle_unit(experiment: Experiment) -> str:
    """Unit of the angles, and so of distances between them."""
    exponents = getattr(experiment.problem, "ansatz", "") == "swap_network"
    return "exponent units" if exponents else "rad"


def size_text(experiment: Experiment, size: str) -> str:
    """A size as readers write it: "n = 12", "2 × 4"."""
    return words(experiment.problem.kind).size.format(size.replace("x", " × "))


def size_tick(size: str) -> str:
    """A size as a tick label."""
    return size.replace("x", "×")
