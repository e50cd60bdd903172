"""How many angles a circuit needs before every descent succeeds, and how many it can use."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pydantic

from replication.probes.base import Finding, Probe, binomial, exact, sampled, standard_error
from replication.probes.instances import levels_of
from replication.probes.subjects import Graph, Instances
from replication.progress import track
from replication.seeds import generator_for
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

Depth = Annotated[int, pydantic.Field(ge=1, le=200)]
Which = Annotated[Graph | Instances, pydantic.Field(discriminator="kind")]
RANKED = 3
"""angle vectors whose rank is taken; the largest counts"""


class Overparametrisation(Probe):
    """Rank of the quantum Fisher information and success of descents against the depth.

    Where the rank stops to grow, further angles move the state in no further direction; from there
    on every descent should succeed.
    """

    kind: Literal["overparametrisation"] = "overparametrisation"
    subject: Which = setting(..., "chosen", "whose circuits")
    size: str = setting("6", "chosen", "size of the instances")
    depths: tuple[Depth, ...] = setting(
        (1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 28, 31, 34, 40), "chosen", "layers", min_length=1
    )
    instances: int = setting(1, "chosen", "instances", ge=1)
    starts: int = setting(60, "chosen", "random starts of descents an instance", ge=2)
    within: float = setting(
        1e-3, "chosen", "success: energy above the ground state, in units of the mean's", gt=0
    )

    title: ClassVar[str] = "Over-parametrisation"
    source: ClassVar[str] = "M. Larocca et al., doi:10.1038/s43588-023-00467-6"

    @pydantic.model_validator(mode="after")
    def _allowed(self) -> "Overparametrisation":
        self.subject.check_size(self.size)
        if list(self.depths) != sorted(set(self.depths)):
            raise ValueError("depths must grow")
        return self

    def problem_kinds(self) -> set[str]:
        """Those of its subject."""
        return self.subject.problem_kinds()

    def measure(self, seed: int) -> "xr.Dataset":
        """`rank` and `parameters`, `success` and the energy `excess` by `depth`.

        The excess is that of a minimum above the ground state, in units of the mean's.
        """
        import xarray as xr

        cells = [
            [self._cell(depth, index, seed) for index in range(self.instances)]
            for depth in track(self.depths, self.title)
        ]
        parameters, ranks = (np.array([[one[k] for one in row] for row in cells]) for k in (0, 1))
        ends = np.array([[one[2] for one in row] for row in cells])
        flat = ends.reshape(len(self.depths), -1)
        hits = flat <= self.within
        return xr.Dataset(
            {
                **exact("parameters", "depth", parameters[:, 0], "angles"),
                **exact("rank", "depth instance", ranks, "rank of the Fisher information"),
                **sampled("success", "depth", hits.mean(1), standard_error(hits, 1), "success"),
                **sampled("excess", "depth", flat.mean(1), standard_error(flat, 1), "mean E"),
                **exact("best", "depth", flat.min(1), "lowest E"),
            },
            coords={"depth": list(self.depths)},
        )

    def _cell(self, depth: int, index: int, seed: int) -> tuple[int, int, np.ndarray]:
        """Angles, rank, and energies of the minima that descents end in."""
        from replication.landscapes.adam_newton import descend
        from replication.landscapes.functions import uniform
        from replication.landscapes.geometry import fisher_information, fisher_rank

        one = self.subject.at(self.size, depth, seed, index)
        axes = ("overparametrisation", self.subject.kind, self.size, depth, index)
        rng = generator_for(seed, *axes)
        thetas = uniform(rng, self.starts, -one.half_width, one.half_width)
        ranks = [
            fisher_rank(fisher_information(one.circuit.state, theta)) for theta in thetas[:RANKED]
        ]
        ends = descend(one.circuit.energy, thetas).energies
        lowest, mean = levels_of(one.circuit)
        return one.circuit.num_parameters, max(ranks), (ends - lowest) / (mean - lowest)

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """What the depth of full rank divides.

        - `success_above`, `success_below`: at the deepest circuit, and at the shallowest one;
        - `rank_at_success`: rank of the shallowest circuit of which nine descents in ten succeed,
          over the largest rank.
        """
        found = {}
        for name, place in (("success_above", -1), ("success_below", 0)):
            one = measured.isel(depth=place)
            found[name] = binomial(float(one["success"]), self.starts * self.instances)
        ranks = measured["rank"].max("instance").values
        good = np.flatnonzero(measured["success"].values >= 0.9)
        if good.size:
            ratio = float(ranks[good[0]] / ranks.max())
            found["rank_at_success"] = Finding(ratio, ratio, ratio, "exact ranks at the depths run")
        return found
