"""What more cores bring is told beside one core's time."""

from pathlib import Path

import pytest

from bench import benchmarks, scaling
from bench.regression import timings
from bench.regression.clock import CALLS
from replication.errors import UserError


def test_table_has_speed_ups_over_one_core() -> None:
    text = scaling.table({"a": {1: 0.1, 2: 0.08}, "b": {1: 2e-3, 2: 4e-3}})
    assert text.splitlines() == [
        "|  | 1 core | 2 cores |",
        "| --- | --- | --- |",
        "| a | 100 ms | 80 ms (1.2×) |",
        "| b | 2 ms | 4 ms (0.5×) |",
    ]


@pytest.mark.parametrize("cores", [1, 2])
def test_a_call_on_some_cores_has_as_many_threads(cores: int, tmp_path: Path) -> None:
    clock = tmp_path / "bench" / "regression" / "clock.py"
    clock.parent.mkdir(parents=True)
    for package in (clock.parent, clock.parent.parent):
        (package / "__init__.py").touch()
    own = Path(benchmarks.__file__).parent
    (tmp_path / "bench" / "benchmarks").symlink_to(own, target_is_directory=True)
    clock.write_text(
        "import bench.benchmarks, replication.environment as told\n"
        "print('{\"threads\":', told.threads(), '}')\n"
    )
    assert timings.clocked(tmp_path, [], cores) == {"threads": cores}


@pytest.mark.slow
def test_calls_are_timed_on_each_number_of_cores() -> None:
    call = next(iter(CALLS))
    found = scaling.measured([1, 2], [call], rounds=1)
    assert list(found) == [call]
    assert all(0 < seconds < 10 for seconds in found[call].values())


def test_unknown_call_is_an_error() -> None:
    with pytest.raises(UserError, match="nothing"):
        scaling.measured([1], ["nothing"], rounds=1)
