"""How noise flattens a landscape, layer by layer."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pydantic

from replication.probes.base import Finding, Probe, about, exact, sampled, standard_error
from replication.progress import track
from replication.seeds import generator_for, key_for
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr


Qubits = Annotated[int, pydantic.Field(ge=2, le=7)]
Layers = Annotated[int, pydantic.Field(ge=1, le=200)]
Strength = Annotated[float, pydantic.Field(ge=0, le=1)]


class Noise(Probe):
    r"""Gradients of noisy random circuits beside those of the same circuits without noise.

    Local depolarising of a strength $s$ acts on every qubit after every layer, so that every Pauli
    operator on it shrinks by $q = 1 - s$; global depolarising multiplies every gradient by $q^L$.
    """

    kind: Literal["noise"] = "noise"
    qubits: tuple[Qubits, ...] = setting((4, 6), "chosen", "qubits, each a panel", min_length=1)
    layers: tuple[Layers, ...] = setting((1, 2, 4, 8, 16, 32), "chosen", "layers", min_length=1)
    strengths: tuple[Strength, ...] = setting(
        (0.001, 0.01, 0.05), "chosen", "strengths of the depolarising, each a line", min_length=1
    )
    circuits: int = setting(24, "chosen", "random circuits for each number of layers", ge=4)

    title: ClassVar[str] = "Noise and gradients"
    source: ClassVar[str] = "S. Wang et al., doi:10.1038/s41467-021-27045-6"

    def measure(self, seed: int) -> "xr.Dataset":
        """Norms of gradients `(qubits, layers, strength)`, and their ratio to those without noise.

        The norm is $|\\nabla E|/\\sqrt k$, its mean over the circuits; the first strength is 0.
        """
        import xarray as xr

        strengths = (0.0, *(one for one in self.strengths if one > 0))
        norms = np.array(
            [
                [self._norms(n, layers, strengths, seed) for layers in self.layers]
                for n in track(self.qubits, self.title)
            ]
        )
        ratios = norms / norms[:, :, :1]
        powers = np.array([[(1 - s) ** layers for s in strengths] for layers in self.layers])
        dims = "qubits layers strength"
        return xr.Dataset(
            {
                **sampled("norm", dims, norms.mean(-1), standard_error(norms, -1), "|∇E|/√k"),
                **sampled(
                    "ratio", dims, ratios.mean(-1), standard_error(ratios, -1), "noisy / exact"
                ),
                **exact("global_ratio", "layers strength", powers, "global depolarising, q^L"),
            },
            coords={
                "qubits": list(self.qubits),
                "layers": list(self.layers),
                "strength": list(strengths),
            },
        )

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """At the most qubits and the strongest noise.

        - `rate_per_layer`: of the ratio, with the layers;
        - `beyond_global`: ratio over q^L at the most layers; below 1 local noise flattens more.
        """
        from replication.landscapes.trends import exponential_rate

        one = measured.isel(qubits=-1, strength=-1)
        last = one.isel(layers=-1)
        value, by = float(last["ratio"]), float(last["global_ratio"])
        error = float(last["ratio_error"]) / by
        found = {"beyond_global": about(value / by, error, "mean over circuits")}
        if len(self.layers) > 1:
            rate = exponential_rate(self.layers, one["ratio"].values, one["ratio_error"].values)
            found["rate_per_layer"] = Finding(*rate, "weighted fit of ln ratio against layers")
        return found

    def _norms(
        self, qubits: int, layers: int, strengths: tuple[float, ...], seed: int
    ) -> np.ndarray:
        """Of every circuit under every strength, `(strength, circuit)`."""
        from replication.ansatze.base import stack
        from replication.landscapes import models
        from replication.landscapes.functions import each_with_gradient
        from replication.simulators.density import depolarising, noisy

        several = [
            models.random_layers(qubits, layers, key_for(seed, "noise", qubits, layers, index))
            for index in range(self.circuits)
        ]
        rng = generator_for(seed, "noise angles", qubits, layers)
        thetas = rng.uniform(-np.pi, np.pi, (self.circuits, several[0].num_parameters))
        found = []
        for strength in strengths:
            stacked = stack([noisy(one, depolarising(strength)) for one in several])
            gradients = each_with_gradient(stacked, thetas)[1]
            found.append(np.sqrt((gradients**2).mean(axis=1)))
        return np.array(found)
