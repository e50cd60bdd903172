"""What the landscape looks like about a start and the best optimum, and gradients on the way."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

import numpy as np
import pydantic

from replication.ensembles import Problem
from replication.probes.base import Finding, Probe, binomial, draws
from replication.progress import track
from replication.seeds import generator_for, key_for
from replication.settings import Settings, setting

if TYPE_CHECKING:
    import xarray as xr

    from replication.ansatze.base import Ansatz
    from replication.landscapes.slices import Plane

PLANES = ("start", "curvature", "random")
POINTS = ("start", "optimum", "trap")
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
LOWEST, HIGHEST, BINS = -8.0, 1.0, 36
"""of the histogram of lg |∇E|: norms beyond are counted in the first or last bin"""
PERIOD_POINTS = 16
"""random angles at which periods are checked"""
STALLED = 0.01
"""energy above the best one, over the 1-norm of H, from which on a training has stalled"""
RESAMPLES = 2000


class Case(Settings):
    """One instance and the depth of its circuit."""

    problem: Problem
    size: str = setting(..., "chosen", "size of the instance")
    depth: int = setting(..., "chosen", "layers or steps", ge=1, le=64)

    @pydantic.model_validator(mode="after")
    def _allowed(self) -> "Case":
        self.problem.check_size(self.size)
        return self

    @property
    def label(self) -> str:
        """Class, size and depth."""
        letter = self.problem.depth_label.split()[-1]
        return f"{self.problem.title}, {self.problem.size_text(self.size)}, {letter} = {self.depth}"


class View(NamedTuple):
    """What is measured of one case, energies divided by the 1-norm of H.

    - `energy` `(plane, x, y)`, `x` `(plane, x)`, `y` `(plane, y)`: the slices.
    - `places` `(plane, point, 2)`, `off` `(plane, point)`: coordinates of the points' feet, and how
      far the points are from the plane.
    - `levels` `(point,)`, `curvatures` `(2,)`, `period_error`, `norms` `(starts, epoch)`.
    - `above` `(starts,)`: energies at the end above the best one.
    """

    energy: np.ndarray
    x: np.ndarray
    y: np.ndarray
    places: np.ndarray
    off: np.ndarray
    levels: np.ndarray
    curvatures: np.ndarray
    period_error: float
    norms: np.ndarray
    above: np.ndarray


class Slices(Probe):
    """Slices of the cost, divided by the 1-norm of H, and gradient norms along trainings.

    The plane `start` holds the heuristic start (x = 0, y = 0), the best optimum found (y = 0) and a
    trap, the end of the random start that is the median one. The plane `curvature` has the most
    and the least curved direction at that optimum, `random` two random ones.
    """

    kind: Literal["slices"] = "slices"
    cases: tuple[Case, ...] = setting(..., "chosen", "instances, one each", min_length=1)
    grid: int = setting(61, "chosen", "points along each axis of a slice", ge=3, le=1001)
    reach: float = setting(1.5, "chosen", "of a slice beyond its points, radians", gt=0, le=10)
    starts: int = setting(64, "chosen", "random starts that are trained", ge=2)
    epochs: int = setting(400, "chosen", "steps of Adam, its rate falling as a cosine", ge=1)
    every: int = setting(10, "chosen", "steps between recorded gradient norms", ge=1)
    rate: float = setting(0.05, "chosen", "first rate of Adam, radians", gt=0)

    title: ClassVar[str] = "Slices and gradients along trainings"
    source: ClassVar[str] = "own pictures, of the kinds of M. S. Rudolph et al., arXiv:2111.04695"

    @pydantic.model_validator(mode="after")
    def _different(self) -> "Slices":
        labels = [case.label for case in self.cases]
        if len(set(labels)) < len(labels):
            raise ValueError(f"cases {', '.join(labels)} must be different")
        return self

    def problem_kinds(self) -> set[str]:
        """Of all cases."""
        return set().union(*(case.problem.kinds for case in self.cases))

    def measure(self, seed: int) -> "xr.Dataset":
        """`energy` `(case, plane, x, y)` on slices, with the places of three points in them.

        `norm` `(case, epoch, level)` has quantiles of |∇E| over the random starts, `histogram`
        `(case, epoch, bin)` their counts; `above` and `fall` `(case, start)` are the energy of each
        training at its end above the best one, and |∇E| there over that at its start;
        `period_error` is the largest change of the cost under a period of one angle, zero but for
        rounding.
        """
        import xarray as xr

        views = [self._view(case, seed) for case in track(self.cases, self.title)]

        def table(field: str) -> np.ndarray:
            return np.stack([getattr(view, field) for view in views])

        norms, edges = table("norms"), np.linspace(LOWEST, HIGHEST, BINS + 1)
        # Half a bin inside, so that rounding moves none out.
        within = np.log10(np.clip(norms, 10 ** (LOWEST + 0.01), 10 ** (HIGHEST - 0.01)))
        counts = [[np.histogram(one, edges)[0] for one in case.T] for case in within]
        quantiles = np.moveaxis(np.quantile(norms, LEVELS, axis=1), 0, -1)
        plane = "case plane"
        return xr.Dataset(
            {
                **draws("energy", f"{plane} x y", table("energy"), "E / ‖α‖₁"),
                **draws("along_x", f"{plane} x", table("x"), "x, rad"),
                **draws("along_y", f"{plane} y", table("y"), "y, rad"),
                **draws("place", f"{plane} point axis", table("places"), "of a point, rad"),
                **draws("off", f"{plane} point", table("off"), "distance from the plane, rad"),
                **draws("point_energy", "case point", table("levels"), "E / ‖α‖₁"),
                **draws("curvature", "case end", table("curvatures"), "∂²E / ‖α‖₁ per rad²"),
                **draws("period_error", "case", table("period_error"), "change of E / ‖α‖₁"),
                **draws("norm", "case epoch level", quantiles, "quantile of |∇E| / ‖α‖₁ per rad"),
                **draws("histogram", "case epoch bin", counts, "starts by lg |∇E|"),
                **draws("above", "case run", table("above"), "(E - best E) / ‖α‖₁ at the end"),
                **draws(
                    "fall", "case run", norms[..., -1] / norms[..., 0], "|∇E| at the end / at start"
                ),
            },
            coords={
                "case": [case.label for case in self.cases],
                "plane": list(PLANES),
                "point": list(POINTS),
                "axis": ["x", "y"],
                "end": ["largest", "smallest"],
                "epoch": np.arange(0, self.epochs + 1, self.every),
                "level": list(LEVELS),
                "bin": edges[:-1],
            },
        )

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """Of the trainings that stall, which end 0.01 or more above the best one.

        - `stalled`: their fraction, over all cases;
        - `stalled_fall`: median of |∇E| at their end over that at their start.
        """
        stalled = measured["above"].values >= STALLED
        count = int(stalled.sum())
        found = {"stalled": binomial(float(stalled.mean()), stalled.size)}
        if count:
            falls = measured["fall"].values[stalled]
            drawn = np.random.default_rng(0).choice(falls, (RESAMPLES, count))
            ends = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
            found["stalled_fall"] = Finding(
                float(np.median(falls)), float(ends[0]), float(ends[1]), "bootstrap over trainings"
            )
        return found

    def _view(self, case: Case, seed: int) -> View:
        from replication.landscapes.functions import values
        from replication.landscapes.slices import hessian_plane, random_plane, slice_values

        key = key_for(seed, "instances", case.problem.kind, "slices", case.size, 0)
        instance = case.problem.at(case.size).sample(key)
        one, scale = case.problem.circuit(instance, case.depth), instance.normaliser
        rng = generator_for(seed, "slices", case.label)
        start = np.asarray(one.heuristic(instance.natural_units), float)
        optimum, trap, norms, above = self._trained(one, start, rng)
        curved = hessian_plane(one.energy, optimum)
        planes = (
            plane_of_three(start, optimum, trap, rng),
            curved.plane,
            random_plane(optimum, rng),
        )
        points = np.stack([start, optimum, trap])
        places = np.array([[plane.coordinates(point) for point in points] for plane in planes])
        feet = np.array([p.at(*at.T) for p, at in zip(planes, places, strict=True)])
        # Of the planes about the optimum the other points are only shadows.
        shown = [places[0], *(np.zeros((1, 2)),) * 2]
        axes = np.array([self._axes(at) for at in shown])
        grids = [slice_values(one.energy, p, *xy) for p, xy in zip(planes, axes, strict=True)]
        return View(
            np.stack(grids) / scale,
            axes[:, 0],
            axes[:, 1],
            places,
            np.linalg.norm(feet - points, axis=-1),
            values(one.energy, points) / scale,
            np.array([curved.largest, curved.smallest]) / scale,
            period_error(one, rng) / scale,
            norms / scale,
            above / scale,
        )

    def _axes(self, places: np.ndarray) -> np.ndarray:
        """Coordinates along x and y, which reach beyond all places; `(2, grid)`."""
        low, high = places.min(axis=0) - self.reach, places.max(axis=0) + self.reach
        return np.linspace(low, high, self.grid).T

    def _trained(
        self, one: "Ansatz", start: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The best optimum, a trap, as images near the start; gradient norms and ends by starts."""
        import optax

        from replication.ansatze.base import nearest_image, random_angles
        from replication.landscapes.trainings import train

        thetas = np.concatenate([start[None], random_angles(one, rng, self.starts)])
        rates = optax.cosine_decay_schedule(self.rate, self.epochs)
        found = train(one.energy, thetas, optax.adam(rates), self.epochs)
        order = np.argsort(found.values[:, -1])
        middle = [place for place in order if place > 0][self.starts // 2]
        ends = (polished(one, found.thetas[order[0]]), found.thetas[middle])
        optimum, trap = (nearest_image(end, start, one.periods) for end in ends)
        ends_above = found.values[1:, -1] - found.values[order[0], -1]
        return optimum, trap, found.gradient_norms[1:, :: self.every], ends_above


def polished(one: "Ansatz", theta: np.ndarray) -> np.ndarray:
    """The minimum that a quasi-Newton method reaches from angles close to it."""
    import jax
    from scipy.optimize import minimize

    with jax.enable_x64(True):
        compiled = jax.jit(jax.value_and_grad(one.energy))

        def cost(at: np.ndarray) -> tuple[float, np.ndarray]:
            value, slope = compiled(jax.numpy.asarray(at))
            return float(value), np.asarray(slope, float)

        found = minimize(cost, theta, jac=True, method="BFGS", options={"gtol": 1e-9})
    return np.asarray(found.x)


def plane_of_three(
    start: np.ndarray, optimum: np.ndarray, trap: np.ndarray, rng: np.random.Generator
) -> "Plane":
    """Through three points, or in a random direction where the trap is on the line of the two."""
    from replication.errors import UserError
    from replication.landscapes.slices import plane_through

    aside = rng.normal(size=start.size)
    try:
        return plane_through(start, optimum, trap - start)
    except UserError:
        return plane_through(start, optimum, aside)


def period_error(one: "Ansatz", rng: np.random.Generator) -> float:
    """The largest change of the cost under one period of one angle, at random angles."""
    from replication.ansatze.base import random_angles
    from replication.landscapes.functions import values

    thetas, periods = random_angles(one, rng, PERIOD_POINTS), np.asarray(one.periods, float)
    moves = [row for row in np.diag(np.where(np.isfinite(periods), periods, 0)) if row.any()]
    before = values(one.energy, thetas)
    changes: list[Any] = [values(one.energy, thetas + move) - before for move in moves]
    return float(np.abs(changes).max(initial=0.0)) if changes else 0.0
