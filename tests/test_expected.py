"""How long a study is expected to take: what the guess grows with, and that it adds up."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from figures import __main__ as command
from figures import exhibits
from replication import expected as model
from replication import workflow
from replication.expected import Expected, expected, seconds
from replication.study import MAIN, Study, load_study, study_names
from tests.shown import figures_of, tables_of

TINY = Path(__file__).resolve().parent / "workflow" / "tiny.yaml"


@pytest.fixture(scope="module")
def tiny() -> Study:
    return load_study(TINY)


def _changed(study: Study, experiment: str, *path: str, to: Any) -> Study:
    content = study.model_dump(mode="json")
    inner = content["experiments"][experiment]
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return Study.model_validate(content)


def _sum(study: Study, results: Path | None = None) -> float:
    return sum(_expected(study, 1, results).drawings.values())


def _expected(study: Study, cores: int = 1, results: Path | None = None) -> Expected:
    needs = {one.name: one.needs for one in exhibits.exhibits(study)}
    return expected(study, needs, cores, results)


@pytest.mark.parametrize("name", study_names())
def test_every_figure_and_table_is_listed_with_a_time(name: str) -> None:
    study = load_study(name)
    found = _expected(study, 2)
    assert list(found.drawings) == [
        *(f"figures/{one.stem}" for one in figures_of(study)),
        *(f"tables/{one.stem}" for one in tables_of(study)),
    ]
    assert all(math.isfinite(each) and each > 0 for each in found.drawings.values())
    lines = found.table().splitlines()
    assert [line.split()[0] for line in lines[2:]] == [*found.drawings, "total"]


def test_every_job_counts_once(tiny: Study) -> None:
    count = len(figures_of(tiny)) + len(tables_of(tiny))
    jobs = [seconds(step, tiny, names) for step, names in exhibits.jobs_of(tiny)]
    assert _sum(tiny) == pytest.approx(sum(jobs) + count * model.COSTS.drawing)


def test_what_several_figures_need_counts_for_the_first(tiny: Study) -> None:
    found = _expected(tiny).drawings
    first, starts = "figures/fig3_convergence", "tables/starts"
    assert found[first] > found[starts] == model.COSTS.drawing


@pytest.mark.parametrize(
    ("path", "less", "more"),
    [
        (("test",), {"4": 30}, {"4": 60}),
        (("learners", "plain", "steps"), 2000, 4000),
        (("learners", "plain", "seeds"), 2, 5),
        (("learners", "plain", "hidden"), 16, 128),
        (("learners", "plain", "batch"), 64, 128),
        (("learners", "plain", "queries"), 5, 20),
        (("depth",), 1, 4),
        (("train_sizes",), ["4"], ["4", "9"]),
        (("evaluation", "budget"), 20, 100),
        (("reference", "random_starts"), 2, 50),
        (("constants", "steps"), 10, 100),
    ],
)
def test_more_work_takes_longer(
    tiny: Study, path: tuple[str, ...], less: object, more: object
) -> None:
    times = [_sum(_changed(tiny, "sk", *path, to=value)) for value in (less, more)]
    assert times[0] < times[1]


def test_training_time_grows_in_proportion_to_the_steps(tiny: Study) -> None:
    def trained(steps: int) -> float:
        study = _changed(tiny, "sk", "learners", "plain", "steps", to=steps)
        return seconds("train", study, {"experiment": "sk", "learner": "plain"})

    assert trained(3000) - trained(2000) == pytest.approx(trained(2000) - trained(1000))


def test_other_protocols_cost_what_they_ask_for() -> None:
    study = load_study("extended")

    def traced(protocol: str, start: str = "random", sample: str = "12") -> float:
        alone = [start.partition(".")[0]]
        one = _changed(study, "maxcut-p4", "starts", to=alone)
        if start == "lstm":
            # It stands alone where a network that it is chosen from is not tested.
            one = _changed(one, "maxcut-p4", "learners", "residual", "test_sizes", to=["10"])
        if protocol != MAIN:
            one = _changed(one, "maxcut-p4", "protocols", protocol, "starts", to=alone)
        names = {"experiment": "maxcut-p4", "sample": sample, "protocol": protocol}
        return seconds("traces", one, {**names, "starts": workflow.tracer(start)})

    assert traced("lbfgsb") > traced("cobyla")
    assert traced("shots-100") > traced("edges-half") == traced(MAIN)
    assert traced(MAIN, "bayes") > traced(MAIN)
    assert traced(MAIN, "lstm.residual") > 3 * traced(MAIN, "lstm")
    per_instance = [
        traced(MAIN, sample=sample) / count for sample, count in (("12", 100), ("18", 12))
    ]
    assert per_instance[1] > 10 * per_instance[0]


def test_larger_ladders_take_longer() -> None:
    study = load_study("extended")
    times = [
        seconds("optima", study, {"experiment": "hubbard-r3", "sample": sample})
        / study.experiments["hubbard-r3"].samples[sample].instances
        for sample in ("2x2", "2x3", "2x4", "2x5")
    ]
    assert times == sorted(times)
    fewer, half = (
        seconds("optima", study, {"experiment": "hubbard-r3", "sample": sample})
        for sample in ("filling-2-1", "2x3")
    )
    assert fewer < half


def test_the_work_is_shared_out_but_jobs_wait_for_each_other(tiny: Study) -> None:
    one, two, many = (_expected(tiny, cores) for cores in (1, 2, 1000))
    assert one.total == pytest.approx(sum(one.drawings.values()))
    assert two.total == pytest.approx(max(one.total / 2, one.chain))
    # Instances, constants, training, choice, traces, reference, statistics, figure.
    assert many.total == many.chain > 7 * model.COSTS.job


def test_what_is_there_counts_as_done(tiny: Study, tmp_path: Path) -> None:
    whole = _sum(tiny, tmp_path)
    assert whole == _sum(tiny)
    names = {"experiment": "sk", "learner": "plain"}
    path = tmp_path / workflow.STEPS["train"].format(**names)
    path.parent.mkdir(parents=True)
    path.touch()
    assert whole - _sum(tiny, tmp_path) == pytest.approx(seconds("train", tiny, names))
    for step, job in exhibits.jobs_of(tiny):
        path = tmp_path / workflow.STEPS[step].format(**job)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for name in _expected(tiny).drawings:
        path = tmp_path / f"{name}.{'svg' if name.startswith('figures') else 'csv'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert _expected(tiny, 1, tmp_path).total == 0


def _time(results: Path, step: str, names: dict[str, str], took: float) -> None:
    path = (results / "benchmarks" / workflow.STEPS[step].format(**names)).with_suffix(".tsv")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"s\th:m:s\tmax_rss\n{took}\t0:00:01\t100\n")


def test_measured_times_correct_the_guess_once_they_say_enough(tiny: Study, tmp_path: Path) -> None:
    whole, jobs = _sum(tiny), exhibits.jobs_of(tiny)
    _time(tmp_path, *jobs[0], took=1e4)
    assert _sum(tiny, tmp_path) == pytest.approx(whole)
    for step, names in jobs:
        _time(tmp_path, step, names, took=2 * seconds(step, tiny, names))
    assert sum(seconds(*job[:1], tiny, job[1]) for job in jobs) > model.ENOUGH
    assert _sum(tiny, tmp_path) == pytest.approx(2 * whole)
    # A file that says nothing is passed over.
    path = (tmp_path / "benchmarks" / workflow.STEPS[jobs[0][0]].format(**jobs[0][1])).with_suffix(
        ".tsv"
    )
    for text in ("", "s\n", "other\n1\n", "s\n-\n"):
        path.write_text(text)
        assert _sum(tiny, tmp_path) == pytest.approx(2 * whole)


def test_the_guess_meets_the_run_that_it_was_measured_on() -> None:
    """The jobs of the study `paper` took 2540 s, of which training 1097 s."""
    study = load_study("paper")
    times = [(step, seconds(step, study, names)) for step, names in exhibits.jobs_of(study)]
    assert 2540 / 1.5 < sum(each for _, each in times) < 2540 * 1.5
    assert 1097 / 1.5 < sum(each for step, each in times if step == "train") < 1097 * 1.5


def test_the_table_adds_up() -> None:
    found = Expected({"figures/a": 600.0, "tables/long_name": 60.0}, chain=90.0, cores=2)
    assert found.table().splitlines()[1:] == [
        "figure or table   minutes",
        "figures/a             5.0",
        "tables/long_name      0.5",
        "total                 5.5",
    ]
    assert found.table().startswith("Expected time on 2 cores")
    assert "on 1 core," in Expected({"figures/a": 1.0}, 1.0, 1).table()


def test_the_command_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["expected", str(TINY), "--cores", "2", "--results", str(tmp_path)]
    assert command.main(argv) == 0
    assert capsys.readouterr().out == f"{_expected(load_study(TINY), 2, tmp_path).table()}\n"
    assert command.main(["expected", str(TINY), "--cores", "0"]) == 2
    assert "--cores must be at least 1 (got 0)" in capsys.readouterr().err
    assert command.main(["expected", "nothing"]) == 2


def test_no_numerical_library_is_needed() -> None:
    code = "import sys, replication.expected; print({'jax', 'cirq', 'scipy'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
