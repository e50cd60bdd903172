"""Minima of Wishart fields, counted one by one and by the exact density."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
import pydantic

from replication.probes.base import (
    Probe,
    Variables,
    draws,
    exact,
    sampled,
    standard_error,
)
from replication.progress import track
from replication.seeds import generator_for
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

    from replication.landscapes.kac_rice import Estimate, MinimaDensity

Half = Annotated[float, pydantic.Field(ge=1, le=64, multiple_of=0.5)]
Angles = Annotated[int, pydantic.Field(ge=1, le=64)]
Pair = tuple[Half, Angles]
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
ENERGIES = np.linspace(0.01, 1.2, 120)
"""where the density is given, in units of the mean of the spectrum above the ground state"""


class Wishart(Probe):
    """How many minima a Wishart field has and how high they are: all of them found, and exact."""

    kind: Literal["wishart"] = "wishart"
    enumerated: tuple[Pair, ...] = setting(
        ((8, 3), (8, 4), (12, 4)),
        "chosen",
        "degrees of freedom m and angles p of fields of which all minima are found",
        min_length=1,
    )
    fields: int = setting(80, "chosen", "fields for each of these", ge=2)
    starts: int = setting(100, "chosen", "descents in each field, from uniform angles", ge=1)
    tabled: tuple[Pair, ...] = setting(
        ((8, 4), (8, 8), (16, 4), (16, 8), (16, 16), (16, 24), (32, 8), (32, 16), (32, 32)),
        "chosen",
        "m and p of which only the exact density is computed",
        min_length=1,
    )
    draws: int = setting(20_000, "chosen", "matrices over which the density is averaged", ge=2)

    title: ClassVar[str] = "Minima of Wishart fields"
    source: ClassVar[str] = "E. R. Anschuetz, arXiv:2109.06957"

    @pydantic.model_validator(mode="after")
    def _allowed(self) -> "Wishart":
        for m, p in (*self.enumerated, *self.tabled):
            if p >= 2 * m:
                raise ValueError(f"p = {p} must be below 2m = {2 * m:g}: minima at 0 are no points")
        for _, p in self.enumerated:
            if p > 12:
                raise ValueError(f"p = {p} must be at most 12 where all minima are found")
        return self

    def measure(self, seed: int) -> "xr.Dataset":
        """Numbers and energies of minima `(cell)`, as expected and as counted; a table `(pair)`.

        `energy` holds the energies of all minima found, those of a field one after another, and
        `field` whose they are.
        """
        import xarray as xr

        cells = [self._counted(m, p, seed) for m, p in track(self.enumerated, self.title)]
        dense = [self._density(m, p, seed) for m, p in self.enumerated]
        table = [self._density(m, p, seed) for m, p in track(self.tabled, self.title)]
        variables = {
            **_cells(cells),
            **_estimates("expected", "cell", [one.count() for one in dense], "minima, exact"),
            **_estimates("expected_energy", "cell", [one.mean() for one in dense], "E, exact"),
            **_estimates(
                "density", "cell at", [one.density(ENERGIES) for one in dense], "minima by energy"
            ),
            **_limits("cell", self.enumerated),
            **_estimates("number", "pair", [one.count() for one in table], "minima, exact"),
            **_estimates("mean", "pair", [one.mean() for one in table], "mean E, exact"),
            **_estimates("spread", "pair", [one.spread() for one in table], "sd of E, exact"),
            **_estimates(
                "quantile", "pair level", [one.quantiles(LEVELS) for one in table], "quantiles of E"
            ),
            **_limits("pair", self.tabled),
        }
        coords: dict[str, Any] = {"at": ENERGIES, "level": list(LEVELS)}
        for dim, pairs in (("cell", self.enumerated), ("pair", self.tabled)):
            coords[f"{dim}_m"] = (dim, [float(m) for m, _ in pairs])
            coords[f"{dim}_p"] = (dim, [p for _, p in pairs])
        return xr.Dataset(variables, coords=coords)

    def _density(self, m: float, p: int, seed: int) -> "MinimaDensity":
        from replication.landscapes.kac_rice import minima_density

        rng = generator_for(seed, "wishart matrices", str(m), p)
        return minima_density(m, p, rng=rng, draws=self.draws)

    def _counted(self, m: float, p: int, seed: int) -> "list[tuple[np.ndarray, float]]":
        """Of each field the energies of its minima, and how many were not found."""
        from replication.landscapes.wishart import distinct_minima, wishart_field

        found = []
        for index in range(self.fields):
            rng = generator_for(seed, "wishart field", str(m), p, index)
            field = wishart_field(m, p, rng=rng)
            minima = distinct_minima(field.energy, rng.uniform(0, np.pi, (self.starts, p)))
            found.append((minima.energies, minima.unseen))
        return found


def _cells(cells: "list[list[tuple[np.ndarray, float]]]") -> Variables:
    """Counts, mean energies with the error of a ratio of means, and all energies."""
    counts = np.array([[len(energies) for energies, _ in cell] for cell in cells], float)
    unseen = np.array([[missed for _, missed in cell] for cell in cells])
    sums = np.array([[energies.sum() for energies, _ in cell] for cell in cells])
    means = sums.mean(1) / counts.mean(1)
    spread = (sums - means[:, None] * counts) / counts.mean(1, keepdims=True)
    longest = int(counts.sum(1).max())
    energies = np.full((len(cells), longest), np.nan)
    owners = np.full((len(cells), longest), -1)
    for row, cell in enumerate(cells):
        flat = np.concatenate([found for found, _ in cell])
        energies[row, : flat.size] = flat
        owners[row, : flat.size] = np.repeat(np.arange(len(cell)), [len(one) for one, _ in cell])
    return {
        **sampled("counted", "cell", counts.mean(1), standard_error(counts, 1), "minima, counted"),
        **sampled("unseen", "cell", unseen.mean(1), standard_error(unseen, 1), "minima not found"),
        **sampled("counted_energy", "cell", means, standard_error(spread, 1), "mean E, counted"),
        **draws("energy", "cell minimum", energies, "E of each minimum found"),
        **draws("field", "cell minimum", owners, "the field that it is of, -1 for none"),
    }


def _estimates(name: str, dims: str, found: "list[Estimate]", label: str) -> Variables:
    values, errors = (np.array(parts) for parts in zip(*found, strict=True))
    return sampled(name, dims, values, errors, label)


def _limits(dim: str, pairs: tuple[Pair, ...]) -> Variables:
    from replication.landscapes.kac_rice import limit_energy

    ratios = [p / (2 * m) for m, p in pairs]
    return {
        **exact(f"{dim}_gamma", dim, ratios, "γ = p / 2m"),
        **exact(f"{dim}_limit", dim, limit_energy(ratios), "E* of many angles"),
    }
