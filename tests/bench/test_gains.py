"""What our kernels gain beyond the plain formulation, told by cores."""

import pytest

from bench import gains
from replication.errors import UserError


def test_table_has_a_span_where_processes_differ() -> None:
    found = {"a": {"value": [1.04, 1.31], "gradient": [2.0, 2.02]}}
    assert gains.table({1: found, 2: {"a": {"value": [1.0], "gradient": [3.0]}}}).splitlines() == [
        "|  | 1 core | 2 cores |",
        "| --- | --- | --- |",
        "| a | 1 to 1.3; 2 | 1; 3 |",
    ]


@pytest.mark.slow
def test_both_are_timed_in_turn() -> None:
    found = gains.measured(1, ["maxcut-p1-8"], processes=1)
    assert list(found) == ["maxcut-p1-8"]
    assert {quantity: len(ratios) for quantity, ratios in found["maxcut-p1-8"].items()} == {
        "value": 1,
        "gradient": 1,
    }
    assert all(0.1 < ratio < 100 for [ratio] in found["maxcut-p1-8"].values())


def test_forms_that_disagree_are_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    from bench.peers import turns, workloads

    work = workloads.Workload("maxcut-p1", "8", 1)
    right = turns.plain_jax.value

    def wrong(task):
        call = right(task)
        return lambda: call() + 1e-6

    monkeypatch.setattr(turns.plain_jax, "value", wrong)
    with pytest.raises(UserError, match="maxcut-p1-8, value: not timed: its energies differ"):
        turns.gains(work)
