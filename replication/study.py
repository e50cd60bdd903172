"""The study: the only home of a setting's default, its meaning and where its value comes from."""

import hashlib
import json
import math
import re
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
import yaml

from replication.errors import UserError

Origin = Literal["paper", "code", "inferred", "chosen"]
"""printed in the paper / public re-implementations agree on it / own calculation / declared here"""


def setting(default: Any, origin: Origin, description: str, **limits: Any) -> Any:
    """A field with its default, provenance label and meaning."""
    return pydantic.Field(
        default, description=description, json_schema_extra={"origin": origin}, **limits
    )


class _Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class MaxCutSettings(_Model):
    """MaxCut on random graphs G(n, k/n), k uniform on 3 … n-1, unit weights."""

    kind: Literal["maxcut"] = "maxcut"


class SKSettings(_Model):
    """Sherrington-Kirkpatrick model with Gaussian couplings and no field."""

    kind: Literal["sk"] = "sk"


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

    @pydantic.field_validator("t_range", "u_range")
    @classmethod
    def _increasing(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] > value[1]:
            raise ValueError(f"the range [{value[0]}, {value[1]}] must increase")
        return value


class Learner(_Model):
    """One way to train the meta-learner."""

    form: Literal["plain", "residual"] = setting(
        "plain",
        "paper",
        "plain: θ_{t+1} = head(h_{t+1}); residual: θ_{t+1} = θ_t + head(h_{t+1})",
    )
    headline: bool = setting(
        True, "chosen", "whether the validation loss may choose it for the main figure"
    )
    train_sizes: tuple[str, ...] | None = setting(
        None, "chosen", "sizes it trains on; null for those of the experiment"
    )
    test_sizes: tuple[str, ...] | None = setting(
        None, "chosen", "sizes it is tested on; null for those of the experiment"
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
    short_steps: int = setting(80, "chosen", "Adam steps each of them gets", ge=1)
    polished: int = setting(5, "chosen", "best of them polished with L-BFGS-B", ge=1)
    training_instances: int = setting(
        64, "chosen", "training instances whose optima give the median start", ge=1
    )


class Evaluation(_Model):
    """How a start is judged."""

    budget: int = setting(
        400, "chosen", "cost queries an instance, those of the start included", ge=20
    )
    optimiser: str = setting("nelder_mead", "paper", "local optimiser that goes on from the start")
    simplex: tuple[pydantic.PositiveFloat, ...] = setting(
        (0.075, 0.15),
        "chosen",
        "edges of the initial simplex: QAOA [γ, β], Hubbard [T_h, T_v, V] or one for all",
        min_length=1,
        max_length=3,
    )
    queries: int = setting(10, "code", "queries T of the RNN's roll-out, in training and use", ge=1)


class Statistics(_Model):
    """How intervals and tests are made."""

    resamples: int = setting(2000, "chosen", "bootstrap resamples of the instances", ge=100)
    confidence: float = setting(
        0.95, "chosen", "confidence level of bands and intervals", gt=0.5, lt=1
    )
    targets: tuple[pydantic.PositiveFloat, ...] = setting(
        (1e-1, 1e-2, 1e-3), "chosen", "relative errors to which queries are counted", min_length=1
    )


class Experiment(_Model):
    """One problem class at one depth: its sizes, its learners and how they are judged."""

    problem: Annotated[
        MaxCutSettings | SKSettings | HubbardSettings, pydantic.Field(discriminator="kind")
    ]
    title: str = setting(..., "chosen", "heading in the figures")
    depth: int = setting(..., "chosen", "QAOA layers p, or Trotter steps r", ge=1, le=16)
    train_sizes: tuple[str, ...] = setting(
        ..., "code", "sizes of the training instances", min_length=1
    )
    train_instances: int = setting(
        56, "code", "training instances for each size, for MaxCut for each (n, k)", ge=1
    )
    validation_instances: int = setting(32, "chosen", "validation instances for each size", ge=1)
    test: dict[str, pydantic.PositiveInt] = setting(
        ..., "inferred", "test instances for each test size"
    )
    headline_size: str = setting(..., "inferred", "test size shown in the main figure")
    learners: dict[str, Learner] = setting(..., "chosen", "ways to train, by name")
    starts: tuple[str, ...] | None = setting(
        None, "paper", "starts compared, by file name in replication/starts; null for all"
    )
    constants: Constants = Constants()
    reference: Reference = Reference()
    evaluation: Evaluation = Evaluation()

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> "Experiment":
        for size in (*self.train_sizes, *self.test):
            check_size(self.problem.kind, size)
        if self.problem.kind == "hubbard":
            sizes = sorted({*self.train_sizes, *self.test})
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
        if not any(learner.headline for learner in self.learners.values()):
            raise ValueError("at least one learner must have headline: true")
        return self

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

    def learners_tested_on(self, size: str) -> list[str]:
        """Names of the learners that are tested on a size."""
        return [
            n for n, one in self.learners.items() if size in (one.test_sizes or tuple(self.test))
        ]


class Study(_Model):
    """A whole study; `replication/studies/*.yaml` holds what differs from the defaults."""

    title: str = setting(..., "chosen", "one line about the study")
    seed: int = setting(20190712, "chosen", "base seed of every draw", ge=0, lt=2**63)
    experiments: dict[str, Experiment] = setting(..., "chosen", "experiments by name")
    statistics: Statistics = Statistics()

    @pydantic.field_validator("experiments")
    @classmethod
    def _named(cls, value: dict[str, Experiment]) -> dict[str, Experiment]:
        for name in [*value, *(n for one in value.values() for n in one.learners)]:
            if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9_-]*", name):
                raise ValueError(
                    f"name {name!r} must begin with a letter or digit and hold only these, - and _"
                )
        if not value:
            raise ValueError("at least one experiment is needed")
        return value


def check_size(kind: str, size: str) -> None:
    """Refuse a size label that its class cannot simulate."""
    if kind == "hubbard":
        parts = size.split("x")
        if len(parts) != 2 or not all(re.fullmatch("[1-9][0-9]*", part) for part in parts):
            raise ValueError(f"size {size!r} must be like '2x3' (L_x by L_y sites)")
        sites = int(parts[0]) * int(parts[1])
        if sites % 2:
            raise ValueError(f"size {size!r} has {sites} sites; half filling needs an even number")
        if sites > 12:
            memory = _gibibytes(16.0 * math.comb(sites, sites // 2) ** 2) if sites < 500 else "∞"
            raise ValueError(
                f"size {size!r} is out of reach: one state of {sites} sites takes {memory} GiB; "
                "at most 12 sites are allowed"
            )
    elif not re.fullmatch("[1-9][0-9]*", size) or int(size) < 4:
        raise ValueError(f"size {size!r} must be a number of qubits from 4 to 24")
    elif int(size) > 24:
        memory = _gibibytes(16.0 * 2.0 ** int(size)) if int(size) < 1000 else "∞"
        raise ValueError(
            f"size {size!r} is out of reach: one state of {size} qubits takes {memory} GiB; "
            "at most 24 qubits are allowed"
        )


def _gibibytes(size: float) -> str:
    return f"{size / 2**30:.3g}"


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


def _siblings(location: tuple[int | str, ...]) -> list[str]:
    """Keys allowed where an unknown one was found."""
    kinds: dict[str, type[_Model]] = {
        "maxcut": MaxCutSettings,
        "sk": SKSettings,
        "hubbard": HubbardSettings,
    }
    parts = [part for part in location[:-1] if isinstance(part, str)]
    model: type[_Model] = Study
    if parts[:1] == ["statistics"]:
        model = Statistics
    elif len(parts) >= 2:
        nested: dict[str, type[_Model]] = {
            "constants": Constants,
            "reference": Reference,
            "evaluation": Evaluation,
        }
        model = Experiment
        if len(parts) >= 3:
            model = Learner if parts[2] == "learners" else nested.get(parts[2], MaxCutSettings)
            if parts[2] == "problem":
                model = kinds.get(parts[-1], MaxCutSettings)
    return sorted(model.model_fields)


def load_study(name_or_path: str | Path) -> Study:
    """Read and validate a study.

    **Arguments:**

    - `name_or_path`: a name such as `"paper"` or `"smoke"`, or the path of a YAML file.

    **Raises:** [`UserError`][] for an unknown name, a file that is not a study, an unknown key or
    a value out of range; the sentence names the key and what is allowed.
    """
    text = str(name_or_path)
    if text in study_names():
        content = (resources.files("replication") / "studies" / f"{text}.yaml").read_text()
    elif Path(text).suffix in (".yaml", ".yml"):
        try:
            content = Path(text).read_text()
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
