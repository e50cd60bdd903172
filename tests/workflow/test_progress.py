"""How long a study takes: what was recorded, what is said before a run and during it."""

import json
import logging

import pytest

from replication import __main__ as command
from replication.errors import UserError
from replication.workflow import STEPS, progress
from replication.workflow.progress import Progress, expectation

TIMES = {("train", "a"): (2, 200.0), ("train", "b"): (1, 400.0), ("drawing", ""): (10, 30.0)}


def timed(results, path, seconds):
    """A benchmark file of Snakemake's."""
    file = (results / "benchmarks" / path).with_suffix(".tsv")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t100\n", encoding="utf-8")


@pytest.fixture
def times(tmp_path, monkeypatch):
    """An empty file of recorded times."""
    path = tmp_path / "times.json"
    path.write_text("{}", encoding="utf-8")
    monkeypatch.setattr(progress, "TIMES", path)
    return path


def test_a_finished_run_is_recorded_by_step_and_experiment(tmp_path, times):
    results = tmp_path / "results"
    names = {"experiment": "a", "set": "4", "protocol": "main"}
    timed(results, STEPS["train"].format(experiment="a", learner="plain"), 100)
    timed(results, STEPS["train"].format(experiment="a", learner="residual"), 50.5)
    timed(results, STEPS["train"].format(experiment="b", learner="plain"), 7)
    timed(results, STEPS["select"].format(experiment="a"), 1)
    timed(results, STEPS["traces"].format(**names, starts="lstm.plain"), 20)
    timed(results, STEPS["claims"], 3)
    timed(results, "figures/fig1_loop.svg", 4)
    timed(results, "tables/claims.csv", 5)
    progress.record("own", results)
    progress.record("same", results)
    expected = {
        ("train", "a"): (2, 150.5),
        ("train", "b"): (1, 7.0),
        ("select", "a"): (1, 1.0),
        ("traces", "a"): (1, 20.0),
        ("claims", ""): (1, 3.0),
        ("drawing", ""): (2, 9.0),
    }
    assert progress.recorded("own") == progress.recorded("same") == expected
    assert progress.recorded("another") == {}
    # One line a sum, so that a new record is easy to compare.
    assert '["train", "a", 2, 150.5]' in times.read_text(encoding="utf-8")


def test_what_tells_no_time_is_passed_over(tmp_path, times):
    path = tmp_path / "benchmarks" / "claims.tsv"
    path.parent.mkdir()
    for text in ("", "s\n", "other\n1\n", "s\n-\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UserError, match="no job left its time in"):
            progress.record("own", tmp_path)


def test_the_committed_record_names_steps_that_there_are():
    content = json.loads(progress.TIMES.read_text(encoding="utf-8"))
    assert "smoke" in content
    for rows in content.values():
        for step, _, jobs, seconds in rows:
            assert step in (*STEPS, progress.DRAWING)
            assert jobs > 0
            assert seconds > 0


def test_the_expectation_is_a_range_over_machines():
    # 2 · 200 s + 4 · 3 s: 412 s on one core.
    assert expectation(TIMES, {"train": 2, "drawing": 4}, 1) == (
        "Expected time on 1 core, from a recorded run: 3 min to 14 min."
    )
    assert "on 2 cores, from a recorded run: 2 min to 7 min" in expectation(
        TIMES, {"train": 2, "drawing": 4}, 2
    )
    assert "50 min to 3.3 h" in expectation(TIMES, {"train": 30}, 1)
    assert "less than a minute to less than a minute" in expectation(TIMES, {"drawing": 4}, 1)
    assert "not known" in expectation({}, {"train": 2}, 1)


class Run:
    """Snakemake's events, second by second, and what is said of them."""

    def __init__(self, capsys, times):
        self.handler, self.capsys, self.now = Progress(times), capsys, 1000.0

    def log(self, event, **fields):
        record = logging.LogRecord("snakemake", logging.INFO, "", 0, None, None, None)
        vars(record).update(event=event, created=self.now, **fields)
        self.handler.handle(record)
        return self.capsys.readouterr().err

    def begin(self, number, rule, **names):
        return self.log("job_info", jobid=number, rule_name=rule, wildcards=names)


def test_a_run_is_announced_before_and_meanwhile(capsys):
    run = Run(capsys, TIMES)
    run.log("resources_info", cores=2)
    counts = {"train": 3, "figure_fig1_loop": 1, "table_claims": 1, "select": 1, "all": 1}
    said = run.log("run_info", stats={**counts, "study": 1, "total": 8})
    # 3 · 200 s and two drawings of 3 s on two cores; nothing is known of `select`.
    assert said == "Expected time on 2 cores, from a recorded run: 3 min to 10 min.\n"
    run.begin(1, "train", experiment="a", learner="plain")
    run.begin(2, "train", experiment="b", learner="plain")
    run.now += 59
    assert run.log("progress", done=0, total=8) == ""
    run.now += 1
    # 40 s and 340 s of those that run, 200 s, 6 s: the longest takes 340 s.
    assert run.log("progress", done=0, total=8) == (
        "== 0 of 8 jobs done, running: train a plain; train b plain. "
        "About 6 min left, besides jobs not timed yet (select).\n"
    )
    run.now += 240
    run.log("job_finished", job_id=1)
    # It took 300 s where 100 s were recorded: three times 400 s less 300 s, 3 · 200 s, 3 · 6 s.
    assert "running: train b plain. About 15 min left" in run.log("progress", done=1, total=8)
    run.now += 5000
    run.log("job_finished", job_id=2)
    assert "running: nothing" in run.log("progress", done=2, total=8)


def test_nothing_is_left_when_the_jobs_that_snakemake_counts_are_done(capsys):
    run = Run(capsys, {(progress.DRAWING, ""): (1, 300.0)})
    run.log("resources_info", cores=1)
    said = run.log("run_info", stats={"figure_fig1_loop": 1, "all": 1, "total": 2})
    assert "on 1 core, from a recorded run: 2 min to 10 min" in said
    run.begin(1, "figure_fig1_loop")
    run.now += 300
    run.log("job_finished", job_id=1)
    assert "About less than a minute left." in run.log("progress", done=1, total=2)


def test_an_overdue_job_counts_for_a_tenth(capsys):
    run = Run(capsys, {("train", "a"): (1, 6000.0)})
    run.log("resources_info", nodes=100)
    run.log("run_info", per_rule_job_counts={"train": 1})
    run.begin(1, "train", experiment="a")
    run.now += 9000
    assert "About 10 min left." in run.log("progress", done=0, total=1)


def test_without_a_record_the_run_itself_tells(capsys):
    run = Run(capsys, {})
    run.log("resources_info", cores=1)
    assert "not known" in run.log("run_info", stats={"train": 3})
    run.begin(1, "train", experiment="a")
    run.now += 100
    assert "About less than a minute left, besides jobs not timed yet (train)" in run.log(
        "progress", done=0, total=3
    )
    run.log("job_finished", job_id=1)
    run.now += 100
    assert "About 3 min left." in run.log("progress", done=1, total=3)


def test_a_failed_job_does_not_run_any_more(capsys):
    run = Run(capsys, TIMES)
    run.log("resources_info", cores=1)
    run.log("run_info", stats={"train": 2})
    run.begin(1, "train", experiment="a")
    run.log("job_error", jobid=1)
    run.now += 60
    assert "running: nothing. About 7 min left." in run.log("progress", done=0, total=2)


def test_a_dry_run_and_other_messages_are_left_alone(capsys):
    run = Run(capsys, TIMES)
    assert run.log("run_info", stats={"train": 3}) == ""
    assert run.log(None) == ""
    assert run.log("job_finished", job_id=7) == ""


def test_the_command_tells_the_time_of_a_whole_study(tmp_path, times, capsys):
    timed(tmp_path, "claims", 600)
    assert command.main(["expected", "smoke", "--cores", "2"]) == 0
    assert "not known" in capsys.readouterr().out
    record = ["expected", "smoke", "--cores", "2", "--results", str(tmp_path), "--record"]
    assert command.main(record) == 0
    said = "Expected time on 2 cores, from a recorded run: 2 min to 10 min.\n"
    assert capsys.readouterr().out == said
    assert command.main(["expected", "smoke", "--cores", "0"]) == 2
    assert "--cores must be at least 1 (got 0)" in capsys.readouterr().err
    assert command.main(["expected", "nothing"]) == 2
