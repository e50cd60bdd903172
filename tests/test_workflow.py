"""The graph of jobs: what each reads, what makes it stale, and the command line in front of it."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import xarray as xr
import yaml

from replication import __main__ as command
from replication import provenance, starts, workflow
from replication.environment import ROLLED, WIDTH
from replication.errors import UserError
from replication.study import Study, digest, load_study
from replication.workflow import Job, code_digest, needs, settings_digest

ROOT = Path(__file__).resolve().parent.parent
TINY = ROOT / "tests" / "workflow" / "tiny.yaml"


def every_job(study):
    """All jobs of a study, inputs before what reads them."""
    found = {}

    def visit(step, names):
        key = step, tuple(names.items())
        if key not in found:
            for one in needs(step, study, names):
                visit(*one)
            found[key] = names

    for drawing in [*workflow.figures(study), *workflow.tables(study)]:
        for one in drawing.needs:
            visit(*one)
    return [(step, names) for (step, _), names in found.items()]


@pytest.fixture(scope="module")
def tiny():
    return load_study(TINY)


@pytest.fixture
def job(tiny, tmp_path):
    names = {"experiment": "sk", "sample": "4"}
    return Job("instances", tiny, tmp_path / "results" / "smoke", names)


def changed(study, *path_and_value):
    """The study with one setting changed."""
    *path, value = path_and_value
    content = study.model_dump(mode="json")
    node = content
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return Study.model_validate(content)


@pytest.mark.parametrize("name", ["smoke", "paper", "extended"])
def test_every_job_names_all_that_its_path_needs(name):
    study = load_study(name)
    jobs = every_job(study)
    assert {step for step, _ in jobs} == set(workflow.STEPS)
    paths = [Job(step, study, Path("results"), names).path for step, names in jobs]
    assert len(set(paths)) == len(paths)
    for step, names in jobs:
        assert set(workflow.fields(step)) == set(names)
        for key in workflow.fields(step):
            assert names[key] in workflow.allowed(key, step, study, names)


def test_starts_fit_the_class_and_stand_once_for_each_learner(tiny):
    qaoa = workflow.starts_for(tiny, "sk", "4")
    assert {"random", "ramp", "constant", "median", "lstm.plain", "lstm.residual"} <= set(qaoa)
    assert not {"adiabatic", "lstm"} & set(qaoa)
    small = workflow.starts_for(tiny, "ladder", "2x2")
    large = workflow.starts_for(tiny, "ladder", "2x3")
    assert "adiabatic" in small
    assert "ramp" not in small
    assert set(large) - set(small) == {"lstm.small"}


def test_under_a_protocol_only_the_chosen_network_is_tried(tiny):
    protocol = {"label": "noisy", "shown_in": "shots", "shots": 100, "starts": ["lstm", "random"]}
    study = changed(tiny, "experiments", "sk", "protocols", {"noisy": protocol})
    assert study.experiments["sk"].protocols_on("4") == ["main", "noisy"]
    assert workflow.starts_for(study, "sk", "4", "noisy") == ["lstm", "random"]
    names = {"experiment": "sk", "sample": "4", "protocol": "noisy", "starts": "lstm"}
    assert ("select", {"experiment": "sk"}) in needs("traces", study, names)
    # The other protocol leaves the main one's jobs as they were.
    main = names | {"protocol": "main", "starts": "given"}
    assert settings_digest("traces", tiny, main) == settings_digest("traces", study, main)
    assert settings_digest("traces", study, main) != settings_digest(
        "traces", study, main | {"protocol": "noisy"}
    )


def test_starts_that_wait_for_no_network_are_one_job(tiny):
    assert workflow.tracers(tiny, "sk", "4") == ["given", "lstm.plain", "lstm.residual"]
    names = {"experiment": "sk", "sample": "4", "protocol": "main"}
    together = workflow.traced_by(tiny, {**names, "starts": "given"})
    assert {"random", "ramp", "constant", "median"} <= set(together)
    assert not [start for start in together if start.startswith("lstm")]
    assert workflow.traced_by(tiny, {**names, "starts": "lstm.plain"}) == ["lstm.plain"]
    assert ("select", {"experiment": "sk"}) not in needs(
        "traces", tiny, {**names, "starts": "given"}
    )
    # One start more is another job, for those that have it only.
    study = changed(tiny, "experiments", "sk", "starts", ["random", "lstm"])
    for job, same in (("given", False), ("lstm.plain", True)):
        digests = [
            settings_digest("traces", one, {**names, "starts": job}) for one in (tiny, study)
        ]
        assert (digests[0] == digests[1]) == same


def test_where_a_candidate_is_not_tested_the_chosen_network_is(tiny):
    study = changed(tiny, "experiments", "sk", "transfer", {"maxcut": MAXCUT})
    found = workflow.starts_for(study, "sk", "maxcut")
    assert "lstm" in found
    assert not [name for name in found if name.startswith("lstm.")]


def test_an_experiment_may_have_a_seed_of_its_own(tiny, tmp_path, monkeypatch):
    study = changed(tiny, "experiments", "sk", "seed", 5)
    for step, names in every_job(tiny):
        same = settings_digest(step, tiny, names) == settings_digest(step, study, names)
        assert same == (names.get("experiment") == "ladder")
    seen = []
    module = SimpleNamespace(run=seen.append)
    monkeypatch.setattr(workflow.importlib, "import_module", lambda name: module)
    for name in ("sk", "ladder"):
        names = {"experiment": name, "sample": "train"}
        workflow.run(Job("instances", study, tmp_path, names))
    assert [job.study.seed for job in seen] == [5, tiny.seed]
    # What it saves says where it belongs, not how its seed came about.
    digests = {job.attributes()["study_digest"] for job in seen}
    assert digests == {digest(study)}


def test_a_new_test_sample_leaves_the_others_alone(tiny):
    study = changed(tiny, "experiments", "sk", "transfer", {"maxcut": MAXCUT})
    for step, names in every_job(tiny):
        if step != "claims":
            assert settings_digest(step, tiny, names) == settings_digest(step, study, names)


def test_a_study_may_choose_its_starts(tiny):
    study = changed(tiny, "experiments", "sk", "starts", ["random", "lstm"])
    assert workflow.starts_for(study, "sk", "4") == ["random", "lstm.plain", "lstm.residual"]
    wrong = changed(tiny, "experiments", "sk", "starts", ["randm"])
    with pytest.raises(UserError, match="unknown start 'randm'; allowed are adiabatic, bayes"):
        workflow.check(wrong)
    wrong = changed(tiny, "experiments", "sk", "evaluation", "optimiser", "newton")
    with pytest.raises(UserError, match=r"unknown optimiser 'newton'; allowed are .*nelder_mead"):
        workflow.check(wrong)
    wrong = changed(tiny, "claims", "controls", ["lstm"])
    with pytest.raises(UserError, match=r"claims.controls: unknown start 'lstm'; allowed are .*"):
        workflow.check(wrong)


MAXCUT = {"label": "MaxCut", "size": "4", "instances": 2, "problem": {"kind": "maxcut"}}
ALL = set(workflow.STEPS)
AFTER_TRAINING = {"select", "traces", "reference", "statistics", "claims"}
AFTER_TRACES = {"reference", "statistics", "claims"}
LEARNER = ("experiments", "sk", "learners", "plain")


@pytest.mark.parametrize(
    ("change", "steps"),
    [
        (("seed", 5), ALL),
        (("title", "another"), set()),
        (("experiments", "sk", "title", "another"), set()),
        (("experiments", "sk", "depth", 2), ALL - {"instances", "shots"}),
        (("experiments", "sk", "train_instances", 5), ALL - {"shots"}),
        (
            ("experiments", "sk", "validation_instances", 3),
            {"instances", "train", *AFTER_TRAINING},
        ),
        (
            ("experiments", "sk", "test", "4", 5),
            {"instances", "optima", "traces"} | AFTER_TRACES,
        ),
        ((*LEARNER, "hidden", 5), {"train", *AFTER_TRAINING}),
        ((*LEARNER[:-1], "residual", "headline", True), {"select", "statistics", "claims"}),
        (("experiments", "sk", "evaluation", "queries", 9), {"train", *AFTER_TRAINING}),
        (("experiments", "sk", "evaluation", "budget", 30), {"traces", *AFTER_TRACES}),
        (
            ("experiments", "sk", "constants", "steps", 99),
            {"constants", "train", *AFTER_TRAINING},
        ),
        (
            ("experiments", "sk", "reference", "random_starts", 3),
            {"optima", "traces", *AFTER_TRACES},
        ),
        (("statistics", "resamples", 600), {"statistics", "claims"}),
        (("claims", "saving", 3), {"claims"}),
        (("experiments", "sk", "shots_size", "5"), {"shots", "claims"}),
        ((*LEARNER, "label", "another"), set()),
        ((*LEARNER, "theta_0", "constants"), {"train", *AFTER_TRAINING}),
    ],
)
def test_a_setting_reruns_just_the_steps_that_it_reaches(tiny, change, steps):
    study = changed(tiny, *change)
    touched = {
        step
        for step, names in every_job(tiny)
        if settings_digest(step, tiny, names) != settings_digest(step, study, names)
    }
    assert touched == steps


def test_a_setting_leaves_other_experiments_and_learners_alone(tiny):
    study = changed(tiny, *LEARNER, "hidden", 5)
    for step, names in every_job(tiny):
        if step == "claims":
            continue
        alien = names["experiment"] != "sk" or "residual" in (
            names.get("learner", names.get("starts", ""))
        )
        if alien:
            assert settings_digest(step, tiny, names) == settings_digest(step, study, names)


def test_all_digests_of_a_study_differ(tiny):
    digests = [settings_digest(step, tiny, names) for step, names in every_job(tiny)]
    assert len(set(digests)) == len(digests)


def test_inputs_come_before_their_readers(tiny, tmp_path):
    order = list(workflow.STEPS)
    for step, names in every_job(tiny):
        for one, _ in needs(step, tiny, names):
            assert order.index(one) < order.index(step)


@pytest.fixture
def package(monkeypatch, tmp_path):
    """A small package of the same name, and a function that digests one of its modules afresh."""
    monkeypatch.setattr(workflow, "ROOT", tmp_path / "replication")

    def ask(*modules):
        for cached in (workflow._hash, workflow._closure, workflow._imports):
            cached.cache_clear()
        return code_digest(*modules)

    yield tmp_path, ask
    ask()


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def edit(path):
    write(path, path.read_text(encoding="utf-8") + "\n# edited\n")


def test_code_digests_follow_imports_and_nothing_else(package):
    root, ask = package
    inside = root / "replication"
    write(
        inside / "steps" / "fake.py",
        "from typing import TYPE_CHECKING\n"
        "import numpy as np\n"
        "import replication.absolute\n"
        "from replication.workflow import Job\n"
        "from replication.fakes import one\n"
        "if TYPE_CHECKING:\n    from replication.fakes.hint import Hint\n"
        "else:\n    Hint = None\n",
    )
    write(inside / "fakes" / "one.py", "def f():\n    from .two import g\n    return g()\n")
    write(inside / "fakes" / "two.py", "from . import three\ndef g():\n    return 2\n")
    write(inside / "workflow.py", "from replication.fakes import other\n")
    silent = ("fakes/hint.py", "fakes/other.py", "workflow.py", "__init__.py")
    loud = ("steps/fake.py", "steps/__init__.py", "fakes/__init__.py", "fakes/one.py")
    loud = (*loud, "fakes/two.py", "fakes/three.py", "absolute.py")
    for name in (*silent, *loud):
        (inside / name).touch()
    step = "replication.steps.fake"
    before = ask(step)
    for name in silent:
        edit(inside / name)
        assert ask(step) == before, name
    for name in loud:
        edit(inside / name)
        assert ask(step) != before, name
        before = ask(step)


def test_a_script_counts_with_what_lies_beside_it(package):
    root, ask = package
    write(root / "replication" / "seeds.py", "")
    write(root / "figures" / "style.py", "COLOUR = 1\n")
    write(root / "figures" / "plot.py", "import style\nfrom replication import seeds\n")
    script = str(root / "figures" / "plot.py")
    before = ask(script)
    for loud in ("figures/style.py", "replication/seeds.py"):
        edit(root / loud)
        assert ask(script) != before
        before = ask(script)


def test_names_from_the_package_root_count_as_everything(package):
    root, ask = package
    write(root / "figures" / "plot.py", "from replication import maxcut\n")
    before = ask(str(root / "figures" / "plot.py"))
    write(root / "replication" / "simulators" / "new.py", "")
    assert ask(str(root / "figures" / "plot.py")) != before


def test_only_its_own_start_and_optimiser_count_for_a_trace(tiny, tmp_path):
    names = {"experiment": "sk", "sample": "4", "protocol": "main"}
    job = Job("traces", tiny, tmp_path, {**names, "starts": "given"})
    codes = [job.code_of([start]) for start in workflow.starts_for(tiny, "sk", "4")]
    learners = len(tiny.experiments["sk"].learners)
    assert len(set(codes)) == len(codes) - learners + 1
    base = code_digest("replication.steps.traces")
    assert base not in codes


@pytest.mark.parametrize("step", workflow.STEPS)
def test_every_step_has_a_module(step):
    assert workflow._source(f"replication.steps.{step}").is_file()
    assert len(code_digest(f"replication.steps.{step}")) == 16


def test_every_start_tells_its_label_and_its_classes():
    for name in starts.names():
        start = starts.load(name)
        assert start.LABEL
        assert set(start.KINDS) <= {"maxcut", "sk", "hubbard"}


def test_snakemake_imports_nothing_heavy():
    code = (
        "import sys; from replication import starts, store, study, workflow\n"
        "workflow.check(study.load_study('paper'))\n"
        "print({'jax', 'xarray', 'scipy', 'matplotlib', 'equinox', 'snakemake'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_a_job_saves_with_provenance_and_loads_what_others_saved(job):
    job.save(xr.Dataset({"x": ("i", [1.0])}))
    assert job.path == job.results / "instances" / "sk" / "4.nc"
    names = {"experiment": "sk", "sample": "4", "protocol": "main"}
    reader = Job("statistics", job.study, job.results, names)
    found = reader.load("instances")
    expected = {
        *("kind", "settings", "format", "experiment", "sample", "study", "study_digest"),
        *("code_digest", "base_seed", "threads", "python", "jax_version", "numpy_version"),
        *("replication_version", "git_commit", "git_dirty", "cpu", "cores", "platform"),
        *("started_utc", "wall_time_s", "peak_memory_mib"),
    }
    assert expected <= set(found.attrs)
    assert found.attrs["base_seed"] == job.study.seed
    assert 0 <= found.attrs["wall_time_s"] < 60
    assert found.attrs["start_up_time_s"] > 0


def test_a_process_knows_when_it_began():
    """The interpreter's own start counts, which comes before any line of ours."""
    code = "import time; time.sleep(0.3); from replication.provenance import process_began as b"
    before = time.time()
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print(b())"], capture_output=True, text=True, check=True
    )
    assert before - 0.1 <= float(done.stdout) <= time.time() - 0.3


def test_without_a_system_that_tells_it_the_process_began_with_our_first_line(monkeypatch):
    def missing(path):
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_text", missing)
    assert provenance.process_began() == provenance._IMPORTED


def test_a_job_refuses_what_was_made_with_other_settings(job):
    job.save(xr.Dataset())
    study = changed(job.study, "experiments", "sk", "test", "4", 5)
    reader = Job("traces", study, job.results, {"experiment": "sk"})
    with pytest.raises(UserError, match=r"4\.nc is stale"):
        reader.load("instances", sample="4")


def test_a_figure_loads_through_a_job_of_its_own(job):
    job.save(xr.Dataset({"x": 1.0}))
    figure = Job("figure", job.study, job.results)
    assert float(figure.load("instances", experiment="sk", sample="4")["x"]) == 1


def test_work_folders_are_apart_and_can_be_cleared(job):
    other = Job(job.step, changed(job.study, "seed", 5), job.results, job.names)
    assert job.work != other.work
    job.clear_work()
    job.work.mkdir(parents=True)
    (job.work / "checkpoint").touch()
    job.clear_work()
    assert not job.work.exists()


def test_provenance_survives_a_missing_git(monkeypatch):
    def missing(*arguments, **options):
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", missing)
    found = provenance.collect()
    assert found["git_commit"] == found["git_dirty"] == "unknown"
    assert "wall_time_s" not in found


def test_provenance_takes_no_commit_from_a_repository_around_it(monkeypatch, tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "site-packages").mkdir()
    monkeypatch.setattr(provenance, "ROOT", tmp_path / "site-packages")
    assert provenance.collect()["git_commit"] == "unknown"


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    workflow.writable(tmp_path / "not" / "yet")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"results folder .*file/smoke cannot be written"):
        workflow.writable(tmp_path / "file" / "smoke")


ONE = ["instances", "--study", str(TINY), "--experiment", "sk", "--sample", "4"]


@pytest.fixture
def environment(monkeypatch):
    """The environment, put back after the command line has changed it."""
    monkeypatch.setattr(os, "environ", dict(os.environ))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            [*ONE, "--study", "smok"],
            "unknown study 'smok'; allowed are extended, paper, smoke or a path",
        ),
        (
            [*ONE, "--experiment", "maxcut"],
            "unknown experiment 'maxcut'; allowed are sk, ladder",
        ),
        ([*ONE, "--sample", "5"], "unknown sample '5'; allowed are train, validation, 4"),
        ([*ONE, "--threads", "0"], "--threads must be at least 1 (got 0)"),
    ],
)
def test_the_command_line_names_mistakes(arguments, sentence, capsys, environment):
    assert command.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"replication: error: {sentence}")
    assert error.count("\n") == 1


def test_the_command_line_refuses_an_unknown_step(capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(["instance"])
    assert caught.value.code == 2
    assert "instances" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (UserError("this and that."), 2, "replication: error: this and that.\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "results/x"),
            2,
            "replication: error: cannot write results/x: No space left on device\n",
        ),
        (KeyboardInterrupt(), 130, "replication: interrupted\n"),
    ],
)
def test_the_exit_status_tells_what_happened(
    error, status, sentence, monkeypatch, capsys, environment, tmp_path
):
    def fail(job):
        raise error

    monkeypatch.setattr(workflow, "run", fail)
    assert command.main([*ONE, "--results", str(tmp_path)]) == status
    assert capsys.readouterr().err == sentence


def test_other_errors_keep_their_traceback(monkeypatch, environment, tmp_path):
    def fail(job):
        raise FileNotFoundError(errno.ENOENT, "a bug")

    monkeypatch.setattr(workflow, "run", fail)
    with pytest.raises(FileNotFoundError):
        command.main([*ONE, "--results", str(tmp_path)])


def test_the_command_line_configures_jax_before_it_is_imported(monkeypatch, environment, tmp_path):
    seen = []
    monkeypatch.setattr(workflow, "run", seen.append)
    monkeypatch.delitem(os.environ, "JAX_COMPILATION_CACHE_DIR", raising=False)
    assert command.main([*ONE, "--results", str(tmp_path / "results" / "smoke")]) == 0
    assert seen[0].names == {"experiment": "sk", "sample": "4"}
    assert os.environ["JAX_ENABLE_X64"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == os.environ["NPROC"] == "1"
    assert os.environ["XLA_FLAGS"].endswith("--xla_cpu_multi_thread_eigen=false")
    assert WIDTH in os.environ["XLA_FLAGS"].split()
    assert ROLLED not in os.environ["XLA_FLAGS"]
    assert os.environ["JAX_COMPILATION_CACHE_DIR"] == str(tmp_path / "results" / ".jax_cache")


def test_what_trains_is_compiled_without_unrolled_loops(monkeypatch, environment, tmp_path):
    monkeypatch.setattr(workflow, "run", lambda job: None)
    train = ["train", *ONE[1:5], "--learner", "plain", "--results", str(tmp_path)]
    assert command.main(train) == 0
    assert ROLLED in os.environ["XLA_FLAGS"]


def test_a_step_computes_its_circuits_in_its_own_thread():
    """Handing small circuits to another thread makes the traces half as long again."""
    told = "import jax; print(jax.config.read('jax_cpu_enable_async_dispatch'))"
    code = f"from replication.__main__ import _import; _import('replication.steps.traces'); {told}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_command_line_prints_schema_and_effective_study(capsys):
    assert command.main(["schema"]) == 0
    assert '"title": "Study"' in capsys.readouterr().out
    assert command.main(["study", "smoke"]) == 0
    assert Study.model_validate(yaml.safe_load(capsys.readouterr().out)) == load_study("smoke")


def test_every_step_has_a_sub_command():
    assert list(command.HELP) == list(workflow.STEPS)
