"""The time line: every job once, pauses cut out, start-up apart."""

import json
import os
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from figures import results as read
from figures import script, timeline
from figures.timeline import Job, rows_of, without_pauses
from replication.errors import UserError
from replication.metalearner.arrays import write_arrays
from replication.study import load_study
from replication.workflow import STEPS


def test_pauses_are_cut_and_the_rest_keeps_its_place():
    jobs = [
        Job("train", 100, 50, 10, 5),
        Job("traces", 120, 60, 0, 0),
        Job("traces", 1000, 5, 0, 0),
    ]
    moved = without_pauses(jobs)
    assert [job.begin for job in moved] == [0, 20, 80]
    assert [job.seconds for job in moved] == [50, 60, 5]
    # A job within a longer one is no pause, nor is a short gap.
    jobs = [Job("train", 0, 100, 0, 0), Job("traces", 5, 5, 0, 0), Job("traces", 100 + 29, 5, 0, 0)]
    assert [job.begin for job in without_pauses(jobs)] == [0, 5, 129]


def test_rows_of_are_as_few_as_jobs_ran_at_a_time():
    jobs = [Job("train", 0, 10, 1, 1), Job("train", 5, 10, 1, 1), Job("train", 10, 10, 1, 1)]
    assert rows_of(jobs) == [0, 1, 0]


def test_without_measured_times_the_folder_is_named(tmp_path):
    with pytest.raises(UserError, match=r"no job left its time in .*benchmarks"):
        timeline.jobs_of(load_study("smoke"), tmp_path)


@pytest.fixture
def timed(tmp_path):
    """Smoke results of which three jobs have times."""
    study, jobs = load_study("smoke"), []
    name = next(iter(study.experiments))
    learner = next(iter(study.experiments[name].learners))
    for order, (step, names) in enumerate(
        [
            ("instances", {"experiment": name, "set": "train"}),
            ("constants", {"experiment": name}),
            ("train", {"experiment": name, "learner": learner}),
        ]
    ):
        path = tmp_path / STEPS[step].format(**names)
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(path, "w") as file:
            file.attrs.update(start_up_time_s=2.0, compile_time_s=1.0)
        bench = tmp_path / "benchmarks" / STEPS[step].format(**names)
        bench = bench.with_suffix(".tsv")
        bench.parent.mkdir(parents=True, exist_ok=True)
        bench.write_text("s\tcpu_time\n10.0\t9\n", encoding="utf-8")
        os.utime(bench, (1000 + 10 * order,) * 2)
        jobs.append(step)
    return read.Results(study, tmp_path), jobs


def test_each_job_is_found_with_its_start_up(timed):
    results, steps = timed
    jobs = timeline.jobs_of(results.study, results.folder)
    assert [job.step for job in jobs] == steps
    assert [job.begin for job in jobs] == [990, 1000, 1010]
    assert all((job.seconds, job.start_up, job.compiling) == (10, 2, 1) for job in jobs)


def test_a_network_tells_its_times_too(tmp_path):
    path = tmp_path / "network.npz"
    metadata = {"provenance": {"start_up_time_s": 2.0, "compile_time_s": 1.0}}
    write_arrays(path, {"metadata": np.array(json.dumps(metadata))})
    assert timeline._overhead(path) == (2, 1)


def test_results_that_tell_nothing_are_all_work(tmp_path):
    with h5py.File(tmp_path / "old.nc", "w"):
        pass
    assert timeline._overhead(tmp_path / "old.nc") == (0, 0)
    assert timeline._overhead(tmp_path / "missing.nc") == (0, 0)


def test_the_figure_sums_up_by_step(timed):
    results, _ = timed
    figure, fields = timeline.draw(results)
    assert (fields["jobs"], fields["most"]) == (3, 1)
    assert (fields["start_up"], fields["compiling"]) == ("20.0", "10.0")
    widths = [patch.get_width() for patch in figure.axes[1].patches[:3]]
    assert np.allclose(widths, np.array([7, 2, 1]) / 60)
    texts = [text.get_text().strip() for text in figure.axes[1].texts]
    assert texts == ["33% of all, 1 job"] * 3
    labels = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert labels == ["instances", "constants", "train"]
    # A long bar may be in any row: the legend lies beside none.
    figure.canvas.draw()
    (legend,) = figure.legends
    assert not legend.get_window_extent().overlaps(figure.axes[1].get_window_extent())


def test_every_step_has_a_colour_of_its_own():
    assert timeline.colours().keys() == {*STEPS, "drawing"}
    assert len(set(timeline.colours().values())) == len(timeline.colours())


def test_figures_and_tables_count_too_but_not_the_time_line(timed):
    """Each says itself how long its start-up took: an empty one here, whose benchmark is made."""
    results, steps = timed
    nothing = SimpleNamespace(__file__="nothing.py", write=lambda results, template: {})
    for name in ("figures/fig1_loop", "tables/claims", "figures/timeline"):
        script.draw(nothing, results, name)
        bench = results.folder / "benchmarks" / f"{name}.tsv"
        bench.write_text("s\tcpu_time\n4.0\t9\n", encoding="utf-8")
        os.utime(bench, (2000, 2000))
    jobs = timeline.jobs_of(results.study, results.folder)
    assert [job.step for job in jobs] == [*steps, "drawing", "drawing"]
    assert all(job.begin == 1996 and job.start_up > 0 for job in jobs[len(steps) :])
