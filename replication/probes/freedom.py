"""Degrees of freedom of Hamiltonians, beside the angles of their circuits."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pydantic

from replication.ensembles import Problem
from replication.probes.base import Finding, Probe, Variables, draws, exact, sampled, standard_error
from replication.probes.instances import drawn
from replication.progress import track
from replication.settings import Settings, setting

if TYPE_CHECKING:
    import xarray as xr

Sites = Annotated[int, pydantic.Field(ge=2, le=7)]


class Row(Settings):
    """An ensemble at several sizes, and the depth at which its circuit's angles are counted."""

    problem: Problem
    sizes: tuple[str, ...] = setting(..., "chosen", "sizes, each a row of the table", min_length=1)
    depth: int = setting(4, "chosen", "layers or steps of the circuit", ge=1)

    @pydantic.model_validator(mode="after")
    def _allowed(self) -> "Row":
        for size in self.sizes:
            self.problem.check_size(size)
        return self


class Freedom(Probe):
    """How many angles the Wishart model calls for: of Hubbard chains and of any problem class."""

    kind: Literal["freedom"] = "freedom"
    ensembles: dict[str, Row] = setting(
        ..., "chosen", "problem classes with sizes and depth, by a label", min_length=1
    )
    instances: int = setting(20, "chosen", "instances for each size", ge=2)
    sites: tuple[Sites, ...] = setting(
        (2, 3, 4, 5, 6), "chosen", "sites of open Hubbard chains, t = 1, on all states"
    )
    interactions: tuple[float, ...] = setting((2.0, 4.0), "chosen", "their U")

    title: ClassVar[str] = "Degrees of freedom"
    source: ClassVar[str] = "E. R. Anschuetz, arXiv:2109.06957; thresholds in arXiv:2609.27488"

    def problem_kinds(self) -> set[str]:
        """Those of its ensembles."""
        return set().union(*(row.problem.kinds for row in self.ensembles.values()))

    def measure(self, seed: int) -> "xr.Dataset":
        """Degrees of freedom m and thresholds: of chains `(interaction, site)`, of rows `(row)`.

        A row is an ensemble at one size: means over its instances, m of each, dimension d of the
        space that its circuit explores, and the angles of its circuit.
        """
        import xarray as xr

        rows = [(label, size, one) for label, one in self.ensembles.items() for size in one.sizes]
        variables = {**self._chains(), **self._rows(rows, seed)}
        return xr.Dataset(
            variables,
            coords={
                "interaction": list(self.interactions),
                "site": list(self.sites),
                "ensemble": ("row", [label for label, _, _ in rows]),
                "size": ("row", [size for _, size, _ in rows]),
            },
        )

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """Rates of the threshold with the qubits, `rate_chain` and one for each ensemble."""
        from replication.landscapes.trends import exponential_rate
        from replication.problems.base import extent

        found = {}
        if len(self.sites) > 1:
            chain = measured["chain_threshold"].isel(interaction=-1).values
            qubits = 2 * np.array(self.sites)
            # Exact numbers: the interval is that of their scatter about the line.
            rate = exponential_rate(qubits, chain, 0.01 * chain)
            found["rate_chain"] = Finding(*rate, "fit of ln(2⌊m⌋ - 2) against qubits")
        labels = measured["ensemble"].values
        for label in dict.fromkeys(map(str, labels)):
            one = measured.isel(row=np.flatnonzero(labels == label))
            sizes = [extent(str(size)) for size in one["size"].values]
            if len(sizes) > 1:
                needed, error = one["threshold"].values, one["threshold_error"].values
                rate = exponential_rate(sizes, needed, np.maximum(error, 0.01 * needed))
                found[f"rate_{label}"] = Finding(*rate, "weighted fit of ln(2⌊m⌋ - 2)")
        return found

    def _chains(self) -> Variables:
        from replication.landscapes.freedom import (
            degrees_of_freedom,
            hubbard_chain,
            manifold_threshold,
            wishart_threshold,
        )

        found = np.array(
            [
                [degrees_of_freedom(hubbard_chain(sites, u)) for sites in self.sites]
                for u in track(self.interactions, self.title)
            ]
        ).reshape(len(self.interactions), len(self.sites))
        thresholds = np.vectorize(wishart_threshold, otypes=[int])(found)
        manifolds = [manifold_threshold(4**sites) for sites in self.sites]
        dims = "interaction site"
        return {
            **exact("chain", dims, found, "m of an open Hubbard chain"),
            **exact("chain_threshold", dims, thresholds, "angles 2⌊m⌋ - 2"),
            **exact("chain_manifold", "site", manifolds, "angles 2d - 2"),
        }

    def _rows(self, rows: list[tuple[str, str, Row]], seed: int) -> Variables:
        from replication.landscapes.freedom import (
            degrees_of_freedom,
            hamiltonian_of,
            manifold_threshold,
            wishart_threshold,
        )

        found, dimensions, parameters = [], [], []
        for _, size, row in track(rows, self.title):
            instances = drawn(row.problem, size, self.instances, seed, self.kind)
            matrices = [hamiltonian_of(one) for one in instances]
            found.append([degrees_of_freedom(one) for one in matrices])
            dimensions.append(matrices[0].shape[0])
            parameters.append(row.problem.circuit(instances[0], row.depth).num_parameters)
        each = np.array(found)
        needed = np.vectorize(wishart_threshold)(each)
        manifolds = [manifold_threshold(d) for d in dimensions]
        return {
            **draws("each", "row instance", each, "m of each instance"),
            **sampled("m", "row", each.mean(1), standard_error(each, 1), "m"),
            **sampled("threshold", "row", needed.mean(1), standard_error(needed, 1), "2⌊m⌋ - 2"),
            **exact("dimension", "row", dimensions, "dimension d"),
            **exact("manifold", "row", manifolds, "angles 2d - 2"),
            **exact("parameters", "row", parameters, "angles of the circuit"),
        }
