"""Minima that descents find on random circuits, beside the model's exact density."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pydantic

from replication.probes.base import (
    Finding,
    Probe,
    about,
    binomial,
    draws,
    exact,
    sampled,
    standard_error,
)
from replication.progress import track
from replication.seeds import generator_for, key_for
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

Qubits = Annotated[int, pydantic.Field(ge=2, le=14)]
Gates = Annotated[int, pydantic.Field(ge=1, le=400)]
BAND = (0.05, 0.95)
SLOPE = 1e-6
"""of the cost in units of its mean, a radian: where a descent ends"""
LARGEST_FIELD = 12


class StringMinima(Probe):
    r"""Energies of minima against the number of angles, on circuits of random Pauli rotations.

    The cost is a projector of rank r, of $m = r/(1 - r/2^n)$ degrees of freedom; energies are over
    its mean $r/2^n$. A descent from a random start ends in a minimum with a probability that grows
    with its basin, so that its energies are lower than those of all minima alike, which the exact
    density has; descents in Wishart fields say how much that is.
    """

    kind: Literal["string_minima"] = "string_minima"
    qubits: tuple[Qubits, ...] = setting((10,), "chosen", "qubits n, each a panel", min_length=1)
    rank: int = setting(16, "chosen", "rank r of the projector, below 2^n", ge=1)
    gates: tuple[Gates, ...] = setting(
        (4, 8, 12, 16, 20, 24, 28, 32, 40), "chosen", "gates, each with an angle", min_length=1
    )
    instances: int = setting(
        52, "paper", "circuits for each number of gates, one descent each", ge=2
    )
    draws: int = setting(4000, "chosen", "matrices over which the density is averaged", ge=2)

    title: ClassVar[str] = "Minima of random circuits"
    source: ClassVar[str] = "E. R. Anschuetz, arXiv:2109.06957"

    @pydantic.model_validator(mode="after")
    def _allowed(self) -> "StringMinima":
        if self.rank >= 2 ** min(self.qubits):
            raise ValueError(f"rank {self.rank} must be below 2^{min(self.qubits)}")
        return self

    def measure(self, seed: int) -> "xr.Dataset":
        """Energies `(qubits, gates, instance)`, their means, and what the model says.

        Where p is at least 2m the exact density leaves out the minima at 0, a continuum, and is not
        given.
        """
        import xarray as xr

        from replication.landscapes.kac_rice import limit_energy

        found = np.array(
            [[self._ends(n, p, seed) for p in track(self.gates, self.title)] for n in self.qubits]
        )
        energies, slopes = found[:, :, 0], found[:, :, 1]
        fields = np.array([[self._fields(n, p, seed) for p in self.gates] for n in self.qubits])
        dense = np.array([[self._dense(n, p, seed) for p in self.gates] for n in self.qubits])
        freedom = np.array([self.freedom(n) for n in self.qubits])
        ratios = np.array(self.gates) / (2 * freedom[:, None])
        dims = "qubits gates"
        return xr.Dataset(
            {
                **draws("energy", f"{dims} instance", energies, "E of the minimum found"),
                **draws("slope", f"{dims} instance", slopes, "largest derivative there"),
                **sampled("mean", dims, energies.mean(-1), standard_error(energies, -1), "mean E"),
                **draws("field_energy", f"{dims} instance", fields, "E found in Wishart fields"),
                **sampled(
                    "field_mean", dims, fields.mean(-1), standard_error(fields, -1), "their mean E"
                ),
                **sampled("exact_mean", dims, dense[..., 0, 0], dense[..., 1, 0], "E, exact"),
                **sampled("band", f"{dims} level", dense[..., 0, 1:], dense[..., 1, 1:], "5-95 %"),
                **exact("gamma", dims, ratios, "γ = p / 2m"),
                **exact("limit", dims, limit_energy(ratios), "E* of many angles"),
                **exact("freedom", "qubits", freedom, "degrees of freedom m"),
                **exact("threshold", "qubits", 2 * freedom - 2, "angles 2m - 2"),
                **exact(
                    "manifold", "qubits", [2 * 2**n - 2 for n in self.qubits], "angles 2 · 2^n - 2"
                ),
            },
            coords={"qubits": list(self.qubits), "gates": list(self.gates), "level": list(BAND)},
        )

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """At the fewest qubits.

        - `theory_ratio`: mean energy of the circuits' minima over that of the model's, both found
          by descents, over the numbers of angles for which the model's were;
        - `poor_below`: mean energy at the most angles below half of the threshold 2m - 2;
        - `good_above`: fraction of minima below 1e-3 above the threshold.
        """
        one = measured.isel(qubits=0)
        gates, threshold = np.array(self.gates), float(one["threshold"])
        found = {}
        both = np.isfinite(one["field_mean"].values)
        if both.any():
            own, model = one["mean"].values[both], one["field_mean"].values[both]
            relative = np.hypot(
                one["mean_error"].values[both] / own, one["field_mean_error"].values[both] / model
            )
            weights = (own / model * relative) ** -2
            value = np.average(own / model, weights=weights)
            found["theory_ratio"] = about(value, weights.sum() ** -0.5, "weighted mean")
        below, above = np.flatnonzero(gates < threshold / 2), np.flatnonzero(gates > threshold)
        if below.size:
            at = one.isel(gates=int(below[-1]))
            found["poor_below"] = about(at["mean"], at["mean_error"], "over circuits")
        if above.size:
            energies = one["energy"].isel(gates=above).values
            found["good_above"] = binomial(float((energies < 1e-3).mean()), energies.size)
        return found

    def freedom(self, qubits: int) -> float:
        """Degrees of freedom m of the projector."""
        return self.rank / (1 - self.rank / 2**qubits)

    def _ends(self, qubits: int, gates: int, seed: int) -> np.ndarray:
        """Energies and slopes in units of the mean, `(2, instance)`."""
        from replication.landscapes.models import random_strings
        from replication.landscapes.wishart import end_of_descent

        mean = self.rank / 2**qubits
        found = []
        for index in range(self.instances):
            axes = (self.kind, qubits, self.rank, gates, index)
            circuit = random_strings(qubits, gates, key_for(seed, *axes), self.rank)
            start = generator_for(seed, "start", *axes).uniform(-np.pi, np.pi, gates)
            end = end_of_descent(circuit.energy, start, slope=SLOPE * mean)
            found.append((end.energy / mean, end.slope / mean))
        return np.array(found).T

    def _fields(self, qubits: int, gates: int, seed: int) -> np.ndarray:
        """Energies found in Wishart fields, `(instance,)`; nan where these are too large.

        A circuit has twice the angle of a field, and m is rounded to a multiple of ½.
        """
        from replication.landscapes.wishart import end_of_descent, wishart_field

        if gates > LARGEST_FIELD:
            return np.full(self.instances, np.nan)
        m = round(2 * self.freedom(qubits)) / 2
        found = []
        for index in range(self.instances):
            rng = generator_for(seed, "field", self.kind, qubits, self.rank, gates, index)
            field = wishart_field(m, gates, rng=rng)
            end = end_of_descent(field.energy, rng.uniform(0, np.pi, gates), slope=SLOPE)
            found.append(end.energy)
        return np.array(found)

    def _dense(self, qubits: int, gates: int, seed: int) -> np.ndarray:
        """Mean and quantiles of the exact density with their errors, `(2, 3)`."""
        from replication.landscapes.kac_rice import minima_density

        m = self.freedom(qubits)
        if gates >= 2 * m:
            return np.full((2, 1 + len(BAND)), np.nan)
        rng = generator_for(seed, "matrices", self.kind, qubits, self.rank, gates)
        found = minima_density(m, gates, rng=rng, draws=self.draws)
        return np.column_stack([found.mean(), found.quantiles(BAND)])
