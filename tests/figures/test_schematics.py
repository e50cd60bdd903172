"""The drawn schematics and the tables of shots and settings: true to circuit, data and models."""

import csv
import inspect
import itertools
import math
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib as mpl
import numpy as np
import optax
import pydantic
import pytest
import scipy
import xarray as xr
import yaml
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from figures import (
    circuits,
    exhibits,
    latex,
    style,
    table2_settings,
)
from figures.script import fill
from replication import problems as problem_classes
from replication.ansatze.hubbard import hubbard_ansatz
from replication.ansatze.qaoa import RAMP_SLOPE
from replication.errors import UserError
from replication.evaluation import single_vector
from replication.kinds.base import Experiment
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN
from replication.kinds.meta_learning_settings import Learner
from replication.metalearner.losses import cumulative_regret, weighted
from replication.metalearner.network import Network, initialise
from replication.metalearner.training import outer_optimiser
from replication.optimisers import nelder_mead
from replication.problems.base import ProblemClass
from replication.problems.hubbard import hubbard
from replication.problems.ising import IsingClass
from replication.problems.maxcut import AFFINITY, REWIRING
from replication.problems.sk import SK
from replication.published import CLAIMS, EPSILON
from replication.seeds import key_for
from replication.settings import Settings
from replication.starts import NETWORK, Followed, bayes, cma_es
from replication.steps.shots import run as shots
from replication.study import digest, load_study
from replication.study_files import study_names
from replication.variations import settings_in_force

Maker = Callable[..., Any]

FOLDER = Path(style.__file__).parent
PACKAGE = Path(problem_classes.__file__).parents[1]
FIGURES = ("fig1_loop", "fig2_rollout")
TABLES = ("table1_shots", "table2_settings")


def _module(script: str) -> ModuleType:
    return exhibits.load(script)


def _run(script: str, fake: Any) -> int:
    return fake.run(script)


PRINTED = {
    kind: one.paper_shots for kind, one in problem_classes.classes().items() if one.paper_shots
}


def _draw(script: str, fake: Any) -> tuple[Figure, str]:
    with mpl.rc_context(style.RC):
        figure, fields = _module(script).draw(fake.results)
        figure.draw_without_rendering()
    return figure, fill(FOLDER / f"{script}.rst", fields)


def _problems(experiment: MetaLearning, size: str, count: int) -> list[Any]:
    ensemble = experiment.problem.at(size)
    return [ensemble.sample(key_for(0, "fake", index)) for index in range(count)]


def _shots(experiment: MetaLearning, size: str, count: int = 50) -> xr.Dataset:
    normaliser = np.array([one.normaliser for one in _problems(experiment, size, count)])
    return xr.Dataset(
        {
            "shots": ("instance", (normaliser / EPSILON) ** 2),
            "shots_as_variance": ("instance", normaliser**2 / EPSILON),
            "normaliser": ("instance", normaliser),
        },
        attrs={"epsilon": EPSILON, "size": size},
    )


def _costs(handed: int) -> np.ndarray:
    """Cost y of each suggestion, a start's included: down, up, down again."""
    return -0.3 - 0.1 * np.cos(np.arange(handed)) - 0.01 * np.arange(handed)


def _angles(experiment: MetaLearning, handed: int) -> xr.DataArray:
    """Suggestions of one network on one instance."""
    hubbard = experiment.problem.kind == "hubbard"
    families = ("T_h", "T_v", "V") if hubbard else ("gamma", "beta")
    names = [f"{f}_{k}" for f in families for k in range(1, experiment.depth + 1)]
    points = np.linspace(-0.5, 0.4, len(names)) * (1 + np.arange(handed)[:, None] / handed)
    return xr.DataArray(points, dims=("suggestion", "parameter"), coords={"parameter": names})


def _complete(made: Any) -> Any:
    """A fake study with what these drawings read: instances, chosen networks, costs, shots."""
    for name, experiment in made.study.experiments.items():
        size = experiment.headline_size
        names = {"experiment": name, "set": size, "protocol": MAIN}
        problems = _problems(experiment, size, 3)
        tree = xr.DataTree.from_dict({size: experiment.problem.to_dataset(problems)})
        made._save("instances", tree, experiment=name, set=size)
        learners = experiment.learners_tested_on(size)
        chosen = {"chosen_learner": learners[0], "chosen_seed": 0}
        made._save("statistics", xr.Dataset(attrs=chosen), **names)
        for learner in learners:
            handed = experiment.queries_of(learner) + experiment.needs_start
            costs = [one.offset + one.normaliser * _costs(handed) for one in problems]
            energy = xr.DataArray([costs], dims=("seed", "instance", "suggestion"))
            points = _angles(experiment, handed).expand_dims(seed=1, instance=len(problems))
            trace = xr.Dataset({"suggested": points, "suggested_energy": energy})
            start = Followed(NETWORK, learner).name
            traces = xr.DataTree.from_dict({start: trace})
            made._save("traces", traces, **names, starts=start)
        shots = _shots(experiment, experiment.shots_size or size)
        made._save("shots", shots, experiment=name)
    return made


def _only(made: Any, kind: str) -> Any:
    """A fake study cut to one class of problems."""
    content = made.study.model_dump(mode="json")
    content["experiments"] = {
        name: one for name, one in content["experiments"].items() if one["problem"]["kind"] == kind
    }
    content["headline"] = None
    for one in content["experiments"].values():
        one["successor"] = None
    content["labels"] = {}
    made.path.write_text(yaml.safe_dump(content, sort_keys=False))
    made.study = load_study(made.path)
    return made


def _texts(figure: Figure) -> list[Text]:
    """Every text that is seen: Matplotlib keeps labels of ticks beyond an axis, undrawn."""
    unseen = {
        text
        for ax in figure.axes
        for axis in (ax.xaxis, ax.yaxis)
        for tick in axis.get_major_ticks() + axis.get_minor_ticks()
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
        for text in (tick.label1, tick.label2)
    }
    texts = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]
    return [text for text in texts if text not in unseen]


# --- figures


@pytest.mark.parametrize("script", FIGURES)
def test_a_schematic_leaves_four_whole_files(script: str, fake: Maker) -> None:
    made = _complete(fake())
    assert _run(script, made) == 0
    folder = made.folder / "figures"
    assert {path.name for path in folder.iterdir()} == {
        f"{script}.{suffix}" for suffix in ("pdf", "svg", "png", "rst")
    }
    assert (folder / f"{script}.pdf").read_bytes().startswith(b"%PDF")
    assert max(imread(folder / f"{script}.png").shape[:2]) <= style.PIXELS
    caption = (folder / f"{script}.rst").read_text()
    assert "$" not in caption
    assert digest(made.study) in caption


@pytest.mark.parametrize("kind", ["maxcut", "sk", "hubbard"])
@pytest.mark.parametrize("script", FIGURES)
def test_texts_are_legible_whole_and_apart(script: str, kind: str, fake: Maker) -> None:
    figure = _draw(script, _complete(_only(fake(), kind)))[0]
    assert figure.get_figwidth() <= style.WIDTH
    texts = _texts(figure)
    assert min(text.get_fontsize() for text in texts) >= 7
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    whole = figure.bbox
    for text, box in boxes:
        assert box.x0 >= whole.x0, text
        assert box.y0 >= whole.y0, text
        assert box.x1 <= whole.x1, text
        assert box.y1 <= whole.y1, text
    for (one, first), (other, second) in itertools.combinations(boxes, 2):
        assert not first.shrunk(0.9, 0.9).overlaps(second.shrunk(0.9, 0.9)), (one, other)


def _circuit(kind: str, ansatz: str = "swap_network") -> tuple[Any, np.ndarray]:
    experiment = next(
        one for one in load_study("smoke").meta_learning.values() if one.problem.kind == kind
    )
    changes: dict[str, Any] = {"depth": 1}
    if kind == "hubbard":
        changes["problem"] = experiment.problem.model_copy(update={"ansatz": ansatz})
    size = experiment.problem.example_size
    circuit = experiment.model_copy(update=changes).circuit(_problems(experiment, size, 1)[0])
    return circuit, np.asarray(circuit.heuristic(), float)


CIRCUITS = [
    ("maxcut", "swap_network"),
    ("sk", "swap_network"),
    ("hubbard", "swap_network"),
    ("hubbard", "grouped"),
]


@pytest.mark.parametrize(("kind", "form"), CIRCUITS)
def test_every_gate_of_the_circuit_is_drawn_in_order(kind: str, form: str) -> None:
    ansatz, theta = _circuit(kind, form)
    found = circuits.gates(ansatz, theta)
    operations = list(ansatz.to_cirq(theta).all_operations())
    generic = ansatz.to_cirq(theta + [0.1, 0.23, 0.37][: theta.size]).all_operations()
    idle = [one for one in generic if abs(getattr(one.gate, "exponent", 1)) < 1e-9]
    assert len(found) == len(operations) - len(idle)
    assert {angle for gate in found for angle in gate.angles} == set(range(theta.size))
    assert any(not gate.angles for gate in found)
    columns = circuits.pack(found, layered=kind != "hubbard")
    drawn = [gate for column in columns for gate in column]
    assert sorted(drawn, key=str) == sorted(found, key=str)
    for wire in range(1 + max(w for gate in found for w in gate.wires)):
        assert [g for g in drawn if wire in g.wires] == [g for g in found if wire in g.wires]
    for column in columns:
        spans = [set(range(min(gate.wires), max(gate.wires) + 1)) for gate in column]
        assert sum(map(len, spans)) == len(set().union(*spans))


def test_numbers_on_the_gates_are_the_angles_of_the_ansatz() -> None:
    ansatz, theta = _circuit("sk")
    found = circuits.gates(ansatz, theta)
    for gate in found:
        if gate.name == "ZZ":
            assert gate.rotation == pytest.approx(theta[0] * ansatz.couplings[gate.wires])
        if gate.name == "RX":
            assert gate.rotation == pytest.approx(theta[1])
    assert sum(gate.name == "ZZ" for gate in found) == np.count_nonzero(np.triu(ansatz.couplings))


def test_the_loop_shows_the_simulated_cost_of_the_instance_drawn(fake: Maker) -> None:
    fig1, made = _module("fig1_loop"), _only(fake(), "hubbard")
    row = fig1._drawn(made.results, made.study.experiments["hubbard-r1"])
    state = row.ansatz.to_cirq(row.theta).final_state_vector(dtype=np.complex128)
    from openfermion import get_sparse_operator

    matrix = get_sparse_operator(row.problem.to_openfermion(), 2 * row.problem.num_sites)
    assert row.energy == pytest.approx(np.vdot(state, matrix @ state).real, abs=1e-4)
    shown = {text.get_text() for text in _texts(_draw("fig1_loop", made)[0])}
    assert f"⟨H⟩ = {row.energy:.2f}".replace("-", "−") in shown
    assert f"y = {row.cost:.2f}".replace("-", "−") in shown
    assert abs(row.cost) <= 1


def test_the_loop_has_a_row_for_each_class_once(fake: Maker) -> None:
    made = fake("paper", seeds=1)
    shown = [text.get_text() for text in _texts(_draw("fig1_loop", made)[0])]
    assert sum(text == "measure H" for text in shown) == 3
    caption = _draw("fig1_loop", made)[1]
    assert all(name in caption for name in ("MaxCut QAOA", "Ising (SK) QAOA", "Hubbard VQE"))


@pytest.mark.parametrize("kind", ["maxcut", "hubbard"])
def test_the_unrolled_network_shows_the_numbers_of_the_roll_out(kind: str, fake: Maker) -> None:
    made = _complete(_only(fake(), kind))
    experiment = next(iter(made.study.experiments.values()))
    hubbard = kind == "hubbard"
    costs = _costs(experiment.evaluation.queries + hubbard)
    if not hubbard:
        costs = np.array([0, *costs])
    last = len(costs) - 1
    figure, caption = _draw("fig2_rollout", made)
    shown = {text.get_text() for text in _texts(figure)}
    for t in (1, 2, 3, last):
        assert f"$y_{{{t}}}$ = {costs[t]:.3f}".replace("-", "−") in shown
    loss = costs.min() - costs[0]
    assert f"L = {loss:.3f}".replace("-", "−") in shown
    assert f"{loss:.3f}".replace("-", "−") in caption
    assert ("known without a query" in caption) != hubbard
    axes = figure.axes[1]
    offsets = np.concatenate([line.get_ydata() for line in axes.lines])
    assert all(np.isclose(offsets, cost).any() for cost in costs)


def test_a_short_roll_out_is_drawn_whole(fake: Maker) -> None:
    made = _only(fake(), "maxcut")
    content = made.study.model_dump(mode="json")
    content["experiments"]["maxcut-p2"]["evaluation"]["queries"] = 3
    made.path.write_text(yaml.safe_dump(content, sort_keys=False))
    made.study = load_study(made.path)
    shown = [text.get_text() for text in _texts(_draw("fig2_rollout", _complete(made))[0])]
    assert shown.count("RNN") == 3
    assert not any("…" in text for text in shown)


def test_without_a_network_there_is_no_roll_out(fake: Maker) -> None:
    made = _complete(fake(only=1))
    made._save("statistics", xr.Dataset(), experiment="maxcut-p2", set="8", protocol=MAIN)
    with pytest.raises(UserError, match="'maxcut-p2' compares no network"):
        _draw("fig2_rollout", made)


@pytest.mark.parametrize("script", ["fig2_rollout", "table1_shots"])
def test_missing_results_are_one_sentence(
    script: str, fake: Maker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(script, fake(only=1)) == 2
    error = capsys.readouterr().err
    assert "is missing" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("script", [*FIGURES, *TABLES])
def test_equal_results_give_equal_files(script: str, fake: Maker) -> None:
    made = _complete(fake(only=1))
    assert _run(script, made) == 0
    files = sorted(path for part in ("figures", "tables") for path in made.folder.glob(f"{part}/*"))
    before = [path.read_bytes() for path in files]
    assert _run(script, made) == 0
    assert len(files) >= 3
    assert [path.read_bytes() for path in files] == before


# --- table 1


def _records(made: Any, table: str) -> list[dict[str, str]]:
    with open(made.folder / "tables" / f"{table}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_table_1_holds_the_data_beside_the_papers_numbers(fake: Maker) -> None:
    made = _complete(fake("paper", seeds=1))
    assert _run("table1_shots", made) == 0
    records = _records(made, "table1_shots")
    assert [record["kind"] for record in records] == ["maxcut", "sk", "hubbard"]
    assert [record["size"] for record in records] == ["12", "8", "2x3"]
    for record in records:
        experiment = made.study.experiments[record["experiments"]]
        shots = _shots(experiment, record["size"])["shots"].values
        assert float(record["shots_mean"]) == pytest.approx(shots.mean(), rel=1e-12)
        assert float(record["shots_sd"]) == pytest.approx(shots.std(ddof=1), rel=1e-12)
        assert float(record["shots_median"]) == np.median(shots)
        assert float(record["as_variance_mean"]) == pytest.approx(EPSILON * shots.mean())
        assert int(record["instances"]) == len(shots)
        assert float(record["paper_mean"]) == PRINTED[record["kind"]].mean
        assert record["verdict"] == "replicated"
        assert record["as_variance_verdict"] == "not"
    folder = made.folder / "tables"
    for text in (folder / "table1_shots.md", folder / "table1_shots.tex"):
        plain = text.read_text().replace(r"\ensuremath{\pm}", "±")
        for number in ("(7 ± 4)e5", "(2.3 ± 0.6)e4", "(3 ± 2)e5"):
            assert number in plain
    text = (folder / "table1_shots.md").read_text()
    assert "$" not in text
    assert digest(made.study) in text


def test_a_class_of_which_the_paper_printed_nothing_has_a_dash(
    fake: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SK, "paper_shots", None)
    made = _complete(fake())
    assert _run("table1_shots", made) == 0
    text = (made.folder / "tables" / "table1_shots.md").read_text()
    (line,) = [one for one in text.splitlines() if one.startswith("| Ising (SK) QAOA")]
    cells = line.strip("| ").split(" | ")
    assert cells[4:6] == ["–", "–"]
    assert cells[7] == "–"
    (record,) = [row for row in _records(made, "table1_shots") if row["kind"] == "sk"]
    assert (record["paper_mean"], record["verdict"]) == ("nan", "–")


def test_depths_of_one_distribution_have_one_row(fake: Maker) -> None:
    made = fake(only=1)
    content = made.study.model_dump(mode="json")
    (one,) = content["experiments"].values()
    content["headline"] = None
    content["experiments"]["deeper"] = one | {"depth": 4}
    content["experiments"]["variant"] = one | {"variant_of": "deeper", "shots_size": "6"}
    made.path.write_text(yaml.safe_dump(content, sort_keys=False))
    made.study = load_study(made.path)
    assert _run("table1_shots", _complete(made)) == 0
    (record,) = _records(made, "table1_shots")
    assert record["experiments"] == "maxcut-p2 deeper"


@pytest.mark.parametrize(
    ("mean", "sd", "text"),
    [(6.8e5, 4.6e5, "(6.8 ± 4.6)e5"), (1e3, 50.0, "(1.0 ± 0.1)e3"), (0.5, 0.25, "(5.0 ± 2.5)e-1")],
)
def test_mean_and_spread_have_one_power_of_ten(mean: float, sd: float, text: str) -> None:
    assert _module("table1_shots").scientific(mean, sd) == text


def test_the_published_numbers_are_those_of_the_paper() -> None:
    assert {kind: one[:2] for kind, one in PRINTED.items()} == {
        "maxcut": (7e5, 4e5),
        "sk": (2.3e4, 0.6e4),
        "hubbard": (3e5, 2e5),
    }
    assert all("1907.05415" in one.source for one in PRINTED.values())
    assert list(CLAIMS) == ["C1", "C2", "C3", "C4", "R1", "R2"]
    for kind in PRINTED.values():
        power = math.floor(math.log10(kind.mean))
        words = f"({kind.mean / 10**power:g} ± {kind.sd / 10**power:.2g})e{power}"
        assert words in CLAIMS["C4"]


# --- table 2


def _below(model: type[pydantic.BaseModel]) -> Iterator[type[pydantic.BaseModel]]:
    for one in model.__subclasses__():
        yield one
        yield from _below(one)


def _settings() -> Iterator[tuple[str, str]]:
    """(setting, origin) of the package's models of settings, found through pydantic's own schema.

    A test may have run a class of its own in this process: only files of the package count.
    """
    for model in set(_below(Settings)) - {ProblemClass, IsingClass, Experiment}:
        module = sys.modules.get(model.__module__)
        if module is None or not Path(str(module.__file__)).is_relative_to(PACKAGE):
            continue
        for key, content in model.model_json_schema().get("properties", {}).items():
            if "origin" in content:
                yield key, content["origin"]


def test_every_setting_is_in_table_2_of_a_study_that_comes_with_the_suite() -> None:
    shown = {
        (row.key, row.origin)
        for name in study_names()
        for section in table2_settings.sections(load_study(name))
        for row in section.rows
    }
    assert shown == set(_settings())


@pytest.mark.parametrize("name", ["smoke", "paper"])
def test_table_2_has_the_settings_of_the_study(name: str, fake: Maker) -> None:
    made = fake(name)
    assert _run("table2_settings", made) == 0
    everything = _records(made, "table2_settings")
    records = [one for one in everything if one["place"] != table2_settings.FIXED_PLACE]
    fixed = [one["setting"] for one in everything if one not in records]
    assert fixed == [name for name, *_ in table2_settings.FIXED]
    expected = [(record["setting"], record["origin"]) for record in records]
    assert set(expected) <= set(_settings())
    # Nothing of what a study has no part of: neither has a probe.
    assert "probe" not in dict(expected)
    assert {"t_range", "couplings", "budget", "hidden", "alpha"} <= {key for key, _ in expected}
    assert len(expected) > 70
    assert {record["origin"] for record in records} == {"paper", "code", "inferred", "chosen"}
    text = (made.folder / "tables" / "table2_settings.md").read_text()
    assert "$" not in text
    assert digest(made.study) in text
    assert f"All {len(expected)} settings" in text
    in_force = settings_in_force(made.study)
    assert {(name.rpartition(".")[2], origin) for name, origin in in_force.items()} <= set(expected)
    chosen = sum(origin == "chosen" for origin in in_force.values())
    assert f"Table 3 counts the {len(in_force)} of them" in text
    assert f"depend ({chosen} chosen, " in text
    assert f"the other {len(expected) - len(in_force)} name or arrange" in text
    assert f"{len(fixed)} more choices" in text
    assert "h_t, o_t ← RNN(h_{t-1}, θ_{t-1}, y_{t-1})" in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    unescaped = re.compile(r"(?<!\\)\|")
    assert all(len(unescaped.findall(row)) == 6 for row in rows)
    headings = text.count("| setting |")
    assert len(rows) - headings == len(everything)


def _values(records: list[dict[str, str]], place: str) -> dict[str, dict[str, str]]:
    return {record["setting"]: record for record in records if record["place"] == place}


def test_table_2_names_who_holds_which_value(fake: Maker) -> None:
    made = fake("paper")
    assert _run("table2_settings", made) == 0
    records = _records(made, "table2_settings")
    experiments = _values(records, "experiments.*")
    assert experiments["depth"]["in this study"] == (
        "4 (maxcut-p4, sk-p4, ising-p4); 3 (hubbard-r3, hubbard-natural-r3)"
    )
    assert experiments["depth"]["default"] == "required"
    learners = _values(records, "experiments.*.learners.*")
    assert learners["hidden"]["default"] == "64"
    assert learners["hidden"]["in this study"] == "64 (where not named); 128 (ising-p4)"
    weak = "[2x2] (hubbard-r3: plain-2x2, residual-2x2)"
    assert learners["train_sizes"]["in this study"] == f"null (where not named); {weak}"
    evaluation = _values(records, "experiments.*.evaluation")
    assert evaluation["budget"]["in this study"] == (
        "400 (maxcut-p4, sk-p4, ising-p4); 600 (hubbard-r3, hubbard-natural-r3)"
    )
    assert evaluation["simplex"]["default"] == "[0.075, 0.15]"
    assert _values(records, "claims")["alpha"]["in this study"] == "0.05"
    assert not _values(records, "experiments.*.protocols.*")
    couplings = _values(records, "experiments.*.problem, experiments.*.problem.parts")["couplings"]
    assert couplings["in this study"] == (
        "gaussian (sk-p4; ising-p4: part 7, part 8, part 11); signs (ising-p4: part 9, part 12); "
        "uniform (ising-p4: part 10)"
    )


def test_table_2_reads_test_sets_from_other_distributions(fake: Maker) -> None:
    made = fake("paper")
    content = made.study.model_dump(mode="json")
    content["experiments"]["maxcut-p4"]["transfer"] = {
        "regular": {"size": "12", "problem": {"graphs": "regular"}}
    }
    content["experiments"]["maxcut-p4"]["transfer"]["regular"]["problem"]["kind"] = "maxcut"
    made.path.write_text(yaml.safe_dump(content, sort_keys=False))
    assert _run("table2_settings", made) == 0
    (graphs,) = [r for r in _records(made, "table2_settings") if r["setting"] == "graphs"]
    assert graphs["in this study"] == (
        "erdos_renyi (maxcut-p4, ising-p4); regular (maxcut-p4: regular)"
    )


def _fixed(name: str) -> str:
    (value,) = [value for one, _, _, value in table2_settings.FIXED if one == name]
    return value


def test_table_2_says_what_the_code_fixes(monkeypatch: pytest.MonkeyPatch) -> None:
    key, angles = jax.random.key(0), np.arange(3.0)
    fresh = Network(3, 8, "plain", key=key)
    ready = initialise(angles, 8, "plain", starts_there=False, key=key)
    memory = np.stack(ready.memory())
    assert not memory.any()
    assert _fixed("h_0") == "0"
    np.testing.assert_allclose(ready.head.weight, fresh.head.weight / 10)
    assert _fixed("head") == "1/10"

    taken: dict[str, Any] = {}
    for rule in ("adam", "cosine_decay_schedule"):
        original = getattr(optax, rule)

        def noted(*given: Any, rule: str = rule, original: Any = original, **named: Any) -> Any:
            taken[rule] = inspect.signature(original).bind(*given, **named)
            taken[rule].apply_defaults()
            return original(*given, **named)

        monkeypatch.setattr(optax, rule, noted)
    outer_optimiser(Learner())
    adam = taken["adam"].arguments
    assert _fixed("adam") == f"{adam['b1']:g}, {adam['b2']:g}, 1e-8"
    assert adam["eps"] == 1e-8
    end = taken["cosine_decay_schedule"].arguments["alpha"]
    assert _fixed("schedule") == f"cosine from its peak to {100 * end:g} %"

    costs, start = jnp.array([1.0, 3.0]), jnp.array(0.0)
    assert float(cumulative_regret(costs, start)) == 2.0
    assert _fixed("regret") == "1/T"
    assert float(weighted(costs, start)) == pytest.approx((2 * 1 + 4 * 3) / 6)
    assert _fixed("weighted") == "2 t/(T (T + 1))"

    options: dict[str, Any] = {}

    def seen(*_: Any, **named: Any) -> Any:
        options.update(named)
        return SimpleNamespace(x=angles)

    monkeypatch.setattr(scipy.optimize, "minimize", seen)
    rng = np.random.default_rng(0)
    nelder_mead.minimise(None, angles, edges=angles, budget=9, rng=rng)  # type: ignore[arg-type]
    assert (options["options"]["xatol"], options["options"]["fatol"]) == (1e-5, 1e-8)
    assert _fixed("nelder_mead") == "xatol 1e-5, fatol 1e-8"

    assert _fixed("ramp").startswith(f"{RAMP_SLOPE:g}, {2 * RAMP_SLOPE:g};")
    assert _fixed("constants") == f"cosine from {single_vector.LEARNING_RATE:g} to 0"
    assert _fixed("bayes").startswith(f"{bayes.RANDOM_FIRST};")
    assert _fixed("cma_es") == str(cma_es.POPULATION)
    assert _fixed("shots").endswith(f"; {shots.INSTANCES}")
    assert _fixed("transfer") == f"{REWIRING:g}; {AFFINITY:g}"
    ladder = hubbard_ansatz(hubbard((2, 2), t=1.0, u=4.0), steps=1)
    assert ladder.heuristic() == pytest.approx([-0.1 * 4 / np.pi] * 3)
    assert _fixed("adiabatic") == "0.1 |U| r"


# --- LaTeX


@pytest.mark.parametrize("script", TABLES)
def test_latex_is_ascii_with_equal_columns(script: str, fake: Maker) -> None:
    made = _complete(fake())
    assert _run(script, made) == 0
    text = (made.folder / "tables" / f"{script}.tex").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("%")]
    assert "\n".join(lines).isascii()
    sections = len(table2_settings.sections(made.study)) + 1 if script == "table2_settings" else 1
    assert sum(line.startswith(r"\begin{longtable}") for line in lines) == sections
    rows = [line for line in lines if line.endswith(r"\\")]
    ampersands = {len(re.findall(r"(?<!\\)&", row)) for row in rows}
    assert ampersands == {4 if script == "table2_settings" else 7}
    for line in lines:
        bare = re.sub(r"\\[\\{}$%&#_]", "", line)
        assert bare.count("{") == bare.count("}")
        assert bare.count("$") % 2 == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50 % & $5_a#", r"50 \% \& \$5\_a\#"),
        ("γ, β ± 3", r"\ensuremath{\gamma}, \ensuremath{\beta} \ensuremath{\pm} 3"),
        ("θ₀ of train_sizes", r"\ensuremath{\theta}\ensuremath{_0} of train\_sizes"),
        ("T_{t+1} = T_h", r"\ensuremath{T_{t+1}} = \ensuremath{T_h}"),
        ("θ_t", r"\ensuremath{\ensuremath{\theta}_t}"),
        ("`loss_a` a\\b", r"\texttt{loss\_a} a{\textbackslash}b"),
        ("1 – “2” … 'x'", r"1 {\textendash} {\textquotedblleft}2{\textquotedblright}"),
        ("a|b", r"a{\textbar}b"),
    ],
)
def test_text_is_escaped_for_latex(text: str, expected: str) -> None:
    assert latex.escape(text).startswith(expected)


def test_an_unknown_character_is_named() -> None:
    with pytest.raises(UserError, match="'漢' in 'a漢' has no LaTeX form"):
        latex.escape("a漢")
