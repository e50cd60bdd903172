"""Environment variables of JAX and the numerical libraries are set before they are imported."""

import os
import subprocess
import sys

import pytest

from replication import environment


def test_pools_get_as_many_threads_as_the_job_has_cores(monkeypatch):
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    found = environment.variables(threads=3)
    assert {found[f"{pool}_NUM_THREADS"] for pool in environment.POOLS} == {found["NPROC"]} == {"3"}
    assert "multi_thread_eigen" not in found["XLA_FLAGS"]
    assert "multi_thread_eigen=false" in environment.variables(threads=1)["XLA_FLAGS"]


def test_what_the_user_tells_xla_comes_last_and_wins(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_prefer_vector_width=128")
    assert environment.variables(threads=2)["XLA_FLAGS"].split() == [
        environment.WIDTH,
        "--xla_cpu_prefer_vector_width=128",
    ]


def test_the_benchmarks_run_with_the_registers_of_the_jobs():
    code = "import bench.benchmarks, os; print(os.environ['XLA_FLAGS'])"
    bare = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=bare, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == environment.WIDTH


def test_loops_are_left_as_they_are_where_a_step_asks_for_it(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--mine")
    found = [environment.variables(2, rolled=rolled)["XLA_FLAGS"].split() for rolled in (0, 1)]
    assert found == [
        [environment.WIDTH, "--mine"],
        [environment.WIDTH, environment.NO_LOOP_UNROLLING, "--mine"],
    ]


@pytest.mark.parametrize("rolled", [False, True])
@pytest.mark.parametrize("threads", [1, 2])
def test_jax_knows_the_flags(threads, rolled):
    code = "import jax; print(jax.numpy.ones(3).dtype)"
    found = os.environ | environment.variables(threads, rolled=rolled)
    done = subprocess.run(
        [sys.executable, "-c", code], env=found, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "float64"
