"""How long a study will take, figure by figure: a rough guess from its settings alone."""

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from replication import workflow
from replication.study import Experiment, Learner, Problem, Study


class Costs(NamedTuple):
    """Seconds on one core, or factors, from which the model is put together.

    Measured on two cores of a shared x86-64 machine, in double precision: circuits and gradients
    by themselves, then set so that the jobs of a whole `paper` study, two side by side, are met:
    2200 s in all. A rough guide: single jobs are met within a factor of 2 or
    3, sums within 2. Other machines differ by about one common factor, which [`expected`][] takes
    from jobs that have run.

    - `job`: Python, imports, reading, writing.
    - `size`: compiling what a job needs for one size of circuit.
    - `query`: asking for one cost from Python, the local optimiser's own work included.
    - `qubit_layer`: one amplitude through one QAOA layer.
    - `hop`: one amplitude past one pair of sites in a Trotter step, all spins and both sweeps.
    - `gradient`: a value with its gradient, in values.
    - `lanes`: what one of a batch of circuits of up to 9 qubits takes of that.
    - `single`: what one in single precision takes of that.
    - `batched`: what a gradient costs besides in a compiled loop.
    - `recurrence`: one training sample through one LSTM cell of 64 units and back.
    - `shots`: what a sampled cost takes besides.
    - `searching`: one query of a start that fits a model to its queries.
    - `polish`: queries with gradient until L-BFGS-B stops.
    - `converged`: queries an angle after which a local optimiser has stopped by itself.
    - `resampled`: one value of one bootstrap sample.
    - `drawing`: one figure or table.
    """

    job: float = 1.6
    size: float = 0.55
    query: float = 2.6e-5
    qubit_layer: float = 2.8e-9
    hop: float = 0.55e-9
    gradient: float = 4.2
    lanes: float = 0.45
    single: float = 0.55
    batched: float = 0.25e-5
    recurrence: float = 0.38e-5
    shots: float = 1.0e-4
    searching: float = 0.52e-2
    polish: float = 30
    converged: float = 80
    resampled: float = 3.7e-9
    drawing: float = 3.5


COSTS = Costs()
ENOUGH = 60.0
"""expected seconds of finished jobs from which their measured times correct the constants"""

SEARCHING = ("bayes",)
"""starts that fit a model to their queries"""


def _circuit(problem: Problem, size: str, depth: int) -> float:
    """Seconds that one value of the energy takes, without the call from Python."""
    if problem.kind != "hubbard":
        return COSTS.qubit_layer * 2 ** int(size) * depth
    sites = math.prod(map(int, size.split("x")))
    up, down = problem.filling or (sites // 2, sites // 2)
    amplitudes = math.comb(sites, up) * math.comb(sites, down)
    return COSTS.hop * amplitudes * depth * sites * (sites - 1)


def _angles(experiment: Experiment) -> int:
    return (3 if experiment.problem.kind == "hubbard" else 2) * experiment.depth


def _mean_gradient(experiment: Experiment, sizes: tuple[str, ...]) -> float:
    """Seconds of a gradient in a compiled loop over instances of the training sizes."""
    problem = experiment.problem
    each = [
        _circuit(problem, size, experiment.depth)
        * (COSTS.lanes if problem.kind != "hubbard" and int(size) <= 9 else 1)
        for size in sizes
    ]
    return COSTS.gradient * sum(each) / len(each) + COSTS.batched


def _optima(experiment: Experiment, sample: str) -> float:
    reference = experiment.reference

    def of(problem: Problem, size: str, instances: int) -> float:
        gradient = COSTS.gradient * _circuit(problem, size, experiment.depth)
        steps = reference.random_starts * reference.screening_steps
        steps += reference.kept * reference.descent_steps
        short = steps * (COSTS.single * gradient + COSTS.batched)
        polished = reference.polished * COSTS.polish * (gradient + COSTS.query)
        return COSTS.size + instances * (short + polished)

    if sample == "train":
        sizes = experiment.train_sizes
        share = max(1, reference.training_instances // len(sizes))
        return sum(of(experiment.problem, size, share) for size in sizes)
    test = experiment.samples[sample]
    return of(test.problem, test.size, test.instances)


def _train(experiment: Experiment, name: str) -> float:
    learner: Learner = experiment.learners[name]
    sizes = experiment.train_sizes_of(name)
    rolled_out = learner.batch * (experiment.queries_of(name) + experiment.needs_start)
    validated = experiment.validation_instances * len(sizes) / learner.validate_every
    each = _mean_gradient(experiment, sizes) + COSTS.recurrence * learner.hidden / 64
    steps = learner.steps * learner.seeds
    looks = validated * experiment.queries_of(name) / COSTS.gradient
    return COSTS.size * len(sizes) + steps * (rolled_out + looks) * each


def _traces(study: Study, names: Mapping[str, str]) -> float:
    experiment = study.experiments[names["experiment"]]
    evaluation = experiment.evaluation_under(names["protocol"])
    test = experiment.samples[names["sample"]]
    circuit = _circuit(test.problem, test.size, experiment.depth)
    query = COSTS.query + circuit
    if evaluation.shots is not None:
        query += COSTS.shots
    elif evaluation.optimiser == "lbfgsb":
        query += COSTS.query + COSTS.gradient * circuit
    queries = min(evaluation.budget, COSTS.converged * _angles(experiment))
    run = test.instances * queries * query
    search = test.instances * COSTS.searching * evaluation.queries
    followed = workflow.traced_by(study, names)
    learners = [one.partition(".")[2] for one in followed]
    runs = sum(experiment.learners[one].seeds if one else 1 for one in learners)
    return COSTS.size + runs * run + sum(one in SEARCHING for one in followed) * search


def _reference(study: Study, names: Mapping[str, str]) -> float:
    experiment = study.experiments[names["experiment"]]
    test = experiment.samples[names["sample"]]
    found = len(workflow.starts_for(study, names["experiment"], names["sample"]))
    gradient = COSTS.query + COSTS.gradient * _circuit(test.problem, test.size, experiment.depth)
    return COSTS.size + test.instances * found * COSTS.polish * gradient


def _statistics(study: Study, names: Mapping[str, str]) -> float:
    experiment = study.experiments[names["experiment"]]
    budget = experiment.evaluation_under(names["protocol"]).budget
    found = len(
        workflow.starts_for(study, *(names[k] for k in ("experiment", "sample", "protocol")))
    )
    resampled = study.statistics.resamples * experiment.samples[names["sample"]].instances
    # Three curves of the error and one of the distance.
    return COSTS.resampled * 4 * budget * found * resampled


def seconds(step: str, study: Study, names: Mapping[str, str]) -> float:
    """Expected seconds of one job on one core.

    **Arguments:** `step`: a key of [`workflow.STEPS`][]; `names`: what singles the job out.
    """
    experiment = study.experiments[names["experiment"]] if "experiment" in names else None
    match step:
        case "constants" if experiment is not None:
            settings = experiment.constants
            groups = {experiment.train_sizes, *map(experiment.train_sizes_of, experiment.learners)}
            passes = settings.restarts * settings.steps * settings.instances
            more = sum(COSTS.size + passes * _mean_gradient(experiment, sizes) for sizes in groups)
        case "optima" if experiment is not None:
            more = _optima(experiment, names["sample"])
        case "train" if experiment is not None:
            more = _train(experiment, names["learner"])
        case "traces":
            more = _traces(study, names)
        case "reference":
            more = _reference(study, names)
        case "statistics":
            more = _statistics(study, names)
        case _:
            more = 0.0
    return COSTS.job + more


@dataclass(frozen=True)
class Expected:
    """What is left to do of a study.

    **Attributes:** `drawings`: seconds on one core by figure and table, such as
    `figures/fig3_convergence`, each job counted for the first that needs it; `chain`: seconds of
    the longest chain of jobs that wait for each other; `cores`.
    """

    drawings: dict[str, float]
    chain: float
    cores: int

    @property
    def total(self) -> float:
        """Seconds until all is done: the work shared out over the cores, but at least the chain."""
        return max(sum(self.drawings.values()) / self.cores, self.chain)

    def table(self) -> str:
        """A short table for people: minutes of all cores together by figure, and in all."""
        width = max(map(len, ("figure or table", *self.drawings)))
        minutes = {name: each / self.cores / 60 for name, each in self.drawings.items()}
        minutes["total"] = self.total / 60
        cores = f"{self.cores} core{'s' if self.cores > 1 else ''}"
        lines = [
            f"Expected time on {cores}, right within a factor of 2 or so; what several figures "
            "need counts for the first.",
            f"{'figure or table':<{width}}  minutes",
            *(f"{name:<{width}}  {_short(each):>7}" for name, each in minutes.items()),
        ]
        return "\n".join(lines)


def _short(minutes: float) -> str:
    return "< 0.1" if 0 < minutes < 0.05 else f"{minutes:.1f}"


_Key = tuple[str, tuple[tuple[str, str], ...]]


def benchmark_file(results: Path, step: str, names: Mapping[str, str]) -> Path:
    """Where Snakemake's `benchmark:` leaves the time of a job."""
    return (results / "benchmarks" / workflow.STEPS[step].format(**names)).with_suffix(".tsv")


def measured_seconds(path: Path) -> float | None:
    """Seconds that a benchmark file tells; `None` where there is none, or not whole."""
    try:
        with path.open(newline="") as file:
            return float(next(csv.DictReader(file, delimiter="\t"))["s"])
    except (OSError, StopIteration, KeyError, ValueError):
        return None


def calibration(
    study: Study, results: Path, jobs: Iterable[tuple[str, Mapping[str, str]]]
) -> float:
    """Measured over expected seconds of those jobs that have run; 1 where too little has.

    **Arguments:** `results`: the folder `results/<study>`; `jobs`: steps with their names.
    """
    guessed = took = 0.0
    for step, names in jobs:
        measured = measured_seconds(benchmark_file(results, step, names))
        if measured is not None:
            took += measured
            guessed += seconds(step, study, names)
    return took / guessed if guessed >= ENOUGH else 1.0


def expected(
    study: Study,
    exhibits: Mapping[str, Iterable[workflow.Need]],
    cores: int = 1,
    results: Path | None = None,
) -> Expected:
    """How long each figure and table of a study will take.

    **Arguments:**

    - `study`: the study.
    - `exhibits`: by the name of each, such as `figures/fig3_convergence`, the jobs that it reads.
    - `cores`: cores that work on it, a job on each.
    - `results`: its folder `results/<study>`, if there may be some already. A file that exists
      counts as done, though changed settings or code may yet make it anew; and where jobs left
      their measured times, these correct the guess for this machine.
    """
    first: dict[_Key, str] = {}
    ends: dict[_Key, float] = {}
    drawings: dict[str, float] = {}
    jobs: dict[_Key, tuple[str, dict[str, str]]] = {}

    def missing(path: str) -> bool:
        return results is None or not (results / path).exists()

    def visit(step: str, names: dict[str, str], name: str) -> float:
        """Seconds until a job is done, once all that it needs has been counted for `name`."""
        key = step, tuple(sorted(names.items()))
        if key in ends:
            return ends[key]
        before = [visit(*one, name) for one in workflow.needs(step, study, names)]
        own = seconds(step, study, names) if missing(workflow.STEPS[step].format(**names)) else 0.0
        first[key], jobs[key] = name, (step, names)
        drawings[name] += own
        ends[key] = own + max(before, default=0.0)
        return ends[key]

    chain = 0.0
    for name, needs in exhibits.items():
        suffix = "svg" if name.startswith("figures/") else "csv"
        own = COSTS.drawing if missing(f"{name}.{suffix}") else 0.0
        drawings[name] = own
        before = [visit(step, names, name) for step, names in needs]
        chain = max(chain, own + max(before, default=0.0))
    factor = 1.0 if results is None else calibration(study, results, jobs.values())
    return Expected(
        {name: factor * each for name, each in drawings.items()}, factor * chain, max(cores, 1)
    )
