"""The numbers of public demonstrations of barren plateaus, beside exact ones and own draws."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

import numpy as np
import pydantic

from replication.probes.base import Probe, exact, sampled
from replication.progress import track
from replication.seeds import generator_for, key_for
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

Qubits = Annotated[int, pydantic.Field(ge=2, le=12)]
TOGETHER = 50
"""circuits that are differentiated at a time"""
RANDOM, BLOCKS = "TFQ barren_plateaus", "TFQ identity blocks"
PRODUCT = "PennyLane tutorial_barren_plateaus"

# Values found by others with independent code, at the demonstrations' own settings.
NOTED_DEPTH, NOTED_RANDOM = 50, {6: 0.0777}
NOTED_BLOCKS = 0.35355
NOTED_FIRST = {4: 0.006573}
NOTED_LOOP = {2: 0.018177, 3: 0.007895, 4: 0.003334, 5: 0.001383, 6: 0.000566}
NOTED_SIZES, NOTED_SLOPE = (2, 3, 4, 5, 6), -0.868


class Row(NamedTuple):
    """One number of a demonstration.

    - `demo`, `quantity`, `size`: which; size 0 is a number of several sizes.
    - `noted`: a value found elsewhere, NaN for none, with its `label`: V printed by the source
      itself, N derived and confirmed numerically, I derived.
    - `exact`, `limit`: at the demonstration's settings, and for infinite depth, NaN where none.
    - `sampled`, `error`: by own draws at these settings.
    """

    demo: str
    quantity: str
    size: int
    noted: float
    label: str
    exact: float
    limit: float
    sampled: float
    error: float


class Demos(Probe):
    """What public demonstrations measure, with the errors that they do not print.

    None stores its outputs. TFQ plots a standard deviation under the name of variance, at a depth
    where sizes of six qubits and more are far above the limit.
    """

    kind: Literal["demos"] = "demos"
    sizes: tuple[Qubits, ...] = setting(
        (4, 6, 8, 10, 12), "code", "qubits of TFQ's circuits", min_length=1
    )
    depth: int = setting(50, "code", "layers of TFQ's random circuits", ge=1, le=1000)
    block_depth: int = setting(10, "code", "layers of one of TFQ's identity blocks", ge=1, le=100)
    blocks: int = setting(5, "code", "TFQ's identity blocks", ge=1, le=100)
    product_sizes: tuple[Qubits, ...] = setting(
        (2, 3, 4, 5, 6), "code", "qubits of PennyLane's circuits, for a slope", min_length=2
    )
    first_size: Qubits = setting(4, "code", "qubits of PennyLane's first print")
    circuits: int = setting(200, "code", "random circuits for each number of TFQ's", ge=4)
    product_circuits: int = setting(
        4000, "chosen", "random circuits for each of PennyLane's, which draws 200", ge=4
    )

    title: ClassVar[str] = "Numbers of public demonstrations"
    source: ClassVar[str] = "tutorials of TensorFlow Quantum and PennyLane; arXiv:1803.11173"

    @pydantic.model_validator(mode="after")
    def _allowed(self) -> "Demos":
        for name in ("sizes", "product_sizes"):
            given = getattr(self, name)
            if len(set(given)) < len(given):
                raise ValueError(f"{name} {', '.join(map(str, given))} must be different")
        return self

    def measure(self, seed: int) -> "xr.Dataset":
        """One entry of `row` for each number: `value`, `exact`, `limit` and `noted`, see [`Row`][].

        `circuits` says how many own draws `value` is of.
        """
        import xarray as xr

        rows: list[Row] = []
        for size in track(self.sizes, self.title):
            rows += [self._random(size, seed), self._blocks(size, seed)]
        rows += [*self._product(seed)]

        def column(field: str) -> list[Any]:
            return [getattr(row, field) for row in rows]

        counts = [self.product_circuits if r.demo == PRODUCT else self.circuits for r in rows]
        found, errors = (np.array(column(name)) for name in ("sampled", "error"))
        return xr.Dataset(
            {
                **sampled("value", "row", found, errors, "own draws"),
                **exact("exact", "row", column("exact"), "at the demonstration's settings"),
                **exact("limit", "row", column("limit"), "for infinite depth"),
                **exact("noted", "row", column("noted"), "value found elsewhere"),
                **exact("circuits", "row", counts, "own draws"),
            },
            coords={name: ("row", column(name)) for name in ("demo", "quantity", "size", "label")},
        )

    def _random(self, size: int, seed: int) -> Row:
        from replication.landscapes.models import limit_of_mcclean, mcclean
        from replication.landscapes.second_moments import mcclean_variance

        rng = generator_for(seed, "demos", "random", size, self.depth)

        def draw(index: int) -> Drawn:
            key = key_for(seed, "demos", "random", size, self.depth, index)
            one = mcclean(size, self.depth, key)
            return one, rng.uniform(0, 2 * np.pi, one.num_parameters), 0

        found = deviation(derivatives(draw, self.circuits))
        noted = NOTED_RANDOM.get(size, np.nan) if self.depth == NOTED_DEPTH else np.nan
        value, limit = mcclean_variance(size, self.depth) ** 0.5, limit_of_mcclean(size) ** 0.5
        return Row(RANDOM, "sd of the gradient", size, noted, "N", value, limit, *found)

    def _blocks(self, size: int, seed: int) -> Row:
        from replication.landscapes.demos import IDENTITY_BLOCKS_DEVIATION, identity_blocks

        rng = generator_for(seed, "demos", "blocks", size, self.block_depth, self.blocks)

        def draw(index: int) -> Drawn:
            return identity_blocks(size, self.block_depth, self.blocks, rng)

        found = deviation(derivatives(draw, self.circuits))
        value = float(IDENTITY_BLOCKS_DEVIATION)
        return Row(BLOCKS, "sd of the gradient", size, NOTED_BLOCKS, "N", value, np.nan, *found)

    def _product(self, seed: int) -> Sequence[Row]:
        from replication.landscapes.demos import one_layer_projector_variance as variance

        rows = [self._product_row(self.first_size, False, seed)]
        loop = [self._product_row(size, True, seed) for size in self.product_sizes]
        sizes = np.array(self.product_sizes, float)
        weights = (sizes - sizes.mean()) / ((sizes - sizes.mean()) ** 2).sum()
        value = float(weights @ np.log([row.sampled for row in loop]))
        error = float(np.linalg.norm(weights * [row.error / row.sampled for row in loop]))
        slope = float(weights @ np.log([variance(size, True) for size in self.product_sizes]))
        noted = NOTED_SLOPE if self.product_sizes == NOTED_SIZES else np.nan
        last = Row(PRODUCT, "slope of ln Var", 0, noted, "N", slope, np.nan, value, error)
        return [*rows, *loop, last]

    def _product_row(self, size: int, half_period: bool, seed: int) -> Row:
        from replication.landscapes.demos import one_layer_projector, one_layer_projector_variance
        from replication.landscapes.gradients import variance_error

        rng = generator_for(seed, "demos", "product", size, int(half_period))
        high = np.pi if half_period else 2 * np.pi

        def draw(index: int) -> Drawn:
            return one_layer_projector(size, rng), rng.uniform(0, high, size), size - 1

        slopes = derivatives(draw, self.product_circuits)
        found = float(slopes.var(ddof=1)), float(variance_error(slopes))
        value = one_layer_projector_variance(size, half_period)
        noted = NOTED_LOOP.get(size, np.nan) if half_period else NOTED_FIRST.get(size, np.nan)
        quantity = f"Var of the gradient, angles to {'π' if half_period else '2π'}"
        return Row(PRODUCT, quantity, size, noted, "N", value, np.nan, *found)


Drawn = tuple[Any, np.ndarray, int]
"""a circuit, its angles, and the place of the angle to differentiate by"""


def derivatives(draw: Callable[[int], Drawn], count: int) -> np.ndarray:
    """One derivative of each of so many random circuits, `(count,)`."""
    from replication.ansatze.base import stack
    from replication.landscapes.functions import each_with_gradient

    found: list[float] = []
    while len(found) < count:
        # The last batch is as large as the others, for one compilation; what is over is cut.
        several = [draw(len(found) + place) for place in range(TOGETHER)]
        stacked = stack([one for one, _, _ in several])
        slopes = each_with_gradient(stacked, np.stack([theta for _, theta, _ in several]))[1]
        found += slopes[:, several[0][2]].tolist()
    return np.array(found[:count])


def deviation(slopes: np.ndarray) -> tuple[float, float]:
    """Their standard deviation and its standard error."""
    from replication.landscapes.gradients import variance_error

    value = float(slopes.std(ddof=1))
    return value, float(variance_error(slopes)) / (2 * value)
