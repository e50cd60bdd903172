"""How the variances of the cost and of its gradient fall with the size and with the depth."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple

import numpy as np
import pydantic

from replication.probes.base import Finding, Probe, about, exact, sampled, standard_error
from replication.probes.subjects import AnySubject, Subject
from replication.problems.base import extent
from replication.progress import track
from replication.seeds import generator_for
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

    from replication.landscapes.gradients import Variances

Depth = Annotated[int, pydantic.Field(ge=1, le=4096)]
TOGETHER = 50
"""random circuits that are drawn and differentiated at a time: their arrays are small"""


class Gradients(Probe):
    """Barren plateaus: variances over random angles, with the closed form of the deep limit."""

    kind: Literal["gradients"] = "gradients"
    subject: AnySubject = setting(..., "chosen", "whose landscape: a circuit, or a problem class")
    sizes: tuple[str, ...] = setting(..., "chosen", "sizes, each a column", min_length=1)
    depths: tuple[Depth, ...] = setting(
        (1,), "chosen", "layers or steps, each a row; multiples of the size if `per_qubit`"
    )
    per_qubit: bool = setting(False, "chosen", "whether depths are multiples of the size")
    instances: int = setting(16, "chosen", "instances or random circuits for each size", ge=1)
    points: int = setting(
        200, "chosen", "random angle vectors an instance; one for a random circuit", ge=1
    )

    title: ClassVar[str] = "Variance of cost and gradient"
    source: ClassVar[str] = "J. R. McClean et al., doi:10.1038/s41467-018-07090-4"

    @pydantic.model_validator(mode="after")
    def _allowed(self) -> "Gradients":
        for size in self.sizes:
            self.subject.check_size(size)
        for name in ("sizes", "depths"):
            given = getattr(self, name)
            if len(set(given)) < len(given):
                raise ValueError(f"{name} {', '.join(map(str, given))} must be different")
        if self.subject.drawn and self.points > 1:
            raise ValueError("points must be 1 where every instance is another random circuit")
        if not self.subject.drawn and self.points < 4:
            raise ValueError("points must be at least 4: a variance has an error of its own")
        if self.subject.drawn and self.instances < 4:
            raise ValueError("instances must be at least 4: a variance has an error of its own")
        return self

    def problem_kinds(self) -> set[str]:
        """Those of its subject."""
        return self.subject.problem_kinds()

    def layers(self, size: str, depth: int) -> int:
        """Layers of one cell."""
        return depth * extent(size) if self.per_qubit else depth

    def measure(self, seed: int) -> "xr.Dataset":
        """`loss` `(size, depth)`, `gradient` `(size, depth, angle)` and their limits.

        The angle `mean` is the mean over all.
        """
        import xarray as xr

        measured = self._drawn if self.subject.drawn else self._averaged
        rows = [
            [measured(size, self.layers(size, depth), seed) for depth in self.depths]
            for size in track(self.sizes, self.title)
        ]

        every = [one for row in rows for one in row]
        # Narrow lattices have no hops in one direction.
        angles = [name for name in every[0].angles if all(name in one.angles for one in every)]

        def table(field: str) -> np.ndarray:
            return np.array([[getattr(one, field) for one in row] for row in rows])

        def by_angle(field: str) -> np.ndarray:
            cells = [[getattr(one, field)[_places(one, angles)] for one in row] for row in rows]
            return np.array(cells)

        dims = "size depth angle"
        loss, gradient = table("loss"), by_angle("gradient")
        return xr.Dataset(
            {
                **sampled("loss", "size depth", loss, table("loss_error"), "Var E"),
                **sampled("gradient", dims, gradient, by_angle("gradient_error"), "Var ∂E"),
                **exact("loss_limit", "size depth", table("loss_limit"), "Var E, deep limit"),
                **exact("gradient_limit", dims, by_angle("gradient_limit"), "Var ∂E, deep limit"),
            },
            coords={
                "size": list(self.sizes),
                "depth": list(self.depths),
                "angle": angles,
            },
        )

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """Rates of the first angle that has a limit, or of the first one.

        - `rate_per_size`: of its variance with the qubits or sites, at the largest depth;
        - `rate_per_layer`: with the layers, at the largest size;
        - `last_step`: the variance at the largest depth over that at the one before;
        - `limit_ratio`: the variance over its exact limit, at the largest size and depth.
        """
        from replication.landscapes.trends import exponential_rate

        known = np.isfinite(measured["gradient_limit"].values).any(axis=(0, 1))
        one = measured.isel(angle=int(known.argmax()))
        at = {"size": one.isel(depth=-1), "depth": one.isel(size=-1)}
        sizes = [extent(size) for size in self.sizes]
        layers = [self.layers(self.sizes[-1], depth) for depth in self.depths]
        found = {}
        for name, axis, places in (
            ("rate_per_size", "size", sizes),
            ("rate_per_layer", "depth", layers),
        ):
            if len(places) > 1:
                value, error = at[axis]["gradient"].values, at[axis]["gradient_error"].values
                how = f"weighted fit of ln Var ∂E against {'layers' if axis == 'depth' else 'n'}"
                found[name] = Finding(*exponential_rate(places, value, error), how)
        last = one.isel(size=-1, depth=-1)
        if len(layers) > 1:
            before = one.isel(size=-1, depth=-2)
            how = "ratio of two variances, errors in quadrature"
            found["last_step"] = _ratio(last, float(before["gradient"]), how, before)
        limit = float(last["gradient_limit"])
        if np.isfinite(limit):
            found["limit_ratio"] = _ratio(last, limit, "variance over its limit")
        return found

    def _averaged(self, size: str, layers: int, seed: int) -> "Row":
        """The variances of each instance over its angles, and their mean over the instances."""
        from replication.landscapes.functions import uniform
        from replication.landscapes.gradients import variances_at

        rows = []
        for index in range(self.instances):
            one = self.subject.at(size, layers, seed, index)
            rng = generator_for(seed, "landscape angles", self.subject.kind, size, layers, index)
            thetas = uniform(rng, self.points, -one.half_width, one.half_width)
            rows.append(row_of(variances_at(one.circuit.energy, thetas), one))
        return rows[0] if len(rows) == 1 else mean_of(rows)

    def _drawn(self, size: str, layers: int, seed: int) -> "Row":
        """The variances over random circuits and their angles together."""
        from replication.ansatze.base import stack
        from replication.landscapes.functions import each_with_gradient
        from replication.landscapes.gradients import variances_of

        rng = generator_for(seed, "landscape angles", self.subject.kind, size, layers)
        found = []
        for begin in range(0, self.instances, TOGETHER):
            # The last batch is as large as the others, for one compilation; what is over is cut.
            several = [
                self.subject.at(size, layers, seed, begin + place) for place in range(TOGETHER)
            ]
            half = np.stack([one.half_width for one in several])
            stacked = stack([one.circuit for one in several])
            found.append(each_with_gradient(stacked, rng.uniform(-half, half)))
        values, gradients = (
            np.concatenate(each)[: self.instances] for each in zip(*found, strict=True)
        )
        return row_of(variances_of(values, gradients), self.subject.at(size, layers, seed, 0))


def _ratio(one: "xr.Dataset", by: float, how: str, other: "xr.Dataset | None" = None) -> Finding:
    """A variance over a number, or over another variance, with its 95 % interval."""
    value, error = float(one["gradient"]), float(one["gradient_error"])
    relative = error / value
    if other is not None:
        relative = float(np.hypot(relative, float(other["gradient_error"]) / by))
    return about(value / by, value / by * relative, how)


class Row(NamedTuple):
    """One size and depth: the variances, their errors and limits, by named angle."""

    angles: tuple[str, ...]
    loss: float
    loss_error: float
    loss_limit: float
    gradient: np.ndarray
    gradient_error: np.ndarray
    gradient_limit: np.ndarray


def _places(row: Row, angles: Sequence[str]) -> list[int]:
    return [row.angles.index(name) for name in angles]


def row_of(found: "Variances", one: Subject) -> Row:
    """The variances of the angles that a subject names, and the mean over all angles.

    The error of that mean is the mean of the errors: angles of one circuit are correlated.
    """
    places, square = [*one.angles.values()], one.scale**2
    return Row(
        (*one.angles, "mean"),
        found.loss / square,
        found.loss_error / square,
        one.loss_limit,
        np.array([*found.gradient[places], found.gradient.mean()]) / square,
        np.array([*found.gradient_error[places], found.gradient_error.mean()]) / square,
        np.array([one.limits.get(name, np.nan) for name in (*one.angles, "mean")]),
    )


def mean_of(rows: Sequence[Row]) -> Row:
    """The mean over instances; its error is that of their spread, which contains the sampling's."""
    losses = np.array([row.loss for row in rows])
    gradients = np.array([row.gradient for row in rows])
    return Row(
        rows[0].angles,
        float(losses.mean()),
        float(standard_error(losses)),
        float(np.mean([row.loss_limit for row in rows])),
        gradients.mean(axis=0),
        standard_error(gradients),
        np.mean([row.gradient_limit for row in rows], axis=0),
    )
