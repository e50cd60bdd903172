"""A trained network's step in NumPy, double precision: all that using one needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Form = Literal["plain", "residual"]
Inputs = Literal["angles_and_cost", "angles"]
Floats = NDArray[np.float64]
State = tuple[Floats, Floats]
"""Hidden and cell state, shape `(hidden,)` each."""

SHAPES = {
    "cell.weight_ih": ("4 hidden", "inputs"),
    "cell.weight_hh": ("4 hidden", "hidden"),
    "cell.bias": ("4 hidden",),
    "head.weight": ("k", "hidden"),
    "head.bias": ("k",),
    "anchor": ("k",),
}
"""Arrays of a network by name; a network takes k angles and one cost."""


@dataclass(frozen=True)
class Weights:
    r"""A trained network as arrays, of the equations of [`Network`][].

    - `arrays`: by the names of `SHAPES`.
    - `form`: `residual`, which moves on from the last angles, or `plain`, which does not.
    - `inputs`: what the network sees.

    **Raises:** `KeyError` naming the arrays that are missing, too many or of another shape.
    """

    arrays: Mapping[str, np.ndarray] = field(repr=False)
    form: Form
    inputs: Inputs = "angles_and_cost"

    def __post_init__(self) -> None:
        """Check that the arrays are those of one network."""
        if unfit := sorted({*self.arrays} ^ {*SHAPES}):
            raise KeyError(", ".join(unfit))
        k, hidden = self.arrays["head.weight"].shape[-2:]
        sizes = {"k": k, "inputs": k + 1, "hidden": hidden, "4 hidden": 4 * hidden}
        for name, axes in SHAPES.items():
            if self.arrays[name].shape != tuple(sizes[axis] for axis in axes):
                raise KeyError(f"shape of {name}")

    @property
    def num_parameters(self) -> int:
        """Angles that it proposes, k."""
        return self.arrays["anchor"].shape[0]

    @property
    def hidden(self) -> int:
        """Units of the LSTM."""
        return self.arrays["head.weight"].shape[1]

    @cached_property
    def _double(self) -> dict[str, Floats]:
        return {name: np.asarray(array, np.float64) for name, array in self.arrays.items()}

    def memory(self) -> State:
        """The state before the first query: zeros."""
        return np.zeros(self.hidden), np.zeros(self.hidden)

    def step(self, state: State, theta: Floats, y: float, *, first: bool) -> tuple[State, Floats]:
        r"""One query: the next state and the next angles, `(k,)`.

        **Arguments:** `theta`: angles of the last query, in the network's units; `y`: its cost;
        `first`: whether `theta` is $\theta_0$.
        """
        own, (hidden, cell) = self._double, state
        seen = np.append(theta, y if self.inputs == "angles_and_cost" else 0.0)
        gates = own["cell.weight_ih"] @ seen + own["cell.weight_hh"] @ hidden + own["cell.bias"]
        enter, keep, new, leave = np.split(gates, 4)
        cell = _sigmoid(keep) * cell + _sigmoid(enter) * np.tanh(new)
        hidden = _sigmoid(leave) * np.tanh(cell)
        proposed = own["head.weight"] @ hidden + own["head.bias"]
        if self.form == "residual":
            proposed = proposed + theta + (own["anchor"] if first else 0.0)
        return (hidden, cell), proposed


def _sigmoid(x: Floats) -> Floats:
    # By tanh, which does not overflow.
    return 0.5 * (1.0 + np.tanh(0.5 * x))
