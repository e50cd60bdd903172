"""QAOA against circuits that know nothing of their Hamiltonian, with equally many angles."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
import pydantic

from replication.ensembles import Problem
from replication.probes import starting_points as starting
from replication.probes.base import (
    Finding,
    Probe,
    Variables,
    about,
    draws,
    sampled,
    standard_error,
)
from replication.probes.instances import check_ensembles, drawn, levels_of
from replication.probes.subjects import Box
from replication.progress import track
from replication.seeds import generator_for, key_for
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

Angles = Annotated[int, pydantic.Field(ge=2, le=200)]
FAMILIES = ("QAOA", "random strings")
AT = 8
"""angles at which the two are compared first: those of QAOA with four layers"""


class EqualAngles(Probe):
    r"""Ends of descents on QAOA and on random circuits of as many angles, instance by instance.

    QAOA with k angles has k/2 layers. The random circuit has k gates $e^{-i\theta P/2}$ with Pauli
    strings P uniform over all but the identity, drawn again for each instance and number of angles.
    First state $|+\cdots+\rangle$ and cost H are the same. Energies are
    $(E - E_{min})/(\bar E - E_{min})$: 0 at the ground state, 1 on average at random states.

    Without fields QAOA keeps to the states that the flip of all spins leaves alike, half of the
    dimensions, while random strings lead out of them. That is part of what a structured ansatz
    gains. Where a descent ends hangs on where angles begin: QAOA's are uniform over a period of
    each, γ without one over $(-\pi, \pi)$, or over the smaller box of the main study.
    """

    kind: Literal["equal_angles"] = "equal_angles"
    problem: Problem = setting(..., "chosen", "ensemble of the instances; its circuits are QAOA")
    sizes: tuple[str, ...] = setting(("6", "8"), "chosen", "sizes, in growing order", min_length=1)
    angles: tuple[Angles, ...] = setting(
        (4, 8, 16, 32), "chosen", "angles k of each circuit, even, growing", min_length=1
    )
    instances: int = setting(12, "chosen", "instances of each size", ge=2, le=1000)
    starts: int = setting(12, "chosen", "descents on each circuit", ge=2, le=10_000)
    box: Box = setting(
        "period", "chosen", "QAOA's random angles: over periods, or from the box of the main study"
    )
    steps: int = setting(1000, "chosen", "gradients of a descent at most", ge=1, le=100_000)

    title: ClassVar[str] = "Structured and random circuits"
    source: ClassVar[str] = "E. R. Anschuetz, arXiv:2109.06957"

    @pydantic.model_validator(mode="after")
    def _allowed(self) -> "EqualAngles":
        check_ensembles([self.problem], self.sizes)
        for one in self.angles:
            if one % 2:
                raise ValueError(f"angles {one} must be even: a layer of QAOA has two")
        if list(self.angles) != sorted(set(self.angles)):
            raise ValueError("angles must grow")
        return self

    def problem_kinds(self) -> set[str]:
        """The class, and those that it mixes."""
        return self.problem.kinds

    def measure(self, seed: int) -> "xr.Dataset":
        """Energies of ends `(family, size, angles, instance, start)`, their means and differences.

        Standard errors are over instances, each of which has all its starts as one value.
        """
        import xarray as xr

        cells = [*np.ndindex(len(self.sizes), len(self.angles))]
        shape = (len(FAMILIES), len(self.sizes), len(self.angles), self.instances, self.starts)
        energies, slopes = np.zeros(shape), np.zeros(shape)
        for row, column in track(cells, self.title):
            at = (slice(None), row, column)
            energies[at], slopes[at] = self._cell(self.sizes[row], self.angles[column], seed)
        coordinates = {
            "family": list(FAMILIES),
            "size": list(self.sizes),
            "angles": list(self.angles),
        }
        return xr.Dataset(_variables(energies, slopes), coordinates)

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """At the largest size, random circuits less QAOA, paired by instance.

        - `advantage`: of the mean energy of the ends, with 8 angles, or with the fewest if 8 is not
          among them;
        - `advantage_least`: at the number of angles where it is smallest.
        """
        last = measured.isel(size=-1)
        at = self.angles.index(AT) if AT in self.angles else 0
        places = {"advantage": at, "advantage_least": int(last["advantage"].values.argmin())}
        found = {}
        for name, place in places.items():
            one = last.isel(angles=place)
            how = f"paired over instances, {self.angles[place]} angles"
            found[name] = about(one["advantage"], one["advantage_error"], how)
        return found

    def circuits(self, size: str, angles: int, seed: int) -> tuple[list[Any], list[Any]]:
        """QAOA and the random circuit of each instance, with so many angles."""
        from replication.landscapes.models import strings_on_plus

        several = drawn(self.problem, size, self.instances, seed, self.kind)
        structured: list[Any] = [self.problem.circuit(one, angles // 2) for one in several]
        axes = (self.kind, self.problem.kind, size, angles)
        random = [
            strings_on_plus(one.without_symmetry().diagonal, angles, key_for(seed, *axes, index))
            for index, one in enumerate(structured)
        ]
        return structured, random

    def _cell(self, size: str, angles: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Energies and largest derivatives at the ends, `(family, instance, start)`."""
        from replication.landscapes import descend_together, values_and_gradients

        structured, random = self.circuits(size, angles, seed)
        levels = np.array([levels_of(one) for one in structured])
        lowest, unit = levels[:, :1], np.diff(levels)
        rng = generator_for(seed, "starts", self.kind, self.problem.kind, size, angles)
        box = starting.PERIODS if self.box == "period" else starting.RANDOM
        begun = (
            np.array([starting.random_points(one, box, self.starts, rng) for one in structured]),
            rng.uniform(-np.pi, np.pi, (self.instances, self.starts, angles)),
        )
        energies, slopes = [], []
        for several, points in zip((structured, random), begun, strict=True):
            ends = descend_together(several, points, steps=self.steps)
            gradients = [
                values_and_gradients(one.energy, thetas)[1]
                for one, thetas in zip(several, ends.thetas, strict=True)
            ]
            energies.append((ends.energies - lowest) / unit)
            slopes.append(np.abs(gradients).max(-1) / unit)
        return np.array(energies), np.array(slopes)


def _variables(energies: np.ndarray, slopes: np.ndarray) -> Variables:
    """Every end, and means over instances of its mean and of its lowest one."""
    each, dims = "family size angles instance start", "family size angles"
    means, lowest = energies.mean(-1), energies.min(-1)
    gains = means[1] - means[0]
    unit = "(E - E_min) / (mean E - E_min)"
    return {
        **draws("energy", each, energies, f"{unit} of each end"),
        **draws("slope", each, slopes, "largest derivative there, by mean E - E_min, 1/rad"),
        **sampled("mean", dims, means.mean(-1), standard_error(means, -1), f"{unit}, mean of ends"),
        **sampled(
            "best", dims, lowest.mean(-1), standard_error(lowest, -1), f"{unit}, lowest of ends"
        ),
        **sampled(
            "advantage",
            "size angles",
            gains.mean(-1),
            standard_error(gains, -1),
            f"{unit}, random circuits less QAOA",
        ),
    }
