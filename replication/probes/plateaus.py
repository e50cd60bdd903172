"""How many random starts of a short circuit gradient descent leaves on a plateau."""

import functools
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pydantic

from replication.probes.base import Finding, Probe, Variables, binomial, draws, exact, sampled
from replication.progress import track
from replication.seeds import generator_for
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

Qubits = Annotated[int, pydantic.Field(ge=2, le=64)]
Locality = Literal["local", "global"]

QUOTED = {8: (0.70, 0.80)}
"""the tutorial's own fraction, "anywhere between 70-80%", by qubits; ten runs of 10^4 shots"""


class Plateaus(Probe):
    r"""Gradient descent on the distance to all zeros, and on its local version.

    $R_X$ and $R_Y$ on each qubit and a chain of CNOT, angles uniform on a full period: the circuit
    of PennyLane's tutorial on local costs. A start is on a plateau if its last cost is above
    `threshold`. A local cost above it is rare even without training, so that `trained` is the
    number to compare costs by.
    """

    kind: Literal["plateaus"] = "plateaus"
    sizes: tuple[Qubits, ...] = setting(
        (4, 6, 8, 10), "chosen", "numbers of qubits, each a column", min_length=1
    )
    costs: tuple[Locality, ...] = setting(
        ("global", "local"),
        "chosen",
        "costs, each a row: of all qubits together, or the mean over single ones",
        min_length=1,
    )
    starts: int = setting(4000, "chosen", "random starts for each size and cost", ge=2)
    rate: float = setting(0.2, "code", "step of the gradient descent", gt=0)
    steps: int = setting(400, "code", "steps of the gradient descent", ge=1)
    threshold: float = setting(0.9, "code", "cost above which a start is on a plateau", gt=0, lt=1)
    trained_below: float = setting(0.1, "code", "cost below which a start is trained", gt=0, lt=1)

    title: ClassVar[str] = "Starts on a plateau"
    source: ClassVar[str] = "T. Storwick, PennyLane tutorial_local_cost_functions; arXiv:2001.00550"

    @pydantic.model_validator(mode="after")
    def _allowed(self) -> "Plateaus":
        for name in ("sizes", "costs"):
            given = getattr(self, name)
            if len(set(given)) < len(given):
                raise ValueError(f"{name} {', '.join(map(str, given))} must be different")
        return self

    def measure(self, seed: int) -> "xr.Dataset":
        """`plateau`, `trained` `(cost, size)`: fractions of starts; `last_cost`: quantiles.

        `quoted` has the range that the tutorial prints, NaN where it prints none.
        """
        import xarray as xr

        cells = [(cost, size) for cost in self.costs for size in self.sizes]
        ends = np.array([self._ends(*cell, seed) for cell in track(cells, self.title)])
        ends = ends.reshape(len(self.costs), len(self.sizes), self.starts)
        stuck, done = ((ends > self.threshold).sum(-1), (ends < self.trained_below).sum(-1))
        levels = [0.05, 0.25, 0.5, 0.75, 0.95]
        last = np.moveaxis(np.quantile(ends, levels, axis=-1), 0, -1)
        quoted = np.full((*stuck.shape, 2), np.nan)
        for place, size in enumerate(self.sizes):
            if "global" in self.costs and size in QUOTED:
                quoted[self.costs.index("global"), place] = QUOTED[size]
        return xr.Dataset(
            {
                **self._fraction("plateau", stuck),
                **self._fraction("trained", done),
                **draws("last_cost", "cost size level", last, "quantile of the last cost"),
                **exact("quoted", "cost size end", quoted, "fraction that the tutorial prints"),
            },
            coords={
                "cost": list(self.costs),
                "size": list(self.sizes),
                "level": levels,
                "end": ["low", "high"],
            },
        )

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """`plateau_<cost>`: fraction of starts at the most qubits that end on the plateau."""
        return {
            f"plateau_{cost}": binomial(
                float(measured["plateau"].sel(cost=cost).isel(size=-1)), self.starts
            )
            for cost in self.costs
        }

    def _fraction(self, name: str, counts: np.ndarray) -> Variables:
        errors = fraction_error(counts, self.starts)
        return sampled(name, "cost size", counts / self.starts, errors, "fraction of starts")

    def _ends(self, cost: Locality, size: int, seed: int) -> np.ndarray:
        """Costs after the last step, shape `(starts,)`; both costs have the same starts."""
        import optax

        from replication.landscapes.functions import uniform
        from replication.landscapes.one_layer import one_layer_cost
        from replication.landscapes.trainings import train

        half = np.full(2 * size, np.pi)
        thetas = uniform(generator_for(seed, "plateaus", size), self.starts, -half, half)
        energy = functools.partial(one_layer_cost, locality=cost)
        return train(energy, thetas, optax.sgd(self.rate), self.steps).values[:, -1]


def fraction_error(counts: np.ndarray, total: int) -> np.ndarray:
    r"""Standard error of a fraction that is not zero where nothing, or all, was counted.

    $\sqrt{a b / [(a+b)^2 (a+b+1)]}$, $a = k + 1/2$ and $b = N - k + 1/2$: the standard deviation of
    Jeffreys' posterior, that of the binomial distribution for large counts.
    """
    a, b = counts + 0.5, total - counts + 0.5
    return np.asarray(np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1))))
