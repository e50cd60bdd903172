"""Whether circuits that reach more states, and more entangled ones, have smaller gradients."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

import numpy as np
import pydantic

from replication.probes.base import Finding, Probe, draws, exact, sampled, standard_error
from replication.probes.subjects import HardwareEfficient, McClean, RandomLayers
from replication.progress import track
from replication.seeds import generator_for
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

AnyCircuit = Annotated[
    HardwareEfficient | McClean | RandomLayers, pydantic.Field(discriminator="kind")
]
Qubits = Annotated[int, pydantic.Field(ge=2, le=12)]
Depth = Annotated[int, pydantic.Field(ge=1, le=1024)]
Width = Annotated[float, pydantic.Field(gt=0, le=1)]

RESAMPLES = 2000
"""bootstrap samples of the cells of a correlation"""
PAIRS = (
    ("divergence", "variance"),
    ("entropy", "variance"),
    ("divergence", "square"),
    ("entropy", "square"),
    ("divergence", "entropy"),
)
"""what is correlated, by rank"""


class Cell(NamedTuple):
    """One size, depth and width: means over circuits, each with its error."""

    divergence: tuple[float, float]
    bias: tuple[float, float]
    potential: tuple[float, float]
    entropy: tuple[float, float]
    meyer_wallach: tuple[float, float]
    variance: tuple[float, float]
    square: tuple[float, float]


LABELS = {
    "divergence": "D of fidelities from Haar's, nats",
    "bias": "estimated excess of D, nats",
    "potential": "second frame potential over Haar's",
    "entropy": "half-chain entropy over Page's",
    "meyer_wallach": "Q over Haar's",
    "variance": "Var ∂E, mean over angles",
    "square": "mean (∂E)², mean over angles",
}


class Expressibility(Probe):
    """Expressibility, entanglement and gradients side by side, by depth and by width of the box.

    A narrow box around zero holds few states, and its gradients vary little because they are
    almost one gradient: so the mean square of the gradient is measured too.
    """

    kind: Literal["expressibility"] = "expressibility"
    circuit: AnyCircuit = setting(
        RandomLayers(), "chosen", "layers and cost, of which depth and angles vary"
    )
    sizes: tuple[Qubits, ...] = setting((4, 6), "chosen", "numbers of qubits", min_length=1)
    depths: tuple[Depth, ...] = setting(
        (1, 2, 3, 4, 6, 8, 12, 16, 24), "chosen", "layers", min_length=1
    )
    widths: tuple[Width, ...] = setting(
        (0.1, 0.25, 0.5, 1.0), "chosen", "half-widths of the box of angles, in π", min_length=1
    )
    circuits: int = setting(6, "chosen", "circuits with axes of their own", ge=2)
    pairs: int = setting(800, "chosen", "pairs of states for each circuit", ge=10)
    points: int = setting(200, "chosen", "angle vectors for gradients, for each circuit", ge=4)
    bins: int = setting(75, "code", "bins of fidelities", ge=2, le=10_000)

    title: ClassVar[str] = "Expressibility, entanglement and gradients"
    source: ClassVar[str] = "S. Sim, P. D. Johnson, A. Aspuru-Guzik, arXiv:1905.10876"

    @pydantic.model_validator(mode="after")
    def _allowed(self) -> "Expressibility":
        for name in ("sizes", "depths", "widths"):
            given = getattr(self, name)
            if len(set(given)) < len(given):
                raise ValueError(f"{name} {', '.join(map(str, given))} must be different")
        if len(self.depths) * len(self.widths) < 4:
            raise ValueError("depths and widths must make at least 4 cells to correlate")
        return self

    def measure(self, seed: int) -> "xr.Dataset":
        """The fields of [`Cell`][] `(size, depth, width)`, and rank correlations over the cells.

        `correlation` `(pair, size, cells)` has Spearman's coefficient over all cells, and over
        those of the widest box alone (`depth`); its interval, in `correlation_low` and
        `correlation_high`, is of 95 per cent by bootstrap over the cells.
        """
        import xarray as xr

        from replication.landscapes.expressibility import divergence_floor

        places = [(n, depth) for n in self.sizes for depth in self.depths]
        cells = [
            self._cell(n, depth, width, seed)
            for n, depth in track(places, self.title)
            for width in self.widths
        ]
        shape, dims = (len(self.sizes), len(self.depths), len(self.widths)), "size depth width"
        found = {
            name: np.array([getattr(cell, name) for cell in cells]).reshape(*shape, 2)
            for name in Cell._fields
        }
        variables: dict[str, Any] = {}
        for name, both in found.items():
            variables |= sampled(name, dims, both[..., 0], both[..., 1], LABELS[name])
        floors = [divergence_floor(n, self.pairs, bins=self.bins) for n in self.sizes]
        variables |= exact("floor", "size", floors, "mean D of Haar-random states, nats")
        data = xr.Dataset(
            variables,
            coords={"size": list(self.sizes), "depth": [*self.depths], "width": [*self.widths]},
        )
        return data.merge(self._correlations(data, seed))

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """Rank correlations at the largest size, by the names of the pair.

        Over all cells, narrow boxes included; over those of the widest box with `_by_depth`.
        """
        one = measured.isel(size=-1)
        found = {}
        for pair in map(str, one["pair"].values):
            for cells, end in (("all", ""), ("depth", "_by_depth")):
                at = one.sel(pair=pair, cells=cells)
                value, low, high = (
                    float(at[f"correlation{bound}"]) for bound in ("", "_low", "_high")
                )
                name = pair.replace(" ", "_") + end
                found[name] = Finding(value, low, high, "bootstrap over cells")
        return found

    def _cell(self, n: int, depth: int, width: float, seed: int) -> Cell:
        rows = [self._one(n, depth, width, index, seed) for index in range(self.circuits)]
        table = np.array(rows, float)
        return Cell(*zip(table.mean(axis=0), standard_error(table), strict=True))

    def _one(self, n: int, depth: int, width: float, index: int, seed: int) -> list[float]:
        """Of one circuit, in the order of [`Cell`][]."""
        from replication.landscapes import entanglement, expressibility
        from replication.landscapes.functions import uniform, values_and_gradients

        one = self.circuit.at(str(n), depth, seed, index)
        rng = generator_for(seed, "expressibility", self.circuit.kind, n, depth, str(width), index)
        half = width * one.half_width
        states = expressibility.states_at(
            one.circuit.state, uniform(rng, 2 * self.pairs, -half, half)
        )
        fidelities = expressibility.pair_fidelities(states)
        found = expressibility.divergence_from_haar(fidelities, n, bins=self.bins)
        potential = expressibility.frame_potential(fidelities, n)
        # Entropies need fewer states than a histogram does.
        few = states[: self.points]
        entropy = entanglement.entanglement_entropy(few, range(n // 2)).mean()
        q = entanglement.meyer_wallach(few).mean()
        gradients = values_and_gradients(
            one.circuit.energy, uniform(rng, self.points, -half, half)
        )[1]
        gradients = gradients / one.scale
        return [
            found.value,
            found.bias,
            potential.value / potential.haar,
            entropy / entanglement.page_entropy(n, n // 2),
            q / entanglement.haar_meyer_wallach(n),
            gradients.var(axis=0, ddof=1).mean(),
            (gradients**2).mean(),
        ]

    def _correlations(self, data: "xr.Dataset", seed: int) -> "xr.Dataset":
        """Over the cells of each size."""
        import xarray as xr

        widest = self.widths.index(max(self.widths))
        found = np.full((len(PAIRS), len(self.sizes), 2, 3), np.nan)
        for row, pair in enumerate(PAIRS):
            for column, n in enumerate(self.sizes):
                a, b = (data[name].values[column] for name in pair)
                for place, cells in enumerate((np.s_[:], np.s_[:, widest])):
                    one, other = a[cells].ravel(), b[cells].ravel()
                    rng = generator_for(seed, "expressibility cells", *pair, n, place)
                    if one.size >= 4:
                        found[row, column, place] = rank_correlation(one, other, rng)
        dims, label = "pair size cells", "Spearman's rank correlation"
        return xr.Dataset(
            {
                **draws("correlation", dims, found[..., 0], label),
                **draws("correlation_low", dims, found[..., 1], f"{label}, 2.5 % over cells"),
                **draws("correlation_high", dims, found[..., 2], f"{label}, 97.5 % over cells"),
            },
            coords={"pair": [" and ".join(pair) for pair in PAIRS], "cells": ["all", "depth"]},
        )


def rank_correlation(
    one: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Spearman's coefficient with the ends of its 95 per cent interval, by bootstrap."""
    from scipy.stats import rankdata

    def of(places: np.ndarray) -> float:
        a, b = (rankdata(each[places]) for each in (one, other))
        return float(np.corrcoef(a, b)[0, 1])

    resampled: list[float] = []
    while len(resampled) < RESAMPLES:
        places = rng.integers(0, one.size, one.size)
        # A resample of one cell alone has no correlation.
        if min(np.ptp(one[places]), np.ptp(other[places])) > 0:
            resampled.append(of(places))
    low, high = np.quantile(resampled, [0.025, 0.975])
    return of(np.arange(one.size)), float(low), float(high)
