"""What every figure shares: one look per start, reading of results, captions and whole files."""

import argparse
import io
import itertools
import json
import math
import string
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from replication import compilation, optimisers, problems, starts, store
from replication.errors import UserError
from replication.evaluation import rows
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN, load_traces
from replication.provenance import times
from replication.study import Study, load_study
from replication.workflow import Job

WIDTH = 7.0
"""inches: two columns of a journal"""
FLOOR = 1e-6
"""smallest relative error drawn; what lies below is drawn on it or cut, and the caption says so"""
PIXELS = 1600
"""longest side of a PNG that Snakemake's report viewer shows well"""

RC: Any = {
    "axes.grid": True,
    "axes.grid.which": "major",
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 8,
    "axes.unicode_minus": True,
    "figure.constrained_layout.use": True,
    "font.size": 8,
    "grid.alpha": 0.6,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.5,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "mathtext.fontset": "dejavusans",
    "pdf.fonttype": 42,
    "svg.hashsalt": "replication",
    "xtick.labelsize": 7,
    "xtick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.labelsize": 7,
    "ytick.major.width": 0.6,
    "ytick.minor.width": 0.4,
}


Colour = tuple[float, float, float, float]
Line = Literal["-", "--", ":", "-."]
SPARE_LINES: tuple[Line, ...] = ("--", ":", "-.")


class Look(NamedTuple):
    """Colour, marker and line of one start."""

    colour: str
    marker: str
    line: Line


# Okabe & Ito's colour-blind-safe palette without yellow, too light on white, and Tol's wine; grey
# is for random.
LOOKS = {
    "lstm": Look("#D55E00", "o", "-"),
    "heuristic": Look("#0072B2", "s", "-"),
    "constant": Look("#009E73", "^", "-"),
    "median": Look("#CC79A7", "D", "-"),
    "random": Look("#767676", "x", "-"),
}
SPARE_LOOKS = [
    Look(colour, marker, line)
    for line in SPARE_LINES
    for marker, colour in (("v", "#56B4E9"), ("P", "#E69F00"), ("*", "#000000"), ("h", "#882255"))
]
HEURISTICS = ("ramp", "adiabatic")
"""the class heuristics: one of them per problem class, so that they share a look"""


def role(start: str) -> str:
    """What a start's look hangs on: its name, but `"heuristic"` for each class's own heuristic."""
    return "heuristic" if start in HEURISTICS else start


def looks(starts: Iterable[str]) -> dict[str, Look]:
    """Look of every role among `starts`; unknown ones take spare looks in alphabetical order."""
    roles = {role(start) for start in starts}
    unknown = sorted(roles - LOOKS.keys())
    return {name: LOOKS[name] for name in LOOKS if name in roles} | dict(
        zip(unknown, itertools.cycle(SPARE_LOOKS))
    )


def compared(data: xr.Dataset) -> list[str]:
    """The starts of the main comparison, the RNN first, then in the order of their looks."""
    present = [str(start) for start in data.start.values]
    order = list(looks(present))
    return sorted(present, key=lambda start: order.index(role(start)))


def networks(data: xr.Dataset | None, shown_in: str = "main") -> dict[str, list[xr.Dataset]]:
    """The rows of all single networks of one figure, by learner, in the order of the seeds."""
    found: dict[str, list[xr.Dataset]] = {}
    for network in rows.networks_in(data):
        one = rows.of_network(data, network)
        if str(one["shown_in"].item()) == shown_in:
            found.setdefault(network.learner, []).append(one)
    return found


def label(data: xr.Dataset, start: str) -> str:
    """The name a reader sees for a start."""
    return str(data["label"].sel(start=start).item())


def chosen(data: xr.Dataset) -> tuple[str, str]:
    """`(learner, seed)` of the network that the validation set chose; empty where none was."""
    network = rows.chosen(data)
    return (network.learner, str(network.seed)) if network else ("", "")


@dataclass(frozen=True)
class Results:
    """A study and the folder of its results."""

    study: Study
    folder: Path

    def _job(self, names: dict[str, str]) -> Job:
        return Job(step="figure", study=self.study, results=self.folder, names=names)

    def _load(self, step: str, **names: str) -> xr.Dataset:
        return self._job(names).load(step).to_dataset()

    def statistics(self, experiment: str, sample: str, protocol: str = MAIN) -> xr.Dataset:
        """What the statistics step holds about one test sample."""
        return self._load("statistics", experiment=experiment, sample=sample, protocol=protocol)

    def networks(self, experiment: str, sample: str, protocol: str = MAIN) -> xr.Dataset | None:
        """What it holds about the single networks; `None` where none was tested."""
        return self._group("networks", experiment, sample, protocol)

    def learners(self, experiment: str, sample: str, protocol: str = MAIN) -> xr.Dataset | None:
        """What it holds about each learner; `None` where none was tested."""
        return self._group("learners", experiment, sample, protocol)

    def _group(self, group: str, experiment: str, sample: str, protocol: str) -> xr.Dataset | None:
        names = {"experiment": experiment, "sample": sample, "protocol": protocol}
        tree = self._job(names).load("statistics")
        return tree[group].to_dataset() if group in tree.children else None

    def trained(self, experiment: str, learner: str) -> xr.Dataset:
        """The training log of one learner."""
        return self._load("train", experiment=experiment, learner=learner)

    def suggested(self, experiment: str, sample: str, learner: str) -> xr.Dataset:
        """The traces of one learner's networks, what they suggested included."""
        names = {"experiment": experiment, "sample": sample, "protocol": MAIN}
        start = starts.Followed(starts.NETWORK, learner).name
        return load_traces(self._job(names), [start])[start]

    def shots(self, experiment: str) -> xr.Dataset:
        """Shots a query over fresh instances."""
        return self._load("shots", experiment=experiment)

    def claims(self) -> xr.DataTree:
        """The claims with their verdicts, and the sensitivity of these."""
        return self._job({}).load("claims")

    def experiment(self, name: str) -> MetaLearning:
        """The settings of one experiment."""
        if name not in self.study.experiments:
            allowed = ", ".join(self.study.experiments)
            raise UserError(f"unknown experiment {name!r}; this study has {allowed}")
        return self.study.experiments[name]


CLASSES = {kind: one.title for kind, one in problems.classes().items()}
"""the problem classes as the paper calls them"""


def angle_unit(experiment: MetaLearning) -> str:
    """Unit of the angles, and so of distances between them."""
    return experiment.problem.angle_unit


def size_text(experiment: MetaLearning, size: str) -> str:
    """A size as readers write it: "n = 12", "2 × 4"."""
    return experiment.problem.size_text(size)


def heading(experiment: MetaLearning, data: xr.Dataset) -> str:
    """An experiment's headline sample as the title of a section."""
    size = size_text(experiment, experiment.headline_size)
    return f"{experiment.title}, {size} ({data.sizes['instance']} instances)"


def optimiser_text(experiment: MetaLearning) -> str:
    """The local optimiser, its simplex and its budget, for captions."""
    settings = experiment.evaluation
    name = optimisers.load(settings.optimiser).LABEL
    edges = ""
    if settings.optimiser == "nelder_mead":
        edges = " (edges of the initial simplex: "
        edges += ", ".join(f"{edge:g}" for edge in settings.simplex)
        edges += f" {angle_unit(experiment)})"
    return f"{name}{edges}, {settings.budget} cost queries in all"


def network_text(data: xr.Dataset) -> str:
    """The network that stands for the RNN, for captions."""
    learner, seed = chosen(data)
    if not learner:
        return "no network"
    return f"{learner}, seed {seed}"


def listed(items: Iterable[str]) -> str:
    """Items in one sentence, each once."""
    return "; ".join(dict.fromkeys(items))


def provenance(data: Iterable[xr.Dataset]) -> str:
    """Study digest and commit of the results drawn, for captions."""
    several = list(data)

    def found(key: str) -> str:
        values = dict.fromkeys(str(each.attrs.get(key, "unknown")) for each in several)
        return ", ".join(values)

    edited = any(each.attrs.get("git_dirty") == "yes" for each in several)
    return (
        f"Study digest {found('study_digest')}; commit {found('git_commit')}"
        f"{' with uncommitted changes' if edited else ''}."
    )


def band(
    ax: Axes,
    x: np.ndarray,
    middle: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    look: Look,
    **line: Any,
) -> None:
    """A step curve (a running best changes only at queries) over its shaded interval."""
    ax.fill_between(x, low, high, step="post", color=look.colour, alpha=0.18, linewidth=0)
    ax.plot(
        x,
        middle,
        color=look.colour,
        linestyle=look.line,
        marker=look.marker,
        markerfacecolor=look.colour,
        drawstyle="steps-post",
        **line,
    )


def sparse(length: int, turn: int, turns: int, count: int = 6) -> list[int]:
    """Indices of markers, even on a logarithmic axis and staggered from curve to curve."""
    at = (np.arange(count) + (turn + 0.5) / turns) / count
    return sorted({int(index) for index in np.round(length**at).astype(int) - 1})


def seed_colours(count: int) -> list[Colour]:
    """Colours of training seeds, told apart from the starts' by being one dark-to-light scale."""
    return [mpl.colormaps["viridis"](0.88 * i / max(count - 1, 1)) for i in range(count)]


def seed_handles(seeds: Mapping[str, int], best: tuple[str, str]) -> list[Line2D]:
    """A legend's seeds; the chosen network's own only where another learner has one like it.

    **Arguments:** `seeds`: how many each learner has; `best`: see [`chosen`][].
    """
    others = {(learner, str(k)) for learner, count in seeds.items() for k in range(count)} - {best}
    numbers = {number for _, number in others}
    return [
        Line2D([], [], color=colour, linewidth=1.2, label=f"seed {k}")
        for k, colour in enumerate(seed_colours(max(seeds.values())))
        if str(k) in numbers
    ]


def decades(ax: Axes, most: int = 6) -> None:
    """At most `most` labelled decades on a logarithmic y axis, and quiet minor ticks."""
    low, high = ax.get_ylim()
    span = math.log10(high / low)
    ax.yaxis.set_major_locator(mpl.ticker.LogLocator(numticks=most + 2))
    ax.yaxis.set_minor_locator(
        mpl.ticker.LogLocator(subs=tuple(range(2, 10)), numticks=99)
        if span <= 3
        else mpl.ticker.NullLocator()
    )
    ax.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())


def fill(template: Path, fields: Mapping[str, object]) -> str:
    """A caption: the template's `$fields` filled, all of them."""
    return string.Template(template.read_text(encoding="utf-8")).substitute(fields)


def save_figure(figure: Figure, caption: str, folder: Path, stem: str) -> None:
    """Write `stem`.{pdf,svg,png,rst}, free of dates so that equal results give equal files."""
    dpi = min(220.0, PIXELS / max(figure.get_size_inches()))
    undated: dict[str, dict[str, None]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}
    contents = {"rst": caption.encode()}
    for suffix in ("pdf", "svg", "png"):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=suffix, dpi=dpi, metadata=undated.get(suffix))
        contents[suffix] = buffer.getvalue()
    for suffix, content in contents.items():
        store.write(folder / "figures" / f"{stem}.{suffix}", content)


Draw = Callable[[Results], tuple[Figure, Mapping[str, object]]]
DrawOne = Callable[[Results, str], tuple[Figure, Mapping[str, object]]]


def _arguments(script: str, argv: Sequence[str] | None, experiment: bool) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"figures/{Path(script).name}")
    parser.add_argument("--study", required=True, help="name of a study, or path of a YAML file")
    parser.add_argument("--results", required=True, type=Path, help="folder of its results")
    if experiment:
        parser.add_argument("--experiment", required=True, help="experiment of the study")
    return parser.parse_args(argv)


def _made(name: str, folder: Path, action: Callable[[], None]) -> int:
    """Do it, and say beside Snakemake's benchmark of `name` how long start-up and work took."""
    began = time.time()
    if "jax" in sys.modules:
        compilation.watch()
    try:
        with mpl.rc_context(RC):
            action()
        told = json.dumps(times(began))
        store.write(folder / "benchmarks" / f"{name}.json", told.encode())
    except UserError as error:
        print(f"replication: error: {error}", file=sys.stderr)
        return 2
    return 0


def main(script: str, draw: Draw, argv: Sequence[str] | None = None) -> int:
    """Command line of a figure of the whole study; `script` is its `__file__`."""
    options = _arguments(script, argv, experiment=False)
    stem = Path(script).stem

    def action() -> None:
        results = Results(load_study(options.study), options.results)
        figure, fields = draw(results)
        caption = fill(Path(script).with_suffix(".rst"), fields)
        save_figure(figure, caption, results.folder, stem)

    return _made(f"figures/{stem}", options.results, action)


def main_one(script: str, draw: DrawOne, argv: Sequence[str] | None = None) -> int:
    """Command line of a figure of one experiment; the experiment joins the file names."""
    options = _arguments(script, argv, experiment=True)
    stem = f"{Path(script).stem}_{options.experiment}"

    def action() -> None:
        results = Results(load_study(options.study), options.results)
        results.experiment(options.experiment)
        figure, fields = draw(results, options.experiment)
        caption = fill(Path(script).with_suffix(".rst"), fields)
        save_figure(figure, caption, results.folder, stem)

    return _made(f"figures/{stem}", options.results, action)


def main_table(
    script: str,
    stem: str,
    write: Callable[[Results, Path], Mapping[str, str]],
    argv: Sequence[str] | None = None,
) -> int:
    """Command line of a table: `write` turns the caption's template into each suffix's text."""
    options = _arguments(script, argv, experiment=False)

    def action() -> None:
        results = Results(load_study(options.study), options.results)
        for suffix, text in write(results, Path(script).with_suffix(".rst")).items():
            store.write(results.folder / "tables" / f"{stem}.{suffix}", text.encode())

    return _made(f"tables/{stem}", options.results, action)


def panels(results: Results) -> Iterator[tuple[str, str, MetaLearning, xr.Dataset]]:
    """Every (main experiment, test size) of the study with its settings and statistics."""
    for name, experiment in results.study.mains.items():
        for size in experiment.test:
            yield name, size, experiment, results.statistics(name, size)
