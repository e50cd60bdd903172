"""Settings of meta-learning experiments: how to train, how to find references, how to evaluate."""

from collections.abc import Iterable
from typing import Annotated, Literal

import pydantic

from replication.ensembles import Problem
from replication.settings import Settings, setting

Role = Literal["candidate", "other", "ablation", "sensitivity"]
COMPARED: tuple[Role, Role] = ("candidate", "other")
"""Roles of the learners of the main comparison."""

EVERY = "all"
"""Local optimiser that makes a protocol one with each optimiser of the package."""


class Learner(Settings):
    """One way to train the meta-learner."""

    role: Role = setting(
        "candidate",
        "chosen",
        "candidate: the validation set may choose one of its networks for the main comparison; "
        "other: trained and tested beside those, never chosen; ablation, sensitivity: a variation, "
        "compared with its base on the headline size",
    )
    form: Literal["plain", "residual"] = setting(
        "plain",
        "chosen",
        "plain, the paper's map: θ_{t+1} = head(h_{t+1}); residual, tried beside it here: "
        "θ_{t+1} = θ_t + head(h_{t+1})",
    )
    base: str | None = setting(
        None,
        "chosen",
        "learner that it is compared with, of this experiment or of the one that this is a variant "
        "of; null for the first candidate of its form",
        exclude_if=lambda value: value is None,
    )
    train_sizes: tuple[str, ...] | None = setting(
        None, "chosen", "sizes it trains on; null for those of the experiment"
    )
    test_sizes: tuple[str, ...] | None = setting(
        None,
        "chosen",
        "sizes it is tested on; null for those of the experiment, or for the headline size alone "
        "of an ablation or of the sensitivity",
    )
    inputs: Literal["angles_and_cost", "angles"] = setting(
        "angles_and_cost", "paper", "what the network is given after a query; `angles`: y is 0"
    )
    theta_0: Literal["default", "constants"] = setting(
        "default",
        "chosen",
        "where the roll-out begins: zero for QAOA and the adiabatic start for Hubbard, or the "
        "trained constant angles (whose cost is a query)",
    )
    initial: Literal["constants", "random"] = setting(
        "constants", "chosen", "first angles of the untrained network"
    )
    units: Literal["coefficients", "natural"] = setting(
        "coefficients",
        "chosen",
        "what the network's angles and costs are measured in: those of the Hamiltonian's "
        "coefficients, as given; natural, which do not depend on size, density and unit of energy",
        exclude_if=lambda value: value == "coefficients",
    )
    norm: Literal[1, 2] = setting(
        1,
        "chosen",
        "norm of the Pauli coefficients by which costs are divided for the network; not in "
        "natural units",
    )
    queries: int | None = setting(
        None, "code", "queries T of its roll-out; null for those of the evaluation", ge=1
    )
    instances: int | None = setting(
        None, "chosen", "training instances used of each size; null for all", ge=1
    )
    hidden: int = setting(64, "chosen", "hidden units of the LSTM", ge=1, le=1024)
    steps: int = setting(4000, "chosen", "training steps", ge=1)
    batch: int = setting(64, "chosen", "instances a step, divided among the training sizes", ge=1)
    learning_rate: float = setting(
        1e-2, "chosen", "peak learning rate of Adam, cosine decay to 1 % of it", gt=0, le=1
    )
    clip: float = setting(1.0, "chosen", "global-norm gradient clipping", gt=0)
    loss: Literal["observed_improvement", "cumulative_regret", "final_value", "weighted"] = setting(
        "observed_improvement", "paper", "meta-loss over the roll-out"
    )
    warm_up: tuple[float, float] = setting(
        (1 / 3, 2 / 3),
        "chosen",
        "fractions of the training between which the loss blends from cumulative regret to `loss`; "
        "[0, 0] for no warm-up",
    )
    seeds: int = setting(5, "chosen", "training seeds, trained side by side", ge=1)
    validate_every: int = setting(50, "chosen", "steps between two validation checks", ge=1)
    patience: int = setting(
        20, "chosen", "validation checks without improvement after which a seed stops", ge=1
    )

    @pydantic.model_validator(mode="after")
    def _one_scale(self) -> "Learner":
        if self.units == "natural" and self.norm != 1:
            raise ValueError("norm: natural units have a scale of their own; leave norm out")
        return self

    @pydantic.field_validator("warm_up")
    @classmethod
    def _ordered(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not 0 <= value[0] <= value[1] <= 1:
            raise ValueError("must be two increasing fractions between 0 and 1")
        return value


class Constants(Settings):
    """The best single angle vector on the training set."""

    restarts: int = setting(
        16, "chosen", "starting vectors: the class heuristic and random ones", ge=1
    )
    steps: int = setting(200, "chosen", "Adam steps a starting vector", ge=1)
    instances: int = setting(
        128, "chosen", "training instances used, divided among the sizes", ge=1
    )


class Reference(Settings):
    """The best optimum anybody found, to which relative errors refer."""

    random_starts: int = setting(
        50,
        "chosen",
        "random starting points an instance; in training and validation beside the class heuristic",
        ge=1,
    )
    screening_steps: int = setting(20, "chosen", "Adam steps that each of them gets", ge=1)
    kept: int = setting(15, "chosen", "best of them that go on", ge=1)
    descent_steps: int = setting(60, "chosen", "Adam steps that those get", ge=1)
    polished: int = setting(3, "chosen", "best of them polished with L-BFGS-B", ge=1)
    training_instances: int = setting(
        64, "chosen", "training instances whose optima give the median start", ge=1
    )


Budget = Annotated[int, pydantic.Field(ge=20)]
Simplex = Annotated[tuple[pydantic.PositiveFloat, ...], pydantic.Field(min_length=1, max_length=3)]
Shots = Annotated[int, pydantic.Field(ge=10, le=10**9)]
Feedback = Literal["own", "shuffled", "mean"]


class Evaluation(Settings):
    """How a start is judged."""

    budget: Budget = setting(400, "chosen", "cost queries an instance, those of the start included")
    optimiser: str = setting("nelder_mead", "paper", "local optimiser that goes on from the start")
    simplex: Simplex = setting(
        (0.075, 0.15),
        "chosen",
        "edges of the initial simplex: QAOA [γ, β], Hubbard [T_h, T_v, V] or one for all",
    )
    whitened: bool = setting(
        False,
        "chosen",
        "whether the optimiser searches in coordinates in which the mean cost at the training "
        "optima curves alike in all directions; the simplex is then one edge in these",
        exclude_if=lambda value: not value,
    )
    queries: int = setting(10, "code", "queries T of the RNN's roll-out, in training and use", ge=1)
    shots: Shots | None = setting(
        None, "chosen", "shots a query, the cost being estimated from them; null for exact costs"
    )
    feedback: Feedback = setting(
        "own",
        "paper",
        "cost that the RNN is given: its instance's own, that of another instance at the same "
        "query, or the mean over the instances",
    )


class Protocol(Settings):
    """Another way to evaluate; what is null is as in the experiment's `evaluation`."""

    test_sets: tuple[str, ...] | None = setting(
        None, "chosen", "test sets it is applied to; null for the headline size"
    )
    starts: tuple[str, ...] | None = setting(
        None, "chosen", "starts compared; null for those of the experiment"
    )
    budget: Budget | None = setting(None, "chosen", "cost queries an instance")
    optimiser: str | None = setting(
        None,
        "chosen",
        "local optimiser; `all` for a protocol with each one of the package but the experiment's",
    )
    simplex: Simplex | None = setting(None, "chosen", "edges of the initial simplex")
    whitened: bool | None = setting(
        None,
        "chosen",
        "whether the optimiser searches in whitened coordinates",
        exclude_if=lambda value: value is None,
    )
    shots: Shots | None = setting(None, "chosen", "shots a query")
    feedback: Feedback | None = setting(None, "chosen", "cost that the RNN is given")

    @property
    def role(self) -> Literal["optimiser", "ablation", "shots", "sensitivity"]:
        """What it is for: the first of optimiser, feedback and shots that it sets."""
        if self.optimiser is not None:
            return "optimiser"
        if self.feedback is not None:
            return "ablation"
        return "sensitivity" if self.shots is None else "shots"

    def with_each(self, others: Iterable[str]) -> dict[str, "Protocol"]:
        """By the name of each of some local optimisers, this protocol with it."""
        return {name: self.model_copy(update={"optimiser": name}) for name in others}


class TestSet(Settings):
    """Test instances from another distribution than the experiment's."""

    __test__ = False  # pytest would take the name for a test's

    size: str = setting(..., "chosen", "size of the instances")
    instances: pydantic.PositiveInt = setting(100, "chosen", "number of instances")
    problem: Problem = setting(..., "chosen", "the distribution they are drawn from")
