"""Measured jobs placed on other numbers of cores."""

import pytest

from bench import placement
from bench.placement import Timed, placed
from replication import workflow
from replication.errors import UserError
from replication.expected import benchmark_file
from replication.study import dump_study, load_study

JOBS = {
    "late": Timed(5.0, 1, []),
    "first": Timed(10.0, 3, []),
    "second": Timed(4.0, 2, []),
    "after both": Timed(1.0, 9, ["first", "second"]),
}


def test_the_most_urgent_goes_first_once_it_has_what_it_needs():
    assert placed(JOBS, 1) == {"first": 0, "second": 10, "after both": 14, "late": 15}
    assert placed(JOBS, 2) == {"first": 0, "second": 0, "late": 4, "after both": 10}
    assert placed(JOBS, 8) == {"first": 0, "second": 0, "late": 0, "after both": 10}


@pytest.fixture
def finished(tmp_path):
    """A smoke study whose jobs took two seconds each, and its drawings one."""
    study = load_study("smoke")
    benches = {benchmark_file(tmp_path, *one): 2.0 for one in workflow.jobs_of(study)}
    for kind in ("figures", "tables"):
        for one in getattr(workflow, kind)(study):
            benches[tmp_path / "benchmarks" / kind / f"{one.stem}.tsv"] = 1.0
    for bench, seconds in benches.items():
        bench.parent.mkdir(parents=True, exist_ok=True)
        bench.write_text(f"s\tcpu_time\n{seconds}\t1\n", encoding="utf-8")
    return study, tmp_path


def test_every_job_of_a_study_is_placed_on_one_core_after_the_other(finished):
    study, folder = finished
    jobs = placement.measured(study, folder)
    steps = len(workflow.jobs_of(study))
    drawings = len(workflow.figures(study)) + len(workflow.tables(study)) - 1
    assert len(jobs) == steps + drawings
    begun = placed(jobs, 1)
    assert max(begun[name] + job.seconds for name, job in jobs.items()) == 2 * steps + drawings
    assert all(begun[need] < begun[name] for name, job in jobs.items() for need in job.needs)


def test_a_missing_time_is_named(finished):
    study, folder = finished
    (folder / "benchmarks" / "claims.tsv").unlink()
    with pytest.raises(UserError, match=r"claims\.tsv is missing or cut"):
        placement.measured(study, folder)


def test_the_command_prints_a_row_for_each_number_of_cores(finished, capsys):
    study, folder = finished
    (folder / "study.yaml").write_text(dump_study(study), encoding="utf-8")
    assert placement.main([str(folder)]) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    minutes = [float(row.split("|")[2]) for row in rows]
    assert len(minutes) == len(placement.CORES)
    assert minutes == sorted(minutes, reverse=True)
    assert placement.main([]) == 2
    assert "give the folder of a finished study" in capsys.readouterr().err
