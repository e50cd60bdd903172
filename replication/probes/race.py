"""Which mitigation of barren plateaus trains a circuit best, at an equal number of evaluations."""

from typing import TYPE_CHECKING, ClassVar, Literal, cast

import numpy as np
import pydantic

from replication import mitigations
from replication.probes.arms import Arm, compared, race_table
from replication.probes.base import Finding, Probe, exact
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
        circuits = self.stack(seed, self.qubits)
        energies = spectrum(circuits)
        arms = {}
        for name in track(self.names(), self.title):
            mitigation = mitigations.load(name)
            trained = mitigation.train(self.setting(seed, circuits, float(np.ptp(energies))))
            error = (trained.best - energies[0]) / (energies.mean() - energies[0])
            squares = squared_gradients(trained)
            arms[name] = Arm(mitigation.LABEL, squares, error, trained.norms)
        return race_table(arms, self.evaluations, self.threshold, seed).assign(
            exact("ground", "", energies[0], "ground energy")
            | exact("mean", "", energies.mean(), "mean of the spectrum")
        )

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """Each arm against uniform angles: `error_ratio_<arm>` and `gradient_ratio_<arm>`."""
        return compared(measured)

    def in_words(self) -> str:
        """What is trained, and the budget."""
        return (
            f"{self.qubits} qubits, {self.layers} layers, {self.runs} runs of "
            f"{self.evaluations} evaluations, success below {self.threshold:g}"
        )

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
