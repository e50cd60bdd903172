"""The study: the only home of a setting's default, its meaning and where its value comes from."""

import hashlib
import json
import math
import re
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import pydantic
import yaml

from replication import optimisers
from replication.errors import UserError

Origin = Literal["paper", "code", "inferred", "chosen"]
"""printed in the paper / public re-implementations agree on it / own calculation / declared here"""


MAIN = "main"
"""Name of the protocol that an experiment's `evaluation` is."""

EVERY = "all"
"""Local optimiser of a protocol that stands for one with each optimiser of the package."""


REGULAR_DEGREE = 4
"""Degree of regular graphs where none is given."""


def setting(default: Any, origin: Origin, description: str, **limits: Any) -> Any:
    """A field with its default, provenance label and meaning."""
    return pydantic.Field(
        default, description=description, json_schema_extra={"origin": origin}, **limits
    )


class _Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class MaxCutSettings(_Model):
    """MaxCut on random graphs; by default G(n, k/n), k uniform on 3 … n-1, unit weights."""

    kind: Literal["maxcut"] = "maxcut"
    graphs: Literal[
        "erdos_renyi", "regular", "watts_strogatz", "barabasi_albert", "planted_partition"
    ] = setting("erdos_renyi", "code", "law of the graphs")
    degree: int | None = setting(
        None,
        "code",
        "k of G(n, k/n) and of a planted partition (mean degree), degree of regular graphs, "
        "neighbours of Watts-Strogatz, edges of a new node for Barabási-Albert; null for k uniform "
        "on 3 … n-1, and 4, or 2 for Barabási-Albert, for the others",
        ge=1,
    )
    weights: Literal["unit", "uniform", "normal"] = setting(
        "unit", "inferred", "edge weights: 1, uniform on [0, 2], or 1 + N(0, 1)/2"
    )


class SKSettings(_Model):
    """Sherrington-Kirkpatrick model; by default Gaussian couplings and no field."""

    kind: Literal["sk"] = "sk"
    couplings: Literal["gaussian", "signs", "uniform"] = setting(
        "gaussian", "chosen", "law of J √n: N(0, 1), ±1 with equal odds, or uniform on [-1, 1]"
    )
    fields: bool = setting(False, "chosen", "local fields from the law of the couplings")


class HubbardSettings(_Model):
    """Fermi-Hubbard ladders, open boundary, half filling."""

    kind: Literal["hubbard"] = "hubbard"
    t_range: tuple[pydantic.PositiveFloat, pydantic.PositiveFloat] = setting(
        (0.1, 2.0), "inferred", "hopping t, uniform on this range"
    )
    u_range: tuple[pydantic.PositiveFloat, pydantic.PositiveFloat] = setting(
        (0.1, 4.0), "inferred", "on-site repulsion U, uniform on this range"
    )
    ansatz: Literal["swap_network", "grouped"] = setting(
        "swap_network", "inferred", "circuit: fermionic swap network, or whole groups exponentiated"
    )
    filling: tuple[pydantic.PositiveInt, pydantic.PositiveInt] | None = setting(
        None, "inferred", "particles of either spin; null for half filling"
    )

    @pydantic.field_validator("t_range", "u_range")
    @classmethod
    def _increasing(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] > value[1]:
            raise ValueError(f"the range [{value[0]}, {value[1]}] must increase")
        return value


Problem = Annotated[
    MaxCutSettings | SKSettings | HubbardSettings, pydantic.Field(discriminator="kind")
]


class Learner(_Model):
    """One way to train the meta-learner."""

    label: str | None = setting(None, "chosen", "its name in figures; null for its key")
    shown_in: Literal["main", "ablations", "sensitivity"] = setting(
        "main", "chosen", "the figure it is trained for; only those of `main` may be the headline"
    )

    form: Literal["plain", "residual"] = setting(
        "plain",
        "chosen",
        "plain, the paper's map: θ_{t+1} = head(h_{t+1}); residual, tried beside it here: "
        "θ_{t+1} = θ_t + head(h_{t+1})",
    )
    headline: bool = setting(
        True, "chosen", "whether the validation loss may choose it for the main figure"
    )
    train_sizes: tuple[str, ...] | None = setting(
        None, "chosen", "sizes it trains on; null for those of the experiment"
    )
    test_sizes: tuple[str, ...] | None = setting(
        None,
        "chosen",
        "sizes it is tested on; null for those of the experiment, or for the headline size alone "
        "where it is not shown in `main`",
    )
    inputs: Literal["angles_and_cost", "angles"] = setting(
        "angles_and_cost", "paper", "what the network is told after a query; `angles`: y is 0"
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
    norm: Literal[1, 2] = setting(
        1, "chosen", "norm of the Pauli coefficients by which costs are divided for the network"
    )
    queries: int | None = setting(
        None, "code", "queries T of its roll-out; null for those of the evaluation", ge=1
    )
    instances: int | None = setting(
        None, "chosen", "training instances used of each size; null for all", ge=1
    )
    hidden: int = setting(64, "chosen", "hidden units of the LSTM", ge=1, le=1024)
    steps: int = setting(4000, "chosen", "training steps", ge=1)
    batch: int = setting(64, "chosen", "instances a step, shared out over the training sizes", ge=1)
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
    validate_every: int = setting(
        50, "chosen", "steps between two looks at the validation set", ge=1
    )
    patience: int = setting(
        20, "chosen", "looks without improvement after which a seed stops", ge=1
    )

    @pydantic.field_validator("warm_up")
    @classmethod
    def _ordered(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not 0 <= value[0] <= value[1] <= 1:
            raise ValueError("must be two increasing fractions between 0 and 1")
        return value


class Constants(_Model):
    """The best single angle vector on the training set."""

    restarts: int = setting(
        16, "chosen", "starting vectors: the class heuristic and random ones", ge=1
    )
    steps: int = setting(200, "chosen", "Adam steps a starting vector", ge=1)
    instances: int = setting(
        128, "chosen", "training instances used, shared out over the sizes", ge=1
    )


class Reference(_Model):
    """The best optimum anybody found, to which relative errors refer."""

    random_starts: int = setting(50, "chosen", "random starting points an instance", ge=1)
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


class Evaluation(_Model):
    """How a start is judged."""

    budget: Budget = setting(400, "chosen", "cost queries an instance, those of the start included")
    optimiser: str = setting("nelder_mead", "paper", "local optimiser that goes on from the start")
    simplex: Simplex = setting(
        (0.075, 0.15),
        "chosen",
        "edges of the initial simplex: QAOA [γ, β], Hubbard [T_h, T_v, V] or one for all",
    )
    queries: int = setting(10, "code", "queries T of the RNN's roll-out, in training and use", ge=1)
    shots: Shots | None = setting(
        None, "chosen", "shots a query, the cost being estimated from them; null for exact costs"
    )
    feedback: Feedback = setting(
        "own",
        "paper",
        "cost that the RNN is told: its instance's own, that of another instance at the same "
        "query, or the mean over the instances",
    )


class Protocol(_Model):
    """Another way to evaluate; what is null is as in the experiment's `evaluation`."""

    label: str = setting(
        "", "chosen", "its name in figures; follows the optimiser's where that is `all`"
    )
    shown_in: Literal["optimisers", "ablations", "sensitivity", "shots"] = setting(
        ..., "chosen", "the figure it is made for"
    )
    samples: tuple[str, ...] | None = setting(
        None, "chosen", "test samples it is applied to; null for the headline size"
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
    shots: Shots | None = setting(None, "chosen", "shots a query")
    feedback: Feedback | None = setting(None, "chosen", "cost that the RNN is told")

    @pydantic.model_validator(mode="after")
    def _labelled(self) -> "Protocol":
        if not self.label and self.optimiser != EVERY:
            raise ValueError(f"label: only a protocol of optimiser {EVERY!r} may do without")
        return self

    def with_each(self, others: Iterable[str]) -> dict[str, "Protocol"]:
        """By the name of each of some local optimisers, this protocol with it."""
        found = {}
        for name in others:
            label = ", ".join(filter(None, (optimisers.load(name).LABEL, self.label)))
            found[name] = self.model_copy(update={"optimiser": name, "label": label})
        return found


class TestSample(_Model):
    """Test instances from another law than the experiment's."""

    __test__ = False  # pytest would take the name for a test's

    label: str = setting(..., "chosen", "its name in figures")
    size: str = setting(..., "chosen", "size of the instances")
    instances: pydantic.PositiveInt = setting(100, "chosen", "number of instances")
    problem: Problem = setting(..., "chosen", "the law they are drawn from")


class Statistics(_Model):
    """How intervals and tests are made."""

    resamples: int = setting(2000, "chosen", "bootstrap resamples of the instances", ge=100)
    confidence: float = setting(
        0.95, "chosen", "confidence level of bands and intervals", gt=0.5, lt=1
    )
    targets: tuple[pydantic.PositiveFloat, ...] = setting(
        (1e-1, 1e-2, 1e-3), "chosen", "relative errors to which queries are counted", min_length=1
    )


class Claims(_Model):
    """Thresholds of the study from which verdicts on the paper's claims follow."""

    error: float = setting(
        0.02, "chosen", "C1: median relative error after the RNN's queries is at most this", gt=0
    )
    target: pydantic.PositiveFloat = setting(
        1e-2, "chosen", "C2: the accuracy to which queries are counted, one of `targets`"
    )
    saving: float = setting(
        1.5, "chosen", "C2: another start needs at least this factor more queries", ge=1
    )
    alpha: float = setting(
        0.05, "chosen", "level of the one-sided tests, Holm-corrected", gt=0, lt=0.5
    )
    growth: float = setting(
        0.05, "chosen", "C3, R1: the error bound outside the sizes or laws of the training", gt=0
    )


class Experiment(_Model):
    """One problem class at one depth: its sizes, its learners and how they are judged."""

    problem: Problem
    title: str = setting(..., "chosen", "heading in the figures")
    seed: int | None = setting(
        None, "chosen", "base seed of its draws; null for the study's", ge=0, lt=2**63
    )
    variant_of: str | None = setting(
        None, "chosen", "experiment of which it varies a setting: shown in `sensitivity` alone"
    )
    depth: int = setting(..., "chosen", "QAOA layers p, or Trotter steps r", ge=1, le=16)
    train_sizes: tuple[str, ...] = setting(
        ...,
        "chosen",
        "sizes of the training instances; MaxCut's n = 6 … 9 alone are those of the code",
        min_length=1,
    )
    train_instances: int = setting(
        56, "chosen", "training instances for each size, for MaxCut for each (n, k)", ge=1
    )
    validation_instances: int = setting(32, "chosen", "validation instances for each size", ge=1)
    test: dict[str, pydantic.PositiveInt] = setting(
        ...,
        "chosen",
        "test instances for each test size; MaxCut's n = 12 alone is that of the code, and "
        "inferred from the paper's shots",
    )
    headline_size: str = setting(
        ...,
        "chosen",
        "test size shown in the main figure; MaxCut's n = 12 alone is that of the code, and "
        "inferred from the paper's shots",
    )
    transfer: dict[str, TestSample] = setting(
        {}, "chosen", "test samples outside the training law, by name"
    )
    shots_size: str | None = setting(
        None, "inferred", "size whose shots a query stand in Table 1; null for the headline size"
    )
    learners: dict[str, Learner] = setting(..., "chosen", "ways to train, by name")
    starts: tuple[str, ...] | None = setting(
        None,
        "chosen",
        "starts compared, by file name in replication/starts; null for all, where the paper has "
        "random angles and the class heuristic, and the others are controls of ours",
    )
    constants: Constants = Constants()
    reference: Reference = Reference()
    evaluation: Evaluation = Evaluation()
    protocols: dict[str, Protocol] = setting({}, "chosen", "other ways to evaluate, by name")

    @pydantic.field_validator("protocols")
    @classmethod
    def _with_each_optimiser(
        cls, value: dict[str, Protocol], info: pydantic.ValidationInfo
    ) -> dict[str, Protocol]:
        """Protocols of every optimiser spelt out, as `<protocol>-<optimiser>`."""
        own = info.data.get("evaluation", Evaluation()).optimiser
        others = [name for name in optimisers.names() if name != own]
        found: dict[str, Protocol] = {}
        for key, one in value.items():
            if one.optimiser == EVERY:
                found |= {f"{key}-{n}": each for n, each in one.with_each(others).items()}
            else:
                found[key] = one
        return found

    @pydantic.field_validator("test")
    @classmethod
    def _by_size(cls, value: dict[str, int]) -> dict[str, int]:
        """Smallest first, whichever study a size was named in."""
        return dict(sorted(value.items(), key=lambda item: extent(item[0])))

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> "Experiment":
        for name, sample in self.samples.items():
            check_size(sample.problem, sample.size)
            if (sample.problem.kind == "hubbard") != (self.problem.kind == "hubbard"):
                raise ValueError(
                    f"transfer {name}: a network for {self.problem.kind} cannot propose the angles "
                    f"of {sample.problem.kind}"
                )
        for size in (*self.train_sizes, *filter(None, [self.shots_size])):
            check_size(self.problem, size)
        for name in self.transfer:
            if name in {*self.test, "train", "validation"}:
                raise ValueError(f"transfer {name}: the name is taken")
        for name, protocol in self.protocols.items():
            if name == MAIN:
                raise ValueError(f"protocols: the name {MAIN} is taken by `evaluation`")
            for sample_name in protocol.samples or ():
                if sample_name not in self.samples:
                    raise ValueError(
                        f"protocol {name}: sample {sample_name} is not among "
                        f"{', '.join(self.samples)}"
                    )
        if self.problem.kind == "hubbard":
            sizes = sorted({*self.train_sizes, *(one.size for one in self.samples.values())})
            chains = [size for size in sizes if "1" in size.split("x")]
            if chains and (len(chains) < len(sizes) or len({c[:2] == "1x" for c in chains}) > 1):
                raise ValueError(
                    f"sizes {', '.join(sizes)} cannot be mixed: along a side of length 1 there is "
                    "no angle"
                )
        for name, learner in self.learners.items():
            for size in learner.train_sizes or ():
                if size not in self.train_sizes:
                    raise ValueError(
                        f"learner {name}: train size {size} is not among "
                        f"{', '.join(self.train_sizes)}"
                    )
            for size in learner.test_sizes or ():
                if size not in self.test:
                    raise ValueError(
                        f"learner {name}: test size {size} is not among {', '.join(self.test)}"
                    )
        if self.headline_size not in self.test:
            raise ValueError(
                f"headline_size {self.headline_size} is not among the test sizes "
                f"{', '.join(self.test)}"
            )
        if not self.candidates:
            raise ValueError("at least one learner must have headline: true and shown_in: main")
        return self

    @property
    def samples(self) -> dict[str, TestSample]:
        """Every test sample by name: the test sizes under the experiment's law, then `transfer`."""
        own = {
            size: TestSample(label=size, size=size, instances=count, problem=self.problem)
            for size, count in self.test.items()
        }
        return own | self.transfer

    @property
    def candidates(self) -> list[str]:
        """Learners among whose networks the validation loss chooses."""
        return [n for n, one in self.learners.items() if one.headline and one.shown_in == "main"]

    def protocols_on(self, sample: str) -> list[str]:
        """Names of the ways in which a sample is evaluated, the experiment's own first."""
        return [MAIN] + [
            name
            for name, one in self.protocols.items()
            if sample in (one.samples or (self.headline_size,))
        ]

    def evaluation_under(self, protocol: str) -> Evaluation:
        """`evaluation` with what a protocol changes."""
        if protocol == MAIN:
            return self.evaluation
        fields = Evaluation.model_fields.keys() & Protocol.model_fields.keys()
        other = self.protocols[protocol]
        changes = {name: getattr(other, name) for name in fields}
        return self.evaluation.model_copy(
            update={name: value for name, value in changes.items() if value is not None}
        )

    @property
    def needs_start(self) -> bool:
        """Whether the roll-out begins at a start that must be queried (Hubbard's adiabatic one)."""
        return self.problem.kind == "hubbard"

    @property
    def roll_out_queries(self) -> int:
        """Cost queries of a whole roll-out, that of its start included where it needs one."""
        return self.evaluation.queries + self.needs_start

    def train_sizes_of(self, learner: str) -> tuple[str, ...]:
        """Sizes that a learner trains on."""
        return self.learners[learner].train_sizes or self.train_sizes

    def learners_tested_on(self, sample: str) -> list[str]:
        """Names of the learners of which every seed is tested on a sample."""
        found = []
        for name, learner in self.learners.items():
            sizes = tuple(self.test) if learner.shown_in == "main" else (self.headline_size,)
            if sample in (learner.test_sizes or sizes):
                found.append(name)
        return found

    def learners_shown_in(self, figure: str) -> list[str]:
        """Names of the learners that are trained for a figure."""
        return [name for name, one in self.learners.items() if one.shown_in == figure]

    def queries_of(self, learner: str) -> int:
        """Queries T that a learner is trained for."""
        return self.learners[learner].queries or self.evaluation.queries

    def training_of(self, learner: str) -> tuple[dict[str, Any], tuple[str, ...], int]:
        """What a learner's training depends on: its settings, sizes and queries."""
        elsewhere = {"label", "shown_in", "headline", "train_sizes", "test_sizes", "queries"}
        settings = self.learners[learner].model_dump(mode="json", exclude=elsewhere)
        return settings, self.train_sizes_of(learner), self.queries_of(learner)


class Study(_Model):
    """A whole study; `replication/studies/*.yaml` holds what differs from the defaults."""

    title: str = setting(..., "chosen", "one line about the study")
    seed: int = setting(20190712, "chosen", "base seed of every draw", ge=0, lt=2**63)
    experiments: dict[str, Experiment] = setting(..., "chosen", "experiments by name")
    headline: tuple[str, ...] | None = setting(
        None, "chosen", "experiments of the main figure and of the claims; null for all"
    )
    statistics: Statistics = Statistics()
    claims: Claims = Claims()

    @pydantic.model_validator(mode="after")
    def _variants(self) -> "Study":
        for name, one in self.experiments.items():
            base = self.experiments.get(one.variant_of or name)
            if base is None or (one.variant_of and base.variant_of):
                allowed = [n for n, other in self.experiments.items() if not other.variant_of]
                raise ValueError(
                    f"experiments.{name}.variant_of: {one.variant_of!r} must be one of "
                    f"{', '.join(allowed)}"
                )
        for name in self.headline or ():
            if name not in self.mains:
                raise ValueError(f"headline: {name!r} must be one of {', '.join(self.mains)}")
        if self.claims.target not in self.statistics.targets:
            raise ValueError(
                f"claims.target: {self.claims.target:g} must be one of statistics.targets, "
                f"{', '.join(f'{target:g}' for target in self.statistics.targets)}"
            )
        return self

    @property
    def mains(self) -> dict[str, Experiment]:
        """The experiments that are not variants of others."""
        return {name: one for name, one in self.experiments.items() if not one.variant_of}

    def of(self, experiment: str | None) -> "Study":
        """The study as the jobs of one experiment see it: its base seed is the experiment's own."""
        own = self.experiments[experiment].seed if experiment else None
        return self if own is None else self.model_copy(update={"seed": own})

    @property
    def headlines(self) -> dict[str, Experiment]:
        """The experiments of the main figure and of the claims."""
        return {name: self.experiments[name] for name in self.headline or self.mains}

    @pydantic.field_validator("experiments")
    @classmethod
    def _named(cls, value: dict[str, Experiment]) -> dict[str, Experiment]:
        for name in [
            *value,
            *(n for one in value.values() for n in (*one.learners, *one.samples, *one.protocols)),
        ]:
            if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9_-]*", name):
                raise ValueError(
                    f"name {name!r} must begin with a letter or digit and hold only these, - and _"
                )
        if not value:
            raise ValueError("at least one experiment is needed")
        return value


def check_size(problem: Problem, size: str) -> None:
    """Refuse a size label that its class cannot simulate."""
    if problem.kind == "hubbard":
        parts = size.split("x")
        if len(parts) != 2 or not all(re.fullmatch("[1-9][0-9]*", part) for part in parts):
            raise ValueError(f"size {size!r} must be like '2x3' (L_x by L_y sites)")
        sites = int(parts[0]) * int(parts[1])
        if sites % 2 and problem.filling is None:
            raise ValueError(f"size {size!r} has {sites} sites; half filling needs an even number")
        if problem.filling is not None and max(problem.filling) > sites:
            raise ValueError(
                f"filling {list(problem.filling)} does not fit size {size!r} of {sites} sites"
            )
        if sites > 12:
            memory = _gibibytes(16.0 * math.comb(sites, sites // 2) ** 2) if sites < 500 else "∞"
            raise ValueError(
                f"size {size!r} is out of reach: one state of {sites} sites takes {memory} GiB; "
                "at most 12 sites are allowed"
            )
        return
    if not re.fullmatch("[1-9][0-9]*", size) or int(size) < 4:
        raise ValueError(f"size {size!r} must be a number of qubits from 4 to 24")
    if int(size) > 24:
        memory = _gibibytes(16.0 * 2.0 ** int(size)) if int(size) < 1000 else "∞"
        raise ValueError(
            f"size {size!r} is out of reach: one state of {size} qubits takes {memory} GiB; "
            "at most 24 qubits are allowed"
        )
    if problem.kind == "maxcut" and problem.degree is not None and problem.degree >= int(size):
        raise ValueError(f"degree {problem.degree} must be below the size, {size}")
    if problem.kind == "maxcut" and problem.graphs != "erdos_renyi":
        degree = problem.degree or REGULAR_DEGREE
        if problem.graphs == "regular" and degree * int(size) % 2:
            raise ValueError(
                f"no graph on {size} nodes is {degree}-regular: size × degree must be even"
            )
        if problem.graphs == "watts_strogatz" and degree % 2:
            raise ValueError(f"degree {degree} must be even for Watts-Strogatz graphs")


def _gibibytes(size: float) -> str:
    return f"{size / 2**30:.3g}"


def extent(size: str) -> int:
    """Qubits of a graph or glass, sites of a lattice; 0 for what is no size."""
    return math.prod(map(int, re.findall("[0-9]+", size) or ["0"]))


def digest(*parts: Any) -> str:
    """First 16 hexadecimal digits of the SHA-256 of the parts' canonical JSON."""
    plain = [part.model_dump(mode="json") if isinstance(part, _Model) else part for part in parts]
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def study_names() -> list[str]:
    """Names of the studies that come with the package."""
    folder = resources.files("replication") / "studies"
    return sorted(Path(f.name).stem for f in folder.iterdir() if f.name.endswith(".yaml"))


def _sentence(error: pydantic.ValidationError, source: str) -> str:
    """One sentence for one of pydantic's complaints, naming key and allowed values."""
    # A misspelt key comes first: it is often why another one is missing.
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    where = ".".join(str(part) for part in first["loc"]) or "the study"
    if first["type"] == "extra_forbidden":
        return (
            f"{source}: unknown key {where}; allowed here are {', '.join(_siblings(first['loc']))}"
        )
    message = first["msg"].removeprefix("Value error, ")
    value = "" if first["type"] in ("missing", "value_error") else f" (got {first['input']!r})"
    return f"{source}: {where}: {message[:1].lower() + message[1:]}{value}"


def models_in(annotation: Any) -> list[type[_Model]]:
    """Models of settings that a type annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, _Model):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def _siblings(location: tuple[int | str, ...]) -> list[str]:
    """Keys allowed where an unknown one was found."""
    models: list[type[_Model]] = [Study]
    for part in location[:-1]:
        inner = [
            found
            for model in models
            if part in model.model_fields
            for found in models_in(model.model_fields[str(part)].annotation)
        ]
        kinds = [m for m in models if "kind" in m.model_fields and m().kind == part]  # type: ignore[attr-defined]
        # What is neither a field nor a kind of problem is a name, such as an experiment's.
        models = inner or kinds or models
    return sorted({name for model in models for name in model.model_fields})


def _read(text: str) -> dict[str, Any]:
    """The mapping that a study file holds, laid over the one that its `extends` names."""
    if text in study_names():
        content = (resources.files("replication") / "studies" / f"{text}.yaml").read_text(
            encoding="utf-8"
        )
    elif Path(text).suffix in (".yaml", ".yml"):
        try:
            content = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"study file {text} cannot be read: {error}") from None
    else:
        raise UserError(
            f"unknown study {text!r}; "
            f"allowed are {', '.join(study_names())} or a path ending in .yaml"
        )
    try:
        data = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise UserError(f"study {text} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        raise UserError(
            f"study {text} must be a mapping with the keys {', '.join(Study.model_fields)}"
        )
    base = data.pop("extends", None)
    if base is None:
        return data
    if base == text or base not in study_names():
        others = [name for name in study_names() if name != text]
        raise UserError(
            f"study {text}: extends: unknown study {base!r}; allowed are {', '.join(others)}"
        )
    return _laid_over(_read(base), data)


def _laid_over(below: Any, above: Any) -> Any:
    """`above` where it says something, else `below`; mappings are merged key by key."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return below | {key: _laid_over(below.get(key), value) for key, value in above.items()}


def load_study(name_or_path: str | Path) -> Study:
    """Read and validate a study.

    **Arguments:**

    - `name_or_path`: a name such as `"paper"` or `"smoke"`, or the path of a YAML file. A file may
      name one of the studies that come with the package as `extends`: it then holds what differs
      from that one, key by key.

    **Raises:** [`UserError`][] for an unknown name, a file that is not a study, an unknown key or
    a value out of range; the sentence names the key and what is allowed.
    """
    text = str(name_or_path)
    data = _read(text)
    try:
        return Study.model_validate(data)
    except pydantic.ValidationError as error:
        raise UserError(_sentence(error, f"study {text}")) from None


def dump_study(study: Study) -> str:
    """YAML of a study with every default filled in; [`load_study`][] reads it back."""
    return yaml.safe_dump(study.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def schema_text() -> str:
    """JSON schema of a study file, as `replication/studies/schema.json` holds it."""
    return json.dumps(Study.model_json_schema(), indent=2, ensure_ascii=False) + "\n"
