"""The line that says what is done, what runs and how long the rest takes."""

from types import SimpleNamespace

import pytest

from replication import expected, watch
from replication.study import load_study
from replication.watch import Watch
from replication.workflow import STEPS


def job(step, **names):
    """A job as Snakemake would have it; compared and hashed by identity, as there."""

    class Job:
        rule = SimpleNamespace(name=step)
        wildcards_dict = names

    return Job()


@pytest.fixture
def study():
    return load_study("smoke")


@pytest.fixture
def jobs(study):
    (name, *_) = study.experiments
    train = job("train", experiment=name, learner="residual")
    return [train, job("select", experiment=name), job("figure_fig3_convergence")]


def test_each_kind_of_job_is_named_and_counted(study, jobs, tmp_path):
    left, running = list(jobs), [jobs[0]]
    follow = Watch(study, tmp_path, 1, lambda: left, lambda: running)
    name = jobs[0].wildcards_dict["experiment"]
    line = follow.line(0.0)
    assert line.startswith(f"== 0 of 3 jobs done, running: train {name} residual. About ")
    whole = sum(watch._seconds(study, one) for one in jobs)
    assert line.endswith(f"About {watch._duration(whole)} left.")
    left, running = [jobs[2]], [jobs[2]]
    line = follow.line(1.0)
    assert line.startswith("== 2 of 3 jobs done, running: figure_fig3_convergence.")
    assert line.endswith("less than a minute left.")
    left, running = [], []
    assert "3 of 3 jobs done, running: nothing" in follow.line(2.0)


def test_time_passes_for_what_runs_but_never_below_nothing(study, jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "_seconds", lambda *_: 600.0)
    follow = Watch(study, tmp_path, 2, lambda: jobs, lambda: jobs[:1])
    # Three jobs of ten minutes on two cores.
    assert follow.line(1000.0).endswith("About 15 min left.")
    assert follow.line(1300.0).endswith("About 12 min left.")
    # An overdue job counts for a tenth of what was expected of it.
    assert follow.line(9000.0).endswith("About 10 min left.")
    # One long job cannot be shared out.
    alone = Watch(study, tmp_path, 8, lambda: jobs[:1], lambda: jobs[:1])
    assert alone.line(0.0).endswith("About 10 min left.")


def test_measured_times_correct_the_guess(tmp_path):
    study = load_study("paper")
    train = job("train", experiment="sk-p4", learner="residual")
    jobs = [train, job("figure_fig3_convergence")]
    guess = expected.seconds("train", study, train.wildcards_dict)
    path = tmp_path / "benchmarks" / STEPS["train"].format(**train.wildcards_dict)
    path = path.with_suffix(".tsv")
    path.parent.mkdir(parents=True)
    path.write_text(f"s\n{10 * guess}\n", encoding="utf-8")
    assert guess > expected.ENOUGH
    follow = Watch(study, tmp_path, 1, lambda: jobs, list)
    rest = 10 * sum(watch._seconds(study, one) for one in jobs)
    assert follow.line(0.0).endswith(f"About {watch._duration(rest)} left.")


def test_lines_are_printed_in_the_background(study, jobs, tmp_path, capsys):
    printed = []

    def running():
        printed.append(len(printed))
        if len(printed) == 1:
            raise RuntimeError("Set changed size during iteration")
        return []

    follow = Watch(study, tmp_path, 1, lambda: jobs, running)
    stop = follow.start(every=0.01)
    for _ in range(500):
        if len(printed) > 3:
            break
        watch.time.sleep(0.01)
    stop.set()
    assert "== 0 of 3 jobs done" in capsys.readouterr().err
