"""Optimal angles of state preparation against the number of qubits: they gather as 1/n²."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pydantic

from replication.probes.base import Probe, exact
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

SIZES = (6, 8, 10, 14, 20, 28, 40, 56, 80, 113, 160)


class SizeConcentration(Probe):
    r"""One layer that prepares a basis state, in closed form: no draw enters.

    Limits: $n(1 - n\beta/\pi) \to 4$, $n(1 - \gamma/\pi) \to 2$, $2^n F \to 9$ and
    $n^2 |\beta_{n+1} - \beta_n|/\pi \to 1$.
    """

    kind: Literal["size_concentration"] = "size_concentration"
    sizes: tuple[int, ...] = setting(SIZES, "chosen", "numbers of qubits", min_length=1)

    title: ClassVar[str] = "Concentration of angles with the size: state preparation"
    source: ClassVar[str] = "doi:10.1103/PhysRevA.104.L010401"

    @pydantic.field_validator("sizes")
    @classmethod
    def _possible(cls, sizes: tuple[int, ...]) -> tuple[int, ...]:
        for n in sizes:
            if not 2 <= n <= 900:
                raise ValueError(f"sizes has {n}; allowed are 2 to 900 qubits")
        return sizes

    def measure(self, seed: int) -> "xr.Dataset":
        """Angles and fidelities scaled by what they fall with, over `qubits`."""
        import xarray as xr

        from replication.landscapes import best_preparation

        n = np.array(self.sizes, float)
        found = [best_preparation(size) for size in self.sizes]
        gamma = np.array([one.gamma for one in found])
        beta = np.array([one.beta for one in found])
        following = np.array([best_preparation(size + 1).beta for size in self.sizes])
        fidelity = np.array([one.fidelity for one in found])
        return xr.Dataset(
            {
                **exact("gamma", "qubits", gamma, "optimal γ (rad)"),
                **exact("scaled_beta", "qubits", n * beta, "n β (rad)"),
                **exact("gamma_gap", "qubits", n * (1 - gamma / np.pi), "n (1 - γ/π)"),
                **exact("beta_gap", "qubits", n * (1 - n * beta / np.pi), "n (1 - n β/π)"),
                **exact(
                    "beta_step", "qubits", n**2 * (beta - following) / np.pi, "n² (β(n) - β(n+1))/π"
                ),
                **exact("scaled_fidelity", "qubits", 2.0**n * fidelity, "2^n F"),
            },
            {"qubits": list(self.sizes)},
        )
