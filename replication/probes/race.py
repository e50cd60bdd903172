"""Which mitigation of barren plateaus trains a circuit best, at an equal number of evaluations."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, cast

import numpy as np
import pydantic

from replication import mitigations
from replication.probes.base import (
    Finding,
    Probe,
    Variables,
    about,
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

    from replication.landscapes.stack_training import Trained
    from replication.mitigations import Setting
    from replication.simulators.circuits import Circuit

FEWER = 2
"""qubits less in the circuits of a warm start"""
POINTS = 120
"""evaluations at which curves are kept, at most"""
QUANTILES = (0.25, 0.5, 0.75)
CONFIDENCE = 0.95

UNIFORM = "uniform"
"""arm that the others are compared with"""
RESAMPLES = 2000
"""bootstrap samples of the runs"""
ROUNDING = 1e-7
"""errors below which single precision says nothing"""


class Race(Probe):
    r"""Adam on random circuits from the starts and by the rules of all mitigations.

    A run's axes, and the noise of its angles, are the same for all. An error is
    $(E - E_0)/(\bar E - E_0)$ of the best cost evaluated, $E_0$ the ground energy and $\bar E$ the
    mean of the spectrum: 0 at the ground state, 1 on average at random states. Single precision.
    """

    kind: Literal["race"] = "race"
    cost: Literal["chain", "all_zero"] = setting(
        "chain", "chosen", "energy of the transverse-field Ising chain, or distance from all zeros"
    )
    field: float = setting(1.0, "chosen", "transverse field of the chain")
    qubits: int = setting(8, "chosen", "qubits", ge=FEWER + 2, le=12)
    layers: int = setting(24, "chosen", "layers, each a rotation a qubit and a ladder of CZ", ge=1)
    runs: int = setting(24, "chosen", "random circuits, each with one start", ge=2)
    evaluations: int = setting(3000, "chosen", "budget: values with gradient, each run", ge=4)
    rate: float = setting(0.05, "chosen", "step size of Adam, radians", gt=0)
    shots: int = setting(0, "chosen", "for each energy of a parameter shift; 0 for exact", ge=0)
    threshold: float = setting(0.01, "chosen", "largest error that is a success", gt=0, lt=1)
    arms: tuple[str, ...] | None = setting(
        None, "chosen", "mitigations, by the names of their files; null for all that apply"
    )

    title: ClassVar[str] = "Mitigations of barren plateaus"
    source: ClassVar[str] = "own comparison; each mitigation names its own source"

    @pydantic.model_validator(mode="after")
    def _allowed(self) -> "Race":
        if self.arms is None:
            return self
        if len(set(self.arms)) < len(self.arms) or not self.arms:
            raise ValueError("arms must be different, at least one")
        for name in self.arms:
            if mitigations.needs(name) == "local" and self.cost == "chain":
                raise ValueError(f"arms: {name} needs the cost all_zero: the chain's is local")
        return self

    def names(self) -> list[str]:
        """The mitigations that take part."""
        if self.arms is not None:
            return list(self.arms)
        local = self.cost == "all_zero"
        return [one for one in mitigations.names() if local or mitigations.needs(one) != "local"]

    def measure(self, seed: int) -> "xr.Dataset":
        """By `arm`: the gradient at the start, errors at the end and along the way."""
        import xarray as xr

        circuits = self.stack(seed, self.qubits)
        energies = spectrum(circuits)
        points = np.unique(np.geomspace(1, self.evaluations, POINTS).astype(int))
        rows = []
        for name in track(self.names(), self.title):
            given = self.setting(seed, circuits, float(np.ptp(energies)))
            trained = mitigations.load(name).train(given)
            rows.append(self._row(trained, energies, points))
        table = {field: np.array([getattr(row, field) for row in rows]) for field in Row._fields}
        return xr.Dataset(
            self._variables(table, energies, seed),
            coords={
                "arm": self.names(),
                "evaluation": points,
                "quantile": list(QUANTILES),
                "end": ["low", "high"],
            },
        )

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """`error_ratio_<arm>`: median error over that of uniform angles, paired by run.

        `gradient_ratio_<arm>`: the same of the mean square of the gradient at the start.
        """
        arms = [str(arm) for arm in measured["arm"].values]
        if UNIFORM not in arms:
            return {}
        found = {}
        errors = np.maximum(measured["final"].values, ROUNDING)
        base = arms.index(UNIFORM)
        rng = np.random.default_rng(0)
        rows = rng.integers(self.runs, size=(RESAMPLES, self.runs))
        for place, arm in enumerate(arms):
            if place == base:
                continue
            both = np.median(errors[place][rows], 1) / np.median(errors[base][rows], 1)
            value = float(np.median(errors[place]) / np.median(errors[base]))
            low, high = np.percentile(both, [2.5, 97.5])
            found[f"error_ratio_{arm}"] = Finding(
                value, float(low), float(high), "bootstrap over runs, paired"
            )
            one, other = measured.isel(arm=place), measured.isel(arm=base)
            ratio = float(one["gradient"] / other["gradient"])
            spread = np.hypot(
                float(one["gradient_error"] / one["gradient"]),
                float(other["gradient_error"] / other["gradient"]),
            )
            found[f"gradient_ratio_{arm}"] = about(ratio, ratio * spread, "ratio of means")
        return found

    def setting(self, seed: int, circuits: "Circuit", spread: float) -> "Setting":
        """What a mitigation is given: new generators of the same noise for each."""
        axes = ("race angles", self.cost, self.qubits, self.layers)
        local = None
        if self.cost == "all_zero":
            from replication.ansatze.base import stack
            from replication.landscapes.models import all_zero

            local = stack([all_zero(self.qubits, "local")] * self.runs)
        return mitigations.Setting(
            circuits,
            tuple(generator_for(seed, *axes, run) for run in range(self.runs)),
            self.evaluations,
            self.rate,
            spread,
            self.shots,
            self.stack(seed, self.qubits - FEWER),
            local,
        )

    def stack(self, seed: int, qubits: int) -> "Circuit":
        """The circuits of all runs on their first qubits."""
        from replication.ansatze.base import stack
        from replication.landscapes import models
        from replication.simulators import circuits

        if self.cost == "all_zero":
            cost = models.all_zero(qubits, "global")
        else:
            cost = models.ising_chain(qubits, self.field)
        several = []
        for run in range(self.runs):
            key = key_for(seed, "race circuits", self.qubits, self.layers, run)
            whole = models.random_layers(self.qubits, self.layers, key)
            one = models.random_layers(qubits, self.layers, key, cost)
            axes = np.asarray(cast("circuits.Rotations", whole.layer[0]).axes)
            layer = (circuits.Rotations(axes[:, :qubits]), *one.layer[1:])
            several.append(circuits.Circuit(layer, cost, one.first, one.layers))
        return stack(several)

    def _row(self, trained: "Trained", energies: np.ndarray, points: np.ndarray) -> "Row":
        error = (trained.best - energies[0]) / (energies.mean() - energies[0])
        success = error <= self.threshold
        needed = np.where(success.any(axis=1), success.argmax(axis=1) + 1.0, np.inf)
        padded = np.full((2, self.runs, self.evaluations), np.nan)
        padded[0, :, : trained.spent], padded[1, :, : trained.spent] = error, trained.norms
        padded[0, :, trained.spent :] = error[:, -1:]
        curve, norms = (np.quantile(each, QUANTILES, axis=0).T[points - 1] for each in padded)
        return Row(squared_gradients(trained), error[:, -1], needed, curve, norms, trained.spent)

    def _variables(
        self, table: dict[str, np.ndarray], energies: np.ndarray, seed: int
    ) -> Variables:
        final, squares = table["final"], table["squares"]
        success = final <= self.threshold
        rate = success.mean(axis=1)
        spread = np.sqrt(rate * (1 - rate) / self.runs)
        medians = [bootstrapped(each, seed) for each in final]
        labels = [mitigations.load(name).LABEL for name in self.names()]
        return {
            **exact("label", "arm", labels, "name in figures"),
            **exact("ground", "", energies[0], "ground energy"),
            **exact("mean", "", energies.mean(), "mean of the spectrum"),
            **exact("spent", "arm", table["spent"], "evaluations a run"),
            **sampled(
                "gradient",
                "arm",
                squares.mean(axis=1),
                standard_error(squares, axis=1),
                "mean square of a derivative at the start, about zero",
            ),
            **sampled("success", "arm", rate, spread, "fraction of runs below the threshold"),
            **interval("success", [wilson(int(each.sum()), self.runs) for each in success]),
            **sampled(
                "median",
                "arm",
                np.median(final, axis=1),
                np.array([one.standard_error for one in medians]),
                "median error at the end",
            ),
            **interval("median", [one.confidence_interval for one in medians]),
            **draws("final", "arm run", final, "error at the end of each run"),
            **draws("needed", "arm run", table["needed"], "evaluations until success; inf: never"),
            **draws("curve", "arm evaluation quantile", table["curve"], "lowest error so far"),
            **draws("norm", "arm evaluation quantile", table["norms"], "norm of the gradient"),
        }


class Row(NamedTuple):
    """One arm: by run the mean square of the derivatives at the start, the final error and the
    evaluations until success; quantiles over the runs of the error and of the gradient's norm.
    """

    squares: np.ndarray
    final: np.ndarray
    needed: np.ndarray
    curve: np.ndarray
    norms: np.ndarray
    spent: int


def spectrum(circuits: "Circuit") -> np.ndarray:
    """All energies of the first circuit's observable, by dense diagonalisation."""
    import jax
    import jax.numpy as jnp

    first = jax.tree.map(lambda leaf: leaf[0], circuits.observable)
    with jax.enable_x64(True):
        matrix = jax.vmap(first.apply)(jnp.eye(2**circuits.num_qubits, dtype=complex))
    return np.linalg.eigvalsh(np.asarray(matrix))


def squared_gradients(trained: "Trained") -> np.ndarray:
    """The mean square of the cost's derivatives at each run's start, per radian squared."""
    import jax

    from replication.landscapes.functions import each_with_gradient

    circuits = jax.tree.map(np.asarray, trained.circuits)
    return (each_with_gradient(circuits, trained.start)[1] ** 2).mean(axis=1)


def wilson(successes: int, runs: int) -> Any:
    """Wilson's interval of a probability."""
    from scipy.stats import binomtest

    return binomtest(successes, runs).proportion_ci(CONFIDENCE, method="wilson")


def bootstrapped(errors: np.ndarray, seed: int) -> Any:
    """Percentile interval and standard error of the median, by resampling the runs."""
    from scipy.stats import bootstrap

    rng = generator_for(seed, "race bootstrap")
    return bootstrap((errors,), np.median, method="percentile", rng=rng)


def interval(name: str, ends: list[Any]) -> Variables:
    """The confidence interval of a sampled number, its ends along a dimension."""
    about = {"long_name": f"its {CONFIDENCE:.0%} confidence interval", "interval": CONFIDENCE}
    return {f"{name}_interval": (("arm", "end"), np.array([[*each] for each in ends]), about)}
