"""Median angles of unweighted graphs, rescaled to weighted ones: the loss, and the basin."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pydantic

from replication.probes.base import Finding, Probe, Variables, about, draws, exact, sampled
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

Weights = Literal["uniform", "signed", "exponential", "cauchy"]

PUBLISHED = {
    "uniform": (0.5, 1.2, 1.6),
    "signed": (1.4, 2.6, 3.5),
    "exponential": (2.3, 4.1, 4.5),
}
"""Median losses in percentage points at p = 1, 2, 3, all sizes (n = 8, 14, 20) together."""
RULES = ("text", "code", "natural")
RESAMPLES = 1000
"""Of the bootstrap of medians."""
SAME = 1e-6
"""Difference of approximation ratios up to which two ends are one optimum."""


class WeightedTransfer(Probe):
    r"""What transferred angles lose on weighted graphs, in percentage points of the energies' span.

    Donors are unweighted connected graphs, each of those that are not isomorphic as likely. Of
    their best optima, folded by their symmetries, the medians are taken, γ divided by
    $\arctan(1/\sqrt{d-1})$, d being the mean degree. A target with mean degree d and weights w has

    $$\gamma_w = \bar\gamma \arctan(1/\sqrt{d-1}) / \overline{|w|}, \quad \beta_w = \bar\beta$$

    That is the rule `text`. The authors' code, QAOAKit, multiplies the donors' γ by $\sqrt d$
    instead beyond one layer: the rule `code`. The rule `natural` is this suite's,
    $\gamma_w = \bar\gamma / g$ with g the root of the mean sum of squared weights at a node, and
    $\gamma\sqrt d$ of the donors.

    The basin is the fraction of targets on which a descent from the transferred angles ends at the
    best optimum known, of that descent and those from random angles. Targets of up to nine nodes
    are drawn as the donors are, larger ones are connected G(n, 1/2).
    """

    kind: Literal["weighted_transfer"] = "weighted_transfer"
    donors: int = setting(300, "chosen", "unweighted graphs whose medians are taken", ge=2)
    donor_starts: int = setting(
        100, "chosen", "random starts of a donor's descents, beside the tree's angles", ge=1
    )
    donor_size: int = setting(9, "inferred", "nodes of the donors", ge=4, le=9)
    depths: tuple[int, ...] = setting((1, 2, 3), "inferred", "layers p", min_length=1)
    weights: tuple[Weights, ...] = setting(
        ("uniform", "signed", "exponential", "cauchy"),
        "inferred",
        "distributions of weights: uniform on [0, 2] and on [-2, 2], exponential of mean 1, Cauchy",
        min_length=1,
    )
    sizes: tuple[int, ...] = setting((8, 14), "inferred", "nodes of the targets", min_length=1)
    targets: tuple[int, ...] = setting((200, 30), "chosen", "targets of each size")
    starts: tuple[int, ...] = setting((60, 12), "chosen", "random starts of descents by size")

    title: ClassVar[str] = "Transfer of angles from unweighted to weighted graphs"
    source: ClassVar[str] = "doi:10.1145/3584706"

    @pydantic.model_validator(mode="after")
    def _possible(self) -> "WeightedTransfer":
        for name in ("targets", "starts"):
            given = getattr(self, name)
            if len(given) != len(self.sizes) or min(given) < 2:
                raise ValueError(
                    f"{name} = {given} must have a number of at least 2 for each of the sizes "
                    f"{self.sizes}"
                )
        for n in self.sizes:
            if not 4 <= n <= 16:
                raise ValueError(f"sizes has {n}; allowed are 4 to 16 nodes")
        return self

    def measure(self, seed: int) -> "xr.Dataset":
        """Losses and basins by `rule`, `weights`, `qubits` and `layers`, beside the published."""
        import xarray as xr

        shape = (len(RULES), len(self.weights), len(self.sizes), len(self.depths))
        losses, hits = (np.full((*shape, max(self.targets)), np.nan) for _ in range(2))
        medians = np.full((len(RULES), len(self.depths), 2 * max(self.depths)), np.nan)
        for last, depth in enumerate(self.depths):
            donated = self._donated(seed, depth)
            medians[:, last, : 2 * depth] = donated
            for row, weights in enumerate(self.weights):
                for column, n in enumerate(self.sizes):
                    loss, hit = self._cell(seed, weights, n, depth, donated)
                    losses[:, row, column, last, : loss.shape[1]] = loss
                    hits[:, row, column, last, : hit.shape[1]] = hit
        published = [[_published(one, p) for p in self.depths] for one in self.weights]
        dims = "rule weights qubits layers"
        return xr.Dataset(
            {
                **draws("loss", f"{dims} instance", losses, "r_opt - r_transferred (%)"),
                **draws("medians", "rule layers parameter", medians, "donated γ, then β (rad)"),
                **_medians(seed, dims, losses),
                **_fractions(dims, hits),
                **exact("published", "weights layers", published, "published median loss (%)"),
            },
            {
                "rule": list(RULES),
                "weights": list(self.weights),
                "qubits": list(self.sizes),
                "layers": list(self.depths),
            },
        )

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """With the published rule, over cells that have a published median.

        - `loss_difference`: mean of our median losses less the published ones, percentage points;
        - `basin`: fraction of descents from transferred angles that end in the best optimum, mean
          over the cells without Cauchy weights.
        """
        one = measured.isel(rule=0)
        apart = (one["median"] - one["published"]).values
        errors = np.broadcast_to(one["median_error"].values, apart.shape)
        known = np.isfinite(apart)
        kept = one.sel(weights=[name for name in self.weights if name != "cauchy"])
        basins, spreads = kept["basin"].values, kept["basin_error"].values
        found = {}
        for name, values, sds in (
            ("loss_difference", apart[known], errors[known]),
            ("basin", basins[np.isfinite(basins)], spreads[np.isfinite(basins)]),
        ):
            if values.size:
                error = np.sqrt((sds**2).sum()) / values.size
                found[name] = about(values.mean(), error, f"mean over {values.size} cells")
        return found

    def _donated(self, seed: int, depth: int) -> np.ndarray:
        """Medians of the donors' angles, γ in the unit of each rule, shape `(rules, 2p)`."""
        from replication.ansatze.qaoa_limits import tree_angles
        from replication.landscapes import degree_parity, descend_together, pattern_angles
        from replication.probes.random_graphs import unlabelled_graph
        from replication.seeds import generator_for

        graphs = [
            unlabelled_graph(self.donor_size, generator_for(seed, self.kind, "donor", i))
            for i in range(self.donors)
        ]
        rng = generator_for(seed, self.kind, "donor starts", depth)
        half = np.repeat([np.pi / 2, np.pi / 4], depth)
        starts = rng.uniform(-half, half, (self.donors, self.donor_starts + 1, 2 * depth))
        degrees = np.array([one.sum() / len(one) for one in graphs])
        gamma = half > 1
        for row, degree in enumerate(degrees):
            starts[row, 0] = tree_angles(depth, degree) / np.where(gamma, np.sqrt(degree), 1.0)
        ends = descend_together([_circuit(_problem(one), depth) for one in graphs], starts)
        angles = []
        for graph, energies, thetas in zip(graphs, *ends, strict=True):
            best = thetas[energies <= energies.min() + 1e-7]
            angles.append(pattern_angles(best, degree_parity(graph)))
        found = np.array(angles)
        text = found / np.where(gamma, _arctangent(degrees)[:, None], 1.0)
        natural = found * np.where(gamma, np.sqrt(degrees)[:, None], 1.0)
        code = text if depth == 1 else natural
        return np.median([text, code, natural], axis=1)

    def _cell(
        self, seed: int, weights: str, n: int, depth: int, donated: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Losses in % and whether the basin is the best, shape `(rules, targets)` each."""
        from replication.landscapes import descend_together, energies_together
        from replication.seeds import generator_for

        where = self.sizes.index(n)
        problems: list[Any] = [
            _target(n, weights, generator_for(seed, self.kind, "target", weights, n, i))
            for i in range(self.targets[where])
        ]
        circuits = [_circuit(one, depth) for one in problems]
        half = np.repeat([np.pi / 2, np.pi / 4], depth)
        scales = np.array([_mean_weight(one) for one in problems])[:, None, None]
        rng = generator_for(seed, self.kind, "starts", weights, n, depth)
        random = rng.uniform(-half, half, (len(problems), self.starts[where], 2 * depth))
        random /= np.where(half > 1, scales, 1.0)
        transferred = np.array([_transferred(one, donated) for one in problems])
        begun = energies_together(circuits, transferred)
        ends = descend_together(circuits, np.concatenate([transferred, random], axis=1)).energies
        best = ends.min(axis=1, keepdims=True)
        span = np.array([[np.ptp(one.diagonal)] for one in problems])
        rules = len(RULES)
        reached = (ends[:, :rules] - best) / span <= SAME
        return 100 * ((begun - best) / span).T, reached.T.astype(float)


def _target(n: int, weights: str, rng: np.random.Generator) -> Any:
    from replication.probes.random_graphs import connected_graph, unlabelled_graph

    graph = unlabelled_graph(n, rng) if n <= 9 else connected_graph(n, rng)
    match weights:
        case "uniform":
            drawn = rng.uniform(0, 2, (n, n))
        case "signed":
            drawn = rng.uniform(-2, 2, (n, n))
        case "exponential":
            drawn = rng.exponential(1, (n, n))
        case _:
            drawn = rng.standard_cauchy((n, n))
    upper = np.triu(graph * drawn, 1)
    return _problem(upper + upper.T)


def _problem(couplings: np.ndarray) -> Any:
    import networkx as nx

    from replication.problems.maxcut import maxcut

    return maxcut(nx.from_numpy_array(couplings))


def _circuit(problem: Any, depth: int) -> Any:
    from replication.ansatze.qaoa import qaoa

    return qaoa(problem, depth)


def _arctangent(degree: Any) -> Any:
    return np.arctan(1 / np.sqrt(degree - 1))


def _mean_weight(problem: Any) -> float:
    return float(np.abs(problem.couplings[problem.couplings != 0]).mean())


def _transferred(problem: Any, donated: np.ndarray) -> np.ndarray:
    """Angles of both rules, shape `(rules, 2p)`."""
    degree = np.count_nonzero(problem.couplings) / problem.num_spins
    factor = _arctangent(degree) / _mean_weight(problem)
    natural = 1 / problem.natural_units.angles["gamma"]
    found = donated.copy()
    found[:, : donated.shape[1] // 2] *= np.array([[factor], [factor], [natural]])
    return found


def _published(weights: str, depth: int) -> float:
    values = PUBLISHED.get(weights, ())
    return values[depth - 1] if depth <= len(values) else np.nan


def _medians(seed: int, dims: str, losses: np.ndarray) -> Variables:
    """Median losses with the standard errors of a bootstrap over targets."""
    from replication.seeds import generator_for

    errors = np.zeros(losses.shape[:-1])
    for index in np.ndindex(*errors.shape):
        given = losses[index][np.isfinite(losses[index])]
        rng = generator_for(seed, "weighted_transfer", "bootstrap", *index)
        again = rng.choice(given, (RESAMPLES, given.size))
        errors[index] = np.median(again, axis=1).std(ddof=1)
    return sampled("median", dims, np.nanmedian(losses, axis=-1), errors, "median loss (%)")


def _fractions(dims: str, hits: np.ndarray) -> Variables:
    """Fractions of targets, with errors that Laplace's rule keeps from being zero."""
    count = np.isfinite(hits).sum(axis=-1)
    rule = (np.nansum(hits, axis=-1) + 1) / (count + 2)
    errors = np.sqrt(rule * (1 - rule) / count)
    label = "fraction of descents from transferred angles that end at the best optimum"
    return sampled("basin", dims, np.nanmean(hits, axis=-1), errors, label)
